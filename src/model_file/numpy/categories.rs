//! Arrays of categories: numbers, booleans, texts and what is missing, in any mixture.

use std::borrow::Cow;

use super::dtype::ItemKind;
use super::{Array, Items, text_bytes};
use crate::model_file::pickle::{Id, Meaning, Value, Values};
use crate::pipeline::OwnCategory;

impl Array<'_, '_> {
    /// All items as categories, of a flat array; `charge` as in [`texts`](Self::texts).
    pub(in crate::model_file) fn categories(
        &self,
        charge: &dyn Fn(usize) -> Result<(), String>,
    ) -> Result<Vec<OwnCategory>, String> {
        charge(self.shape().iter().product::<usize>().saturating_mul(CATEGORY_BYTES))?;
        let of_float = |number: f64| if number.is_nan() { OwnCategory::NaN } else { OwnCategory::Number(number) };
        match (&self.items, self.form.dtype.kind) {
            (Items::Objects(objects), _) => objects.iter().map(|id| category(self.values, *id, charge)).collect(),
            (_, ItemKind::Boolean) => {
                Ok(self.integers()?.into_iter().map(|item| OwnCategory::Boolean(item != 0)).collect())
            }
            (_, ItemKind::Signed | ItemKind::Unsigned) => self.integers()?.into_iter().map(whole).collect(),
            (_, ItemKind::Float) => Ok(self.numbers()?.into_iter().map(of_float).collect()),
            _ => Ok(self.texts(charge)?.into_iter().map(OwnCategory::String).collect()),
        }
    }
}

/// One value, Python's or NumPy's.
pub(in crate::model_file) fn category(
    values: &Values<'_>,
    id: Id,
    charge: &dyn Fn(usize) -> Result<(), String>,
) -> Result<OwnCategory, String> {
    match values.get(id) {
        Value::None => Ok(OwnCategory::None),
        Value::Boolean(value) => Ok(OwnCategory::Boolean(*value)),
        Value::Integer(value) => whole(*value),
        Value::Float(value) if value.is_nan() => Ok(OwnCategory::NaN),
        Value::Float(value) => Ok(OwnCategory::Number(*value)),
        Value::Object { global, .. } if global.meaning == Meaning::Scalar => {
            let array = Array::read(values, id)?;
            // a scalar of objects is none
            let is_plain = array.shape().is_empty() && !matches!(array.items, Items::Objects(_));
            let item = if is_plain { array.categories(charge)?.pop() } else { None };
            item.ok_or_else(|| format!("expected a category, found {}", values.describe(id)))
        }
        Value::Text(_) => {
            charge(text_bytes(values, id))?;
            super::text(values, id).map(Cow::into_owned).map(OwnCategory::String)
        }
        _ => Err(format!("expected a number, a text, True, False, None or NaN, found {}", values.describe(id))),
    }
}

/// A whole number, which a double has to hold exactly.
fn whole(value: i64) -> Result<OwnCategory, String> {
    let number = value as f64;
    // both are exact up to 2^53 alone
    match value.unsigned_abs() <= WHOLE_MAX {
        true => Ok(OwnCategory::Number(number)),
        false => Err(format!("expected whole numbers up to {WHOLE_MAX}, found {value}")),
    }
}

/// The largest number up to which a double holds all whole ones.
const WHOLE_MAX: u64 = 1 << 53;

/// What is charged for each category besides its text: about what the file of a real one has for it. In memory it takes eight times as much,
/// so that a file of nothing else may take that times its size.
const CATEGORY_BYTES: usize = 8;
