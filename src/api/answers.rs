//! From rows to answers, and from answers to text: what all dialects share once they have their rows.

use std::sync::Arc;

use super::rows::{Table, Texts};
use super::served::Served;
use super::{Error, csv};
use crate::http::Request;
use crate::http::charged::Charged;
use crate::http::ledger::{Charge, Ledger, NoRoom, THREAD_BUFFER_BYTES};
use crate::pipeline::{self, AnswerColumn, Answers, Asked, Output, OutputName, Rows};

/// Bytes of a number as text, at most: `-2.2250738585072014e-308`, and what follows it.
const NUMBER_BYTES_MAX: usize = 25;
/// Bytes around the rows of an answer: keys, brackets.
const FRAME_BYTES_MAX: usize = 1 << 10;

/// What a block of rows may cost: between two of them other requests may have their turn.
const BLOCK_NANOSECONDS: u64 = 2_000_000;
/// A model computes so many rows side by side, and one alone takes nearly as long.
const ROWS_SIDE_BY_SIDE: usize = 8;

/// How long the content of an answer becomes, at most, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Whatever the number of rows.
    pub fixed: usize,
    /// For each row.
    pub per_row: usize,
    /// The values that it is made from, for each row.
    pub row_values: usize,
}

/// What the model answers to the current request, and buffers that one thread reuses.
#[derive(Debug, Default)]
pub struct Prediction {
    /// Rows that have been answered.
    pub n_rows: usize,
    /// Documents among them without a word that the model knows.
    pub n_empty: usize,
    /// Rows among them whose label the cheaper computation did not prove.
    pub n_unproven: usize,
    /// Rows outside the range of the support vectors, by the place of the range; empty if there are none.
    pub outside: Vec<u64>,
    /// The answers.
    pub answers: Answers,
    /// Rows that had to be assembled from columns or bytes.
    block: Vec<f64>,
    svc: pipeline::Scratch,
    /// Pays for the answers.
    values: Charge,
    /// Pays for the content that is made from them.
    content: Charge,
}

impl Prediction {
    /// Starts another request, whose answer is charged to `ledger`.
    pub(super) fn begin(&mut self, ledger: Option<&Arc<Ledger>>) {
        self.n_rows = 0;
        self.n_empty = 0;
        self.n_unproven = 0;
        self.outside.clear();
        self.values.attach(ledger);
        self.content.attach(ledger);
    }

    /// Charges the content of an answer that is written as it is computed, and makes room for it.
    ///
    /// # Errors
    /// `Error::NoRoom`.
    pub(super) fn charge_content(&mut self, n_rows: usize, length: Length, content: &mut Vec<u8>) -> Result<(), Error> {
        self.answers.clear();
        content.reserve_exact(charge(&mut self.content, n_rows, length.per_row, length.fixed)?);
        Ok(())
    }

    /// Computes a part of the answer to `request`, if somebody still waits for it.
    ///
    /// # Errors
    /// `Error::Abandoned`, and those of `compute`.
    pub(super) fn compute<T>(
        &mut self,
        served: &Served,
        request: &Request<'_>,
        compute: impl FnOnce(&mut pipeline::Scratch) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match (request.goes_on(), request.takes_turns()) {
            (false, _) => Err(Error::Abandoned),
            (true, true) => served.with_scratch(compute),
            (true, false) => compute(&mut self.svc),
        }
    }

    /// Moves the charge over to the content, and gives back what the content does not need.
    ///
    /// # Errors
    /// `Error::NoRoom` when the content is longer than announced and there is no room for it.
    pub(super) fn pay_for(&mut self, content: &mut Charged<u8>) -> Result<(), Error> {
        match self.content.bytes() {
            0 => Ok(()),
            _ => content.charge_to(self.content.take()).map_err(Error::NoRoom),
        }
    }

    /// Bytes that are charged.
    pub(super) fn charged_bytes(&self) -> usize {
        self.values.bytes() + self.content.bytes()
    }

    /// Gives back the memory of an unusually large answer.
    pub(super) fn trim(&mut self) {
        self.answers.shrink(THREAD_BUFFER_BYTES / size_of::<f64>());
        // Less than before always has room.
        let _ = self.values.set(0);
        let _ = self.content.set(0);
    }
}

impl Served {
    /// Overwrites the answers with what is asked for each row, and returns the number of rows. `content` gets room for `length`.
    ///
    /// # Errors
    /// `Error::NoRoom`, `Error::Model` when the model cannot give this answer at all, or cannot take a row; `Error::Abandoned` when
    /// the client of `request` leaves in the meantime.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        (table, texts): (&Table<'_>, &Texts),
        asked: Asked,
        length: Length,
        prediction: &mut Prediction,
        content: &mut Vec<u8>,
    ) -> Result<usize, Error> {
        let Prediction {
            n_rows: answered,
            n_empty,
            n_unproven,
            outside,
            answers,
            block,
            svc,
            values,
            content: content_charge,
        } = prediction;
        let width = self.model.n_features_in();
        let n_rows = table.n_rows(width);
        let values_bytes = charge(values, n_rows, length.row_values * size_of::<f64>(), 0)?;
        let content_bytes = charge(content_charge, n_rows, length.per_row, length.fixed)?;
        answers.clear();
        if values_bytes > 0 {
            self.model.begin(asked, n_rows, answers).map_err(|error| Error::Model(error.to_string()))?;
        }
        let documents = &*texts.documents();
        table.each_block(width, self.block_rows(), block, |start, cells| {
            let rows = Rows { cells, documents };
            if !request.goes_on() {
                return Err(Error::Abandoned);
            }
            let mut answer = |scratch: &mut pipeline::Scratch| {
                let outcome = self.model.answer_rows(rows, asked, scratch, answers);
                *n_empty += scratch.take_empty_rows();
                *n_unproven += scratch.take_unproven();
                outcome
            };
            let outcome = match request.takes_turns() {
                true => self.with_scratch(answer),
                false => answer(svc),
            };
            outcome.map_err(|error| Error::Model(error.after_rows(start).to_string()))?;
            self.ranges.count(cells, outside);
            Ok(())
        })?;
        content.reserve_exact(content_bytes);
        *answered = n_rows;
        Ok(n_rows)
    }

    /// How many rows are computed before other requests may have their turn.
    fn block_rows(&self) -> usize {
        let rows = BLOCK_NANOSECONDS / self.row_nanoseconds.max(1);
        (rows as usize).next_multiple_of(ROWS_SIDE_BY_SIDE).max(ROWS_SIDE_BY_SIDE)
    }

    /// How long labels, or predicted numbers, become as text, in JSON or in CSV.
    pub(super) fn predict_length(&self) -> Length {
        // A number and the blank that Python's `json.dumps` writes behind a comma.
        let value_bytes = if self.label_bytes_max > 0 { self.label_bytes_max } else { NUMBER_BYTES_MAX + 1 };
        Length { fixed: FRAME_BYTES_MAX, per_row: value_bytes, row_values: 1 }
    }

    /// How long any output becomes in binary.
    pub(super) fn binary_length(&self, output: Output) -> Length {
        let value_bytes = if output.is_labels { self.label_binary_bytes_max } else { size_of::<f64>() };
        Length { fixed: FRAME_BYTES_MAX, per_row: output.width * value_bytes, row_values: output.width }
    }

    /// The same as text of any output.
    pub(super) fn text_length(&self, output: Output) -> Length {
        let value_bytes = if output.is_labels { self.label_bytes_max } else { NUMBER_BYTES_MAX };
        let per_row = output.width * value_bytes + b"[],".len();
        Length { fixed: FRAME_BYTES_MAX, per_row, row_values: output.width }
    }

    /// How long `scores` of `count` classes with their labels become: `["label",score],` or `"score:index:label",`.
    pub(super) fn classes_length(&self, scores: Output, count: usize) -> Length {
        let class_bytes = self.label_bytes_max + NUMBER_BYTES_MAX + usize::MAX.ilog10() as usize + b"[\"::\",],".len();
        let per_row = count.min(scores.width) * class_bytes + b"[],".len();
        Length { fixed: FRAME_BYTES_MAX, per_row, row_values: scores.width }
    }

    /// An output as the model has it.
    ///
    /// # Errors
    /// `Error::Model` when the model cannot give it at all.
    pub(super) fn output(&self, name: OutputName) -> Result<Output, Error> {
        self.model.output(name).map_err(|error| Error::Model(error.to_string()))
    }
}

/// Charges what a thread's own buffer has no room for; returns how many bytes that are.
fn charge(charge: &mut Charge, n_rows: usize, per_row: usize, fixed: usize) -> Result<usize, Error> {
    let bytes = n_rows.checked_mul(per_row).and_then(|bytes| bytes.checked_add(fixed));
    let bytes = bytes.ok_or(Error::NoRoom(NoRoom(usize::MAX)))?;
    let bytes = if bytes > THREAD_BUFFER_BYTES { bytes } else { 0 };
    charge.set(bytes).map_err(Error::NoRoom)?;
    Ok(bytes)
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

/// Appends a column as CSV: a record for each row, without a line end after the last one.
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

/// Appends numbers as JSON: the shortest text that reads back the same. NaN and infinity become `null`, as JSON does not have
/// them.
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

#[cfg(test)]
mod tests {
    use crate::api::served::tests::served;

    #[test]
    fn a_block_is_as_many_rows_as_a_few_milliseconds_allow() {
        let mut served = served(&["a", "b"]);
        let mut rows = |row_nanoseconds| {
            served.row_nanoseconds = row_nanoseconds;
            served.block_rows()
        };
        assert_eq!([1_000, 190_000, 20_000_000, u64::MAX].map(&mut rows), [2_000, 16, 8, 8]);
        assert!(rows(0) >= 1_000_000);
    }
}
