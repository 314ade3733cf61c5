//! What a pickle holds, as inert data: values in one arena that refer to each other by index.
//!
//! A shared value is stored once, a cycle is just an index, and dropping the arena visits each value once: neither depth nor
//! sharing costs anything.

use std::borrow::Cow;
use std::num::NonZeroU32;

use super::globals::{Global, Meaning};
use super::text::{Text, printable};

/// A value's number in its arena, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::model_file) struct Id(NonZeroU32);

impl Id {
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// One value. Texts and bytes are borrowed from the file.
#[derive(Debug)]
pub(in crate::model_file) enum Value<'a> {
    None,
    Boolean(bool),
    Integer(i64),
    /// An integer of more than 64 bits; nothing that is read here has one.
    LargeInteger,
    Float(f64),
    Text(Text<'a>),
    /// Borrowed, except where Python 2 wrote them with escapes.
    Bytes(Cow<'a, [u8]>),
    /// A set or a frozen set.
    Set(Vec<Id>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// In the file's order; of equal keys the last counts.
    Dict(Vec<(Id, Id)>),
    /// A class or function, by name only.
    Global(Global<'a>),
    /// What Python would get by calling `global` with the tuple `arguments`, adding `items` and setting `state`.
    Object {
        global: Global<'a>,
        arguments: Id,
        state: Option<Id>,
        /// A list or dict of what was added; only where the meaning is opaque.
        items: Option<Id>,
    },
    /// An array in joblib's form.
    Joblib {
        /// The dict of joblib's wrapper.
        wrapper: Id,
        content: JoblibContent<'a>,
    },
}

/// The items of an array in joblib's form.
#[derive(Debug, Clone, Copy)]
pub(in crate::model_file) enum JoblibContent<'a> {
    /// The items' bytes one after the other.
    Raw(&'a [u8]),
    /// An array in a pickle of its own: joblib does this for Python objects.
    Pickled(Id),
}

/// All values of one file.
#[derive(Debug, Default)]
pub(in crate::model_file) struct Values<'a> {
    nodes: Vec<Value<'a>>,
}

impl<'a> Values<'a> {
    /// Stores a value.
    pub(super) fn push(&mut self, value: Value<'a>) -> Result<Id, String> {
        if self.nodes.len() >= VALUES_MAX {
            return Err(format!("expected at most {VALUES_MAX} values, found more"));
        }
        self.nodes.push(value);
        let number = u32::try_from(self.nodes.len()).ok().and_then(NonZeroU32::new);
        number.map(Id).ok_or_else(|| "expected fewer values".to_owned())
    }

    pub(in crate::model_file) fn get(&self, id: Id) -> &Value<'a> {
        self.nodes.get(id.index()).unwrap_or(&Value::None)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Value<'a>> {
        self.nodes.get_mut(id.index())
    }

    /// The items of a tuple.
    pub(in crate::model_file) fn tuple(&self, id: Id) -> Option<&[Id]> {
        if let Value::Tuple(items) = self.get(id) { Some(items) } else { None }
    }

    /// The entries of a dict.
    pub(in crate::model_file) fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        if let Value::Dict(entries) = self.get(id) { Some(entries) } else { None }
    }

    /// The entries of a dict or of a mapping such as `OrderedDict`, in the file's order: of equal keys the last counts. `None` for
    /// what is no mapping, and for one that was made of others' entries: many objects may share these.
    pub(in crate::model_file) fn mapping(&self, id: Id) -> Option<&[(Id, Id)]> {
        let (global, arguments, items) = match self.get(id) {
            Value::Object { global, arguments, items, .. } if global.meaning == Meaning::Mapping => {
                (global, arguments, items)
            }
            _ => return self.dict(id),
        };
        // the first argument of this one makes values of missing keys
        let skipped = usize::from(global.name() == "defaultdict");
        match self.tuple(*arguments)?.get(skipped).map(|id| self.get(*id)) {
            None | Some(Value::None) => {}
            Some(Value::Dict(entries)) if entries.is_empty() => {}
            Some(_) => return None,
        }
        items.map_or(Some(&[]), |items| self.dict(items))
    }

    /// The name of an object's class, or of a class or function itself, in full: `module.name`.
    pub(in crate::model_file) fn class_name(&self, id: Id) -> Option<String> {
        match self.get(id) {
            Value::Global(global) | Value::Object { global, .. } => Some(global.to_string()),
            _ => None,
        }
    }

    /// Whether a value is a foreign class or function, or an object of one.
    pub(in crate::model_file) fn is_foreign(&self, id: Id) -> bool {
        matches!(self.get(id), Value::Global(global) | Value::Object { global, .. } if global.meaning == Meaning::Foreign)
    }

    /// Whether a value is this text.
    pub(in crate::model_file) fn is_text(&self, id: Id, text: &str) -> bool {
        matches!(self.get(id), Value::Text(found) if found.is(text))
    }

    /// The value of a dict's entry with this text as its key.
    pub(in crate::model_file) fn entry(&self, entries: &[(Id, Id)], key: &str) -> Option<Id> {
        entries.iter().rev().find(|(found, _)| self.is_text(*found, key)).map(|(_, value)| *value)
    }

    /// What a value is, for a message: one short line, whatever the file holds.
    pub(in crate::model_file) fn describe(&self, id: Id) -> String {
        match self.get(id) {
            Value::None => "None".to_owned(),
            Value::Boolean(true) => "True".to_owned(),
            Value::Boolean(false) => "False".to_owned(),
            Value::Integer(value) => value.to_string(),
            Value::LargeInteger => "an integer of more than 64 bits".to_owned(),
            Value::Float(value) => format!("{value:?}"),
            Value::Text(text) => format!("`{}`", printable(text.chars())),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Set(items) => format!("a set of {} items", items.len()),
            Value::Tuple(items) => format!("a tuple of {} items", items.len()),
            Value::List(items) => format!("a list of {} items", items.len()),
            Value::Dict(entries) => format!("a dict of {} entries", entries.len()),
            Value::Global(global) => format!("`{global}` itself"),
            Value::Object { global, .. } => global.noun(),
            Value::Joblib { .. } => "an array".to_owned(),
        }
    }
}

/// Values in a file. A model has a few hundred, and one for each column name and each setting that a search tried. At about
/// 130 bytes each, with all that belongs to them, a hostile file stays near 33 MiB.
pub(in crate::model_file) const VALUES_MAX: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value<'_>>() <= 56, "{}", size_of::<Value<'_>>());
    }
}
