//! An `SVR`, `NuSVR` or `OneClassSVM`: its one sum over all support vectors.

use std::borrow::Cow;

use super::attributes::{Attributes, DenseMatrix, File};
use super::csr;
use super::svc::{KNOWN_OF_LIBSVM, kernel, refuse_unfitted, support_vectors};
use crate::model_file::Error;
use crate::model_file::dense::FEATURES_MAX;
use crate::model_file::pickle::Id;
use crate::svc::SingleParts;

/// The parts of an `SVR`, `NuSVR` or `OneClassSVM`.
///
/// # Errors
/// [`Error::NotServed`] for models of another kind than those served; [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<SingleParts<'static>, Error> {
    let svm = Attributes::known(file, id, &[KNOWN_OF_LIBSVM, KNOWN].concat())?;
    refuse_unfitted(&svm)?;
    let kernel = kernel(&svm)?;
    let is_sparse = svm.boolean_or("_sparse", false)?;
    let DenseMatrix { rows: n_sv, columns: n_features_in, numbers } = support_vectors(&svm, is_sparse)?;
    // without support vectors no number in the file is worth the names of the columns
    if n_sv == 0 && n_features_in > FEATURES_MAX {
        let expected = format!("expected at most {FEATURES_MAX} columns without a row, found {n_features_in}");
        return Err(svm.error("support_vectors_", expected));
    }
    let dual_coef = if is_sparse { csr::full(&svm, "_dual_coef_")? } else { svm.matrix("_dual_coef_")? };
    // `_n_support` is not looked at: its second number is arbitrary, and until 1.1 the first one of a sparse model too
    if (dual_coef.rows, dual_coef.columns) != (1, n_sv) {
        let found = format!("{} of {}", dual_coef.rows, dual_coef.columns);
        return Err(svm.error("_dual_coef_", format!("expected one row of {n_sv} numbers, found {found}")));
    }
    let intercept = svm.vector("_intercept_")?;
    let [intercept] = *intercept else {
        return Err(svm.error("_intercept_", format!("expected one number, found {}", intercept.len())));
    };
    check_offset(&svm, intercept)?;
    Ok(SingleParts {
        kernel,
        n_features_in,
        support_vectors: Cow::Owned(numbers),
        dual_coef: Cow::Owned(dual_coef.numbers),
        intercept,
    })
}

/// Since 0.20 a `OneClassSVM` says its intercept again, with the other sign: `score_samples` takes it from there.
fn check_offset(svm: &Attributes<'_, '_>, intercept: f64) -> Result<(), Error> {
    if svm.get("offset_").is_none() {
        return Ok(());
    }
    match *svm.vector("offset_")? {
        [offset] if offset == -intercept => Ok(()),
        ref found => {
            Err(svm.error("offset_", format!("expected {:?}, minus the intercept, found {found:?}", -intercept)))
        }
    }
}

/// The attribute that a one-class SVM has beside those of LIBSVM.
const KNOWN: &[&str] = &["offset_"];
