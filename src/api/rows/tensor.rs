//! One input tensor of the Open Inference Protocol: what its JSON says, and its numbers in JSON or in bytes.

use std::cell::Cell;

use serde::de::{MapAccess, Visitor};

use super::datatype::Datatype;
use super::elements::{Elements, ElementsReader, Purpose};
use super::object::{Members, Needed, Object};
use super::place::PathStep;
use super::reading::Reading;
use super::seeds::Optional;
use super::tensor_shape::{Dimensions, TensorShape};
use super::visitors::{KnownText, Whole, refuse};
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
    /// In the JSON, but not read: nothing that the model takes, or not yet.
    Skipped,
}

/// The object of a tensor. Its value: the tensor, and whether the elements fit their type.
pub struct Input<'a, 'r> {
    pub reading: &'a Reading<'a>,
    pub numbers: &'r mut Reused<f64>,
    /// Its index among the inputs.
    pub index: usize,
    /// What is known of it when the content is read a second time. This happens to find the element that does not fit, as the
    /// first reading only marks such a tensor, or because name and type came after the data of a column that is not a number.
    pub known: Option<Known>,
}

/// What is known of a tensor before it is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub column: Option<usize>,
    pub datatype: Datatype,
}

impl<'de> Visitor<'de> for Input<'_, '_> {
    type Value = (Tensor, bool);

    refuse!("an object with `name`, `shape`, `datatype` and `data`"; bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, numbers, index, known } = self;
        let start = numbers.len();
        let are_numbers = reading.columns.are_numbers();
        let seen_column = Cell::new(known.map(|known| known.column));
        let seen_datatype = Cell::new(known.map(|known| known.datatype));
        let column = |name: &str| {
            let column = reading.columns.input_position(name, index);
            seen_column.set(seen_column.get().or(Some(column)));
            seen_column.get()
        };
        let column = KnownText { reading, read: column, expected: || "the name of the tensor".to_owned() };
        let datatype = |name: &str| {
            seen_datatype.set(Datatype::from_name(name, are_numbers));
            seen_datatype.get()
        };
        let datatype = KnownText { reading, read: datatype, expected: || Datatype::expected_name(are_numbers) };
        let size = Whole { reading, not_zero: None };
        let parameters = Object { reading, expected: "an object", members: (("binary_data_size", Optional(size)),) };
        let wanted = || match (seen_column.get(), seen_datatype.get()) {
            _ if are_numbers => Purpose::Numbers(known.map(|known| known.datatype)),
            (Some(Some(column)), Some(datatype)) => Purpose::Cells(column, datatype),
            (Some(None), _) => Purpose::Nothing { is_known: true },
            _ => Purpose::Nothing { is_known: false },
        };
        let members = (
            ("name", Needed(ONE_EACH, column)),
            ("shape", Needed(ONE_EACH, Dimensions { reading })),
            ("datatype", Needed(ONE_EACH, datatype)),
            ("data", Optional(ElementsReader { reading, numbers, wanted })),
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
            (Some(Elements { skipped: Some(is_known), .. }), None) => Ok((tensor(TensorData::Skipped), is_known)),
            (Some(elements), None) => {
                elements.check(reading, shape, count).map_err(data)?;
                Ok((tensor(TensorData::Json { start, count }), elements.kinds.fit(datatype)))
            }
            (None, Some(size)) if size == count * datatype.size() => Ok((tensor(TensorData::Binary { size }), true)),
            (None, Some(size)) if datatype == Datatype::Bytes && size > count * datatype.size() => {
                Ok((tensor(TensorData::Binary { size }), true))
            }
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

#[cfg(test)]
mod tests;
