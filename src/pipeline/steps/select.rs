//! scikit-learn's selections of columns: what remains of a row are some of its numbers, in their order.
//!
//! Which ones is computed when a model is read: from scores, p-values, variances or weights, or a mask that the selection stores.

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::transform::{Transform, first_not_finite};
use crate::pipeline::Error;

/// A fitted selection of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Select {
    /// What selected them.
    pub selector: Selector,
    /// Numbers in a row before.
    pub n_features_in: usize,
    /// Columns that are kept, ascending, one or more.
    pub columns: Vec<usize>,
}

/// A class of scikit-learn's that selects columns.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selector {
    /// `SelectKBest`
    KBest,
    /// `SelectPercentile`
    Percentile,
    /// `SelectFpr`
    Fpr,
    /// `SelectFdr`
    Fdr,
    /// `SelectFwe`
    Fwe,
    /// `GenericUnivariateSelect`
    GenericUnivariate,
    /// `VarianceThreshold`
    VarianceThreshold,
    /// `RFE`
    Rfe,
    /// `RFECV`
    Rfecv,
    /// `SelectFromModel`
    FromModel,
    /// `SequentialFeatureSelector`
    Sequential,
}

impl Selector {
    fn name(self) -> &'static str {
        match self {
            Selector::KBest => "SelectKBest",
            Selector::Percentile => "SelectPercentile",
            Selector::Fpr => "SelectFpr",
            Selector::Fdr => "SelectFdr",
            Selector::Fwe => "SelectFwe",
            Selector::GenericUnivariate => "GenericUnivariateSelect",
            Selector::VarianceThreshold => "VarianceThreshold",
            Selector::Rfe => "RFE",
            Selector::Rfecv => "RFECV",
            Selector::FromModel => "SelectFromModel",
            Selector::Sequential => "SequentialFeatureSelector",
        }
    }
}

impl Transform for Select {
    fn name(&self) -> &'static str {
        self.selector.name()
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.columns.len()
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        for row in rows.chunks_exact(self.n_features_in.max(1)) {
            output.extend(self.columns.iter().filter_map(|column| row.get(*column)));
        }
    }

    /// A `VarianceThreshold` looks at no number.
    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        match self.selector {
            Selector::VarianceThreshold => None,
            _ => first_not_finite(rows),
        }
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        self.columns.get(column).copied().into_iter().collect()
    }

    fn maker(&self, _column: usize, _is_nan: bool) -> Option<&'static str> {
        None
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.resize(self.n_features_in, f64::NAN);
        for (column, value) in self.columns.iter().zip(output) {
            if let Some(slot) = input.get_mut(*column) {
                *slot = *value;
            }
        }
    }

    fn undo_each(&self, output: &[f64], input: &mut Vec<f64>) {
        self.undo(output, input);
    }

    /// Refuses another width than `width`, and columns that are none, not ascending or not there.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width(self.name(), self.n_features_in, width)?;
        if self.columns.is_empty() {
            return Err(Error::part(self.name(), "at least 1 column that is kept", 0));
        }
        let ascends = self.columns.is_sorted_by(|a, b| a < b);
        if ascends && self.columns.last().is_some_and(|last| *last < width) {
            return Ok(());
        }
        Err(Error::part(self.name(), format_args!("ascending columns below {width}"), "others"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(columns: &[usize]) -> Select {
        Select { selector: Selector::KBest, n_features_in: 4, columns: columns.to_vec() }
    }

    #[test]
    fn kept_columns_stay_in_their_order_and_the_others_are_unknown() {
        let (mut output, mut input) = (vec![f64::NAN; 9], vec![f64::NAN; 9]);
        select(&[1, 3]).apply(&[1.0, 2.0, 3.0, -0.0], &mut output);
        assert_eq!(output.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), [2.0_f64, -0.0].map(f64::to_bits));
        select(&[1, 3]).undo(&[5.0, 6.0], &mut input);
        assert_eq!((input[1], input[3]), (5.0, 6.0));
        assert!(input[0].is_nan() && input[2].is_nan());
    }

    #[test]
    fn columns_that_no_selection_has_are_refused() {
        let refusal = |columns: &[usize], width| select(columns).check(width).unwrap_err().to_string();
        assert_eq!(refusal(&[0], 3), "`SelectKBest`: expected 3 features, found 4");
        assert_eq!(refusal(&[], 4), "`SelectKBest`: expected at least 1 column that is kept, found 0");
        for columns in [&[1, 1][..], &[2, 1], &[4], &[0, usize::MAX]] {
            assert_eq!(refusal(columns, 4), "`SelectKBest`: expected ascending columns below 4, found others");
        }
        assert_eq!(select(&[0, 3]).check(4), Ok(()));
    }
}
