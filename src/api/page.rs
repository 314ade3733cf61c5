//! `GET /`: a page to try the model on for browsers, a sign of life for everything else.
//!
//! The page is one text that never changes, put together from the files in `page/`. It makes its form and its list of routes out of the
//! metadata and `/openapi.json`, and puts what it finds there into the document as text alone, so that names of a model cannot become
//! markup. It computes no kernel and no label: every number is an answer of the routes that programs ask.

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
    script-src 'sha256-/c/O0UYYfg8jKqzhfpoR9AHYPVHbPS8z4/XJWtkqv0Y='; \
    style-src 'sha256-s7A+2ra1Gl3u6mbh+iNxmXfmLV8YN8WAfxWD+c++Rkk='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let blanks = [(": ", ":"), ("; ", ";"), (", ", ","), (" { ", "{"), (" }", "}")];
    let style = blanks.iter().fold(STYLE.to_owned(), |style, (wide, narrow)| style.replace(wide, narrow));
    let script = SCRIPTS.concat().replace(" => ", "=>");
    let (style, script) = (short(&style), short(&script));
    format!("{}\n<style>\n{style}\n</style>\n{}\n<script>\n{script}\n</script>\n</html>\n", short(HEAD), short(BODY))
});

/// The same without indentation, comments on lines of their own, and empty lines.
fn short(text: &str) -> String {
    let is_told = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/**");
    text.lines().map(str::trim).filter(is_told).collect::<Vec<_>>().join("\n")
}

/// The answer depends on what the client prefers.
pub fn root(call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let response = if media::accepts(call.request.field("accept").unwrap_or_default(), "text/html") {
        says(HTML, &[&PAGE], content).map(|response| response.with_field("Content-Security-Policy", POLICY))
    } else {
        alive(call, buffers, content)
    };
    response.map(|response| response.with_field("Vary", "Accept"))
}

/// Alive, also while the server stops.
pub fn alive(_: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    says(JSON, &[r#"{"status":"alive"}"#], content)
}
