//! What the dialects share that put an object around rows and around predictions.

use crate::api::answers::push_json;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Form, Table};
use crate::api::{Error, JSON};
use crate::http::{Response, Status};
use crate::pipeline::Asked;

/// Answers a request of this form. `keys`: for each key of the request the one of its answer.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub(super) fn respond(
    form: &'static Form,
    keys: &[&str],
    call: &Call<'_>,
    buffers: &mut RequestBuffers,
    mut content: Vec<u8>,
) -> Result<Response, Error> {
    let Call { request, served, .. } = *call;
    let RequestBuffers { numbers, texts, prediction, .. } = buffers;
    let texts = &*texts;
    let asking = form.read(request, (&served.columns, texts), &served.model, numbers)?;
    let table = Table::new(asking.order.as_deref(), numbers);
    let output = served.output(asking.output)?;
    let length = served.text_length(output);
    served.answer(request, (&table, texts), Asked::only(output.name), length, prediction, &mut content)?;
    content.extend_from_slice(b"{\"");
    content.extend_from_slice(keys.get(asking.key).unwrap_or(&"predictions").as_bytes());
    content.extend_from_slice(b"\":[");
    push_json(prediction.answers.column(output.name), served, b",", &mut content);
    content.extend_from_slice(b"]}");
    Ok(Response::new(Status::OK, JSON, content))
}
