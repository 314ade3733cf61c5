//! Objects with known keys, in any order and among unknown ones.

use serde::de::{self, Expected, IgnoredAny, MapAccess, Visitor};

use super::place::PathStep;
use super::reading::Reading;
use super::seeds::{Any, Key, Optional};
use super::visitors::refuse;

/// Walks through an object: `each` takes the value of the key with this index; unknown keys are skipped without recursion.
/// `keys`: at most 32.
pub(in crate::api) fn read_object<'de, A: MapAccess<'de>>(
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

/// An object of which nothing but the values of its members is wanted.
pub(in crate::api) struct Object<'a, M> {
    pub(in crate::api) reading: &'a Reading<'a>,
    /// What the value must be.
    pub(in crate::api) expected: &'static str,
    /// A tuple of [`required`] and [`optional`] ones.
    pub(in crate::api) members: M,
}

impl<'de, M: Members<'de>> Visitor<'de> for Object<'_, M> {
    type Value = M::Value;

    refuse!(this => this.expected; bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<M::Value, A::Error> {
        self.members.read(self.reading, map)
    }
}

/// The members of an object.
pub(in crate::api) trait Members<'de> {
    /// Their values.
    type Value;

    /// Reads the values.
    fn read<A: MapAccess<'de>>(self, reading: &Reading<'_>, map: A) -> Result<Self::Value, A::Error>;
}

/// One member of an object.
pub(in crate::api) trait ObjectMember<'de> {
    /// Its value.
    type Value;

    /// Its key.
    fn key(&self) -> &'static str;

    /// Reads the value, once.
    fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error>;

    /// The value, once all of the object has been read.
    fn end<E: de::Error>(self, reading: &Reading<'_>) -> Result<Self::Value, E>;
}

/// See [`required`].
pub(in crate::api) struct RequiredMember<V, T> {
    key: &'static str,
    missing: Option<&'static str>,
    visitor: Option<V>,
    value: Option<T>,
}

/// A member that has to be there.
pub(in crate::api) fn required<'de, V: Visitor<'de>>(key: &'static str, visitor: V) -> RequiredMember<V, V::Value> {
    RequiredMember { key, missing: None, visitor: Some(visitor), value: None }
}

impl<V, T> RequiredMember<V, T> {
    /// What to expect of a missing member, if not what the visitor expects of its value.
    pub(in crate::api) fn or_expect(self, missing: &'static str) -> RequiredMember<V, T> {
        RequiredMember { missing: Some(missing), ..self }
    }
}

impl<'de, V: Visitor<'de>> ObjectMember<'de> for RequiredMember<V, V::Value> {
    type Value = V::Value;

    fn key(&self) -> &'static str {
        self.key
    }

    fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        if let Some(visitor) = self.visitor.take() {
            self.value = Some(map.next_value_seed(Any(visitor))?);
        }
        Ok(())
    }

    fn end<E: de::Error>(self, reading: &Reading<'_>) -> Result<V::Value, E> {
        self.value.ok_or_else(|| {
            let expected = self.visitor.as_ref().map(|visitor| (visitor as &dyn Expected).to_string());
            let expected = self.missing.map(str::to_owned).or(expected).unwrap_or_default();
            reading.at(PathStep::Key(self.key), reading.wrong(expected, "no such key"))
        })
    }
}

/// See [`optional`].
pub(in crate::api) struct OptionalMember<V, T> {
    key: &'static str,
    visitor: Option<V>,
    value: Option<T>,
}

/// A member that may be missing or `null`.
pub(in crate::api) fn optional<'de, V: Visitor<'de>>(key: &'static str, visitor: V) -> OptionalMember<V, V::Value> {
    OptionalMember { key, visitor: Some(visitor), value: None }
}

impl<'de, V: Visitor<'de>> ObjectMember<'de> for OptionalMember<V, V::Value> {
    type Value = Option<V::Value>;

    fn key(&self) -> &'static str {
        self.key
    }

    fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        if let Some(visitor) = self.visitor.take() {
            self.value = map.next_value_seed(Optional(visitor))?;
        }
        Ok(())
    }

    fn end<E: de::Error>(self, _: &Reading<'_>) -> Result<Option<V::Value>, E> {
        Ok(self.value)
    }
}

macro_rules! members {
    ($($member:ident $index:tt),*) => {
        impl<'de, $($member: ObjectMember<'de>),*> Members<'de> for ($($member,)*) {
            type Value = ($($member::Value,)*);

            fn read<A: MapAccess<'de>>(mut self, reading: &Reading<'_>, map: A) -> Result<Self::Value, A::Error> {
                let keys = [$(self.$index.key()),*];
                read_object(reading, map, &keys, |index, map| match index {
                    $($index => self.$index.read(map),)*
                    _ => Ok(()),
                })?;
                Ok(($(self.$index.end(reading)?,)*))
            }
        }
    };
}
members!(A0 0);
members!(A0 0, A1 1);
members!(A0 0, A1 1, A2 2, A3 3);
members!(A0 0, A1 1, A2 2, A3 3, A4 4);
