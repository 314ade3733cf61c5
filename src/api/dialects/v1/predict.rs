//! `POST /v1/models/M:predict`: row form, or column form with TensorFlow Serving's answer.

use crate::api::Error;
use crate::api::dialects::enveloped;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Form, Part, RowForm};
use crate::http::Response;

static FORM: Form = Form {
    keys: &["instances", "inputs", "signature_name"],
    parts: &[Part::Rows(RowForm::Either), Part::Inputs, Part::Output("serving_default")],
    expected: "one of `instances` and `inputs`",
};

/// Answers with labels or scores.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn predict(call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    enveloped::respond(&FORM, &["predictions", "outputs"], call, buffers, content)
}
