//! Content in chunks, cut where the fuzzer says: the first byte counts the cuts, the next ones are the lengths of the pieces.
//! The pieces give the same as the whole, and what httparse finds in it.
#![no_main]

use httparse::Status;
use libfuzzer_sys::fuzz_target;
use svcd::http::chunked::Decoder;
use svcd::http::{Error, Limits};
use svcd_fuzz::pieces;
use svcd_fuzz::reading::chunks;

/// Content and length of a body; `None` when it is incomplete.
type Outcome = Result<Option<(Vec<u8>, usize)>, Error>;

fuzz_target!(|bytes: &[u8]| {
    let Some((count, rest)) = bytes.split_first() else { return };
    let Some((lengths, body)) = rest.split_at_checked(usize::from(count % 16)) else { return };
    // Small enough for the fuzzer to reach them.
    let limits = Limits {
        content_bytes_max: 64,
        chunk_line_bytes_max: 32,
        chunk_extension_bytes_max: 48,
        trailer_section_bytes_max: 64,
        trailer_lines_max: 3,
        ..Limits::default()
    };
    let whole = decode(&[body], &limits);
    assert_eq!(decode(&pieces(body, lengths), &limits), whole);
    assert_eq!(decode(&body.chunks(1).collect::<Vec<_>>(), &limits), whole);
    if let Ok(Some((content, len))) = whole {
        assert!(content.len() <= limits.content_bytes_max);
        assert_eq!(chunks(body), Ok(Status::Complete((content, len))));
    }
});

/// Decodes as a connection does: what is not consumed stays until more has come.
fn decode(pieces: &[&[u8]], limits: &Limits) -> Outcome {
    let (mut decoder, mut content, mut waiting, mut len) = (Decoder::default(), Vec::new(), Vec::new(), 0);
    for piece in pieces {
        waiting.extend_from_slice(piece);
        let step = decoder.decode(&waiting, &mut content, limits)?;
        waiting.drain(..step.used);
        len += step.used;
        if step.done {
            return Ok(Some((content, len)));
        }
    }
    Ok(None)
}
