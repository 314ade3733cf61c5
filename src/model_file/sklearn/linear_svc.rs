//! A `LinearSVC`: its weights and its labels.

use super::attributes::{Attributes, DenseMatrix, File};
use super::csr;
use crate::model_file::Error;
use crate::model_file::numpy;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::Classes;
use crate::svc::LinearParts;

/// The parts of a `LinearSVC`, and its labels.
///
/// # Errors
/// [`Error::NotServed`] for one that is not fitted; [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<(LinearParts, Classes), Error> {
    let svc = Attributes::known(file, id, KNOWN)?;
    if svc.get("coef_").is_none() {
        return Err(Error::NotServed("the LinearSVC is not fitted: call fit before saving it".to_owned()));
    }
    // after sparsify()
    let coef = if csr::is_csr(&svc, "coef_") { csr::dense(&svc, "coef_")? } else { svc.matrix("coef_")? };
    let DenseMatrix { rows: n_scores, columns: n_features_in, numbers } = coef;
    svc.check_width("coef_", n_features_in)?;
    let [n_classes] = svc.shape("classes_")?;
    let expected = if n_classes == 2 { 1 } else { n_classes.max(1) };
    if n_scores != expected {
        return Err(svc.error("coef_", format!("expected {expected} rows for {n_classes} classes, found {n_scores}")));
    }
    let classes = svc.labels("classes_")?;
    let intercept = intercept(&svc, n_scores)?;
    let column = |feature: usize| numbers.iter().skip(feature).step_by(n_features_in).copied();
    let coef = (0..n_features_in).flat_map(column).collect();
    Ok((LinearParts { n_features_in, coef, intercept }, classes))
}

/// One number for each score; a single number, which `fit_intercept=False` leaves, counts for all.
pub(super) fn intercept(svc: &Attributes<'_, '_>, n_scores: usize) -> Result<Vec<f64>, Error> {
    let (values, id) = (svc.file.values(), svc.require("intercept_")?);
    if let Value::Float(_) | Value::Integer(_) = values.get(id) {
        let number = numpy::number(values, id).map_err(|problem| svc.error("intercept_", problem))?;
        return Ok(vec![number; n_scores]);
    }
    let intercept = svc.vector("intercept_")?;
    if intercept.len() == n_scores {
        return Ok(intercept);
    }
    Err(svc.error("intercept_", format!("expected {n_scores} numbers, found {}", intercept.len())))
}

/// The attributes of scikit-learn 0.18 to 1.9.
const KNOWN: &[&str] = &[
    "C",
    "class_weight",
    "classes_",
    "coef_",
    "dual",
    "fit_intercept",
    "intercept_",
    "intercept_scaling",
    "loss",
    "max_iter",
    "multi_class",
    "n_iter_",
    "penalty",
    "random_state",
    "tol",
    "verbose",
];
