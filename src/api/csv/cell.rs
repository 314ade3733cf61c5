//! What a field stands for in its column.

use std::borrow::Cow;

use super::Syntax;
use super::fields::{exact, is_quoted};
use super::number::{EMPTY, NO_UTF_8, is_nan, number};
use crate::api::rows::{CellReader, INEXACT, NoCell, Refusal};
use crate::pipeline::{Categories, Category, ColumnKind};

/// The number that stands for a field in a column.
///
/// # Errors
/// What the column does not take.
pub(super) fn cell(field: &[u8], cells: CellReader<'_>, column: usize, syntax: Syntax) -> Result<f64, Refusal> {
    let columns = cells.columns;
    let refuse = |found: &str| columns.refuse(column, found);
    match columns.kind(column) {
        None | Some(ColumnKind::Number) => number(field, syntax.decimal).map_err(refuse),
        Some(ColumnKind::NumberOrMissing) => match number(field, syntax.decimal) {
            Err(found) if found == EMPTY || is_nan(field) => columns.cell(column, Category::NaN),
            read => read.map_err(refuse),
        },
        Some(ColumnKind::Ignored) => Ok(0.0),
        Some(kind @ (ColumnKind::Category(_) | ColumnKind::Text)) => {
            let text = exact(field);
            let text = match &text {
                Cow::Borrowed(text) => std::str::from_utf8(text),
                Cow::Owned(text) => std::str::from_utf8(text),
            };
            let text = text.map_err(|_| refuse(NO_UTF_8))?;
            let category = match kind {
                ColumnKind::Category(categories) => category(text, is_quoted(field), categories, syntax),
                _ => Ok(Category::String(text)),
            };
            cells.cell(column, category.map_err(refuse)?).map_err(|error| match error {
                NoCell::Refused(refusal) => refusal,
                NoCell::NoRoom(_) => refuse("more text than fits into memory"),
            })
        }
    }
}

/// The category that a field is. CSV has no types: a text that is no category as it is may be a number or a boolean that is one.
/// Nothing at all is a missing value, and nothing between quotes an empty text, where both are known.
fn category<'t>(
    text: &'t str,
    is_quoted: bool,
    categories: &Categories,
    syntax: Syntax,
) -> Result<Category<'t>, &'static str> {
    let is_known = |category: &Category<'_>| categories.index(*category).is_some();
    let (itself, missing) = (Category::String(text), Category::NaN);
    if text.is_empty() && (is_known(&missing) && !(is_quoted && is_known(&itself)) || !is_known(&itself)) {
        return Ok(missing);
    }
    if is_known(&itself) {
        return Ok(itself);
    }
    if text.parse::<i64>().is_ok_and(|whole| whole as f64 as i64 != whole) {
        return Err(INEXACT);
    }
    let number = number(text.as_bytes(), syntax.decimal).ok().map(Category::Number);
    let boolean = match text {
        "True" | "true" => Some(Category::Boolean(true)),
        "False" | "false" => Some(Category::Boolean(false)),
        _ => None,
    };
    Ok(number.into_iter().chain(boolean).find(is_known).unwrap_or(itself))
}
