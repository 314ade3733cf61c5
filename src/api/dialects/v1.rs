//! KServe v1 and TensorFlow Serving. They share their paths, so one answer has to serve the readers of both.

mod classify;
mod metadata;

use super::enveloped;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Form, Part, RowForm};
use crate::api::text::says;
use crate::api::{Error, JSON};
use crate::http::Response;

pub use classify::classify;
pub use metadata::metadata;

/// `GET /v1/models/M`
pub fn status(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let facts = &call.served.facts;
    let start = [r#"{"name":""#, &facts.name, r#"","ready":true,"model_version_status":[{"version":""#, &facts.version];
    let end = r#"","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"#;
    says(JSON, &[start.as_slice(), &[end]].concat(), content)
}

/// What `:predict` takes.
static FORM: Form = Form {
    keys: &["instances", "inputs", "signature_name"],
    parts: &[Part::Rows(RowForm::Either), Part::Inputs, Part::Output("serving_default")],
    expected: "one of `instances` and `inputs`",
};

/// `POST /v1/models/M:predict`: rows, or columns with TensorFlow Serving's answer.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn predict(call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    enveloped::respond(&FORM, &["predictions", "outputs"], call, buffers, content)
}
