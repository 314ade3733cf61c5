//! The way out: answers go into the turn's buffer, and what the socket does not take at once is kept.

use std::io;
use std::time::Instant;

use super::Turn;
use super::close_reason::CloseReason;
use crate::http::exchange::{Exchange, RequestSummary};
use crate::http::handler::{Handler, guarded};
use crate::http::ledger::Charge;
use crate::http::outgoing::Outgoing;
use crate::http::request::Method;
use crate::http::response::{self, Persistence, Response};
use crate::http::{Error, Limits};

/// Bytes of one write. The kernel copies them while this connection's event loop waits; others want their turn.
const WRITE_BYTES_MAX: usize = 256 << 10;

/// Answers on their way to the peer.
#[derive(Debug)]
pub(super) struct Sending {
    waiting: Outgoing,
    /// Bytes of `waiting` that the socket has taken.
    start: usize,
    /// Pays for the bytes that wait; a large content brings its own.
    charge: Charge,
    /// When the peer must have taken what waits.
    pub(super) deadline: Option<Instant>,
}

impl Sending {
    pub(super) fn new(charge: Charge) -> Sending {
        Sending { waiting: Outgoing::default(), start: 0, charge, deadline: None }
    }

    /// Bytes that the socket has not taken.
    pub(super) fn unsent_bytes(&self) -> usize {
        self.waiting.len() - self.start
    }

    /// Whether the socket has taken everything.
    pub(super) fn is_empty(&self) -> bool {
        self.unsent_bytes() == 0
    }

    /// Sends what is waiting and what `out` holds with one `write`, and keeps what does not go now. `is_held_back`: the peer has more
    /// answers to come once it has read these.
    ///
    /// # Errors
    ///
    /// [`CloseReason::Broken`] for what `write` reports, unless it would block or was interrupted; [`CloseReason::NoRoom`] when what is
    /// left cannot be kept.
    pub(super) fn flush(
        &mut self,
        out: &mut Outgoing,
        is_held_back: bool,
        now: Instant,
        limits: &Limits,
        write: impl FnOnce([&[u8]; 2]) -> io::Result<usize>,
    ) -> Result<(), CloseReason> {
        match self.is_empty() {
            true => std::mem::swap(&mut self.waiting.bytes, &mut out.bytes),
            false => self.waiting.bytes.append(&mut out.bytes),
        }
        if !out.large.is_empty() {
            self.waiting.large = out.large.take();
        }
        if !self.is_empty() {
            match write(self.next_bytes()) {
                Ok(0) => return Err(CloseReason::Broken),
                Ok(sent) => self.start += sent,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(_) => return Err(CloseReason::Broken),
            }
        }
        let is_empty = self.is_empty();
        if is_empty {
            self.give_back(out);
        } else {
            self.keep()?;
        }
        if is_empty && !is_held_back {
            self.deadline = None;
        } else {
            self.deadline.get_or_insert(now + limits.write_timeout);
        }
        Ok(())
    }

    /// What the next write should send, at most.
    fn next_bytes(&self) -> [&[u8]; 2] {
        let Outgoing { bytes, large } = &self.waiting;
        let first = bytes.get(self.start..).unwrap_or_default();
        let second = large.get(self.start.saturating_sub(bytes.len())..).unwrap_or_default();
        let second_max = WRITE_BYTES_MAX.saturating_sub(first.len());
        [first, second.get(..second_max).unwrap_or(second)]
    }

    /// An idle connection holds no buffer: the loop gets its own back.
    fn give_back(&mut self, out: &mut Outgoing) {
        self.start = 0;
        let mut sent = std::mem::take(&mut self.waiting.bytes);
        if out.bytes.capacity() == 0 {
            sent.clear();
            out.bytes = sent;
        }
        self.waiting.large.trim_used();
        // Less than before always has room.
        let _ = self.charge.set(0);
    }

    /// Pays for what waits.
    fn keep(&mut self) -> Result<(), CloseReason> {
        let Outgoing { bytes, large } = &mut self.waiting;
        let sent = self.start.min(bytes.len());
        bytes.drain(..sent);
        self.start -= sent;
        bytes.shrink_to_fit();
        self.charge.set(bytes.capacity()).map_err(|_| CloseReason::NoRoom)?;
        if !large.is_empty() && large.charged_bytes() == 0 {
            large.charge_to(self.charge.sibling()).map_err(|_| CloseReason::NoRoom)?;
        }
        Ok(())
    }
}

/// Writes an answer into the turn's buffer, and tells the handler about it.
pub(super) fn answer<H: Handler>(
    summary: &RequestSummary<'_, H::Route>,
    refused: Option<Error>,
    response: &mut Response,
    persistence: Persistence,
    turn: &mut Turn<'_, H>,
) {
    let request_id = summary.request_id.as_deref().unwrap_or_else(|| turn.ids.next());
    let omit_content = summary.method == Some(Method::Head);
    let out_bytes = turn.out.len();
    response::write(response, turn.date, request_id, persistence, omit_content, turn.out);
    let exchange = Exchange {
        route: summary.route,
        method: summary.method,
        status: response.status,
        refused,
        request_id,
        peer: turn.peer,
        duration: (turn.clock)().saturating_duration_since(summary.since),
        received_bytes: summary.received_bytes,
        sent_bytes: turn.out.len() - out_bytes,
        rows: response.rows,
    };
    // The answer is written; a panic here must not take it back.
    let _ = guarded(turn.handler, || turn.handler.served(&exchange, turn.local));
}
