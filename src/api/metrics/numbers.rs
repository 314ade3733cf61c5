//! Predicted numbers, as a histogram.
//!
//! What a model predicts may be anything from fractions to millions, so the bounds are 1, 2 and 5 of each power of ten, on both sides
//! of zero. They are the same for every model: counts go on when a model is replaced, and those of several servers add up.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::http::counters::Count;

/// Upper bounds of the buckets.
#[rustfmt::skip] // a table
pub(super) const BOUNDS: [f64; 51] = [
    -1e6, -5e5, -2e5, -1e5, -5e4, -2e4, -1e4, -5e3, -2e3, -1e3, -500.0, -200.0, -100.0, -50.0, -20.0, -10.0, -5.0, -2.0, -1.0,
    -0.5, -0.2, -0.1, -0.05, -0.02, -0.01, 0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0,
    500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6,
];

/// The numbers that one thread has answered.
#[derive(Debug)]
pub struct NumberCounts {
    /// One more than there are bounds: the last bucket is for what is above all of them, and for NaN.
    pub(super) buckets: [Count; BOUNDS.len() + 1],
    /// The bits of the sum; one thread writes them.
    sum: AtomicU64,
}

impl Default for NumberCounts {
    fn default() -> NumberCounts {
        NumberCounts { buckets: std::array::from_fn(|_| Count::default()), sum: AtomicU64::new(0.0_f64.to_bits()) }
    }
}

impl NumberCounts {
    /// Counts each number once. Numbers that are not finite are left out of the sum, which would otherwise never be a number
    /// again.
    pub fn count(&self, numbers: &[f64]) {
        for number in numbers {
            let bucket = if number.is_nan() { BOUNDS.len() } else { BOUNDS.partition_point(|bound| bound < number) };
            if let Some(count) = self.buckets.get(bucket) {
                count.add(1);
            }
        }
        let sum: f64 = numbers.iter().filter(|number| number.is_finite()).sum();
        self.sum.store((self.sum() + sum).to_bits(), Ordering::Relaxed);
    }

    /// The sum of all numbers.
    pub(super) fn sum(&self) -> f64 {
        f64::from_bits(self.sum.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_rise_and_are_the_same_on_both_sides_of_zero() {
        assert!(BOUNDS.is_sorted());
        assert!(BOUNDS.iter().zip(BOUNDS.iter().rev()).all(|(low, high)| *low == -high));
    }

    #[test]
    fn a_number_is_counted_below_the_lowest_bound_that_it_does_not_exceed() {
        for (number, bound) in [
            (152.13, 200.0),
            (200.0, 200.0),
            (-0.0, 0.0),
            (5e-324, 0.01),
            (-5e-324, 0.0),
            (-0.03, -0.02),
            (-7e9, -1e6),
            (f64::NEG_INFINITY, -1e6),
            (7e9, f64::INFINITY),
            (f64::INFINITY, f64::INFINITY),
            (f64::NAN, f64::INFINITY),
        ] {
            let counts = NumberCounts::default();
            counts.count(&[number]);
            let found = counts.buckets.iter().position(|count| count.get() == 1).unwrap();
            assert_eq!(BOUNDS.get(found).copied().unwrap_or(f64::INFINITY), bound, "{number}");
        }
    }

    #[test]
    fn the_sum_is_that_of_the_finite_numbers() {
        let counts = NumberCounts::default();
        counts.count(&[1.5, f64::NAN, -4.0]);
        counts.count(&[f64::INFINITY, 0.25]);
        counts.count(&[]);
        assert_eq!(counts.sum(), -2.25);
        assert_eq!(counts.buckets.iter().map(Count::get).sum::<u64>(), 5);
    }
}
