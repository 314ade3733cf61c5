//! KServe v1 and TensorFlow Serving, which share their paths: one answer serves the readers of both.

mod classify;
mod metadata;

use super::answers::{Values, json};
use super::rows::{Form, Part, RowForm, Table};
use super::service::{Scratch, Served};
use super::{Error, JSON};
use crate::http::{Request, Response, Status};
use crate::pipeline::Asked;

pub(super) use classify::classify;
pub(super) use metadata::metadata;

/// Row form, or column form with TensorFlow Serving's answer.
static PREDICT: Form<3> = Form {
    keys: ["instances", "inputs", "signature_name"],
    parts: [Part::Rows(RowForm::Either), Part::Inputs, Part::Output("serving_default")],
    expected: "one of `instances` and `inputs`",
};

/// `GET /v1/models/M`, of a server that is ready.
pub fn status(served: &Served, content: Vec<u8>) -> Response {
    let (name, version) = (&served.facts.name, &served.facts.version);
    json(
        content,
        &[
            r#"{"name":""#,
            name,
            r#"","ready":true,"model_version_status":[{"version":""#,
            version,
            r#"","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"#,
        ],
    )
}

/// `POST /v1/models/M:predict`
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn predict(
    served: &Served,
    request: &Request<'_>,
    scratch: &mut Scratch,
    content: Vec<u8>,
) -> Result<Response, Error> {
    respond(&PREDICT, &["predictions", "outputs"], served, request, scratch, content)
}

/// Answers a request of one of the forms around rows. `keys`: the key of the answer for each of the request's.
///
/// # Errors
/// As [`predict`].
pub(super) fn respond<const N: usize>(
    form: &'static Form<N>,
    keys: &[&str],
    served: &Served,
    request: &Request<'_>,
    scratch: &mut Scratch,
    mut content: Vec<u8>,
) -> Result<Response, Error> {
    let Scratch { numbers, computing, .. } = scratch;
    let asking = form.read(request.content(), &served.columns, served.model(), numbers)?;
    let table = Table::new(&asking.arrangement, numbers);
    let width = served.model().width(asking.output);
    served.answer(request, &table, Asked::default().and(asking.output), width, computing)?;
    content.extend_from_slice(b"{\"");
    content.extend_from_slice(keys.get(asking.key).unwrap_or(&"predictions").as_bytes());
    content.extend_from_slice(b"\":[");
    Values::of(asking.output, &computing.answers, served.model()).push_json(served, b",", &mut content);
    content.extend_from_slice(b"]}");
    Ok(Response::new(Status::OK, JSON, content))
}
