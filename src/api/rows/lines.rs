//! Rows on lines of their own: CSV, and JSON lines.

use super::list::{Row, RowForm};
use super::reading::{Reading, check_text};
use super::seeds::Any;
use super::texts::CellReader;
use crate::api::csv::{self, BadRecord, Help, ReadOptions};
use crate::api::{Error, Problem};
use crate::http::Request;
use crate::http::charged::Reused;
use crate::http::ledger::{Charge, THREAD_BUFFER_BYTES};

/// Records that are read before other requests may have their turn.
const RECORDS_PER_PAUSE: usize = 4_096;

/// Reads CSV; `rows` is overwritten. `options`: what the content's type says.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong, with its row and column.
pub fn read_csv<'a>(
    request: &Request<'_>,
    cells: impl Into<CellReader<'a>>,
    options: &ReadOptions,
    rows: &mut Reused<f64>,
) -> Result<(), Error> {
    rows.clear();
    let cells = cells.into();
    let columns = cells.columns;
    let content = request.content;
    if content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff") {
        return Err(Error::Content(Problem::of_content("CSV in UTF-8", "UTF-16")));
    }
    // A field in quotes is copied where quotes in it are doubled.
    let mut copies = Charge::default();
    copies.attach(request.ledger());
    if content.len() > THREAD_BUFFER_BYTES && content.contains(&b'"') {
        copies.set(content.len()).map_err(Error::NoRoom)?;
    }
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let opening = csv::open(content, columns, options);
    let opening = opening.map_err(|error| wrong("header".to_owned(), &error, None))?;
    for (record, index) in opening.rows.zip(0_usize..) {
        if index.is_multiple_of(RECORDS_PER_PAUSE) && !request.goes_on() {
            return Err(Error::Abandoned);
        }
        let room = rows.room_for(columns.count(), usize::MAX).map_err(Error::NoRoom)?;
        opening.layout.read(&record, cells, room).map_err(|error| {
            let mut place = format!("row {index}");
            if let Some((_, column)) = error.field {
                place.push_str(", column ");
                place.push_str(columns.name(column));
            }
            let may_be_header = opening.may_be_header && rows.is_empty() && error.field.is_some();
            wrong(place, &error, may_be_header.then_some(Help::Header))
        })?;
    }
    check_some(rows)
}

fn wrong(place: String, error: &BadRecord, help: Option<Help>) -> Error {
    let advice = match error.help.or(help) {
        Some(Help::Separator { separator, has_decimal_comma }) => {
            let separator = String::from_utf8_lossy(&[separator]).replace('\t', "tab");
            let decimal = if has_decimal_comma { ", and write numbers with a decimal point" } else { "" };
            format!("; if that is what separates the fields: text/csv; separator=\"{separator}\"{decimal}")
        }
        Some(Help::DecimalComma) => "; write numbers with a decimal point".to_owned(),
        Some(Help::Comment(_)) => "; CSV has no comments".to_owned(),
        Some(Help::Header) => "; if this is a header: text/csv; header=present".to_owned(),
        Some(Help::Encoding) => "; send CSV in UTF-8".to_owned(),
        Some(Help::DecimalPoint | Help::Names) | None => String::new(),
    };
    let (expected, found) = (error.expected.clone(), format!("{}{advice}", error.found));
    Error::Content(Problem { pointer: place.clone(), place, expected, found })
}

/// Reads JSON lines, each an array of numbers or an object of named features; `rows` is overwritten.
///
/// # Errors
/// As [`read_csv`].
pub fn read_json_lines<'a>(
    request: &Request<'_>,
    cells: impl Into<CellReader<'a>>,
    rows: &mut Reused<f64>,
) -> Result<(), Error> {
    rows.clear();
    let cells = cells.into();
    let text = check_text(request.content, "a row on each line")?;
    for (line, index) in text.split('\n').filter(|line| !line.trim_ascii().is_empty()).zip(0..) {
        let reading = Reading::of_row(cells, index).of(request);
        if index.is_multiple_of(RECORDS_PER_PAUSE) && !request.goes_on() {
            return Err(Error::Abandoned);
        }
        reading.run(line, Any(Row { reading: &reading, rows, form: RowForm::Line }))?;
    }
    check_some(rows)
}

/// Reads one line of JSON lines, and appends its row.
///
/// # Errors
/// What is wrong, in words.
pub fn read_json_line<'a>(line: &str, cells: impl Into<CellReader<'a>>, rows: &mut Reused<f64>) -> Result<(), String> {
    let reading = Reading::new(cells);
    let read = reading.run(line, Any(Row { reading: &reading, rows, form: RowForm::Line }));
    read.map_err(|error| match error {
        Error::Content(Problem { place, expected, found, .. }) if place.is_empty() => {
            format!("expected {expected}, found {found}")
        }
        Error::Content(Problem { place, expected, found, .. }) => {
            format!("{place}: expected {expected}, found {found}")
        }
        other => format!("{other:?}"),
    })
}

fn check_some(rows: &mut Reused<f64>) -> Result<(), Error> {
    rows.settle();
    match rows.is_empty() {
        true => Err(Error::Content(Problem::of_content("at least one row", "none"))),
        false => Ok(()),
    }
}
