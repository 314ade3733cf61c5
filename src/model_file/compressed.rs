//! Compressed model files, inflated in memory, with a limit that stops a bomb early.

use super::{Error, MODEL_FILE_BYTES_MAX};
use crate::inflate::{Compression, Inflater};

/// The content of a compressed file.
pub(super) fn inflated(bytes: &[u8], compression: Compression) -> Result<Vec<u8>, Error> {
    let wrong = |cause: crate::inflate::Error| Error::Decompress(cause.to_string());
    let (mut inflater, mut content, mut rest) = (Inflater::new(compression), Vec::new(), bytes);
    loop {
        let chunk = inflater.step(&mut rest).map_err(wrong)?;
        if chunk.is_empty() {
            break;
        }
        content.extend_from_slice(chunk);
        let taken = bytes.len() - rest.len();
        let limit = taken.saturating_mul(INFLATION_RATIO_MAX).saturating_add(INFLATED_BYTES_FREE);
        let limit = limit.min(MODEL_FILE_BYTES_MAX as usize);
        if content.len() > limit {
            return Err(Error::Decompress(format!(
                "expected at most {limit} bytes out of the first {taken}, found more; save the model without compression"
            )));
        }
    }
    inflater.finish().map_err(wrong)?;
    Ok(content)
}

/// Any stream may inflate to this size: a model of 30,000 support vectors of 64 features.
const INFLATED_BYTES_FREE: usize = 16 << 20;

/// Beyond that, bytes that one compressed byte may become. Images of digits, mostly zeros, give about 20; a bomb gives 1,000.
const INFLATION_RATIO_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inflate::Crc32;

    /// A gzip member with one stored block.
    fn member(content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap();
        let head = [&b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01"[..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
        [&head, content, &Crc32::of(content).to_le_bytes(), &u32::from(length).to_le_bytes()].concat()
    }

    #[test]
    fn all_members_are_content_and_other_bytes_are_none() {
        let both = [member(b"one, "), member(b"two")].concat();
        assert_eq!(inflated(&both, Compression::Gzip).unwrap(), b"one, two");
        let refusal = |bytes: &[u8]| inflated(bytes, Compression::Gzip).unwrap_err().to_string();
        let found = refusal(&[&both, &b"x"[..]].concat());
        assert_eq!(found, format!("compressed file: byte {}: expected the end, found other bytes", both.len()));
        assert_eq!(refusal(&both[..both.len() - 1]), "compressed file: expected more bytes, found the end");
    }
}
