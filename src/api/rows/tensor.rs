//! One input tensor of the Open Inference Protocol: what its JSON says, and its numbers in JSON or in bytes.

use serde::de::{self, MapAccess, SeqAccess, Visitor};

use super::datatype::{Datatype, ValueKinds};
use super::object::{Members, Needed, Object};
use super::place::PathStep;
use super::reading::Reading;
use super::seeds::{Any, Optional};
use super::visitors::{KnownText, Whole, read_items, refuse};
use crate::http::charged::Reused;

/// A tensor whose parts agree with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tensor {
    /// The column of its name.
    pub column: Option<usize>,
    pub datatype: Datatype,
    pub shape: TensorShape,
    pub data: TensorData,
}

/// Where the elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorData {
    /// In the JSON: numbers after those of the tensors before it.
    Json {
        /// How many come before.
        start: usize,
        /// How many there are.
        count: usize,
    },
    /// Bytes after the JSON and the binary tensors before it.
    Binary {
        /// How many.
        size: usize,
    },
}

/// A shape. Only one or two dimensions are of use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorShape {
    /// `[n]`
    Flat(usize),
    /// `[n, width]`
    Rows(usize, usize),
    /// Another number of dimensions.
    Other(usize),
}

impl TensorShape {
    /// The product of one or two dimensions, if it is a `usize`.
    fn count(self) -> Option<usize> {
        match self {
            TensorShape::Flat(count) => Some(count),
            TensorShape::Rows(count, width) => count.checked_mul(width),
            TensorShape::Other(_) => Some(0),
        }
    }
}

/// The object of a tensor. Its value: the tensor, and whether the elements fit their type.
pub struct Input<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub numbers: &'r mut Reused<f64>,
    /// Its index among the inputs.
    pub index: usize,
    /// Its type, when the content is read for a second time to find the element that does not fit; in the first reading such a
    /// tensor is only marked.
    pub strict: Option<Datatype>,
}

impl<'de> Visitor<'de> for Input<'_, '_> {
    type Value = (Tensor, bool);

    refuse!("an object with `name`, `shape`, `datatype` and `data`"; bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers, index, strict } = self;
        let start = numbers.len();
        let column = |name: &str| Some(reading.columns.position(name, index));
        let column = KnownText { reading, read: column, expected: || "the name of the tensor".to_owned() };
        let datatype = KnownText { reading, read: Datatype::from_name, expected: Datatype::expected_name };
        let size = Whole { reading, not_zero: None };
        let parameters = Object { reading, expected: "an object", members: (("binary_data_size", Optional(size)),) };
        let members = (
            ("name", Needed(ONE_EACH, column)),
            ("shape", Needed(ONE_EACH, Dimensions { reading })),
            ("datatype", Needed(ONE_EACH, datatype)),
            ("data", Optional(ElementsReader { reading, numbers, strict })),
            ("parameters", Optional(parameters)),
        );
        let (column, shape, datatype, elements, parameters) = members.read(reading, map)?;
        let size = parameters.and_then(|(size,)| size);
        let Some(count) = shape.count().filter(|count| count.checked_mul(datatype.size()).is_some()) else {
            let error = reading.wrong("a product that fits into memory", "a larger one");
            return Err(reading.at(PathStep::Key("shape"), error));
        };
        let data = |error| reading.at(PathStep::Key("data"), error);
        let tensor = |data| Tensor { column, datatype, shape, data };
        match (elements, size) {
            // The search for rows in it will say what is wrong.
            _ if matches!(shape, TensorShape::Other(_)) => Ok((tensor(TensorData::Binary { size: 0 }), true)),
            (Some(_), Some(_)) => Err(data(reading.wrong("`data` or `binary_data_size`", "both"))),
            (None, None) => Err(data(reading.wrong("`data` or `binary_data_size`", "neither"))),
            (Some(_), None) if datatype == Datatype::Fp16 => Err(data(reading.wrong("FP16 as binary data", "JSON"))),
            (Some(elements), None) => {
                elements.check(reading, shape, count).map_err(data)?;
                Ok((tensor(TensorData::Json { start, count }), elements.kinds.fit(datatype)))
            }
            (None, Some(size)) if size == count * datatype.size() => Ok((tensor(TensorData::Binary { size }), true)),
            (None, Some(size)) => {
                let expected = format!("{}, as shape and datatype say", count * datatype.size());
                let error = reading.at(PathStep::Key("binary_data_size"), reading.wrong(expected, size.to_string()));
                Err(reading.at(PathStep::Key("parameters"), error))
            }
        }
    }
}

/// What to expect where a tensor lacks a key.
const ONE_EACH: &str = "one for each input";

/// A shape: an array of whole numbers.
struct Dimensions<'a> {
    reading: &'a Reading<'a>,
}

impl<'de> Visitor<'de> for Dimensions<'_> {
    type Value = TensorShape;

    refuse!("an array of whole numbers, zero or above"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<TensorShape, A::Error> {
        let reading = self.reading;
        let mut dimensions = [0; 2];
        let rank = read_items(reading, seq, PathStep::Index, |seq, index| {
            let next = seq.next_element_seed(Any(Whole { reading, not_zero: None }))?;
            Ok(next.map(|dimension| {
                if let Some(place) = dimensions.get_mut(index) {
                    *place = dimension;
                }
            }))
        })?;
        let [first, second] = dimensions;
        Ok(match rank {
            1 => TensorShape::Flat(first),
            2 => TensorShape::Rows(first, second),
            rank => TensorShape::Other(rank),
        })
    }
}

/// What the data has in it.
#[derive(Debug, Clone, Copy, Default)]
struct Elements {
    kinds: ValueKinds,
    count: usize,
    /// Length of the inner arrays, if there are any.
    row_len: Option<usize>,
}

impl Elements {
    fn check<E: de::Error>(&self, reading: &Reading<'_>, shape: TensorShape, count: usize) -> Result<(), E> {
        let expected = match (shape, self.row_len) {
            (TensorShape::Rows(_, width), Some(found)) if width != found => format!("arrays of {width} elements"),
            (TensorShape::Flat(_), Some(_)) => "elements, as the shape has one dimension".to_owned(),
            _ if count != self.count => {
                return Err(reading.wrong(format!("{count} elements, as the shape says"), self.count.to_string()));
            }
            _ => return Ok(()),
        };
        Err(reading.wrong(expected, format!("arrays of {}", self.row_len.unwrap_or_default())))
    }
}

/// Data: a flat array, or an array of arrays of one length. The numbers are appended.
struct ElementsReader<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Reused<f64>,
    strict: Option<Datatype>,
}

impl<'de> Visitor<'de> for ElementsReader<'_, '_> {
    type Value = Elements;

    refuse!("an array of numbers"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Elements, A::Error> {
        let Self { reading, numbers, strict } = self;
        let start = numbers.len();
        let mut elements = Elements::default();
        let mut is_nested = None;
        read_items(reading, seq, PathStep::Index, |seq, _| {
            let kinds = &mut elements.kinds;
            let element = Element { reading, numbers, kinds, strict, may_nest: is_nested != Some(false) };
            let Some(row_len) = seq.next_element_seed(Any(element))? else { return Ok(None) };
            match is_nested.replace(row_len.is_some()) {
                Some(true) if row_len.is_none() => {
                    return Err(reading.wrong("an array, as before it", "a single element"));
                }
                Some(true) if row_len != elements.row_len => {
                    let expected = format!("{} elements, as in the array before", elements.row_len.unwrap_or_default());
                    return Err(reading.wrong(expected, row_len.unwrap_or_default().to_string()));
                }
                _ => elements.row_len = row_len,
            }
            Ok(Some(()))
        })?;
        elements.count = numbers.len() - start;
        Ok(elements)
    }
}

/// One element, or an array of elements. Its value: the length of the array.
struct Element<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Reused<f64>,
    kinds: &'r mut ValueKinds,
    strict: Option<Datatype>,
    may_nest: bool,
}

impl Element<'_, '_> {
    fn expected(&self) -> String {
        self.strict.unwrap_or(Datatype::Fp64).expected()
    }

    fn push<E: de::Error>(self, number: f64, note: impl Fn(&mut ValueKinds), found: &str) -> Result<Option<usize>, E> {
        if let Some(datatype) = self.strict {
            let mut kinds = ValueKinds::default();
            note(&mut kinds);
            if !kinds.fit(datatype) {
                let is_number = datatype != Datatype::Bool && found == "a number";
                let found = if is_number { "another number" } else { found };
                return Err(self.reading.wrong(datatype.expected(), found));
            }
        }
        note(self.kinds);
        self.numbers.push(number).map(|()| None).map_err(|cause| self.reading.no_room(cause))
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = Option<usize>;

    refuse!(this => this.expected(); string, null, object);

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Option<usize>, E> {
        self.push(f64::from(u8::from(value)), ValueKinds::note_boolean, "a boolean")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Option<usize>, E> {
        self.push(value as f64, |kinds| kinds.note_unsigned(value), "a number")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Option<usize>, E> {
        self.push(value as f64, |kinds| kinds.note_negative(value), "a number")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Option<usize>, E> {
        match value.is_finite() {
            true => self.push(value, |kinds| kinds.note_other(value), "a number"),
            false => Err(self.reading.wrong(self.expected(), "one that no double can hold")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Option<usize>, A::Error> {
        let Element { reading, strict, .. } = self;
        if !self.may_nest {
            return Err(reading.wrong(self.expected(), "an array"));
        }
        let count = read_items(reading, seq, PathStep::Index, |seq, _| {
            let (numbers, kinds) = (&mut *self.numbers, &mut *self.kinds);
            let element = Element { reading, numbers, kinds, strict, may_nest: false };
            Ok(seq.next_element_seed(Any(element))?.map(drop))
        })?;
        Ok(Some(count))
    }
}

#[cfg(test)]
mod tests;
