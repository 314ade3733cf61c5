//! The steps of a `Pipeline` before its last.

use super::attributes::{Attributes, File};
use super::pca;
use crate::model_file::Error;
use crate::model_file::pickle::{ClassKind, Global, Id, Meaning, Value, Values};
use crate::pipeline::{Scaler, ScalerFormula, Step};

/// A step of a pipeline with its name.
pub(super) struct NamedStep {
    pub(super) name: Id,
    pub(super) estimator: Id,
}

/// The steps of a `Pipeline`, not read yet; at least one.
pub(super) fn of_pipeline(pipeline: &Attributes<'_, '_>) -> Result<Vec<NamedStep>, Error> {
    let values = pipeline.file.values();
    let id = pipeline.require("steps")?;
    let wrong = || pipeline.error("steps", format!("expected a list of pairs, found {}", values.describe(id)));
    let items = sequence(values, id).filter(|items| !items.is_empty()).ok_or_else(wrong)?;
    if items.len() > STEPS_MAX {
        return Err(pipeline.error("steps", format!("expected at most {STEPS_MAX} steps, found {}", items.len())));
    }
    let pair = |item: &Id| match sequence(values, *item) {
        Some([name, estimator]) => Some(NamedStep { name: *name, estimator: *estimator }),
        _ => None,
    };
    items.iter().map(pair).collect::<Option<_>>().ok_or_else(wrong)
}

/// Appends what a step before the last one stands for: nothing, one step, or those of a pipeline in the pipeline.
pub(super) fn append(file: &File<'_>, step: NamedStep, steps: &mut Vec<Step>) -> Result<(), Error> {
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
            Some(Meaning::Pca) => steps.push(pca::read(file, step.estimator)?),
            _ => steps.extend(scaler(file, &step)?),
        }
    }
    Ok(())
}

/// The attributes of a `Pipeline`.
pub(super) fn pipeline<'f, 'a>(file: &'f File<'a>, id: Id) -> Result<Attributes<'f, 'a>, Error> {
    Attributes::known(file, id, &["steps", "memory", "verbose", "transform_input"])
}

/// What a `FrozenEstimator` holds.
pub(super) fn frozen(file: &File<'_>, id: Id) -> Result<Id, Error> {
    Attributes::known(file, id, &["estimator"])?.require("estimator")
}

/// Whether objects of a class are steps that are read here.
pub(super) fn is_read(class: Global<'_>) -> bool {
    use Meaning::{MaxAbsScaler, MinMaxScaler, Pca, Pipeline, RobustScaler, StandardScaler};
    matches!(class.meaning, StandardScaler | MinMaxScaler | RobustScaler | MaxAbsScaler | Pca | Pipeline)
}

/// A step that hands its rows on as they are: none, or a sampler of imbalanced-learn's, which works in training alone.
pub(super) fn is_passed_over(file: &File<'_>, id: Id) -> bool {
    let values = file.values();
    let is_sampler = file.class(id).is_some_and(|class| class.kind() == ClassKind::Sampler);
    is_sampler || matches!(values.get(id), Value::None) || values.is_text(id, "passthrough")
}

/// The items of a list or tuple.
pub(super) fn sequence<'v>(values: &'v Values<'_>, id: Id) -> Option<&'v [Id]> {
    match values.get(id) {
        Value::List(items) | Value::Tuple(items) => Some(items),
        _ => None,
    }
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
                "the pipeline's step {name} is {found}: svcd applies StandardScaler, MinMaxScaler, RobustScaler, \
                 MaxAbsScaler, PCA, `passthrough` and pipelines of them; save the part behind it, and send rows that it has transformed"
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

/// Steps of a pipeline, and steps in all. Nobody has so many, and a file of a few bytes may name one large step many times.
const STEPS_MAX: usize = 16;
