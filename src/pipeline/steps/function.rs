//! scikit-learn's `FunctionTransformer` with one of NumPy's elementary functions.

use serde::{Deserialize, Serialize};

use super::transform::{Transform, first_not_finite};
use crate::pipeline::Error;

/// A `FunctionTransformer`: each number becomes the function's value. It may be NaN or infinite, which the next step may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionTransformer {
    /// Numbers in a row, before and after.
    pub n_features_in: usize,
    /// What becomes of each.
    pub function: ElementaryFunction,
    /// Whether NaN and infinity are refused, `validate`.
    pub validates: bool,
}

/// A function of NumPy's of one number.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ElementaryFunction {
    /// `log1p`
    Log1p,
    /// `log`
    Log,
    /// `log2`
    Log2,
    /// `log10`
    Log10,
    /// `exp`
    Exp,
    /// `expm1`
    Expm1,
    /// `sqrt`
    Sqrt,
    /// `cbrt`
    Cbrt,
    /// `square`
    Square,
    /// `absolute`
    Absolute,
    /// `negative`
    Negative,
    /// `reciprocal`
    Reciprocal,
    /// `sign`
    Sign,
    /// `tanh`
    Tanh,
}

impl ElementaryFunction {
    /// The function of this name in NumPy.
    pub fn of_name(name: &str) -> Option<ElementaryFunction> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    /// The names of all functions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().map(|(name, _)| *name)
    }

    fn at(self, x: f64) -> f64 {
        match self {
            Self::Log1p => x.ln_1p(),
            Self::Log => x.ln(),
            Self::Log2 => x.log2(),
            Self::Log10 => x.log10(),
            Self::Exp => x.exp(),
            Self::Expm1 => x.exp_m1(),
            Self::Sqrt => x.sqrt(),
            Self::Cbrt => x.cbrt(),
            Self::Square => x * x,
            Self::Absolute => x.abs(),
            Self::Negative => -x,
            Self::Reciprocal => 1.0 / x,
            // of zero and NaN themselves
            Self::Sign if x == 0.0 || x.is_nan() => x,
            Self::Sign => x.signum(),
            Self::Tanh => x.tanh(),
        }
    }

    /// A number whose value is `y`, where there is one.
    fn undone(self, y: f64) -> f64 {
        match self {
            Self::Log1p => y.exp_m1(),
            Self::Log => y.exp(),
            Self::Log2 => y.exp2(),
            Self::Log10 => 10.0_f64.powf(y),
            Self::Exp => y.ln(),
            Self::Expm1 => y.ln_1p(),
            Self::Sqrt => y * y,
            Self::Cbrt => y * y * y,
            Self::Square => y.sqrt(),
            Self::Absolute | Self::Sign => y,
            Self::Negative => -y,
            Self::Reciprocal => 1.0 / y,
            Self::Tanh => y.atanh(),
        }
    }
}

impl Transform for FunctionTransformer {
    fn name(&self) -> &'static str {
        "FunctionTransformer"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_features_in
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        if self.n_features_in == width {
            return Ok(());
        }
        let expected = format_args!("{width} features");
        Err(Error::part("FunctionTransformer.n_features_in", expected, self.n_features_in))
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        output.extend(rows.iter().map(|x| self.function.at(*x)));
    }

    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        if self.validates { first_not_finite(rows) } else { None }
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.extend(output.iter().map(|y| self.function.undone(*y)));
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }

    fn keeps_columns(&self) -> bool {
        true
    }
}

const FUNCTIONS: [(&str, ElementaryFunction); 14] = [
    ("log1p", ElementaryFunction::Log1p),
    ("log", ElementaryFunction::Log),
    ("log2", ElementaryFunction::Log2),
    ("log10", ElementaryFunction::Log10),
    ("exp", ElementaryFunction::Exp),
    ("expm1", ElementaryFunction::Expm1),
    ("sqrt", ElementaryFunction::Sqrt),
    ("cbrt", ElementaryFunction::Cbrt),
    ("square", ElementaryFunction::Square),
    ("absolute", ElementaryFunction::Absolute),
    ("negative", ElementaryFunction::Negative),
    ("reciprocal", ElementaryFunction::Reciprocal),
    ("sign", ElementaryFunction::Sign),
    ("tanh", ElementaryFunction::Tanh),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_its_values_and_most_can_be_undone() {
        for (name, at_4, at_minus_0_25) in [
            ("log1p", 5.0_f64.ln(), 0.75_f64.ln()),
            ("log", 4.0_f64.ln(), f64::NAN),
            ("log2", 2.0, f64::NAN),
            ("log10", 4.0_f64.log10(), f64::NAN),
            ("exp", 4.0_f64.exp(), (-0.25_f64).exp()),
            ("expm1", 4.0_f64.exp() - 1.0, (-0.25_f64).exp() - 1.0),
            ("sqrt", 2.0, f64::NAN),
            ("cbrt", 4.0_f64.cbrt(), -(0.25_f64.cbrt())),
            ("square", 16.0, 0.0625),
            ("absolute", 4.0, 0.25),
            ("negative", -4.0, 0.25),
            ("reciprocal", 0.25, -4.0),
            ("sign", 1.0, -1.0),
            ("tanh", 4.0_f64.tanh(), (-0.25_f64).tanh()),
        ] {
            let function = ElementaryFunction::of_name(name).unwrap();
            let is_near = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected.abs();
            assert!(is_near(function.at(4.0), at_4), "{name}");
            assert!(is_near(function.at(-0.25), at_minus_0_25) || at_minus_0_25.is_nan(), "{name}");
            assert_eq!(function.at(-0.25).is_nan(), at_minus_0_25.is_nan(), "{name}");
            assert!(function.at(f64::NAN).is_nan(), "{name}");
            if name != "sign" {
                assert!((function.undone(function.at(0.5)) - 0.5).abs() < 1e-12, "{name}");
            }
        }
        assert_eq!(ElementaryFunction::Sign.at(0.0), 0.0);
        assert_eq!(ElementaryFunction::names().count(), 14);
        assert_eq!(["clip", "Log", ""].map(ElementaryFunction::of_name), [None; 3]);
    }

    #[test]
    fn only_with_validate_is_what_is_not_finite_refused() {
        let step =
            |validates| FunctionTransformer { n_features_in: 2, function: ElementaryFunction::Negative, validates };
        let row = [1.0, f64::NAN];
        assert_eq!([true, false].map(|validates| step(validates).first_refused(&row)), [Some(1), None]);
        let text = "`FunctionTransformer.n_features_in`: expected 3 features, found 2";
        assert_eq!(step(true).check(3).unwrap_err().to_string(), text);
    }
}
