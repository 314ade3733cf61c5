//! Threads that solve problems, and help with those of others when none is left for them.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::svc::lanes::LANES;

/// How many threads there are, and how many of them solve a problem of their own.
#[derive(Debug)]
pub(super) struct Crew {
    threads: usize,
    solving: AtomicUsize,
}

/// Work that is worth starting another thread for, in multiplications: some tenths of a millisecond.
const SHARED_WORK_MIN: usize = 4 << 20;

/// What a kernel value costs besides the multiplications, in multiplications.
const VALUE_WORK: usize = 24;

impl Crew {
    /// So many threads, of which so many are about to solve problems.
    pub fn new(threads: NonZero<usize>, solving: usize) -> Crew {
        Crew { threads: threads.get(), solving: AtomicUsize::new(solving) }
    }

    /// One of the threads has no problem to solve any more.
    pub fn leave(&self) {
        self.solving.fetch_sub(1, Ordering::Relaxed);
    }

    /// Computes values in parts of whole lanes, by as many threads as have nothing to solve, if it is enough work. `compute`: gets a part
    /// and the place where it begins. No value may depend on the parts.
    pub fn compute(&self, values: &mut [f32], n_features: usize, compute: impl Fn(usize, &mut [f32]) + Sync) {
        let solving = self.solving.load(Ordering::Relaxed).max(1);
        // those with nothing to solve are divided among the others
        let threads = self.threads / solving;
        if threads < 2 || values.len().saturating_mul(n_features + VALUE_WORK) < SHARED_WORK_MIN {
            return compute(0, values);
        }
        let part = values.len().div_ceil(threads).next_multiple_of(LANES);
        thread::scope(|scope| {
            let mut parts = values.chunks_mut(part).zip((0..).step_by(part));
            let own = parts.next();
            let compute = &compute;
            for (values, start) in parts {
                scope.spawn(move || compute(start, values));
            }
            if let Some((values, start)) = own {
                compute(start, values);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_computed_once_by_any_number_of_threads() {
        for (threads, solving, count) in
            [(1, 1, 40), (2, 2, 1 << 18), (2, 1, 1 << 18), (3, 1, (1 << 18) + 8), (8, 3, 1 << 18)]
        {
            let crew = Crew::new(NonZero::new(threads).unwrap(), solving);
            let mut values = vec![1.0; count];
            crew.compute(&mut values, 10, |start, values| {
                values.iter_mut().zip(start..).for_each(|(value, place)| *value += place as f32);
            });
            assert!(values.iter().zip(0..).all(|(value, place)| *value == place as f32 + 1.0), "{threads} {count}");
        }
    }
}
