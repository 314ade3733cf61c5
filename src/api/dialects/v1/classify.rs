//! `POST /v1/models/M:classify`: examples by name, with a context of features that all of them share.

use serde::de::{self, MapAccess, Visitor};

use crate::api::answers::{push_joined, push_numbers};
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{
    Any, List, Members, Optional, PathStep, Reading, Row, RowForm, Table, append_row, check_text, is_absent, refuse,
};
use crate::api::{Error, JSON};
use crate::http::charged::Reused;
use crate::http::{Response, Status};
use crate::pipeline::{Asked, OutputName};

/// Answers with the score of each class, in class order.
///
/// # Errors
/// `Error::Model` for a model without classes; `Error::Content` for the first thing that is wrong with the content.
pub fn classify(call: &Call<'_>, buffers: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let Call { request, served, .. } = *call;
    let RequestBuffers { numbers, texts, prediction, .. } = buffers;
    let texts = &*texts;
    let scores = served.output(OutputName::ClassScores)?;
    numbers.clear();
    let text = check_text(request.content, EXPECTED_CONTENT)?;
    let reading = Reading::new((&served.columns, texts)).of(request);
    reading.run(text, Any(Examples { reading: &reading, rows: numbers }))?;
    numbers.settle();
    let asked = Asked::only(OutputName::ClassScores);
    let length = served.classes_length(scores, scores.width);
    served.answer(request, (&Table::new(None, numbers), texts), asked, length, prediction, &mut content)?;
    // Labels are strings here, whatever they are elsewhere.
    let labels = served.label_texts();
    content.extend_from_slice(b"{\"results\":[");
    let rows = prediction.answers.numbers(OutputName::ClassScores).chunks_exact(scores.width);
    push_joined(rows, b",", &mut content, |scores, content| {
        content.push(b'[');
        push_joined(labels.iter().zip(scores), b",", content, |(label, score), content| {
            content.push(b'[');
            // Writing to a Vec cannot fail.
            let _ = serde_json::to_writer(&mut *content, label);
            content.push(b',');
            push_numbers(&[*score], b"", content);
            content.push(b']');
        });
        content.push(b']');
    });
    content.extend_from_slice(b"]}");
    Ok(Response::new(Status::OK, JSON, content))
}

const EXPECTED_CONTENT: &str = "an object with `examples`";

/// The whole content.
struct Examples<'a, 'r> {
    reading: &'a Reading<'a>,
    rows: &'r mut Reused<f64>,
}

impl<'de> Visitor<'de> for Examples<'_, '_> {
    type Value = ();

    refuse!(EXPECTED_CONTENT; bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { reading, rows } = self;
        let mut context = rows.sibling();
        let members = (
            ("examples", Any(List { reading, rows, form: RowForm::Partial })),
            ("context", Optional(Row { reading, rows: &mut context, form: RowForm::Partial })),
        );
        members.read(reading, map)?;
        if context.is_empty() {
            append_row(reading, &mut context)?;
        }
        for (row, index) in rows.items_mut().chunks_exact_mut(context.len()).zip(0..) {
            let wrong = |error| reading.at(PathStep::Key("examples"), reading.at(PathStep::Row(index), error));
            complete(reading, row, &context).map_err(wrong)?;
        }
        Ok(())
    }
}

/// Takes what `row` lacks from `context`.
fn complete<E: de::Error>(reading: &Reading<'_>, row: &mut [f64], context: &[f64]) -> Result<(), E> {
    for ((value, shared), column) in row.iter_mut().zip(context).zip(0..) {
        match (is_absent(value), is_absent(shared)) {
            (true, true) => return Err(reading.missing(column)),
            (true, false) => *value = *shared,
            (false, true) => {}
            (false, false) => {
                let error = reading.wrong("each feature once", "it in `context` too");
                return Err(reading.at(PathStep::Feature(column), error));
            }
        }
    }
    Ok(())
}
