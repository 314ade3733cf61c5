//! The start of a text: whether its first record is a header, and how its fields are separated.

use std::collections::HashSet;

use super::bad_record::{BadRecord, Help, SEPARATORS};
use super::fields::fields;
use super::match_names::{by_name, check, columns_of, found_instead, missing, names};
use super::number::is_word;
use super::records::{Record, Records};
use super::{Layout, Syntax};
use crate::api::rows::FieldNames;

/// What the caller says about a text; the rest is detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether the first record is a header.
    pub has_header: Option<bool>,
    /// What separates the fields. Without it a comma does, unless the header proves that a tab or a semicolon does.
    pub separator: Option<u8>,
    /// What separates a number's fraction. If it is a comma, commas separate fields only if `separator` says so.
    pub decimal: u8,
    /// What a comment begins with.
    pub comment: Option<u8>,
    /// Names of columns that are wanted besides the model's.
    pub keep: Vec<String>,
    /// Whether errors may repeat names of the header.
    pub shows_names: bool,
}

impl Default for ReadOptions {
    /// Nothing is said.
    fn default() -> ReadOptions {
        let Syntax { decimal, comment, .. } = Syntax::default();
        ReadOptions { has_header: None, separator: None, decimal, comment, keep: Vec::new(), shows_names: false }
    }
}

impl ReadOptions {
    /// How the text is written, unless its header proves something else.
    pub fn likely_syntax(&self) -> Syntax {
        self.syntaxes(None).first().copied().unwrap_or_default()
    }

    /// Ways to read the text, the most likely one first. `announced`: what the text itself says.
    pub(super) fn syntaxes(&self, announced: Option<u8>) -> Vec<Syntax> {
        let separators = match (self.separator.or(announced), self.decimal) {
            (Some(separator), _) => vec![separator],
            (None, b',') => vec![b';', b'\t'],
            (None, _) => vec![b',', b'\t', b';'],
        };
        let of = |separator| Syntax { separator, decimal: self.decimal, comment: self.comment };
        separators.into_iter().map(of).collect()
    }
}

/// A text whose start is understood.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// Where the columns stand.
    pub layout: Layout,
    /// Index of the field of each column to keep.
    pub kept: Vec<usize>,
    /// What follows the header.
    pub rows: Records<'a>,
    /// The first record is read as a row, but may be a header.
    pub may_be_header: bool,
    /// The first record is a row of the numbers 0, 1, .., which pandas writes above columns without names.
    pub counts_columns: bool,
}

/// Reads the start of a text.
///
/// The first record is a header if it holds the names of all columns, or else, if all columns are numbers, if all its fields are
/// words: then the fields are the columns by position, if the model has no names of its own and the count fits. `has_header` overrides this. A line `sep=;`
/// before it says what separates the fields.
///
/// # Errors
/// A header that does not have the model's columns, or those to keep.
pub fn open<'a>(text: &'a [u8], columns: &FieldNames, options: &ReadOptions) -> Result<Opening<'a>, BadRecord> {
    let announced = announced_separator(text);
    let syntaxes = options.syntaxes(announced);
    let start = |syntax| {
        let mut records = Records::new(text, syntax);
        announced.and_then(|_| records.next());
        records
    };
    if options.has_header != Some(false) {
        for syntax in syntaxes.iter().copied() {
            let mut records = start(syntax);
            if let Some(header) = records.next().filter(|first| holds_all_names(first, syntax, columns)) {
                let layout = by_name(&header, syntax, columns, options.shows_names)?;
                let kept = kept(&header, syntax, options)?;
                return Ok(Opening { layout, kept, rows: records, may_be_header: false, counts_columns: false });
            }
        }
    }
    let syntax = syntaxes.first().copied().unwrap_or_default();
    let rows = start(syntax);
    let mut behind = rows.clone();
    let first = behind.next();
    match first {
        Some(header)
            if options.has_header.unwrap_or_else(|| columns.are_numbers() && is_all_words(&header, syntax)) =>
        {
            check(&header, syntax, columns)?;
            let kept = kept(&header, syntax, options)?;
            let layout = of_other_header(&header, syntax, columns, options, &kept)?;
            Ok(Opening { layout, kept, rows: behind, may_be_header: false, counts_columns: false })
        }
        Some(row) if !options.keep.is_empty() => Err(BadRecord {
            line: row.line,
            field: None,
            expected: "a header that names the columns to keep".to_owned(),
            found: "a row".to_owned(),
            help: may_be_header(&row, syntax, options).then_some(Help::Header),
        }),
        first => Ok(Opening {
            layout: Layout::by_position(columns.count(), syntax),
            kept: Vec::new(),
            rows,
            may_be_header: first.as_ref().is_some_and(|row| may_be_header(row, syntax, options)),
            counts_columns: first.is_some_and(|row| options.has_header.is_none() && counts_columns(&row, syntax)),
        }),
    }
}

/// The separator of a first line `sep=;`, which Excel writes and reads.
pub(super) fn announced_separator(text: &[u8]) -> Option<u8> {
    match text.strip_prefix(b"sep=")? {
        [separator, b'\n' | b'\r', ..] => Syntax::parse_separator(&[*separator]),
        _ => None,
    }
}

fn holds_all_names(record: &Record<'_>, syntax: Syntax, columns: &FieldNames) -> bool {
    let is_possible = check(record, syntax, columns).is_ok_and(|count| count >= columns.count());
    is_possible && missing(&columns_of(&names(record, syntax), columns), columns).is_empty()
}

fn is_all_words(record: &Record<'_>, syntax: Syntax) -> bool {
    fields(record.text, syntax).all(|field| is_word(field, syntax.decimal))
}

fn may_be_header(record: &Record<'_>, syntax: Syntax, options: &ReadOptions) -> bool {
    options.has_header.is_none() && fields(record.text, syntax).any(|field| is_word(field, syntax.decimal))
}

/// Whether the fields are 0, 1, .., two or more of them.
fn counts_columns(record: &Record<'_>, syntax: Syntax) -> bool {
    let mut places = fields(record.text, syntax).enumerate();
    places.all(|(at, field)| field == at.to_string().as_bytes()) && fields(record.text, syntax).nth(1).is_some()
}

/// The layout of a header that does not hold all names.
fn of_other_header(
    header: &Record<'_>,
    syntax: Syntax,
    columns: &FieldNames,
    options: &ReadOptions,
    kept: &[usize],
) -> Result<Layout, BadRecord> {
    if columns.are_generated() {
        let names = names(header, syntax);
        let numbers: Vec<_> = names.iter().zip(0..).map(|(name, at)| columns.position(name.trim(), at)).collect();
        let wrong = |expected, found: usize| {
            let help = help_for_header(header, syntax, columns);
            Err(BadRecord { line: header.line, field: None, expected, found: found.to_string(), help })
        };
        let is_each_there_once = || {
            let found: HashSet<usize> = numbers.iter().flatten().copied().collect();
            found.len() == columns.count() && numbers.iter().flatten().count() == columns.count()
        };
        if numbers.iter().any(Option::is_some) {
            // Some of the names are the model's: if not all of them are, nobody knows what the others stand for.
            if is_each_there_once() {
                return Ok(Layout::new(numbers, columns.count(), syntax));
            }
        } else if names.len() == columns.count() {
            return Ok(Layout::by_position(columns.count(), syntax));
        } else if names.len() - kept.len() == columns.count() {
            let is_column = (0..names.len()).map(|index| !kept.contains(&index));
            return Ok(Layout::by_position_where(is_column, syntax));
        } else {
            return wrong(format!("{} columns, or their names `x0`, `x1`, ..", columns.count()), names.len());
        }
    }
    by_name(header, syntax, columns, options.shows_names)
        .map_err(|error| BadRecord { help: help_for_header(header, syntax, columns), ..error })
}

fn help_for_header(header: &Record<'_>, syntax: Syntax, columns: &FieldNames) -> Option<Help> {
    if std::str::from_utf8(header.text).is_err() {
        return Some(Help::Encoding);
    }
    let separator = || {
        let is_single = fields(header.text, syntax).nth(1).is_none();
        let separator = SEPARATORS.into_iter().find(|other| is_single && header.text.contains(other))?;
        Some(Help::Separator { separator, has_decimal_comma: false })
    };
    let names = || columns.are_generated().then_some(Help::Names);
    Help::for_record(header.text, syntax, columns.count(), "").or_else(separator).or_else(names)
}

/// The fields of the columns to keep.
fn kept(header: &Record<'_>, syntax: Syntax, options: &ReadOptions) -> Result<Vec<usize>, BadRecord> {
    if options.keep.is_empty() {
        return Ok(Vec::new());
    }
    let names = names(header, syntax);
    let find = |wanted: &String| {
        let places = |is_same: &dyn Fn(&str) -> bool| -> Vec<usize> {
            names.iter().zip(0..).filter(|(name, _)| is_same(name)).map(|(_, at)| at).collect()
        };
        let exact = places(&|name| name == wanted);
        let found = if exact.is_empty() { places(&|name| name.trim() == wanted.trim()) } else { exact };
        let wrong = |expected, found| BadRecord { line: header.line, field: None, expected, found, help: None };
        match found[..] {
            [at] => Ok(at),
            [] => {
                let all: Vec<_> = names.iter().zip(0..).map(|(name, at)| (at, name.as_str())).collect();
                let found = found_instead(wanted, &all, names.len(), options.shows_names);
                Err(wrong(format!("a column `{wanted}` to keep"), found))
            }
            _ => Err(wrong(format!("one column `{wanted}` to keep"), found.len().to_string())),
        }
    };
    options.keep.iter().map(find).collect()
}
