//! One value of a row, and the number that stands for it: what its column says.

use super::field_names::FieldNames;
use crate::api::names::{NAMES_MAX, nearest};
use crate::api::spelling::difference;
use crate::pipeline::{Categories, Category, ColumnKind};

/// What a number must be.
pub const EXPECTED_NUMBER: &str = "a finite number";
/// How errors describe a whole number that would be another one as a double, and so might be taken for another category.
pub const INEXACT: &str = "a whole number that a double cannot hold exactly";

/// Stands for a value that has not come yet. No content can write it: a missing number is another NaN.
pub const ABSENT: f64 = f64::from_bits(0x7ff8_0000_0000_ab5e);

/// Whether it is [`ABSENT`].
pub fn is_absent(value: &f64) -> bool {
    value.to_bits() == ABSENT.to_bits()
}

/// Why a value cannot stand in its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What would have been right.
    pub expected: String,
    /// What is there instead, without bytes of the request.
    pub found: String,
}

/// Categories, and columns that may be missing, that an error lists.
const LISTED_MAX: usize = 8;
/// Bytes of a category that an error lists or compares: a longer one is no name but a text.
const SHOWN_BYTES_MAX: usize = 64;

impl FieldNames {
    /// The number that stands for a value in a column.
    ///
    /// # Errors
    /// A value that the column does not take.
    pub(in crate::api) fn cell(&self, column: usize, value: Category<'_>) -> Result<f64, Refusal> {
        let refuse = |found: &str| Err(self.refuse(column, found));
        let value = match value {
            Category::Number(number) if number.is_nan() => Category::NaN,
            value => value,
        };
        match (self.kind(column), value) {
            (Some(ColumnKind::Ignored), _) => Ok(0.0),
            (_, Category::Number(number)) if number.is_infinite() => refuse("a number too large for a double"),
            (Some(ColumnKind::Category(categories)), value) => {
                categories.cell(value).ok_or_else(|| self.refuse_category(column, categories, value))
            }
            (Some(ColumnKind::NumberOrMissing), Category::None | Category::NaN) => Ok(f64::NAN),
            (None | Some(ColumnKind::Number | ColumnKind::NumberOrMissing), Category::Number(number)) => Ok(number),
            (Some(ColumnKind::Text), Category::Number(_) | Category::NaN) => refuse("a number"),
            (_, Category::String(_)) => refuse("a string"),
            (_, Category::Boolean(_)) => refuse("a boolean"),
            (Some(ColumnKind::Text), Category::None) => refuse("null"),
            (_, Category::None | Category::NaN) => Err(self.refuse_missing()),
        }
    }

    /// What a value of a column must be.
    pub(in crate::api) fn expected(&self, column: usize) -> String {
        match self.kind(column) {
            None | Some(ColumnKind::Number) => EXPECTED_NUMBER.to_owned(),
            Some(ColumnKind::NumberOrMissing) => format!("{EXPECTED_NUMBER} or a missing value"),
            Some(ColumnKind::Category(categories)) => expected_category(categories),
            Some(ColumnKind::Ignored) => "any value".to_owned(),
            Some(ColumnKind::Text) => "a string".to_owned(),
        }
    }

    /// Says that a column does not take what is there.
    pub(in crate::api) fn refuse(&self, column: usize, found: &str) -> Refusal {
        Refusal { expected: self.expected(column), found: found.to_owned() }
    }

    /// The same for a missing value. Where others may be missing, the error says which.
    fn refuse_missing(&self) -> Refusal {
        let takes_missing = |column: &usize| self.kind(*column).is_some_and(ColumnKind::takes_missing);
        let taking: Vec<_> = (0..self.count()).filter(takes_missing).map(|column| self.name(column)).collect();
        let expected = match taking.get(..LISTED_MAX) {
            _ if taking.is_empty() => EXPECTED_NUMBER.to_owned(),
            None => format!("{EXPECTED_NUMBER}: only `{}` may be missing", taking.join("`, `")),
            Some(_) => format!("{EXPECTED_NUMBER}: only {} other columns may be missing", taking.len()),
        };
        Refusal { expected, found: "null".to_owned() }
    }

    fn refuse_category(&self, column: usize, categories: &Categories, value: Category<'_>) -> Refusal {
        let found = match value {
            Category::String(text) => {
                let near = near(categories, text).map(|near| format!("{}, perhaps {near}", self.expected(column)));
                let found = "another string".to_owned();
                return Refusal { expected: near.unwrap_or_else(|| self.expected(column)), found };
            }
            Category::Number(_) => "another number",
            Category::Boolean(_) => "another boolean",
            Category::None | Category::NaN => "null",
        };
        self.refuse(column, found)
    }

    /// Whether a column knows None and NaN as two categories.
    pub(in crate::api) fn tells_missing_apart(&self, column: usize) -> bool {
        let index = |categories: &Categories| (categories.index(Category::None), categories.index(Category::NaN));
        let categories = self.kind(column).and_then(ColumnKind::categories);
        categories.is_some_and(|categories| matches!(index(categories), (Some(none), Some(nan)) if none != nan))
    }
}

/// What a category must be: one of a few, or how many there are.
fn expected_category(categories: &Categories) -> String {
    let is_short =
        |category: &Category<'_>| !matches!(category, Category::String(text) if text.len() > SHOWN_BYTES_MAX);
    if categories.is_empty() || categories.len() > LISTED_MAX || !categories.iter().all(|category| is_short(&category))
    {
        return format!("one of {} categories", categories.len());
    }
    let shown = categories.iter().map(|category| match category {
        Category::Boolean(value) => value.to_string(),
        Category::None | Category::NaN => "null".to_owned(),
        other => other.to_string(),
    });
    format!("one of {}", shown.collect::<Vec<_>>().join(", "))
}

/// The category that was probably meant by a text, and how it differs if that cannot be seen.
fn near(categories: &Categories, text: &str) -> Option<String> {
    if text.len() > SHOWN_BYTES_MAX {
        return None;
    }
    let known = || {
        let texts = categories.iter().take(NAMES_MAX).filter_map(|category| match category {
            Category::String(text) => Some(text),
            _ => None,
        });
        texts.filter(|known| known.len() <= SHOWN_BYTES_MAX)
    };
    let same = known().find_map(|known| Some(format!("`{known}`, which differs in {}", difference(known, text)?)));
    same.or_else(|| nearest(text, known()).map(|known| format!("`{known}`")))
}
