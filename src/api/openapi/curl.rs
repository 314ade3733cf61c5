//! The curl line in the answer to a wrong method: how a shell asks this server for a prediction at that path.

use super::examples;
use super::samples::Sample;
use crate::api::JSON;
use crate::api::route::{Call, Route};

/// A longer line would tell nobody anything.
const LINE_BYTES_MAX: usize = 2 << 10;
/// Numbers in all support vectors, at most: the lines are made on an event loop, once for each model.
const NUMBERS_MAX: usize = 1 << 20;
/// Where the line would be too long or too costly.
const ELSEWHERE: &str = "POST, with content as `GET /openapi.json` shows it";

/// How to send what the path takes with POST; `None` if it takes no such thing. No byte of it comes from the request.
pub(in crate::api) fn expected(call: &Call<'_>) -> Option<String> {
    let (path, route) = call.instance.routes.post_at(call.request.path())?;
    if !(route.suits)(&call.served.model) {
        return None;
    }
    let contents = call.served.contents.get_or_init(|| contents(call));
    let content = contents.iter().find(|(number, _)| *number == route.number).map(|(_, content)| content);
    let url = word(&format!("{}{path}", call.instance.options.origin));
    let line = content.map(|content| format!("curl -H 'Content-Type: {JSON}' -d {} {url}", word(content)));
    Some(line.filter(|line| line.len() <= LINE_BYTES_MAX).unwrap_or_else(|| ELSEWHERE.to_owned()))
}

/// For each route that takes POST content that works, with the number of the route.
fn contents(call: &Call<'_>) -> Vec<(usize, String)> {
    let model = &call.served.model;
    if model.n_support_vectors().unwrap_or(1).saturating_mul(model.n_features_in()) > NUMBERS_MAX {
        return Vec::new();
    }
    let sample = Sample::new(model);
    let mut contents: Vec<(usize, String)> = Vec::new();
    for (_, [_, route]) in call.instance.routes.paths() {
        let Some(route) = route.filter(|route| contents.iter().all(|(number, _)| *number != route.number)) else {
            continue;
        };
        contents.extend(content(route, &sample, call).map(|content| (route.number, content)));
    }
    contents
}

/// The first example of a route that the model can answer; a route without examples needs nothing.
fn content(route: &Route, sample: &Sample<'_>, call: &Call<'_>) -> Option<String> {
    if route.examples.is_none() {
        return Some("{}".to_owned());
    }
    let mut examples = examples::of(route, sample, call).into_iter();
    examples.find(|example| example.media_type == JSON).map(|example| example.asked)
}

/// A text as one word of a shell.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:._-".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_into_it() {
        assert_eq!(
            word("http://localhost:8000/v1/models/a.b_c-d:predict"),
            "http://localhost:8000/v1/models/a.b_c-d:predict"
        );
        assert_eq!(word("http://[::1]:8000/"), "'http://[::1]:8000/'");
        assert_eq!(word("it's $(x) `y`"), r"'it'\''s $(x) `y`'");
    }
}
