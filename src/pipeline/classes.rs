//! Class labels, which keep the type they had in scikit-learn: an integer label is answered as an integer.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::Error;
use crate::svc::check::check_finite;

/// The labels of a model's classes, in the model's own order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Classes {
    /// Integers of any width up to 64 bits, signed.
    Integer(Vec<i64>),
    /// Text.
    String(Vec<String>),
    /// Booleans.
    Boolean(Vec<bool>),
    /// Finite floating-point numbers.
    Float(Vec<f64>),
}

/// One class label; serialises as what it is, without the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Label<'a> {
    /// An integer.
    Integer(i64),
    /// Text.
    String(&'a str),
    /// A boolean.
    Boolean(bool),
    /// A floating-point number.
    Float(f64),
}

/// Serialises the labels alone, as clients see them; model files have the name of their type too.
#[derive(Debug, Clone, Copy)]
pub struct ClassLabels<'a>(pub &'a Classes);

impl Serialize for ClassLabels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

/// The type of a value, as it was in scikit-learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// A signed integer of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Float,
    /// A boolean.
    Boolean,
    /// Text.
    String,
}

impl Classes {
    /// Number of classes.
    pub fn len(&self) -> usize {
        match self {
            Self::Integer(labels) => labels.len(),
            Self::String(labels) => labels.len(),
            Self::Boolean(labels) => labels.len(),
            Self::Float(labels) => labels.len(),
        }
    }

    /// What one label is.
    pub fn element_type(&self) -> ElementType {
        match self {
            Self::Integer(_) => ElementType::Integer,
            Self::String(_) => ElementType::String,
            Self::Boolean(_) => ElementType::Boolean,
            Self::Float(_) => ElementType::Float,
        }
    }

    /// Whether there is no class at all; never so in a [`Model`](super::Model).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The label of the class with this index, from 0.
    pub fn label(&self, index: usize) -> Option<Label<'_>> {
        match self {
            Self::Integer(labels) => labels.get(index).copied().map(Label::Integer),
            Self::String(labels) => labels.get(index).map(|label| Label::String(label)),
            Self::Boolean(labels) => labels.get(index).copied().map(Label::Boolean),
            Self::Float(labels) => labels.get(index).copied().map(Label::Float),
        }
    }

    /// All labels in order.
    pub fn iter(&self) -> impl Iterator<Item = Label<'_>> {
        (0..self.len()).filter_map(|index| self.label(index))
    }

    /// Refuses fewer than two, labels that occur twice, and numbers that are not finite.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.len() < 2 {
            return Err(Error::part("classes", "at least 2 classes", self.len()));
        }
        if let Self::Float(labels) = self {
            check_finite("classes", labels)?;
        }
        match self.duplicate() {
            None => Ok(()),
            Some(label) => Err(Error::part("classes", "different labels", format_args!("`{label}` twice"))),
        }
    }

    /// The first label that occurs twice.
    fn duplicate(&self) -> Option<Label<'_>> {
        let mut seen = HashSet::new();
        self.iter().find(|label| !seen.insert(label.key()))
    }
}

impl<'a> Label<'a> {
    /// Equal for labels that a client could not tell apart.
    fn key(self) -> (u64, &'a str) {
        match self {
            Self::Integer(value) => (value.cast_unsigned(), ""),
            Self::String(value) => (0, value),
            Self::Boolean(value) => (u64::from(value), ""),
            // adding zero makes -0.0 and 0.0 the same
            Self::Float(value) => ((value + 0.0).to_bits(), ""),
        }
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::String(value) => f.write_str(value),
            Self::Boolean(value) => value.fmt(f),
            // the shortest text that reads back the same number and as a float: 1.0, not 1
            Self::Float(value) => write!(f, "{value:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_print_in_their_own_type() {
        let text = |classes: Classes| classes.iter().map(|label| label.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(text(Classes::Integer(vec![-3, 9_007_199_254_740_993])), "-3 9007199254740993");
        assert_eq!(text(Classes::String(vec!["a b".into(), String::new()])), "a b ");
        assert_eq!(text(Classes::Boolean(vec![false, true])), "false true");
        assert_eq!(text(Classes::Float(vec![1.0, 0.1, 1e300])), "1.0 0.1 1e300");
    }

    #[test]
    fn a_label_that_occurs_twice_is_found() {
        assert_eq!(Classes::Integer(vec![1, 2, 1]).duplicate(), Some(Label::Integer(1)));
        assert_eq!(Classes::String(vec!["a".into(), "b".into(), "b".into()]).duplicate(), Some(Label::String("b")));
        assert_eq!(Classes::Boolean(vec![true, true]).duplicate(), Some(Label::Boolean(true)));
        assert_eq!(Classes::Float(vec![0.0, -0.0]).duplicate(), Some(Label::Float(-0.0)));
        assert_eq!(Classes::Float(vec![0.0, 5e-324]).duplicate(), None);
    }

    #[test]
    fn an_index_past_the_last_class_has_no_label() {
        let classes = Classes::Boolean(vec![false, true]);
        assert_eq!(classes.label(1), Some(Label::Boolean(true)));
        assert_eq!(classes.label(2), None);
        assert!(!classes.is_empty());
    }
}
