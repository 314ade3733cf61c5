//! The elements of a binary tensor: numbers read in place, texts one after the other.

use super::cell::{INEXACT, Refusal};
use super::datatype::Datatype;
use super::field_names::FieldNames;
use super::place::PathStep;
use super::texts::{CellReader, NoCell, Texts};
use crate::api::{Error, Problem};
use crate::http::Request;
use crate::http::charged::Reused;
use crate::pipeline::Category;

/// The elements of a binary tensor.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    /// Whole elements.
    pub bytes: &'a [u8],
    pub datatype: Datatype,
    /// Its index among the inputs; `None` for content without JSON.
    pub input: Option<usize>,
    /// The model's columns.
    pub columns: &'a FieldNames,
    /// Elements of a row.
    pub width: usize,
    /// The column of the first element of a row.
    pub column: usize,
}

/// Texts that are read before other requests may have their turn.
const TEXTS_PER_PAUSE: usize = 4_096;

impl<'a> Bytes<'a> {
    /// How many elements.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.datatype.size()
    }

    /// Appends what stands for `count` elements, from `start` on.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn append(&self, start: usize, count: usize, out: &mut Vec<f64>) -> Result<(), Error> {
        if self.columns.are_numbers() {
            let (before, size) = (out.len(), self.datatype.size());
            let elements = self.bytes.get(start * size..).and_then(|rest| rest.get(..count * size));
            self.datatype.decode_all(elements.unwrap_or_default(), out);
            // all are looked at, whatever is found: so it is done many at a time
            if out.iter().skip(before).fold(true, |are_finite, number| are_finite & number.is_finite()) {
                return Ok(());
            }
            out.truncate(before);
        }
        self.read(start, count, |number| out.push(number))
    }

    /// Hands what stands for `count` elements, from `start` on, to `each`.
    ///
    /// # Errors
    /// The first one that its column does not take, or a BOOL that is neither 0 nor 1.
    pub fn read(&self, start: usize, count: usize, mut each: impl FnMut(f64)) -> Result<(), Error> {
        let elements = self.bytes.chunks_exact(self.datatype.size()).skip(start).take(count);
        for (element, index) in elements.zip(start..) {
            match self.datatype.decode(element) {
                Some(number) if number.is_finite() && self.columns.kind(self.column_of(index)).is_none() => {
                    each(number)
                }
                Some(number) => each(self.cell(index, number, element)?),
                None => {
                    let (expected, found) = ("a byte of 0 or 1".to_owned(), "another byte".to_owned());
                    return Err(self.wrong(index, Refusal { expected, found }));
                }
            }
        }
        Ok(())
    }

    /// What stands for an element of a column that takes more or less than numbers, or for one that is not finite.
    fn cell(&self, index: usize, number: f64, element: &[u8]) -> Result<f64, Error> {
        let column = self.column_of(index);
        let is_category = self.columns.kind(column).is_some_and(|kind| kind.categories().is_some());
        let value = match self.datatype {
            Datatype::Bool if is_category => Category::Boolean(number != 0.0),
            datatype if is_category && !datatype.is_exact(element) => {
                return Err(self.wrong(index, self.columns.refuse(column, INEXACT)));
            }
            _ if number.is_nan() => Category::NaN,
            _ => Category::Number(number),
        };
        self.columns.cell(column, value).map_err(|refusal| {
            let found = if number.is_finite() { refusal.found } else { NOT_FINITE.to_owned() };
            self.wrong(index, Refusal { found, ..refusal })
        })
    }

    fn column_of(&self, index: usize) -> usize {
        self.column + index % self.width
    }

    /// Appends what stands for each of `count` texts, which are all of the bytes.
    ///
    /// # Errors
    /// A text that is cut off, no UTF-8 or nothing that the column takes; bytes behind the last one; no room.
    pub fn read_texts(
        &self,
        count: usize,
        request: &Request<'_>,
        texts: &Texts,
        numbers: &mut Reused<f64>,
    ) -> Result<(), Error> {
        let cells = CellReader { columns: self.columns, texts: Some(texts) };
        let wrong = |index, expected: &str, found: &str| {
            self.wrong(index, Refusal { expected: expected.to_owned(), found: found.to_owned() })
        };
        let mut rest = self.bytes;
        for index in 0..count {
            if index.is_multiple_of(TEXTS_PER_PAUSE) && !request.goes_on() {
                return Err(Error::Abandoned);
            }
            let (text, after) =
                take_text(rest).ok_or_else(|| wrong(index, "a text of the announced length", "the end"))?;
            let text = std::str::from_utf8(text).map_err(|_| wrong(index, "a text in UTF-8", "other bytes"))?;
            let cell = cells.cell(self.column, Category::String(text)).map_err(|error| match error {
                NoCell::Refused(refusal) => self.wrong(index, refusal),
                NoCell::NoRoom(cause) => Error::NoRoom(cause),
            });
            numbers.push(cell?).map_err(Error::NoRoom)?;
            rest = after;
        }
        match rest.is_empty() {
            true => Ok(()),
            false => Err(wrong(count, "the end", "more bytes")),
        }
    }

    fn wrong(&self, index: usize, refusal: Refusal) -> Error {
        let path = self.input.map_or(vec![], |input| vec![PathStep::Key("inputs"), PathStep::Index(input)]);
        let mut problem = Problem::at(self.columns, &path, refusal.expected, refusal.found);
        problem.push_place(&format!("row {}", index / self.width));
        if self.width > 1 || !self.columns.are_numbers() {
            problem.push_place(&format!("`{}`", self.columns.name(self.column_of(index))));
        }
        Error::Content(problem)
    }
}

const NOT_FINITE: &str = "NaN or infinity, which an SVM cannot take";

/// A text behind its length in little-endian bytes, and what follows it.
fn take_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(datatype: Datatype, bytes: &[u8], width: usize, start: usize, count: usize) -> Result<Vec<f64>, Problem> {
        let columns = FieldNames::new(&["a".to_owned(), "b".to_owned()]);
        let mut numbers = Vec::new();
        let bytes = Bytes { bytes, datatype, input: Some(3), columns: &columns, width, column: 0 };
        match bytes.append(start, count, &mut numbers) {
            Ok(()) => {
                let mut one_by_one = Vec::new();
                bytes.read(start, count, |number| one_by_one.push(number)).unwrap();
                assert_eq!(numbers, one_by_one);
                Ok(numbers)
            }
            Err(Error::Content(problem)) => Err(problem),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn any_part_can_be_read() {
        let bytes: Vec<u8> = [1.5_f32, -2.0, 0.1].iter().flat_map(|number| number.to_le_bytes()).collect();
        assert_eq!(read(Datatype::Fp32, &bytes, 1, 0, 3).unwrap(), [1.5, -2.0, f64::from(0.1_f32)]);
        assert_eq!(read(Datatype::Fp32, &bytes, 1, 1, 1).unwrap(), [-2.0]);
        for name in Datatype::NAMES {
            let datatype = Datatype::from_name(name, true).unwrap();
            assert_eq!(read(datatype, &[1, 0].repeat(16), 1, 1, 2).unwrap().len(), 2, "{name}");
        }
    }

    #[test]
    fn what_is_no_number_is_named_with_its_row_and_column() {
        let bytes: Vec<u8> = [1.0, 2.0, 3.0, f64::NAN].iter().flat_map(|number| number.to_le_bytes()).collect();
        let problem = read(Datatype::Fp64, &bytes, 2, 0, 4).unwrap_err();
        assert_eq!((problem.pointer.as_str(), problem.place.as_str()), ("/inputs/3", "`inputs` 3, row 1, `b`"));
        assert_eq!(problem.found, "NaN or infinity, which an SVM cannot take");
        let problem = read(Datatype::Bool, &[1, 0, 2], 1, 1, 2).unwrap_err();
        assert_eq!((problem.place.as_str(), problem.expected.as_str()), ("`inputs` 3, row 2", "a byte of 0 or 1"));
    }
}
