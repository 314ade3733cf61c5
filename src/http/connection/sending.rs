//! The way out: answers go into the turn's buffer, and what the socket does not take at once is kept.

use std::io;
use std::time::Instant;

use super::Turn;
use crate::http::exchange::{Exchange, RequestSummary};
use crate::http::handler::{Handler, guarded};
use crate::http::request::Method;
use crate::http::response::{self, Persistence, Response};
use crate::http::{Error, Limits};

/// Answers on their way to the peer.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// The bytes from `start` on have not been taken by the socket.
    pub(super) unsent: Vec<u8>,
    start: usize,
    /// When `unsent` must be gone.
    pub(super) deadline: Option<Instant>,
}

impl Sending {
    /// Sends what is waiting and what `out` holds with one `write`, and keeps what does not go now. Returns whether the last of a
    /// backlog has just gone.
    ///
    /// # Errors
    ///
    /// What `write` reports, unless it would block or was interrupted: the connection is broken.
    pub(super) fn flush(
        &mut self,
        out: &mut Vec<u8>,
        now: Instant,
        limits: &Limits,
        write: impl FnOnce(&[u8]) -> io::Result<usize>,
    ) -> io::Result<bool> {
        if self.unsent.is_empty() {
            self.start = 0;
            std::mem::swap(&mut self.unsent, out);
        } else {
            self.unsent.append(out);
        }
        let waiting = self.unsent.get(self.start..).unwrap_or_default();
        if !waiting.is_empty() {
            match write(waiting) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => self.start += sent,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
        if self.start < self.unsent.len() {
            self.deadline.get_or_insert(now + limits.write_timeout);
            return Ok(false);
        }
        // An idle connection holds no buffer: the loop gets its own back.
        let mut sent = std::mem::take(&mut self.unsent);
        if out.capacity() == 0 {
            sent.clear();
            *out = sent;
        }
        self.start = 0;
        Ok(self.deadline.take().is_some())
    }
}

/// Writes an answer into the turn's buffer, and tells the handler about it.
pub(super) fn answer<H: Handler>(
    summary: &RequestSummary<'_, H::Route>,
    refused: Option<Error>,
    response: &Response,
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
