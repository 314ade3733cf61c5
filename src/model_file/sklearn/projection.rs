//! A `TruncatedSVD`, or a `LinearDiscriminantAnalysis` as a step.

use super::attributes::{Attributes, DenseMatrix, File};
use crate::model_file::Error;
use crate::model_file::pickle::Id;
use crate::pipeline::{Pca, Projection, ProjectionKind, Step};

/// A fitted `TruncatedSVD`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn truncated_svd(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let svd = Attributes::known(file, id, TRUNCATED_SVD)?;
    let DenseMatrix { rows: n_components, columns: n_features_in, numbers } = svd.matrix("components_")?;
    svd.check_width("components_", n_features_in)?;
    let direction = |feature: usize| numbers.iter().skip(feature).step_by(n_features_in).copied();
    let components = (0..n_features_in).flat_map(direction).collect();
    let mean = vec![0.0; n_features_in];
    let map = Pca { n_features_in, n_components, components, mean, mean_product: None, scale: None };
    Ok(Step::Projection(Projection { kind: ProjectionKind::TruncatedSvd, map }))
}

/// A fitted `LinearDiscriminantAnalysis`, which projects rows where it is a step.
///
/// # Errors
/// As [`truncated_svd`]; [`Error::NotServed`] for a solver that finds no projection.
pub(super) fn lda(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let lda = Attributes::known(file, id, LDA)?;
    let is_centered = match lda.text("solver")?.as_str() {
        "svd" => true,
        "eigen" => false,
        _ => {
            let found = file.values().describe(lda.require("solver")?);
            return Err(Error::NotServed(format!(
                "the LinearDiscriminantAnalysis's solver is {found}, which finds no projection: fit it with `svd` or `eigen`"
            )));
        }
    };
    let DenseMatrix { rows: n_features_in, columns, numbers } = lda.matrix("scalings_")?;
    lda.check_width("scalings_", n_features_in)?;
    let n_components = columns.min(lda.count("_max_components")?);
    let rows = numbers.chunks_exact(columns.max(1));
    let components = rows.flat_map(|row| row.iter().take(n_components)).copied().collect();
    let mean = if is_centered { lda.vector("xbar_")? } else { vec![0.0; n_features_in] };
    if mean.len() != n_features_in {
        return Err(lda.error("xbar_", format!("expected {n_features_in} numbers, found {}", mean.len())));
    }
    let map = Pca { n_features_in, n_components, components, mean, mean_product: None, scale: None };
    Ok(Step::Projection(Projection { kind: ProjectionKind::Lda, map }))
}

/// The attributes of scikit-learn 0.18 to 1.9. So it is with the next.
const TRUNCATED_SVD: &[&str] = &[
    "algorithm",
    "components_",
    "explained_variance_",
    "explained_variance_ratio_",
    "n_components",
    "n_iter",
    "n_oversamples",
    "power_iteration_normalizer",
    "random_state",
    "singular_values_",
    "tol",
];

const LDA: &[&str] = &[
    "_max_components",
    "_n_features_out",
    "classes_",
    "coef_",
    "covariance_",
    "covariance_estimator",
    "explained_variance_ratio_",
    "intercept_",
    "means_",
    "n_components",
    "priors",
    "priors_",
    "scalings_",
    "shrinkage",
    "solver",
    "store_covariance",
    "tol",
    "xbar_",
];
