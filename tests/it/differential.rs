//! svcd and httparse, hyper's parser, read the same bytes: svcd may refuse more but never accept more, and what both accept they
//! read alike.

pub mod reading;

use std::collections::BTreeMap;

use reading::{Verdict, compare};
use svcd::http::Limits;

use crate::random::Random;
use crate::requests;

const SEED: u64 = 0x5eed_9112;
const MUTANTS: usize = 200_000;

/// Longer requests, those at a limit, are compared but not mutated.
const MUTATED_BYTES_MAX: usize = 1_000;

/// Meaningful pieces, to be put where they do not belong.
#[rustfmt::skip]
const PIECES: &[&[u8]] = &[
    b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\x0b", b"\x7f", b"\x80", b"\xff", b":", b",", b";", b"=", b"\"",
    b"0", b"1", b"%", b"/", b"?", b"*", b"#", b"http://h", b"HTTP/1.1", b"HTTP/1.0", b" HTTP/1.3\r\n", b"\r\n\r\n",
    b"\r\n ", b"Host: h\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n",
    b"chunked", b"5\r\nhello\r\n", b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b";a=\"b\"", b"ffffffffffffffff",
    b"Connection: close\r\n",
];

/// One of them with one to three changes.
fn mutant(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = random.pick(seeds).clone();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(9)).min(bytes.len());
        match random.below(6) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            1 => drop(bytes.splice(at..at, random.pick(PIECES).iter().copied())),
            2 => drop(bytes.splice(at..end, random.pick(PIECES).iter().copied())),
            3 => drop(bytes.drain(at..end)),
            4 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            _ => {
                let other = random.pick(seeds);
                let from = random.below(other.len() + 1);
                bytes.splice(at.., other[from..].iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn svcd_accepts_no_request_that_httparse_refuses_or_reads_in_another_way() {
    println!("seed {SEED:#x}");
    let (limits, mut random) = (Limits::default(), Random(SEED));
    let mut seeds: Vec<Vec<u8>> = requests::cases().into_iter().map(|case| case.request).collect();
    let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
    let mut note = |bytes: &[u8]| {
        let verdict = compare(bytes, &limits).unwrap_or_else(|finding| panic!("{finding}"));
        *verdicts.entry(verdict).or_default() += 1;
    };
    seeds.iter().for_each(|seed| note(seed));
    seeds.retain(|seed| seed.len() <= MUTATED_BYTES_MAX);
    for _ in 0..MUTANTS {
        note(&mutant(&mut random, &seeds));
    }
    println!("{verdicts:?}");
    // The comparison means little if hardly any request is accepted.
    for verdict in [Verdict::Both, Verdict::OnlyTheirs, Verdict::Neither] {
        assert!(verdicts[&verdict] > MUTANTS / 50, "{verdicts:?}");
    }
}
