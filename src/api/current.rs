//! The model that is served now. It can be replaced without a lock on the path of a request.
//!
//! A thread keeps the model it has, and checks one number to see whether that is still the newest. Only if it is not, and after a
//! rest, does it take the lock. A request is answered by the one model that its thread held when it began.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::served::Served;

/// The newest model, shared by all threads.
pub struct Current {
    /// The number of the model in `slot`; it can be read without the lock.
    generation: AtomicU64,
    slot: Mutex<Held>,
}

/// A model that a thread holds.
#[derive(Clone)]
pub struct Held {
    /// The number of the model, counted from 1.
    pub generation: u64,
    /// The model.
    pub served: Arc<Served>,
}

impl Current {
    /// `served` is the first model.
    pub fn new(served: Served) -> Current {
        let first = Held { generation: 1, served: Arc::new(served) };
        Current { generation: AtomicU64::new(first.generation), slot: Mutex::new(first) }
    }

    /// The newest model, for the time that one answer takes. `own` is what the thread still holds from its last one. It should be
    /// emptied when the thread rests, or a replaced model would stay in memory while its threads sleep.
    pub fn hold<'a>(&self, own: &'a mut Option<Held>) -> &'a Held {
        let newest = self.generation.load(Ordering::Acquire);
        if own.as_ref().is_some_and(|held| held.generation != newest) {
            *own = None;
        }
        own.get_or_insert_with(|| self.newest())
    }

    /// The newest model, for callers that may wait for the lock.
    pub fn newest(&self) -> Held {
        self.lock().clone()
    }

    /// Serves `next` from now on. Returns the model before it, which threads may hold until their next request or rest.
    pub fn replace(&self, next: Served) -> Arc<Served> {
        let next = Arc::new(next);
        let mut slot = self.lock();
        slot.generation += 1;
        self.generation.store(slot.generation, Ordering::Release);
        std::mem::replace(&mut slot.served, next)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::served::tests::served;

    #[test]
    fn a_thread_holds_its_model_until_a_newer_one_is_there() {
        let current = Current::new(served(&["a", "b"]));
        let mut own = None;
        let first = current.hold(&mut own).clone();
        assert_eq!(first.generation, 1);
        assert!(Arc::ptr_eq(&current.hold(&mut own).served, &first.served));
        let replaced = current.replace(served(&["c", "d"]));
        assert!(Arc::ptr_eq(&replaced, &first.served));
        let second = current.hold(&mut own).clone();
        assert_eq!((second.generation, second.served.label(0)), (2, b"\"c\"".as_slice()));
        assert!(Arc::ptr_eq(&second.served, &current.newest().served));
    }

    #[test]
    fn a_thread_that_rests_keeps_no_model_alive() {
        let current = Current::new(served(&["a", "b"]));
        let mut own = None;
        current.hold(&mut own);
        let replaced = current.replace(served(&["c", "d"]));
        assert_eq!(Arc::strong_count(&replaced), 2);
        own = None;
        assert_eq!(Arc::strong_count(&replaced), 1);
        assert_eq!(current.hold(&mut own).generation, 2);
    }
}
