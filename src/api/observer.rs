//! Who hears of what happens here, for logs.

use std::net::SocketAddr;
use std::time::Duration;

use super::labels::Label;
use crate::http::{Event, Method, Status};

/// Hears of requests and of trouble. Many threads call it, and no call may block.
pub trait Observer: Send + Sync {
    /// A request has its answer. `buffer` belongs to the thread: what is in it and how much it holds is left from the last call.
    fn answered(&self, answered: &Answered<'_>, buffer: &mut Vec<u8>);

    /// The engine has met trouble that no answer shows.
    fn trouble(&self, event: &Event<'_>);

    /// Lines that could not be written so far.
    fn lines_dropped(&self) -> u64;
}

/// A request and its answer.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The id in the answer.
    pub request_id: &'a str,
    /// `None` when there was no readable head.
    pub method: Option<Method>,
    /// Which route answered.
    pub label: &'static Label,
    /// The status of the answer.
    pub status: Status,
    /// Rows of a prediction.
    pub rows: usize,
    /// From the request's last byte to the answer.
    pub duration: Duration,
    /// Bytes of head and content.
    pub received_bytes: usize,
    /// Bytes of the answer.
    pub sent_bytes: usize,
    /// The other end of the connection.
    pub peer: SocketAddr,
}
