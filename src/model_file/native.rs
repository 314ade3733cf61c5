//! model.bin, svcd's own format: a header of 24 bytes, then one body.
//!
//! ```text
//! offset  bytes  header
//!      0      8  magic: 89 'S' 'V' 'C' 'D' 0d 0a 1a
//!      8      4  format version, 2
//!     12      4  CRC-32 of the body (the one of gzip and PNG: polynomial 0x04c11db7, reflected, inverted at both ends)
//!     16      8  length of the body in bytes; nothing follows the body
//! ```
//!
//! All integers are little endian. [`version_2`] has the layout of the body, [`version_1`] that of the files of svcd 0.1, which
//! are read too.

mod coding;
mod nested;
mod version_1;
mod version_2;

use super::{Error, Loaded, MODEL_FILE_BYTES_MAX};
use crate::inflate::Crc32;

/// The first bytes of model.bin; a transfer as text changes some of them.
pub const MAGIC: [u8; 8] = *b"\x89SVCD\r\n\x1a";

/// The version of the format that is written, and the newest that is read.
pub const FORMAT_VERSION: u32 = 2;

/// The whole content of a model.bin with this model, its provenance and its probe rows; equal models give equal bytes.
///
/// # Errors
/// [`Error::TooLarge`] when the result would not be read again.
pub fn to_bytes(loaded: &Loaded) -> Result<Vec<u8>, Error> {
    let body = version_2::write(loaded)?;
    let found = (HEADER_BYTES + body.len()) as u64;
    if found > MODEL_FILE_BYTES_MAX {
        return Err(Error::TooLarge { found });
    }
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&Crc32::of(&body).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Reads a model.bin that starts with [`MAGIC`]. The probe rows are not tried here.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    let found = bytes.len() as u64;
    let (header, body) =
        bytes.split_first_chunk::<HEADER_BYTES>().ok_or(Error::Truncated { expected: HEADER_BYTES as u64, found })?;
    let [.., v0, v1, v2, v3, c0, c1, c2, c3, l0, l1, l2, l3, l4, l5, l6, l7] = *header;
    let version = u32::from_le_bytes([v0, v1, v2, v3]);
    if !(1..=FORMAT_VERSION).contains(&version) {
        return Err(Error::Version { newest: FORMAT_VERSION, found: version });
    }
    let announced = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    let expected = announced.saturating_add(HEADER_BYTES as u64);
    if expected > MODEL_FILE_BYTES_MAX {
        return Err(Error::TooLarge { found: expected });
    }
    if found < expected {
        return Err(Error::Truncated { expected, found });
    }
    if found > expected {
        return Err(Error::TrailingBytes { expected, found });
    }
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), Crc32::of(body));
    if expected != found {
        return Err(Error::Checksum { expected, found });
    }
    let (provenance, model, probes) = if version == 1 { version_1::read(body)? } else { version_2::read(body)? };
    Ok(Loaded::whole(model, provenance, probes))
}

const HEADER_BYTES: usize = 24;
