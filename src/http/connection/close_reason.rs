//! Why a connection is closed, for logs and tests.

use crate::http::Error;

/// Why a connection is closed. The first reason stands: how it ends after its last answer does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// `Connection: close`, or HTTP/1.0 without `keep-alive`.
    Requested,
    /// The peer ended its side between two requests.
    PeerEnded,
    /// A request was refused, and none after it is read.
    Refused(Error),
    /// The head alone decided the answer while the client waited for `100 Continue`. Whether it sends the content all the same
    /// is unknown, and so is where its next request begins.
    ContinueRefused,
    /// The handler answered 503.
    Unavailable,
    /// The server is stopping.
    Draining,
    /// No request began in time.
    Idle,
    /// The peer did not read its answers within the write timeout.
    Unread,
    /// Its unread answers found no room in memory.
    NoRoom,
    /// It made no progress when all places were taken.
    Shed,
    /// A system call failed on its socket, or the peer reset it.
    Broken,
}

impl CloseReason {
    /// The reason in one line, without a full stop.
    pub fn explain(self) -> &'static str {
        match self {
            CloseReason::Requested => "the client asked for it",
            CloseReason::PeerEnded => "the client closed it between two requests",
            CloseReason::Refused(_) => "a request was refused",
            CloseReason::ContinueRefused => "the answer was final before the client had sent its content",
            CloseReason::Unavailable => "the server was too busy for this request",
            CloseReason::Draining => "the server is stopping",
            CloseReason::Idle => "no request began in time",
            CloseReason::Unread => "the client did not read its answers in time",
            CloseReason::NoRoom => "there was no memory for the answers that the client did not read",
            CloseReason::Shed => "it made no progress and was closed to make room for a new one",
            CloseReason::Broken => "the connection broke",
        }
    }
}
