//! Encoders of single columns, saved one by one: a `LabelEncoder` turns a column of categories into whole numbers.

use super::{Content, Found, Piece};
use crate::model_file::{Error, Loaded, Role, UsedPiece};
use crate::pipeline::{
    Branch, Branches, BranchesKind, Category, Classes, Encoder, EncoderKind, Label, Model, Step, Steps,
};

/// An encoder, and the column that it encodes.
#[derive(Debug)]
pub struct ColumnEncoder {
    /// Name of the column.
    column: String,
    /// Where it was found.
    used: UsedPiece,
    encoder: Encoder,
}

impl ColumnEncoder {
    /// The encoder of a column that is the only thing in a file, which `place` names.
    ///
    /// # Errors
    /// [`Error::NotServed`] for anything but a `LabelEncoder`, or another encoder of one column that makes one number of it.
    pub(in crate::model_file) fn of_file(
        column: String,
        place: String,
        found: Vec<Found>,
    ) -> Result<ColumnEncoder, Error> {
        let wrong = |what: &str| {
            let expected = "expected a LabelEncoder, or an OrdinalEncoder of one column";
            Error::NotServed(format!("{expected}, for the column `{column}`, found {what}"))
        };
        let [found] = <[Found; 1]>::try_from(found).map_err(|found| wrong(&format!("{} objects", found.len())))?;
        let (piece, what) = match found.content? {
            Content::Piece(piece, what) => (piece, what),
            other => return Err(wrong(other.what())),
        };
        let encoder = of_piece(&piece)?.ok_or_else(|| wrong(&what))?;
        let what = format!("{what} of `{column}`");
        let used = UsedPiece { source: found.source, place, what, role: Role::Column };
        Ok(ColumnEncoder { column, used, encoder })
    }
}

/// The encoder that a piece is, if it makes one number of one cell.
fn of_piece(piece: &Piece) -> Result<Option<Encoder>, Error> {
    match piece {
        Piece::Labels(classes) => of_labels(classes).map(Some),
        Piece::Transformer { steps: Steps(steps), .. } => match steps.as_slice() {
            [step @ Step::Encode(encoder)] if step.width_in() == 1 && step.width_out() == 1 => {
                Ok(Some(encoder.clone()))
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Whether it is a `LabelEncoder`.
fn is_label_encoder(piece: &Piece) -> bool {
    match piece {
        Piece::Labels(_) => true,
        Piece::Transformer { steps: Steps(steps), .. } => {
            matches!(steps.as_slice(), [Step::Encode(encoder)] if encoder.kind == EncoderKind::Label)
        }
        _ => false,
    }
}

/// Takes the encoders out of what was found whose keys are names of columns, as in a dict of column to `LabelEncoder`.
///
/// # Errors
/// As [`of_labels`].
pub(super) fn taken(found: &mut Vec<Found>) -> Result<Vec<ColumnEncoder>, Error> {
    let names: Vec<String> = found.iter().filter_map(names).flatten().cloned().collect();
    let mut encoders = Vec::new();
    for one in std::mem::take(found) {
        let column = one.key().filter(|key| names.iter().any(|name| name == key)).map(str::to_owned);
        match (&one.content, column) {
            (Ok(Content::Piece(piece, what)), Some(column)) if is_label_encoder(piece) => {
                let what = format!("{what} of `{column}`");
                let used = UsedPiece { source: one.source, place: one.place.clone(), what, role: Role::Column };
                encoders.extend(of_piece(piece)?.map(|encoder| ColumnEncoder { column, used, encoder }));
            }
            _ => found.push(one),
        }
    }
    Ok(encoders)
}

/// The names of columns that a piece has.
fn names(found: &Found) -> Option<&[String]> {
    match found.content.as_ref().ok()? {
        Content::Piece(Piece::Estimator(loaded), _) => loaded.model.columns().own_names(),
        Content::Piece(Piece::Transformer { names, .. }, _) => names.as_deref(),
        Content::Piece(Piece::Names(names), _) => Some(names),
        _ => None,
    }
}

/// The same model with encoders of columns in front of all other steps.
///
/// # Errors
/// [`Error::NotServed`] for a column that the model does not have, or that has two encoders; [`Error::Model`] where the model does not
/// take numbers there.
pub fn encoded(loaded: Loaded, encoders: Vec<ColumnEncoder>) -> Result<Loaded, Error> {
    if encoders.is_empty() {
        return Ok(loaded);
    }
    let Loaded { model, provenance, warnings, mut pieces, left_out, .. } = loaded;
    let names = model.feature_names().to_vec();
    let mut columns: Vec<Option<Encoder>> = vec![None; names.len()];
    for (index, ColumnEncoder { column, used, encoder }) in encoders.into_iter().enumerate() {
        let place = names.iter().position(|name| *name == column).and_then(|place| columns.get_mut(place));
        let place = place.ok_or_else(|| {
            let names = super::listed(names.iter().map(|name| format!("`{name}`")));
            Error::NotServed(format!(
                "{}: expected one of the columns {names}, found `{column}`",
                super::shown(&used.place)
            ))
        })?;
        if place.replace(encoder).is_some() {
            return Err(Error::NotServed(format!("expected one encoder for the column `{column}`, found two")));
        }
        pieces.insert(index, used);
    }
    let branch = |(column, encoder): (usize, Option<Encoder>)| {
        let steps = Steps(encoder.map(Step::Encode).into_iter().collect());
        Branch::new(names.get(column).cloned().unwrap_or_default(), vec![column], None, steps)
    };
    let branches = columns.into_iter().enumerate().map(branch).collect();
    let first = Branches { kind: BranchesKind::ColumnTransformer, n_features_in: names.len(), branches };
    let steps = std::iter::once(Step::Columns(first)).chain(model.steps().0.iter().cloned()).collect();
    let own_names = model.columns().own_names().map(<[String]>::to_vec);
    let model = Model::over_numbers(own_names, Steps(steps), model.into_estimator())?;
    // probe rows are in the units of the model without the encoders
    Ok(Loaded { model, provenance, probes: None, warnings, pieces, left_out })
}

/// What a `LabelEncoder` does with a column: the index of each label.
fn of_labels(classes: &Classes) -> Result<Encoder, Error> {
    let category = |label| match label {
        Label::Integer(value) => Category::Number(value as f64),
        Label::Float(value) => Category::Number(value),
        Label::Boolean(value) => Category::Boolean(value),
        Label::String(text) => Category::String(text),
    };
    let categories: Vec<_> = classes.iter().map(category).collect();
    Ok(Encoder::of_labels(&categories)?)
}
