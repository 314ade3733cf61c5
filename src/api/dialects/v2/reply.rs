//! The answer to an inference request: JSON, and after it the outputs that come in binary.

use std::io::Write;

use super::metadata::datatype;
use super::request::{Infer, Wanted};
use crate::api::answers::{push_joined, push_json, push_numbers};
use crate::api::served::Served;
use crate::api::{JSON, OCTETS, csv};
use crate::http::{Response, Status};
use crate::pipeline::{AnswerColumn, Answers, ElementType, Label, OutputName};

/// The field that says how many bytes of the content are JSON. Without it all of them are, whatever the content's type says.
pub(super) const JSON_LENGTH: &str = "Inference-Header-Content-Length";

/// Writes the answer for `n_rows` rows into `content`.
pub(super) fn write(
    served: &Served,
    infer: &Infer,
    outputs: &[Wanted],
    n_rows: usize,
    answers: &Answers,
    mut content: Vec<u8>,
) -> Response {
    let facts = &served.facts;
    // Writing to a Vec cannot fail, here and below; names need no escapes.
    let _ = write!(content, r#"{{"model_name":"{}","model_version":"{}""#, facts.name, facts.version);
    if let Some(id) = &infer.id {
        content.extend_from_slice(b",\"id\":");
        let _ = serde_json::to_writer(&mut content, id);
    }
    content.extend_from_slice(b",\"outputs\":[");
    let mut binary = Vec::new();
    let writer = OutputWriter { served, n_rows, answers };
    push_joined(outputs.iter(), b",", &mut content, |wanted, content| {
        let is_binary = wanted.binary_data.unwrap_or(infer.binary_data_output);
        writer.output(wanted, content, is_binary.then_some(&mut binary));
    });
    content.extend_from_slice(b"]}");
    let has_binary = outputs.iter().any(|wanted| wanted.binary_data.unwrap_or(infer.binary_data_output));
    if !has_binary {
        return Response::new(Status::OK, JSON, content);
    }
    let json_length = content.len().to_string();
    content.extend_from_slice(&binary);
    Response::new(Status::OK, OCTETS, content).with_field(JSON_LENGTH, json_length)
}

struct OutputWriter<'a> {
    served: &'a Served,
    n_rows: usize,
    answers: &'a Answers,
}

impl OutputWriter<'_> {
    /// Writes one output into `content`, and its values into `binary` if there is one.
    fn output(&self, wanted: &Wanted, content: &mut Vec<u8>, binary: Option<&mut Vec<u8>>) {
        let model = &self.served.model;
        let name = wanted.name;
        let (element, width) = match (wanted.classification, model.output(wanted.output)) {
            (Some(count), _) => (ElementType::String, Some(count.min(model.n_classes()))),
            (None, Ok(output)) => (output.element, Some(output.width).filter(|width| *width > 1)),
            // not so: the answer has been computed
            (None, Err(_)) => return,
        };
        let datatype = datatype(element);
        let _ = write!(content, r#"{{"name":"{name}","datatype":"{datatype}","shape":[{}"#, self.n_rows);
        if let Some(width) = width {
            let _ = write!(content, ",{width}");
        }
        match binary {
            None => {
                content.extend_from_slice(b"],\"data\":[");
                self.json(wanted, content);
                content.extend_from_slice(b"]}");
            }
            Some(binary) => {
                let before = binary.len();
                self.binary(wanted, binary);
                let size = binary.len() - before;
                let _ = write!(content, r#"],"parameters":{{"binary_data_size":{size}}}}}"#);
            }
        }
    }

    /// The values, flat.
    fn json(&self, wanted: &Wanted, content: &mut Vec<u8>) {
        if let Some(count) = wanted.classification {
            return push_joined(self.best(wanted.output, count), b",", content, |text, content| {
                let _ = serde_json::to_writer(content, &text);
            });
        }
        match self.answers.column(wanted.output) {
            Some(AnswerColumn::Numbers { numbers, .. }) => push_numbers(numbers, b",", content),
            column => push_json(column, self.served, b",", content),
        }
    }

    /// The values in little-endian bytes; text as its length and its bytes.
    fn binary(&self, wanted: &Wanted, binary: &mut Vec<u8>) {
        if let Some(count) = wanted.classification {
            return self.best(wanted.output, count).for_each(|text| push_text(&text, binary));
        }
        match self.answers.column(wanted.output) {
            None => {}
            Some(AnswerColumn::Numbers { numbers, .. }) => {
                numbers.iter().for_each(|number| binary.extend(number.to_le_bytes()));
            }
            Some(AnswerColumn::Labels(labels)) => {
                for label in labels.iter().filter_map(|class| self.served.model.classes().label(*class)) {
                    match label {
                        Label::Integer(value) => binary.extend(value.to_le_bytes()),
                        Label::Float(value) => binary.extend(value.to_le_bytes()),
                        Label::Boolean(value) => binary.push(u8::from(value)),
                        Label::String(value) => push_text(value, binary),
                    }
                }
            }
        }
    }

    /// The best `count` classes of each row, best first, as `value:index:label`.
    fn best(&self, output: OutputName, count: usize) -> impl Iterator<Item = String> {
        let classes = self.served.model.classes();
        let scores = self.answers.numbers(scores_of_classes(output));
        scores.chunks_exact(classes.len()).flat_map(move |scores| {
            let mut ranked: Vec<_> = scores.iter().zip(classes.iter()).enumerate().collect();
            // Adding zero makes -0.0 and 0.0 equal; the sort keeps equal scores in class order.
            ranked.sort_by(|(_, (a, _)), (_, (b, _))| (**b + 0.0).total_cmp(&(**a + 0.0)));
            ranked.truncate(count);
            ranked.into_iter().map(|(index, (score, label))| {
                let mut text = Vec::new();
                csv::push_number(*score, &mut text);
                let _ = write!(text, ":{index}:{label}");
                String::from_utf8(text).unwrap_or_default()
            })
        })
    }
}

/// The output that has a score for each class, where the best classes of another one are asked for.
pub(super) fn scores_of_classes(output: OutputName) -> OutputName {
    if output == OutputName::PredictProba { output } else { OutputName::ClassScores }
}

fn push_text(text: &str, binary: &mut Vec<u8>) {
    binary.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    binary.extend_from_slice(text.as_bytes());
}
