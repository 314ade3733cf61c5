//! Streams of Python's gzip and zlib, however they are cut.

use super::{CHUNK_BYTES_MAX, Compression, Crc32, Error, Inflater};

/// A stored block with the bytes `abc`.
const STORED: [u8; 8] = [1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'];

/// gzip.compress(text, 9, mtime=0) of [`text`]
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2d\xcd\xc1\x09\xc0\x00\x08\x43\xd1\xbb\xb3\x78\x30\x55\x0b\xee\xbf\x58\x3f\
    \x34\x07\x41\x7c\x24\x56\x56\x28\x15\x4f\x4e\x74\x5e\x4c\x6e\x6c\x76\xbc\x4c\xb1\x8b\xdb\x6f\xc2\x0a\x13\x36\xd8\x61\
    \x8b\x35\xd6\xce\x9d\x4d\x58\x61\xc2\x06\x3b\x6c\xdd\xd9\xce\x9d\x4d\x58\x61\xc2\xc6\xff\xd6\x9d\x1d\x1f\xdd\x6d\xe2\
    \x07\xa0\x00\x00\x00";
/// zlib.compress(text, 9)
const ZLIB: &[u8] = b"\x78\xda\x2d\xcd\xc1\x09\xc0\x00\x08\x43\xd1\xbb\xb3\x78\x30\x55\x0b\xee\xbf\x58\x3f\x34\x07\x41\x7c\x24\x56\x56\x28\
    \x15\x4f\x4e\x74\x5e\x4c\x6e\x6c\x76\xbc\x4c\xb1\x8b\xdb\x6f\xc2\x0a\x13\x36\xd8\x61\x8b\x35\xd6\xce\x9d\x4d\x58\x61\
    \xc2\x06\x3b\x6c\xdd\xd9\xce\x9d\x4d\x58\x61\xc2\xc6\xff\xd6\x9d\x1d\x1f\xbc\xcb\x18\x81";

/// zlib.compress(bytes(100_000), 9)
const ZEROS: &[u8] = b"\x78\xda\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5\x4f\x6d\x0d\x0f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x57\x03\
    \x86\xaf\x00\x01";

fn text() -> Vec<u8> {
    (0..40).flat_map(|i| format!("{},{}\n", i % 7, i * i % 11).into_bytes()).collect()
}

/// The content of a stream that comes in these parts.
fn inflated<'a>(compression: Compression, parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, Error> {
    let (mut inflater, mut content) = (Inflater::new(compression), Vec::new());
    for mut part in parts {
        loop {
            let chunk = inflater.step(&mut part)?;
            if chunk.is_empty() {
                break;
            }
            assert!(chunk.len() <= CHUNK_BYTES_MAX);
            content.extend_from_slice(chunk);
        }
        assert!(part.is_empty());
    }
    inflater.finish().map(|()| content)
}

fn whole(compression: Compression, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let found = inflated(compression, [bytes]);
    assert_eq!(inflated(compression, bytes.chunks(1)), found);
    for cut in 0..=bytes.len() {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(inflated(compression, [first, second]), found, "{cut}");
    }
    found
}

fn member(flags: u8, header: &[u8]) -> Vec<u8> {
    let start = [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 0xff];
    [&start, header, &STORED, &Crc32::of(b"abc").to_le_bytes(), &3_u32.to_le_bytes()].concat()
}

#[test]
fn content_does_not_depend_on_where_the_stream_is_cut() {
    for (compression, bytes) in [(Compression::Gzip, GZIP), (Compression::Zlib, ZLIB)] {
        assert_eq!(whole(compression, bytes), Ok(text()));
        for length in 0..bytes.len() {
            assert_eq!(inflated(compression, [&bytes[..length]]), Err(Error::Truncated), "{compression:?}, {length}");
        }
    }
}

#[test]
fn all_members_are_read_and_nothing_else_may_follow() {
    let members = [GZIP, &member(8, b"name\0"), GZIP].concat();
    assert_eq!(whole(Compression::Gzip, &members), Ok([text(), b"abc".to_vec(), text()].concat()));
    // a header that has begun is no trailing garbage
    for length in [1, 9, 10, 20] {
        let cut = &members[..GZIP.len() + length];
        assert_eq!(whole(Compression::Gzip, cut), Err(Error::Truncated), "{length}");
    }
    for trailing in [&b"\0"[..], b"x", b"\x1f\x8c"] {
        let offset = (GZIP.len() + trailing.len() - 1) as u64;
        let found = whole(Compression::Gzip, &[GZIP, trailing].concat());
        assert_eq!(found, Err(Error::Trailing { offset }), "{trailing:?}");
    }
    let offset = ZLIB.len() as u64;
    assert_eq!(whole(Compression::Zlib, &[ZLIB, ZLIB].concat()), Err(Error::Trailing { offset }));
}

#[test]
fn every_part_of_a_gzip_header_is_passed_over() {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    const CHECKSUM: u8 = 2;
    for (flags, header) in [
        (0, &b""[..]),
        (EXTRA, b"\x02\0ab"),
        (EXTRA, b"\0\0"),
        (NAME, b"model\0"),
        (COMMENT, b"a comment\0"),
        (CHECKSUM, b"\xaa\xbb"),
        (EXTRA | COMMENT, b"\x01\0x\0"),
        (EXTRA | NAME | COMMENT | CHECKSUM, b"\x01\0xn\0c\0\xaa\xbb"),
    ] {
        let bytes = member(flags, header);
        assert_eq!(whole(Compression::Gzip, &bytes), Ok(b"abc".to_vec()), "{flags}");
        for length in 0..bytes.len() {
            let found = inflated(Compression::Gzip, [&bytes[..length]]);
            assert_eq!(found, Err(Error::Truncated), "{flags}, {length}");
        }
    }
    for (index, byte) in [(0, 0x1e), (1, 0x8a), (2, 7), (3, 0x20), (3, 0x80)] {
        let mut bytes = member(0, b"");
        bytes[index] = byte;
        assert_eq!(whole(Compression::Gzip, &bytes), Err(Error::GzipHeader), "{index}");
    }
}

#[test]
fn checksums_and_lengths_are_compared() {
    let changed = |bytes: &[u8], index: usize| {
        let mut bytes = bytes.to_vec();
        bytes[index] ^= 1;
        bytes
    };
    let gzip = |index| whole(Compression::Gzip, &changed(&member(0, b""), index));
    assert_eq!(gzip(18), Err(Error::Checksum { expected: 0x3524_41c3, found: 0x3524_41c2 }));
    assert_eq!(gzip(22), Err(Error::Length { expected: 2, found: 3 }));
    // the length of a stored block stands there twice
    assert!(matches!(gzip(11), Err(Error::Deflate { .. })));
    let zlibbed = [&[0x78, 0x9c][..], &STORED, &[0x02, 0x4d, 0x01, 0x27]].concat();
    assert_eq!(whole(Compression::Zlib, &zlibbed), Ok(b"abc".to_vec()));
    let found = whole(Compression::Zlib, &changed(&zlibbed, 13));
    assert_eq!(found, Err(Error::Checksum { expected: 0x024d_0126, found: 0x024d_0127 }));
    for start in [[0x79, 0x9c], [0x78, 0x9d], [0x78, 0xbb]] {
        let bytes = [&start[..], &STORED, &[0x02, 0x4d, 0x01, 0x27]].concat();
        assert!(matches!(whole(Compression::Zlib, &bytes), Err(Error::Deflate { .. })), "{start:?}");
    }
}

#[test]
fn content_larger_than_the_window_comes_in_chunks() {
    assert_eq!(inflated(Compression::Zlib, [ZEROS]), Ok(vec![0; 100_000]));
    assert_eq!(inflated(Compression::Zlib, ZEROS.chunks(1)), Ok(vec![0; 100_000]));
    // their checksums tell whether the content is right
    for file in [
        &include_bytes!("../../tests/fixtures/pickle/1.9.1/pipeline.joblib.gz")[..],
        include_bytes!("../../tests/fixtures/pickle/1.9.1/linear.joblib.gz"),
    ] {
        let content = inflated(Compression::Gzip, [file]).unwrap();
        for size in [1, 7, 300, 4096] {
            assert!(inflated(Compression::Gzip, file.chunks(size)).as_ref() == Ok(&content), "{size}");
        }
    }
}

#[test]
fn whatever_a_stream_holds_its_cuts_do_not_matter() {
    let mut seed = 1_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for round in 0..4_000 {
        let (compression, source) = [(Compression::Gzip, GZIP), (Compression::Zlib, ZLIB)][round % 2];
        let mut bytes = source.repeat(1 + random(2));
        for _ in 0..1 + random(3) {
            let place = random(bytes.len());
            bytes[place] = random(256) as u8;
        }
        let found = inflated(compression, [bytes.as_slice()]);
        assert_eq!(inflated(compression, bytes.chunks(1 + random(20))), found, "{bytes:?}");
        assert_eq!(inflated(compression, bytes.chunks(1)), found, "{bytes:?}");
    }
}
