//! What the engine asks of the code that answers: [`Handler`]. The engine calls it through the functions below, which catch its
//! panics.

use std::io;
use std::net::SocketAddr;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use super::Error;
use super::connection::close_reason::CloseReason;
use super::exchange::Exchange;
use super::request::Request;
use super::response::{Response, Status};

/// Turns requests into answers. All threads share one value; it never sees a socket.
pub trait Handler: Send + Sync + 'static {
    /// What [`Handler::route`] finds and [`Handler::respond`] receives.
    type Route: Copy + Send + 'static;

    /// What one thread keeps between requests, such as buffers. A panic replaces it.
    type Local: Default + Send + 'static;

    /// Looks at the head alone, before any content is read.
    ///
    /// # Errors
    ///
    /// The final answer, when method, path or fields already decide it. The content is then read and discarded, or never asked for
    /// if the client waits for `100 Continue`.
    fn route(&self, request: &Request<'_>) -> Result<Self::Route, Response>;

    /// Answers a complete request. `content` is an empty buffer with the capacity of earlier answers, to build this one in.
    fn respond(&self, route: Self::Route, request: &Request<'_>, local: &mut Self::Local, content: Vec<u8>)
    -> Response;

    /// How long it will take to answer a complete request, about. Must be quick itself.
    fn work(&self, _route: Self::Route, _request: &Request<'_>, _local: &mut Self::Local) -> Duration {
        Duration::ZERO
    }

    /// The answer to a request that never reaches [`Handler::respond`]. `reason` is fixed text without bytes of the request, `route`
    /// what [`Handler::route`] has found for it, if it got as far.
    fn refuse(&self, status: Status, reason: &str, route: Option<Self::Route>) -> Response;

    /// Is told of each request, refused ones included, just before its answer is sent. Must not block.
    ///
    /// `local` belongs to the event loop, even when a compute thread has answered.
    fn served(&self, _exchange: &Exchange<'_, Self::Route>, _local: &mut Self::Local) {}

    /// Is told that a thread has a moment to spare and may free what it need not hold for long. Called at least once a second by
    /// each thread that is not asleep, and before it goes to sleep.
    fn rest(&self, _local: &mut Self::Local) {}

    /// Is told why a connection is closed. Must not block.
    fn closed(&self, _peer: SocketAddr, _reason: CloseReason) {}

    /// Is told of trouble that no answer shows. Must not block.
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
    /// An event loop, or the acceptor, could not wait for its sockets; it tries again.
    PollFailed(&'a io::Error),
}

/// Calls the handler; after a panic, `local` is as new.
///
/// # Errors
///
/// `Error::Handler` when it panicked.
pub(super) fn respond<H: Handler>(
    handler: &H,
    route: H::Route,
    request: &Request<'_>,
    local: &mut H::Local,
    content: Vec<u8>,
) -> Result<Response, Error> {
    let response = guarded(handler, || handler.respond(route, request, local, content));
    if response.is_err() {
        *local = H::Local::default();
    }
    response
}

/// How long an answer will take to compute. A handler that panics here panics again when it computes the answer, away from the
/// event loop.
pub(super) fn work<H: Handler>(handler: &H, route: H::Route, request: &Request<'_>, local: &mut H::Local) -> Duration {
    guarded(handler, || handler.work(route, request, local)).unwrap_or(Duration::MAX)
}

/// The answer to a request that is refused.
pub(super) fn refusal<H: Handler>(error: Error, route: Option<H::Route>, handler: &H) -> Response {
    handler.refuse(error.status(), &error.to_string(), route)
}

/// Runs a call into the handler. A panic in it ends one request, not the thread with all its connections.
pub(super) fn guarded<H: Handler, T>(handler: &H, call: impl FnOnce() -> T) -> Result<T, Error> {
    panic::catch_unwind(AssertUnwindSafe(call)).map_err(|_| {
        handler.report(&Event::HandlerPanicked);
        Error::Handler
    })
}
