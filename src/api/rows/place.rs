//! The place of an error: the steps from the whole content to the value at fault, as a JSON pointer and in words.

use super::field_names::FieldNames;
use crate::api::Problem;

/// One step from the whole content towards a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum PathStep {
    /// A key of the protocol.
    Key(&'static str),
    /// An element of one of the protocol's arrays.
    Index(usize),
    /// A row.
    Row(usize),
    /// The value of a row, in the array of a column.
    InColumn {
        /// The row.
        row: usize,
        /// The feature.
        column: usize,
    },
    /// A feature, under its name.
    Feature(usize),
    /// A feature, by its place in a row.
    Element {
        /// The place.
        index: usize,
        /// The feature.
        column: usize,
    },
}

impl Problem {
    /// A problem with the content as a whole.
    pub(in crate::api) fn of_content(expected: impl Into<String>, found: impl Into<String>) -> Problem {
        let (expected, found) = (expected.into(), found.into());
        Problem { pointer: String::new(), place: String::new(), expected, found }
    }

    /// A problem at the end of a path.
    pub(in crate::api) fn at(
        columns: &FieldNames,
        path: &[PathStep],
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Problem {
        let mut problem = Problem::of_content(expected, found);
        for step in path {
            problem.push(columns, *step);
        }
        problem
    }

    fn push(&mut self, columns: &FieldNames, step: PathStep) {
        self.pointer.push('/');
        match step {
            PathStep::Key(key) => self.pointer.push_str(key),
            PathStep::Index(index)
            | PathStep::Row(index)
            | PathStep::InColumn { row: index, .. }
            | PathStep::Element { index, .. } => {
                self.pointer.push_str(&index.to_string());
            }
            PathStep::Feature(column) => {
                self.pointer.push_str(&columns.name(column).replace('~', "~0").replace('/', "~1"));
            }
        }
        let word = match step {
            // It belongs to the key before it.
            PathStep::Index(index) => return self.place.push_str(&format!(" {index}")),
            PathStep::Key(key) => format!("`{key}`"),
            PathStep::Row(row) => format!("row {row}"),
            PathStep::InColumn { row, column } => format!("row {row}, `{}`", columns.name(column)),
            PathStep::Feature(column) | PathStep::Element { column, .. } => format!("`{}`", columns.name(column)),
        };
        self.push_place(&word);
    }

    /// Adds to the place in words only.
    pub(in crate::api) fn push_place(&mut self, word: &str) {
        if !self.place.is_empty() {
            self.place.push_str(", ");
        }
        self.place.push_str(word);
    }
}
