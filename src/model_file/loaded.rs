//! What comes out of a model file.

use serde::{Deserialize, Serialize};

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
    /// What it was put together from, in the order in which it is applied; then what names its classes and columns.
    pub pieces: Vec<UsedPiece>,
    /// What was found alongside it.
    pub left_out: Vec<LeftOut>,
}

impl Loaded {
    /// Whether it was put together from several pieces.
    pub fn is_assembled(&self) -> bool {
        self.pieces.len() > 1
    }

    /// A model that came in one piece.
    pub(super) fn whole(model: Model, provenance: Provenance, probes: Option<Probes>) -> Loaded {
        Loaded { model, provenance, probes, warnings: Vec::new(), pieces: Vec::new(), left_out: Vec::new() }
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Format of the file that was read.
    pub format: Format,
    /// Format in which the model first came to svcd. It differs from `format` once the model has been written as model.bin.
    pub source: Format,
    /// Version of scikit-learn that trained it, if known.
    pub sklearn_version: Option<String>,
    /// What svcd noted when it trained the model.
    pub training: Option<TrainingRecord>,
}

/// How a model was trained here.
// Serialised as it stands: the order of fields is the layout of stored models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// SHA-256 of the file with the data, as it was read.
    pub data_sha256: String,
    /// Rows that it was trained on.
    pub n_train: u64,
    /// Rows that were held out.
    pub n_test: u64,
    /// What the rows were drawn with.
    pub seed: u64,
    /// Names and values of what was asked for.
    pub parameters: Vec<(String, String)>,
    /// Names and values of what was measured.
    pub scores: Vec<(String, f64)>,
}

/// A piece that is part of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedPiece {
    /// The source that it is in.
    pub source: usize,
    /// Where it was found; empty for the only thing in the only source.
    pub place: String,
    /// Its class, or what it is.
    pub what: String,
    /// What it does in the model.
    pub role: Role,
}

/// What a piece does in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Turns a row of so many numbers into one of so many.
    Transformer {
        /// Numbers before.
        width_in: usize,
        /// Numbers after.
        width_out: usize,
    },
    /// Decides over rows of so many numbers.
    Estimator {
        /// Numbers in a row.
        width_in: usize,
    },
    /// Turns a column of categories into numbers.
    Column,
    /// Names the classes.
    Labels,
    /// Names the columns.
    Names,
}

/// Something that is not part of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it was found.
    pub place: String,
    /// What it is, and why it is left out.
    pub what: String,
}
