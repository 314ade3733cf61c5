//! From the bytes of a pickle to a loaded model.

use super::attributes::File;
use super::{container, estimator};
use crate::model_file::{Error, Format, Loaded, Provenance, joblib, pickle};

/// Reads a model from a pickle.
///
/// # Errors
/// [`Error::Pickle`], [`Error::NotServed`], [`Error::Attribute`], [`Error::Model`].
pub(in crate::model_file) fn from_pickle(bytes: &[u8]) -> Result<Loaded, Error> {
    let file = File::new(pickle::read(bytes, joblib::item_bytes)?, bytes.len());
    let (id, remark) = container::the_model(&file)?;
    let (model, version) = estimator::read(&file, id)?;
    let sklearn_version = version.map(|version| pickle::printable(version.chars()).to_string());
    let format = if file.pickle.is_joblib { Format::Joblib } else { Format::Pickle };
    let warnings = remark.into_iter().chain(version_warning(sklearn_version.as_deref())).collect();
    let provenance = Provenance { format, source: format, sklearn_version };
    Ok(Loaded { model, provenance, probes: None, warnings })
}

/// What to say of a version that the tests do not cover.
fn version_warning(version: Option<&str>) -> Option<String> {
    let [oldest, newest] = TESTED_VERSIONS;
    let tested = format!("svcd is tested with {}.{} to {}.{}", oldest.0, oldest.1, newest.0, newest.1);
    let untested = |version| format!("scikit-learn {version} saved the model; {tested}: compare some answers");
    let Some(version) = version else {
        return Some(format!("the file does not say which scikit-learn saved it; {tested}: compare some answers"));
    };
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return Some(untested(version));
    };
    let covered = oldest <= (major, minor) && (major, minor) <= newest;
    (!covered).then(|| untested(version))
}

/// The versions of scikit-learn whose models the tests read: oldest and newest, as major and minor.
const TESTED_VERSIONS: [(u32, u32); 2] = [(0, 21), (1, 9)];
