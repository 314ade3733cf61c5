//! The one error object, for every route and every framing error:
//! `{"error":"…","error_code":"BAD_REQUEST","message":"…","where":"…","expected":"…"}`.
//!
//! Clients of the Open Inference Protocol and TensorFlow Serving look at `error`, those of MLflow at `error_code` and `message`;
//! `where` and `expected` are for people, and there only if the content is at fault; `expected` has a curl line if the method is.

use serde::Serialize;

use super::{Absent, Detail, Error, JSON};
use crate::http::{Response, Status};

#[derive(Serialize)]
struct ErrorObject<'a> {
    error: &'a str,
    error_code: &'static str,
    message: &'a str,
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
}

/// The answer to a request that failed with `error`.
pub fn respond(error: &Error, detail: Detail) -> Response {
    match (error, detail) {
        (Error::Content(problem), Detail::Full) => {
            respond_with(error, detail, Some(&problem.pointer), Some(&problem.expected))
        }
        _ => respond_with(error, detail, None, None),
    }
}

/// The answer to a request with a wrong method, where a request with POST is `expected`.
pub fn expect_post(error: &Error, expected: &str) -> Response {
    respond_with(error, Detail::Full, None, Some(expected))
}

fn respond_with(error: &Error, detail: Detail, place: Option<&str>, expected: Option<&str>) -> Response {
    let response = object(error.status(), &sentence(error, detail), place, expected);
    match error {
        Error::MethodNotAllowed { allow } => response.with_field("Allow", *allow),
        Error::ContentCoding => response.with_field("Accept-Encoding", "gzip, deflate, identity"),
        _ => response,
    }
}

/// The answer to a request that never reached a route; `reason` is fixed text.
pub fn refuse(status: Status, reason: &str) -> Response {
    object(status, reason, None, None)
}

fn object(status: Status, message: &str, place: Option<&str>, expected: Option<&str>) -> Response {
    let body = ErrorObject { error: message, error_code: status.name(), message, place, expected };
    // Strings alone cannot fail to serialize.
    Response::new(status, JSON, serde_json::to_vec(&body).unwrap_or_default())
}

fn sentence(error: &Error, detail: Detail) -> String {
    match error {
        Error::NotFound(absent) => absence(absent, detail),
        Error::NoRoom(_) => "the server's memory for requests and answers is full, try again".to_string(),
        Error::TooLarge => "the rows and their answer need more memory than this server may use for all \
            clients together, send fewer rows at once"
            .to_string(),
        Error::MethodNotAllowed { allow } => format!("this path takes {allow}"),
        Error::UnknownMethod => "unknown method".to_string(),
        Error::MediaType { expected, is_form } => {
            let told = expected.iter().filter(|(_, schema)| !schema.is_empty());
            let names: Vec<_> = told.map(|(media_type, _)| format!("`{media_type}`")).collect();
            let help = if *is_form { "; with curl: -H 'Content-Type: application/json'" } else { "" };
            format!("content type: expected {} or none, in UTF-8{help}", names.join(", "))
        }
        Error::Charset => "content type: expected the charset `utf-8`, found another one".to_string(),
        Error::ContentCoding => "content coding: expected gzip, deflate or none, and only one".to_string(),
        Error::Abandoned => "the client has gone".to_string(),
        Error::Draining => "the server is stopping".to_string(),
        Error::Model(reason) => reason.clone(),
        Error::Content(problem) if detail == Detail::Terse => format!("content: found {}", problem.found),
        Error::Content(problem) if problem.place.is_empty() => {
            format!("expected {}, found {}", problem.expected, problem.found)
        }
        Error::Content(problem) => {
            format!("{}: expected {}, found {}", problem.place, problem.expected, problem.found)
        }
    }
}

fn absence(absent: &Absent, detail: Detail) -> String {
    match (absent, detail) {
        (Absent::Named { what, known }, Detail::Full) => format!("unknown {what}, this server has `{known}`"),
        (Absent::Named { what, .. }, Detail::Terse) => format!("unknown {what}"),
        (Absent::Loading, _) => "models are loaded at start only".to_string(),
        (Absent::Offer, _) => "not offered by this server".to_string(),
        (Absent::Path, _) => "no such path".to_string(),
    }
}
