//! The kernel matrix of the rows that are trained on, one row of it at a time.
// Positions are those of rows given to `KernelMatrix::new`; blocks, squares and rows of the matrix are as long as all of them, rounded up
// to whole lanes.
#![allow(clippy::indexing_slicing)]

use super::TrainingSettings;
use super::cache::Cache;
use super::crew::Crew;
use super::dots::dots;
use crate::svc::blocks::put;
use crate::svc::cpu::{Cpu, Work};
use crate::svc::kernel::Kernel;
use crate::svc::lanes::{LANES, Lanes};

/// Rows that are trained on, (n_rows, n_features) row major.
#[derive(Debug, Clone, Copy)]
pub struct TrainingRows<'a> {
    /// The numbers.
    pub numbers: &'a [f64],
    /// Numbers in a row, one or more.
    pub n_features: usize,
}

impl TrainingRows<'_> {
    /// Number of rows.
    pub fn count(&self) -> usize {
        self.numbers.len() / self.n_features
    }

    /// A row.
    pub fn row(&self, index: usize) -> &[f64] {
        &self.numbers[index * self.n_features..][..self.n_features]
    }
}

/// What is kept of a row while a problem is solved besides its numbers: here, and in a regression's two variables.
const ROW_BYTES: usize = 256;

/// A symmetric matrix whose rows and columns can be swapped, by positions from 0.
pub(super) trait SquareMatrix {
    /// Rows.
    fn size(&self) -> usize;

    /// What stands on the diagonal, unrounded.
    fn diagonal(&mut self) -> Vec<f64>;

    /// A row with its first `len` columns at least, rounded to single precision; it has to be put back.
    fn take(&mut self, position: usize, len: usize) -> Vec<f32>;

    /// Takes back a row, of which nothing may have changed.
    fn put_back(&mut self, position: usize, row: Vec<f32>);

    /// Swaps pairs of positions, one after the other, the lower one first in each. No row may be out.
    fn swap(&mut self, swaps: &[(usize, usize)]);
}

/// Kernel values of all pairs of rows.
pub(super) struct KernelMatrix<'a> {
    rows: TrainingRows<'a>,
    kernel: Kernel,
    cpu: Cpu,
    crew: &'a Crew,
    /// The row at each position, by its place among `rows`.
    places: Vec<usize>,
    /// The row at each position, by its place in `places` at the beginning: what it is called in the cache.
    names: Vec<usize>,
    /// The rows by position, eight side by side.
    blocks: Vec<Lanes>,
    /// Product of each row with itself, by position.
    squares: Vec<f64>,
    cache: Cache,
}

impl<'a> KernelMatrix<'a> {
    /// The matrix of the rows at `places`. Their copies, what else is kept of each and the cache take `bytes_max` together, unless
    /// the former alone take more.
    pub fn new(
        rows: TrainingRows<'a>,
        places: Vec<usize>,
        settings: &TrainingSettings,
        crew: &'a Crew,
        bytes_max: usize,
    ) -> Self {
        let n_rows = places.len();
        let mut blocks = vec![Lanes::ZERO; n_rows.div_ceil(LANES) * rows.n_features];
        for (block, places) in blocks.chunks_exact_mut(rows.n_features).zip(places.chunks(LANES)) {
            for (lane, place) in places.iter().enumerate() {
                put(block, lane, rows.row(*place));
            }
        }
        let kept = size_of_val(&*blocks) + n_rows * ROW_BYTES;
        let cache = Cache::new(n_rows, bytes_max.saturating_sub(kept));
        let names = (0..n_rows).collect();
        let TrainingSettings { kernel, cpu, .. } = *settings;
        let mut matrix = KernelMatrix { rows, kernel, cpu, crew, places, names, blocks, squares: Vec::new(), cache };
        matrix.squares = matrix.by_itself(Kernel::Linear);
        matrix
    }

    /// A kernel's value of each row with itself, and zeros up to whole lanes.
    fn by_itself(&self, kernel: Kernel) -> Vec<f64> {
        let mut values = vec![0.0; self.places.len().next_multiple_of(LANES)];
        for (position, place) in self.places.iter().enumerate() {
            let block = position / LANES;
            let mut of_block = [0.0; LANES];
            self.cpu.run(KernelRow {
                kernel,
                blocks: &self.blocks[block * self.rows.n_features..][..self.rows.n_features],
                squares: self.squares.get(block * LANES..).unwrap_or_default(),
                vector: self.rows.row(*place),
                square: self.squares.get(position).copied().unwrap_or_default(),
                out: &mut of_block,
            });
            values[position] = of_block[position % LANES];
        }
        values
    }
}

impl SquareMatrix for KernelMatrix<'_> {
    fn size(&self) -> usize {
        self.places.len()
    }

    fn diagonal(&mut self) -> Vec<f64> {
        self.by_itself(self.kernel)
    }

    fn take(&mut self, position: usize, len: usize) -> Vec<f32> {
        let len = len.next_multiple_of(LANES);
        let mut row = self.cache.take(self.names[position], len);
        let known = row.len();
        if known < len {
            row.resize(len, 0.0);
            let width = self.rows.n_features;
            self.crew.compute(&mut row[known..], width, |start, out| {
                self.cpu.run(KernelRow {
                    kernel: self.kernel,
                    blocks: &self.blocks[(known + start) / LANES * width..],
                    squares: &self.squares[known + start..],
                    vector: self.rows.row(self.places[position]),
                    square: self.squares[position],
                    out,
                });
            });
        }
        row
    }

    fn put_back(&mut self, position: usize, row: Vec<f32>) {
        self.cache.put_back(self.names[position], row);
    }

    fn swap(&mut self, swaps: &[(usize, usize)]) {
        let width = self.rows.n_features;
        for (low, high) in swaps {
            self.places.swap(*low, *high);
            self.names.swap(*low, *high);
            self.squares.swap(*low, *high);
            let (low_block, high_block) = (low / LANES * width, high / LANES * width);
            for feature in 0..width {
                let value = self.blocks[low_block + feature].0[low % LANES];
                let other = &mut self.blocks[high_block + feature].0[high % LANES];
                let value = std::mem::replace(other, value);
                self.blocks[low_block + feature].0[low % LANES] = value;
            }
        }
        self.cache.swap_columns(swaps);
    }
}

/// A matrix of twice the size: each of the first half of its rows and columns is there again in the second half.
pub(super) struct DoubledMatrix<'a> {
    matrix: KernelMatrix<'a>,
    /// Which row of the small matrix stands at each position.
    positions: Vec<usize>,
    /// Memory of rows that were put back.
    spare: Vec<Vec<f32>>,
}

impl<'a> DoubledMatrix<'a> {
    /// Doubles a matrix.
    pub fn new(matrix: KernelMatrix<'a>) -> Self {
        let positions = (0..matrix.size()).chain(0..matrix.size()).collect();
        DoubledMatrix { matrix, positions, spare: Vec::new() }
    }
}

impl SquareMatrix for DoubledMatrix<'_> {
    fn size(&self) -> usize {
        self.positions.len()
    }

    fn diagonal(&mut self) -> Vec<f64> {
        let diagonal = self.matrix.diagonal();
        let mut doubled: Vec<f64> = self.positions.iter().map(|position| diagonal[*position]).collect();
        doubled.resize(doubled.len().next_multiple_of(LANES), 0.0);
        doubled
    }

    fn take(&mut self, position: usize, len: usize) -> Vec<f32> {
        let position = self.positions[position];
        let row = self.matrix.take(position, self.matrix.size());
        let mut doubled = self.spare.pop().unwrap_or_default();
        doubled.clear();
        doubled.extend(self.positions.iter().take(len.next_multiple_of(LANES)).map(|position| row[*position]));
        doubled.resize(len.next_multiple_of(LANES), 0.0);
        self.matrix.put_back(position, row);
        doubled
    }

    fn put_back(&mut self, _: usize, row: Vec<f32>) {
        self.spare.push(row);
    }

    fn swap(&mut self, swaps: &[(usize, usize)]) {
        swaps.iter().for_each(|(low, high)| self.positions.swap(*low, *high));
    }
}

/// Overwrites `out` with the kernel values of a row and those in as many blocks as it takes.
struct KernelRow<'a, T> {
    kernel: Kernel,
    blocks: &'a [Lanes],
    /// Products of the blocks' rows with themselves.
    squares: &'a [f64],
    vector: &'a [f64],
    /// Product of the row with itself.
    square: f64,
    /// Whole lanes.
    out: &'a mut [T],
}

/// Blocks whose sums do not wait for each other.
const GROUP: usize = 2;

/// Values that go through a stage together; they stay in the first-level cache.
const BATCH: usize = 256;

impl<T: Rounded> Work for KernelRow<'_, T> {
    #[inline(always)]
    fn run(self) {
        let KernelRow { kernel, mut blocks, mut squares, vector, square, out } = self;
        let mut values = [0.0; BATCH];
        for out in out.chunks_mut(BATCH) {
            let values = &mut values[..out.len()];
            let (these, others) = blocks.split_at(out.len() / LANES * vector.len());
            multiply(these, vector, values);
            if matches!(kernel, Kernel::Rbf { .. }) {
                // LIBSVM's distance when it trains; when it predicts it is another one
                for (value, other) in values.iter_mut().zip(squares) {
                    *value = square + other - 2.0 * *value;
                }
            }
            kernel.finish(values);
            for (out, value) in out.iter_mut().zip(values) {
                *out = T::round(*value);
            }
            blocks = others;
            squares = squares.get(BATCH..).unwrap_or_default();
        }
    }
}

#[inline(always)]
fn multiply(blocks: &[Lanes], vector: &[f64], out: &mut [f64]) {
    let width = vector.len();
    let groups = blocks.chunks_exact(GROUP * width);
    let left = groups.remainder();
    let mut outs = out.chunks_exact_mut(GROUP * LANES);
    for (group, out) in groups.zip(&mut outs) {
        let mut parts = [group; GROUP];
        for (part, block) in parts.iter_mut().zip(group.chunks_exact(width)) {
            *part = block;
        }
        for (out, sums) in out.chunks_exact_mut(LANES).zip(dots(parts, vector)) {
            out.copy_from_slice(&sums.0);
        }
    }
    for (block, out) in left.chunks_exact(width).zip(outs.into_remainder().chunks_exact_mut(LANES)) {
        let [sums] = dots([block], vector);
        out.copy_from_slice(&sums.0);
    }
}

/// A number as it is kept.
trait Rounded {
    fn round(value: f64) -> Self;
}

impl Rounded for f32 {
    #[inline(always)]
    fn round(value: f64) -> f32 {
        value as f32
    }
}

impl Rounded for f64 {
    #[inline(always)]
    fn round(value: f64) -> f64 {
        value
    }
}
