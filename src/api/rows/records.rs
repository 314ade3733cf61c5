//! Rows by name alone, as the notebook's clients send them: one object, or an array of objects.

use serde::de::{MapAccess, SeqAccess, Visitor};

use super::list::{List, RowForm};
use super::reading::{Reading, check_text};
use super::record::read_record;
use super::seeds::Any;
use super::texts::CellReader;
use super::visitors::refuse;
use crate::api::Error;
use crate::http::Request;
use crate::http::charged::Reused;

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
pub fn read_records<'a>(
    request: &Request<'_>,
    cells: impl Into<CellReader<'a>>,
    rows: &mut Reused<f64>,
) -> Result<Batch, Error> {
    rows.clear();
    let text = check_text(request.content, EXPECTED)?;
    let reading = Reading::new(cells).of(request);
    let batch = reading.run(text, Any(RecordsReader { reading: &reading, rows }))?;
    rows.settle();
    Ok(batch)
}

const EXPECTED: &str = "an object of named features, or an array of such objects";

struct RecordsReader<'a, 'r> {
    reading: &'a Reading<'a>,
    rows: &'r mut Reused<f64>,
}

impl<'de> Visitor<'de> for RecordsReader<'_, '_> {
    type Value = Batch;

    refuse!(EXPECTED; bool, number, string, null);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Batch, A::Error> {
        read_record(self.reading, self.rows, map).map(|()| Batch::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Batch, A::Error> {
        let Self { reading, rows } = self;
        List { reading, rows, form: RowForm::Name }.visit_seq(seq).map(|()| Batch::Many)
    }
}
