//! The kernel's `gamma` by its two names, with scikit-learn's bits.

use super::matrix::TrainingRows;
use crate::svc::pairwise::pairwise_sum;

/// `gamma="auto"`: one over the number of features.
pub fn auto_gamma(n_features: usize) -> f64 {
    1.0 / n_features as f64
}

/// `gamma="scale"`: one over the number of features and the variance of all numbers; 1 where these are all the same.
///
/// # Source
/// scikit-learn, `BaseLibSVM.fit`; NumPy, `var`.
pub fn scale_gamma(rows: TrainingRows<'_>) -> f64 {
    let count = rows.numbers.len() as f64;
    let mean = pairwise_sum(rows.numbers, |x| x) / count;
    let variance = pairwise_sum(rows.numbers, |x| (x - mean) * (x - mean)) / count;
    if variance == 0.0 { 1.0 } else { 1.0 / (rows.n_features as f64 * variance) }
}
