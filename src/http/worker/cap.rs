//! Connections above the cap: the longest-idle one makes room, whichever event loop it is on; if none is idle, the newcomer is
//! refused.
//!
//! No loop sees the connections of another. Each publishes how long its longest-idle one has been idle, and a newcomer goes to the
//! loop with the longest.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::sockets::Sockets;
use crate::http::Error;
use crate::http::connection::close_reason::CloseReason;
use crate::http::desk::{Desk, Message, NONE_IDLE};
use crate::http::handler::{Event, Handler};

/// Connections above the cap that all workers together may be refusing; for one more, a worker drops its oldest.
const REFUSALS_MAX: usize = 32;
/// Milliseconds by which another worker's connection must be idle longer for a newcomer to be sent there. What is published is up
/// to one sweep old, and passing connections back and forth serves nobody.
const IDLE_DIFFERENCE_MIN: u64 = 1_000;

impl<H: Handler> Sockets<H> {
    /// Makes room for a connection above the cap, or refuses it.
    pub(super) fn adopt_excess(&mut self, stream: TcpStream, peer: SocketAddr, workers_asked: usize) {
        let open: usize = self.shared.desks.iter().map(|desk| desk.connections.load(Ordering::Relaxed)).sum();
        // The newcomer is counted already, and others may have left since.
        if open <= self.shared.limits.connections_max {
            self.adopt(stream, peer);
        } else if workers_asked < self.shared.desks.len()
            && let Some(desk) = self.desk_idle_longer()
        {
            // The count moves first, so that nobody sees room where there is none.
            desk.connections.fetch_add(1, Ordering::Relaxed);
            self.uncount();
            desk.inbox.push(Message::Excess { stream, peer, workers_asked: workers_asked + 1 });
        } else if self.drop_longest_idle() {
            self.adopt(stream, peer);
        } else {
            self.shared.handler.report(&Event::ConnectionsExhausted);
            self.refuse(stream, peer);
        }
    }

    /// The worker with a connection that has been idle clearly longer than any here. When none is idle here, and no other worker has
    /// published one, the next worker takes a look.
    fn desk_idle_longer(&self) -> Option<&Arc<Desk>> {
        let own = self.tell_idle_since();
        let desks = &self.shared.desks;
        let others = desks.iter().enumerate().filter(|(index, _)| *index != self.index).map(|(_, desk)| desk);
        let told = |desk: &Arc<Desk>| desk.idle_since.load(Ordering::Relaxed);
        let longest =
            others.min_by_key(|desk| told(desk)).filter(|desk| told(desk) < own.saturating_sub(IDLE_DIFFERENCE_MIN));
        longest.or_else(|| desks.get((self.index + 1) % desks.len()).filter(|_| own == NONE_IDLE && desks.len() > 1))
    }

    /// Drops the longest-idle connection; false when none is idle.
    fn drop_longest_idle(&mut self) -> bool {
        loop {
            let idle = self.open.iter().filter_map(|(token, socket)| Some((socket.idle_since()?, token)));
            let Some((_, token)) = idle.min_by_key(|(since, _)| *since) else { return false };
            // A request that has arrived but has not been read is not lost: it is answered first.
            self.read(token);
            let Some(socket) = self.open.get_mut(token) else { return true };
            if socket.idle_since().is_some() {
                self.drop_connection(token, CloseReason::Shed);
                self.counters.shed.add(1);
                return true;
            }
        }
    }

    /// Answers 503 to a connection above the cap before it has sent a request.
    fn refuse(&mut self, stream: TcpStream, peer: SocketAddr) {
        self.counters.refused.add(1);
        let refusals: usize = self.shared.desks.iter().map(|desk| desk.refusals.load(Ordering::Relaxed)).sum();
        if refusals >= REFUSALS_MAX {
            // The oldest: its peer has had the most time to read the answer.
            let oldest = self.open.iter().filter(|(_, socket)| socket.is_refusal);
            let oldest = oldest.min_by_key(|(_, socket)| socket.connection.deadline()).map(|(token, _)| token);
            oldest.into_iter().for_each(|token| self.drop_connection(token, CloseReason::Refused(Error::Connections)));
        }
        let Some(token) = self.adopt(stream, peer) else { return };
        if let Some(socket) = self.open.get_mut(token) {
            socket.is_refusal = true;
            self.desk.refusals.fetch_add(1, Ordering::Relaxed);
            self.uncount();
        }
        self.drive(token, |connection, turn| connection.refuse(Error::Connections, turn));
    }
}
