//! The elements of a binary tensor, read in place.

use super::datatype::Datatype;
use super::field_names::FieldNames;
use super::place::PathStep;
use crate::api::{Error, Problem};

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
}

impl Bytes<'_> {
    /// How many elements.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.datatype.size()
    }

    /// Hands `count` elements, from `start` on, to `each`.
    ///
    /// # Errors
    /// The first one that is not a finite number, or a BOOL that is neither 0 nor 1.
    pub fn read(&self, start: usize, count: usize, mut each: impl FnMut(f64)) -> Result<(), Error> {
        let elements = self.bytes.chunks_exact(self.datatype.size()).skip(start).take(count);
        for (element, index) in elements.zip(start..) {
            match self.datatype.decode(element) {
                Some(number) if number.is_finite() => each(number),
                Some(_) => return Err(self.wrong(index, "NaN or infinity, which an SVC cannot take")),
                None => return Err(self.wrong(index, "another byte")),
            }
        }
        Ok(())
    }

    fn wrong(&self, index: usize, found: &str) -> Error {
        let path = self.input.map_or(vec![], |input| vec![PathStep::Key("inputs"), PathStep::Index(input)]);
        let expected = match self.datatype {
            Datatype::Bool => "a byte of 0 or 1",
            _ => "a finite number",
        };
        let mut problem = Problem::at(self.columns, &path, expected, found);
        problem.push_place(&format!("row {}", index / self.width));
        if self.width > 1 {
            problem.push_place(&format!("`{}`", self.columns.name(index % self.width)));
        }
        Error::Content(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(datatype: Datatype, bytes: &[u8], width: usize, start: usize, count: usize) -> Result<Vec<f64>, Problem> {
        let columns = FieldNames::new(&["a".to_owned(), "b".to_owned()]);
        let mut numbers = Vec::new();
        let bytes = Bytes { bytes, datatype, input: Some(3), columns: &columns, width };
        match bytes.read(start, count, |number| numbers.push(number)) {
            Ok(()) => Ok(numbers),
            Err(Error::Content(problem)) => Err(problem),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn any_part_can_be_read() {
        let bytes: Vec<u8> = [1.5_f32, -2.0, 0.1].iter().flat_map(|number| number.to_le_bytes()).collect();
        assert_eq!(read(Datatype::Fp32, &bytes, 1, 0, 3).unwrap(), [1.5, -2.0, f64::from(0.1_f32)]);
        assert_eq!(read(Datatype::Fp32, &bytes, 1, 1, 1).unwrap(), [-2.0]);
    }

    #[test]
    fn what_is_no_number_is_named_with_its_row_and_column() {
        let bytes: Vec<u8> = [1.0, 2.0, 3.0, f64::NAN].iter().flat_map(|number| number.to_le_bytes()).collect();
        let problem = read(Datatype::Fp64, &bytes, 2, 0, 4).unwrap_err();
        assert_eq!((problem.pointer.as_str(), problem.place.as_str()), ("/inputs/3", "`inputs` 3, row 1, `b`"));
        assert_eq!(problem.found, "NaN or infinity, which an SVC cannot take");
        let problem = read(Datatype::Bool, &[1, 0, 2], 1, 1, 2).unwrap_err();
        assert_eq!((problem.place.as_str(), problem.expected.as_str()), ("`inputs` 3, row 2", "a byte of 0 or 1"));
    }
}
