//! scikit-learn's `SimpleImputer` on columns that are not all numbers: a category for what is missing.
//!
//! An encoder follows it, which has both the dictionary and what the filled category becomes: an index goes through unchanged.
//! Where the column is one of numbers, the number is filled here.

use serde::{Deserialize, Serialize};

use super::transform::{Transform, first_infinite};
use crate::pipeline::{Category, Error};

/// What is filled into each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// One or more.
    pub columns: Vec<FilledColumn>,
}

/// What is filled into one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilledColumn {
    /// What is filled: scikit-learn's `missing_values`.
    pub missing: OwnCategory,
    /// With what: an item of `statistics_`.
    pub statistic: OwnCategory,
    /// Whether the column is one of numbers. Not in a file: what follows decides it.
    #[serde(skip)]
    pub(in crate::pipeline) of_numbers: bool,
}

/// A category that is kept.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum OwnCategory {
    /// A finite number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
    /// Text.
    String(String),
    /// Python's None.
    None,
    /// Not a number.
    NaN,
}

impl FilledColumn {
    /// A column where `statistic` stands for `missing`.
    pub fn new(missing: OwnCategory, statistic: OwnCategory) -> FilledColumn {
        FilledColumn { missing, statistic, of_numbers: false }
    }

    /// What a category becomes.
    pub(in crate::pipeline) fn filled<'a>(&'a self, category: Category<'a>) -> Category<'a> {
        if category.is(self.missing.category()) { self.statistic.category() } else { category }
    }

    /// Whether it replaces a missing number.
    pub(in crate::pipeline) fn fills_number(&self) -> bool {
        let is_missing = matches!(self.missing, OwnCategory::None | OwnCategory::NaN);
        is_missing && self.statistic.category().number().is_some_and(|number| !number.is_nan())
    }

    /// What a number becomes; NaN stands for a missing one.
    fn filled_number(&self, number: f64) -> f64 {
        let is_missing = match self.missing.category() {
            Category::None | Category::NaN => number.is_nan(),
            missing => missing.number() == Some(number),
        };
        if is_missing { self.statistic.category().number().unwrap_or(f64::NAN) } else { number }
    }
}

impl OwnCategory {
    /// A copy.
    pub fn of(category: Category<'_>) -> OwnCategory {
        match category {
            Category::Number(number) => OwnCategory::Number(number),
            Category::Boolean(value) => OwnCategory::Boolean(value),
            Category::String(text) => OwnCategory::String(text.to_owned()),
            Category::None => OwnCategory::None,
            Category::NaN => OwnCategory::NaN,
        }
    }

    /// The category itself.
    pub fn category(&self) -> Category<'_> {
        match self {
            OwnCategory::Number(number) => Category::Number(*number),
            OwnCategory::Boolean(value) => Category::Boolean(*value),
            OwnCategory::String(text) => Category::String(text),
            OwnCategory::None => Category::None,
            OwnCategory::NaN => Category::NaN,
        }
    }
}

impl Transform for Fill {
    fn name(&self) -> &'static str {
        "SimpleImputer"
    }

    fn width_in(&self) -> usize {
        self.columns.len()
    }

    fn width_out(&self) -> usize {
        self.columns.len()
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        if self.columns.len() != width || width == 0 {
            return Err(Error::part("statistics_", format_args!("{width} of them"), self.columns.len()));
        }
        let numbers = self.columns.iter().flat_map(|column| [&column.missing, &column.statistic]);
        match numbers.filter_map(|category| category.category().number()).find(|number| number.is_infinite()) {
            Some(number) => Err(Error::part("statistics_", "finite numbers", number)),
            None => Ok(()),
        }
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        let filled = |(cell, column): (&f64, &FilledColumn)| match column.of_numbers {
            true => column.filled_number(*cell),
            false => *cell,
        };
        output.extend(rows.iter().zip(self.columns.iter().cycle()).map(filled));
    }

    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        first_infinite(rows)
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.extend_from_slice(output);
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }

    fn keeps_columns(&self) -> bool {
        true
    }
}
