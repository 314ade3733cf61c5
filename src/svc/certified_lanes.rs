//! Labels of rows by kernel values in single precision, each row in a lane of its own.
// Shapes are those of `Certified::new`: blocks of a class stand together, (blocks, n_features) and (blocks, n_classes - 1).
// Loops over lanes have plain indices: that is the form which the compiler turns into whole registers.
#![allow(clippy::indexing_slicing, clippy::needless_range_loop)]

use std::array;

use super::certified::{Certified, ERROR_MAX, FACTOR, POWER, TINY, UNIT};
use super::cpu::AddProduct;
use super::exp2::exp2;
use super::lanes::{SINGLES, Singles, at_each_place, products_of_lanes};
use super::votes::{count_win, pairs, winners};

/// Used again from call to call: what rows leave. `R` times sixteen rows are in `R` [`Singles`].
#[derive(Debug, Default)]
pub(super) struct LaneBuffers {
    /// y, (n_features, R).
    rows: Vec<Singles>,
    /// For each class its sums against the others, (n_classes, n_classes - 1, R).
    sums: Vec<Singles>,
    /// Pairs that each class has won for certain, (n_classes, R).
    wins: Vec<Singles>,
}

/// What is known of each row but its numbers.
struct Facts<const R: usize> {
    /// |y|^2
    squares: [Singles; R],
    /// 0.71 E + 9 u + delta(B + 19), infinite where nothing is known.
    bounds: [Singles; R],
}

impl Certified {
    /// Overwrites the labels that are certain, of at most `R` times sixteen rows; `V` vectors at a time.
    #[inline(always)]
    pub(super) fn label_lanes<A: AddProduct, const R: usize, const V: usize>(
        &self,
        rows: &[f64],
        buffers: &mut LaneBuffers,
        labels: &mut [Option<usize>],
    ) {
        let LaneBuffers { rows: converted, sums, wins } = buffers;
        let squares = self.convert_lanes::<R>(rows, converted);
        let facts = self.facts(&squares);
        self.sum_lanes::<A, R, V>(converted.as_chunks().0, &facts.squares, sums);
        self.count_wins(sums.as_chunks().0, &facts.bounds, wins);
        winners(wins.as_chunks::<R>().0, labels);
    }

    /// Overwrites `out` with y, and gives |y|^2; lanes without a row keep what they had.
    #[inline(always)]
    fn convert_lanes<const R: usize>(&self, rows: &[f64], out: &mut Vec<Singles>) -> [[f64; SINGLES]; R] {
        out.resize(self.n_features * R, Singles::ZERO);
        let mut squares = [[0.0; SINGLES]; R];
        let (centres, centre_rest) = self.centre.as_chunks::<8>();
        for (index, row) in rows.chunks_exact(self.n_features).enumerate() {
            let (place, lane) = (index / SINGLES, index % SINGLES);
            let (outs, _) = out.as_chunks_mut::<R>();
            let (outs, out_rest) = outs.split_at_mut(centres.len() * 8);
            let (row, row_rest) = row.as_chunks::<8>();
            let mut sums = [0.0; 8];
            for ((row, centre), outs) in row.iter().zip(centres).zip(outs.as_chunks_mut::<8>().0) {
                let y: [f64; 8] = array::from_fn(|next| (row[next] - centre[next]) * self.scale);
                sums = array::from_fn(|next| sums[next] + y[next] * y[next]);
                outs.iter_mut().zip(y).for_each(|(out, y)| out[place].0[lane] = y as f32);
            }
            let mut square: f64 = sums.iter().sum();
            for ((x, centre), out) in row_rest.iter().zip(centre_rest).zip(out_rest) {
                let y = (x - centre) * self.scale;
                out[place].0[lane] = y as f32;
                square += y * y;
            }
            squares[place][lane] = square;
        }
        squares
    }

    /// What follows from |y|^2.
    #[inline(always)]
    fn facts<const R: usize>(&self, squares: &[[f64; SINGLES]; R]) -> Facts<R> {
        let mut facts = Facts { squares: [Singles::ZERO; R], bounds: [Singles::ZERO; R] };
        for (place, squares) in squares.iter().enumerate() {
            for lane in 0..SINGLES {
                facts.squares[place].0[lane] = squares[lane] as f32;
                facts.bounds[place].0[lane] = self.bound(squares[lane]);
            }
        }
        facts
    }

    /// 0.71 E + 9 u + delta(B + 19) for a row, infinite where nothing is known. `square`: |y|^2.
    #[inline(always)]
    pub(super) fn bound(&self, square: f64) -> f32 {
        let norm = square.sqrt() + self.norm_max;
        let error = self.slope * norm * norm + TINY;
        // the factor outweighs that this rounds to the nearest
        let bound = (POWER * error + 9.0 * UNIT + self.sums_error) * FACTOR;
        if error <= ERROR_MAX { bound as f32 } else { f32::INFINITY }
    }

    /// Adds up coefficients times kernel values.
    #[inline(always)]
    fn sum_lanes<A: AddProduct, const R: usize, const V: usize>(
        &self,
        rows: &[[Singles; R]],
        squares: &[Singles; R],
        sums: &mut Vec<Singles>,
    ) {
        let others = self.n_classes - 1;
        sums.clear();
        sums.resize(self.n_classes * others * R, Singles::ZERO);
        let (sums, _) = sums.as_chunks_mut::<R>();
        let mut kernel = [[Singles::ZERO; R]; SINGLES];
        let (mut block, mut coefficients) = (0, &self.coefficients[..]);
        for (n, sums) in self.n_support.iter().zip(sums.chunks_mut(others)) {
            let of_class = n.div_ceil(SINGLES);
            for index in 0..of_class {
                // lanes left over have zeros as coefficients
                let n_vectors = (n - index * SINGLES).min(SINGLES).next_multiple_of(V);
                for first in (0..n_vectors).step_by(V) {
                    self.kernel_lanes::<A, R, V>(rows, squares, block + index, first, &mut kernel[first..first + V]);
                }
                for (coefs, sums) in coefficients[index..].iter().step_by(of_class).zip(&mut *sums) {
                    let new = sum_block::<A, R>(&coefs.0[..n_vectors], &kernel);
                    at_each_place!(R, row => sums[row] = sums[row].plus(new[row]));
                }
            }
            block += of_class;
            coefficients = &coefficients[of_class * others..];
        }
    }

    /// Kernel values of `V` vectors of a block.
    #[inline(always)]
    fn kernel_lanes<A: AddProduct, const R: usize, const V: usize>(
        &self,
        rows: &[[Singles; R]],
        squares: &[Singles; R],
        block: usize,
        first: usize,
        out: &mut [[Singles; R]],
    ) {
        products_of_lanes::<A, R, V>(rows, self.block(block), first, out);
        for (out, of_vector) in out.iter_mut().zip(&self.squares[block].0[first..]) {
            for (out, square) in out.iter_mut().zip(squares) {
                for lane in 0..SINGLES {
                    let square = square.0[lane] + of_vector;
                    out.0[lane] = exp2::<A>(A::add_product(-square, 2.0, out.0[lane]));
                }
            }
        }
    }

    /// Counts for each class the pairs that it wins for certain.
    #[inline(always)]
    fn count_wins<const R: usize>(&self, sums: &[[Singles; R]], bounds: &[Singles; R], wins: &mut Vec<Singles>) {
        let k = self.n_classes;
        wins.clear();
        wins.resize(k * R, Singles::ZERO);
        let (wins, _) = wins.as_chunks_mut::<R>();
        for ((i, j), (intercept, offset)) in pairs(k).zip(&self.pairs) {
            let (first, second) = (&sums[i * (k - 1) + j - 1], &sums[j * (k - 1) + i]);
            for row in 0..R {
                let (first, second) = (first[row], second[row]);
                let (mut values, mut of_values) = (Singles::ZERO, Singles::ZERO);
                for lane in 0..SINGLES {
                    let (first, second) = (first.0[lane], second.0[lane]);
                    values.0[lane] = first + second + intercept;
                    of_values.0[lane] = bounds[row].0[lane] * (first.abs() + second.abs()) + offset;
                }
                count_win(wins, (i, j), row, values, of_values);
            }
        }
    }
}

/// The sum of up to sixteen coefficients times kernel values, for each row.
#[inline(always)]
fn sum_block<A: AddProduct, const R: usize>(coefs: &[f32], kernel: &[[Singles; R]; SINGLES]) -> [Singles; R] {
    let mut sums = [Singles::ZERO; R];
    for (coef, kernel) in coefs.iter().zip(kernel) {
        at_each_place!(R, row => sums[row] = sums[row].add_product::<A>(*coef, kernel[row]));
    }
    sums
}
