//! Compressed content, inflated as it comes (RFC 9110 section 8.4.1). What comes out is charged as it is produced, and has the same
//! limit as content that was never compressed.

use crate::http::Error;
use crate::http::charged::Charged;
use crate::http::ledger::{Charge, NoRoom};
use crate::inflate::{self, Compression, INFLATER_BYTES, Inflater};

/// Bytes that are inflated before other connections have their turn: a few bytes may become a thousand times as many.
const SLICE_BYTES: usize = 256 << 10;

/// The content of one request on its way.
pub(super) struct Inflating {
    inflater: Inflater,
    /// Of the inflater itself.
    _charge: Charge,
    /// Compressed bytes so far.
    pub(super) received: usize,
    /// Those that have not been inflated yet.
    pending: Charged<u8>,
    /// Whether they are the last ones.
    is_whole: bool,
    /// Whether there is more to inflate before further bytes are needed.
    pub(super) has_more: bool,
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
        Ok(Inflating {
            inflater: Inflater::new(compression),
            pending: Charged::new(charge.sibling()),
            _charge: charge,
            received: 0,
            is_whole: false,
            has_more: false,
            message_max,
        })
    }

    /// Takes the next compressed bytes, and appends what they become, or the first of it. `is_all`: they are the last.
    ///
    /// # Errors
    /// As [`go_on`](Self::go_on).
    pub(super) fn take(&mut self, bytes: &[u8], is_all: bool, message: &mut Charged<u8>) -> Result<bool, Error> {
        self.received += bytes.len();
        self.is_whole = is_all;
        self.pending.extend(bytes, usize::MAX).map_err(|_| Error::BufferedBytes)?;
        self.go_on(message)
    }

    /// Appends the next of what has been taken; returns whether that is the end.
    ///
    /// # Errors
    /// What is wrong with the bytes, [`Error::ContentTooLarge`], or [`Error::BufferedBytes`].
    pub(super) fn go_on(&mut self, message: &mut Charged<u8>) -> Result<bool, Error> {
        let (mut rest, before) = (&*self.pending, message.len());
        self.has_more = loop {
            let chunk = self.inflater.step(&mut rest).map_err(error)?;
            if chunk.is_empty() {
                break false;
            }
            if message.len() + chunk.len() > self.message_max {
                return Err(Error::ContentTooLarge);
            }
            message.extend(chunk, self.message_max).map_err(|_| Error::BufferedBytes)?;
            if message.len() - before >= SLICE_BYTES {
                break true;
            }
        };
        let used = self.pending.len() - rest.len();
        self.pending.skip(used);
        let is_end = self.is_whole && !self.has_more;
        // No content at all is not compressed either.
        if is_end && self.received > 0 {
            self.inflater.finish().map_err(error)?;
        }
        Ok(is_end)
    }

    /// Whether nothing more is to come.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ledger::Ledger;

    /// A zlib stream of one zero and so many times 258 more: fixed Huffman codes (RFC 1951 section 3.2.6), thirteen bits a time.
    fn zeros(times: usize) -> Vec<u8> {
        let codes =
            ["1", "10", "00110000"].into_iter().chain(std::iter::repeat_n("1100010100000", times)).chain(["0000000"]);
        let bits: Vec<u8> = codes.flat_map(str::bytes).map(|bit| bit - b'0').collect();
        let deflated = bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit));
        let sums = ((1 + 258 * times) % 65_521) as u16;
        let checksum = [sums.to_be_bytes(), 1_u16.to_be_bytes()].concat();
        [0x78, 0x9c].into_iter().chain(deflated).chain(checksum).collect()
    }

    #[test]
    fn a_few_bytes_that_become_many_take_many_turns() {
        const TIMES: usize = 20_000;
        const BYTES: usize = 1 + 258 * TIMES;
        let compressed = zeros(TIMES);
        let ledger = Ledger::new(usize::MAX);
        let mut message = Charged::new(Charge::new(&ledger));
        let mut inflating = Inflating::begin(Compression::Zlib, BYTES, Charge::new(&ledger)).unwrap();
        let mut is_end = inflating.take(&compressed, true, &mut message).unwrap();
        let mut turns = 1;
        while !is_end {
            assert!(inflating.has_more);
            let before = message.len();
            is_end = inflating.go_on(&mut message).unwrap();
            assert!(message.len() - before < SLICE_BYTES + (64 << 10));
            turns += 1;
        }
        assert_eq!((message.len(), inflating.has_more), (BYTES, false));
        assert!(turns >= BYTES / (SLICE_BYTES + (64 << 10)), "{turns}");
        drop((message, inflating));
        assert_eq!(ledger.bytes(), 0);
    }
}
