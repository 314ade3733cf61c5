//! Which rows lie outside the range of the support vectors: the first sign of drifting data.

use super::rows::FieldNames;
use crate::pipeline::{ColumnRange, Model};

/// Ranges of columns, if any is known.
#[derive(Debug, Default)]
pub struct InputRanges {
    /// Of each column; without end where nothing is known.
    spans: Vec<MiddleRange>,
    /// Columns whose range is known, if there are no more than [`COLUMNS_MAX`].
    known: Option<Vec<usize>>,
}

/// A range by its middle, so that one comparison does.
#[derive(Debug, Clone, Copy)]
struct MiddleRange {
    middle: f64,
    /// From the middle to both ends.
    reach: f64,
}

/// Columns that are counted one by one, at most. In a model with more, rows are counted that lie outside in any column.
pub const COLUMNS_MAX: usize = 128;

/// What stands for any column.
const ANY: &str = "*";

/// How far a number may lie outside, as a share of the largest number in the range: what steps round, and undoing them.
const ROUNDING: f64 = 1e-9;

impl InputRanges {
    /// The ranges of a model's columns. Documents have none.
    pub fn of(model: &Model) -> InputRanges {
        if model.columns().have_text() {
            return InputRanges::default();
        }
        InputRanges::new(&model.support_ranges())
    }

    fn new(ranges: &[Option<ColumnRange>]) -> InputRanges {
        let known: Vec<usize> =
            (0..).zip(ranges).filter(|(_, range)| range.is_some()).map(|(place, _)| place).collect();
        if known.is_empty() {
            return InputRanges::default();
        }
        let spans = ranges.iter().map(|range| range.map_or(MiddleRange::ENDLESS, MiddleRange::of)).collect();
        InputRanges { spans, known: Some(known).filter(|known| known.len() <= COLUMNS_MAX) }
    }

    /// What is counted, by its place: columns, or any of them.
    pub fn names(&self, columns: &FieldNames) -> Vec<String> {
        match &self.known {
            Some(known) => known.iter().map(|column| columns.name(*column).to_owned()).collect(),
            None if self.spans.is_empty() => Vec::new(),
            None => vec![ANY.to_owned()],
        }
    }

    /// Adds for each place how many of these whole rows lie outside; `counts` stays empty as long as none does.
    // Not `chunks_exact`: for one row its division costs as much as the row.
    #[inline]
    pub fn count(&self, mut rows: &[f64], counts: &mut Vec<u64>) {
        if self.spans.is_empty() {
            return;
        }
        while let Some((row, others)) = rows.split_at_checked(self.spans.len()) {
            if row.iter().zip(&self.spans).any(|(x, span)| span.is_outside(*x)) {
                self.count_row(row, counts);
            }
            rows = others;
        }
    }

    #[cold]
    fn count_row(&self, row: &[f64], counts: &mut Vec<u64>) {
        counts.resize(self.known.as_ref().map_or(1, Vec::len), 0);
        let Some(known) = &self.known else {
            counts.iter_mut().for_each(|count| *count += 1);
            return;
        };
        for (count, column) in counts.iter_mut().zip(known) {
            let number = row.get(*column).zip(self.spans.get(*column));
            *count += u64::from(number.is_some_and(|(x, span)| span.is_outside(*x)));
        }
    }
}

impl MiddleRange {
    const ENDLESS: MiddleRange = MiddleRange { middle: 0.0, reach: f64::INFINITY };

    fn of((lowest, highest): ColumnRange) -> MiddleRange {
        let rounding = ROUNDING * lowest.abs().max(highest.abs());
        MiddleRange { middle: lowest / 2.0 + highest / 2.0, reach: highest / 2.0 - lowest / 2.0 + rounding }
    }

    /// A number that is missing is not.
    fn is_outside(self, x: f64) -> bool {
        (x - self.middle).abs() > self.reach
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Columns;

    fn counts(ranges: &[Option<ColumnRange>], rows: &[f64]) -> Vec<u64> {
        let mut counts = Vec::new();
        InputRanges::new(ranges).count(rows, &mut counts);
        counts
    }

    fn names(ranges: &[Option<ColumnRange>]) -> Vec<String> {
        let columns = Columns::numbers(ranges.len(), None).unwrap();
        InputRanges::new(ranges).names(&FieldNames::of(&columns))
    }

    #[test]
    fn each_column_with_a_range_counts_its_rows() {
        let ranges = [Some((0.0, 1.0)), None, Some((-5.0, -4.0))];
        assert_eq!(names(&ranges), ["x0", "x2"]);
        assert_eq!(counts(&ranges, &[0.0, 99.0, -5.0, 1.0, -1e300, -4.0]), [0; 0]);
        assert_eq!(counts(&ranges, &[0.5, 0.0, -3.9, -0.1, 0.0, -6.0, 1.1, 0.0, -4.5]), [2, 2]);
        assert_eq!(counts(&ranges, &[f64::NAN, 0.0, -4.5]), [0; 0]);
    }

    #[test]
    fn what_rounding_does_is_not_outside() {
        let ranges = [Some((0.1 + 0.2, 7.3))];
        assert_eq!(counts(&ranges, &[0.3, 7.300_000_001]), [0; 0]);
        assert_eq!(counts(&ranges, &[0.299_999, 7.300_001]), [2]);
    }

    #[test]
    fn many_columns_count_as_one() {
        let ranges = vec![Some((0.0, 1.0)); COLUMNS_MAX + 1];
        assert_eq!(names(&ranges), ["*"]);
        let mut rows = vec![0.5; 3 * ranges.len()];
        assert_eq!(counts(&ranges, &rows), [0; 0]);
        (rows[3], rows[4], rows[2 * ranges.len()]) = (2.0, 2.0, -1.0);
        assert_eq!(counts(&ranges, &rows), [2]);
    }

    #[test]
    fn a_model_without_ranges_counts_nothing() {
        assert_eq!(names(&[None, None]), [""; 0]);
        assert_eq!(counts(&[None, None], &[1.0, 2.0]), [0; 0]);
    }
}
