//! One value for each row: what an `SVR`, `NuSVR` or `OneClassSVM` computes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Error;
use super::kernel::Kernel;
use super::machine::{DecisionFunctionShape, Svc, SvcParts};
use super::values::Workspace;

/// A fitted `SVR`, `NuSVR` or `OneClassSVM`; built only by [`Single::new`], so its shapes agree and its numbers are finite.
///
/// ```text
/// value = sum over s: dual_coef[s] K(x,s)  +  intercept
/// ```
///
/// LIBSVM adds up in the order of the support vectors, from zero on, the intercept at the end. That is the value of a pair of
/// classes whose support vectors are all of the first class, and so it is computed here.
#[derive(Debug, Clone, PartialEq)]
pub struct Single(Svc);

/// All that it consists of, not checked yet.
// Serialised as it stands: the order of fields is the layout of stored models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SingleParts<'a> {
    /// Kernel and its numbers.
    pub kernel: Kernel,
    /// Numbers in a row.
    pub n_features_in: usize,
    /// (n_sv, n_features_in), row major. There may be none: then every row gets the intercept.
    pub support_vectors: Cow<'a, [f64]>,
    /// One for each support vector. scikit-learn's private and public attributes are the same here.
    pub dual_coef: Cow<'a, [f64]>,
    /// Minus rho.
    pub intercept: f64,
}

impl Single {
    /// Builds it from parts that fit together.
    ///
    /// # Errors
    /// [`Error`] names the first part with a shape that the others contradict, or with a number that cannot be.
    pub fn new(parts: SingleParts<'_>) -> Result<Single, Error> {
        let SingleParts { kernel, n_features_in, support_vectors, dual_coef, intercept } = parts;
        let n_support = vec![dual_coef.len(), 0];
        let parts = SvcParts {
            kernel,
            n_features_in,
            n_support,
            support_vectors: support_vectors.into_owned(),
            dual_coef: dual_coef.into_owned(),
            intercept: vec![intercept],
            decision_function_shape: DecisionFunctionShape::Ovo,
            break_ties: false,
            probability: None,
        };
        Svc::with_support(parts, 0).map(Single)
    }

    /// What it was built from.
    pub fn parts(&self) -> SingleParts<'_> {
        let parts = self.0.parts();
        SingleParts {
            kernel: parts.kernel,
            n_features_in: parts.n_features_in,
            support_vectors: Cow::Borrowed(&parts.support_vectors),
            dual_coef: Cow::Borrowed(&parts.dual_coef),
            intercept: self.intercept(),
        }
    }

    /// Appends the value of one row after the other.
    ///
    /// `rows`: whole rows of `n_features_in` finite numbers, row major. A value may be infinite or NaN where the kernel's value
    /// overflows, as in scikit-learn.
    ///
    /// # Source
    /// LIBSVM, `svm_predict_values`.
    pub fn push_values(&self, rows: &[f64], workspace: &mut Workspace, out: &mut Vec<f64>) {
        self.0.for_each_row(rows, workspace, |mut row| out.extend_from_slice(row.pair_values()));
    }

    /// Whether a value is that of a row like the training rows: above zero. Zero is not, and NaN neither.
    pub fn is_inlier(value: f64) -> bool {
        value > 0.0
    }

    /// Added to the sum of every row.
    pub fn intercept(&self) -> f64 {
        self.0.parts().intercept.first().copied().unwrap_or_default()
    }

    /// What computes the value: the kernel, the support vectors and their sums, as those of one pair of classes.
    pub fn machine(&self) -> &Svc {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> SingleParts<'static> {
        SingleParts {
            kernel: Kernel::Linear,
            n_features_in: 2,
            support_vectors: Cow::Owned(vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
            dual_coef: Cow::Owned(vec![2.0, -1.0, 0.5]),
            intercept: -0.25,
        }
    }

    fn values(parts: SingleParts<'_>, rows: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN];
        Single::new(parts).unwrap().push_values(rows, &mut Workspace::default(), &mut out);
        out.split_off(1)
    }

    #[test]
    fn a_value_is_the_sum_over_all_support_vectors() {
        assert_eq!(values(parts(), &[4.0, 2.0]), [8.0 - 2.0 + 3.0 - 0.25]);
        let rows: Vec<f64> = (0..42).map(f64::from).collect();
        let expected: Vec<f64> = rows.chunks(2).map(|row| values(parts(), row)[0]).collect();
        assert_eq!(values(parts(), &rows), expected);
        assert_eq!(Single::new(parts()).unwrap().parts(), parts());
    }

    #[test]
    fn the_sum_runs_from_the_first_vector_to_the_last_and_the_intercept_comes_at_the_end() {
        let large = |dual_coef: [f64; 3], intercept| {
            let support_vectors = Cow::Owned(vec![1.0; 6]);
            values(
                SingleParts { support_vectors, dual_coef: Cow::Owned(dual_coef.to_vec()), intercept, ..parts() },
                &[1.0, 0.0],
            )
        };
        assert_eq!(large([1e16, 1.0, -1e16], 0.0), [0.0]);
        assert_eq!(large([1e16, -1e16, 1.0], 0.0), [1.0]);
        assert_eq!(large([1e16, 0.0, 0.0], 1.0), [1e16]);
    }

    #[test]
    fn zero_is_outside() {
        assert!(Single::is_inlier(5e-324));
        assert!([0.0, -0.0, -1.0, f64::NAN].iter().all(|value| !Single::is_inlier(*value)));
    }

    #[test]
    fn without_support_vectors_every_row_gets_the_intercept() {
        let none = SingleParts { support_vectors: Cow::Owned(vec![]), dual_coef: Cow::Owned(vec![]), ..parts() };
        assert_eq!(values(none.clone(), &[4.0, 2.0]), [-0.25]);
        assert_eq!(values(none.clone(), &[1.0; 20]), [-0.25; 10]);
        assert!(Single::new(SingleParts { n_features_in: usize::MAX, ..none }).is_ok());
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let refusal = |parts| Single::new(parts).unwrap_err().to_string();
        assert_eq!(
            refusal(SingleParts { dual_coef: Cow::Owned(vec![1.0]), ..parts() }),
            "`support_vectors`: expected 2 numbers, found 6"
        );
        assert_eq!(
            refusal(SingleParts { n_features_in: 0, ..parts() }),
            "`n_features_in`: expected at least 1 feature, found 0"
        );
        assert_eq!(
            refusal(SingleParts { intercept: f64::NAN, ..parts() }),
            "`intercept`: expected finite numbers, found NaN at index 0"
        );
        let kernel = Kernel::Rbf { gamma: -1.0 };
        assert_eq!(
            refusal(SingleParts { kernel, ..parts() }),
            "`gamma`: expected a finite number, zero or above, found -1.0"
        );
    }
}
