//! One thread of the pool: an event loop that owns its connections and does their socket I/O.
//!
//! No other thread reads, writes or closes these sockets. New connections, finished computations and the stop come through
//! the inbox. Deadlines are swept, so they act at most [`SWEEP_INTERVAL`] late.

mod cap;
mod sockets;

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::desk::{Desk, Message};
use super::handler::{Event, Handler};
use super::poller::{Backend, Interest};
use super::slab::Token;
pub(super) use sockets::Shared;
use sockets::Sockets;

/// How often deadlines are looked at.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// The same while the server stops, when everybody waits for the last connection.
const SWEEP_INTERVAL_DRAINING: Duration = Duration::from_millis(20);
/// Pause after a failed wait, so that a broken poller does not spin.
const POLL_FAILED_PAUSE: Duration = Duration::from_millis(100);
/// The inbox's token: no slab hands out this generation and slot together.
const INBOX_TOKEN: u64 = u64::MAX;

/// The event loop.
pub(super) struct Worker<H: Handler> {
    sockets: Sockets<H>,
    desk: Arc<Desk>,
    next_sweep: Instant,
}

impl<H: Handler> Worker<H> {
    /// The worker of `desk`, which is `shared.desks[index]`.
    pub(super) fn new(
        shared: &Arc<Shared<H>>,
        desk: &Arc<Desk>,
        index: usize,
        backend: Backend,
    ) -> io::Result<Worker<H>> {
        let sockets = Sockets::new(shared, desk, index, backend)?;
        Ok(Worker { next_sweep: sockets.now + SWEEP_INTERVAL, sockets, desk: Arc::clone(desk) })
    }

    /// Runs until the server has stopped and the last connection is gone.
    pub(super) fn run(mut self) -> io::Result<()> {
        let inbox = Arc::clone(&self.desk.inbox);
        let inbox_source = (inbox.as_fd(), INBOX_TOKEN, Interest { read: true, write: false });
        self.sockets.poller.add(inbox.as_fd(), INBOX_TOKEN, inbox_source.2)?;
        let mut events = Vec::new();
        loop {
            if self.sockets.is_empty() {
                self.sockets.rest();
            }
            // Without connections there is no deadline: sleep until told.
            let timeout = (!self.sockets.is_empty() || self.sockets.stop_deadline.is_some())
                .then(|| self.next_sweep.saturating_duration_since(self.sockets.now));
            if let Err(error) = self.sockets.wait(inbox_source, timeout, &mut events) {
                self.sockets.shared.handler.report(&Event::PollFailed(&error));
                std::thread::sleep(POLL_FAILED_PAUSE);
            }
            self.sockets.refresh_clock();
            if self.sockets.is_empty() {
                self.next_sweep = self.sockets.now + SWEEP_INTERVAL;
            }
            for event in &events {
                match event.token {
                    INBOX_TOKEN => inbox.take().into_iter().for_each(|message| self.hear(message)),
                    number => self.sockets.serve(Token::from_u64(number), *event),
                }
            }
            if self.sockets.now >= self.next_sweep {
                self.sweep();
            }
            if events.len() > 1 {
                // Yield under load, so that a client on the same core need not wait out our time slice: there is always more to
                // do, and the p99 at 64 connections falls to a third.
                std::thread::yield_now();
            }
            if self
                .sockets
                .stop_deadline
                .is_some_and(|deadline| self.sockets.is_empty() || self.sockets.now >= deadline)
            {
                return Ok(());
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Connection(stream, peer) => {
                self.sockets.adopt(stream, peer);
            }
            Message::Excess { stream, peer, workers_asked } => self.sockets.adopt_excess(stream, peer, workers_asked),
            Message::Computed(token, answer) => {
                self.sockets.drive(token, |connection, turn| connection.complete(answer, turn));
            }
            Message::Drain(deadline) => {
                self.sockets.stop_deadline = Some(deadline);
                self.next_sweep = self.sockets.now;
            }
        }
    }

    /// Acts on deadlines, and tells the acceptor since when this worker's longest-idle connection is idle.
    fn sweep(&mut self) {
        self.sockets.expire();
        self.sockets.tell_idle_since();
        self.sockets.rest();
        let is_draining = self.sockets.stop_deadline.is_some();
        self.next_sweep = self.sockets.now + if is_draining { SWEEP_INTERVAL_DRAINING } else { SWEEP_INTERVAL };
    }
}
