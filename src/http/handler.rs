//! What the engine asks of the code that answers: [`Handler`].

use std::io;

use super::request::Request;
use super::response::{Response, Status};

/// Turns requests into answers. One value serves all threads; it never sees a socket.
pub trait Handler: Send + Sync + 'static {
    /// What [`Handler::route`] found, carried to [`Handler::respond`].
    type Route: Copy + Send + 'static;

    /// Buffers that one thread reuses from request to request. A panic replaces them.
    type Scratch: Default + Send + 'static;

    /// Looks at the head alone, before any content is read.
    ///
    /// # Errors
    ///
    /// The final answer, when method, path or fields decide it already: the content is then read by its framing and thrown
    /// away, or, where the client waits for leave to send it, never asked for.
    fn route(&self, request: &Request<'_>) -> Result<Self::Route, Response>;

    /// Answers a whole request. `content` is an empty buffer with the capacity of earlier answers, to build the new one in.
    fn respond(
        &self,
        route: Self::Route,
        request: &Request<'_>,
        scratch: &mut Self::Scratch,
        content: Vec<u8>,
    ) -> Response;

    /// The answer to what never reaches [`Handler::respond`]. `reason` is fixed text without bytes of the request.
    fn refuse(&self, status: Status, reason: &str) -> Response;

    /// Hears of trouble that no answer shows. Must not block.
    fn report(&self, _event: &Event<'_>) {}
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
    /// An event loop could not wait for its sockets; it tries again.
    PollFailed(&'a io::Error),
}
