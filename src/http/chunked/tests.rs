//! The decoder alone: the chunked vectors without their heads, limits, and single calls.

use super::*;
use crate::http::parser::parse_head;
use crate::http::request::Framing;
use crate::http::vectors::{Outcome, vectors};

/// The chunked vectors: (name, bytes after the head, outcome).
fn bodies() -> Vec<(String, Vec<u8>, Outcome)> {
    let limits = Limits::default();
    let bodies: Vec<_> = vectors()
        .into_iter()
        .filter_map(|vector| {
            let head = parse_head(&vector.bytes, &limits).ok().flatten()?;
            let body = vector.bytes.get(head.len..)?.to_vec();
            (head.framing == Framing::Chunked)
                .then(|| (format!("{} {}", vector.row, vector.name), body, vector.outcome))
        })
        .collect();
    assert!(bodies.len() > 80, "{}", bodies.len());
    bodies
}

/// Decodes bytes that come in parts; the error, or the content and whether it is complete.
fn decode<'a>(parts: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Result<(Vec<u8>, bool), Error> {
    let mut decoder = Decoder::default();
    let (mut input, mut content) = (Vec::new(), Vec::new());
    let mut is_done = false;
    for part in parts {
        input.extend_from_slice(part);
        let decoded = decoder.decode(&input, &mut content, limits)?;
        assert!(decoded.used <= input.len());
        input.drain(..decoded.used);
        is_done = decoded.done;
    }
    assert!(!is_done || input.is_empty());
    Ok((content, is_done))
}

fn expected(outcome: &Outcome) -> Result<Option<&[u8]>, Error> {
    match outcome {
        Outcome::Incomplete => Ok(None),
        Outcome::Complete(facts) => Ok(Some(&facts.content)),
        Outcome::Refused(error) => Err(*error),
    }
}

fn found(outcome: &Result<(Vec<u8>, bool), Error>) -> Result<Option<&[u8]>, Error> {
    match outcome {
        Ok((content, is_done)) => Ok(is_done.then_some(content)),
        Err(error) => Err(*error),
    }
}

#[test]
fn every_body_decodes_to_its_content_or_its_error_however_it_is_split() {
    let limits = Limits::default();
    for (name, body, outcome) in bodies() {
        let outcome = expected(&outcome);
        assert_eq!(found(&decode([body.as_slice()], &limits)), outcome, "{name}");
        let stride = 1 + body.len() / 200;
        for cut in (0..body.len()).step_by(stride) {
            let decoded = decode([&body[..cut], &body[cut..]], &limits);
            assert_eq!(found(&decoded), outcome, "{name}, split at {cut}");
        }
        let decoded = decode(body.chunks(stride), &limits);
        assert_eq!(found(&decoded), outcome, "{name}, {stride} at a time");
    }
}

#[test]
fn a_body_cut_short_is_incomplete_or_breaks_the_same_rule() {
    let limits = Limits::default();
    for (name, body, outcome) in bodies() {
        for cut in (0..body.len()).step_by(1 + body.len() / 200) {
            match decode([&body[..cut]], &limits) {
                Ok((_, is_done)) => assert!(!is_done, "{name}, cut at {cut}"),
                Err(error) => assert_eq!(Err(error), expected(&outcome), "{name}, cut at {cut}"),
            }
        }
    }
}

#[test]
fn what_stands_behind_the_last_chunk_is_left_alone() {
    let limits = Limits::default();
    for (name, body, outcome) in bodies() {
        if let Outcome::Complete(facts) = outcome {
            let glued = [body.as_slice(), b"GET / HTTP/1.1\r\n"].concat();
            let mut content = Vec::new();
            let decoded = Decoder::default().decode(&glued, &mut content, &limits).unwrap();
            assert_eq!((decoded, content), (Decoded { used: body.len(), done: true }, facts.content), "{name}");
        }
    }
}

#[test]
fn data_is_taken_as_it_comes_and_lines_only_whole() {
    let limits = Limits::default();
    let mut decoder = Decoder::default();
    let mut content = Vec::new();
    let mut step = |input: &[u8]| {
        let decoded = decoder.decode(input, &mut content, &limits).unwrap();
        (decoded.used, decoded.done, content.len())
    };
    assert_eq!(step(b"5"), (0, false, 0));
    assert_eq!(step(b"5\r"), (0, false, 0));
    assert_eq!(step(b"5\r\nhe"), (5, false, 2));
    assert_eq!(step(b""), (0, false, 2));
    assert_eq!(step(b"llo\r"), (3, false, 5));
    assert_eq!(step(b"\r\n0\r\nX: "), (5, false, 5));
    assert_eq!(step(b"X: y\r\n\r"), (6, false, 5));
    assert_eq!(step(b"\r\nGET"), (2, true, 5));
    assert_eq!(step(b"GET"), (0, true, 5));
}

#[test]
fn the_sum_of_the_chunks_meets_the_limit_and_not_more() {
    let limits = Limits { content_bytes_max: 8, ..Limits::default() };
    let decode = |body: &str| decode([body.as_bytes()], &limits).map(|(content, _)| content.len());
    assert_eq!(decode("8\r\n01234567\r\n0\r\n\r\n"), Ok(8));
    assert_eq!(decode("3\r\n012\r\n5\r\n34567\r\n0\r\n\r\n"), Ok(8));
    assert_eq!(decode("9\r\n"), Err(Error::ContentTooLarge));
    assert_eq!(decode("3\r\n012\r\n6\r\n"), Err(Error::ContentTooLarge));
    assert_eq!(decode("8\r\n01234567\r\n1\r\n"), Err(Error::ContentTooLarge));
}
