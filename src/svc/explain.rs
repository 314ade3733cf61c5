//! What the value of a pair of classes is made of: for one row, what each support vector adds to it.
// `Svc::new` and `SparseSvc::new` have checked that n_support has k counts that add up to the support vectors, and dual_coef k - 1 rows of
// a number for each; classes are below k.
#![allow(clippy::indexing_slicing)]

use super::machine::{Svc, SvcParts};
use super::values::Workspace;
use super::votes::{first_largest, pair_index, push_one_vs_rest, runner_up, vote};

/// Two classes, the one that is spoken for first.
pub type ClassPair = (usize, usize);

/// What one support vector adds to a value: `coefficient` times `kernel`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SupportTerm {
    /// Its place among the support vectors.
    pub support_vector: usize,
    /// Its class.
    pub class: usize,
    /// The kernel's value of it and the row.
    pub kernel: f64,
    /// Its coefficient; above zero it speaks for the first class of the pair.
    pub coefficient: f64,
}

impl SupportTerm {
    /// What it adds.
    pub fn value(&self) -> f64 {
        self.coefficient * self.kernel
    }
}

/// One row with its kernel and pair values.
pub struct ExplainedRow<'a> {
    parts: &'a SvcParts,
    kernel_values: &'a [f64],
    pair_values: &'a [f64],
    /// The predicted class, and the one with most votes after it.
    pub pair: ClassPair,
    /// Votes for each class: one from each pair of classes.
    pub votes: &'a [u32],
}

impl Svc {
    /// Computes what is said of one row: `n_features_in` finite numbers.
    ///
    /// # Source
    /// scikit-learn, `BaseSVC.predict`, for the predicted class. Its rival has most of the other votes; the lower index on a tie.
    pub fn explain<'a>(&'a self, row: &[f64], workspace: &'a mut Workspace) -> ExplainedRow<'a> {
        self.fill_pair_values(workspace.cpu(), row, &mut workspace.sums, &mut workspace.pair_values);
        let Workspace { sums, pair_values, class_values, votes, .. } = workspace;
        let pair = decided_pair(self.parts(), pair_values, class_values, votes);
        let kernel_values = sums.kernel_values(self.n_support_vectors());
        ExplainedRow { parts: self.parts(), kernel_values, pair_values, pair, votes }
    }

    /// Overwrites `out` with the value of a pair for one row after the other; above zero it speaks for its first class.
    pub fn pair_values(&self, pair: ClassPair, rows: &[f64], workspace: &mut Workspace, out: &mut Vec<f64>) {
        out.clear();
        self.for_each_row(rows, workspace, |mut row| out.push(towards(self.n_classes(), pair, row.pair_values())));
    }
}

/// The predicted class and its rival, by the values of all pairs.
pub(super) fn decided_pair(
    parts: &SvcParts,
    pair_values: &[f64],
    class_values: &mut Vec<f64>,
    votes: &mut Vec<u32>,
) -> ClassPair {
    let k = parts.n_support.len();
    let mut predicted = vote(k, pair_values, votes);
    if parts.break_ties && k > 2 {
        class_values.clear();
        push_one_vs_rest::<1>(k, pair_values, class_values);
        predicted = first_largest(class_values);
        vote(k, pair_values, votes);
    }
    (predicted, runner_up(votes, predicted))
}

impl<'a> ExplainedRow<'a> {
    /// Of the row whose kernel and pair values these are.
    pub(super) fn new(
        parts: &'a SvcParts,
        (kernel_values, pair_values): (&'a [f64], &'a [f64]),
        pair: ClassPair,
        votes: &'a [u32],
    ) -> ExplainedRow<'a> {
        ExplainedRow { parts, kernel_values, pair_values, pair, votes }
    }

    fn n_classes(&self) -> usize {
        self.parts.n_support.len()
    }

    /// The value of a pair; above zero it speaks for its first class.
    pub fn value(&self, pair: ClassPair) -> f64 {
        towards(self.n_classes(), pair, self.pair_values)
    }

    /// What is added to the sum over the support vectors.
    pub fn intercept(&self, pair: ClassPair) -> f64 {
        towards(self.n_classes(), pair, &self.parts.intercept)
    }

    /// What each support vector of the two classes adds, those of the class with the lower index first, as LIBSVM adds them up.
    pub fn terms(&self, (class, rival): ClassPair) -> impl Iterator<Item = SupportTerm> {
        let SvcParts { n_support, dual_coef, .. } = self.parts;
        let n_sv = self.parts.n_support_vectors();
        let sign = if class < rival { 1.0 } else { -1.0 };
        [(class.min(rival), class.max(rival)), (class.max(rival), class.min(rival))].into_iter().flat_map(
            move |(class, other)| {
                let start: usize = n_support[..class].iter().sum();
                // the class itself has no place among the others
                let place = if other < class { other } else { other - 1 };
                (start..start + n_support[class]).map(move |support_vector| SupportTerm {
                    support_vector,
                    class,
                    kernel: self.kernel_values[support_vector],
                    coefficient: sign * dual_coef[place * n_sv + support_vector],
                })
            },
        )
    }
}

/// The number of a pair in its own direction, out of those of all pairs in LIBSVM's.
fn towards(n_classes: usize, (class, rival): ClassPair, of_pairs: &[f64]) -> f64 {
    let value = of_pairs[pair_index(n_classes, class, rival)];
    if class < rival { value } else { -value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;

    /// Three classes with one vector each, and the value of each pair at the row 1: -1, 2 and 0.25.
    fn three() -> MadeUp {
        MadeUp::one_vector_each(&[1.0, 0.5, -2.0, 0.5, 0.75, -1.0], &[-1.5, 3.0, 0.5])
    }

    #[test]
    fn the_terms_and_the_intercept_add_up_to_the_value_of_every_pair() {
        let svc = three().svc();
        for row in [1.0, -2.0, 0.5] {
            let mut workspace = Workspace::default();
            let explained = svc.explain(&[row], &mut workspace);
            for pair in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)] {
                let sum: f64 = explained.terms(pair).map(|term| term.value()).sum();
                assert_eq!(sum + explained.intercept(pair), explained.value(pair), "{pair:?}");
                assert_eq!(explained.value(pair), -explained.value((pair.1, pair.0)));
                let classes: Vec<_> = explained.terms(pair).map(|term| (term.class, term.support_vector)).collect();
                let (low, high) = (pair.0.min(pair.1), pair.0.max(pair.1));
                assert_eq!(classes, [(low, low), (high, high)]);
            }
        }
    }

    #[test]
    fn the_rival_has_most_of_the_other_votes_and_the_lower_index_on_a_tie() {
        let pair = |made_up: MadeUp| made_up.svc().explain(&[1.0], &mut Workspace::default()).pair;
        let intercepts = |values: &[f64]| {
            let n_classes = if values.len() == 3 { 3 } else { 2 };
            MadeUp::one_vector_each(&vec![0.0; n_classes * (n_classes - 1)], values)
        };
        // 0 beats both, 2 beats 1
        assert_eq!(pair(intercepts(&[1.0, 1.0, -1.0])), (0, 2));
        let svc = intercepts(&[1.0, 1.0, -1.0]).svc();
        assert_eq!(svc.explain(&[1.0], &mut Workspace::default()).votes, [2, 0, 1]);
        // one vote each
        assert_eq!(pair(intercepts(&[1.0, -5.0, 1.0])), (0, 1));
        assert_eq!(pair(intercepts(&[-1.0])), (1, 0));
        // 2 beats both, 1 beats 0
        assert_eq!(pair(intercepts(&[-1.0, -1.0, -1.0])), (2, 1));
        // by the largest value it is 2, which has one vote of three
        assert_eq!(pair(MadeUp { break_ties: true, ..intercepts(&[0.1, -5.0, 0.1]) }), (2, 0));
    }

    #[test]
    fn many_rows_have_the_values_that_each_has_alone() {
        let svc = three().svc();
        let rows: Vec<f64> = (0..11).map(f64::from).collect();
        let (mut workspace, mut together) = (Workspace::default(), vec![]);
        svc.pair_values((2, 0), &rows, &mut workspace, &mut together);
        let alone = rows.iter().map(|row| svc.explain(&[*row], &mut workspace).value((2, 0)));
        assert!(together.iter().copied().eq(alone));
    }
}
