//! scikit-learn's `Normalizer`: a row divided by its norm. Sums run in NumPy's order, so that the bits are NumPy's.
//!
//! ```text
//! scikit-learn 1.0 and later   a row whose norm is below 10 * 2^-52 stays
//! until 0.24, sparse rows      a row whose norm is 0 stays
//! sparse rows                  sums run from the first number to the last
//! ```

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::transform::Transform;
use crate::pipeline::Error;
use crate::svc::pairwise_sum;

/// A fitted `Normalizer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normalizer {
    /// Numbers in a row, before and after; 0 in a file of scikit-learn until 0.22, which does not say it.
    pub n_features_in: usize,
    /// What a row is divided by.
    pub norm: RowNorm,
    /// How the norm is computed, and which rows stay.
    pub formula: NormFormula,
}

/// The norm of a row.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowNorm {
    /// The sum of the magnitudes.
    L1,
    /// The root of the sum of squares.
    L2,
    /// The largest magnitude.
    Max,
    /// The largest number, which scikit-learn took for `max` until 0.22.
    MaxSigned,
}

/// How norms are computed.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NormFormula {
    /// Dense rows, since 1.0.
    Dense,
    /// Dense rows until 0.24.
    DenseOlder,
    /// Rows that are sparse in scikit-learn.
    Sparse,
}

/// Ten times the distance from 1 to the next number.
const TINY: f64 = 10.0 * f64::EPSILON;

impl Transform for Normalizer {
    fn name(&self) -> &'static str {
        "Normalizer"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_features_in
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        for row in rows.chunks_exact(self.n_features_in.max(1)) {
            let norm = self.norm.of(row, self.formula);
            let stays = match self.formula {
                NormFormula::Dense => norm < TINY,
                NormFormula::DenseOlder | NormFormula::Sparse => norm == 0.0,
            };
            let divisor = if stays { 1.0 } else { norm };
            output.extend(row.iter().map(|x| x / divisor));
        }
    }

    /// A row with the norm 1 is one that it leaves as it is.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.extend_from_slice(output);
    }

    /// Refuses another width than `width`.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width("Normalizer", self.n_features_in, width)
    }
}

impl RowNorm {
    fn of(self, row: &[f64], formula: NormFormula) -> f64 {
        match (self, formula) {
            (RowNorm::L1, NormFormula::Sparse) => row.iter().fold(0.0, |sum, x| sum + x.abs()),
            (RowNorm::L2, NormFormula::Sparse) => row.iter().fold(0.0, |sum, x| sum + x * x).sqrt(),
            (RowNorm::L1, _) => pairwise_sum(row, f64::abs),
            (RowNorm::L2, _) => sum_of_squares(row).sqrt(),
            (RowNorm::Max, _) => row.iter().fold(0.0, |largest, x| x.abs().max(largest)),
            (RowNorm::MaxSigned, _) => row.iter().fold(f64::NEG_INFINITY, |largest, x| x.max(largest)),
        }
    }
}

/// As NumPy's `einsum` adds up `x * x` on x86-64: even and odd places in a lane each, of each eight numbers the last pair first.
fn sum_of_squares(row: &[f64]) -> f64 {
    let (eights, rest) = row.as_chunks::<8>();
    let mut lanes = [0.0; 2];
    let mut add = |pair: &[f64]| lanes.iter_mut().zip(pair).for_each(|(sum, x)| *sum += x * x);
    for eight in eights {
        eight.chunks_exact(2).rev().for_each(&mut add);
    }
    rest.chunks(2).for_each(add);
    let [even, odd] = lanes;
    even + odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(norm: RowNorm, formula: NormFormula, row: &[f64]) -> Vec<f64> {
        let mut output = vec![f64::NAN; 3];
        Normalizer { n_features_in: row.len(), norm, formula }.apply(row, &mut output);
        output
    }

    #[test]
    fn a_row_is_divided_by_its_norm() {
        assert_eq!(
            normalized(RowNorm::L2, NormFormula::Dense, &[1.0, 2.0]),
            [0.447_213_595_499_957_9, 0.894_427_190_999_915_9]
        );
        assert_eq!(normalized(RowNorm::L1, NormFormula::Dense, &[-1.0, 3.0]), [-0.25, 0.75]);
        assert_eq!(normalized(RowNorm::Max, NormFormula::Dense, &[-4.0, 3.0]), [-1.0, 0.75]);
        assert_eq!(normalized(RowNorm::MaxSigned, NormFormula::DenseOlder, &[-4.0, -2.0]), [2.0, 1.0]);
    }

    #[test]
    fn rows_of_zeros_and_in_newer_versions_tiny_ones_stay() {
        let tiny = [2.0 * f64::EPSILON, 0.0];
        for norm in [RowNorm::L1, RowNorm::L2, RowNorm::Max] {
            assert_eq!(normalized(norm, NormFormula::DenseOlder, &[0.0, 0.0]), [0.0, 0.0]);
            assert_eq!(normalized(norm, NormFormula::Dense, &tiny), tiny);
            assert_eq!(normalized(norm, NormFormula::DenseOlder, &tiny), [1.0, 0.0]);
        }
    }

    #[test]
    fn long_rows_are_added_up_in_numpys_order() {
        // the first number comes last of its eight: 1 + 1 + 1 + 2^54 + 9, and 4 at the end
        let squares = [134_217_728.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0];
        assert_eq!(sum_of_squares(&squares), 18_014_398_509_481_984.0 + 16.0);
        assert_eq!(sum_of_squares(&[]), 0.0);
        // one after the other, what follows a large number is lost
        let mut row = [1.0; 9];
        row[0] = 9_007_199_254_740_992.0;
        let norm = |formula| RowNorm::L1.of(&row, formula);
        assert_eq!(norm(NormFormula::Sparse), row[0]);
        assert_eq!(norm(NormFormula::Dense), row[0] + 8.0);
        assert_eq!(RowNorm::L2.of(&[134_217_728.0, 1.0, 1.0, 3.0], NormFormula::Sparse), 134_217_728.000_000_03);
    }

    #[test]
    fn another_width_is_refused() {
        let normalizer = Normalizer { n_features_in: 2, norm: RowNorm::L1, formula: NormFormula::DenseOlder };
        assert_eq!(normalizer.check(3).unwrap_err().to_string(), "`Normalizer`: expected 3 features, found 2");
        assert_eq!(normalizer.check(2), Ok(()));
    }
}
