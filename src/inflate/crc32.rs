//! The CRC-32 of gzip and PNG: polynomial 0x04c11db7, reflected, inverted at both ends.

/// The checksum of what it has been given so far.
#[derive(Debug, Clone, Copy)]
pub struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Crc32 {
        Crc32(u32::MAX)
    }
}

impl Crc32 {
    /// The checksum of these bytes.
    pub fn of(bytes: &[u8]) -> u32 {
        let mut checksum = Crc32::default();
        checksum.add(bytes);
        checksum.value()
    }

    /// Takes in what follows.
    // a byte is always inside a table of 256
    #[allow(clippy::indexing_slicing)]
    pub fn add(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for &[b0, b1, b2, b3, b4, b5, b6, b7] in words {
            let [c0, c1, c2, c3] = self.0.to_le_bytes();
            let bytes = [b0 ^ c0, b1 ^ c1, b2 ^ c2, b3 ^ c3, b4, b5, b6, b7];
            // The first byte has seven others behind it, the last one none.
            let terms = bytes.iter().zip(TABLES.iter().rev()).map(|(byte, table)| table[usize::from(*byte)]);
            self.0 = terms.fold(0, |crc, term| crc ^ term);
        }
        for byte in rest {
            let [lowest, ..] = self.0.to_le_bytes();
            self.0 = (self.0 >> 8) ^ TABLES[0][usize::from(lowest ^ byte)];
        }
    }

    /// The checksum.
    pub fn value(self) -> u32 {
        !self.0
    }
}

/// What each byte does to the remainder, when as many other bytes follow it as the table's index says.
///
/// # Source
/// M. E. Kounavis and F. L. Berry, Novel table lookup-based algorithms for high-performance CRC generation (2008): slicing by 8.
#[allow(clippy::indexing_slicing)]
static TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut byte = 0;
    while byte < 256 {
        let mut follows = 1;
        while follows < 8 {
            let before = tables[follows - 1][byte];
            tables[follows][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            follows += 1;
        }
        byte += 1;
    }
    tables
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one_however_the_bytes_are_cut() {
        assert_eq!(Crc32::of(b""), 0);
        assert_eq!(Crc32::of(b"123456789"), 0xcbf4_3926);
        // Python: zlib.crc32(bytes(range(256)))
        let bytes: Vec<u8> = (0..=255).collect();
        for cut in 0..=bytes.len() {
            let mut checksum = Crc32::default();
            checksum.add(&bytes[..cut]);
            checksum.add(&bytes[cut..]);
            assert_eq!(checksum.value(), 0x2905_8c73, "{cut}");
        }
    }
}
