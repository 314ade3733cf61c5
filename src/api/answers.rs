//! From rows to answers, and from answers to text: what all dialects share once they have their rows.

use super::rows::Table;
use super::served::Served;
use super::{Error, csv};
use crate::http::Request;
use crate::pipeline::{self, AnswerColumn, Answers, Asked, Output, OutputName};

/// Values of an answer, at most: about 100 MB of text. A request of a few bytes can ask for an answer of thousands when a model
/// has few features and many classes.
pub const ANSWER_VALUES_MAX: usize = 4 << 20;
/// The same where memory is short: still plenty for a few rows.
const ANSWER_VALUES_MIN: usize = 64 << 10;

/// How many values an answer may have, if the requests of all connections may take `buffered_bytes_max` in all. An answer should
/// need at most a few times that much memory.
pub fn answer_values_max(buffered_bytes_max: usize) -> usize {
    (buffered_bytes_max / 16).clamp(ANSWER_VALUES_MIN, ANSWER_VALUES_MAX)
}

/// What the model answers to the current request, and buffers that one thread reuses.
#[derive(Debug, Default)]
pub struct Prediction {
    /// Rows that have been answered.
    pub n_rows: usize,
    /// Values that the answer may have.
    values_max: usize,
    /// The answers.
    pub answers: Answers,
    /// Rows that had to be assembled from columns or bytes.
    block: Vec<f64>,
    svc: pipeline::Scratch,
}

impl Prediction {
    /// Starts another request, whose answer may have `values_max` values.
    pub(super) fn begin(&mut self, values_max: usize) {
        (self.n_rows, self.values_max) = (0, values_max);
    }
}

impl Served {
    /// Overwrites the answers with what is asked for each row, and returns the number of rows. `values`: how many values will be
    /// written for each row.
    ///
    /// # Errors
    /// `Error::AnswerTooLarge`; `Error::Model` when the model cannot give this answer at all, or cannot take a row;
    /// `Error::Abandoned` when the client of `request` leaves in the meantime.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        table: &Table<'_>,
        asked: Asked,
        values: usize,
        prediction: &mut Prediction,
    ) -> Result<usize, Error> {
        let Prediction { n_rows: answered, values_max, answers, block, svc } = prediction;
        let width = self.model.n_features_in();
        let n_rows = table.n_rows(width);
        if n_rows.checked_mul(values).is_none_or(|values| values > *values_max) {
            return Err(Error::AnswerTooLarge { values_max: *values_max });
        }
        answers.clear();
        table.each_block(width, block, |start, rows| {
            if !request.goes_on() {
                return Err(Error::Abandoned);
            }
            let outcome = self.model.answer(rows, asked, svc, answers);
            outcome.map_err(|error| Error::Model(error.after_rows(start).to_string()))
        })?;
        *answered = n_rows;
        Ok(n_rows)
    }

    /// An output as the model has it.
    ///
    /// # Errors
    /// `Error::Model` when the model cannot give it at all.
    pub(super) fn output(&self, name: OutputName) -> Result<Output, Error> {
        self.model.output(name).map_err(|error| Error::Model(error.to_string()))
    }
}

/// Appends a column as JSON: for each row a label, a number, or an array of numbers, with `separator` between rows.
pub(super) fn push_json(column: Option<&AnswerColumn>, served: &Served, separator: &[u8], content: &mut Vec<u8>) {
    match column {
        None => {}
        Some(AnswerColumn::Labels(labels)) => push_joined(labels.iter(), separator, content, |label, content| {
            content.extend_from_slice(served.label(*label));
        }),
        Some(AnswerColumn::Numbers { width: 1, numbers }) => push_numbers(numbers, separator, content),
        Some(AnswerColumn::Numbers { width, numbers }) => {
            push_joined(numbers.chunks_exact(*width), separator, content, |row, content| {
                content.push(b'[');
                push_numbers(row, b",", content);
                content.push(b']');
            });
        }
    }
}

/// Appends a column as CSV: a record for each row, without a line end behind the last one.
pub(super) fn push_csv(column: Option<&AnswerColumn>, served: &Served, content: &mut Vec<u8>) {
    match column {
        None => {}
        Some(AnswerColumn::Labels(labels)) => {
            let texts: Vec<_> = served.label_texts().iter().map(|label| csv::field(label)).collect();
            push_joined(labels.iter(), b"\n", content, |label, content| {
                content.extend_from_slice(texts.get(*label).map_or(b"", Vec::as_slice));
            });
        }
        Some(AnswerColumn::Numbers { width, numbers }) => {
            push_joined(numbers.chunks_exact(*width), b"\n", content, |row, content| {
                push_joined(row.iter(), b",", content, |number, content| csv::push_number(*number, content));
            });
        }
    }
}

/// Appends numbers as JSON: the shortest text that reads back the same. All that JSON has for NaN and infinity is `null`.
pub fn push_numbers(numbers: &[f64], separator: &[u8], content: &mut Vec<u8>) {
    push_joined(numbers.iter(), separator, content, |number, content| {
        // Writing to a Vec cannot fail.
        let _ = serde_json::to_writer(content, number);
    });
}

/// Appends each item as `push` writes it, with `separator` between two of them.
pub fn push_joined<T>(
    items: impl Iterator<Item = T>,
    separator: &[u8],
    content: &mut Vec<u8>,
    mut push: impl FnMut(T, &mut Vec<u8>),
) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            content.extend_from_slice(separator);
        }
        push(item, content);
    }
}
