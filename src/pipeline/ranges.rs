//! The range of each column among the support vectors, in the unit of the caller's rows.
//!
//! Support vectors are rows of the training data as the SVM saw them, behind the steps. What a step makes of each number by itself can be
//! undone; what it makes of several, as a `PCA` does, cannot.

use super::steps::Steps;
use super::{Estimator, Model};

/// The lowest and the highest value of a column.
pub type ColumnRange = (f64, f64);

/// For each column of the caller's rows the range of its numbers among the support vectors, of all SVMs inside. None for a column that a
/// step mixed with others or left out, where a number is beyond f64, and for all columns of a model without support vectors.
pub(super) fn of_model(model: &Model) -> Vec<Option<ColumnRange>> {
    undone(model.steps(), of_estimator(model.estimator()))
}

fn of_estimator(estimator: &Estimator) -> Vec<Option<ColumnRange>> {
    if let Estimator::Meta(meta) = estimator {
        let of_members = meta.members().map(|member| undone(&member.steps, of_estimator(&member.estimator)));
        return of_members.reduce(around).unwrap_or_default();
    }
    let Some(machine) = estimator.machine() else { return vec![None; estimator.width_in()] };
    let mut ranges = vec![None; machine.n_features_in()];
    for vector in machine.parts().support_vectors.chunks_exact(machine.n_features_in()) {
        for (range, value) in ranges.iter_mut().zip(vector) {
            let (lowest, highest) = range.unwrap_or((*value, *value));
            *range = Some((value.min(lowest), value.max(highest)));
        }
    }
    ranges
}

/// What holds both; none where one of them is not known.
fn around(ranges: Vec<Option<ColumnRange>>, others: Vec<Option<ColumnRange>>) -> Vec<Option<ColumnRange>> {
    let both = |(range, other): (Option<ColumnRange>, Option<ColumnRange>)| {
        let ((lowest, highest), (other_lowest, other_highest)) = range.zip(other)?;
        Some((lowest.min(other_lowest), highest.max(other_highest)))
    };
    ranges.into_iter().zip(others).map(both).collect()
}

/// The ranges before the steps.
fn undone(steps: &Steps, ranges: Vec<Option<ColumnRange>>) -> Vec<Option<ColumnRange>> {
    let ends = |end: fn((f64, f64)) -> f64| ranges.iter().map(|range| range.map_or(f64::NAN, end)).collect();
    let (lowest, highest) = (steps.undo_each(ends(|range| range.0)), steps.undo_each(ends(|range| range.1)));
    // a step may turn numbers round
    let range = |(a, b): (f64, f64)| (a.is_finite() && b.is_finite()).then(|| (a.min(b), a.max(b)));
    lowest.into_iter().zip(highest).map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{
        Branch, Branches, BranchesKind, Calibrator, Classes, Columns, LinearKind, MetaEstimator, Nested, Pca, Rule,
        Scaler, ScalerFormula, Select, Selector, Sigmoid, Step,
    };
    use crate::svc::LinearParts;

    /// Three support vectors: columns from -1 to 3 and from 4 to 6.
    fn svc() -> Estimator {
        let vectors = vec![-1.0, 4.0, 2.0, 6.0, 3.0, 5.0];
        let made_up = MadeUp {
            support_vectors: vectors,
            n_support: vec![1, 2],
            dual_coef: vec![1.0, -0.5, -0.5],
            ..MadeUp::default()
        };
        made_up.model().into_estimator()
    }

    fn min_max(scale: &[f64], min: &[f64]) -> Step {
        let formula = ScalerFormula::MinMax { scale: scale.to_vec(), min: min.to_vec(), clip: None };
        Step::Scaler(Scaler { n_features_in: scale.len(), formula })
    }

    fn ranges(steps: Vec<Step>) -> Vec<Option<ColumnRange>> {
        Model::over_numbers(None, Steps(steps), svc()).unwrap().support_ranges()
    }

    fn select(n_features_in: usize, columns: &[usize]) -> Step {
        Step::Select(Select { selector: Selector::KBest, n_features_in, columns: columns.to_vec() })
    }

    fn turn() -> Step {
        let components = vec![0.0, 1.0, 1.0, 0.0];
        Step::Pca(Pca {
            n_features_in: 2,
            n_components: 2,
            components,
            mean: vec![0.0; 2],
            mean_product: None,
            scale: None,
        })
    }

    #[test]
    fn ranges_come_back_through_scalers_and_selections() {
        assert_eq!(ranges(vec![]), [Some((-1.0, 3.0)), Some((4.0, 6.0))]);
        // a negative scale turns a range round, and a scale of zero leaves nothing of it
        assert_eq!(ranges(vec![min_max(&[2.0, -1.0], &[1.0, 0.0])]), [Some((-1.0, 1.0)), Some((-6.0, -4.0))]);
        assert_eq!(ranges(vec![min_max(&[0.0, 0.5], &[0.0, 0.0])]), [None, Some((8.0, 12.0))]);
        let steps = vec![min_max(&[1.0, 0.5, 2.0], &[0.0; 3]), select(3, &[0, 2])];
        assert_eq!(ranges(steps), [Some((-1.0, 3.0)), None, Some((2.0, 3.0))]);
    }

    #[test]
    fn what_was_mixed_is_left_out_column_by_column() {
        assert_eq!(ranges(vec![turn()]), [None, None]);
        assert_eq!(ranges(vec![select(3, &[1, 2]), turn()]), [None; 3]);
        let branch = |columns: &[usize], steps| Branch::new("a".to_owned(), columns.to_vec(), Some(2.0), Steps(steps));
        let branches = vec![branch(&[2], vec![min_max(&[0.5], &[0.0])]), branch(&[0], vec![])];
        let kind = BranchesKind::ColumnTransformer;
        let tree = Step::Columns(Branches { kind, n_features_in: 3, branches });
        assert_eq!(ranges(vec![tree]), [Some((2.0, 3.0)), None, Some((-1.0, 3.0))]);
    }

    #[test]
    fn all_members_count_and_a_model_without_support_vectors_has_no_ranges() {
        let member = |steps| Nested { steps: Steps(steps), estimator: svc() };
        let calibrated = |members: [Nested<Estimator>; 2]| {
            let [first, other] = members;
            let sigmoids = vec![Calibrator::Sigmoid(Sigmoid { a: -1.0, b: 0.0 })];
            let rule = Rule::Calibrated(vec![sigmoids.clone(), sigmoids]);
            let classes = Classes::Integer(vec![0, 1]);
            let meta = MetaEstimator { classes, first: Box::new(first), others: vec![other], rule };
            let columns = Columns::numbers(2, None).unwrap();
            Model::new(columns, Steps::default(), Estimator::Meta(meta)).unwrap().support_ranges()
        };
        let scaled = || member(vec![min_max(&[1.0, 2.0], &[5.0, 0.0])]);
        assert_eq!(calibrated([member(vec![]), scaled()]), [Some((-6.0, 3.0)), Some((2.0, 6.0))]);
        assert_eq!(calibrated([scaled(), member(vec![turn()])]), [None, None]);
        let parts = LinearParts { n_features_in: 2, coef: vec![1.0, -1.0], intercept: vec![0.5] };
        let linear = Estimator::of_linear(LinearKind::Svc, Classes::Integer(vec![0, 1]), parts).unwrap();
        assert_eq!(Model::over_numbers(None, Steps::default(), linear).unwrap().support_ranges(), [None, None]);
    }
}
