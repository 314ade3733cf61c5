//! The answer to an inference request: JSON, and after it the outputs that come in binary.

use std::io::Write;

use super::request::{Infer, Wanted};
use crate::api::answers::{push_joined, push_json, push_numbers};
use crate::api::served::Served;
use crate::api::{JSON, OCTETS, csv, described};
use crate::http::{Response, Status};
use crate::pipeline::{AnswerColumn, Answers, ElementType, Label, OutputName};

/// The field that says how many bytes of the content are JSON. Without it all of them are, whatever the content's type says.
pub const JSON_LENGTH: &str = "Inference-Header-Content-Length";

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
    let writer = OutputWriter { served, n_rows, answers };
    let is_binary = |wanted: &&Wanted| wanted.binary_data.unwrap_or(infer.binary_data_output);
    push_joined(outputs.iter(), b",", &mut content, |wanted, content| {
        writer.output(wanted, is_binary(&wanted), content);
    });
    content.extend_from_slice(b"]}");
    if !outputs.iter().any(|wanted| is_binary(&wanted)) {
        return Response::new(Status::OK, JSON, content);
    }
    let json_length = content.len().to_string();
    outputs.iter().filter(is_binary).for_each(|wanted| writer.binary(wanted, &mut content));
    Response::new(Status::OK, OCTETS, content).with_field(JSON_LENGTH, json_length)
}

struct OutputWriter<'a> {
    served: &'a Served,
    n_rows: usize,
    answers: &'a Answers,
}

impl OutputWriter<'_> {
    /// Writes one output into `content`, with its values unless they come in binary.
    fn output(&self, wanted: &Wanted, is_binary: bool, content: &mut Vec<u8>) {
        let model = &self.served.model;
        let name = wanted.name;
        let (element, width) = match (wanted.classification, model.output(wanted.computed())) {
            (Some(count), Ok(output)) => (ElementType::String, Some(count.min(output.width))),
            (None, Ok(output)) => (output.element, Some(output.width).filter(|width| *width > 1)),
            // not so: the answer has been computed
            (_, Err(_)) => return,
        };
        let datatype = described::datatype(element);
        let _ = write!(content, r#"{{"name":"{name}","datatype":"{datatype}","shape":[{}"#, self.n_rows);
        if let Some(width) = width {
            let _ = write!(content, ",{width}");
        }
        if is_binary {
            let size = self.binary_size(wanted);
            let _ = write!(content, r#"],"parameters":{{"binary_data_size":{size}}}}}"#);
        } else {
            content.extend_from_slice(b"],\"data\":[");
            self.json(wanted, content);
            content.extend_from_slice(b"]}");
        }
    }

    /// The values, flat.
    fn json(&self, wanted: &Wanted, content: &mut Vec<u8>) {
        if let Some(count) = wanted.classification {
            return push_joined(self.best(wanted.computed(), count), b",", content, |text, content| {
                let _ = serde_json::to_writer(content, &text);
            });
        }
        match self.answers.column(wanted.output) {
            Some(AnswerColumn::Numbers { numbers, .. }) => push_numbers(numbers, b",", content),
            column => push_json(column, self.served, b",", content),
        }
    }

    /// How many bytes [`binary`](Self::binary) will write.
    fn binary_size(&self, wanted: &Wanted) -> usize {
        let text = |text: &str| size_of::<u32>() + text.len();
        if let Some(count) = wanted.classification {
            return self.best(wanted.computed(), count).map(|best| text(&best)).sum();
        }
        let target = self.served.model.target();
        match self.answers.column(wanted.output) {
            None => 0,
            Some(AnswerColumn::Numbers { numbers, .. }) => size_of_val(numbers.as_slice()),
            Some(AnswerColumn::Labels(labels)) => {
                let size = |label| match label {
                    Label::Integer(_) | Label::Float(_) => size_of::<u64>(),
                    Label::Boolean(_) => 1,
                    Label::String(value) => text(value),
                };
                labels.iter().filter_map(|index| target.label(*index)).map(size).sum()
            }
        }
    }

    /// The values in little-endian bytes; text as its length and its bytes.
    fn binary(&self, wanted: &Wanted, binary: &mut Vec<u8>) {
        if let Some(count) = wanted.classification {
            return self.best(wanted.computed(), count).for_each(|text| push_text(&text, binary));
        }
        match self.answers.column(wanted.output) {
            None => {}
            Some(AnswerColumn::Numbers { numbers, .. }) => {
                numbers.iter().for_each(|number| binary.extend(number.to_le_bytes()));
            }
            Some(AnswerColumn::Labels(labels)) => {
                for label in labels.iter().filter_map(|index| self.served.model.target().label(*index)) {
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

    /// The best `count` classes of each row, best first, as `value:index:label`. `scores`: the output with a score for each class.
    fn best(&self, scores: OutputName, count: usize) -> impl Iterator<Item = String> {
        let target = self.served.model.target();
        let scores = self.answers.numbers(scores);
        scores.chunks_exact(target.n_labels().max(1)).flat_map(move |scores| {
            let mut ranked: Vec<_> = scores.iter().zip(target.labels()).enumerate().collect();
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

fn push_text(text: &str, binary: &mut Vec<u8>) {
    binary.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    binary.extend_from_slice(text.as_bytes());
}
