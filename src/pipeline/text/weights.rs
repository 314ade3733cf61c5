//! From counts to weights: scikit-learn's `TfidfTransformer`, and the norm of a `HashingVectorizer`.

use serde::{Deserialize, Serialize};

use crate::pipeline::Error;
use crate::svc::SparseBuffer;
use crate::svc::check::{check_finite, check_len};

/// What makes weights of counts.
///
/// ```text
/// sublinear_tf      ln(tf) + 1
/// idf               times the column's number, which is stored: it is never computed again
/// norm              l1: over the sum of magnitudes; l2: over the root of the sum of squares; a row of zeros stays
/// ```
///
/// Sums run over the stored numbers in their order, without fused multiply-add.
///
/// # Source
/// scikit-learn, `TfidfTransformer.transform`, `inplace_csr_row_normalize_l1` and `_l2`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Columns of a row.
    pub n_features_in: usize,
    /// Whether a count becomes its logarithm plus one.
    pub sublinear_tf: bool,
    /// `idf_`, (n_features_in); none with `use_idf=False`.
    pub idf: Option<Vec<f64>>,
    /// Whether rows leave with their last column first: scikit-learn until 1.4 multiplies by a diagonal matrix, which turns them round.
    pub turns_round: bool,
    /// What the sum of a row becomes 1 by.
    pub norm: Option<WeightNorm>,
    /// Whether numbers are floats of 32 bits between the steps: scikit-learn's `dtype=numpy.float32`.
    pub is_single: bool,
}

/// What a row is divided by.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WeightNorm {
    /// The sum of the magnitudes.
    L1,
    /// The root of the sum of the squares.
    L2,
}

impl WeightNorm {
    /// The norm; squares go through `round`.
    fn of(self, values: &[f64], round: impl Fn(f64) -> f64) -> f64 {
        match self {
            Self::L1 => values.iter().fold(0.0, |sum, value| sum + value.abs()),
            Self::L2 => values.iter().fold(0.0, |sum, value| sum + round(value * value)).sqrt(),
        }
    }
}

impl Weights {
    /// Makes weights of the counts in a row.
    pub fn weigh(&self, row: &mut SparseBuffer) {
        let round = |number: f64| if self.is_single { f64::from(number as f32) } else { number };
        let (columns, values) = row.parts_mut();
        if self.sublinear_tf {
            values.iter_mut().for_each(|value| *value = round(round(value.ln()) + 1.0));
        }
        if let Some(idf) = &self.idf {
            for (column, value) in columns.iter().zip(values.iter_mut()) {
                *value = round(*value * idf.get(*column as usize).copied().unwrap_or_default());
            }
        }
        if self.turns_round {
            columns.reverse();
            values.reverse();
        }
        if let Some(norm) = self.norm {
            let norm = norm.of(values, round);
            if norm != 0.0 {
                values.iter_mut().for_each(|value| *value = round(*value / norm));
            }
        }
    }

    /// Refuses rows of another width than `width`, and numbers that are not finite.
    ///
    /// # Errors
    /// [`Error::Part`] of the part that is wrong.
    pub fn check_width(&self, width: usize) -> Result<(), Error> {
        if self.n_features_in != width {
            let expected = format_args!("{width} columns");
            return Err(Error::part("TfidfTransformer.n_features_in", expected, self.n_features_in));
        }
        if let Some(idf) = &self.idf {
            check_len("TfidfTransformer.idf", width, idf.len())?;
            check_finite("TfidfTransformer.idf", idf)?;
        }
        Ok(())
    }
}
