//! Arrays of rows: each by position, by name, or as it likes.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::reading::{Reading, Step};
use super::record::read_record;
use super::visitors::{Any, Number, refuse};

/// What an element of an array of rows may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum RowForm {
    /// An array of numbers in the model's order.
    Position,
    /// An object of named features.
    Name,
    /// Either of them.
    Either,
    /// Either of them, on a line of its own.
    Line,
}

/// An array of rows, at least one. Gives their count.
pub(in crate::api) struct List<'a, 'r> {
    pub(in crate::api) reading: &'a Reading<'a>,
    pub(in crate::api) rows: &'r mut Vec<f64>,
    pub(in crate::api) form: RowForm,
}

impl List<'_, '_> {
    fn expected(&self) -> String {
        match self.form {
            RowForm::Position => "an array of rows, which are arrays of numbers".to_owned(),
            RowForm::Name => "an array of objects of named features".to_owned(),
            RowForm::Either | RowForm::Line => {
                "an array of rows, which are arrays of numbers or objects of named features".to_owned()
            }
        }
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = usize;

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<usize, A::Error> {
        let Self { reading, rows, form } = self;
        let mut count = 0;
        loop {
            let next = seq.next_element_seed(Any(Row { reading, rows, form }));
            if next.map_err(|error| reading.at(Step::Row(count), error))?.is_none() {
                break;
            }
            count += 1;
        }
        match count {
            0 => Err(reading.wrong("at least one row", "an empty array")),
            count => Ok(count),
        }
    }
}

/// One row.
pub(in crate::api) struct Row<'a, 'r> {
    pub(in crate::api) reading: &'a Reading<'a>,
    pub(in crate::api) rows: &'r mut Vec<f64>,
    pub(in crate::api) form: RowForm,
}

impl Row<'_, '_> {
    fn expected(&self) -> String {
        let count = self.reading.columns.count();
        // People who have one row write its numbers without the outer array.
        match self.form {
            RowForm::Position => format!("an array of {count} numbers for each row, `[[..]]` also for a single one"),
            RowForm::Name => "an object of named features".to_owned(),
            RowForm::Line => format!("an array of {count} numbers or an object of named features on each line"),
            RowForm::Either => format!(
                "an array of {count} numbers or an object of named features for each row, `[[..]]` or `[{{..}}]` also \
                 for a single one"
            ),
        }
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    refuse!(bool, number, string, null);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.form {
            RowForm::Position => Err(self.reading.wrong(self.expected(), "an object")),
            RowForm::Name | RowForm::Either | RowForm::Line => read_record(self.reading, self.rows, map),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        match self.form {
            RowForm::Name => Err(self.reading.wrong(self.expected(), "an array")),
            RowForm::Position | RowForm::Either | RowForm::Line => read_numbers(self.reading, self.rows, seq),
        }
    }
}

/// Appends the row that an array gives.
fn read_numbers<'de, A: SeqAccess<'de>>(
    reading: &Reading<'_>,
    rows: &mut Vec<f64>,
    mut seq: A,
) -> Result<(), A::Error> {
    let expected = reading.columns.count();
    let mut found = 0;
    while found < expected {
        let next = seq.next_element_seed(Any(Number { reading }));
        let Some(value) = next.map_err(|error| reading.at(Step::Element { index: found, column: found }, error))?
        else {
            break;
        };
        rows.push(value);
        found += 1;
    }
    while seq.next_element::<IgnoredAny>()?.is_some() {
        found += 1;
    }
    match found == expected {
        true => Ok(()),
        false => Err(reading.wrong(format!("{expected} numbers"), found.to_string())),
    }
}
