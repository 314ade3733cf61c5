//! Vectorizers and weights among the steps: everything about them but their rows, which leave out zeros.

use super::transform::Transform;
use crate::pipeline::Error;
use crate::pipeline::text::{Vectorizer, Weights};
use crate::svc::SparseBuffer;

/// Its rows are made by [`Vectorizer::transform`]: there is no document in a number.
impl Transform for Vectorizer {
    fn name(&self) -> &'static str {
        self.class()
    }

    fn width_in(&self) -> usize {
        1
    }

    fn width_out(&self) -> usize {
        self.n_columns()
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        if width == 1 { Ok(()) } else { Err(Error::part("vectorizer", "1 column of text", width)) }
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        output.resize(rows.len().saturating_mul(self.n_columns()), f64::NAN);
    }
}

impl Transform for Weights {
    fn name(&self) -> &'static str {
        "TfidfTransformer"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_features_in
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        self.check_width(width)
    }

    /// scikit-learn makes a sparse row of a dense one first.
    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        let (mut sparse, mut dense) = (SparseBuffer::default(), Vec::new());
        for row in rows.chunks_exact(self.n_features_in.max(1)) {
            sparse.copy_dense(row);
            self.weigh(&mut sparse);
            sparse.row().copy_to_dense(self.n_features_in, &mut dense);
            output.extend_from_slice(&dense);
        }
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }
}
