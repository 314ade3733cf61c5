//! The attributes of one object, read in the type that a model needs.

use std::cell::{Cell, RefCell};

use crate::model_file::Error;
use crate::model_file::dense::dense_numbers_max;
use crate::model_file::numpy::{self, Array};
use crate::model_file::pickle::{Global, Id, Pickle, Value, Values};
use crate::pipeline::{Classes, OwnCategory};

/// A pickle, and how much may still be made of it.
pub(super) struct File<'a> {
    pub(super) pickle: Pickle<'a>,
    /// Bytes that numbers and texts may still take up.
    decoded_bytes_left: Cell<usize>,
    /// Numbers, with zeros, that sparse matrices may still become.
    dense_numbers_left: Cell<usize>,
    /// Estimators and steps that may still be read.
    parts_left: Cell<usize>,
    /// What the user should know of what was read.
    remarks: RefCell<Vec<String>>,
}

impl<'a> File<'a> {
    /// `bytes`: the length of the pickle.
    pub(super) fn new(pickle: Pickle<'a>, bytes: usize) -> Self {
        Self {
            pickle,
            decoded_bytes_left: Cell::new(bytes.saturating_add(DECODED_BYTES_FREE)),
            dense_numbers_left: Cell::new(dense_numbers_max(bytes)),
            parts_left: Cell::new(PARTS_MAX),
            remarks: RefCell::default(),
        }
    }

    pub(super) fn values(&self) -> &Values<'a> {
        &self.pickle.values
    }

    /// What an object is an instance of.
    pub(super) fn class(&self, id: Id) -> Option<Global<'a>> {
        if let Value::Object { global, .. } = self.values().get(id) { Some(**global) } else { None }
    }

    /// Tells the user something, once.
    pub(super) fn remark(&self, remark: &str) {
        let mut remarks = self.remarks.borrow_mut();
        if !remarks.iter().any(|known| known == remark) {
            remarks.push(remark.to_owned());
        }
    }

    /// What was remarked since the last time.
    pub(super) fn take_remarks(&self) -> Vec<String> {
        self.remarks.take()
    }

    /// Counts an estimator or a step: one may be named by many others, and these by yet others.
    pub(super) fn count_part(&self) -> Result<(), Error> {
        let left = self.parts_left.get().checked_sub(1);
        let more = || Error::NotServed(format!("expected at most {PARTS_MAX} estimators and steps, found more"));
        self.parts_left.set(left.ok_or_else(more)?);
        Ok(())
    }

    /// Counts bytes that are decoded: one array may be named by many objects, and bytes may become wider numbers.
    pub(super) fn decode(&self, bytes: usize) -> Result<(), String> {
        let left = self.decoded_bytes_left.get().checked_sub(bytes);
        self.decoded_bytes_left.set(left.ok_or("expected arrays no larger than their file, found larger ones")?);
        Ok(())
    }

    /// Whether a sparse matrix may become so many numbers.
    pub(super) fn may_expand(&self, numbers: usize) -> bool {
        numbers <= self.dense_numbers_left.get()
    }

    /// Whether a sparse matrix may become so many numbers; if so, the others may become fewer.
    pub(super) fn expand(&self, numbers: usize) -> bool {
        let left = self.dense_numbers_left.get().checked_sub(numbers);
        self.dense_numbers_left.set(left.unwrap_or_default());
        left.is_some()
    }
}

/// The attributes of one object.
pub(super) struct Attributes<'f, 'a> {
    pub(super) file: &'f File<'a>,
    pub(super) class: Global<'a>,
    entries: &'f [(Id, Id)],
}

/// Numbers of an array with their shape, row major.
pub(super) struct DenseMatrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) numbers: Vec<f64>,
}

impl<'f, 'a> Attributes<'f, 'a> {
    /// The attributes of an object, all of which have to be among `known`.
    pub(super) fn known(file: &'f File<'a>, id: Id, known: &[&str]) -> Result<Self, Error> {
        let attributes = Self::any(file, id)?;
        for (key, _) in attributes.entries {
            if !known.iter().chain(KNOWN_EVERYWHERE).any(|name| file.values().is_text(*key, name)) {
                return Err(Error::NotServed(format!(
                    "`{}` has the attribute {}, which scikit-learn 0.18 to 1.9 does not give it: it might change the answers",
                    attributes.class.name(),
                    file.values().describe(*key)
                )));
            }
        }
        Ok(attributes)
    }

    /// The attributes of an object of which only some matter.
    pub(super) fn any(file: &'f File<'a>, id: Id) -> Result<Self, Error> {
        let values = file.values();
        let Value::Object { global, state, .. } = values.get(id) else {
            return Err(Error::NotServed(format!("expected a scikit-learn object, found {}", values.describe(id))));
        };
        let entries = match state {
            None => &[],
            Some(state) => values.dict(*state).ok_or_else(|| {
                Error::NotServed(format!(
                    "`{}`: expected a dict of attributes, found {}",
                    global.name(),
                    values.describe(*state)
                ))
            })?,
        };
        Ok(Self { file, class: **global, entries })
    }

    pub(super) fn get(&self, name: &str) -> Option<Id> {
        self.file.values().entry(self.entries, name)
    }

    pub(super) fn require(&self, name: &str) -> Result<Id, Error> {
        self.get(name).ok_or_else(|| self.error(name, "expected this attribute, found none: is the model fitted?"))
    }

    pub(super) fn error(&self, name: &str, problem: impl Into<String>) -> Error {
        Error::Attribute { name: format!("{}.{name}", self.class.name()), problem: problem.into() }
    }

    /// The error for an attribute of another kind.
    pub(super) fn expected(&self, name: &str, expected: &str) -> Error {
        let found = self.get(name).map_or_else(|| "none".to_owned(), |id| self.file.values().describe(id));
        self.error(name, format!("expected {expected}, found {found}"))
    }

    /// The newer name of an attribute, unless the file has only the older one.
    pub(super) fn first_present(&self, newer: &'static str, older: &'static str) -> &'static str {
        if self.get(newer).is_none() && self.get(older).is_some() { older } else { newer }
    }

    /// The items of a list or tuple.
    pub(super) fn items(&self, name: &str) -> Result<&'f [Id], Error> {
        let id = self.require(name)?;
        match self.file.values().get(id) {
            Value::List(items) | Value::Tuple(items) => Ok(items),
            _ => Err(self.error(name, format!("expected a list, found {}", self.file.values().describe(id)))),
        }
    }

    /// The version of scikit-learn that saved the object.
    pub(super) fn version(&self) -> Result<Option<String>, Error> {
        self.get("_sklearn_version").map(|_| self.text("_sklearn_version")).transpose()
    }

    /// A number; Python's or NumPy's. The next three do the same.
    pub(super) fn number(&self, name: &str) -> Result<f64, Error> {
        numpy::number(self.file.values(), self.require(name)?).map_err(|problem| self.error(name, problem))
    }

    pub(super) fn integer(&self, name: &str) -> Result<i64, Error> {
        numpy::integer(self.file.values(), self.require(name)?).map_err(|problem| self.error(name, problem))
    }

    /// A whole number from 0.
    pub(super) fn count(&self, name: &str) -> Result<usize, Error> {
        let count = self.integer(name)?;
        count.try_into().map_err(|_| self.error(name, format!("expected a count from 0, found {count}")))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<bool, Error> {
        numpy::boolean(self.file.values(), self.require(name)?).map_err(|problem| self.error(name, problem))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Error> {
        let text = numpy::text(self.file.values(), self.require(name)?);
        text.map(|text| text.into_owned()).map_err(|problem| self.error(name, problem))
    }

    /// `boolean`, for an attribute that older versions do not have.
    pub(super) fn boolean_or(&self, name: &str, default: bool) -> Result<bool, Error> {
        if self.get(name).is_some() { self.boolean(name) } else { Ok(default) }
    }

    /// Whether the numbers of an array of one or two dimensions are floats of 32 bits.
    pub(super) fn is_single(&self, name: &str) -> Result<bool, Error> {
        let array = Array::read(self.file.values(), self.require(name)?);
        array.map(|array| array.is_single()).map_err(|problem| self.error(name, problem))
    }

    /// Refuses a width that is not the one of the matrix `name`, where the file says it again.
    pub(super) fn check_width(&self, name: &str, columns: usize) -> Result<(), Error> {
        let Some(id) = self.get("n_features_in_") else {
            return Ok(());
        };
        if usize::try_from(self.integer("n_features_in_")?) == Ok(columns) {
            return Ok(());
        }
        let found = self.file.values().describe(id);
        Err(self.error("n_features_in_", format!("expected the {columns} columns of {name}, found {found}")))
    }

    /// The shape of an array of `N` dimensions; nothing is decoded.
    pub(super) fn shape<const N: usize>(&self, name: &str) -> Result<[usize; N], Error> {
        self.array(name).map(|(_, shape)| shape)
    }

    /// The numbers of an array of one dimension.
    pub(super) fn vector(&self, name: &str) -> Result<Vec<f64>, Error> {
        self.vector_at(name, self.require(name)?)
    }

    /// The same of an array that is an item of the attribute. The others whose names end in `_at` do the same.
    pub(super) fn vector_at(&self, name: &str, id: Id) -> Result<Vec<f64>, Error> {
        let (array, [length]) = self.array_at(name, id)?;
        self.decoded(name, length, || array.numbers())
    }

    /// The numbers of each array in an array of arrays.
    pub(super) fn vectors(&self, name: &str) -> Result<Vec<Vec<f64>>, Error> {
        let (array, [_]) = self.array(name)?;
        let vector = |id: &Id| {
            let array = Array::read(self.file.values(), *id)?;
            let [length] = <[usize; 1]>::try_from(array.shape()).map_err(|_| {
                let found = array.shape();
                format!("expected arrays of 1 dimension, found one of the shape {found:?}")
            })?;
            self.file.decode(size_of::<Vec<f64>>().saturating_add(length.saturating_mul(size_of::<f64>())))?;
            array.numbers()
        };
        let vectors = array.objects().and_then(|objects| objects.iter().map(vector).collect());
        vectors.map_err(|problem| self.error(name, problem))
    }

    /// How many dimensions an array has.
    pub(super) fn dimensions(&self, name: &str) -> Result<usize, Error> {
        let array = Array::read(self.file.values(), self.require(name)?);
        array.map(|array| array.shape().len()).map_err(|problem| self.error(name, problem))
    }

    /// The numbers of an array of two dimensions.
    pub(super) fn matrix(&self, name: &str) -> Result<DenseMatrix, Error> {
        let (array, [rows, columns]) = self.array(name)?;
        let numbers = self.decoded(name, rows.saturating_mul(columns), || array.numbers())?;
        Ok(DenseMatrix { rows, columns, numbers })
    }

    /// Counts from 0, of an array of one dimension.
    pub(super) fn counts(&self, name: &str) -> Result<Vec<usize>, Error> {
        self.counts_at(name, self.require(name)?)
    }

    pub(super) fn counts_at(&self, name: &str, id: Id) -> Result<Vec<usize>, Error> {
        let (array, [length]) = self.array_at(name, id)?;
        self.decoded(name, length.saturating_mul(2), || {
            let counts: Option<Vec<usize>> = array.integers()?.into_iter().map(|count| count.try_into().ok()).collect();
            counts.ok_or_else(|| "expected counts from 0, found a negative one".to_owned())
        })
    }

    /// Small counts from 0, of an array of one dimension. They may be many: one for each number of a sparse matrix.
    pub(super) fn small_counts(&self, name: &str) -> Result<Vec<u32>, Error> {
        let (array, [length]) = self.array(name)?;
        let allowed = self.file.decode(length.saturating_mul(size_of::<u32>()));
        allowed.and_then(|()| array.small_counts()).map_err(|problem| self.error(name, problem))
    }

    /// The texts of an array of one dimension.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let (array, [_]) = self.array(name)?;
        array.texts(|bytes| self.file.decode(bytes)).map_err(|problem| self.error(name, problem))
    }

    /// The labels of an array of one dimension.
    pub(super) fn labels(&self, name: &str) -> Result<Classes, Error> {
        let (array, [length]) = self.array(name)?;
        self.decoded(name, length, || array.labels(|bytes| self.file.decode(bytes)))
    }

    /// Categories of any kind, of an array of one dimension.
    pub(super) fn categories_at(&self, name: &str, id: Id) -> Result<Vec<OwnCategory>, Error> {
        let (array, [_]) = self.array_at(name, id)?;
        array.categories(&|bytes| self.file.decode(bytes)).map_err(|problem| self.error(name, problem))
    }

    fn array<const N: usize>(&self, name: &str) -> Result<(Array<'f, 'a>, [usize; N]), Error> {
        self.array_at(name, self.require(name)?)
    }

    fn array_at<const N: usize>(&self, name: &str, id: Id) -> Result<(Array<'f, 'a>, [usize; N]), Error> {
        let array = Array::read(self.file.values(), id).map_err(|problem| self.error(name, problem))?;
        let shape = <[usize; N]>::try_from(array.shape()).map_err(|_| {
            let found = array.shape();
            self.error(name, format!("expected an array of {N} dimensions, found the shape {found:?}"))
        })?;
        Ok((array, shape))
    }

    /// What `read` gives, if `count` numbers of 64 bits may still be decoded.
    fn decoded<T>(&self, name: &str, count: usize, read: impl FnOnce() -> Result<T, String>) -> Result<T, Error> {
        let allowed = self.file.decode(count.saturating_mul(size_of::<u64>()));
        allowed.and_then(|()| read()).map_err(|problem| self.error(name, problem))
    }
}

/// The first two numbers of a version.
pub(super) fn major_minor(version: Option<&str>) -> Option<(u32, u32)> {
    let mut numbers = version?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The name of a function, which the kernel of an SVC may not be.
pub(super) fn function(values: &Values<'_>, id: Id) -> Option<String> {
    let is_function = matches!(values.get(id), Value::Global(_)) || values.is_foreign(id);
    is_function.then(|| values.class_name(id)).flatten()
}

/// Attributes that any estimator may have and that no answer depends on.
const KNOWN_EVERYWHERE: &[&str] =
    &["_sklearn_version", "_sklearn_output_config", "_metadata_request", "feature_names_in_", "n_features_in_"];

/// Estimators inside others, and steps: one of each for each pair of 100 classes.
const PARTS_MAX: usize = 10_000;

/// Decoded numbers and texts may take up the length of the file and this: their bytes are in the file, but a small number
/// becomes a wider one, and objects may share an array.
const DECODED_BYTES_FREE: usize = 8 << 20;
