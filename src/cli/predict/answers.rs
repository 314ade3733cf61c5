//! Turns blocks of rows into lines of answers.

use std::io::{self, Write};

use super::blocks::Block;
use crate::api::csv::{self, Layout, Records};
use crate::api::rows::FieldNames;
use crate::api::served::{ModelFacts, Served};
use crate::pipeline::{self, Answers, Asked, Error, Model, Output};

/// Output names separated by commas.
pub(super) fn parse_outputs(text: &str) -> Option<Asked> {
    text.split(',').try_fold(Asked::default(), |asked, name| Some(asked.and(Output::from_name(name.trim())?)))
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerFormat {
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// The lines for one block, up to the first row that is wrong.
#[derive(Debug)]
pub(super) struct AnsweredBlock {
    pub(super) text: Vec<u8>,
    pub(super) rows: usize,
    /// What is wrong with the next row.
    pub(super) error: Option<String>,
}

/// Buffers that one thread reuses.
#[derive(Default)]
pub(super) struct WorkerBuffers {
    rows: Vec<f64>,
    answers: Answers,
    svc: pipeline::Scratch,
}

/// The model, and how its answers are asked for.
pub(super) struct Predictor {
    served: Served,
    layout: Layout,
    asked: Asked,
    format: AnswerFormat,
    /// Each class label as it is written.
    labels: Vec<Vec<u8>>,
}

impl Predictor {
    /// # Errors
    /// When the model cannot give what is asked for at all.
    pub(super) fn new(model: Model, asked: Asked, format: AnswerFormat) -> Result<Predictor, Error> {
        model.answer(&[], asked, &mut pipeline::Scratch::default(), &mut Answers::default())?;
        let served = Served::new(model, ModelFacts::default());
        let labels = match format {
            AnswerFormat::Csv => served.model().classes().iter().map(|label| csv::field(&label.to_string())).collect(),
            AnswerFormat::Jsonl => (0..served.model().n_classes()).map(|class| served.label(class).to_vec()).collect(),
        };
        let layout = Layout::by_position(served.columns.count());
        Ok(Predictor { served, layout, asked, format, labels })
    }

    /// The model's columns.
    pub(super) fn columns(&self) -> &FieldNames {
        &self.served.columns
    }

    /// Whether the model names its columns, so that a header has meaning.
    pub(super) fn has_names(&self) -> bool {
        self.served.model().has_feature_names()
    }

    /// Where the columns stand in the records.
    pub(super) fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
    }

    /// The first line; empty for JSON.
    pub(super) fn header(&self) -> Vec<u8> {
        if self.format == AnswerFormat::Jsonl {
            return Vec::new();
        }
        let model = self.served.model();
        let scores = |name, count| (0..count).map(move |index| format!("{name}_{index}"));
        let mut names = Vec::new();
        if self.asked.predict {
            names.push("predict".to_owned());
        }
        if self.asked.decision_function {
            names.extend(scores("decision_function", model.width(Output::DecisionFunction)));
        }
        if self.asked.predict_proba {
            names.extend(scores("predict_proba", model.width(Output::PredictProba)));
        }
        (names.join(",") + "\n").into_bytes()
    }

    /// Answers a block, or passes on why there is none.
    pub(super) fn answer(&self, block: io::Result<Block>, buffers: &mut WorkerBuffers) -> AnsweredBlock {
        let block = match block {
            Ok(block) => block,
            Err(cause) => return AnsweredBlock { text: Vec::new(), rows: 0, error: Some(cause.to_string()) },
        };
        buffers.rows.clear();
        let read = Records::new(&block.text).try_for_each(|record| self.layout.read(&record, &mut buffers.rows));
        let mut error = read.err().map(|error| self.explain(&error, block.lines_before));
        let model = self.served.model();
        let mut rows = buffers.rows.len() / model.n_features_in();
        buffers.answers.clear();
        if let Err(cause) = model.answer(&buffers.rows, self.asked, &mut buffers.svc, &mut buffers.answers) {
            // The rows before the one that failed have been answered.
            rows = match cause {
                Error::NotFinite { row, .. } | Error::NotFiniteScaled { row, .. } => row,
                _ => 0,
            };
            error = Some(self.explain_row(&cause, rows, &block));
        }
        AnsweredBlock { text: self.write(rows, &buffers.answers), rows, error }
    }

    /// `line 3, column 2 (`petal width (cm)`): expected .., found ..`
    pub(super) fn explain(&self, error: &csv::BadRecord, lines_before: usize) -> String {
        let line = lines_before + error.line + 1;
        match error.field {
            Some((field, column)) => {
                format!("line {line}, column {} (`{}`): {error}", field + 1, self.columns().name(column))
            }
            None => format!("line {line}: {error}"),
        }
    }

    fn explain_row(&self, cause: &Error, row: usize, block: &Block) -> String {
        let line = Records::new(&block.text).nth(row).map_or(0, |record| record.line);
        let place = format!("line {}", block.lines_before + line + 1);
        match cause {
            Error::NotFiniteScaled { column, step, .. } => {
                format!("{place} (`{}`): the number is too large for the model's {step}", self.columns().name(*column))
            }
            other => format!("{place}: {other}"),
        }
    }

    fn write(&self, rows: usize, answers: &Answers) -> Vec<u8> {
        let model = self.served.model();
        let mut decisions = answers.decision_function.chunks_exact(model.width(Output::DecisionFunction));
        let mut probabilities = answers.predict_proba.chunks_exact(model.width(Output::PredictProba));
        let mut classes = answers.classes.iter();
        let mut text = Vec::new();
        for _ in 0..rows {
            let mut line = AnswerLine::begin(self.format, &mut text);
            if let Some(class) = classes.next() {
                let label = self.labels.get(*class).map_or(b"".as_slice(), Vec::as_slice);
                line.label(label);
            }
            if let Some(values) = decisions.next() {
                line.numbers("decision_function", values, values.len() == 1);
            }
            if let Some(values) = probabilities.next() {
                line.numbers("predict_proba", values, false);
            }
            line.end();
        }
        text
    }
}

/// One line of answers that is being written.
struct AnswerLine<'a> {
    format: AnswerFormat,
    text: &'a mut Vec<u8>,
    is_first: bool,
}

impl<'a> AnswerLine<'a> {
    fn begin(format: AnswerFormat, text: &'a mut Vec<u8>) -> AnswerLine<'a> {
        if format == AnswerFormat::Jsonl {
            text.push(b'{');
        }
        AnswerLine { format, text, is_first: true }
    }

    fn separate(&mut self) {
        let separator: &[u8] = match (self.is_first, self.format) {
            (true, _) => b"",
            (false, AnswerFormat::Csv) => b",",
            (false, AnswerFormat::Jsonl) => b", ",
        };
        self.text.extend_from_slice(separator);
        self.is_first = false;
    }

    fn name(&mut self, name: &str) {
        self.separate();
        // Writing to a Vec cannot fail, here and below.
        let _ = write!(self.text, "\"{name}\": ");
    }

    fn label(&mut self, label: &[u8]) {
        match self.format {
            AnswerFormat::Csv => self.separate(),
            AnswerFormat::Jsonl => self.name("predict"),
        }
        self.text.extend_from_slice(label);
    }

    fn numbers(&mut self, name: &str, values: &[f64], is_scalar: bool) {
        match self.format {
            AnswerFormat::Csv => {
                for value in values {
                    self.separate();
                    csv::push_number(*value, self.text);
                }
            }
            AnswerFormat::Jsonl => {
                self.name(name);
                if !is_scalar {
                    self.text.push(b'[');
                }
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        self.text.extend_from_slice(b", ");
                    }
                    let _ = serde_json::to_writer(&mut *self.text, value);
                }
                if !is_scalar {
                    self.text.push(b']');
                }
            }
        }
    }

    fn end(self) {
        self.text.extend_from_slice(if self.format == AnswerFormat::Jsonl { b"}\n" } else { b"\n" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_and_anything_else_is_refused() {
        let scores = Asked { decision_function: true, predict_proba: true, ..Asked::default() };
        assert_eq!(parse_outputs("predict_proba, predict,decision_function"), Some(scores.and(Output::Predict)));
        assert_eq!(parse_outputs("predict_proba,decision_function"), Some(scores));
        assert_eq!(["", "predict,", "proba"].map(parse_outputs), [None; 3]);
    }
}
