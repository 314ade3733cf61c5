//! One connection's state machine, without socket or clock: bytes and `now` go in; bytes to send, what to watch the socket for, and
//! what a passed deadline means come out.
//!
//! ```text
//!          too many bytes are unsent              a large request is complete
//! HeldBack <----------------------- Receiving -------------------------------> Computing
//!          ------- all sent -------> |     ^  <---- answered, stays open ------
//!                                    |     '- answered, stays open
//!             the answer is the last | (from HeldBack and Computing, too)
//!                                    v
//!                                 Closing -- all sent, write side shut --> Lingering -- FIN, time or bytes --> Closed
//! ```
//!
//! `receiving` turns the peer's bytes into requests: `Idle -> Head -> Content | Apart -> Idle`; compressed content
//! goes through `inflating`. `sending` keeps what the socket has not taken yet. `state` joins the two. At any time exactly one deadline
//! is running, and a peer that does nothing cannot move it:
//!
//! | state | deadline | then |
//! |---|---|---|
//! | any, while answers are unsent | `write_timeout` from the first byte that did not go at once | closed |
//! | HeldBack | `write_timeout` from then on: the requests behind count as answers not taken | closed |
//! | Closing | something is unsent, as above | closed |
//! | Receiving, Idle | `idle_timeout`; `head_timeout` on a new connection | closed without a word |
//! | Receiving, Head | `head_timeout` from the first byte | 408 |
//! | Receiving, content | `body_timeout` from the end of the head | 408 |
//! | Computing | `compute_timeout` from the end of the request | 503 |
//! | Lingering | `linger_timeout` | closed |

pub(super) mod close_reason;
mod inflating;
mod receiving;
mod sending;
mod state;
mod stillness;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::Limits;
use super::compute::Job;
use super::handler::Handler;
use super::ledger::Ledger;
use super::outgoing::Outgoing;
use super::request_id::Ids;
pub(super) use state::Connection;
pub(super) use stillness::Stillness;

/// What a connection works with during one turn of its event loop.
pub(super) struct Turn<'a, H: Handler> {
    pub(super) now: Instant,
    pub(super) date: &'a str,
    pub(super) limits: &'a Limits,
    /// Tells the time when an answer is ready.
    pub(super) clock: &'a dyn Fn() -> Instant,
    pub(super) peer: SocketAddr,
    pub(super) handler: &'a H,
    pub(super) ledger: &'a Arc<Ledger>,
    pub(super) local: &'a mut H::Local,
    /// An empty buffer with capacity, lent to the handler for its content.
    pub(super) spare: &'a mut Vec<u8>,
    /// The answers of this turn, in order.
    pub(super) out: &'a mut Outgoing,
    /// A request for a compute thread, when there is one.
    pub(super) job: &'a mut Option<Job<H::Route>>,
    /// Makes ids for requests that bring none.
    pub(super) ids: &'a mut Ids,
    /// Every answer is the last one on its connection.
    pub(super) is_draining: bool,
}
