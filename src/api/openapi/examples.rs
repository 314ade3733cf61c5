//! Examples of requests, with the answers that the server gives to them while the document is written.

use super::{joined, quoted};
use crate::api::routes::Route;
use crate::api::service::Served;
use crate::api::{CSV, Error, JSON, JSON_LINES};
use crate::http::{Limits, Request, Response, parser};
use crate::pipeline::{Model, Output};

/// Answers a request of a route.
pub(super) type Ask<'a> = dyn FnMut(Route, &Request<'_>) -> Result<Response, Error> + 'a;

/// A request and its answer, both of one media type, as values of JSON: what is no JSON stands as text.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) asked: String,
    pub(super) answered: String,
}

/// A row of few digits that the model can be asked for.
pub(super) fn row(model: &Model) -> Vec<f64> {
    // Three digits are enough for an example, and zero is as good as any where there is no number.
    let rounded = |value: f64| format!("{value:.2e}").parse().ok().filter(|value: &f64| value.is_finite());
    model.example_row().into_iter().map(|value| rounded(value).unwrap_or_default()).collect()
}

/// The examples of a route. One that the model cannot answer is none.
pub(super) fn of(route: Route, served: &Served, row: &[f64], ask: &mut Ask<'_>) -> Vec<Example> {
    let mut examples = Vec::new();
    for (name, media_type, asked) in requests(route, served.model(), row) {
        if let Some(answer) = answer(route, media_type, &asked, ask) {
            let (asked, answered) = (shown(media_type, asked), shown(media_type, answer));
            examples.push(Example { name, media_type, asked, answered });
        }
    }
    examples
}

/// Name, media type and content of a request.
type Asked = (&'static str, &'static str, String);

fn requests(route: Route, model: &Model, row: &[f64]) -> Vec<Asked> {
    let (names, width) = (model.feature_names(), row.len());
    let numbers: Vec<String> = row.iter().map(|number| format!("{number:?}")).collect();
    let record = joined(names.iter().zip(&numbers).map(|(name, number)| format!("{}:{number}", quoted(name))));
    let (record, numbers) = (format!("{{{record}}}"), numbers.join(","));
    let mut asked = Vec::new();
    match route {
        Route::Seed => {
            asked.push(("row", JSON, record.clone()));
            asked.push(("rows", JSON, format!("[{record},{record}]")));
        }
        Route::V2Infer => {
            let tensor = format!(r#""name":"X","shape":[1,{width}],"datatype":"FP64","data":[{numbers}]"#);
            let outputs = joined(model.outputs().map(|output| format!(r#"{{"name":"{}"}}"#, output.name())));
            asked.push(("predict", JSON, format!(r#"{{"inputs":[{{{tensor}}}]}}"#)));
            asked.push(("outputs", JSON, format!(r#"{{"inputs":[{{{tensor}}}],"outputs":[{outputs}]}}"#)));
        }
        Route::V1Predict => {
            asked.push(("inputs", JSON, format!(r#"{{"inputs":[[{numbers}]]}}"#)));
            asked.push(("records", JSON, format!(r#"{{"instances":[{record}]}}"#)));
            for name in model.outputs().map(Output::name) {
                asked.push((name, JSON, format!(r#"{{"instances":[[{numbers}]],"signature_name":"{name}"}}"#)));
            }
        }
        Route::V1Classify => asked.push(("examples", JSON, format!(r#"{{"examples":[{record}]}}"#))),
        Route::Invocations => {
            let columns = joined(names.iter().map(|name| quoted(name)));
            let split = format!(r#"{{"dataframe_split":{{"columns":[{columns}],"data":[[{numbers}]]}}}}"#);
            asked.push(("dataframe_split", JSON, split));
            asked.push(("dataframe_records", JSON, format!(r#"{{"dataframe_records":[{record}]}}"#)));
            for name in model.outputs().map(Output::name) {
                asked.push((name, JSON, format!(r#"{{"inputs":[[{numbers}]],"params":{{"output":"{name}"}}}}"#)));
            }
            asked.push(("row", CSV, numbers.clone()));
            asked.push(("row", JSON_LINES, format!("[{numbers}]")));
        }
        Route::Vertex => {
            for name in model.outputs().map(Output::name) {
                let parameters = format!(r#""parameters":{{"output":"{name}"}}"#);
                asked.push((name, JSON, format!(r#"{{"instances":[[{numbers}]],{parameters}}}"#)));
            }
        }
        _ => {}
    }
    asked
}

/// What the server answers, in the form in which it was asked.
fn answer(route: Route, media_type: &str, content: &str, ask: &mut Ask<'_>) -> Option<String> {
    let head = format!("POST / HTTP/1.1\r\nHost: svcd\r\nContent-Type: {media_type}\r\nAccept: {media_type}\r\n\r\n");
    let parsed = parser::parse_head(head.as_bytes(), &Limits::default()).ok().flatten()?;
    let response = ask(route, &Request::new(&parsed, head.as_bytes(), content.as_bytes())).ok()?;
    String::from_utf8(response.content).ok()
}

fn shown(media_type: &str, content: String) -> String {
    if media_type == JSON { content } else { quoted(&content) }
}
