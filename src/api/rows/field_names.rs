//! The columns of a model as requests name them.

use std::collections::HashMap;

/// The names of a model's columns.
#[derive(Debug, Clone)]
pub struct FieldNames {
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl FieldNames {
    /// `names`: distinct, in the model's order.
    pub fn new(names: &[String]) -> FieldNames {
        let positions = names.iter().cloned().zip(0..).collect();
        FieldNames { names: names.to_vec(), positions }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Name of one column.
    pub fn name(&self, position: usize) -> &str {
        self.names.get(position).map_or("", String::as_str)
    }

    /// Position of a name. `guess` is tried first, since most clients send the columns in order.
    pub(in crate::api) fn position(&self, name: &str, guess: usize) -> Option<usize> {
        if self.names.get(guess).is_some_and(|expected| expected == name) {
            return Some(guess);
        }
        self.positions.get(name).copied()
    }
}
