//! Which rows are trained on and which are held out, as scikit-learn draws them; and the folds of a cross-validation.
// Classes are below their number, rows below theirs.
#![allow(clippy::indexing_slicing)]

use super::mersenne::RandomState;

/// How many rows are held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TestSize {
    /// None: all rows are trained on, in their order.
    Nothing,
    /// A share of all, above 0 and below 1.
    Share(f64),
    /// So many.
    Rows(usize),
}

/// Rows by place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TrainTestSplit {
    /// Those that are trained on, in the order that training sees.
    pub train: Vec<usize>,
    /// Those that are held out.
    pub test: Vec<usize>,
}

/// Draws rows. `classes`: the class of each row, where each is to have its share in both parts.
///
/// # Errors
/// What is wrong with the sizes.
///
/// # Source
/// scikit-learn, `train_test_split`, `ShuffleSplit`, `StratifiedShuffleSplit`.
pub(super) fn split(
    n_rows: usize,
    size: TestSize,
    seed: u32,
    classes: Option<&[usize]>,
) -> Result<TrainTestSplit, String> {
    let n_test = match size {
        TestSize::Nothing => return Ok(TrainTestSplit { train: (0..n_rows).collect(), test: Vec::new() }),
        TestSize::Share(share) => (share * n_rows as f64).ceil() as usize,
        TestSize::Rows(rows) => rows,
    };
    if n_test >= n_rows {
        return Err(format!("expected rows to train on, found {n_rows} in all and {n_test} to hold out: --test-size"));
    }
    let mut random = RandomState::new(seed);
    let Some(classes) = classes else {
        let mut test = random.permutation(n_rows);
        let train = test.split_off(n_test);
        return Ok(TrainTestSplit { train, test });
    };
    stratified(classes, n_rows - n_test, n_test, &mut random)
}

fn stratified(
    classes: &[usize],
    n_train: usize,
    n_test: usize,
    random: &mut RandomState,
) -> Result<TrainTestSplit, String> {
    let n_classes = classes.iter().max().map_or(0, |class| class + 1);
    let mut of_class = vec![Vec::new(); n_classes];
    for (row, class) in classes.iter().enumerate() {
        of_class[*class].push(row);
    }
    if of_class.iter().any(|rows| rows.len() < 2) {
        return Err("expected at least 2 rows of each class to stratify, found 1".to_owned());
    }
    if n_train.min(n_test) < n_classes {
        return Err(format!(
            "expected at least {n_classes} rows in both parts to stratify, one of each class, found {n_train} to train on and {n_test} held out"
        ));
    }
    let mut counts: Vec<usize> = of_class.iter().map(Vec::len).collect();
    let of_train = shares(&counts, n_train, random);
    counts.iter_mut().zip(&of_train).for_each(|(count, taken)| *count -= taken);
    let of_test = shares(&counts, n_test, random);
    let mut split = TrainTestSplit { train: Vec::new(), test: Vec::new() };
    for (rows, (n_train, n_test)) in of_class.iter().zip(of_train.into_iter().zip(of_test)) {
        let drawn: Vec<usize> = random.permutation(rows.len()).into_iter().map(|place| rows[place]).collect();
        let (train, rest) = drawn.split_at(n_train.min(drawn.len()));
        split.train.extend(train);
        split.test.extend(rest.iter().take(n_test));
    }
    random.shuffle(&mut split.train);
    random.shuffle(&mut split.test);
    Ok(split)
}

/// So many draws, divided among the classes in proportion to their counts; who gets what rounding leaves is drawn among equals.
///
/// # Source
/// scikit-learn, `_approximate_mode`.
fn shares(counts: &[usize], n_draws: usize, random: &mut RandomState) -> Vec<usize> {
    let all: usize = counts.iter().sum();
    let exact: Vec<f64> = counts.iter().map(|count| *count as f64 / all as f64 * n_draws as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut missing = n_draws.saturating_sub(shares.iter().sum());
    let rests: Vec<f64> = exact.iter().map(|share| share - share.floor()).collect();
    let mut sorted = rests.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.dedup();
    for rest in sorted {
        let equals: Vec<usize> = (0..rests.len()).filter(|class| rests[*class] == rest).collect();
        let n_more = missing.min(equals.len());
        if missing > 0 {
            for place in random.permutation(equals.len()).into_iter().take(n_more) {
                shares[equals[place]] += 1;
            }
        }
        missing -= n_more;
    }
    shares
}

/// The fold of each row: with `classes`, each class is spread over all folds.
///
/// # Source
/// scikit-learn, `KFold` and `StratifiedKFold`, not shuffled.
pub(super) fn folds(n_rows: usize, n_folds: usize, classes: Option<&[usize]>) -> Vec<usize> {
    let Some(classes) = classes else {
        let (size, larger) = (n_rows / n_folds, n_rows % n_folds);
        return (0..n_folds).flat_map(|fold| std::iter::repeat_n(fold, size + usize::from(fold < larger))).collect();
    };
    // classes in the order in which they come first
    let n_classes = classes.iter().max().map_or(0, |class| class + 1);
    let (mut numbers, mut n_seen) = (vec![usize::MAX; n_classes], 0);
    for class in classes {
        if numbers[*class] == usize::MAX {
            numbers[*class] = n_seen;
            n_seen += 1;
        }
    }
    let mut sorted: Vec<usize> = classes.iter().map(|class| numbers[*class]).collect();
    sorted.sort_unstable();
    let mut allocation = vec![vec![0_usize; n_folds]; n_seen];
    for (place, number) in sorted.into_iter().enumerate() {
        allocation[number][place % n_folds] += 1;
    }
    let mut next: Vec<_> = allocation
        .into_iter()
        .map(|counts| (0..).zip(counts).flat_map(|(fold, count)| std::iter::repeat_n(fold, count)))
        .collect();
    classes.iter().map(|class| next[numbers[*class]].next().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_train_test_split() {
        let rows = |train: &[usize], test: &[usize]| Ok(TrainTestSplit { train: train.to_vec(), test: test.to_vec() });
        // train_test_split(range(10), test_size=0.25, random_state=3)
        assert_eq!(split(10, TestSize::Share(0.25), 3, None), rows(&[2, 9, 6, 7, 0, 3, 8], &[5, 4, 1]));
        assert_eq!(split(3, TestSize::Nothing, 3, None), rows(&[0, 1, 2], &[]));
        // train_test_split(range(20), test_size=0.3, random_state=5, stratify=classes)
        let classes = [vec![0; 7], vec![1; 5], vec![2; 6], vec![0; 2]].concat();
        assert_eq!(
            split(20, TestSize::Share(0.3), 5, Some(&classes)),
            rows(&[14, 2, 18, 0, 9, 11, 17, 7, 19, 8, 1, 4, 15, 12], &[16, 13, 5, 10, 3, 6])
        );
        let classes = [0, 1, 2].repeat(7);
        assert_eq!(
            split(21, TestSize::Rows(9), 11, Some(&classes)),
            rows(&[12, 11, 13, 6, 18, 5, 10, 19, 8, 16, 20, 15], &[2, 7, 0, 9, 4, 3, 17, 14, 1])
        );
    }

    #[test]
    fn a_split_that_leaves_a_part_without_rows_is_refused() {
        for (n_rows, size, classes) in [
            (4, TestSize::Rows(4), None),
            (1, TestSize::Share(0.5), None),
            (0, TestSize::Share(0.5), None),
            (4, TestSize::Rows(1), Some(&[0, 0, 1, 1][..])),
            (3, TestSize::Rows(2), Some(&[0, 0, 1][..])),
        ] {
            assert!(split(n_rows, size, 0, classes).is_err(), "{n_rows} {size:?}");
        }
    }

    #[test]
    fn folds_are_those_of_scikit_learn() {
        assert_eq!(folds(7, 3, None), [0, 0, 0, 1, 1, 2, 2]);
        let classes = [1, 1, 0, 0, 0, 1, 0, 2, 2, 0, 2, 1];
        assert_eq!(folds(12, 3, Some(&classes)), [0, 0, 0, 1, 1, 1, 2, 0, 1, 2, 2, 2]);
    }
}
