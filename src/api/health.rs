//! Operations: is it alive, is it ready, which version is it.

use super::{JSON, TEXT};
use crate::http::{Response, Status};

/// `GET /` for everything that is no browser, and `GET /healthz`: alive, also while the server stops.
pub fn alive(mut content: Vec<u8>) -> Response {
    content.extend_from_slice(b"{\"status\":\"alive\"}");
    Response::new(Status::OK, JSON, content)
}

/// `GET /readyz` of a server that is.
pub fn ready(mut content: Vec<u8>) -> Response {
    content.extend_from_slice(b"{\"status\":\"ready\"}");
    Response::new(Status::OK, JSON, content)
}

/// `GET /ping` and `/health` of a server that is ready: nobody looks at the content.
pub fn ping(mut content: Vec<u8>) -> Response {
    content.push(b'\n');
    Response::new(Status::OK, TEXT, content)
}

/// `GET /version`: the version of svcd as bare text.
pub fn version(mut content: Vec<u8>) -> Response {
    content.extend_from_slice(env!("CARGO_PKG_VERSION").as_bytes());
    Response::new(Status::OK, TEXT, content)
}
