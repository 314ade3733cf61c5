//! MurmurHash3, as `HashingVectorizer` finds the column of a word.

/// The hash of 32 bits, with seed 0, as a number with a sign.
///
/// # Source
/// Austin Appleby, `MurmurHash3_x86_32`; scikit-learn, `murmurhash3_bytes_s32`.
pub(super) fn murmur3(bytes: &[u8]) -> i32 {
    let (fours, rest) = bytes.as_chunks::<4>();
    let mut hash = 0_u32;
    for four in fours {
        hash = (hash ^ mixed(u32::from_le_bytes(*four))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = rest.iter().rev().fold(0_u32, |tail, byte| tail << 8 | u32::from(*byte));
    hash ^= mixed(tail);
    // the length is taken modulo 2^32
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    (hash ^ hash >> 16).cast_signed()
}

fn mixed(four: u32) -> u32 {
    four.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_scikit_learn() {
        for (text, hash) in
            [("", 0), ("a", 1_009_084_850), ("foo", -156_908_512), ("straße", 2_095_602_437), ("日本", -992_347_838)]
        {
            assert_eq!(murmur3(text.as_bytes()), hash, "{text}");
        }
    }
}
