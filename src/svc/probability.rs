//! Class probabilities out of pair values: Platt's sigmoid for each pair, then one vector that fits all pairs.
// Every slice here is cut by the number of classes k of a checked model: pairwise has k * k numbers, probabilities and qp have k.
#![allow(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

/// The parameters of Platt's sigmoid, one of each for every pair, and how pairs become classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probability {
    /// `_probA`, the factor of the pair value.
    pub prob_a: Vec<f64>,
    /// `_probB`, added to the product.
    pub prob_b: Vec<f64>,
    /// What two classes do; with more there is only the iteration.
    pub coupling: Coupling,
}

/// How the probabilities of two classes follow from their one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coupling {
    /// By the same iteration as for more classes: scikit-learn.
    Iterative,
    /// The pair's own probability: LIBSVM since 3.22.
    Direct,
}

/// Buffers of [`Probability::class_probabilities`].
#[derive(Debug, Default)]
pub(super) struct CouplingBuffers {
    /// (k, k): probability of the row's class against the column's.
    pairwise: Vec<f64>,
    /// (k, k): the quadratic form that the iteration minimises.
    q: Vec<f64>,
    /// (k): that form times the present probabilities.
    qp: Vec<f64>,
}

impl Probability {
    /// Appends the probability of each of `n_classes` classes to `out`.
    ///
    /// `pair_values`: the decision values of all pairs in LIBSVM's sign.
    ///
    /// # Source
    /// LIBSVM, `svm_predict_probability` and `sigmoid_predict`; Lin, Lin and Weng (2007).
    pub(super) fn class_probabilities(
        &self,
        n_classes: usize,
        pair_values: &[f64],
        buffers: &mut CouplingBuffers,
        out: &mut Vec<f64>,
    ) {
        let k = n_classes;
        buffers.pairwise.clear();
        buffers.pairwise.resize(k * k, 0.0);
        let mut parameters = pair_values.iter().zip(&self.prob_a).zip(&self.prob_b);
        for i in 0..k {
            for (j, ((value, a), b)) in (i + 1..k).zip(&mut parameters) {
                let probability = pair_probability(value * a + b);
                buffers.pairwise[i * k + j] = probability;
                buffers.pairwise[j * k + i] = 1.0 - probability;
            }
        }
        if k == 2 && self.coupling == Coupling::Direct {
            out.extend([buffers.pairwise[1], buffers.pairwise[2]]);
        } else {
            let start = out.len();
            out.resize(start + k, 1.0 / k as f64);
            couple(k, buffers, &mut out[start..]);
        }
    }
}

/// `1 / (1 + exp(x))` without losing the digits of small results, kept away from 0 and 1; NaN becomes the lower bound.
fn pair_probability(x: f64) -> f64 {
    let probability = sigmoid(x);
    if probability > PAIR_PROBABILITY_MIN { probability.min(1.0 - PAIR_PROBABILITY_MIN) } else { PAIR_PROBABILITY_MIN }
}

fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { (-x).exp() / (1.0 + (-x).exp()) } else { 1.0 / (1.0 + x.exp()) }
}

/// Improves `p`, which starts as all `1 / k`, until it fits the pairwise probabilities.
///
/// The test for the end of the iteration makes the result depend on the last bits: the order of operations is LIBSVM's.
///
/// # Source
/// LIBSVM, `multiclass_probability`; Wu, Lin and Weng (2004), second method.
fn couple(k: usize, buffers: &mut CouplingBuffers, p: &mut [f64]) {
    let CouplingBuffers { pairwise: r, q, qp } = buffers;
    q.clear();
    q.resize(k * k, 0.0);
    qp.clear();
    qp.resize(k, 0.0);
    for t in 0..k {
        for j in (0..k).filter(|j| *j != t) {
            q[t * k + t] += r[j * k + t] * r[j * k + t];
            q[t * k + j] = -r[j * k + t] * r[t * k + j];
        }
    }
    let error_max = 0.005 / k as f64;
    for _ in 0..k.max(SWEEPS_MAX) {
        let mut pqp = 0.0;
        for t in 0..k {
            qp[t] = 0.0;
            for j in 0..k {
                qp[t] += q[t * k + j] * p[j];
            }
            pqp += p[t] * qp[t];
        }
        // LIBSVM's comparison, which passes over NaN
        let error = qp.iter().fold(0.0, |error: f64, qp| error.max((qp - pqp).abs()));
        if error < error_max {
            break;
        }
        for t in 0..k {
            let diagonal = q[t * k + t];
            let difference = (-qp[t] + pqp) / diagonal;
            p[t] += difference;
            pqp = (pqp + difference * (difference * diagonal + 2.0 * qp[t])) / (1.0 + difference) / (1.0 + difference);
            for j in 0..k {
                qp[j] = (qp[j] + difference * q[t * k + j]) / (1.0 + difference);
                p[j] /= 1.0 + difference;
            }
        }
    }
}

/// A pair's probability stays this far from 0 and from 1.
const PAIR_PROBABILITY_MIN: f64 = 1e-7;

/// The iteration ends after this many sweeps, or after as many as there are classes.
const SWEEPS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn probabilities(n_classes: usize, pair_values: &[f64], coupling: Coupling) -> Vec<f64> {
        let n_pairs = pair_values.len();
        let probability = Probability { prob_a: vec![-1.0; n_pairs], prob_b: vec![0.0; n_pairs], coupling };
        let mut out = Vec::new();
        probability.class_probabilities(n_classes, pair_values, &mut CouplingBuffers::default(), &mut out);
        out
    }

    #[test]
    fn two_classes_are_the_sigmoid_itself_only_when_direct() {
        let first = 1.0 / (1.0 + (-2.0_f64).exp());
        assert_eq!(probabilities(2, &[2.0], Coupling::Direct), [first, 1.0 - first]);
        let iterated = probabilities(2, &[2.0], Coupling::Iterative);
        assert_ne!(iterated[0], first);
        assert!((iterated[0] - first).abs() < 5e-3);
    }

    #[test]
    fn a_pair_is_never_certain() {
        assert_eq!(probabilities(2, &[1e3], Coupling::Direct), [1.0 - 1e-7, 1.0 - (1.0 - 1e-7)]);
        assert_eq!(probabilities(2, &[-1e3], Coupling::Direct), [1e-7, 1.0 - 1e-7]);
    }

    #[test]
    fn balanced_pairs_give_equal_classes() {
        assert_eq!(probabilities(3, &[0.0, 0.0, 0.0], Coupling::Iterative), [1.0 / 3.0; 3]);
    }
}
