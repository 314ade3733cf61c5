//! The curve of the value that decides for a row's answer over one of its columns.

use super::estimator::Estimator;
use super::explain::{Decided, LINEAR_SINGLE, towards};
use super::scratch::EstimatorBuffers;
use super::steps::{MixedRow, RefusedRow, error_of_row};
use super::{Error, Model, Rows, Scratch};
use crate::svc::{ClassPair, SparseBuffer};

/// Points of a curve.
pub const CURVE_POINTS: usize = 33;

impl Model {
    /// Overwrites `out` with the decision of `answer` at [`CURVE_POINTS`] places of a column, the other columns as in `row`: pairs of place
    /// and value. `ends`: the lowest and the highest place.
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub fn curve<'r>(
        &self,
        row: impl Into<Rows<'r>>,
        answer: Decided,
        column: usize,
        ends: (f64, f64),
        scratch: &mut Scratch,
        out: &mut Vec<[f64; 2]>,
    ) -> Result<(), Error> {
        let Rows { cells, documents } = row.into();
        let Scratch { steps, mixed, estimator, .. } = scratch;
        let mut rows = cells.repeat(CURVE_POINTS);
        out.clear();
        for (point, moved) in rows.chunks_exact_mut(cells.len().max(1)).enumerate() {
            let part = point as f64 / (CURVE_POINTS - 1) as f64;
            // at both ends this is the end itself, and it does not overflow between them
            let place = ends.0 * (1.0 - part) + ends.1 * part;
            if let Some(number) = moved.get_mut(column) {
                *number = place;
            }
            out.push([place, f64::NAN]);
        }
        if self.columns().have_text() {
            let mut of_point = Vec::new();
            for (moved, point) in rows.chunks_exact(cells.len().max(1)).zip(out) {
                let made = self.steps().apply_mixed(MixedRow::Dense(moved), documents, mixed);
                match made.map_err(|refusal| error_of_row(refusal, 0))? {
                    MixedRow::Dense(row) => of_point.extend_from_slice(row),
                    MixedRow::Sparse(row) => row.copy_to_dense(self.estimator().width_in(), &mut of_point),
                }
                self.estimator().decisions(answer.pair(), &of_point, estimator);
                of_point.clear();
                point[1] = estimator.scores.first().copied().unwrap_or(f64::NAN);
            }
            return Ok(());
        }
        let (made, refusal) = self.steps().apply(&rows, self.n_features_in(), steps, false);
        if let Some(refusal) = refusal {
            // all of them are one row of the caller's
            return Err(RefusedRow { row: 0, ..refusal }.into_error());
        }
        self.estimator().decisions(answer.pair(), made, estimator);
        for (point, value) in out.iter_mut().zip(&estimator.scores) {
            point[1] = *value;
        }
        Ok(())
    }
}

impl Estimator {
    /// Overwrites the scores in `buffers` with the decision of each row for a pair of classes.
    fn decisions(&self, pair: ClassPair, rows: &[f64], buffers: &mut EstimatorBuffers) {
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        match self {
            Estimator::Svc { svc, .. } => svc.pair_values(pair, rows, workspace, scores),
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => {
                single.machine().pair_values(pair, rows, workspace, scores);
            }
            Estimator::Linear { linear, .. } | Estimator::LinearSvr(linear) => {
                let pair = if self.target().classes().is_some() { pair } else { LINEAR_SINGLE };
                let (mut values, mut of_row) = (Vec::new(), Vec::new());
                linear.for_each_row(rows, workspace, &mut of_row, |scores| values.push(towards(pair, scores)));
                *scores = values;
            }
            Estimator::TransformedTarget { regression, .. } => regression.decisions(pair, rows, buffers),
            Estimator::SparseSvc { svc, .. } => {
                let mut sparse = SparseBuffer::default();
                scores.clear();
                for row in rows.chunks_exact(svc.parts().n_features_in) {
                    sparse.copy_dense(row);
                    scores.push(svc.explain(sparse.row(), workspace).value(pair));
                }
            }
            Estimator::Meta(_) => scores.clear(),
        }
    }
}
