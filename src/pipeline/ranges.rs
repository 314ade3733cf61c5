//! The range of each column among the support vectors, in the unit of the caller's rows.
//!
//! Support vectors are rows of the training data as the SVM saw them, after the steps. What a step makes of each number by itself
//! can be undone; what it makes of several, as a `PCA` does, cannot. Where nothing is known after a scaler, the scaler itself
//! says in which range nearly all training values lay.

use super::steps::{RangeEnd, Steps};
use super::{Estimator, Model};

/// The lowest and the highest value of a column.
pub type ColumnRange = (f64, f64);

/// For each column of the caller's rows the range of its numbers among the support vectors, of all SVMs inside. None for a column that a
/// step mixed with others or left out, where a number is beyond f64, and for all columns of a model without support vectors.
pub(super) fn of_model(model: &Model) -> Vec<Option<ColumnRange>> {
    let source = RangeSource { behind: of_vectors, undo: |steps, row, _| steps.undo_each(row) };
    source.before(model.steps(), model.estimator())
}

/// The same, from what the scalers know.
pub(super) fn of_scalers(model: &Model) -> Vec<Option<ColumnRange>> {
    let source = RangeSource { behind: |estimator| vec![None; estimator.width_in()], undo: Steps::undo_end };
    source.before(model.steps(), model.estimator())
}

/// What tells of ranges.
#[derive(Clone, Copy)]
struct RangeSource {
    /// Ranges behind all steps, of an estimator that has none inside.
    behind: fn(&Estimator) -> Vec<Option<ColumnRange>>,
    /// An end of all ranges before steps, out of that behind them; NaN stands for one that is not known.
    undo: fn(&Steps, Vec<f64>, RangeEnd) -> Vec<f64>,
}

impl RangeSource {
    /// The ranges before these steps and those inside of the estimator.
    fn before(self, steps: &Steps, estimator: &Estimator) -> Vec<Option<ColumnRange>> {
        let ranges = match estimator {
            Estimator::Meta(meta) => {
                let of_members = meta.members().map(|member| self.before(&member.steps, &member.estimator));
                of_members.reduce(around).unwrap_or_default()
            }
            _ => (self.behind)(estimator),
        };
        let of_end = |end: RangeEnd| {
            let numbers = ranges.iter().map(|range| range.map_or(f64::NAN, |range| end.of(range)));
            (self.undo)(steps, numbers.collect(), end)
        };
        let ends = of_end(RangeEnd::Lowest).into_iter().zip(of_end(RangeEnd::Highest));
        // a step may turn numbers round
        ends.map(|(a, b)| (a.is_finite() && b.is_finite()).then(|| (a.min(b), a.max(b)))).collect()
    }
}

fn of_vectors(estimator: &Estimator) -> Vec<Option<ColumnRange>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{
        Branch, Branches, BranchesKind, Calibrator, Classes, Columns, LinearKind, MetaEstimator, Nested, Pca, Power,
        PowerFormula, Rule, Scaler, ScalerFormula, Select, Selector, Sigmoid, Step,
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
        let plain = Model::over_numbers(None, Steps::default(), linear).unwrap();
        assert_eq!((plain.support_ranges(), plain.usual_ranges()), (vec![None; 2], vec![None; 2]));
    }

    #[test]
    fn a_scaler_tells_what_is_usual_where_support_vectors_tell_nothing() {
        let (two, four) = (vec![10.0, -1.0], vec![2.0, 0.5]);
        let scaler = |formula| Step::Scaler(Scaler { n_features_in: 2, formula });
        let standard = || scaler(ScalerFormula::Standard { mean: Some(two.clone()), scale: Some(four.clone()) });
        let of = |steps: Vec<Step>, estimator| Model::over_numbers(None, Steps(steps), estimator).unwrap();
        let linear = || {
            let parts = LinearParts { n_features_in: 2, coef: vec![1.0, -1.0], intercept: vec![0.5] };
            Estimator::of_linear(LinearKind::Svc, Classes::Integer(vec![0, 1]), parts).unwrap()
        };
        for (formula, expected) in [
            (
                ScalerFormula::Standard { mean: Some(two.clone()), scale: Some(four.clone()) },
                [Some((4.0, 16.0)), Some((-2.5, 0.5))],
            ),
            (ScalerFormula::Standard { mean: None, scale: Some(four.clone()) }, [None, None]),
            (ScalerFormula::Standard { mean: Some(two.clone()), scale: None }, [None, None]),
            (
                ScalerFormula::Robust { center: Some(two.clone()), scale: Some(four.clone()) },
                [Some((6.0, 14.0)), Some((-2.0, 0.0))],
            ),
            (
                ScalerFormula::MinMax { scale: vec![0.5, 0.0], min: vec![-1.0, 0.0], clip: None },
                [Some((2.0, 4.0)), None],
            ),
            (
                ScalerFormula::MinMax { scale: vec![0.5, 1.0], min: vec![-1.0, 0.0], clip: Some((-1.0, 2.0)) },
                [Some((0.0, 6.0)), Some((-1.0, 2.0))],
            ),
            (ScalerFormula::MaxAbs { scale: four.clone(), clip: false }, [Some((-2.0, 2.0)), Some((-0.5, 0.5))]),
        ] {
            assert_eq!(of(vec![scaler(formula.clone())], linear()).usual_ranges(), expected, "{formula:?}");
        }
        let mixed = of(vec![standard(), turn()], svc());
        assert_eq!(mixed.support_ranges(), [None, None]);
        let expected = [Some((4.0, 16.0)), Some((-2.5, 0.5))];
        assert_eq!(
            (mixed.usual_ranges(), of(vec![standard()], svc()).usual_ranges()),
            (expected.to_vec(), expected.to_vec())
        );
        // the last scaler that a number came through alone
        let branch = |columns: &[usize], steps| Branch::new("a".to_owned(), columns.to_vec(), None, Steps(steps));
        let half = || Scaler {
            n_features_in: 1,
            formula: ScalerFormula::MinMax { scale: vec![0.5], min: vec![0.0], clip: None },
        };
        let kind = BranchesKind::ColumnTransformer;
        let branches = vec![branch(&[1], vec![Step::Scaler(half())]), branch(&[0], vec![])];
        let tree = Step::Columns(Branches { kind, n_features_in: 2, branches });
        assert_eq!(of(vec![tree], linear()).usual_ranges(), [None, Some((0.0, 2.0))]);
        let formula = PowerFormula::YeoJohnsonByPow;
        let power = Power { formula, lambdas: vec![1.0], scaler: Some(half()) };
        let branches = vec![branch(&[0], vec![Step::Power(power)]), branch(&[1], vec![])];
        let tree = Step::Columns(Branches { kind, n_features_in: 2, branches });
        let [Some((lowest, highest)), None] = of(vec![tree], linear()).usual_ranges()[..] else {
            panic!("{formula:?}")
        };
        assert!(lowest == 0.0 && (highest - 2.0).abs() < 1e-12, "{lowest} {highest}");
    }
}
