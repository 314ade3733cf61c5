//! Which texts name the classes, and which the columns.

use super::{Content, Found, Piece};
use crate::model_file::Error;
use crate::pipeline::Classes;

/// The encoder that names the estimator's classes, or why each one does not.
///
/// People encode input columns with a `LabelEncoder` too. So it counts only if it is the only one and the classes are the
/// integers 0 to k - 1 with the same k.
pub(super) fn encoder<'a>(found: &[&'a Found], classes: &Classes) -> Result<Option<(&'a Found, &'a Classes)>, String> {
    let encoders: Vec<_> = found
        .iter()
        .filter_map(|found| match &found.content {
            Ok(Content::Piece(Piece::Labels(labels), _)) => Some((*found, labels)),
            _ => None,
        })
        .collect();
    let are_equal = encoders.windows(2).all(|pair| matches!(pair, [(_, one), (_, other)] if one == other));
    match encoders.as_slice() {
        [] => Ok(None),
        [(found, labels), ..] if are_equal && labels.len() == classes.len() && are_indices(classes) => {
            Ok(Some((*found, *labels)))
        }
        [(_, labels), ..] if are_equal && are_indices(classes) => {
            Err(format!("it knows {} labels, and the model has {} classes", labels.len(), classes.len()))
        }
        [_, ..] if are_equal => Err("the model's classes are labels already".to_owned()),
        _ => Err("there are several: they encode input columns, or --class-names tells which labels the model has"
            .to_owned()),
    }
}

fn are_indices(classes: &Classes) -> bool {
    matches!(classes, Classes::Integer(labels) if labels.iter().copied().eq(0..labels.len() as i64))
}

/// The list that names the columns of a model that has no names of its own.
///
/// # Errors
/// [`Error::NotServed`] when a list could name the classes as well, or when two lists differ.
pub(super) fn column_names<'a>(
    found: &[&'a Found],
    width: usize,
    n_classes: usize,
) -> Result<Option<(&'a Found, &'a [String])>, Error> {
    let mut lists = found.iter().filter_map(|found| match &found.content {
        Ok(Content::Piece(Piece::Names(names), _)) if names.len() == width => Some((*found, names.as_slice())),
        _ => None,
    });
    let Some((first, names)) = lists.next() else { return Ok(None) };
    let place = first.shown();
    if width == n_classes {
        return Err(Error::NotServed(format!(
            "{place} holds {width} texts, which may name the {width} columns or the {n_classes} classes: name both \
             with --feature-names and --class-names, and pass over the list with --leave-out"
        )));
    }
    match lists.find(|(_, other)| *other != names) {
        None => Ok(Some((first, names))),
        Some((other, _)) => Err(Error::NotServed(format!(
            "{place} and {} hold different names for the {width} columns: pass over one of them with --leave-out",
            other.shown()
        ))),
    }
}
