//! Records: where they end.

use std::io::BufRead;

use super::Syntax;
use super::bytes::{count, has_quotes_or_returns};
use super::quotes::Quotes;

/// Bytes of one record, at most. A longer one is a quote that nobody closed, or not CSV at all.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// Finds where the last complete record of a growing text ends, looking at each byte once.
#[derive(Debug, Default)]
pub struct Scan {
    syntax: Syntax,
    /// Bytes looked at.
    scanned: usize,
    quotes: Quotes,
    complete: usize,
}

impl Scan {
    /// Nothing has been looked at yet.
    pub fn new(syntax: Syntax) -> Scan {
        Scan { syntax, ..Scan::default() }
    }

    /// Bytes of `text` up to and including its last line end outside quotes. `text` begins with what the last call was given. A
    /// CR at the very end waits for the byte after it, which may be the LF of the same line end.
    pub fn complete_len(&mut self, text: &[u8]) -> usize {
        let new = text.get(self.scanned..).unwrap_or_default();
        if !self.quotes.is_open() && (!has_quotes_or_returns(new) || !new.contains(&b'"')) {
            let before_last = new.strip_suffix(b"\r").unwrap_or(new);
            if let Some(at) = before_last.iter().rposition(|&byte| is_line_end(byte)) {
                self.scanned += at + 1;
                self.complete = self.scanned;
                self.quotes = Quotes::Line;
            }
        }
        let mut rest = text.get(self.scanned..).unwrap_or_default();
        while let [byte, after @ ..] = rest {
            let is_end = match (byte, after) {
                _ if self.quotes.is_open() => false,
                (b'\r', []) => break,
                (b'\r', [b'\n', ..]) => false,
                _ => is_line_end(*byte),
            };
            self.scanned += 1;
            self.quotes = self.quotes.after(*byte, self.syntax);
            if is_end {
                self.complete = self.scanned;
            }
            rest = after;
        }
        self.complete
    }

    /// To be called once the complete records have been taken off the start.
    pub fn take(&mut self) {
        self.scanned = self.scanned.saturating_sub(self.complete);
        self.complete = 0;
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Line ends in a text: LF, CR LF and CR.
pub fn count_lines(text: &[u8]) -> usize {
    let (lf, cr) = (count(text, b'\n'), count(text, b'\r'));
    match cr {
        0 => lf,
        _ => lf + cr - text.windows(2).filter(|pair| *pair == b"\r\n").count(),
    }
}

/// One record, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Lines before it.
    pub line: usize,
    /// Its fields and what separates them.
    pub text: &'a [u8],
    /// Whether the text ends inside quotes: then nobody knows how many rows were meant.
    pub is_open: bool,
}

/// The records of a text, without empty lines and comments.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    syntax: Syntax,
    rest: &'a [u8],
    line: usize,
    /// There are no quotes and no CR: a record ends at the next LF.
    is_plain: bool,
    /// A CR alone has been seen, so looking for the next LF first may mean to look at all that is left.
    is_bytewise: bool,
}

impl<'a> Records<'a> {
    /// The records of `text`, whose last one needs no line end.
    pub fn new(text: &'a [u8], syntax: Syntax) -> Records<'a> {
        let is_plain = !has_quotes_or_returns(text);
        Records { syntax, rest: text, line: 0, is_plain, is_bytewise: false }
    }

    /// What follows the records taken so far, and the lines before it.
    pub fn rest(&self) -> (&'a [u8], usize) {
        (self.rest, self.line)
    }

    /// Takes everything up to the next LF, and the LF too.
    fn take_line(&mut self) -> &'a [u8] {
        let mut after = self.rest;
        // Reading from memory cannot fail.
        let length = after.skip_until(b'\n').unwrap_or_default();
        let taken = self.rest.get(..length).unwrap_or_default();
        (self.rest, self.line) = (after, self.line + 1);
        taken.strip_suffix(b"\n").unwrap_or(taken)
    }

    #[cold]
    fn take_with_care(&mut self) -> Record<'a> {
        if !self.is_bytewise {
            let before = self.clone();
            let text = self.take_line();
            let is_end = text.len() < before.rest.len();
            let text = if is_end { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
            let has_return = text.contains(&b'\r');
            if !has_return && !text.contains(&b'"') {
                return Record { line: before.line, text, is_open: false };
            }
            *self = before;
            self.is_bytewise = has_return;
        }
        self.take_bytewise()
    }

    fn take_bytewise(&mut self) -> Record<'a> {
        let line = self.line;
        let mut quotes = Quotes::Line;
        let end = self.rest.iter().position(|&byte| {
            let is_end = is_line_end(byte) && !quotes.is_open();
            if !is_end {
                quotes = quotes.after(byte, self.syntax);
            }
            is_end
        });
        let (text, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = match after {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => after,
        };
        self.line += 1 + count_lines(text);
        Record { line, text, is_open: quotes.is_open() }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let line = self.line;
            let record = match self.is_plain {
                true => Record { line, text: self.take_line(), is_open: false },
                false => self.take_with_care(),
            };
            let is_comment = self.syntax.comment.is_some_and(|comment| record.text.starts_with(&[comment]));
            if !is_comment && !record.text.trim_ascii().is_empty() {
                return Some(record);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMENTS: Syntax = Syntax { separator: b',', decimal: b'.', comment: Some(b'#') };

    fn records(text: &str) -> Vec<(usize, &str)> {
        let records = Records::new(text.as_bytes(), COMMENTS);
        records.map(|record| (record.line, std::str::from_utf8(record.text).unwrap())).collect()
    }

    #[test]
    fn records_end_at_line_ends_outside_quotes_and_know_their_line() {
        let expected = [(0, "a,\"b\nc\""), (4, "1,2"), (5, "3,4")];
        assert_eq!(records("a,\"b\nc\"\r\n\r\n  \n1,2\n3,4"), expected);
        assert_eq!(records("a,\"b\nc\"\r\r  \r\n1,2\r3,4\r"), expected);
        assert_eq!(records("a,\"b\nc\"\r\n\n \r1,2\n3,4\r\n"), expected);
        assert_eq!(records("1\r2\r\n3\n4\n\r5"), [(0, "1"), (1, "2"), (2, "3"), (3, "4"), (5, "5")]);
        assert_eq!(records("\"\r\",\"\r\n\"\r1"), [(0, "\"\r\",\"\r\n\""), (3, "1")]);
    }

    #[test]
    fn comments_are_no_records_whatever_is_in_them() {
        let text = "#\n# it's \"5\"\" wide\na,b # c\n#\r\n\"#\n#\",1\n #,2\n#";
        assert_eq!(records(text), [(2, "a,b # c"), (4, "\"#\n#\",1"), (6, " #,2")]);
    }

    #[test]
    fn a_quote_opens_at_the_start_of_a_field_alone_and_one_that_is_never_closed_is_told() {
        assert_eq!(records("5\" disk\n6\" disk\n"), [(0, "5\" disk"), (1, "6\" disk")]);
        let open = |text: &str| Records::new(text.as_bytes(), COMMENTS).last().unwrap().is_open;
        assert!(open("1\n2,\"a\n3") && open("\"") && open("1,\"a\"\"\n"));
        assert!(!open("1\n2,\"a\"\n3") && !open("1,\"a\"\"\"\n") && !open("1,a\""));
    }

    #[test]
    fn a_scan_finds_the_last_record_end_however_the_text_grows() {
        for (text, len) in [
            ("a,\"b\nc\"\r\n1,2\n3,4", 13),
            ("1,\"2\n3", 0),
            ("1,2\n3", 4),
            ("", 0),
            ("\"\n\"\n", 4),
            ("1\r2\r3", 4),
            ("1\r2\r", 2),
            ("1\r2\r\n", 5),
            ("\"\r\"\r\"\r", 4),
            ("5\"\n6\"\r", 3),
            ("# \"\n1", 4),
            ("\r\r\r", 2),
        ] {
            assert_eq!(Scan::new(COMMENTS).complete_len(text.as_bytes()), len, "{text:?}");
            let mut scan = Scan::new(COMMENTS);
            let grown = (0..=text.len()).map(|end| scan.complete_len(&text.as_bytes()[..end])).last();
            assert_eq!(grown, Some(len), "{text:?}");
        }
        let mut scan = Scan::default();
        assert_eq!(scan.complete_len(b"1\n\"2"), 2);
        scan.take();
        assert_eq!(scan.complete_len(b"\"2\n"), 0);
        assert_eq!(scan.complete_len(b"\"2\n\"\n3"), 5);
    }

    #[test]
    fn records_do_not_depend_on_where_a_text_is_cut() {
        let mut seed = 1_u64;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in 0..5_000 {
            let length = random(30);
            let text: Vec<u8> = (0..length).map(|_| b"a1,,\"\"\n\n\r\r# "[random(12)]).collect();
            let whole: Vec<_> = Records::new(&text, COMMENTS).collect();
            for end in 0..=length {
                let mut scan = Scan::new(COMMENTS);
                scan.complete_len(&text[..random(end + 1)]);
                let complete = scan.complete_len(&text[..end]);
                assert_eq!(complete, Scan::new(COMMENTS).complete_len(&text[..end]), "{text:?} {end}");
                let (first, rest) = text.split_at(complete);
                let lines = count_lines(first);
                let after = Records::new(rest, COMMENTS).map(|record| Record { line: record.line + lines, ..record });
                let both: Vec<_> = Records::new(first, COMMENTS).chain(after).collect();
                assert_eq!(both, whole, "{text:?} {end}");
            }
        }
    }

    #[test]
    fn a_file_of_many_ends_takes_linear_time() {
        for text in ["1\r".repeat(1_000_000), format!("1\r\n{}", "1\r".repeat(1_000_000))] {
            assert!(Records::new(text.as_bytes(), COMMENTS).count() >= 1_000_000);
        }
    }

    #[test]
    fn each_line_end_counts_once() {
        for (text, count) in [("", 0), ("a", 0), ("\n\r\r\n\r", 4), ("a\r\nb\r\n", 2), ("\r\n\n\r", 3)] {
            assert_eq!(count_lines(text.as_bytes()), count, "{text:?}");
        }
    }
}
