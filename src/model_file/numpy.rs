//! NumPy's arrays and scalars as pickles store them, in all their spellings.
//!
//! | spelling | written by |
//! |---|---|
//! | `_reconstruct(ndarray, ...)` with the state (version, shape, dtype, column first, bytes or list) | protocols 0 to 4; arrays of objects |
//! | `_frombuffer(bytes, dtype, shape, 'C' or 'F')` | protocol 5 |
//! | joblib's wrapper with `shape`, `order`, `dtype`, followed by the bytes | joblib |
//! | `scalar(dtype, bytes)` | every protocol |
//!
//! Read here: whole numbers, floats of 16, 32 and 64 bits, booleans, fixed-width text (Python 2's too, where it is ASCII), and
//! objects that are text or categories; both byte orders; rows or columns first. Refused: records, complex numbers, dates, bytes, and arrays of more than two dimensions.

pub(super) mod categories;
mod dtype;

use std::borrow::Cow;

use super::pickle::{Id, JoblibContent, Meaning, Value, Values};
use crate::pipeline::Classes;

pub(super) use dtype::Dtype;
use dtype::ItemKind;

/// An array whose shape, type and number of bytes agree; its items are read when they are asked for.
pub(super) struct Array<'v, 'a> {
    values: &'v Values<'a>,
    form: ArrayForm,
    items: Items<'v>,
}

/// What the items of an array are, and how they are laid out.
struct ArrayForm {
    dtype: Dtype,
    shape: Vec<usize>,
    /// Whether the items of a column are adjacent, rather than those of a row.
    column_first: bool,
}

enum Items<'v> {
    Bytes(Cow<'v, [u8]>),
    Objects(&'v [Id]),
}

impl<'v, 'a> Array<'v, 'a> {
    /// Reads an array or a scalar, which is an array without dimensions.
    ///
    /// # Errors
    /// What is wrong, as "expected ..., found ...".
    pub(super) fn read(values: &'v Values<'a>, id: Id) -> Result<Self, String> {
        match values.get(id) {
            Value::Joblib { wrapper, content } => match content {
                // joblib never wraps an array that it has pickled, so this recurses once at most
                JoblibContent::Pickled(array) if !matches!(values.get(*array), Value::Joblib { .. }) => {
                    Self::read(values, *array)
                }
                JoblibContent::Pickled(_) => Err("expected an array, found a wrapper in a wrapper".to_owned()),
                JoblibContent::Raw(bytes) => {
                    Self::new(values, ArrayForm::of_joblib(values, *wrapper)?, Items::Bytes(Cow::Borrowed(bytes)))
                }
            },
            Value::Object { global, arguments, state, .. } => {
                let arguments = values.tuple(*arguments).unwrap_or_default();
                match (global.meaning, arguments, state) {
                    (Meaning::Reconstruct, [class, ..], Some(state)) => Self::reconstruct(values, *class, *state),
                    (Meaning::FromBuffer, [items, dtype, shape, order], None) => {
                        let (dtype, shape) = (Dtype::read(values, *dtype)?, read_shape(values, *shape)?);
                        let items = Items::Bytes(read_bytes(values, *items)?);
                        Self::new(values, ArrayForm { dtype, shape, column_first: read_order(values, *order)? }, items)
                    }
                    (Meaning::Scalar, [dtype, items], None) => {
                        let dtype = Dtype::read(values, *dtype)?;
                        let items = Items::Bytes(read_bytes(values, *items)?);
                        Self::new(values, ArrayForm { dtype, shape: Vec::new(), column_first: false }, items)
                    }
                    _ => Err(format!("expected an array, found {}", values.describe(id))),
                }
            }
            _ => Err(format!("expected an array, found {}", values.describe(id))),
        }
    }

    fn reconstruct(values: &'v Values<'a>, class: Id, state: Id) -> Result<Self, String> {
        check_class(values, class)?;
        let Some([_version, shape, dtype, column_first, items]) = values.tuple(state) else {
            return Err(format!("expected an array with a state of 5 items, found {}", values.describe(state)));
        };
        let (dtype, shape) = (Dtype::read(values, *dtype)?, read_shape(values, *shape)?);
        let items = match values.get(*items) {
            Value::List(objects) => Items::Objects(objects),
            _ => Items::Bytes(read_bytes(values, *items)?),
        };
        Self::new(values, ArrayForm { dtype, shape, column_first: boolean(values, *column_first)? }, items)
    }

    fn new(values: &'v Values<'a>, form: ArrayForm, items: Items<'v>) -> Result<Self, String> {
        let (count, shape) = (form.count()?, &form.shape);
        match (&items, form.dtype.kind) {
            (Items::Bytes(_), ItemKind::Object) => return Err("expected a list of objects, found bytes".to_owned()),
            (Items::Objects(objects), ItemKind::Object) if objects.len() == count => {}
            (Items::Objects(objects), ItemKind::Object) => {
                return Err(format!("expected {count} objects for the shape {shape:?}, found {}", objects.len()));
            }
            (Items::Objects(_), _) => return Err("expected bytes, found a list of objects".to_owned()),
            (Items::Bytes(bytes), _) => {
                let expected = form.item_bytes()?;
                if bytes.len() != expected {
                    return Err(format!("expected {expected} bytes for the shape {shape:?}, found {}", bytes.len()));
                }
            }
        }
        Ok(Self { values, form, items })
    }

    /// Lengths of the dimensions.
    pub(super) fn shape(&self) -> &[usize] {
        &self.form.shape
    }

    /// Whether the items are floats of 32 bits.
    pub(super) fn is_single(&self) -> bool {
        self.form.dtype.is_single()
    }

    /// The items, where they are Python's objects.
    pub(super) fn objects(&self) -> Result<&'v [Id], String> {
        match self.items {
            Items::Objects(objects) => Ok(objects),
            Items::Bytes(_) => Err(format!("expected objects, found {}", self.form.dtype)),
        }
    }

    /// All items as f64, row major.
    pub(super) fn numbers(&self) -> Result<Vec<f64>, String> {
        let dtype = &self.form.dtype;
        let bytes = self.bytes("numbers", dtype.kind.is_whole() || dtype.kind == ItemKind::Float)?;
        Ok(self.row_major(dtype.items(bytes).map(|item| dtype.number(item)).collect()))
    }

    /// All items as whole numbers, row major.
    pub(super) fn integers(&self) -> Result<Vec<i64>, String> {
        let dtype = &self.form.dtype;
        let bytes = self.bytes("whole numbers", dtype.kind.is_whole())?;
        let numbers: Option<Vec<i64>> = dtype.items(bytes).map(|item| dtype.integer(item)).collect();
        Ok(self.row_major(numbers.ok_or("expected signed 64-bit whole numbers, found a larger one")?))
    }

    /// All items as small counts from 0, of a flat array.
    pub(super) fn small_counts(&self) -> Result<Vec<u32>, String> {
        let dtype = &self.form.dtype;
        let bytes = self.bytes("whole numbers", dtype.kind.is_whole())?;
        let count = |item| dtype.integer(item).and_then(|count| u32::try_from(count).ok());
        let counts: Option<Vec<u32>> = dtype.items(bytes).map(count).collect();
        counts.ok_or_else(|| format!("expected counts from 0 to {}, found another number", u32::MAX))
    }

    /// All items as text, of a flat array.
    ///
    /// `charge` is called before each text is copied, because many items may be one and the same long text.
    pub(super) fn texts(&self, charge: impl Fn(usize) -> Result<(), String>) -> Result<Vec<String>, String> {
        match &self.items {
            Items::Bytes(_) => {
                let dtype = &self.form.dtype;
                let bytes = self.bytes("text", matches!(dtype.kind, ItemKind::Text | ItemKind::Str))?;
                let text = |item: &[u8]| {
                    charge(TEXT_BYTES + item.len())?;
                    dtype.text(item).ok_or_else(|| "expected text, found something that is not a character".to_owned())
                };
                dtype.items(bytes).map(text).collect()
            }
            Items::Objects(objects) => {
                let text = |id: &Id| {
                    charge(TEXT_BYTES + text_bytes(self.values, *id))?;
                    text(self.values, *id).map(Cow::into_owned)
                };
                objects.iter().map(text).collect()
            }
        }
    }

    /// All items as labels of classes, of a flat array; `charge` as in [`texts`](Self::texts).
    pub(super) fn labels(&self, charge: impl Fn(usize) -> Result<(), String>) -> Result<Classes, String> {
        Ok(match self.form.dtype.kind {
            ItemKind::Signed | ItemKind::Unsigned => Classes::Integer(self.integers()?),
            ItemKind::Boolean => Classes::Boolean(self.integers()?.into_iter().map(|label| label != 0).collect()),
            ItemKind::Float => Classes::Float(self.numbers()?),
            ItemKind::Text | ItemKind::Str | ItemKind::Object => Classes::String(self.texts(charge)?),
        })
    }

    /// The bytes of all items, if the items are what is expected.
    fn bytes(&self, expected: &str, is_expected: bool) -> Result<&[u8], String> {
        match &self.items {
            Items::Bytes(bytes) if is_expected => Ok(bytes),
            _ => Err(format!("expected {expected}, found {}", self.form.dtype)),
        }
    }

    /// Reorders the items of a matrix that is stored column by column.
    fn row_major<T: Copy>(&self, items: Vec<T>) -> Vec<T> {
        let [rows, columns] = *self.form.shape.as_slice() else {
            return items;
        };
        if !self.form.column_first || rows == 0 {
            return items;
        }
        let row = |row: usize| items.iter().skip(row).step_by(rows).take(columns).copied();
        (0..rows).flat_map(row).collect()
    }
}

impl ArrayForm {
    /// What joblib's wrapper says about the bytes that follow it.
    fn of_joblib(values: &Values<'_>, id: Id) -> Result<Self, String> {
        let entries = values.dict(id).ok_or("expected an array's dict")?;
        let entry =
            |key| values.entry(entries, key).ok_or_else(|| format!("expected an array with `{key}`, found none"));
        check_class(values, entry("subclass")?)?;
        Ok(Self {
            dtype: Dtype::read(values, entry("dtype")?)?,
            shape: read_shape(values, entry("shape")?)?,
            column_first: read_order(values, entry("order")?)?,
        })
    }

    /// Number of items.
    fn count(&self) -> Result<usize, String> {
        let count = self.shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
        count.ok_or_else(|| "expected an array that fits into memory".to_owned())
    }

    /// Bytes of all items.
    fn item_bytes(&self) -> Result<usize, String> {
        let bytes = self.count()?.checked_mul(self.dtype.item_bytes);
        bytes.ok_or_else(|| "expected an array that fits into memory".to_owned())
    }
}

/// A number, Python's or NumPy's.
pub(super) fn number(values: &Values<'_>, id: Id) -> Result<f64, String> {
    match values.get(id) {
        Value::Integer(value) => Ok(*value as f64),
        Value::Float(value) => Ok(*value),
        _ => only_item(values, id, "a number", |array| array.numbers()),
    }
}

/// A whole number, Python's or NumPy's.
pub(super) fn integer(values: &Values<'_>, id: Id) -> Result<i64, String> {
    match values.get(id) {
        Value::Integer(value) => Ok(*value),
        _ => only_item(values, id, "a whole number", |array| array.integers()),
    }
}

/// A truth value, Python's or NumPy's, or 0 or 1.
pub(super) fn boolean(values: &Values<'_>, id: Id) -> Result<bool, String> {
    match values.get(id) {
        Value::Boolean(value) => Ok(*value),
        Value::Integer(0) => Ok(false),
        Value::Integer(1) => Ok(true),
        _ => only_item(values, id, "True or False", |array| array.integers()).map(|value| value != 0),
    }
}

/// Text, Python's or NumPy's.
pub(super) fn text<'a>(values: &Values<'a>, id: Id) -> Result<Cow<'a, str>, String> {
    match values.get(id) {
        Value::Text(text) => Ok(text.decode()),
        // arrays of objects do not nest: an item is a scalar or nothing
        Value::Object { global, .. } if global.meaning == Meaning::Scalar => {
            only_item(values, id, "text", |array| array.texts(|_| Ok(()))).map(Cow::Owned)
        }
        Value::Bytes(bytes) => Err(format!(
            "expected text, found {} bytes: the file does not say which letters they stand for; if Python 2 wrote them, save the model with \
             Python 3",
            bytes.len()
        )),
        _ => Err(format!("expected text, found {}", values.describe(id))),
    }
}

/// The one item of a scalar.
fn only_item<'a, T>(
    values: &Values<'a>,
    id: Id,
    expected: &str,
    items: impl Fn(&Array<'_, 'a>) -> Result<Vec<T>, String>,
) -> Result<T, String> {
    let wrong = || format!("expected {expected}, found {}", values.describe(id));
    let is_array = match values.get(id) {
        Value::Object { global, .. } => {
            matches!(global.meaning, Meaning::Reconstruct | Meaning::FromBuffer | Meaning::Scalar)
        }
        value => matches!(value, Value::Joblib { .. }),
    };
    let array = if is_array { Array::read(values, id)? } else { return Err(wrong()) };
    if !array.shape().is_empty() {
        return Err(wrong());
    }
    items(&array)?.pop().ok_or_else(wrong)
}

fn read_shape(values: &Values<'_>, id: Id) -> Result<Vec<usize>, String> {
    let lengths = values.tuple(id).ok_or_else(|| format!("expected a shape, found {}", values.describe(id)))?;
    if lengths.len() > DIMENSIONS_MAX {
        return Err(format!("expected an array of at most {DIMENSIONS_MAX} dimensions, found {}", lengths.len()));
    }
    let length = |id: &Id| match values.get(*id) {
        Value::Integer(length) => usize::try_from(*length).ok(),
        _ => None,
    };
    let shape = lengths.iter().map(length).collect::<Option<Vec<usize>>>();
    shape.ok_or_else(|| "expected a shape of lengths from 0, found another value".to_owned())
}

fn read_order(values: &Values<'_>, id: Id) -> Result<bool, String> {
    match () {
        () if values.is_text(id, "C") => Ok(false),
        () if values.is_text(id, "F") => Ok(true),
        () => Err(format!("expected an array in the order `C` or `F`, found {}", values.describe(id))),
    }
}

/// Refuses subclasses of NumPy's array.
fn check_class(values: &Values<'_>, class: Id) -> Result<(), String> {
    match values.get(class) {
        Value::Global(global) if global.meaning == Meaning::NdArray => Ok(()),
        _ => Err(format!("expected an array of NumPy's own class, found one of {}", values.describe(class))),
    }
}

/// Bytes, which protocols 0 to 2 write as text with an encoding; in Python 2, text is bytes.
fn read_bytes<'v>(values: &'v Values<'_>, id: Id) -> Result<Cow<'v, [u8]>, String> {
    let wrong = || format!("expected bytes, found {}", values.describe(id));
    let (global, arguments) = match values.get(id) {
        Value::Bytes(bytes) => return Ok(Cow::Borrowed(bytes)),
        Value::Text(text) => return text.python_2_bytes().ok_or_else(wrong),
        Value::Object { global, arguments, state: None, .. } => (global, values.tuple(*arguments).unwrap_or_default()),
        _ => return Err(wrong()),
    };
    match (global.meaning, arguments) {
        (Meaning::Bytes, []) => Ok(Cow::Borrowed(&[])),
        (Meaning::Encode, [text, encoding]) if values.is_text(*encoding, "latin1") => {
            let Value::Text(text) = values.get(*text) else {
                return Err(wrong());
            };
            let bytes = text.chars().map(|character| u8::try_from(character).ok()).collect::<Option<Vec<u8>>>();
            bytes.map(Cow::Owned).ok_or_else(|| "expected bytes as characters below 256, found others".to_owned())
        }
        _ => Err(wrong()),
    }
}

/// Bytes in the file that [`text`] makes a text from.
fn text_bytes(values: &Values<'_>, id: Id) -> usize {
    let raw = |id: Id| match values.get(id) {
        Value::Text(text) => text.bytes(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    let arguments = |id: Id| match values.get(id) {
        Value::Object { arguments, .. } => values.tuple(*arguments).unwrap_or_default(),
        _ => &[],
    };
    // a scalar's second argument is bytes, or their encoding, whose first argument is text
    let scalar = arguments(id).iter().map(|id| raw(*id) + arguments(*id).first().map_or(0, |text| raw(*text)));
    raw(id) + scalar.sum::<usize>()
}

/// Memory that a text takes besides its characters.
const TEXT_BYTES: usize = 64;

/// A model has only vectors and matrices.
const DIMENSIONS_MAX: usize = 2;
