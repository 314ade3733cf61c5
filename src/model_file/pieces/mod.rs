//! One model out of pieces: what several files hold, or the items of a saved dict, tuple or list.
//!
//! ```text
//! row -> columns -> transformers -> estimator -> outputs -> labels
//! ```
//!
//! What a piece is, its content says; no rule reads a file's name. [`assemble`] gives one model or one error that says what to
//! type. Nothing that could change an answer is ignored: a transformer that cannot be read, or a damaged file, is an error until
//! it is left out by name.

mod assembly;
mod doubts;
mod either;
mod encoders;
mod labels;
mod order;

pub use assembly::assemble;
pub use encoders::{ColumnEncoder, encoded};

use super::{Error, Loaded};
use crate::pipeline::{Classes, Steps};

/// One piece of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// What decides, with the steps that are inside it.
    Estimator(Box<Loaded>),
    /// Steps before the estimator.
    Transformer {
        /// Names of the columns that it was fitted on.
        names: Option<Vec<String>>,
        /// One or more.
        steps: Steps,
        /// What the user should know of them.
        warnings: Vec<String>,
    },
    /// An `RFE` with an SVM inside, which may be either.
    Either {
        /// As what decides.
        decides: Box<Loaded>,
        /// As a [`Transformer`](Piece::Transformer).
        selects: Box<Piece>,
    },
    /// A `LabelEncoder`: the text of each label that is a number to the estimator.
    Labels(Classes),
    /// A list of texts, which may be the names of the columns.
    Names(Vec<String>),
}

/// What was found at one place.
#[derive(Debug)]
pub struct Found {
    /// The source that it is in: index of a file, from 0.
    pub source: usize,
    /// Sources of one rank may be applied in any order; a lower rank is applied before a higher.
    pub rank: usize,
    /// What messages call the source; empty if it is the only one.
    pub file: String,
    /// For people, the file and what is inside it: `scaler.pkl`, `model.pkl['scaler']`, `['scaler']` where there is one source only.
    pub place: String,
    /// What is there.
    pub content: Result<Content, Error>,
}

/// A piece, or something else.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A piece and its class for people, as `StandardScaler`.
    Piece(Piece, String),
    /// What it is for people: an array, or an object of a class that svcd knows nothing of. Not taken for part of a model.
    Opaque(String),
    /// What it is for people: not part of a model.
    Other(String),
    /// An estimator that svcd does not serve, and why: left out if there is one that it serves.
    NotServed(String, String),
}

impl Content {
    /// What it is for people.
    fn what(&self) -> &str {
        match self {
            Content::Piece(_, what) | Content::Opaque(what) | Content::Other(what) | Content::NotServed(what, _) => {
                what
            }
        }
    }
}

/// What is in one file, each with its place as Python would index it; empty for the only thing.
pub(super) type Contents = Vec<(String, Result<Content, Error>)>;

impl Found {
    /// Whether a `--leave-out` means this: the whole place, its file, or the key in its last brackets. A shell may have taken the
    /// quotes away.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let path = self.place.strip_prefix(&self.file).unwrap_or_default();
        let key = path.rsplit('[').next().unwrap_or_default().trim_end_matches(']').trim_matches('\'');
        self.place == name
            || self.place.replace('\'', "") == name
            || (!self.file.is_empty() && self.file == name)
            || (!key.is_empty() && key == name)
    }

    /// The key in its last brackets, if it is a text.
    fn key(&self) -> Option<&str> {
        self.place.strip_suffix("']")?.rsplit_once("['").map(|(_, key)| key)
    }

    /// How an error calls it.
    pub(super) fn shown(&self) -> String {
        shown(&self.place)
    }
}

fn shown(place: &str) -> String {
    if place.is_empty() { "the file".to_owned() } else { format!("`{place}`") }
}

/// The first few of a list, for a message.
fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    let shown = items.iter().take(LISTED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if items.len() > LISTED_MAX { format!("{shown}, ...") } else { shown }
}

/// Items that a message lists.
const LISTED_MAX: usize = 8;
