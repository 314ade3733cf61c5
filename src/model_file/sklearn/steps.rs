//! The steps before an estimator: each class is read in a file of its own, scalers here.

use super::attributes::{Attributes, File};
use super::pipelines::{
    Made, NamedStep, STEPS_MAX, StepPlace, frozen, is_passed_over, of_pipeline, pipeline, sequence,
};
use super::{branches, encoders, fill, function, pca};
use crate::model_file::Error;
use crate::model_file::pickle::{Global, Id, Meaning};
use crate::pipeline::{Scaler, ScalerFormula, Step, Steps};

/// Appends what a step before the last one stands for: nothing, one step, or those of a pipeline in the pipeline. `place`: where it
/// stands, then where the next one does.
pub(super) fn append(
    file: &File<'_>,
    step: NamedStep,
    place: &mut StepPlace,
    steps: &mut Vec<Step>,
) -> Result<(), Error> {
    let mut pending = vec![step];
    let mut seen = 0;
    while let Some(step) = pending.pop() {
        seen += 1;
        file.count_part()?;
        if seen > STEPS_MAX || steps.len() >= STEPS_MAX {
            return Err(Error::NotServed(format!("expected pipelines of at most {STEPS_MAX} steps, found more")));
        }
        if is_passed_over(file, step.estimator) {
            continue;
        }
        match file.class(step.estimator).map(|class| class.meaning) {
            Some(Meaning::Pipeline) => {
                let pipeline = pipeline(file, step.estimator)?;
                pending.extend(of_pipeline(&pipeline)?.into_iter().rev());
            }
            Some(Meaning::Frozen) => pending.push(NamedStep { estimator: frozen(file, step.estimator)?, ..step }),
            Some(Meaning::ColumnTransformer) => {
                steps.extend(branches::column_transformer(file, step.estimator, place, of_branch)?);
            }
            Some(Meaning::FeatureUnion) => {
                steps.extend(branches::feature_union(file, step.estimator, place, of_branch)?);
            }
            Some(Meaning::FunctionTransformer) => steps.extend(function::read(file, step.estimator)?),
            Some(Meaning::SimpleImputer) => steps.push(fill::read(file, step.estimator)?),
            Some(Meaning::MissingIndicator) => steps.push(fill::indicator(file, step.estimator, place)?),
            Some(Meaning::OneHotEncoder) => steps.push(encoders::one_hot(file, step.estimator, place)?),
            Some(Meaning::OrdinalEncoder) => steps.push(encoders::ordinal(file, step.estimator)?),
            Some(Meaning::TargetEncoder) => steps.push(encoders::target(file, step.estimator)?),
            Some(Meaning::Pca) => {
                steps.push(pca::read(file, step.estimator)?);
                place.is_sparse = false;
            }
            _ => steps.extend(scaler(file, &step)?),
        }
    }
    Ok(())
}

/// What one branch of several does.
fn of_branch(file: &File<'_>, step: NamedStep, mut place: StepPlace) -> Result<Made, Error> {
    let mut steps = Vec::new();
    append(file, step, &mut place, &mut steps)?;
    let steps = Steps(steps);
    let known_width = || {
        let step = Attributes::any(file, step.estimator).ok().filter(|step| step.get("n_features_in_").is_some());
        step.map(|step| step.count("n_features_in_")).transpose()
    };
    let width_in = if steps.is_empty() { known_width()? } else { steps.width_in() };
    Ok(Made { steps, width_in, is_sparse: place.is_sparse })
}

/// Whether objects of a class are steps that are read here.
pub(super) fn is_read(class: Global<'_>) -> bool {
    use Meaning::{ColumnTransformer, FeatureUnion, Pca, Pipeline};
    use Meaning::{MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler};
    use Meaning::{MissingIndicator, OneHotEncoder, OrdinalEncoder, SimpleImputer, TargetEncoder};
    let is_scaler = matches!(class.meaning, StandardScaler | MinMaxScaler | RobustScaler | MaxAbsScaler);
    let is_imputer = matches!(class.meaning, MissingIndicator | SimpleImputer);
    let is_encoder = is_imputer || matches!(class.meaning, OneHotEncoder | OrdinalEncoder | TargetEncoder);
    is_scaler || is_encoder || matches!(class.meaning, Pca | Pipeline | ColumnTransformer | FeatureUnion)
}

/// A scaler; none where it does nothing and does not even know a width.
fn scaler(file: &File<'_>, step: &NamedStep) -> Result<Option<Step>, Error> {
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
                "the pipeline's step {name} is {found}, which svcd does not apply: save the part behind it, and send rows that it \
                 has transformed"
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
