//! A sparse matrix of SciPy's, row by row: the numbers that are not zero, with their columns.
//!
//! ```text
//! _shape     (rows, columns)
//! indptr     rows + 1 counts: the numbers of row r stand from indptr[r] to indptr[r + 1]
//! indices    the column of each number, ascending in a row
//! data       the numbers
//! ```

use super::attributes::{Attributes, DenseMatrix};
use crate::model_file::Error;
use crate::model_file::dense::FEATURES_MAX;
use crate::model_file::pickle::{Meaning, Value};

/// The matrix of an attribute with its zeros. Memory for them is taken only in proportion to the file.
///
/// # Errors
/// [`Error::Attribute`] for anything but a sparse matrix, and for parts of it that do not fit together.
pub(super) fn dense(owner: &Attributes<'_, '_>, name: &str) -> Result<DenseMatrix, Error> {
    let (file, id) = (owner.file, owner.require(name)?);
    if file.class(id).map(|class| class.meaning) != Some(Meaning::SparseCsr) {
        let found = file.values().describe(id);
        return Err(owner.error(name, format!("expected a csr_matrix, found {found}")));
    }
    let matrix = Attributes::any(file, id)?;
    let wrong = |part: &str, problem: String| owner.error(&format!("{name}.{part}"), problem);
    // the error of a part, by the name that the owner has for the matrix
    let renamed = |part: &'static str| {
        move |error| match error {
            Error::Attribute { problem, .. } => wrong(part, problem),
            other => other,
        }
    };
    let [rows, columns] = shape(&matrix).map_err(renamed("_shape"))?;
    let indptr = matrix.counts("indptr").map_err(renamed("indptr"))?;
    let indices = matrix.counts("indices").map_err(renamed("indices"))?;
    let data = matrix.vector("data").map_err(renamed("data"))?;
    if indices.len() != data.len() {
        return Err(wrong("indices", format!("expected {} columns, found {}", data.len(), indices.len())));
    }
    let ascends = indptr.is_sorted() && indptr.first() == Some(&0) && indptr.last() == Some(&data.len());
    if rows.checked_add(1) != Some(indptr.len()) || !ascends {
        let expected = format!("expected counts from 0 to {} for {rows} rows", data.len());
        return Err(wrong("indptr", format!("{expected}, found others")));
    }
    if columns > FEATURES_MAX {
        return Err(wrong("_shape", format!("expected at most {FEATURES_MAX} columns, found {columns}")));
    }
    let Some(count) = rows.checked_mul(columns).filter(|count| file.expand(*count)) else {
        let problem = "expected fewer numbers in a file of this size, as zeros take memory too";
        return Err(wrong("_shape", format!("{problem}, found {rows} times {columns}")));
    };
    let mut numbers = vec![0.0; count];
    let places = indptr.windows(2).filter_map(|ends| indices.get(*ends.first()?..*ends.last()?));
    let mut values = data.into_iter();
    // without columns there are no numbers: the first one's column is refused
    for (index, (places, row)) in places.zip(numbers.chunks_exact_mut(columns.max(1))).enumerate() {
        if !places.is_sorted_by(|a, b| a < b) || places.last().is_some_and(|last| *last >= columns) {
            let problem = format!("expected ascending columns below {columns} in row {index}, found others");
            return Err(wrong("indices", problem));
        }
        for (place, value) in places.iter().zip(&mut values) {
            if let Some(slot) = row.get_mut(*place) {
                *slot = value;
            }
        }
    }
    Ok(DenseMatrix { rows, columns, numbers })
}

/// Whether an attribute is a sparse matrix, row by row.
pub(super) fn is_csr(owner: &Attributes<'_, '_>, name: &str) -> bool {
    let class = owner.get(name).and_then(|id| owner.file.class(id));
    class.is_some_and(|class| class.meaning == Meaning::SparseCsr)
}

fn shape(matrix: &Attributes<'_, '_>) -> Result<[usize; 2], Error> {
    let values = matrix.file.values();
    let id = matrix.require("_shape")?;
    let length = |id| match values.get(id) {
        Value::Integer(length) => usize::try_from(*length).ok(),
        _ => None,
    };
    let lengths = match values.tuple(id) {
        Some([rows, columns]) => length(*rows).zip(length(*columns)),
        _ => None,
    };
    let (rows, columns) = lengths
        .ok_or_else(|| matrix.error("_shape", format!("expected two lengths from 0, found {}", values.describe(id))))?;
    Ok([rows, columns])
}
