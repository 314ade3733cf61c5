//! From a path or bytes of any supported format to a model, by the first bytes of the content.

use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::Path;

use super::{Error, Loaded, MODEL_FILE_BYTES_MAX, inflate, json, libsvm, native, sklearn};

/// Reads the model file at `path`.
///
/// # Errors
/// Everything that [`Error`] lists; the text does not repeat the path.
pub fn load_path(path: &Path) -> Result<Loaded, Error> {
    load_bytes(&read_path(path)?)
}

/// The whole content of the file at `path`, for [`load_bytes`].
///
/// # Errors
/// [`Error::Read`], [`Error::NotRegularFile`] and [`Error::TooLarge`].
pub fn read_path(path: &Path) -> Result<Vec<u8>, Error> {
    // opening a FIFO waits for a writer, so the path is checked first; then the opened file, as the path may have changed since
    check_regular(fs::metadata(path).map_err(Error::Read)?.file_type())?;
    let file = File::open(path).map_err(Error::Read)?;
    let metadata = file.metadata().map_err(Error::Read)?;
    check_regular(metadata.file_type())?;
    check_size(metadata.len())?;
    let mut bytes = Vec::new();
    // one byte above the limit shows a file that grows while it is read
    file.take(MODEL_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(Error::Read)?;
    Ok(bytes)
}

/// Reads a model from the whole content of a model file.
///
/// # Errors
/// Everything that [`Error`] lists, except for reading files.
pub fn load_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    check_size(bytes.len() as u64)?;
    let loaded = if bytes.starts_with(&native::MAGIC) {
        native::from_bytes(bytes)?
    } else if bytes.trim_ascii_start().starts_with(b"{") {
        json::from_bytes(bytes)?
    } else if bytes.starts_with(b"svm_type ") {
        libsvm::from_bytes(bytes)?
    } else if starts_pickle(bytes) {
        sklearn::from_pickle(bytes)?
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        compressed(&inflate::gzip(bytes)?)?
    } else if starts_zlib(bytes) {
        compressed(&inflate::zlib(bytes)?)?
    } else if let Some(reason) = refusal(bytes) {
        return Err(Error::NotServed(reason));
    } else {
        return Err(Error::UnknownFormat { found: bytes.iter().take(8).copied().collect() });
    };
    if let Some(probes) = &loaded.probes {
        probes.check(&loaded.model)?;
    }
    Ok(loaded)
}

/// A pickle in a compressed file: mostly joblib's `compress`, but people gzip plain pickles too.
fn compressed(content: &[u8]) -> Result<Loaded, Error> {
    if !starts_pickle(content) {
        return Err(Error::NotServed("expected a pickle in the compressed file, found something else".to_owned()));
    }
    sklearn::from_pickle(content).map_err(|cause| match cause {
        Error::Pickle { offset, opcode, problem, .. } => Error::Pickle { offset, opcode, problem, inflated: true },
        other => other,
    })
}

/// Protocols 2 to 5 start with their number. Protocols 0 and 1 start with the object itself: an instance, whose class is named
/// on two lines after a `c`, or the brackets of a tuple, list or dict.
fn starts_pickle(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, protocol, ..] => *protocol < 0x20,
        [b'(', next, ..] => b"(ctldKMJIGFXVNLU]}iS".contains(next),
        [b']' | b'}', next, ..] => b"q.(".contains(next),
        [b'c', name @ ..] => {
            let mut lines = name.split(|byte| *byte == b'\n');
            let is_name = |line: &[u8]| {
                let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
                !line.is_empty() && line.iter().all(is_letter)
            };
            lines.next().is_some_and(is_name) && lines.next().is_some_and(is_name)
        }
        _ => false,
    }
}

/// RFC 1950: deflate with a window of 32 KiB, and a header that is a multiple of 31.
fn starts_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, flags, ..] if (0x7800 + u16::from(*flags)).is_multiple_of(31))
}

/// Why a kind of file that people may well have is not read, and what to do instead.
fn refusal(bytes: &[u8]) -> Option<String> {
    if let Some((_, name)) = OTHER_COMPRESSIONS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(format!(
            "{name} compression is not read: save the model with joblib.dump(model, 'model', compress=('zlib', 3)), or without compress"
        ));
    }
    let reason = match bytes {
        [b'Z', b'F', ..] => "a compressed file of joblib before 0.9.3: save the model with a newer joblib",
        [b'P', b'K', 3, 4, ..] => {
            "a zip file, as skops, torch and NumPy write it: save the SVC itself with pickle or joblib"
        }
        // the fields ir_version and producer_name of ONNX
        [0x08, 0x01..=0x1f, 0x12, ..] => {
            "an ONNX file: save the SVC itself with pickle or joblib, its answers are exact then"
        }
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "a NumPy array: save the SVC itself with pickle or joblib",
        _ => return None,
    };
    Some(reason.to_owned())
}

/// First bytes and names of the compressions that joblib can write and that are not read here.
const OTHER_COMPRESSIONS: &[(&[u8], &str)] =
    &[(b"BZh", "bz2"), (b"\xfd7zXZ", "xz"), (b"\x5d\x00\x00", "lzma"), (b"\x04\x22\x4d\x18", "lz4")];

fn check_size(found: u64) -> Result<(), Error> {
    if found > MODEL_FILE_BYTES_MAX { Err(Error::TooLarge { found }) } else { Ok(()) }
}

fn check_regular(file_type: FileType) -> Result<(), Error> {
    if file_type.is_file() {
        return Ok(());
    }
    Err(Error::NotRegularFile { found: if file_type.is_dir() { "a directory" } else { "a device, FIFO or socket" } })
}
