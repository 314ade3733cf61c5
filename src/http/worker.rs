//! One thread of the pool: an event loop that owns its connections and does their socket I/O.
//!
//! No other thread reads, writes or closes these sockets. New connections, finished computations and the stop come through
//! the inbox. Deadlines are swept, so they act at most [`SWEEP_INTERVAL`] late.

mod cap;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::Limits;
use super::budget::{Budget, Hold};
use super::compute::Pool;
use super::connection::{Connection, Turn};
use super::counters::{Counters, LoopCounters};
use super::date::Clock;
use super::desk::{Desk, Message};
use super::handler::{Event, Handler};
use super::poller::{Backend, Interest, Poller, Readiness};
use super::request_id::Ids;
use super::slab::{Slab, Token};

/// How often deadlines are looked at.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// The same while the server stops, when everybody waits for the last connection.
const SWEEP_INTERVAL_DRAINING: Duration = Duration::from_millis(20);
/// Bytes taken from a socket at once.
const READ_BYTES: usize = 64 << 10;
/// A reused buffer that has grown beyond this is given back.
const SPARE_BYTES_MAX: usize = 256 << 10;
/// Pause after a failed wait, so that a broken poller does not spin.
const POLL_FAILED_PAUSE: Duration = Duration::from_millis(100);
/// The inbox's token: no slab hands out this generation and slot together.
const INBOX_TOKEN: u64 = u64::MAX;

/// What all workers share.
pub(super) struct Shared<H: Handler> {
    pub(super) handler: Arc<H>,
    pub(super) limits: Limits,
    pub(super) desks: Vec<Arc<Desk>>,
    pub(super) counters: Arc<Counters>,
    pub(super) pool: Arc<Pool<H::Route>>,
    pub(super) budget: Arc<Budget>,
    pub(super) started: Instant,
}

struct Entry<H: Handler> {
    stream: TcpStream,
    peer: SocketAddr,
    connection: Connection<H>,
    interest: Interest,
    /// Above the cap: it is counted apart, and nobody is dropped for it.
    is_refusal: bool,
    /// Counted in [`LoopCounters`].
    is_in_flight: bool,
}

impl<H: Handler> Entry<H> {
    /// Since when this could be dropped to make room.
    fn idle_since(&self) -> Option<Instant> {
        self.connection.idle_since().filter(|_| !self.is_refusal)
    }
}

/// The event loop.
pub(super) struct Worker<H: Handler> {
    shared: Arc<Shared<H>>,
    desk: Arc<Desk>,
    index: usize,
    counters: Arc<LoopCounters>,
    ids: Ids,
    poller: Poller,
    entries: Slab<Entry<H>>,
    clock: Clock,
    now: Instant,
    next_sweep: Instant,
    stop_deadline: Option<Instant>,
    read_buffer: Box<[u8]>,
    out: Vec<u8>,
    spare: Vec<u8>,
    local: H::Local,
}

impl<H: Handler> Worker<H> {
    /// The worker of `desk`, which is `shared.desks[index]`.
    pub(super) fn new(
        shared: &Arc<Shared<H>>,
        desk: &Arc<Desk>,
        index: usize,
        backend: Backend,
    ) -> io::Result<Worker<H>> {
        let poller = Poller::new(backend)?;
        let (now, since_epoch) = (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        let process = u64::from(std::process::id()) << 32 | index as u64;
        Ok(Worker {
            shared: Arc::clone(shared),
            desk: Arc::clone(desk),
            index,
            counters: shared.counters.loops.get(index).map(Arc::clone).unwrap_or_default(),
            ids: Ids::new(since_epoch.as_nanos() as u64 ^ process),
            poller,
            entries: Slab::new(),
            clock: Clock::new(SystemTime::now()),
            now,
            next_sweep: now + SWEEP_INTERVAL,
            stop_deadline: None,
            read_buffer: vec![0; READ_BYTES].into_boxed_slice(),
            out: Vec::new(),
            spare: Vec::new(),
            local: H::Local::default(),
        })
    }

    /// Runs until the server has stopped and the last connection is gone.
    pub(super) fn run(mut self) -> io::Result<()> {
        let inbox = Arc::clone(&self.desk.inbox);
        let inbox_interest = Interest { read: true, write: false };
        self.poller.add(inbox.as_fd(), INBOX_TOKEN, inbox_interest)?;
        let mut events = Vec::new();
        loop {
            if self.entries.len() == 0 {
                self.entries.trim();
                self.shared.handler.rest(&mut self.local);
            }
            // Without connections there is no deadline: sleep until told.
            let timeout = (self.entries.len() > 0 || self.stop_deadline.is_some())
                .then(|| self.next_sweep.saturating_duration_since(self.now));
            let sources = self
                .entries
                .iter()
                .map(|(token, entry)| (entry.stream.as_fd(), token.to_u64(), entry.interest))
                .chain([(inbox.as_fd(), INBOX_TOKEN, inbox_interest)]);
            if let Err(error) = self.poller.wait(sources, timeout, &mut events) {
                self.shared.handler.report(&Event::PollFailed(&error));
                std::thread::sleep(POLL_FAILED_PAUSE);
            }
            self.now = Instant::now();
            self.clock.refresh(SystemTime::now());
            for event in &events {
                match event.token {
                    INBOX_TOKEN => inbox.take().into_iter().for_each(|message| self.hear(message)),
                    number => self.serve(Token::from_u64(number), *event),
                }
            }
            if self.now >= self.next_sweep {
                self.sweep();
            }
            if events.len() > 1 {
                // Under load there is always more to do. Who shares the core, a client on it too, is not to wait for the end of
                // this thread's time slice: the p99 at 64 connections falls to a third.
                std::thread::yield_now();
            }
            if self.stop_deadline.is_some_and(|deadline| self.entries.len() == 0 || self.now >= deadline) {
                return Ok(());
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Connection(stream, peer) => {
                self.adopt(stream, peer);
            }
            Message::Excess { stream, peer, workers_asked } => self.adopt_excess(stream, peer, workers_asked),
            Message::Computed(token, answer) => {
                self.drive(token, |connection, turn| connection.complete(answer, turn));
            }
            Message::Drain(deadline) => {
                self.stop_deadline = Some(deadline);
                self.next_sweep = self.now;
            }
        }
    }

    /// Takes over a connection. A socket that cannot be set up is closed, and nobody else notices.
    fn adopt(&mut self, stream: TcpStream, peer: SocketAddr) -> Option<Token> {
        let interest = Interest { read: true, write: false };
        if stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true)).is_err() {
            self.uncount();
            self.counters.closed.add(1);
            return None;
        }
        if self.entries.len() == 0 {
            self.next_sweep = self.now + SWEEP_INTERVAL;
        }
        let connection = Connection::new(Hold::new(&self.shared.budget), self.now, &self.shared.limits);
        let entry = Entry { stream, peer, connection, interest, is_refusal: false, is_in_flight: false };
        let token = self.entries.insert(entry);
        let entry = self.entries.get_mut(token)?;
        if self.poller.add(entry.stream.as_fd(), token.to_u64(), interest).is_err() {
            self.drop_connection(token);
            return None;
        }
        Some(token)
    }

    fn serve(&mut self, token: Token, ready: Readiness) {
        if ready.hung_up {
            self.drop_connection(token);
        } else if ready.readable {
            self.read(token);
        } else if ready.writable {
            self.drive(token, |_, _| {});
        }
    }

    fn read(&mut self, token: Token) {
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let outcome = self.entries.get_mut(token).map(|entry| (&entry.stream).read(&mut buffer));
        match outcome {
            Some(Ok(0)) => self.drive(token, |connection, turn| connection.end_input(turn)),
            Some(Ok(count)) => {
                self.counters.received_bytes.add(count as u64);
                let bytes = buffer.get(..count).unwrap_or_default();
                self.drive(token, |connection, turn| connection.receive(bytes, turn));
            }
            Some(Err(error)) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Some(Err(_)) => self.drop_connection(token),
            // A stale event: its connection went earlier in this turn.
            None => {}
        }
        self.read_buffer = buffer;
    }

    /// Lets a connection act, sends what came of it, and puts its new state into effect.
    fn drive(&mut self, token: Token, act: impl FnOnce(&mut Connection<H>, &mut Turn<'_, H>)) {
        let Some(entry) = self.entries.get_mut(token) else { return };
        let mut job = None;
        let mut turn = Turn {
            now: self.now,
            date: self.clock.text(),
            limits: &self.shared.limits,
            clock: &Instant::now,
            peer: entry.peer,
            handler: &*self.shared.handler,
            local: &mut self.local,
            spare: &mut self.spare,
            out: &mut self.out,
            job: &mut job,
            ids: &mut self.ids,
            is_draining: self.stop_deadline.is_some(),
        };
        act(&mut entry.connection, &mut turn);
        let mut has_resumed = false;
        let is_broken = loop {
            if let Some(job) = turn.job.take()
                && let Err(error) = self.shared.pool.submit(job, token, &self.desk.inbox)
            {
                entry.connection.complete(Err(error), &mut turn);
            }
            let counters = &self.counters;
            let write =
                |bytes: &[u8]| (&entry.stream).write(bytes).inspect(|sent| counters.sent_bytes.add(*sent as u64));
            if entry.connection.flush(turn.out, self.now, &self.shared.limits, write).is_err() {
                break true;
            }
            // What still waits then is for the next turn: others want to be served too.
            if has_resumed || !entry.connection.can_resume() {
                break false;
            }
            has_resumed = true;
            entry.connection.resume(&mut turn);
        };
        self.out.clear();
        shrink(&mut self.out);
        shrink(&mut self.spare);
        if is_broken { self.drop_connection(token) } else { self.settle(token) }
    }

    /// After a connection has acted: shut, close or watch its socket as its state asks for.
    fn settle(&mut self, token: Token) {
        let Some(entry) = self.entries.get_mut(token) else { return };
        if entry.connection.is_done_writing() {
            if entry.stream.shutdown(std::net::Shutdown::Write).is_err() {
                return self.drop_connection(token);
            }
            entry.connection.linger(self.now, &self.shared.limits);
        }
        if entry.connection.is_closed() {
            return self.drop_connection(token);
        }
        let is_in_flight = entry.connection.is_in_flight();
        if is_in_flight != entry.is_in_flight {
            entry.is_in_flight = is_in_flight;
            if is_in_flight { self.counters.in_flight.add(1) } else { self.counters.in_flight.decrease() }
        }
        let interest = entry.connection.interest();
        if interest != entry.interest {
            entry.interest = interest;
            if self.poller.modify(entry.stream.as_fd(), token.to_u64(), interest).is_err() {
                self.drop_connection(token);
            }
        }
    }

    /// Acts on deadlines, and tells the acceptor since when this worker's longest-idle connection is idle.
    fn sweep(&mut self) {
        let due: Vec<Token> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.connection.due(self.now, self.stop_deadline.is_some()).is_some())
            .map(|(token, _)| token)
            .collect();
        for token in due {
            self.expire(token);
        }
        self.tell_idle_since();
        self.entries.trim();
        self.shared.handler.rest(&mut self.local);
        let interval = if self.stop_deadline.is_some() { SWEEP_INTERVAL_DRAINING } else { SWEEP_INTERVAL };
        self.next_sweep = self.now + interval;
    }

    /// Lets a connection whose time is over act on that.
    fn expire(&mut self, token: Token) {
        let is_draining = self.stop_deadline.is_some();
        if self.entries.get_mut(token).is_some_and(|entry| entry.connection.idle_since().is_some()) {
            // A request that is here and only not read yet is not lost: it is answered first.
            self.read(token);
        }
        if self.entries.get_mut(token).is_some_and(|entry| entry.connection.due(self.now, is_draining).is_some()) {
            self.drive(token, |connection, turn| connection.expire(turn));
        }
    }

    fn drop_connection(&mut self, token: Token) {
        let Some(entry) = self.entries.remove(token) else { return };
        self.counters.closed.add(1);
        if entry.is_in_flight {
            self.counters.in_flight.decrease();
        }
        if entry.is_refusal {
            self.desk.load.refusals.fetch_sub(1, Ordering::Relaxed);
        } else {
            self.uncount();
        }
        if entry.connection.is_computing() {
            drop(entry);
            self.shared.pool.forget_abandoned();
        }
    }

    fn uncount(&self) {
        self.desk.load.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn shrink(buffer: &mut Vec<u8>) {
    if buffer.capacity() > SPARE_BYTES_MAX {
        *buffer = Vec::new();
    }
}
