//! The columns of a model as requests name them, and what each of them holds.

use std::collections::HashMap;

use crate::pipeline::{ColumnKind, Columns};

/// The names of a model's columns, and their kinds.
#[derive(Debug, Clone)]
pub struct FieldNames {
    names: Vec<String>,
    positions: HashMap<String, usize>,
    are_generated: bool,
    /// What each holds; empty where all are numbers that have to be there.
    kinds: Vec<ColumnKind>,
    are_numbers: bool,
    take_missing: bool,
}

impl FieldNames {
    /// Those of a model.
    pub fn of(columns: &Columns) -> FieldNames {
        let names = columns.names();
        let all = if columns.own_names().is_some() { FieldNames::new(names) } else { FieldNames::generated(names) };
        let kinds = if columns.are_numbers() { Vec::new() } else { columns.kinds().to_vec() };
        let take_missing = kinds.iter().any(ColumnKind::takes_missing);
        FieldNames { are_numbers: kinds.iter().all(ColumnKind::is_number), take_missing, kinds, ..all }
    }

    /// Columns of numbers. `names`: distinct, in the model's order.
    pub fn new(names: &[String]) -> FieldNames {
        let positions = names.iter().cloned().zip(0..).collect();
        FieldNames {
            names: names.to_vec(),
            positions,
            are_generated: false,
            kinds: Vec::new(),
            are_numbers: true,
            take_missing: false,
        }
    }

    /// Of a model without names: `x0`, `x1`, .. as svcd calls its columns, and `0`, `1`, .. as pandas does.
    fn generated(names: &[String]) -> FieldNames {
        let mut columns = FieldNames::new(names);
        columns.positions.extend((0..names.len()).map(|position| (position.to_string(), position)));
        FieldNames { are_generated: true, ..columns }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Name of one column.
    pub fn name(&self, position: usize) -> &str {
        self.names.get(position).map_or("", String::as_str)
    }

    /// What a column holds; `None` for a number that has to be there.
    pub(in crate::api) fn kind(&self, column: usize) -> Option<&ColumnKind> {
        self.kinds.get(column)
    }

    /// What a row consists of.
    pub(in crate::api) fn items(&self) -> &'static str {
        if self.are_numbers { "numbers" } else { "values" }
    }

    /// Whether all columns are numbers, which may be missing.
    pub(in crate::api) fn are_numbers(&self) -> bool {
        self.are_numbers
    }

    /// Whether the one column is a text.
    pub(in crate::api) fn is_text(&self) -> bool {
        matches!(self.kinds.as_slice(), [ColumnKind::Text])
    }

    /// Whether a value may be missing in some column.
    pub(in crate::api) fn take_missing(&self) -> bool {
        self.take_missing
    }

    /// Whether the model has no names of its own.
    pub(in crate::api) fn are_generated(&self) -> bool {
        self.are_generated
    }

    /// Position of a name. `guess` is tried first, since most clients send the columns in order.
    pub(in crate::api) fn position(&self, name: &str, guess: usize) -> Option<usize> {
        if self.names.get(guess).is_some_and(|expected| expected == name) {
            return Some(guess);
        }
        self.positions.get(name).copied()
    }

    /// Position of the column that an input tensor is: a single text has any name.
    pub(in crate::api) fn input_position(&self, name: &str, index: usize) -> Option<usize> {
        if self.is_text() && index == 0 { Some(0) } else { self.position(name, index) }
    }

    /// The same, for [`name`](Self::name) alone.
    pub(in crate::api) fn own_position(&self, name: &str, guess: usize) -> Option<usize> {
        self.position(name, guess).filter(|position| !self.are_generated || self.name(*position) == name)
    }
}
