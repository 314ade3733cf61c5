//! A `CalibratedClassifierCV` as several estimators with their calibrators.
//!
//! | attribute of a member | until 0.23 | 0.24 to 1.1 | since 1.2 |
//! |---|---|---|---|
//! | estimator | `base_estimator` | the same | `estimator` |
//! | calibrators | `calibrators_` | `calibrators` | |
//! | labels | `classes_` | `classes` | |
//! | corners of an isotonic curve | `_necessary_X_`, `_necessary_y_` | `X_thresholds_`, `y_thresholds_` | |

use super::attributes::Attributes;
use super::chain::{Chain, NestedReader, classes, meta};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::pipeline::{Calibrator, Estimator, Isotonic, MetaEstimator, Nested, Rule, Sigmoid};

/// The `CalibratedClassifierCV` at the end of `chain`.
///
/// # Errors
/// [`Error::NotServed`] for other calibrations than sigmoids and isotonic curves, and for estimators without a decision function.
pub(super) fn read(chain: &mut Chain<'_, '_>, id: Id, nested: NestedReader) -> Result<MetaEstimator<Estimator>, Error> {
    let whole = Attributes::any(chain.file, id)?;
    let mut members: Vec<Nested<Estimator>> = Vec::new();
    let mut calibrators = Vec::new();
    for id in whole.items("calibrated_classifiers_")? {
        let (member, own) = member(chain, *id, nested)?;
        if members.first().is_some_and(|first| first.estimator.target() != member.estimator.target()) {
            return Err(whole.error("calibrated_classifiers_", "expected estimators of the same classes, found others"));
        }
        members.push(member);
        calibrators.push(own);
    }
    meta(&whole, members, None, Rule::Calibrated(calibrators))
}

/// One estimator with its calibrators.
fn member(
    chain: &mut Chain<'_, '_>,
    id: Id,
    nested: NestedReader,
) -> Result<(Nested<Estimator>, Vec<Calibrator>), Error> {
    let file = chain.file;
    if file.class(id).map(|class| class.meaning) != Some(Meaning::CalibratedClassifier) {
        let found = file.values().describe(id);
        return Err(Error::NotServed(format!("expected a classifier of a CalibratedClassifierCV, found {found}")));
    }
    let known = ["estimator", "base_estimator", "calibrators", "calibrators_", "classes", "classes_", "label_encoder_"];
    let classifier = Attributes::known(file, id, &[&known[..], &["method"]].concat())?;
    let estimator = nested(chain, classifier.require(classifier.first_present("estimator", "base_estimator"))?)?;
    if classifier.labels(classifier.first_present("classes_", "classes"))? != *classes(&estimator)? {
        return Err(Error::NotServed(
            "an estimator in the CalibratedClassifierCV was trained without some of its classes: fit it with ensemble=False, or with \
             fewer folds"
                .to_owned(),
        ));
    }
    let list = classifier.items(classifier.first_present("calibrators", "calibrators_"))?;
    let calibrators = list.iter().map(|id| calibrator(&classifier, *id)).collect::<Result<_, _>>()?;
    Ok((estimator, calibrators))
}

fn calibrator(classifier: &Attributes<'_, '_>, id: Id) -> Result<Calibrator, Error> {
    let file = classifier.file;
    match file.class(id).map(|class| class.meaning) {
        Some(Meaning::SigmoidCalibration) => {
            let sigmoid = Attributes::known(file, id, &["a_", "b_"])?;
            Ok(Calibrator::Sigmoid(Sigmoid { a: sigmoid.number("a_")?, b: sigmoid.number("b_")? }))
        }
        Some(Meaning::IsotonicRegression) => {
            isotonic(&Attributes::known(file, id, ISOTONIC)?).map(Calibrator::Isotonic)
        }
        _ => {
            let found = file.values().describe(id);
            Err(Error::NotServed(format!(
                "the CalibratedClassifierCV is calibrated by {found}: fit it with method='sigmoid' or method='isotonic'"
            )))
        }
    }
}

fn isotonic(curve: &Attributes<'_, '_>) -> Result<Isotonic, Error> {
    let (x, y) =
        (curve.first_present("X_thresholds_", "_necessary_X_"), curve.first_present("y_thresholds_", "_necessary_y_"));
    let out_of_bounds = curve.text("out_of_bounds")?;
    if out_of_bounds != "clip" {
        return Err(curve.error("out_of_bounds", format!("expected `clip`, found `{out_of_bounds}`")));
    }
    if curve.is_single(x)? {
        return Err(Error::NotServed(
            "the IsotonicRegression was fitted on float32 decision values, and rounds those of each row to float32: \
             fit the model on float64"
                .to_owned(),
        ));
    }
    Ok(Isotonic {
        x: curve.vector(x)?,
        y: curve.vector(y)?,
        bounds: (curve.number("X_min_")?, curve.number("X_max_")?),
    })
}

/// The attributes of scikit-learn 0.18 to 1.9.
const ISOTONIC: &[&str] = &[
    "X_max_",
    "X_min_",
    "X_thresholds_",
    "_X_",
    "_necessary_X_",
    "_necessary_y_",
    "_y_",
    "increasing",
    "increasing_",
    "out_of_bounds",
    "y_max",
    "y_min",
    "y_thresholds_",
];
