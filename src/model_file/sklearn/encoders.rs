//! scikit-learn's encoders of categories, read into what each category becomes.
//!
//! | attribute of a `OneHotEncoder` | until 0.21 | 0.22 to 1.0 | 1.1 | since |
//! |---|---|---|---|---|
//! | what is dropped | `drop_idx_` | the same | the same | 1.2: `_drop_idx_after_grouping` |
//! | sparse answers | `sparse` | the same | the same | 1.2: `sparse_output` |
//! | infrequent categories | none | none | `_default_to_infrequent_mappings` | |

use super::attributes::{Attributes, File, major_minor};
use super::pipelines::StepPlace;
use crate::model_file::Error;
use crate::model_file::numpy;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{Category, Codes, EncodedColumn, Encoder, EncoderKind, OwnCategory, Step};

/// A `OneHotEncoder`. `place`: where it stands, then where the next step does.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit, [`Error::NotServed`] for the mode of 0.20 that took whole numbers alone.
pub(super) fn one_hot(file: &File<'_>, id: Id, place: &mut StepPlace) -> Result<Step, Error> {
    let encoder = Attributes::known(file, id, ONE_HOT)?;
    if encoder.boolean_or("_legacy_mode", false)? {
        return Err(Error::NotServed(
            "the OneHotEncoder is in the mode of scikit-learn 0.19 and before, which takes only whole numbers: fit it with \
             categories='auto', or with a newer scikit-learn"
                .to_owned(),
        ));
    }
    let listed = categories(&encoder)?;
    let infrequent = infrequent(&encoder, &listed, &[])?;
    let dropped = dropped(&encoder, listed.len())?;
    let unknown = Unknown::of(&encoder)?;
    let widths = if encoder.get("_n_features_outs").is_some() { Some(widths(&encoder, listed.len())?) } else { None };
    let mut columns = Vec::with_capacity(listed.len());
    for (column, categories) in listed.iter().enumerate() {
        let infrequent = infrequent.get(column).and_then(Option::as_ref);
        let dropped = dropped.get(column).copied().flatten();
        let groups = match infrequent {
            Some(codes) => codes.iter().max().map_or(0, |last| last + 1),
            None => categories.len(),
        };
        let width = groups - usize::from(dropped.is_some_and(|dropped| dropped < groups));
        if let Some(found) = widths.as_ref().and_then(|widths| widths.get(column)).filter(|found| **found != width) {
            let problem = format!("expected {width} numbers for column {column}, found {found}");
            return Err(encoder.error("_n_features_outs", problem));
        }
        let narrow = |number: usize| u32::try_from(number).map_err(|_| encoder.error("categories_", "expected fewer"));
        let of_group = |group: usize| match dropped {
            Some(dropped) if group == dropped => width,
            Some(dropped) if group > dropped => group - 1,
            _ => group,
        };
        let group = |index: usize| infrequent.map_or(Some(index), |codes| codes.get(index).copied());
        let places = (0..categories.len()).filter_map(group).map(|group| narrow(of_group(group)));
        let unknown = match unknown {
            Unknown::Error => None,
            // the infrequent ones are the last group
            Unknown::Infrequent if infrequent.is_some() => Some(of_group(groups.saturating_sub(1))),
            Unknown::Infrequent | Unknown::Zeros => Some(width),
        };
        let codes = Codes::OneHot {
            width: narrow(width)?,
            places: places.collect::<Result<_, _>>()?,
            unknown: unknown.map(narrow).transpose()?,
        };
        columns.push(encoded(&encoder, column, categories, codes)?);
    }
    place.is_sparse = is_sparse(&encoder)?;
    Ok(Step::Encode(Encoder { kind: EncoderKind::OneHot, columns }))
}

/// An `OrdinalEncoder`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn ordinal(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let encoder = Attributes::known(file, id, ORDINAL)?;
    let listed = categories(&encoder)?;
    let missing = missing_indices(&encoder)?;
    let infrequent = infrequent(&encoder, &listed, &missing)?;
    let encoded_missing = if encoder.get("encoded_missing_value").is_some() {
        encoder.number("encoded_missing_value")?
    } else {
        f64::NAN
    };
    // since 0.24
    let unknown = match encoder.get("handle_unknown") {
        None => None,
        Some(id) if file.values().is_text(id, "error") => None,
        Some(id) if file.values().is_text(id, "use_encoded_value") => Some(vec![encoder.number("unknown_value")?]),
        Some(id) => return Err(not_known(&encoder, "handle_unknown", id)),
    };
    let mut columns = Vec::with_capacity(listed.len());
    for (column, categories) in listed.iter().enumerate() {
        let infrequent = infrequent.get(column).and_then(Option::as_ref);
        let missing = missing.iter().find(|(place, _)| *place == column).map(|(_, index)| *index);
        let number = |index: usize| match infrequent {
            _ if missing == Some(index) => encoded_missing,
            Some(codes) => codes.get(index).map_or(f64::NAN, |code| *code as f64),
            None => index as f64,
        };
        let numbers = (0..categories.len()).map(number).collect();
        let codes = Codes::Numbers { width: 1, numbers, unknown: unknown.clone() };
        columns.push(encoded(&encoder, column, categories, codes)?);
    }
    Ok(Step::Encode(Encoder { kind: EncoderKind::Ordinal, columns }))
}

/// A `LabelEncoder` with a missing value among its classes: these are not labels, so it was fitted on a column of the rows. None
/// for any other one.
///
/// # Errors
/// [`Error::Attribute`] for classes that are no categories.
pub(super) fn label_with_missing(file: &File<'_>, id: Id) -> Result<Option<Step>, Error> {
    let encoder = Attributes::known(file, id, LABEL)?;
    let listed = encoder.categories_at("classes_", encoder.require("classes_")?)?;
    if !listed.iter().any(|category| matches!(category.category(), Category::None | Category::NaN)) {
        return Ok(None);
    }
    let listed: Vec<Category<'_>> = listed.iter().map(OwnCategory::category).collect();
    let of_column = Encoder::of_labels(&listed).map_err(|cause| encoder.error("classes_", cause.to_string()))?;
    Ok(Some(Step::Encode(of_column)))
}

/// A `TargetEncoder`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn target(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let encoder = Attributes::known(file, id, TARGET)?;
    let listed = categories(&encoder)?;
    infrequent(&encoder, &listed, &[])?;
    let means = match encoder.shape::<1>("target_mean_") {
        Ok(_) => encoder.vector("target_mean_")?,
        Err(_) => vec![encoder.number("target_mean_")?],
    };
    let encodings = encoder.items("encodings_")?;
    let width = means.len();
    if encodings.len() != listed.len().saturating_mul(width) {
        let problem =
            format!("expected {width} of them for each of {} columns, found {}", listed.len(), encodings.len());
        return Err(encoder.error("encodings_", problem));
    }
    let mut columns = Vec::with_capacity(listed.len());
    for ((column, categories), encodings) in listed.iter().enumerate().zip(encodings.chunks_exact(width.max(1))) {
        let encodings: Vec<_> =
            encodings.iter().map(|id| encoder.vector_at("encodings_", *id)).collect::<Result<_, _>>()?;
        if let Some(wrong) = encodings.iter().find(|encoding| encoding.len() != categories.len()) {
            let problem = format!("expected {} numbers for column {column}, found {}", categories.len(), wrong.len());
            return Err(encoder.error("encodings_", problem));
        }
        let of_category = |index: usize| encodings.iter().filter_map(move |encoding| encoding.get(index).copied());
        let numbers = (0..categories.len()).flat_map(of_category).collect();
        let width = u32::try_from(width).map_err(|_| encoder.error("target_mean_", "expected fewer classes"))?;
        let codes = Codes::Numbers { width, numbers, unknown: Some(means.clone()) };
        columns.push(encoded(&encoder, column, categories, codes)?);
    }
    Ok(Step::Encode(Encoder { kind: EncoderKind::Target, columns }))
}

/// The categories of each column, in the encoder's order.
fn categories(encoder: &Attributes<'_, '_>) -> Result<Vec<Vec<OwnCategory>>, Error> {
    let arrays = encoder.items("categories_")?;
    if arrays.is_empty() {
        return Err(encoder.error("categories_", "expected those of at least 1 column, found none"));
    }
    encoder.check_width("categories_", arrays.len())?;
    arrays.iter().map(|id| encoder.categories_at("categories_", *id)).collect()
}

fn encoded(
    encoder: &Attributes<'_, '_>,
    column: usize,
    categories: &[OwnCategory],
    codes: Codes,
) -> Result<EncodedColumn, Error> {
    let listed: Vec<Category<'_>> = categories.iter().map(OwnCategory::category).collect();
    let wrong = |cause| encoder.error("categories_", format!("column {column}: {cause}"));
    EncodedColumn::new(&listed, codes).map_err(wrong)
}

/// Where rare categories are one: for each column the group of each category, if it has rare ones. `missing`: columns whose last
/// category is in no group.
fn infrequent(
    encoder: &Attributes<'_, '_>,
    listed: &[Vec<OwnCategory>],
    missing: &[(usize, usize)],
) -> Result<Vec<Option<Vec<usize>>>, Error> {
    let name = "_default_to_infrequent_mappings";
    if !encoder.boolean_or("_infrequent_enabled", false)? {
        return Ok(vec![None; listed.len()]);
    }
    let mappings = encoder.items(name)?;
    if mappings.len() != listed.len() {
        return Err(encoder.error(name, format!("expected {} of them, found {}", listed.len(), mappings.len())));
    }
    let mapping = |(column, (id, categories)): (usize, (&Id, &Vec<OwnCategory>))| {
        if matches!(encoder.file.values().get(*id), Value::None) {
            return Ok(None);
        }
        let is_outside = missing.iter().any(|(place, index)| *place == column && index + 1 == categories.len());
        let expected = categories.len() - usize::from(is_outside);
        let groups = encoder.counts_at(name, *id)?;
        let count = groups.iter().max().map_or(0, |last| last.saturating_add(1));
        let mut is_there = vec![false; count.min(expected)];
        for group in &groups {
            if let Some(is_there) = is_there.get_mut(*group) {
                *is_there = true;
            }
        }
        match groups.len() == expected && count <= expected && is_there.iter().all(|is_there| *is_there) {
            true => Ok(Some(groups)),
            false => Err(encoder.error(name, format!("expected groups of {expected} categories, found others"))),
        }
    };
    mappings.iter().zip(listed).enumerate().map(mapping).collect()
}

/// For each column the group that has no place of its own.
fn dropped(encoder: &Attributes<'_, '_>, count: usize) -> Result<Vec<Option<usize>>, Error> {
    let name = encoder.first_present("_drop_idx_after_grouping", "drop_idx_");
    let Some(id) = encoder.get(name).filter(|id| !matches!(encoder.file.values().get(*id), Value::None)) else {
        return Ok(vec![None; count]);
    };
    let of_item = |item: OwnCategory| match item {
        OwnCategory::None => Ok(None),
        OwnCategory::Number(index) if index >= 0.0 && index.fract() == 0.0 => Ok(Some(index as usize)),
        other => Err(encoder.error(name, format!("expected indices, found {}", other.category()))),
    };
    let dropped = encoder.categories_at(name, id)?.into_iter().map(of_item).collect::<Result<Vec<_>, _>>()?;
    if dropped.len() != count {
        return Err(encoder.error(name, format!("expected {count} of them, found {}", dropped.len())));
    }
    Ok(dropped)
}

/// `_n_features_outs`: numbers for each column.
fn widths(encoder: &Attributes<'_, '_>, count: usize) -> Result<Vec<usize>, Error> {
    let name = "_n_features_outs";
    let widths = encoder.items(name)?.iter().map(|id| {
        let width = numpy::integer(encoder.file.values(), *id).ok().and_then(|width| usize::try_from(width).ok());
        width.ok_or_else(|| encoder.error(name, "expected counts from 0, found another value"))
    });
    let widths = widths.collect::<Result<Vec<_>, _>>()?;
    if widths.len() != count {
        return Err(encoder.error(name, format!("expected {count} of them, found {}", widths.len())));
    }
    Ok(widths)
}

/// `_missing_indices` of an `OrdinalEncoder`: columns, and which of their categories is the missing one.
fn missing_indices(encoder: &Attributes<'_, '_>) -> Result<Vec<(usize, usize)>, Error> {
    let name = "_missing_indices";
    let Some(id) = encoder.get(name) else { return Ok(Vec::new()) };
    let values = encoder.file.values();
    let entries = values.dict(id);
    let entries =
        entries.ok_or_else(|| encoder.error(name, format!("expected a dict, found {}", values.describe(id))))?;
    let index = |id: Id| {
        let index = numpy::integer(values, id).ok().and_then(|index| usize::try_from(index).ok());
        index.ok_or_else(|| encoder.error(name, format!("expected indices, found {}", values.describe(id))))
    };
    entries.iter().map(|(column, category)| Ok((index(*column)?, index(*category)?))).collect()
}

/// What a `OneHotEncoder` makes of a category that it does not know.
#[derive(Clone, Copy)]
enum Unknown {
    Error,
    Zeros,
    /// The place of the infrequent ones; where a column has none, zeros.
    Infrequent,
}

impl Unknown {
    fn of(encoder: &Attributes<'_, '_>) -> Result<Unknown, Error> {
        let id = encoder.require("handle_unknown")?;
        let is = |text| encoder.file.values().is_text(id, text);
        Ok(match () {
            () if is("error") => Unknown::Error,
            () if is("ignore") => Unknown::Zeros,
            () if is("infrequent_if_exist") => Unknown::Infrequent,
            () if is("warn") => {
                let is_newer = major_minor(encoder.version()?.as_deref()).is_none_or(|version| version >= NEWER_WARN);
                if is_newer { Unknown::Infrequent } else { Unknown::Zeros }
            }
            () => return Err(not_known(encoder, "handle_unknown", id)),
        })
    }
}

/// Of the two attributes the one that is not `deprecated` counts.
fn is_sparse(encoder: &Attributes<'_, '_>) -> Result<bool, Error> {
    let values = encoder.file.values();
    let given = |name: &'static str| encoder.get(name).filter(|id| !values.is_text(*id, "deprecated")).map(|_| name);
    given("sparse_output").or(given("sparse")).map_or(Ok(true), |name| encoder.boolean(name))
}

fn not_known(encoder: &Attributes<'_, '_>, name: &str, id: Id) -> Error {
    encoder.error(name, format!("expected one of scikit-learn's values, found {}", encoder.file.values().describe(id)))
}

/// The first scikit-learn in which `warn` takes an unknown category as an infrequent one.
const NEWER_WARN: (u32, u32) = (1, 8);

/// The attributes of scikit-learn 0.20 to 1.9.
const ONE_HOT: &[&str] = &[
    "_active_features_",
    "_categorical_features",
    "_categories",
    "_default_to_infrequent_mappings",
    "_drop_idx_after_grouping",
    "_feature_indices_",
    "_infrequent_enabled",
    "_infrequent_indices",
    "_legacy_mode",
    "_n_features_outs",
    "_n_values",
    "_n_values_",
    "categorical_features",
    "categories",
    "categories_",
    "drop",
    "drop_idx_",
    "dtype",
    "feature_name_combiner",
    "handle_unknown",
    "max_categories",
    "min_frequency",
    "n_values",
    "sparse",
    "sparse_output",
];

/// What a `LabelEncoder` has.
pub(super) const LABEL: &[&str] = &["classes_"];

/// The attributes of scikit-learn 0.20 to 1.9.
const ORDINAL: &[&str] = &[
    "_categories",
    "_default_to_infrequent_mappings",
    "_infrequent_enabled",
    "_infrequent_indices",
    "_missing_indices",
    "categories",
    "categories_",
    "dtype",
    "encoded_missing_value",
    "handle_unknown",
    "max_categories",
    "min_frequency",
    "unknown_value",
];

/// The attributes of scikit-learn 1.3 to 1.9.
const TARGET: &[&str] = &[
    "_infrequent_enabled",
    "categories",
    "categories_",
    "classes_",
    "cv",
    "encodings_",
    "random_state",
    "shuffle",
    "smooth",
    "target_mean_",
    "target_type",
    "target_type_",
];
