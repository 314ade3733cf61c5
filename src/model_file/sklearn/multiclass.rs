//! A `OneVsRestClassifier` or `OneVsOneClassifier`: estimators that decide between two classes each.

use super::attributes::{Attributes, major_minor};
use super::chain::{Chain, NestedReader, classes, meta};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{Classes, Estimator, MetaEstimator, Nested, OutputName, Rule, Ties};

/// The `OneVsRestClassifier` at the end of `chain`.
///
/// # Errors
/// [`Error::NotServed`] for one that gives several labels for a row, or was fitted on one class.
pub(super) fn one_vs_rest(
    chain: &mut Chain<'_, '_>,
    id: Id,
    nested: NestedReader,
) -> Result<MetaEstimator<Estimator>, Error> {
    let whole = Attributes::known(
        chain.file,
        id,
        &["estimator", "n_jobs", "verbose", "estimators_", "label_binarizer_", "classes_"],
    )?;
    let y_type = Attributes::any(chain.file, whole.require("label_binarizer_")?)?.text("y_type_")?;
    if y_type != "multiclass" && y_type != "binary" {
        return Err(Error::NotServed(format!(
            "the OneVsRestClassifier was fitted on `{y_type}`, several labels for a row: svcd answers with one; fit one classifier for \
             each label"
        )));
    }
    let version = whole.version()?;
    let is_old = major_minor(version.as_deref()).is_some_and(|version| version < FIRST_WINS);
    let ties = if is_old { Ties::Last } else { Ties::First };
    let members = members(chain, &whole, nested)?;
    let labels = whole.labels("classes_")?;
    meta(&whole, members, Some(labels), Rule::OneVsRest(ties))
}

/// The `OneVsOneClassifier` at the end of `chain`.
///
/// # Errors
/// [`Error::NotServed`] for one over kernels that need the training rows, and for two classes without a decision function.
pub(super) fn one_vs_one(
    chain: &mut Chain<'_, '_>,
    id: Id,
    nested: NestedReader,
) -> Result<MetaEstimator<Estimator>, Error> {
    let whole =
        Attributes::known(chain.file, id, &["estimator", "n_jobs", "estimators_", "pairwise_indices_", "classes_"])?;
    let indices = whole.get("pairwise_indices_").map(|id| chain.file.values().get(id));
    if !matches!(indices, None | Some(Value::None)) {
        return Err(Error::NotServed(
            "the OneVsOneClassifier's estimators take kernel values of the training rows: fit it over a kernel such as `rbf`".to_owned(),
        ));
    }
    let members = members(chain, &whole, nested)?;
    let has_decision = |member: &Nested<Estimator>| member.estimator.output(OutputName::DecisionFunction).is_ok();
    if let ([member], false) = (members.as_slice(), members.iter().all(has_decision)) {
        return Err(Error::NotServed(format!(
            "the OneVsOneClassifier of two classes is over a {}, which has no decision_function: save that by itself",
            member.estimator.name()
        )));
    }
    let labels = whole.labels("classes_")?;
    meta(&whole, members, Some(labels), Rule::OneVsOne)
}

/// The estimators inside, each of which decides between 0 and 1.
fn members(
    chain: &mut Chain<'_, '_>,
    whole: &Attributes<'_, '_>,
    nested: NestedReader,
) -> Result<Vec<Nested<Estimator>>, Error> {
    let file = chain.file;
    let mut members = Vec::new();
    for id in whole.items("estimators_")? {
        if file.values().class_name(*id).is_some_and(|name| name == "sklearn.multiclass._ConstantPredictor") {
            return Err(Error::NotServed(format!(
                "the {} has a _ConstantPredictor, as a label was in all of its training rows or in none: leave that label out",
                whole.class.name()
            )));
        }
        let member = nested(chain, *id)?;
        if *classes(&member)? != Classes::Integer(vec![0, 1]) {
            return Err(whole.error("estimators_", "expected estimators of the classes 0 and 1, found others"));
        }
        members.push(member);
    }
    Ok(members)
}

/// Since this version the first of several classes with the largest score wins.
const FIRST_WINS: (u32, u32) = (1, 8);
