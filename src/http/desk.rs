//! What the other threads know of a worker: where to leave a message for it, and how busy it is.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::Error;
use super::addresses::AddressPlace;
use super::inbox::Inbox;
use super::response::Response;
use super::slab::Token;

/// [`Desk::stillest`] of a worker all of whose connections make progress.
pub(super) const NONE_STILL: u64 = u64::MAX;

/// A new connection.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    /// Where connections are counted by address.
    pub(super) place: Option<AddressPlace>,
}

/// What an event loop is told.
pub(super) enum Message {
    /// A new connection, already counted at the [`Desk`].
    Connection(Arrival),
    /// A new connection above the cap: drop one that makes no progress to make room for it, pass it on to another worker, or
    /// refuse it.
    Excess { arrival: Arrival, workers_asked: usize },
    /// A new connection from an address that may have no more: refuse it.
    Surplus(Arrival),
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
    /// The connection that makes the least progress, as of the last sweep or the last search for one to drop. The first byte says
    /// in what way, the others since when, in milliseconds from the server's start. The smallest value is the first to go.
    pub(super) stillest: AtomicU64,
}

impl Desk {
    pub(super) fn new() -> io::Result<Desk> {
        Ok(Desk {
            inbox: Arc::new(Inbox::new()?),
            connections: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            stillest: AtomicU64::new(NONE_STILL),
        })
    }
}

/// Starts a thread; `thread::spawn` would panic when the system cannot start one.
pub(super) fn spawn<T: Send + 'static>(
    name: String,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let failed = |cause: io::Error| io::Error::new(cause.kind(), format!("cannot start a thread: {cause}"));
    thread::Builder::new().name(name).spawn(run).map_err(failed)
}
