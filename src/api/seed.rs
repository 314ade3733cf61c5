//! `POST /`: the contract of the notebook server that svcd replaces. One object of named features gives `{"val": 0}`, an array of
//! such objects gives `{"val": [0, 2]}`: the bytes that Python's `json.dumps` writes.

use super::answers::Values;
use super::media::Types;
use super::rows::{Batch, read_records};
use super::service::{Scratch, Served};
use super::{Error, JSON};
use crate::http::{Request, Response, Status};

/// `curl -d` says form-urlencoded when it is told nothing, and the notebook server never looked.
pub const TYPES: Types = Types {
    accepted: &["application/json", "application/x-www-form-urlencoded"],
    description: "`application/json` or none",
};

/// Predicts the label of each row.
///
/// # Errors
///
/// `Error::Content` for the first thing that is wrong with the content.
pub fn respond(
    served: &Served,
    request: &Request<'_>,
    scratch: &mut Scratch,
    mut content: Vec<u8>,
) -> Result<Response, Error> {
    let batch = read_records(request.content(), &served.columns, &mut scratch.numbers)?;
    let labels = Values::Classes(served.predict(request, &scratch.numbers, &mut scratch.computing)?);
    content.extend_from_slice(b"{\"val\": ");
    match batch {
        Batch::One => labels.push_json(served, b"", &mut content),
        Batch::Many => {
            content.push(b'[');
            labels.push_json(served, b", ", &mut content);
            content.push(b']');
        }
    }
    content.push(b'}');
    Ok(Response::new(Status::OK, JSON, content))
}
