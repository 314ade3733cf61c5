//! What the bodies of all versions have in common: the encoding, and what they say.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model_file::{Error, MODEL_FILE_BYTES_MAX, Probes, Provenance};
use crate::pipeline::{self, Classes, Estimator, MetaEstimator, Model, Nested, Rule};

/// What a body says: where the model comes from, the model, its probe rows.
pub(super) type StoredContent = (Provenance, Model, Option<Probes>);

/// The estimator of one member or more.
pub(super) fn meta(classes: Classes, mut members: Vec<Nested<Estimator>>, rule: Rule) -> Result<Estimator, Error> {
    if members.is_empty() {
        return Err(pipeline::Error::part("members", "at least 1 estimator", 0).into());
    }
    let first = Box::new(members.remove(0));
    Ok(Estimator::Meta(MetaEstimator { classes, first, others: members, rule }))
}

/// # Errors
/// [`Error::TooLarge`] when [`deserialize`] would refuse the result.
pub(super) fn serialize(body: &impl Serialize) -> Result<Vec<u8>, Error> {
    let found = bincode::DefaultOptions::new().with_fixint_encoding().serialized_size(body);
    let found = found.map_err(|cause| body_error(&cause))?;
    if found > MODEL_FILE_BYTES_MAX {
        return Err(Error::TooLarge { found });
    }
    options().serialize(body).map_err(|cause| body_error(&cause))
}

/// Read only from a slice: on a reader this decoder allocates whatever length the bytes announce.
pub(super) fn deserialize<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
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
