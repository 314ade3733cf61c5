//! The way back from the unit that a `TransformedTargetRegressor` trained its regressor in.

use serde::{Deserialize, Serialize};

use super::Error;
use crate::svc::check::check_finite;

/// scikit-learn's `inverse_transform` of one number: a scaler's, or a function of NumPy's.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Inverse {
    /// `y * factor + summand`: of a `StandardScaler`, a `RobustScaler`, a `MaxAbsScaler`.
    Multiply {
        /// `scale_`, or 1.
        factor: f64,
        /// `mean_`, `center_`, or 0.
        summand: f64,
    },
    /// `(y - subtrahend) / divisor`: of a `MinMaxScaler`.
    Divide {
        /// `min_`
        subtrahend: f64,
        /// `scale_`, not zero.
        divisor: f64,
    },
    /// `exp`
    Exp,
    /// `expm1`
    Expm1,
    /// `log`
    Log,
    /// `log1p`
    Log1p,
    /// `sqrt`
    Sqrt,
    /// `square`
    Square,
    /// `negative`
    Negative,
}

impl Inverse {
    /// The function of this name in NumPy.
    pub fn of_function(name: &str) -> Option<Inverse> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, inverse)| *inverse)
    }

    /// The names of all functions.
    pub fn functions() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().map(|(name, _)| *name)
    }

    /// Refuses numbers that are not finite, and division by zero.
    pub(super) fn check(self) -> Result<(), Error> {
        match self {
            Inverse::Multiply { factor, summand } => Ok(check_finite("transformer_", &[factor, summand])?),
            Inverse::Divide { divisor: 0.0, .. } => Err(Error::part("transformer_", "no division by zero", 0)),
            Inverse::Divide { subtrahend, divisor } => Ok(check_finite("transformer_", &[subtrahend, divisor])?),
            _ => Ok(()),
        }
    }

    /// The number in the unit of the training data; NaN or infinite where NumPy's is.
    pub(super) fn at(self, y: f64) -> f64 {
        match self {
            Inverse::Multiply { factor, summand } => y * factor + summand,
            Inverse::Divide { subtrahend, divisor } => (y - subtrahend) / divisor,
            Inverse::Exp => y.exp(),
            Inverse::Expm1 => y.exp_m1(),
            Inverse::Log => y.ln(),
            Inverse::Log1p => y.ln_1p(),
            Inverse::Sqrt => y.sqrt(),
            Inverse::Square => y * y,
            Inverse::Negative => -y,
        }
    }

    /// The yardstick for rounding after the inverse, of a number `y` with the yardstick `magnitude`.
    pub(super) fn magnitude(self, y: f64, magnitude: f64) -> f64 {
        match self {
            Inverse::Multiply { factor, summand } => magnitude * factor.abs() + summand.abs(),
            Inverse::Divide { subtrahend, divisor } => (magnitude + subtrahend.abs()) / divisor.abs(),
            // the slope times what is uncertain before, and the value itself
            Inverse::Exp | Inverse::Expm1 => y.exp() * (magnitude + 1.0),
            Inverse::Log => magnitude / y.abs() + y.ln().abs(),
            Inverse::Log1p => magnitude / (1.0 + y).abs() + y.ln_1p().abs(),
            Inverse::Sqrt => magnitude / y.sqrt(),
            Inverse::Square => 2.0 * y.abs() * magnitude + y * y,
            Inverse::Negative => magnitude,
        }
    }
}

const FUNCTIONS: [(&str, Inverse); 7] = [
    ("exp", Inverse::Exp),
    ("expm1", Inverse::Expm1),
    ("log", Inverse::Log),
    ("log1p", Inverse::Log1p),
    ("negative", Inverse::Negative),
    ("sqrt", Inverse::Sqrt),
    ("square", Inverse::Square),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_inverse_is_its_formula() {
        assert_eq!(Inverse::Multiply { factor: 2.0, summand: -1.0 }.at(3.0), 5.0);
        assert_eq!(Inverse::Divide { subtrahend: 1.0, divisor: 4.0 }.at(3.0), 0.5);
        for (name, expected) in [
            ("exp", 4.0_f64.exp()),
            ("expm1", 4.0_f64.exp_m1()),
            ("log", 4.0_f64.ln()),
            ("log1p", 5.0_f64.ln()),
            ("negative", -4.0),
            ("sqrt", 2.0),
            ("square", 16.0),
        ] {
            assert_eq!(Inverse::of_function(name).unwrap().at(4.0), expected, "{name}");
        }
        assert_eq!(Inverse::functions().count(), 7);
        assert_eq!(["sin", "Exp", ""].map(Inverse::of_function), [None; 3]);
    }

    #[test]
    fn a_yardstick_covers_what_a_small_change_before_does_behind() {
        let inverses = Inverse::functions().filter_map(Inverse::of_function);
        let scalers =
            [Inverse::Multiply { factor: -3.0, summand: 7.0 }, Inverse::Divide { subtrahend: 2.0, divisor: -0.5 }];
        for inverse in inverses.chain(scalers) {
            for y in [0.25, 1.0, 3.0] {
                let change = (inverse.at(y + 1e-9 * y) - inverse.at(y)).abs();
                assert!(change <= 1.1e-9 * inverse.magnitude(y, y), "{inverse:?} at {y}");
            }
        }
    }

    #[test]
    fn numbers_that_are_not_finite_and_zero_below_a_line_are_refused() {
        let refusal = |inverse: Inverse| inverse.check().unwrap_err().to_string();
        let text = "`transformer_`: expected finite numbers, found inf at index 1";
        assert_eq!(refusal(Inverse::Multiply { factor: 1.0, summand: f64::INFINITY }), text);
        let text = "`transformer_`: expected no division by zero, found 0";
        assert_eq!(refusal(Inverse::Divide { subtrahend: 0.0, divisor: 0.0 }), text);
        assert_eq!(Inverse::Multiply { factor: 0.0, summand: 0.0 }.check(), Ok(()));
    }
}
