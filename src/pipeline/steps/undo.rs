//! The way back through steps: from rows after them to rows before them.

use super::Steps;
use super::transform::{RangeEnd, Transform};

impl Steps {
    /// A row that the steps turn into `row`, up to what was clipped and what rounding took; NaN where nothing is known.
    pub(in crate::pipeline) fn undo(&self, row: Vec<f64>) -> Vec<f64> {
        self.undo_by(row, |step, output, input| step.undo(output, input))
    }

    /// As [`undo`](Self::undo), but with NaN for every number that was mixed with others.
    pub(in crate::pipeline) fn undo_each(&self, row: Vec<f64>) -> Vec<f64> {
        self.undo_by(row, |step, output, input| step.undo_each(output, input))
    }

    /// As [`undo_each`](Self::undo_each), where a scaler takes NaN for what usually comes out of it at this end.
    pub(in crate::pipeline) fn undo_end(&self, row: Vec<f64>, end: RangeEnd) -> Vec<f64> {
        self.undo_by(row, |step, output, input| step.undo_end(output, end, input))
    }

    fn undo_by(&self, row: Vec<f64>, undo: impl Fn(&dyn Transform, &[f64], &mut Vec<f64>)) -> Vec<f64> {
        self.0.iter().rev().fold(row, |output, step| {
            let mut input = Vec::new();
            undo(step.transform(), &output, &mut input);
            input
        })
    }
}
