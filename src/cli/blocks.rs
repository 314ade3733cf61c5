//! A CSV stream in blocks of whole records, about one read each, so that what is there is answered without waiting for more.

use std::io::{self, Read};

use super::text_input::TextStream;
use crate::api::csv::{RECORD_BYTES_MAX, Scan, Syntax, count, count_lines};

/// Bytes of one read.
const READ_BYTES: usize = 256 << 10;

/// What the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InputFormat {
    /// CSV.
    Csv,
    /// Each line is a document, an empty one too.
    Lines,
    /// Each line is a row in JSON; empty ones are skipped.
    JsonLines,
}

/// Whole records, and their place in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) text: Vec<u8>,
    /// Lines before the block.
    pub(super) lines_before: usize,
}

/// The stream, as blocks.
pub(super) struct BlockReader {
    input: TextStream,
    /// Bytes that are read but not yet part of a block.
    pending: Vec<u8>,
    /// Where records end; lines end everywhere where there is none.
    scan: Option<Scan>,
    lines: usize,
    is_over: bool,
}

impl BlockReader {
    pub(super) fn new(input: TextStream, syntax: Syntax) -> BlockReader {
        BlockReader { input, pending: Vec::new(), scan: Some(Scan::new(syntax)), lines: 0, is_over: false }
    }

    /// The stream in blocks of whole lines, whatever stands in them.
    pub(super) fn of_lines(input: TextStream) -> BlockReader {
        BlockReader { input, pending: Vec::new(), scan: None, lines: 0, is_over: false }
    }

    /// Takes the first block back, so that it is returned again, cut as this syntax requires.
    pub(super) fn restart(&mut self, mut block: Block, syntax: Syntax) {
        self.lines = block.lines_before;
        block.text.append(&mut self.pending);
        (self.pending, self.scan) = (block.text, Some(Scan::new(syntax)));
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// The system's, and a record above [`RECORD_BYTES_MAX`].
    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        loop {
            let len = match &mut self.scan {
                _ if self.is_over => self.pending.len(),
                Some(scan) => scan.complete_len(&self.pending),
                None => self.pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1),
            };
            if len > 0 {
                return Ok(Some(self.take(len)));
            }
            if self.is_over {
                return Ok(None);
            }
            if self.pending.len() > RECORD_BYTES_MAX {
                let problem = format!(
                    "line {}: expected a record of at most {RECORD_BYTES_MAX} bytes, found a longer one; is a closing \
                     quote missing?",
                    self.lines + 1
                );
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> io::Result<()> {
        let before = self.pending.len();
        self.pending.resize(before + READ_BYTES, 0);
        let outcome = loop {
            match self.input.read(self.pending.get_mut(before..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.pending.truncate(before + outcome.as_ref().copied().unwrap_or_default());
        self.is_over = outcome? == 0;
        Ok(())
    }

    fn take(&mut self, len: usize) -> Block {
        if let Some(scan) = &mut self.scan {
            scan.take();
        }
        let rest = self.pending.split_off(len);
        let text = std::mem::replace(&mut self.pending, rest);
        let block = Block { text, lines_before: self.lines };
        self.lines += match self.scan {
            Some(_) => count_lines(&block.text),
            None => count(&block.text, b'\n'),
        };
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one part a read.
    struct PartReader(Vec<&'static [u8]>);

    impl Read for PartReader {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let part = self.0.remove(0);
            buffer[..part.len()].copy_from_slice(part);
            Ok(part.len())
        }
    }

    fn blocks(parts: &[&'static [u8]]) -> Vec<(String, usize)> {
        let mut blocks = BlockReader::new(Box::new(PartReader(parts.to_vec())), Syntax::default());
        std::iter::from_fn(|| blocks.next().unwrap())
            .map(|block| (String::from_utf8(block.text).unwrap(), block.lines_before))
            .collect()
    }

    #[test]
    fn a_block_is_what_is_complete_and_the_last_one_what_is_left() {
        let found = blocks(&[b"a,b\n1,", b"2\n\"x\n", b"\",3\n4,5\n6", b",7"]);
        let expected = [("a,b\n", 0), ("1,2\n", 1), ("\"x\n\",3\n4,5\n", 2), ("6,7", 5)];
        assert_eq!(found, expected.map(|(text, lines)| (text.to_owned(), lines)));
        assert_eq!(blocks(&[]), []);
        assert_eq!(blocks(&[b"1\n"]), [("1\n".to_owned(), 0)]);
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading() {
        let mut blocks = BlockReader::new(Box::new(io::repeat(b'x')), Syntax::default());
        blocks.pending.push(b'"');
        let problem = blocks.next().unwrap_err().to_string();
        assert_eq!(
            problem,
            "line 1: expected a record of at most 16777216 bytes, found a longer one; is a closing quote missing?"
        );
    }
}
