//! One object of a pickle as a piece of a model.

use super::attributes::{Attributes, File};
use super::chain::Chain;
use super::container::{DEPTH_MAX, ITEMS_MAX, Item, is_texts};
use super::pipelines::{self, NamedStep};
use super::{advice, encoders, estimator, select, steps};
use crate::model_file::pickle::{ClassKind, Global, Id, Meaning, Value, printable};
use crate::model_file::pieces::{Content, Piece};
use crate::model_file::{Error, Format, Loaded, Provenance, numpy};
use crate::pipeline::Steps;

/// What an item is. Whatever cannot matter is described and no more.
///
/// # Errors
/// [`Error::NotServed`] and [`Error::Attribute`] for an estimator or a transformer that cannot be read.
pub(super) fn read(file: &File<'_>, item: &Item, format: Format) -> Result<Content, Error> {
    let id = item.id;
    if let Some(class) = &item.hidden {
        return Err(Error::NotServed(format!(
            "holds a {class} inside more than {DEPTH_MAX} containers or among more than {ITEMS_MAX} items, where svcd \
             does not look: save the parts of the model separately"
        )));
    }
    if let Ok(array) = numpy::Array::read(file.values(), id) {
        return Ok(names_or(array.texts(|bytes| file.decode(bytes)).ok(), Content::Opaque, "an array".to_owned()));
    }
    let Some(class) = file.class(id) else { return Ok(plain(file, id)) };
    let end = end_class(file, id)?;
    let what = described(class, end);
    match end.map(|end| end.meaning) {
        // a search at the end has no best estimator, which is told by the way down
        Some(meaning) if meaning.is_estimator() || meaning == Meaning::Search => {
            let (model, version) = estimator::read(file, id)?;
            let sklearn_version = version.map(|version| printable(version.chars()).to_string());
            let provenance = Provenance { format, source: format, sklearn_version, training: None };
            let loaded = Box::new(Loaded::whole(model, provenance, None));
            let piece = match class.meaning {
                Meaning::Rfe => Piece::Either { decides: loaded, selects: Box::new(transformer(file, id)?) },
                _ => Piece::Estimator(loaded),
            };
            Ok(Content::Piece(piece, what))
        }
        Some(Meaning::LabelEncoder) => {
            let piece = match encoders::label_with_missing(file, id)? {
                Some(step) => Piece::Transformer { names: None, steps: Steps(vec![step]), warnings: Vec::new() },
                None => Piece::Labels(Attributes::known(file, id, encoders::LABEL)?.labels("classes_")?),
            };
            Ok(Content::Piece(piece, what))
        }
        Some(_) if end.is_some_and(steps::is_read) => {
            let piece = transformer(file, id)?;
            if matches!(&piece, Piece::Transformer { steps, .. } if steps.is_empty()) {
                return Ok(Content::Other(format!("{what} that changes nothing")));
            }
            Ok(Content::Piece(piece, what))
        }
        _ if end.is_some_and(|end| end.kind() == ClassKind::Transformer) => {
            Err(Error::NotServed(advice::unread_transformer(&what)))
        }
        _ => Ok(match end.map(|end| (end.name(), end.kind())) {
            Some((name, kind @ ClassKind::OtherEstimator)) => {
                Content::NotServed(format!("`{what}`"), advice::not_served(name, kind).to_owned())
            }
            _ => Content::Opaque(format!("`{}`", file.values().class_name(id).unwrap_or(what))),
        }),
    }
}

/// A transformer by itself.
fn transformer(file: &File<'_>, id: Id) -> Result<Piece, Error> {
    let (names, steps) = Chain::new(file).transformer(id)?;
    if let [step, ..] = steps.0.as_slice()
        && step.width_in() == 0
    {
        return Err(Error::NotServed(format!(
            "the {} does not say how many columns it takes, as scikit-learn until 0.22 saves it: save a Pipeline of it \
             and the SVM",
            step.name()
        )));
    }
    Ok(Piece::Transformer { names, steps, warnings: Vec::new() })
}

/// The class and, where that is another one, the class at its end: `StandardScaler`, `Pipeline of SVC`.
fn described(class: Global<'_>, end: Option<Global<'_>>) -> String {
    match end {
        Some(end) if end.name() != class.name() => format!("{} of {}", class.name(), end.name()),
        _ => class.name().to_owned(),
    }
}

/// What decides or transforms at the end of pipelines and searches.
fn end_class<'a>(file: &File<'a>, id: Id) -> Result<Option<Global<'a>>, Error> {
    let mut id = id;
    for _ in 0..NESTING_MAX {
        let Some(class) = file.class(id) else { return Ok(None) };
        let next = match class.meaning {
            Meaning::Pipeline => {
                let inner = pipelines::of_pipeline(&pipelines::pipeline(file, id)?)?;
                let last = inner.iter().rev().find(|step| !pipelines::is_passed_over(file, step.estimator));
                last.map(|last| last.estimator)
            }
            Meaning::Search => Attributes::any(file, id)?.get("best_estimator_"),
            Meaning::Frozen => Some(pipelines::frozen(file, id)?),
            // over an SVM it answers as that does
            Meaning::Rfe => {
                let fitted = select::estimator(file, id)?;
                file.class(fitted).is_some_and(|class| class.meaning.is_estimator()).then_some(fitted)
            }
            _ => None,
        };
        match next {
            Some(next) => id = next,
            None => return Ok(Some(class)),
        }
    }
    Err(Error::NotServed(format!("expected estimators in estimators at most {NESTING_MAX} deep, found more")))
}

/// Something that is no object of a class: texts may be names, the rest is data.
fn plain(file: &File<'_>, id: Id) -> Content {
    let values = file.values();
    let described = values.describe(id);
    match values.get(id) {
        Value::Text(_) => Content::Other(format!("the text {described}")),
        Value::List(items) | Value::Tuple(items) if is_texts(file, items) => {
            let text = |id: &Id| numpy::text(values, *id).ok().map(|text| text.into_owned());
            let bytes = items.len().saturating_mul(size_of::<String>());
            let names = file.decode(bytes).ok().and_then(|()| items.iter().map(text).collect());
            names_or(names, Content::Other, described)
        }
        _ => Content::Other(described),
    }
}

/// Texts that may name columns or classes; `other` where there are none.
fn names_or(names: Option<Vec<String>>, other: fn(String) -> Content, described: String) -> Content {
    match names {
        Some(names) if !names.is_empty() => Content::Piece(Piece::Names(names), described),
        _ => other(described),
    }
}

/// Estimators in estimators that are looked through; a file may say that a pipeline holds itself.
const NESTING_MAX: usize = 16;

impl Chain<'_, '_> {
    /// A transformer by itself: the names of its columns, and its steps.
    pub(super) fn transformer(mut self, id: Id) -> Result<(Option<Vec<String>>, Steps), Error> {
        self.step(NamedStep { name: id, estimator: id })?;
        Ok(self.into_parts())
    }
}
