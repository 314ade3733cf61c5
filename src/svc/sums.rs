//! Kernel and pair values, side by side: eight or sixteen rows against each support vector, or one row against eight of them.
// `Svc::new` has checked that n_support has k counts and adds up to the support vectors, that dual_coef_by_vector has k - 1 numbers
// for each of them, and intercept k (k - 1) / 2; every buffer is resized to these numbers before use.
#![allow(clippy::indexing_slicing)]

use super::blocks::put;
use super::cpu::{Cpu, Work};
use super::kernel::Kernel;
use super::lanes::{LANES, Lanes, SIDE_BY_SIDE_MIN};
use super::machine::{Svc, SvcParts};
use super::votes::{pair_index, push_one_vs_rest};

/// Pairs of a block and a vector at once: their sums do not wait for each other, and fit into the registers.
const GROUP: usize = 4;

/// Rows that go side by side at most: the sums of eight alone would leave the processor waiting where there are few pairs, and sixteen need
/// the support vectors half as often.
const LANES_MAX: usize = 2 * LANES;

/// Support vectors of a model whose rows go sixteen side by side, at most: their kernel values take 1 MiB, which the second-level cache holds.
const VECTORS_MAX: usize = 8192;

/// Numbers that begin where a [`Lanes`] may begin: else half of all stores would touch two cache lines.
#[derive(Debug, Default)]
struct AlignedBuffer(Vec<f64>);

impl AlignedBuffer {
    /// Room for so many.
    fn room(&mut self, len: usize) -> &mut [f64] {
        let spare = align_of::<Lanes>() / size_of::<f64>() - 1;
        self.0.resize(len + spare, 0.0);
        let start = self.start();
        &mut self.0[start..start + len]
    }

    /// So many of the numbers that have been put there since.
    fn numbers(&self, len: usize) -> &[f64] {
        &self.0[self.start()..][..len]
    }

    #[inline(always)]
    fn start(&self) -> usize {
        self.0.as_ptr().addr().wrapping_neg() % align_of::<Lanes>() / size_of::<f64>()
    }
}

/// Buffers for eight or sixteen rows, and for one.
#[derive(Debug, Default)]
pub(super) struct SumBuffers {
    /// For each eight rows, one [`Lanes`] for each feature.
    rows: Vec<Lanes>,
    /// Rows that there is room for.
    n_lanes: usize,
    /// Kernel values, (n_sv, n_lanes), or (n_sv) of one row, and then those of empty places up to a multiple of eight.
    kernel_values: AlignedBuffer,
    /// Decision values, (pairs of classes, n_lanes).
    pair_values: Vec<f64>,
    /// One-vs-rest values, (n_classes, n_lanes), where they have been asked for.
    class_values: Vec<f64>,
}

impl SumBuffers {
    /// Empties so many lanes for rows of this width.
    pub fn clear_rows(&mut self, n_features: usize, n_lanes: usize) {
        self.n_lanes = n_lanes;
        self.rows.clear();
        self.rows.resize(n_lanes / LANES * n_features, Lanes::ZERO);
    }

    /// Puts a row into a lane.
    pub fn put_row(&mut self, lane: usize, row: &[f64]) {
        put(&mut self.rows[lane / LANES * row.len()..], lane % LANES, row);
    }

    /// The rows in the lanes.
    pub fn rows(&self) -> &[Lanes] {
        &self.rows
    }

    /// The pair values of a lane's row.
    pub fn pair_values(&self, lane: usize) -> impl Iterator<Item = f64> {
        self.pair_values.chunks_exact(self.n_lanes).map(move |values| values[lane])
    }

    /// The one-vs-rest values of a lane's row.
    pub fn class_values(&mut self, cpu: Cpu, n_classes: usize, lane: usize) -> impl Iterator<Item = f64> {
        let SumBuffers { n_lanes, pair_values, class_values, .. } = self;
        if class_values.is_empty() {
            cpu.run(OneVsRest { n_classes, n_lanes: *n_lanes, pair_values, class_values });
        }
        class_values.chunks_exact(*n_lanes).map(move |values| values[lane])
    }

    /// The kernel values of the row that was computed alone, for so many support vectors.
    pub fn kernel_values(&self, n_sv: usize) -> &[f64] {
        self.kernel_values.numbers(n_sv)
    }
}

/// One-vs-rest values of all lanes.
struct OneVsRest<'a> {
    n_classes: usize,
    n_lanes: usize,
    pair_values: &'a [f64],
    class_values: &'a mut Vec<f64>,
}

impl Work for OneVsRest<'_> {
    #[inline(always)]
    fn run(self) {
        let OneVsRest { n_classes, n_lanes, pair_values, class_values } = self;
        if n_lanes == LANES {
            push_one_vs_rest::<LANES>(n_classes, pair_values, class_values);
        } else {
            push_one_vs_rest::<LANES_MAX>(n_classes, pair_values, class_values);
        }
    }
}

impl Svc {
    /// Lanes for the next of so many rows: one if they go one by one.
    pub(super) fn lanes_for(&self, n_rows: usize) -> usize {
        if n_rows < SIDE_BY_SIDE_MIN {
            1
        } else if n_rows < LANES + SIDE_BY_SIDE_MIN || self.n_support_vectors() > VECTORS_MAX {
            LANES
        } else {
            LANES_MAX
        }
    }

    /// Computes the pair values of the rows in the lanes.
    pub(super) fn fill_lanes(&self, cpu: Cpu, buffers: &mut SumBuffers) {
        let SumBuffers { rows, n_lanes, kernel_values, pair_values, class_values } = buffers;
        class_values.clear();
        let kernel_values = kernel_values.room(*n_lanes * self.n_support_vectors());
        cpu.run(SideBySide { svc: self, rows, kernel_values, pair_values });
    }

    /// Overwrites `out` with the pair values of one row.
    pub(super) fn fill_pair_values(&self, cpu: Cpu, row: &[f64], buffers: &mut SumBuffers, out: &mut Vec<f64>) {
        let kernel_values = buffers.kernel_values.room(LANES * (self.support_blocks.lanes().len() / row.len()));
        cpu.run(OneRow { svc: self, row, kernel_values, pair_values: out });
    }
}

/// Eight or sixteen rows against one support vector after the other.
struct SideBySide<'a> {
    svc: &'a Svc,
    rows: &'a [Lanes],
    kernel_values: &'a mut [f64],
    pair_values: &'a mut Vec<f64>,
}

impl Work for SideBySide<'_> {
    #[inline(always)]
    fn run(self) {
        let SideBySide { svc, rows, kernel_values, pair_values } = self;
        let SvcParts { kernel, n_features_in, support_vectors, .. } = svc.parts();
        let (first, second) = rows.split_at(*n_features_in);
        if second.is_empty() {
            Side::fill([first], *kernel, support_vectors, kernel_values);
            add_up::<LANES, 2>(svc, kernel_values, pair_values);
        } else {
            Side::fill([first, second], *kernel, support_vectors, kernel_values);
            add_up::<LANES_MAX, 2>(svc, kernel_values, pair_values);
        }
    }
}

/// Overwrites `pair_values`, (pairs, `N`), with the sums over `kernel_values`, (n_sv, `N`), and the intercepts; sums of a class
/// against `C` others run side by side.
///
/// LIBSVM sums a pair (i,j) over the vectors of i and then over those of j; the classes come in that order here too, and the
/// sums so far are taken up again for the second half.
#[inline(always)]
fn add_up<const N: usize, const C: usize>(svc: &Svc, kernel_values: &[f64], pair_values: &mut Vec<f64>) {
    let (parts, k) = (svc.parts(), svc.n_classes());
    fill(pair_values, N * parts.intercept.len());
    let mut start = 0;
    for (class, n_support) in parts.n_support.iter().enumerate() {
        let end = start + n_support;
        let kernel_values = &kernel_values[start * N..end * N];
        let dual_coef = &svc.dual_coef_by_vector[start * (k - 1)..end * (k - 1)];
        let against = Against { k, class, kernel_values, dual_coef };
        let n_grouped = (k - 1) / C * C;
        for place in (0..n_grouped).step_by(C) {
            against.add::<N, C>(place, pair_values);
        }
        for place in n_grouped..k - 1 {
            against.add::<N, 1>(place, pair_values);
        }
        start = end;
    }
    for (values, intercept) in pair_values.chunks_exact_mut(N).zip(&parts.intercept) {
        for value in values {
            *value += intercept;
        }
    }
}

/// The support vectors of one class: their kernel values, (n_support, N), and their coefficients against the others,
/// (n_support, k - 1).
struct Against<'a> {
    k: usize,
    class: usize,
    kernel_values: &'a [f64],
    dual_coef: &'a [f64],
}

impl Against<'_> {
    /// Adds to the sums of this class and `C` others, from the other at `place` on.
    #[inline(always)]
    fn add<const N: usize, const C: usize>(&self, place: usize, pair_values: &mut [f64]) {
        let mut sums = [[0.0; N]; C];
        for (other, sums) in sums.iter_mut().enumerate() {
            sums.copy_from_slice(&pair_values[self.pair(place + other) * N..][..N]);
        }
        for (values, dual_coef) in self.kernel_values.chunks_exact(N).zip(self.dual_coef.chunks_exact(self.k - 1)) {
            let dual_coef = &dual_coef[place..place + C];
            for (sums, dual_coef) in sums.iter_mut().zip(dual_coef) {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += dual_coef * value;
                }
            }
        }
        for (other, sums) in sums.iter().enumerate() {
            pair_values[self.pair(place + other) * N..][..N].copy_from_slice(sums);
        }
    }

    /// Index of the pair of this class and the other at `place`.
    #[inline(always)]
    fn pair(&self, place: usize) -> usize {
        let other = if place < self.class { place } else { place + 1 };
        pair_index(self.k, self.class, other)
    }
}

/// One row against eight support vectors after the other.
struct OneRow<'a> {
    svc: &'a Svc,
    row: &'a [f64],
    kernel_values: &'a mut [f64],
    pair_values: &'a mut Vec<f64>,
}

impl Work for OneRow<'_> {
    #[inline(always)]
    fn run(self) {
        let OneRow { svc, row, kernel_values, pair_values } = self;
        Side::fill([row], svc.parts().kernel, svc.support_blocks.lanes(), kernel_values);
        add_up::<1, LANES>(svc, kernel_values, pair_values);
    }
}

/// One side of kernel values: a row for blocks of support vectors, or a block of rows for support vectors.
trait Side {
    /// What the other side consists of.
    type Other;

    /// [`Kernel::sums`] of this side and `G` parts of the other.
    fn sums<const G: usize>(&self, kernel: Kernel, parts: [&[Self::Other]; G]) -> [Lanes; G];

    /// Features of this side.
    fn width(&self) -> usize;

    /// Overwrites `out`, (others, sides, 8), with the kernel values of sides and all parts of the other: as many as possible in groups,
    /// the rest one by one.
    // No closures: a large one stays a function of its own, which is compiled without the caller's instruction set.
    #[inline(always)]
    fn fill<const S: usize>(sides: [&Self; S], kernel: Kernel, other: &[Self::Other], out: &mut [f64]) {
        let width = sides[0].width();
        let (mut groups, mut outs) = (other.chunks_exact(GROUP * width), out.chunks_exact_mut(GROUP * S * LANES));
        for (others, out) in (&mut groups).zip(&mut outs) {
            let mut parts = [others; GROUP];
            for (part, other) in parts.iter_mut().zip(others.chunks_exact(width)) {
                *part = other;
            }
            for (place, side) in sides.iter().enumerate() {
                put_down::<S>(&side.sums(kernel, parts), place, out);
            }
        }
        let rest = outs.into_remainder();
        for (part, out) in groups.remainder().chunks_exact(width).zip(rest.chunks_exact_mut(S * LANES)) {
            for (place, side) in sides.iter().enumerate() {
                put_down::<S>(&side.sums(kernel, [part]), place, out);
            }
        }
        kernel.finish(out);
    }
}

#[inline(always)]
fn put_down<const S: usize>(sums: &[Lanes], place: usize, out: &mut [f64]) {
    for (sum, out) in sums.iter().zip(out.chunks_exact_mut(S * LANES)) {
        out[place * LANES..][..LANES].copy_from_slice(&sum.0);
    }
}

impl Side for [f64] {
    type Other = Lanes;

    #[inline(always)]
    fn sums<const G: usize>(&self, kernel: Kernel, blocks: [&[Lanes]; G]) -> [Lanes; G] {
        kernel.sums(blocks, [self; G])
    }

    #[inline(always)]
    fn width(&self) -> usize {
        self.len()
    }
}

impl Side for [Lanes] {
    type Other = f64;

    #[inline(always)]
    fn sums<const G: usize>(&self, kernel: Kernel, vectors: [&[f64]; G]) -> [Lanes; G] {
        kernel.sums([self; G], vectors)
    }

    #[inline(always)]
    fn width(&self) -> usize {
        self.len()
    }
}

#[inline(always)]
fn fill(buffer: &mut Vec<f64>, len: usize) {
    buffer.clear();
    buffer.resize(len, 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::votes::pairs;
    use crate::svc::{DecisionFunctionShape, SvcParts, Workspace};

    #[test]
    fn pairs_are_counted_row_by_row() {
        for k in 2..8 {
            for (index, (i, j)) in pairs(k).enumerate() {
                assert_eq!(pair_index(k, i, j), index);
                assert_eq!(pair_index(k, j, i), index);
            }
            assert_eq!(pairs(k).count(), k * (k - 1) / 2);
        }
    }

    /// Numbers between -1 and 1 that are all different.
    fn numbers(count: usize) -> Vec<f64> {
        (1..=count).map(|index| 2.0 * (index as f64 * 0.618_033_988_749_894_9).fract() - 1.0).collect()
    }

    #[test]
    fn every_instruction_set_and_every_number_of_rows_gives_the_same_bits() {
        let kernels = [
            Kernel::Linear,
            Kernel::Poly { gamma: 0.5, coef0: 1.0, degree: 3 },
            Kernel::Rbf { gamma: 0.25 },
            Kernel::Sigmoid { gamma: 0.125, coef0: -0.5 },
        ];
        // groups of four with and without rest, blocks of eight with and without rest, classes that end inside both, and more classes
        // than are summed side by side
        for (kernel, (n_support, n_features)) in kernels.into_iter().flat_map(|kernel| {
            [(vec![3, 17, 9], 5), (vec![30, 2], 40), (vec![1; 4], 1), (vec![3; 10], 2)].map(|s| (kernel, s))
        }) {
            let (k, n_sv): (usize, usize) = (n_support.len(), n_support.iter().sum());
            let svc = Svc::new(SvcParts {
                kernel,
                n_features_in: n_features,
                n_support,
                support_vectors: numbers(n_sv * n_features),
                dual_coef: numbers((k - 1) * n_sv),
                intercept: numbers(k * (k - 1) / 2),
                decision_function_shape: DecisionFunctionShape::Ovr,
                break_ties: false,
                probability: None,
            })
            .unwrap();
            let rows: Vec<f64> = numbers(21 * n_features).iter().map(|value| 3.0 * value).collect();
            let bits = |cpu: Cpu, n_rows: usize| {
                let (mut workspace, mut out) = (Workspace::on(cpu), vec![]);
                for rows in rows.chunks(n_rows * n_features) {
                    svc.for_each_row(rows, &mut workspace, |mut row| {
                        row.push_decision_function(&mut out);
                        row.push_pair_scores(&mut out);
                    });
                }
                out.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            };
            let alone = bits(Cpu::best(), 1);
            for (cpu, n_rows) in Cpu::available().flat_map(|cpu| [1, 2, 7, 8, 13, 21].map(|n_rows| (cpu, n_rows))) {
                assert_eq!(bits(cpu, n_rows), alone, "{kernel:?}, {}, {n_rows} rows at once", cpu.name());
            }
        }
    }
}
