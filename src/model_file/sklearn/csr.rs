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
use crate::model_file::dense::{FEATURES_MAX, TRAINED_ON_SPARSE_ROWS};
use crate::model_file::pickle::{Meaning, Value};
use crate::svc::SparseVectors;

/// A sparse matrix whose parts fit together: every number has a column of its own in its row.
struct SparseMatrix {
    rows: usize,
    columns: usize,
    indptr: Vec<u32>,
    indices: Vec<u32>,
    data: Vec<f64>,
}

/// The matrix of an attribute with its zeros. Memory for them is taken only in proportion to the file.
///
/// # Errors
/// [`Error::Attribute`] for anything but a sparse matrix, and for parts of it that do not fit together.
pub(super) fn dense(owner: &Attributes<'_, '_>, name: &str) -> Result<DenseMatrix, Error> {
    let SparseMatrix { rows, columns, indptr, indices, data } = SparseMatrix::read(owner, name)?;
    owner.file.remark(TRAINED_ON_SPARSE_ROWS);
    let wrong = |problem| owner.error(&format!("{name}._shape"), problem);
    if columns > FEATURES_MAX {
        return Err(wrong(format!("expected at most {FEATURES_MAX} columns, found {columns}")));
    }
    let Some(count) = rows.checked_mul(columns).filter(|count| owner.file.expand(*count)) else {
        let expected = "expected fewer numbers in a file of this size, as zeros take memory too";
        return Err(wrong(format!("{expected}, found {rows} times {columns}")));
    };
    let mut numbers = vec![0.0; count];
    let mut values = data.into_iter();
    // without columns there are no numbers either
    for (ends, row) in indptr.windows(2).zip(numbers.chunks_exact_mut(columns.max(1))) {
        for (place, value) in columns_of(ends, &indices).iter().zip(&mut values) {
            if let Some(slot) = row.get_mut(*place as usize) {
                *slot = value;
            }
        }
    }
    Ok(DenseMatrix { rows, columns, numbers })
}

/// Whether the matrix of an attribute may be read with its zeros.
pub(super) fn fits(owner: &Attributes<'_, '_>, name: &str) -> Result<bool, Error> {
    let SparseMatrix { rows, columns, .. } = SparseMatrix::read(owner, name)?;
    let fits = rows.checked_mul(columns).is_some_and(|count| owner.file.may_expand(count));
    Ok(fits && columns <= FEATURES_MAX)
}

/// The matrix of an attribute as it is: its width, and its rows.
///
/// # Errors
/// As [`dense`], but for its size.
pub(super) fn sparse(owner: &Attributes<'_, '_>, name: &str) -> Result<(usize, SparseVectors), Error> {
    let SparseMatrix { columns, mut indptr, indices, data, .. } = SparseMatrix::read(owner, name)?;
    owner.file.remark(TRAINED_ON_SPARSE_ROWS);
    indptr.remove(0);
    Ok((columns, SparseVectors { ends: indptr, columns: indices, values: data }))
}

/// The matrix of an attribute that leaves out no number, not even a zero.
///
/// # Errors
/// As [`dense`]; also for a matrix that leaves out numbers.
pub(super) fn full(owner: &Attributes<'_, '_>, name: &str) -> Result<DenseMatrix, Error> {
    let SparseMatrix { rows, columns, data: numbers, .. } = SparseMatrix::read(owner, name)?;
    let count = rows.saturating_mul(columns);
    if numbers.len() != count {
        let found = numbers.len();
        return Err(owner.error(name, format!("expected all {count} numbers of {rows} rows, found {found}")));
    }
    Ok(DenseMatrix { rows, columns, numbers })
}

/// The diagonal of an attribute's matrix, which has to hold the whole diagonal and nothing else.
///
/// # Errors
/// [`Error::Attribute`] for anything but such a matrix.
pub(super) fn diagonal(owner: &Attributes<'_, '_>, name: &str) -> Result<Vec<f64>, Error> {
    let SparseMatrix { rows, columns, indptr, indices, data } = SparseMatrix::read(owner, name)?;
    let is_diagonal = rows == columns
        && indptr.iter().copied().eq(0..=u32::try_from(rows).unwrap_or(u32::MAX))
        && indices.iter().copied().eq(0..u32::try_from(rows).unwrap_or(u32::MAX));
    if is_diagonal { Ok(data) } else { Err(owner.error(name, "expected a diagonal matrix, found another")) }
}

impl SparseMatrix {
    fn read(owner: &Attributes<'_, '_>, name: &str) -> Result<Self, Error> {
        let (file, id) = (owner.file, owner.require(name)?);
        if file.class(id).map(|class| class.meaning) != Some(Meaning::SparseCsr) {
            let found = file.values().describe(id);
            return Err(owner.error(name, format!("expected a csr_matrix, row by row, found {found}")));
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
        let indptr = matrix.small_counts("indptr").map_err(renamed("indptr"))?;
        let indices = matrix.small_counts("indices").map_err(renamed("indices"))?;
        let data = matrix.vector("data").map_err(renamed("data"))?;
        if indices.len() != data.len() {
            return Err(wrong("indices", format!("expected {} columns, found {}", data.len(), indices.len())));
        }
        let last = indptr.last().map(|last| *last as usize);
        let ascends = indptr.is_sorted() && indptr.first() == Some(&0) && last == Some(data.len());
        if rows.checked_add(1) != Some(indptr.len()) || !ascends {
            let expected = format!("expected counts from 0 to {} for {rows} rows", data.len());
            return Err(wrong("indptr", format!("{expected}, found others")));
        }
        for (row, ends) in indptr.windows(2).enumerate() {
            let places = columns_of(ends, &indices);
            if !places.is_sorted_by(|a, b| a < b) || places.last().is_some_and(|last| *last as usize >= columns) {
                let expected = format!("expected ascending columns below {columns} in row {row}");
                return Err(wrong("indices", format!("{expected}, found others")));
            }
        }
        Ok(Self { rows, columns, indptr, indices, data })
    }
}

/// The columns of the numbers of one row.
fn columns_of<'i>(ends: &[u32], indices: &'i [u32]) -> &'i [u32] {
    if let [start, end] = *ends { indices.get(start as usize..end as usize).unwrap_or_default() } else { &[] }
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
