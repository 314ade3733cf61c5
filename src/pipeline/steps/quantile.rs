//! scikit-learn's `QuantileTransformer`: the share of the training rows that a number is above, as it is or as a normal one would
//! have it.
//!
//! ```text
//! share     0.5 (I(x, q, r) - I(-x, -q, -r)), where I interpolates between the quantiles q and their shares r: from below and from
//!           above, as quantiles may be equal; 0 and 1 at the ends
//! normal    ndtri(share), kept inside what 1e-7 and 1 - 1e-7 give
//! ```

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::ndtri::ndtri;
use super::transform::{Transform, first_infinite};
use crate::pipeline::Error;
use crate::svc::check::{check_finite, check_len};

/// A fitted `QuantileTransformer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// Numbers in a row, before and after.
    pub n_features_in: usize,
    /// What a share becomes.
    pub distribution: OutputDistribution,
    /// `references_`: shares, ascending, one or more.
    pub references: Vec<f64>,
    /// `quantiles_` transposed, (n_features_in, n_quantiles), row major: ascending for each column.
    pub quantiles: Vec<f64>,
}

/// How the output is distributed.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputDistribution {
    /// Between 0 and 1.
    Uniform,
    /// Around 0 with a deviation of 1.
    Normal,
}

/// So near to an end counts as the end, where the output is normal.
const NEAR_END: f64 = 1e-7;

/// `ndtri(1e-7 - spacing(1))`, and the same from the other end: SciPy's numbers.
const NORMAL_BOUNDS: (f64, f64) = (-5.199_337_582_605_575, 5.199_337_582_703_42);

impl Quantile {
    /// What a number becomes; NaN stays.
    fn of(&self, x: f64, quantiles: &[f64]) -> f64 {
        let (first, last) = (quantiles.first().copied(), quantiles.last().copied());
        let (is_low, is_high) = match self.distribution {
            OutputDistribution::Uniform => (first == Some(x), last == Some(x)),
            OutputDistribution::Normal => {
                (first.is_some_and(|first| x - NEAR_END < first), last.is_some_and(|last| x + NEAR_END > last))
            }
        };
        let share = match (is_low, is_high) {
            (true, _) => 0.0,
            (false, true) => 1.0,
            _ => {
                let from_below = interpolated(x, quantiles, &self.references);
                let from_above = interpolated_from_above(x, quantiles, &self.references);
                0.5 * (from_below + from_above)
            }
        };
        match self.distribution {
            OutputDistribution::Uniform => share,
            OutputDistribution::Normal => ndtri(share).clamp(NORMAL_BOUNDS.0, NORMAL_BOUNDS.1),
        }
    }

    /// A number that becomes `y`.
    fn back(&self, y: f64, quantiles: &[f64]) -> f64 {
        let share = match self.distribution {
            OutputDistribution::Uniform => y,
            OutputDistribution::Normal => share_below(y),
        };
        interpolated(share, &self.references, quantiles)
    }

    /// The quantiles of each column.
    fn columns(&self) -> impl Iterator<Item = &[f64]> {
        self.quantiles.chunks_exact(self.references.len().max(1))
    }
}

/// The probability of a normally distributed number below `y`, between those that are told apart.
fn share_below(y: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..f64::MANTISSA_DIGITS {
        let middle = (low + high) / 2.0;
        if ndtri(middle) < y {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// NumPy's `interp`: the number between those of `ys` that stand at the places of the nearest two `xs`, which ascend.
fn interpolated(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    if x.is_nan() {
        return x;
    }
    let after = xs.partition_point(|at| *at <= x);
    let at = |numbers: &[f64], place: usize| numbers.get(place).copied();
    let Some(place) = after.checked_sub(1) else { return ys.first().copied().unwrap_or_default() };
    match (at(xs, place), at(ys, place), at(xs, after), at(ys, after)) {
        (Some(x0), Some(y0), Some(x1), Some(y1)) if x0 != x => {
            let slope = (y1 - y0) / (x1 - x0);
            slope * (x - x0) + y0
        }
        (_, Some(y0), ..) => y0,
        _ => ys.last().copied().unwrap_or_default(),
    }
}

/// `-I(-x, -xs reversed, -ys reversed)`: the same, but of equal `xs` the first counts.
fn interpolated_from_above(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    if x.is_nan() {
        return x;
    }
    // with all signs turned, the slope and the differences are the same numbers, counted from the upper neighbour
    let place = xs.partition_point(|at| *at < x);
    let at = |numbers: &[f64], place: usize| numbers.get(place).copied();
    let before = place.checked_sub(1);
    let Some(y1) = at(ys, place) else { return ys.last().copied().unwrap_or_default() };
    match (before.and_then(|before| at(xs, before).zip(at(ys, before))), at(xs, place)) {
        (Some((x0, y0)), Some(x1)) if x1 != x => {
            let slope = (y1 - y0) / (x1 - x0);
            y1 - slope * (x1 - x)
        }
        _ => y1,
    }
}

impl Transform for Quantile {
    fn name(&self) -> &'static str {
        "QuantileTransformer"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_features_in
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        for row in rows.chunks_exact(self.n_features_in.max(1)) {
            output.extend(row.iter().zip(self.columns()).map(|(x, quantiles)| self.of(*x, quantiles)));
        }
    }

    /// A missing number stays one.
    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        first_infinite(rows)
    }

    /// But for what lies beyond the ends.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.extend(output.iter().zip(self.columns()).map(|(y, quantiles)| self.back(*y, quantiles)));
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }

    fn keeps_columns(&self) -> bool {
        true
    }

    /// Refuses another width than `width`, and quantiles and shares that are not ascending numbers.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width("QuantileTransformer", self.n_features_in, width)?;
        let (references, quantiles) = ("QuantileTransformer.references", "QuantileTransformer.quantiles");
        if self.references.is_empty() {
            return Err(Error::part(references, "at least 1 number", 0));
        }
        let too_large = || Error::part(quantiles, "a count that fits into memory", "a larger one");
        let count = width.checked_mul(self.references.len()).ok_or_else(too_large)?;
        check_len(quantiles, count, self.quantiles.len())?;
        check_finite(references, &self.references)?;
        check_finite(quantiles, &self.quantiles)?;
        if !self.references.is_sorted() {
            return Err(Error::part(references, "ascending numbers", "others"));
        }
        if !self.columns().all(<[f64]>::is_sorted) {
            return Err(Error::part(quantiles, "ascending numbers for each column", "others"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantile(distribution: OutputDistribution) -> Quantile {
        let (references, quantiles) = (vec![0.0, 0.5, 1.0], vec![1.0, 2.0, 4.0]);
        Quantile { n_features_in: 1, distribution, references, quantiles }
    }

    fn applied(quantile: &Quantile, rows: &[f64]) -> Vec<f64> {
        let mut output = vec![f64::NAN; 3];
        quantile.apply(rows, &mut output);
        output
    }

    #[test]
    fn a_share_lies_between_those_of_the_quantiles_around() {
        let uniform = quantile(OutputDistribution::Uniform);
        let rows = [3.0, 1.0, 4.0, 2.0, -7.0, 7.0, 1.25];
        assert_eq!(applied(&uniform, &rows), [0.75, 0.0, 1.0, 0.5, 0.0, 1.0, 0.125]);
        assert!(applied(&uniform, &[f64::NAN])[0].is_nan());
        assert_eq!(uniform.first_refused(&[f64::NAN, f64::INFINITY]), Some(1));
    }

    #[test]
    fn of_equal_quantiles_the_middle_counts() {
        let references = vec![0.0, 0.25, 0.5, 0.75, 1.0];
        let equal =
            Quantile { references, quantiles: vec![1.0, 2.0, 2.0, 2.0, 3.0], ..quantile(OutputDistribution::Uniform) };
        assert_eq!(applied(&equal, &[2.0, 1.5, 2.5]), [0.5, 0.125, 0.875]);
        let ends = Quantile { quantiles: vec![1.0, 1.0, 1.0, 3.0, 3.0], ..equal.clone() };
        assert_eq!(applied(&ends, &[1.0, 3.0, 2.0]), [0.0, 1.0, 0.625]);
        let constant = Quantile { quantiles: vec![1.0; 5], ..equal };
        assert_eq!(applied(&constant, &[1.0, 3.0, 0.0]), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_normal_share_is_the_one_of_a_bell_and_bounded() {
        let normal = quantile(OutputDistribution::Normal);
        let (low, high) = NORMAL_BOUNDS;
        let rows = [3.0, 2.0, 1.0, 4.0, 1.0 + 0.9e-7, 4.0 - 0.9e-7];
        assert_eq!(applied(&normal, &rows), [0.674_489_750_196_081_7, 0.0, low, high, low, high]);
        assert!(applied(&normal, &[f64::NAN])[0].is_nan());
        assert_eq!([ndtri(1e-7 - f64::EPSILON), ndtri(1.0 - (1e-7 - f64::EPSILON))], [low, high]);
    }

    #[test]
    fn shares_come_back_as_numbers() {
        for distribution in [OutputDistribution::Uniform, OutputDistribution::Normal] {
            let quantile = quantile(distribution);
            for x in [1.0, 1.25, 2.0, 3.5, 4.0] {
                let mut input = vec![];
                quantile.undo(&applied(&quantile, &[x]), &mut input);
                assert!((input[0] - x).abs() < 1e-6, "{x} {input:?}");
            }
        }
    }

    #[test]
    fn quantiles_that_no_training_gives_are_refused() {
        let uniform = || quantile(OutputDistribution::Uniform);
        let refusal = |quantile: Quantile, width| quantile.check(width).unwrap_err().to_string();
        assert_eq!(refusal(uniform(), 2), "`QuantileTransformer`: expected 2 features, found 1");
        for (quantile, text) in [
            (Quantile { references: vec![], ..uniform() }, "references`: expected at least 1 number, found 0"),
            (Quantile { references: vec![0.0; 2], ..uniform() }, "quantiles`: expected 2 numbers, found 3"),
            (
                Quantile { references: vec![1.0, 0.5, 0.0], ..uniform() },
                "references`: expected ascending numbers, found others",
            ),
            (
                Quantile { quantiles: vec![1.0, f64::NAN, 2.0], ..uniform() },
                "quantiles`: expected finite numbers, found NaN at index 1",
            ),
            (
                Quantile { quantiles: vec![2.0, 1.0, 4.0], ..uniform() },
                "quantiles`: expected ascending numbers for each column, found others",
            ),
        ] {
            assert_eq!(refusal(quantile, 1), format!("`QuantileTransformer.{text}"));
        }
    }
}
