//! The columns of a row as the model's caller sees them: what each holds, and what it is called.

use std::collections::HashSet;

use super::steps::first_not_finite;
use super::{Categories, Documents, Error};

/// What a cell of a column is.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnKind {
    /// A finite number.
    Number,
    /// A finite number, or NaN where it is missing.
    NumberOrMissing,
    /// The index of a category in the column's dictionary, or [`UNKNOWN`](super::UNKNOWN) where that is taken.
    Category(Categories),
    /// Anything, or nothing at all: no step sees the column.
    Ignored,
    /// The index of a text in the [`Documents`] beside the numbers.
    Text,
}

impl ColumnKind {
    /// Whether a missing value has a cell.
    pub fn takes_missing(&self) -> bool {
        match self {
            ColumnKind::Number | ColumnKind::Text => false,
            ColumnKind::NumberOrMissing | ColumnKind::Ignored => true,
            ColumnKind::Category(categories) => categories.takes_missing(),
        }
    }

    /// Whether any number will do, even if it may be missing or is ignored.
    pub fn is_number(&self) -> bool {
        matches!(self, ColumnKind::Number | ColumnKind::NumberOrMissing | ColumnKind::Ignored)
    }

    /// The dictionary of a column of categories.
    pub fn categories(&self) -> Option<&Categories> {
        if let ColumnKind::Category(categories) = self { Some(categories) } else { None }
    }

    /// Whether a number is a cell of such a column.
    fn is_cell(&self, cell: f64, documents: &Documents) -> bool {
        match self {
            ColumnKind::Number => cell.is_finite(),
            ColumnKind::NumberOrMissing => !cell.is_infinite(),
            ColumnKind::Ignored => true,
            ColumnKind::Category(categories) => categories.is_cell(cell),
            ColumnKind::Text => documents.is_cell(cell),
        }
    }
}

/// The columns of a model, one or more, in its own order.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    kinds: Vec<ColumnKind>,
    /// The model's own names, or others.
    names: Vec<String>,
    has_names: bool,
    are_numbers: bool,
    have_text: bool,
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
        let names = names.unwrap_or_else(|| match kinds.as_slice() {
            [ColumnKind::Text] => vec![TEXT_NAME.to_owned()],
            _ => (0..kinds.len()).map(|column| format!("x{column}")).collect(),
        });
        let are_numbers = kinds.iter().all(|kind| *kind == ColumnKind::Number);
        let have_text = kinds.contains(&ColumnKind::Text);
        Ok(Columns { kinds, names, has_names, are_numbers, have_text })
    }

    /// `count` columns of numbers.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn numbers(count: usize, names: Option<Vec<String>>) -> Result<Columns, Error> {
        Columns::new(vec![ColumnKind::Number; count], names)
    }

    /// The same columns with these kinds, one for each.
    #[must_use]
    pub(super) fn of_kinds(self, kinds: Vec<ColumnKind>) -> Columns {
        let are_numbers = kinds.iter().all(|kind| *kind == ColumnKind::Number);
        let have_text = kinds.contains(&ColumnKind::Text);
        let names = match kinds.as_slice() {
            [ColumnKind::Text] if !self.has_names => vec![TEXT_NAME.to_owned()],
            _ => self.names,
        };
        Columns { kinds, names, are_numbers, have_text, ..self }
    }

    /// Whether a step sees each of them.
    pub(super) fn seen(&self) -> Vec<bool> {
        self.kinds.iter().map(|kind| *kind != ColumnKind::Ignored).collect()
    }

    /// Those that are in `keep`.
    #[must_use]
    pub(super) fn only(self, keep: &[bool]) -> Columns {
        let Columns { kinds, names, has_names, .. } = self;
        let kinds = kinds.into_iter().zip(keep).filter_map(|(kind, keep)| keep.then_some(kind)).collect();
        let names = names.into_iter().zip(keep).filter_map(|(name, keep)| keep.then_some(name)).collect();
        Columns { kinds: Vec::new(), names, has_names, are_numbers: false, have_text: false }.of_kinds(kinds)
    }

    /// How many there are, one or more.
    pub fn count(&self) -> usize {
        self.kinds.len()
    }

    /// What each of them holds.
    pub fn kinds(&self) -> &[ColumnKind] {
        &self.kinds
    }

    /// Names of those that take a missing value.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let named = self.names.iter().zip(&self.kinds);
        named.filter(|(_, kind)| kind.takes_missing()).map(|(name, _)| name.as_str())
    }

    /// A row with the nearest cell of each column: an example may be between two categories.
    pub(super) fn nearest_cells(&self, row: Vec<f64>) -> Vec<f64> {
        let nearest = |(cell, kind): (f64, &ColumnKind)| match kind {
            ColumnKind::Number | ColumnKind::NumberOrMissing | ColumnKind::Ignored | ColumnKind::Text => cell,
            // NaN becomes the first one
            ColumnKind::Category(categories) => cell.round().max(0.0).min(categories.len().saturating_sub(1) as f64),
        };
        row.into_iter().zip(&self.kinds).map(nearest).collect()
    }

    /// Whether each cell is a finite number.
    pub fn are_numbers(&self) -> bool {
        self.are_numbers
    }

    /// Whether some cell is a text.
    pub fn have_text(&self) -> bool {
        self.have_text
    }

    /// Place of the first number, in whole rows, that is not a cell of its column.
    pub(super) fn first_wrong(&self, rows: &[f64], documents: &Documents) -> Option<usize> {
        if self.are_numbers {
            return first_not_finite(rows);
        }
        rows.iter().zip(self.kinds.iter().cycle()).position(|(cell, kind)| !kind.is_cell(*cell, documents))
    }

    /// The error for the number at this place, in whole rows, which is not a cell of its column.
    pub(super) fn no_cell(&self, place: usize) -> Error {
        let (row, column) = (place / self.count(), place % self.count());
        match self.kinds.get(column) {
            Some(ColumnKind::Category(_) | ColumnKind::Text) => Error::NoCategory { row, column },
            _ => Error::NotFinite { row, column },
        }
    }

    /// Their names: the model's own; where it has none, `text` for a single text, else `x0`, `x1`, ...
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The model's own names.
    pub fn own_names(&self) -> Option<&[String]> {
        self.has_names.then_some(&self.names)
    }
}

/// What the one column of a model of texts is called where the model does not say it.
const TEXT_NAME: &str = "text";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Category, UNKNOWN};

    #[test]
    fn a_cell_is_what_its_column_takes() {
        let categories = |unknown| Categories::new([Category::String("a"), Category::None], unknown).unwrap();
        let kinds = vec![
            ColumnKind::Number,
            ColumnKind::NumberOrMissing,
            ColumnKind::Category(categories(false)),
            ColumnKind::Category(categories(true)),
            ColumnKind::Text,
        ];
        let mut documents = Documents::default();
        ["one", "two"].iter().for_each(|text| assert!(documents.push(text) >= 0.0));
        assert!(kinds.iter().map(ColumnKind::takes_missing).eq([false, true, true, true, false]));
        assert_eq!(kinds[2].categories(), Some(&categories(false)));
        let columns = Columns::new(kinds, None).unwrap();
        assert!(!columns.are_numbers() && Columns::numbers(2, None).unwrap().are_numbers());
        let right = [[1.0, 2.0, 0.0, 1.0, 1.0], [-1.0, f64::NAN, 1.0, UNKNOWN, 0.0]].concat();
        assert_eq!(columns.first_wrong(&right, &documents), None);
        for (place, wrong) in [
            (0, f64::NAN),
            (1, f64::INFINITY),
            (2, UNKNOWN),
            (2, 2.0),
            (3, f64::NAN),
            (4, 2.0),
            (4, f64::NAN),
            (5, f64::NEG_INFINITY),
            (7, 0.5),
            (8, -2.0),
        ] {
            let mut rows = right.clone();
            rows[place] = wrong;
            assert_eq!(columns.first_wrong(&rows, &documents), Some(place), "{wrong}");
        }
    }
}
