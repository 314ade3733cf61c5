//! The fields of a record, and what their quotes stand for.

use std::borrow::Cow;
use std::io::BufRead;

use super::Syntax;
use super::quotes::Quotes;

/// The fields of a record, quotes and white space included.
pub fn fields(mut record: &[u8], syntax: Syntax) -> impl Iterator<Item = &[u8]> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let before = record.len();
        let field = take_field(&mut record, syntax);
        // A separator at the very end opens one more, empty field.
        is_over = field.len() == before;
        Some(field)
    })
}

/// Takes everything up to the first separator outside quotes off the start of `rest`, and the separator too.
fn take_field<'a>(rest: &mut &'a [u8], syntax: Syntax) -> &'a [u8] {
    let mut after = *rest;
    // Reading from memory cannot fail.
    let count = after.skip_until(syntax.separator).unwrap_or_default();
    let taken = rest.get(..count).unwrap_or_default();
    if !taken.contains(&b'"') {
        *rest = after;
        return taken.strip_suffix(&[syntax.separator]).unwrap_or(taken);
    }
    let mut quotes = Quotes::Field;
    let end = rest.iter().position(|&byte| {
        let is_end = byte == syntax.separator && !quotes.is_open();
        quotes = quotes.after(byte, syntax);
        is_end
    });
    let (taken, after) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = after.get(1..).unwrap_or_default();
    taken
}

/// A record's fields as text, without the white space around them and their outer quotes; doubled quotes become single ones.
pub fn texts(record: &[u8], syntax: Syntax) -> Vec<String> {
    fields(record, syntax).map(|field| String::from_utf8_lossy(&unquoted(field)).into_owned()).collect()
}

/// What a field says, to the last blank: white space around a field without quotes belongs to it.
pub fn exact(field: &[u8]) -> Cow<'_, [u8]> {
    match field.trim_ascii() {
        [b'"', .., b'"'] => unquoted(field),
        _ => Cow::Borrowed(field),
    }
}

/// Whether a field stands between quotes.
pub(super) fn is_quoted(field: &[u8]) -> bool {
    matches!(field.trim_ascii(), [b'"', .., b'"'])
}

/// A field without the white space around it and its outer quotes; doubled quotes become single ones.
pub fn unquoted(field: &[u8]) -> Cow<'_, [u8]> {
    let field = field.trim_ascii();
    match field {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'"') => Cow::Borrowed(inner),
        [b'"', inner @ .., b'"'] => {
            let mut after_quote = false;
            let halved = inner.iter().copied().filter(|&byte| {
                after_quote = byte == b'"' && !after_quote;
                !after_quote
            });
            Cow::Owned(halved.collect())
        }
        _ => Cow::Borrowed(field),
    }
}

/// The field that a reader of CSV reads as this text, between commas or alone on its line.
pub fn field(text: &str) -> Vec<u8> {
    // An empty line would be skipped.
    if text.is_empty() { b"\"\"".to_vec() } else { field_of(text.as_bytes()).into_owned() }
}

/// The field that a reader of CSV reads as these bytes, between commas.
pub fn field_of(text: &[u8]) -> Cow<'_, [u8]> {
    let is_plain = !text.iter().any(|byte| b",\"\n\r".contains(byte)) && text.trim_ascii() == text;
    if is_plain {
        return Cow::Borrowed(text);
    }
    let mut quoted = vec![b'"'];
    for byte in text {
        quoted.extend(std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"')));
    }
    quoted.push(b'"');
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts_of(record: &str) -> Vec<String> {
        texts(record.as_bytes(), Syntax::default())
    }

    #[test]
    fn fields_lose_their_quotes_and_the_white_space_around_them() {
        assert_eq!(texts_of(" a ,\"b, or \"\"c\"\"\",,\"\",x\"y"), ["a", "b, or \"c\"", "", "", "x\"y"]);
        assert_eq!(texts_of("1,"), ["1", ""]);
        assert_eq!(texts_of("1"), ["1"]);
    }

    #[test]
    fn a_quote_opens_at_the_start_of_a_field_alone() {
        assert_eq!(texts_of("5\" pipe,6\" pipe, \"a,b\" ,c"), ["5\" pipe", "6\" pipe", "a,b", "c"]);
        assert_eq!(texts_of("\"a\" x,\"b"), ["\"a\" x", "\"b"]);
        let tabs = Syntax { separator: b'\t', ..Syntax::default() };
        assert_eq!(texts(b"\"a\tb\"\t\t\"c\"", tabs), ["a\tb", "", "c"]);
    }

    #[test]
    fn blanks_belong_to_a_name_unless_they_stand_outside_its_quotes() {
        for (field, text) in [(" a ", " a "), (" \" a\" ", " a"), ("\"a \"", "a "), ("\"\"", ""), ("\"", "\"")] {
            assert_eq!(exact(field.as_bytes()).as_ref(), text.as_bytes(), "{field}");
        }
    }

    #[test]
    fn texts_are_quoted_where_a_reader_needs_it() {
        let field = |text| String::from_utf8(super::field(text)).unwrap();
        assert_eq!(
            ["a b", "a,b", "say \"x\"", " a", "-1", "", "a\rb"].map(field),
            ["a b", "\"a,b\"", "\"say \"\"x\"\"\"", "\" a\"", "-1", "\"\"", "\"a\rb\""]
        );
        assert_eq!(field_of(b"").as_ref(), b"");
    }
}
