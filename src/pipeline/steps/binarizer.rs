//! scikit-learn's `Binarizer`: 1 for what is above a threshold, else 0.

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::transform::Transform;
use crate::pipeline::Error;

/// A fitted `Binarizer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Binarizer {
    /// Numbers in a row, before and after; 0 in a file of scikit-learn until 0.22, which does not say it.
    pub n_features_in: usize,
    /// The largest number that becomes 0.
    pub threshold: f64,
}

impl Transform for Binarizer {
    fn name(&self) -> &'static str {
        "Binarizer"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_features_in
    }

    fn keeps_columns(&self) -> bool {
        true
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        output.extend(rows.iter().map(|x| f64::from(u8::from(*x > self.threshold))));
    }

    /// The threshold for 0, and one more for 1: any number on the same side of it would do.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.extend(output.iter().map(|value| if *value > 0.5 { self.threshold + 1.0 } else { self.threshold }));
    }

    /// Refuses another width than `width`, and a threshold that is not finite.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width("Binarizer", self.n_features_in, width)?;
        Ok(crate::svc::check::check_finite("Binarizer.threshold", &[self.threshold])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_above_the_threshold_is_1() {
        let binarizer = Binarizer { n_features_in: 4, threshold: 0.5 };
        let mut output = vec![];
        binarizer.apply(&[0.5, 0.5 + f64::EPSILON, -3.0, f64::MAX], &mut output);
        assert_eq!(output, [0.0, 1.0, 0.0, 1.0]);
        let mut input = vec![];
        binarizer.undo(&output, &mut input);
        assert_eq!(input, [0.5, 1.5, 0.5, 1.5]);
    }

    #[test]
    fn a_threshold_that_is_not_finite_is_refused() {
        let refusal =
            |n_features_in, threshold| Binarizer { n_features_in, threshold }.check(2).unwrap_err().to_string();
        assert_eq!(refusal(2, f64::NAN), "`Binarizer.threshold`: expected finite numbers, found NaN at index 0");
        assert_eq!(refusal(1, 0.0), "`Binarizer`: expected 2 features, found 1");
    }
}
