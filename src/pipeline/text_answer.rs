//! Answers of a model for rows with documents, one row after the other.

use super::steps::{MixedRow, error_of_row};
use super::text::Vectorizer;
use super::{Answers, Asked, Documents, Error, Lack, Model, Rows, Scratch};

impl Model {
    /// As [`answer`](Self::answer), for rows of which some cells may stand for documents.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn answer_rows(
        &self,
        rows: Rows<'_>,
        asked: Asked,
        scratch: &mut Scratch,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let Rows { cells, documents } = rows;
        if !self.columns().have_text() {
            return self.answer(cells, asked, scratch, answers);
        }
        answers.begin(asked, |name| self.output(name))?;
        let width = self.n_features_in();
        if !cells.len().is_multiple_of(width) {
            return Err(Error::RowWidth { n_features_in: width, found: cells.len() });
        }
        let refused = self.columns().first_wrong(cells, documents);
        let computed = refused.map_or(cells.len(), |place| place - place % width);
        let Scratch { mixed, estimator, empty_rows, .. } = scratch;
        for (index, row) in cells.get(..computed).unwrap_or_default().chunks_exact(width).enumerate() {
            let made = self.steps().apply_mixed(MixedRow::Dense(row), documents, mixed);
            let made = made.map_err(|refusal| error_of_row(refusal, index))?;
            *empty_rows += usize::from(matches!(made, MixedRow::Sparse(row) if row.is_empty()));
            let answered = self.estimator().answer_mixed(made, documents, estimator, answers);
            answered.map_err(|cause| cause.after_rows(index))?;
        }
        match refused {
            None => Ok(()),
            Some(place) => Err(self.columns().no_cell(place)),
        }
    }

    /// As [`decision_magnitude`](Self::decision_magnitude), for a row of which some cells may stand for documents.
    ///
    /// # Errors
    /// As [`decision_magnitude`](Self::decision_magnitude).
    pub fn decision_magnitude_of(&self, row: Rows<'_>) -> Result<f64, Error> {
        if !self.columns().have_text() {
            return self.decision_magnitude(row.cells);
        }
        if row.cells.len() != self.n_features_in() {
            return Err(Error::RowWidth { n_features_in: self.n_features_in(), found: row.cells.len() });
        }
        let mut buffers = Default::default();
        let made = self.steps().apply_mixed(MixedRow::Dense(row.cells), row.documents, &mut buffers);
        let made = made.map_err(|refusal| error_of_row(refusal, 0))?;
        let magnitude = self.estimator().mixed_magnitude(made, row.documents);
        magnitude.ok_or_else(|| self.no_output(Lack::NoDecisionFunction))
    }

    /// A row to try it with, and the documents in it: some words that it knows.
    pub fn example_with_documents(&self) -> (Vec<f64>, Documents) {
        let mut documents = Documents::default();
        if !self.columns().have_text() {
            return (self.example_row(), documents);
        }
        let cell = documents.push(&self.known_words(EXAMPLE_WORDS));
        let kinds = self.columns().kinds().iter();
        (kinds.map(|kind| if *kind == super::ColumnKind::Text { cell } else { 0.0 }).collect(), documents)
    }

    /// What turns documents into rows, in the order of their columns; inside a meta-estimator only the first.
    pub fn vectorizers(&self) -> Vec<&Vectorizer> {
        match self.steps().vectorizers() {
            found if found.is_empty() => self.estimator().first_vectorizer().into_iter().collect(),
            found => found,
        }
    }

    /// Words of the first vocabulary, evenly spread.
    fn known_words(&self, count: usize) -> String {
        match self.vectorizers().first().and_then(|vectorizer| vectorizer.vocabulary()) {
            Some(words) => {
                let step = (words.len() / count).max(1);
                let places = (0..words.len()).step_by(step).take(count);
                places.filter_map(|place| words.word(place)).collect::<Vec<_>>().join(" ")
            }
            None => ["word"].repeat(count).join(" "),
        }
    }
}

/// Words of a document that a model is tried with.
const EXAMPLE_WORDS: usize = 20;
