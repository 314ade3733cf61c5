//! Compressed content, inflated as it comes (RFC 9110 section 8.4.1). What comes out is charged as it is produced, and has the same
//! limit as content that was never compressed.

use crate::http::Error;
use crate::http::ledger::{Charge, Charged, NoRoom};
use crate::inflate::{self, Compression, INFLATER_BYTES, Inflater};

/// The content of one request on its way.
pub(super) struct Inflating {
    inflater: Inflater,
    /// Of the inflater itself.
    _charge: Charge,
    /// Compressed bytes so far.
    pub(super) received: usize,
    /// Bytes of the head and of inflated content, at most.
    message_max: usize,
}

impl Inflating {
    /// Before the first byte.
    ///
    /// # Errors
    /// [`NoRoom`] for the inflater.
    pub(super) fn begin(compression: Compression, message_max: usize, mut charge: Charge) -> Result<Inflating, NoRoom> {
        charge.set(INFLATER_BYTES)?;
        Ok(Inflating { inflater: Inflater::new(compression), _charge: charge, received: 0, message_max })
    }

    /// Takes the next compressed bytes, and appends what they become.
    ///
    /// # Errors
    /// What is wrong with them, [`Error::ContentTooLarge`], or [`Error::BufferedBytes`].
    pub(super) fn take(&mut self, mut bytes: &[u8], message: &mut Charged<u8>) -> Result<(), Error> {
        self.received += bytes.len();
        loop {
            let chunk = self.inflater.step(&mut bytes).map_err(error)?;
            if chunk.is_empty() {
                return Ok(());
            }
            if message.len() + chunk.len() > self.message_max {
                return Err(Error::ContentTooLarge);
            }
            message.extend(chunk, self.message_max).map_err(|_| Error::BufferedBytes)?;
        }
    }

    /// To be called at the end of the content. None at all is not compressed either.
    ///
    /// # Errors
    /// [`Error::CompressedEnd`] if more had to follow.
    pub(super) fn finish(&self) -> Result<(), Error> {
        if self.received == 0 { Ok(()) } else { self.inflater.finish().map_err(error) }
    }
}

fn error(error: inflate::Error) -> Error {
    match error {
        inflate::Error::GzipHeader | inflate::Error::Deflate { .. } => Error::Compressed,
        inflate::Error::Checksum { .. } | inflate::Error::Length { .. } => Error::CompressedChecksum,
        inflate::Error::Trailing { .. } => Error::CompressedTrailing,
        inflate::Error::Truncated => Error::CompressedEnd,
    }
}
