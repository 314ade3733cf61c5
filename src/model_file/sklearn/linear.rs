//! A `LinearSVC` or `SGDClassifier`: its weights and its labels.

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
pub(super) fn svc(file: &File<'_>, id: Id) -> Result<(LinearParts, Classes), Error> {
    parts(&Attributes::known(file, id, LINEAR_SVC)?)
}

/// The parts of an `SGDClassifier`, and its labels.
///
/// # Errors
/// As [`svc`]; [`Error::NotServed`] also for losses with probabilities.
pub(super) fn sgd(file: &File<'_>, id: Id) -> Result<(LinearParts, Classes), Error> {
    let sgd = Attributes::known(file, id, SGD)?;
    let loss = sgd.text("loss")?;
    if WITH_PROBABILITIES.contains(&loss.as_str()) {
        return Err(Error::NotServed(format!(
            "the SGDClassifier's loss is `{loss}`, whose probabilities svcd does not compute: fit it with loss='hinge', which makes \
             it a linear SVM"
        )));
    }
    parts(&sgd)
}

fn parts(svc: &Attributes<'_, '_>) -> Result<(LinearParts, Classes), Error> {
    if svc.get("coef_").is_none() {
        return Err(Error::NotServed(format!("the {} is not fitted: call fit before saving it", svc.class.name())));
    }
    // after sparsify()
    let coef = if csr::is_csr(svc, "coef_") { csr::dense(svc, "coef_")? } else { svc.matrix("coef_")? };
    let DenseMatrix { rows: n_scores, columns: n_features_in, numbers } = coef;
    svc.check_width("coef_", n_features_in)?;
    let [n_classes] = svc.shape("classes_")?;
    let expected = if n_classes == 2 { 1 } else { n_classes.max(1) };
    if n_scores != expected {
        return Err(svc.error("coef_", format!("expected {expected} rows for {n_classes} classes, found {n_scores}")));
    }
    let classes = svc.labels("classes_")?;
    let intercept = intercept(svc, n_scores)?;
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

/// Losses for which an `SGDClassifier` has `predict_proba`; for all others it has the same answers.
const WITH_PROBABILITIES: &[&str] = &["log", "log_loss", "modified_huber"];

/// The attributes of scikit-learn 0.18 to 1.9.
const SGD: &[&str] = &[
    "C",
    "_average_coef",
    "_average_intercept",
    "_expanded_class_weight",
    "_loss_function_",
    "_max_iter",
    "_standard_coef",
    "_standard_intercept",
    "_tol",
    "alpha",
    "average",
    "average_coef_",
    "average_intercept_",
    "class_weight",
    "classes_",
    "coef_",
    "early_stopping",
    "epsilon",
    "eta0",
    "fit_intercept",
    "intercept_",
    "l1_ratio",
    "learning_rate",
    "loss",
    "loss_function",
    "loss_function_",
    "max_iter",
    "n_iter",
    "n_iter_",
    "n_iter_no_change",
    "n_jobs",
    "penalty",
    "power_t",
    "random_state",
    "shuffle",
    "standard_coef_",
    "standard_intercept_",
    "t_",
    "tol",
    "validation_fraction",
    "verbose",
    "warm_start",
];

/// The attributes of scikit-learn 0.18 to 1.9.
const LINEAR_SVC: &[&str] = &[
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
