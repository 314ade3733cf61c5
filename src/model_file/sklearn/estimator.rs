//! From the estimator that was saved to a model.

use super::attributes::File;
use super::chain::{Chain, version};
use super::{calibrated, linear_svc, linear_svr, single, svc};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::pipeline::{Estimator, Model, SvrKind};

/// The model that an estimator is, and the version of scikit-learn that saved it.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<(Model, Option<String>), Error> {
    let mut chain = Chain::new(file);
    let (id, class) = chain.follow(id)?;
    let version = version(file, id)?;
    let in_its_words = |cause| svc::attribute_error(class.name(), cause);
    let estimator = match class.meaning {
        Meaning::CalibratedClassifierCv => Estimator::Calibrated(calibrated::read(&mut chain, id)?),
        Meaning::LinearSvc => {
            let (parts, classes) = linear_svc::read(file, id)?;
            Estimator::of_linear(classes, parts).map_err(in_its_words)?
        }
        Meaning::Svr => {
            let kind = if class.name() == "NuSVR" { SvrKind::Nu } else { SvrKind::Epsilon };
            Estimator::of_svr(kind, single::read(file, id)?).map_err(in_its_words)?
        }
        Meaning::OneClass => Estimator::of_one_class(single::read(file, id)?).map_err(in_its_words)?,
        Meaning::LinearSvr => Estimator::of_linear_svr(linear_svr::read(file, id)?).map_err(in_its_words)?,
        _ => {
            let (svc, classes) = svc::read(file, id)?;
            Estimator::Svc { svc, classes }
        }
    };
    let model = chain.finish(estimator).map_err(in_its_words)?;
    Ok((model, version))
}
