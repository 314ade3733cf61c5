//! gzip, or zlib if the first byte is odd, cut where the fuzzer says: the second byte counts the cuts, the next ones are the lengths of
//! the pieces. The pieces give the same as the whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::inflate::{CHUNK_BYTES_MAX, Compression, Error, Inflater};
use svcd_fuzz::pieces;

/// Content that is looked at: a bomb takes time for nothing.
const CONTENT_BYTES_MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let [choice, count, rest @ ..] = bytes else { return };
    let Some((lengths, stream)) = rest.split_at_checked(usize::from(count % 16)) else { return };
    let compression = if choice % 2 == 0 { Compression::Gzip } else { Compression::Zlib };
    let whole = inflated(&[stream], compression);
    assert_eq!(inflated(&pieces(stream, lengths), compression), whole);
    assert_eq!(inflated(&stream.chunks(1).collect::<Vec<_>>(), compression), whole);
});

/// The content up to the limit.
fn inflated(pieces: &[&[u8]], compression: Compression) -> Result<Vec<u8>, Error> {
    let (mut inflater, mut content) = (Inflater::new(compression), Vec::new());
    for mut piece in pieces.iter().copied() {
        loop {
            let chunk = inflater.step(&mut piece)?;
            assert!(chunk.len() <= CHUNK_BYTES_MAX);
            if chunk.is_empty() {
                break;
            }
            content.extend_from_slice(chunk);
            if content.len() > CONTENT_BYTES_MAX {
                content.truncate(CONTENT_BYTES_MAX);
                return Ok(content);
            }
        }
    }
    inflater.finish().map(|()| content)
}
