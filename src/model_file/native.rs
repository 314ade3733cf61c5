//! model.bin, svcd's own format: a header of 24 bytes, then one body.
//!
//! ```text
//! offset  bytes  header
//!      0      8  magic: 89 'S' 'V' 'C' 'D' 0d 0a 1a
//!      8      4  format version, 1
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
//! one of          u32 number of the variant, from 0, then its values
//!
//! source                   one of ModelBin, Json, Pickle, Joblib, Libsvm, Training
//! sklearn_version          optional string
//! steps                    list of one of
//!                            StandardScaler: optional list of f64 mean, optional list of f64 scale
//!                            MinMaxScaler: list of f64 scale, list of f64 min, optional (f64 lowest, f64 highest)
//!                            RobustScaler: optional list of f64 center, optional list of f64 scale
//!                            MaxAbsScaler: list of f64 scale, bool clip
//! kernel                   one of Linear; Poly: f64 gamma, f64 coef0, u32 degree; Rbf: f64 gamma; Sigmoid: f64 gamma, f64 coef0
//! classes                  one of Integer: list of i64; String: list of string; Boolean: list of bool; Float: list of f64
//! n_features_in            u64
//! feature_names_in         optional list of string
//! n_support                list of u64
//! support_vectors          list of f64, (n_sv, n_features_in), row major
//! dual_coef                list of f64, (n_classes - 1, n_sv), row major
//! intercept                list of f64
//! decision_function_shape  one of Ovo, Ovr
//! break_ties               bool
//! probability              optional: list of f64 prob_a, list of f64 prob_b, one of Iterative, Direct
//! calibration              optional, of a CalibratedClassifierCV: list of sigmoids (f64 a, f64 b) of the SVC above;
//!                            list of further SVCs: all from steps to probability again, then its list of sigmoids
//! probes                   optional: list of f64 rows, row major; list of u64 class indices;
//!                            list of f64 one-vs-one decision values, row major
//! ```

use std::borrow::Cow;

use bincode::Options;
use serde::{Deserialize, Serialize};

use super::{Error, Format, Loaded, MODEL_FILE_BYTES_MAX, Probes, Provenance};
use crate::svc::{self, Member, Model, Parts, Sigmoid};

/// The first bytes of model.bin; a transfer as text changes some of them.
pub const MAGIC: [u8; 8] = *b"\x89SVCD\r\n\x1a";

/// The version of the format that is written and read.
pub const FORMAT_VERSION: u32 = 1;

/// The body. Field order is the format.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    source: Format,
    sklearn_version: Cow<'a, Option<String>>,
    parts: Cow<'a, Parts>,
    calibration: Option<Calibration<'a>>,
    probes: Cow<'a, Option<Probes>>,
}

/// What comes behind the first SVC of a calibrated model.
#[derive(Serialize, Deserialize)]
struct Calibration<'a> {
    sigmoids: Cow<'a, [Sigmoid]>,
    others: Vec<(Cow<'a, Parts>, Cow<'a, [Sigmoid]>)>,
}

/// The whole content of a model.bin with this model, its provenance and its probe rows; equal models give equal bytes.
///
/// # Errors
/// [`Error::TooLarge`] when the result would not be read again.
pub fn to_bytes(loaded: &Loaded) -> Result<Vec<u8>, Error> {
    let mut members = loaded.model.members().map(|(parts, sigmoids)| (Cow::Borrowed(parts), Cow::Borrowed(sigmoids)));
    let calibration = members.next().map(|(_, sigmoids)| Calibration { sigmoids, others: members.collect() });
    let body = Body {
        source: loaded.provenance.source,
        sklearn_version: Cow::Borrowed(&loaded.provenance.sklearn_version),
        parts: Cow::Borrowed(loaded.model.parts()),
        calibration,
        probes: Cow::Borrowed(&loaded.probes),
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
    if version != FORMAT_VERSION {
        return Err(Error::Version { expected: FORMAT_VERSION, found: version });
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
    let body: Body<'_> = options().deserialize(body).map_err(|cause| body_error(&cause))?;
    Ok(Loaded {
        model: build(body.parts.into_owned(), body.calibration)?,
        provenance: Provenance {
            format: Format::ModelBin,
            source: body.source,
            sklearn_version: body.sklearn_version.into_owned(),
        },
        probes: body.probes.into_owned(),
        warnings: Vec::new(),
    })
}

fn build(parts: Parts, calibration: Option<Calibration<'_>>) -> Result<Model, svc::Error> {
    let Some(calibration) = calibration else {
        return Model::new(parts);
    };
    let member = |(parts, sigmoids): (Cow<'_, Parts>, Cow<'_, [Sigmoid]>)| Member {
        parts: parts.into_owned(),
        sigmoids: sigmoids.into_owned(),
    };
    let first = Member { parts, sigmoids: calibration.sigmoids.into_owned() };
    Model::calibrated(std::iter::once(first).chain(calibration.others.into_iter().map(member)).collect())
}

/// Read only from a slice: on a reader this decoder allocates whatever length the bytes announce.
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
