//! A hash of bytes that differs from process to process, so that no file can know which words collide.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// What the hash depends on besides the bytes.
#[derive(Clone, Copy)]
pub(in crate::pipeline) struct HashKey([u64; 2]);

impl HashKey {
    /// The key of this process.
    pub(in crate::pipeline) fn of_process() -> HashKey {
        static KEY: OnceLock<HashKey> = OnceLock::new();
        *KEY.get_or_init(|| {
            let random = RandomState::new();
            HashKey([random.hash_one(0), random.hash_one(1)])
        })
    }

    /// Products of 64 bits, folded: eight bytes at a time, the last ones overlapping those before.
    #[inline]
    pub(in crate::pipeline) fn hash(self, bytes: &[u8]) -> u64 {
        let HashKey([first, second]) = self;
        let mut hash = first ^ (bytes.len() as u64).wrapping_mul(ODD);
        let rest = match bytes.last_chunk::<8>() {
            Some(last) => {
                for eight in bytes.as_chunks::<8>().0 {
                    hash = folded(hash ^ u64::from_le_bytes(*eight), second | 1);
                }
                u64::from_le_bytes(*last)
            }
            None => overlapping(bytes),
        };
        folded(hash ^ rest, second ^ ODD)
    }
}

/// Up to seven bytes, all of which count.
fn overlapping(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        (_, _, [first, .., last]) => {
            let middle = bytes.get(bytes.len() / 2).copied().unwrap_or_default();
            u64::from_le_bytes([*first, middle, *last, 0, 0, 0, 0, 0])
        }
        (_, _, [only]) => u64::from(*only),
        _ => 0,
    }
}

fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    (product >> 64) as u64 ^ product as u64
}

/// The golden ratio as a fraction of 2^64.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_byte_counts_at_every_length() {
        let key = HashKey([0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210]);
        let mut seen = HashSet::new();
        for length in 0..40 {
            let mut bytes = vec![b'a'; length];
            assert!(seen.insert(key.hash(&bytes)), "{length}");
            for place in 0..length {
                bytes[place] = b'b';
                assert!(seen.insert(key.hash(&bytes)), "{length} {place}");
                bytes[place] = b'a';
            }
        }
    }
}
