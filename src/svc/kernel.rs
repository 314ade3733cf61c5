//! Kernel values, with sums in the order of LIBSVM's dense code: sequential, no fused multiply-add.

use serde::{Deserialize, Serialize};

/// The kernel and its numbers, as resolved at training (scikit-learn's `_gamma`, not its parameter `gamma`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Kernel {
    /// `x.s`
    Linear,
    /// `(gamma x.s + coef0)^degree`
    Poly {
        /// Factor of the product, zero or above.
        gamma: f64,
        /// Added to the product.
        coef0: f64,
        /// The power; with 0 every value is 1.
        degree: u32,
    },
    /// `exp(-gamma |x - s|^2)`
    Rbf {
        /// Factor of the squared distance, zero or above.
        gamma: f64,
    },
    /// `tanh(gamma x.s + coef0)`
    Sigmoid {
        /// Factor of the product, zero or above.
        gamma: f64,
        /// Added to the product.
        coef0: f64,
    },
}

impl Kernel {
    /// scikit-learn's name of the kernel.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Poly { .. } => "poly",
            Self::Rbf { .. } => "rbf",
            Self::Sigmoid { .. } => "sigmoid",
        }
    }

    /// Overwrites `out` with the kernel value of `row` and each of `support_vectors`, row major with the width of `row`.
    ///
    /// # Source
    /// LIBSVM, `Kernel::k_function` of the dense fork in scikit-learn: the rbf distance is summed over differences.
    pub(super) fn values(&self, row: &[f64], support_vectors: &[f64], out: &mut Vec<f64>) {
        let vectors = support_vectors.chunks_exact(row.len());
        out.clear();
        match *self {
            Self::Linear => out.extend(vectors.map(|s| dot(row, s))),
            Self::Poly { gamma, coef0, degree } => {
                out.extend(vectors.map(|s| powi(gamma * dot(row, s) + coef0, degree)));
            }
            Self::Rbf { gamma } => out.extend(vectors.map(|s| (-gamma * squared_distance(row, s)).exp())),
            Self::Sigmoid { gamma, coef0 } => out.extend(vectors.map(|s| (gamma * dot(row, s) + coef0).tanh())),
        }
    }
}

pub(super) fn dot(x: &[f64], s: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (x, s) in x.iter().zip(s) {
        sum += x * s;
    }
    sum
}

pub(super) fn squared_distance(x: &[f64], s: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (x, s) in x.iter().zip(s) {
        let difference = x - s;
        sum += difference * difference;
    }
    sum
}

/// LIBSVM's `powi`: square and multiply from the lowest bit up. `f64::powi` multiplies in an order it does not promise.
pub(super) fn powi(base: f64, times: u32) -> f64 {
    let mut square = base;
    let mut power = 1.0;
    let mut bits = times;
    while bits > 0 {
        if bits % 2 == 1 {
            power *= square;
        }
        square *= square;
        bits /= 2;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kernel: Kernel, row: &[f64], vector: &[f64]) -> f64 {
        let mut out = vec![99.0];
        kernel.values(row, vector, &mut out);
        assert_eq!(out.len(), 1);
        out[0]
    }

    #[test]
    fn powi_multiplies_in_the_order_of_libsvm() {
        let x = 1.1_f64;
        assert_eq!(powi(x, 0), 1.0);
        assert_eq!(powi(0.0, 0), 1.0);
        assert_eq!(powi(x, 1), x);
        assert_eq!(powi(-x, 3), -(x * (x * x)));
        let x4 = (x * x) * (x * x);
        assert_eq!(powi(x, 7).to_bits(), ((x * (x * x)) * x4).to_bits());
        assert_eq!(powi(x, 10).to_bits(), ((x * x) * (x4 * x4)).to_bits());
        assert_eq!(powi(-1.0, u32::MAX), -1.0);
    }

    #[test]
    fn each_kernel_is_its_formula() {
        let (row, vector) = ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]);
        assert_eq!(value(Kernel::Linear, &row, &vector), 4.5);
        let poly = Kernel::Poly { gamma: 2.0, coef0: 1.0, degree: 3 };
        assert_eq!(value(poly, &row, &vector), 1000.0);
        assert_eq!(value(Kernel::Rbf { gamma: 0.5 }, &row, &vector), (-5.125_f64).exp());
        let sigmoid = Kernel::Sigmoid { gamma: 0.25, coef0: -1.0 };
        assert_eq!(value(sigmoid, &row, &vector), 0.125_f64.tanh());
    }

    #[test]
    fn sums_run_from_the_first_feature_to_the_last() {
        // any other order keeps the 1.0 that the first sum loses
        assert_eq!(value(Kernel::Linear, &[1e16, 1.0, -1e16], &[1.0, 1.0, 1.0]), 0.0);
        assert_eq!(value(Kernel::Linear, &[1e16, -1e16, 1.0], &[1.0, 1.0, 1.0]), 1.0);
    }
}
