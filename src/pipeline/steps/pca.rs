//! scikit-learn's `PCA`: rows seen along the directions in which the training rows varied most.
//!
//! ```text
//! scikit-learn 1.5 and later   x.C - mean.C, then / scale with whiten
//! until 1.4                    (x - mean).C, then / scale with whiten
//! ```
//!
//! C is `components_`, one direction a row; scale is the root of `explained_variance_`, which newer versions keep from being too
//! small. The two formulas differ in their last digits. Sums run over the features in order.

use serde::{Deserialize, Serialize};

use super::transform::Transform;
use crate::pipeline::Error;
use crate::svc::check::{check_finite, check_len};
use crate::svc::project;

/// A fitted `PCA`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    /// Numbers in a row before.
    pub n_features_in: usize,
    /// Numbers in a row after, one or more.
    pub n_components: usize,
    /// `components_` transposed, (n_features_in, n_components), row major: what a feature adds to all products lies together.
    pub components: Vec<f64>,
    /// `mean_`, (n_features_in)
    pub mean: Vec<f64>,
    /// What is taken off the products, `mean.C`; none where `mean` is taken off the row before them.
    pub mean_product: Option<Vec<f64>>,
    /// What the products are divided by with `whiten`, not zero.
    pub scale: Option<Vec<f64>>,
}

/// What errors call the parts of a linear map.
pub(super) struct PartNames {
    pub n_features_in: &'static str,
    pub components: &'static str,
    pub mean: &'static str,
    pub mean_product: &'static str,
    pub scale: &'static str,
}

const PCA: PartNames = PartNames {
    n_features_in: "PCA.n_features_in",
    components: "PCA.components",
    mean: "PCA.mean",
    mean_product: "PCA.mean_product",
    scale: "PCA.explained_variance",
};

impl Pca {
    /// Refuses another width than `width`, shapes that do not fit, numbers that are not finite, and division by zero.
    pub(super) fn check_as(&self, names: &PartNames, width: usize) -> Result<(), Error> {
        if self.n_features_in != width {
            return Err(Error::part(names.n_features_in, format_args!("{width} features"), self.n_features_in));
        }
        if self.n_components == 0 {
            return Err(Error::part(names.components, "at least 1 component", 0));
        }
        let too_large = || Error::part(names.components, "a count that fits into memory", "a larger one");
        let count = width.checked_mul(self.n_components).ok_or_else(too_large)?;
        let vectors = [
            (names.components, count, Some(&self.components)),
            (names.mean, width, Some(&self.mean)),
            (names.mean_product, self.n_components, self.mean_product.as_ref()),
            (names.scale, self.n_components, self.scale.as_ref()),
        ];
        for (name, expected, values) in vectors {
            let Some(values) = values else { continue };
            check_len(name, expected, values.len())?;
            check_finite(name, values)?;
        }
        match self.scale.iter().flatten().position(|scale| *scale == 0.0) {
            None => Ok(()),
            Some(index) => Err(Error::part(names.scale, "no zeros", format_args!("0 at index {index}"))),
        }
    }
}

impl Transform for Pca {
    fn name(&self) -> &'static str {
        "PCA"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_components
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        let width = self.n_features_in;
        match &self.mean_product {
            Some(mean_product) => {
                project(rows, width, &self.components, output);
                in_rows(output, mean_product, |value, mean| *value -= mean);
            }
            None => {
                let mut centered = rows.to_vec();
                in_rows(&mut centered, &self.mean, |x, mean| *x -= mean);
                project(&centered, width, &self.components, output);
            }
        }
        if let Some(scale) = &self.scale {
            in_rows(output, scale, |value, scale| *value /= scale);
        }
    }

    /// But for what the directions leave out, and for rounding.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        let mut scaled = output.to_vec();
        let scale = self.scale.as_deref().unwrap_or_default();
        scaled.iter_mut().zip(scale).for_each(|(value, scale)| *value *= scale);
        let product = |weights: &[f64]| scaled.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>();
        input.clear();
        let features = self.components.chunks_exact(self.n_components.max(1)).zip(&self.mean);
        input.extend(features.map(|(weights, mean)| product(weights) + mean));
    }

    /// As [`check_as`](Self::check_as).
    fn check(&self, width: usize) -> Result<(), Error> {
        self.check_as(&PCA, width)
    }
}

/// Changes each number of all rows by the one of its column.
fn in_rows(rows: &mut [f64], columns: &[f64], change: impl Fn(&mut f64, f64)) {
    for row in rows.chunks_exact_mut(columns.len().max(1)) {
        row.iter_mut().zip(columns).for_each(|(value, column)| change(value, *column));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two directions in three features.
    fn pca() -> Pca {
        Pca {
            n_features_in: 3,
            n_components: 2,
            components: vec![0.0, 1.0, 1.0, 0.0, 0.0, 0.0],
            mean: vec![1.0, 2.0, 3.0],
            mean_product: None,
            scale: None,
        }
    }

    fn applied(pca: &Pca, row: [f64; 3]) -> Vec<f64> {
        let mut output = vec![f64::NAN; 5];
        pca.apply(&row, &mut output);
        output
    }

    #[test]
    fn both_formulas_turn_and_center_and_differ_in_rounding() {
        let newer = Pca { mean_product: Some(vec![2.0, 1.0]), ..pca() };
        assert_eq!(applied(&pca(), [4.0, 4.0, 9.0]), [2.0, 3.0]);
        assert_eq!(applied(&newer, [4.0, 4.0, 9.0]), [2.0, 3.0]);
        let far = |pca| Pca { components: vec![0.1, 0.1, 0.1, 0.1, 0.1, 0.1], mean: vec![1e16, 1.0, 1.0], ..pca };
        assert_eq!(applied(&far(pca()), [1e16, 2.0, 1.0])[0], 0.1);
        assert_eq!(applied(&far(Pca { mean_product: Some(vec![1e15; 2]), ..pca() }), [1e16, 2.0, 1.0])[0], 0.375);
    }

    #[test]
    fn whitened_rows_are_divided() {
        let whitened = Pca { scale: Some(vec![4.0, 0.5]), ..pca() };
        assert_eq!(applied(&whitened, [4.0, 4.0, 9.0]), [0.5, 6.0]);
    }

    #[test]
    fn what_the_directions_keep_can_be_undone() {
        for scale in [None, Some(vec![4.0, 0.5])] {
            let pca = Pca { scale, ..pca() };
            let mut input = vec![];
            pca.undo(&applied(&pca, [4.0, -4.0, 9.0]), &mut input);
            assert_eq!(input, [4.0, -4.0, 3.0]);
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let refusal = |pca: Pca| pca.check(3).unwrap_err().to_string();
        assert_eq!(refusal(Pca { n_features_in: 2, ..pca() }), "`PCA.n_features_in`: expected 3 features, found 2");
        assert_eq!(
            refusal(Pca { n_components: 0, components: vec![], ..pca() }),
            "`PCA.components`: expected at least 1 component, found 0"
        );
        assert_eq!(
            refusal(Pca { n_components: usize::MAX, ..pca() }),
            "`PCA.components`: expected a count that fits into memory, found a larger one"
        );
        assert_eq!(refusal(Pca { n_components: 3, ..pca() }), "`PCA.components`: expected 9 numbers, found 6");
        assert_eq!(refusal(Pca { mean: vec![0.0], ..pca() }), "`PCA.mean`: expected 3 numbers, found 1");
        assert_eq!(
            refusal(Pca { mean_product: Some(vec![0.0; 3]), ..pca() }),
            "`PCA.mean_product`: expected 2 numbers, found 3"
        );
        assert_eq!(
            refusal(Pca { scale: Some(vec![1.0, f64::NAN]), ..pca() }),
            "`PCA.explained_variance`: expected finite numbers, found NaN at index 1"
        );
        assert_eq!(
            refusal(Pca { scale: Some(vec![1.0, 0.0]), ..pca() }),
            "`PCA.explained_variance`: expected no zeros, found 0 at index 1"
        );
        assert!(pca().check(3).is_ok());
    }
}
