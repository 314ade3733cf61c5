//! Linear scores: the products of a row with one vector of weights for each score.
// a lane is below the number of rows, of which there are at most eight
#![allow(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

use super::Error;
use super::check::{check_finite, check_len};
use super::lanes::{LANES, SIDE_BY_SIDE_MIN};
use super::sparse::SparseRow;
use super::values::Workspace;
use super::votes::first_largest;

/// A fitted `LinearSVC`, without its labels; built only by [`Linear::new`], so its shapes agree and its numbers are finite.
///
/// ```text
/// score = x.w + intercept, the products added up in the order of the features, the intercept at the end
/// predict, one score:    above zero the second class, anything else the first
/// predict, more scores:  the class of the largest, the first one on a tie
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Linear(LinearParts);

/// All that it consists of, not checked yet.
// Serialised as it stands: the order of fields is the layout of stored models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearParts {
    /// Numbers in a row.
    pub n_features_in: usize,
    /// scikit-learn's `coef_` transposed, (n_features_in, n_scores), row major: what a feature adds to all scores lies together.
    pub coef: Vec<f64>,
    /// One number for each score: a single one for two classes, else one for each class.
    pub intercept: Vec<f64>,
}

impl Linear {
    /// Builds it from parts that fit together.
    ///
    /// # Errors
    /// [`Error`] names the first part with a shape that the others contradict, or with a number that cannot be.
    pub fn new(parts: LinearParts) -> Result<Linear, Error> {
        let LinearParts { n_features_in, coef, intercept } = &parts;
        if *n_features_in == 0 {
            return Err(Error::new("n_features_in", "at least 1 feature", 0));
        }
        if matches!(intercept.len(), 0 | 2) {
            return Err(Error::new("intercept", "1 number for two classes, else one for each", intercept.len()));
        }
        let expected = n_features_in.checked_mul(intercept.len());
        let expected = expected.ok_or_else(|| Error::new("coef", "a count that fits into memory", "a larger one"))?;
        check_len("coef", expected, coef.len())?;
        check_finite("coef", coef)?;
        check_finite("intercept", intercept)?;
        Ok(Linear(parts))
    }

    /// What it was built from.
    pub fn parts(&self) -> &LinearParts {
        &self.0
    }

    /// Number of classes, two or more.
    pub fn n_classes(&self) -> usize {
        self.n_scores().max(2)
    }

    /// Numbers in a row, one or more.
    pub fn n_features_in(&self) -> usize {
        self.0.n_features_in
    }

    /// Numbers that `decision_function` gives for a row: 1 for two classes, else one for each class.
    pub fn n_scores(&self) -> usize {
        self.0.intercept.len()
    }

    /// Lets `use_scores` have what `decision_function` gives for one row after the other.
    ///
    /// `rows`: whole rows of `n_features_in` finite numbers, row major. Eight of them go side by side, with the same bits as one.
    pub fn for_each_row(
        &self,
        rows: &[f64],
        workspace: &mut Workspace,
        scores: &mut Vec<f64>,
        mut use_scores: impl FnMut(&[f64]),
    ) {
        let LinearParts { n_features_in: width, coef, intercept } = &self.0;
        for rows in rows.chunks(LANES * width) {
            let are_few = rows.len() < SIDE_BY_SIDE_MIN * width;
            let products = if are_few { &[] } else { workspace.products(*width, rows, coef) };
            for (lane, row) in rows.chunks_exact(*width).enumerate() {
                if are_few {
                    self.scores(row, scores);
                } else {
                    scores.clear();
                    scores
                        .extend(products.iter().zip(intercept).map(|(product, intercept)| product.0[lane] + intercept));
                }
                use_scores(scores);
            }
        }
    }

    /// Overwrites `scores` with what `decision_function` gives for a row.
    pub fn scores(&self, row: &[f64], scores: &mut Vec<f64>) {
        scores.clear();
        scores.resize(self.n_scores(), 0.0);
        for (x, weights) in row.iter().zip(self.0.coef.chunks_exact(self.n_scores())) {
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += x * weight);
        }
        scores.iter_mut().zip(&self.0.intercept).for_each(|(score, intercept)| *score += intercept);
    }

    /// Overwrites `scores` with what `decision_function` gives for a row that leaves out zeros, added up in its own order.
    ///
    /// # Source
    /// SciPy, `csr_matvecs`: multiply, then add, from zero; scikit-learn adds the intercept then.
    pub fn sparse_scores(&self, row: SparseRow<'_>, scores: &mut Vec<f64>) {
        scores.clear();
        let n_scores = self.n_scores();
        while scores.len() + SCORES_AT_ONCE <= n_scores {
            scores.extend(self.sparse_products::<SCORES_AT_ONCE>(row, scores.len()));
        }
        while scores.len() < n_scores {
            scores.extend(self.sparse_products::<1>(row, scores.len()));
        }
        scores.iter_mut().zip(&self.0.intercept).for_each(|(score, intercept)| *score += intercept);
    }

    /// Products of a row with the weights of `N` scores, in registers.
    fn sparse_products<const N: usize>(&self, row: SparseRow<'_>, first: usize) -> [f64; N] {
        let n_scores = self.n_scores();
        row.iter().fold([0.0; N], |mut sums, (column, x)| {
            let weights = self.0.coef.get(column as usize * n_scores + first..).and_then(<[f64]>::first_chunk::<N>);
            sums.iter_mut().zip(weights.unwrap_or(&[0.0; N])).for_each(|(sum, weight)| *sum += x * weight);
            sums
        })
    }

    /// The class that the scores of a row stand for.
    pub fn class(scores: &[f64]) -> usize {
        if let [score] = scores { usize::from(*score > 0.0) } else { first_largest(scores) }
    }

    /// The sum of the magnitudes of all that is added up for a score, for the score where it is largest.
    pub fn decision_magnitude(&self, row: &[f64]) -> f64 {
        self.magnitude((0..).zip(row.iter().copied()))
    }

    /// The same of a row that leaves out zeros.
    pub fn sparse_magnitude(&self, row: SparseRow<'_>) -> f64 {
        self.magnitude(row.iter().map(|(column, x)| (column as usize, x)))
    }

    fn magnitude(&self, row: impl Iterator<Item = (usize, f64)>) -> f64 {
        let n_scores = self.n_scores();
        let mut sums: Vec<f64> = self.0.intercept.iter().map(|intercept| intercept.abs()).collect();
        for (column, x) in row {
            let weights = self.0.coef.get(column * n_scores..(column + 1) * n_scores).unwrap_or_default();
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += (x * weight).abs());
        }
        sums.into_iter().fold(0.0, f64::max)
    }
}

/// Scores whose sums stay in registers.
const SCORES_AT_ONCE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::Cpu;

    fn two() -> LinearParts {
        LinearParts { n_features_in: 2, coef: vec![2.0, -1.0], intercept: vec![0.5] }
    }

    fn three() -> LinearParts {
        LinearParts { n_features_in: 2, coef: vec![1.0, 0.0, -1.0, 2.0, 2.0, -3.0], intercept: vec![0.0, 1.0, -0.5] }
    }

    fn answer(parts: LinearParts, row: [f64; 2]) -> (Vec<f64>, usize) {
        let mut scores = vec![f64::NAN; 7];
        Linear::new(parts).unwrap().scores(&row, &mut scores);
        let class = Linear::class(&scores);
        (scores, class)
    }

    #[test]
    fn one_score_stands_for_two_classes_and_zero_for_the_first() {
        assert_eq!(answer(two(), [1.0, 1.0]), (vec![1.5], 1));
        assert_eq!(answer(two(), [0.0, 0.5]), (vec![0.0], 0));
        assert_eq!(answer(two(), [0.0, 1.0]), (vec![-0.5], 0));
        assert_eq!(answer(two(), [f64::MAX, f64::MAX]).1, 1);
    }

    #[test]
    fn of_more_scores_the_first_largest_is_the_class() {
        assert_eq!(answer(three(), [2.0, 1.0]), (vec![4.0, 3.0, -5.5], 0));
        assert_eq!(answer(three(), [1.0, 1.0]), (vec![3.0, 3.0, -4.5], 0));
        assert_eq!(answer(three(), [0.0, 1.0]), (vec![2.0, 3.0, -3.5], 1));
        assert_eq!(answer(three(), [-3.0, -1.0]), (vec![-5.0, -1.0, 5.5], 2));
    }

    #[test]
    fn every_instruction_set_and_every_number_of_rows_gives_the_same_bits() {
        for (n_features_in, n_scores) in [(1, 1), (5, 3), (17, 4), (40, 10), (3, 14)] {
            let numbers = |count: usize| (1..=count).map(|index| 2.0 * (index as f64 * 0.618_033_988_7).fract() - 1.0);
            let coef = numbers(n_features_in * n_scores).collect();
            let linear = LinearParts { n_features_in, coef, intercept: numbers(n_scores).collect() };
            let linear = Linear::new(linear).unwrap();
            let rows: Vec<f64> = numbers(21 * n_features_in).map(|x| 3.0 * x).collect();
            let mut alone = vec![];
            for row in rows.chunks(n_features_in) {
                let mut scores = vec![];
                linear.scores(row, &mut scores);
                alone.extend(scores.into_iter().map(f64::to_bits));
            }
            for (cpu, n_rows) in Cpu::available().flat_map(|cpu| [1, 3, 4, 8, 21].map(|n_rows| (cpu, n_rows))) {
                let (mut workspace, mut found) = (Workspace::on(cpu), vec![]);
                for rows in rows.chunks(n_rows * n_features_in) {
                    linear.for_each_row(rows, &mut workspace, &mut vec![], |scores| {
                        found.extend(scores.iter().copied().map(f64::to_bits));
                    });
                }
                assert_eq!(found, alone, "{n_scores} scores, {}, {n_rows} rows at once", cpu.name());
            }
        }
    }

    #[test]
    fn the_sum_is_sequential_and_the_intercept_comes_last() {
        let parts = LinearParts { n_features_in: 2, coef: vec![1e16, 1.0], intercept: vec![-1e16] };
        assert_eq!(answer(parts, [1.0, 1.0]).0, [0.0]);
    }

    #[test]
    fn the_magnitude_is_that_of_the_largest_score() {
        assert_eq!(Linear::new(two()).unwrap().decision_magnitude(&[-1.0, -4.0]), 6.5);
        assert_eq!(Linear::new(three()).unwrap().decision_magnitude(&[-1.0, 4.0]), 13.5);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let refusal = |parts| Linear::new(parts).unwrap_err().to_string();
        assert_eq!(refusal(LinearParts { coef: vec![1.0], ..two() }), "`coef`: expected 2 numbers, found 1");
        assert_eq!(
            refusal(LinearParts { n_features_in: 0, ..two() }),
            "`n_features_in`: expected at least 1 feature, found 0"
        );
        for count in [0, 2] {
            assert_eq!(
                refusal(LinearParts { intercept: vec![0.0; count], ..two() }),
                format!("`intercept`: expected 1 number for two classes, else one for each, found {count}")
            );
        }
        assert_eq!(
            refusal(LinearParts { n_features_in: usize::MAX, ..three() }),
            "`coef`: expected a count that fits into memory, found a larger one"
        );
        assert_eq!(
            refusal(LinearParts { coef: vec![1.0, f64::NAN], ..two() }),
            "`coef`: expected finite numbers, found NaN at index 1"
        );
        assert_eq!(
            refusal(LinearParts { intercept: vec![f64::INFINITY], ..two() }),
            "`intercept`: expected finite numbers, found inf at index 0"
        );
    }

    #[test]
    fn a_row_without_its_zeros_gets_the_same_bits_and_its_own_order_counts() {
        use crate::svc::SparseBuffer;

        let coef: Vec<f64> = (0..24).map(|place| f64::from(place * place % 7) / 3.0 - 0.9).collect();
        let linear = Linear::new(LinearParts { n_features_in: 8, coef, intercept: vec![0.1, 0.2, -0.3] }).unwrap();
        let row = [0.0, 0.7, 0.0, 0.0, -0.1, 0.3, 0.0, 0.9];
        let (mut sparse, mut expected, mut found) = (SparseBuffer::default(), vec![], vec![f64::NAN]);
        (0_u32..).zip(row).filter(|(_, x)| *x != 0.0).for_each(|(column, x)| sparse.push(column, x));
        linear.scores(&row, &mut expected);
        linear.sparse_scores(sparse.row(), &mut found);
        assert_eq!(found, expected);
        assert_eq!(linear.sparse_magnitude(sparse.row()), linear.decision_magnitude(&row));
        let large = Linear::new(LinearParts { n_features_in: 3, coef: vec![1e16, 1.0, -1e16], intercept: vec![0.0] });
        let large = large.unwrap();
        let mut score = |columns: [u32; 3]| {
            let mut sparse = SparseBuffer::default();
            columns.into_iter().for_each(|column| sparse.push(column, 1.0));
            large.sparse_scores(sparse.row(), &mut found);
            found[0]
        };
        assert_eq!([score([0, 1, 2]), score([0, 2, 1])], [0.0, 1.0]);
    }
}
