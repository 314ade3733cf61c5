//! Pickles put together by hand: each function gives the opcodes that leave one value on the stack.

use std::fs;
use std::path::Path;

pub fn text(text: &str) -> Vec<u8> {
    [&[0x8c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

pub fn long_text(length: u32) -> Vec<u8> {
    [b"X".to_vec(), length.to_le_bytes().to_vec(), vec![b'x'; length as usize]].concat()
}

pub fn bytes_object(bytes: &[u8]) -> Vec<u8> {
    [&b"B"[..], &u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

pub fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [b"](".to_vec(), items.concat(), b"e".to_vec()].concat()
}

pub fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".to_vec(), items.concat(), b"t".to_vec()].concat()
}

pub fn dict(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<u8> = entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect();
    [b"}(".to_vec(), entries, b"u".to_vec()].concat()
}

pub fn object(module: &str, name: &str, state: &[u8]) -> Vec<u8> {
    [&global(module, name), &b")\x81"[..], state, b"b"].concat()
}

pub fn dtype(code: &str) -> Vec<u8> {
    [global("numpy", "dtype"), tuple(&[text(code), b"\x89".to_vec(), b"\x88".to_vec()]), b"R".to_vec()].concat()
}

pub fn array(shape: &[Vec<u8>], code: &str, items: &[u8]) -> Vec<u8> {
    let arguments = tuple(&[global("numpy", "ndarray"), tuple(&[b"K\x00".to_vec()]), b"C\x01b".to_vec()]);
    let state = tuple(&[b"K\x01".to_vec(), tuple(shape), dtype(code), b"\x89".to_vec(), items.to_vec()]);
    [global("numpy.core.multiarray", "_reconstruct"), arguments, b"R".to_vec(), state, b"b".to_vec()].concat()
}

/// Memo entries above those of [`extended_svc`]'s model start at 200.
pub fn put(index: u8) -> Vec<u8> {
    vec![b'q', index]
}

pub fn get(index: u8) -> Vec<u8> {
    vec![b'h', index]
}

/// A scikit-learn model of four features with one more attribute.
pub fn extended_svc(attribute: &str, value: &[u8]) -> Vec<u8> {
    let bytes = fixture("1.9.1/svc.p4");
    let before = bytes.strip_suffix(b"ub.").unwrap();
    // a frame would end before the new attribute does
    assert_eq!(before[2], 0x95);
    [b"\x80\x04", &before[11..], &text(attribute), value, b"ub."].concat()
}

pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pickle").join(name)).unwrap()
}
