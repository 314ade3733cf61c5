//! Where in a record a byte stands, which decides what it means.

use super::Syntax;

/// What comes before the next byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quotes {
    /// The start of a line, which may be a comment.
    #[default]
    Line,
    /// The start of a field, with or without blanks. Only here does a quote open.
    Field,
    /// A field without quotes, or what follows its closing quote: a quote means itself.
    Plain,
    /// An open quote: everything belongs to the field.
    Open,
    /// A quote inside quotes. It closes them unless another one follows.
    Closed,
    /// A comment.
    Comment,
}

impl Quotes {
    /// What comes before the byte after this one. Line ends outside quotes lead to [`Quotes::Line`].
    pub(super) fn after(self, byte: u8, syntax: Syntax) -> Quotes {
        match (self, byte) {
            (Quotes::Open, b'"') => Quotes::Closed,
            (Quotes::Open, _) | (Quotes::Closed, b'"') => Quotes::Open,
            (_, b'\n' | b'\r') => Quotes::Line,
            (Quotes::Comment, _) => Quotes::Comment,
            (Quotes::Line, _) if syntax.comment == Some(byte) => Quotes::Comment,
            _ if byte == syntax.separator => Quotes::Field,
            (Quotes::Line | Quotes::Field, b'"') => Quotes::Open,
            (Quotes::Line | Quotes::Field, b' ' | b'\t') => Quotes::Field,
            _ => Quotes::Plain,
        }
    }

    /// Whether a line end or a separator would belong to the field.
    pub(super) fn is_open(self) -> bool {
        self == Quotes::Open
    }
}
