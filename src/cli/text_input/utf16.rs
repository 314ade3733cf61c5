//! UTF-16 as UTF-8.

use std::io::{self, Read};

use super::inflating::read_some;

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Reads what `input` has in UTF-16.
pub(super) struct Utf16Reader<R> {
    input: R,
    order: ByteOrder,
    /// The first byte of a unit, at the end of what has been read.
    half: Option<u8>,
    /// The first half of a pair of surrogates.
    high: Option<u16>,
    /// Bytes of the units so far, with the mark.
    read: u64,
    /// The text; what is before `given` has been read.
    text: String,
    given: usize,
}

/// Bytes of one read.
const READ_BYTES: usize = 64 << 10;

impl<R: Read> Utf16Reader<R> {
    /// `input`: what follows the mark.
    pub(super) fn new(input: R, order: ByteOrder) -> Utf16Reader<R> {
        Utf16Reader { input, order, half: None, high: None, read: 2, text: String::new(), given: 0 }
    }

    /// Decodes the next text, which is empty at the end.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        let mut bytes = vec![0; READ_BYTES];
        while self.text.is_empty() {
            let count = read_some(&mut self.input, &mut bytes)?;
            match (count, self.half, self.high) {
                (0, Some(_), _) => return Err(wrong("expected two bytes for each unit, found one at the end")),
                (0, None, Some(_)) => return Err(self.alone(2)),
                (0, None, None) => return Ok(()),
                _ => bytes.iter().take(count).try_for_each(|byte| self.push(*byte))?,
            }
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) -> io::Result<()> {
        let Some(first) = self.half.take() else {
            self.half = Some(byte);
            return Ok(());
        };
        let unit = match self.order {
            ByteOrder::Little => u16::from_le_bytes([first, byte]),
            ByteOrder::Big => u16::from_be_bytes([first, byte]),
        };
        self.read += 2;
        let high = self.high.take();
        if high.is_none() && (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return Ok(());
        }
        let units = high.into_iter().chain([unit]);
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => self.text.push(c),
            _ => return Err(self.alone(if high.is_some() { 4 } else { 2 })),
        }
        Ok(())
    }

    /// The surrogate began so many bytes before.
    fn alone(&self, before: u64) -> io::Error {
        wrong(&format!("byte {}: expected a pair of surrogates, found one alone", self.read - before))
    }
}

fn wrong(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("UTF-16: {problem}"))
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.fill()?;
        }
        let count = self.text.as_bytes().get(self.given..).unwrap_or_default().read(buffer)?;
        self.given += count;
        Ok(count)
    }
}
