//! A `CalibratedClassifierCV` as several SVCs with their sigmoids.

use super::attributes::Attributes;
use super::chain::Chain;
use super::{steps, svc};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::pipeline::{Calibrated, Classes, Member, Sigmoid};

/// The `CalibratedClassifierCV` at the end of `chain`, which gets the names of columns that are found inside.
///
/// # Errors
/// [`Error::NotServed`] for other calibrations than sigmoids, and for other classifiers inside than an `SVC`.
pub(super) fn read(chain: &mut Chain<'_, '_>, id: Id) -> Result<Calibrated, Error> {
    let file = chain.file;
    let whole = Attributes::any(file, id)?;
    let list = whole.require("calibrated_classifiers_")?;
    let classifiers = steps::sequence(file.values(), list).unwrap_or_default();
    let [first, others @ ..] = classifiers else {
        return Err(wrong_count(&whole, list));
    };
    if classifiers.len() > MEMBERS_MAX {
        return Err(wrong_count(&whole, list));
    }
    let (first, classes) = member(chain, *first)?;
    let mut others_read = Vec::with_capacity(others.len());
    for other in others {
        let (other, other_classes) = member(chain, *other)?;
        if other_classes != classes {
            return Err(Error::Attribute {
                name: "CalibratedClassifierCV.members".to_owned(),
                problem: "expected SVCs of the same classes, found others".to_owned(),
            });
        }
        others_read.push(other);
    }
    Ok(Calibrated { classes, first, others: others_read })
}

fn wrong_count(whole: &Attributes<'_, '_>, list: Id) -> Error {
    let found = whole.file.values().describe(list);
    whole.error("calibrated_classifiers_", format!("expected 1 to {MEMBERS_MAX} classifiers, found {found}"))
}

/// One classifier with its calibrators, and its labels.
fn member(chain: &mut Chain<'_, '_>, id: Id) -> Result<(Member, Classes), Error> {
    let file = chain.file;
    if file.class(id).map(|class| class.meaning) != Some(Meaning::CalibratedClassifier) {
        let found = file.values().describe(id);
        return Err(Error::NotServed(format!("expected a classifier of a CalibratedClassifierCV, found {found}")));
    }
    if Attributes::any(file, id)?.get("calibrators_").is_some() {
        return Err(Error::NotServed(
            "the CalibratedClassifierCV is of scikit-learn before 0.24, which kept its parts in another way: fit it with a newer one"
                .to_owned(),
        ));
    }
    // `estimator` since 1.2
    let names = ["estimator", "base_estimator", "calibrators", "classes", "method"];
    let classifier = Attributes::known(file, id, &names)?;
    let estimator = if classifier.get("estimator").is_some() { "estimator" } else { "base_estimator" };
    let sigmoids = sigmoids(&classifier)?;
    let mut inner = chain.inner();
    let (svc, class) = inner.follow(classifier.require(estimator)?)?;
    if class.meaning == Meaning::LinearSvc {
        return Err(Error::NotServed(
            "the CalibratedClassifierCV calibrates a LinearSVC, which svcd serves alone: save the LinearSVC itself, or calibrate \
             an SVC(kernel='linear')"
                .to_owned(),
        ));
    }
    if class.meaning != Meaning::Svc {
        return Err(Error::NotServed(format!(
            "expected an SVC in the CalibratedClassifierCV, found `{}`",
            class.name()
        )));
    }
    let (svc, classes) = svc::read(file, svc)?;
    if classifier.labels("classes")? != classes {
        return Err(Error::NotServed(
            "an SVC in the CalibratedClassifierCV was trained without some of its classes: fit it with ensemble=False, or \
             with fewer folds"
                .to_owned(),
        ));
    }
    Ok((Member { steps: inner.into_steps(chain), svc, sigmoids }, classes))
}

fn sigmoids(classifier: &Attributes<'_, '_>) -> Result<Vec<Sigmoid>, Error> {
    let file = classifier.file;
    let list = classifier.require("calibrators")?;
    let Some(calibrators) = steps::sequence(file.values(), list) else {
        return Err(classifier.error("calibrators", format!("expected a list, found {}", file.values().describe(list))));
    };
    let sigmoid = |id: &Id| {
        if file.class(*id).map(|class| class.meaning) != Some(Meaning::SigmoidCalibration) {
            let found = file.values().describe(*id);
            return Err(Error::NotServed(format!(
                "the CalibratedClassifierCV is calibrated by {found}: fit it with method='sigmoid'"
            )));
        }
        let sigmoid = Attributes::known(file, *id, &["a_", "b_"])?;
        Ok(Sigmoid { a: sigmoid.number("a_")?, b: sigmoid.number("b_")? })
    };
    calibrators.iter().map(sigmoid).collect()
}

/// Classifiers of a `CalibratedClassifierCV`: folds, of which there are seldom more than 10, times repetitions.
const MEMBERS_MAX: usize = 1000;
