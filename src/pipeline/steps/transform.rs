//! What every fitted transformer can do with rows.

use crate::pipeline::Error;
use crate::pipeline::scratch::InsideBuffers;

/// A fitted transformer. Rows are row major, one or more at a time, and each by itself: what becomes of one depends on no other.
// `pub`, as the types that ask for it are; nobody outside can name it.
pub trait Transform {
    /// scikit-learn's class name.
    fn name(&self) -> &'static str;

    /// Numbers in a row before, one or more.
    fn width_in(&self) -> usize;

    /// Numbers in a row after, one or more.
    fn width_out(&self) -> usize;

    /// Refuses a step that does not take rows of `width` numbers, and numbers that no training gives. It is asked first: nothing
    /// else is done with a step that it refuses.
    fn check(&self, width: usize) -> Result<(), Error>;

    /// Overwrites `output` with the transformed rows. `rows`: whole rows of `width_in` numbers, none of them refused by
    /// [`first_refused`](Self::first_refused).
    fn apply(&self, rows: &[f64], output: &mut Vec<f64>);

    /// The same for what has steps inside, which may refuse a row: `output` has been given the rows before.
    fn apply_with(&self, rows: &[f64], output: &mut Vec<f64>, _buffers: &mut InsideBuffers) -> Option<RefusedRow> {
        self.apply(rows, output);
        None
    }

    /// Place of the first number in `rows` that scikit-learn refuses here, counted through all rows: NaN and infinity, where the
    /// step does not say otherwise.
    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        first_not_finite(rows)
    }

    /// Overwrites `input` with a row that the step turns into the row `output`, as far as there is one; with NaN where nothing is known.
    fn undo(&self, _output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.resize(self.width_in(), f64::NAN);
    }

    /// As [`undo`](Self::undo), but with NaN for every number of which others had a part in what came out.
    fn undo_each(&self, output: &[f64], input: &mut Vec<f64>) {
        if self.keeps_columns() {
            return self.undo(output, input);
        }
        input.clear();
        input.resize(self.width_in(), f64::NAN);
    }

    /// As [`undo_each`](Self::undo_each), where a scaler takes NaN for what usually comes out of it at this end.
    fn undo_end(&self, output: &[f64], _end: RangeEnd, input: &mut Vec<f64>) {
        self.undo_each(output, input);
    }

    /// The numbers of a row before of which this one after is made; all of them, where the step does not say otherwise.
    fn sources(&self, _column: usize) -> Vec<usize> {
        (0..self.width_in()).collect()
    }

    /// Whether each number after the step is one column from before it, in the same place.
    fn keeps_columns(&self) -> bool {
        false
    }

    /// scikit-learn's class name of what made this number of a row after, which is NaN or infinite; none where it was only handed on.
    fn maker(&self, _column: usize, _is_nan: bool) -> Option<&'static str> {
        Some(self.name())
    }

    /// Whether what it refuses, or has no number for, is a category.
    fn takes_categories(&self) -> bool {
        false
    }

    /// How deep steps are nested in this one.
    fn depth(&self) -> usize {
        0
    }
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeEnd {
    /// Its lowest number.
    Lowest,
    /// Its highest number.
    Highest,
}

impl RangeEnd {
    /// This end of a range.
    pub(in crate::pipeline) fn of(self, (lowest, highest): (f64, f64)) -> f64 {
        if self == RangeEnd::Lowest { lowest } else { highest }
    }
}

/// A row that cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedRow {
    /// Index of the row, from 0.
    pub row: usize,
    /// The column before the step or the steps, from 0.
    pub column: usize,
    /// scikit-learn's class name of what made NaN or infinity of it; none if it came so.
    pub step: Option<&'static str>,
    /// Whether it is a category that a step does not take.
    pub is_category: bool,
    /// Whether it is NaN there.
    pub is_nan: bool,
}

impl RefusedRow {
    /// The same for the caller of a model.
    pub(in crate::pipeline) fn into_error(self) -> Error {
        let RefusedRow { row, column, step, is_category, .. } = self;
        match step {
            _ if is_category => Error::NoCategory { row, column },
            Some(step) => Error::NotFiniteScaled { row, column, step },
            None => Error::NotFinite { row, column },
        }
    }
}

/// Place of the first NaN or infinity.
pub(in crate::pipeline) fn first_not_finite(row: &[f64]) -> Option<usize> {
    let (eights, rest) = row.as_chunks::<8>();
    // zero times a finite number is zero, and anything else is NaN, which stays
    let mut sums = [0.0; 8];
    for eight in eights {
        sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value * 0.0);
    }
    let searched = if sums == [0.0; 8] { row.len() - rest.len() } else { 0 };
    let place = row.iter().skip(searched).position(|value| !value.is_finite())?;
    Some(searched + place)
}

/// Place of the first infinity; NaN stands for a missing number.
pub(in crate::pipeline) fn first_infinite(row: &[f64]) -> Option<usize> {
    first_not_finite(row)?;
    row.iter().position(|value| value.is_infinite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_is_not_finite_is_found_wherever_it_is() {
        for length in 0..20 {
            let mut row = vec![-f64::MAX; length];
            assert_eq!(first_not_finite(&row), None);
            for place in (0..length).rev() {
                row[place] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][place % 3];
                assert_eq!(first_not_finite(&row), Some(place), "{length}");
                let infinite = row.iter().position(|value| value.is_infinite());
                assert_eq!(first_infinite(&row), infinite, "{length}");
            }
        }
    }
}
