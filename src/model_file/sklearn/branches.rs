//! A `ColumnTransformer` or a `FeatureUnion`: steps side by side.
//!
//! | attribute of a `ColumnTransformer` | until 0.21 | 0.22 to 0.24 | since 1.0 |
//! |---|---|---|---|
//! | columns of a branch | in `transformers_` | the same | `_transformer_to_input_indices` |
//! | names of columns | `_df_columns` | `_feature_names_in` | `feature_names_in_` |
//! | width | `_n_features` | the same | 0.24: `n_features_in_` too |

use std::collections::HashSet;

use super::attributes::{Attributes, File};
use super::pipelines::{BranchReader, Made, NamedStep, StepPlace, sequence};
use super::selection::{self, Selections};
use crate::model_file::Error;
use crate::model_file::numpy;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{Branch, Branches, BranchesKind, NESTED_MAX, Step, Steps};

/// A `ColumnTransformer`. `place`: where it stands, then where the next step does.
///
/// # Errors
/// [`Error::Attribute`] for columns that are missing or cannot be determined; those of the branches.
pub(super) fn column_transformer(
    file: &File<'_>,
    id: Id,
    place: &mut StepPlace,
    read: BranchReader,
) -> Result<Option<Step>, Error> {
    let whole = Attributes::known(file, id, COLUMN_TRANSFORMER)?;
    let inside = inside(*place)?;
    let transformers = named::<3>(&whole, "transformers_")?;
    let Selections { n_features_in, columns } = Selections::of(&whole, &transformers)?;
    let (mut branches, mut is_sparse) = (Vec::new(), false);
    for ([name, transformer, given], columns) in transformers.into_iter().zip(columns) {
        // what is fitted on no columns is not fitted
        if columns.is_empty() || file.values().is_text(transformer, "drop") {
            continue;
        }
        let inside = StepPlace { width: Some(columns.len()), ..inside };
        let made = read(file, NamedStep { name, estimator: transformer }, inside)?;
        match made.steps.take_text() {
            true => refuse_table(&whole, name, given)?,
            false => refuse_alone(&whole, name, given)?,
        }
        is_sparse |= made.is_sparse;
        branches.push(branch(&whole, name, columns, made.steps)?);
    }
    place.is_sparse = whole.boolean("sparse_output_")?;
    let kind = match place.is_sparse || !is_sparse {
        true => BranchesKind::ColumnTransformer,
        false => BranchesKind::DenseColumnTransformer,
    };
    let branches = Branches { kind, n_features_in, branches };
    Ok(Some(Step::Columns(branches)))
}

/// A `FeatureUnion`. `place`: where it stands, then where the next step does.
///
/// # Errors
/// [`Error::NotServed`] for one whose width nothing reveals; those of the branches.
pub(super) fn feature_union(
    file: &File<'_>,
    id: Id,
    place: &mut StepPlace,
    read: BranchReader,
) -> Result<Option<Step>, Error> {
    let whole = Attributes::known(file, id, FEATURE_UNION)?;
    let inside = inside(*place)?;
    let mut made = Vec::new();
    for step in of_union(file, id)? {
        made.push((step.name, read(file, step, inside)?));
    }
    let width = made.iter().find_map(|(_, made)| made.width_in);
    let n_features_in = width.ok_or_else(|| {
        whole.error("transformer_list", "expected a transformer that says how many columns it takes, found none")
    })?;
    selection::check_width(&whole, n_features_in)?;
    place.is_sparse = made.iter().any(|(_, made)| made.is_sparse);
    let mut branches = Vec::new();
    for (name, Made { steps, .. }) in made {
        file.decode(n_features_in.saturating_mul(size_of::<usize>()))
            .map_err(|problem| whole.error("transformer_list", problem))?;
        branches.push(branch(&whole, name, (0..n_features_in).collect(), steps)?);
    }
    let branches = Branches { kind: BranchesKind::FeatureUnion, n_features_in, branches };
    Ok(Some(Step::Columns(branches)))
}

/// The transformers of a `FeatureUnion` that do something, not read yet.
///
/// # Errors
/// [`Error::Attribute`] for what is not a list of them.
pub(super) fn of_union(file: &File<'_>, id: Id) -> Result<Vec<NamedStep>, Error> {
    let transformers = named::<2>(&Attributes::known(file, id, FEATURE_UNION)?, "transformer_list")?;
    let is_dropped = |id: Id| file.values().is_text(id, "drop") || matches!(file.values().get(id), Value::None);
    let kept = transformers.into_iter().filter(|[_, estimator]| !is_dropped(*estimator));
    Ok(kept.map(|[name, estimator]| NamedStep { name, estimator }).collect())
}

/// Where the steps of its branches stand.
fn inside(place: StepPlace) -> Result<StepPlace, Error> {
    let depth = place.depth + 1;
    if depth > NESTED_MAX {
        let expected = format!("expected transformers in transformers at most {NESTED_MAX} deep, found more");
        return Err(Error::NotServed(expected));
    }
    Ok(StepPlace { depth, ..place })
}

/// The tuples of a list, which begin with names, each another one.
fn named<const N: usize>(whole: &Attributes<'_, '_>, list: &str) -> Result<Vec<[Id; N]>, Error> {
    let values = whole.file.values();
    let items = whole.items(list)?;
    if items.len() > BRANCHES_MAX {
        let problem = format!("expected at most {BRANCHES_MAX} transformers, found {}", items.len());
        return Err(whole.error(list, problem));
    }
    let mut names = HashSet::new();
    let mut read = Vec::new();
    for item in items {
        let parts = sequence(values, *item).and_then(|parts| <[Id; N]>::try_from(parts).ok());
        let wrong = || whole.error(list, format!("expected tuples of {N}, found {}", values.describe(*item)));
        let parts = parts.ok_or_else(wrong)?;
        let name = parts.first().and_then(|name| numpy::text(values, *name).ok());
        if let Some(name) = name.filter(|name| names.contains(name)) {
            return Err(whole.error(list, format!("expected different names, found `{name}` twice")));
        }
        names.extend(parts.first().and_then(|name| numpy::text(values, *name).ok()));
        read.push(parts);
    }
    Ok(read)
}

fn branch(whole: &Attributes<'_, '_>, name: Id, columns: Vec<usize>, steps: Steps) -> Result<Branch<Steps>, Error> {
    let values = whole.file.values();
    let text = numpy::text(values, name).map_err(|problem| whole.error("transformers_", problem))?;
    let weights = whole.get("transformer_weights").filter(|id| !matches!(values.get(*id), Value::None));
    let wrong = |problem| whole.error("transformer_weights", problem);
    let weight = match weights {
        None => None,
        Some(weights) => {
            let entries = values.dict(weights);
            let entries =
                entries.ok_or_else(|| wrong(format!("expected a dict, found {}", values.describe(weights))))?;
            values.entry(entries, &text).map(|id| numpy::number(values, id)).transpose().map_err(wrong)?
        }
    };
    Ok(Branch::new(text.into_owned(), columns, weight, steps))
}

/// A column in a list is a table: a vectorizer would take the names of its columns for documents.
fn refuse_table(whole: &Attributes<'_, '_>, name: Id, columns: Id) -> Result<(), Error> {
    if is_alone(whole, columns) {
        return Ok(());
    }
    let values = whole.file.values();
    let (name, found) = (values.describe(name), values.describe(columns));
    let problem = format!("expected the name of one text column for {name}, not in a list, found {found}");
    Err(whole.error("transformers_", problem))
}

fn is_alone(whole: &Attributes<'_, '_>, columns: Id) -> bool {
    let values = whole.file.values();
    matches!(values.get(columns), Value::Text(_)) || numpy::integer(values, columns).is_ok()
}

/// A column that is given alone, not in a list, is no table: only transformers of texts take it.
fn refuse_alone(whole: &Attributes<'_, '_>, name: Id, columns: Id) -> Result<(), Error> {
    let values = whole.file.values();
    if !is_alone(whole, columns) {
        return Ok(());
    }
    let (name, found) = (values.describe(name), values.describe(columns));
    let problem = format!("expected a list of columns for {name}, found {found}, which does not make a table");
    Err(whole.error("transformers_", problem))
}

/// Transformers side by side. Nobody has so many.
const BRANCHES_MAX: usize = 256;

/// The attributes of scikit-learn 0.20 to 1.9.
const COLUMN_TRANSFORMER: &[&str] = &[
    "_columns",
    "_df_columns",
    "_feature_names_in",
    "_has_str_cols",
    "_n_features",
    "_name_to_fitted_passthrough",
    "_remainder",
    "_transformer_to_input_indices",
    "_transformers_feature_names_out",
    "force_int_remainder_cols",
    "n_jobs",
    "output_indices_",
    "remainder",
    "sparse_output_",
    "sparse_threshold",
    "transformer_weights",
    "transformers",
    "transformers_",
    "verbose",
    "verbose_feature_names_out",
];

/// The attributes of scikit-learn 0.18 to 1.9.
const FEATURE_UNION: &[&str] =
    &["n_jobs", "transformer_list", "transformer_weights", "verbose", "verbose_feature_names_out"];
