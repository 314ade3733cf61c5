//! Example requests, with the answers that the server gives while the document is written.

use super::samples::Sample;
use super::values::quoted;
use crate::api::JSON;
use crate::api::route::{Call, RequestBuffers, Route};
use crate::http::{Limits, Request, parser};

/// A request and its answer, both of one media type, as JSON values: anything but JSON becomes a string.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) asked: String,
    pub(super) answered: String,
}

/// The examples of a route, without those that the model cannot answer.
pub(super) fn of(route: &Route, sample: &Sample<'_>, call: &Call<'_>) -> Vec<Example> {
    let mut examples = Vec::new();
    for (name, media_type, asked) in route.examples.map_or_else(Vec::new, |requests| requests(sample)) {
        if let Some(answer) = answer(route, media_type, &asked, call) {
            let shown = |content: String| if media_type == JSON { content } else { quoted(&content) };
            examples.push(Example { name, media_type, asked: shown(asked), answered: shown(answer) });
        }
    }
    examples
}

/// What the server answers, in the media type of the request.
fn answer(route: &Route, media_type: &str, content: &str, call: &Call<'_>) -> Option<String> {
    let head = format!("POST / HTTP/1.1\r\nHost: svcd\r\nContent-Type: {media_type}\r\nAccept: {media_type}\r\n\r\n");
    let parsed = parser::parse_head(head.as_bytes(), &Limits::default()).ok().flatten()?;
    let request = Request::new(&parsed, head.as_bytes(), content.as_bytes());
    // In buffers of their own: examples do not count as predictions.
    let mut buffers = RequestBuffers::default();
    let response = (route.answer)(&Call { request: &request, ..*call }, &mut buffers, Vec::new()).ok()?;
    String::from_utf8(response.content.to_vec()).ok()
}
