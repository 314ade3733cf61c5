//! Many rows at once, for training after the steps.

use super::Steps;
use crate::pipeline::Error;
use crate::pipeline::scratch::StepBuffers;

impl Steps {
    /// The rows after the last step. `rows`: whole rows of `width` numbers.
    ///
    /// # Errors
    /// Of the first row that a step refuses.
    pub fn transform(&self, rows: &[f64], width: usize) -> Result<Vec<f64>, Error> {
        let mut buffers = StepBuffers::default();
        let mut numbers = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS_AT_ONCE * width) {
            let (made, refusal) = self.apply(rows, width, &mut buffers, false);
            numbers.extend_from_slice(made);
            if let Some(refusal) = refusal {
                return Err(refusal.into_error());
            }
        }
        Ok(numbers)
    }
}

/// As many as fit into the first caches.
const ROWS_AT_ONCE: usize = 256;
