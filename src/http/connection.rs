//! One connection's state machine, without socket and clock: bytes and `now` go in, bytes to send, the interest in reading and
//! the next deadline come out.
//!
//! ```text
//!           head complete           content complete
//! Head ------------------> Content ------------------> answer -> Head     (persistent)
//!   ^                      Chunked        |                   -> Closing  (not, or an error)
//!   |                      Discard        v
//!   |                              Computing (off the loop)
//!   `------- answer ----------------------'
//! Closing -- all sent, write side shut --> Lingering -- FIN, time or bytes --> Closed
//! ```

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::budget::Hold;
use super::chunked::Decoder;
use super::handler::Handler;
use super::poller::Interest;
use super::request::{Head, Request};
use super::request_id::Ids;
use super::response::Response;
use super::{Error, Limits};

/// A connection that was active so shortly before a stop may have a request on its way, which closing now would lose.
const DRAIN_GRACE: Duration = Duration::from_millis(250);

/// What a connection works with during one turn of its event loop.
pub(super) struct Turn<'a, H: Handler> {
    pub(super) now: Instant,
    pub(super) date: &'a str,
    pub(super) limits: &'a Limits,
    /// Tells the time once more, when an answer is ready.
    pub(super) clock: &'a dyn Fn() -> Instant,
    pub(super) peer: SocketAddr,
    pub(super) handler: &'a H,
    pub(super) local: &'a mut H::Local,
    /// An empty buffer with capacity, lent to the handler for its content.
    pub(super) spare: &'a mut Vec<u8>,
    /// Answers of this turn, in their order.
    pub(super) out: &'a mut Vec<u8>,
    /// A request for a compute thread, when there is one.
    pub(super) job: &'a mut Option<Job<H::Route>>,
    /// Makes the ids of requests that bring none.
    pub(super) ids: &'a mut Ids,
    /// Every answer is the last one on its connection.
    pub(super) is_draining: bool,
}

/// A whole request that owns its bytes.
pub(super) struct Job<R> {
    pub(super) route: R,
    pub(super) head: Head,
    /// The head, then the content without framing.
    pub(super) message: Vec<u8>,
    /// Alive while the connection waits for the answer.
    pub(super) client: Weak<()>,
    /// Gives the bytes back to the budget when the job is dropped.
    pub(super) _hold: Hold,
}

impl<R> Job<R> {
    pub(super) fn request(&self) -> Request<'_> {
        let content = self.message.get(self.head.len()..).unwrap_or_default();
        Request::new(&self.head, &self.message, content).awaited_by(&self.client)
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.client.strong_count() == 0
    }
}

/// The state of one connection.
pub(super) struct Connection<R> {
    pub(super) state: State<R>,
    /// Received and not yet consumed: an incomplete element, or what stands behind a request under computation.
    pub(super) input: Vec<u8>,
    /// The request bytes that this connection holds.
    pub(super) hold: Hold,
    pub(super) unsent: Vec<u8>,
    unsent_start: usize,
    /// When waiting for the peer's next bytes ends.
    pub(super) read_deadline: Instant,
    /// When the answers in `unsent` must be gone.
    write_deadline: Option<Instant>,
    /// A byte of the next head is here, or the connection is new: the head deadline runs.
    pub(super) head_began: bool,
    pub(super) input_ended: bool,
    /// Complete requests may wait in `input` until `unsent` is gone.
    pub(super) is_held_back: bool,
    /// There was no room for what came behind the request under computation: its answer is the last good one.
    is_input_lost: bool,
    last_active: Instant,
}

/// Where a connection stands; the diagram is in the module's documentation.
pub(super) enum State<R> {
    Head,
    /// Content-Length; head and content gather in `input`.
    Content {
        head: Head,
        route: R,
    },
    Chunked(Box<Chunked<R>>),
    /// Content that is only read to find its end; then the answer is sent.
    Discard(Box<Discard>),
    Computing(Box<Computing<R>>),
    Closing,
    Lingering {
        bytes_left: usize,
    },
    Closed,
}

/// A request whose bytes are with a compute thread.
pub(super) struct Computing<R> {
    pub(super) head: Head,
    pub(super) request_id: Option<Box<str>>,
    pub(super) route: R,
    /// When its last byte was read.
    pub(super) since: Instant,
    pub(super) received_bytes: usize,
    /// What [`Job::client`] looks at.
    pub(super) _client: Arc<()>,
}

/// A request that is answered without its content.
pub(super) struct Discard {
    pub(super) head: Head,
    pub(super) request_id: Option<Box<str>>,
    pub(super) response: Response,
    pub(super) bytes_left: usize,
}

/// A request whose content comes in chunks.
pub(super) struct Chunked<R> {
    pub(super) head: Head,
    pub(super) plan: Result<R, Response>,
    pub(super) decoder: Decoder,
    /// The head, then the content decoded so far.
    pub(super) message: Vec<u8>,
}

impl<R: Copy> Connection<R> {
    pub(super) fn new(hold: Hold, now: Instant, limits: &Limits) -> Connection<R> {
        Connection {
            state: State::Head,
            input: Vec::new(),
            hold,
            unsent: Vec::new(),
            unsent_start: 0,
            read_deadline: now + limits.head_timeout,
            write_deadline: None,
            head_began: true,
            input_ended: false,
            is_held_back: false,
            is_input_lost: false,
            last_active: now,
        }
    }

    /// Takes the next bytes of the peer.
    pub(super) fn receive<H: Handler<Route = R>>(&mut self, bytes: &[u8], turn: &mut Turn<'_, H>) {
        self.last_active = turn.now;
        if let State::Lingering { bytes_left } = &mut self.state {
            match bytes_left.checked_sub(bytes.len()) {
                Some(left) => *bytes_left = left,
                None => self.state = State::Closed,
            }
        } else if self.input.is_empty() {
            let used = self.advance(bytes, turn);
            self.keep(bytes.get(used..).unwrap_or_default().to_vec(), turn);
        } else {
            self.make_room(bytes.len());
            self.input.extend_from_slice(bytes);
            self.resume(turn);
        }
    }

    /// Lets the input grow as vectors do, but not beyond a message whose length is known: what is not used would count for the
    /// budget too, and keep out a request that it has room for.
    fn make_room(&mut self, more: usize) {
        let State::Content { head, .. } = &self.state else { return };
        let needed = self.input.len() + more;
        if needed > self.input.capacity() {
            let wanted = (2 * self.input.capacity()).min(head.message_len()).max(needed);
            self.input.reserve_exact(wanted - self.input.len());
        }
    }

    /// Goes on with the bytes that are here already.
    pub(super) fn resume<H: Handler<Route = R>>(&mut self, turn: &mut Turn<'_, H>) {
        let mut input = std::mem::take(&mut self.input);
        match self.state {
            // A big request moves to its compute thread without a copy.
            State::Content { head, route } if self.is_offloadable(&head, input.len(), turn.limits) => {
                self.input = input.split_off(head.message_len());
                self.offload(head, route, input, turn);
            }
            _ => {
                let used = self.advance(&input, turn);
                input.drain(..used);
                self.keep(input, turn);
            }
        }
    }

    /// Hears that the peer sends nothing more.
    pub(super) fn end_input<H: Handler<Route = R>>(&mut self, turn: &mut Turn<'_, H>) {
        self.input_ended = true;
        match self.state {
            State::Head if !begins_request(&self.input) => self.state = State::Closing,
            State::Head | State::Content { .. } | State::Chunked(_) | State::Discard(_) => {
                self.refuse(Error::Incomplete, turn);
            }
            State::Computing { .. } | State::Closing => {}
            State::Lingering { .. } | State::Closed => self.state = State::Closed,
        }
    }

    /// Takes the answer to the request under computation, and goes on.
    pub(super) fn complete<H: Handler<Route = R>>(&mut self, answer: Result<Response, Error>, turn: &mut Turn<'_, H>) {
        let State::Computing(computing) = &mut self.state else { return };
        match answer {
            Ok(response) => {
                let request_id = computing.request_id.take();
                let (head, asked) = (computing.head, computing.asked(request_id.as_deref()));
                self.answer(&head, &asked, response, false, turn);
            }
            Err(error) => self.refuse(error, turn),
        }
        if self.is_input_lost && matches!(self.state, State::Head) {
            self.refuse(Error::BufferedBytes, turn);
        }
        self.resume(turn);
    }

    /// Whether [`Connection::expire`] would do something.
    pub(super) fn is_due(&self, now: Instant, is_draining: bool) -> bool {
        let is_given_up = is_draining && self.idle_since().is_some_and(|since| since + DRAIN_GRACE <= now);
        is_given_up || self.read_deadline <= now || self.write_deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Acts on the deadlines that have passed.
    pub(super) fn expire<H: Handler<Route = R>>(&mut self, turn: &mut Turn<'_, H>) {
        let is_unread = self.write_deadline.is_some_and(|deadline| deadline <= turn.now);
        if is_unread || (turn.is_draining && self.idle_since().is_some()) {
            self.state = State::Closed;
        } else if self.read_deadline <= turn.now {
            match self.state {
                // Nobody is idle whose answer is still on its way; that has its own deadline.
                State::Head if !self.unsent.is_empty() && !self.head_began => {}
                State::Head if !begins_request(&self.input) => self.state = State::Closed,
                State::Head => self.refuse(Error::HeadTimeout, turn),
                State::Content { .. } | State::Chunked(_) | State::Discard(_) => self.refuse(Error::BodyTimeout, turn),
                State::Lingering { .. } => self.state = State::Closed,
                State::Computing { .. } | State::Closing | State::Closed => {}
            }
        }
    }

    /// Sends what `out` holds with one `write`; what does not go now is kept.
    ///
    /// # Errors
    ///
    /// What `write` reports, except that it would block or was interrupted: the connection is broken.
    pub(super) fn flush(
        &mut self,
        out: &mut Vec<u8>,
        now: Instant,
        limits: &Limits,
        write: impl FnOnce(&[u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        if self.unsent.is_empty() {
            self.unsent_start = 0;
            std::mem::swap(&mut self.unsent, out);
        } else {
            self.unsent.append(out);
        }
        let waiting = self.unsent.get(self.unsent_start..).unwrap_or_default();
        if !waiting.is_empty() {
            match write(waiting) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => self.unsent_start += sent,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
        if self.unsent_start == self.unsent.len() {
            // An idle connection holds no buffer: the loop gets its own back.
            let mut sent = std::mem::take(&mut self.unsent);
            if out.capacity() == 0 {
                sent.clear();
                *out = sent;
            }
            self.unsent_start = 0;
            if self.write_deadline.take().is_some() && matches!(self.state, State::Head) && !self.head_began {
                self.read_deadline = now + limits.idle_timeout;
            }
        } else {
            self.write_deadline.get_or_insert(now + limits.write_timeout);
        }
        Ok(())
    }

    /// Whether [`Connection::resume`] may find something to do.
    pub(super) fn can_resume(&self) -> bool {
        self.is_held_back && self.unsent.is_empty()
    }

    /// Whether the last answer has gone and the write side is to be shut; the caller does that and calls [`Connection::linger`].
    pub(super) fn is_done_writing(&self) -> bool {
        matches!(self.state, State::Closing) && self.unsent.is_empty()
    }

    /// Reads and discards until the peer has closed too, so that it sees FIN and not RST (RFC 9112 section 9.6).
    pub(super) fn linger(&mut self, now: Instant, limits: &Limits) {
        self.state =
            if self.input_ended { State::Closed } else { State::Lingering { bytes_left: limits.linger_bytes_max } };
        self.read_deadline = now + limits.linger_timeout;
    }

    /// Whether the socket can be dropped.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Since when the peer owes us a request and we owe it nothing; `None` while there is work.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let is_idle = match self.state {
            State::Head => !begins_request(&self.input) && self.unsent.is_empty(),
            State::Lingering { .. } => true,
            _ => false,
        };
        is_idle.then_some(self.last_active)
    }

    /// Whether a request has begun that waits for its content or for a compute thread.
    pub(super) fn is_in_flight(&self) -> bool {
        match self.state {
            State::Content { .. } | State::Chunked(_) | State::Discard(_) | State::Computing { .. } => true,
            State::Head | State::Closing | State::Lingering { .. } | State::Closed => false,
        }
    }

    /// Whether a compute thread has its request.
    pub(super) fn is_computing(&self) -> bool {
        matches!(self.state, State::Computing { .. })
    }

    /// What the socket is to be watched for.
    pub(super) fn interest(&self) -> Interest {
        let reads = match self.state {
            State::Head | State::Content { .. } | State::Chunked(_) | State::Discard(_) => !self.is_held_back,
            State::Lingering { .. } => true,
            State::Computing { .. } | State::Closing | State::Closed => false,
        };
        // A socket that can be written wakes the loop for a request that was held back.
        Interest { read: reads && !self.input_ended, write: !self.unsent.is_empty() || self.is_held_back }
    }

    /// Keeps what is not consumed yet, or drops it when nothing more will be read from this peer.
    fn keep<H: Handler<Route = R>>(&mut self, input: Vec<u8>, turn: &mut Turn<'_, H>) {
        let is_wanted = match self.state {
            State::Head | State::Content { .. } | State::Chunked(_) | State::Discard(_) | State::Computing { .. } => {
                true
            }
            State::Closing | State::Lingering { .. } | State::Closed => false,
        };
        self.input = if is_wanted && !input.is_empty() { input } else { Vec::new() };
        let decoded = if let State::Chunked(chunked) = &self.state { chunked.message.capacity() } else { 0 };
        if !self.hold.set(self.input.capacity() + decoded) {
            match self.state {
                State::Computing { .. } => self.is_input_lost = true,
                _ => self.refuse(Error::BufferedBytes, turn),
            }
            self.input = Vec::new();
            self.hold.set(0);
        }
    }

    fn is_offloadable(&self, head: &Head, input_bytes: usize, limits: &Limits) -> bool {
        let message_len = head.message_len();
        input_bytes >= message_len && message_len - head.len() >= limits.offload_bytes_min
    }
}

/// Whether a byte of a request is here. Empty lines are no part of one (RFC 9112 section 2.2).
pub(super) fn begins_request(input: &[u8]) -> bool {
    input.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
}

#[cfg(test)]
mod tests;
