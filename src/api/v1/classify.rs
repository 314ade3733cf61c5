//! `POST /v1/models/M:classify`: examples by name, with a context of features that all of them share.

use serde::de::{self, MapAccess, SeqAccess, Visitor};

use crate::api::answers::{push_joined, push_numbers};
use crate::api::rows::{
    Any, Optional, Reading, Step, Table, append_row, check_text, read_features, read_object, refuse,
};
use crate::api::service::{Scratch, Served};
use crate::api::{Error, JSON};
use crate::http::{Request, Response, Status};
use crate::pipeline::Asked;

/// Answers with the score of each class, in class order.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content.
pub fn classify(
    served: &Served,
    request: &Request<'_>,
    scratch: &mut Scratch,
    mut content: Vec<u8>,
) -> Result<Response, Error> {
    let Scratch { numbers, computing, .. } = scratch;
    numbers.clear();
    let text = check_text(request.content(), EXPECTED_CONTENT)?;
    let reading = Reading::new(&served.columns);
    reading.run(text, Any(Content { reading: &reading, rows: numbers }))?;
    let model = served.model();
    let asked = Asked { class_scores: true, ..Asked::default() };
    served.answer(request, &Table::Rows(numbers), asked, model.n_classes(), computing)?;
    // Labels are strings here, whatever they are elsewhere.
    let labels: Vec<_> = model.classes().iter().map(|label| label.to_string()).collect();
    content.extend_from_slice(b"{\"results\":[");
    let rows = computing.answers.class_scores.chunks_exact(model.n_classes());
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
struct Content<'a, 'r> {
    reading: &'a Reading<'a>,
    rows: &'r mut Vec<f64>,
}

impl Content<'_, '_> {
    fn expected(&self) -> &'static str {
        EXPECTED_CONTENT
    }
}

impl<'de> Visitor<'de> for Content<'_, '_> {
    type Value = ();

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { reading, rows } = self;
        let mut context = Vec::new();
        let [has_examples, _] = read_object(reading, map, &["examples", "context"], |key, map| match key {
            0 => map.next_value_seed(Any(Examples { reading, rows })),
            _ => map.next_value_seed(Optional(Features { reading, rows: &mut context })).map(drop),
        })?;
        if !has_examples {
            return Err(reading.at(Step::Key("examples"), reading.wrong(Examples::EXPECTED, "no such key")));
        }
        if context.is_empty() {
            append_row(reading, &mut context);
        }
        for (row, index) in rows.chunks_exact_mut(context.len()).zip(0..) {
            let wrong = |error| reading.at(Step::Key("examples"), reading.at(Step::Row(index), error));
            complete(reading, row, &context).map_err(wrong)?;
        }
        Ok(())
    }
}

/// Takes from `context` what is not in `row`. NaN stands for what is missing.
fn complete<E: de::Error>(reading: &Reading<'_>, row: &mut [f64], context: &[f64]) -> Result<(), E> {
    for ((value, shared), column) in row.iter_mut().zip(context).zip(0..) {
        match (value.is_nan(), shared.is_nan()) {
            (true, true) => return Err(reading.missing(column)),
            (true, false) => *value = *shared,
            (false, true) => {}
            (false, false) => {
                return Err(reading.at(Step::Column(column), reading.wrong("each feature once", "it in `context` too")));
            }
        }
    }
    Ok(())
}

/// The examples.
struct Examples<'a, 'r> {
    reading: &'a Reading<'a>,
    rows: &'r mut Vec<f64>,
}

impl Examples<'_, '_> {
    const EXPECTED: &'static str = "an array of objects of named features";

    fn expected(&self) -> &'static str {
        Examples::EXPECTED
    }
}

impl<'de> Visitor<'de> for Examples<'_, '_> {
    type Value = ();

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { reading, rows } = self;
        let mut count = 0;
        loop {
            let next = seq.next_element_seed(Any(Features { reading, rows }));
            match next.map_err(|error| reading.at(Step::Row(count), error))? {
                Some(()) => count += 1,
                None if count > 0 => return Ok(()),
                None => return Err(reading.wrong("at least one row", "an empty array")),
            }
        }
    }
}

/// An object of features, which need not be all of them.
struct Features<'a, 'r> {
    reading: &'a Reading<'a>,
    rows: &'r mut Vec<f64>,
}

impl Features<'_, '_> {
    fn expected(&self) -> &'static str {
        "an object of named features"
    }
}

impl<'de> Visitor<'de> for Features<'_, '_> {
    type Value = ();

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let row = append_row(self.reading, self.rows);
        read_features(self.reading, row, map)
    }
}
