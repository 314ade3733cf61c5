//! Rows on lines of their own: CSV, and JSON lines.

use super::field_names::FieldNames;
use super::list::{Row, RowForm};
use super::reading::{Reading, check_text};
use super::seeds::Any;
use crate::api::csv::{self, Layout, Records};
use crate::api::{Error, Problem};

/// Reads CSV; `rows` is overwritten. `has_header`: what the content's type says of it; if it says nothing, a first record of
/// numbers alone is a row. With a header, columns go by name.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong, with its row and column.
pub fn read_csv(
    content: &[u8],
    columns: &FieldNames,
    has_header: Option<bool>,
    rows: &mut Vec<f64>,
) -> Result<(), Error> {
    rows.clear();
    let mut records = Records::new(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content));
    let mut rest = records.clone();
    let layout = match records.next() {
        Some(first) if has_header.unwrap_or_else(|| !csv::is_row(first.text)) => {
            rest = records;
            let layout = Layout::by_name(&first, columns, false);
            layout.map_err(|error| wrong("header".to_owned(), error.expected, error.found))?
        }
        _ => Layout::by_position(columns.count()),
    };
    for record in rest {
        layout.read(&record, rows).map_err(|error| {
            let mut place = format!("row {}", rows.len() / columns.count());
            if let Some((_, column)) = error.field {
                place.push_str(", column ");
                place.push_str(columns.name(column));
            }
            wrong(place, error.expected, error.found)
        })?;
    }
    check_some(rows)
}

fn wrong(place: String, expected: String, found: String) -> Error {
    Error::Content(Problem { pointer: place.clone(), place, expected, found })
}

/// Reads JSON lines, each an array of numbers or an object of named features; `rows` is overwritten.
///
/// # Errors
/// As [`read_csv`].
pub fn read_json_lines(content: &[u8], columns: &FieldNames, rows: &mut Vec<f64>) -> Result<(), Error> {
    rows.clear();
    let text = check_text(content, "a row on each line")?;
    for (line, index) in text.split('\n').filter(|line| !line.trim_ascii().is_empty()).zip(0..) {
        let reading = Reading::of_row(columns, index);
        reading.run(line, Any(Row { reading: &reading, rows, form: RowForm::Line }))?;
    }
    check_some(rows)
}

fn check_some(rows: &[f64]) -> Result<(), Error> {
    match rows.is_empty() {
        true => Err(Error::Content(Problem::of_content("at least one row", "none"))),
        false => Ok(()),
    }
}
