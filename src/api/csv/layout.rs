//! Which field belongs to which column, and how records become rows.

use std::fmt;

use super::number::{number, plain_number};
use super::records::{Record, fields, texts};
use crate::api::names::nearest;
use crate::api::rows::FieldNames;

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// How many lines of the text come before the record.
    pub line: usize,
    /// Index of the field, from 0, and the column of the model that it is for; `None` when the record as a whole is wrong.
    pub field: Option<(usize, usize)>,
    /// What would have been right.
    pub expected: String,
    /// What is there instead.
    pub found: String,
}

/// Columns besides the model's. A header with more of them is no table but an attempt to fill our memory.
pub const EXTRA_COLUMNS_MAX: usize = 1 << 16;

/// Where each of the model's columns stands in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// For each field its column, or `None` for one that the model does not take.
    columns: Vec<Option<usize>>,
    n_columns: usize,
}

impl Layout {
    /// The fields are the columns, in their order.
    pub fn by_position(n_columns: usize) -> Layout {
        Layout::by_position_where(std::iter::repeat_n(true, n_columns))
    }

    /// The fields for which `is_column` is true are the columns, in their order.
    pub fn by_position_where(is_column: impl IntoIterator<Item = bool>) -> Layout {
        let mut n_columns = 0;
        let mut next = |is_column: bool| {
            n_columns += usize::from(is_column);
            is_column.then(|| n_columns - 1)
        };
        let columns = is_column.into_iter().map(&mut next).collect();
        Layout { columns, n_columns }
    }

    /// The layout of a header, by name. `is_shown`: whether the error may repeat a name of the header.
    ///
    /// # Errors
    /// A column that is missing, with the name that was probably meant for it, or one that is there twice.
    pub fn by_name(header: &Record<'_>, columns: &FieldNames, is_shown: bool) -> Result<Layout, BadRecord> {
        let wrong = |expected, found| Err(BadRecord { line: header.line, field: None, expected, found });
        let (count, most) = (fields(header.text).count(), columns.count() + EXTRA_COLUMNS_MAX);
        if count > most {
            return wrong(format!("at most {most} columns"), count.to_string());
        }
        let names = texts(header.text);
        let layout: Vec<_> = names.iter().zip(0..).map(|(name, at)| columns.position(name, at)).collect();
        for column in 0..columns.count() {
            let name = columns.name(column);
            match layout.iter().filter(|found| **found == Some(column)).count() {
                1 => {}
                0 => {
                    let near = nearest(name, names.iter().map(String::as_str));
                    let place = names.iter().position(|name| Some(name.as_str()) == near);
                    let found = match (near, place) {
                        (Some(near), _) if is_shown => format!("none, only `{near}`"),
                        (_, Some(place)) => format!("none; column {} of the header differs only a little", place + 1),
                        _ => format!("none among {count} columns"),
                    };
                    return wrong(format!("a column `{name}`"), found);
                }
                count => return wrong(format!("one column `{name}`"), format!("{count}")),
            }
        }
        Ok(Layout { columns: layout, n_columns: columns.count() })
    }

    /// Appends the numbers of one record to `rows`, in the model's column order.
    ///
    /// # Errors
    /// A field that is not a finite number, or a wrong number of fields; `rows` is then as before.
    pub fn read(&self, record: &Record<'_>, rows: &mut Vec<f64>) -> Result<(), BadRecord> {
        let start = rows.len();
        rows.resize(start + self.n_columns, 0.0);
        let row = rows.get_mut(start..).unwrap_or_default();
        let outcome = self.fill(record, row);
        if outcome.is_err() {
            rows.truncate(start);
        }
        outcome
    }

    fn fill(&self, record: &Record<'_>, row: &mut [f64]) -> Result<(), BadRecord> {
        if self.fill_plain(record.text, row) {
            return Ok(());
        }
        let mut count = 0;
        for (index, field) in fields(record.text).enumerate() {
            count += 1;
            let column = self.columns.get(index).copied().flatten();
            if let Some((column, slot)) = column.and_then(|column| Some((column, row.get_mut(column)?))) {
                *slot = number(field).map_err(|found| BadRecord {
                    line: record.line,
                    field: Some((index, column)),
                    expected: "a finite number".to_owned(),
                    found: found.to_owned(),
                })?;
            }
        }
        if count == self.columns.len() {
            return Ok(());
        }
        let (expected, found) = (format!("{} fields", self.columns.len()), count.to_string());
        Err(BadRecord { line: record.line, field: None, expected, found })
    }

    /// The fast path for a record of nothing but plain numbers, as many as there are columns. Returns whether it is one.
    fn fill_plain(&self, mut text: &[u8], row: &mut [f64]) -> bool {
        let mut columns = self.columns.iter();
        while let Some(column) = columns.next() {
            let Some((value, after)) = plain_number(text) else { return false };
            if let Some(slot) = column.and_then(|column| row.get_mut(column)) {
                *slot = value;
            }
            match after {
                [] => return columns.next().is_none(),
                [b',', after @ ..] => text = after,
                _ => return false,
            }
        }
        false
    }
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for BadRecord {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::csv::records::Records;

    fn columns() -> FieldNames {
        FieldNames::new(&["a".to_owned(), "b, or \"c\"".to_owned()])
    }

    fn read(layout: &Layout, text: &str) -> Result<Vec<f64>, BadRecord> {
        let mut rows = vec![9.0];
        let outcome = Records::new(text.as_bytes()).try_for_each(|record| layout.read(&record, &mut rows));
        outcome.map(|()| rows.split_off(1))
    }

    #[test]
    fn a_header_gives_the_order_and_may_have_more_columns() {
        let mut records = Records::new(b"\"b, or \"\"c\"\"\",id,a\n");
        let layout = Layout::by_name(&records.next().unwrap(), &columns(), true).unwrap();
        assert_eq!(read(&layout, "1,x,2\n\"3e0\", ,-4.5\n").unwrap(), [2.0, 1.0, -4.5, 3.0]);
    }

    #[test]
    fn a_header_without_a_column_or_with_it_twice_is_refused() {
        let refusal = |header: &str| {
            let record = Record { line: 0, text: header.as_bytes() };
            Layout::by_name(&record, &columns(), true).unwrap_err().to_string()
        };
        assert_eq!(refusal("a,B_or_C"), "expected a column `b, or \"c\"`, found none, only `B_or_C`");
        assert_eq!(refusal("x"), "expected a column `a`, found none among 1 columns");
        assert_eq!(refusal("a,\"b, or \"\"c\"\"\",a"), "expected one column `a`, found 2");
    }

    #[test]
    fn a_field_that_is_no_finite_number_is_named_with_its_place() {
        let layout = Layout::by_position(2);
        for (text, found) in [
            ("", "an empty field"),
            ("\"\"", "an empty field"),
            ("abc", "text"),
            ("1_0", "text"),
            ("0x10", "text"),
            ("1,5", "3"),
            ("NaN", "NaN or infinity"),
            ("-inf", "NaN or infinity"),
            ("1e999", "one that no double can hold"),
        ] {
            let error = read(&layout, &format!("1,2\n3,{text}\n")).unwrap_err();
            assert_eq!((error.line, error.found.as_str()), (1, found), "{text}");
            assert_eq!(error.field, (found != "3").then_some((1, 1)), "{text}");
        }
        assert_eq!(read(&layout, "1\n").unwrap_err().to_string(), "expected 2 fields, found 1");
    }
}
