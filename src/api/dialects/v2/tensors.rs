//! From tensors to a table of rows: one tensor of all features, or one for each of them.

use crate::api::rows::{Bytes, Cells, Datatype, FieldNames, PathStep, Table, Tensor, TensorData, TensorShape, Texts};
use crate::api::{Error, Problem};
use crate::http::Request;
use crate::http::charged::Reused;
use crate::pipeline::Category;

/// The table that the tensors make. `numbers`: all those in the JSON; FP32 is rounded there, and what stands for texts in binary
/// is appended. `binary`: what follows the JSON.
///
/// # Errors
/// `Error::Content` for shapes that make no table, columns that are missing or given twice, missing or leftover bytes, and values
/// that are missing or texts where the column does not take them; `Error::NoRoom`.
pub(super) fn table<'a>(
    request: &Request<'_>,
    tensors: &[Tensor],
    (numbers, texts): (&'a mut Reused<f64>, &Texts),
    binary: &'a [u8],
    columns: &'a FieldNames,
) -> Result<Table<'a>, Error> {
    let joiner = Joiner { tensors, columns, texts };
    joiner.check_binary(binary.len())?;
    round(tensors, numbers.items_mut());
    let is_table = joiner.check_shapes()?;
    joiner.check_missing(is_table, numbers)?;
    let mut texts = numbers.len();
    joiner.read_texts(request, numbers, binary)?;
    let numbers: &'a [f64] = numbers;
    let width = if is_table { columns.count() } else { 1 };
    let mut binary = binary;
    // To be asked for one tensor after the other.
    let mut cells = |tensor: &Tensor, index| match tensor.data {
        TensorData::Json { start, count } => Cells::Numbers(part(numbers, start, count)),
        TensorData::Binary { size } => {
            let (bytes, rest) = binary.split_at_checked(size).unwrap_or_default();
            binary = rest;
            let Tensor { column, datatype, .. } = *tensor;
            if datatype == Datatype::Bytes && column.is_some() {
                let count = tensor.shape.count().unwrap_or_default();
                texts += count;
                return Cells::Numbers(part(numbers, texts - count, count));
            }
            let column = if is_table { 0 } else { column.unwrap_or_default() };
            Cells::Bytes(Bytes { bytes, datatype, input: Some(index), columns, width, column })
        }
        TensorData::Skipped => Cells::Numbers(&[]),
    };
    if let ([tensor], true) = (tensors, is_table) {
        return Ok(Table::Rows(cells(tensor, 0)));
    }
    let order = joiner.order()?;
    let mut table = vec![None; order.len()];
    for (tensor, index) in tensors.iter().zip(0..) {
        let cells = cells(tensor, index);
        // There may be many more tensors than columns.
        let is_its = |column: &usize| order.get(*column) == Some(&index);
        if let Some(place) = tensor.column.filter(is_its).and_then(|column| table.get_mut(column)) {
            *place = Some(cells);
        }
    }
    Ok(Table::Columns(table.into_iter().flatten().collect()))
}

fn part(numbers: &[f64], start: usize, count: usize) -> &[f64] {
    numbers.get(start..).and_then(|rest| rest.get(..count)).unwrap_or_default()
}

/// Rounds as NumPy would have done before scikit-learn saw the numbers.
fn round(tensors: &[Tensor], numbers: &mut [f64]) {
    for tensor in tensors.iter().filter(|tensor| tensor.datatype == Datatype::Fp32) {
        if let TensorData::Json { start, count } = tensor.data {
            numbers.iter_mut().skip(start).take(count).for_each(|number| *number = f64::from(*number as f32));
        }
    }
}

struct Joiner<'a> {
    tensors: &'a [Tensor],
    columns: &'a FieldNames,
    texts: &'a Texts,
}

impl Joiner<'_> {
    fn wrong(&self, index: Option<usize>, key: &'static str, expected: String, found: String) -> Error {
        let mut path = vec![PathStep::Key("inputs")];
        path.extend(index.map(PathStep::Index));
        path.extend(Some(PathStep::Key(key)).filter(|_| !key.is_empty()));
        Error::Content(Problem::at(self.columns, &path, expected, found))
    }

    /// Checks that the binary tensors take exactly the bytes after the JSON.
    fn check_binary(&self, found: usize) -> Result<(), Error> {
        let mut left = found;
        for (tensor, index) in self.tensors.iter().zip(0..) {
            if let TensorData::Binary { size } = tensor.data {
                left = left.checked_sub(size).ok_or_else(|| {
                    self.wrong(Some(index), "", format!("{size} bytes of binary data"), left.to_string())
                })?;
            }
        }
        match left {
            0 => Ok(()),
            left => {
                let expected = format!("{} bytes of binary data after the JSON", found - left);
                Err(Error::Content(Problem::of_content(expected, found.to_string())))
            }
        }
    }

    /// Appends what stands for the texts of all columns.
    fn read_texts(&self, request: &Request<'_>, numbers: &mut Reused<f64>, binary: &[u8]) -> Result<(), Error> {
        let mut rest = binary;
        for (tensor, index) in self.tensors.iter().zip(0..) {
            let TensorData::Binary { size } = tensor.data else { continue };
            let (bytes, after) = rest.split_at_checked(size).unwrap_or_default();
            rest = after;
            let Tensor { column: Some(column), datatype: Datatype::Bytes, shape, .. } = *tensor else { continue };
            let datatype = Datatype::Bytes;
            let bytes = Bytes { bytes, datatype, input: Some(index), columns: self.columns, width: 1, column };
            bytes.read_texts(shape.count().unwrap_or_default(), request, self.texts, numbers)?;
        }
        Ok(())
    }

    /// Checks that no number in the JSON is missing in a column that does not take that. Cells have been checked already.
    fn check_missing(&self, is_table: bool, numbers: &[f64]) -> Result<(), Error> {
        if !self.columns.take_missing() || !self.columns.are_numbers() {
            return Ok(());
        }
        for (tensor, index) in self.tensors.iter().zip(0..) {
            let TensorData::Json { start, count } = tensor.data else { continue };
            for (number, place) in part(numbers, start, count).iter().zip(0..) {
                let (row, column) = match (is_table, tensor.column) {
                    (true, _) => (place / self.columns.count(), place % self.columns.count()),
                    (false, Some(column)) => (place, column),
                    // Nothing that the model takes.
                    (false, None) => break,
                };
                if number.is_nan()
                    && let Err(refusal) = self.columns.cell(column, Category::None)
                {
                    let path = [PathStep::Key("inputs"), PathStep::Index(index), PathStep::Key("data")];
                    let mut problem = Problem::at(self.columns, &path, refusal.expected, refusal.found);
                    problem.push_place(&format!("row {row}, `{}`", self.columns.name(column)));
                    return Err(Error::Content(problem));
                }
            }
        }
        Ok(())
    }

    /// Whether the only tensor is a table of all features. If not, the tensors named like a feature must be columns of one length.
    fn check_shapes(&self) -> Result<bool, Error> {
        let width = self.columns.count();
        let wrong = |index, expected: String, found: TensorShape| {
            let found = match found {
                TensorShape::Flat(count) => format!("[{count}]"),
                TensorShape::Rows(count, width) => format!("[{count}, {width}]"),
                TensorShape::Other(rank) => format!("{rank} dimensions"),
            };
            Err(self.wrong(Some(index), "shape", expected, found))
        };
        let no_rows = |index| Err(self.wrong(Some(index), "shape", "at least one row".to_owned(), "none".to_owned()));
        if let [tensor] = self.tensors
            && self.columns.are_numbers()
        {
            let is_column =
                tensor.column.is_some() && matches!(tensor.shape, TensorShape::Flat(_) | TensorShape::Rows(_, 1));
            match tensor.shape {
                TensorShape::Rows(0, found) if found == width => return no_rows(0),
                TensorShape::Rows(_, found) if found == width => return Ok(true),
                _ if is_column => {}
                TensorShape::Flat(_) => {
                    return wrong(0, format!("[N, {width}], for one row [1, {width}]"), tensor.shape);
                }
                _ => return wrong(0, format!("[N, {width}]"), tensor.shape),
            }
        }
        let mut n_rows = None;
        for (tensor, index) in self.tensors.iter().zip(0..) {
            let count = match (tensor.shape, tensor.column) {
                (TensorShape::Other(_), _) | (TensorShape::Rows(..), Some(_))
                    if !matches!(tensor.shape, TensorShape::Rows(_, 1)) =>
                {
                    return wrong(index, "[N] or [N, 1] for each of several inputs".to_owned(), tensor.shape);
                }
                (TensorShape::Flat(count) | TensorShape::Rows(count, _), Some(_)) => count,
                _ => continue,
            };
            match n_rows.replace(count) {
                _ if count == 0 => return no_rows(index),
                Some(before) if before != count => {
                    return wrong(index, format!("{before} rows, as in the previous input"), tensor.shape);
                }
                _ => {}
            }
        }
        Ok(false)
    }

    /// The index of each column's tensor.
    fn order(&self) -> Result<Vec<usize>, Error> {
        let mut order = vec![None; self.columns.count()];
        for (tensor, index) in self.tensors.iter().zip(0..) {
            let place = tensor.column.and_then(|column| order.get_mut(column));
            if place.is_some_and(|place| place.replace(index).is_some()) {
                let (expected, found) = ("each feature once".to_owned(), "it twice".to_owned());
                return Err(self.wrong(Some(index), "name", expected, found));
            }
        }
        if let Some(missing) = order.iter().position(Option::is_none) {
            let which =
                if self.columns.are_numbers() { "for all features, or one for each" } else { "for each column" };
            let expected = format!("one tensor {which}: `{}`", self.columns.name(missing));
            return Err(self.wrong(None, "", expected, "none of that name".to_owned()));
        }
        Ok(order.into_iter().flatten().collect())
    }
}
