//! What the engine counts. Each thread writes its own counters; a reader adds them up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A number that one thread at a time writes and any thread reads.
///
/// With a single writer it needs no locked instruction. It guards no other memory, so all orderings are relaxed.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Zero.
    pub const fn new() -> Count {
        Count(AtomicU64::new(0))
    }

    /// Adds `more`. If two threads do this at once, counts are lost, but nothing worse happens.
    pub fn add(&self, more: u64) {
        self.0.store(self.get().wrapping_add(more), Ordering::Relaxed);
    }

    /// Subtracts one.
    pub fn decrease(&self) {
        self.0.store(self.get().saturating_sub(1), Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of one thread, on cache lines that no other thread writes to.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct ThreadCounters {
    pub(super) accepted: Count,
    pub(super) closed: Count,
    /// Idle connections dropped to make room.
    pub(super) shed: Count,
    /// Connections answered 503 for lack of room.
    pub(super) refused: Count,
    pub(super) received_bytes: Count,
    pub(super) sent_bytes: Count,
    /// Requests that have begun and wait for content or for a compute thread.
    pub(super) in_flight: Count,
}

/// All counters of one server.
#[derive(Debug)]
pub struct Counters {
    pub(super) acceptor: ThreadCounters,
    pub(super) loops: Vec<Arc<ThreadCounters>>,
    pub(super) compute_waiting: AtomicUsize,
}

/// The counters of all threads together at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Connections accepted since the start.
    pub accepted: u64,
    /// Of these, answered 503 for lack of room.
    pub refused: u64,
    /// Of these, dropped while idle to make room for a new one.
    pub shed: u64,
    /// Of these, open, including those being refused.
    pub open: u64,
    /// Bytes read from connections.
    pub received_bytes: u64,
    /// Bytes written to connections.
    pub sent_bytes: u64,
    /// Requests that have begun and wait for their content or for a compute thread.
    pub in_flight: u64,
    /// Of these, in the queue of the compute threads.
    pub compute_waiting: u64,
}

impl Counters {
    /// Counters for this many event loops, all zero.
    pub fn new(loops: usize) -> Counters {
        Counters {
            acceptor: ThreadCounters::default(),
            loops: (0..loops).map(|_| Arc::default()).collect(),
            compute_waiting: AtomicUsize::new(0),
        }
    }

    /// The sums over all threads.
    pub fn totals(&self) -> Totals {
        let sum = |count: fn(&ThreadCounters) -> &Count| self.loops.iter().map(|counters| count(counters).get()).sum();
        // Read before `accepted`, which only grows: the difference cannot fall below zero.
        let closed: u64 = sum(|counters| &counters.closed);
        let accepted = self.acceptor.accepted.get();
        Totals {
            accepted,
            refused: sum(|counters| &counters.refused),
            shed: sum(|counters| &counters.shed),
            open: accepted.saturating_sub(closed),
            received_bytes: sum(|counters| &counters.received_bytes),
            sent_bytes: sum(|counters| &counters.sent_bytes),
            in_flight: sum(|counters| &counters.in_flight),
            compute_waiting: self.compute_waiting.load(Ordering::Relaxed) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_sums_over_all_threads() {
        let counters = Counters::new(2);
        counters.acceptor.accepted.add(10);
        for (counters, times) in counters.loops.iter().zip(1..) {
            counters.closed.add(times);
            counters.shed.add(times);
            counters.refused.add(times);
            counters.received_bytes.add(100 * times);
            counters.sent_bytes.add(1_000 * times);
            counters.in_flight.add(times);
            counters.in_flight.decrease();
        }
        let expected = Totals {
            accepted: 10,
            refused: 3,
            shed: 3,
            open: 7,
            received_bytes: 300,
            sent_bytes: 3_000,
            in_flight: 1,
            compute_waiting: 0,
        };
        assert_eq!(counters.totals(), expected);
    }
}
