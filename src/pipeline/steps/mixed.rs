//! One row through steps some of which turn documents into sparse rows.
//!
//! ```text
//! document -> Vectorizer -> sparse -> weights, scalers, selections -> sparse -> estimator
//!                                  -> TruncatedSVD, any other step -> dense  -> estimator
//! ```
//!
//! scikit-learn computes differently on sparse rows than on dense ones: scalers multiply by the reciprocal, and sums run over the
//! stored numbers in their order.

use super::branches::{Branches, BranchesKind, Sequence};
use super::transform::{RefusedRow, first_not_finite};
use super::{BinEncoding, EncoderKind, Step, Steps};
use crate::pipeline::scratch::MixedBuffers;
use crate::pipeline::text::Vectorizer;
use crate::pipeline::{Documents, Error};
use crate::svc::SparseRow;

/// A row between two steps.
#[derive(Debug, Clone, Copy)]
pub enum MixedRow<'a> {
    /// A number for each column.
    Dense(&'a [f64]),
    /// Numbers for some of the columns; the others are zero.
    Sparse(SparseRow<'a>),
}

impl Steps {
    /// Whether a document goes in.
    pub fn take_text(&self) -> bool {
        self.0.iter().any(Step::takes_text)
    }

    /// Whether something in them makes rows that leave out zeros, unless it is told not to.
    pub(in crate::pipeline) fn leave_out_zeros(&self) -> bool {
        self.0.iter().any(|step| match step {
            Step::Vectorizer(_) => true,
            Step::Encode(encoder) => matches!(encoder.kind, EncoderKind::OneHot | EncoderKind::LabelBinarizer),
            Step::KBins(kbins) => kbins.encoding == BinEncoding::OneHot,
            Step::Columns(branches) => branches.branches.iter().any(|branch| branch.steps().leave_out_zeros()),
            _ => false,
        })
    }

    /// The vectorizers in them, in the order of their columns.
    pub(in crate::pipeline) fn vectorizers(&self) -> Vec<&Vectorizer> {
        let mut found = Vec::new();
        for step in &self.0 {
            match step {
                Step::Vectorizer(vectorizer) => found.push(&**vectorizer),
                Step::Columns(Branches { branches, .. }) => {
                    found.extend(branches.iter().flat_map(|branch| branch.steps().vectorizers()));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether what comes out leaves out zeros, for rows that do so or not.
    pub(in crate::pipeline) fn make_sparse(&self, is_sparse: bool) -> bool {
        self.0.iter().fold(is_sparse, |is_sparse, step| match step {
            Step::Vectorizer(_) => true,
            Step::Columns(branches) if branches.kind == BranchesKind::DenseColumnTransformer => false,
            Step::Columns(branches) => {
                is_sparse || branches.branches.iter().any(|branch| branch.steps().make_sparse(false))
            }
            step => is_sparse && step.keeps_sparse(),
        })
    }

    /// The row after the last step, in one of the buffers.
    pub(in crate::pipeline) fn apply_mixed<'b>(
        &self,
        row: MixedRow<'_>,
        documents: &Documents,
        buffers: &'b mut MixedBuffers,
    ) -> Result<MixedRow<'b>, RefusedRow> {
        let mut is_sparse = match row {
            MixedRow::Dense(row) => {
                buffers.dense.clear();
                buffers.dense.extend_from_slice(row);
                false
            }
            MixedRow::Sparse(row) => {
                buffers.sparse.copy(row);
                true
            }
        };
        for step in &self.0 {
            is_sparse = step.apply_mixed(is_sparse, documents, buffers)?;
            let values = if is_sparse { buffers.sparse.row().values() } else { &buffers.dense };
            // behind a number that is missing stands what fills it
            if first_not_finite(values).is_some_and(|place| is_sparse || !values.get(place).is_some_and(|x| x.is_nan()))
            {
                return Err(RefusedRow {
                    row: 0,
                    column: 0,
                    step: Some(step.name()),
                    is_category: false,
                    is_nan: false,
                });
            }
        }
        let made = if is_sparse { buffers.sparse.row().values() } else { &buffers.dense };
        if first_not_finite(made).is_some() {
            return Err(RefusedRow {
                row: 0,
                column: 0,
                step: self.0.last().map(Step::name),
                is_category: false,
                is_nan: false,
            });
        }
        Ok(match is_sparse {
            true => MixedRow::Sparse(buffers.sparse.row()),
            false => MixedRow::Dense(&buffers.dense),
        })
    }
}

impl Step {
    /// Whether a document goes in.
    pub(in crate::pipeline) fn takes_text(&self) -> bool {
        match self {
            Step::Vectorizer(_) => true,
            Step::Columns(branches) => branches.branches.iter().any(|branch| branch.steps().take_text()),
            _ => false,
        }
    }

    /// Replaces the row in the buffers; whether it leaves out zeros then. `is_sparse`: whether it does so before.
    fn apply_mixed(
        &self,
        is_sparse: bool,
        documents: &Documents,
        buffers: &mut MixedBuffers,
    ) -> Result<bool, RefusedRow> {
        let MixedBuffers { dense, sparse, text, .. } = buffers;
        match self {
            Step::Vectorizer(vectorizer) => {
                let document = dense.first().and_then(|cell| documents.get(*cell)).unwrap_or_default();
                vectorizer.transform(document, text, sparse);
                return Ok(true);
            }
            step if is_sparse && step.keeps_sparse() => {
                step.apply_sparse(sparse);
                return Ok(true);
            }
            Step::Projection(projection) if is_sparse && projection.project_sparse(sparse, dense) => return Ok(false),
            Step::Columns(branches) => return branches.apply_mixed(is_sparse, documents, buffers),
            _ => {}
        }
        if is_sparse {
            sparse.row().copy_to_dense(self.width_in(), dense);
        }
        let transform = self.transform();
        if let Some(column) = transform.first_refused(dense) {
            return Err(RefusedRow { row: 0, column, step: None, is_category: false, is_nan: false });
        }
        match transform.apply_with(dense, &mut buffers.other, &mut buffers.steps.inside) {
            None => std::mem::swap(&mut buffers.dense, &mut buffers.other),
            Some(refusal) => return Err(refusal),
        }
        Ok(false)
    }
}

impl Branches<Steps> {
    /// As [`Step::apply_mixed`]: what the branches make stands side by side, each part in its own order.
    fn apply_mixed(
        &self,
        is_sparse: bool,
        documents: &Documents,
        buffers: &mut MixedBuffers,
    ) -> Result<bool, RefusedRow> {
        let MixedBuffers { dense, sparse, joined, own, cells, steps, inside, .. } = buffers;
        joined.clear();
        let mut start = 0;
        for branch in &self.branches {
            cells.clear();
            cells.extend(branch.columns().iter().filter_map(|column| dense.get(*column)));
            let in_callers_columns = |refusal: RefusedRow| RefusedRow {
                column: branch.columns().get(refusal.column).copied().unwrap_or_default(),
                ..refusal
            };
            let weight = branch.weight();
            let mut push =
                |column: u32, value: f64| joined.push(start + column, weight.map_or(value, |weight| value * weight));
            if is_sparse || branch.steps().take_text() {
                if is_sparse {
                    own.copy(sparse.row());
                }
                if is_sparse && branch.columns().len() < self.n_features_in {
                    let place = |column: u32| branch.columns().iter().position(|own| *own == column as usize);
                    own.renumber(|column| u32::try_from(place(column)?).ok());
                }
                let row = if is_sparse { MixedRow::Sparse(own.row()) } else { MixedRow::Dense(cells) };
                let made = branch.steps().apply_mixed(row, documents, inside.get_or_insert_default());
                match made.map_err(in_callers_columns)? {
                    MixedRow::Sparse(row) => row.iter().for_each(|(column, value)| push(column, value)),
                    MixedRow::Dense(row) => stored(row).for_each(|(column, value)| push(column, value)),
                }
            } else {
                let (made, refusal) = Sequence::apply(branch.steps(), cells, branch.columns().len(), steps);
                if let Some(refusal) = refusal {
                    return Err(in_callers_columns(refusal));
                }
                stored(made).for_each(|(column, value)| push(column, value));
            }
            start += u32::try_from(branch.width_out()).unwrap_or(u32::MAX);
        }
        if self.kind == BranchesKind::DenseColumnTransformer {
            joined.row().copy_to_dense(start as usize, dense);
            return Ok(false);
        }
        std::mem::swap(sparse, joined);
        Ok(true)
    }
}

/// The numbers of a row that are not zero.
fn stored(row: &[f64]) -> impl Iterator<Item = (u32, f64)> {
    (0_u32..).zip(row.iter().copied()).filter(|(_, value)| *value != 0.0)
}

/// The error for the caller of a model whose rows are asked one by one.
pub(in crate::pipeline) fn error_of_row(refusal: RefusedRow, row: usize) -> Error {
    RefusedRow { row, ..refusal }.into_error()
}
