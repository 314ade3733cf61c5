//! What to say of a missing feature: that there is nothing like it, or which key was probably meant for it.
//!
//! For this the content is read a second time, only when the request has already failed. The answer tells the place of the key,
//! not the key itself.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field_names::FieldNames;
use super::place::PathStep;
use super::seeds::{Any, Key};
use crate::api::names::{NAME_BYTES_MAX, NAMES_MAX};
use crate::api::spelling::likeness;

/// `text`: the content; `way`: the steps to the object; `missing`: the column.
pub fn describe(text: &str, way: &[PathStep], columns: &FieldNames, missing: usize) -> String {
    let finder = Finder { way, columns, missing: columns.name(missing) };
    match serde_json::Deserializer::from_str(text).deserialize_any(finder) {
        Ok(Some((place, likeness))) => format!("no such key; key {place} of the object {likeness}"),
        // The first reading has checked the syntax up to the end of this row, not beyond.
        _ => "no such key".to_string(),
    }
}

/// Finds the first near key: its place, counted from 1, and how it differs.
#[derive(Clone, Copy)]
struct Finder<'a> {
    way: &'a [PathStep],
    columns: &'a FieldNames,
    missing: &'a str,
}

impl<'de> Visitor<'de> for Finder<'_> {
    type Value = Option<(usize, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Some((PathStep::Row(index) | PathStep::Index(index), way)) = self.way.split_first() else {
            return Ok(None);
        };
        for _ in 0..*index {
            seq.next_element::<IgnoredAny>()?;
        }
        let found = seq.next_element_seed(Any(Finder { way, ..self }))?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found.flatten())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        if let Some((step, way)) = self.way.split_first() {
            let PathStep::Key(wanted) = step else { return Ok(None) };
            while let Some(is_wanted) = map.next_key_seed(Key(|key: &str| key == *wanted))? {
                match is_wanted {
                    true => found = map.next_value_seed(Any(Finder { way, ..self }))?,
                    false => map.next_value::<IgnoredAny>().map(drop)?,
                }
            }
            return Ok(found);
        }
        let mut place = 0;
        while let Some(likeness) =
            map.next_key_seed(Key(|key: &str| if place < NAMES_MAX { self.likeness(key) } else { None }))?
        {
            map.next_value::<IgnoredAny>()?;
            place += 1;
            found = found.or(likeness.map(|likeness| (place, likeness)));
        }
        Ok(found)
    }
}

impl Finder<'_> {
    fn likeness(&self, key: &str) -> Option<String> {
        let is_unknown = key.len() <= NAME_BYTES_MAX && self.columns.position(key, 0).is_none();
        if is_unknown { likeness(self.missing, key) } else { None }
    }
}
