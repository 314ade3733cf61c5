//! The content of a compressed stream.

use std::io::{self, Read};

use crate::inflate::{Compression, Error, Inflater};

/// Reads what `input` has compressed.
pub(super) struct InflatingReader<R> {
    input: R,
    inflater: Inflater,
    /// Compressed bytes; those before `taken` are inflated.
    compressed: Vec<u8>,
    taken: usize,
    /// Their content; what is before `given` has been read.
    content: Vec<u8>,
    given: usize,
}

/// Compressed bytes of one read.
const READ_BYTES: usize = 64 << 10;

impl<R: Read> InflatingReader<R> {
    pub(super) fn new(input: R, compression: Compression) -> InflatingReader<R> {
        let inflater = Inflater::new(compression);
        InflatingReader { input, inflater, compressed: Vec::new(), taken: 0, content: Vec::new(), given: 0 }
    }

    /// Inflates the next content, which is empty at the end.
    fn fill(&mut self) -> io::Result<()> {
        let wrong = |cause: Error| io::Error::new(io::ErrorKind::InvalidData, format!("gzip: {cause}"));
        self.given = 0;
        self.content.clear();
        loop {
            let mut rest = self.compressed.get(self.taken..).unwrap_or_default();
            let chunk = self.inflater.step(&mut rest).map_err(wrong)?;
            self.content.extend_from_slice(chunk);
            self.taken = self.compressed.len() - rest.len();
            if !self.content.is_empty() {
                return Ok(());
            }
            self.taken = 0;
            self.compressed.resize(READ_BYTES, 0);
            let count = read_some(&mut self.input, &mut self.compressed)?;
            self.compressed.truncate(count);
            if count == 0 {
                return self.inflater.finish().map_err(wrong);
            }
        }
    }
}

/// One read that no signal interrupts.
pub(super) fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

impl<R: Read> Read for InflatingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.content.len() {
            self.fill()?;
        }
        let count = self.content.get(self.given..).unwrap_or_default().read(buffer)?;
        self.given += count;
        Ok(count)
    }
}
