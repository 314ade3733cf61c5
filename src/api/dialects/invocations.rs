//! MLflow's scoring server and SageMaker's container, which share `POST /invocations`.

use crate::api::answers::{push_csv, push_json};
use crate::api::csv::{ReadOptions, Syntax};
use crate::api::route::{Call, Options, RequestBuffers};
use crate::api::rows::{Form, Part, RowForm, Table, read_csv, read_json_lines};
use crate::api::text::says;
use crate::api::{CSV, Error, JSON, JSON_LINES, Problem, media};
use crate::http::{Response, Status};
use crate::pipeline::{Asked, OutputName};

/// MLflow's keys.
static FORM: Form = Form {
    keys: &["dataframe_split", "dataframe_records", "instances", "inputs", "params"],
    parts: &[Part::Split, Part::Rows(RowForm::Name), Part::Rows(RowForm::Either), Part::Inputs, Part::Parameters],
    expected: "one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`",
};

/// `POST /invocations`
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn respond(call: &Call<'_>, buffers: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let Call { request, served, .. } = *call;
    let RequestBuffers { numbers, texts, prediction, .. } = buffers;
    let texts = &*texts;
    let columns = (&served.columns, texts);
    let content_type = request.content_type().unwrap_or_default();
    let (name, table) = if media::is(content_type, CSV) {
        read_csv(request, columns, &csv_options(content_type)?, numbers)?;
        (OutputName::Predict, Table::new(None, numbers))
    } else if media::is(content_type, JSON_LINES) {
        read_json_lines(request, columns, numbers)?;
        (OutputName::Predict, Table::new(None, numbers))
    } else {
        let asking = FORM.read(request, columns, &served.model, numbers)?;
        (asking.output, Table::new(asking.order.as_deref(), numbers))
    };
    let accept = request.field("accept").unwrap_or_default();
    let content_type = media::preferred(accept, &[JSON, CSV, JSON_LINES]);
    let asked = Asked::only(name);
    let length = served.text_length(served.output(name)?);
    served.answer(request, (&table, texts), asked, length, prediction, &mut content)?;
    let column = prediction.answers.column(name);
    match content_type {
        CSV => push_csv(column, served, &mut content),
        JSON_LINES => push_json(column, served, b"\n", &mut content),
        _ => {
            content.extend_from_slice(b"{\"predictions\":[");
            push_json(column, served, b",", &mut content);
            content.extend_from_slice(b"]}");
        }
    }
    Ok(Response::new(Status::OK, content_type, content))
}

/// What the type of CSV says: `header` (RFC 7111) and `separator`.
fn csv_options(content_type: &[u8]) -> Result<ReadOptions, Error> {
    let parameter = |name| media::parameter(content_type, name);
    let wrong = |name, expected| {
        Err(Error::Content(Problem::of_content(
            format!("{expected} in the parameter `{name}` of text/csv"),
            "another value",
        )))
    };
    let has_header = match parameter("header") {
        None => None,
        Some(value) if value.eq_ignore_ascii_case(b"present") => Some(true),
        Some(value) if value.eq_ignore_ascii_case(b"absent") => Some(false),
        Some(_) => return wrong("header", "`present` or `absent`"),
    };
    let separator = match parameter("separator") {
        None => None,
        Some(value) => match Syntax::parse_separator(value) {
            None => return wrong("separator", "one character, or `tab`"),
            separator => separator,
        },
    };
    Ok(ReadOptions { has_header, separator, ..ReadOptions::default() })
}

/// `GET /execution-parameters`: what SageMaker's batch transform may send at once.
pub fn execution_parameters(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let Options { workers, content_bytes_max, .. } = call.instance.options;
    // Zero would mean no limit.
    let megabytes = (content_bytes_max >> 20).max(1);
    let text = format!(
        r#"{{"MaxConcurrentTransforms":{workers},"BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":{megabytes}}}"#
    );
    says(JSON, &[&text], content)
}
