//! Which texts name the classes, and which the columns.

use super::{Content, Found, Piece};
use crate::model_file::Error;
use crate::pipeline::Classes;

/// The encoder that names the estimator's classes, if it has some, or why each one does not.
///
/// People encode input columns with a `LabelEncoder` too. So it counts only if it is the only one and the classes are the
/// integers 0 to k - 1 with the same k.
pub(super) fn encoder<'a>(
    found: &[&'a Found],
    classes: Option<&Classes>,
) -> Result<Option<(&'a Found, &'a Classes)>, String> {
    let encoders: Vec<_> = found
        .iter()
        .filter_map(|found| match &found.content {
            Ok(Content::Piece(Piece::Labels(labels), _)) => Some((*found, labels)),
            _ => None,
        })
        .collect();
    let are_equal = encoders.windows(2).all(|pair| matches!(pair, [(_, one), (_, other)] if one == other));
    let Some(classes) = classes else {
        return if encoders.is_empty() { Ok(None) } else { Err("the model has no classes".to_owned()) };
    };
    match encoders.as_slice() {
        [] => Ok(None),
        [(found, labels), ..] if are_equal && labels.len() == classes.len() && are_indices(classes) => {
            Ok(Some((*found, *labels)))
        }
        [(_, labels), ..] if are_equal && are_indices(classes) => {
            Err(format!("it knows {} labels, and the model has {} classes", labels.len(), classes.len()))
        }
        [_, ..] if are_equal => Err("the model's classes are labels already".to_owned()),
        _ => Err("they hold different labels, as encoders of input columns do".to_owned()),
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
            "{place} holds {width} texts, which may name the {width} columns or the {n_classes} classes: say which \
             with --feature-names or --class-names, and skip the list with --leave-out"
        )));
    }
    match lists.find(|(_, other)| *other != names) {
        None => Ok(Some((first, names))),
        Some((other, _)) => Err(Error::NotServed(format!(
            "{place} and {} hold different names for the {width} columns: skip one of them with --leave-out",
            other.shown()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::model_file::pieces::assemble;
    use crate::model_file::{Format, Loaded, Provenance};

    fn found(place: &str, piece: Piece) -> Found {
        let content = Ok(Content::Piece(piece, "a piece".to_owned()));
        Found { source: 0, rank: 0, file: String::new(), place: place.to_owned(), content }
    }

    fn labels(texts: [&str; 2]) -> Piece {
        Piece::Labels(Classes::String(texts.map(str::to_owned).to_vec()))
    }

    fn with(encoders: Vec<Found>) -> Loaded {
        let provenance =
            Provenance { format: Format::Pickle, source: Format::Pickle, sklearn_version: None, training: None };
        let svc = Loaded::whole(MadeUp::default().model(), provenance, None);
        let svc = found("svc", Piece::Estimator(Box::new(svc)));
        assemble([svc].into_iter().chain(encoders).collect(), &[]).unwrap()
    }

    #[test]
    fn two_labels_are_used_with_a_warning_as_they_may_be_those_of_a_column() {
        let loaded = with(vec![found("sex", labels(["F", "M"]))]);
        assert_eq!(loaded.model.classes(), Some(&Classes::String(vec!["F".to_owned(), "M".to_owned()])));
        let text = "the labels `F` and `M` are those of the LabelEncoder in `sex`: if it encodes a column of the rows \
                    instead, skip it with --leave-out";
        assert_eq!(loaded.warnings, [text]);
    }

    #[test]
    fn equal_encoders_are_one_and_different_ones_are_left_out() {
        let loaded = with(vec![found("a", labels(["F", "M"])), found("b", labels(["F", "M"]))]);
        assert_eq!(loaded.model.classes().map(Classes::len), Some(2));
        assert!(matches!(loaded.model.classes(), Some(Classes::String(_))));
        let loaded = with(vec![found("a", labels(["F", "M"])), found("b", labels(["no", "yes"]))]);
        assert!(matches!(loaded.model.classes(), Some(Classes::Integer(_))));
        let text = "the LabelEncoders in `a`, `b` do not name the classes: they hold different labels, as encoders of \
                    input columns do; if one should, use --class-names";
        assert_eq!(loaded.warnings, [text]);
        let left_out: Vec<_> = loaded.left_out.iter().map(|left| left.place.as_str()).collect();
        assert_eq!(left_out, ["a", "b"]);
    }
}
