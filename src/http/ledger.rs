//! The ledger: how many bytes clients make this process hold, kept under one limit.
//!
//! Everything that grows with what a client sends or asks for is charged here before its memory is taken, and given back when it
//! is freed: content, decoded rows, values, answers, unsent output. What does not fit is refused. Buffers up to
//! [`THREAD_BUFFER_BYTES`] that a thread keeps from request to request are its own, and not charged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that each buffer of a thread may keep between two requests.
pub const THREAD_BUFFER_BYTES: usize = 64 << 10;

/// Bytes held for all clients, and their limit.
#[derive(Debug)]
pub struct Ledger {
    bytes: AtomicUsize,
    peak_bytes: AtomicUsize,
    bytes_max: usize,
    /// What this is a part of.
    whole: Option<Arc<Ledger>>,
}

/// There is no room for so many bytes more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom(pub usize);

impl Ledger {
    /// A ledger with nothing held.
    pub fn new(bytes_max: usize) -> Arc<Ledger> {
        Ledger::make(bytes_max, None)
    }

    /// A part of this one for some of its owners: what they hold counts in both.
    pub fn part(self: &Arc<Ledger>, bytes_max: usize) -> Arc<Ledger> {
        Ledger::make(bytes_max, Some(Arc::clone(self)))
    }

    fn make(bytes_max: usize, whole: Option<Arc<Ledger>>) -> Arc<Ledger> {
        Arc::new(Ledger { bytes: AtomicUsize::new(0), peak_bytes: AtomicUsize::new(0), bytes_max, whole })
    }

    /// Bytes that are held now.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The most bytes that were held at a time.
    pub fn peak_bytes(&self) -> usize {
        self.peak_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that may be held.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    fn add(&self, bytes: usize) -> Result<(), NoRoom> {
        // Relaxed, here and below: only the count matters, it guards no other memory.
        let sum = |before: usize| before.checked_add(bytes).filter(|sum| *sum <= self.bytes_max);
        let before = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
        let before = before.map_err(|_| NoRoom(bytes))?;
        if let Some(whole) = &self.whole
            && let Err(no_room) = whole.add(bytes)
        {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(no_room);
        }
        self.peak_bytes.fetch_max(before + bytes, Ordering::Relaxed);
        Ok(())
    }

    fn subtract(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.subtract(bytes);
        }
    }
}

/// One owner's part of what a [`Ledger`] counts, given back when dropped. One that belongs to no ledger has no limit.
#[derive(Debug, Default)]
pub struct Charge {
    ledger: Option<Arc<Ledger>>,
    bytes: usize,
}

impl Charge {
    /// Holds nothing yet.
    pub fn new(ledger: &Arc<Ledger>) -> Charge {
        Charge { ledger: Some(Arc::clone(ledger)), bytes: 0 }
    }

    /// Belongs to `ledger` from now on; nothing is held yet.
    pub fn attach(&mut self, ledger: Option<&Arc<Ledger>>) {
        if self.ledger.is_none() {
            self.ledger = ledger.map(Arc::clone);
        }
    }

    /// Bytes held; none where there is no ledger.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// One of the same ledger that holds nothing yet.
    #[must_use]
    pub fn sibling(&self) -> Charge {
        Charge { ledger: self.ledger.clone(), bytes: 0 }
    }

    /// Holds `bytes` from now on, be it more or less than before.
    ///
    /// # Errors
    /// [`NoRoom`] when that would exceed the limit; then nothing has changed.
    pub fn set(&mut self, bytes: usize) -> Result<(), NoRoom> {
        if let Some(ledger) = &self.ledger {
            if bytes > self.bytes {
                ledger.add(bytes - self.bytes)?;
            } else if bytes < self.bytes {
                ledger.subtract(self.bytes - bytes);
            }
            self.bytes = bytes;
        }
        Ok(())
    }

    /// Hands everything held to a new owner.
    #[must_use]
    pub fn take(&mut self) -> Charge {
        let empty = self.sibling();
        std::mem::replace(self, empty)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if let Some(ledger) = &self.ledger {
            ledger.subtract(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_for_all_owners_together() {
        let ledger = Ledger::new(100);
        let (mut first, mut second) = (Charge::new(&ledger), Charge::new(&ledger));
        assert_eq!(first.set(60), Ok(()));
        assert_eq!(second.set(41), Err(NoRoom(41)));
        assert_eq!(second.set(40), Ok(()));
        assert_eq!(first.set(10), Ok(()));
        assert_eq!((second.set(90), ledger.bytes()), (Ok(()), 100));
    }

    #[test]
    fn a_part_has_its_own_limit_and_counts_in_the_whole() {
        let whole = Ledger::new(99);
        let part = whole.part(66);
        let (mut request, mut answer) = (Charge::new(&part), Charge::new(&whole));
        assert_eq!(request.set(67), Err(NoRoom(67)));
        assert_eq!(request.set(66), Ok(()));
        assert_eq!((answer.set(34), answer.set(33)), (Err(NoRoom(34)), Ok(())));
        assert_eq!((whole.bytes(), part.bytes()), (99, 66));
        drop(request);
        assert_eq!((whole.bytes(), part.bytes()), (33, 0));
        assert_eq!((answer.set(40), Charge::new(&part).set(60)), (Ok(()), Err(NoRoom(60))));
        assert_eq!((whole.bytes(), part.bytes()), (40, 0));
    }

    #[test]
    fn what_is_dropped_is_given_back() {
        let ledger = Ledger::new(100);
        let mut charge = Charge::new(&ledger);
        assert_eq!(charge.set(100), Ok(()));
        let taken = charge.take();
        assert_eq!(charge.set(1), Err(NoRoom(1)));
        drop(taken);
        assert_eq!(charge.set(100), Ok(()));
    }
}
