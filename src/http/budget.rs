//! A count of bytes that all connections share, to keep their sum under one limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes held by all owners, and their limit.
#[derive(Debug)]
pub struct Budget {
    bytes: AtomicUsize,
    bytes_max: usize,
}

impl Budget {
    /// A budget with nothing held.
    pub fn new(bytes_max: usize) -> Arc<Budget> {
        Arc::new(Budget { bytes: AtomicUsize::new(0), bytes_max })
    }
}

/// One owner's part of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub struct Hold {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Hold {
    /// Holds nothing yet.
    pub fn new(budget: &Arc<Budget>) -> Hold {
        Hold { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Holds `bytes` from now on, be it more or less than before. Returns false and changes nothing when that would exceed the limit.
    pub fn set(&mut self, bytes: usize) -> bool {
        let counter = &self.budget.bytes;
        if bytes > self.bytes {
            let more = bytes - self.bytes;
            // Relaxed: only the count matters, it guards no other memory.
            let before = counter.fetch_add(more, Ordering::Relaxed);
            if before + more > self.budget.bytes_max {
                counter.fetch_sub(more, Ordering::Relaxed);
                return false;
            }
        } else if bytes < self.bytes {
            counter.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
        true
    }

    /// Hands everything held to a new owner.
    pub fn take(&mut self) -> Hold {
        std::mem::replace(self, Hold::new(&Arc::clone(&self.budget)))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.budget.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_for_all_owners_together() {
        let budget = Budget::new(100);
        let (mut first, mut second) = (Hold::new(&budget), Hold::new(&budget));
        assert!(first.set(60));
        assert!(!second.set(41));
        assert!(second.set(40));
        assert!(first.set(10));
        assert!(second.set(90));
    }

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(100);
        let mut hold = Hold::new(&budget);
        assert!(hold.set(100));
        let taken = hold.take();
        assert!(!hold.set(1));
        drop(taken);
        assert!(hold.set(100));
    }
}
