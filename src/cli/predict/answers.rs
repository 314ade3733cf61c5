//! Turns blocks of rows into lines of answers.

use std::io::{self, Write};

use super::blocks::Block;
use crate::api::csv::{self, Layout, Records};
use crate::api::served::{ModelFacts, Served};
use crate::api::{push_joined, push_numbers};
use crate::pipeline::{self, AnswerColumn, Answers, Asked, Error, Model, OutputName};

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
    pub(super) served: Served,
    /// Where the columns stand in the records.
    pub(super) layout: Layout,
    asked: Asked,
    format: AnswerFormat,
    /// Each label as it is written.
    labels: Vec<Vec<u8>>,
}

impl Predictor {
    /// # Errors
    /// When the model cannot give what is asked for at all.
    pub(super) fn new(model: Model, asked: Asked, format: AnswerFormat) -> Result<Predictor, Error> {
        model.answer(&[], asked, &mut pipeline::Scratch::default(), &mut Answers::default())?;
        let served = Served::new(model, ModelFacts::default());
        let labels = match format {
            AnswerFormat::Csv => served.label_texts().iter().map(|label| csv::field(label)).collect(),
            AnswerFormat::Jsonl => {
                (0..served.model.target().n_labels()).map(|index| served.label(index).to_vec()).collect()
            }
        };
        let layout = Layout::by_position(served.columns.count());
        Ok(Predictor { served, layout, asked, format, labels })
    }

    /// The first line; empty for JSON.
    pub(super) fn header(&self) -> Vec<u8> {
        if self.format == AnswerFormat::Jsonl {
            return Vec::new();
        }
        let model = &self.served.model;
        let outputs = self.asked.names().filter_map(|name| model.output(name).ok());
        let names: Vec<_> = outputs.flat_map(|output| output.column_names()).collect();
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
        let model = &self.served.model;
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
                format!("line {line}, column {} (`{}`): {error}", field + 1, self.served.columns.name(column))
            }
            None => format!("line {line}: {error}"),
        }
    }

    fn explain_row(&self, cause: &Error, row: usize, block: &Block) -> String {
        let line = Records::new(&block.text).nth(row).map_or(0, |record| record.line);
        let place = format!("line {}", block.lines_before + line + 1);
        match cause {
            Error::NotFiniteScaled { column, step, .. } => {
                format!(
                    "{place} (`{}`): the number is too large for the model's {step}",
                    self.served.columns.name(*column)
                )
            }
            other => format!("{place}: {other}"),
        }
    }

    fn write(&self, rows: usize, answers: &Answers) -> Vec<u8> {
        let columns: Vec<_> =
            self.asked.names().filter_map(|name| Some((name.as_str(), answers.column(name)?))).collect();
        let mut text = Vec::new();
        for row in 0..rows {
            match self.format {
                AnswerFormat::Csv => push_joined(columns.iter(), b",", &mut text, |(_, column), text| {
                    self.push_cell(column, row, text, |numbers, text| {
                        push_joined(numbers.iter(), b",", text, |number, text| csv::push_number(*number, text));
                    });
                }),
                AnswerFormat::Jsonl => {
                    text.push(b'{');
                    push_joined(columns.iter(), b", ", &mut text, |(name, column), text| {
                        // Writing to a Vec cannot fail.
                        let _ = write!(text, "\"{name}\": ");
                        self.push_cell(column, row, text, push_json_numbers);
                    });
                    text.push(b'}');
                }
            }
            text.push(b'\n');
        }
        text
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
