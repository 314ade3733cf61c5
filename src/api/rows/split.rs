//! pandas' split form: `{"columns": [names], "data": [[..], ..]}`, where each row is an array in the order of the names.
//!
//! Where the names come behind the data, the data is skipped, and the content is read once more when they are known.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::reading::{Reading, Step};
use super::record::append_row;
use super::visitors::{Any, Number, read_object, refuse};
use crate::api::csv::EXTRA_COLUMNS_MAX;
use crate::api::names::nearest;

/// What is known of the columns: kept from the first reading for the second.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// For each element of a row its column, or `None` for one that the model does not take.
    layout: Option<Vec<Option<usize>>>,
    /// Data has been skipped.
    pub(super) is_postponed: bool,
    /// Rows without `columns` are by position; this is known only in the second reading.
    pub(super) is_second: bool,
}

/// The object. Gives the count of rows.
pub(super) struct Split<'a, 'r> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) rows: &'r mut Vec<f64>,
    pub(super) names: &'r mut Names,
}

impl Split<'_, '_> {
    fn expected(&self) -> &'static str {
        "an object of `columns` and `data`"
    }
}

const KEYS: &[&str; 2] = &["columns", "data"];

impl<'de> Visitor<'de> for Split<'_, '_> {
    type Value = ();

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { reading, rows, names } = self;
        let by_position = || (0..reading.columns.count()).map(Some).collect();
        if names.is_second {
            names.layout.get_or_insert_with(by_position);
        }
        let [_, has_data] = read_object(reading, map, KEYS, |key, map| match (key, &names.layout) {
            (0, Some(_)) => map.next_value::<IgnoredAny>().map(drop),
            (0, None) => {
                names.layout = Some(map.next_value_seed(Any(Header { reading }))?);
                Ok(())
            }
            (_, Some(layout)) => map.next_value_seed(Any(Data { reading, rows, layout })),
            (_, None) => {
                names.is_postponed = true;
                map.next_value::<IgnoredAny>().map(drop)
            }
        })?;
        match has_data {
            true => Ok(()),
            false => Err(reading.at(Step::Key("data"), reading.wrong("an array of rows", "no such key"))),
        }
    }
}

/// The names. Gives the layout of a row.
struct Header<'a> {
    reading: &'a Reading<'a>,
}

impl Header<'_> {
    fn expected(&self) -> &'static str {
        "an array of column names"
    }
}

impl<'de> Visitor<'de> for Header<'_> {
    type Value = Vec<Option<usize>>;

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let reading = self.reading;
        let mut layout = Vec::new();
        let mut is_there = vec![false; reading.columns.count()];
        // Only for a missing column, to find the name that was meant for it.
        let mut unknown = Vec::new();
        loop {
            let index = layout.len();
            let next = seq.next_element_seed(Any(Name { reading, index, unknown: &mut unknown }));
            let Some(column) = next.map_err(|error| reading.at(Step::Index(index), error))? else { break };
            let seen = column.and_then(|column| is_there.get_mut(column));
            if seen.is_some_and(|seen| std::mem::replace(seen, true)) {
                return Err(reading.at(Step::Index(index), reading.wrong("each feature once", "it twice")));
            }
            layout.push(column);
            let most = reading.columns.count() + EXTRA_COLUMNS_MAX;
            if layout.len() > most {
                return Err(reading.wrong(format!("at most {most} columns"), "more"));
            }
        }
        let Some(missing) = is_there.iter().position(|is_there| !is_there) else { return Ok(layout) };
        let name = reading.columns.name(missing);
        let near = unknown.iter().find(|(_, text)| nearest(text, [name]).is_some());
        let found = match near {
            Some((index, _)) => format!("none; name {} differs only a little", index + 1),
            None => "none".to_owned(),
        };
        Err(reading.wrong(format!("a column `{name}`"), found))
    }
}

/// A name: its column. pandas numbers columns that have no names, so a whole number is a position.
struct Name<'a, 'u> {
    reading: &'a Reading<'a>,
    index: usize,
    unknown: &'u mut Vec<(usize, String)>,
}

impl Name<'_, '_> {
    fn expected(&self) -> &'static str {
        "the name of a column"
    }
}

/// Longer names, and more of them, are no typing mistakes.
const NAME_BYTES_MAX: usize = 200;
const UNKNOWN_NAMES_MAX: usize = 1_000;

impl<'de> Visitor<'de> for Name<'_, '_> {
    type Value = Option<usize>;

    refuse!(bool, negative, fraction, null, array, object);

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        let column = self.reading.columns.position(name, self.index);
        if column.is_none() && name.len() <= NAME_BYTES_MAX && self.unknown.len() < UNKNOWN_NAMES_MAX {
            self.unknown.push((self.index, name.to_owned()));
        }
        Ok(column)
    }

    fn visit_u64<E: serde::de::Error>(self, position: u64) -> Result<Option<usize>, E> {
        Ok(usize::try_from(position).ok().filter(|position| *position < self.reading.columns.count()))
    }
}

/// The rows.
struct Data<'a, 'r, 'l> {
    reading: &'a Reading<'a>,
    rows: &'r mut Vec<f64>,
    layout: &'l [Option<usize>],
}

impl Data<'_, '_, '_> {
    fn expected(&self) -> &'static str {
        "an array of rows, which are arrays"
    }
}

impl<'de> Visitor<'de> for Data<'_, '_, '_> {
    type Value = ();

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { reading, rows, layout } = self;
        let mut count = 0;
        loop {
            let next = seq.next_element_seed(Any(Row { reading, rows, layout }));
            match next.map_err(|error| reading.at(Step::Row(count), error))? {
                Some(()) => count += 1,
                None if count > 0 => return Ok(()),
                None => return Err(reading.wrong("at least one row", "an empty array")),
            }
        }
    }
}

struct Row<'a, 'r, 'l> {
    reading: &'a Reading<'a>,
    rows: &'r mut Vec<f64>,
    layout: &'l [Option<usize>],
}

impl Row<'_, '_, '_> {
    fn expected(&self) -> String {
        format!("an array of {} values for each row", self.layout.len())
    }
}

impl<'de> Visitor<'de> for Row<'_, '_, '_> {
    type Value = ();

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { reading, rows, layout } = self;
        let row = append_row(reading, rows);
        let mut found = 0;
        loop {
            let column = layout.get(found).copied().flatten();
            let slot = column.and_then(|column| row.get_mut(column));
            let Some(slot) = slot else {
                match seq.next_element::<IgnoredAny>()? {
                    Some(_) => found += 1,
                    None => break,
                }
                continue;
            };
            let step = Step::Element { index: found, column: column.unwrap_or_default() };
            match seq.next_element_seed(Any(Number { reading })).map_err(|error| reading.at(step, error))? {
                Some(value) => *slot = value,
                None => break,
            }
            found += 1;
        }
        match found == layout.len() {
            true => Ok(()),
            false => Err(reading.wrong(format!("{} values", layout.len()), found.to_string())),
        }
    }
}
