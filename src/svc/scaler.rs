//! The scalers that may stand before the SVC in a scikit-learn pipeline; one operation and one rounding at a time, as NumPy has it.

use serde::{Deserialize, Serialize};

use super::Error;
use super::model::{check_finite, check_len};

/// A scaler's `transform`, with one number for each of the model's features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// `(x - mean) / scale`
    StandardScaler {
        /// `mean_`; none when `with_mean` is false.
        mean: Option<Vec<f64>>,
        /// `scale_`, not zero; none when `with_std` is false.
        scale: Option<Vec<f64>>,
    },
    /// `x * scale + min`, then kept inside the feature range if asked
    MinMaxScaler {
        /// `scale_`
        scale: Vec<f64>,
        /// `min_`
        min: Vec<f64>,
        /// Lowest and highest value of `feature_range` when `clip` is true.
        clip: Option<(f64, f64)>,
    },
    /// `(x - center) / scale`
    RobustScaler {
        /// `center_`; none when `with_centering` is false.
        center: Option<Vec<f64>>,
        /// `scale_`, not zero; none when `with_scaling` is false.
        scale: Option<Vec<f64>>,
    },
    /// `x / scale`, then kept inside -1 and 1 if asked
    MaxAbsScaler {
        /// `scale_`, not zero.
        scale: Vec<f64>,
        /// Whether `clip` is true.
        clip: bool,
    },
}

impl Step {
    /// scikit-learn's class name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StandardScaler { .. } => "StandardScaler",
            Self::MinMaxScaler { .. } => "MinMaxScaler",
            Self::RobustScaler { .. } => "RobustScaler",
            Self::MaxAbsScaler { .. } => "MaxAbsScaler",
        }
    }

    /// Numbers that it holds.
    pub fn numbers(&self) -> usize {
        let count = |numbers: &Option<Vec<f64>>| numbers.as_ref().map_or(0, Vec::len);
        match self {
            Self::StandardScaler { mean, scale } => count(mean) + count(scale),
            Self::RobustScaler { center, scale } => count(center) + count(scale),
            Self::MinMaxScaler { scale, min, .. } => scale.len() + min.len(),
            Self::MaxAbsScaler { scale, .. } => scale.len(),
        }
    }

    /// Scales one row in place.
    pub(super) fn apply(&self, row: &mut [f64]) {
        match self {
            Self::StandardScaler { mean, scale } => shift_and_divide(row, mean.as_deref(), scale.as_deref()),
            Self::RobustScaler { center, scale } => shift_and_divide(row, center.as_deref(), scale.as_deref()),
            Self::MinMaxScaler { scale, min, clip } => {
                for ((x, scale), min) in row.iter_mut().zip(scale).zip(min) {
                    *x = *x * scale + min;
                }
                if let Some((lowest, highest)) = *clip {
                    clip_to(row, lowest, highest);
                }
            }
            Self::MaxAbsScaler { scale, clip } => {
                shift_and_divide(row, None, Some(scale));
                if *clip {
                    clip_to(row, -1.0, 1.0);
                }
            }
        }
    }

    /// Turns a scaled row back, but for what was clipped and what rounding took.
    pub(super) fn undo(&self, row: &mut [f64]) {
        match self {
            Self::StandardScaler { mean: shift, scale } | Self::RobustScaler { center: shift, scale } => {
                multiply_and_shift(row, scale.as_deref(), shift.as_deref());
            }
            Self::MinMaxScaler { scale, min, .. } => shift_and_divide(row, Some(min), Some(scale)),
            Self::MaxAbsScaler { scale, .. } => multiply_and_shift(row, Some(scale), None),
        }
    }

    /// Refuses another width than the model's, numbers that are not finite and division by zero.
    pub(super) fn check(&self, n_features_in: usize) -> Result<(), Error> {
        let numbers = |name, values: &[f64]| {
            check_len(name, n_features_in, values.len()).and_then(|()| check_finite(name, values))
        };
        let divisors = |name, values: &[f64]| {
            numbers(name, values)?;
            match values.iter().position(|value| *value == 0.0) {
                None => Ok(()),
                Some(index) => {
                    Err(Error::Part { name, expected: "no zeros".to_owned(), found: format!("0 at index {index}") })
                }
            }
        };
        match self {
            Self::StandardScaler { mean, scale } => {
                mean.as_deref().map_or(Ok(()), |mean| numbers("StandardScaler.mean", mean))?;
                scale.as_deref().map_or(Ok(()), |scale| divisors("StandardScaler.scale", scale))
            }
            Self::RobustScaler { center, scale } => {
                center.as_deref().map_or(Ok(()), |center| numbers("RobustScaler.center", center))?;
                scale.as_deref().map_or(Ok(()), |scale| divisors("RobustScaler.scale", scale))
            }
            Self::MinMaxScaler { scale, min, clip } => {
                numbers("MinMaxScaler.scale", scale)?;
                numbers("MinMaxScaler.min", min)?;
                clip.map_or(Ok(()), |(lowest, highest)| check_range(lowest, highest))
            }
            Self::MaxAbsScaler { scale, .. } => divisors("MaxAbsScaler.scale", scale),
        }
    }
}

fn shift_and_divide(row: &mut [f64], shift: Option<&[f64]>, divisor: Option<&[f64]>) {
    for (x, shift) in row.iter_mut().zip(shift.unwrap_or_default()) {
        *x -= shift;
    }
    for (x, divisor) in row.iter_mut().zip(divisor.unwrap_or_default()) {
        *x /= divisor;
    }
}

fn multiply_and_shift(row: &mut [f64], factor: Option<&[f64]>, shift: Option<&[f64]>) {
    for (x, factor) in row.iter_mut().zip(factor.unwrap_or_default()) {
        *x *= factor;
    }
    for (x, shift) in row.iter_mut().zip(shift.unwrap_or_default()) {
        *x += shift;
    }
}

fn clip_to(row: &mut [f64], lowest: f64, highest: f64) {
    for x in row {
        *x = x.max(lowest).min(highest);
    }
}

fn check_range(lowest: f64, highest: f64) -> Result<(), Error> {
    check_finite("MinMaxScaler.feature_range", &[lowest, highest])?;
    if lowest < highest {
        return Ok(());
    }
    Err(Error::Part {
        name: "MinMaxScaler.feature_range",
        expected: "the lower bound below the upper".to_owned(),
        found: format!("{lowest:?} and {highest:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(step: &Step, row: [f64; 2]) -> [f64; 2] {
        let mut row = row;
        step.apply(&mut row);
        row
    }

    #[test]
    fn each_scaler_is_its_formula() {
        let standard = Step::StandardScaler { mean: Some(vec![1.0, 2.0]), scale: Some(vec![2.0, 4.0]) };
        assert_eq!(scaled(&standard, [5.0, 0.0]), [2.0, -0.5]);
        assert_eq!(scaled(&Step::StandardScaler { mean: None, scale: None }, [5.0, 0.1]), [5.0, 0.1]);
        let robust = Step::RobustScaler { center: None, scale: Some(vec![2.0, 4.0]) };
        assert_eq!(scaled(&robust, [5.0, 0.0]), [2.5, 0.0]);
        let min_max = Step::MinMaxScaler { scale: vec![0.5, 2.0], min: vec![-1.0, 0.25], clip: None };
        assert_eq!(scaled(&min_max, [10.0, -8.0]), [4.0, -15.75]);
        let clipped = Step::MinMaxScaler { scale: vec![0.5, 2.0], min: vec![-1.0, 0.25], clip: Some((0.0, 1.0)) };
        assert_eq!(scaled(&clipped, [10.0, -8.0]), [1.0, 0.0]);
        let max_abs = |clip| Step::MaxAbsScaler { scale: vec![2.0, 4.0], clip };
        assert_eq!(scaled(&max_abs(false), [5.0, -8.0]), [2.5, -2.0]);
        assert_eq!(scaled(&max_abs(true), [5.0, -8.0]), [1.0, -1.0]);
    }

    #[test]
    fn what_was_not_clipped_can_be_undone() {
        let (two, four) = (vec![1.0, -2.0], vec![0.5, 4.0]);
        for step in [
            Step::StandardScaler { mean: Some(two.clone()), scale: Some(four.clone()) },
            Step::StandardScaler { mean: Some(two.clone()), scale: None },
            Step::RobustScaler { center: None, scale: Some(four.clone()) },
            Step::MinMaxScaler { scale: four.clone(), min: two, clip: None },
            Step::MaxAbsScaler { scale: four, clip: false },
        ] {
            let mut row = scaled(&step, [3.0, -5.0]);
            assert_ne!(row, [3.0, -5.0], "{step:?}");
            step.undo(&mut row);
            assert_eq!(row, [3.0, -5.0], "{step:?}");
        }
    }

    #[test]
    fn numbers_no_scaler_learns_are_refused() {
        let refusal = |step: Step| step.check(2).unwrap_err().to_string();
        let (two, three) = (vec![1.0, 2.0], vec![1.0, 2.0, 3.0]);
        assert_eq!(
            refusal(Step::StandardScaler { mean: Some(three), scale: None }),
            "`StandardScaler.mean`: expected 2 numbers, found 3"
        );
        assert_eq!(
            refusal(Step::RobustScaler { center: None, scale: Some(vec![1.0, -0.0]) }),
            "`RobustScaler.scale`: expected no zeros, found 0 at index 1"
        );
        assert_eq!(
            refusal(Step::MinMaxScaler { scale: two.clone(), min: vec![f64::NEG_INFINITY, 0.0], clip: None }),
            "`MinMaxScaler.min`: expected finite numbers, found -inf at index 0"
        );
        assert_eq!(
            refusal(Step::MinMaxScaler { scale: two.clone(), min: two, clip: Some((1.0, 0.0)) }),
            "`MinMaxScaler.feature_range`: expected the lower bound below the upper, found 1.0 and 0.0"
        );
        assert_eq!(
            refusal(Step::MaxAbsScaler { scale: vec![], clip: false }),
            "`MaxAbsScaler.scale`: expected 2 numbers, found 0"
        );
    }
}
