//! `POST /`: the contract of the notebook's server, which svcd replaces. One object of named features gives `{"val": 0}`, an
//! array of such objects `{"val": [0, 2]}`: the bytes that Python's `json.dumps` writes.

use crate::api::answers::push_json;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Batch, Table, read_records};
use crate::api::{Error, JSON};
use crate::http::{Response, Status};
use crate::pipeline::{Asked, OutputName};

/// Predicts the label of each row.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content.
pub fn respond(call: &Call<'_>, buffers: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let Call { request, served, .. } = *call;
    let RequestBuffers { numbers, texts, prediction, .. } = buffers;
    let texts = &*texts;
    let batch = read_records(request, (&served.columns, texts), numbers)?;
    let asked = Asked::only(OutputName::Predict);
    served.answer(
        request,
        (&Table::new(None, numbers), texts),
        asked,
        served.predict_length(),
        prediction,
        &mut content,
    )?;
    let column = prediction.answers.column(OutputName::Predict);
    content.extend_from_slice(b"{\"val\": ");
    match batch {
        Batch::One => push_json(column, served, b"", &mut content),
        Batch::Many => {
            content.push(b'[');
            push_json(column, served, b", ", &mut content);
            content.push(b']');
        }
    }
    content.push(b'}');
    Ok(Response::new(Status::OK, JSON, content))
}
