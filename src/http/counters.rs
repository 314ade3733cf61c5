//! What the engine counts. Each thread writes its own counters; a reader adds them up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::ledger::Ledger;

/// A number that one thread at a time writes and any thread reads.
///
/// With a single writer it needs no locked instruction. It guards no other memory, so all orderings are relaxed.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
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
pub struct ThreadCounters {
    /// Connections accepted since the start.
    pub accepted: Count,
    /// Of these, closed.
    pub closed: Count,
    /// Of these, dropped while idle to make room for a new one.
    pub shed: Count,
    /// Of these, answered 503 for lack of room.
    pub refused: Count,
    /// Bytes read from connections.
    pub received_bytes: Count,
    /// Bytes written to connections.
    pub sent_bytes: Count,
    /// Requests that have begun and are waiting for their content or for a compute thread.
    pub in_flight: Count,
}

/// All counters of one server.
#[derive(Debug)]
pub struct Counters {
    /// Those of the thread that accepts.
    pub acceptor: ThreadCounters,
    /// Those of each event loop.
    pub loops: Vec<Arc<ThreadCounters>>,
    /// Requests in the queue of the compute threads.
    pub compute_waiting: AtomicUsize,
    /// Connections that may be open.
    pub connections_max: usize,
    /// Bytes held for clients, and how many may be.
    pub ledger: Arc<Ledger>,
}

impl Counters {
    /// Counters for this many event loops, all zero, with the limits that apply to them.
    pub fn new(loops: usize, connections_max: usize, ledger: &Arc<Ledger>) -> Counters {
        Counters {
            acceptor: ThreadCounters::default(),
            loops: (0..loops).map(|_| Arc::default()).collect(),
            compute_waiting: AtomicUsize::new(0),
            connections_max,
            ledger: Arc::clone(ledger),
        }
    }

    /// The sum of one counter over all event loops.
    pub fn sum(&self, count: fn(&ThreadCounters) -> &Count) -> u64 {
        self.loops.iter().map(|counters| count(counters).get()).sum()
    }

    /// Connections that are open, including those being refused.
    pub fn open(&self) -> u64 {
        // Read before `accepted`, which only grows: the difference cannot fall below zero.
        let closed = self.sum(|counters| &counters.closed);
        self.acceptor.accepted.get().saturating_sub(closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_sums_over_all_threads() {
        let counters = Counters::new(2, 10, &Ledger::new(0));
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
        let sums: [fn(&ThreadCounters) -> &Count; 5] = [
            |counters| &counters.refused,
            |counters| &counters.shed,
            |counters| &counters.received_bytes,
            |counters| &counters.sent_bytes,
            |counters| &counters.in_flight,
        ];
        assert_eq!(sums.map(|count| counters.sum(count)), [3, 3, 300, 3_000, 1]);
        assert_eq!(counters.open(), 7);
    }
}
