//! Labels by kernel values in single precision: of rows in lanes, and of a row alone.
// Shapes are those of `Certified::new`: blocks of a class stand together, (blocks, n_features) and (blocks, n_classes - 1).
#![allow(clippy::indexing_slicing)]

use std::array;

use super::certified::Certified;
use super::certified_lanes::LaneBuffers;
use super::cpu::{AddProduct, Cpu, SingleWork};
use super::exp2::exp2;
use super::lanes::{SINGLES, Singles, products_of_blocks, sum_of_products};

/// Fewest rows that go side by side; fewer are less work one by one.
const SIDE_BY_SIDE_MIN: usize = 6;

/// With more classes, the sums of rows side by side take more memory than they save time: half a MiB is the most.
const CLASSES_SIDE_BY_SIDE_MAX: usize = 64;

/// Used again from call to call.
#[derive(Debug, Default)]
pub(super) struct CertifiedBuffers {
    lanes: LaneBuffers,
    one: RowBuffers,
}

/// What a row alone leaves.
#[derive(Debug, Default)]
struct RowBuffers {
    /// y, (n_features).
    row: Vec<f32>,
    /// Kernel values, (blocks).
    kernel: Vec<Singles>,
    /// For each other class the sum of a class to be, in sixteen parts.
    lanes: Vec<Singles>,
    /// For each class its sums against the others.
    sums: Vec<f32>,
    /// Pairs that each class has won for certain.
    wins: Vec<usize>,
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
        let n_features = certified.n_features;
        let at_once = match A::SUMS {
            _ if certified.n_classes > CLASSES_SIDE_BY_SIDE_MAX => 1,
            SINGLES => 2 * SINGLES,
            _ => SINGLES,
        };
        for (rows, labels) in rows.chunks(at_once * n_features).zip(labels.chunks_mut(at_once)) {
            match (labels.len(), A::SUMS) {
                (..SIDE_BY_SIDE_MIN, _) => {
                    for (row, label) in rows.chunks_exact(n_features).zip(labels) {
                        *label = certified.label_one::<A>(row, &mut buffers.one);
                    }
                }
                (..=SINGLES, SINGLES) => certified.label_lanes::<A, 1, 8>(rows, &mut buffers.lanes, labels),
                (_, SINGLES) => certified.label_lanes::<A, 2, 8>(rows, &mut buffers.lanes, labels),
                (_, 4) => certified.label_lanes::<A, 1, 4>(rows, &mut buffers.lanes, labels),
                _ => certified.label_lanes::<A, 1, 2>(rows, &mut buffers.lanes, labels),
            }
        }
    }
}

impl Certified {
    /// The label of a row alone, if it is certain.
    #[inline(always)]
    fn label_one<A: AddProduct>(&self, row: &[f64], buffers: &mut RowBuffers) -> Option<usize> {
        let square = self.convert(row, &mut buffers.row);
        let RowBuffers { row, kernel, .. } = buffers;
        kernel.resize(self.squares.len(), Singles::ZERO);
        let first = self.kernel_blocks::<A, 4>(row, square as f32, 0, kernel);
        self.kernel_blocks::<A, 1>(row, square as f32, first, kernel);
        self.sum_one::<A>(buffers);
        self.winner(&buffers.sums, self.bound(square), &mut buffers.wins)
    }

    /// Overwrites `out` with y, and gives |y|^2.
    #[inline(always)]
    fn convert(&self, row: &[f64], out: &mut Vec<f32>) -> f64 {
        out.resize(self.n_features, 0.0);
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
        square
    }

    /// Overwrites the kernel values of whole groups of `N` blocks from `first` on, and gives the first block that is left.
    #[inline(always)]
    fn kernel_blocks<A: AddProduct, const N: usize>(
        &self,
        row: &[f32],
        square: f32,
        mut first: usize,
        kernel: &mut [Singles],
    ) -> usize {
        while first + N <= kernel.len() {
            let values = &mut kernel[first..first + N];
            products_of_blocks::<A, N>(row, array::from_fn(|next| self.block(first + next)), values);
            for (values, squares) in values.iter_mut().zip(&self.squares[first..]) {
                for lane in 0..SINGLES {
                    let square = square + squares.0[lane];
                    values.0[lane] = exp2::<A>(A::add_product(-square, 2.0, values.0[lane]));
                }
            }
            first += N;
        }
        first
    }

    /// The vectors of a block, (n_features).
    #[inline(always)]
    pub(super) fn block(&self, block: usize) -> &[Singles] {
        &self.vectors[block * self.n_features..][..self.n_features]
    }

    /// Adds up coefficients times kernel values.
    #[inline(always)]
    fn sum_one<A: AddProduct>(&self, buffers: &mut RowBuffers) {
        let RowBuffers { kernel, lanes, sums, .. } = buffers;
        sums.clear();
        let (mut start, mut place) = (0, 0);
        for n in &self.n_support {
            let of_class = n.div_ceil(SINGLES);
            let values = &kernel[start..start + of_class];
            // through memory, so that the compiler adds up whole registers before it looks at their lanes
            lanes.clear();
            for _ in 0..self.n_classes - 1 {
                lanes.push(sum_of_products::<A>(values, &self.coefficients[place..place + of_class]));
                place += of_class;
            }
            sums.extend(lanes.iter().map(|lanes| lanes.sum()));
            start += of_class;
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
