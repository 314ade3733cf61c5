//! A request and its answer, for code that counts and logs: [`Exchange`], and what is known of it before the answer.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Error;
use super::request::{Head, Method};
use super::response::{Persistence, Status};

/// A request and its answer.
#[derive(Debug)]
pub struct Exchange<'a, R> {
    /// `None` when the head alone decided the answer or could not be read.
    pub route: Option<R>,
    /// `None` when there was no readable head.
    pub method: Option<Method>,
    /// The status of the answer.
    pub status: Status,
    /// The engine's own reason, where it refused the request.
    pub refused: Option<Error>,
    /// The id in the answer: the client's, or one made up.
    pub request_id: &'a str,
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// From the last byte of the request to the answer, just before it is sent.
    pub duration: Duration,
    /// Bytes of head and content, without framing and without content that was discarded.
    pub received_bytes: usize,
    /// Bytes of the answer.
    pub sent_bytes: usize,
    /// [`Response::rows`](super::Response::rows)
    pub rows: usize,
}

/// What is known of a request before its answer.
#[derive(Debug, Clone)]
pub(super) struct RequestSummary<'a, R> {
    pub(super) method: Option<Method>,
    pub(super) route: Option<R>,
    /// The client's own id, if it sent a usable one.
    pub(super) request_id: Option<Cow<'a, str>>,
    /// When its last byte was read.
    pub(super) since: Instant,
    pub(super) received_bytes: usize,
    /// What the client wants done with the connection after the answer.
    pub(super) persistence: Persistence,
}

impl<'a, R> RequestSummary<'a, R> {
    /// A request with a readable head. `message`: the head, then what counts of the content.
    pub(super) fn new(head: &Head, message: &'a [u8], route: Option<R>, since: Instant) -> RequestSummary<'a, R> {
        RequestSummary {
            method: Some(head.method),
            route,
            request_id: head.request_id(message).map(Cow::Borrowed),
            since,
            received_bytes: message.len(),
            persistence: match (head.persists, head.is_http10) {
                (false, _) => Persistence::Close,
                (true, true) => Persistence::KeepAlive,
                (true, false) => Persistence::Open,
            },
        }
    }

    /// A request whose head could not be read.
    pub(super) fn unread(method: Option<Method>, since: Instant) -> RequestSummary<'a, R> {
        let persistence = Persistence::Close;
        RequestSummary { method, route: None, request_id: None, since, received_bytes: 0, persistence }
    }

    /// The same, independent of the request's bytes.
    pub(super) fn into_owned(self) -> RequestSummary<'static, R> {
        RequestSummary { request_id: self.request_id.map(|id| Cow::Owned(id.into_owned())), ..self }
    }
}
