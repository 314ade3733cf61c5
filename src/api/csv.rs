//! CSV records into rows of f64 in the model's column order (RFC 4180; LF or CR LF, commas only).
//!
//! Quotes toggle: a comma or a line end between two of them belongs to the field. Empty lines are passed over. A header names
//! the columns in any order and may have more of them; without one, the fields are the model's columns by position.

mod number;

use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

use self::number::{number, plain_number};
use super::names::nearest;
use super::rows::Columns;

pub use self::number::push_number;

/// Bytes of one record. A longer one is a quote that nobody closed, or no CSV.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Lines before the record, in the text that was handed in.
    pub line: usize,
    /// Index of the field, from 0, and the column of the model that it is for; `None` when the record as a whole is wrong.
    pub field: Option<(usize, usize)>,
    /// What would have been right.
    pub expected: String,
    /// What is there instead.
    pub found: String,
}

/// Finds where the last complete record of a growing text ends, looking at each byte once.
#[derive(Debug, Default)]
pub struct Scan {
    /// Bytes looked at.
    scanned: usize,
    is_quoted: bool,
    complete: usize,
}

impl Scan {
    /// Bytes of `text` up to and including its last line end outside quotes. `text` begins with what the last call was given.
    pub fn complete_len(&mut self, text: &[u8]) -> usize {
        let new = text.get(self.scanned..).unwrap_or_default();
        if self.is_quoted || new.contains(&b'"') {
            for (byte, end) in new.iter().zip(self.scanned + 1..) {
                match byte {
                    b'"' => self.is_quoted = !self.is_quoted,
                    b'\n' if !self.is_quoted => self.complete = end,
                    _ => {}
                }
            }
        } else if let Some(at) = new.iter().rposition(|&byte| byte == b'\n') {
            self.complete = self.scanned + at + 1;
        }
        self.scanned = text.len();
        self.complete
    }

    /// Hears that the complete records have been taken off the start.
    pub fn take(&mut self) {
        self.scanned -= self.complete;
        self.complete = 0;
    }
}

/// One record, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Lines before it.
    pub line: usize,
    /// Its fields and commas.
    pub text: &'a [u8],
}

/// The records of a text that are not empty.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Records<'a> {
    /// The records of `text`, whose last one needs no line end.
    pub fn new(text: &'a [u8]) -> Records<'a> {
        Records { rest: text, line: 0 }
    }

    /// What follows the records taken so far, and the lines before it.
    pub fn rest(&self) -> (&'a [u8], usize) {
        (self.rest, self.line)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let line = self.line;
            let text = split_at(&mut self.rest, b'\n');
            self.line += 1;
            // Only a quoted field can hold a line end.
            if text.contains(&b'"') {
                self.line += text.iter().filter(|&&byte| byte == b'\n').count();
            }
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if !text.trim_ascii().is_empty() {
                return Some(Record { line, text });
            }
        }
        None
    }
}

/// Takes what stands before the first `separator` outside quotes, and the separator, off the start of `rest`.
fn split_at<'a>(rest: &mut &'a [u8], separator: u8) -> &'a [u8] {
    let mut after = *rest;
    // Reading from memory cannot fail.
    let count = after.skip_until(separator).unwrap_or_default();
    let taken = rest.get(..count).unwrap_or_default();
    if !taken.contains(&b'"') {
        *rest = after;
        return taken.strip_suffix(&[separator]).unwrap_or(taken);
    }
    let mut is_quoted = false;
    let end = rest.iter().position(|&byte| {
        is_quoted ^= byte == b'"';
        byte == separator && !is_quoted
    });
    let (taken, after) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = after.get(1..).unwrap_or_default();
    taken
}

/// The fields of a record, quotes and white space included.
fn fields(mut record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let before = record.len();
        let field = split_at(&mut record, b',');
        // A comma at the very end opens one more, empty field.
        is_over = field.len() == before;
        Some(field)
    })
}

/// A record's fields as text: white space around them gone, outer quotes taken off, doubled ones halved.
pub fn texts(record: &[u8]) -> Vec<String> {
    fields(record).map(|field| String::from_utf8_lossy(&unquoted(field)).into_owned()).collect()
}

/// A field that a reader of CSV takes for this text.
pub fn field(text: &str) -> Vec<u8> {
    // An empty line would be passed over.
    let is_plain = !text.is_empty() && !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
    if is_plain { text.as_bytes().to_vec() } else { format!("\"{}\"", text.replace('"', "\"\"")).into_bytes() }
}

fn unquoted(field: &[u8]) -> Cow<'_, [u8]> {
    let field = field.trim_ascii();
    match field {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'"') => Cow::Borrowed(inner),
        [b'"', inner @ .., b'"'] => {
            let mut after_quote = false;
            let halved = inner.iter().copied().filter(|&byte| {
                after_quote = byte == b'"' && !after_quote;
                !after_quote
            });
            Cow::Owned(halved.collect())
        }
        _ => Cow::Borrowed(field),
    }
}

/// Why a header gives no layout.
#[derive(Debug)]
pub(super) struct Misfit {
    /// What would have been right.
    pub(super) expected: String,
    /// What is there instead, without a word of the header.
    pub(super) found: String,
    /// Index of the name that was probably meant.
    near: Option<usize>,
}

/// Columns besides the model's: more are no table but an attempt at our memory.
pub(super) const EXTRA_COLUMNS_MAX: usize = 1 << 16;

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

    /// The layout that a header gives, by name.
    ///
    /// # Errors
    /// A column that is missing, with the name that was probably meant for it, or one that is there twice.
    pub fn by_name(header: &Record<'_>, columns: &Columns) -> Result<Layout, Error> {
        Layout::find(header, columns).map_err(|misfit| {
            let found = match misfit.near {
                Some(near) => {
                    let names = texts(header.text);
                    format!("none, only `{}`", names.get(near).map_or("", String::as_str))
                }
                None => misfit.found,
            };
            Error { line: header.line, field: None, expected: misfit.expected, found }
        })
    }

    /// The same for those who must not repeat what the header says.
    ///
    /// # Errors
    /// As [`by_name`](Self::by_name).
    pub(super) fn find(header: &Record<'_>, columns: &Columns) -> Result<Layout, Misfit> {
        let wrong = |expected, found| Misfit { expected, found, near: None };
        let (count, most) = (fields(header.text).count(), columns.count() + EXTRA_COLUMNS_MAX);
        if count > most {
            return Err(wrong(format!("at most {most} columns"), count.to_string()));
        }
        let names = texts(header.text);
        let layout: Vec<_> = names.iter().zip(0..).map(|(name, at)| columns.position(name, at)).collect();
        for column in 0..columns.count() {
            let name = columns.name(column);
            match layout.iter().filter(|found| **found == Some(column)).count() {
                1 => {}
                0 => {
                    let near = nearest(name, names.iter().map(String::as_str));
                    let near = near.and_then(|near| names.iter().position(|name| name == near));
                    let found = match near {
                        Some(near) => format!("none; column {} of the header differs only a little", near + 1),
                        None => format!("none among {count} columns"),
                    };
                    return Err(Misfit { near, ..wrong(format!("a column `{name}`"), found) });
                }
                count => return Err(wrong(format!("one column `{name}`"), format!("{count}"))),
            }
        }
        Ok(Layout { columns: layout, n_columns: columns.count() })
    }

    /// Appends the numbers of one record to `rows`, in the model's column order.
    ///
    /// # Errors
    /// A field that is no finite number, or another count of fields; `rows` is then as before.
    pub fn read(&self, record: &Record<'_>, rows: &mut Vec<f64>) -> Result<(), Error> {
        let start = rows.len();
        rows.resize(start + self.n_columns, 0.0);
        let row = rows.get_mut(start..).unwrap_or_default();
        let outcome = self.fill(record, row);
        if outcome.is_err() {
            rows.truncate(start);
        }
        outcome
    }

    fn fill(&self, record: &Record<'_>, row: &mut [f64]) -> Result<(), Error> {
        if self.fill_plain(record.text, row) {
            return Ok(());
        }
        let mut count = 0;
        for (index, field) in fields(record.text).enumerate() {
            count += 1;
            let column = self.columns.get(index).copied().flatten();
            if let Some((column, slot)) = column.and_then(|column| Some((column, row.get_mut(column)?))) {
                *slot = number(field).map_err(|found| Error {
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
        Err(Error { line: record.line, field: None, expected, found })
    }

    /// The short way through a record that has nothing but plain numbers, as many as there are columns. Whether it is one.
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

/// Whether every field of the record is a number: then it is a row and no header.
pub fn is_row(record: &[u8]) -> bool {
    fields(record).all(|field| number(field).is_ok())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        Columns::new(&["a".to_owned(), "b, or \"c\"".to_owned()])
    }

    fn read(layout: &Layout, text: &str) -> Result<Vec<f64>, Error> {
        let mut rows = vec![9.0];
        let outcome = Records::new(text.as_bytes()).try_for_each(|record| layout.read(&record, &mut rows));
        outcome.map(|()| rows.split_off(1))
    }

    #[test]
    fn records_end_at_line_ends_outside_quotes_and_know_their_line() {
        let text = b"a,\"b\nc\"\r\n\r\n  \n1,2\n3,4";
        let records: Vec<_> = Records::new(text).map(|record| (record.line, record.text)).collect();
        assert_eq!(records, [(0, b"a,\"b\nc\"".as_slice()), (4, b"1,2"), (5, b"3,4")]);
    }

    #[test]
    fn a_scan_finds_the_last_record_end_however_the_text_grows() {
        for (text, len) in [("a,\"b\nc\"\r\n1,2\n3,4", 13), ("1,\"2\n3", 0), ("1,2\n3", 4), ("", 0), ("\"\n\"\n", 4)] {
            assert_eq!(Scan::default().complete_len(text.as_bytes()), len, "{text}");
            let mut scan = Scan::default();
            let grown = (0..=text.len()).map(|end| scan.complete_len(&text.as_bytes()[..end])).last();
            assert_eq!(grown, Some(len), "{text}");
        }
        let mut scan = Scan::default();
        assert_eq!(scan.complete_len(b"1\n\"2"), 2);
        scan.take();
        assert_eq!(scan.complete_len(b"\"2\n"), 0);
        assert_eq!(scan.complete_len(b"\"2\n\"\n3"), 5);
    }

    #[test]
    fn fields_lose_their_quotes_and_the_white_space_around_them() {
        assert_eq!(texts(b" a ,\"b, or \"\"c\"\"\",,\"\",x\"y"), ["a", "b, or \"c\"", "", "", "x\"y"]);
        assert_eq!(texts(b"1,"), ["1", ""]);
        assert_eq!(texts(b"1"), ["1"]);
    }

    #[test]
    fn a_header_gives_the_order_and_may_have_more_columns() {
        let mut records = Records::new(b"\"b, or \"\"c\"\"\",id,a\n");
        let layout = Layout::by_name(&records.next().unwrap(), &columns()).unwrap();
        assert_eq!(read(&layout, "1,x,2\n\"3e0\", ,-4.5\n").unwrap(), [2.0, 1.0, -4.5, 3.0]);
    }

    #[test]
    fn a_header_without_a_column_or_with_it_twice_is_refused() {
        let refusal = |header: &str| {
            let record = Record { line: 0, text: header.as_bytes() };
            Layout::by_name(&record, &columns()).unwrap_err().to_string()
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

    #[test]
    fn a_record_of_numbers_alone_is_a_row() {
        assert!(is_row(b"1,\"2\", -3e5 "));
        assert!(!is_row(b"1,x"));
        assert!(!is_row(b"1,"));
        assert!(!is_row(b"1,nan"));
    }

    #[test]
    fn labels_are_quoted_where_a_reader_needs_it() {
        let field = |text| String::from_utf8(super::field(text)).unwrap();
        assert_eq!(
            ["a b", "a,b", "say \"x\"", " a", "-1", ""].map(field),
            ["a b", "\"a,b\"", "\"say \"\"x\"\"\"", "\" a\"", "-1", "\"\""]
        );
    }
}
