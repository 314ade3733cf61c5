//! One row by name: an object of features, in any order and among other keys.

use std::fmt;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::reading::{Reading, Step};
use super::visitors::{Any, Number};

/// Appends the row that an object gives.
///
/// # Errors
/// A feature that is missing, there twice, or no finite number.
pub(super) fn read_record<'de, A: MapAccess<'de>>(
    reading: &Reading<'_>,
    rows: &mut Vec<f64>,
    map: A,
) -> Result<(), A::Error> {
    let row = append_row(reading, rows);
    read_features(reading, row, map)?;
    match row.iter().position(|value| value.is_nan()) {
        Some(missing) => Err(reading.missing(missing)),
        None => Ok(()),
    }
}

/// One row more, of NaN: a feature that has not come yet. JSON cannot write it.
pub(in crate::api) fn append_row<'r>(reading: &Reading<'_>, rows: &'r mut Vec<f64>) -> &'r mut [f64] {
    let start = rows.len();
    rows.resize(start + reading.columns.count(), f64::NAN);
    rows.get_mut(start..).unwrap_or_default()
}

/// Fills `row` with the features of an object, which need not be all of them.
pub(in crate::api) fn read_features<'de, A: MapAccess<'de>>(
    reading: &Reading<'_>,
    row: &mut [f64],
    mut map: A,
) -> Result<(), A::Error> {
    let mut guess = 0;
    while let Some(position) = map.next_key_seed(Feature { reading, guess })? {
        let known = position.and_then(|position| Some((position, row.get_mut(position)?)));
        let Some((position, slot)) = known else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        let value = match slot.is_nan() {
            true => map.next_value_seed(Any(Number { reading })),
            false => Err(reading.wrong("each feature once", "it twice")),
        };
        *slot = value.map_err(|error| reading.at(Step::Column(position), error))?;
        guess = position + 1;
    }
    Ok(())
}

/// A key: the position of its column, or `None` for an unknown one.
pub(super) struct Feature<'a> {
    pub(super) reading: &'a Reading<'a>,
    /// The column that most clients send next.
    pub(super) guess: usize,
}

impl<'de> DeserializeSeed<'de> for Feature<'_> {
    type Value = Option<usize>;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Feature<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.reading.columns.position(name, self.guess))
    }
}
