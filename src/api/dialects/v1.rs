//! KServe v1 and TensorFlow Serving. They share their paths, so one answer has to serve the readers of both.

mod classify;
mod metadata;
mod predict;

use crate::api::route::{Call, RequestBuffers};
use crate::api::text::says;
use crate::api::{Error, JSON};
use crate::http::Response;

pub use classify::classify;
pub use metadata::metadata;
pub use predict::predict;

/// `GET /v1/models/M`
pub fn status(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let facts = &call.served.facts;
    let start = [r#"{"name":""#, &facts.name, r#"","ready":true,"model_version_status":[{"version":""#, &facts.version];
    let end = r#"","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"#;
    says(JSON, &[start.as_slice(), &[end]].concat(), content)
}
