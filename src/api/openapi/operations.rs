//! What the document says of each route: its name, what it takes, what it answers.

use std::fmt::Write;

use super::examples::Example;
use super::values::joined;
use crate::api::route::{Operation, Route};
use crate::api::{Media, OCTETS};

/// OpenAPI's Operation Object. `examples`: `None` at a further path of a route. The id is left out there too, as it has to be
/// unique.
pub(super) fn json(route: &Route, examples: Option<&[Example]>) -> String {
    let Operation { id, tag, summary, gives } = route.operation;
    let is_prediction = route.examples.is_some();
    let shown = examples.unwrap_or_default();
    let mut out = String::from("{");
    // Writing to a String cannot fail, here and below; what the table says needs no escapes.
    if examples.is_some() {
        let _ = write!(out, r#""operationId":"{id}","#);
    }
    let _ = write!(out, r#""tags":["{tag}"],"summary":"{summary}","#);
    if route.takes.iter().any(|(media_type, _)| *media_type == OCTETS) {
        out.push_str(r##""parameters":[{"$ref":"#/components/parameters/InferenceHeaderContentLength"}],"##);
    }
    if !route.takes.is_empty() {
        let content = content(route.takes, shown, |example| &example.asked);
        let _ = write!(out, r#""requestBody":{{"required":{is_prediction},"content":{content}}},"#);
    }
    let _ = write!(out, r#""responses":{{"200":{{"description":"{summary}","#);
    if is_prediction {
        out.push_str(r##""headers":{"X-Model-Hash":{"$ref":"#/components/headers/ModelHash"}},"##);
    }
    let _ = write!(out, r#""content":{}}}"#, content(gives, shown, |example| &example.answered));
    for (status, name) in errors(route) {
        let _ = write!(out, r##","{status}":{{"$ref":"#/components/responses/{name}"}}"##);
    }
    out + "}}"
}

/// An object with a member for each media type that has a schema, and the examples of that type.
fn content(media: &[Media], examples: &[Example], part: impl Fn(&Example) -> &String) -> String {
    let described = media.iter().filter(|(_, schema)| !schema.is_empty()).map(|(media_type, schema)| {
        let here = examples.iter().filter(|example| example.media_type == *media_type);
        let values = joined(here.map(|example| format!(r#""{}":{{"value":{}}}"#, example.name, part(example))));
        let examples = if values.is_empty() { values } else { format!(r#","examples":{{{values}}}"#) };
        format!(r##""{media_type}":{{"schema":{{"$ref":"#/components/schemas/{schema}"}}{examples}}}"##)
    });
    format!("{{{}}}", joined(described))
}

/// Statuses besides a success, and the template's names for what comes with them.
fn errors(route: &Route) -> &'static [(&'static str, &'static str)] {
    match (route.takes, route.tells_readiness) {
        ([], false) => &[("default", "Error")],
        ([], true) => &[("503", "Unavailable"), ("default", "Error")],
        _ => &[
            ("400", "BadRequest"),
            ("413", "ContentTooLarge"),
            ("415", "UnsupportedMediaType"),
            ("503", "Unavailable"),
            ("default", "Error"),
        ],
    }
}
