//! From the content of a request to rows of f64 in the model's feature order, typed and streaming: no tree of the content is
//! ever built, and nothing is allocated for a row.
//!
//! Every dialect is put together from the parts of this folder: a row by name ([`record`]), arrays of rows ([`list`]), an
//! object of columns ([`columns`]), pandas' split form ([`split`]), tensors ([`tensor`]); [`envelope`] is the object around
//! rows, [`reading`] says what is wrong and where, [`table`] hands the rows out.
//!
//! Keys may come in any order, unknown ones are skipped without recursion. A missing, repeated or non-numeric feature is an
//! error that names it. Rows count from 0, as in the JSON pointer.

mod bytes;
mod columns;
mod datatype;
mod envelope;
mod lines;
mod list;
mod reading;
mod record;
mod split;
mod table;
mod tensor;
mod visitors;

use std::collections::HashMap;

use serde::de::{MapAccess, SeqAccess, Visitor};

use super::Error;
pub(in crate::api) use bytes::Bytes;
pub(in crate::api) use datatype::Datatype;
pub(in crate::api) use envelope::{Form, Part, expected_output};
pub(in crate::api) use lines::{read_csv, read_json_lines};
use list::List;
pub(in crate::api) use list::RowForm;
pub(in crate::api) use reading::{Reading, Step, check_text};
use record::read_record;
pub(in crate::api) use record::{append_row, read_features};
pub(in crate::api) use table::{Column, Table};
pub(in crate::api) use tensor::{Data, Input, Shape, Tensor};
pub(in crate::api) use visitors::{Any, Flag, Optional, Whole, Word, read_object, refuse};

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
/// `Error::Content` for the first thing that is wrong, with its place.
pub fn read_records(content: &[u8], columns: &Columns, rows: &mut Vec<f64>) -> Result<Batch, Error> {
    rows.clear();
    let text = check_text(content, EXPECTED_CONTENT)?;
    let reading = Reading::new(columns);
    reading.run(text, Any(Content { reading: &reading, rows }))
}

/// What the content of the notebook's request must be.
const EXPECTED_CONTENT: &str = "an object of named features, or an array of such objects";

/// One record, or an array of records.
struct Content<'a, 'r> {
    reading: &'a Reading<'a>,
    rows: &'r mut Vec<f64>,
}

impl Content<'_, '_> {
    fn expected(&self) -> &'static str {
        EXPECTED_CONTENT
    }
}

impl<'de> Visitor<'de> for Content<'_, '_> {
    type Value = Batch;

    refuse!(bool, number, string, null);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Batch, A::Error> {
        read_record(self.reading, self.rows, map).map(|()| Batch::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Batch, A::Error> {
        let Self { reading, rows } = self;
        List { reading, rows, form: RowForm::Name }.visit_seq(seq).map(|_| Batch::Many)
    }
}

#[cfg(test)]
mod tests;
