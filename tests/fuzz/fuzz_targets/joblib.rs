//! Any bytes as a joblib file, plain and inside gzip: both say the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::model_file::load::load_bytes;
use svcd_fuzz::crc32;

fuzz_target!(|bytes: &[u8]| {
    // what is compressed itself, or no pickle, is another thing inside gzip
    if !matches!(bytes, [0x80, 0..=0x1f, ..]) {
        let _ = load_bytes(bytes);
        return;
    }
    let plain = load_bytes(bytes);
    let compressed = load_bytes(&gzip(bytes));
    match (plain, compressed) {
        (Ok(plain), Ok(compressed)) => assert_eq!(plain.model, compressed.model),
        (Err(plain), Err(compressed)) => {
            let text = compressed.to_string().replacen(" of the decompressed file", "", 1);
            // the decoded arrays may take up the length of the pickle in both cases
            assert_eq!(text, plain.to_string());
        }
        (plain, compressed) => panic!("plain: {plain:?}, compressed: {compressed:?}"),
    }
});

/// RFC 1952 with blocks that are stored as they are.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    let mut blocks = content.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        bytes.push(u8::from(blocks.peek().is_none()));
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(!length).to_le_bytes());
        bytes.extend_from_slice(block);
    }
    bytes.extend_from_slice(&crc32(content).to_le_bytes());
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    bytes
}
