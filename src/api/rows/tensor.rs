//! One input tensor of the Open Inference Protocol: what its JSON says, and its numbers in JSON or in bytes.

use serde::de::{self, MapAccess, SeqAccess, Visitor};

use super::datatype::{Datatype, EXPECTED_DATATYPE, Kinds};
use super::reading::{Reading, Step};
use super::visitors::{Any, Optional, Whole, Word, read_object, refuse};

/// A tensor whose parts agree with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Tensor {
    /// The column that it is named like.
    pub(in crate::api) column: Option<usize>,
    pub(in crate::api) datatype: Datatype,
    pub(in crate::api) shape: Shape,
    pub(in crate::api) data: Data,
}

/// Where the elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Data {
    /// So many numbers behind those of the tensors before.
    Json {
        /// How many lie before.
        start: usize,
        /// How many there are.
        count: usize,
    },
    /// So many bytes behind the JSON and the binary tensors before.
    Binary {
        /// How many.
        size: usize,
    },
}

/// A shape; only those of one and two dimensions are of use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Shape {
    /// `[n]`
    Flat(usize),
    /// `[n, width]`
    Rows(usize, usize),
    /// Of so many dimensions.
    Other(usize),
}

impl Shape {
    /// The product of the dimensions, if it can be.
    fn count(self) -> Option<usize> {
        match self {
            Shape::Flat(count) => Some(count),
            Shape::Rows(count, width) => count.checked_mul(width),
            Shape::Other(_) => None,
        }
    }
}

/// The object of a tensor. `strict`: its type, when the content is read for a second time to find the element that does not
/// fit; in the first reading such a tensor is only marked. Gives the tensor and whether its elements fit.
pub(in crate::api) struct Input<'a, 'r> {
    pub(in crate::api) reading: &'a Reading<'a>,
    pub(in crate::api) numbers: &'r mut Vec<f64>,
    /// Its place among the inputs.
    pub(in crate::api) index: usize,
    pub(in crate::api) strict: Option<Datatype>,
}

impl Input<'_, '_> {
    fn expected(&self) -> &'static str {
        "an object with `name`, `shape`, `datatype` and `data`"
    }
}

const KEYS: &[&str; 5] = &["name", "shape", "datatype", "data", "parameters"];

/// What has been read of a tensor.
#[derive(Default)]
struct Parts {
    column: Option<usize>,
    datatype: Option<Datatype>,
    shape: Option<Shape>,
    elements: Option<Elements>,
    binary_data_size: Option<u64>,
}

impl<'de> Visitor<'de> for Input<'_, '_> {
    type Value = (Tensor, bool);

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers, index, strict } = self;
        let start = numbers.len();
        let mut parts = Parts::default();
        let seen = read_object(reading, map, KEYS, |key, map| {
            match key {
                0 => {
                    let read = |name: &str| Some(reading.columns.position(name, index));
                    parts.column = map.next_value_seed(Any(word(reading, read, "the name of the tensor")))?;
                }
                1 => parts.shape = Some(map.next_value_seed(Any(Dimensions { reading }))?),
                2 => {
                    let read = Datatype::from_name;
                    parts.datatype = Some(map.next_value_seed(Any(word(reading, read, EXPECTED_DATATYPE)))?);
                }
                3 => parts.elements = map.next_value_seed(Optional(ElementsReader { reading, numbers, strict }))?,
                _ => parts.binary_data_size = map.next_value_seed(Optional(Parameters { reading }))?.flatten(),
            }
            Ok(())
        })?;
        for (name, is_there) in KEYS.iter().zip(seen).take(3) {
            if !is_there {
                return Err(reading.at(Step::Key(name), reading.wrong("one for each input", "no such key")));
            }
        }
        parts.tensor(reading, start)
    }
}

/// A string that `read` understands.
fn word<'a, T>(
    reading: &'a Reading<'a>,
    read: impl FnOnce(&str) -> Option<T> + 'a,
    expected: &'static str,
) -> Word<'a, impl FnOnce(&str) -> Option<T> + 'a, impl Fn() -> String + 'a> {
    Word { reading, read, expected: move || expected.to_owned() }
}

impl Parts {
    /// The tensor, when its parts agree.
    fn tensor<E: de::Error>(self, reading: &Reading<'_>, start: usize) -> Result<(Tensor, bool), E> {
        let (Some(datatype), Some(shape)) = (self.datatype, self.shape) else {
            return Err(reading.wrong("a shape and a datatype", "none"));
        };
        let count = match shape {
            // Whoever looks for rows in it says what is wrong.
            Shape::Other(_) => 0,
            _ => shape.count().filter(|count| count.checked_mul(datatype.size()).is_some()).ok_or_else(|| {
                reading.at(Step::Key("shape"), reading.wrong("a product that fits into memory", "a larger one"))
            })?,
        };
        let data = |error| reading.at(Step::Key("data"), error);
        let tensor = |data| Tensor { column: self.column, datatype, shape, data };
        match (self.elements, self.binary_data_size) {
            _ if matches!(shape, Shape::Other(_)) => Ok((tensor(Data::Binary { size: 0 }), true)),
            (Some(_), Some(_)) => Err(data(reading.wrong("`data` or `binary_data_size`", "both"))),
            (None, None) => Err(data(reading.wrong("`data` or `binary_data_size`", "neither"))),
            (Some(_), None) if datatype == Datatype::Fp16 => Err(data(reading.wrong("FP16 as binary data", "JSON"))),
            (Some(elements), None) => {
                elements.check(reading, shape, count).map_err(data)?;
                Ok((tensor(Data::Json { start, count }), elements.kinds.fit(datatype)))
            }
            (None, Some(size)) => {
                let expected = count * datatype.size();
                if usize::try_from(size) == Ok(expected) {
                    return Ok((tensor(Data::Binary { size: expected }), true));
                }
                let error = reading.wrong(format!("{expected}, as shape and datatype say"), size.to_string());
                Err(reading.at(Step::Key("parameters"), reading.at(Step::Key("binary_data_size"), error)))
            }
        }
    }
}

/// A shape: an array of whole numbers.
struct Dimensions<'a> {
    reading: &'a Reading<'a>,
}

impl Dimensions<'_> {
    fn expected(&self) -> &'static str {
        "an array of whole numbers, zero or above"
    }
}

impl<'de> Visitor<'de> for Dimensions<'_> {
    type Value = Shape;

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let reading = self.reading;
        let mut dimensions = [0; 2];
        let mut rank = 0;
        loop {
            let next = seq.next_element_seed(Any(Whole { reading }));
            let Some(dimension) = next.map_err(|error| reading.at(Step::Index(rank), error))? else { break };
            if let Some(place) = dimensions.get_mut(rank) {
                *place = usize::try_from(dimension).unwrap_or(usize::MAX);
            }
            rank += 1;
        }
        let [first, second] = dimensions;
        Ok(match rank {
            1 => Shape::Flat(first),
            2 => Shape::Rows(first, second),
            rank => Shape::Other(rank),
        })
    }
}

/// The parameters of an input: `binary_data_size` alone has a meaning.
struct Parameters<'a> {
    reading: &'a Reading<'a>,
}

impl Parameters<'_> {
    fn expected(&self) -> &'static str {
        "an object"
    }
}

impl<'de> Visitor<'de> for Parameters<'_> {
    type Value = Option<u64>;

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<u64>, A::Error> {
        let reading = self.reading;
        let mut size = None;
        read_object(reading, map, &["binary_data_size"], |_, map| {
            size = map.next_value_seed(Optional(Whole { reading }))?;
            Ok(())
        })?;
        Ok(size)
    }
}

/// What has been met as data.
#[derive(Debug, Clone, Copy, Default)]
struct Elements {
    kinds: Kinds,
    count: usize,
    /// Length of the inner arrays, where there are any.
    row_len: Option<usize>,
}

impl Elements {
    fn check<E: de::Error>(&self, reading: &Reading<'_>, shape: Shape, count: usize) -> Result<(), E> {
        let expected = match (shape, self.row_len) {
            (Shape::Rows(_, width), Some(found)) if width != found => format!("arrays of {width} elements"),
            (Shape::Flat(_), Some(_)) => "elements, as the shape has one dimension".to_owned(),
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
    numbers: &'r mut Vec<f64>,
    strict: Option<Datatype>,
}

impl ElementsReader<'_, '_> {
    fn expected(&self) -> &'static str {
        "an array of numbers"
    }
}

impl<'de> Visitor<'de> for ElementsReader<'_, '_> {
    type Value = Elements;

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements, A::Error> {
        let Self { reading, numbers, strict } = self;
        let start = numbers.len();
        let mut elements = Elements::default();
        let mut index = 0;
        let mut is_nested = None;
        loop {
            let kinds = &mut elements.kinds;
            let element = Element { reading, numbers, kinds, strict, may_nest: is_nested != Some(false) };
            let wrong = |error| reading.at(Step::Index(index), error);
            let Some(row_len) = seq.next_element_seed(Any(element)).map_err(wrong)? else { break };
            match is_nested.replace(row_len.is_some()) {
                Some(true) if row_len.is_none() => {
                    return Err(wrong(reading.wrong("an array, as before it", "a single element")));
                }
                Some(true) if row_len != elements.row_len => {
                    let expected = format!("{} elements, as in the array before", elements.row_len.unwrap_or_default());
                    return Err(wrong(reading.wrong(expected, row_len.unwrap_or_default().to_string())));
                }
                _ => elements.row_len = row_len,
            }
            index += 1;
        }
        elements.count = numbers.len() - start;
        Ok(elements)
    }
}

/// One element, or an array of elements. Gives the length of the array.
struct Element<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Vec<f64>,
    kinds: &'r mut Kinds,
    strict: Option<Datatype>,
    may_nest: bool,
}

impl Element<'_, '_> {
    fn expected(&self) -> String {
        self.strict.unwrap_or(Datatype::Fp64).expected()
    }

    fn push<E: de::Error>(self, number: f64, note: impl Fn(&mut Kinds), found: &str) -> Result<Option<usize>, E> {
        if let Some(datatype) = self.strict {
            let mut kinds = Kinds::default();
            note(&mut kinds);
            if !kinds.fit(datatype) {
                let is_number = datatype != Datatype::Bool && found == "a number";
                let found = if is_number { "another number" } else { found };
                return Err(self.reading.wrong(datatype.expected(), found));
            }
        }
        note(self.kinds);
        self.numbers.push(number);
        Ok(None)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = Option<usize>;

    refuse!(string, null, object);

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Option<usize>, E> {
        self.push(f64::from(u8::from(value)), Kinds::note_boolean, "a boolean")
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<usize>, A::Error> {
        let Element { reading, strict, .. } = self;
        if !self.may_nest {
            return Err(reading.wrong(self.expected(), "an array"));
        }
        let mut count = 0;
        loop {
            let (numbers, kinds) = (&mut *self.numbers, &mut *self.kinds);
            let element = Element { reading, numbers, kinds, strict, may_nest: false };
            let next = seq.next_element_seed(Any(element));
            match next.map_err(|error| reading.at(Step::Index(count), error))? {
                Some(_) => count += 1,
                None => return Ok(Some(count)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
