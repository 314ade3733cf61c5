//! One row by name: an object of features, in any order and among other keys.

use serde::de::{self, IgnoredAny, MapAccess};

use super::cell::{ABSENT, is_absent};
use super::place::PathStep;
use super::reading::Reading;
use super::seeds::{Any, Key};
use super::visitors::Cell;
use crate::http::charged::Reused;

/// Reads an object, and appends its row.
///
/// # Errors
/// A feature that is missing, given twice, or not a finite number.
pub fn read_record<'de, A: MapAccess<'de>>(
    reading: &Reading<'_>,
    rows: &mut Reused<f64>,
    map: A,
) -> Result<(), A::Error> {
    let row = append_row(reading, rows)?;
    read_features(reading, row, map)?;
    match row.iter().position(is_absent) {
        Some(missing) => Err(reading.missing(missing)),
        None => Ok(()),
    }
}

/// Appends a row of features that have not come yet.
///
/// # Errors
/// There is no room for it.
pub fn append_row<'r, E: de::Error>(reading: &Reading<'_>, rows: &'r mut Reused<f64>) -> Result<&'r mut [f64], E> {
    rows.extend_with(ABSENT, reading.columns.count()).map_err(|cause| reading.no_room(cause))
}

/// Fills `row` with the features of an object, which need not be all of them.
pub fn read_features<'de, A: MapAccess<'de>>(reading: &Reading<'_>, row: &mut [f64], map: A) -> Result<(), A::Error> {
    read_named(reading, map, |position, map| {
        let Some(slot) = row.get_mut(position) else { return map.next_value::<IgnoredAny>().map(drop) };
        *slot = match is_absent(slot) {
            true => map.next_value_seed(Any(Cell { reading, column: position }))?,
            false => return Err(reading.wrong("each feature once", "it twice")),
        };
        Ok(())
    })
}

/// Walks through an object of columns: `each` takes the value of the column with this position; unknown keys are skipped.
pub fn read_named<'de, A: MapAccess<'de>>(
    reading: &Reading<'_>,
    mut map: A,
    mut each: impl FnMut(usize, &mut A) -> Result<(), A::Error>,
) -> Result<(), A::Error> {
    // The column that most clients send next.
    let mut guess = 0;
    while let Some(position) = map.next_key_seed(Key(|name: &str| reading.columns.position(name, guess)))? {
        let Some(position) = position else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        each(position, &mut map).map_err(|error| reading.at(PathStep::Feature(position), error))?;
        guess = position + 1;
    }
    Ok(())
}
