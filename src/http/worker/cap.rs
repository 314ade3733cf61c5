//! Connections above the cap: the one that makes least progress makes way, whichever event loop it is on; if all make progress,
//! the newcomer is refused.
//!
//! Idle connections make the least progress, then those that do not take their answers, then those whose requests arrive slowly;
//! among equals, the one that has been so for longest comes first. No loop sees the connections of another: each publishes its
//! first candidate, and a newcomer goes to the loop whose candidate comes first of all.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::sockets::Sockets;
use crate::http::Error;
use crate::http::connection::Stillness;
use crate::http::connection::close_reason::CloseReason;
use crate::http::desk::{Arrival, Desk, Message, NONE_STILL};
use crate::http::handler::{Event, Handler};
use crate::http::slab::Token;

/// Connections above the cap that all workers together may be refusing; for one more, a worker drops its oldest.
const REFUSALS_MAX: usize = 32;
/// Milliseconds by which another worker's candidate must have been still for longer for a newcomer to be sent there. What is published
/// is up to one sweep old, and passing connections back and forth serves nobody.
const DIFFERENCE_MIN: u64 = 1_000;
/// For each open connection so long from one search for candidates to the next: a search looks at all connections, and must not
/// take more than a small share of a loop's time however many newcomers there are.
const SEARCH_PAUSE_PER_CONNECTION: Duration = Duration::from_micros(5);

impl<H: Handler> Sockets<H> {
    /// Makes room for a connection above the cap, or refuses it.
    pub(super) fn adopt_excess(&mut self, arrival: Arrival, workers_asked: usize) {
        let open: usize = self.shared.desks.iter().map(|desk| desk.connections.load(Ordering::Relaxed)).sum();
        // The newcomer is counted already, and others may have left since.
        if open <= self.shared.limits.connections_max {
            self.adopt(arrival);
        } else if workers_asked < self.shared.desks.len()
            && let Some(desk) = self.desk_of_stiller()
        {
            // The count moves first, so that nobody sees room where there is none.
            desk.connections.fetch_add(1, Ordering::Relaxed);
            self.uncount();
            desk.inbox.push(Message::Excess { arrival, workers_asked: workers_asked + 1 });
        } else if self.drop_stillest() {
            self.adopt(arrival);
        } else {
            self.shared.handler.report(&Event::ConnectionsExhausted);
            self.refuse(arrival, Error::Connections);
        }
    }

    /// The worker whose candidate has clearly been still for longer than any here. When there is none here, and no other worker has
    /// published one, the next worker takes a look.
    fn desk_of_stiller(&mut self) -> Option<Arc<Desk>> {
        let stillest = self.stillest();
        let own = self.publish(stillest.map(|(stillness, _)| stillness));
        let desks = &self.shared.desks;
        let others = desks.iter().enumerate().filter(|(index, _)| *index != self.index).map(|(_, desk)| desk);
        let told = |desk: &Arc<Desk>| desk.stillest.load(Ordering::Relaxed);
        let first = others.min_by_key(|desk| told(desk)).filter(|desk| told(desk) < own.saturating_sub(DIFFERENCE_MIN));
        let next = || desks.get((self.index + 1) % desks.len()).filter(|_| own == NONE_STILL && desks.len() > 1);
        first.or_else(next).map(Arc::clone)
    }

    /// The connection that makes least progress.
    fn stillest(&mut self) -> Option<(Stillness, Token)> {
        loop {
            while let Some((stillness, token)) = self.candidates.found.last().copied() {
                if self.stillness(token) == Some(stillness) {
                    return Some((stillness, token));
                }
                self.candidates.found.pop();
            }
            let pause = SEARCH_PAUSE_PER_CONNECTION * u32::try_from(self.open.len()).unwrap_or(u32::MAX);
            if self.candidates.searched.is_some_and(|last| self.now <= last + pause) {
                return None;
            }
            self.candidates.searched = Some(self.now);
            let all = self
                .open
                .iter()
                .filter_map(|(token, socket)| Some((socket.stillness(self.now, &self.shared.limits)?, token)));
            self.candidates.found.extend(all);
            self.candidates.found.sort_unstable_by_key(|(stillness, _)| std::cmp::Reverse(*stillness));
        }
    }

    fn stillness(&mut self, token: Token) -> Option<Stillness> {
        let socket = self.open.get_mut(token)?;
        socket.stillness(self.now, &self.shared.limits)
    }

    /// Drops the connection that makes least progress; false when all make progress.
    fn drop_stillest(&mut self) -> bool {
        while let Some((stillness, token)) = self.stillest() {
            // What has arrived but has not been read is not lost: a request is answered first.
            self.read(token);
            let is_gone = self.open.get_mut(token).is_none();
            if is_gone || self.stillness(token) == Some(stillness) {
                self.drop_connection(token, CloseReason::Shed);
                self.counters.shed.add(u64::from(!is_gone));
                return true;
            }
        }
        false
    }

    /// Looks for the connection that makes least progress, and publishes since when.
    pub(super) fn publish_stillest(&mut self) {
        let (now, limits) = (self.now, &self.shared.limits);
        let stillest = self.open.iter().filter_map(|(_, socket)| socket.stillness(now, limits)).min();
        self.publish(stillest);
    }

    /// Publishes how still the candidate is: what sorts as it does, see [`Desk::stillest`].
    fn publish(&self, stillest: Option<Stillness>) -> u64 {
        let told = stillest.map_or(NONE_STILL, |stillness| {
            let (rank, since) = match stillness {
                Stillness::Idle(since) => (0, since),
                Stillness::Unread(since) => (1, since),
                Stillness::Slow(since) => (2, since),
            };
            let milliseconds = since.saturating_duration_since(self.shared.started).as_millis() as u64;
            rank << 56 | milliseconds
        });
        self.desk.stillest.store(told, Ordering::Relaxed);
        told
    }

    /// Answers 503 to a connection above a cap before it has sent a request.
    pub(super) fn refuse(&mut self, arrival: Arrival, error: Error) {
        self.counters.refused.add(1);
        let refusals: usize = self.shared.desks.iter().map(|desk| desk.refusals.load(Ordering::Relaxed)).sum();
        if refusals >= REFUSALS_MAX {
            // The oldest: its peer has had the most time to read the answer.
            let oldest = self.open.iter().filter(|(_, socket)| socket.is_refusal);
            let oldest = oldest.min_by_key(|(_, socket)| socket.connection.deadline().0).map(|(token, _)| token);
            oldest.into_iter().for_each(|token| self.drop_connection(token, CloseReason::Refused(error)));
        }
        let Some(token) = self.adopt(arrival) else { return };
        if let Some(socket) = self.open.get_mut(token) {
            socket.is_refusal = true;
            self.desk.refusals.fetch_add(1, Ordering::Relaxed);
            self.uncount();
        }
        self.drive(token, |connection, turn| connection.refuse(error, turn));
    }
}
