//! All pairs of a linear model in single precision, for sixteen rows side by side.
//!
//! With some ten classes and wide registers this is less work than to try [one class](super::champions) for each row. Values,
//! bounds and the class that is looked for are the same: the one that wins all its pairs.
//!
//! A register has four numbers of each of four rows, so that rows are put into it four numbers at a time, and a product is added up in
//! four parts.
// Shapes are those of `PairWeights::new`: groups of six pairs and of four features, rows of n_features numbers.
// Loops over lanes have plain indices: that is the form which the compiler turns into whole registers.
#![allow(clippy::indexing_slicing, clippy::needless_range_loop)]

use std::hint;

use super::cpu::AddProduct;
use super::error_bound::ErrorBound;
use super::lanes::{SINGLES, Singles, at_each_place};
use super::votes::{count_win, pairs, winners};

/// Numbers of a row in a register, rows in a register, registers for sixteen rows.
const FOUR: usize = 4;

/// Pairs at a time: their sums and the rows leave few of 32 registers free.
const PAIRS: usize = 6;

/// Sixteen rows: row i is in register i mod 4, from lane i / 4 * 4 on.
type SixteenRows = [Singles; FOUR];

/// The weights of all pairs of classes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PairWeights {
    /// For each six pairs and each four features the four numbers of each pair; zeros where there are fewer.
    weights: Vec<[[f32; FOUR]; PAIRS]>,
    /// Of each pair.
    intercept: Vec<f32>,
    n_features: usize,
}

/// Used again from call to call: what rows leave.
#[derive(Debug, Default)]
pub(super) struct PairBuffers {
    /// A row, and zeros up to whole fours.
    single: Vec<f32>,
    /// For each four features sixteen rows.
    rows: Vec<SixteenRows>,
    /// Pairs that each class has won for certain, (n_classes), and in each lane a row.
    wins: Vec<[Singles; 1]>,
}

impl PairWeights {
    /// `vectors` in double precision, each with its intercept.
    pub fn new(vectors: &[(Vec<f64>, f64)], n_features: usize) -> PairWeights {
        let mut weights = vec![];
        for vectors in vectors.chunks(PAIRS) {
            for from in (0..n_features).step_by(FOUR) {
                let mut numbers = [[0.0; FOUR]; PAIRS];
                for ((vector, _), numbers) in vectors.iter().zip(&mut numbers) {
                    numbers.iter_mut().zip(&vector[from..]).for_each(|(number, weight)| *number = *weight as f32);
                }
                weights.push(numbers);
            }
        }
        let intercept = vectors.iter().map(|(_, intercept)| *intercept as f32).collect();
        PairWeights { weights, intercept, n_features }
    }

    /// Overwrites the labels that are certain, of at most sixteen rows.
    #[inline(always)]
    pub fn label<A: AddProduct>(
        &self,
        n_classes: usize,
        bound: &ErrorBound,
        rows: &[f64],
        buffers: &mut PairBuffers,
        labels: &mut [Option<usize>],
    ) {
        let PairBuffers { single, rows: converted, wins } = buffers;
        convert(rows, self.n_features, single, converted);
        let bounds = bound.of_rows::<A>(converted);
        wins.clear();
        wins.resize(n_classes, [Singles::ZERO]);
        let mut pairs = pairs(n_classes);
        let groups = self.weights.chunks_exact(converted.len()).zip(self.intercept.chunks(PAIRS));
        for (weights, intercepts) in groups {
            // What becomes of the sums is hidden from the compiler: it takes the lanes apart where they are not only stored.
            let sums = hint::black_box(products::<A>(converted, weights));
            for ((parts, intercept), pair) in sums.iter().zip(intercepts).zip(&mut pairs) {
                count_win(wins, pair, 0, add_up(parts).plus(Singles([*intercept; SINGLES])), bounds);
            }
        }
        winners(wins, labels);
    }
}

impl ErrorBound {
    /// The bounds of sixteen rows, infinite where they say nothing.
    #[inline(always)]
    fn of_rows<A: AddProduct>(&self, rows: &[SixteenRows]) -> Singles {
        const N: usize = FOUR;
        let mut parts = [Singles::ZERO; N];
        for (rows, slopes) in rows.iter().zip(self.slopes.iter().flat_map(|slopes| slopes.0.as_chunks::<N>().0)) {
            let rows = *rows;
            at_each_place!(N, row => {
                for lane in 0..SINGLES {
                    parts[row].0[lane] = A::add_product(parts[row].0[lane], rows[row].0[lane].abs(), slopes[lane % N]);
                }
            });
        }
        let mut bounds = add_up(&hint::black_box(parts)).plus(Singles([self.offset; SINGLES]));
        for bound in &mut bounds.0 {
            *bound = if *bound < Self::LARGEST { *bound } else { f32::INFINITY };
        }
        bounds
    }
}

/// Overwrites `out` with the rows; lanes without a row keep what they had. `single` is used again from call to call.
#[inline(always)]
fn convert(rows: &[f64], n_features: usize, single: &mut Vec<f32>, out: &mut Vec<SixteenRows>) {
    out.resize(n_features.div_ceil(FOUR), [Singles::ZERO; FOUR]);
    single.clear();
    single.resize(out.len() * FOUR, 0.0);
    for (index, row) in rows.chunks_exact(n_features).enumerate() {
        let (register, from) = (index % FOUR, index / FOUR * FOUR);
        single.iter_mut().zip(row).for_each(|(single, x)| *single = *x as f32);
        for (numbers, out) in single.as_chunks::<FOUR>().0.iter().zip(&mut *out) {
            out[register].0[from..from + FOUR].copy_from_slice(numbers);
        }
    }
}

/// Products of sixteen rows with six pairs, each in four parts.
#[inline(always)]
fn products<A: AddProduct>(rows: &[SixteenRows], weights: &[[[f32; FOUR]; PAIRS]]) -> [SixteenRows; PAIRS] {
    const N: usize = FOUR;
    let mut sums = [[Singles::ZERO; N]; PAIRS];
    for (rows, weights) in rows.iter().zip(weights) {
        let rows = *rows;
        at_each_place!(PAIRS, pair => {
            at_each_place!(N, row => {
                for lane in 0..SINGLES {
                    let weight = weights[pair][lane % N];
                    sums[pair][row].0[lane] = A::add_product(sums[pair][row].0[lane], weight, rows[row].0[lane]);
                }
            });
        });
    }
    sums
}

/// The sums of each row's four parts.
#[inline(always)]
fn add_up(parts: &SixteenRows) -> Singles {
    // hidden from the compiler, which looks for each lane's four numbers one by one otherwise
    let [first, second] = hint::black_box([halves(&parts[0], &parts[1]), halves(&parts[2], &parts[3])]);
    let mut sums = Singles::ZERO;
    for four in (0..SINGLES).step_by(FOUR) {
        for (place, halves) in [first, second].iter().enumerate() {
            sums.0[four + 2 * place] = halves.0[four] + halves.0[four + 1];
            sums.0[four + 2 * place + 1] = halves.0[four + 2] + halves.0[four + 3];
        }
    }
    sums
}

/// For each row two sums of two parts, those of the first register before those of the second.
// Not one function with `add_up`'s loop: with the places as an argument the compiler takes the lanes apart, and labels take a third longer.
#[inline(always)]
fn halves(first: &Singles, second: &Singles) -> Singles {
    let mut sums = Singles::ZERO;
    for four in (0..SINGLES).step_by(FOUR) {
        for (place, parts) in [first, second].iter().enumerate() {
            sums.0[four + 2 * place] = parts.0[four] + parts.0[four + 2];
            sums.0[four + 2 * place + 1] = parts.0[four + 1] + parts.0[four + 3];
        }
    }
    sums
}
