//! From the bytes of a pickle to pieces of a model.

use super::attributes::{File, major_minor};
use super::{container, piece};
use crate::model_file::dense::TRAINED_ON_SPARSE_ROWS;
use crate::model_file::pieces::{Content, Contents, Piece};
use crate::model_file::{Error, Format, Loaded, joblib, pickle};
use crate::pipeline::{Estimator, Model};
use crate::svc::DecisionFunctionShape;

/// What a pickle holds, each with its place as Python would index it; empty for the one object of a file.
///
/// # Errors
/// [`Error::Pickle`] when the whole cannot be read.
pub(in crate::model_file) fn pieces(bytes: &[u8]) -> Result<Contents, Error> {
    let file = File::new(pickle::read(bytes, joblib::item_bytes)?, bytes.len());
    let format = if file.pickle.is_joblib { Format::Joblib } else { Format::Pickle };
    let read = |item: container::Item| {
        let content = piece::read(&file, &item, format);
        (item.place, content.map(|content| with_warnings(content, file.take_remarks())))
    };
    Ok(container::items(&file).into_iter().map(read).collect())
}

/// The same with what the user should know of it. `remarks`: what was remarked while it was read.
fn with_warnings(mut content: Content, remarks: Vec<String>) -> Content {
    if let Content::Piece(piece, _) = &mut content {
        warn(piece, remarks);
    }
    content
}

fn warn(piece: &mut Piece, remarks: Vec<String>) {
    match piece {
        Piece::Either { decides, selects } => {
            warn(selects, remarks.clone());
            warn_of_model(decides, remarks);
        }
        Piece::Estimator(loaded) => warn_of_model(loaded, remarks),
        Piece::Transformer { warnings, .. } => *warnings = remarks,
        _ => {}
    }
}

fn warn_of_model(loaded: &mut Loaded, remarks: Vec<String>) {
    let version = loaded.provenance.sklearn_version.as_deref();
    let other_values = version.and_then(|version| other_values_warning(version, &loaded.model));
    let leaves_out_zeros = loaded.model.leaves_out_zeros();
    let remarks = remarks.into_iter().filter(|remark| !leaves_out_zeros || remark != TRAINED_ON_SPARSE_ROWS);
    loaded.warnings = version_warning(version).into_iter().chain(other_values).chain(remarks).collect();
}

/// What to say of a version that the tests do not cover.
fn version_warning(version: Option<&str>) -> Option<String> {
    let [oldest, newest] = TESTED_VERSIONS;
    let tested = format!("svcd is tested with {}.{} to {}.{}", oldest.0, oldest.1, newest.0, newest.1);
    let untested = |version| format!("scikit-learn {version} saved the model; {tested}: compare some answers");
    let Some(version) = version else {
        return Some(format!("the file does not say which scikit-learn saved it; {tested}: compare some answers"));
    };
    let covered = major_minor(Some(version)).is_some_and(|version| oldest <= version && version <= newest);
    (!covered).then(|| untested(version))
}

/// What to say where an old version gave other decision values.
fn other_values_warning(version: &str, model: &Model) -> Option<String> {
    let Estimator::Svc { svc, .. } = model.estimator() else {
        return None;
    };
    let is_ovr = svc.parts().decision_function_shape == DecisionFunctionShape::Ovr && svc.n_classes() > 2;
    (is_ovr && major_minor(Some(version))? < OVR_OF_ONE_ROW).then(|| {
        format!(
            "in scikit-learn {version} the values of decision_function depend on the other rows of a call: svcd gives those of 0.21 \
             and later; the labels are the same"
        )
    })
}

/// The versions of scikit-learn whose models the tests read: oldest and newest, as major and minor.
const TESTED_VERSIONS: [(u32, u32); 2] = [(0, 18), (1, 9)];

/// Since this version a row's decision values of the shape `ovr` depend on the row alone.
const OVR_OF_ONE_ROW: (u32, u32) = (0, 21);
