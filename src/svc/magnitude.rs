//! The yardstick for rounding: how large the numbers are that a row's decision values are made of.
// `Svc::new` has checked the shapes: dual_coef_by_vector has k - 1 numbers for each support vector.
#![allow(clippy::indexing_slicing)]

use super::kernel::{Kernel, dot, squared_distance};
use super::machine::Svc;

impl Svc {
    /// The sum of the magnitudes of all that is added up for a pair of classes, for the pair where it is largest.
    ///
    /// Decision values computed in another order of summation, or with another library's `exp`, differ by a few 1e-16 of
    /// this; relative to the decision value itself, which may be close to zero, no bound holds.
    pub fn decision_magnitude(&self, row: &[f64]) -> f64 {
        let parts = self.parts();
        let k = self.n_classes();
        let mut sums = vec![0.0; k * k];
        let mut vectors =
            parts.support_vectors.chunks_exact(row.len()).zip(self.dual_coef_by_vector.chunks_exact(k - 1));
        for (class, n_support) in parts.n_support.iter().enumerate() {
            for (vector, dual_coef) in vectors.by_ref().take(*n_support) {
                let magnitude = parts.kernel.magnitude(row, vector);
                for (other, dual_coef) in (0..k).filter(|other| *other != class).zip(dual_coef) {
                    sums[class.min(other) * k + class.max(other)] += dual_coef.abs() * magnitude;
                }
            }
        }
        let pairs = (0..k).flat_map(|i| (i + 1..k).map(move |j| i * k + j));
        pairs.zip(&parts.intercept).map(|(pair, intercept)| sums[pair] + intercept.abs()).fold(0.0, f64::max)
    }
}

impl Kernel {
    /// The kernel's value with absolute values inside, and with what a rounding error inside is multiplied by.
    fn magnitude(&self, row: &[f64], vector: &[f64]) -> f64 {
        let absolute = |values: &[f64]| values.iter().map(|value| value.abs()).collect::<Vec<_>>();
        self.magnitude_of(match self {
            Self::Rbf { .. } => squared_distance(row, vector),
            _ => dot(&absolute(row), &absolute(vector)),
        })
    }

    /// The same from the squared distance, or else from the product of the absolute values.
    pub(super) fn magnitude_of(&self, sum: f64) -> f64 {
        match *self {
            Self::Linear => sum,
            Self::Poly { gamma, coef0, degree } => (gamma * sum + coef0.abs()).powf(f64::from(degree)),
            Self::Rbf { gamma } => {
                let exponent = gamma * sum;
                let value = (-exponent).exp();
                // the exponent may be infinite, and zero times infinity is NaN
                if value == 0.0 { 0.0 } else { value * (1.0 + exponent) }
            }
            Self::Sigmoid { gamma, coef0 } => 1.0 + gamma * sum + coef0.abs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_use_absolute_values_inside_the_kernel() {
        let (row, vector) = ([1.0, -2.0], [3.0, 1.0]);
        assert_eq!(Kernel::Linear.magnitude(&row, &vector), 5.0);
        assert_eq!(Kernel::Poly { gamma: 0.5, coef0: -1.0, degree: 2 }.magnitude(&row, &vector), 12.25);
        assert_eq!(Kernel::Sigmoid { gamma: 0.5, coef0: -1.0 }.magnitude(&row, &vector), 4.5);
        assert_eq!(Kernel::Rbf { gamma: 0.5 }.magnitude(&row, &vector), (-6.5_f64).exp() * 7.5);
    }

    #[test]
    fn a_vector_beyond_all_distances_adds_nothing() {
        assert_eq!(Kernel::Rbf { gamma: 0.5 }.magnitude(&[1e200], &[1.0]), 0.0);
    }
}
