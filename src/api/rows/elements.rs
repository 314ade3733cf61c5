//! The data of a tensor in JSON: numbers, or cells of a column.

use serde::de::{self, IgnoredAny, SeqAccess, Visitor};

use super::datatype::{Datatype, ValueKinds};
use super::place::PathStep;
use super::reading::Reading;
use super::seeds::Any;
use super::tensor_shape::TensorShape;
use super::visitors::{Cell, read_items, refuse};
use crate::http::charged::Reused;

/// What the data has in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Elements {
    pub kinds: ValueKinds,
    count: usize,
    /// Length of the inner arrays, if there are any.
    row_len: Option<usize>,
    /// Nothing has been read, and whether that is known to be right.
    pub skipped: Option<bool>,
}

/// What the data is needed for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Numbers, all of this type if that is known.
    Numbers(Option<Datatype>),
    /// Cells of a column, of this type.
    Cells(usize, Datatype),
    /// No column, or one that is not known yet.
    Nothing { is_known: bool },
}

impl Elements {
    pub fn check<E: de::Error>(&self, reading: &Reading<'_>, shape: TensorShape, count: usize) -> Result<(), E> {
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
pub struct ElementsReader<'a, 'r, W> {
    pub reading: &'a Reading<'a>,
    pub numbers: &'r mut Reused<f64>,
    /// To be asked once the data is there.
    pub wanted: W,
}

impl<'de, W: Fn() -> Purpose> Visitor<'de> for ElementsReader<'_, '_, W> {
    type Value = Elements;

    refuse!(this => format!("an array of {}", this.reading.columns.items()); bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Elements, A::Error> {
        let Self { reading, numbers, wanted } = self;
        let start = numbers.len();
        let mut elements = Elements::default();
        let (column, strict) = match wanted() {
            Purpose::Numbers(datatype) => (None, datatype),
            Purpose::Cells(column, datatype) => (Some(column), Some(datatype)),
            Purpose::Nothing { is_known } => {
                let skip = |seq: &mut A, _| Ok(seq.next_element::<IgnoredAny>()?.map(drop));
                read_items(reading, seq, PathStep::Index, skip)?;
                return Ok(Elements { skipped: Some(is_known), ..elements });
            }
        };
        let step = |index| column.map_or(PathStep::Index(index), |column| PathStep::InColumn { row: index, column });
        let mut is_nested = None;
        read_items(reading, seq, step, |seq, _| {
            let kinds = &mut elements.kinds;
            let element = Element { reading, numbers, kinds, strict, column, may_nest: is_nested != Some(false) };
            let Some(row_len) = seq.next_element_seed(Any(element))? else { return Ok(None) };
            match is_nested.replace(row_len.is_some()) {
                Some(true) if row_len.is_none() => {
                    return Err(reading.wrong("an array, like the elements before it", "a single element"));
                }
                Some(true) if row_len != elements.row_len => {
                    let expected =
                        format!("{} elements, as in the previous array", elements.row_len.unwrap_or_default());
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
    /// The column, where that is no number or others are none.
    column: Option<usize>,
    may_nest: bool,
}

impl Element<'_, '_> {
    fn expected(&self) -> String {
        self.strict.unwrap_or(Datatype::Fp64).expected()
    }

    /// Notes what kind of value it is, and refuses one that does not fit the type, if that is known.
    fn note<E: de::Error>(&mut self, note: impl Fn(&mut ValueKinds), found: &str) -> Result<(), E> {
        if let Some(datatype) = self.strict {
            let mut kinds = ValueKinds::default();
            note(&mut kinds);
            if !kinds.fit(datatype) {
                let is_number = !matches!(datatype, Datatype::Bool | Datatype::Bytes) && found == "a number";
                let found = if is_number { "another number" } else { found };
                return Err(self.reading.wrong(datatype.expected(), found));
            }
        }
        note(self.kinds);
        Ok(())
    }

    /// As a value of its column, if it is one.
    fn cell(&self) -> Option<Cell<'_>> {
        self.column.map(|column| Cell { reading: self.reading, column })
    }

    fn push<E: de::Error>(self, number: f64) -> Result<Option<usize>, E> {
        self.numbers.push(number).map(|()| None).map_err(|cause| self.reading.no_room(cause))
    }

    fn push_number<E: de::Error>(self, number: f64) -> Result<Option<usize>, E> {
        let number = match self.cell() {
            None => number,
            // Other columns are rounded together.
            Some(cell) if self.strict == Some(Datatype::Fp32) => cell.visit_f64(f64::from(number as f32))?,
            Some(cell) => cell.visit_f64(number)?,
        };
        self.push(number)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = Option<usize>;

    refuse!(this => this.expected(); object);

    fn visit_bool<E: de::Error>(mut self, value: bool) -> Result<Option<usize>, E> {
        self.note(ValueKinds::note_boolean, "a boolean")?;
        let number = f64::from(u8::from(value));
        match self.cell() {
            Some(cell) if cell.is_category() => {
                let number = cell.visit_bool(value)?;
                self.push(number)
            }
            _ => self.push_number(number),
        }
    }

    fn visit_u64<E: de::Error>(mut self, value: u64) -> Result<Option<usize>, E> {
        self.note(|kinds| kinds.note_unsigned(value), "a number")?;
        match self.cell() {
            Some(cell) if value as f64 as u64 != value => cell.visit_u64(value).and_then(|number| self.push(number)),
            _ => self.push_number(value as f64),
        }
    }

    fn visit_i64<E: de::Error>(mut self, value: i64) -> Result<Option<usize>, E> {
        self.note(|kinds| kinds.note_negative(value), "a number")?;
        match self.cell() {
            Some(cell) if value as f64 as i64 != value => cell.visit_i64(value).and_then(|number| self.push(number)),
            _ => self.push_number(value as f64),
        }
    }

    fn visit_f64<E: de::Error>(mut self, value: f64) -> Result<Option<usize>, E> {
        if !value.is_finite() {
            return Err(self.reading.wrong(self.expected(), "a number too large for a double"));
        }
        self.note(|kinds| kinds.note_other(value), "a number")?;
        self.push_number(value)
    }

    fn visit_str<E: de::Error>(mut self, value: &str) -> Result<Option<usize>, E> {
        match self.column {
            None => Err(self.reading.wrong(self.expected(), "a string")),
            Some(column) => {
                self.note(ValueKinds::note_string, "a string")?;
                let number = Cell { reading: self.reading, column }.visit_str(value)?;
                self.push(number)
            }
        }
    }

    /// Where some column may be missing, whether this one may be is known once the shape is.
    fn visit_unit<E: de::Error>(self) -> Result<Option<usize>, E> {
        match self.cell() {
            Some(cell) => cell.visit_unit().and_then(|number| self.push(number)),
            None if self.reading.columns.take_missing() => self.push(f64::NAN),
            None => Err(self.reading.wrong(self.expected(), "null")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Option<usize>, A::Error> {
        let Element { reading, strict, column, .. } = self;
        if !self.may_nest {
            return Err(reading.wrong(self.expected(), "an array"));
        }
        let count = read_items(reading, seq, PathStep::Index, |seq, _| {
            let (numbers, kinds) = (&mut *self.numbers, &mut *self.kinds);
            let element = Element { reading, numbers, kinds, strict, column, may_nest: false };
            Ok(seq.next_element_seed(Any(element))?.map(drop))
        })?;
        Ok(Some(count))
    }
}
