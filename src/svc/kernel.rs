//! Kernel values, with sums in the order of LIBSVM's dense code: sequential, no fused multiply-add.
// `accumulate` cuts all slices to one length before it takes an index below it.
#![allow(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

use super::elementary;
use super::lanes::Lanes;

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

/// A kernel's numbers, where it has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct KernelParameters {
    /// Factor of the product or of the squared distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f64>,
    /// Added to the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coef0: Option<f64>,
    /// The power.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degree: Option<u32>,
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

    /// The numbers that the kernel has.
    pub fn parameters(&self) -> KernelParameters {
        let (gamma, coef0, degree) = match *self {
            Self::Linear => (None, None, None),
            Self::Rbf { gamma } => (Some(gamma), None, None),
            Self::Sigmoid { gamma, coef0 } => (Some(gamma), Some(coef0), None),
            Self::Poly { gamma, coef0, degree } => (Some(gamma), Some(coef0), Some(degree)),
        };
        KernelParameters { gamma, coef0, degree }
    }

    /// Squared distances or products of `G` pairs of a block and a vector: lane i of the result g belongs to lane i of block g and
    /// to vector g. Block and vector have one element for each feature; which of them is the row does not matter.
    ///
    /// # Source
    /// LIBSVM, `Kernel::k_function` of the dense fork in scikit-learn: the rbf distance is summed over differences.
    #[inline(always)]
    pub(super) fn sums<const G: usize>(self, blocks: [&[Lanes]; G], vectors: [&[f64]; G]) -> [Lanes; G] {
        match self {
            Self::Rbf { .. } => {
                accumulate(blocks, vectors, |sum, lanes, value| sum.add_squared_difference(lanes, value))
            }
            _ => accumulate(blocks, vectors, |sum, lanes, value| sum.add_product(value, lanes)),
        }
    }

    /// Turns [`sums`](Self::sums) into the kernel's values.
    #[inline(always)]
    pub(super) fn finish(self, sums: &mut [f64]) {
        match self {
            Self::Linear => {}
            Self::Poly { gamma, coef0, degree } => {
                scale(sums, gamma, coef0);
                elementary::powi(sums, degree);
            }
            Self::Rbf { gamma } => {
                elementary::exp(sums, -gamma);
            }
            Self::Sigmoid { gamma, coef0 } => {
                scale(sums, gamma, coef0);
                elementary::tanh(sums);
            }
        }
    }
}

#[inline(always)]
fn scale(values: &mut [f64], factor: f64, offset: f64) {
    for value in values {
        *value = factor * *value + offset;
    }
}

/// Sums over the features of `G` pairs at once, so that one sum does not wait for another's addition.
#[inline(always)]
fn accumulate<const G: usize>(
    mut blocks: [&[Lanes]; G],
    mut vectors: [&[f64]; G],
    add: impl Fn(Lanes, Lanes, f64) -> Lanes,
) -> [Lanes; G] {
    let lengths = vectors.iter().map(|vector| vector.len()).chain(blocks.iter().map(|block| block.len()));
    let n_features = lengths.min().unwrap_or_default();
    // equal lengths, which the compiler sees here, once for all features
    for (block, vector) in blocks.iter_mut().zip(&mut vectors) {
        (*block, *vector) = (&block[..n_features], &vector[..n_features]);
    }
    let mut sums = [Lanes::ZERO; G];
    for feature in 0..n_features {
        for (sum, (block, vector)) in sums.iter_mut().zip(blocks.iter().zip(&vectors)) {
            *sum = add(*sum, block[feature], vector[feature]);
        }
    }
    sums
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::lanes::LANES;

    fn value(kernel: Kernel, row: &[f64], vector: &[f64]) -> f64 {
        let block: Vec<Lanes> = row.iter().map(|value| Lanes([*value; LANES])).collect();
        let [Lanes(mut values)] = kernel.sums([&block], [vector]);
        kernel.finish(&mut values);
        assert_eq!(values, [values[0]; LANES]);
        values[0]
    }

    #[test]
    fn each_kernel_is_its_formula() {
        let (row, vector) = ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]);
        assert_eq!(value(Kernel::Linear, &row, &vector), 4.5);
        let poly = Kernel::Poly { gamma: 2.0, coef0: 1.0, degree: 3 };
        assert_eq!(value(poly, &row, &vector), 1000.0);
        let one = |function: fn(&mut [f64]), x: f64| {
            let mut values = [x];
            function(&mut values);
            values[0]
        };
        assert_eq!(
            value(Kernel::Rbf { gamma: 0.5 }, &row, &vector),
            one(|values| elementary::exp(values, -0.5), 10.25)
        );
        let sigmoid = Kernel::Sigmoid { gamma: 0.25, coef0: -1.0 };
        assert_eq!(value(sigmoid, &row, &vector), one(elementary::tanh, 0.125));
    }

    #[test]
    fn sums_run_from_the_first_feature_to_the_last() {
        // any other order keeps the 1.0 that the first sum loses
        assert_eq!(value(Kernel::Linear, &[1e16, 1.0, -1e16], &[1.0, 1.0, 1.0]), 0.0);
        assert_eq!(value(Kernel::Linear, &[1e16, -1e16, 1.0], &[1.0, 1.0, 1.0]), 1.0);
    }
}
