//! What is wrong with a record, and what may help.

use std::fmt;

use super::Syntax;
use super::fields::{fields, unquoted};
use super::number::{WITH_COMMA, WITH_POINT, number};

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// How many lines of the text come before the record.
    pub line: usize,
    /// Index of the field, from 0, and the column of the model that it is for; `None` when the record as a whole is wrong.
    pub field: Option<(usize, usize)>,
    /// What would have been right.
    pub expected: String,
    /// What is there instead.
    pub found: String,
    /// What may help.
    pub help: Option<Help>,
}

/// What the text looks like, where it is read as something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Help {
    /// Fields that are separated by another character, whose numbers may have a decimal comma.
    Separator {
        /// The character.
        separator: u8,
        /// Whether there is a number that only a decimal comma explains.
        has_decimal_comma: bool,
    },
    /// Numbers with a decimal comma.
    DecimalComma,
    /// Numbers with a decimal point, where a comma is announced.
    DecimalPoint,
    /// A line that begins with a character that often begins a comment.
    Comment(u8),
    /// A header.
    Header,
    /// Another encoding than UTF-8.
    Encoding,
    /// Names for a model that has none.
    Names,
}

impl Help {
    /// What explains that a record with so many fields is wrong.
    pub(super) fn for_record(record: &[u8], syntax: Syntax, expected: usize, found: &str) -> Option<Help> {
        if record.starts_with(b"#") && syntax.comment.is_none() {
            return Some(Help::Comment(b'#'));
        }
        let other = SEPARATORS.into_iter().filter(|separator| *separator != syntax.separator).find_map(|separator| {
            let other = Syntax { separator, ..syntax };
            (record.contains(&separator) && fields(record, other).count() == expected).then_some(other)
        });
        if let Some(other) = other {
            let has_comma = |field: &[u8]| unquoted(field).contains(&b',') && number(field, b',').is_ok();
            let has_decimal_comma = syntax.decimal != b',' && fields(record, other).any(has_comma);
            return Some(Help::Separator { separator: other.separator, has_decimal_comma });
        }
        match found {
            WITH_COMMA => Some(Help::DecimalComma),
            WITH_POINT => Some(Help::DecimalPoint),
            super::number::NO_UTF_8 => Some(Help::Encoding),
            _ => None,
        }
    }
}

/// What people separate fields by.
pub(super) const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for BadRecord {}
