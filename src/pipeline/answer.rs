//! Answers of a model for rows: its steps, then its estimator.

use super::steps::first_not_finite;
use super::{Answers, Asked, Error, Model, Output, Scratch};

/// Rows that go through the steps before the estimator sees them: what is between stays in the first-level cache.
const BLOCK_ROWS: usize = 32;

impl Model {
    /// Whether the model can give this output at all.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn offers(&self, output: Output) -> Result<(), Error> {
        self.estimator().offers(output)
    }

    /// The outputs that this model really has.
    pub fn outputs(&self) -> impl Iterator<Item = Output> {
        Output::ALL.into_iter().filter(|output| self.offers(*output).is_ok())
    }

    /// Values of an output for one row.
    pub fn width(&self, output: Output) -> usize {
        match output {
            Output::Predict => 1,
            Output::DecisionFunction => self.estimator().svc().decision_width(),
            Output::PredictProba => self.n_classes(),
        }
    }

    /// Appends what is `asked` for each row to `answers`.
    ///
    /// `rows`: whole rows of `n_features_in` finite numbers, row major, in the caller's units.
    ///
    /// # Errors
    /// As [`offers`](Self::offers); [`Error::RowWidth`]; [`Error::NotFinite`] and [`Error::NotFiniteScaled`] for a row that
    /// cannot be computed: `answers` has been given the rows before.
    pub fn answer(
        &self,
        rows: &[f64],
        asked: Asked,
        scratch: &mut Scratch,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        for (is_asked, output) in [
            (asked.predict, Output::Predict),
            (asked.decision_function || asked.pair_scores, Output::DecisionFunction),
            (asked.predict_proba, Output::PredictProba),
        ] {
            if is_asked {
                self.offers(output)?;
            }
        }
        let width = self.n_features_in();
        if !rows.len().is_multiple_of(width) {
            return Err(Error::RowWidth { n_features_in: width, found: rows.len() });
        }
        let refused = first_not_finite(rows);
        let computed = refused.map_or(rows.len(), |place| place - place % width);
        let rows = rows.get(..computed).unwrap_or_default();
        if self.steps().is_empty() {
            self.estimator().answer(rows, asked, &mut scratch.estimator, answers)?;
        } else {
            for (block, rows) in rows.chunks(BLOCK_ROWS * width).enumerate() {
                let answered = self.answer_block(rows, asked, scratch, answers);
                answered.map_err(|cause| cause.after_rows(block * BLOCK_ROWS))?;
            }
        }
        match refused {
            None => Ok(()),
            Some(place) => Err(Error::NotFinite { row: place / width, column: place % width }),
        }
    }

    /// Appends answers for rows that go through the steps first.
    fn answer_block(
        &self,
        rows: &[f64],
        asked: Asked,
        scratch: &mut Scratch,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let Scratch { transformed, steps, estimator } = scratch;
        transformed.clear();
        let mut refused = Ok(());
        for (index, row) in rows.chunks_exact(self.n_features_in()).enumerate() {
            match self.steps().apply(index, row, steps) {
                Ok(row) => transformed.extend_from_slice(row),
                Err(cause) => {
                    refused = Err(cause);
                    break;
                }
            }
        }
        self.estimator().answer(transformed, asked, estimator, answers)?;
        refused
    }

    /// Appends the index of the predicted class of each row to `out`.
    ///
    /// # Errors
    /// As [`answer`](Self::answer), for this and the other answers.
    pub fn predict(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<usize>) -> Result<(), Error> {
        let asked = Asked { predict: true, ..Asked::default() };
        self.append(rows, asked, scratch, out, |answers| &mut answers.classes)
    }

    /// Appends the values of scikit-learn's `decision_function` in the model's own shape.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn decision_function(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        let asked = Asked { decision_function: true, ..Asked::default() };
        self.append(rows, asked, scratch, out, |answers| &mut answers.decision_function)
    }

    /// Appends a value for each pair (0,1), (0,2), ..., (1,2), ...; above zero votes for the pair's first class.
    /// With two classes it is one value of the other sign: above zero stands for the second class.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn decision_function_ovo(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        let asked = Asked { pair_scores: true, ..Asked::default() };
        self.append(rows, asked, scratch, out, |answers| &mut answers.pair_scores)
    }

    /// Appends a probability for each class of each row.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn predict_proba(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        let asked = Asked { predict_proba: true, ..Asked::default() };
        self.append(rows, asked, scratch, out, |answers| &mut answers.predict_proba)
    }

    fn append<T>(
        &self,
        rows: &[f64],
        asked: Asked,
        scratch: &mut Scratch,
        out: &mut Vec<T>,
        of: impl Fn(&mut Answers) -> &mut Vec<T>,
    ) -> Result<(), Error> {
        let mut answers = Answers::default();
        std::mem::swap(of(&mut answers), out);
        let answered = self.answer(rows, asked, scratch, &mut answers);
        std::mem::swap(of(&mut answers), out);
        answered
    }

    /// The yardstick for rounding: how large the numbers are that a row's decision values are made of.
    ///
    /// # Errors
    /// [`Error::NoDecisionFunction`], else as [`answer`](Self::answer), for the single row `row`.
    pub fn decision_magnitude(&self, row: &[f64]) -> Result<f64, Error> {
        self.offers(Output::DecisionFunction)?;
        if row.len() != self.n_features_in() {
            return Err(Error::RowWidth { n_features_in: self.n_features_in(), found: row.len() });
        }
        let mut buffers = Default::default();
        Ok(self.estimator().svc().decision_magnitude(self.steps().apply(0, row, &mut buffers)?))
    }
}
