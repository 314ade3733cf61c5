//! Scalers as scikit-learn fits them.
// Columns are below the width.
#![allow(clippy::indexing_slicing)]

use super::recipe::Scaling;
use crate::pipeline::{Scaler, ScalerFormula};
use crate::svc::pairwise_sum;
use crate::svc::train::TrainingRows;

/// Fits a scaler to rows.
///
/// # Source
/// scikit-learn, `StandardScaler`, `MinMaxScaler` and `RobustScaler`; NumPy, `percentile`.
pub(super) fn fit_scaler(scaling: Scaling, rows: TrainingRows<'_>, order: Order) -> Scaler {
    let formula = match scaling {
        Scaling::Standard => standard(rows, order),
        Scaling::MinMax => min_max(rows),
        Scaling::Robust => robust(rows),
    };
    Scaler { n_features_in: rows.n_features, formula }
}

/// How rows lie in memory where scikit-learn fits a step: NumPy adds up columns in another order then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Row by row.
    Rows,
    /// Column by column, as those that were picked out of a table.
    Columns,
}

/// The sum over all rows of what `value` makes of each number and its column.
fn column_sums(rows: TrainingRows<'_>, order: Order, value: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    if order == Order::Columns || rows.n_features == 1 {
        let column =
            |column: usize| rows.numbers.iter().skip(column).step_by(rows.n_features).copied().collect::<Vec<_>>();
        let sum = |place: usize| pairwise_sum(&column(place), |number| value(place, number));
        return (0..rows.n_features).map(sum).collect();
    }
    let mut sums = vec![0.0; rows.n_features];
    for row in rows.numbers.chunks_exact(rows.n_features) {
        for (column, (sum, number)) in sums.iter_mut().zip(row).enumerate() {
            *sum += value(column, *number);
        }
    }
    sums
}

fn standard(rows: TrainingRows<'_>, order: Order) -> ScalerFormula {
    let count = rows.count() as f64;
    let mean: Vec<f64> = column_sums(rows, order, |_, number| number).iter().map(|sum| sum / count).collect();
    let correction = column_sums(rows, order, |column, number| number - mean[column]);
    let squares = column_sums(rows, order, |column, number| (number - mean[column]) * (number - mean[column]));
    let of_column = |((square, correction), mean): ((&f64, &f64), &f64)| {
        let variance = (square - correction * correction / count) / count;
        let bound = count * mean * f64::EPSILON;
        // what rounding leaves of a constant column
        let is_constant = variance <= count * f64::EPSILON * variance + bound * bound;
        if is_constant { 1.0 } else { variance.sqrt() }
    };
    let scale = squares.iter().zip(&correction).zip(&mean).map(of_column).collect();
    ScalerFormula::Standard { mean: Some(mean), scale: Some(scale) }
}

fn min_max(rows: TrainingRows<'_>) -> ScalerFormula {
    let (mut low, mut high) = (vec![f64::INFINITY; rows.n_features], vec![f64::NEG_INFINITY; rows.n_features]);
    for row in rows.numbers.chunks_exact(rows.n_features) {
        for (column, number) in row.iter().enumerate() {
            (low[column], high[column]) = (low[column].min(*number), high[column].max(*number));
        }
    }
    let scale: Vec<f64> = low.iter().zip(&high).map(|(low, high)| 1.0 / not_zero(high - low)).collect();
    let min = low.iter().zip(&scale).map(|(low, scale)| 0.0 - low * scale).collect();
    ScalerFormula::MinMax { scale, min, clip: None }
}

fn robust(rows: TrainingRows<'_>) -> ScalerFormula {
    let (mut center, mut scale) = (Vec::new(), Vec::new());
    for column in 0..rows.n_features {
        let mut numbers: Vec<f64> = rows.numbers.iter().skip(column).step_by(rows.n_features).copied().collect();
        numbers.sort_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        let is_odd = numbers.len() % 2 == 1;
        center.push(if is_odd { numbers[middle] } else { (numbers[middle - 1] + numbers[middle]) / 2.0 });
        scale.push(not_zero(quantile(&numbers, 0.75) - quantile(&numbers, 0.25)));
    }
    ScalerFormula::Robust { center: Some(center), scale: Some(scale) }
}

/// Between the two numbers that are nearest to a share of all, which are sorted.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, rest) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    let difference = sorted[high] - sorted[low];
    if rest < 0.5 { sorted[low] + difference * rest } else { sorted[high] - difference * (1.0 - rest) }
}

/// A range that nothing is divided by if it is nearly zero.
fn not_zero(range: f64) -> f64 {
    if range < 10.0 * f64::EPSILON { 1.0 } else { range }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(scaling: Scaling) -> ScalerFormula {
        let numbers = [0.1, 5.0, 2.0, 0.7, 5.0, -3.0, 0.2, 5.0, 8.5, 0.4, 5.0, 1.25];
        fit_scaler(scaling, TrainingRows { numbers: &numbers, n_features: 3 }, Order::Rows).formula
    }

    #[test]
    // as Python prints them
    #[allow(clippy::unreadable_literal)]
    fn numbers_are_those_of_scikit_learn() {
        // StandardScaler().fit(rows) and so on, scikit-learn 1.9.1
        assert_eq!(
            formula(Scaling::Standard),
            ScalerFormula::Standard {
                mean: Some(vec![0.35, 5.0, 2.1875]),
                scale: Some(vec![0.22912878474779197, 1.0, 4.113145845943224]),
            }
        );
        assert_eq!(
            formula(Scaling::MinMax),
            ScalerFormula::MinMax {
                scale: vec![1.6666666666666667, 1.0, 0.08695652173913043],
                min: vec![-0.16666666666666669, -5.0, 0.2608695652173913],
                clip: None
            }
        );
        assert_eq!(
            formula(Scaling::Robust),
            ScalerFormula::Robust {
                center: Some(vec![0.30000000000000004, 5.0, 1.625]),
                scale: Some(vec![0.29999999999999993, 1.0, 3.4375])
            }
        );
    }
}
