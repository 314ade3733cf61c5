//! The counters of all threads.

use std::iter::Sum;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::numbers::NumberCounts;
use super::tally::{Tallies, Tally};
use crate::api::served::Served;
use crate::http::counters::Count;
use crate::http::{Error, Status};

/// How many statuses there are; each is counted.
const STATUSES: usize = Status::ALL.len();

/// Upper bounds of the buckets of durations, in microseconds: from a single row on an idle machine up to the deadlines.
pub(super) const BOUNDS: [u64; 18] = [
    25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

/// Limits of the engine that are counted when they are reached; each leads to a 503.
pub(super) const OVERLOADS: [(Error, &str); 3] = [
    (Error::Connections, "connections_max"),
    (Error::ComputeQueue, "compute_queue_max"),
    (Error::BufferedBytes, "buffered_bytes_max"),
];

/// Everything that is counted here.
#[derive(Debug)]
pub struct Metrics {
    /// Method and label of each route, by its number.
    pub(super) routes: Vec<(&'static str, &'static str)>,
    pub(super) shards: Mutex<Vec<Arc<Shard>>>,
    /// Predictions by label.
    pub(super) labels: Mutex<Tallies>,
    /// Rows outside the range of the support vectors, by column.
    pub(super) outside: Mutex<Tallies>,
    pub(super) reloads: AtomicU64,
    pub(super) failed_reloads: AtomicU64,
    pub(super) started: SystemTime,
}

/// What one thread has counted, in cache lines to which no other thread writes.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Shard {
    /// By the number of the route.
    routes: Box<[RouteCounts]>,
    pub(super) overloads: [Count; OVERLOADS.len()],
    /// Rows that have been answered.
    pub rows: Count,
    /// Documents among them without a word that the model knows.
    pub empty_rows: Count,
    /// Rows among them whose label the cheaper computation did not prove.
    pub unproven_rows: Count,
    /// Numbers that have been predicted.
    pub numbers: NumberCounts,
}

/// What one thread has counted of one route.
#[derive(Debug, Default)]
pub(super) struct RouteCounts {
    pub(super) statuses: [Count; STATUSES],
    /// One more than there are bounds: the last bucket is for what is above all of them.
    pub(super) durations: [Count; BOUNDS.len() + 1],
    pub(super) nanoseconds: Count,
}

impl Shard {
    /// Counts one request. `number`: that of its route, 0 where it found none.
    pub fn count(&self, number: usize, status: Status, refused: Option<Error>, duration: Duration) {
        if let Some(route) = self.routes.get(number) {
            let status = Status::ALL.iter().position(|known| *known == status);
            if let Some(count) = status.and_then(|index| route.statuses.get(index)) {
                count.add(1);
            }
            let nanoseconds = duration.as_nanos() as u64;
            let microseconds = nanoseconds.div_ceil(1_000);
            let bucket = BOUNDS.iter().position(|bound| microseconds <= *bound).unwrap_or(BOUNDS.len());
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
}

impl Metrics {
    /// Nothing is counted yet; the process starts now. `routes`: method and label of each, in the order of their numbers.
    pub fn new(routes: impl IntoIterator<Item = (&'static str, &'static str)>) -> Metrics {
        Metrics {
            routes: [("-", "-")].into_iter().chain(routes).collect(),
            shards: Mutex::default(),
            labels: Mutex::default(),
            outside: Mutex::default(),
            reloads: AtomicU64::new(0),
            failed_reloads: AtomicU64::new(0),
            started: SystemTime::now(),
        }
    }

    /// The counters of the thread that `own` belongs to. At first use they are new, or taken over from a thread that has ended.
    pub fn shard<'a>(&self, own: &'a mut Option<Arc<Shard>>) -> &'a Shard {
        own.get_or_insert_with(|| {
            let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(left) = shards.iter().find(|shard| Arc::strong_count(shard) == 1) {
                return Arc::clone(left);
            }
            let routes = self.routes.iter().map(|_| RouteCounts::default()).collect();
            let shard = Arc::new(Shard { routes, ..Shard::default() });
            shards.push(Arc::clone(&shard));
            shard
        })
    }

    /// Predictions by label of the thread that `own` belongs to, with the model that it holds.
    pub fn labels<'a>(&self, own: &'a mut Option<Arc<Tally>>, generation: u64, served: &Served) -> &'a Tally {
        Tallies::of(&self.labels, own, generation, || served.label_texts())
    }

    /// Rows outside the range of the support vectors, by column; else as [`labels`](Self::labels).
    #[cold]
    pub fn outside<'a>(&self, own: &'a mut Option<Arc<Tally>>, generation: u64, served: &Served) -> &'a Tally {
        Tallies::of(&self.outside, own, generation, || served.ranges.names(&served.columns))
    }

    /// Counts a replacement of the model, or a failed attempt at one.
    pub fn count_reload(&self, is_ok: bool) {
        let counter = if is_ok { &self.reloads } else { &self.failed_reloads };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The sum of one number over all threads.
    pub(super) fn sum<N: Sum>(&self, number: impl Fn(&Shard) -> N) -> N {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|shard| number(shard)).sum()
    }

    /// The sum of one number of a route over all threads.
    pub(super) fn sum_route(&self, number: usize, count: impl for<'b> Fn(&'b RouteCounts) -> Option<&'b Count>) -> u64 {
        self.sum(|shard| shard.routes.get(number).and_then(&count).map_or(0, Count::get))
    }
}
