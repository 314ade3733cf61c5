//! The stack of one pickle, with its marks and its memo: every pop and index is checked.

use std::collections::HashMap;

use super::value::{Id, values_max};

/// What belongs to one pickle alone.
#[derive(Default)]
pub(super) struct Stream {
    stack: Vec<Id>,
    /// Height of the stack at each MARK.
    marks: Vec<usize>,
    /// Numbered from 0 without a gap, as Python does it.
    memo: Vec<Id>,
    /// All others, in a map: numbers go up to 2^32 - 1.
    scattered: HashMap<u32, Id>,
    entries_max: usize,
}

impl Stream {
    /// For a file of so many bytes.
    pub(super) fn of_file(bytes: usize) -> Stream {
        Stream { entries_max: values_max(bytes), ..Stream::default() }
    }

    /// For another pickle in the same file.
    pub(super) fn inner(&self) -> Stream {
        Stream { entries_max: self.entries_max, ..Stream::default() }
    }

    pub(super) fn push(&mut self, id: Id) {
        self.stack.push(id);
    }

    pub(super) fn mark(&mut self) {
        self.marks.push(self.stack.len());
    }

    /// Takes the last item; right above a mark, the mark.
    pub(super) fn pop_one(&mut self) -> Result<(), String> {
        if self.above_mark() == 0 && self.marks.pop().is_some() {
            return Ok(());
        }
        self.pop(1).map(drop)
    }

    /// Takes the one item that is left at the end.
    pub(super) fn pop_last(&mut self) -> Result<Id, String> {
        let [last] = self.pop_array()?;
        if !self.stack.is_empty() || !self.marks.is_empty() {
            let (items, marks) = (self.stack.len(), self.marks.len());
            return Err(format!("expected one object on the stack, found {items} more items and {marks} open marks"));
        }
        Ok(last)
    }

    /// Gives the top item a number: this one, or the next.
    pub(super) fn remember(&mut self, index: Option<u32>) -> Result<(), String> {
        let count = self.memo.len() + self.scattered.len();
        let index = index.unwrap_or_else(|| u32::try_from(count).unwrap_or(u32::MAX));
        let id = self.top()?;
        let is_next = index as usize == self.memo.len() && self.scattered.is_empty();
        match self.memo.get_mut(index as usize) {
            Some(known) => *known = id,
            None if is_next => self.memo.push(id),
            None => {
                self.scattered.insert(index, id);
            }
        }
        // Python writes at most one for each value
        if count >= self.entries_max {
            return Err(format!(
                "expected at most {} memo entries in a file of this size, found more",
                self.entries_max
            ));
        }
        Ok(())
    }

    /// Pushes the item with this number.
    pub(super) fn recall(&mut self, index: u32) -> Result<(), String> {
        let id = self.memo.get(index as usize).or_else(|| self.scattered.get(&index)).copied();
        self.push(id.ok_or_else(|| format!("expected memo entry {index} to be set before"))?);
        Ok(())
    }

    /// Number of items above the last MARK: an opcode may take no more.
    fn above_mark(&self) -> usize {
        self.stack.len().saturating_sub(self.marks.last().copied().unwrap_or(0))
    }

    pub(super) fn top(&self) -> Result<Id, String> {
        let top = self.stack.last().filter(|_| self.above_mark() > 0);
        top.copied().ok_or_else(|| missing(1, 0))
    }

    /// Takes the last `count` items, in the order in which they were pushed.
    pub(super) fn pop(&mut self, count: usize) -> Result<Vec<Id>, String> {
        let found = self.above_mark();
        if found < count {
            return Err(missing(count, found));
        }
        Ok(self.stack.split_off(self.stack.len() - count))
    }

    /// [`pop`](Self::pop) of as many items as the array has.
    pub(super) fn pop_array<const N: usize>(&mut self) -> Result<[Id; N], String> {
        let found = self.above_mark();
        let last = self.stack.last_chunk::<N>().copied().filter(|_| found >= N);
        let items = last.ok_or_else(|| missing(N, found))?;
        self.stack.truncate(self.stack.len() - N);
        Ok(items)
    }

    /// Takes the items above the last MARK, and the mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Id>, String> {
        let height = self.marks.pop().ok_or("expected a mark below, found none")?;
        Ok(self.stack.split_off(height))
    }
}

fn missing(expected: usize, found: usize) -> String {
    format!("expected {expected} stack item{}, found {found}", if expected == 1 { "" } else { "s" })
}
