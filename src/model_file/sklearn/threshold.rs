//! A `FixedThresholdClassifier` or `TunedThresholdClassifierCV`: an estimator of two classes, and where the positive one begins.

use super::attributes::Attributes;
use super::chain::{Chain, NestedReader, classes, meta};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{Classes, Estimator, Label, MetaEstimator, Nested, OutputName, Rule, Threshold};

/// The `FixedThresholdClassifier` at the end of `chain`.
///
/// # Errors
/// [`Error::Attribute`] for a threshold, a method or a label that is not possible.
pub(super) fn fixed(
    chain: &mut Chain<'_, '_>,
    id: Id,
    nested: NestedReader,
) -> Result<MetaEstimator<Estimator>, Error> {
    let known = ["estimator", "estimator_", "response_method", "pos_label", "threshold"];
    let whole = Attributes::known(chain.file, id, &known)?;
    // the estimator may have been fitted before
    let member = nested(chain, whole.require(whole.first_present("estimator_", "estimator"))?)?;
    let is_of_probability = is_of_probability(&whole, &member)?;
    let threshold = match whole.file.values().get(whole.require("threshold")?) {
        Value::Text(text) if text.is("auto") => {
            if is_of_probability {
                0.5
            } else {
                0.0
            }
        }
        _ => whole.number("threshold")?,
    };
    let positive = positive(&whole, classes(&member)?)?;
    let rule = Rule::Threshold(Threshold { is_of_probability, threshold, positive });
    meta(&whole, vec![member], None, rule)
}

/// The `TunedThresholdClassifierCV` at the end of `chain`.
///
/// # Errors
/// [`Error::NotServed`] where the metric that it was tuned for may have chosen the positive class.
pub(super) fn tuned(
    chain: &mut Chain<'_, '_>,
    id: Id,
    nested: NestedReader,
) -> Result<MetaEstimator<Estimator>, Error> {
    let whole = Attributes::known(chain.file, id, TUNED)?;
    let member = nested(chain, whole.require("estimator_")?)?;
    let scorer = Attributes::any(chain.file, whole.require("_curve_scorer")?)?;
    let metric = chain.file.values().class_name(scorer.require("_score_func")?).unwrap_or_default();
    let metric = metric.rsplit('.').next().unwrap_or_default();
    let has_no_options = chain.file.values().mapping(scorer.require("_kwargs")?).is_some_and(<[_]>::is_empty);
    if !has_no_options || !WITHOUT_POSITIVE.contains(&metric) {
        return Err(Error::NotServed(
            "the TunedThresholdClassifierCV was tuned for a metric that may have a positive class of its own: save a \
             FixedThresholdClassifier(estimator=model.estimator_, threshold=model.best_threshold_) with its pos_label"
                .to_owned(),
        ));
    }
    let is_of_probability = is_of_probability(&whole, &member)?;
    let threshold = whole.number("best_threshold_")?;
    let rule = Rule::Threshold(Threshold { is_of_probability, threshold, positive: 1 });
    meta(&whole, vec![member], None, rule)
}

/// Whether the probability is compared: `auto` takes it where there is one.
fn is_of_probability(whole: &Attributes<'_, '_>, member: &Nested<Estimator>) -> Result<bool, Error> {
    match whole.text("response_method")?.as_str() {
        "auto" => Ok(member.estimator.output(OutputName::PredictProba).is_ok()),
        "predict_proba" => Ok(true),
        "decision_function" => Ok(false),
        other => Err(whole.error(
            "response_method",
            format!("expected `auto`, `predict_proba` or `decision_function`, found `{other}`"),
        )),
    }
}

/// Index of the positive class: the second, unless `pos_label` says otherwise.
fn positive(whole: &Attributes<'_, '_>, classes: &Classes) -> Result<usize, Error> {
    let values = whole.file.values();
    let id = whole.require("pos_label")?;
    if matches!(values.get(id), Value::None) {
        return Ok(1);
    }
    let is_named = |label: Label<'_>| match label {
        Label::String(label) => whole.text("pos_label").is_ok_and(|text| text == label),
        Label::Boolean(label) => whole.boolean("pos_label").is_ok_and(|found| found == label),
        Label::Integer(label) => whole.integer("pos_label").is_ok_and(|found| found == label),
        Label::Float(label) => whole.number("pos_label").is_ok_and(|found| found == label),
    };
    classes.iter().position(is_named).ok_or_else(|| {
        whole.error("pos_label", format!("expected a label of the classes, found {}", values.describe(id)))
    })
}

/// Metrics that know no positive class.
const WITHOUT_POSITIVE: &[&str] =
    &["accuracy_score", "balanced_accuracy_score", "cohen_kappa_score", "matthews_corrcoef"];

/// The attributes of scikit-learn 1.5 to 1.9.
const TUNED: &[&str] = &[
    "_curve_scorer",
    "best_score_",
    "best_threshold_",
    "cv",
    "cv_results_",
    "estimator",
    "estimator_",
    "n_jobs",
    "random_state",
    "refit",
    "response_method",
    "scoring",
    "store_cv_results",
    "thresholds",
];
