//! Records and fields: where they end, and what their quotes stand for.

use std::borrow::Cow;
use std::io::BufRead;

/// Bytes of one record, at most. A longer one is a quote that nobody closed, or not CSV at all.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// Finds where the last complete record of a growing text ends, looking at each byte once.
#[derive(Debug, Default)]
pub struct Scan {
    /// Bytes looked at.
    scanned: usize,
    is_quoted: bool,
    complete: usize,
}

impl Scan {
    /// Bytes of `text` up to and including its last line end outside quotes. `text` begins with what the last call was given.
    pub fn complete_len(&mut self, text: &[u8]) -> usize {
        let new = text.get(self.scanned..).unwrap_or_default();
        if self.is_quoted || new.contains(&b'"') {
            for (byte, end) in new.iter().zip(self.scanned + 1..) {
                match byte {
                    b'"' => self.is_quoted = !self.is_quoted,
                    b'\n' if !self.is_quoted => self.complete = end,
                    _ => {}
                }
            }
        } else if let Some(at) = new.iter().rposition(|&byte| byte == b'\n') {
            self.complete = self.scanned + at + 1;
        }
        self.scanned = text.len();
        self.complete
    }

    /// To be called once the complete records have been taken off the start.
    pub fn take(&mut self) {
        self.scanned -= self.complete;
        self.complete = 0;
    }
}

/// One record, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Lines before it.
    pub line: usize,
    /// Its fields and commas.
    pub text: &'a [u8],
}

/// The non-empty records of a text.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Records<'a> {
    /// The records of `text`, whose last one needs no line end.
    pub fn new(text: &'a [u8]) -> Records<'a> {
        Records { rest: text, line: 0 }
    }

    /// What follows the records taken so far, and the lines before it.
    pub fn rest(&self) -> (&'a [u8], usize) {
        (self.rest, self.line)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let line = self.line;
            let text = split_at(&mut self.rest, b'\n');
            self.line += 1;
            // Only a quoted field can hold a line end.
            if text.contains(&b'"') {
                self.line += text.iter().filter(|&&byte| byte == b'\n').count();
            }
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if !text.trim_ascii().is_empty() {
                return Some(Record { line, text });
            }
        }
        None
    }
}

/// Takes everything up to the first `separator` outside quotes off the start of `rest`, and the separator too.
fn split_at<'a>(rest: &mut &'a [u8], separator: u8) -> &'a [u8] {
    let mut after = *rest;
    // Reading from memory cannot fail.
    let count = after.skip_until(separator).unwrap_or_default();
    let taken = rest.get(..count).unwrap_or_default();
    if !taken.contains(&b'"') {
        *rest = after;
        return taken.strip_suffix(&[separator]).unwrap_or(taken);
    }
    let mut is_quoted = false;
    let end = rest.iter().position(|&byte| {
        is_quoted ^= byte == b'"';
        byte == separator && !is_quoted
    });
    let (taken, after) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = after.get(1..).unwrap_or_default();
    taken
}

/// The fields of a record, quotes and white space included.
pub(super) fn fields(mut record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let before = record.len();
        let field = split_at(&mut record, b',');
        // A comma at the very end opens one more, empty field.
        is_over = field.len() == before;
        Some(field)
    })
}

/// A record's fields as text, without the white space around them and their outer quotes; doubled quotes become single ones.
pub fn texts(record: &[u8]) -> Vec<String> {
    fields(record).map(|field| String::from_utf8_lossy(&unquoted(field)).into_owned()).collect()
}

/// The field that a reader of CSV reads as this text.
pub fn field(text: &str) -> Vec<u8> {
    // An empty line would be skipped.
    let is_plain = !text.is_empty() && !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
    if is_plain { text.as_bytes().to_vec() } else { format!("\"{}\"", text.replace('"', "\"\"")).into_bytes() }
}

pub(super) fn unquoted(field: &[u8]) -> Cow<'_, [u8]> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_at_line_ends_outside_quotes_and_know_their_line() {
        let text = b"a,\"b\nc\"\r\n\r\n  \n1,2\n3,4";
        let records: Vec<_> = Records::new(text).map(|record| (record.line, record.text)).collect();
        assert_eq!(records, [(0, b"a,\"b\nc\"".as_slice()), (4, b"1,2"), (5, b"3,4")]);
    }

    #[test]
    fn a_scan_finds_the_last_record_end_however_the_text_grows() {
        for (text, len) in [("a,\"b\nc\"\r\n1,2\n3,4", 13), ("1,\"2\n3", 0), ("1,2\n3", 4), ("", 0), ("\"\n\"\n", 4)] {
            assert_eq!(Scan::default().complete_len(text.as_bytes()), len, "{text}");
            let mut scan = Scan::default();
            let grown = (0..=text.len()).map(|end| scan.complete_len(&text.as_bytes()[..end])).last();
            assert_eq!(grown, Some(len), "{text}");
        }
        let mut scan = Scan::default();
        assert_eq!(scan.complete_len(b"1\n\"2"), 2);
        scan.take();
        assert_eq!(scan.complete_len(b"\"2\n"), 0);
        assert_eq!(scan.complete_len(b"\"2\n\"\n3"), 5);
    }

    #[test]
    fn fields_lose_their_quotes_and_the_white_space_around_them() {
        assert_eq!(texts(b" a ,\"b, or \"\"c\"\"\",,\"\",x\"y"), ["a", "b, or \"c\"", "", "", "x\"y"]);
        assert_eq!(texts(b"1,"), ["1", ""]);
        assert_eq!(texts(b"1"), ["1"]);
    }

    #[test]
    fn labels_are_quoted_where_a_reader_needs_it() {
        let field = |text| String::from_utf8(super::field(text)).unwrap();
        assert_eq!(
            ["a b", "a,b", "say \"x\"", " a", "-1", ""].map(field),
            ["a b", "\"a,b\"", "\"say \"\"x\"\"\"", "\" a\"", "-1", "\"\""]
        );
    }
}
