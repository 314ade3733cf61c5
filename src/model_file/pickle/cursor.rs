//! The bytes of a pickle and how far they have been read. Every length is compared with what is left before it is used.

/// A position in the bytes.
pub(in crate::model_file) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte.
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The next byte; `None` at the end.
    pub(in crate::model_file) fn next(&mut self) -> Option<u8> {
        let byte = self.rest().first().copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    /// The next `count` bytes.
    pub(in crate::model_file) fn take(&mut self, count: u64) -> Result<&'a [u8], String> {
        let rest = self.rest();
        let taken = usize::try_from(count).ok().and_then(|count| rest.get(..count));
        let taken = taken.ok_or_else(|| format!("expected {count} bytes, found {} before the end", rest.len()))?;
        self.at += taken.len();
        Ok(taken)
    }

    /// The next `N` bytes, for a number.
    pub(in crate::model_file) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let rest = self.rest();
        let array = rest.first_chunk::<N>();
        let array = array.ok_or_else(|| format!("expected {N} bytes, found {} before the end", rest.len()))?;
        self.at += N;
        Ok(*array)
    }

    /// The bytes up to the next line feed, which is skipped.
    pub(super) fn line(&mut self) -> Result<&'a [u8], String> {
        let rest = self.rest();
        let end =
            rest.iter().position(|byte| *byte == b'\n').ok_or("expected a line, found the end before a line feed")?;
        self.at += end + 1;
        Ok(rest.get(..end).unwrap_or_default())
    }

    /// All bytes that are left.
    pub(in crate::model_file) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}
