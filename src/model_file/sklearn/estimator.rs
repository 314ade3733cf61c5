//! From the estimator that was saved to a model.

use super::attributes::File;
use super::chain::{Chain, version};
use super::{calibrated, linear, linear_svr, multiclass, single, svc, target, threshold};
use crate::model_file::Error;
use crate::model_file::pickle::{Global, Id, Meaning};
use crate::pipeline::{Estimator, LinearKind, Model, Nested, SvrKind};

/// The model that an estimator is, and the version of scikit-learn that saved it.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<(Model, Option<String>), Error> {
    let mut chain = Chain::new(file);
    let (id, class) = chain.follow(id)?;
    let version = version(file, id)?;
    let estimator = at_end(&mut chain, id, class)?;
    let model = chain.finish(estimator).map_err(|cause| svc::attribute_error(class.name(), cause))?;
    Ok((model, version))
}

/// The estimator at the end of `chain`, which gets the names of columns that are found inside.
fn at_end(chain: &mut Chain<'_, '_>, id: Id, class: Global<'_>) -> Result<Estimator, Error> {
    let file = chain.file;
    let in_its_words = |cause| svc::attribute_error(class.name(), cause);
    let linear_of = |kind, (parts, classes)| Estimator::of_linear(kind, classes, parts).map_err(in_its_words);
    Ok(match class.meaning {
        Meaning::CalibratedClassifierCv => Estimator::Meta(calibrated::read(chain, id, nested)?),
        Meaning::OneVsRest => Estimator::Meta(multiclass::one_vs_rest(chain, id, nested)?),
        Meaning::OneVsOne => Estimator::Meta(multiclass::one_vs_one(chain, id, nested)?),
        Meaning::FixedThreshold => Estimator::Meta(threshold::fixed(chain, id, nested)?),
        Meaning::TunedThreshold => Estimator::Meta(threshold::tuned(chain, id, nested)?),
        Meaning::LinearSvc => linear_of(LinearKind::Svc, linear::svc(file, id)?)?,
        Meaning::Sgd => linear_of(LinearKind::Sgd, linear::sgd(file, id)?)?,
        Meaning::Svr => {
            let kind = if class.name() == "NuSVR" { SvrKind::Nu } else { SvrKind::Epsilon };
            Estimator::of_svr(kind, single::read(file, id)?).map_err(in_its_words)?
        }
        Meaning::OneClass => Estimator::of_one_class(single::read(file, id)?).map_err(in_its_words)?,
        Meaning::TransformedTarget => {
            let (id, inverse) = target::read(file, id)?;
            let (id, class) = chain.follow(id)?;
            if !matches!(class.meaning, Meaning::Svr | Meaning::LinearSvr) {
                let expected = "expected an SVR, NuSVR or LinearSVR in the TransformedTargetRegressor";
                return Err(Error::NotServed(format!("{expected}, found `{}`", class.name())));
            }
            let regression = at_end(chain, id, class)?;
            match inverse {
                None => regression,
                Some(inverse) => Estimator::of_transformed_target(regression, inverse).map_err(in_its_words)?,
            }
        }
        Meaning::LinearSvr => Estimator::of_linear_svr(linear_svr::read(file, id)?).map_err(in_its_words)?,
        _ => svc::read(file, id)?,
    })
}

/// An estimator inside the one at the end of `chain`, and what stands before it alone.
fn nested(chain: &mut Chain<'_, '_>, id: Id) -> Result<Nested<Estimator>, Error> {
    let mut inner = chain.inner()?;
    let (id, class) = inner.follow(id)?;
    let estimator = at_end(&mut inner, id, class)?;
    Ok(Nested { steps: inner.into_steps(chain, estimator.width_in()), estimator })
}
