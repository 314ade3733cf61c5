//! How often each column was found in a document.

use crate::svc::SparseBuffer;

/// Columns as they are found, and what is known of those that have been added up already.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Each column that was found, times two, and one more where it counts below zero.
    found: Vec<u32>,
    /// Sum of each column that was found before these, in ascending order.
    sums: Vec<(u32, i64)>,
    /// The sums to be.
    merged: Vec<(u32, i64)>,
}

impl Counts {
    pub(super) fn clear(&mut self) {
        self.found.clear();
        self.sums.clear();
    }

    /// Gives back memory above this.
    pub(super) fn trim(&mut self, kept_bytes: usize) {
        if self.found.capacity() * size_of::<u32>() > kept_bytes
            || self.sums.capacity() * size_of::<(u32, i64)>() > kept_bytes
        {
            *self = Counts::default();
        }
    }

    /// Counts a column below 2^31 - 1 once.
    #[inline]
    pub(super) fn add(&mut self, column: u32, is_negative: bool) {
        self.found.push(column << 1 | u32::from(is_negative));
        if self.found.len() >= FOUND_MAX.max(self.sums.len()) {
            self.merge();
        }
    }

    /// Overwrites `row` with the counts in ascending order; with `binary`, with ones.
    pub(super) fn finish(&mut self, binary: bool, row: &mut SparseBuffer) {
        row.clear();
        let mut push = |column, sum: i64| row.push(column, if binary { 1.0 } else { sum as f64 });
        if self.sums.is_empty() {
            sort(&mut self.found);
            for_each_sum(&self.found, push);
        } else {
            self.merge();
            self.sums.iter().for_each(|(column, sum)| push(*column, *sum));
        }
    }

    /// Adds what was found to the sums, so that a long document takes no more memory than it has columns.
    fn merge(&mut self) {
        self.found.sort_unstable();
        self.merged.clear();
        let mut known = self.sums.iter().copied().peekable();
        for_each_sum(&self.found, |column, sum| {
            while let Some(before) = known.next_if(|(known, _)| *known < column) {
                self.merged.push(before);
            }
            let before = known.next_if(|(known, _)| *known == column).map_or(0, |(_, sum)| sum);
            self.merged.push((column, before + sum));
        });
        self.merged.extend(known);
        std::mem::swap(&mut self.sums, &mut self.merged);
        self.found.clear();
    }
}

/// Sorts numbers below [`NONE`]. Few of them go to the place that their rank is, without a branch that depends on them.
fn sort(numbers: &mut [u32]) {
    let mut all = [i32::MAX; RANKED_MAX];
    let Some(few) = all.get_mut(..numbers.len()) else { return numbers.sort_unstable() };
    few.iter_mut().zip(numbers.iter()).for_each(|(signed, number)| *signed = (number ^ SIGN) as i32);
    let (eights, _) = all.as_chunks();
    let eights = eights.get(..numbers.len().div_ceil(8)).unwrap_or_default();
    let mut ranks = [[0; 8]; RANKED_MAX / 8];
    for (ranks, numbers) in ranks.iter_mut().zip(eights) {
        eights.iter().for_each(|others| count_smaller(numbers, others, ranks));
    }
    numbers.fill(NONE);
    for (rank, signed) in ranks.as_flattened().iter().zip(all).take(numbers.len()) {
        if let Some(place) = numbers.get_mut(*rank as usize) {
            *place = signed as u32 ^ SIGN;
        }
    }
    // equal ones have the same rank, and leave places behind it
    let mut before = NONE;
    for number in numbers {
        *number = if *number == NONE { before } else { *number };
        before = *number;
    }
}

/// Adds to the rank of each number how many of the others are smaller. They are signed, as SSE2 compares no others.
#[inline]
fn count_smaller(numbers: &[i32; 8], others: &[i32; 8], ranks: &mut [u32; 8]) {
    for other in others {
        ranks.iter_mut().zip(numbers).for_each(|(rank, number)| *rank += u32::from(other < number));
    }
}

/// Lets `use_sum` have the sum of each column in a sorted list.
#[inline]
fn for_each_sum(found: &[u32], mut use_sum: impl FnMut(u32, i64)) {
    let Some(first) = found.first() else { return };
    let (mut column, mut sum) = (first >> 1, 0);
    for found in found {
        if found >> 1 != column {
            use_sum(column, sum);
            (column, sum) = (found >> 1, 0);
        }
        sum += 1 - 2 * i64::from(found & 1);
    }
    use_sum(column, sum);
}

/// Columns that are kept before they are added up, at least: 64 KiB.
const FOUND_MAX: usize = 16 << 10;

/// Above all that stands in a list of what was found.
const NONE: u32 = u32::MAX;

/// The bit that makes the order of signed numbers that of numbers without a sign.
const SIGN: u32 = 1 << 31;

/// The longest list that is sorted by ranks.
const RANKED_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(found: impl Iterator<Item = (u32, bool)>, binary: bool) -> Vec<(u32, f64)> {
        let (mut counts, mut row) = (Counts::default(), SparseBuffer::default());
        counts.add(7, false);
        counts.clear();
        found.for_each(|(column, is_negative)| counts.add(column, is_negative));
        counts.finish(binary, &mut row);
        row.row().iter().collect()
    }

    #[test]
    fn columns_ascend_and_equal_ones_add_up() {
        let found = || [(5, false), (1, false), (5, false), (9, true), (1, true)].into_iter();
        assert_eq!(row(found(), false), [(1, 0.0), (5, 2.0), (9, -1.0)]);
        assert_eq!(row(found(), true), [(1, 1.0), (5, 1.0), (9, 1.0)]);
        assert_eq!(row(std::iter::empty(), false), []);
    }

    #[test]
    fn lists_of_all_lengths_are_sorted() {
        for length in 0..=RANKED_MAX + 2 {
            for most in [1, 3, 1000, NONE] {
                let mut numbers: Vec<u32> = (0..length as u32).map(|n| n.wrapping_mul(2_654_435_761) % most).collect();
                let mut expected = numbers.clone();
                expected.sort();
                sort(&mut numbers);
                assert_eq!(numbers, expected);
            }
        }
    }

    #[test]
    fn a_long_document_adds_up_on_the_way() {
        let n = 5 * FOUND_MAX as u32;
        let found = (0..n).map(|place| (place.wrapping_mul(2_654_435_761) % 30_000, place % 3 == 0));
        let mut expected = vec![0.0; 30_000];
        found
            .clone()
            .for_each(|(column, is_negative)| expected[column as usize] += if is_negative { -1.0 } else { 1.0 });
        let row = row(found, false);
        assert!(row.is_sorted_by(|a, b| a.0 < b.0));
        assert!(row.iter().all(|(column, value)| expected[*column as usize] == *value));
        assert_eq!(row.iter().map(|(_, value)| value).sum::<f64>(), expected.iter().sum::<f64>());
    }
}
