//! MLflow's scoring server and SageMaker's container, which share `POST /invocations`, and Vertex AI's container.

use super::answers::{Values, json};
use super::media::{self, Types};
use super::rows::{Form, Part, RowForm, Table, read_csv, read_json_lines};
use super::service::{Scratch, Served};
use super::{CSV, Error, JSON, JSON_LINES, v1};
use crate::http::{Request, Response, Status};
use crate::pipeline::{Asked, Output};

/// What `POST /invocations` takes.
pub const TYPES: Types = Types {
    accepted: &["application/json", CSV, JSON_LINES],
    description: "`application/json`, `text/csv`, `application/jsonlines` or none",
};

/// MLflow's keys.
static MLFLOW: Form<5> = Form {
    keys: ["dataframe_split", "dataframe_records", "instances", "inputs", "params"],
    parts: [Part::Split, Part::Rows(RowForm::Name), Part::Rows(RowForm::Either), Part::Inputs, Part::Parameters],
    expected: "one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`",
};

/// Vertex's keys.
static VERTEX: Form<2> = Form {
    keys: ["instances", "parameters"],
    parts: [Part::Rows(RowForm::Either), Part::Parameters],
    expected: "`instances`",
};

/// `POST /invocations`
///
/// # Errors
/// `Error::Content` for the first thing that is wrong with the content, `Error::Model` for what the model cannot do.
pub fn respond(
    served: &Served,
    request: &Request<'_>,
    scratch: &mut Scratch,
    mut content: Vec<u8>,
) -> Result<Response, Error> {
    let Scratch { numbers, computing, .. } = scratch;
    let columns = &served.columns;
    let content_type = request.content_type().unwrap_or_default();
    let (output, table) = if media::is(content_type, CSV) {
        let has_header = match media::parameter(content_type, "header") {
            Some(b"present") => Some(true),
            Some(b"absent") => Some(false),
            _ => None,
        };
        read_csv(request.content(), columns, has_header, numbers)?;
        (Output::Predict, Table::Rows(numbers))
    } else if media::is(content_type, JSON_LINES) {
        read_json_lines(request.content(), columns, numbers)?;
        (Output::Predict, Table::Rows(numbers))
    } else {
        let asking = MLFLOW.read(request.content(), columns, served.model(), numbers)?;
        (asking.output, Table::new(&asking.arrangement, numbers))
    };
    served.answer(request, &table, Asked::default().and(output), served.model().width(output), computing)?;
    let values = Values::of(output, &computing.answers, served.model());
    let accept = request.field("accept").unwrap_or_default();
    let content_type = media::preferred(accept, &[JSON, CSV, JSON_LINES]);
    match content_type {
        CSV => values.push_csv(served, &mut content),
        JSON_LINES => values.push_json(served, b"\n", &mut content),
        _ => {
            content.extend_from_slice(b"{\"predictions\":[");
            values.push_json(served, b",", &mut content);
            content.extend_from_slice(b"]}");
        }
    }
    Ok(Response::new(Status::OK, content_type, content))
}

/// `POST` of Vertex's prediction route.
///
/// # Errors
/// As [`respond`].
pub fn vertex(
    served: &Served,
    request: &Request<'_>,
    scratch: &mut Scratch,
    content: Vec<u8>,
) -> Result<Response, Error> {
    v1::respond(&VERTEX, &["predictions"], served, request, scratch, content)
}

/// `GET /execution-parameters`: what SageMaker's batch transform may send at once.
pub fn execution_parameters(workers: usize, content_bytes_max: usize, content: Vec<u8>) -> Response {
    // Zero would mean no limit.
    let payload = (content_bytes_max >> 20).max(1).to_string();
    let workers = workers.to_string();
    json(
        content,
        &[
            r#"{"MaxConcurrentTransforms":"#,
            &workers,
            r#","BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":"#,
            &payload,
            "}",
        ],
    )
}
