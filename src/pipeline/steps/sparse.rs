//! Steps on a row that leaves out zeros, as scikit-learn computes there: over the stored numbers, in their order.

use super::projection::ProjectionKind;
use super::{Projection, RowNorm, Step};
use crate::svc::SparseBuffer;

impl Step {
    /// Whether rows that leave out zeros still do so after it.
    pub(super) fn keeps_sparse(&self) -> bool {
        match self {
            Step::Weights(_) | Step::Normalizer(_) | Step::Select(_) => true,
            Step::Scaler(scaler) => scaler.keeps_zeros(),
            Step::Binarizer(binarizer) => binarizer.threshold >= 0.0,
            _ => false,
        }
    }

    /// Replaces a row by what the step makes of it; of a step that does not keep such rows it stays.
    ///
    /// # Source
    /// scikit-learn: `inplace_csr_row_normalize_l1` and `_l2`, `SelectorMixin.transform`, `binarize`.
    pub(super) fn apply_sparse(&self, row: &mut SparseBuffer) {
        match self {
            Step::Weights(weights) => weights.weigh(row),
            Step::Scaler(scaler) => scaler.apply_sparse(row),
            Step::Normalizer(normalizer) => normalize(normalizer.norm, row.parts_mut().1),
            Step::Select(select) => row.renumber(|column| {
                let place = select.columns.binary_search(&(column as usize)).ok()?;
                u32::try_from(place).ok()
            }),
            Step::Binarizer(binarizer) => {
                let (_, values) = row.parts_mut();
                values.iter_mut().for_each(|value| *value = f64::from(u8::from(*value > binarizer.threshold)));
            }
            _ => {}
        }
    }
}

fn normalize(norm: RowNorm, values: &mut [f64]) {
    let norm = match norm {
        RowNorm::L1 => values.iter().fold(0.0, |sum, value| sum + value.abs()),
        RowNorm::L2 => values.iter().fold(0.0, |sum, value| sum + value * value).sqrt(),
        RowNorm::Max | RowNorm::MaxSigned => values.iter().fold(0.0, |largest, value| value.abs().max(largest)),
    };
    if norm != 0.0 {
        values.iter_mut().for_each(|value| *value /= norm);
    }
}

impl Projection {
    /// Overwrites `output` with what a `TruncatedSVD` makes of a row that leaves out zeros; whether it is one.
    ///
    /// # Source
    /// SciPy, `csr_matvecs`: multiply, then add, from zero.
    pub(super) fn project_sparse(&self, row: &SparseBuffer, output: &mut Vec<f64>) -> bool {
        if self.kind != ProjectionKind::TruncatedSvd {
            return false;
        }
        let width = self.map.n_components;
        output.clear();
        output.resize(width, 0.0);
        for (column, x) in row.row().iter() {
            let start = column as usize * width;
            let weights = self.map.components.get(start..start + width).unwrap_or_default();
            output.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Binarizer, NormFormula, Normalizer, Select, Selector};

    fn made(step: &Step, stored: &[(u32, f64)]) -> Vec<(u32, f64)> {
        let mut row = SparseBuffer::default();
        stored.iter().for_each(|(column, value)| row.push(*column, *value));
        assert!(step.keeps_sparse());
        step.apply_sparse(&mut row);
        row.row().iter().collect()
    }

    #[test]
    fn a_norm_is_of_the_stored_numbers_and_a_row_of_zeros_stays() {
        let step = |norm| Step::Normalizer(Normalizer { n_features_in: 9, norm, formula: NormFormula::Sparse });
        assert_eq!(made(&step(RowNorm::L2), &[(7, 3.0), (2, -4.0)]), [(7, 0.6), (2, -0.8)]);
        assert_eq!(made(&step(RowNorm::L1), &[(7, 3.0), (2, -1.0)]), [(7, 0.75), (2, -0.25)]);
        assert_eq!(made(&step(RowNorm::Max), &[(7, 3.0), (2, -4.0)]), [(7, 0.75), (2, -1.0)]);
        assert_eq!(made(&step(RowNorm::L2), &[(7, 0.0)]), [(7, 0.0)]);
    }

    #[test]
    fn what_is_selected_keeps_its_order_under_new_numbers() {
        let select = Step::Select(Select { selector: Selector::KBest, n_features_in: 9, columns: vec![1, 4, 8] });
        assert_eq!(made(&select, &[(8, 1.0), (5, 2.0), (1, 3.0)]), [(2, 1.0), (0, 3.0)]);
        let binarizer = |threshold| Step::Binarizer(Binarizer { n_features_in: 9, threshold });
        assert_eq!(made(&binarizer(1.0), &[(8, 1.0), (5, 2.0)]), [(8, 0.0), (5, 1.0)]);
        assert!(!binarizer(-1.0).keeps_sparse());
    }
}
