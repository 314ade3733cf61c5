//! A `QuantileTransformer`: its quantiles and their shares.

use super::attributes::{Attributes, DenseMatrix, File};
use crate::model_file::Error;
use crate::model_file::pickle::Id;
use crate::pipeline::{OutputDistribution, Quantile, Step};

/// A fitted `QuantileTransformer`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let quantile = Attributes::known(file, id, KNOWN)?;
    let distribution = match quantile.text("output_distribution")?.as_str() {
        "uniform" => OutputDistribution::Uniform,
        "normal" => OutputDistribution::Normal,
        _ => {
            let found = file.values().describe(quantile.require("output_distribution")?);
            return Err(quantile.error("output_distribution", format!("expected `uniform` or `normal`, found {found}")));
        }
    };
    let references = quantile.vector("references_")?;
    let DenseMatrix { rows, columns: n_features_in, numbers } = quantile.matrix("quantiles_")?;
    quantile.check_width("quantiles_", n_features_in)?;
    if rows != references.len() {
        let expected = format!("expected a row for each of the {} references_, found {rows}", references.len());
        return Err(quantile.error("quantiles_", expected));
    }
    let column = |column: usize| numbers.iter().skip(column).step_by(n_features_in).copied();
    let quantiles = (0..n_features_in).flat_map(column).collect();
    Ok(Step::Quantile(Quantile { n_features_in, distribution, references, quantiles }))
}

/// The attributes of scikit-learn 0.19 to 1.9.
const KNOWN: &[&str] = &[
    "copy",
    "ignore_implicit_zeros",
    "n_quantiles",
    "n_quantiles_",
    "output_distribution",
    "quantiles_",
    "random_state",
    "references_",
    "subsample",
];
