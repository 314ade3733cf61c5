//! What is counted for `GET /metrics`, and the answer to it.
//!
//! Each thread of the engine counts in a [`Shard`] and, for the model it holds, in a [`Tally`] of its own; a scrape adds them
//! up. So counting takes no lock and shares no cache line.

mod exposition;
mod process;
mod report;
mod tally;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::labels::LABELS;
use super::service::Served;
use crate::http::counters::{Count, Totals};
use crate::http::{Error, Response, Status};

use tally::Tallies;
pub use tally::Tally;

/// Value of Content-Type.
pub const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Statuses that are counted one by one; all that there are.
const STATUSES: usize = 15;

/// Upper bounds of the buckets of durations, in nanoseconds: from a single row on an idle machine to the deadlines.
const BOUNDS: [u64; 18] = [
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// Limits of the engine whose passing is counted: each gives a 503.
const OVERLOADS: [(Error, &str); 3] = [
    (Error::Connections, "connections_max"),
    (Error::ComputeQueue, "compute_queue_max"),
    (Error::BufferedBytes, "buffered_bytes_max"),
];

/// Everything that is counted here.
#[derive(Debug)]
pub struct Metrics {
    shards: Mutex<Vec<Arc<Shard>>>,
    tallies: Mutex<Tallies>,
    reloads: AtomicU64,
    failed_reloads: AtomicU64,
    started: SystemTime,
}

/// What one thread has counted. Its own cache lines: no other thread writes there.
#[derive(Debug)]
#[repr(align(128))]
pub struct Shard {
    routes: [RouteCounts; LABELS.len()],
    overloads: [Count; OVERLOADS.len()],
    rows: Count,
}

#[derive(Debug)]
struct RouteCounts {
    statuses: [Count; STATUSES],
    /// One more than there are bounds: the last bucket takes what is above all of them.
    durations: [Count; BOUNDS.len() + 1],
    nanoseconds: Count,
}

impl Shard {
    fn new() -> Shard {
        let route = || RouteCounts {
            statuses: [const { Count::new() }; STATUSES],
            durations: [const { Count::new() }; BOUNDS.len() + 1],
            nanoseconds: Count::new(),
        };
        Shard {
            routes: std::array::from_fn(|_| route()),
            overloads: [const { Count::new() }; OVERLOADS.len()],
            rows: Count::new(),
        }
    }

    /// Counts one request. `label`: its place in [`LABELS`].
    pub fn count(&self, label: usize, status: Status, refused: Option<Error>, duration: Duration) {
        if let Some(route) = self.routes.get(label) {
            let status = Status::ALL.iter().position(|known| *known == status);
            if let Some(count) = status.and_then(|index| route.statuses.get(index)) {
                count.add(1);
            }
            let nanoseconds = duration.as_nanos() as u64;
            let bucket = BOUNDS.iter().position(|bound| nanoseconds <= *bound).unwrap_or(BOUNDS.len());
            if let Some(count) = route.durations.get(bucket) {
                count.add(1);
            }
            route.nanoseconds.add(nanoseconds);
        }
        if let Some(error) = refused
            && let Some((count, _)) = self.overloads.iter().zip(OVERLOADS).find(|(_, (limit, _))| *limit == error)
        {
            count.add(1);
        }
    }

    /// Counts rows that have been answered.
    pub fn count_rows(&self, rows: usize) {
        self.rows.add(rows as u64);
    }
}

/// What a scrape shows besides the counts.
pub struct Surroundings<'a> {
    /// The model that is served.
    pub served: &'a Served,
    /// What the engine has counted.
    pub totals: Totals,
    /// Log lines that could not be written.
    pub log_lines_dropped: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

impl Metrics {
    /// Nothing is counted yet; the process starts now.
    pub fn new() -> Metrics {
        Metrics {
            shards: Mutex::default(),
            tallies: Mutex::default(),
            reloads: AtomicU64::new(0),
            failed_reloads: AtomicU64::new(0),
            started: SystemTime::now(),
        }
    }

    /// The counters of the thread that `own` belongs to. The first time they are those that another thread has left, or new.
    pub fn shard<'a>(&self, own: &'a mut Option<Arc<Shard>>) -> &'a Shard {
        own.get_or_insert_with(|| {
            let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(left) = shards.iter().find(|shard| Arc::strong_count(shard) == 1) {
                return Arc::clone(left);
            }
            let shard = Arc::new(Shard::new());
            shards.push(Arc::clone(&shard));
            shard
        })
    }

    /// The predictions of the thread that `own` belongs to, with the model that it holds.
    pub fn tally<'a>(&self, own: &'a mut Option<Arc<Tally>>, generation: u64, served: &Served) -> &'a Tally {
        if own.as_ref().is_some_and(|tally| tally.generation() != generation) {
            *own = None;
        }
        own.get_or_insert_with(|| {
            let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
            tallies.begin(generation, served.model().classes())
        })
    }

    /// Counts a replacement of the model, or an attempt at one.
    pub fn count_reload(&self, is_ok: bool) {
        let counter = if is_ok { &self.reloads } else { &self.failed_reloads };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// `GET /metrics`
    pub fn respond(&self, surroundings: &Surroundings<'_>, mut content: Vec<u8>) -> Response {
        report::write(self, surroundings, &mut content);
        Response::new(Status::OK, PROMETHEUS_TEXT, content)
    }

    /// The sum of one number over all threads.
    fn sum(&self, count: impl Fn(&Shard) -> u64) -> u64 {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|shard| count(shard)).sum()
    }
}

#[cfg(test)]
mod tests;
