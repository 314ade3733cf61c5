//! An object of columns: for each feature an array with its values in all rows.

use serde::de::{MapAccess, SeqAccess, Visitor};

use super::list::{List, RowForm};
use super::place::PathStep;
use super::reading::Reading;
use super::record::read_named;
use super::seeds::Any;
use super::visitors::{Number, read_items, refuse};
use crate::http::charged::Reused;

/// An array of rows by position, or an object of columns. Its value: for each of the model's columns, how many others come before
/// it; `None` for rows.
pub struct RowsOrColumns<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub numbers: &'r mut Reused<f64>,
}

impl<'de> Visitor<'de> for RowsOrColumns<'_, '_> {
    type Value = Option<Vec<usize>>;

    refuse!(
        "an array of rows, which are arrays of numbers, or an object of columns";
        bool, number, string, null
    );

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers } = self;
        List { reading, rows: numbers, form: RowForm::Position }.visit_seq(seq).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers } = self;
        let mut order = vec![None; reading.columns.count()];
        let mut n_rows = None;
        let mut n_columns = 0;
        read_named(reading, map, |position, map| {
            let place = order.get_mut(position);
            if place.is_some_and(|place| place.replace(n_columns).is_some()) {
                return Err(reading.wrong("each feature once", "it twice"));
            }
            let count = map.next_value_seed(Any(NumberList { reading, numbers }))?;
            match n_rows.replace(count) {
                _ if count == 0 => return Err(reading.wrong("at least one row", "an empty array")),
                Some(before) if before != count => {
                    return Err(reading.wrong(format!("{before} numbers, as in the column before"), count.to_string()));
                }
                _ => {}
            }
            n_columns += 1;
            Ok(())
        })?;
        if let Some(missing) = order.iter().position(Option::is_none) {
            return Err(reading.missing(missing));
        }
        Ok(Some(order.into_iter().flatten().collect()))
    }
}

/// One column. Its value: how many numbers it has.
struct NumberList<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Reused<f64>,
}

impl<'de> Visitor<'de> for NumberList<'_, '_> {
    type Value = usize;

    refuse!("an array of numbers, one for each row"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<usize, A::Error> {
        let Self { reading, numbers } = self;
        read_items(reading, seq, PathStep::Row, |seq, _| {
            let Some(value) = seq.next_element_seed(Any(Number { reading }))? else { return Ok(None) };
            numbers.push(value).map(Some).map_err(|cause| reading.no_room(cause))
        })
    }
}
