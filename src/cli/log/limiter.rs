//! Trouble that comes a thousand times a second is logged once a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Lets one line a second through and counts the others.
pub(super) struct Limiter {
    started: Instant,
    /// Second of the last line, counted from 1; 0 before the first.
    last: AtomicU64,
    held_back: AtomicU64,
}

impl Limiter {
    /// A limiter that lets the first line through.
    pub(super) fn new() -> Limiter {
        Limiter { started: Instant::now(), last: AtomicU64::new(0), held_back: AtomicU64::new(0) }
    }

    /// `None` if no line may be written now; else how many were held back since the last one.
    pub(super) fn take_turn(&self) -> Option<u64> {
        self.take_turn_in(self.started.elapsed().as_secs())
    }

    fn take_turn_in(&self, second: u64) -> Option<u64> {
        // Two threads at the same moment may both write: one more line does no harm.
        if self.last.swap(second + 1, Ordering::Relaxed) == second + 1 {
            self.held_back.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.held_back.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_goes_through_and_tells_of_the_others() {
        let limiter = Limiter::new();
        let turns = [0, 0, 0, 1, 1, 2, 5].map(|second| limiter.take_turn_in(second));
        assert_eq!(turns, [Some(0), None, None, Some(2), None, Some(1), Some(0)]);
    }
}
