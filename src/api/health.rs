//! Operations: is it alive, is it ready, which version is it.

use super::{Error, JSON, TEXT};
use crate::http::{Response, Status};

/// `GET /` for everything that is no browser, and `GET /healthz`: alive, also while the server stops.
pub fn alive(mut content: Vec<u8>) -> Response {
    content.extend_from_slice(b"{\"status\":\"alive\"}");
    Response::new(Status::OK, JSON, content)
}

/// `GET /readyz`
///
/// # Errors
///
/// `Error::Draining` once the server is about to stop.
pub fn ready(is_draining: bool, mut content: Vec<u8>) -> Result<Response, Error> {
    if is_draining {
        return Err(Error::Draining);
    }
    content.extend_from_slice(b"{\"status\":\"ready\"}");
    Ok(Response::new(Status::OK, JSON, content))
}

/// `GET /version`: the version of svcd as bare text.
pub fn version(mut content: Vec<u8>) -> Response {
    content.extend_from_slice(env!("CARGO_PKG_VERSION").as_bytes());
    Response::new(Status::OK, TEXT, content)
}
