//! Open Inference Protocol v2: server, model and repository; inference is in [`mod@infer`].

mod infer;
mod metadata;
mod reply;
mod request;
mod tensors;

use std::marker::PhantomData;

use serde::de::IgnoredAny;

use crate::api::route::{Call, RequestBuffers};
use crate::api::rows::{Reading, check_text};
use crate::api::text::says;
use crate::api::{Error, JSON, Problem};
use crate::http::Response;

pub use infer::infer;
pub use metadata::{model, platform};
pub use reply::JSON_LENGTH;

/// `GET /v2`
pub fn server(_: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let text = concat!(
        r#"{"name":"svcd","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#"","extensions":["binary_tensor_data","classification","model_repository"]}"#
    );
    says(JSON, &[text], content)
}

/// `GET /v2/models` and `GET /v1/models`
pub fn models(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    says(JSON, &[r#"{"models":[""#, &call.served.facts.name, r#""]}"#], content)
}

/// `GET /v2/models/M/ready`
pub fn model_ready(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    says(JSON, &[r#"{"name":""#, &call.served.facts.name, r#"","ready":true}"#], content)
}

/// `POST /v2/repository/index`; the content may be empty.
///
/// # Errors
/// `Error::Content` for content that is not a JSON object.
pub fn index(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    const EXPECTED: &str = "no content, or a JSON object";
    if !call.request.content.is_empty() {
        let text = check_text(call.request.content, EXPECTED)?;
        let wrong = |found: &str| Error::Content(Problem::of_content(EXPECTED, found));
        let reading = Reading::new(&call.served.columns).of(call.request);
        reading.run(text, PhantomData::<IgnoredAny>).map_err(|error| match error {
            Error::Content(_) => wrong("invalid JSON"),
            other => other,
        })?;
        if !text.trim_ascii_start().starts_with('{') {
            return Err(wrong("another JSON value"));
        }
    }
    let (name, version) = (&call.served.facts.name, &call.served.facts.version);
    let texts = [r#"[{"name":""#, name, r#"","version":""#, version, r#"","state":"READY","reason":""}]"#];
    says(JSON, &texts, content)
}
