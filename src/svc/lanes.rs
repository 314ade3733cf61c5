//! Eight sums at a time, or sixteen in single precision.
//!
//! Every one of the eight lanes is computed by itself with operations that IEEE 754 rounds in one way only. So a lane has the same bits
//! on every CPU and with every instruction set, whatever the compiler makes of the arrays. Fused multiply-add is for training and for
//! single precision alone.
// `array::from_fn` gives indices below LANES.
#![allow(clippy::indexing_slicing)]

use std::{array, hint};

use super::cpu::AddProduct;

/// Numbers in [`Lanes`]: one 512-bit register, two of 256 bits, four of 128.
pub(super) const LANES: usize = 8;

/// Fewest rows that are computed side by side; with fewer, the empty lanes cost more than they save.
pub(super) const SIDE_BY_SIDE_MIN: usize = 4;

/// Eight numbers that go the same way.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// Zero in every lane.
    pub const ZERO: Lanes = Lanes([0.0; LANES]);

    /// `self + factor * other`, rounded twice.
    #[inline(always)]
    pub fn add_product(self, factor: f64, other: Lanes) -> Lanes {
        Lanes(array::from_fn(|lane| self.0[lane] + factor * other.0[lane]))
    }

    /// `self + factor * other`, rounded once.
    #[inline(always)]
    pub fn add_fused(self, factor: f64, other: Lanes) -> Lanes {
        Lanes(array::from_fn(|lane| factor.mul_add(other.0[lane], self.0[lane])))
    }

    /// `self + other`
    #[inline(always)]
    pub fn plus(self, other: Lanes) -> Lanes {
        Lanes(array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    /// `self + (other - value)^2`, rounded after each operation.
    #[inline(always)]
    pub fn add_squared_difference(self, other: Lanes, value: f64) -> Lanes {
        Lanes(array::from_fn(|lane| {
            let difference = other.0[lane] - value;
            self.0[lane] + difference * difference
        }))
    }
}

/// Numbers in [`Singles`]: one 512-bit register, two of 256 bits, four of 128.
pub(super) const SINGLES: usize = 16;

/// Sixteen numbers in single precision that go the same way. Unlike those of [`Lanes`], results depend on the CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Singles(pub [f32; SINGLES]);

impl Singles {
    /// Zero in every lane.
    pub const ZERO: Singles = Singles([0.0; SINGLES]);

    /// At most sixteen numbers, and zeros after them.
    pub fn padded(numbers: impl IntoIterator<Item = f32>) -> Singles {
        let mut padded = Singles::ZERO;
        padded.0.iter_mut().zip(numbers).for_each(|(lane, number)| *lane = number);
        padded
    }

    /// `self + factor * other`.
    #[inline(always)]
    pub fn add_product<A: AddProduct>(mut self, factor: f32, other: Singles) -> Singles {
        for lane in 0..SINGLES {
            self.0[lane] = A::add_product(self.0[lane], factor, other.0[lane]);
        }
        self
    }

    /// `self + numbers * factors`.
    #[inline(always)]
    pub fn add_products<A: AddProduct>(mut self, numbers: Singles, factors: Singles) -> Singles {
        for lane in 0..SINGLES {
            self.0[lane] = A::add_product(self.0[lane], numbers.0[lane], factors.0[lane]);
        }
        self
    }

    /// `self + |numbers| * factors`.
    #[inline(always)]
    pub fn add_magnitudes<A: AddProduct>(self, numbers: Singles, factors: Singles) -> Singles {
        Singles(array::from_fn(|lane| A::add_product(self.0[lane], numbers.0[lane].abs(), factors.0[lane])))
    }

    /// `self + other`
    #[inline(always)]
    pub fn plus(mut self, other: Singles) -> Singles {
        for lane in 0..SINGLES {
            self.0[lane] += other.0[lane];
        }
        self
    }

    /// The sum of all lanes.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let (lanes, _) = self.0.as_chunks::<4>();
        let four: [f32; 4] =
            array::from_fn(|lane| (lanes[0][lane] + lanes[1][lane]) + (lanes[2][lane] + lanes[3][lane]));
        (four[0] + four[1]) + (four[2] + four[3])
    }
}

/// The statement for each of `N` places, at most eight.
///
/// It is written out: the compiler does not always unroll a loop over so many lanes, and where it does not, the sums go through memory.
macro_rules! at_each_place {
    ($n:ident, $place:ident => $statement:expr) => {
        at_each_place!($n, $place => $statement; 0 1 2 3 4 5 6 7)
    };
    ($n:ident, $place:ident => $statement:expr; $($number:literal)*) => {
        const { assert!($n <= 8) };
        $(if $n > $number {
            let $place = $number;
            $statement;
        })*
    };
}

pub(super) use at_each_place;

/// Features whose products are added up before they are added to the others, so that a sum has fewer roundings.
pub(super) const PART: usize = 64;

/// Products of rows with the same sixteen vectors.
///
/// # Panics
/// If a row is shorter than the vectors.
#[inline(always)]
pub(super) fn products_of_rows<A: AddProduct, const N: usize>(
    mut rows: [&[f32]; N],
    vectors: &[Singles],
) -> [Singles; N] {
    at_each_place!(N, place => rows[place] = &rows[place][..vectors.len()]);
    let mut sums = [Singles::ZERO; N];
    for (feature, vectors) in vectors.iter().enumerate() {
        // loaded once: the compiler may put together the lanes of a copy for each place
        let vectors = *vectors;
        at_each_place!(N, place => sums[place] = sums[place].add_product::<A>(rows[place][feature], vectors));
    }
    sums
}

/// Overwrites `out` with products of `R` times sixteen rows with `V` of sixteen vectors, the first of them at `first`, added up in parts.
///
/// # Panics
/// If `first` + `V` is above sixteen.
#[inline(always)]
pub(super) fn products_of_lanes<A: AddProduct, const R: usize, const V: usize>(
    rows: &[[Singles; R]],
    vectors: &[Singles],
    first: usize,
    out: &mut [[Singles; R]],
) {
    for (index, (rows, vectors)) in rows.chunks(PART).zip(vectors.chunks(PART)).enumerate() {
        // What becomes of the sums is hidden from the compiler: it takes the lanes apart where they are not only stored.
        let part = hint::black_box(part_of_lanes::<A, R, V>(rows, vectors, first));
        if index == 0 {
            out.copy_from_slice(&part);
        } else {
            at_each_place!(V, vector => {
                at_each_place!(R, row => {
                    for lane in 0..SINGLES { out[vector][row].0[lane] += part[vector][row].0[lane]; }
                });
            });
        }
    }
}

#[inline(always)]
fn part_of_lanes<A: AddProduct, const R: usize, const V: usize>(
    rows: &[[Singles; R]],
    vectors: &[Singles],
    first: usize,
) -> [[Singles; R]; V] {
    let mut sums = [[Singles::ZERO; R]; V];
    for (rows, Singles(vectors)) in rows.iter().zip(vectors) {
        let (rows, vectors) = (*rows, &vectors[first..first + V]);
        at_each_place!(V, vector => {
            at_each_place!(R, row =>
                sums[vector][row] = sums[vector][row].add_product::<A>(vectors[vector], rows[row]));
        });
    }
    sums
}

/// Overwrites `out` with products of a row with `N` times sixteen vectors, added up in parts.
///
/// # Panics
/// If there are fewer vectors than numbers in the row, or fewer than `N` numbers in `out`.
#[inline(always)]
pub(super) fn products_of_blocks<A: AddProduct, const N: usize>(
    row: &[f32],
    vectors: [&[Singles]; N],
    out: &mut [Singles],
) {
    for (index, row) in row.chunks(PART).enumerate() {
        let part = part_of_blocks::<A, N>(row, vectors.map(|vectors| &vectors[index * PART..]));
        if index == 0 {
            out.copy_from_slice(&part);
        } else {
            at_each_place!(N, place => {
                for lane in 0..SINGLES { out[place].0[lane] += part[place].0[lane]; }
            });
        }
    }
}

#[inline(always)]
fn part_of_blocks<A: AddProduct, const N: usize>(row: &[f32], mut vectors: [&[Singles]; N]) -> [Singles; N] {
    at_each_place!(N, place => vectors[place] = &vectors[place][..row.len()]);
    let mut sums = [Singles::ZERO; N];
    for (feature, x) in row.iter().enumerate() {
        at_each_place!(N, place => sums[place] = sums[place].add_product::<A>(*x, vectors[place][feature]));
    }
    sums
}

/// Products of rows with sixteen vectors each.
///
/// # Panics
/// If a row or its vectors are shorter than the first row.
#[inline(always)]
pub(super) fn products<A: AddProduct, const N: usize>(
    mut rows: [&[f32]; N],
    mut vectors: [&[Singles]; N],
) -> [Singles; N] {
    // equal lengths, which the compiler sees here, once for all features
    let n_features = rows[0].len();
    at_each_place!(N, place => {
        rows[place] = &rows[place][..n_features];
        vectors[place] = &vectors[place][..n_features];
    });
    let mut sums = [Singles::ZERO; N];
    for feature in 0..n_features {
        at_each_place!(N, place =>
            sums[place] = sums[place].add_product::<A>(rows[place][feature], vectors[place][feature]));
    }
    sums
}

/// The sum of numbers times factors, in sixteen parts.
#[inline(always)]
pub(super) fn sum_of_products<A: AddProduct>(numbers: &[Singles], factors: &[Singles]) -> Singles {
    numbers.iter().zip(factors).fold(Singles::ZERO, |sum, (numbers, factors)| sum.add_products::<A>(*numbers, *factors))
}
