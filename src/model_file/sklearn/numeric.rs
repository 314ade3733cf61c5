//! Steps that turn a row of numbers into another one by themselves, and the reader of each.

use super::attributes::File;
use super::pipelines::StepPlace;
use super::{kbins, normalizer, pca, polynomial, power, projection, quantile, select};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning};
use crate::pipeline::{BinEncoding, KBins, Step};

/// Reads one fitted step.
type Reader = fn(&File<'_>, Id) -> Result<Step, Error>;

/// Whether objects of a class are such steps.
pub(super) fn is_read(meaning: Meaning) -> bool {
    reader(meaning).is_some()
}

/// A fitted step, if it is one of these. `place`: where it stands, then where the next one does.
///
/// # Errors
/// Those of its reader.
pub(super) fn read(file: &File<'_>, id: Id, place: &mut StepPlace) -> Result<Option<Step>, Error> {
    let Some(read) = file.class(id).and_then(|class| reader(class.meaning)) else { return Ok(None) };
    let step = read(file, id)?;
    let step = if place.is_sparse { step.on_sparse_rows() } else { step };
    match &step {
        Step::Pca(_) | Step::Projection(_) | Step::KBins(KBins { encoding: BinEncoding::Ordinal, .. }) => {
            place.is_sparse = false;
        }
        _ => {}
    }
    Ok(Some(step))
}

/// What reads objects of a class.
fn reader(meaning: Meaning) -> Option<Reader> {
    Some(match meaning {
        Meaning::Pca => pca::read,
        Meaning::IncrementalPca => pca::incremental,
        Meaning::TruncatedSvd => projection::truncated_svd,
        Meaning::Lda => projection::lda,
        Meaning::Univariate => select::univariate,
        Meaning::VarianceThreshold => select::variance_threshold,
        Meaning::Rfe | Meaning::Sequential => select::with_support,
        Meaning::FromModel => select::from_model,
        Meaning::Normalizer => normalizer::read,
        Meaning::Binarizer => normalizer::binarizer,
        Meaning::Polynomial => polynomial::read,
        Meaning::KBins => kbins::read,
        Meaning::Power => power::read,
        Meaning::Quantile => quantile::read,
        _ => return None,
    })
}
