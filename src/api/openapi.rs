//! `GET /openapi.json`: what this server takes and answers, as an OpenAPI 3.1 document of the model that it serves.

pub(super) mod curl;
mod document;
mod examples;
mod operations;
pub(super) mod samples;
mod values;

pub(super) use document::respond;
