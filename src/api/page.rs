//! `GET /`: a page to try the model on for browsers, a sign of life for everything else.
//!
//! The page is one file that never changes. It makes its form and its list of routes out of `/openapi.json`, and puts what it
//! finds there into the document as text alone, so that names of a model cannot become markup.

use super::{HTML, health, media};
use crate::http::{Request, Response, Status};

const PAGE: &str = include_str!("page.html");

/// Lets the page run its own script, in its own style, and talk to this server; nothing else. A test computes the hashes.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-DG7+dEoBLKIx/8QTE65eqC3xIsBvxpdIA7roHWDBBoA='; \
    style-src 'sha256-FxdFgQLhhlgHOKZ5v9HHT1wohfTI1dsf5oLyd7HCNGs='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The answer depends on what the client would rather have.
pub fn root(request: &Request<'_>, mut content: Vec<u8>) -> Response {
    let response = if media::accepts(request.field("accept").unwrap_or_default(), "text/html") {
        content.extend_from_slice(PAGE.as_bytes());
        Response::new(Status::OK, HTML, content).with_field("Content-Security-Policy", POLICY)
    } else {
        health::alive(content)
    };
    response.with_field("Vary", "Accept")
}
