//! A `Normalizer` or a `Binarizer`: they learn nothing, so only their settings are read.

use super::attributes::{Attributes, File, major_minor};
use crate::model_file::Error;
use crate::model_file::pickle::Id;
use crate::pipeline::{Binarizer, NormFormula, Normalizer, RowNorm, Step};

/// A `Normalizer`, by the formula of the version that saved it.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let normalizer = Attributes::known(file, id, &["copy", "norm"])?;
    let version = major_minor(normalizer.version()?.as_deref());
    let is_older = |than: (u32, u32)| version.is_some_and(|version| version < than);
    let norm = match normalizer.text("norm")?.as_str() {
        "l1" => RowNorm::L1,
        "l2" => RowNorm::L2,
        "max" if is_older(MAGNITUDES) => RowNorm::MaxSigned,
        "max" => RowNorm::Max,
        _ => {
            let found = file.values().describe(normalizer.require("norm")?);
            return Err(normalizer.error("norm", format!("expected `l1`, `l2` or `max`, found {found}")));
        }
    };
    let formula = if is_older(TINY_NORMS) { NormFormula::DenseOlder } else { NormFormula::Dense };
    Ok(Step::Normalizer(Normalizer { n_features_in: width(&normalizer)?, norm, formula }))
}

/// A `Binarizer`.
///
/// # Errors
/// As [`read`].
pub(super) fn binarizer(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let binarizer = Attributes::known(file, id, &["copy", "threshold"])?;
    let (n_features_in, threshold) = (width(&binarizer)?, binarizer.number("threshold")?);
    Ok(Step::Binarizer(Binarizer { n_features_in, threshold }))
}

/// Numbers in a row; 0 where the file does not say it, as until 0.22.
fn width(step: &Attributes<'_, '_>) -> Result<usize, Error> {
    if step.get("n_features_in_").is_some() { step.count("n_features_in_") } else { Ok(0) }
}

/// The first scikit-learn whose `max` is that of the magnitudes.
const MAGNITUDES: (u32, u32) = (0, 23);

/// The first scikit-learn that leaves rows of tiny norms as they are.
const TINY_NORMS: (u32, u32) = (1, 0);
