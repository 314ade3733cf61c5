//! What a pickle holds, as inert data: values in one arena that refer to each other by index.
//!
//! A shared value is stored once, a cycle is just an index, and dropping the arena visits each value once: neither depth nor
//! sharing costs anything.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::rc::Rc;

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
    Tuple(IdList),
    List(IdList),
    /// In the file's order; of equal keys the last counts.
    Dict(Vec<(Id, Id)>),
    /// A class or function, by name only; what is made of it shares it.
    Global(Rc<Global<'a>>),
    /// What Python would get by calling `global` with the tuple `arguments`, adding `items` and setting `state`.
    Object {
        global: Rc<Global<'a>>,
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

/// The items of a tuple or a list: a vocabulary has a tuple of two for each word.
#[derive(Debug)]
pub(in crate::model_file) enum IdList {
    /// One item.
    One([Id; 1]),
    /// Two items.
    Two([Id; 2]),
    /// Any other number of items.
    Many(Vec<Id>),
}

impl From<Vec<Id>> for IdList {
    fn from(items: Vec<Id>) -> IdList {
        match *items.as_slice() {
            [one] => IdList::One([one]),
            [one, two] => IdList::Two([one, two]),
            _ => IdList::Many(items),
        }
    }
}

impl IdList {
    /// Appends others.
    pub(super) fn extend(&mut self, others: &[Id]) {
        if let IdList::Many(items) = self {
            items.extend_from_slice(others);
        } else {
            *self = IdList::Many([&**self, others].concat());
        }
    }
}

impl Deref for IdList {
    type Target = [Id];

    fn deref(&self) -> &[Id] {
        match self {
            IdList::One(items) => items,
            IdList::Two(items) => items,
            IdList::Many(items) => items,
        }
    }
}

/// All values of one file.
#[derive(Debug)]
pub(in crate::model_file) struct Values<'a> {
    /// In blocks, so that none is copied when there are many.
    blocks: Vec<Vec<Value<'a>>>,
    /// How many there may be.
    values_max: usize,
}

impl<'a> Values<'a> {
    /// Room for the values of a file of so many bytes.
    pub(super) fn of_file(bytes: usize) -> Self {
        Self { blocks: Vec::new(), values_max: values_max(bytes) }
    }

    /// Stores a value.
    pub(super) fn push(&mut self, value: Value<'a>) -> Result<Id, String> {
        let full = self.blocks.len().saturating_sub(1) * BLOCK_VALUES;
        let count = full + self.blocks.last().map_or(0, Vec::len);
        if count >= self.values_max {
            return Err(format!("expected at most {} values in a file of this size, found more", self.values_max));
        }
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK_VALUES => block.push(value),
            _ => self.blocks.push(vec![value]),
        }
        let number = u32::try_from(count + 1).ok().and_then(NonZeroU32::new);
        number.map(Id).ok_or_else(|| "expected fewer values".to_owned())
    }

    /// Gives back what was taken for more values.
    pub(super) fn shrink(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            block.shrink_to_fit();
        }
    }

    pub(in crate::model_file) fn get(&self, id: Id) -> &Value<'a> {
        let block = self.blocks.get(id.index() / BLOCK_VALUES);
        block.and_then(|block| block.get(id.index() % BLOCK_VALUES)).unwrap_or(&Value::None)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Value<'a>> {
        self.blocks.get_mut(id.index() / BLOCK_VALUES)?.get_mut(id.index() % BLOCK_VALUES)
    }

    /// The items of a set or a frozen set.
    pub(in crate::model_file) fn set(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Set(items) => Some(items),
            // protocols 2 and 3 make one of a list
            Value::Object { global, arguments, state: None, items: None } if global.meaning == Meaning::Set => {
                match self.tuple(*arguments)? {
                    [] => Some(&[]),
                    [list] => match self.get(*list) {
                        Value::List(items) => Some(items),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
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
            _ if self.set(id).is_some() => format!("a set of {} items", self.set(id).unwrap_or_default().len()),
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

/// Values of a file of so many bytes. A model has a few hundred, and one for each column name and each setting that a search tried; a
/// vocabulary has two or four for each word of about twelve letters. At about 40 bytes each, with all that belongs to them, a hostile file takes
/// ten to fifteen times its own size.
pub(super) fn values_max(bytes: usize) -> usize {
    (VALUES_ALWAYS + bytes / BYTES_OF_VALUE).min(VALUES_MAX)
}

/// Values that any file may have.
const VALUES_ALWAYS: usize = 1 << 18;

/// Beyond that, bytes of a file for each value: the number and the text of a word of three letters have five each.
const BYTES_OF_VALUE: usize = 4;

/// Values of the largest vocabulary.
const VALUES_MAX: usize = 1 << 24;

/// Values of a block: 2 MiB.
const BLOCK_VALUES: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value<'_>>() <= 32, "{}", size_of::<Value<'_>>());
    }
}
