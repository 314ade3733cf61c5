//! Bytes of a model file to a checked [`Model`](crate::pipeline::Model), and back.
//!
//! In: paths or bytes, of one file or of several that are one model. Out: a [`Loaded`] model with its provenance, or one line that says where the file is wrong, what was
//! expected and what was found. Formats are told apart by content, never by the file's name. Refused: anything but a regular
//! file, files above [`MODEL_FILE_BYTES_MAX`], parts that do not fit together, probe rows whose answers differ from the stored
//! ones. Reading a model never executes anything.

mod compressed;
mod dense;
pub mod folder;
mod joblib;
mod json;
pub mod libsvm;
pub mod load;
mod loaded;
pub mod native;
mod numpy;
mod pickle;
pub mod pieces;
mod probes;
pub mod sha256;
mod sklearn;
mod sniff;

use std::{fmt, io};

use serde::{Deserialize, Serialize};

use crate::{escape, pipeline};

pub use loaded::{LeftOut, Loaded, Provenance, Role, TrainingRecord, UsedPiece};
pub use probes::{PROBE_ROWS_MAX, Probes};

/// A larger model file is refused before it is read: 512 MiB, about 80,000 support vectors of 784 features.
pub const MODEL_FILE_BYTES_MAX: u64 = 512 << 20;

/// Estimators in estimators: a threshold on a calibration of one-vs-rest is three.
const NESTED_MAX: usize = 3;

/// What kind of file a model was read from.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// svcd's own, [`native`].
    ModelBin,
    /// JSON with scikit-learn's attribute names.
    Json,
    /// A pickle of scikit-learn.
    Pickle,
    /// A joblib file of scikit-learn.
    Joblib,
    /// LIBSVM's text format.
    Libsvm,
    /// No file: trained here.
    Training,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ModelBin => "model.bin",
            Self::Json => "json",
            Self::Pickle => "pickle",
            Self::Joblib => "joblib",
            Self::Libsvm => "libsvm",
            Self::Training => "svcd train",
        })
    }
}

/// Why a file cannot be served as a model.
#[derive(Debug)]
pub enum Error {
    /// The operating system could not read the file.
    Read(io::Error),
    /// A directory, a FIFO or a device: reading it may block or never end.
    NotRegularFile {
        /// What the path names instead.
        found: &'static str,
    },
    /// More than [`MODEL_FILE_BYTES_MAX`], as the size of the file or as a length inside it.
    TooLarge {
        /// Bytes; at least this many.
        found: u64,
    },
    /// The first bytes belong to no format that svcd reads.
    UnknownFormat {
        /// The first bytes of the file, at most eight.
        found: Vec<u8>,
    },
    /// model.bin ends too early.
    Truncated {
        /// Bytes that the file should have; at least this many.
        expected: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// model.bin goes on after its body.
    TrailingBytes {
        /// Bytes that the file should have.
        expected: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// model.bin of another version of the format.
    Version {
        /// The newest version that is read.
        newest: u32,
        /// The version in the file.
        found: u32,
    },
    /// The body of model.bin is not the one that was written.
    Checksum {
        /// The checksum in the header.
        expected: u32,
        /// The checksum of the bytes.
        found: u32,
    },
    /// The body of model.bin has a part that this svcd does not know.
    Newer(String),
    /// The body of model.bin is not a model, although its checksum is right.
    Body(String),
    /// The text is not JSON, or has another shape than a model.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at the very start of a line.
        column: usize,
        /// What was expected and found there.
        problem: String,
    },
    /// The text is not a LIBSVM model that can be served.
    Libsvm {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What was expected and found there.
        problem: String,
    },
    /// The model has something that a file of this format cannot hold.
    Unwritable {
        /// The format asked for.
        format: Format,
        /// What the format holds, what the model has, and why it matters.
        problem: String,
    },
    /// The pickle is broken, or holds something that is refused wherever it stands.
    Pickle {
        /// Offset of the opcode in the file, or in the decompressed content.
        offset: usize,
        /// The opcode's name in Python's `pickletools`; `None` if it is unknown.
        opcode: Option<&'static str>,
        /// What was expected and found.
        problem: String,
        /// Whether the offset is one in the decompressed content.
        inflated: bool,
    },
    /// The compressed file cannot be decompressed.
    Decompress(String),
    /// The file is in order but holds something that is not served; the text says what it is, and what to do.
    NotServed(String),
    /// An attribute of an estimator in a pickle is wrong or does not fit the others.
    Attribute {
        /// Class and attribute by scikit-learn's names, as in `SVC.support_vectors_`.
        name: String,
        /// What was expected and found.
        problem: String,
    },
    /// One part of several cannot be read.
    Piece {
        /// Where it is: a file, a key of a dict.
        place: String,
        /// Why it cannot.
        cause: Box<Error>,
        /// Whether an estimator was found elsewhere, so that the model might do without this part.
        has_estimator: bool,
    },
    /// The parts do not make a model.
    Model(pipeline::Error),
    /// The model does not give the answers stored with it.
    Probe {
        /// Index of the probe row, from 0; `None` when the rows themselves are wrong.
        row: Option<usize>,
        /// What was expected and found.
        problem: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(&mut OneLine { out: f, characters: 0 })
    }
}

impl Error {
    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Read(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                write!(f, "{cause}: let svcd's user read it, as chmod o+r does (the image runs as user 65532)")
            }
            Self::Read(cause) => write!(f, "{cause}"),
            Self::NotRegularFile { found } => write!(f, "expected a regular file, found {found}"),
            Self::TooLarge { found } => write!(f, "size: expected at most {MODEL_FILE_BYTES_MAX} bytes, found {found}"),
            Self::UnknownFormat { found } if found.is_empty() => {
                f.write_str("format: expected a model.bin, pickle, joblib, LIBSVM or JSON model, found an empty file")
            }
            Self::UnknownFormat { found } => {
                f.write_str("format: expected a model.bin, pickle, joblib, LIBSVM or JSON model, found a file that starts with the bytes")?;
                found.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
            Self::Truncated { expected, found } => {
                write!(f, "truncated: expected {expected} bytes, found {found}")
            }
            Self::TrailingBytes { expected, found } => {
                write!(f, "trailing bytes: expected {expected} bytes, found {found}")
            }
            Self::Version { newest, found } if found > newest => {
                write!(f, "format version: expected at most {newest}, found {found}: written by a newer svcd")
            }
            Self::Version { newest, found } => write!(f, "format version: expected 1 to {newest}, found {found}"),
            Self::Checksum { expected, found } => write!(f, "checksum: expected {expected:#010x}, found {found:#010x}"),
            Self::Body(problem) => write!(f, "body: {problem}"),
            Self::Newer(problem) => write!(f, "body: written by a newer svcd: {problem}"),
            Self::Json { line, column, problem } => write!(f, "line {line}, column {column}: {problem}"),
            Self::Libsvm { line, column, problem } => write!(f, "line {line}, column {column}: {problem}"),
            Self::Unwritable { format, problem } => write!(f, "the format {format}: {problem}"),
            Self::Pickle { offset, opcode, problem, inflated } => {
                match opcode {
                    Some(opcode) => write!(f, "opcode {opcode} at byte {offset}")?,
                    None => write!(f, "byte {offset}")?,
                }
                write!(f, "{}: {problem}", if *inflated { " of the decompressed file" } else { "" })
            }
            Self::Decompress(problem) => write!(f, "compressed file: {problem}"),
            Self::NotServed(reason) => f.write_str(reason),
            Self::Attribute { name, problem } => write!(f, "`{name}`: {problem}"),
            Self::Piece { place, cause, has_estimator } => {
                write!(f, "`{place}`: ")?;
                cause.write(f)?;
                if !has_estimator {
                    return Ok(());
                }
                write!(f, "; if it is not part of the model: --leave-out {}", leave_out_name(place))
            }
            Self::Model(cause) => write!(f, "{cause}"),
            Self::Probe { row: None, problem } => write!(f, "probe rows: {problem}"),
            Self::Probe { row: Some(row), problem } => write!(f, "probe row {row}: {problem}"),
        }
    }
}

/// How a shell takes the name of a place: its key alone is enough, if that is a plain word.
fn leave_out_name(place: &str) -> String {
    let key = place.strip_suffix("']").and_then(|rest| rest.rsplit_once("['")).map_or(place, |(_, key)| key);
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'));
    if is_plain(key) { key.to_owned() } else { format!("\"{place}\"") }
}

/// Keeps what is written to one line of bounded length, because names and labels come from files.
struct OneLine<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    characters: usize,
}

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match self.characters {
                ..ERROR_CHARACTERS_MAX => escape::write_char(self.out, character)?,
                ERROR_CHARACTERS_MAX => self.out.write_str("...")?,
                _ => return Ok(()),
            }
            self.characters += 1;
        }
        Ok(())
    }
}

/// An error is cut off after this many characters; our longest, about unknown keys, has 400.
const ERROR_CHARACTERS_MAX: usize = 800;

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(cause) => Some(cause),
            Self::Model(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<pipeline::Error> for Error {
    fn from(cause: pipeline::Error) -> Self {
        Self::Model(cause)
    }
}
