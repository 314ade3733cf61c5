//! Counting and finding bytes, many at a time: the compiler makes vector instructions of sums over small arrays.

/// How many bytes of a text are this one.
pub fn count(text: &[u8], wanted: u8) -> usize {
    let (blocks, rest) = text.as_chunks::<BLOCK_BYTES>();
    let in_block = |block: &[u8; BLOCK_BYTES]| block.iter().map(|byte| u8::from(*byte == wanted)).sum::<u8>();
    let in_blocks: usize = blocks.iter().map(|block| usize::from(in_block(block))).sum();
    in_blocks + rest.iter().filter(|byte| **byte == wanted).count()
}

/// Whether a text has quotes or CR, so that a record may end elsewhere than at the next LF.
pub(super) fn has_quotes_or_returns(text: &[u8]) -> bool {
    let is_special = |byte: &u8| u8::from(*byte == b'"') | u8::from(*byte == b'\r');
    let (blocks, rest) = text.as_chunks::<BLOCK_BYTES>();
    let in_block = |block: &[u8; BLOCK_BYTES]| block.iter().fold(0, |found, byte| found | is_special(byte));
    blocks.iter().any(|block| in_block(block) != 0) || rest.iter().any(|byte| is_special(byte) != 0)
}

/// Bytes of a block; their count fits into one byte.
const BLOCK_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_and_counted_at_every_place() {
        for length in [0, 1, 63, 64, 65, 200] {
            let text = vec![b'a'; length];
            assert_eq!((count(&text, b'a'), count(&text, b'b')), (length, 0));
            assert!(!has_quotes_or_returns(&text));
            for place in 0..length {
                for byte in [b'"', b'\r'] {
                    let mut text = text.clone();
                    text[place] = byte;
                    assert!(has_quotes_or_returns(&text), "{length} {place}");
                    assert_eq!(count(&text, byte), 1);
                }
            }
        }
    }
}
