//! Text from files, clients and variables, made safe for a terminal or a log: on one line, and with nothing that controls either.
//!
//! In: any text. Out: the same, with its control characters, line ends, marks of direction and invisible characters as escapes.
//! Letters of all scripts stay as they are, and so do quotes and backslashes: what has been escaped once is not escaped again.
//! Which characters can be shown is the standard library's table. This room imports nothing.

use std::fmt::{self, Write};

/// A text whose Display is one line that controls nothing.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(&'a str);

/// A text whose Display is one word of such a line, in double quotes.
#[derive(Debug, Clone, Copy)]
pub struct QuotedText<'a>(&'a str);

/// The text as a message may show it.
pub fn escaped(text: &str) -> Escaped<'_> {
    Escaped(text)
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| write_char(f, character))
    }
}

/// The text in double quotes, with its own quotes and backslashes escaped too.
pub fn quoted(text: &str) -> QuotedText<'_> {
    QuotedText(text)
}

impl fmt::Display for QuotedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug goes by the same table.
        write!(f, "{:?}", self.0)
    }
}

/// Writes one character, escaped if it cannot be shown: as `\n`, `\r`, `\t`, `\0` or `\u{1b}`.
///
/// # Errors
/// Those of `out`.
pub fn write_char(out: &mut impl Write, character: char) -> fmt::Result {
    if is_shown(character) { out.write_char(character) } else { write!(out, "{}", character.escape_debug()) }
}

/// The first `characters_max` characters as a message may show them; three dots stand for the others.
pub fn shortened(text: impl IntoIterator<Item = char>, characters_max: usize) -> String {
    let mut shown = String::new();
    for (index, character) in text.into_iter().enumerate() {
        if index == characters_max {
            shown.push_str("...");
            break;
        }
        // Writing to a String cannot fail.
        let _ = write_char(&mut shown, character);
    }
    shown
}

/// JSON that means the same, with everything in its strings escaped that cannot be shown. JSON itself asks for that below U+0020
/// only (RFC 8259 section 7).
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Below U+0020 there are only blanks between the values.
        if character < ' ' || is_shown(character) {
            shown.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    shown
}

fn is_shown(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // With a letter before it, a combining mark has something to stand on.
    let mut bytes = [b'x', 0, 0, 0, 0];
    let len = bytes.get_mut(1..).map_or(0, |rest| character.encode_utf8(rest).len());
    let pair = bytes.get(..=len).and_then(|pair| std::str::from_utf8(pair).ok()).unwrap_or_default();
    pair.escape_debug().eq(['x', character])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_what_people_write_is_not() {
        for (text, shown) in [
            ("a\nb\r\t\0", "a\\nb\\r\\t\\0"),
            ("\u{1b}[2J\u{7}\u{7f}", "\\u{1b}[2J\\u{7}\\u{7f}"),
            ("\u{9b}31m\u{85}", "\\u{9b}31m\\u{85}"),
            ("\u{202e}gnp\u{2066}\u{200f}\u{61c}", "\\u{202e}gnp\\u{2066}\\u{200f}\\u{61c}"),
            ("\u{2028}\u{feff}\u{200b}\u{ad}\u{e0041}", "\\u{2028}\\u{feff}\\u{200b}\\u{ad}\\u{e0041}"),
        ] {
            assert_eq!(escaped(text).to_string(), shown);
            assert_eq!(escaped(shown).to_string(), shown, "escaped twice");
        }
        for text in ["", "it's a \"\\u{1b}\"", "café", "cafe\u{301}", "กิ่ง", "हिन्दी", "עברית", "花", "🌸", "½ µm²"]
        {
            assert_eq!(escaped(text).to_string(), text);
        }
    }

    #[test]
    fn a_quoted_text_cannot_end_its_quotes() {
        assert_eq!(quoted("a \" b\\\n\u{202e}é").to_string(), "\"a \\\" b\\\\\\n\\u{202e}é\"");
        assert_eq!(quoted("").to_string(), "\"\"");
    }

    #[test]
    fn json_has_escapes_of_its_own() {
        let text = "{\n  \"a\u{202e}\": \"\\u001b\u{7f}\u{9b}\u{e0041} é\"\n}";
        assert_eq!(json(text), "{\n  \"a\\u202e\": \"\\u001b\\u007f\\u009b\\udb40\\udc41 é\"\n}");
    }
}
