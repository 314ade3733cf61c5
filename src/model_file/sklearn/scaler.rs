//! The four scalers.

use super::attributes::{Attributes, File};
use super::pipelines::{NamedStep, sequence};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::pipeline::{Scaler, ScalerFormula, Step};

/// Whether objects of a class are scalers.
pub(super) fn is_read(meaning: Meaning) -> bool {
    use Meaning::{MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler};
    matches!(meaning, StandardScaler | MinMaxScaler | RobustScaler | MaxAbsScaler)
}

/// A scaler; none where it does nothing and does not even know a width.
pub(super) fn read(file: &File<'_>, step: &NamedStep) -> Result<Option<Step>, Error> {
    let known = |names: &[&str]| Attributes::known(file, step.estimator, names);
    let (scaler, formula) = match file.class(step.estimator).map(|class| class.meaning) {
        Some(Meaning::StandardScaler) => {
            let scaler = known(&["copy", "with_mean", "with_std", "mean_", "var_", "scale_", "n_samples_seen_"])?;
            let mean = scaler.boolean("with_mean")?.then(|| scaler.vector("mean_")).transpose()?;
            let scale = scaler.boolean("with_std")?.then(|| scaler.vector("scale_")).transpose()?;
            (scaler, ScalerFormula::Standard { mean, scale })
        }
        Some(Meaning::MinMaxScaler) => {
            let names = ["data_min_", "data_max_", "data_range_", "n_samples_seen_"];
            let scaler = known(&[&["feature_range", "copy", "clip", "min_", "scale_"], &names[..]].concat())?;
            // since 0.24
            let clip = if scaler.boolean_or("clip", false)? { Some(feature_range(&scaler)?) } else { None };
            let (scale, min) = (scaler.vector("scale_")?, scaler.vector("min_")?);
            (scaler, ScalerFormula::MinMax { scale, min, clip })
        }
        Some(Meaning::RobustScaler) => {
            let names =
                ["with_centering", "with_scaling", "quantile_range", "unit_variance", "copy", "center_", "scale_"];
            let scaler = known(&names)?;
            let center = scaler.boolean("with_centering")?.then(|| scaler.vector("center_")).transpose()?;
            let scale = scaler.boolean("with_scaling")?.then(|| scaler.vector("scale_")).transpose()?;
            (scaler, ScalerFormula::Robust { center, scale })
        }
        Some(Meaning::MaxAbsScaler) => {
            let scaler = known(&["copy", "clip", "max_abs_", "scale_", "n_samples_seen_"])?;
            let (scale, clip) = (scaler.vector("scale_")?, scaler.boolean_or("clip", false)?);
            (scaler, ScalerFormula::MaxAbs { scale, clip })
        }
        _ => {
            let values = file.values();
            let (name, found) = (values.describe(step.name), values.describe(step.estimator));
            return Err(Error::NotServed(format!(
                "the pipeline's step {name} is {found}, which svcd does not apply: save the part after it, and send \
                 rows already transformed by it"
            )));
        }
    };
    let width = match formula.width() {
        None if scaler.get("n_features_in_").is_some() => Some(scaler.count("n_features_in_")?),
        width => width,
    };
    Ok(width.map(|n_features_in| Step::Scaler(Scaler { n_features_in, formula })))
}

fn feature_range(scaler: &Attributes<'_, '_>) -> Result<(f64, f64), Error> {
    let values = scaler.file.values();
    let id = scaler.require("feature_range")?;
    let Some([lowest, highest]) = sequence(values, id) else {
        return Err(scaler.error("feature_range", format!("expected two numbers, found {}", values.describe(id))));
    };
    let number = |id: &Id| {
        crate::model_file::numpy::number(values, *id).map_err(|problem| scaler.error("feature_range", problem))
    };
    Ok((number(lowest)?, number(highest)?))
}
