//! `GET /`: a page to try the model on for browsers, a sign of life for everything else.
//!
//! The page is one text that never changes, put together from the files in `page/`. It makes its form and its list of routes out of the
//! metadata and `/openapi.json`, and puts what it finds there into the document as text alone, so that names of a model cannot become
//! markup. It computes no kernel and no label: every number is an answer of the routes that programs ask.

mod short;

use std::sync::LazyLock;

use super::route::{Call, RequestBuffers};
use super::text::says;
use super::{Error, HTML, JSON, media};
use crate::http::Response;

const HEAD: &str = include_str!("page/head.html");
const STYLE: &str = include_str!("page/style.css");
const BODY: &str = include_str!("page/body.html");
/// In the order in which they need each other.
const SCRIPTS: &[&str] = &[
    include_str!("page/base.js"),
    include_str!("page/server.js"),
    include_str!("page/form.js"),
    include_str!("page/answer.js"),
    include_str!("page/picture.js"),
    include_str!("page/why.js"),
    include_str!("page/table.js"),
    include_str!("page/code.js"),
    include_str!("page/start.js"),
];

/// Lets the page run its own script, in its own style, and talk to this server; nothing else. A test computes the hashes.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-Yi8YfZjIMNjuaskoOjdnlEWnXiJ1deAnLBlBRXf9jlw='; \
    style-src 'sha256-DnnRdnRHRXSAUNry7LXRtGecPBydlflSdxgpoYjamdI='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let (style, script) = (short::style(STYLE), short::script(&SCRIPTS.concat()));
    let (head, body) = (short::lines(HEAD), short::lines(BODY));
    format!("{head}\n<style>\n{style}\n</style>\n{body}\n<script>\n{script}\n</script>\n</html>\n")
});

/// The answer depends on what the client prefers.
pub fn root(call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let response = if media::accepts(call.request.field("accept").unwrap_or_default(), "text/html") {
        says(HTML, &[&PAGE], content).map(|response| response.with_field("Content-Security-Policy", POLICY))
    } else {
        alive(call, buffers, content)
    };
    response.map(|response| response.with_field("Vary", "Accept"))
}

/// A sign of life, even while the server is stopping.
pub fn alive(_: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    says(JSON, &[r#"{"status":"alive"}"#], content)
}
