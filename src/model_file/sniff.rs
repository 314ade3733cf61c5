//! What a file is, by its first bytes.

use super::{Error, native};

/// What the first bytes of a file say.
pub(super) enum Sniffed {
    /// svcd's own format.
    ModelBin,
    /// JSON, perhaps of a model.
    Json,
    /// LIBSVM's text.
    Libsvm,
    /// A pickle or a joblib file.
    Pickle,
    /// Something compressed by gzip.
    Gzip,
    /// Something compressed by zlib.
    Zlib,
    /// What people may have instead of a model without knowing it; the text says what to do.
    Damaged(String),
    /// Data, or a model of another library; what it is, and what to do.
    Foreign(&'static str, &'static str),
    /// No model file, in words.
    Other(&'static str),
}

/// What an empty file is called.
pub(super) const EMPTY: &str = "an empty file";

/// Tells the format.
pub(super) fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.starts_with(&native::MAGIC) {
        Sniffed::ModelBin
    } else if bytes.trim_ascii_start().starts_with(b"{") {
        Sniffed::Json
    } else if bytes.starts_with(b"svm_type ") {
        Sniffed::Libsvm
    } else if starts_pickle(bytes) {
        Sniffed::Pickle
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        Sniffed::Gzip
    } else if starts_zlib(bytes) {
        Sniffed::Zlib
    } else if let Some(reason) = refusal(bytes) {
        Sniffed::Damaged(reason)
    } else if let Some((what, advice)) = foreign(bytes) {
        Sniffed::Foreign(what, advice)
    } else {
        Sniffed::Other(if bytes.is_empty() { EMPTY } else { "no model file" })
    }
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

/// Whether a file that nobody named looks like one of a model, whole or damaged.
pub(super) fn is_model_file(bytes: &[u8]) -> bool {
    match sniff(bytes) {
        Sniffed::Json => is_surely_model(bytes),
        Sniffed::Pickle => is_surely_pickle(bytes),
        Sniffed::Other(_) | Sniffed::Foreign(..) => false,
        _ => true,
    }
}

/// Whether a file that nobody named is surely a pickle: text in a folder begins with a `c` or a bracket too.
fn is_surely_pickle(bytes: &[u8]) -> bool {
    const MODULES: &[&str] =
        &["copy_reg", "copyreg", "sklearn", "numpy", "joblib", "collections", "builtins", "__builtin__", "pandas"];
    match bytes {
        [0x80, ..] => true,
        [b'c', name @ ..] => MODULES.iter().any(|module| name.starts_with(module.as_bytes())),
        [b'(', b'd' | b'l' | b't', b'p', digit, ..] => digit.is_ascii_digit(),
        _ => bytes.ends_with(b"."),
    }
}

/// Whether JSON says that it is a model of svcd's.
fn is_surely_model(json: &[u8]) -> bool {
    const NAME: &[u8] = b"\"svcd-svc\"";
    json.windows(NAME.len()).any(|window| window == NAME)
}

/// A kind of file that people may well have instead of a model, and what to do.
fn refusal(bytes: &[u8]) -> Option<String> {
    if let Some((_, name)) = OTHER_COMPRESSIONS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(format!(
            "{name} compression is not supported: save the model with joblib.dump(model, 'model', compress=('zlib', \
             3)), or without compress"
        ));
    }
    let reason = match bytes {
        _ if bytes.starts_with(b"version https://git-lfs") => {
            "a Git LFS pointer, not the file itself: run `git lfs pull`"
        }
        [b'Z', b'F', ..] => "a compressed file of joblib before 0.9.3: save the model with a newer joblib",
        _ if bytes.get(257..262) == Some(b"ustar") => {
            "a tar archive: unpack it, and give the model's files or their folder"
        }
        _ => return None,
    };
    Some(reason.to_owned())
}

/// What people have beside a model, or of another library, and what to do.
fn foreign(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match bytes {
        [b'P', b'K', 3, 4, ..] if bytes.get(30..).is_some_and(|name| name.starts_with(b"[Content_Types].xml")) => {
            ("an Office document", "give the SVM's file")
        }
        [b'P', b'K', 3, 4, ..] => (
            "a zip file, as skops, torch, keras and NumPy write it",
            "save the SVM itself with pickle or joblib, or unpack the file first",
        ),
        [0x89, b'H', b'D', b'F', ..] => ("an HDF5 file, as keras writes it", "svcd serves the SVMs of scikit-learn"),
        // the fields ir_version and producer_name of ONNX
        [0x08, 0x01..=0x1f, 0x12, ..] => {
            ("an ONNX file", "save the SVM itself with pickle or joblib; its answers are then exact")
        }
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => ("a NumPy array", "save the SVM itself with pickle or joblib"),
        _ => return None,
    })
}

/// The error for a file that somebody named as a model, and that begins like no format.
pub(super) fn unknown(bytes: &[u8]) -> Error {
    let start = bytes.trim_ascii_start().get(..5).unwrap_or_default().to_ascii_lowercase();
    if start == b"<!doc" || start == b"<html" {
        let reason =
            "a web page: the download gave a page about the file, not the file (on GitHub, use the `raw` link)";
        return Error::NotServed(reason.to_owned());
    }
    Error::UnknownFormat { found: bytes.iter().take(8).copied().collect() }
}

/// First bytes and names of the compressions that joblib can write and that are not read here.
const OTHER_COMPRESSIONS: &[(&[u8], &str)] =
    &[(b"BZh", "bz2"), (b"\xfd7zXZ", "xz"), (b"\x5d\x00\x00", "lzma"), (b"\x04\x22\x4d\x18", "lz4")];
