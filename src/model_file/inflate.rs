//! zlib and gzip streams (RFC 1950, 1952), inflated in memory, with a limit that stops a bomb early.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::{Error, MODEL_FILE_BYTES_MAX, native};

/// The content of a zlib stream. Bytes after it are ignored.
pub(super) fn zlib(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;
    inflate(bytes, flags).map(|(content, _)| content)
}

/// The content of the first member of a gzip stream. Bytes after it are ignored.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let deflated = gzip_header(bytes).ok_or_else(|| wrong("expected a gzip header, found another or the end"))?;
    let (content, consumed) = inflate(deflated, inflate_flags::TINFL_FLAG_IGNORE_ADLER32)?;
    let trailer = deflated.get(consumed..).and_then(|rest| rest.first_chunk::<8>());
    let [c0, c1, c2, c3, l0, l1, l2, l3] = *trailer.ok_or_else(|| wrong(FOUND_END))?;
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), native::crc32(&content));
    if expected != found {
        return Err(wrong(format!("checksum: expected {expected:#010x}, found {found:#010x}")));
    }
    // the length is stored modulo 2^32
    let (expected, found) = (u32::from_le_bytes([l0, l1, l2, l3]), content.len() as u32);
    if expected != found {
        return Err(wrong(format!("length: expected {expected}, found {found}")));
    }
    Ok(content)
}

/// What comes after the header.
fn gzip_header(bytes: &[u8]) -> Option<&[u8]> {
    let ([0x1f, 0x8b, DEFLATE, flags, ..], mut rest) = bytes.split_first_chunk::<10>()? else {
        return None;
    };
    if flags & FLAG_EXTRA != 0 {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & FLAG_HEADER_CRC != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// The content of a stream, and how many bytes it took up.
fn inflate(bytes: &[u8], flags: u32) -> Result<(Vec<u8>, usize), Error> {
    let mut state = Box::<DecompressorOxide>::default();
    let flags = flags | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (mut content, mut written, mut consumed) = (vec![0; CONTENT_BYTES_FIRST], 0, 0);
    loop {
        let rest = bytes.get(consumed..).unwrap_or_default();
        let (status, read, wrote) = decompress(&mut state, rest, &mut content, written, flags);
        consumed += read;
        written += wrote;
        match status {
            TINFLStatus::Done => {
                content.truncate(written);
                return Ok((content, consumed));
            }
            TINFLStatus::HasMoreOutput => {}
            TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => return Err(wrong(FOUND_END)),
            TINFLStatus::Adler32Mismatch => return Err(wrong("checksum: expected another one")),
            _ => return Err(wrong(format!("byte {consumed}: expected a deflate stream, found other bytes"))),
        }
        let limit = consumed.saturating_mul(INFLATION_RATIO_MAX).saturating_add(INFLATED_BYTES_FREE);
        let limit = limit.min(MODEL_FILE_BYTES_MAX as usize);
        if content.len() >= limit {
            return Err(wrong(format!(
                "expected at most {limit} bytes out of the first {consumed}, found more; save the model without compression"
            )));
        }
        content.resize(content.len().saturating_mul(2).min(limit), 0);
    }
}

fn wrong(problem: impl Into<String>) -> Error {
    Error::Decompress(problem.into())
}

const FOUND_END: &str = "expected more bytes, found the end";

const CONTENT_BYTES_FIRST: usize = 64 << 10;

/// Any stream may inflate to this size: a model of 30,000 support vectors of 64 features.
const INFLATED_BYTES_FREE: usize = 16 << 20;

/// Beyond that, bytes that one compressed byte may become. Images of digits, mostly zeros, give about 20; a bomb gives 1,000.
const INFLATION_RATIO_MAX: usize = 32;

/// RFC 1952: the only compression method.
const DEFLATE: u8 = 8;

// RFC 1952: the optional parts of a header, in order
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;
const FLAG_HEADER_CRC: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored block with the bytes `abc`.
    const DEFLATED: [u8; 8] = [1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'];

    fn gzipped(flags: u8, header: &[u8]) -> Vec<u8> {
        let start = [0x1f, 0x8b, DEFLATE, flags, 0, 0, 0, 0, 0, 0xff];
        [&start, header, &DEFLATED, &native::crc32(b"abc").to_le_bytes(), &3_u32.to_le_bytes()].concat()
    }

    #[test]
    fn every_part_of_a_gzip_header_is_passed_over() {
        for (flags, header) in [
            (0, &b""[..]),
            (FLAG_EXTRA, b"\x02\0ab"),
            (FLAG_NAME, b"model\0"),
            (FLAG_COMMENT, b"a comment\0"),
            (FLAG_HEADER_CRC, b"\xaa\xbb"),
            (FLAG_EXTRA | FLAG_NAME | FLAG_COMMENT | FLAG_HEADER_CRC, b"\x01\0xn\0c\0\xaa\xbb"),
        ] {
            let bytes = gzipped(flags, header);
            assert_eq!(gzip(&bytes).unwrap(), b"abc", "{flags}");
            for length in 0..bytes.len() {
                assert!(gzip(&bytes[..length]).is_err(), "{flags}, {length}");
            }
        }
    }

    #[test]
    fn checksums_and_lengths_are_compared() {
        let refusal = |bytes: &[u8]| gzip(bytes).unwrap_err().to_string();
        let bytes = gzipped(0, b"");
        let mut other = bytes.clone();
        other[18] ^= 1;
        assert_eq!(refusal(&other), "compressed file: checksum: expected 0x352441c3, found 0x352441c2");
        let mut other = bytes.clone();
        other[22] = 4;
        assert_eq!(refusal(&other), "compressed file: length: expected 4, found 3");
        let mut other = bytes;
        other[10] = 7;
        assert_eq!(refusal(&other), "compressed file: byte 1: expected a deflate stream, found other bytes");
        // Adler-32 of abc is 0x024d0127
        let zlibbed = |sum: u8| [&[0x78, 0x9c][..], &DEFLATED, &[0x02, 0x4d, 0x01, sum]].concat();
        assert_eq!(zlib(&zlibbed(0x27)).unwrap(), b"abc");
        assert_eq!(zlib(&zlibbed(0x28)).unwrap_err().to_string(), "compressed file: checksum: expected another one");
    }
}
