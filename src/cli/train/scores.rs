//! How good a model is on rows that it has not seen.
// Confusion matrices have as many rows and columns as there are classes.
#![allow(clippy::indexing_slicing)]

use serde::Serialize;

use super::data::{AnswersView, DataView};
use super::preparing::cells_for;
use crate::pipeline::{Model, OutputName, Scratch};
use crate::svc::pairwise_sum;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum HeldOutScores {
    Classes {
        /// The share of rows with the right class.
        accuracy: f64,
        /// Rows by their class, then by the predicted one.
        confusion_matrix: Vec<Vec<usize>>,
    },
    Numbers {
        /// Coefficient of determination.
        r2: f64,
        mean_absolute_error: f64,
    },
    Inliers {
        /// The share of rows that are like the training rows.
        inliers: f64,
    },
}

/// Rows that are answered at once.
const ROWS_AT_ONCE: usize = 4096;

impl HeldOutScores {
    /// Lets a model answer for all rows.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn of(model: &Model, data: DataView<'_>) -> Result<HeldOutScores, String> {
        let (mut scratch, mut labels, mut numbers) = (Scratch::default(), Vec::new(), Vec::new());
        let cells = cells_for(model.columns(), data);
        for rows in cells.chunks(ROWS_AT_ONCE * data.rows.n_features) {
            let outcome = match data.answers {
                AnswersView::Numbers(_) => model.numbers(OutputName::Predict, rows, &mut scratch, &mut numbers),
                _ => model.predict(rows, &mut scratch, &mut labels),
            };
            outcome.map_err(|cause| cause.to_string())?;
        }
        Ok(match data.answers {
            AnswersView::Classes { labels: all, of_rows } => {
                let places: Vec<Option<usize>> =
                    model.target().labels().map(|label| all.iter().position(|other| other == label)).collect();
                let mut confusion_matrix = vec![vec![0; all.len()]; all.len()];
                for (class, predicted) in of_rows.iter().zip(labels) {
                    if let Some(predicted) = places.get(predicted).copied().flatten() {
                        confusion_matrix[*class][predicted] += 1;
                    }
                }
                let n_right: usize = (0..all.len()).map(|class| confusion_matrix[class][class]).sum();
                HeldOutScores::Classes { accuracy: n_right as f64 / of_rows.len() as f64, confusion_matrix }
            }
            AnswersView::Numbers(expected) => of_numbers(expected, &numbers),
            AnswersView::Nothing => {
                let n_inliers = labels.iter().filter(|label| **label == 1).count();
                HeldOutScores::Inliers { inliers: n_inliers as f64 / labels.len() as f64 }
            }
        })
    }

    /// The one by which models are compared, and its name.
    pub fn main(&self) -> (&'static str, f64) {
        match self {
            HeldOutScores::Classes { accuracy, .. } => ("accuracy", *accuracy),
            HeldOutScores::Numbers { r2, .. } => ("R2", *r2),
            HeldOutScores::Inliers { inliers } => ("inliers", *inliers),
        }
    }

    /// All of them with their names.
    pub fn named(&self) -> Vec<(String, f64)> {
        let (name, value) = self.main();
        let mut named = vec![(name.to_owned(), value)];
        if let HeldOutScores::Numbers { mean_absolute_error, .. } = self {
            named.push(("mean absolute error".to_owned(), *mean_absolute_error));
        }
        named
    }
}

/// scikit-learn's `r2_score` and `mean_absolute_error`.
fn of_numbers(expected: &[f64], found: &[f64]) -> HeldOutScores {
    let count = expected.len() as f64;
    let mean = pairwise_sum(expected, |number| number) / count;
    let errors: Vec<f64> = expected.iter().zip(found).map(|(expected, found)| expected - found).collect();
    let residual = pairwise_sum(&errors, |error| error * error);
    let total = pairwise_sum(expected, |number| (number - mean) * (number - mean));
    let r2 = match (residual == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - residual / total,
    };
    let mean_absolute_error = pairwise_sum(&errors, f64::abs) / count;
    HeldOutScores::Numbers { r2, mean_absolute_error }
}

/// Precision and recall of a class; none where nothing was predicted as it, or no row is of it.
pub(super) fn precision_and_recall(confusion_matrix: &[Vec<usize>], class: usize) -> (Option<f64>, Option<f64>) {
    let n_right = confusion_matrix[class][class];
    let n_predicted: usize = confusion_matrix.iter().map(|row| row[class]).sum();
    let n_rows: usize = confusion_matrix[class].iter().sum();
    let share = |all: usize| (all > 0).then(|| n_right as f64 / all as f64);
    (share(n_predicted), share(n_rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_scored_as_in_scikit_learn() {
        // r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) and mean_absolute_error
        let scores = of_numbers(&[3.0, -0.5, 2.0, 7.0], &[2.5, 0.0, 2.0, 8.0]);
        assert_eq!(scores, HeldOutScores::Numbers { r2: 0.9486081370449679, mean_absolute_error: 0.5 });
        assert_eq!(of_numbers(&[1.0; 2], &[1.0; 2]).main(), ("R2", 1.0));
        assert_eq!(of_numbers(&[1.0; 2], &[2.0; 2]).main(), ("R2", 0.0));
    }

    #[test]
    fn a_class_that_nothing_was_predicted_as_has_no_precision() {
        let matrix = [vec![2, 1, 0], vec![0, 3, 0], vec![1, 0, 0]];
        assert_eq!(precision_and_recall(&matrix, 0), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(precision_and_recall(&matrix, 1), (Some(0.75), Some(1.0)));
        assert_eq!(precision_and_recall(&matrix, 2), (None, Some(0.0)));
    }
}
