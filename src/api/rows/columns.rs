//! An object of columns: for each feature an array with its values in all rows.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::list::{List, RowForm};
use super::place::PathStep;
use super::reading::Reading;
use super::record::read_named;
use super::seeds::Any;
use super::visitors::{Cell, read_items, refuse};
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
        this => format!("an array of rows, each an array of {}, or an object of columns", this.reading.columns.items());
        bool, number, string, null
    );

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers } = self;
        List { reading, rows: numbers, form: RowForm::Position }.visit_seq(seq).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers } = self;
        NamedColumns { reading, numbers }.visit_map(map).map(Some)
    }
}

/// The one object of an array, whose values are columns, as KServe's server for scikit-learn takes it beside rows. Its value: the
/// order of the columns.
pub struct Frame<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub numbers: &'r mut Reused<f64>,
}

impl<'de> Visitor<'de> for Frame<'_, '_> {
    type Value = Vec<usize>;

    refuse!("an array of one object of columns"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers } = self;
        let mut order = None;
        read_items(reading, seq, PathStep::Index, |seq, index| {
            if index > 0 {
                let is_more = seq.next_element::<IgnoredAny>()?.is_some();
                return if is_more { Err(reading.wrong("one object of columns", "more")) } else { Ok(None) };
            }
            order = seq.next_element_seed(Any(NamedColumns { reading, numbers }))?;
            Ok(order.as_ref().map(|_| ()))
        })?;
        order.ok_or_else(|| reading.wrong("an object of columns", "an empty array"))
    }
}

/// An object of columns, all of one length. Its value: for each of the model's columns, how many others come before it.
struct NamedColumns<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Reused<f64>,
}

impl<'de> Visitor<'de> for NamedColumns<'_, '_> {
    type Value = Vec<usize>;

    refuse!("an object of columns"; bool, number, string, null, array);

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
            let count = map.next_value_seed(Any(CellList { reading, numbers, column: position }))?;
            match n_rows.replace(count) {
                _ if count == 0 => return Err(reading.wrong("at least one row", "an empty array")),
                Some(before) if before != count => {
                    return Err(reading.wrong(
                        format!("{before} {}, as in the previous column", reading.columns.items()),
                        count.to_string(),
                    ));
                }
                _ => {}
            }
            n_columns += 1;
            Ok(())
        })?;
        if let Some(missing) = order.iter().position(Option::is_none) {
            return Err(reading.missing(missing));
        }
        Ok(order.into_iter().flatten().collect())
    }
}

/// One column. Its value: how many numbers it has.
struct CellList<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Reused<f64>,
    column: usize,
}

impl<'de> Visitor<'de> for CellList<'_, '_> {
    type Value = usize;

    refuse!(this => format!("an array of {}, one for each row", this.reading.columns.items()); bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<usize, A::Error> {
        let Self { reading, numbers, column } = self;
        read_items(reading, seq, PathStep::Row, |seq, _| {
            let Some(value) = seq.next_element_seed(Any(Cell { reading, column }))? else { return Ok(None) };
            numbers.push(value).map(Some).map_err(|cause| reading.no_room(cause))
        })
    }
}
