//! The steps before an estimator: each class is read in a file of its own.

use super::attributes::{Attributes, File};
use super::pipelines::{Made, NamedStep, STEPS_MAX, StepPlace, frozen, is_passed_over, of_pipeline, pipeline};
use super::{branches, encoders, fill, function, numeric, scaler, vectorizers};
use crate::model_file::Error;
use crate::model_file::pickle::{Global, Meaning};
use crate::pipeline::{Step, Steps};

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
            Some(meaning) if meaning.is_vectorizer() => {
                steps.push(Step::Vectorizer(Box::new(vectorizers::vectorizer(file, step.estimator)?)));
                place.is_sparse = true;
            }
            Some(Meaning::TfidfTransformer) => {
                steps.push(Step::Weights(vectorizers::transformer(file, step.estimator, steps)?));
                place.is_sparse = true;
            }
            Some(Meaning::FunctionTransformer) => steps.extend(function::read(file, step.estimator, place)?),
            Some(Meaning::SimpleImputer) => steps.push(fill::read(file, step.estimator)?),
            Some(Meaning::MissingIndicator) => steps.push(fill::indicator(file, step.estimator, place)?),
            Some(Meaning::OneHotEncoder) => steps.push(encoders::one_hot(file, step.estimator, place)?),
            Some(Meaning::OrdinalEncoder) => steps.push(encoders::ordinal(file, step.estimator)?),
            Some(Meaning::TargetEncoder) => steps.push(encoders::target(file, step.estimator)?),
            _ => match numeric::read(file, step.estimator, place)? {
                Some(read) => steps.push(read),
                None => {
                    let read = scaler::read(file, &step)?;
                    steps.extend(if place.is_sparse { read.map(Step::on_sparse_rows) } else { read });
                }
            },
        }
        place.width = steps.last().map(Step::width_out).filter(|width| *width > 0).or(place.width);
    }
    Ok(())
}

/// Gives functions of unknown width the width of what follows them; `width` is what follows the last step.
pub(super) fn settle_widths(steps: &mut [Step], width: usize) {
    let mut behind = width;
    for step in steps.iter_mut().rev() {
        if let Step::Function(function) = step
            && function.n_features_in == 0
        {
            function.n_features_in = behind;
        }
        behind = step.width_in();
    }
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
    use Meaning::{ColumnTransformer, FeatureUnion, FunctionTransformer, Pipeline};
    use Meaning::{MissingIndicator, OneHotEncoder, OrdinalEncoder, SimpleImputer, TargetEncoder};
    let is_imputer = matches!(class.meaning, MissingIndicator | SimpleImputer);
    let is_encoder = is_imputer || matches!(class.meaning, OneHotEncoder | OrdinalEncoder | TargetEncoder);
    let is_text = class.meaning.is_vectorizer() || class.meaning == Meaning::TfidfTransformer;
    let is_around_steps = matches!(class.meaning, Pipeline | ColumnTransformer | FeatureUnion);
    let is_function = class.meaning == FunctionTransformer;
    let is_of_table = is_encoder || is_function || scaler::is_read(class.meaning) || numeric::is_read(class.meaning);
    is_around_steps || is_text || is_of_table
}
