//! Isotonic calibration: a curve that never falls, straight between its corners.
// Every index is below the number of corners, which `check` has found to be the same for both lists.
#![allow(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

use crate::pipeline::Error;
use crate::svc::check::{check_finite, check_len};

/// scikit-learn's fitted `IsotonicRegression` with `out_of_bounds="clip"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// `X_thresholds_`: where the corners are, ascending.
    pub x: Vec<f64>,
    /// `y_thresholds_`: how high they are.
    pub y: Vec<f64>,
    /// `X_min_` and `X_max_`: values beyond are taken for these.
    pub bounds: (f64, f64),
}

impl Isotonic {
    /// The height of the curve at `value`; NaN for NaN.
    ///
    /// # Source
    /// scikit-learn, `IsotonicRegression.predict`: SciPy's `interp1d`, which is NumPy's `interp`. A value on a corner is its height
    /// exactly, and the slope is that of the piece to its right.
    pub(super) fn at(&self, value: f64) -> f64 {
        let Isotonic { x, y, bounds: (lowest, highest) } = self;
        if value.is_nan() {
            return value;
        }
        // not `clamp`, which panics where the bounds are the wrong way round
        let value = value.max(*lowest).min(*highest);
        let right = x.partition_point(|corner| *corner <= value);
        if right == 0 || right == x.len() || x[right - 1] == value {
            return y[right.saturating_sub(1)];
        }
        let slope = (y[right] - y[right - 1]) / (x[right] - x[right - 1]);
        slope * (value - x[right - 1]) + y[right - 1]
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let Isotonic { x, y, bounds: (lowest, highest) } = self;
        if x.is_empty() {
            return Err(Error::part("x_thresholds", "at least 1 number", 0));
        }
        check_len("y_thresholds", x.len(), y.len())?;
        check_finite("x_thresholds", x)?;
        check_finite("y_thresholds", y)?;
        check_finite("x_bounds", &[*lowest, *highest])?;
        if !x.is_sorted_by(|a, b| a < b) {
            return Err(Error::part("x_thresholds", "ascending numbers", "others"));
        }
        // NumPy's answer outside of the corners is another one
        if x.len() > 1 && (*lowest < x[0] || *highest > x[x.len() - 1] || lowest > highest) {
            return Err(Error::part(
                "x_bounds",
                "bounds inside the thresholds",
                format_args!("{lowest:?}, {highest:?}"),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> Isotonic {
        Isotonic { x: vec![-1.0, 0.0, 2.0], y: vec![0.1, 0.1, 0.7], bounds: (-1.0, 2.0) }
    }

    #[test]
    fn between_corners_the_curve_is_straight_and_beyond_them_flat() {
        let at = |value| curve().at(value);
        assert_eq!([-1e300, -1.0, -0.5, 0.0, 2.0, 3.0].map(at), [0.1, 0.1, 0.1, 0.1, 0.7, 0.7]);
        assert_eq!(at(0.5), (0.7 - 0.1) / 2.0 * 0.5 + 0.1);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(at), [0.1, 0.7]);
        assert!(at(f64::NAN).is_nan());
    }

    #[test]
    fn a_value_on_a_corner_is_its_height_exactly() {
        // by the slope of the piece to its left it would be 0.30000000000000004
        let curve = Isotonic { x: vec![0.0, 3.0, 4.0], y: vec![0.0, 0.3, 0.9], bounds: (0.0, 4.0) };
        assert_eq!(curve.at(3.0), 0.3);
    }

    #[test]
    fn one_corner_is_a_flat_line() {
        let flat = Isotonic { x: vec![1.0], y: vec![0.25], bounds: (1.0, 1.0) };
        assert_eq!([-5.0, 1.0, 5.0].map(|value| flat.at(value)), [0.25; 3]);
        assert_eq!(flat.check(), Ok(()));
    }

    #[test]
    fn corners_that_no_training_gives_are_refused() {
        let refusal = |curve: Isotonic| curve.check().unwrap_err().to_string();
        let none = Isotonic { x: vec![], y: vec![], ..curve() };
        assert_eq!(refusal(none), "`x_thresholds`: expected at least 1 number, found 0");
        let short = Isotonic { y: vec![0.1, 0.2], ..curve() };
        assert_eq!(refusal(short), "`y_thresholds`: expected 3 numbers, found 2");
        let falls = Isotonic { x: vec![0.0, 0.0, 1.0], ..curve() };
        assert_eq!(refusal(falls), "`x_thresholds`: expected ascending numbers, found others");
        let nan = Isotonic { y: vec![0.1, f64::NAN, 0.2], ..curve() };
        assert_eq!(refusal(nan), "`y_thresholds`: expected finite numbers, found NaN at index 1");
        for bounds in [(-2.0, 2.0), (-1.0, 3.0), (1.0, 0.0)] {
            assert!(
                refusal(Isotonic { bounds, ..curve() })
                    .starts_with("`x_bounds`: expected bounds inside the thresholds")
            );
        }
    }
}
