//! One reading of JSON content: the first thing that is wrong, and the path to it.
//!
//! The visitors of this folder share a [`Reading`]. A visitor that meets something wrong notes it there and returns an error that
//! says nothing; on the way out each level adds its step to the path. Content that is right pays for none of this.

use std::cell::{self, RefCell};

use serde::de::{self, DeserializeSeed};

use super::bare_nan::WithoutNan;
use super::cell::{EXPECTED_NUMBER, Refusal};
use super::field_names::FieldNames;
use super::nearest_key;
use super::place::PathStep;
use super::texts::{CellReader, NoCell, Texts};
use crate::api::{Error, Problem};
use crate::http::Request;
use crate::http::ledger::{Charge, NoRoom, THREAD_BUFFER_BYTES};
use crate::pipeline::Category;

/// Where the reading has failed, and why. The visitors share it.
pub struct Reading<'a> {
    pub columns: &'a FieldNames,
    /// Where documents go.
    texts: Option<&'a Texts>,
    /// Which row the content is, where each row is read on its own.
    row: Option<usize>,
    wrong: RefCell<Option<Wrong>>,
    /// Why the reading has ended, if not for something wrong.
    ended: RefCell<Option<Error>>,
    /// The request that is read, if it takes turns with others.
    request: Option<&'a Request<'a>>,
    has_bare_nan: cell::Cell<bool>,
    /// An array has been met where a value is expected, and in the first of some rows that may be objects.
    has_array: cell::Cell<bool>,
    may_be_frame: cell::Cell<bool>,
    /// The steps, innermost first.
    path: RefCell<Vec<PathStep>>,
}

struct Wrong {
    expected: String,
    /// `None`: a feature is missing; the innermost step of the path says which.
    found: Option<String>,
}

impl<'a> Reading<'a> {
    pub fn new(cells: impl Into<CellReader<'a>>) -> Reading<'a> {
        let CellReader { columns, texts } = cells.into();
        let (wrong, ended, path) = (RefCell::new(None), RefCell::new(None), RefCell::new(Vec::new()));
        let [has_bare_nan, has_array, may_be_frame] = [const { cell::Cell::new(false) }; 3];
        Reading { columns, texts, row: None, wrong, ended, request: None, has_bare_nan, has_array, may_be_frame, path }
    }

    /// The same reading, of the content of `request`.
    pub fn of(self, request: &'a Request<'a>) -> Reading<'a> {
        Reading { request: Some(request), ..self }
    }

    /// A reading of one row, where each row is read on its own.
    pub fn of_row(cells: impl Into<CellReader<'a>>, row: usize) -> Reading<'a> {
        Reading { row: Some(row), ..Reading::new(cells) }
    }

    /// Reads the whole of `text`.
    ///
    /// # Errors
    /// `Error::Content` for the first thing that is wrong, with its place.
    pub fn run<T>(&self, text: &str, seed: impl for<'de> DeserializeSeed<'de, Value = T>) -> Result<T, Error> {
        let mut charge = Charge::default();
        charge.attach(self.request.and_then(Request::ledger));
        let length = if self.columns.take_missing() { WithoutNan::length(text) } else { None };
        charge.set(scratch_bytes(text) + length.unwrap_or_default()).map_err(Error::NoRoom)?;
        let without = length.map(|length| WithoutNan::new(text, length));
        self.has_bare_nan.set(without.is_some());
        let text = without.as_ref().map_or(text, |without| &without.text);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let outcome = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
        outcome.map_err(|error| self.explain(&error, text, without.as_ref()))
    }

    /// Adds a step to the path on the way out, and returns `error` as it is.
    pub fn at<E>(&self, step: PathStep, error: E) -> E {
        self.path.borrow_mut().push(step);
        error
    }

    /// Notes what is wrong; the returned error only ends the reading.
    pub fn wrong<E: de::Error>(&self, expected: impl Into<String>, found: impl Into<String>) -> E {
        self.note(expected.into(), Some(found.into()))
    }

    /// The same for a value that its column does not take.
    pub fn refuse<E: de::Error>(&self, refusal: Refusal) -> E {
        self.wrong(refusal.expected, refusal.found)
    }

    /// The number that stands for a value in a column.
    pub fn cell<E: de::Error>(&self, column: usize, value: Category<'_>) -> Result<f64, E> {
        let cells = CellReader { columns: self.columns, texts: self.texts };
        cells.cell(column, value).map_err(|error| match error {
            NoCell::Refused(refusal) => self.refuse(refusal),
            NoCell::NoRoom(cause) => self.no_room(cause),
        })
    }

    /// Whether there is a bare `NaN` in the content, which is read as `null`.
    pub fn has_bare_nan(&self) -> bool {
        self.has_bare_nan.get()
    }

    /// Notes that an array stands where a value is expected.
    pub fn note_array(&self) {
        self.has_array.set(true);
    }

    /// Notes that the first of some rows is wrong.
    pub fn note_frame(&self) {
        self.may_be_frame.set(self.has_array.get());
    }

    /// Whether that was an array in an object: then it may be one of columns, instead of one of the values of a row.
    pub fn may_be_frame(&self) -> bool {
        self.may_be_frame.get()
    }

    /// The same for a feature that is not there.
    pub fn missing<E: de::Error>(&self, column: usize) -> E {
        self.at(PathStep::Feature(column), self.note(self.columns.expected(column), None))
    }

    /// There is no room for what has been read.
    pub fn no_room<E: de::Error>(&self, cause: NoRoom) -> E {
        self.end(Error::NoRoom(cause))
    }

    /// Lets other requests have their turn. To be called every few thousand numbers.
    pub fn pause<E: de::Error>(&self) -> Result<(), E> {
        match self.request.is_none_or(Request::goes_on) {
            true => Ok(()),
            false => Err(self.end(Error::Abandoned)),
        }
    }

    fn end<E: de::Error>(&self, error: Error) -> E {
        *self.ended.borrow_mut() = Some(error);
        E::custom("")
    }

    fn note<E: de::Error>(&self, expected: String, found: Option<String>) -> E {
        *self.wrong.borrow_mut() = Some(Wrong { expected, found });
        E::custom("")
    }

    fn explain(&self, error: &serde_json::Error, text: &str, without: Option<&WithoutNan<'_>>) -> Error {
        if let Some(error) = self.ended.take() {
            return error;
        }
        let mut path = self.path.take();
        path.reverse();
        let Wrong { expected, found } = self.wrong.take().unwrap_or_else(|| Wrong::from_json(error, text, without));
        let found = match (found, path.split_last()) {
            (Some(found), _) => found,
            // Only now is it worth the time to look for a key that was meant for the missing feature.
            (None, Some((PathStep::Feature(column), way))) => nearest_key::describe(text, way, self.columns, *column),
            (None, _) => "no such key".to_owned(),
        };
        if let Some(row) = self.row {
            path.insert(0, PathStep::Row(row));
        }
        Error::Content(Problem::at(self.columns, &path, expected, found))
    }
}

impl Wrong {
    /// What the JSON reader itself says: fixed texts and a position, no bytes of the content.
    fn from_json(error: &serde_json::Error, text: &str, without: Option<&WithoutNan<'_>>) -> Wrong {
        let (line, column) = (error.line(), error.column());
        let complaint = error.to_string();
        let complaint = complaint.split(" at line ").next().unwrap_or_default();
        let is_no_number = names_no_number(text, line, column);
        let column = without.map_or(column, |without| without.column(line, column));
        if is_no_number {
            let found = format!(
                "NaN or Infinity at line {line} column {column}, which JSON does not have and an SVM cannot take"
            );
            return Wrong { expected: EXPECTED_NUMBER.to_owned(), found: Some(found) };
        }
        if complaint == "number out of range" {
            let found = format!("a number at line {line} column {column} that is too large for a double");
            return Wrong { expected: EXPECTED_NUMBER.to_owned(), found: Some(found) };
        }
        let found = format!("invalid JSON ({complaint}) at line {line} column {column}");
        Wrong { expected: "valid JSON".to_owned(), found: Some(found) }
    }
}

/// Bytes that serde_json may take to read `text`: it copies strings with escapes, and the digits of long numbers, into a vector that
/// doubles as it grows. A short text has none to speak of.
fn scratch_bytes(text: &str) -> usize {
    if text.len() <= THREAD_BUFFER_BYTES {
        return 0;
    }
    let (mut longest, mut length) = (0, 0);
    let (mut is_string, mut is_escaped, mut has_escape) = (false, false, false);
    for byte in text.bytes() {
        let is_counted = match (is_string, byte) {
            (true, b'"') if !is_escaped => {
                longest = if has_escape { longest.max(length) } else { longest };
                (is_string, has_escape) = (false, false);
                false
            }
            (true, _) => {
                is_escaped = byte == b'\\' && !is_escaped;
                has_escape |= is_escaped;
                true
            }
            (false, b'0'..=b'9') => {
                longest = longest.max(length);
                true
            }
            (false, _) => {
                is_string = byte == b'"';
                false
            }
        };
        length = if is_counted { length + 1 } else { 0 };
    }
    if longest > THREAD_BUFFER_BYTES { 2 * longest } else { 0 }
}

/// Whether the reader stopped at one of the words that Python's `json.dumps` writes for NaN and infinity.
fn names_no_number(text: &str, line: usize, column: usize) -> bool {
    const WORDS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    // The reader may have taken the first byte or two before it stopped.
    (column.saturating_sub(3)..=column)
        .filter_map(|start| line.get(start..))
        .any(|rest| WORDS.iter().any(|word| rest.starts_with(word)))
}

/// The content as text; `expected`: what it must be.
///
/// # Errors
/// `Error::Content` for no content at all, and for anything that is not UTF-8 from its first byte to its last.
pub fn check_text<'a>(content: &'a [u8], expected: &str) -> Result<&'a str, Error> {
    let wrong = |expected: &str, found: String| Error::Content(Problem::of_content(expected, found));
    if content.is_empty() {
        return Err(wrong(expected, "no content".to_owned()));
    }
    if content.starts_with(b"\xef\xbb\xbf") {
        return Err(wrong("JSON in UTF-8", "a byte order mark".to_owned()));
    }
    std::str::from_utf8(content)
        .map_err(|error| wrong("JSON in UTF-8", format!("another byte at offset {}", error.valid_up_to())))
}
