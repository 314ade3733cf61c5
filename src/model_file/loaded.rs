//! What comes out of a model file.

use super::{Format, Probes};
use crate::pipeline::Model;

/// A model as it came out of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The model, ready to answer.
    pub model: Model,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Rows, and the answers that the model has to give to them.
    pub probes: Option<Probes>,
    /// What the user should know about a model that can be served all the same: one line each.
    pub warnings: Vec<String>,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Format of the file that was read.
    pub format: Format,
    /// Format in which the model first came to svcd. It differs from `format` once the model has been written as model.bin.
    pub source: Format,
    /// Version of scikit-learn that trained it, if known.
    pub sklearn_version: Option<String>,
}
