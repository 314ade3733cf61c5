//! Open Inference Protocol v2: server, model and repository; inference is in [`mod@infer`].

mod infer;
mod metadata;
mod reply;
mod request;
mod tensors;

use serde::de::IgnoredAny;

use super::answers::json;
use super::media::Types;
use super::rows::check_text;
use super::service::Served;
use super::{Error, Problem};
use crate::http::{Request, Response};

pub(super) use infer::infer;
pub(super) use metadata::model;

/// What inference takes: clients say octet-stream as soon as a tensor is binary, some of them always.
pub const INFER_TYPES: Types = Types {
    accepted: &["application/json", "application/octet-stream"],
    description: "`application/json`, `application/octet-stream` or none",
};

/// `GET /v2`
pub fn server(content: Vec<u8>) -> Response {
    let text = concat!(
        r#"{"name":"svcd","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#"","extensions":["binary_tensor_data","classification","model_repository"]}"#
    );
    json(content, &[text])
}

/// `GET /v2/health/live`
pub fn live(content: Vec<u8>) -> Response {
    json(content, &[r#"{"live":true}"#])
}

/// `GET /v2/health/ready` of a server that is. The protocol's text calls the field `live`, clients read `ready`.
pub fn ready(content: Vec<u8>) -> Response {
    json(content, &[r#"{"live":true,"ready":true}"#])
}

/// `GET /v2/models`, and the same in v1.
pub fn models(served: &Served, content: Vec<u8>) -> Response {
    json(content, &[r#"{"models":[""#, &served.facts.name, r#""]}"#])
}

/// `GET /v2/models/M/ready` of a server that is.
pub fn model_ready(served: &Served, content: Vec<u8>) -> Response {
    json(content, &[r#"{"name":""#, &served.facts.name, r#"","ready":true}"#])
}

/// `POST /v2/repository/index`; the content may be empty.
///
/// # Errors
/// `Error::Content` for content that is no JSON.
pub fn index(served: &Served, request: &Request<'_>, content: Vec<u8>) -> Result<Response, Error> {
    if !request.content().is_empty() {
        let text = check_text(request.content(), EXPECTED_INDEX)?;
        let outcome: Result<IgnoredAny, _> = serde_json::from_str(text);
        outcome.map_err(|_| Error::Content(Problem::of_content(EXPECTED_INDEX, "invalid JSON")))?;
    }
    let (name, version) = (&served.facts.name, &served.facts.version);
    Ok(json(content, &[r#"[{"name":""#, name, r#"","version":""#, version, r#"","state":"READY","reason":""}]"#]))
}

const EXPECTED_INDEX: &str = "no content, or a JSON object";
