//! The connections of one event loop, and every call on their sockets.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::candidates::Candidates;
use crate::http::Limits;
use crate::http::addresses::{AddressPlace, Addresses};
use crate::http::compute::Pool;
use crate::http::connection::close_reason::CloseReason;
use crate::http::connection::{Connection, Stillness, Turn};
use crate::http::counters::{Counters, ThreadCounters};
use crate::http::date::Clock;
use crate::http::desk::{Arrival, Desk};
use crate::http::handler::Handler;
use crate::http::ledger::Ledger;
use crate::http::memory::shrink;
use crate::http::outgoing::Outgoing;
use crate::http::poller::{Backend, Interest, Poller, Readiness};
use crate::http::request_id::Ids;
use crate::http::slab::{Slab, Token};

/// Bytes read from a socket at once.
const READ_BYTES: usize = 64 << 10;
/// A reused buffer that has grown beyond this is freed.
const SPARE_BYTES_MAX: usize = 256 << 10;

/// What all workers share.
pub(in crate::http) struct Shared<H: Handler> {
    pub(in crate::http) handler: Arc<H>,
    pub(in crate::http) limits: Limits,
    pub(in crate::http) desks: Vec<Arc<Desk>>,
    pub(in crate::http) counters: Arc<Counters>,
    pub(in crate::http) pool: Arc<Pool<H>>,
    pub(in crate::http) ledger: Arc<Ledger>,
    /// Its part for requests that arrive or wait.
    pub(in crate::http) input: Arc<Ledger>,
    /// `None`: an address may have any number of connections.
    pub(in crate::http) addresses: Option<Arc<Addresses>>,
    pub(in crate::http) started: Instant,
}

/// A connection and its socket.
pub(in crate::http) struct Socket<H: Handler> {
    stream: TcpStream,
    peer: SocketAddr,
    pub(super) connection: Connection<H>,
    interest: Interest,
    /// Above the cap and being refused: it is counted separately.
    pub(super) is_refusal: bool,
    /// Counted in [`ThreadCounters`].
    is_in_flight: bool,
    _place: Option<AddressPlace>,
}

impl<H: Handler> Socket<H> {
    /// How little progress it makes, if it could be dropped to make room.
    pub(super) fn stillness(&self, now: Instant, limits: &Limits) -> Option<Stillness> {
        self.connection.stillness(now, limits).filter(|_| !self.is_refusal)
    }
}

/// All connections of one event loop.
pub(in crate::http) struct Sockets<H: Handler> {
    pub(super) shared: Arc<Shared<H>>,
    pub(super) desk: Arc<Desk>,
    pub(super) index: usize,
    pub(super) counters: Arc<ThreadCounters>,
    pub(super) poller: Poller,
    pub(super) open: Slab<Socket<H>>,
    /// The time of this turn.
    pub(super) now: Instant,
    /// When the loop must be gone, once the server stops.
    pub(super) stop_deadline: Option<Instant>,
    ids: Ids,
    clock: Clock,
    read_buffer: Box<[u8]>,
    out: Outgoing,
    spare: Vec<u8>,
    local: H::Local,
    pub(super) candidates: Candidates,
}

impl<H: Handler> Sockets<H> {
    /// The sockets of the worker at `desk`, which is `shared.desks[index]`.
    pub(in crate::http) fn new(
        shared: &Arc<Shared<H>>,
        desk: &Arc<Desk>,
        index: usize,
        backend: Backend,
    ) -> io::Result<Sockets<H>> {
        let poller = Poller::new(backend)?;
        let (now, since_epoch) = (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        let process = u64::from(std::process::id()) << 32 | index as u64;
        Ok(Sockets {
            shared: Arc::clone(shared),
            desk: Arc::clone(desk),
            index,
            counters: shared.counters.loops.get(index).map(Arc::clone).unwrap_or_default(),
            ids: Ids::new(since_epoch.as_nanos() as u64 ^ process),
            poller,
            open: Slab::new(),
            clock: Clock::new(SystemTime::now()),
            now,
            stop_deadline: None,
            read_buffer: vec![0; READ_BYTES].into_boxed_slice(),
            out: Outgoing::default(),
            spare: Vec::new(),
            local: H::Local::default(),
            candidates: Candidates::default(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.len() == 0
    }

    /// Waits until a socket or `inbox` is ready.
    pub(super) fn wait(
        &mut self,
        inbox: (BorrowedFd<'_>, u64, Interest),
        timeout: Option<Duration>,
        found: &mut Vec<Readiness>,
    ) -> io::Result<()> {
        let sockets = self.open.iter().map(|(token, socket)| (socket.stream.as_fd(), token.to_u64(), socket.interest));
        self.poller.wait(sockets.chain([inbox]), timeout, found)
    }

    /// Reads the clock, once a turn.
    pub(super) fn refresh_clock(&mut self) {
        self.now = Instant::now();
        self.clock.refresh(SystemTime::now());
    }

    /// Frees what need not be held while there is little to do.
    pub(super) fn rest(&mut self) {
        self.open.trim();
        self.shared.handler.rest(&mut self.local);
    }

    /// Takes over a connection. A socket that cannot be set up is closed; no other connection is affected.
    pub(super) fn adopt(&mut self, arrival: Arrival) -> Option<Token> {
        let Arrival { stream, peer, place } = arrival;
        let interest = Interest::READ;
        if stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true)).is_err() {
            self.uncount();
            self.counters.closed.add(1);
            return None;
        }
        let connection = Connection::new(&self.shared.ledger, &self.shared.input, self.now, &self.shared.limits);
        let socket =
            Socket { stream, peer, connection, interest, is_refusal: false, is_in_flight: false, _place: place };
        let token = self.open.insert(socket);
        let socket = self.open.get_mut(token)?;
        if self.poller.add(socket.stream.as_fd(), token.to_u64(), interest).is_err() {
            self.drop_connection(token, CloseReason::Broken);
            return None;
        }
        Some(token)
    }

    pub(super) fn serve(&mut self, token: Token, ready: Readiness) {
        if ready.hung_up {
            self.drop_connection(token, CloseReason::Broken);
        } else if ready.readable {
            self.read(token);
        } else if ready.writable {
            self.drive(token, |_, _| {});
        }
    }

    pub(super) fn read(&mut self, token: Token) {
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let reading = self.open.get_mut(token).filter(|socket| socket.connection.interest().read);
        let outcome = reading.map(|socket| (&socket.stream).read(&mut buffer));
        match outcome {
            Some(Ok(0)) => self.drive(token, |connection, turn| connection.end_input(turn)),
            Some(Ok(count)) => {
                self.counters.received_bytes.add(count as u64);
                let bytes = buffer.get(..count).unwrap_or_default();
                self.drive(token, |connection, turn| connection.receive(bytes, turn));
            }
            Some(Err(error)) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Some(Err(_)) => self.drop_connection(token, CloseReason::Broken),
            // It was dropped earlier in this turn, or has first to take its answers.
            None => {}
        }
        self.read_buffer = buffer;
    }

    /// Lets a connection act, sends the result, and applies its new state to the socket.
    pub(super) fn drive(&mut self, token: Token, act: impl FnOnce(&mut Connection<H>, &mut Turn<'_, H>)) {
        let Some(socket) = self.open.get_mut(token) else { return };
        let mut job = None;
        let mut turn = Turn {
            now: self.now,
            date: &self.clock.text,
            limits: &self.shared.limits,
            clock: &Instant::now,
            peer: socket.peer,
            handler: &*self.shared.handler,
            ledger: &self.shared.ledger,
            local: &mut self.local,
            spare: &mut self.spare,
            out: &mut self.out,
            job: &mut job,
            ids: &mut self.ids,
            is_draining: self.stop_deadline.is_some(),
        };
        act(&mut socket.connection, &mut turn);
        let mut has_resumed = false;
        let closed = loop {
            if let Some(job) = turn.job.take()
                && let Err(error) = self.shared.pool.submit(job, token, &self.desk.inbox)
            {
                socket.connection.complete(Err(error), &mut turn);
            }
            let counters = &self.counters;
            let write = |bytes: [&[u8]; 2]| {
                let sent = match bytes {
                    [bytes, []] | [[], bytes] => (&socket.stream).write(bytes),
                    [first, second] => (&socket.stream).write_vectored(&[IoSlice::new(first), IoSlice::new(second)]),
                };
                sent.inspect(|sent| counters.sent_bytes.add(*sent as u64))
            };
            if let Err(reason) = socket.connection.flush(turn.out, self.now, &self.shared.limits, write) {
                break Some(reason);
            }
            // What still waits is left to the next turn, so that other connections get theirs.
            if has_resumed || !socket.connection.can_resume() {
                break None;
            }
            has_resumed = true;
            socket.connection.resume(&mut turn);
        };
        self.out.clear(SPARE_BYTES_MAX);
        if self.spare.capacity() > SPARE_BYTES_MAX {
            shrink(&mut self.spare);
            self.spare = Vec::new();
        }
        match closed {
            Some(reason) => self.drop_connection(token, reason),
            None => self.settle(token),
        }
    }

    /// Shuts, closes or watches the socket, as the state of its connection demands.
    fn settle(&mut self, token: Token) {
        let Some(socket) = self.open.get_mut(token) else { return };
        if socket.connection.is_done_writing() {
            if socket.stream.shutdown(std::net::Shutdown::Write).is_err() {
                return self.drop_connection(token, CloseReason::Broken);
            }
            socket.connection.linger(self.now, &self.shared.limits);
        }
        if socket.connection.is_closed() {
            return self.drop_connection(token, CloseReason::Broken);
        }
        let is_in_flight = socket.connection.is_in_flight();
        if is_in_flight != socket.is_in_flight {
            socket.is_in_flight = is_in_flight;
            if is_in_flight { self.counters.in_flight.add(1) } else { self.counters.in_flight.decrease() }
        }
        let interest = socket.connection.interest();
        if interest != socket.interest {
            socket.interest = interest;
            if self.poller.modify(socket.stream.as_fd(), token.to_u64(), interest).is_err() {
                self.drop_connection(token, CloseReason::Broken);
            }
        }
    }

    /// Lets all connections whose time is up act, and publishes since when the longest-idle one has been idle.
    pub(super) fn sweep(&mut self) {
        let (now, is_draining) = (self.now, self.stop_deadline.is_some());
        let is_due = |socket: &Socket<H>| socket.connection.due(now, is_draining).is_some();
        let due: Vec<Token> = self.open.iter().filter(|(_, socket)| is_due(socket)).map(|(token, _)| token).collect();
        for token in due {
            if self.open.get_mut(token).is_some_and(|socket| socket.connection.idle_since().is_some()) {
                // A request that has arrived but has not been read is not lost: it is answered first.
                self.read(token);
            }
            let Some(socket) = self.open.get_mut(token).filter(|socket| is_due(socket)) else { continue };
            let is_computing = socket.connection.is_computing();
            self.drive(token, |connection, turn| connection.expire(turn));
            if is_computing {
                self.shared.pool.forget_abandoned();
            }
        }
        self.publish_stillest();
        self.rest();
    }

    /// Closes a socket. `reason`: why, if its connection was not about to be closed anyway.
    pub(super) fn drop_connection(&mut self, token: Token, reason: CloseReason) {
        let Some(socket) = self.open.remove(token) else { return };
        self.shared.handler.closed(socket.peer, socket.connection.close_reason().unwrap_or(reason));
        self.counters.closed.add(1);
        if socket.is_in_flight {
            self.counters.in_flight.decrease();
        }
        if socket.is_refusal {
            self.desk.refusals.fetch_sub(1, Ordering::Relaxed);
        } else {
            self.uncount();
        }
        if socket.connection.is_computing() {
            drop(socket);
            self.shared.pool.forget_abandoned();
        }
    }

    /// Subtracts one from the connections that count towards the cap.
    pub(super) fn uncount(&self) {
        self.desk.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
