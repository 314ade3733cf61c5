//! Every vector whole, in two parts, cut short, glued to others, and mutated.

use super::*;
use crate::http::vectors::{Outcome, Vector, read_in_parts, read_message, vectors};

/// Longer vectors, those at a limit, are not split at every byte: that takes quadratic time.
const SPLIT_BYTES_MAX: usize = 1_000;

/// The rows that the parser and the decoder decide, up to what is incomplete.
const ROWS: &str = "R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 R21 R22 R23 R24 \
                    H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 H11 H12 H13 H14 H15 L01 L02 L03 L04 L06 L07 L08 L09 \
                    T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T12 T13 T14 T15 T16";

fn whole(bytes: &[u8]) -> Outcome {
    read_message(bytes, &Limits::default()).0
}

/// Where to cut: everywhere, or near the ends and here and there between.
fn cuts(len: usize) -> Vec<usize> {
    let is_near_an_end = |at: usize| at < 80 || at + 40 > len || len <= SPLIT_BYTES_MAX;
    (0..len).filter(|&at| is_near_an_end(at) || at % 997 == 0).collect()
}

#[test]
fn every_row_has_a_vector() {
    let vectors = vectors();
    for row in ROWS.split(' ') {
        assert!(vectors.iter().any(|vector| vector.row == row), "{row}");
    }
}

#[test]
fn every_vector_has_its_outcome_and_takes_all_its_bytes() {
    for Vector { row, name, bytes, outcome } in vectors() {
        let (found, used) = read_message(&bytes, &Limits::default());
        assert_eq!(found, outcome, "{row} {name}");
        if matches!(outcome, Outcome::Complete(_)) {
            assert_eq!(used, bytes.len(), "{row} {name}");
        }
    }
}

#[test]
fn the_outcome_does_not_depend_on_where_the_bytes_are_split() {
    for Vector { row, name, bytes, outcome } in vectors() {
        for cut in cuts(bytes.len()) {
            let (found, used) = read_in_parts([&bytes[..cut], &bytes[cut..]], &Limits::default());
            assert_eq!(found, outcome, "{row} {name}, split at {cut}");
            assert!(used == bytes.len() || !matches!(found, Outcome::Complete(_)), "{row} {name}, split at {cut}");
        }
    }
}

#[test]
fn bytes_that_come_one_at_a_time_have_the_same_outcome() {
    for Vector { row, name, bytes, outcome } in vectors() {
        if bytes.len() <= SPLIT_BYTES_MAX {
            let (found, _) = read_in_parts(bytes.chunks(1), &Limits::default());
            assert_eq!(found, outcome, "{row} {name}");
        }
    }
}

#[test]
fn a_prefix_is_incomplete_or_breaks_the_same_rule() {
    for Vector { row, name, bytes, outcome } in vectors() {
        for cut in cuts(bytes.len()) {
            let found = whole(&bytes[..cut]);
            let is_early_refusal = matches!(found, Outcome::Refused(_)) && found == outcome;
            assert!(found == Outcome::Incomplete || is_early_refusal, "{row} {name}, cut at {cut}: {found:?}");
        }
    }
}

#[test]
fn glued_messages_keep_their_outcomes_and_their_ends() {
    let vectors = vectors();
    let is_short = |vector: &&Vector| vector.bytes.len() <= SPLIT_BYTES_MAX;
    for (turn, first) in vectors.iter().filter(|vector| vector.outcome != Outcome::Incomplete).enumerate() {
        // All pairs would take too long: each message meets an eighth of the others, and the next one meets another eighth.
        let others = if is_short(&first) { usize::MAX } else { 5 };
        for second in vectors.iter().filter(is_short).skip(turn % 8).step_by(8).take(others) {
            let glued = [first.bytes.as_slice(), &second.bytes].concat();
            let names = [first.row, first.name, second.row, second.name];
            let (found, used) = read_message(&glued, &Limits::default());
            assert_eq!(found, first.outcome, "{names:?}");
            if matches!(found, Outcome::Complete(_)) {
                assert_eq!(used, first.bytes.len(), "{names:?}");
                assert_eq!(whole(&glued[used..]), second.outcome, "{names:?}");
            }
        }
    }
}

/// xorshift64* (Vigna 2016): the same sequence on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }

    fn pick(&mut self, bytes: &[u8]) -> u8 {
        bytes[self.below(bytes.len())]
    }

    /// `bytes` with one to four changes of the kinds that find holes: a bit, a byte of meaning, a gap, a doubled piece, an end.
    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        const MEANINGFUL: &[u8] = b"\r\n \t:;,=\"\\0/?%*hH1aF\0\x7f\xff";
        let mut mutant = bytes.to_vec();
        for _ in 0..=self.below(4) {
            if mutant.is_empty() {
                break;
            }
            let at = self.below(mutant.len());
            let end = (at + 1 + self.below(8)).min(mutant.len());
            match self.below(6) {
                0 => mutant[at] ^= 1 << self.below(8),
                1 => mutant[at] = self.pick(MEANINGFUL),
                2 => mutant.insert(at, self.pick(MEANINGFUL)),
                3 => drop(mutant.drain(at..end)),
                4 => {
                    let piece = mutant[at..end].to_vec();
                    mutant.splice(at..at, piece);
                }
                _ => mutant.truncate(at),
            }
        }
        mutant
    }
}

const SEED: u64 = 0x5eed_0001;
const MUTANTS: usize = 120;

#[test]
fn mutants_neither_panic_nor_depend_on_how_they_are_split() {
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    let limits = Limits::default();
    for Vector { row, name, bytes, .. } in vectors().iter().filter(|vector| vector.bytes.len() <= SPLIT_BYTES_MAX) {
        for _ in 0..MUTANTS {
            let mutant = random.mutate(bytes);
            let (found, used) = read_message(&mutant, &limits);
            assert!(used <= mutant.len());
            let cut = random.below(mutant.len() + 1);
            let (in_parts, used_in_parts) = read_in_parts([&mutant[..cut], &mutant[cut..]], &limits);
            assert_eq!(in_parts, found, "{row} {name}, split at {cut}: {}", mutant.escape_ascii());
            match whole(&mutant[..cut]) {
                Outcome::Incomplete => {}
                early => assert_eq!(early, found, "{row} {name}, cut at {cut}: {}", mutant.escape_ascii()),
            }
            if matches!(found, Outcome::Complete(_)) {
                assert_eq!(used, used_in_parts);
                assert_eq!(whole(&mutant[..used]), found, "{row} {name}: {}", mutant.escape_ascii());
                assert_eq!(whole(&mutant[..used - 1]), Outcome::Incomplete, "{row} {name}: {}", mutant.escape_ascii());
            }
        }
    }
}

#[test]
fn order_and_letter_case_of_fields_make_no_difference() {
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    for Vector { row, name, bytes, outcome } in vectors() {
        if !matches!(outcome, Outcome::Complete(_)) || bytes.len() > SPLIT_BYTES_MAX {
            continue;
        }
        for _ in 0..20 {
            let changed = reorder(&bytes, &mut random);
            assert_eq!(changed.len(), bytes.len());
            assert_eq!(whole(&changed), outcome, "{row} {name}: {}", changed.escape_ascii());
        }
    }
}

/// The same message with its field lines in another order and the letters of their names in other cases.
fn reorder(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    let end = start + bytes[start..].windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 2;
    let mut lines: Vec<Vec<u8>> =
        bytes[start..end].split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    let fields = &mut lines[1..];
    for last in (1..fields.len()).rev() {
        fields.swap(last, random.below(last + 1));
    }
    for byte in fields.iter_mut().flat_map(|line| line.iter_mut().take_while(|byte| **byte != b':')) {
        if random.below(2) == 0 && byte.is_ascii_alphabetic() {
            *byte ^= 0x20;
        }
    }
    [&bytes[..start], &lines.concat(), &bytes[end..]].concat()
}
