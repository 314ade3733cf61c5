//! What the other threads know of a worker: where to leave a message for it, and how busy it is.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::Error;
use super::inbox::Inbox;
use super::response::Response;
use super::slab::Token;

/// [`Desk::idle_since`] of a worker without an idle connection.
pub(super) const NONE_IDLE: u64 = u64::MAX;

/// What an event loop is told.
pub(super) enum Message {
    /// A new connection, already counted at the [`Desk`].
    Connection(TcpStream, SocketAddr),
    /// A new connection above the cap: drop the longest-idle one for it, pass it on to another worker, or refuse it.
    Excess { stream: TcpStream, peer: SocketAddr, workers_asked: usize },
    /// The answer to a request that was computed off the loop.
    Computed(Token, Result<Response, Error>),
    /// Stop: finish the answers under way, close idle connections, and end by this time at the latest.
    Drain(Instant),
}

/// One worker as the other threads know it.
pub(super) struct Desk {
    pub(super) inbox: Arc<Inbox<Message>>,
    /// Connections that count towards the cap: its own, and those on their way to it.
    pub(super) connections: AtomicUsize,
    /// Connections above the cap that are being refused.
    pub(super) refusals: AtomicUsize,
    /// Milliseconds from the server's start to the last activity of the longest-idle connection, as of the last sweep or the last
    /// search for one to drop.
    pub(super) idle_since: AtomicU64,
}

impl Desk {
    pub(super) fn new() -> io::Result<Desk> {
        Ok(Desk {
            inbox: Arc::new(Inbox::new()?),
            connections: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            idle_since: AtomicU64::new(NONE_IDLE),
        })
    }
}

/// Starts a thread; `thread::spawn` would panic when the system cannot start one.
pub(super) fn spawn<T: Send + 'static>(
    name: String,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let failed = |cause: io::Error| io::Error::new(cause.kind(), format!("a thread cannot be started: {cause}"));
    thread::Builder::new().name(name).spawn(run).map_err(failed)
}
