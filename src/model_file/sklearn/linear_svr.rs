//! A `LinearSVR`: its weights.

use super::attributes::{Attributes, File};
use super::linear::intercept;
use crate::model_file::Error;
use crate::model_file::pickle::Id;
use crate::svc::LinearParts;

/// The parts of a `LinearSVR`.
///
/// # Errors
/// [`Error::NotServed`] for one that is not fitted; [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<LinearParts, Error> {
    let svr = Attributes::known(file, id, KNOWN)?;
    if svr.get("coef_").is_none() {
        return Err(Error::NotServed("the LinearSVR is not fitted: call fit before saving it".to_owned()));
    }
    let coef = svr.vector("coef_")?;
    svr.check_width("coef_", coef.len())?;
    Ok(LinearParts { n_features_in: coef.len(), coef, intercept: intercept(&svr, 1)? })
}

/// The attributes of scikit-learn 0.18 to 1.9.
const KNOWN: &[&str] = &[
    "C",
    "coef_",
    "dual",
    "epsilon",
    "fit_intercept",
    "intercept_",
    "intercept_scaling",
    "loss",
    "max_iter",
    "n_iter_",
    "random_state",
    "tol",
    "verbose",
];
