//! A pickle's text as the file stores it, and as a message shows it.

use std::borrow::Cow;
use std::fmt;

use crate::escape::shortened;

/// Text as the file stores it.
#[derive(Debug, Clone, Copy)]
pub(in crate::model_file) enum Text<'a> {
    /// Of protocols 1 to 5.
    Utf8(&'a str),
    /// Of protocol 0: Latin-1 with `\u` and four or `\U` and eight hexadecimal digits for other characters. Well-formed.
    Escaped(&'a [u8]),
    /// A `str` of Python 2, all ASCII: text or bytes, as the reader needs.
    Ascii(&'a str),
    /// The same of protocol 0, as Python 2 shows it between quotes, with escapes. Well-formed.
    Quoted(&'a [u8]),
    /// With surrogates, which Python allows in a text and UTF-8 does not: equal to no other text.
    Surrogates(&'a [u8]),
}

/// A `str` of Python 2.
pub(super) enum Python2<'a> {
    Text(Text<'a>),
    /// Not all ASCII: which letters the bytes are, only the program that wrote them knows.
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Python2<'a> {
    /// Bytes as they are.
    pub(super) fn raw(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()) {
            Some(text) => Self::Text(Text::Ascii(text)),
            None => Self::Bytes(Cow::Borrowed(bytes)),
        }
    }

    /// A line of protocol 0: between quotes, with escapes. `None` if it is not well-formed.
    pub(super) fn quoted(line: &'a [u8]) -> Option<Self> {
        let ([first @ (b'\'' | b'"'), inner @ ..], Some(last)) = (line, line.last()) else {
            return None;
        };
        let inner = inner.split_last().filter(|_| first == last)?.1;
        if !inner.contains(&b'\\') {
            return Some(Self::raw(inner));
        }
        let unquoted = Unquote { bytes: inner };
        if unquoted.clone().all(|byte| byte.is_some_and(|byte| byte.is_ascii())) {
            return Some(Self::Text(Text::Quoted(inner)));
        }
        unquoted.collect::<Option<Vec<u8>>>().map(|bytes| Self::Bytes(Cow::Owned(bytes)))
    }
}

impl<'a> Text<'a> {
    /// Text of protocol 0, if it is well-formed.
    pub(super) fn escaped(bytes: &'a [u8]) -> Option<Self> {
        Unescape { bytes }.all(|character| character.is_some()).then_some(Self::Escaped(bytes))
    }

    /// Text of protocols 1 to 5: UTF-8, or that with surrogates in it.
    pub(super) fn raw(bytes: &'a [u8]) -> Option<Self> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(Self::Utf8(text)),
            Err(_) => is_with_surrogates(bytes).then_some(Self::Surrogates(bytes)),
        }
    }

    /// The text, unless it holds surrogates.
    pub(in crate::model_file) fn well_formed(&self) -> Option<Cow<'a, str>> {
        if matches!(self, Self::Surrogates(_)) { None } else { Some(self.decode()) }
    }

    /// Bytes in whose order Python sorts texts: by code points, surrogates among them.
    pub(in crate::model_file) fn sort_key(&self) -> Cow<'a, [u8]> {
        match *self {
            Self::Utf8(text) | Self::Ascii(text) => Cow::Borrowed(text.as_bytes()),
            Self::Surrogates(bytes) => Cow::Borrowed(bytes),
            Self::Escaped(_) | Self::Quoted(_) => Cow::Owned(self.decode().into_owned().into_bytes()),
        }
    }

    /// Its length in the file.
    pub(in crate::model_file) fn bytes(&self) -> usize {
        match self {
            Self::Utf8(text) | Self::Ascii(text) => text.len(),
            Self::Escaped(bytes) | Self::Quoted(bytes) | Self::Surrogates(bytes) => bytes.len(),
        }
    }

    pub(in crate::model_file) fn is(&self, text: &str) -> bool {
        match self {
            Self::Utf8(found) | Self::Ascii(found) => *found == text,
            Self::Surrogates(_) => false,
            Self::Escaped(_) | Self::Quoted(_) => self.chars().eq(text.chars()),
        }
    }

    /// Its characters; bytes of a surrogate are shown as U+FFFD.
    pub(in crate::model_file) fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        let none: &'a [u8] = b"";
        let (plain, escaped, quoted, broken): (&'a str, _, _, _) = match *self {
            Self::Utf8(text) | Self::Ascii(text) => (text, none, none, none),
            Self::Escaped(bytes) => ("", bytes, none, none),
            Self::Quoted(bytes) => ("", none, bytes, none),
            Self::Surrogates(bytes) => ("", none, none, bytes),
        };
        let quoted = Unquote { bytes: quoted }.flatten().map(char::from);
        let broken = broken.utf8_chunks().flat_map(|chunk| {
            let replaced = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
            chunk.valid().chars().chain(replaced)
        });
        plain.chars().chain(Unescape { bytes: escaped }.flatten()).chain(quoted).chain(broken)
    }

    pub(in crate::model_file) fn decode(&self) -> Cow<'a, str> {
        match *self {
            Self::Utf8(text) | Self::Ascii(text) => Cow::Borrowed(text),
            Self::Escaped(_) | Self::Quoted(_) | Self::Surrogates(_) => Cow::Owned(self.chars().collect()),
        }
    }
}

impl<'a> Text<'a> {
    /// The bytes of a `str` of Python 2; `None` for other text, which is no bytes.
    pub(in crate::model_file) fn python_2_bytes(&self) -> Option<Cow<'a, [u8]>> {
        match *self {
            Self::Ascii(text) => Some(Cow::Borrowed(text.as_bytes())),
            Self::Quoted(bytes) => Some(Cow::Owned(Unquote { bytes }.flatten().collect())),
            Self::Utf8(_) | Self::Escaped(_) | Self::Surrogates(_) => None,
        }
    }
}

/// Whether bytes are UTF-8 but for surrogates, each in the three bytes that any other character of its size would have.
fn is_with_surrogates(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Err(error) = std::str::from_utf8(rest) {
        match rest.get(error.valid_up_to()..) {
            Some([0xed, 0xa0..=0xbf, 0x80..=0xbf, behind @ ..]) => rest = behind,
            _ => return false,
        }
    }
    true
}

/// The bytes of a `str` of Python 2 as it shows it; `None` for an escape that it does not write.
#[derive(Clone)]
struct Unquote<'a> {
    bytes: &'a [u8],
}

impl Iterator for Unquote<'_> {
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Self::Item> {
        let (byte, rest) = match self.bytes {
            [] => return None,
            [b'\\', b'x', high, low, rest @ ..] => {
                let digit = |digit: &u8| char::from(*digit).to_digit(16);
                let value = digit(high).zip(digit(low)).map(|(high, low)| (high << 4) | low);
                (value.and_then(|value| u8::try_from(value).ok()), rest)
            }
            [b'\\', letter, rest @ ..] => {
                let byte = match letter {
                    b'\\' | b'\'' | b'"' => Some(*letter),
                    b'n' => Some(b'\n'),
                    b'r' => Some(b'\r'),
                    b't' => Some(b'\t'),
                    _ => None,
                };
                (byte, rest)
            }
            [b'\\'] => (None, &[][..]),
            [byte, rest @ ..] => (Some(*byte), rest),
        };
        self.bytes = rest;
        Some(byte)
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

/// Text from a file as part of a message: escaped, and cut off if it is long.
pub(in crate::model_file) fn printable(text: impl Iterator<Item = char>) -> impl fmt::Display {
    shortened(text, SHOWN_CHARACTERS_MAX)
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
    fn a_str_of_python_2_is_text_or_bytes() {
        let text = |line| match Python2::quoted(line)? {
            Python2::Text(text) => {
                assert!(text.is(&text.decode()));
                assert_eq!(text.python_2_bytes().unwrap(), text.decode().as_bytes());
                Some(text.decode().into_owned())
            }
            Python2::Bytes(bytes) => Some(format!("{bytes:?}")),
        };
        assert_eq!(text(b"'rbf'").as_deref(), Some("rbf"));
        assert_eq!(text(b"''").as_deref(), Some(""));
        assert_eq!(text(b"\"it's\"").as_deref(), Some("it's"));
        assert_eq!(text(b"'\\\\\\'\\\"\\n\\r\\t\\x00\\x7F'").as_deref(), Some("\\'\"\n\r\t\0\x7f"));
        assert_eq!(text(b"'a\\x80'").as_deref(), Some("[97, 128]"));
        assert_eq!(text(b"'\xe9'").as_deref(), Some("[233]"));
        for broken in
            [&b""[..], b"'", b"'a", b"a'", b"'a\"", b"a", b"'\\'", b"'\\x'", b"'\\x4'", b"'\\x4g'", b"'\\q'", b"'\\7'"]
        {
            assert!(Python2::quoted(broken).is_none(), "{broken:?}");
        }
        let Python2::Text(raw) = Python2::raw(b"\\x41") else { panic!("it is ASCII") };
        assert!(raw.is("\\x41"));
        assert!(Text::Utf8("a").python_2_bytes().is_none());
    }

    #[test]
    fn text_in_a_message_is_one_short_line() {
        assert_eq!(printable("a\n\u{1b}[31m".chars()).to_string(), "a\\n\\u{1b}[31m");
        assert_eq!(printable("x".repeat(1000).chars()).to_string(), "x".repeat(80) + "...");
    }
}
