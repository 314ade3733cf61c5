//! One reading of JSON content: the first thing that is wrong, and the way to it.
//!
//! The visitors of this folder share a [`Reading`]. A visitor that meets something wrong notes it and returns an error that
//! says nothing; on the way out each level adds its step to the path. What is right costs nothing of this.

use std::cell::RefCell;

use serde::de::{self, DeserializeSeed};

use super::Columns;
use crate::api::{Error, Problem, nearest_key};

/// What a value must be.
pub(in crate::api) const EXPECTED_NUMBER: &str = "a finite number";

/// One step from the whole content towards a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Step {
    /// A key of the protocol.
    Key(&'static str),
    /// An element of one of the protocol's arrays.
    Index(usize),
    /// A row.
    Row(usize),
    /// A feature, under its name.
    Column(usize),
    /// A feature, by its place in a row.
    Element {
        /// The place.
        index: usize,
        /// The feature.
        column: usize,
    },
}

/// Where the reading has failed, and at what. The visitors share it.
pub(in crate::api) struct Reading<'a> {
    pub(in crate::api) columns: &'a Columns,
    /// The row that the content is, where each row is a content of its own.
    row: Option<usize>,
    wrong: RefCell<Option<Wrong>>,
    /// From the inside out.
    path: RefCell<Vec<Step>>,
}

struct Wrong {
    expected: String,
    found: Found,
}

enum Found {
    Text(String),
    /// A feature is missing; the innermost step of the path says which.
    Missing,
}

impl<'a> Reading<'a> {
    pub(in crate::api) fn new(columns: &'a Columns) -> Reading<'a> {
        Reading { columns, row: None, wrong: RefCell::new(None), path: RefCell::new(Vec::new()) }
    }

    /// A reading of one row out of several contents.
    pub(in crate::api) fn of_row(columns: &'a Columns, row: usize) -> Reading<'a> {
        Reading { row: Some(row), ..Reading::new(columns) }
    }

    /// Reads the whole of `text`.
    ///
    /// # Errors
    /// `Error::Content` for the first thing that is wrong, with its place.
    pub(in crate::api) fn run<'de, S: DeserializeSeed<'de>>(&self, text: &'de str, seed: S) -> Result<S::Value, Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let outcome = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
        outcome.map_err(|error| self.explain(&error, text))
    }

    /// Adds a step to the way out; `error` is handed on.
    pub(in crate::api) fn at<E>(&self, step: Step, error: E) -> E {
        self.path.borrow_mut().push(step);
        error
    }

    /// Notes what is wrong; the returned error only ends the reading.
    pub(in crate::api) fn wrong<E: de::Error>(&self, expected: impl Into<String>, found: impl Into<String>) -> E {
        self.note(expected.into(), Found::Text(found.into()))
    }

    /// The same for a feature that is not there.
    pub(in crate::api) fn missing<E: de::Error>(&self, column: usize) -> E {
        self.at(Step::Column(column), self.note(EXPECTED_NUMBER.to_owned(), Found::Missing))
    }

    fn note<E: de::Error>(&self, expected: String, found: Found) -> E {
        *self.wrong.borrow_mut() = Some(Wrong { expected, found });
        E::custom("")
    }

    fn explain(&self, error: &serde_json::Error, text: &str) -> Error {
        let mut path = self.path.take();
        path.reverse();
        let Wrong { expected, found } = self.wrong.take().unwrap_or_else(|| Wrong::from_json(error, text));
        let found = match (found, path.split_last()) {
            (Found::Text(found), _) => found,
            // Only now is it worth the time to look for a key that was meant for the missing feature.
            (Found::Missing, Some((Step::Column(column), way))) => {
                nearest_key::describe(text, way, self.columns, *column)
            }
            (Found::Missing, _) => "no such key".to_owned(),
        };
        if let Some(row) = self.row {
            path.insert(0, Step::Row(row));
        }
        Error::Content(Problem::at(self.columns, &path, expected, found))
    }
}

impl Wrong {
    /// What the JSON reader itself complains of: fixed texts and a position, no bytes of the content.
    fn from_json(error: &serde_json::Error, text: &str) -> Wrong {
        let (line, column) = (error.line(), error.column());
        let complaint = error.to_string();
        let complaint = complaint.split(" at line ").next().unwrap_or_default();
        if names_no_number(text, line, column) {
            let found =
                format!("NaN or Infinity at line {line} column {column}, which JSON has not and an SVC cannot take");
            return Wrong { expected: EXPECTED_NUMBER.to_owned(), found: Found::Text(found) };
        }
        let found = format!("invalid JSON ({complaint}) at line {line} column {column}");
        Wrong { expected: "valid JSON".to_owned(), found: Found::Text(found) }
    }
}

/// Whether a reader stopped at one of the words that Python's `json.dumps` writes for what is no number.
fn names_no_number(text: &str, line: usize, column: usize) -> bool {
    const WORDS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    // The reader may have taken the first byte or two before it stopped.
    (column.saturating_sub(3)..=column)
        .filter_map(|start| line.get(start..))
        .any(|rest| WORDS.iter().any(|word| rest.starts_with(word)))
}

impl Problem {
    /// A problem with the content as a whole.
    pub(in crate::api) fn of_content(expected: impl Into<String>, found: impl Into<String>) -> Problem {
        let (expected, found) = (expected.into(), found.into());
        Problem { pointer: String::new(), place: String::new(), expected, found }
    }

    /// A problem at the end of a path.
    pub(in crate::api) fn at(
        columns: &Columns,
        path: &[Step],
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Problem {
        let mut problem = Problem::of_content(expected, found);
        for step in path {
            problem.push(columns, *step);
        }
        problem
    }

    fn push(&mut self, columns: &Columns, step: Step) {
        self.pointer.push('/');
        match step {
            Step::Key(key) => self.pointer.push_str(key),
            Step::Index(index) | Step::Row(index) | Step::Element { index, .. } => {
                self.pointer.push_str(&index.to_string());
            }
            Step::Column(column) => {
                self.pointer.push_str(&columns.name(column).replace('~', "~0").replace('/', "~1"));
            }
        }
        let word = match step {
            // It belongs to the key before it.
            Step::Index(index) => return self.place.push_str(&format!(" {index}")),
            Step::Key(key) => format!("`{key}`"),
            Step::Row(row) => format!("row {row}"),
            Step::Column(column) | Step::Element { column, .. } => format!("`{}`", columns.name(column)),
        };
        self.push_place(&word);
    }

    /// Adds to the place in words alone.
    pub(in crate::api) fn push_place(&mut self, word: &str) {
        if !self.place.is_empty() {
            self.place.push_str(", ");
        }
        self.place.push_str(word);
    }
}

/// The content as text; `expected`: what it must be.
///
/// # Errors
/// `Error::Content` for no content at all, and for anything that is not UTF-8 from its first byte to its last.
pub(in crate::api) fn check_text<'a>(content: &'a [u8], expected: &str) -> Result<&'a str, Error> {
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
