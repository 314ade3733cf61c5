//! JSON records into rows of f64 in the model's feature order, typed and streaming: no tree of the content is ever built.
//!
//! Keys may come in any order, unknown ones are skipped without recursion. A missing, repeated or non-numeric feature is an
//! error that names it. Rows count from 0, as in the JSON pointer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::nearest_key;
use super::{Error, Problem};

/// The columns of a model as requests name them.
#[derive(Debug, Clone)]
pub struct Columns {
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Columns {
    /// `names`: distinct, in the model's order.
    pub fn new(names: &[String]) -> Columns {
        let positions = names.iter().cloned().zip(0..).collect();
        Columns { names: names.to_vec(), positions }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The names in the model's order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Name of one column.
    pub fn name(&self, position: usize) -> &str {
        self.names.get(position).map_or("", String::as_str)
    }

    /// Position of a name; `guess` is looked at first, since most clients send the columns in order.
    pub(super) fn position(&self, name: &str, guess: usize) -> Option<usize> {
        if self.names.get(guess).is_some_and(|expected| expected == name) {
            return Some(guess);
        }
        self.positions.get(name).copied()
    }
}

/// How the rows of a request were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// One object.
    One,
    /// An array of objects.
    Many,
}

/// Reads one object of named features, or an array of such objects; `rows` is overwritten, row-major.
///
/// # Errors
///
/// `Error::Content` for the first thing that is wrong, with its place.
pub fn read_records(content: &[u8], columns: &Columns, rows: &mut Vec<f64>) -> Result<Batch, Error> {
    rows.clear();
    let text = check_text(content)?;
    let reader = Reader { columns, row: Cell::new(None), column: Cell::new(None), problem: RefCell::new(None) };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = deserializer
        .deserialize_any(Content { reader: &reader, rows })
        .and_then(|batch| deserializer.end().map(|()| batch));
    outcome.map_err(|error| {
        let (row, column) = (reader.row.get(), reader.column.get());
        let wrong = reader.problem.into_inner().unwrap_or_else(|| Wrong::from_json(&error, text));
        let found = match wrong.found {
            // Only now is it worth the time to look for a key that was meant for the missing feature.
            Found::Missing => nearest_key::describe(text, row, columns, column.unwrap_or_default()),
            Found::Text(found) => found,
        };
        Error::Content(place(columns, row, column, wrong.expected, found))
    })
}

/// The content as text.
fn check_text(content: &[u8]) -> Result<&str, Error> {
    let wrong = |expected: &str, found: String| {
        Error::Content(Problem { pointer: String::new(), place: String::new(), expected: expected.to_string(), found })
    };
    if content.is_empty() {
        return Err(wrong(EXPECTED_CONTENT, "no content".to_string()));
    }
    if content.starts_with(b"\xef\xbb\xbf") {
        return Err(wrong("JSON in UTF-8", "a byte order mark".to_string()));
    }
    std::str::from_utf8(content)
        .map_err(|error| wrong("JSON in UTF-8", format!("another byte at offset {}", error.valid_up_to())))
}

/// Puts a problem where it belongs: the whole content, a row, or a feature of a row.
fn place(columns: &Columns, row: Option<usize>, column: Option<usize>, expected: String, found: String) -> Problem {
    let mut pointer = row.map_or_else(String::new, |row| format!("/{row}"));
    let mut place = row.map_or_else(String::new, |row| format!("row {row}"));
    if let Some(column) = column {
        let name = columns.name(column);
        pointer.push('/');
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        if !place.is_empty() {
            place.push_str(", ");
        }
        place.push_str(&format!("`{name}`"));
    }
    Problem { pointer, place, expected, found }
}

/// What the content of a request must be.
const EXPECTED_CONTENT: &str = "an object of named features, or an array of such objects";
/// What a value must be.
const EXPECTED_NUMBER: &str = "a finite number";

/// Where the reading is, and what it has met. The visitors below share it.
struct Reader<'a> {
    columns: &'a Columns,
    row: Cell<Option<usize>>,
    column: Cell<Option<usize>>,
    problem: RefCell<Option<Wrong>>,
}

struct Wrong {
    expected: String,
    found: Found,
}

enum Found {
    Text(String),
    /// A feature is missing; `Reader::column` says which.
    Missing,
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
            return Wrong { expected: EXPECTED_NUMBER.to_string(), found: Found::Text(found) };
        }
        let found = format!("invalid JSON ({complaint}) at line {line} column {column}");
        Wrong { expected: "valid JSON".to_string(), found: Found::Text(found) }
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

impl Reader<'_> {
    /// Notes a problem; the returned error only ends the reading.
    fn wrong<E: de::Error>(&self, expected: &str, found: Found) -> E {
        *self.problem.borrow_mut() = Some(Wrong { expected: expected.to_string(), found });
        E::custom("")
    }

    fn unexpected<E: de::Error>(&self, expected: &str, found: &str) -> E {
        self.wrong(expected, Found::Text(found.to_string()))
    }
}

/// The `visit_` functions for JSON values of a kind that is not wanted.
macro_rules! refuse {
    ($expected:expr; $($visit:ident($type:ty) $found:literal;)*) => {
        $(
            fn $visit<E: de::Error>(self, _: $type) -> Result<Self::Value, E> {
                Err(self.reader.unexpected($expected, $found))
            }
        )*
    };
}

macro_rules! refuse_null {
    ($expected:expr) => {
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Err(self.reader.unexpected($expected, "null"))
        }

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }
    };
}

/// The whole content.
struct Content<'a, 'r> {
    reader: &'a Reader<'r>,
    rows: &'a mut Vec<f64>,
}

impl<'de> Visitor<'de> for Content<'_, '_> {
    type Value = Batch;

    refuse! {
        EXPECTED_CONTENT;
        visit_bool(bool) "a boolean";
        visit_i64(i64) "a number";
        visit_u64(u64) "a number";
        visit_f64(f64) "a number";
        visit_str(&str) "a string";
    }
    refuse_null!(EXPECTED_CONTENT);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Batch, A::Error> {
        read_record(self.reader, self.rows, map)?;
        Ok(Batch::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Batch, A::Error> {
        let mut count = 0;
        self.reader.row.set(Some(0));
        while seq.next_element_seed(Record { reader: self.reader, rows: self.rows })?.is_some() {
            count += 1;
            self.reader.row.set(Some(count));
        }
        self.reader.row.set(None);
        match count {
            0 => Err(self.reader.unexpected("at least one row", "an empty array")),
            _ => Ok(Batch::Many),
        }
    }
}

/// One element of an array of records.
struct Record<'a, 'r> {
    reader: &'a Reader<'r>,
    rows: &'a mut Vec<f64>,
}

const EXPECTED_RECORD: &str = "an object of named features";

impl<'de> Visitor<'de> for Record<'_, '_> {
    type Value = ();

    refuse! {
        EXPECTED_RECORD;
        visit_bool(bool) "a boolean";
        visit_i64(i64) "a number";
        visit_u64(u64) "a number";
        visit_f64(f64) "a number";
        visit_str(&str) "a string";
    }
    refuse_null!(EXPECTED_RECORD);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_record(self.reader, self.rows, map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.reader.unexpected(EXPECTED_RECORD, "an array"))
    }
}

impl<'de> DeserializeSeed<'de> for Record<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Appends one row. NaN marks a feature that has not come yet: JSON cannot write it.
fn read_record<'de, A: MapAccess<'de>>(reader: &Reader<'_>, rows: &mut Vec<f64>, mut map: A) -> Result<(), A::Error> {
    let start = rows.len();
    rows.resize(start + reader.columns.count(), f64::NAN);
    let row = rows.get_mut(start..).unwrap_or_default();
    let mut guess = 0;
    while let Some(position) = map.next_key_seed(Key { reader, guess })? {
        let Some(slot) = position.and_then(|position| row.get_mut(position)) else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        reader.column.set(position);
        if !slot.is_nan() {
            return Err(reader.unexpected("each feature once", "it twice"));
        }
        *slot = map.next_value_seed(Number { reader })?;
        reader.column.set(None);
        guess = position.map_or(0, |position| position + 1);
    }
    if let Some(missing) = row.iter().position(|value| value.is_nan()) {
        reader.column.set(Some(missing));
        return Err(reader.wrong(EXPECTED_NUMBER, Found::Missing));
    }
    Ok(())
}

/// A key: the position of its column, or `None` for an unknown one.
struct Key<'a, 'r> {
    reader: &'a Reader<'r>,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Option<usize>;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.reader.columns.position(name, self.guess))
    }
}

/// A value: a finite number.
struct Number<'a, 'r> {
    reader: &'a Reader<'r>,
}

impl<'de> DeserializeSeed<'de> for Number<'_, '_> {
    type Value = f64;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Number<'_, '_> {
    type Value = f64;

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        match value.is_finite() {
            true => Ok(value),
            false => Err(self.reader.unexpected(EXPECTED_NUMBER, "one that no double can hold")),
        }
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    refuse! {
        EXPECTED_NUMBER;
        visit_bool(bool) "a boolean";
        visit_str(&str) "a string";
    }
    refuse_null!(EXPECTED_NUMBER);

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<f64, A::Error> {
        Err(self.reader.unexpected(EXPECTED_NUMBER, "an object"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<f64, A::Error> {
        Err(self.reader.unexpected(EXPECTED_NUMBER, "an array"))
    }
}

#[cfg(test)]
mod tests;
