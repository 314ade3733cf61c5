//! What a linear model is made of: the features that weigh most, for and against each class.

use super::{Estimator, Model};
use crate::svc::ClassPair;

/// The features that weigh most in one of a model's linear values, as they are after the steps; for a text, its words.
#[derive(Debug, Clone, PartialEq)]
pub struct LargestWeights {
    /// The index of the class that the value speaks for above zero; none where there are no classes.
    pub class: Option<usize>,
    /// The class that it speaks for below zero; none where that is every other one.
    pub against: Option<usize>,
    /// Features with weights above zero, the largest first.
    pub towards: Vec<(usize, f64)>,
    /// Features with weights below zero, the farthest from zero first.
    pub away: Vec<(usize, f64)>,
}

/// Values whose weights are looked through, at most: of a model with more pairs of classes none is.
const PAIRS_MAX: usize = 64;

impl Model {
    /// Whether its values are sums over features: a linear model, or a linear kernel over texts.
    pub fn has_weights(&self) -> bool {
        self.check_explained().is_ok() && !self.estimator().linear_values().is_empty()
    }

    /// How many weights there are in all of its values.
    pub fn n_weights(&self) -> usize {
        self.estimator().width_in().saturating_mul(self.estimator().linear_values().len())
    }

    /// For each of a linear model's values up to `count` features of each sign; empty where [`has_weights`](Self::has_weights) says no.
    pub fn largest_weights(&self, count: usize) -> Vec<LargestWeights> {
        let estimator = self.estimator();
        let values = if self.has_weights() { estimator.linear_values() } else { Vec::new() };
        let of_value = |value: LinearValue| {
            let weights = || estimator.weights(value);
            let (class, against) = value.classes.map_or((None, None), |(class, against)| (Some(class), against));
            LargestWeights {
                class,
                against,
                towards: largest(count, 1.0, weights()),
                away: largest(count, -1.0, weights()),
            }
        };
        values.into_iter().map(of_value).collect()
    }
}

/// One of the numbers that a linear model compares: its place, and the classes that it speaks for above and below zero.
#[derive(Debug, Clone, Copy)]
struct LinearValue {
    place: usize,
    classes: Option<(usize, Option<usize>)>,
}

impl Estimator {
    fn linear_values(&self) -> Vec<LinearValue> {
        match self {
            Estimator::Linear { linear, .. } if linear.n_scores() == 1 => {
                vec![LinearValue { place: 0, classes: Some((1, Some(0))) }]
            }
            Estimator::Linear { linear, .. } => {
                (0..linear.n_scores()).map(|class| LinearValue { place: class, classes: Some((class, None)) }).collect()
            }
            Estimator::LinearSvr(_) => vec![LinearValue { place: 0, classes: None }],
            Estimator::TransformedTarget { regression, .. } => regression.linear_values(),
            Estimator::SparseSvc { svc, .. } if svc.column_weight((0, 1), 0).is_some() => {
                let n_classes = svc.parts().n_support.len();
                if n_classes * (n_classes - 1) / 2 > PAIRS_MAX {
                    return Vec::new();
                }
                // of two classes the second one is meant, as in a linear model
                let ordered = |(a, b): ClassPair| if n_classes == 2 { (b, a) } else { (a, b) };
                let pairs = (0..n_classes).flat_map(|a| (a + 1..n_classes).map(move |b| (a, b)));
                let value = |(class, against)| LinearValue { place: 0, classes: Some((class, Some(against))) };
                pairs.map(ordered).map(value).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The weight of each feature in one of the values.
    fn weights(&self, value: LinearValue) -> Box<dyn Iterator<Item = f64> + '_> {
        match (self, value.classes) {
            (Estimator::Linear { linear, .. } | Estimator::LinearSvr(linear), _) => {
                Box::new(linear.parts().coef.iter().skip(value.place).step_by(linear.n_scores()).copied())
            }
            (Estimator::TransformedTarget { regression, .. }, _) => regression.weights(value),
            (Estimator::SparseSvc { svc, .. }, Some((class, Some(against)))) => {
                let columns = u32::try_from(svc.parts().n_features_in).unwrap_or(u32::MAX);
                Box::new(
                    (0..columns).map(move |column| svc.column_weight((class, against), column).unwrap_or_default()),
                )
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// The places of the `count` numbers of one sign that are farthest from zero, with the numbers; of equals the first ones.
fn largest(count: usize, sign: f64, numbers: impl Iterator<Item = f64>) -> Vec<(usize, f64)> {
    let mut listed: Vec<(usize, f64)> = Vec::with_capacity(count + 1);
    for (place, number) in numbers.enumerate() {
        let size = sign * number;
        if size <= 0.0 || listed.len() == count && listed.last().is_some_and(|(_, last)| sign * last >= size) {
            continue;
        }
        listed.insert(listed.partition_point(|(_, other)| sign * other >= size), (place, number));
        listed.truncate(count);
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{Classes, Inverse, LinearKind, Steps};
    use crate::svc::LinearParts;

    fn over(estimator: Estimator) -> Model {
        Model::over_numbers(None, Steps::default(), estimator).unwrap()
    }

    #[test]
    fn each_value_has_its_largest_weights_of_both_signs() {
        let classes = |count: i64| Classes::Integer((0..count).collect());
        let parts = |coef: &[f64], intercepts: usize| LinearParts {
            n_features_in: coef.len() / intercepts,
            coef: coef.to_vec(),
            intercept: vec![0.0; intercepts],
        };
        let two =
            over(Estimator::of_linear(LinearKind::Svc, classes(2), parts(&[1.0, -2.0, 0.0, 3.0, 1.0], 1)).unwrap());
        let expected = LargestWeights {
            class: Some(1),
            against: Some(0),
            towards: vec![(3, 3.0), (0, 1.0)],
            away: vec![(1, -2.0)],
        };
        assert_eq!(two.largest_weights(2).first(), Some(&expected));
        let three = parts(&[1.0, -2.0, 0.0, 3.0, 1.0, 0.5], 3);
        let three = over(Estimator::of_linear(LinearKind::Svc, classes(3), three).unwrap()).largest_weights(1);
        let told: Vec<_> =
            three.iter().map(|value| (value.class, value.against, value.towards.clone(), value.away.clone())).collect();
        let none = vec![];
        assert_eq!(
            told,
            [
                (Some(0), None, vec![(1, 3.0)], none.clone()),
                (Some(1), None, vec![(1, 1.0)], vec![(0, -2.0)]),
                (Some(2), None, vec![(1, 0.5)], none),
            ]
        );
        let regression = Estimator::of_linear_svr(parts(&[1.0, -2.0, 0.0, 3.0, 1.0], 1)).unwrap();
        let regression = over(Estimator::of_transformed_target(regression, Inverse::Exp).unwrap());
        assert_eq!(regression.largest_weights(2), [LargestWeights { class: None, against: None, ..expected }]);
    }

    #[test]
    fn a_sum_over_support_vectors_has_no_weights() {
        let model = MadeUp::default().model();
        assert_eq!((model.has_weights(), model.largest_weights(4)), (false, vec![]));
    }
}
