//! Vertex AI's container.

use super::enveloped;
use crate::api::Error;
use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Form, Part, RowForm};
use crate::http::Response;

static FORM: Form = Form {
    keys: &["instances", "parameters"],
    parts: &[Part::Rows(RowForm::Either), Part::Parameters],
    expected: "`instances`",
};

/// `POST` of Vertex's prediction route.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn respond(call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    enveloped::respond(&FORM, &["predictions"], call, buffers, content)
}
