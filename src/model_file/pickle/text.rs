//! A pickle's text as the file stores it, and as a message shows it.

use std::borrow::Cow;
use std::fmt;

/// Text as the file stores it.
#[derive(Debug, Clone, Copy)]
pub(in crate::model_file) enum Text<'a> {
    /// Of protocols 1 to 5.
    Utf8(&'a str),
    /// Of protocol 0: Latin-1 with `\u` and four or `\U` and eight hexadecimal digits for other characters. Well-formed.
    Escaped(&'a [u8]),
}

impl<'a> Text<'a> {
    /// Text of protocol 0, if it is well-formed.
    pub(super) fn escaped(bytes: &'a [u8]) -> Option<Self> {
        Unescape { bytes }.all(|character| character.is_some()).then_some(Self::Escaped(bytes))
    }

    /// Its length in the file.
    pub(in crate::model_file) fn bytes(&self) -> usize {
        match self {
            Self::Utf8(text) => text.len(),
            Self::Escaped(bytes) => bytes.len(),
        }
    }

    pub(in crate::model_file) fn is(&self, text: &str) -> bool {
        match self {
            Self::Utf8(found) => *found == text,
            Self::Escaped(_) => self.chars().eq(text.chars()),
        }
    }

    pub(in crate::model_file) fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        let (utf8, escaped): (&'a str, &'a [u8]) = match *self {
            Self::Utf8(text) => (text, b""),
            Self::Escaped(bytes) => ("", bytes),
        };
        utf8.chars().chain(Unescape { bytes: escaped }.flatten())
    }

    pub(in crate::model_file) fn decode(&self) -> Cow<'a, str> {
        match *self {
            Self::Utf8(text) => Cow::Borrowed(text),
            Self::Escaped(_) => Cow::Owned(self.chars().collect()),
        }
    }
}

/// The characters of escaped text; `None` for a broken escape.
struct Unescape<'a> {
    bytes: &'a [u8],
}

impl Iterator for Unescape<'_> {
    type Item = Option<char>;

    fn next(&mut self) -> Option<Self::Item> {
        let digits = match self.bytes {
            [] => return None,
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            [byte, rest @ ..] => {
                self.bytes = rest;
                return Some(Some(char::from(*byte)));
            }
        };
        let escape = self.bytes.get(2..2 + digits);
        self.bytes = self.bytes.get(2 + digits..).unwrap_or_default();
        let hexadecimal = |digits: &[u8]| {
            digits.iter().try_fold(0_u32, |value, digit| Some((value << 4) | char::from(*digit).to_digit(16)?))
        };
        Some(escape.and_then(hexadecimal).and_then(char::from_u32))
    }
}

/// Text from a file as part of a message: control characters escaped, and cut off if it is long.
pub(in crate::model_file) fn printable(text: impl Iterator<Item = char>) -> impl fmt::Display {
    let mut shown = String::new();
    for (index, character) in text.enumerate() {
        if index == SHOWN_CHARACTERS_MAX {
            shown.push_str("...");
            break;
        }
        shown.extend(character.escape_debug());
    }
    shown
}

/// Characters of the file's own text in a message.
const SHOWN_CHARACTERS_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_protocol_0_are_characters() {
        let text = |bytes| Text::escaped(bytes).map(|text| text.decode().into_owned());
        assert_eq!(text(b"rbf").as_deref(), Some("rbf"));
        assert_eq!(text(b"a\\u005cb\\u000ac\xe9\\U0001f600").as_deref(), Some("a\\b\nc\u{e9}\u{1f600}"));
        assert_eq!(text(b"a\\x").as_deref(), Some("a\\x"));
        for broken in [&b"\\u12"[..], b"\\u12g4", b"\\ud800", b"\\U00110000", b"\\U0001f60"] {
            assert_eq!(text(broken), None, "{broken:?}");
        }
        assert!(Text::escaped(b"a\\u0062").unwrap().is("ab"));
    }

    #[test]
    fn text_in_a_message_is_one_short_line() {
        assert_eq!(printable("a\n\u{1b}[31m".chars()).to_string(), "a\\n\\u{1b}[31m");
        assert_eq!(printable("x".repeat(1000).chars()).to_string(), "x".repeat(80) + "...");
    }
}
