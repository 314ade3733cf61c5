//! A `PCA` or an `IncrementalPCA`, with the formula of the version that saved it.

use super::attributes::{Attributes, DenseMatrix, File, major_minor};
use crate::model_file::Error;
use crate::model_file::pickle::Id;
use crate::pipeline::{Pca, Projection, ProjectionKind, Step};
use crate::svc::project;

/// A fitted `PCA`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    map(file, &Attributes::known(file, id, KNOWN)?).map(Step::Pca)
}

/// A fitted `IncrementalPCA`.
///
/// # Errors
/// As [`read`].
pub(super) fn incremental(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let map = map(file, &Attributes::known(file, id, KNOWN_OF_INCREMENTAL)?)?;
    Ok(Step::Projection(Projection { kind: ProjectionKind::IncrementalPca, map }))
}

fn map(file: &File<'_>, pca: &Attributes<'_, '_>) -> Result<Pca, Error> {
    let DenseMatrix { rows: n_components, columns: n_features_in, numbers } = pca.matrix("components_")?;
    pca.check_width("components_", n_features_in)?;
    let mean = pca.vector("mean_")?;
    if mean.len() != n_features_in {
        return Err(pca.error("mean_", format!("expected {n_features_in} numbers, found {}", mean.len())));
    }
    let direction = |feature: usize| numbers.iter().skip(feature).step_by(n_features_in).copied();
    let components: Vec<f64> = (0..n_features_in).flat_map(direction).collect();
    let is_newer = major_minor(pca.version()?.as_deref()).is_none_or(|version| version >= NEWER_FORMULA);
    let mean_product = is_newer.then(|| {
        let mut product = Vec::new();
        project(&mean, n_features_in, &components, &mut product);
        product
    });
    let is_single = pca.is_single("components_")? && pca.is_single("mean_")?;
    let mean_product = match mean_product {
        // what NumPy multiplies in single precision, in an order that depends on the processor
        Some(product) if is_single => {
            let name = pca.class.name();
            file.remark(&format!(
                "the {name} was fitted on float32: values agree with scikit-learn's to about six digits"
            ));
            Some(product.into_iter().map(rounded).collect())
        }
        product => product,
    };
    let scale = if pca.boolean("whiten")? { Some(scale(pca, is_newer)?) } else { None };
    Ok(Pca { n_features_in, n_components, components, mean, mean_product, scale })
}

/// The roots of the variances, in their own precision.
fn scale(pca: &Attributes<'_, '_>, is_newer: bool) -> Result<Vec<f64>, Error> {
    let is_single = pca.is_single("explained_variance_")?;
    let root = |variance: f64| {
        let root = if is_single { rounded(variance.sqrt()) } else { variance.sqrt() };
        match (is_newer, is_single) {
            (false, _) => root,
            (true, false) if root < f64::EPSILON => f64::EPSILON,
            (true, true) if root < f64::from(f32::EPSILON) => f64::from(f32::EPSILON),
            _ => root,
        }
    };
    Ok(pca.vector("explained_variance_")?.into_iter().map(root).collect())
}

fn rounded(value: f64) -> f64 {
    f64::from(value as f32)
}

/// The first scikit-learn that takes the mean off after the product, and keeps small variances away from a division.
const NEWER_FORMULA: (u32, u32) = (1, 5);

/// The attributes of scikit-learn 0.18 to 1.9.
const KNOWN: &[&str] = &[
    "_fit_svd_solver",
    "components_",
    "copy",
    "explained_variance_",
    "explained_variance_ratio_",
    "iterated_power",
    "mean_",
    "n_components",
    "n_components_",
    "n_features_",
    "n_oversamples",
    "n_samples_",
    "noise_variance_",
    "power_iteration_normalizer",
    "random_state",
    "singular_values_",
    "svd_solver",
    "tol",
    "whiten",
];

/// The attributes of scikit-learn 0.18 to 1.9.
const KNOWN_OF_INCREMENTAL: &[&str] = &[
    "batch_size",
    "batch_size_",
    "components_",
    "copy",
    "explained_variance_",
    "explained_variance_ratio_",
    "mean_",
    "n_components",
    "n_components_",
    "n_samples_seen_",
    "noise_variance_",
    "singular_values_",
    "var_",
    "whiten",
];
