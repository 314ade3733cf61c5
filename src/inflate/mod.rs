//! gzip and zlib (RFC 1950, 1952), inflated as the bytes come, in memory that does not grow.
//!
//! The caller decides how much content is too much: each step gives at most [`CHUNK_BYTES_MAX`] bytes.

mod crc32;
mod gzip_header;
mod inflater;
#[cfg(test)]
mod tests;

use std::fmt;

pub use crc32::Crc32;
pub use inflater::{CHUNK_BYTES_MAX, INFLATER_BYTES, Inflater};

/// What stands around the deflate stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1952: one member or several, whose contents follow each other.
    Gzip,
    /// RFC 1950.
    Zlib,
}

/// Why compressed bytes have no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// They do not begin as gzip does.
    GzipHeader,
    /// The deflate stream or the header of zlib is broken.
    Deflate {
        /// Compressed bytes up to the place.
        offset: u64,
    },
    /// The content is not the one that was compressed.
    Checksum {
        /// What the compressed bytes say.
        expected: u32,
        /// What the content has.
        found: u32,
    },
    /// The content of a gzip member is longer or shorter than it was.
    Length {
        /// What the compressed bytes say, modulo 2^32.
        expected: u32,
        /// What the content has, modulo 2^32.
        found: u32,
    },
    /// Something else follows the end.
    Trailing {
        /// Compressed bytes before it.
        offset: u64,
    },
    /// The bytes end in the middle.
    Truncated,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GzipHeader => f.write_str("expected a gzip header, found other bytes"),
            Self::Deflate { offset } => write!(f, "byte {offset}: expected a deflate stream, found other bytes"),
            Self::Checksum { expected, found } => write!(f, "checksum: expected {expected:#010x}, found {found:#010x}"),
            Self::Length { expected, found } => write!(f, "length: expected {expected}, found {found}"),
            Self::Trailing { offset } => write!(f, "byte {offset}: expected the end, found other bytes"),
            Self::Truncated => f.write_str("expected more bytes, found the end"),
        }
    }
}

impl std::error::Error for Error {}
