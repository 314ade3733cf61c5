//! How a text is written: what stands between fields, inside numbers, and before comments.

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// Between two fields.
    pub separator: u8,
    /// Between the whole part of a number and its fraction.
    pub decimal: u8,
    /// A line that begins with it is no record.
    pub comment: Option<u8>,
}

impl Default for Syntax {
    /// RFC 4180.
    fn default() -> Syntax {
        Syntax { separator: b',', decimal: b'.', comment: None }
    }
}

impl Syntax {
    /// A separator as people write it: the character itself, `\t` or `tab`.
    pub fn parse_separator(text: &[u8]) -> Option<u8> {
        match text {
            b"\\t" | b"tab" => Some(b'\t'),
            [byte] => Some(*byte).filter(|byte| is_free(*byte) && *byte != b'.' || *byte == b'\t'),
            _ => None,
        }
    }

    /// The first character of a comment.
    pub fn parse_comment(text: &str) -> Option<u8> {
        match text.as_bytes() {
            [byte] if is_free(*byte) => Some(*byte),
            _ => None,
        }
    }
}

/// Whether no number and no name without quotes begins with it.
fn is_free(byte: u8) -> bool {
    byte.is_ascii_punctuation() && !matches!(byte, b'"' | b'+' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_characters_that_neither_a_number_nor_a_quote_has() {
        for (text, separator) in [(",", b','), (";", b';'), ("|", b'|'), ("\t", b'\t'), ("\\t", b'\t'), ("tab", b'\t')]
        {
            assert_eq!(Syntax::parse_separator(text.as_bytes()), Some(separator), "{text:?}");
        }
        for text in ["", ";;", "\"", ".", "-", "+", "_", "1", "e", " ", "\n", "\r", "é"] {
            assert_eq!(Syntax::parse_separator(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(
            ["#", "%", "\"", "x", "##", ""].map(Syntax::parse_comment),
            [Some(b'#'), Some(b'%'), None, None, None, None]
        );
    }
}
