//! From the bytes of a pickle to a loaded model.

use super::attributes::{File, major_minor};
use super::{container, estimator};
use crate::model_file::{Error, Format, Loaded, Provenance, joblib, pickle};
use crate::pipeline::{Estimator, Model};
use crate::svc::DecisionFunctionShape;

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
    let other_values = sklearn_version.as_deref().and_then(|version| other_values_warning(version, &model));
    let remarks = remark.into_iter().chain(version_warning(sklearn_version.as_deref())).chain(other_values);
    let warnings = remarks.chain(file.into_remarks()).collect();
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
    let covered = major_minor(Some(version)).is_some_and(|version| oldest <= version && version <= newest);
    (!covered).then(|| untested(version))
}

/// What to say where an old version gave other decision values.
fn other_values_warning(version: &str, model: &Model) -> Option<String> {
    let Estimator::Svc { svc, .. } = model.estimator() else {
        return None;
    };
    let is_ovr = svc.parts().decision_function_shape == DecisionFunctionShape::Ovr && svc.n_classes() > 2;
    (is_ovr && major_minor(Some(version))? < OVR_OF_ONE_ROW).then(|| {
        format!(
            "in scikit-learn {version} the values of decision_function depend on the other rows of a call: svcd gives those of 0.21 \
             and later; the labels are the same"
        )
    })
}

/// The versions of scikit-learn whose models the tests read: oldest and newest, as major and minor.
const TESTED_VERSIONS: [(u32, u32); 2] = [(0, 18), (1, 9)];

/// Since this version a row's decision values of the shape `ovr` depend on the row alone.
const OVR_OF_ONE_ROW: (u32, u32) = (0, 21);
