//! Objects with known keys, in any order and among unknown ones.

use serde::de::{self, DeserializeSeed, Deserializer, Expected, IgnoredAny, MapAccess, Visitor};

use super::place::PathStep;
use super::reading::Reading;
use super::seeds::{Any, Key, Optional};
use super::visitors::refuse;

/// Walks through an object: `each` takes the value of the key with this index; unknown keys are skipped without recursion.
/// `keys`: at most 32.
pub fn read_object<'de, A: MapAccess<'de>>(
    reading: &Reading<'_>,
    mut map: A,
    keys: &[&'static str],
    mut each: impl FnMut(usize, &mut A) -> Result<(), A::Error>,
) -> Result<(), A::Error> {
    let mut seen = 0_u32;
    while let Some(index) = map.next_key_seed(Key(|name: &str| keys.iter().position(|known| *known == name)))? {
        let Some((index, name)) = index.and_then(|index| Some((index, *keys.get(index)?))) else {
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        let outcome = match seen & (1 << index) {
            0 => each(index, &mut map),
            _ => Err(reading.wrong("each key once", "it twice")),
        };
        outcome.map_err(|error| reading.at(PathStep::Key(name), error))?;
        seen |= 1 << index;
    }
    Ok(())
}

/// An object that is read into a tuple of its members' values.
pub struct Object<'a, M> {
    pub reading: &'a Reading<'a>,
    /// What the value must be.
    pub expected: &'static str,
    /// See [`Members`].
    pub members: M,
}

impl<'de, M: Members<'de>> Visitor<'de> for Object<'_, M> {
    type Value = M::Value;

    refuse!(this => this.expected; bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<M::Value, A::Error> {
        self.members.read(self.reading, map)
    }
}

/// The members of an object: a tuple with a pair of key and [`MemberSeed`] for each.
pub trait Members<'de> {
    /// The value of each.
    type Value;

    /// Reads an object.
    fn read<A: MapAccess<'de>>(self, reading: &Reading<'_>, map: A) -> Result<Self::Value, A::Error>;
}

/// What reads the value of a member: [`Any`] for one that has to be there, [`Optional`] for one that may be missing or `null`.
pub trait MemberSeed<'de>: DeserializeSeed<'de> {
    /// The value of a member that is missing, or what to expect instead.
    fn missing(&self) -> Result<Self::Value, String>;
}

impl<'de, V: Visitor<'de>> MemberSeed<'de> for Any<V> {
    fn missing(&self) -> Result<V::Value, String> {
        Err((&self.0 as &dyn Expected).to_string())
    }
}

impl<'de, V: Visitor<'de>> MemberSeed<'de> for Optional<V> {
    fn missing(&self) -> Result<Option<V::Value>, String> {
        Ok(None)
    }
}

/// A member that has to be there; the text is what to expect of a missing one.
pub struct Needed<V>(pub &'static str, pub V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Needed<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.1)
    }
}

impl<'de, V: Visitor<'de>> MemberSeed<'de> for Needed<V> {
    fn missing(&self) -> Result<V::Value, String> {
        Err(self.0.to_owned())
    }
}

/// A member while its object is read: what reads it, then its value.
enum Slot<S, T> {
    Empty(S),
    Taken,
    Filled(T),
}

impl<'de, S: MemberSeed<'de>> Slot<S, S::Value> {
    fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        if let Slot::Empty(seed) = std::mem::replace(self, Slot::Taken) {
            *self = Slot::Filled(map.next_value_seed(seed)?);
        }
        Ok(())
    }

    fn value<E: de::Error>(self, reading: &Reading<'_>, key: &'static str) -> Result<S::Value, E> {
        let missing = match self {
            Slot::Filled(value) => return Ok(value),
            Slot::Empty(seed) => seed.missing(),
            Slot::Taken => Err(String::new()),
        };
        missing.map_err(|expected| reading.at(PathStep::Key(key), reading.wrong(expected, "no such key")))
    }
}

macro_rules! members {
    ($($seed:ident $index:tt),*) => {
        impl<'de, $($seed: MemberSeed<'de>),*> Members<'de> for ($((&'static str, $seed),)*) {
            type Value = ($($seed::Value,)*);

            fn read<A: MapAccess<'de>>(self, reading: &Reading<'_>, map: A) -> Result<Self::Value, A::Error> {
                let keys = [$(self.$index.0),*];
                let mut slots = ($(Slot::Empty(self.$index.1),)*);
                read_object(reading, map, &keys, |index, map| match index {
                    $($index => slots.$index.read(map),)*
                    _ => Ok(()),
                })?;
                Ok(($(slots.$index.value(reading, self.$index.0)?,)*))
            }
        }
    };
}
members!(S0 0);
members!(S0 0, S1 1);
members!(S0 0, S1 1, S2 2);
members!(S0 0, S1 1, S2 2, S3 3);
members!(S0 0, S1 1, S2 2, S3 3, S4 4);
