//! A `CalibratedClassifierCV` as several SVCs with their sigmoids.

use super::attributes::Attributes;
use super::chain::{Chain, version};
use super::{steps, svc};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::svc::{Member, Model, Sigmoid};

/// The model that a `CalibratedClassifierCV` at the end of `chain` is, and the version of scikit-learn that saved it.
///
/// # Errors
/// [`Error::NotServed`] for other calibrations than sigmoids, and for other classifiers inside than an `SVC`.
pub(super) fn read(chain: Chain<'_, '_>, id: Id) -> Result<(Model, Option<String>), Error> {
    let file = chain.file;
    let whole = Attributes::any(file, id)?;
    let list = whole.require("calibrated_classifiers_")?;
    let classifiers = steps::sequence(file.values(), list).unwrap_or_default();
    if classifiers.is_empty() || classifiers.len() > MEMBERS_MAX {
        let found = file.values().describe(list);
        return Err(
            whole.error("calibrated_classifiers_", format!("expected 1 to {MEMBERS_MAX} classifiers, found {found}"))
        );
    }
    let members = classifiers.iter().map(|classifier| member(&chain, *classifier)).collect::<Result<_, _>>()?;
    let model = Model::calibrated(members).map_err(|cause| svc::attribute_error("CalibratedClassifierCV", cause))?;
    Ok((model, version(file, id)?))
}

/// One classifier with its calibrators.
fn member(chain: &Chain<'_, '_>, id: Id) -> Result<Member, Error> {
    let file = chain.file;
    if file.class(id).map(|class| class.meaning) != Some(Meaning::CalibratedClassifier) {
        let found = file.values().describe(id);
        return Err(Error::NotServed(format!("expected a classifier of a CalibratedClassifierCV, found {found}")));
    }
    // `estimator` since 1.2
    let names = ["estimator", "base_estimator", "calibrators", "classes", "method"];
    let classifier = Attributes::known(file, id, &names)?;
    let estimator = if classifier.get("estimator").is_some() { "estimator" } else { "base_estimator" };
    let sigmoids = sigmoids(&classifier)?;
    let mut chain = chain.copy()?;
    let (svc, class) = chain.follow(classifier.require(estimator)?)?;
    if class.meaning != Meaning::Svc {
        return Err(Error::NotServed(format!(
            "expected an SVC in the CalibratedClassifierCV, found `{}`",
            class.name()
        )));
    }
    let parts = chain.finish(svc)?;
    let classes = classifier.labels("classes")?;
    if classes != parts.classes {
        return Err(Error::NotServed(
            "an SVC in the CalibratedClassifierCV was trained without some of its classes: fit it with ensemble=False, or \
             with fewer folds"
                .to_owned(),
        ));
    }
    Ok(Member { parts, sigmoids })
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
