//! An `SVC` or `NuSVC`: its mathematics and its labels.

use super::attributes::{Attributes, DenseMatrix, File, function};
use super::csr;
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{self, Estimator};
use crate::svc::{self, Coupling, DecisionFunctionShape, Kernel, Probability, SvcParts};

/// An `SVC` or `NuSVC`.
///
/// # Errors
/// [`Error::NotServed`] for models of another kind than those served; [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Estimator, Error> {
    let svc = Attributes::known(file, id, &[KNOWN_OF_LIBSVM, KNOWN].concat())?;
    refuse_unfitted(&svc)?;
    let kernel = kernel(&svc)?;
    let [n_classes] = svc.shape("classes_")?;
    // one number for each pair in the file: the count of classes is no larger than the file can hold
    let [n_pairs] = svc.shape("_intercept_")?;
    if n_classes.checked_mul(n_classes.saturating_sub(1)).map(|pairs| pairs / 2) != Some(n_pairs) {
        return Err(svc
            .error("_intercept_", format!("expected a number for each pair of {n_classes} classes, found {n_pairs}")));
    }
    let is_sparse = svc.boolean_or("_sparse", false)?;
    // many columns, as a vectorizer has them: zeros would take more memory than there is for a file of this size
    let sparse = match is_sparse && !csr::fits(&svc, "support_vectors_")? {
        true => Some(csr::sparse(&svc, "support_vectors_")?),
        false => None,
    };
    let support_vectors = match &sparse {
        Some((columns, vectors)) => {
            svc.check_width("support_vectors_", *columns)?;
            DenseMatrix { rows: vectors.ends.len(), columns: *columns, numbers: Vec::new() }
        }
        None => support_vectors(&svc, is_sparse)?,
    };
    // scikit-learn takes the stored numbers as they come, so none may be left out
    let dual_coef = if is_sparse { csr::full(&svc, "_dual_coef_")? } else { svc.matrix("_dual_coef_")? };
    // the lengths alone would let a transposed matrix through
    if dual_coef.columns != support_vectors.rows {
        let (expected, found) = (support_vectors.rows, dual_coef.columns);
        return Err(svc.error("_dual_coef_", format!("expected rows of {expected} numbers, found rows of {found}")));
    }
    let n_support = svc.counts(svc.first_present("_n_support", "n_support_"))?;
    let sum = n_support.iter().fold(0_usize, |sum, count| sum.saturating_add(*count));
    if sum != support_vectors.rows {
        let expected = format!("expected counts that add up to the {} support_vectors_", support_vectors.rows);
        return Err(svc.error("_n_support", format!("{expected}, found {sum}")));
    }
    let classes = svc.labels("classes_")?;
    let parts = SvcParts {
        kernel,
        n_features_in: support_vectors.columns,
        n_support,
        support_vectors: support_vectors.numbers,
        dual_coef: dual_coef.numbers,
        intercept: svc.vector("_intercept_")?,
        decision_function_shape: decision_function_shape(&svc)?,
        // since 0.22
        break_ties: svc.boolean_or("break_ties", false)?,
        probability: probability(&svc)?,
    };
    let estimator = match sparse {
        Some((_, vectors)) => Estimator::of_sparse_svc(classes, parts, vectors),
        None => Estimator::of_svc(classes, parts),
    };
    estimator.map_err(|cause| attribute_error(svc.class.name(), cause))
}

/// A part's fault in scikit-learn's words.
pub(super) fn attribute_error(class: &str, cause: pipeline::Error) -> Error {
    let pipeline::Error::Part(svc::Error { name, expected, found }) = cause else {
        return Error::Model(cause);
    };
    let attribute = match name {
        "classes" => "classes_",
        "n_features_in" => "n_features_in_",
        "feature_names_in" => "feature_names_in_",
        "n_support" => "_n_support",
        "support_vectors" => "support_vectors_",
        "dual_coef" => "_dual_coef_",
        "coef" => "coef_",
        "intercept" if class.starts_with("Linear") || class == "SGDClassifier" => "intercept_",
        "intercept" => "_intercept_",
        "gamma" => "_gamma",
        "members" if class == "CalibratedClassifierCV" => "calibrated_classifiers_",
        "members" => "estimators_",
        "x_thresholds" => "X_thresholds_",
        "y_thresholds" => "y_thresholds_",
        "prob_a" => "_probA",
        "prob_b" => "_probB",
        other => other,
    };
    // a scaler's name is in front already
    let name = match attribute.split_once('.') {
        Some(("MinMaxScaler", "feature_range")) => attribute.to_owned(),
        Some(_) => format!("{attribute}_"),
        None => format!("{class}.{attribute}"),
    };
    Error::Attribute { name, problem: format!("expected {expected}, found {found}") }
}

/// # Errors
/// [`Error::NotServed`] for an estimator that has no support vectors yet.
pub(super) fn refuse_unfitted(svc: &Attributes<'_, '_>) -> Result<(), Error> {
    let class = svc.class.name();
    if svc.get("support_vectors_").is_none() {
        return Err(Error::NotServed(format!("the {class} is not fitted: call fit before saving it")));
    }
    Ok(())
}

/// The support vectors. Trained on a sparse matrix, their zeros count as others: no answer depends on how they were stored.
///
/// # Errors
/// [`Error::Attribute`] for anything but rows of the width that the estimator has.
pub(super) fn support_vectors(svc: &Attributes<'_, '_>, is_sparse: bool) -> Result<DenseMatrix, Error> {
    let vectors = if is_sparse { csr::dense(svc, "support_vectors_")? } else { svc.matrix("support_vectors_")? };
    svc.check_width("support_vectors_", vectors.columns)?;
    Ok(vectors)
}

/// The kernel with its numbers.
///
/// # Errors
/// [`Error::NotServed`] for a kernel that needs Python or the training rows; [`Error::Attribute`] for one that is unknown.
pub(super) fn kernel(svc: &Attributes<'_, '_>) -> Result<Kernel, Error> {
    let not_served = |found: &str| {
        Err(Error::NotServed(format!(
            "the {}'s kernel is {found}: train it with the kernel `linear`, `poly`, `rbf` or `sigmoid`",
            svc.class.name()
        )))
    };
    if let Some(name) = function(svc.file.values(), svc.require("kernel")?) {
        return not_served(&format!("`{name}`, a function of Python"));
    }
    Ok(match svc.text("kernel")?.as_str() {
        "linear" => Kernel::Linear,
        "poly" => {
            let degree = u32::try_from(svc.integer("degree")?);
            let degree = degree.map_err(|_| svc.expected("degree", "a whole number from 0 to 4294967295"))?;
            Kernel::Poly { gamma: svc.number("_gamma")?, coef0: svc.number("coef0")?, degree }
        }
        "rbf" => Kernel::Rbf { gamma: svc.number("_gamma")? },
        "sigmoid" => Kernel::Sigmoid { gamma: svc.number("_gamma")?, coef0: svc.number("coef0")? },
        "precomputed" => return not_served("`precomputed`, which needs the training rows for each answer"),
        _ => return Err(svc.expected("kernel", "`linear`, `poly`, `rbf` or `sigmoid`")),
    })
}

fn decision_function_shape(svc: &Attributes<'_, '_>) -> Result<DecisionFunctionShape, Error> {
    let name = "decision_function_shape";
    // the default of 0.18
    if matches!(svc.file.values().get(svc.require(name)?), Value::None) {
        return Ok(DecisionFunctionShape::Ovo);
    }
    match svc.text(name)?.as_str() {
        "ovr" => Ok(DecisionFunctionShape::Ovr),
        "ovo" => Ok(DecisionFunctionShape::Ovo),
        _ => Err(svc.expected(name, "`ovr` or `ovo`")),
    }
}

fn probability(svc: &Attributes<'_, '_>) -> Result<Option<Probability>, Error> {
    // since 1.9 the default is a text, which stands for no
    if matches!(svc.file.values().get(svc.require("probability")?), Value::Text(_)) || !svc.boolean("probability")? {
        return Ok(None);
    }
    let prob_a = svc.vector(svc.first_present("_probA", "probA_"))?;
    let prob_b = svc.vector(svc.first_present("_probB", "probB_"))?;
    // empty after a training that had no use for them; scikit-learn then refuses predict_proba
    if prob_a.is_empty() && prob_b.is_empty() {
        return Ok(None);
    }
    Ok(Some(Probability { prob_a, prob_b, coupling: Coupling::Iterative }))
}

/// The attributes that scikit-learn 0.18 to 1.9 gives to everything that LIBSVM trains.
pub(super) const KNOWN_OF_LIBSVM: &[&str] = &[
    "C",
    "_dual_coef_",
    "_effective_probability",
    "_gamma",
    "_impl",
    "_intercept_",
    "_n_support",
    "_num_iter",
    "_probA",
    "_probB",
    "_sparse",
    "cache_size",
    "class_weight",
    "class_weight_",
    "coef0",
    "degree",
    "dual_coef_",
    "epsilon",
    "fit_status_",
    "gamma",
    "intercept_",
    "kernel",
    "max_iter",
    "n_iter_",
    "n_support_",
    "nu",
    "probA_",
    "probB_",
    "probability",
    "random_state",
    "shape_fit_",
    "shrinking",
    "support_",
    "support_vectors_",
    "tol",
    "verbose",
    // kept by a kernel that is a function, which is refused with its own reason
    "_BaseLibSVM__Xfit",
];

/// Those that it gives to a classifier beside.
const KNOWN: &[&str] = &["break_ties", "classes_", "decision_function_shape"];
