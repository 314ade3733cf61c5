//! Probabilities out of decision values: scikit-learn's `_CalibratedClassifier`.
//!
//! ```text
//! two classes:   p(second) by the one calibrator of the one decision value, p(first) = 1 - p(second)
//! more:          p(class) by the calibrator of the class of its one-vs-rest value; then divided by their sum
//! ```

use serde::{Deserialize, Serialize};

use super::isotonic::Isotonic;
use crate::pipeline::scratch::Combined;
use crate::pipeline::{AnswerColumn, Answers, Error};
use crate::svc::check::check_finite;
use crate::svc::{first_largest, pairwise_sum};

/// What turns a decision value into a probability.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Calibrator {
    /// Platt's curve.
    Sigmoid(Sigmoid),
    /// A curve of straight pieces.
    Isotonic(Isotonic),
}

/// `1 / (1 + exp(a T + b))`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    /// `a_`, the factor of the value.
    pub a: f64,
    /// `b_`, added to the product.
    pub b: f64,
}

impl Calibrator {
    fn at(&self, value: f64) -> f64 {
        match self {
            Calibrator::Sigmoid(Sigmoid { a, b }) => 1.0 / (1.0 + (a * value + b).exp()),
            Calibrator::Isotonic(isotonic) => isotonic.at(value),
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            Calibrator::Sigmoid(Sigmoid { a, b }) => Ok(check_finite("sigmoids", &[*a, *b])?),
            Calibrator::Isotonic(isotonic) => isotonic.check(),
        }
    }
}

/// Overwrites `out` with the probability of each class. `values`: one for each calibrator.
///
/// # Source
/// scikit-learn, `_CalibratedClassifier.predict_proba`.
pub(super) fn class_probabilities(values: &[f64], calibrators: &[Calibrator], out: &mut Vec<f64>) {
    out.clear();
    if let ([value], [calibrator]) = (values, calibrators) {
        let second = calibrator.at(*value);
        out.extend([1.0 - second, second]);
    } else {
        out.extend(values.iter().zip(calibrators).map(|(value, calibrator)| calibrator.at(*value)));
        let (sum, uniform) = (pairwise_sum(out, |probability| probability), 1.0 / out.len() as f64);
        out.iter_mut().for_each(|probability| *probability = if sum == 0.0 { uniform } else { *probability / sum });
    }
    for probability in out {
        if *probability > 1.0 && *probability <= 1.0 + ROUNDING_MAX {
            *probability = 1.0;
        }
    }
}

/// Appends the answers of a `CalibratedClassifierCV`. `combined`: for each row the sum of the members' probabilities. Scores of classes are
/// their probabilities: there are no others.
///
/// # Source
/// scikit-learn, `CalibratedClassifierCV.predict_proba` and `predict`: the first class on a tie.
pub(super) fn finish(n_members: usize, n_classes: usize, combined: &mut Combined, answers: &mut Answers) {
    let Combined { scores: sums, .. } = combined;
    sums.iter_mut().for_each(|sum| *sum /= n_members as f64);
    for (_, column) in answers.columns_mut() {
        match column {
            AnswerColumn::Labels(labels) => labels.extend(sums.chunks_exact(n_classes).map(first_largest)),
            AnswerColumn::Numbers { numbers, .. } => numbers.extend_from_slice(sums),
        }
    }
}

/// Above 1 by no more than this, a probability is 1.
const ROUNDING_MAX: f64 = 1e-5;

#[cfg(test)]
mod tests {
    use super::*;

    fn sigmoid(a: f64, b: f64) -> Calibrator {
        Calibrator::Sigmoid(Sigmoid { a, b })
    }

    fn probabilities(values: &[f64], calibrators: &[Calibrator]) -> Vec<f64> {
        let mut out = vec![f64::NAN; 3];
        class_probabilities(values, calibrators, &mut out);
        out
    }

    #[test]
    fn two_classes_have_one_calibrator_for_the_second() {
        let second = 1.0 / (1.0 + (-2.0 * 3.0 + 0.5_f64).exp());
        assert_eq!(probabilities(&[3.0], &[sigmoid(-2.0, 0.5)]), [1.0 - second, second]);
    }

    #[test]
    fn more_classes_are_divided_by_their_sum() {
        assert_eq!(probabilities(&[1.0; 3], &[0.0; 3].map(|b| sigmoid(0.0, b))), [0.5 / 1.5; 3]);
        assert_eq!(probabilities(&[1.0; 3], &[1e9; 3].map(|b| sigmoid(0.0, b))), [1.0 / 3.0; 3]);
    }

    #[test]
    fn a_probability_just_above_one_is_one() {
        let line = |y: f64| Calibrator::Isotonic(Isotonic { x: vec![0.0], y: vec![y], bounds: (0.0, 0.0) });
        assert_eq!(probabilities(&[0.0], &[line(1.000_01)])[1], 1.0);
        assert_eq!(probabilities(&[0.0], &[line(1.1)])[1], 1.1);
    }
}
