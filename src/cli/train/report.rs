//! What training came to, as lines for people and as JSON for programs.
// Classes are those of the confusion matrix.
#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::scores::{HeldOutScores, precision_and_recall};
use super::search::{TriedRecipe, mean};
use crate::cli::summary::fact;
use crate::escape::escaped;
use crate::pipeline::{ClassLabels, Classes};

/// All that there is to tell.
#[derive(Serialize)]
pub(super) struct TrainingReport<'a> {
    pub data: String,
    pub data_sha256: String,
    pub rows: usize,
    pub features: usize,
    pub target: Option<String>,
    pub classes: Option<ClassLabels<'a>>,
    pub seed: u32,
    pub train_rows: usize,
    pub test_rows: usize,
    #[serde(serialize_with = "as_object")]
    pub parameters: Vec<(String, String)>,
    pub gamma: Option<f64>,
    pub grid: Vec<TriedRecipe>,
    pub cross_validation: Vec<f64>,
    pub support_vectors_by_class: Vec<usize>,
    pub iterations: u64,
    pub is_unfinished: bool,
    #[serde(serialize_with = "seconds")]
    pub seconds: Duration,
    /// On the rows that were held out; none where all were trained on.
    pub before_saving: Option<HeldOutScores>,
    pub after_loading: Option<HeldOutScores>,
    pub model: String,
    pub model_bytes: usize,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn as_object<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// Classes whose rows and columns a confusion matrix is printed with.
const CLASSES_PRINTED_MAX: usize = 30;
/// Combinations of a grid that are printed.
const TRIED_PRINTED_MAX: usize = 50;

impl TrainingReport<'_> {
    /// One object, indented.
    pub fn json(&self) -> String {
        // text and finite numbers alone cannot fail to serialize
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// One line for each fact.
    pub fn text(&self) -> String {
        let target = self.target.as_ref().map(|target| format!(", target `{target}`")).unwrap_or_default();
        let mut text = fact("data", &format!("{}: {} rows, {} features{target}", self.data, self.rows, self.features));
        let split = match self.test_rows {
            0 => format!("all {} rows to train on", self.train_rows),
            n_test => format!("{} rows to train on, {n_test} held out, seed {}", self.train_rows, self.seed),
        };
        text += &fact("split", &split);
        text += &self.search_text();
        let parameters: Vec<_> = self.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
        text += &fact("trained", &parameters.join(", "));
        if let Some(gamma) = self.gamma {
            text += &fact("gamma", &format!("{gamma:?}"));
        }
        let by_class: Vec<_> = self.support_vectors_by_class.iter().map(usize::to_string).collect();
        let by_class = if by_class.len() > 1 { format!(" ({})", by_class.join(", ")) } else { String::new() };
        text += &fact("support vectors", &format!("{}{by_class}", self.support_vectors_by_class.iter().sum::<usize>()));
        let unfinished = if self.is_unfinished { ", ended by --max-iter before the solution was found" } else { "" };
        text += &fact("iterations", &format!("{} in {:.3?}{unfinished}", self.iterations, self.seconds));
        for (when, scores) in [("before saving", &self.before_saving), ("after loading", &self.after_loading)] {
            for (name, value) in scores.iter().flat_map(HeldOutScores::named) {
                text += &fact(&format!("{name} {when}"), &format!("{value:?}"));
            }
        }
        if let (Some(ClassLabels(classes)), Some(HeldOutScores::Classes { confusion_matrix, .. })) =
            (self.classes, &self.before_saving)
        {
            text += &matrix_text(classes, confusion_matrix);
        }
        text + &fact("written", &format!("{}, {} bytes", self.model, self.model_bytes))
    }

    fn search_text(&self) -> String {
        let mut text = String::new();
        for (place, tried) in self.grid.iter().enumerate().take(TRIED_PRINTED_MAX) {
            let name = if place == 0 { "grid" } else { "" };
            text += &fact(name, &format!("{:.6}  {}", tried.mean_score, tried.parameters));
        }
        if self.grid.len() > TRIED_PRINTED_MAX {
            text += &fact("", &format!("and {} more", self.grid.len() - TRIED_PRINTED_MAX));
        }
        if !self.cross_validation.is_empty() {
            let scores: Vec<_> = self.cross_validation.iter().map(|score| format!("{score:.4}")).collect();
            let mean = mean(&self.cross_validation);
            text += &fact("cross-validation", &format!("{mean:.6} ({})", scores.join(", ")));
        }
        text
    }
}

/// Rows by their class and the predicted one, and how precise each class is.
fn matrix_text(classes: &Classes, matrix: &[Vec<usize>]) -> String {
    if classes.len() > CLASSES_PRINTED_MAX {
        return fact("confusion matrix", "too large to print: --report FILE");
    }
    let names: Vec<String> = classes.iter().map(|label| escaped(&label.to_string()).to_string()).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max("class".len());
    let largest = matrix.iter().flatten().max().copied().unwrap_or_default();
    let width = largest.to_string().len().max(3);
    let mut text = fact("confusion matrix", "a row for each class, a column for each prediction");
    for (name, row) in names.iter().zip(matrix) {
        let cells: Vec<_> = row.iter().map(|count| format!("{count:>width$}")).collect();
        text += &fact("", &format!("{name:<name_width$} {}", cells.join(" ")));
    }
    text += &fact("", &format!("{:<name_width$} precision  recall  rows", "class"));
    for (class, name) in names.iter().enumerate() {
        let (precision, recall) = precision_and_recall(matrix, class);
        let shown = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.4}"));
        let rows: usize = matrix[class].iter().sum();
        text += &fact("", &format!("{name:<name_width$} {:>9}  {:>6}  {rows:>4}", shown(precision), shown(recall)));
    }
    text
}
