//! Which two variables a step changes: passes over all of them, eight side by side.
// All slices are cut to the same whole lanes; a lane is below LANES.
#![allow(clippy::indexing_slicing)]

use crate::svc::cpu::Work;
use crate::svc::lanes::LANES;

/// Variables among which a step takes both: their flags that say which may grow in the direction of their sign, and which may shrink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Flags of which a variable in `up` has one.
    pub up: u8,
    /// Flags of which a variable in `low` has one.
    pub low: u8,
}

/// The variable's sign is 1, and `y alpha` may grow.
pub(super) const UP_POSITIVE: u8 = 1;
/// The variable's sign is -1, and `y alpha` may grow.
pub(super) const UP_NEGATIVE: u8 = 2;
/// The variable's sign is 1, and `y alpha` may shrink.
pub(super) const LOW_POSITIVE: u8 = 4;
/// The variable's sign is -1, and `y alpha` may shrink.
pub(super) const LOW_NEGATIVE: u8 = 8;

/// Instead of a second derivative that is not above zero.
pub(super) const TAU: f64 = 1e-12;

/// A variable and what it was chosen for; of equals the last one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    /// What was compared.
    pub value: f64,
    /// The variable's position, if there is any.
    pub position: Option<usize>,
}

/// Eight choices, one in each lane.
struct Choices {
    values: [f64; LANES],
    chunks: [u64; LANES],
}

impl Choices {
    fn none(value: f64) -> Choices {
        Choices { values: [value; LANES], chunks: [u64::MAX; LANES] }
    }

    /// The best of the lanes, where `is_better` is true of a better value; of equals the last one.
    fn into_one(self, is_better: impl Fn(f64, f64) -> bool) -> Choice {
        let mut best = Choice { value: self.values[0], position: None };
        for lane in (0..LANES).filter(|lane| self.chunks[*lane] != u64::MAX) {
            let (value, position) = (self.values[lane], self.chunks[lane] as usize * LANES + lane);
            let is_last = value == best.value && Some(position) > best.position;
            if best.position.is_none() || is_better(value, best.value) || is_last {
                best = Choice { value, position: Some(position) };
            }
        }
        best
    }
}

/// The largest value of those in `up`: the first of the two variables.
pub(super) struct First<'a> {
    pub values: &'a [f64],
    pub flags: &'a [u8],
    pub up: u8,
    pub out: &'a mut Choice,
}

impl Work for First<'_> {
    #[inline(always)]
    fn run(self) {
        let mut best = Choices::none(f64::NEG_INFINITY);
        let chunks = self.values.chunks_exact(LANES).zip(self.flags.chunks_exact(LANES));
        for (chunk, (values, flags)) in chunks.enumerate() {
            for lane in 0..LANES {
                let is_better = (flags[lane] & self.up != 0) & (values[lane] >= best.values[lane]);
                best.values[lane] = if is_better { values[lane] } else { best.values[lane] };
                best.chunks[lane] = if is_better { chunk as u64 } else { best.chunks[lane] };
            }
        }
        *self.out = best.into_one(|a, b| a > b);
    }
}

/// Of those in `low` whose value is smaller than that of the first variable, the one with which the objective falls most; and the smallest
/// value of all in `low`.
pub(super) struct Second<'a> {
    pub values: &'a [f64],
    pub flags: &'a [u8],
    pub low: u8,
    /// The matrix's row of the first variable.
    pub row: &'a [f32],
    pub diagonal: &'a [f64],
    /// Value and place on the diagonal of the first variable.
    pub first: (f64, f64),
    /// The fall of the objective, negative, and the variable.
    pub out: &'a mut Choice,
    pub smallest: &'a mut f64,
}

impl Work for Second<'_> {
    #[inline(always)]
    fn run(self) {
        let (mut best, mut smallest) = (Choices::none(f64::INFINITY), [f64::INFINITY; LANES]);
        let (value, diagonal) = self.first;
        let chunks = self.values.chunks_exact(LANES).zip(self.flags.chunks_exact(LANES));
        let others = self.row.chunks_exact(LANES).zip(self.diagonal.chunks_exact(LANES));
        for (chunk, ((values, flags), (row, diagonals))) in chunks.zip(others).enumerate() {
            for lane in 0..LANES {
                let is_low = flags[lane] & self.low != 0;
                let is_smaller = is_low & (values[lane] <= smallest[lane]);
                smallest[lane] = if is_smaller { values[lane] } else { smallest[lane] };
                let difference = value - values[lane];
                let curvature = diagonal + diagonals[lane] - 2.0 * f64::from(row[lane]);
                let curvature = if curvature > 0.0 { curvature } else { TAU };
                let fall = -(difference * difference) / curvature;
                let is_better = is_low & (difference > 0.0) & (fall <= best.values[lane]);
                best.values[lane] = if is_better { fall } else { best.values[lane] };
                best.chunks[lane] = if is_better { chunk as u64 } else { best.chunks[lane] };
            }
        }
        *self.out = best.into_one(|a, b| a < b);
        *self.smallest =
            smallest.iter().fold(f64::INFINITY, |least, value| if *value < least { *value } else { least });
    }
}

/// Adds two rows of the matrix, each with its factor, to all values.
pub(super) struct AddRows<'a> {
    pub values: &'a mut [f64],
    pub rows: [&'a [f32]; 2],
    pub factors: [f64; 2],
}

impl Work for AddRows<'_> {
    #[inline(always)]
    fn run(self) {
        let ([a, b], [first, second]) = (self.factors, self.rows);
        for ((value, first), second) in self.values.iter_mut().zip(first).zip(second) {
            *value += f64::from(*first) * a + f64::from(*second) * b;
        }
    }
}

/// Adds one row of the matrix with a factor to all values.
pub(super) struct AddRow<'a> {
    pub values: &'a mut [f64],
    pub row: &'a [f32],
    pub factor: f64,
}

impl Work for AddRow<'_> {
    #[inline(always)]
    fn run(self) {
        for (value, element) in self.values.iter_mut().zip(self.row) {
            *value += self.factor * f64::from(*element);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::Cpu;

    fn first(values: &[f64], flags: &[u8], up: u8) -> Choice {
        let mut out = Choice { value: f64::NAN, position: Some(99) };
        Cpu::best().run(First { values, flags, up, out: &mut out });
        out
    }

    #[test]
    fn of_equal_values_the_last_one_counts_and_only_with_the_flag() {
        let mut values = [0.0; 24];
        (values[3], values[13], values[4], values[20]) = (7.0, 7.0, 7.0, 9.0);
        let mut flags = [UP_POSITIVE; 24];
        flags[20] = LOW_POSITIVE;
        assert_eq!(first(&values, &flags, UP_POSITIVE), Choice { value: 7.0, position: Some(13) });
        assert_eq!(first(&values, &flags, UP_NEGATIVE).position, None);
        assert_eq!(first(&[f64::NAN; 8], &[UP_NEGATIVE; 8], UP_NEGATIVE).position, None);
    }

    #[test]
    fn the_second_variable_is_the_one_with_the_largest_fall() {
        let values = [5.0, 1.0, 2.0, 2.0, 6.0, -9.0, 0.0, 0.0];
        let flags = [LOW_POSITIVE, LOW_POSITIVE, LOW_POSITIVE, LOW_NEGATIVE, LOW_NEGATIVE, 0, UP_POSITIVE, 0];
        let row = [1.0, 0.5, 0.875, 0.875, 0.0, 0.0, 0.0, 0.0];
        let (mut out, mut smallest) = (Choice { value: 0.0, position: None }, 0.0);
        Cpu::best().run(Second {
            values: &values,
            flags: &flags,
            low: LOW_POSITIVE | LOW_NEGATIVE,
            row: &row,
            diagonal: &[1.0; 8],
            first: (5.0, 1.0),
            out: &mut out,
            smallest: &mut smallest,
        });
        assert_eq!(out, Choice { value: -9.0 / 0.25, position: Some(3) });
        assert_eq!(smallest, 1.0);
    }
}
