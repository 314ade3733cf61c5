//! Labels of rows by kernel values in single precision, several side by side.
// Shapes are those of `Certified::new`: blocks of a class stand together, (blocks, n_features) and (blocks, n_classes - 1).
#![allow(clippy::indexing_slicing)]

use std::array;

use super::certified::{Certified, ERROR_MAX, FACTOR, TINY, UNIT, single};
use super::cpu::{AddProduct, Cpu, SingleWork};
use super::exp2::exp2;
use super::lanes::{SINGLES, Singles, products_of_blocks, products_of_rows, sums_of_products};

/// Rows whose products with a block run side by side: as many as leave room in sixteen registers of 256 bits.
const GROUP: usize = 6;

/// Blocks whose products with a row alone run side by side.
const BLOCKS: usize = 4;

/// Fewest rows that go side by side.
const GROUP_MIN: usize = 3;

/// Used again from call to call: what a group of rows leaves.
#[derive(Debug, Default)]
pub(super) struct CertifiedBuffers {
    rows: ConvertedRows,
    /// Kernel values, for each row of a group its blocks.
    kernel: Vec<Singles>,
    /// For each class but one and each row of a group a sum to be, in sixteen parts.
    lanes: Vec<Singles>,
    /// For each row of a group and each class its sums against the others.
    sums: Vec<f32>,
    /// Pairs that each class has won for certain.
    wins: Vec<usize>,
}

/// Rows in single precision.
#[derive(Debug, Default)]
struct ConvertedRows {
    /// (rows, n_features)
    numbers: Vec<f32>,
    /// Of each row |y|^2, and E + 9 u + delta(B + 8).
    facts: Vec<(f32, f32)>,
    n_features: usize,
}

impl ConvertedRows {
    /// A row's numbers and |y|^2.
    #[inline(always)]
    fn row(&self, place: usize) -> (&[f32], f32) {
        (&self.numbers[place * self.n_features..][..self.n_features], self.facts[place].0)
    }
}

impl Certified {
    /// Overwrites the labels that are certain. `rows`: one for each label, row major.
    pub fn label(&self, cpu: Cpu, rows: &[f64], buffers: &mut CertifiedBuffers, labels: &mut [Option<usize>]) {
        cpu.run_single(FindLabels { certified: self, rows, buffers, labels });
    }
}

struct FindLabels<'a> {
    certified: &'a Certified,
    rows: &'a [f64],
    buffers: &'a mut CertifiedBuffers,
    labels: &'a mut [Option<usize>],
}

impl SingleWork for FindLabels<'_> {
    #[inline(always)]
    fn run<A: AddProduct>(self) {
        let FindLabels { certified, rows, buffers, labels } = self;
        let (width, converted) = (certified.n_features, &mut buffers.rows);
        converted.numbers.resize(labels.len() * width, 0.0);
        converted.facts.clear();
        converted.n_features = width;
        for (row, out) in rows.chunks_exact(width).zip(converted.numbers.chunks_exact_mut(width)) {
            converted.facts.push(certified.convert(row, out));
        }
        for (group, labels) in labels.chunks_mut(GROUP).enumerate() {
            let first = group * GROUP;
            if labels.len() >= GROUP_MIN {
                certified.label_group::<A>(first, buffers, labels);
            } else {
                for (place, label) in labels.iter_mut().enumerate() {
                    certified.label_one::<A>(first + place, buffers, label);
                }
            }
        }
    }
}

impl Certified {
    /// Overwrites `out` with y; |y|^2, and the bound of the relative error of a kernel value and a sum, infinite where nothing is known.
    #[inline(always)]
    fn convert(&self, row: &[f64], out: &mut [f32]) -> (f32, f32) {
        let mut squares = [0.0; 8];
        let (rows, row_rest) = row.as_chunks::<8>();
        let (centres, centre_rest) = self.centre.as_chunks::<8>();
        let (outs, out_rest) = out.as_chunks_mut::<8>();
        for ((row, centre), out) in rows.iter().zip(centres).zip(outs) {
            let y: [f64; 8] = array::from_fn(|lane| (row[lane] - centre[lane]) * self.scale);
            squares = array::from_fn(|lane| squares[lane] + y[lane] * y[lane]);
            *out = array::from_fn(|lane| y[lane] as f32);
        }
        let mut square: f64 = squares.iter().sum();
        for ((x, centre), out) in row_rest.iter().zip(centre_rest).zip(out_rest) {
            let y = (x - centre) * self.scale;
            *out = y as f32;
            square += y * y;
        }
        let norm = square.sqrt() + self.norm_max;
        let error = self.slope * norm * norm + TINY;
        let is_small = error <= ERROR_MAX;
        let bound = (error + 9.0 * UNIT + self.sums_error) * FACTOR;
        (square as f32, if is_small { single(bound) } else { f32::INFINITY })
    }

    /// Labels a row alone.
    #[inline(always)]
    fn label_one<A: AddProduct>(&self, place: usize, buffers: &mut CertifiedBuffers, label: &mut Option<usize>) {
        let ((row, square), kernel) = (buffers.rows.row(place), &mut buffers.kernel);
        let n_blocks = self.squares.len();
        kernel.resize(n_blocks, Singles::ZERO);
        let whole = n_blocks - n_blocks % BLOCKS;
        for first in (0..whole).step_by(BLOCKS) {
            let blocks = array::from_fn(|next| self.block(first + next));
            let products = products_of_blocks::<A, BLOCKS>(row, blocks);
            for (block, products) in (first..).zip(products) {
                kernel[block] = self.kernel_values::<A>(square, block, products);
            }
        }
        for (block, values) in kernel.iter_mut().enumerate().skip(whole) {
            let [products] = products_of_blocks::<A, 1>(row, [self.block(block)]);
            *values = self.kernel_values::<A>(square, block, products);
        }
        self.label_by_kernel::<A, 1>([place], buffers, std::slice::from_mut(label));
    }

    /// Labels the rows that begin with `first`, at most [`GROUP`].
    #[inline(always)]
    fn label_group<A: AddProduct>(&self, first: usize, buffers: &mut CertifiedBuffers, labels: &mut [Option<usize>]) {
        // where rows are missing, the last one again
        let places: [usize; GROUP] = array::from_fn(|row| first + row.min(labels.len() - 1));
        let (rows, kernel) = (places.map(|place| buffers.rows.row(place)), &mut buffers.kernel);
        let n_blocks = self.squares.len();
        kernel.resize(GROUP * n_blocks, Singles::ZERO);
        for block in 0..n_blocks {
            let products = products_of_rows::<A, GROUP>(rows.map(|(row, _)| row), self.block(block));
            for (row, products) in products.into_iter().enumerate() {
                kernel[row * n_blocks + block] = self.kernel_values::<A>(rows[row].1, block, products);
            }
        }
        self.label_by_kernel::<A, GROUP>(places, buffers, labels);
    }

    /// The vectors of a block, (n_features).
    #[inline(always)]
    fn block(&self, block: usize) -> &[Singles] {
        &self.vectors[block * self.n_features..][..self.n_features]
    }

    /// A row's kernel values, out of its products with a block. `square`: the row's |y|^2.
    #[inline(always)]
    fn kernel_values<A: AddProduct>(&self, square: f32, block: usize, products: Singles) -> Singles {
        let (squares, mut values) = (&self.squares[block], Singles::ZERO);
        for lane in 0..SINGLES {
            values.0[lane] = exp2::<A>(A::add_product(-(square + squares.0[lane]), 2.0, products.0[lane]));
        }
        values
    }

    /// Labels rows whose kernel values are there.
    #[inline(always)]
    fn label_by_kernel<A: AddProduct, const R: usize>(
        &self,
        places: [usize; R],
        buffers: &mut CertifiedBuffers,
        labels: &mut [Option<usize>],
    ) {
        let CertifiedBuffers { rows, kernel, lanes, sums, wins } = buffers;
        let (n_blocks, k) = (self.squares.len(), self.n_classes);
        sums.resize(R * k * (k - 1), 0.0);
        let (mut start, mut place) = (0, 0);
        for (class, end) in self.ends.iter().enumerate() {
            let of_class = end - start;
            let values: [&[Singles]; R] = array::from_fn(|row| &kernel[row * n_blocks + start..][..of_class]);
            // through memory, so that the compiler adds up whole registers before it looks at their lanes
            lanes.clear();
            for _ in 0..k - 1 {
                let coefs = &self.coefficients[place..][..of_class];
                lanes.extend_from_slice(&sums_of_products::<A, R>(values, coefs));
                place += of_class;
            }
            for (place, lanes) in lanes.iter().enumerate() {
                sums[place % R * k * (k - 1) + class * (k - 1) + place / R] = lanes.sum();
            }
            start = *end;
        }
        for (row, label) in labels.iter_mut().enumerate() {
            let sums = &sums[row * k * (k - 1)..][..k * (k - 1)];
            *label = self.winner(sums, rows.facts[places[row]].1, wins);
        }
    }

    /// The class that wins all its pairs for certain.
    #[inline(always)]
    fn winner(&self, sums: &[f32], bound: f32, wins: &mut Vec<usize>) -> Option<usize> {
        let k = self.n_classes;
        wins.clear();
        wins.resize(k, 0);
        let mut pairs = self.pairs.iter();
        for i in 0..k {
            for j in i + 1..k {
                let (intercept, offset) = pairs.next()?;
                let (first, second) = (sums[i * (k - 1) + j - 1], sums[j * (k - 1) + i]);
                let value = first + second + intercept;
                let bound = bound * (first.abs() + second.abs()) + offset;
                wins[i] += usize::from(value > bound);
                wins[j] += usize::from(value < -bound);
            }
        }
        wins.iter().position(|wins| *wins == k - 1)
    }
}
