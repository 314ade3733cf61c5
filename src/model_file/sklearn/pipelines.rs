//! What a `Pipeline` is made of, before any of it is read; and where its steps stand.

use super::attributes::{Attributes, File};
use crate::model_file::Error;
use crate::model_file::pickle::{ClassKind, Id, Value, Values};
use crate::pipeline::Steps;

/// A step of a pipeline with its name.
#[derive(Clone, Copy)]
pub(super) struct NamedStep {
    pub(super) name: Id,
    pub(super) estimator: Id,
}

/// Where a step stands, as far as its formula depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StepPlace {
    /// Whether scikit-learn's rows are sparse there. It computes differently on them; here rows have all their zeros.
    pub(super) is_sparse: bool,
    /// Numbers in a row there, where that is known already.
    pub(super) width: Option<usize>,
    /// How many ColumnTransformers and unions it is in.
    pub(super) depth: usize,
}

/// What a step with others inside was made of.
pub(super) struct Made {
    pub(super) steps: Steps,
    /// Numbers in a row before, if any of the steps tells.
    pub(super) width_in: Option<usize>,
    /// Whether scikit-learn's rows are sparse after the last one.
    pub(super) is_sparse: bool,
}

/// Reads what stands for the rows of one branch.
pub(super) type BranchReader = fn(&File<'_>, NamedStep, StepPlace) -> Result<Made, Error>;

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

/// The attributes of a `Pipeline`.
pub(super) fn pipeline<'f, 'a>(file: &'f File<'a>, id: Id) -> Result<Attributes<'f, 'a>, Error> {
    Attributes::known(file, id, &["steps", "memory", "verbose", "transform_input"])
}

/// What a `FrozenEstimator` holds.
pub(super) fn frozen(file: &File<'_>, id: Id) -> Result<Id, Error> {
    Attributes::known(file, id, &["estimator"])?.require("estimator")
}

/// Whether a step passes its rows on unchanged: no step at all, or one of imbalanced-learn's samplers, which act only in
/// training.
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

/// Steps of a pipeline, and steps in all. Nobody has so many, and a file of a few bytes may name one large step many times.
pub(super) const STEPS_MAX: usize = 16;
