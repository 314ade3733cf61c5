//! Text files as people have them, as UTF-8: in UTF-16, with a byte order mark, compressed with gzip.

mod inflating;
mod utf16;

use std::io::{self, Cursor, Read};

use crate::inflate::Compression;
use inflating::{InflatingReader, read_some};
use utf16::{ByteOrder, Utf16Reader};

/// A stream of bytes.
pub(super) type TextStream = Box<dyn Read + Send>;

/// The text of `input`, decompressed and in UTF-8 without a byte order mark.
///
/// # Errors
/// The system's, and a file that is no text.
pub(super) fn text(input: TextStream) -> io::Result<TextStream> {
    let (start, input) = peek(input)?;
    if !start.starts_with(GZIP) {
        return decoded(&start, input);
    }
    let (start, input) = peek(Box::new(InflatingReader::new(input, Compression::Gzip)))?;
    decoded(&start, input)
}

/// The first bytes, as many as a mark has, and the input with them.
fn peek(mut input: TextStream) -> io::Result<(Vec<u8>, TextStream)> {
    let mut buffer = [0; MARK_BYTES_MAX];
    let mut start = Vec::new();
    // A whole line is answered before there is more.
    while start.len() < MARK_BYTES_MAX && !start.contains(&b'\n') {
        let room = buffer.get_mut(start.len()..).unwrap_or_default();
        let count = read_some(&mut input, room)?;
        if count == 0 {
            break;
        }
        start.extend_from_slice(room.get(..count).unwrap_or_default());
    }
    Ok((start.clone(), Box::new(Cursor::new(start).chain(input))))
}

/// `input`, which begins with `start`, in UTF-8.
fn decoded(start: &[u8], mut input: TextStream) -> io::Result<TextStream> {
    let mut skip = |count| input.by_ref().take(count).read_to_end(&mut Vec::new());
    match start {
        [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => Err(refusal("UTF-32")),
        [0xff, 0xfe, ..] => skip(2).map(|_| utf16(input, ByteOrder::Little)),
        [0xfe, 0xff, ..] => skip(2).map(|_| utf16(input, ByteOrder::Big)),
        [0xef, 0xbb, 0xbf, ..] => skip(3).map(|_| input),
        [0, _, 0, _] | [_, 0, _, 0] => Err(refusal("UTF-16 without a byte order mark")),
        _ => match NO_TEXTS.iter().find(|(mark, _)| start.starts_with(mark)) {
            Some((_, found)) => Err(refusal(found)),
            None => Ok(input),
        },
    }
}

fn utf16(input: TextStream, order: ByteOrder) -> TextStream {
    Box::new(Utf16Reader::new(input, order))
}

fn refusal(found: &str) -> io::Error {
    let problem = format!("expected CSV in UTF-8 or UTF-16, plain or compressed with gzip, found {found}");
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// Enough for every mark.
const MARK_BYTES_MAX: usize = 4;
const GZIP: &[u8] = &[0x1f, 0x8b];
const PICKLE: &str = "a pickle: give a model with --model, and save rows as CSV";
/// What people give instead of a text, by its first bytes.
const NO_TEXTS: &[(&[u8], &str)] = &[
    (GZIP, "gzip inside gzip"),
    (b"PK\x03\x04", "a zip file or an Excel workbook: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV"),
    (b"PAR1", "a Parquet file"),
    (b"\x93NUM", "a NumPy array: save it as CSV"),
    (b"\x80\x02", PICKLE),
    (b"\x80\x03", PICKLE),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
    (b"\x89SVC", "a model.bin: give a model with --model"),
    (b"BZh", "bzip2"),
    (b"\xfd7zX", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte a read.
    struct Slow(Vec<u8>);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            buffer[0] = self.0.remove(0);
            Ok(1)
        }
    }

    fn read(bytes: &[u8]) -> Result<String, String> {
        let read = |input: TextStream| {
            let mut found = String::new();
            text(input)
                .and_then(|mut input| input.read_to_string(&mut found))
                .map(|_| found)
                .map_err(|error| error.to_string())
        };
        let found = read(Box::new(Cursor::new(bytes.to_vec())));
        assert_eq!(read(Box::new(Slow(bytes.to_vec()))), found);
        found
    }

    /// Python: gzip.compress(b"a,b\n1,2\n", mtime=0)
    const GZIPPED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xd4\x49\xe2\x32\xd4\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00\x00\x00";

    fn units(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Größe,\u{1f680}\n1,2\n";
        let marked = format!("\u{feff}{text}");
        assert_eq!(read(text.as_bytes()).as_deref(), Ok(text));
        assert_eq!(read(marked.as_bytes()).as_deref(), Ok(text));
        assert_eq!(read(&units(&marked, u16::to_le_bytes)).as_deref(), Ok(text));
        assert_eq!(read(&units(&marked, u16::to_be_bytes)).as_deref(), Ok(text));
        assert_eq!(read(GZIPPED).as_deref(), Ok("a,b\n1,2\n"));
        assert_eq!(read(&GZIPPED.repeat(3)).as_deref(), Ok("a,b\n1,2\na,b\n1,2\na,b\n1,2\n"));
        for short in ["", "1", "12", "123"] {
            assert_eq!(read(short.as_bytes()).as_deref(), Ok(short));
        }
    }

    #[test]
    fn a_broken_stream_is_an_error_and_not_an_end() {
        for (bytes, told) in [
            (&GZIPPED[..GZIPPED.len() - 1], "gzip: expected more bytes, found the end"),
            (&[GZIPPED, b"x"].concat(), "gzip: byte 28: expected the end, found other bytes"),
            (b"\xff\xfea\0b", "UTF-16: expected two bytes for each unit, found one at the end"),
            (b"\xff\xfea\0\0\xd8b\0", "UTF-16: byte 4: expected a pair of surrogates, found one alone"),
            (b"\xff\xfea\0\0\xd8", "UTF-16: byte 4: expected a pair of surrogates, found one alone"),
            (b"\xff\xfea\0\0\xdc", "UTF-16: byte 4: expected a pair of surrogates, found one alone"),
        ] {
            assert_eq!(read(bytes), Err(told.to_owned()), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, told) in [
            (&b"PK\x03\x04\x14"[..], "a zip file or an Excel workbook: save the sheet as CSV"),
            (include_bytes!("../../model.bin"), "a model.bin: give a model with --model"),
            (b"\x80\x04\x95\x0b", "a pickle: give a model with --model, and save rows as CSV"),
            (b"\x93NUMPY\x01", "a NumPy array: save it as CSV"),
            (b"a\0b\0", "UTF-16 without a byte order mark"),
            (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        ] {
            let problem = format!("expected CSV in UTF-8 or UTF-16, plain or compressed with gzip, found {told}");
            assert_eq!(read(bytes), Err(problem));
        }
    }
}
