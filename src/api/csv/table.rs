//! The start of a text whose columns no model has named: a table to learn from.

use super::fields::{fields, texts, unquoted};
use super::number::is_word;
use super::opening::{ReadOptions, announced_separator};
use super::records::{Record, Records};
use super::syntax::Syntax;

/// A table whose start is understood.
#[derive(Debug, Clone)]
pub struct TableOpening<'a> {
    /// What the columns are called, if there is a header.
    pub names: Option<Vec<String>>,
    /// Fields of the first record.
    pub n_fields: usize,
    /// How the text is written.
    pub syntax: Syntax,
    /// What follows the header.
    pub rows: Records<'a>,
}

/// Reads the start of a table; `None` where there is no record.
///
/// The separator is the one that gives the first record the most fields. This record is a header if it names one of the columns
/// that are `wanted`, or if all its fields are words, but for empty ones; `has_header` overrides this.
pub fn open_table<'a>(text: &'a [u8], wanted: &[String], options: &ReadOptions) -> Option<TableOpening<'a>> {
    let announced = announced_separator(text);
    let start = |syntax| {
        let mut records = Records::new(text, syntax);
        announced.and_then(|_| records.next());
        records
    };
    let count = |syntax: &Syntax| start(*syntax).next().map_or(0, |first| fields(first.text, *syntax).count());
    // of equals the first, as it is the more likely one
    let syntax = options.syntaxes(announced).into_iter().rev().max_by_key(count)?;
    let rows = start(syntax);
    let mut behind = rows.clone();
    let first = behind.next()?;
    let names = texts(first.text, syntax);
    let n_fields = names.len();
    let is_wanted = || names.iter().any(|name| wanted.contains(name));
    if options.has_header.unwrap_or_else(|| is_wanted() || has_only_words(&first, syntax)) {
        return Some(TableOpening { names: Some(names), n_fields, syntax, rows: behind });
    }
    Some(TableOpening { names: None, n_fields, syntax, rows })
}

/// Whether there are words, and besides them nothing but empty fields.
fn has_only_words(record: &Record<'_>, syntax: Syntax) -> bool {
    let mut words = fields(record.text, syntax).filter(|field| !unquoted(field).is_empty()).peekable();
    words.peek().is_some() && words.all(|field| is_word(field, syntax.decimal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str, options: &ReadOptions) -> (Option<Vec<String>>, u8, usize) {
        let opening = open_table(text.as_bytes(), &["9".to_owned()], options).unwrap();
        (opening.names, opening.syntax.separator, opening.rows.count())
    }

    #[test]
    fn a_header_has_words_alone_or_a_column_that_is_wanted() {
        let options = ReadOptions::default();
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(open("a,b\n1,2\n", &options), (names(&["a", "b"]), b',', 1));
        assert_eq!(open(",b\n1,2\n", &options), (names(&["", "b"]), b',', 1));
        assert_eq!(open("8,9\n1,2\n", &options), (names(&["8", "9"]), b',', 1));
        assert_eq!(open("1,b\n1,2\n", &options), (None, b',', 2));
        let present = ReadOptions { has_header: Some(true), ..options.clone() };
        assert_eq!(open("0,1\n1,2\n", &present), (names(&["0", "1"]), b',', 1));
        let absent = ReadOptions { has_header: Some(false), ..options };
        assert_eq!(open("a,b\n1,2\n", &absent), (None, b',', 2));
        assert!(open_table(b"\n\n", &[], &absent).is_none());
    }

    #[test]
    fn fields_are_separated_by_what_gives_most_of_them() {
        let separator = |text, options: &ReadOptions| open(text, options).1;
        let options = ReadOptions::default();
        assert_eq!(separator("a;b;c,d\n", &options), b';');
        assert_eq!(separator("a\tb\n", &options), b'\t');
        assert_eq!(separator("a\n", &options), b',');
        assert_eq!(separator("sep=|\na|b;c;d\n", &options), b'|');
        assert_eq!(separator("a,b;c\n", &ReadOptions { separator: Some(b';'), ..options }), b';');
    }
}
