//! What the fuzz targets share: svcd's routes without a network, and second readings of what they are sent.

pub mod by_tree;
#[path = "../../shared/made_up.rs"]
mod made_up;
#[path = "../../it/differential/reading.rs"]
pub mod reading;
pub mod service;

/// CRC-32 as gzip and model.bin have it, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
