//! The columns of a model as requests name them.

use std::collections::HashMap;

/// The names of a model's columns.
#[derive(Debug, Clone)]
pub struct FieldNames {
    names: Vec<String>,
    positions: HashMap<String, usize>,
    are_generated: bool,
}

impl FieldNames {
    /// `names`: distinct, in the model's order.
    pub fn new(names: &[String]) -> FieldNames {
        let positions = names.iter().cloned().zip(0..).collect();
        FieldNames { names: names.to_vec(), positions, are_generated: false }
    }

    /// Of a model without names: `x0`, `x1`, .. as svcd calls its columns, and `0`, `1`, .. as pandas does.
    pub fn generated(names: &[String]) -> FieldNames {
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

    /// The same, for [`name`](Self::name) alone.
    pub(in crate::api) fn own_position(&self, name: &str, guess: usize) -> Option<usize> {
        self.position(name, guess).filter(|position| !self.are_generated || self.name(*position) == name)
    }
}
