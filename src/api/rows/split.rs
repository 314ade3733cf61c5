//! pandas' split form: `{"columns": [names], "data": [[..], ..]}`, where each row is an array in the order of the names.
//!
//! Where the names come after the data, the data is skipped, and the content is read again once they are known.

use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::list::{List, RowForm};
use super::object::read_object;
use super::place::PathStep;
use super::reading::Reading;
use super::seeds::Any;
use super::visitors::{read_items, refuse, whole};
use crate::api::csv::EXTRA_COLUMNS_MAX;
use crate::api::names::{NAME_BYTES_MAX, NAMES_MAX};
use crate::api::spelling::likeness;
use crate::http::charged::Reused;

/// What is known of the columns; the second reading needs what the first has found.
#[derive(Debug, Default)]
pub struct SplitLayout {
    /// For each element of a row its column, or `None` for one that the model does not take.
    layout: Option<Vec<Option<usize>>>,
    /// Data has been skipped.
    pub is_postponed: bool,
    /// Rows without `columns` are by position; this is known only in the second reading.
    pub is_second: bool,
}

/// The object around names and rows.
pub struct Split<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub rows: &'r mut Reused<f64>,
    pub names: &'r mut SplitLayout,
}

impl<'de> Visitor<'de> for Split<'_, '_> {
    type Value = ();

    refuse!("an object of `columns` and `data`"; bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { reading, rows, names } = self;
        let by_position = || (0..reading.columns.count()).map(Some).collect();
        if names.is_second {
            names.layout.get_or_insert_with(by_position);
        }
        let mut has_data = false;
        read_object(reading, map, &["columns", "data"], |key, map| {
            has_data |= key == 1;
            match (key, &names.layout) {
                (0, Some(_)) => map.next_value::<IgnoredAny>().map(drop),
                (0, None) => {
                    names.layout = Some(map.next_value_seed(Any(NameList { reading }))?);
                    Ok(())
                }
                (_, Some(layout)) => map.next_value_seed(Any(List { reading, rows, form: RowForm::Layout(layout) })),
                (_, None) => {
                    names.is_postponed = true;
                    map.next_value::<IgnoredAny>().map(drop)
                }
            }
        })?;
        match has_data {
            true => Ok(()),
            false => Err(reading.at(PathStep::Key("data"), reading.wrong("an array of rows", "no such key"))),
        }
    }
}

/// The names. Its value: the layout of a row.
struct NameList<'a> {
    reading: &'a Reading<'a>,
}

impl<'de> Visitor<'de> for NameList<'_> {
    type Value = Vec<Option<usize>>;

    refuse!("an array of column names"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let reading = self.reading;
        let most = reading.columns.count() + EXTRA_COLUMNS_MAX;
        let mut layout = Vec::new();
        let mut is_there = vec![false; reading.columns.count()];
        // Only for a missing column, to find the name that was meant for it.
        let mut unknown = Vec::new();
        let mut is_full = false;
        read_items(reading, seq, PathStep::Index, |seq, index| {
            let next = seq.next_element_seed(Any(ColumnName { reading, index, unknown: &mut unknown }))?;
            let Some(column) = next else { return Ok(None) };
            let seen = column.and_then(|column| is_there.get_mut(column));
            if seen.is_some_and(|seen| std::mem::replace(seen, true)) {
                return Err(reading.wrong("each feature once", "it twice"));
            }
            layout.push(column);
            is_full = layout.len() > most;
            Ok((!is_full).then_some(()))
        })?;
        if is_full {
            return Err(reading.wrong(format!("at most {most} columns"), "more"));
        }
        let Some(missing) = is_there.iter().position(|is_there| !is_there) else { return Ok(layout) };
        let name = reading.columns.name(missing);
        let near = unknown.iter().find_map(|(index, text)| Some((index, likeness(name, text)?)));
        let found = match near {
            Some((index, likeness)) => format!("none; name {} {likeness}", index + 1),
            None => "none".to_owned(),
        };
        Err(reading.wrong(format!("a column `{name}`"), found))
    }
}

/// The name of a column. Its value: the column. pandas numbers columns that have no names, so a whole number is a position.
struct ColumnName<'a, 'u> {
    reading: &'a Reading<'a>,
    index: usize,
    unknown: &'u mut Vec<(usize, String)>,
}

const EXPECTED_NAME: &str = "the name of a column";

impl<'de> Visitor<'de> for ColumnName<'_, '_> {
    type Value = Option<usize>;

    refuse!(EXPECTED_NAME; bool, negative, null, array, object);

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        let column = self.reading.columns.position(name, self.index);
        if column.is_none() && name.len() <= NAME_BYTES_MAX && self.unknown.len() < NAMES_MAX {
            self.unknown.push((self.index, name.to_owned()));
        }
        Ok(column)
    }

    fn visit_f64<E: de::Error>(self, position: f64) -> Result<Option<usize>, E> {
        match whole(position) {
            Some(position) => self.visit_u64(position),
            None => Err(self.reading.wrong(EXPECTED_NAME, "another number")),
        }
    }

    fn visit_u64<E: de::Error>(self, position: u64) -> Result<Option<usize>, E> {
        Ok(usize::try_from(position).ok().filter(|position| *position < self.reading.columns.count()))
    }
}
