//! Which field belongs to which column, and how records become rows.

use super::Syntax;
use super::bad_record::{BadRecord, Help};
use super::cell::cell;
use super::fields::fields;
use super::number::plain_number;
use super::records::Record;
use crate::api::rows::CellReader;

/// Where each of the model's columns stands in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// For each field its column, or `None` for one that the model does not take.
    columns: Vec<Option<usize>>,
    n_columns: usize,
    syntax: Syntax,
    /// Records of plain numbers are read in one pass.
    is_plain: bool,
}

impl Layout {
    /// For each field its column, or `None` for one that the model does not take.
    pub(super) fn new(columns: Vec<Option<usize>>, n_columns: usize, syntax: Syntax) -> Layout {
        Layout { columns, n_columns, syntax, is_plain: (syntax.separator, syntax.decimal) == (b',', b'.') }
    }

    /// The fields are the columns, in their order.
    pub fn by_position(n_columns: usize, syntax: Syntax) -> Layout {
        Layout::by_position_where(std::iter::repeat_n(true, n_columns), syntax)
    }

    /// The fields for which `is_column` is true are the columns, in their order.
    pub fn by_position_where(is_column: impl IntoIterator<Item = bool>, syntax: Syntax) -> Layout {
        let mut n_columns = 0;
        let mut next = |is_column: bool| {
            n_columns += usize::from(is_column);
            is_column.then(|| n_columns - 1)
        };
        let columns = is_column.into_iter().map(&mut next).collect();
        Layout::new(columns, n_columns, syntax)
    }

    /// How the text is written.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// Appends the numbers of one record to `rows`, in the model's column order. `columns`: those of the layout.
    ///
    /// # Errors
    /// A field that its column does not take, or a wrong number of fields; `rows` is then as before.
    pub fn read<'a>(
        &self,
        record: &Record<'_>,
        cells: impl Into<CellReader<'a>>,
        rows: &mut Vec<f64>,
    ) -> Result<(), BadRecord> {
        let start = rows.len();
        rows.resize(start + self.n_columns, 0.0);
        let row = rows.get_mut(start..).unwrap_or_default();
        let outcome = self.fill(record, cells.into(), row);
        if outcome.is_err() {
            rows.truncate(start);
        }
        outcome
    }

    fn fill(&self, record: &Record<'_>, cells: CellReader<'_>, row: &mut [f64]) -> Result<(), BadRecord> {
        if self.is_plain && cells.columns.are_numbers() && self.fill_plain(record.text, row) {
            return Ok(());
        }
        let wrong = |field, expected: String, found: &str| BadRecord {
            line: record.line,
            field,
            expected,
            help: Help::for_record(record.text, self.syntax, self.columns.len(), found),
            found: found.to_owned(),
        };
        if record.is_open {
            return Err(wrong(None, "a closing quote".to_owned(), "the end of the input"));
        }
        let mut count = 0;
        for (index, field) in fields(record.text, self.syntax).enumerate() {
            count += 1;
            let column = self.columns.get(index).copied().flatten();
            if let Some((column, slot)) = column.and_then(|column| Some((column, row.get_mut(column)?))) {
                let read = cell(field, cells, column, self.syntax);
                *slot = read.map_err(|refusal| wrong(Some((index, column)), refusal.expected, &refusal.found))?;
            }
        }
        match count == self.columns.len() {
            true => Ok(()),
            false => Err(wrong(None, format!("{} fields", self.columns.len()), &count.to_string())),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::csv::records::Records;
    use crate::api::rows::FieldNames;

    fn read(layout: &Layout, text: &str) -> Result<Vec<f64>, BadRecord> {
        let mut rows = vec![9.0];
        let mut records = Records::new(text.as_bytes(), layout.syntax());
        let columns = FieldNames::new(&["a".to_owned(), "b".to_owned()]);
        let outcome = records.try_for_each(|record| layout.read(&record, &columns, &mut rows));
        outcome.map(|()| rows.split_off(1))
    }

    #[test]
    fn a_field_that_is_no_finite_number_is_named_with_its_place() {
        let layout = Layout::by_position(2, Syntax::default());
        for (text, found) in [
            ("", "an empty field"),
            ("\"\"", "an empty field"),
            ("abc", "text"),
            ("1_0", "text"),
            ("0x10", "text"),
            ("1,5", "3"),
            ("NaN", "NaN or infinity"),
            ("-inf", "NaN or infinity"),
            ("1e999", "a number too large for a double"),
        ] {
            let error = read(&layout, &format!("1,2\n3,{text}\n")).unwrap_err();
            assert_eq!((error.line, error.found.as_str()), (1, found), "{text}");
            assert_eq!(error.field, (found != "3").then_some((1, 1)), "{text}");
        }
        assert_eq!(read(&layout, "1\n").unwrap_err().to_string(), "expected 2 fields, found 1");
    }
}
