//! Which columns the branches of a `ColumnTransformer` see.
//!
//! Since 1.0 scikit-learn stores them as whole numbers, whatever the user gave. Before, they are what the user gave: whole numbers,
//! names, a mask, a slice of either; a function has been called already.

use super::attributes::Attributes;
use crate::model_file::Error;
use crate::model_file::numpy::{self, Array};
use crate::model_file::pickle::{Id, Meaning, Value};
use crate::pipeline::{COLUMNS_MAX, Classes};

/// The columns of each branch.
pub(super) struct Selections {
    /// Numbers in a row before.
    pub(super) n_features_in: usize,
    /// For each of the transformers its columns, in order; empty where it sees none.
    pub(super) columns: Vec<Vec<usize>>,
}

impl Selections {
    /// Those of the tuples `(name, transformer, columns)` of `whole`.
    ///
    /// # Errors
    /// [`Error::Attribute`] for columns that are missing or cannot be determined, and for too many.
    pub(super) fn of(whole: &Attributes<'_, '_>, transformers: &[[Id; 3]]) -> Result<Selections, Error> {
        let width = width(whole)?;
        if let Some(width) = width {
            check_width(whole, width)?;
        }
        let columns = if whole.get(STORED).is_some() {
            transformers.iter().map(|[name, ..]| stored(whole, *name)).collect::<Result<Vec<_>, _>>()?
        } else {
            let given = GivenColumns { whole, width, names: names(whole)? };
            transformers.iter().map(|[.., columns]| given.columns(*columns)).collect::<Result<Vec<_>, _>>()?
        };
        let beyond = columns.iter().flatten().max().map_or(0, |last| last.saturating_add(1));
        let n_features_in = width.unwrap_or(beyond);
        if beyond > n_features_in {
            let problem = format!("expected columns below {n_features_in}, found {}", beyond - 1);
            return Err(whole.error("transformers_", problem));
        }
        check_width(whole, n_features_in)?;
        Ok(Selections { n_features_in, columns })
    }
}

/// Refuses more columns than anybody has: memory is needed for each, whatever the file's length.
pub(super) fn check_width(whole: &Attributes<'_, '_>, width: usize) -> Result<(), Error> {
    if width <= COLUMNS_MAX {
        return Ok(());
    }
    Err(whole.error("n_features_in_", format!("expected at most {COLUMNS_MAX} columns, found {width}")))
}

/// The names of the columns that it was fitted on, as its version stores them; none without names.
///
/// # Errors
/// [`Error::Attribute`] for names that cannot be read.
pub(super) fn names(whole: &Attributes<'_, '_>) -> Result<Option<Vec<String>>, Error> {
    let is_there = |name: &&str| whole.get(name).is_some_and(|id| !matches!(whole.file.values().get(id), Value::None));
    match ["feature_names_in_", "_feature_names_in", "_df_columns"].into_iter().find(is_there) {
        Some("_df_columns") => {
            let values = whole.file.values();
            let array = index_of_pandas(whole, whole.require("_df_columns")?).map(|id| Array::read(values, id));
            // a table may call its columns 0, 1, ...
            Ok(array.and_then(|array| array.ok()?.texts(|bytes| whole.file.decode(bytes)).ok()))
        }
        Some(name) => whole.texts(name).map(Some),
        None => Ok(None),
    }
}

fn width(whole: &Attributes<'_, '_>) -> Result<Option<usize>, Error> {
    let is_there = |name: &&str| whole.get(name).is_some_and(|id| !matches!(whole.file.values().get(id), Value::None));
    ["n_features_in_", "_n_features"].into_iter().find(is_there).map(|name| whole.count(name)).transpose()
}

/// The columns that scikit-learn 1.0 and later store by the branch's name.
fn stored(whole: &Attributes<'_, '_>, name: Id) -> Result<Vec<usize>, Error> {
    let values = whole.file.values();
    let wrong = |problem: String| whole.error(STORED, problem);
    let text = numpy::text(values, name).map_err(wrong)?;
    let entries = values.dict(whole.require(STORED)?).unwrap_or_default();
    let Some(columns) = values.entry(entries, &text) else {
        return Err(wrong(format!("expected the columns of {}, found none", values.describe(name))));
    };
    match values.get(columns) {
        Value::List(items) => {
            whole.file.decode(items.len().saturating_mul(size_of::<usize>())).map_err(wrong)?;
            items.iter().map(|id| place(numpy::integer(values, *id).map_err(wrong)?, None).map_err(wrong)).collect()
        }
        _ => Err(wrong(format!("expected a list of columns, found {}", values.describe(columns)))),
    }
}

/// Columns as the user gave them.
struct GivenColumns<'w, 'f, 'a> {
    whole: &'w Attributes<'f, 'a>,
    width: Option<usize>,
    names: Option<Vec<String>>,
}

impl GivenColumns<'_, '_, '_> {
    fn columns(&self, id: Id) -> Result<Vec<usize>, Error> {
        self.read(id).map_err(|problem| self.whole.error("transformers_", problem))
    }

    fn read(&self, id: Id) -> Result<Vec<usize>, String> {
        let values = self.whole.file.values();
        match values.get(id) {
            Value::None => return Ok(Vec::new()),
            Value::List(items) | Value::Tuple(items) => {
                self.whole.file.decode(items.len().saturating_mul(size_of::<usize>()))?;
                if !items.is_empty() && items.iter().all(|id| matches!(values.get(*id), Value::Boolean(_))) {
                    return self.masked(items.iter().map(|id| matches!(values.get(*id), Value::Boolean(true))));
                }
                return items.iter().map(|id| self.one(*id)).collect();
            }
            Value::Object { global, arguments, .. } if global.meaning == Meaning::Slice => {
                return self.slice(values.tuple(*arguments).unwrap_or_default());
            }
            _ => {}
        }
        let id = index_of_pandas(self.whole, id).unwrap_or(id);
        let Ok(array) = Array::read(values, id) else { return self.one(id).map(|column| vec![column]) };
        match array.shape() {
            [] => return self.one(id).map(|column| vec![column]),
            [length] => self.whole.file.decode(length.saturating_mul(size_of::<usize>()))?,
            shape => return Err(format!("expected columns in one dimension, found the shape {shape:?}")),
        }
        match array.labels(|bytes| self.whole.file.decode(bytes))? {
            Classes::Integer(columns) => columns.into_iter().map(|column| place(column, self.width)).collect(),
            Classes::Boolean(mask) => self.masked(mask.into_iter()),
            Classes::String(names) => names.iter().map(|name| self.named(name)).collect(),
            Classes::Float(_) => Err("expected whole numbers, names or a mask, found other numbers".to_owned()),
        }
    }

    /// One column by its place, from behind where it is negative, or by its name.
    fn one(&self, id: Id) -> Result<usize, String> {
        let values = self.whole.file.values();
        if let Ok(column) = numpy::integer(values, id) {
            return place(column, self.width);
        }
        match numpy::text(values, id) {
            Ok(name) => self.named(&name),
            Err(_) => Err(format!("expected columns by place, name, slice or mask, found {}", values.describe(id))),
        }
    }

    fn named(&self, name: &str) -> Result<usize, String> {
        let names = self.names.as_deref().unwrap_or_default();
        let found = names.iter().position(|known| known == name);
        found.ok_or_else(|| format!("expected one of the {} names of columns, found `{name}`", names.len()))
    }

    fn masked(&self, mask: impl ExactSizeIterator<Item = bool>) -> Result<Vec<usize>, String> {
        let length = mask.len();
        if self.width.is_some_and(|width| width != length) {
            let width = self.width.unwrap_or_default();
            return Err(format!("expected a mask of {width} columns, found one of {length}"));
        }
        Ok(mask.enumerate().filter(|(_, is_taken)| *is_taken).map(|(column, _)| column).collect())
    }

    /// Of numbers the end is not meant, of names it is.
    fn slice(&self, arguments: &[Id]) -> Result<Vec<usize>, String> {
        let values = self.whole.file.values();
        let [start, stop, step] = *arguments else {
            return Err(format!("expected a slice of 3 values, found {}", arguments.len()));
        };
        if !matches!(values.get(step), Value::None | Value::Integer(1)) {
            return Err(format!("expected a slice without a step, found {}", values.describe(step)));
        }
        let width = self.width.ok_or("expected the count of all columns, found a slice of them")?;
        let end = |id: Id, otherwise: usize, is_stop: bool| match values.get(id) {
            Value::None => Ok(otherwise),
            Value::Text(_) => self.one(id).map(|column| column + usize::from(is_stop)),
            _ => {
                let found = numpy::integer(values, id)?;
                let from_behind = |back: u64| width.saturating_sub(usize::try_from(back).unwrap_or(usize::MAX));
                Ok(match usize::try_from(found) {
                    Ok(place) => place.min(width),
                    Err(_) => from_behind(found.unsigned_abs()),
                })
            }
        };
        let columns = end(start, 0, false)?..end(stop, width, true)?;
        self.whole.file.decode(columns.len().saturating_mul(size_of::<usize>()))?;
        Ok(columns.collect())
    }
}

/// A column's place, which Python counts from behind where it is negative.
fn place(column: i64, width: Option<usize>) -> Result<usize, String> {
    let from_behind = |back: u64| width?.checked_sub(usize::try_from(back).ok()?);
    let place = usize::try_from(column).ok().or_else(|| from_behind(column.unsigned_abs()));
    place.filter(|place| *place < width.unwrap_or(COLUMNS_MAX)).ok_or_else(|| {
        let width = width.unwrap_or(COLUMNS_MAX);
        format!("expected columns below {width}, found {column}")
    })
}

/// The array in an `Index` of pandas.
fn index_of_pandas(whole: &Attributes<'_, '_>, id: Id) -> Option<Id> {
    let values = whole.file.values();
    let Value::Object { arguments, .. } = values.get(id) else { return None };
    if values.class_name(id)? != "pandas.core.indexes.base._new_Index" {
        return None;
    }
    let [_class, parts] = values.tuple(*arguments)? else { return None };
    values.entry(values.dict(*parts)?, "data")
}

/// The attribute of scikit-learn 1.0 and later.
const STORED: &str = "_transformer_to_input_indices";
