//! scikit-learn's `PolynomialFeatures`: products of the columns with each other.
//!
//! ```text
//! 1, then for each degree the products of so many columns, in the order of their places: 1, a, b, a a, a b, b b, a a a, ...
//! ```

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::transform::Transform;
use crate::pipeline::Error;

/// A fitted `PolynomialFeatures`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Polynomial {
    /// Numbers in a row before.
    pub n_features_in: usize,
    /// Fewest columns in a product; those of fewer are left out.
    pub min_degree: usize,
    /// Most columns in a product.
    pub max_degree: usize,
    /// Whether no column is multiplied by itself.
    pub interaction_only: bool,
    /// Whether a 1 comes first.
    pub include_bias: bool,
    /// How the factors of a product are grouped, where there are three or more.
    pub grouping: Grouping,
    /// Numbers in a row after.
    pub n_output_features: usize,
}

/// Which two factors are multiplied first.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    /// The last two, as in scikit-learn since 0.22: `a (b c)`.
    FromRight,
    /// The first two, as in scikit-learn until 0.21, and on sparse rows: `(a b) c`.
    FromLeft,
}

/// Numbers in a row of products, so that a small file cannot ask for much memory: 64 columns have 47,905 of up to three factors.
pub const POLYNOMIAL_FEATURES_MAX: usize = 1 << 17;

impl Polynomial {
    /// How many numbers a row has after it, to be checked before anything that long is made: up to [`POLYNOMIAL_FEATURES_MAX`],
    /// those left out included.
    ///
    /// # Errors
    /// [`Error::Part`] for more.
    pub fn count(&self) -> Result<usize, Error> {
        let too_many = || {
            Error::part(
                "PolynomialFeatures.n_output_features",
                format_args!("at most {POLYNOMIAL_FEATURES_MAX} features"),
                "more",
            )
        };
        // products of one degree, and of all degrees
        let (mut products, mut made, mut left_out) = (1_usize, usize::from(self.include_bias), 0_usize);
        for degree in 1..=self.max_degree {
            // columns that may come next, by the combinations of one degree less
            let (factor, repeated) = (self.n_features_in, degree - 1);
            let factor =
                if self.interaction_only { factor.checked_sub(repeated) } else { factor.checked_add(repeated) };
            products = products.checked_mul(factor.unwrap_or_default()).ok_or_else(too_many)? / degree;
            if products == 0 {
                break;
            }
            made = made.checked_add(products).filter(|made| *made <= POLYNOMIAL_FEATURES_MAX).ok_or_else(too_many)?;
            if degree < self.min_degree {
                left_out += products;
            }
        }
        Ok(made - left_out)
    }

    /// Appends all products of a row, those to be left out too, without the 1.
    fn products(&self, row: &[f64], output: &mut Vec<f64>) {
        match self.grouping {
            Grouping::FromRight => self.products_from_right(row, output),
            Grouping::FromLeft => self.products_from_left(row, output),
        }
    }

    /// Each column times the products of one factor less whose first column is this one or a later one: they stand together.
    fn products_from_right(&self, row: &[f64], output: &mut Vec<f64>) {
        let start = output.len();
        output.extend_from_slice(row);
        // where the products begin whose first column is this one
        let mut begins: Vec<usize> = (start..=output.len()).collect();
        for _ in 2..=self.max_degree {
            let end = output.len();
            for (column, x) in row.iter().enumerate() {
                let from = if self.interaction_only { column + 1 } else { column };
                let begin = begins.get(from).copied().unwrap_or(end);
                let here = output.len();
                output.extend_from_within(begin..end);
                output.iter_mut().skip(here).for_each(|product| *product *= x);
                // nobody asks for the older place any more
                if let Some(begin) = begins.get_mut(column) {
                    *begin = here;
                }
            }
            if output.len() == end {
                break;
            }
            if let Some(last) = begins.last_mut() {
                *last = output.len();
            }
        }
    }

    /// Each product of one factor less times the columns from its last one on.
    fn products_from_left(&self, row: &[f64], output: &mut Vec<f64>) {
        let mut begin = output.len();
        output.extend_from_slice(row);
        let mut lasts: Vec<usize> = (0..row.len()).collect();
        for _ in 2..=self.max_degree {
            let end = output.len();
            let mut longer = Vec::new();
            for (place, last) in (begin..end).zip(lasts) {
                let product = output.get(place).copied().unwrap_or_default();
                let from = if self.interaction_only { last + 1 } else { last };
                for (column, x) in row.iter().enumerate().skip(from) {
                    output.push(product * x);
                    longer.push(column);
                }
            }
            (begin, lasts) = (end, longer);
            if lasts.is_empty() {
                break;
            }
        }
    }

    /// Where the columns themselves stand in a row after, if they do.
    fn first_of_columns(&self) -> Option<usize> {
        (self.min_degree <= 1 && self.max_degree >= 1).then_some(usize::from(self.include_bias))
    }
}

impl Transform for Polynomial {
    fn name(&self) -> &'static str {
        "PolynomialFeatures"
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.n_output_features
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        let bias = usize::from(self.include_bias);
        for row in rows.chunks_exact(self.n_features_in.max(1)) {
            output.extend(self.include_bias.then_some(1.0));
            let start = output.len();
            if self.max_degree > 0 {
                self.products(row, output);
            }
            let kept = self.n_output_features.saturating_sub(bias);
            let left_out = (output.len() - start).saturating_sub(kept);
            output.drain(start..start + left_out);
        }
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        let columns = self.first_of_columns().map(|first| output.iter().skip(first).take(self.n_features_in));
        input.extend(columns.into_iter().flatten());
        input.resize(self.n_features_in, f64::NAN);
    }

    fn undo_each(&self, output: &[f64], input: &mut Vec<f64>) {
        self.undo(output, input);
    }

    /// Refuses another width than `width`, and another count of products than there are.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width("PolynomialFeatures", self.n_features_in, width)?;
        let expected = self.count()?;
        if expected == 0 {
            return Err(Error::part("PolynomialFeatures.n_output_features", "at least 1 feature", 0));
        }
        if self.n_output_features == expected {
            return Ok(());
        }
        let name = "PolynomialFeatures.n_output_features";
        Err(Error::part(name, format_args!("{expected} features"), self.n_output_features))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polynomial(n_features_in: usize, min_degree: usize, max_degree: usize) -> Polynomial {
        Polynomial {
            n_features_in,
            min_degree,
            max_degree,
            interaction_only: false,
            include_bias: true,
            grouping: Grouping::FromRight,
            n_output_features: 0,
        }
    }

    fn applied(polynomial: &Polynomial, row: &[f64]) -> Vec<f64> {
        let counted = Polynomial { n_output_features: polynomial.count().unwrap(), ..polynomial.clone() };
        assert_eq!(counted.check(row.len()), Ok(()));
        let mut output = vec![f64::NAN; 2];
        counted.apply(&[row, row].concat(), &mut output);
        assert_eq!(output.len(), 2 * counted.n_output_features);
        output.truncate(counted.n_output_features);
        output
    }

    #[test]
    fn products_come_in_the_order_of_their_columns() {
        let two = polynomial(2, 0, 2);
        assert_eq!(applied(&two, &[2.0, 3.0]), [1.0, 2.0, 3.0, 4.0, 6.0, 9.0]);
        let three = [3.0, 5.0, 7.0, 9.0, 15.0, 21.0, 25.0, 35.0, 49.0];
        let cubes = [27.0, 45.0, 63.0, 75.0, 105.0, 147.0, 125.0, 175.0, 245.0, 343.0];
        for grouping in [Grouping::FromRight, Grouping::FromLeft] {
            let all = Polynomial { include_bias: false, grouping, ..polynomial(3, 1, 3) };
            assert_eq!(applied(&all, &[3.0, 5.0, 7.0]), [&three[..], &cubes].concat());
            let longest = Polynomial { grouping, ..polynomial(3, 3, 3) };
            assert_eq!(applied(&longest, &[3.0, 5.0, 7.0]), [&[1.0], &cubes[..]].concat());
            let different = Polynomial { interaction_only: true, include_bias: false, ..all.clone() };
            assert_eq!(applied(&different, &[3.0, 5.0, 7.0]), [3.0, 5.0, 7.0, 15.0, 21.0, 35.0, 105.0]);
            let degree = Polynomial { interaction_only: true, ..polynomial(3, 2, 9) };
            assert_eq!(applied(&degree, &[3.0, 5.0, 7.0]), [1.0, 15.0, 21.0, 35.0, 105.0]);
        }
        assert_eq!(applied(&polynomial(2, 0, 0), &[2.0, 3.0]), [1.0]);
    }

    #[test]
    fn three_factors_are_grouped_from_the_right_or_from_the_left() {
        // the product of the last two, or of the first two, is too small or too large for a number
        let row = [1e-200, 1e200, 1e200];
        let last = |grouping| {
            let different = Polynomial { interaction_only: true, grouping, ..polynomial(3, 0, 3) };
            *applied(&different, &row).last().unwrap()
        };
        assert_eq!(last(Grouping::FromRight), f64::INFINITY);
        assert_eq!(last(Grouping::FromLeft), 1e200);
    }

    #[test]
    fn columns_come_back_where_they_are_among_the_products() {
        let undone = |polynomial: Polynomial, output: &[f64]| {
            let mut input = vec![];
            polynomial.undo(output, &mut input);
            input
        };
        assert_eq!(undone(polynomial(2, 0, 2), &[1.0, 2.0, 3.0, 4.0, 6.0, 9.0]), [2.0, 3.0]);
        assert!(undone(polynomial(2, 2, 2), &[1.0, 4.0, 6.0, 9.0]).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn too_many_products_are_refused_by_their_count() {
        let refusal = |polynomial: Polynomial| polynomial.check(polynomial.n_features_in).unwrap_err().to_string();
        let text = "`PolynomialFeatures.n_output_features`: expected at most 131072 features, found more";
        for (width, degree) in [(1_000, 3), (2, usize::MAX), (1, 1 << 40), (usize::MAX, 2), (1 << 18, 1)] {
            assert_eq!(refusal(polynomial(width, 0, degree)), text, "{width} {degree}");
        }
        let different = Polynomial { interaction_only: true, ..polynomial(100_000, 0, 2) };
        assert_eq!(refusal(different), text);
        // all that are made count, not those that are kept
        assert_eq!(refusal(polynomial(64, 4, 4)), text);
        assert_eq!(polynomial(64, 0, 3).count(), Ok(47_905));
        let wrong = Polynomial { n_output_features: 7, ..polynomial(2, 0, 2) };
        let text = "`PolynomialFeatures.n_output_features`: expected 6 features, found 7";
        assert_eq!(refusal(wrong), text);
        let none = Polynomial { include_bias: false, ..polynomial(2, 0, 0) };
        let text = "`PolynomialFeatures.n_output_features`: expected at least 1 feature, found 0";
        assert_eq!(refusal(none), text);
        assert_eq!(
            polynomial(2, 0, 2).check(3).unwrap_err().to_string(),
            "`PolynomialFeatures`: expected 3 features, found 2"
        );
    }
}
