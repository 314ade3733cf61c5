//! `GET /`: a page to try the model on for browsers, a sign of life for everything else.
//!
//! The page is one file that never changes. It makes its form and its list of routes out of `/openapi.json`, and puts what it
//! finds there into the document as text alone, so that names of a model cannot become markup.

use super::route::{Call, RequestBuffers};
use super::text::says;
use super::{Error, HTML, JSON, media};
use crate::http::Response;

const PAGE: &str = include_str!("page.html");

/// Lets the page run its own script, in its own style, and talk to this server; nothing else. A test computes the hashes.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-n4VKgW48r/81FkbCloG1ZqdZNJyqDSFsNofIxIKyEgk='; \
    style-src 'sha256-n/OdUYv1jRI9zBhTjdOlnFIknD5V0uE+DcUAfG2lLko='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The answer depends on what the client prefers.
pub fn root(call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let response = if media::accepts(call.request.field("accept").unwrap_or_default(), "text/html") {
        says(HTML, &[PAGE], content).map(|response| response.with_field("Content-Security-Policy", POLICY))
    } else {
        alive(call, buffers, content)
    };
    response.map(|response| response.with_field("Vary", "Accept"))
}

/// Alive, also while the server stops.
pub fn alive(_: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    says(JSON, &[r#"{"status":"alive"}"#], content)
}
