//! Rows of the kernel matrix that are kept, up to a limit of memory.
// Rows are counted from 0 to the number that `Cache::new` was given; `hand` stays below it.
#![allow(clippy::indexing_slicing)]

/// Rows of kernel values, the first so many columns of each. A row that was not asked for since the last round makes way first.
#[derive(Debug)]
pub(super) struct Cache {
    rows: Vec<Vec<f32>>,
    /// Whether a row was asked for since the hand came by.
    is_recent: Vec<bool>,
    /// The next row to look at when room is needed.
    hand: usize,
    /// Bytes of the rows that are here.
    bytes: usize,
    bytes_max: usize,
}

impl Cache {
    /// Room for `n_rows` rows, in `bytes_max` bytes all together; what is out is not counted.
    pub fn new(n_rows: usize, bytes_max: usize) -> Cache {
        Cache { rows: vec![Vec::new(); n_rows], is_recent: vec![false; n_rows], hand: 0, bytes: 0, bytes_max }
    }

    /// Takes a row out, with room for `len` columns: as many of them as are known come first.
    pub fn take(&mut self, row: usize, len: usize) -> Vec<f32> {
        let mut taken = std::mem::take(&mut self.rows[row]);
        self.bytes -= bytes_of(&taken);
        let more = len.saturating_sub(taken.capacity()) * size_of::<f32>();
        if more > 0 {
            let mut spare = self.make_room(more + bytes_of(&taken));
            if taken.is_empty() && spare.capacity() >= len {
                spare.clear();
                taken = spare;
            }
            taken.reserve_exact(len.saturating_sub(taken.len()));
        }
        taken
    }

    /// Takes back a row that was taken out.
    pub fn put_back(&mut self, row: usize, values: Vec<f32>) {
        if self.bytes + bytes_of(&values) > self.bytes_max {
            self.make_room(bytes_of(&values));
        }
        if self.bytes + bytes_of(&values) <= self.bytes_max {
            self.bytes += bytes_of(&values);
            self.is_recent[row] = true;
            self.rows[row] = values;
        }
    }

    /// Swaps columns in all rows, one pair after the other, the lower one first in each. A row that has only one of two forgets all it has.
    pub fn swap_columns(&mut self, swaps: &[(usize, usize)]) {
        for row in self.rows.iter_mut().filter(|row| !row.is_empty()) {
            for (low, high) in swaps {
                if *high < row.len() {
                    row.swap(*low, *high);
                } else if *low < row.len() {
                    row.clear();
                    break;
                }
            }
        }
    }

    /// Drops rows until there is room; gives the last one, whose memory may be of use.
    fn make_room(&mut self, bytes: usize) -> Vec<f32> {
        let mut dropped = Vec::new();
        while self.bytes + bytes > self.bytes_max && self.bytes > 0 {
            if !std::mem::take(&mut self.is_recent[self.hand]) {
                let row = std::mem::take(&mut self.rows[self.hand]);
                self.bytes -= bytes_of(&row);
                if row.capacity() > 0 {
                    dropped = row;
                }
            }
            self.hand = (self.hand + 1) % self.rows.len();
        }
        dropped
    }
}

fn bytes_of(row: &Vec<f32>) -> usize {
    row.capacity() * size_of::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(cache: &mut Cache, row: usize, values: &[f32]) {
        let mut taken = cache.take(row, values.len());
        taken.clear();
        taken.extend_from_slice(values);
        cache.put_back(row, taken);
    }

    #[test]
    fn what_was_put_back_is_there_until_room_is_needed() {
        let mut cache = Cache::new(4, 3 * 4 * 4);
        for row in 0..3 {
            fill(&mut cache, row, &[row as f32; 4]);
        }
        assert_eq!(cache.take(1, 4), [1.0; 4]);
        fill(&mut cache, 3, &[3.0; 4]);
        assert!(cache.bytes <= 48);
        assert_eq!(cache.take(3, 4), [3.0; 4]);
    }

    #[test]
    fn never_more_is_kept_than_the_limit() {
        let mut cache = Cache::new(50, 1000);
        for step in 0..500 {
            let (row, len) = (step * 7 % 50, 8 * (1 + step % 9));
            let mut values = cache.take(row, len);
            values.resize(len.max(values.len()), 0.5);
            cache.put_back(row, values);
            let held: usize = cache.rows.iter().map(bytes_of).sum();
            assert_eq!(cache.bytes, held);
            assert!(held <= 1000, "{held}");
        }
    }

    #[test]
    fn a_row_larger_than_the_limit_is_not_kept() {
        let mut cache = Cache::new(2, 15);
        fill(&mut cache, 0, &[1.0; 4]);
        assert!(cache.take(0, 4).is_empty());
    }

    #[test]
    fn columns_swap_in_order_and_a_row_with_one_of_two_forgets() {
        let mut cache = Cache::new(2, 1000);
        fill(&mut cache, 0, &[0.0, 1.0, 2.0, 3.0]);
        fill(&mut cache, 1, &[0.0, 1.0]);
        cache.swap_columns(&[(0, 3), (0, 2)]);
        assert_eq!(cache.take(0, 4), [2.0, 1.0, 3.0, 0.0]);
        assert!(cache.take(1, 2).is_empty());
    }
}
