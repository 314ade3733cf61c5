//! Vectors whose memory is in the ledger.

use std::ops::Deref;
use std::sync::Arc;

use super::ledger::{Charge, Ledger, NoRoom, THREAD_BUFFER_BYTES};
use super::memory::shrink;

/// A vector whose memory is charged before it is taken, but for its first `FREE` bytes.
#[derive(Debug)]
pub struct Charged<T, const FREE: usize = 0> {
    items: Vec<T>,
    charge: Charge,
}

/// A vector that a thread keeps from request to request.
pub type Reused<T> = Charged<T, THREAD_BUFFER_BYTES>;

impl<T, const FREE: usize> Charged<T, FREE> {
    /// An empty vector.
    pub fn new(charge: Charge) -> Charged<T, FREE> {
        Charged { items: Vec::new(), charge }
    }

    /// Belongs to `ledger` from now on; nothing is charged yet.
    pub fn attach(&mut self, ledger: Option<&Arc<Ledger>>) {
        self.charge.attach(ledger);
    }

    /// Bytes that are charged.
    pub fn charged_bytes(&self) -> usize {
        self.charge.bytes()
    }

    /// Makes room for `count` items more.
    ///
    /// The vector grows by at least a quarter, but not beyond `len_max`: unused memory would be charged too, and keep out a request that
    /// there is room for.
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    #[inline]
    pub fn reserve(&mut self, count: usize, len_max: usize) -> Result<(), NoRoom> {
        match self.items.capacity() - self.items.len() >= count {
            true => Ok(()),
            false => self.grow(count, len_max),
        }
    }

    #[cold]
    fn grow(&mut self, count: usize, len_max: usize) -> Result<(), NoRoom> {
        let (len, capacity) = (self.items.len(), self.items.capacity());
        let needed = len.checked_add(count).ok_or(NoRoom(usize::MAX))?;
        let mut wanted = (capacity + capacity / 4).max(LEN_MIN).min(len_max).max(needed);
        if self.charge_for(wanted).is_err() {
            // Where there is no room for that, less will do; but not so little that each item costs a step.
            wanted = (capacity + capacity / 16).min(len_max).max(needed);
            self.charge_for(wanted)?;
        }
        self.items.reserve_exact(wanted - len);
        Ok(())
    }

    fn charge_for(&mut self, capacity: usize) -> Result<(), NoRoom> {
        let bytes = capacity.checked_mul(size_of::<T>()).ok_or(NoRoom(usize::MAX))?;
        self.charge.set(bytes.saturating_sub(FREE))
    }

    /// Appends an item.
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), NoRoom> {
        self.reserve(1, usize::MAX)?;
        self.items.push(item);
        Ok(())
    }

    /// The vector, with room for `count` items more; see [`reserve`](Self::reserve). What is appended beyond that is not charged.
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    pub fn room_for(&mut self, count: usize, len_max: usize) -> Result<&mut Vec<T>, NoRoom> {
        self.reserve(count, len_max)?;
        Ok(&mut self.items)
    }

    /// The vector itself. What is appended is not charged.
    pub(super) fn uncharged(&mut self) -> &mut Vec<T> {
        &mut self.items
    }

    /// The vector itself, no longer charged.
    pub(super) fn into_items(mut self) -> Vec<T> {
        std::mem::take(&mut self.items)
    }

    /// A charge of the same ledger, with nothing held.
    pub(super) fn empty_charge(&self) -> Charge {
        self.charge.sibling()
    }

    /// An empty vector of the same ledger.
    #[must_use]
    pub fn sibling(&self) -> Charged<T, FREE> {
        Charged { items: Vec::new(), charge: self.charge.sibling() }
    }

    /// Hands the items, their memory and its charge to a new owner.
    #[must_use]
    pub fn take(&mut self) -> Charged<T, FREE> {
        let empty = self.sibling();
        std::mem::replace(self, empty)
    }

    /// Gives back memory that is not used, if it is much.
    pub fn settle(&mut self) {
        if (self.items.capacity() - self.items.len()).saturating_mul(size_of::<T>()) > THREAD_BUFFER_BYTES {
            self.items.shrink_to_fit();
            // Less than before always has room.
            let _ = self.charge_for(self.items.capacity());
        }
    }

    /// Charges its memory to `charge` from now on, whatever it was charged to before, and gives back what is not used.
    ///
    /// # Errors
    /// [`NoRoom`]; then it is charged to nothing.
    pub fn charge_to(&mut self, charge: Charge) -> Result<(), NoRoom> {
        self.settle();
        self.charge = charge;
        let charged = self.charge_for(self.items.capacity());
        if charged.is_err() {
            self.charge = Charge::default();
        }
        charged
    }

    /// Drops the first `count` items, and most of the memory if few are left.
    pub fn skip(&mut self, count: usize) {
        self.items.drain(..count.min(self.items.len()));
        if self.items.len() < self.items.capacity() / 4 {
            self.items.shrink_to(self.items.len().max(1));
            // Less than before always has room.
            let _ = self.charge_for(self.items.capacity());
        }
    }

    /// Keeps the first `len` items, and the memory.
    pub fn truncate(&mut self, len: usize) {
        self.items.truncate(len);
    }

    /// Empty again, with the memory kept.
    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// As [`trim`](Self::trim), if there is anything in it.
    #[inline]
    pub(super) fn trim_used(&mut self) {
        if !self.items.is_empty() {
            self.trim();
        }
    }

    /// Empty again, and without the memory that is charged.
    #[inline]
    pub fn trim(&mut self) {
        self.items.clear();
        if self.items.capacity() > FREE / size_of::<T>().max(1) {
            self.give_back();
        }
    }

    #[cold]
    fn give_back(&mut self) {
        self.items.shrink_to((FREE / size_of::<T>().max(1)).max(1));
        if FREE == 0 {
            self.items = Vec::new();
        }
        // Less than before always has room.
        let _ = self.charge.set(0);
    }

    /// The items; they cannot become more.
    pub fn items_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<T: Copy, const FREE: usize> Charged<T, FREE> {
    /// Appends items; see [`reserve`](Self::reserve).
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    pub fn extend(&mut self, items: &[T], len_max: usize) -> Result<(), NoRoom> {
        self.reserve(items.len(), len_max)?;
        self.items.extend_from_slice(items);
        Ok(())
    }

    /// Appends `item` so many times, and returns these.
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    #[inline]
    pub fn extend_with(&mut self, item: T, count: usize) -> Result<&mut [T], NoRoom> {
        self.reserve(count, usize::MAX)?;
        let start = self.items.len();
        self.items.resize(start + count, item);
        Ok(self.items.get_mut(start..).unwrap_or_default())
    }
}

impl<T, const FREE: usize> Default for Charged<T, FREE> {
    fn default() -> Charged<T, FREE> {
        Vec::new().into()
    }
}

impl<T, const FREE: usize> From<Vec<T>> for Charged<T, FREE> {
    /// Items that are not charged: nobody outside of the server decides how many they are.
    fn from(items: Vec<T>) -> Charged<T, FREE> {
        Charged { items, charge: Charge::default() }
    }
}

impl<T, const FREE: usize> Deref for Charged<T, FREE> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T, const FREE: usize> Drop for Charged<T, FREE> {
    #[inline]
    fn drop(&mut self) {
        shrink(&mut self.items);
    }
}

/// Items that a vector grows to at first.
const LEN_MIN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_charged_for_all_of_its_memory() {
        let ledger = Ledger::new(10_000);
        let mut numbers: Charged<f64> = Charged::new(Charge::new(&ledger));
        let count = (0..).take_while(|index| numbers.push(f64::from(*index)).is_ok()).count();
        // 64, then always a quarter as much again, and a sixteenth where that is too much.
        assert_eq!((count, numbers.last()), (1_222, Some(&1_221.0)));
        assert_eq!(ledger.bytes(), numbers.items.capacity() * 8);
        numbers.trim();
        assert_eq!((ledger.bytes(), numbers.items.capacity()), (0, 0));
    }

    #[test]
    fn what_a_thread_keeps_is_free() {
        let ledger = Ledger::new(5_000);
        let mut numbers: Reused<f64> = Reused::default();
        numbers.attach(Some(&ledger));
        let free = THREAD_BUFFER_BYTES / 8;
        assert!(numbers.extend_with(0.0, free).is_ok());
        assert_eq!(ledger.bytes(), 0);
        assert_eq!(numbers.extend_with(0.0, free).err(), Some(NoRoom(THREAD_BUFFER_BYTES)));
        assert!(numbers.extend_with(0.0, 100).is_ok());
        // A quarter as much again would be too much: a sixteenth.
        assert_eq!(ledger.bytes(), THREAD_BUFFER_BYTES / 16);
    }

    #[test]
    fn memory_whose_need_is_known_does_not_grow_beyond_it() {
        let ledger = Ledger::new(1_000);
        let mut bytes: Charged<u8> = Charged::new(Charge::new(&ledger));
        assert_eq!(bytes.extend(&[1; 600], 700), Ok(()));
        assert_eq!(bytes.extend(&[2; 100], 700), Ok(()));
        assert_eq!(ledger.bytes(), 700);
        bytes.skip(650);
        assert_eq!((&*bytes, ledger.bytes()), (&[2; 50][..], 50));
        let taken = bytes.take();
        assert_eq!((taken.len(), bytes.len(), ledger.bytes()), (50, 0, 50));
    }
}
