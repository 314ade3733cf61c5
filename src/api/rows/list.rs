//! Arrays of rows, in every form that a row can have.

use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field_names::FieldNames;
use super::place::PathStep;
use super::reading::Reading;
use super::record::{append_row, read_features, read_record};
use super::seeds::Any;
use super::visitors::{Cell, read_some_items, refuse};
use crate::http::charged::Reused;
use crate::pipeline::Category;

/// What a row may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowForm<'l> {
    /// An array of values in the model's order.
    Position,
    /// An array of values in this order: for each its column, or `None` for one that the model does not take.
    Layout(&'l [Option<usize>]),
    /// An object of named features.
    Name,
    /// An object of some of the features; [`ABSENT`](super::cell::ABSENT) stands for the others.
    Partial,
    /// By position or by name.
    Either,
    /// By position or by name, on a line of its own.
    Line,
}

/// An array of rows, at least one.
pub struct List<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub rows: &'r mut Reused<f64>,
    pub form: RowForm<'a>,
}

impl RowForm<'_> {
    /// What an array of rows must be.
    fn expected_list(self, columns: &FieldNames) -> String {
        let items = columns.items();
        match self {
            RowForm::Position | RowForm::Either | RowForm::Line if columns.is_text() => {
                "an array of strings".to_owned()
            }
            RowForm::Position => format!("an array of rows, each an array of {items}"),
            RowForm::Layout(_) => "an array of rows, each an array".to_owned(),
            RowForm::Name | RowForm::Partial => "an array of objects of named features".to_owned(),
            RowForm::Either | RowForm::Line => {
                format!("an array of rows, each an array of {items} or objects of named features")
            }
        }
    }

    /// What a row must be.
    fn expected_row(self, columns: &FieldNames) -> String {
        let (count, items) = (columns.count(), columns.items());
        // People with one row tend to write its numbers without the outer array.
        match self {
            RowForm::Position | RowForm::Either | RowForm::Line if columns.is_text() => {
                "a string for each row, or an array or an object with one string".to_owned()
            }
            RowForm::Position => format!("an array of {count} {items} for each row, `[[..]]` even for a single row"),
            RowForm::Layout(layout) => format!("an array of {} values for each row", layout.len()),
            RowForm::Name | RowForm::Partial => "an object of named features".to_owned(),
            RowForm::Line => format!("an array of {count} {items} or an object of named features on each line"),
            RowForm::Either => format!(
                "an array of {count} {items} or an object of named features for each row, `[[..]]` or `[{{..}}]` even \
                 for a single row"
            ),
        }
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    refuse!(this => this.form.expected_list(this.reading.columns); bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let Self { reading, rows, form } = self;
        let next = |seq: &mut A, _| seq.next_element_seed(Any(Row { reading, rows, form }));
        read_some_items(reading, seq, PathStep::Row, "row", next).map(drop)
    }
}

/// One row.
pub struct Row<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub rows: &'r mut Reused<f64>,
    pub form: RowForm<'a>,
}

impl Row<'_, '_> {
    fn expected(&self) -> String {
        self.form.expected_row(self.reading.columns)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    refuse!(this => this.expected(); bool, number, null);

    /// A row of one text need not be an array.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let takes_values = !matches!(self.form, RowForm::Name | RowForm::Partial | RowForm::Layout(_));
        if !(takes_values && self.reading.columns.is_text()) {
            return Err(self.reading.wrong(self.expected(), "a string"));
        }
        let cell = self.reading.cell(0, Category::String(text))?;
        self.rows.push(cell).map_err(|cause| self.reading.no_room(cause))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.form {
            RowForm::Position | RowForm::Layout(_) => Err(self.reading.wrong(self.expected(), "an object")),
            RowForm::Partial => read_features(self.reading, append_row(self.reading, self.rows)?, map),
            RowForm::Either if self.rows.is_empty() => {
                let read = read_record(self.reading, self.rows, map);
                read.inspect_err(|_| self.reading.note_frame())
            }
            RowForm::Name | RowForm::Either | RowForm::Line => read_record(self.reading, self.rows, map),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        match self.form {
            RowForm::Name | RowForm::Partial => Err(self.reading.wrong(self.expected(), "an array")),
            RowForm::Layout(layout) => read_values(self.reading, self.rows, layout, seq),
            RowForm::Position | RowForm::Either | RowForm::Line => read_cells(self.reading, self.rows, seq),
        }
    }
}

/// Reads an array in the model's order, and appends its row.
fn read_cells<'de, A: SeqAccess<'de>>(
    reading: &Reading<'_>,
    rows: &mut Reused<f64>,
    mut seq: A,
) -> Result<(), A::Error> {
    let expected = reading.columns.count();
    let mut found = 0;
    while found < expected {
        let next = seq.next_element_seed(Any(Cell { reading, column: found }));
        let step = PathStep::Element { index: found, column: found };
        let Some(value) = next.map_err(|error| reading.at(step, error))? else { break };
        rows.push(value).map_err(|cause| reading.no_room(cause))?;
        found += 1;
    }
    while seq.next_element::<IgnoredAny>()?.is_some() {
        found += 1;
    }
    match found == expected {
        true => Ok(()),
        false => Err(reading.wrong(format!("{expected} {}", reading.columns.items()), found.to_string())),
    }
}

/// Reads an array in the order of `layout`, and appends its row.
fn read_values<'de, A: SeqAccess<'de>>(
    reading: &Reading<'_>,
    rows: &mut Reused<f64>,
    layout: &[Option<usize>],
    mut seq: A,
) -> Result<(), A::Error> {
    let row = append_row(reading, rows)?;
    let mut found = 0;
    loop {
        let column = layout.get(found).copied().flatten();
        let is_there = match column.and_then(|column| Some((column, row.get_mut(column)?))) {
            None => seq.next_element::<IgnoredAny>()?.is_some(),
            Some((column, slot)) => {
                let next = seq.next_element_seed(Any(Cell { reading, column }));
                let step = PathStep::Element { index: found, column };
                let value = next.map_err(|error| reading.at(step, error))?;
                *slot = value.unwrap_or(*slot);
                value.is_some()
            }
        };
        match (is_there, found == layout.len()) {
            (true, _) => found += 1,
            (false, true) => return Ok(()),
            (false, false) => return Err(reading.wrong(format!("{} values", layout.len()), found.to_string())),
        }
    }
}
