//! Turns blocks of rows into lines of answers.

use std::io::{self, Write};

use super::kept::Kept;
use crate::api::csv::{self, Help, Layout, Records};
use crate::api::rows::Texts;
use crate::api::served::{ModelFacts, Served};
use crate::api::{push_joined, push_numbers};
use crate::cli::blocks::{Block, InputFormat};
use crate::cli::reading;
use crate::pipeline::{self, AnswerColumn, Answers, Asked, Error, Model, OutputName, Rows};

/// Output names separated by commas.
pub(super) fn parse_outputs(text: &str) -> Option<Asked> {
    text.split(',').try_fold(Asked::default(), |asked, name| Some(asked.and(OutputName::parse(name.trim())?)))
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerFormat {
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What becomes of a row that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnError {
    /// It is the end.
    Stop,
    /// Its answer is empty.
    Null,
}

/// How answers are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerOptions {
    pub(super) asked: Asked,
    pub(super) format: AnswerFormat,
    pub(super) on_error: OnError,
    /// Whether this is one of many processes whose answers are joined: no header, and no rows are no error.
    pub(super) is_filter: bool,
}

/// The lines for one block, up to the row at which it ends.
#[derive(Debug, Default)]
pub(super) struct AnsweredBlock {
    pub(super) text: Vec<u8>,
    pub(super) rows: usize,
    /// Rows with an empty answer, and what is wrong with the first of them.
    pub(super) refused: usize,
    pub(super) reasons: Vec<String>,
    /// Why it ends before the end of the block.
    pub(super) error: Option<String>,
}

/// Places of refused rows among all rows of a block, and what is wrong with each.
pub(super) type Refused = Vec<(usize, String)>;

/// The most reasons that are reported.
pub(super) const REASONS_MAX: usize = 5;

/// Buffers that one thread reuses.
#[derive(Default)]
pub(super) struct WorkerBuffers {
    pub(super) rows: Vec<f64>,
    pub(super) texts: Texts,
    /// The place of each row among all rows of the block, where some of them may be refused.
    pub(super) places: Vec<usize>,
    answers: Answers,
    svc: pipeline::Scratch,
}

/// The model, and how its answers are asked for.
pub(super) struct Predictor {
    pub(super) served: Served,
    /// Where the columns stand in the records.
    pub(super) layout: Layout,
    pub(super) kept: Kept,
    /// What the rows are read from.
    pub(super) input: InputFormat,
    /// The line of the first row, if that may be a header.
    pub(super) may_be_header: Option<usize>,
    options: AnswerOptions,
    /// Each label as it is written.
    labels: Vec<Vec<u8>>,
}

impl Predictor {
    /// # Errors
    /// When the model cannot give what is asked for at all.
    pub(super) fn new(model: Model, options: AnswerOptions) -> Result<Predictor, Error> {
        model.answer(&[], options.asked, &mut pipeline::Scratch::default(), &mut Answers::default())?;
        let served = Served::new(model, ModelFacts::default());
        let labels = match options.format {
            AnswerFormat::Csv => served.label_texts().iter().map(|label| csv::field(label)).collect(),
            AnswerFormat::Jsonl => {
                (0..served.model.target().n_labels()).map(|index| served.label(index).to_vec()).collect()
            }
        };
        let layout = Layout::by_position(served.columns.count(), csv::Syntax::default());
        Ok(Predictor {
            served,
            layout,
            kept: Kept::default(),
            input: InputFormat::Csv,
            may_be_header: None,
            options,
            labels,
        })
    }

    /// What becomes of a row that is wrong.
    pub(super) fn on_error(&self) -> OnError {
        self.options.on_error
    }

    /// Names of the columns of the answer.
    pub(super) fn output_columns(&self) -> Vec<String> {
        let outputs = self.options.asked.names().filter_map(|name| self.served.model.output(name).ok());
        match self.options.format {
            AnswerFormat::Csv => outputs.flat_map(|output| output.column_names()).collect(),
            AnswerFormat::Jsonl => outputs.map(|output| output.name.as_str().to_owned()).collect(),
        }
    }

    /// The first line; empty for JSON.
    pub(super) fn header(&self) -> Vec<u8> {
        match self.options.format {
            AnswerFormat::Jsonl => Vec::new(),
            AnswerFormat::Csv if self.options.is_filter => Vec::new(),
            AnswerFormat::Csv => (self.kept.header() + &self.output_columns().join(",") + "\n").into_bytes(),
        }
    }

    /// Answers a block, or passes on why there is none.
    pub(super) fn answer(&self, block: io::Result<Block>, buffers: &mut WorkerBuffers) -> AnsweredBlock {
        let block = match block {
            Ok(block) => block,
            Err(cause) => return AnsweredBlock { error: Some(cause.to_string()), ..AnsweredBlock::default() },
        };
        buffers.rows.clear();
        buffers.texts.clear();
        buffers.places.clear();
        buffers.answers.clear();
        let mut refused = Vec::new();
        let mut error = self.read(&block, buffers, &mut refused).err();
        let mut rows = buffers.rows.len() / self.served.model.n_features_in() + refused.len();
        if let Err((answered, cause)) = self.compute(&block, buffers, &mut refused) {
            rows = answered;
            refused.clear();
            error = Some(cause);
        }
        refused.sort_by_key(|(place, _)| *place);
        let text = self.write(rows, &block, &buffers.answers, &refused);
        let count = refused.len();
        let reasons = refused.into_iter().take(REASONS_MAX).map(|(_, reason)| reason).collect();
        AnsweredBlock { text, rows, refused: count, reasons, error }
    }

    /// Reads the rows of a block. One that is wrong is refused or the end.
    fn read(&self, block: &Block, buffers: &mut WorkerBuffers, refused: &mut Refused) -> Result<(), String> {
        if self.input != InputFormat::Csv {
            return self.read_lines(block, buffers, refused);
        }
        let mut records = Records::new(&block.text, self.layout.syntax());
        let (rows, cells) = (&mut buffers.rows, (&self.served.columns, &buffers.texts));
        if self.options.on_error == OnError::Stop && self.kept.is_always_whole() {
            let outcome = records.try_for_each(|record| self.layout.read(&record, cells, rows));
            return outcome.map_err(|error| self.explain(&error, block.lines_before));
        }
        for (record, place) in records.zip(0..) {
            let start = rows.len();
            let Err(error) = self.layout.read(&record, cells, rows).and_then(|()| self.kept.check(&record)) else {
                buffers.places.push(place);
                continue;
            };
            rows.truncate(start);
            let reason = self.explain(&error, block.lines_before);
            // Whoever opens a quote and does not close it takes other rows with it.
            if self.options.on_error == OnError::Stop || record.is_open {
                return Err(reason);
            }
            refused.push((place, reason));
        }
        Ok(())
    }

    /// Computes the answers to the rows that have been read. One that the model cannot take is refused, or the error says how
    /// many have been answered before it.
    fn compute(
        &self,
        block: &Block,
        buffers: &mut WorkerBuffers,
        refused: &mut Refused,
    ) -> Result<(), (usize, String)> {
        let WorkerBuffers { rows, texts, places, answers, svc } = buffers;
        let documents = &*texts.documents();
        let (model, asked) = (&self.served.model, self.options.asked);
        let mut done = 0;
        loop {
            let cells = rows.get(done * model.n_features_in()..).unwrap_or_default();
            let rest = Rows { cells, documents };
            let Err(cause) = model.answer_rows(rest, asked, svc, answers) else { return Ok(()) };
            // where there is none, no row is to blame
            let Some(row) = cause.row().map(|row| done + row) else { return Err((0, cause.to_string())) };
            let place = places.get(row).copied().unwrap_or(row);
            let reason = self.explain_row(&cause, place, block);
            if self.options.on_error == OnError::Stop {
                return Err((row, reason));
            }
            refused.push((place, reason));
            done = row + 1;
        }
    }

    /// `line 3, column 2 (`petal width (cm)`): expected .., found ..`
    pub(super) fn explain(&self, error: &csv::BadRecord, lines_before: usize) -> String {
        let line = lines_before + error.line + 1;
        let place = match error.field {
            Some((field, column)) => {
                format!("line {line}, column {} (`{}`)", field + 1, self.served.columns.name(column))
            }
            None => format!("line {line}"),
        };
        let help = error.help.or((self.may_be_header == Some(line) && error.field.is_some()).then_some(Help::Header));
        format!("{place}: {error}{}", help.map(reading::advice).unwrap_or_default())
    }

    fn explain_row(&self, cause: &Error, row: usize, block: &Block) -> String {
        let line = match self.input {
            InputFormat::Csv => Records::new(&block.text, self.layout.syntax()).nth(row).map(|record| record.line),
            _ => self.lines(block).nth(row).map(|(line, _)| line),
        };
        let line = line.unwrap_or_default();
        let place = format!("line {}", block.lines_before + line + 1);
        match cause.of_step() {
            Some((column, problem)) => format!("{place} (`{}`): {problem}", self.served.columns.name(column)),
            None => format!("{place}: {cause}"),
        }
    }

    /// The lines of the first so many rows, refused ones included.
    fn write(&self, rows: usize, block: &Block, answers: &Answers, refused: &Refused) -> Vec<u8> {
        let names = self.options.asked.names();
        let columns: Vec<_> = names.filter_map(|name| Some((name.as_str(), answers.column(name)?))).collect();
        let mut records = self.kept.is_any().then(|| Records::new(&block.text, self.layout.syntax()));
        let mut refused = refused.iter().map(|(place, _)| *place).peekable();
        let nothing = self.no_answer(&columns);
        let (mut text, mut answered) = (Vec::new(), 0);
        for place in 0..rows {
            if self.options.format == AnswerFormat::Jsonl {
                text.push(b'{');
            }
            if let Some(record) = records.as_mut().and_then(Iterator::next) {
                self.kept.push(&record, self.options.format == AnswerFormat::Jsonl, &mut text);
            }
            match refused.next_if_eq(&place) {
                Some(_) => text.extend_from_slice(&nothing),
                None => {
                    self.push_answer(&columns, answered, &mut text);
                    answered += 1;
                }
            }
            text.extend_from_slice(match self.options.format {
                AnswerFormat::Csv => b"\n",
                AnswerFormat::Jsonl => b"}\n",
            });
        }
        text
    }

    fn push_answer(&self, columns: &[NamedColumn<'_>], row: usize, text: &mut Vec<u8>) {
        match self.options.format {
            AnswerFormat::Csv => push_joined(columns.iter(), b",", text, |(_, column), text| {
                self.push_cell(column, row, text, |numbers, text| {
                    push_joined(numbers.iter(), b",", text, |number, text| csv::push_number(*number, text));
                });
            }),
            AnswerFormat::Jsonl => push_joined(columns.iter(), b", ", text, |(name, column), text| {
                // Writing to a Vec cannot fail.
                let _ = write!(text, "\"{name}\": ");
                self.push_cell(column, row, text, push_json_numbers);
            }),
        }
    }

    /// What stands in place of an answer.
    fn no_answer(&self, columns: &[NamedColumn<'_>]) -> Vec<u8> {
        let nulls = || columns.iter().map(|(name, _)| format!("\"{name}\": null")).collect::<Vec<_>>();
        let count = columns.iter().map(|(_, column)| width(column)).sum::<usize>();
        match self.options.format {
            AnswerFormat::Jsonl => nulls().join(", ").into_bytes(),
            // An empty line would be skipped by its reader.
            AnswerFormat::Csv if count == 1 && !self.kept.is_any() => b"\"\"".to_vec(),
            AnswerFormat::Csv => vec![b','; count.saturating_sub(1)],
        }
    }

    /// Appends what a column has for a row.
    fn push_cell(&self, column: &AnswerColumn, row: usize, text: &mut Vec<u8>, push: impl Fn(&[f64], &mut Vec<u8>)) {
        match column {
            AnswerColumn::Labels(labels) => {
                let label = labels.get(row).and_then(|label| self.labels.get(*label));
                text.extend_from_slice(label.map_or(b"", Vec::as_slice));
            }
            AnswerColumn::Numbers { width, numbers } => {
                push(numbers.get(row * width..(row + 1) * width).unwrap_or_default(), text);
            }
        }
    }
}

/// A column of answers under its name.
type NamedColumn<'a> = (&'a str, &'a AnswerColumn);

/// Fields that it has.
fn width(column: &AnswerColumn) -> usize {
    match column {
        AnswerColumn::Labels(_) => 1,
        AnswerColumn::Numbers { width, .. } => *width,
    }
}

/// One number as it is, as NumPy has no second dimension for one value a row; several as an array.
fn push_json_numbers(numbers: &[f64], text: &mut Vec<u8>) {
    if let [_] = numbers {
        return push_numbers(numbers, b"", text);
    }
    text.push(b'[');
    push_numbers(numbers, b", ", text);
    text.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_and_anything_else_is_refused() {
        let scores = Asked::only(OutputName::DecisionFunction).and(OutputName::PredictProba);
        assert_eq!(parse_outputs("predict_proba, predict,decision_function"), Some(scores.and(OutputName::Predict)));
        assert_eq!(parse_outputs("predict_proba,decision_function"), Some(scores));
        assert_eq!(["", "predict,", "proba"].map(parse_outputs), [None; 3]);
    }
}
