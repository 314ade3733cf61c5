//! The visitors that every shape of content is put together from: scalars, and what all arrays have in common.

use serde::de::{self, SeqAccess, Visitor};

use super::cell::INEXACT;
use super::place::PathStep;
use super::reading::Reading;
use crate::pipeline::{Category, ColumnKind};

/// The `visit_` functions of a [`Visitor`] for the kinds of JSON values that it refuses. First comes what it expects instead; that
/// may use the visitor, under the name before `=>`. The visitor needs a field `reading`.
macro_rules! refuse {
    ($this:ident => $expected:expr; $($kind:ident),*) => {
        $( refuse!(@$kind $this $expected); )*

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let $this = self;
            write!(f, "{}", $expected)
        }
    };
    ($expected:expr; $($kind:ident),*) => { refuse!(_this => $expected; $($kind),*); };
    (@bool $this:ident $expected:expr) => { refuse!(@visit_bool(_: bool) $this $expected, "a boolean"); };
    (@number $this:ident $expected:expr) => {
        refuse!(@visit_i64(_: i64) $this $expected, "a number");
        refuse!(@visit_u64(_: u64) $this $expected, "a number");
        refuse!(@visit_f64(_: f64) $this $expected, "a number");
    };
    (@negative $this:ident $expected:expr) => { refuse!(@visit_i64(_: i64) $this $expected, "a negative number"); };
    (@fraction $this:ident $expected:expr) => { refuse!(@visit_f64(_: f64) $this $expected, "another number"); };
    (@string $this:ident $expected:expr) => { refuse!(@visit_str(_: &str) $this $expected, "a string"); };
    (@null $this:ident $expected:expr) => { refuse!(@visit_unit() $this $expected, "null"); };
    (@array $this:ident $expected:expr) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            let $this = &self;
            Err($this.reading.wrong($expected, "an array"))
        }
    };
    (@object $this:ident $expected:expr) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            let $this = &self;
            Err($this.reading.wrong($expected, "an object"))
        }
    };
    (@$visit:ident($($value:tt)*) $this:ident $expected:expr, $found:literal) => {
        fn $visit<E: serde::de::Error>(self, $($value)*) -> Result<Self::Value, E> {
            let $this = &self;
            Err($this.reading.wrong($expected, $found))
        }
    };
}
pub(in crate::api) use refuse;

/// Items of an array that are read before other requests may have their turn.
const ITEMS_PER_PAUSE: usize = 4_096;

/// Walks through an array: `next` takes the item with this index, if there is one more. Returns the number of items.
pub fn read_items<'de, A: SeqAccess<'de>>(
    reading: &Reading<'_>,
    mut seq: A,
    step: impl Fn(usize) -> PathStep,
    mut next: impl FnMut(&mut A, usize) -> Result<Option<()>, A::Error>,
) -> Result<usize, A::Error> {
    let mut count = 0;
    while next(&mut seq, count).map_err(|error| reading.at(step(count), error))?.is_some() {
        count += 1;
        if count % ITEMS_PER_PAUSE == 0 {
            reading.pause()?;
        }
    }
    Ok(count)
}

/// The same for an array that has at least one item.
pub fn read_some_items<'de, A: SeqAccess<'de>>(
    reading: &Reading<'_>,
    seq: A,
    step: impl Fn(usize) -> PathStep,
    item: &str,
    next: impl FnMut(&mut A, usize) -> Result<Option<()>, A::Error>,
) -> Result<usize, A::Error> {
    match read_items(reading, seq, step, next)? {
        0 => Err(reading.wrong(format!("at least one {item}"), "an empty array")),
        count => Ok(count),
    }
}

/// A value of a column. Its value: the number that stands for it.
pub struct Cell<'a> {
    pub reading: &'a Reading<'a>,
    pub column: usize,
}

impl Cell<'_> {
    /// Whether it is a category.
    pub fn is_category(&self) -> bool {
        matches!(self.reading.columns.kind(self.column), Some(ColumnKind::Category(_)))
    }

    // Out of line, here and below: a column of numbers has to stay as short as it is.
    #[inline(never)]
    fn take<E: de::Error>(self, value: Category<'_>) -> Result<f64, E> {
        self.reading.cell(self.column, value)
    }

    /// `is_exact`: whether the number is the one that is written.
    #[inline(never)]
    fn take_whole<E: de::Error>(self, value: f64, is_exact: bool) -> Result<f64, E> {
        let Self { reading, column } = self;
        match is_exact || !self.is_category() {
            true => self.take(Category::Number(value)),
            false => Err(reading.refuse(reading.columns.refuse(column, INEXACT))),
        }
    }

    /// Whether it is a number that has to be there: most are, and need no more than that.
    fn is_plain(&self) -> bool {
        self.reading.columns.kind(self.column).is_none()
    }

    #[inline(never)]
    fn refuse_array<E: de::Error>(self) -> E {
        let Self { reading, column } = self;
        reading.note_array();
        reading.refuse(reading.columns.refuse(column, "an array"))
    }

    #[inline(never)]
    fn take_missing<E: de::Error>(self) -> Result<f64, E> {
        let Self { reading, column } = self;
        // Bare NaN has become null.
        if reading.has_bare_nan() && reading.columns.tells_missing_apart(column) {
            return Err(
                reading.wrong("null, which this column distinguishes from NaN", "NaN, which JSON does not have")
            );
        }
        self.take(Category::None)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = f64;

    refuse!(this => this.reading.columns.expected(this.column); object);

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<f64, A::Error> {
        Err(self.refuse_array())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<f64, E> {
        self.take(Category::Boolean(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<f64, E> {
        self.take(Category::String(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<f64, E> {
        self.take_missing()
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        match self.is_plain() && value.is_finite() {
            true => Ok(value),
            false => self.take(Category::Number(value)),
        }
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        match self.is_plain() {
            true => Ok(value as f64),
            false => self.take_whole(value as f64, value as f64 as u64 == value),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        match self.is_plain() {
            true => Ok(value as f64),
            false => self.take_whole(value as f64, value as f64 as i64 == value),
        }
    }
}

const EXPECTED_WHOLE: &str = "a whole number, zero or above";

/// A whole number, zero or above.
pub struct Whole<'a> {
    pub reading: &'a Reading<'a>,
    /// What would have been right instead of zero, where zero is wrong.
    pub not_zero: Option<&'static str>,
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = usize;

    refuse!(EXPECTED_WHOLE; bool, negative, string, null, array, object);

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<usize, E> {
        match (value, self.not_zero) {
            (0, Some(expected)) => Err(self.reading.wrong(expected, "0")),
            // Nothing that this is compared with is that large.
            _ => Ok(usize::try_from(value).unwrap_or(usize::MAX)),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<usize, E> {
        match whole(value) {
            Some(value) => self.visit_u64(value),
            None => Err(self.reading.wrong(EXPECTED_WHOLE, "another number")),
        }
    }
}

/// The whole number that is written with a fraction of zero or with an exponent: in JSON, `2.0` and `2` are one number.
pub fn whole(value: f64) -> Option<u64> {
    // A double is exact here, and zero or above even as -0.
    const END: f64 = 18_446_744_073_709_551_616.0;
    ((0.0..END).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

/// `true` or `false`.
pub struct Switch<'a> {
    pub reading: &'a Reading<'a>,
}

impl<'de> Visitor<'de> for Switch<'_> {
    type Value = bool;

    refuse!("true or false"; number, string, null, array, object);

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }
}

/// A string that `read` understands; anything else is refused with what `expected` says.
pub struct KnownText<'a, R, X> {
    pub reading: &'a Reading<'a>,
    pub read: R,
    pub expected: X,
}

impl<'de, T, R: FnOnce(&str) -> Option<T>, X: Fn() -> String> Visitor<'de> for KnownText<'_, R, X> {
    type Value = T;

    refuse!(this => (this.expected)(); bool, number, null, array, object);

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| self.reading.wrong((self.expected)(), "another text"))
    }
}
