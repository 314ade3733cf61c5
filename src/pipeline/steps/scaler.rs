//! scikit-learn's scalers; one operation and one rounding at a time, as NumPy has it.

use serde::{Deserialize, Serialize};

use super::transform::{RangeEnd, Transform, first_infinite};
use crate::pipeline::Error;
use crate::svc::SparseBuffer;
use crate::svc::check::{check_finite, check_len};

/// A fitted scaler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// Numbers in a row, before and after.
    pub n_features_in: usize,
    /// What becomes of each.
    pub formula: ScalerFormula,
}

/// A scaler's `transform`, with one number of each kind for each feature.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ScalerFormula {
    /// `StandardScaler`: `(x - mean) / scale`
    Standard {
        /// `mean_`; none when `with_mean` is false.
        mean: Option<Vec<f64>>,
        /// `scale_`, not zero; none when `with_std` is false.
        scale: Option<Vec<f64>>,
    },
    /// `MinMaxScaler`: `x * scale + min`, then kept inside the feature range if asked
    MinMax {
        /// `scale_`
        scale: Vec<f64>,
        /// `min_`
        min: Vec<f64>,
        /// Lowest and highest value of `feature_range` when `clip` is true.
        clip: Option<(f64, f64)>,
    },
    /// `RobustScaler`: `(x - center) / scale`
    Robust {
        /// `center_`; none when `with_centering` is false.
        center: Option<Vec<f64>>,
        /// `scale_`, not zero; none when `with_scaling` is false.
        scale: Option<Vec<f64>>,
    },
    /// `MaxAbsScaler`: `x / scale`, then kept inside -1 and 1 if asked
    MaxAbs {
        /// `scale_`, not zero.
        scale: Vec<f64>,
        /// Whether `clip` is true.
        clip: bool,
    },
    /// One of these that does not shift, where scikit-learn's rows leave out zeros: `x * (1 / scale)`, then as `MaxAbs`.
    Sparse {
        /// Which one.
        kind: SparseScaler,
        /// `scale_`, not zero.
        scale: Vec<f64>,
        /// Whether `clip` is true.
        clip: bool,
    },
}

/// A scaler that takes rows that leave out zeros.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SparseScaler {
    /// `StandardScaler(with_mean=False)`
    Standard,
    /// `RobustScaler(with_centering=False)`
    Robust,
    /// `MaxAbsScaler`
    MaxAbs,
}

impl ScalerFormula {
    /// The same where scikit-learn's rows leave out zeros.
    #[must_use]
    pub fn on_sparse_rows(self) -> ScalerFormula {
        let (kind, scale, clip) = match self {
            ScalerFormula::Standard { mean: None, scale: Some(scale) } => (SparseScaler::Standard, scale, false),
            ScalerFormula::Robust { center: None, scale: Some(scale) } => (SparseScaler::Robust, scale, false),
            ScalerFormula::MaxAbs { scale, clip } => (SparseScaler::MaxAbs, scale, clip),
            other => return other,
        };
        ScalerFormula::Sparse { kind, scale, clip }
    }

    /// Between which numbers nearly all of the training come out; none where it was not told where they lie, only how far apart.
    fn usual_range(&self) -> Option<(f64, f64)> {
        match self {
            // of a normal distribution all but 3 and all but 7 of a thousand
            ScalerFormula::Standard { mean: Some(_), scale: Some(_) } => Some((-3.0, 3.0)),
            ScalerFormula::Robust { center: Some(_), scale: Some(_) } => Some((-2.0, 2.0)),
            // where it does not clip, nothing tells of another feature range than scikit-learn's own
            ScalerFormula::MinMax { clip, .. } => Some(clip.unwrap_or((0.0, 1.0))),
            ScalerFormula::MaxAbs { .. } | ScalerFormula::Sparse { kind: SparseScaler::MaxAbs, .. } => {
                Some((-1.0, 1.0))
            }
            ScalerFormula::Standard { .. } | ScalerFormula::Robust { .. } | ScalerFormula::Sparse { .. } => None,
        }
    }

    /// Numbers of one kind that it has; none if it does nothing.
    pub fn width(&self) -> Option<usize> {
        let numbers = match self {
            ScalerFormula::Standard { mean: shift, scale } | ScalerFormula::Robust { center: shift, scale } => {
                shift.as_ref().or(scale.as_ref())
            }
            ScalerFormula::MinMax { scale, .. }
            | ScalerFormula::MaxAbs { scale, .. }
            | ScalerFormula::Sparse { scale, .. } => Some(scale),
        };
        numbers.map(Vec::len)
    }
}

impl Scaler {
    /// The same for a row that leaves out zeros, which scikit-learn multiplies by the reciprocal; a scaler that moves zeros takes none.
    pub(super) fn apply_sparse(&self, row: &mut SparseBuffer) {
        let (columns, values) = row.parts_mut();
        let scale = match &self.formula {
            ScalerFormula::Standard { scale, .. } | ScalerFormula::Robust { scale, .. } => scale.as_deref(),
            ScalerFormula::MinMax { scale, .. }
            | ScalerFormula::MaxAbs { scale, .. }
            | ScalerFormula::Sparse { scale, .. } => Some(scale.as_slice()),
        };
        let Some(scale) = scale else { return };
        for (column, value) in columns.iter().zip(values.iter_mut()) {
            *value *= 1.0 / scale.get(*column as usize).copied().unwrap_or(1.0);
        }
        if let ScalerFormula::MaxAbs { clip: true, .. } | ScalerFormula::Sparse { clip: true, .. } = self.formula {
            values.iter_mut().for_each(|value| *value = value.clamp(-1.0, 1.0));
        }
    }

    /// Whether zeros stay zeros.
    pub(super) fn keeps_zeros(&self) -> bool {
        match &self.formula {
            ScalerFormula::Standard { mean: shift, .. } | ScalerFormula::Robust { center: shift, .. } => {
                shift.is_none()
            }
            ScalerFormula::MaxAbs { .. } | ScalerFormula::Sparse { .. } => true,
            ScalerFormula::MinMax { .. } => false,
        }
    }
}

impl Transform for Scaler {
    fn name(&self) -> &'static str {
        use SparseScaler::{MaxAbs, Robust, Standard};
        match self.formula {
            ScalerFormula::Standard { .. } | ScalerFormula::Sparse { kind: Standard, .. } => "StandardScaler",
            ScalerFormula::MinMax { .. } => "MinMaxScaler",
            ScalerFormula::Robust { .. } | ScalerFormula::Sparse { kind: Robust, .. } => "RobustScaler",
            ScalerFormula::MaxAbs { .. } | ScalerFormula::Sparse { kind: MaxAbs, .. } => "MaxAbsScaler",
        }
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_features_in
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        output.extend_from_slice(rows);
        let rows = output.chunks_exact_mut(self.n_features_in.max(1));
        match &self.formula {
            ScalerFormula::Standard { mean: shift, scale } | ScalerFormula::Robust { center: shift, scale } => {
                rows.for_each(|row| shift_and_divide(row, shift.as_deref(), scale.as_deref()));
            }
            ScalerFormula::MinMax { scale, min, clip } => {
                for row in rows {
                    for ((x, scale), min) in row.iter_mut().zip(scale).zip(min) {
                        *x = *x * scale + min;
                    }
                }
                if let Some((lowest, highest)) = *clip {
                    clip_to(output, lowest, highest);
                }
            }
            ScalerFormula::MaxAbs { scale, clip } => {
                rows.for_each(|row| shift_and_divide(row, None, Some(scale)));
                if *clip {
                    clip_to(output, -1.0, 1.0);
                }
            }
            ScalerFormula::Sparse { scale, clip, .. } => {
                rows.for_each(|row| row.iter_mut().zip(scale).for_each(|(x, scale)| *x *= 1.0 / scale));
                if *clip {
                    clip_to(output, -1.0, 1.0);
                }
            }
        }
    }

    /// A missing number stays one.
    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        first_infinite(rows)
    }

    /// But for what was clipped and what rounding took.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.extend_from_slice(output);
        match &self.formula {
            ScalerFormula::Standard { mean: shift, scale } | ScalerFormula::Robust { center: shift, scale } => {
                multiply_and_shift(input, scale.as_deref(), shift.as_deref());
            }
            ScalerFormula::MinMax { scale, min, .. } => shift_and_divide(input, Some(min), Some(scale)),
            ScalerFormula::MaxAbs { scale, .. } | ScalerFormula::Sparse { scale, .. } => {
                multiply_and_shift(input, Some(scale), None);
            }
        }
    }

    fn undo_end(&self, output: &[f64], end: RangeEnd, input: &mut Vec<f64>) {
        let usual = self.formula.usual_range().map_or(f64::NAN, |range| end.of(range));
        let known = output.iter().map(|number| if number.is_nan() { usual } else { *number });
        self.undo(&known.collect::<Vec<_>>(), input);
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }

    /// It makes NaN of nothing else.
    fn maker(&self, _column: usize, is_nan: bool) -> Option<&'static str> {
        (!is_nan).then(|| self.name())
    }

    fn keeps_columns(&self) -> bool {
        true
    }

    /// Refuses another width than `width`, numbers that are not finite, and division by zero.
    fn check(&self, width: usize) -> Result<(), Error> {
        let numbers = |name, values: &[f64]| -> Result<(), Error> {
            check_len(name, width, values.len())?;
            Ok(check_finite(name, values)?)
        };
        let divisors = |name, values: &[f64]| {
            numbers(name, values)?;
            match values.iter().position(|value| *value == 0.0) {
                None => Ok(()),
                Some(index) => Err(Error::part(name, "no zeros", format_args!("0 at index {index}"))),
            }
        };
        match &self.formula {
            ScalerFormula::Standard { mean, scale } => {
                mean.as_deref().map_or(Ok(()), |mean| numbers("StandardScaler.mean", mean))?;
                scale.as_deref().map_or(Ok(()), |scale| divisors("StandardScaler.scale", scale))?;
            }
            ScalerFormula::Robust { center, scale } => {
                center.as_deref().map_or(Ok(()), |center| numbers("RobustScaler.center", center))?;
                scale.as_deref().map_or(Ok(()), |scale| divisors("RobustScaler.scale", scale))?;
            }
            ScalerFormula::MinMax { scale, min, clip } => {
                numbers("MinMaxScaler.scale", scale)?;
                numbers("MinMaxScaler.min", min)?;
                clip.map_or(Ok(()), |(lowest, highest)| check_range(lowest, highest))?;
            }
            ScalerFormula::MaxAbs { scale, .. } => divisors("MaxAbsScaler.scale", scale)?,
            ScalerFormula::Sparse { scale, .. } => divisors("scaler.scale", scale)?,
        }
        if self.n_features_in == width {
            return Ok(());
        }
        Err(Error::part("scaler.n_features_in", format_args!("{width} features"), self.n_features_in))
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

fn clip_to(numbers: &mut [f64], lowest: f64, highest: f64) {
    for x in numbers {
        // a missing number is neither
        if *x < lowest {
            *x = lowest;
        } else if *x > highest {
            *x = highest;
        }
    }
}

fn check_range(lowest: f64, highest: f64) -> Result<(), Error> {
    let name = "MinMaxScaler.feature_range";
    check_finite(name, &[lowest, highest])?;
    if lowest < highest {
        return Ok(());
    }
    Err(Error::part(name, "the lower bound below the upper", format_args!("{lowest:?} and {highest:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaler(formula: ScalerFormula) -> Scaler {
        Scaler { n_features_in: 2, formula }
    }

    fn scaled(formula: ScalerFormula, row: [f64; 2]) -> Vec<f64> {
        let mut output = vec![f64::NAN; 3];
        scaler(formula).apply(&row, &mut output);
        output
    }

    #[test]
    fn each_scaler_is_its_formula() {
        let standard = ScalerFormula::Standard { mean: Some(vec![1.0, 2.0]), scale: Some(vec![2.0, 4.0]) };
        assert_eq!(scaled(standard, [5.0, 0.0]), [2.0, -0.5]);
        assert_eq!(scaled(ScalerFormula::Standard { mean: None, scale: None }, [5.0, 0.1]), [5.0, 0.1]);
        let robust = ScalerFormula::Robust { center: None, scale: Some(vec![2.0, 4.0]) };
        assert_eq!(scaled(robust, [5.0, 0.0]), [2.5, 0.0]);
        let min_max = |clip| ScalerFormula::MinMax { scale: vec![0.5, 2.0], min: vec![-1.0, 0.25], clip };
        assert_eq!(scaled(min_max(None), [10.0, -8.0]), [4.0, -15.75]);
        assert_eq!(scaled(min_max(Some((0.0, 1.0))), [10.0, -8.0]), [1.0, 0.0]);
        let max_abs = |clip| ScalerFormula::MaxAbs { scale: vec![2.0, 4.0], clip };
        assert_eq!(scaled(max_abs(false), [5.0, -8.0]), [2.5, -2.0]);
        assert_eq!(scaled(max_abs(true), [5.0, -8.0]), [1.0, -1.0]);
    }

    #[test]
    fn rows_that_leave_out_zeros_are_multiplied_by_the_reciprocal() {
        let max_abs = |clip| ScalerFormula::MaxAbs { scale: vec![49.0, 0.1], clip };
        let (divided, multiplied) = (scaled(max_abs(false), [49.0, 0.3]), [49.0 * (1.0 / 49.0), 0.3 * (1.0 / 0.1)]);
        assert_ne!(divided, multiplied);
        let sparse = max_abs(false).on_sparse_rows();
        assert_eq!(scaled(sparse.clone(), [49.0, 0.3]), multiplied);
        assert_eq!(scaler(sparse).name(), "MaxAbsScaler");
        assert_eq!(scaled(max_abs(true).on_sparse_rows(), [-98.0, 0.05]), [-1.0, 0.5]);
        let shifts = ScalerFormula::Standard { mean: Some(vec![1.0, 2.0]), scale: Some(vec![49.0, 2.0]) };
        assert_eq!(shifts.clone().on_sparse_rows(), shifts);
    }

    #[test]
    fn what_was_not_clipped_can_be_undone() {
        let (two, four) = (vec![1.0, -2.0], vec![0.5, 4.0]);
        for formula in [
            ScalerFormula::Standard { mean: Some(two.clone()), scale: Some(four.clone()) },
            ScalerFormula::Standard { mean: Some(two.clone()), scale: None },
            ScalerFormula::Robust { center: None, scale: Some(four.clone()) },
            ScalerFormula::MinMax { scale: four.clone(), min: two, clip: None },
            ScalerFormula::MaxAbs { scale: four.clone(), clip: false },
            ScalerFormula::Sparse { kind: SparseScaler::Robust, scale: four, clip: false },
        ] {
            let output = scaled(formula.clone(), [3.0, -5.0]);
            assert_ne!(output, [3.0, -5.0], "{formula:?}");
            let mut input = vec![];
            scaler(formula.clone()).undo(&output, &mut input);
            assert_eq!(input, [3.0, -5.0], "{formula:?}");
        }
    }

    #[test]
    fn numbers_no_scaler_learns_are_refused() {
        let refusal = |formula| scaler(formula).check(2).unwrap_err().to_string();
        let (two, three) = (vec![1.0, 2.0], vec![1.0, 2.0, 3.0]);
        assert_eq!(
            refusal(ScalerFormula::Standard { mean: Some(three), scale: None }),
            "`StandardScaler.mean`: expected 2 numbers, found 3"
        );
        assert_eq!(
            refusal(ScalerFormula::Robust { center: None, scale: Some(vec![1.0, -0.0]) }),
            "`RobustScaler.scale`: expected no zeros, found 0 at index 1"
        );
        assert_eq!(
            refusal(ScalerFormula::MinMax { scale: two.clone(), min: vec![f64::NEG_INFINITY, 0.0], clip: None }),
            "`MinMaxScaler.min`: expected finite numbers, found -inf at index 0"
        );
        assert_eq!(
            refusal(ScalerFormula::MinMax { scale: two.clone(), min: two, clip: Some((1.0, 0.0)) }),
            "`MinMaxScaler.feature_range`: expected the lower bound below the upper, found 1.0 and 0.0"
        );
        assert_eq!(
            refusal(ScalerFormula::MaxAbs { scale: vec![], clip: false }),
            "`MaxAbsScaler.scale`: expected 2 numbers, found 0"
        );
        let neither = scaler(ScalerFormula::Standard { mean: None, scale: None });
        assert_eq!(neither.check(3).unwrap_err().to_string(), "`scaler.n_features_in`: expected 3 features, found 2");
    }
}
