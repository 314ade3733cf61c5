//! The flags that say how a CSV file is written, and how errors point to them.

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};
use crate::api::csv::{Help, ReadOptions, Syntax};

/// How the input is written.
pub(super) const READING: &[Flag] = &[
    flag("--header present|absent", "whether the first record is a header").default("detected"),
    flag("--separator CHAR", "field separator; \\t for a tab")
        .default("a comma, or a tab or semicolon if the header proves it"),
    flag("--decimal CHAR", "decimal point or comma; with a comma, semicolons separate fields").default("."),
    flag("--comment CHAR", "skip lines that begin with this character"),
];

/// What is known of the input.
pub(super) fn options(arguments: &Arguments) -> Result<ReadOptions, Error> {
    let has_header = arguments.choice("--header", &[("present", true), ("absent", false)])?;
    let separator = arguments
        .value("--separator", "one character such as ; or \\t", |text| Syntax::parse_separator(text.as_bytes()))?;
    let decimal = arguments.value("--decimal", "a point or a comma", |text| match text {
        "." => Some(b'.'),
        "," => Some(b','),
        _ => None,
    })?;
    let comment = arguments.value("--comment", "one character such as #", Syntax::parse_comment)?;
    if comment.is_some() && comment == separator {
        return Err(Error::Usage("--comment: expected a character other than the separator".to_owned()));
    }
    Ok(ReadOptions {
        has_header,
        separator,
        decimal: decimal.unwrap_or(b'.'),
        comment,
        keep: Vec::new(),
        shows_names: true,
    })
}

/// What to type, appended to an error.
pub(super) fn advice(help: Help) -> String {
    match help {
        Help::Separator { separator, has_decimal_comma } => {
            let separator = String::from_utf8_lossy(&[separator]).replace('\t', "\\t");
            let decimal = if has_decimal_comma { " --decimal ','" } else { "" };
            format!("; if that separates the fields: --separator '{separator}'{decimal}")
        }
        Help::DecimalComma => "; if that is a decimal comma: --decimal ','".to_owned(),
        Help::DecimalPoint => "; if all numbers are like that, leave out --decimal ','".to_owned(),
        Help::Comment(first) => format!("; if that is a comment: --comment '{}'", char::from(first)),
        Help::Header => "; if this is a header: --header present".to_owned(),
        Help::Encoding => "; save the file in UTF-8".to_owned(),
        Help::Names => "; --feature-names A,B,.. gives names to a model that has none".to_owned(),
    }
}
