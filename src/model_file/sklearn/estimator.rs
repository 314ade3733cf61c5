//! From the estimator that was saved to a model.

use super::attributes::File;
use super::chain::{Chain, version};
use super::{calibrated, svc};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::svc::Model;

/// The model that an estimator is, and the version of scikit-learn that saved it.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<(Model, Option<String>), Error> {
    let mut chain = Chain::new(file);
    let (id, class) = chain.follow(id)?;
    if class.meaning == Meaning::CalibratedClassifierCv {
        return calibrated::read(chain, id);
    }
    let version = version(file, id)?;
    let model = Model::new(chain.finish(id)?);
    Ok((model.map_err(|cause| svc::attribute_error(class.name(), cause))?, version))
}
