//! The visitors that every shape of content is put together from: scalars, known keys of an object, `null` for nothing.

use std::fmt;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::reading::{EXPECTED_NUMBER, Reading, Step};

/// The `visit_` functions of a [`Visitor`] for JSON values of kinds that are not wanted. The visitor has a field `reading`, and
/// a function `expected` that says what would have been right.
macro_rules! refuse {
    ($($kind:ident),*) => {
        $( refuse!(@$kind); )*

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{}", self.expected())
        }
    };
    (@bool) => { refuse!(@visit_bool(bool) "a boolean"); };
    (@number) => {
        refuse!(@visit_i64(i64) "a number");
        refuse!(@visit_u64(u64) "a number");
        refuse!(@visit_f64(f64) "a number");
    };
    (@negative) => { refuse!(@visit_i64(i64) "a negative number"); };
    (@fraction) => { refuse!(@visit_f64(f64) "another number"); };
    (@string) => { refuse!(@visit_str(&str) "a string"); };
    (@null) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Err(self.reading.wrong(self.expected(), "null"))
        }
    };
    (@array) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.reading.wrong(self.expected(), "an array"))
        }
    };
    (@object) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.reading.wrong(self.expected(), "an object"))
        }
    };
    (@$visit:ident($type:ty) $found:literal) => {
        fn $visit<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> {
            Err(self.reading.wrong(self.expected(), $found))
        }
    };
}
pub(in crate::api) use refuse;

/// A value of any kind for a visitor.
pub(in crate::api) struct Any<V>(pub(in crate::api) V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Any<V> {
    type Value = V::Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}

/// A value of any kind for a visitor, or `null`, which counts as nothing.
pub(in crate::api) struct Optional<V>(pub(in crate::api) V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Optional<V> {
    type Value = Option<V::Value>;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Optional<V> {
    type Value = Option<V::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self.0).map(Some)
    }
}

/// One of the keys of an object: its index among the known ones, or `None`.
struct Key(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<usize>;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

/// Walks through an object: `each` takes the value of the key with this index; unknown keys are skipped without recursion.
/// Gives back which keys were there.
pub(in crate::api) fn read_object<'de, A: MapAccess<'de>, const N: usize>(
    reading: &Reading<'_>,
    mut map: A,
    keys: &'static [&'static str; N],
    mut each: impl FnMut(usize, &mut A) -> Result<(), A::Error>,
) -> Result<[bool; N], A::Error> {
    let mut seen = [false; N];
    while let Some(index) = map.next_key_seed(Key(keys))? {
        let known = index.and_then(|index| Some((index, seen.get_mut(index)?, keys.get(index)?)));
        let Some((index, seen, name)) = known else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        let outcome = match std::mem::replace(seen, true) {
            true => Err(reading.wrong("each key once", "it twice")),
            false => each(index, &mut map),
        };
        outcome.map_err(|error| reading.at(Step::Key(name), error))?;
    }
    Ok(seen)
}

/// A finite number.
pub(in crate::api) struct Number<'a> {
    pub(in crate::api) reading: &'a Reading<'a>,
}

impl Number<'_> {
    fn expected(&self) -> &'static str {
        EXPECTED_NUMBER
    }
}

impl<'de> Visitor<'de> for Number<'_> {
    type Value = f64;

    refuse!(bool, string, null, array, object);

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        match value.is_finite() {
            true => Ok(value),
            false => Err(self.reading.wrong(EXPECTED_NUMBER, "one that no double can hold")),
        }
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
}

/// A whole number, zero or above.
pub(in crate::api) struct Whole<'a> {
    pub(in crate::api) reading: &'a Reading<'a>,
}

impl Whole<'_> {
    fn expected(&self) -> &'static str {
        "a whole number, zero or above"
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = u64;

    refuse!(bool, negative, fraction, string, null, array, object);

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }
}

/// `true` or `false`.
pub(in crate::api) struct Flag<'a> {
    pub(in crate::api) reading: &'a Reading<'a>,
}

impl Flag<'_> {
    fn expected(&self) -> &'static str {
        "true or false"
    }
}

impl<'de> Visitor<'de> for Flag<'_> {
    type Value = bool;

    refuse!(number, string, null, array, object);

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }
}

/// A string that `read` understands; anything else is refused with what `expected` says.
pub(in crate::api) struct Word<'a, R, X> {
    pub(in crate::api) reading: &'a Reading<'a>,
    pub(in crate::api) read: R,
    pub(in crate::api) expected: X,
}

impl<R, X: Fn() -> String> Word<'_, R, X> {
    fn expected(&self) -> String {
        (self.expected)()
    }
}

impl<'de, T, R: FnOnce(&str) -> Option<T>, X: Fn() -> String> Visitor<'de> for Word<'_, R, X> {
    type Value = T;

    refuse!(bool, number, null, array, object);

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| self.reading.wrong((self.expected)(), "another text"))
    }
}
