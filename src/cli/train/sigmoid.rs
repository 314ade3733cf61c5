//! Platt's curve, fitted to decision values.

use crate::pipeline::Sigmoid;

/// Fits `1 / (1 + exp(a value + b))` to what is known of each value. `is_positive` and `weights` have one for each.
///
/// # Source
/// Platt (1999) with the targets that scikit-learn's `_sigmoid_calibration` has; Newton's method of Lin, Lin and Weng (2007), continued
/// until nothing is gained any more.
pub(super) fn fit_sigmoid(values: &[f64], is_positive: &[bool], weights: Option<&[f64]>) -> Sigmoid {
    let ones = vec![1.0; values.len()];
    let weights = weights.unwrap_or(&ones);
    let sum_of = |wanted: bool| {
        let of_class = is_positive.iter().zip(weights).filter(|(is_positive, _)| **is_positive == wanted);
        of_class.map(|(_, weight)| weight).sum::<f64>()
    };
    let (n_negative, n_positive) = (sum_of(false), sum_of(true));
    let (high, low) = ((n_positive + 1.0) / (n_positive + 2.0), 1.0 / (n_negative + 2.0));
    let points: Vec<[f64; 3]> = values
        .iter()
        .zip(is_positive)
        .zip(weights)
        .map(|((value, is_positive), weight)| [*value, if *is_positive { high } else { low }, *weight])
        .collect();
    let mut best = Sigmoid { a: 0.0, b: ((n_negative + 1.0) / (n_positive + 1.0)).ln() };
    let mut loss = loss_of(best, &points);
    for _ in 0..STEPS_MAX {
        let (step_a, step_b) = newton_step(best, &points);
        let mut size = 1.0;
        let next = loop {
            let next = Sigmoid { a: best.a + size * step_a, b: best.b + size * step_b };
            let next_loss = loss_of(next, &points);
            if next_loss < loss {
                break Some((next, next_loss));
            }
            size /= 2.0;
            if size < STEP_MIN {
                break None;
            }
        };
        let Some(next) = next else { break };
        (best, loss) = next;
    }
    best
}

/// The sum of the logarithmic losses. A point: value, target, weight.
fn loss_of(sigmoid: Sigmoid, points: &[[f64; 3]]) -> f64 {
    let of_point = |[value, target, weight]: &[f64; 3]| {
        let exponent = sigmoid.a * value + sigmoid.b;
        // log(1 + exp(x)) without overflow
        let log = exponent.max(0.0) + (-exponent.abs()).exp().ln_1p();
        weight * (log - (1.0 - target) * exponent)
    };
    points.iter().map(of_point).sum()
}

fn newton_step(sigmoid: Sigmoid, points: &[[f64; 3]]) -> (f64, f64) {
    let (mut of_a, mut of_b) = (0.0, 0.0);
    let (mut of_aa, mut of_ab, mut of_bb) = (RIDGE, 0.0, RIDGE);
    for [value, target, weight] in points {
        let p = 1.0 / (1.0 + (sigmoid.a * value + sigmoid.b).exp());
        let (slope, curvature) = (weight * (target - p), weight * p * (1.0 - p));
        (of_a, of_b) = (of_a + slope * value, of_b + slope);
        of_aa += curvature * value * value;
        of_ab += curvature * value;
        of_bb += curvature;
    }
    let determinant = of_aa * of_bb - of_ab * of_ab;
    (-(of_bb * of_a - of_ab * of_b) / determinant, -(of_aa * of_b - of_ab * of_a) / determinant)
}

/// Keeps the curvature above zero.
const RIDGE: f64 = 1e-12;
const STEPS_MAX: usize = 200;
/// A shorter step changes nothing.
const STEP_MIN: f64 = 1e-10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_that_of_scikit_learn() {
        let values = [-2.0, -1.5, -0.3, 0.1, 0.2, 0.8, 1.1, 2.5, -0.7, 0.4];
        let is_positive = [0, 0, 0, 1, 0, 1, 1, 1, 0, 1].map(|label| label == 1);
        let weights = [1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0, 1.0, 0.5, 1.0];
        // _SigmoidCalibration().fit(values, labels, weights), which stops a little before the minimum
        for (weights, a, b) in [(None, -1.249052696, 0.064208713), (Some(&weights[..]), -1.393762537, -0.281195068)] {
            let sigmoid = fit_sigmoid(&values, &is_positive, weights);
            assert!((sigmoid.a - a).abs() < 1e-5 && (sigmoid.b - b).abs() < 1e-5, "{sigmoid:?}");
        }
    }
}
