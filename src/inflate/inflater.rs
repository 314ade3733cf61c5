//! The state of one compressed stream.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, TINFL_LZ_DICT_SIZE, decompress, inflate_flags};

use super::crc32::Crc32;
use super::gzip_header::GzipHeader;
use super::{Compression, Error};

/// Bytes of content that one step gives, at most.
pub const CHUNK_BYTES_MAX: usize = TINFL_LZ_DICT_SIZE;
/// Memory that an [`Inflater`] takes up.
pub const INFLATER_BYTES: usize = size_of::<Inflater>() + size_of::<DecompressorOxide>() + CHUNK_BYTES_MAX;

/// Inflates one stream.
///
/// ```
/// use svcd::inflate::{Compression, Error, Inflater};
///
/// fn content(compressed: &[u8]) -> Result<Vec<u8>, Error> {
///     let (mut inflater, mut content) = (Inflater::new(Compression::Gzip), Vec::new());
///     for mut part in compressed.chunks(100) {
///         loop {
///             let chunk = inflater.step(&mut part)?;
///             if chunk.is_empty() {
///                 break;
///             }
///             content.extend_from_slice(chunk);
///         }
///     }
///     inflater.finish()?;
///     Ok(content)
/// }
/// # let empty = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// # assert_eq!(content(&empty), Ok(vec![]));
/// # assert_eq!(content(&empty[..19]), Err(Error::Truncated));
/// ```
pub struct Inflater {
    compression: Compression,
    part: StreamPart,
    decoder: Box<DecompressorOxide>,
    /// The content that later bytes may refer to; it is overwritten in a circle.
    window: Box<[u8]>,
    /// Where the window is written next.
    at: usize,
    /// Compressed bytes taken so far.
    taken: u64,
    /// Of the content of this member.
    checksum: Crc32,
    /// Of the content of this member, modulo 2^32.
    length: u32,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy)]
enum StreamPart {
    /// `is_first`: no other member came before.
    Header { header: GzipHeader, is_first: bool },
    /// The deflate stream; with zlib, what is around it too.
    Deflate,
    /// Checksum and length of a gzip member: the bytes so far, and how many they are.
    Trailer([u8; TRAILER_BYTES], usize),
    /// Nothing may follow.
    End,
}

impl Inflater {
    /// At the start of a stream.
    pub fn new(compression: Compression) -> Inflater {
        let part = match compression {
            Compression::Gzip => StreamPart::Header { header: GzipHeader::START, is_first: true },
            Compression::Zlib => StreamPart::Deflate,
        };
        Inflater {
            compression,
            part,
            decoder: Box::default(),
            window: vec![0; CHUNK_BYTES_MAX].into_boxed_slice(),
            at: 0,
            taken: 0,
            checksum: Crc32::default(),
            length: 0,
        }
    }

    /// The next piece of the content. Takes what it needs off the start of `input`. The piece is empty only when all of `input`
    /// has been taken and further content needs more input.
    ///
    /// # Errors
    /// All but [`Error::Truncated`]; the inflater is of no use then.
    pub fn step(&mut self, input: &mut &[u8]) -> Result<&[u8], Error> {
        loop {
            let start = self.at;
            match self.advance(input)? {
                Advance::Moved => {}
                Advance::Content(len) => {
                    self.at = (start + len) % CHUNK_BYTES_MAX;
                    return Ok(self.window.get(start..start + len).unwrap_or_default());
                }
                Advance::Starved => return Ok(&[]),
            }
        }
    }

    /// To be called at the end of the input.
    ///
    /// # Errors
    /// [`Error::Truncated`] if more had to follow.
    pub fn finish(&self) -> Result<(), Error> {
        match self.part {
            StreamPart::End => Ok(()),
            StreamPart::Header { header, is_first: false } if header.is_start() => Ok(()),
            _ => Err(Error::Truncated),
        }
    }

    fn advance(&mut self, input: &mut &[u8]) -> Result<Advance, Error> {
        match self.part {
            StreamPart::Header { header, is_first } => self.read_header(header, is_first, input),
            StreamPart::Deflate => self.inflate(input),
            StreamPart::Trailer(bytes, count) => self.read_trailer(bytes, count, input),
            StreamPart::End if input.is_empty() => Ok(Advance::Starved),
            StreamPart::End => Err(Error::Trailing { offset: self.taken }),
        }
    }

    fn read_header(&mut self, mut header: GzipHeader, is_first: bool, input: &mut &[u8]) -> Result<Advance, Error> {
        let before = input.len();
        let is_complete = header.read(input);
        self.taken += (before - input.len()) as u64;
        match is_complete {
            None if is_first => Err(Error::GzipHeader),
            None => Err(Error::Trailing { offset: self.taken }),
            Some(true) => {
                self.part = StreamPart::Deflate;
                Ok(Advance::Moved)
            }
            Some(false) => {
                self.part = StreamPart::Header { header, is_first };
                Ok(Advance::Starved)
            }
        }
    }

    fn inflate(&mut self, input: &mut &[u8]) -> Result<Advance, Error> {
        let flags = match self.compression {
            Compression::Gzip => inflate_flags::TINFL_FLAG_IGNORE_ADLER32,
            Compression::Zlib => inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER,
        };
        let flags = flags | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
        let (status, read, written) = decompress(&mut self.decoder, input, &mut self.window, self.at, flags);
        *input = input.get(read..).unwrap_or_default();
        self.taken += read as u64;
        match status {
            TINFLStatus::Done => self.part = self.after_deflate(),
            TINFLStatus::HasMoreOutput | TINFLStatus::NeedsMoreInput => {}
            TINFLStatus::Adler32Mismatch => {
                let (expected, found) = (self.decoder.adler32_header(), self.decoder.adler32());
                let (expected, found) = (expected.unwrap_or_default(), found.unwrap_or_default());
                return Err(Error::Checksum { expected, found });
            }
            _ => return Err(Error::Deflate { offset: self.taken }),
        }
        if self.compression == Compression::Gzip {
            let content = self.window.get(self.at..self.at + written).unwrap_or_default();
            self.checksum.add(content);
            self.length = self.length.wrapping_add(written as u32);
        }
        Ok(match (status, written) {
            (TINFLStatus::NeedsMoreInput, 0) => Advance::Starved,
            (_, 0) => Advance::Moved,
            _ => Advance::Content(written),
        })
    }

    fn after_deflate(&self) -> StreamPart {
        match self.compression {
            Compression::Gzip => StreamPart::Trailer([0; TRAILER_BYTES], 0),
            Compression::Zlib => StreamPart::End,
        }
    }

    fn read_trailer(
        &mut self,
        mut bytes: [u8; TRAILER_BYTES],
        count: usize,
        input: &mut &[u8],
    ) -> Result<Advance, Error> {
        let (new, rest) = input.split_at(input.len().min(TRAILER_BYTES - count));
        bytes.iter_mut().skip(count).zip(new).for_each(|(slot, byte)| *slot = *byte);
        *input = rest;
        self.taken += new.len() as u64;
        let count = count + new.len();
        if count < TRAILER_BYTES {
            self.part = StreamPart::Trailer(bytes, count);
            return Ok(Advance::Starved);
        }
        let [c0, c1, c2, c3, l0, l1, l2, l3] = bytes;
        let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), self.checksum.value());
        if expected != found {
            return Err(Error::Checksum { expected, found });
        }
        let (expected, found) = (u32::from_le_bytes([l0, l1, l2, l3]), self.length);
        if expected != found {
            return Err(Error::Length { expected, found });
        }
        self.part = StreamPart::Header { header: GzipHeader::START, is_first: false };
        self.decoder.init();
        (self.checksum, self.length) = (Crc32::default(), 0);
        Ok(Advance::Moved)
    }
}

/// What came of reading one part or the start of it.
enum Advance {
    /// Another part begins, or the same goes on.
    Moved,
    /// So many bytes in the window.
    Content(usize),
    /// Nothing without more input.
    Starved,
}

/// Of a gzip member: CRC-32 and length, both little endian.
const TRAILER_BYTES: usize = 8;
