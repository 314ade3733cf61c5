//! What a pickle holds, as inert data: values in one arena, which name each other by index.
//!
//! A value shared by many is stored once, a cycle is only an index, and dropping the arena visits each value once: neither depth
//! nor sharing costs anything.

use std::borrow::Cow;
use std::fmt;

use super::globals::Global;

/// A value's index in its arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::model_file) struct Id(u32);

/// One value. Texts and bytes are those of the file, not copied.
#[derive(Debug)]
pub(in crate::model_file) enum Value<'a> {
    None,
    Boolean(bool),
    Integer(i64),
    /// An integer of more than 64 bits; nothing that is read here has one.
    LargeInteger,
    Float(f64),
    Text(Text<'a>),
    Bytes(&'a [u8]),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// In the file's order; of equal keys the last one counts.
    Dict(Vec<(Id, Id)>),
    /// A class or function, by name only.
    Global(&'static Global),
    /// What Python would make by calling `global` with the tuple `arguments` and then setting `state`.
    Object {
        global: &'static Global,
        arguments: Id,
        state: Option<Id>,
    },
    /// An array in joblib's form.
    Joblib {
        /// The dict of joblib's wrapper.
        wrapper: Id,
        content: JoblibContent<'a>,
    },
}

/// The items of an array in joblib's form.
#[derive(Debug, Clone, Copy)]
pub(in crate::model_file) enum JoblibContent<'a> {
    /// The items' bytes one after the other.
    Raw(&'a [u8]),
    /// An array that was pickled by itself, as joblib does it for Python objects.
    Pickled(Id),
}

/// All values of one file.
#[derive(Debug, Default)]
pub(in crate::model_file) struct Values<'a> {
    nodes: Vec<Value<'a>>,
}

impl<'a> Values<'a> {
    /// Stores a value.
    pub(super) fn push(&mut self, value: Value<'a>) -> Result<Id, String> {
        if self.nodes.len() >= VALUES_MAX {
            return Err(format!("expected at most {VALUES_MAX} values, found more"));
        }
        let id = u32::try_from(self.nodes.len()).map_err(|_| "expected fewer values".to_owned())?;
        self.nodes.push(value);
        Ok(Id(id))
    }

    pub(in crate::model_file) fn get(&self, id: Id) -> &Value<'a> {
        self.nodes.get(id.0 as usize).unwrap_or(&Value::None)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Value<'a>> {
        self.nodes.get_mut(id.0 as usize)
    }

    /// The items of a tuple.
    pub(in crate::model_file) fn tuple(&self, id: Id) -> Option<&[Id]> {
        if let Value::Tuple(items) = self.get(id) { Some(items) } else { None }
    }

    /// The entries of a dict.
    pub(in crate::model_file) fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        if let Value::Dict(entries) = self.get(id) { Some(entries) } else { None }
    }

    /// Whether a value is this text.
    pub(in crate::model_file) fn is_text(&self, id: Id, text: &str) -> bool {
        matches!(self.get(id), Value::Text(found) if found.is(text))
    }

    /// The value of a dict's entry with this text as its key.
    pub(in crate::model_file) fn entry(&self, entries: &[(Id, Id)], key: &str) -> Option<Id> {
        entries.iter().rev().find(|(found, _)| self.is_text(*found, key)).map(|(_, value)| *value)
    }

    /// What a value is, for a message; one short line whatever the file holds.
    pub(in crate::model_file) fn describe(&self, id: Id) -> String {
        match self.get(id) {
            Value::None => "None".to_owned(),
            Value::Boolean(true) => "True".to_owned(),
            Value::Boolean(false) => "False".to_owned(),
            Value::Integer(value) => value.to_string(),
            Value::LargeInteger => "an integer of more than 64 bits".to_owned(),
            Value::Float(value) => format!("{value:?}"),
            Value::Text(text) => format!("`{}`", printable(text.chars())),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Tuple(items) => format!("a tuple of {} items", items.len()),
            Value::List(items) => format!("a list of {} items", items.len()),
            Value::Dict(entries) => format!("a dict of {} entries", entries.len()),
            Value::Global(global) => format!("`{global}` itself"),
            Value::Object { global, .. } => global.noun(),
            Value::Joblib { .. } => "an array".to_owned(),
        }
    }
}

/// Text as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(in crate::model_file) enum Text<'a> {
    /// Of protocols 1 to 5.
    Utf8(&'a str),
    /// Of protocol 0: Latin-1, where `\u` and four or `\U` and eight hexadecimal digits stand for a character. Well-formed.
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

/// The characters of escaped text; `None` for an escape that is not one.
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

/// Text of a file as part of a message: no control characters, and cut off when it is long.
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

/// Values in a file. A model has a few hundred, and one for each name of a column and each setting that a search tried;
/// at about 100 bytes each with all that belongs to them it keeps a hostile file near 25 MiB.
pub(in crate::model_file) const VALUES_MAX: usize = 1 << 18;

/// Characters of the file's own text in a message.
const SHOWN_CHARACTERS_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value<'_>>() <= 32, "{}", size_of::<Value<'_>>());
    }

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
