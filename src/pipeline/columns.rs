//! The columns of a row as the model's caller sees them: what each holds, and what it is called.

use std::collections::HashSet;

use super::Error;

/// What a cell of a column is.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ColumnKind {
    /// A finite number.
    Number,
}

/// The columns of a model, one or more, in its own order.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    kinds: Vec<ColumnKind>,
    /// The model's own names, or `x0`, `x1`, ...
    names: Vec<String>,
    has_names: bool,
}

impl Columns {
    /// Columns of these kinds, with the names that the model was fitted with, if it was.
    ///
    /// # Errors
    /// [`Error::Part`] for no column at all, and for names that are empty, occur twice or are not one for each column.
    pub fn new(kinds: Vec<ColumnKind>, names: Option<Vec<String>>) -> Result<Columns, Error> {
        if kinds.is_empty() {
            return Err(Error::part("n_features_in", "at least 1 feature", 0));
        }
        if let Some(names) = &names {
            check_names(names, kinds.len())?;
        }
        let has_names = names.is_some();
        let names = names.unwrap_or_else(|| (0..kinds.len()).map(|column| format!("x{column}")).collect());
        Ok(Columns { kinds, names, has_names })
    }

    /// `count` columns of numbers.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn numbers(count: usize, names: Option<Vec<String>>) -> Result<Columns, Error> {
        Columns::new(vec![ColumnKind::Number; count], names)
    }

    /// How many there are, one or more.
    pub fn count(&self) -> usize {
        self.kinds.len()
    }

    /// What each of them holds.
    pub fn kinds(&self) -> &[ColumnKind] {
        &self.kinds
    }

    /// Their names: the model's own, or `x0`, `x1`, ... where it has none.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The model's own names.
    pub fn own_names(&self) -> Option<&[String]> {
        self.has_names.then_some(&self.names)
    }
}

fn check_names(names: &[String], count: usize) -> Result<(), Error> {
    if names.len() != count {
        return Err(Error::part("feature_names_in", format_args!("{count} names"), names.len()));
    }
    if let Some(index) = names.iter().position(String::is_empty) {
        return Err(Error::part("feature_names_in", "names", format_args!("an empty one at index {index}")));
    }
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Error::part("feature_names_in", "different names", format_args!("`{name}` twice"))),
    }
}
