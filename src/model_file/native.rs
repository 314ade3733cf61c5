//! model.bin, svcd's own format: a header of 24 bytes, then one body.
//!
//! ```text
//! offset  bytes  header
//!      0      8  magic: 89 'S' 'V' 'C' 'D' 0d 0a 1a
//!      8      4  format version, 2
//!     12      4  CRC-32 of the body (the one of gzip and PNG: polynomial 0x04c11db7, reflected, inverted at both ends)
//!     16      8  length of the body in bytes; nothing follows the body
//! ```
//!
//! All integers are little endian. The body is these values one after the other, without padding; it is what bincode 1.3.3
//! writes with fixed-size integers, and simple enough for any other decoder:
//!
//! ```text
//! u32, u64, f64   4, 8, 8 bytes; f64 in IEEE 754 binary64
//! bool            1 byte, 0 or 1
//! string          u64 count of bytes, then UTF-8
//! list of T       u64 count, then each T
//! optional T      1 byte, 0 or 1, then T if 1
//! one of          u32 number of the variant, from 0, then its values; new variants are appended, so one that is not known
//!                 here was written by a newer svcd
//!
//! source                   one of ModelBin, Json, Pickle, Joblib, Libsvm, Training
//! sklearn_version          optional string
//! columns                  list of one of Number
//! feature_names_in         optional list of string
//! steps                    list of one of
//!                            Scaler: u64 n_features_in, one of
//!                              Standard: optional list of f64 mean, optional list of f64 scale
//!                              MinMax: list of f64 scale, list of f64 min, optional (f64 lowest, f64 highest)
//!                              Robust: optional list of f64 center, optional list of f64 scale
//!                              MaxAbs: list of f64 scale, bool clip
//! estimator                one of
//!                            Svc: classes, svc
//!                            Calibrated: classes, list of members: steps, svc, list of sigmoids (f64 a, f64 b)
//! probes                   optional: list of f64 rows, row major; list of u64 class indices;
//!                            list of f64 one-vs-one decision values, row major
//!
//! classes                  one of Integer: list of i64; String: list of string; Boolean: list of bool; Float: list of f64
//! svc                      kernel: one of Linear; Poly: f64 gamma, f64 coef0, u32 degree; Rbf: f64 gamma;
//!                            Sigmoid: f64 gamma, f64 coef0
//!                          n_features_in: u64
//!                          n_support: list of u64
//!                          support_vectors: list of f64, (n_sv, n_features_in), row major
//!                          dual_coef: list of f64, (n_classes - 1, n_sv), row major
//!                          intercept: list of f64
//!                          decision_function_shape: one of Ovo, Ovr
//!                          break_ties: bool
//!                          probability: optional: list of f64 prob_a, list of f64 prob_b, one of Iterative, Direct
//! ```
//!
//! Files of version 1 are read too; [`version_1`] has their layout.

mod version_1;

use std::borrow::Cow;

use bincode::Options;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Error, Format, Loaded, MODEL_FILE_BYTES_MAX, Probes, Provenance};
use crate::pipeline::{self, Calibrated, Classes, ColumnKind, Columns, Estimator, Member, Model, Sigmoid, Steps};
use crate::svc::{Svc, SvcParts};

/// The first bytes of model.bin; a transfer as text changes some of them.
pub const MAGIC: [u8; 8] = *b"\x89SVCD\r\n\x1a";

/// The version of the format that is written, and the newest that is read.
pub const FORMAT_VERSION: u32 = 2;

/// The body. Field order is the format.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    source: Format,
    sklearn_version: Cow<'a, Option<String>>,
    columns: Cow<'a, [ColumnKind]>,
    feature_names_in: Option<Cow<'a, [String]>>,
    steps: Cow<'a, Steps>,
    estimator: StoredEstimator<'a>,
    probes: Cow<'a, Option<Probes>>,
}

/// An estimator, not checked yet. Variants are appended.
#[derive(Serialize, Deserialize)]
enum StoredEstimator<'a> {
    Svc(Cow<'a, Classes>, Cow<'a, SvcParts>),
    Calibrated(Cow<'a, Classes>, Vec<StoredMember<'a>>),
}

#[derive(Serialize, Deserialize)]
struct StoredMember<'a>(Cow<'a, Steps>, Cow<'a, SvcParts>, Cow<'a, [Sigmoid]>);

impl<'a> From<&'a Estimator> for StoredEstimator<'a> {
    fn from(estimator: &'a Estimator) -> Self {
        match estimator {
            Estimator::Svc { svc, classes } => Self::Svc(Cow::Borrowed(classes), Cow::Borrowed(svc.parts())),
            Estimator::Calibrated(calibrated) => {
                let member = |Member { steps, svc, sigmoids }: &'a Member| {
                    StoredMember(Cow::Borrowed(steps), Cow::Borrowed(svc.parts()), Cow::Borrowed(sigmoids))
                };
                Self::Calibrated(Cow::Borrowed(&calibrated.classes), calibrated.members().map(member).collect())
            }
        }
    }
}

impl StoredEstimator<'_> {
    fn check(self) -> Result<Estimator, Error> {
        let svc = |parts: Cow<'_, SvcParts>| Svc::new(parts.into_owned()).map_err(Error::part);
        match self {
            Self::Svc(classes, parts) => Ok(Estimator::of_svc(classes.into_owned(), parts.into_owned())?),
            Self::Calibrated(classes, members) => {
                let member = |StoredMember(steps, parts, sigmoids)| {
                    Ok(Member { steps: Cow::into_owned(steps), svc: svc(parts)?, sigmoids: Cow::into_owned(sigmoids) })
                };
                let members = members.into_iter().map(member).collect::<Result<_, Error>>()?;
                calibrated(classes.into_owned(), members)
            }
        }
    }
}

/// The estimator of one member or more.
fn calibrated(classes: Classes, mut members: Vec<Member>) -> Result<Estimator, Error> {
    if members.is_empty() {
        return Err(pipeline::Error::part("members", "at least 1 SVC", 0).into());
    }
    let first = members.remove(0);
    Ok(Estimator::Calibrated(Calibrated { classes, first, others: members }))
}

/// The whole content of a model.bin with this model, its provenance and its probe rows; equal models give equal bytes.
///
/// # Errors
/// [`Error::TooLarge`] when the result would not be read again.
pub fn to_bytes(loaded: &Loaded) -> Result<Vec<u8>, Error> {
    let Loaded { model, provenance, probes, .. } = loaded;
    let body = Body {
        source: provenance.source,
        sklearn_version: Cow::Borrowed(&provenance.sklearn_version),
        columns: Cow::Borrowed(model.columns().kinds()),
        feature_names_in: model.columns().own_names().map(Cow::Borrowed),
        steps: Cow::Borrowed(model.steps()),
        estimator: model.estimator().into(),
        probes: Cow::Borrowed(probes),
    };
    let found =
        options().serialized_size(&body).map_err(|cause| body_error(&cause))?.saturating_add(HEADER_BYTES as u64);
    if found > MODEL_FILE_BYTES_MAX {
        return Err(Error::TooLarge { found });
    }
    let body = options().serialize(&body).map_err(|cause| body_error(&cause))?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&crc32(&body).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Reads a model.bin that starts with [`MAGIC`]. The probe rows are not tried here.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    let found = bytes.len() as u64;
    let (header, body) =
        bytes.split_first_chunk::<HEADER_BYTES>().ok_or(Error::Truncated { expected: HEADER_BYTES as u64, found })?;
    let [.., v0, v1, v2, v3, c0, c1, c2, c3, l0, l1, l2, l3, l4, l5, l6, l7] = *header;
    let version = u32::from_le_bytes([v0, v1, v2, v3]);
    if !(1..=FORMAT_VERSION).contains(&version) {
        return Err(Error::Version { newest: FORMAT_VERSION, found: version });
    }
    let announced = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    let expected = announced.saturating_add(HEADER_BYTES as u64);
    if expected > MODEL_FILE_BYTES_MAX {
        return Err(Error::TooLarge { found: expected });
    }
    if found < expected {
        return Err(Error::Truncated { expected, found });
    }
    if found > expected {
        return Err(Error::TrailingBytes { expected, found });
    }
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), crc32(body));
    if expected != found {
        return Err(Error::Checksum { expected, found });
    }
    let (source, sklearn_version, model, probes) = if version == 1 { version_1::read(body)? } else { read(body)? };
    let provenance = Provenance { format: Format::ModelBin, source, sklearn_version };
    Ok(Loaded { model, provenance, probes, warnings: Vec::new() })
}

/// What a body says: the source, the version of scikit-learn, the model, its probe rows.
type Content = (Format, Option<String>, Model, Option<Probes>);

fn read(body: &[u8]) -> Result<Content, Error> {
    let body: Body<'_> = deserialize(body).map_err(|error| match error {
        // serde's words for a variant that it does not know
        Error::Body(problem) if problem.contains("variant index") => Error::Newer(problem),
        other => other,
    })?;
    let (estimator, steps) = (body.estimator.check()?, body.steps.into_owned());
    // before anything is made that is as long as the columns are many
    let width = steps.width_in().unwrap_or(estimator.width_in());
    if body.columns.len() != width {
        let expected = format_args!("{width} columns");
        return Err(pipeline::Error::part("columns", expected, body.columns.len()).into());
    }
    let columns = Columns::new(body.columns.into_owned(), body.feature_names_in.map(Cow::into_owned))?;
    let model = Model::new(columns, steps, estimator)?;
    Ok((body.source, body.sklearn_version.into_owned(), model, body.probes.into_owned()))
}

/// Read only from a slice: on a reader this decoder allocates whatever length the bytes announce.
fn deserialize<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    options().deserialize(body).map_err(|cause| body_error(&cause))
}

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_fixint_encoding().with_limit(MODEL_FILE_BYTES_MAX).reject_trailing_bytes()
}

fn body_error(cause: &bincode::ErrorKind) -> Error {
    Error::Body(match cause {
        // the only reason for it when reading a slice; its own text is sometimes empty
        bincode::ErrorKind::Io(_) => "expected more bytes, found its end".to_owned(),
        other => other.to_string(),
    })
}

// a byte is always inside a table of 256
#[allow(clippy::indexing_slicing)]
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let [lowest, ..] = crc.to_le_bytes();
        (crc >> 8) ^ CRC_TABLE[usize::from(lowest ^ byte)]
    })
}

const HEADER_BYTES: usize = 24;

/// What each byte does to the remainder.
#[allow(clippy::indexing_slicing)]
const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_usual_crc_32() {
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
