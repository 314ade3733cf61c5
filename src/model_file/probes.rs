//! Probe rows: a model file may carry a few rows with the answers that its training program gave for them.

use serde::{Deserialize, Serialize};

use super::Error;
use crate::pipeline::{self, Model, OutputName, Scratch, Target};

/// Rows and their expected answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Probes {
    /// Rows in the units of the model's caller, row major; at most [`PROBE_ROWS_MAX`] of them.
    pub rows: Vec<f64>,
    /// Index of the predicted label of each row; empty for a model that predicts numbers.
    pub predict: Vec<usize>,
    /// One-vs-one decision values of each row; of a model that has no pairs its decision function, if it has one, or the numbers
    /// that it predicts.
    pub decision_function_ovo: Vec<f64>,
}

impl Probes {
    /// Number of rows.
    pub fn count(&self, model: &Model) -> usize {
        self.rows.len() / model.n_features_in()
    }

    /// Appends the values of rows as they are stored, and tells whether the model has any.
    ///
    /// # Errors
    /// As [`Model::answer`].
    pub fn push_values(
        model: &Model,
        rows: &[f64],
        scratch: &mut Scratch,
        out: &mut Vec<f64>,
    ) -> Result<bool, pipeline::Error> {
        let is_stored = |name: &OutputName| model.output(*name).is_ok_and(|output| !output.is_labels);
        let names = [OutputName::PairScores, OutputName::DecisionFunction, OutputName::Predict];
        match names.into_iter().find(is_stored) {
            Some(name) => model.numbers(name, rows, scratch, out).map(|()| true),
            None => Ok(false),
        }
    }

    /// Asks the model for every row and compares: classes have to be equal, decision values equal up to rounding.
    pub(super) fn check(&self, model: &Model) -> Result<(), Error> {
        let wrong = |problem| Error::Probe { row: None, problem };
        let width = model.n_features_in();
        let n_rows = self.count(model);
        if n_rows > PROBE_ROWS_MAX {
            return Err(wrong(format!("expected at most {PROBE_ROWS_MAX} rows, found {n_rows}")));
        }
        let mut scratch = Scratch::default();
        let (mut predict, mut values) = (Vec::new(), Vec::new());
        model.predict(&self.rows, &mut scratch, &mut predict).map_err(|cause| wrong(cause.to_string()))?;
        let decides = Self::push_values(model, &self.rows, &mut scratch, &mut values);
        let decides = decides.map_err(|cause| wrong(cause.to_string()))?;
        if self.predict.len() != predict.len() {
            return Err(wrong(format!("expected {} labels, found {}", predict.len(), self.predict.len())));
        }
        if self.decision_function_ovo.len() != values.len() {
            let found = self.decision_function_ovo.len();
            return Err(wrong(format!("expected {} values, found {found}", values.len())));
        }
        let n_values = values.len() / n_rows.max(1);
        for (row, numbers) in self.rows.chunks_exact(width).enumerate() {
            let magnitude = if decides { model.decision_magnitude(numbers)? } else { 0.0 };
            let tolerance = PROBE_TOLERANCE * magnitude;
            // a calibrated model has no such values
            let of_row = row * n_values..(row + 1) * n_values;
            let expected = (self.predict.get(row), self.decision_function_ovo.get(of_row.clone()).unwrap_or_default());
            let found = (predict.get(row), values.get(of_row).unwrap_or_default());
            compare(model, expected, found, tolerance).map_err(|problem| Error::Probe { row: Some(row), problem })?;
        }
        Ok(())
    }
}

/// The index of a label, if there is one, and the values of one row.
type Answer<'a> = (Option<&'a usize>, &'a [f64]);

fn compare(model: &Model, expected: Answer<'_>, found: Answer<'_>, tolerance: f64) -> Result<(), String> {
    if expected.0 != found.0 {
        let name = |index: Option<&usize>| match index.and_then(|index| model.target().label(*index)) {
            Some(label) => format!("class `{label}`"),
            None => format!("a class with index {}", index.copied().unwrap_or_default()),
        };
        return Err(format!("expected {}, found {}", name(expected.0), name(found.0)));
    }
    for (index, (expected, found)) in expected.1.iter().zip(found.1).enumerate() {
        // an infinity equals itself and nothing else, NaN nothing at all; the tolerance may be infinite too
        let difference = (expected - found).abs();
        let equal = expected == found || (difference.is_finite() && difference <= tolerance);
        if !equal {
            let what = if model.target() == Target::Number { "number" } else { "decision value" };
            return Err(format!("{what} {index}: expected {expected:?}, found {found:?}"));
        }
    }
    Ok(())
}

/// More rows would only delay the start.
pub const PROBE_ROWS_MAX: usize = 1000;

/// As part of [`Model::decision_magnitude`]: far above what another order of summation or another `exp` changes
/// (about 5e-16), far below what a changed coefficient does.
const PROBE_TOLERANCE: f64 = 1e-12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;

    #[test]
    fn an_infinite_decision_value_is_reproduced_like_any_other() {
        let model = MadeUp { support_vectors: vec![100.0, 0.0], ..MadeUp::default() }.model();
        let probes = |value| Probes { rows: vec![1e307], predict: vec![0], decision_function_ovo: vec![value] };
        assert!(probes(f64::NEG_INFINITY).check(&model).is_ok());
        let text = "probe row 0: decision value 0: expected inf, found -inf";
        assert_eq!(probes(f64::INFINITY).check(&model).unwrap_err().to_string(), text);
    }
}
