//! The state of a connection, what the event loop may ask of it, and how its two directions work together.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Turn;
use super::close_reason::CloseReason;
use super::receiving::{Arrived, Received, Receiving};
use super::sending::{self, Sending};
use super::stillness::Stillness;
use crate::http::charged::Charged;
use crate::http::compute::Job;
use crate::http::exchange::RequestSummary;
use crate::http::handler::{Handler, refusal, respond, work};
use crate::http::ledger::{Charge, Ledger};
use crate::http::outgoing::Outgoing;
use crate::http::poller::Interest;
use crate::http::request::{Head, Request};
use crate::http::response::{Persistence, Response, Status};
use crate::http::{Error, Limits};

/// A connection active this recently when the server stops may have a request on its way, which closing now would lose.
const DRAIN_GRACE: Duration = Duration::from_millis(250);

/// One connection.
pub(in crate::http) struct Connection<H: Handler> {
    phase: Phase<H::Route>,
    pub(super) receiving: Receiving<H>,
    pub(super) sending: Sending,
    /// The peer has closed its side.
    has_input_ended: bool,
    /// There was no room for what followed the request being computed: a 503 will follow its answer.
    is_input_lost: bool,
    last_active: Instant,
}

/// The state of a connection; the module's documentation has the diagram.
enum Phase<R> {
    /// Waiting for requests, and answering them.
    Receiving,
    /// Complete requests may be waiting behind answers that are not sent yet.
    HeldBack,
    /// A compute thread has the request; [`Job::client`] looks at `_client`.
    Computing {
        summary: Box<RequestSummary<'static, R>>,
        _client: Arc<()>,
        deadline: Instant,
    },
    /// The last answer is on its way.
    Closing(CloseReason),
    /// All is sent; what still comes is read and discarded.
    Lingering {
        reason: CloseReason,
        bytes_left: usize,
        deadline: Instant,
    },
    Closed(CloseReason),
}

impl<H: Handler> Connection<H> {
    /// `input` is the part of `ledger` for requests.
    pub(in crate::http) fn new(
        ledger: &Arc<Ledger>,
        input: &Arc<Ledger>,
        now: Instant,
        limits: &Limits,
    ) -> Connection<H> {
        Connection {
            phase: Phase::Receiving,
            receiving: Receiving::new(Charged::new(Charge::new(input)), now + limits.head_timeout),
            sending: Sending::new(Charge::new(ledger)),
            has_input_ended: false,
            is_input_lost: false,
            last_active: now,
        }
    }

    /// Takes the next bytes from the peer.
    pub(in crate::http) fn receive(&mut self, bytes: &[u8], turn: &mut Turn<'_, H>) {
        self.last_active = turn.now;
        if let Phase::Lingering { reason, bytes_left, .. } = &mut self.phase {
            match bytes_left.checked_sub(bytes.len()) {
                Some(left) => *bytes_left = left,
                None => self.phase = Phase::Closed(*reason),
            }
        } else if !self.receiving.input.is_empty() {
            match self.receiving.push(bytes) {
                Ok(()) => self.resume(turn),
                Err(_) => self.lack_room(&[], turn),
            }
        } else {
            let used = self.advance(bytes, turn);
            let rest = bytes.get(used..).unwrap_or_default();
            if self.close_reason().is_none() && self.receiving.push(rest).is_err() {
                self.lack_room(rest, turn);
            }
        }
    }

    /// Goes on with the bytes that have already arrived.
    pub(in crate::http) fn resume(&mut self, turn: &mut Turn<'_, H>) {
        match self.receiving.take_large(turn.limits) {
            Ok(Some((head, route, message))) => return self.offload(&head, route, message, turn),
            Ok(None) => {}
            Err(_) => return self.lack_room(&[], turn),
        }
        let mut input = self.receiving.input.take();
        let used = self.advance(&input, turn);
        if self.close_reason().is_none() && used < input.len() {
            input.skip(used);
            self.receiving.input = input;
        }
    }

    /// Notes that the peer has closed its side.
    pub(in crate::http) fn end_input(&mut self, turn: &mut Turn<'_, H>) {
        self.has_input_ended = true;
        match self.phase {
            Phase::Receiving | Phase::HeldBack if self.receiving.has_begun() => self.refuse(Error::Incomplete, turn),
            Phase::Receiving | Phase::HeldBack => self.close(CloseReason::PeerEnded),
            Phase::Lingering { reason, .. } => self.phase = Phase::Closed(reason),
            Phase::Computing { .. } | Phase::Closing(_) | Phase::Closed(_) => {}
        }
    }

    /// Takes the answer to the request that was being computed, and goes on.
    pub(in crate::http) fn complete(&mut self, answer: Result<Response, Error>, turn: &mut Turn<'_, H>) {
        let summary = match std::mem::replace(&mut self.phase, Phase::Receiving) {
            Phase::Computing { summary, .. } => summary,
            other => return self.phase = other,
        };
        match answer {
            Ok(response) => self.answer(&summary, response, None, turn),
            Err(error) => self.refuse_request(&summary, error, turn),
        }
        if self.is_input_lost && matches!(self.phase, Phase::Receiving) {
            self.refuse(Error::BufferedBytes, turn);
        }
        self.resume(turn);
    }

    /// Acts on the deadline that has passed.
    pub(in crate::http) fn expire(&mut self, turn: &mut Turn<'_, H>) {
        match (self.due(turn.now, turn.is_draining), &self.phase) {
            (None, _) => {}
            (Some(CloseReason::Refused(error)), Phase::Receiving) => self.refuse(error, turn),
            (Some(CloseReason::Refused(error)), Phase::Computing { .. }) => self.complete(Err(error), turn),
            (Some(reason), _) => self.phase = Phase::Closed(self.close_reason().unwrap_or(reason)),
        }
    }

    /// What follows from the deadlines that have passed, if any has.
    pub(in crate::http) fn due(&self, now: Instant, is_draining: bool) -> Option<CloseReason> {
        if is_draining && self.idle_since().is_some_and(|since| since + DRAIN_GRACE <= now) {
            return Some(CloseReason::Draining);
        }
        let (deadline, reason) = self.deadline();
        (deadline <= now).then_some(reason)
    }

    /// The one deadline that is running, and why the connection ends if it passes.
    pub(in crate::http) fn deadline(&self) -> (Instant, CloseReason) {
        // First of all the peer has to take the answers that it has asked for.
        if let Some(deadline) = self.sending.deadline {
            return (deadline, CloseReason::Unread);
        }
        match self.phase {
            Phase::Receiving => (self.receiving.deadline, self.receiving.overdue()),
            Phase::Computing { deadline, .. } => (deadline, CloseReason::Refused(Error::ComputeTimeout)),
            Phase::Lingering { deadline, reason, .. } => (deadline, reason),
            // Not so: whoever is held back or closing has something to take.
            Phase::HeldBack | Phase::Closing(_) | Phase::Closed(_) => (self.receiving.deadline, CloseReason::Unread),
        }
    }

    /// Sends what waits and what `out` holds, see [`Sending::flush`].
    pub(in crate::http) fn flush(
        &mut self,
        out: &mut Outgoing,
        now: Instant,
        limits: &Limits,
        write: impl FnOnce([&[u8]; 2]) -> io::Result<usize>,
    ) -> Result<(), CloseReason> {
        let had_backlog = self.sending.deadline.is_some();
        self.sending.flush(out, self.is_held_back(), now, limits, write)?;
        if had_backlog && self.sending.deadline.is_none() {
            self.receiving.stay_idle(now + limits.idle_timeout);
        }
        Ok(())
    }

    /// Whether [`Connection::resume`] may find something to do.
    pub(in crate::http) fn can_resume(&self) -> bool {
        self.waits_for_turn() && self.sending.is_empty()
    }

    /// Whether there is something to do without anything more from the peer.
    fn waits_for_turn(&self) -> bool {
        self.is_held_back() || self.receiving.has_more()
    }

    /// Whether whole requests may wait behind answers that are not sent yet.
    pub(super) fn is_held_back(&self) -> bool {
        matches!(self.phase, Phase::HeldBack)
    }

    /// Whether the last answer has gone. The caller then shuts the write side and calls [`Connection::linger`].
    pub(in crate::http) fn is_done_writing(&self) -> bool {
        matches!(self.phase, Phase::Closing(_)) && self.sending.is_empty()
    }

    /// Reads and discards until the peer has closed too, so that it sees FIN and not RST (RFC 9112 section 9.6).
    pub(in crate::http) fn linger(&mut self, now: Instant, limits: &Limits) {
        let Phase::Closing(reason) = self.phase else { return };
        let (bytes_left, deadline) = (limits.linger_bytes_max, now + limits.linger_timeout);
        self.phase = match self.has_input_ended {
            true => Phase::Closed(reason),
            false => Phase::Lingering { reason, bytes_left, deadline },
        };
    }

    /// Whether the socket can be dropped.
    pub(in crate::http) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    /// Why it is closed, or about to be.
    pub(in crate::http) fn close_reason(&self) -> Option<CloseReason> {
        match self.phase {
            Phase::Closing(reason) | Phase::Lingering { reason, .. } | Phase::Closed(reason) => Some(reason),
            Phase::Receiving | Phase::HeldBack | Phase::Computing { .. } => None,
        }
    }

    /// Since when the connection has been idle: it owes no answer and no request has begun. `None` while there is work.
    pub(in crate::http) fn idle_since(&self) -> Option<Instant> {
        let is_idle = match self.phase {
            Phase::Receiving => !self.receiving.has_begun() && self.sending.is_empty(),
            Phase::Lingering { .. } => true,
            Phase::HeldBack | Phase::Computing { .. } | Phase::Closing(_) | Phase::Closed(_) => false,
        };
        is_idle.then_some(self.last_active)
    }

    /// How little progress the connection makes, if so little that it has to make way for another one.
    pub(in crate::http) fn stillness(&self, now: Instant, limits: &Limits) -> Option<Stillness> {
        if let Some(since) = self.idle_since() {
            return Some(Stillness::Idle(since));
        }
        if let Some(deadline) = self.sending.deadline {
            let since = deadline.checked_sub(limits.write_timeout)?;
            return (since + limits.fair_time < now).then_some(Stillness::Unread(since));
        }
        match self.phase {
            Phase::Receiving => self.receiving.slow_since(now, limits).map(Stillness::Slow),
            _ => None,
        }
    }

    /// Whether a request is waiting for its content or for a compute thread.
    pub(in crate::http) fn is_in_flight(&self) -> bool {
        // Closing drops what has been received.
        self.is_computing() || self.receiving.has_head()
    }

    /// Whether a compute thread has its request.
    pub(in crate::http) fn is_computing(&self) -> bool {
        matches!(self.phase, Phase::Computing { .. })
    }

    /// What to watch the socket for.
    pub(in crate::http) fn interest(&self) -> Interest {
        let reads = matches!(self.phase, Phase::Receiving | Phase::Lingering { .. }) && !self.receiving.has_more();
        // A writable socket wakes the loop for what waits for its turn.
        Interest { read: reads && !self.has_input_ended, write: !self.sending.is_empty() || self.waits_for_turn() }
    }

    /// Answers `error` to the request that this connection is reading, and reads no further one.
    pub(in crate::http) fn refuse(&mut self, error: Error, turn: &mut Turn<'_, H>) {
        let summary = self.receiving.summary(&[], turn.now).into_owned();
        self.refuse_request(&summary, error, turn);
    }

    /// The same for a request that has been read.
    fn refuse_request(&mut self, summary: &RequestSummary<'_, H::Route>, error: Error, turn: &mut Turn<'_, H>) {
        let mut response = refusal(error, summary.route, turn.handler);
        sending::answer(summary, Some(error), &mut response, Persistence::Close, turn);
        self.close(CloseReason::Refused(error));
    }

    /// Lets the last answer go, and then closes.
    fn close(&mut self, reason: CloseReason) {
        self.phase = Phase::Closing(reason);
        self.receiving.clear();
    }

    /// Consumes the complete elements at the start of `data`; returns how many bytes.
    fn advance(&mut self, data: &[u8], turn: &mut Turn<'_, H>) -> usize {
        if self.is_held_back() {
            self.phase = Phase::Receiving;
            // The peer has taken all that there was, and gets as long for what comes now.
            self.sending.deadline = self.sending.deadline.filter(|_| !self.sending.is_empty());
            self.receiving.stay_idle(turn.now + turn.limits.idle_timeout);
        }
        let mut used = 0;
        while matches!(self.phase, Phase::Receiving) {
            if self.sending.unsent_bytes() + turn.out.len() > turn.limits.unsent_bytes_max {
                self.phase = Phase::HeldBack;
                break;
            }
            let rest = data.get(used..).unwrap_or_default();
            let (bytes, found) = self.receiving.advance(rest, turn);
            used += bytes;
            match found {
                Received::Nothing if bytes == 0 => break,
                Received::Nothing => {}
                Received::Request { head, route, message } => self.perform(&head, route, message, turn),
                Received::Answer { summary, response, last } => self.answer(&summary, response, last, turn),
                Received::Refusal(summary, error) => self.refuse_request(&summary, error, turn),
            }
        }
        used
    }

    /// Refuses what has arrived: there is no room for it. `lost`: what could not be kept of it.
    fn lack_room(&mut self, lost: &[u8], turn: &mut Turn<'_, H>) {
        if self.is_computing() {
            self.receiving.clear();
            self.is_input_lost = true;
        } else {
            let summary = self.receiving.summary(lost, turn.now).into_owned();
            self.refuse_request(&summary, Error::BufferedBytes, turn);
        }
    }

    /// Answers a complete request, or leaves it to a compute thread.
    fn perform(&mut self, head: &Head, route: H::Route, message: Arrived<'_>, turn: &mut Turn<'_, H>) {
        let bytes: &[u8] = match &message {
            Arrived::Here(bytes) => bytes,
            Arrived::Apart(bytes) => bytes,
        };
        let content = bytes.get(head.len..).unwrap_or_default();
        let request = Request::new(head, bytes, content).charged_to(turn.ledger);
        let is_large = content.len() >= turn.limits.offload_bytes_min;
        if is_large || work(turn.handler, route, &request, turn.local) >= turn.limits.offload_work_min {
            let mut own = self.receiving.input.sibling();
            return match message {
                Arrived::Apart(message) => self.offload(head, route, message, turn),
                Arrived::Here(bytes) => match own.extend(bytes, bytes.len()) {
                    Ok(()) => self.offload(head, route, own, turn),
                    Err(_) => self.refuse_request(
                        &RequestSummary::new(head, bytes, Some(route), turn.now),
                        Error::BufferedBytes,
                        turn,
                    ),
                },
            };
        }
        let summary = RequestSummary::new(head, bytes, Some(route), turn.now);
        match respond(turn.handler, route, &request, turn.local, std::mem::take(turn.spare)) {
            Ok(response) => self.answer(&summary, response, None, turn),
            Err(error) => self.refuse_request(&summary, error, turn),
        }
    }

    /// Hands a complete request to a compute thread; `message` is head and content without framing.
    fn offload(&mut self, head: &Head, route: H::Route, message: Charged<u8>, turn: &mut Turn<'_, H>) {
        let summary = RequestSummary::new(head, &message, Some(route), turn.now).into_owned();
        let client = Arc::new(());
        *turn.job = Some(Job { route, head: *head, message, client: Arc::downgrade(&client) });
        let deadline = turn.now + turn.limits.compute_timeout;
        self.phase = Phase::Computing { summary: Box::new(summary), _client: client, deadline };
    }

    /// Writes the answer and decides whether another request may follow. `last`: why none may, if that is already known.
    fn answer(
        &mut self,
        summary: &RequestSummary<'_, H::Route>,
        mut response: Response,
        last: Option<CloseReason>,
        turn: &mut Turn<'_, H>,
    ) {
        let last = match last {
            Some(reason) => Some(reason),
            None if turn.is_draining => Some(CloseReason::Draining),
            None if summary.persistence == Persistence::Close => Some(CloseReason::Requested),
            None if response.status == Status::UNAVAILABLE => Some(CloseReason::Unavailable),
            None => None,
        };
        let persistence = if last.is_some() { Persistence::Close } else { summary.persistence };
        sending::answer(summary, None, &mut response, persistence, turn);
        *turn.spare = response.content.into_items();
        turn.spare.clear();
        match last {
            Some(reason) => self.close(reason),
            None => self.receiving.await_request(turn.now + turn.limits.idle_timeout),
        }
    }
}
