//! What the engine asks of the code that answers: [`Handler`].

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::Error;
use super::request::{Method, Request};
use super::response::{Response, Status};

/// Turns requests into answers. One value serves all threads; it never sees a socket.
pub trait Handler: Send + Sync + 'static {
    /// What [`Handler::route`] found, carried to [`Handler::respond`].
    type Route: Copy + Send + 'static;

    /// Buffers that one thread reuses from request to request. A panic replaces them.
    type Local: Default + Send + 'static;

    /// Looks at the head alone, before any content is read.
    ///
    /// # Errors
    ///
    /// The final answer, when method, path or fields decide it already: the content is then read by its framing and thrown
    /// away, or, where the client waits for leave to send it, never asked for.
    fn route(&self, request: &Request<'_>) -> Result<Self::Route, Response>;

    /// Answers a whole request. `content` is an empty buffer with the capacity of earlier answers, to build the new one in.
    fn respond(&self, route: Self::Route, request: &Request<'_>, local: &mut Self::Local, content: Vec<u8>)
    -> Response;

    /// The answer to what never reaches [`Handler::respond`]. `reason` is fixed text without bytes of the request.
    fn refuse(&self, status: Status, reason: &str) -> Response;

    /// Hears of each request, refused ones too, once its answer is about to be sent. Must not block.
    ///
    /// `local` belongs to the event loop, also when a compute thread has answered.
    fn served(&self, _exchange: &Exchange<'_, Self::Route>, _local: &mut Self::Local) {}

    /// Hears that a thread has a moment to spare, so that its local can give up what is not to be held for long. Comes at
    /// least once a second from each thread that has not gone to sleep, and before it does.
    fn rest(&self, _local: &mut Self::Local) {}

    /// Hears of trouble that no answer shows. Must not block.
    fn report(&self, _event: &Event<'_>) {}
}

/// A request and its answer.
#[derive(Debug)]
pub struct Exchange<'a, R> {
    /// `None` when the head alone decided the answer, or could not be read.
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
    /// From the last byte of the request to the answer, as it is about to be sent.
    pub duration: Duration,
    /// Bytes of head and content, without framing and without what was read only to be thrown away.
    pub received_bytes: usize,
    /// Bytes of the answer.
    pub sent_bytes: usize,
    /// [`Response::rows`]
    pub rows: usize,
}

/// Trouble worth a log line.
#[derive(Debug)]
pub enum Event<'a> {
    /// `accept` failed; the server goes on, after a pause when descriptors or memory are short.
    AcceptFailed(&'a io::Error),
    /// All `connections_max` connections are busy; a new one was refused.
    ConnectionsExhausted,
    /// The handler panicked; that request got a 500.
    HandlerPanicked,
    /// An event loop, or the acceptor, could not wait for its sockets; it tries again.
    PollFailed(&'a io::Error),
}
