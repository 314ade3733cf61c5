//! One thread of the pool: an event loop that owns its connections and does their socket I/O.
//!
//! No other thread reads, writes or closes these sockets. New connections, finished computations and the request to stop come
//! through the inbox. Deadlines are checked by sweeps, so they act at most [`SWEEP_INTERVAL`] late.

mod candidates;
mod cap;
mod sockets;

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::desk::Message;
use super::handler::{Event, Handler};
use super::poller::{Interest, POLL_FAILED_PAUSE};
use super::slab::Token;
pub(super) use sockets::{Shared, Sockets};

/// How often deadlines are checked.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// The same while the server is stopping and waits for the last connections.
const SWEEP_INTERVAL_DRAINING: Duration = Duration::from_millis(20);
/// The inbox's token. No slab ever hands out this pair of generation and slot.
const INBOX_TOKEN: u64 = u64::MAX;

/// Runs one event loop until the server has stopped and the last connection is gone.
pub(super) fn run<H: Handler>(mut sockets: Sockets<H>) -> io::Result<()> {
    let inbox = Arc::clone(&sockets.desk.inbox);
    sockets.poller.add(inbox.as_fd(), INBOX_TOKEN, Interest::READ)?;
    let mut next_sweep = sockets.now + SWEEP_INTERVAL;
    let mut events = Vec::new();
    loop {
        if sockets.is_empty() {
            sockets.rest();
        }
        let was_draining = sockets.stop_deadline.is_some();
        // Without connections there is no deadline: sleep until a message comes.
        let timeout = (!sockets.is_empty() || was_draining).then(|| next_sweep.saturating_duration_since(sockets.now));
        if let Err(error) = sockets.wait((inbox.as_fd(), INBOX_TOKEN, Interest::READ), timeout, &mut events) {
            sockets.shared.handler.report(&Event::PollFailed(&error));
            std::thread::sleep(POLL_FAILED_PAUSE);
        }
        sockets.refresh_clock();
        if sockets.is_empty() {
            next_sweep = sockets.now + SWEEP_INTERVAL;
        }
        for event in &events {
            match event.token {
                INBOX_TOKEN => inbox.take().into_iter().for_each(|message| hear(&mut sockets, message)),
                number => sockets.serve(Token::from_u64(number), *event),
            }
        }
        let is_draining = sockets.stop_deadline.is_some();
        if sockets.now >= next_sweep || is_draining != was_draining {
            sockets.sweep();
            next_sweep = sockets.now + if is_draining { SWEEP_INTERVAL_DRAINING } else { SWEEP_INTERVAL };
        }
        if events.len() > 1 {
            // Yield under load, so that a client on the same core need not wait out our time slice: there is always more to do,
            // and the p99 at 64 connections falls to a third.
            std::thread::yield_now();
        }
        if sockets.stop_deadline.is_some_and(|deadline| sockets.is_empty() || sockets.now >= deadline) {
            return Ok(());
        }
    }
}

fn hear<H: Handler>(sockets: &mut Sockets<H>, message: Message) {
    match message {
        Message::Connection(arrival) => drop(sockets.adopt(arrival)),
        Message::Excess { arrival, workers_asked } => sockets.adopt_excess(arrival, workers_asked),
        Message::Surplus(arrival) => sockets.refuse(arrival, Error::AddressConnections),
        Message::Computed(token, answer) => sockets.drive(token, |connection, turn| connection.complete(answer, turn)),
        Message::Drain(deadline) => sockets.stop_deadline = Some(deadline),
    }
}
