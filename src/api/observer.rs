//! Who is told what happens here, for logs.

use std::net::SocketAddr;

use crate::http::{CloseReason, Event, Exchange};

/// Is told of requests, of closed connections and of trouble. `R` names the route of a request. Many threads call it, and no call may block.
pub trait Observer<R>: Send + Sync {
    /// A request has been answered. `buffer` belongs to the thread; it comes back as the last call left it.
    fn answered(&self, exchange: &Exchange<'_, R>, buffer: &mut Vec<u8>);

    /// A connection is closed.
    fn closed(&self, peer: SocketAddr, reason: CloseReason);

    /// The engine has met trouble that no answer shows.
    fn trouble(&self, event: &Event<'_>);

    /// How many lines could not be written so far.
    fn lines_dropped(&self) -> u64;
}

/// Nobody who listens.
impl<R> Observer<R> for () {
    fn answered(&self, _: &Exchange<'_, R>, _: &mut Vec<u8>) {}
    fn closed(&self, _: SocketAddr, _: CloseReason) {}
    fn trouble(&self, _: &Event<'_>) {}

    fn lines_dropped(&self) -> u64 {
        0
    }
}
