//! The stack machine: one opcode after another, with every pop, index and count checked.

use std::rc::Rc;

use super::constants;
use super::cursor::Cursor;
use super::globals::{self, Global, Meaning};
use super::opcodes as op;
use super::stream::Stream;
use super::text::Text;
use super::value::{Id, JoblibContent, Value, Values};
use crate::model_file::Error;

/// A whole pickle.
pub(in crate::model_file) struct Pickle<'a> {
    pub(in crate::model_file) values: Values<'a>,
    /// The object that was saved.
    pub(in crate::model_file) root: Id,
    /// Whether joblib wrote it.
    pub(in crate::model_file) is_joblib: bool,
}

/// Reads the items that joblib stores after an array's object; `None` if a pickle of the array follows instead. The `Id` is the
/// dict of joblib's wrapper.
///
/// How many bytes they are depends on NumPy's types, which this folder does not know: so the caller hands the function in.
pub(in crate::model_file) type ReadItems =
    for<'a> fn(&Values<'_>, Id, &mut Cursor<'a>) -> Result<Option<&'a [u8]>, String>;

/// Reads the pickle at the start of `bytes`.
///
/// # Errors
/// [`Error::Pickle`] with the opcode that is wrong and its offset.
pub(in crate::model_file) fn read(bytes: &[u8], read_joblib_items: ReadItems) -> Result<Pickle<'_>, Error> {
    let mut machine = Machine {
        cursor: Cursor::new(bytes),
        read_joblib_items,
        values: Values::of_file(bytes.len()),
        stream: Stream::of_file(bytes.len()),
        outer: None,
        is_joblib: false,
    };
    let opcodes_max = (OPCODES_ALWAYS + bytes.len() / BYTES_OF_OPCODE).min(OPCODES_MAX);
    for _ in 0..opcodes_max {
        let offset = machine.cursor.offset();
        let error = |opcode, problem| Error::Pickle { offset, opcode, problem, inflated: false };
        let Some(opcode) = machine.cursor.next() else {
            return Err(error(None, "expected an opcode, found the end".to_owned()));
        };
        let Some(name) = op::name(opcode) else {
            return Err(error(None, format!("expected an opcode of protocols 0 to 5, found {opcode:#04x}")));
        };
        match machine.step(opcode).map_err(|problem| error(Some(name), problem))? {
            None => {}
            Some(root) => {
                machine.values.shrink();
                return Ok(Pickle { values: machine.values, root, is_joblib: machine.is_joblib });
            }
        }
    }
    let problem = format!("expected at most {opcodes_max} opcodes in a file of this size, found more");
    Err(Error::Pickle { offset: machine.cursor.offset(), opcode: None, problem, inflated: false })
}

struct Machine<'a> {
    cursor: Cursor<'a>,
    read_joblib_items: ReadItems,
    values: Values<'a>,
    stream: Stream,
    /// The pickle around the current one, if joblib put one inside it. There is no third level.
    outer: Option<Outer>,
    is_joblib: bool,
}

struct Outer {
    stream: Stream,
    /// The object that is joblib's wrapper now and becomes an array.
    object: Id,
    wrapper: Id,
}

impl<'a> Machine<'a> {
    /// Carries out one opcode. Returns the saved object at the very end.
    fn step(&mut self, opcode: u8) -> Result<Option<Id>, String> {
        if let Some(value) = constants::read(opcode, &mut self.cursor)? {
            self.push(value)?;
            return Ok(None);
        }
        match opcode {
            op::STOP => return self.stop(),
            op::PROTO => match self.cursor.array()? {
                [0..=5] => {}
                [found] => return Err(format!("expected a protocol of 0 to 5, found {found}")),
            },
            op::FRAME => {
                // a frame is only a hint to read ahead
                let length = u64::from_le_bytes(self.cursor.array()?);
                Cursor::new(self.cursor.rest()).take(length)?;
            }
            op::MARK => self.stream.mark(),
            op::POP => self.stream.pop_one()?,
            op::POP_MARK => drop(self.stream.pop_mark()?),
            op::DUP => {
                let top = self.stream.top()?;
                self.stream.push(top);
            }
            op::EMPTY_TUPLE | op::TUPLE | op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => self.tuple(opcode)?,
            op::EMPTY_LIST | op::LIST | op::APPEND | op::APPENDS => self.list(opcode)?,
            op::EMPTY_SET | op::ADDITEMS | op::FROZENSET => self.set(opcode)?,
            op::EMPTY_DICT | op::DICT | op::SETITEM | op::SETITEMS => self.dict(opcode)?,
            op::MEMOIZE => self.stream.remember(None)?,
            op::PUT | op::BINPUT | op::LONG_BINPUT => {
                let index = self.memo_index(opcode)?;
                self.stream.remember(Some(index))?;
            }
            op::GET | op::BINGET | op::LONG_BINGET => {
                let index = self.memo_index(opcode)?;
                self.stream.recall(index)?;
            }
            op::GLOBAL | op::STACK_GLOBAL => {
                let global = self.global(opcode)?;
                self.push(Value::Global(Rc::new(global)))?;
            }
            op::REDUCE | op::NEWOBJ => {
                let [callable, arguments] = self.stream.pop_array()?;
                self.object(callable, arguments)?;
            }
            op::NEWOBJ_EX | op::INST | op::OBJ => self.opaque_object(opcode)?,
            op::BUILD => self.build()?,
            _ => return Err(op::refusal(opcode).to_owned()),
        }
        Ok(None)
    }

    fn stop(&mut self) -> Result<Option<Id>, String> {
        let root = self.stream.pop_last()?;
        let Some(outer) = self.outer.take() else {
            return Ok(Some(root));
        };
        self.stream = outer.stream;
        self.replace(outer.object, outer.wrapper, JoblibContent::Pickled(root));
        Ok(None)
    }

    fn tuple(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            op::EMPTY_TUPLE => Vec::new(),
            op::TUPLE1 => self.stream.pop(1)?,
            op::TUPLE2 => self.stream.pop(2)?,
            op::TUPLE3 => self.stream.pop(3)?,
            _ => self.stream.pop_mark()?,
        };
        self.push(Value::Tuple(items.into()))
    }

    fn list(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            op::EMPTY_LIST => return self.push(Value::List(Vec::new().into())),
            op::LIST => {
                let items = self.stream.pop_mark()?;
                return self.push(Value::List(items.into()));
            }
            op::APPEND => self.stream.pop(1)?,
            _ => self.stream.pop_mark()?,
        };
        let target = self.stream.top()?;
        match self.values.get_mut(target) {
            Some(Value::List(list)) => list.extend(&items),
            _ => self.add_to_opaque(target, "a list to append to", Value::List(items.into()))?,
        }
        Ok(())
    }

    fn set(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            op::EMPTY_SET => return self.push(Value::Set(Vec::new())),
            _ => self.stream.pop_mark()?,
        };
        if opcode == op::FROZENSET {
            return self.push(Value::Set(items));
        }
        let target = self.stream.top()?;
        match self.values.get_mut(target) {
            Some(Value::Set(set)) => set.extend(items),
            _ => self.add_to_opaque(target, "a set to add to", Value::List(items.into()))?,
        }
        Ok(())
    }

    fn dict(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            op::EMPTY_DICT => return self.push(Value::Dict(Vec::new())),
            op::SETITEM => self.stream.pop(2)?,
            _ => self.stream.pop_mark()?,
        };
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(format!("expected a value for each key, found {} items", items.len()));
        };
        for [key, _] in pairs {
            if matches!(self.values.get(*key), Value::List(_) | Value::Dict(_)) {
                return Err(format!("expected a plain value as a key, found {}", self.values.describe(*key)));
            }
        }
        let entries = pairs.iter().map(|[key, value]| (*key, *value));
        if opcode == op::DICT {
            return self.push(Value::Dict(entries.collect()));
        }
        let target = self.stream.top()?;
        match self.values.get_mut(target) {
            Some(Value::Dict(dict)) => dict.extend(entries),
            _ => self.add_to_opaque(target, "a dict to add to", Value::Dict(entries.collect()))?,
        }
        Ok(())
    }

    /// Keeps what is added to an object of an opaque class, or gives the error for any other target. Of an object that is both
    /// a list and a dict only the first kind is kept.
    fn add_to_opaque(&mut self, target: Id, expected: &str, added: Value<'a>) -> Result<(), String> {
        let items = match self.values.get(target) {
            Value::Object { global, items, .. } if global.meaning.is_opaque() => *items,
            _ => return Err(format!("expected {expected}, found {}", self.values.describe(target))),
        };
        let Some(items) = items else {
            let new = self.values.push(added)?;
            if let Some(Value::Object { items, .. }) = self.values.get_mut(target) {
                *items = Some(new);
            }
            return Ok(());
        };
        match (self.values.get_mut(items), added) {
            (Some(Value::List(list)), Value::List(added)) => list.extend(&added),
            (Some(Value::Dict(dict)), Value::Dict(added)) => dict.extend(added),
            _ => {}
        }
        Ok(())
    }

    fn memo_index(&mut self, opcode: u8) -> Result<u32, String> {
        match opcode {
            op::BINPUT | op::BINGET => Ok(u32::from(u8::from_le_bytes(self.cursor.array()?))),
            op::LONG_BINPUT | op::LONG_BINGET => Ok(u32::from_le_bytes(self.cursor.array()?)),
            _ => {
                let line = self.cursor.line()?;
                let index = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
                index.ok_or_else(|| "expected a memo index below 4294967296".to_owned())
            }
        }
    }

    fn global(&mut self, opcode: u8) -> Result<Global<'a>, String> {
        if opcode != op::STACK_GLOBAL {
            let module = constants::utf8(self.cursor.line()?)?;
            return Ok(globals::find(module, constants::utf8(self.cursor.line()?)?));
        }
        let [module, name] = self.stream.pop_array()?;
        match (self.values.get(module), self.values.get(name)) {
            (Value::Text(Text::Utf8(module)), Value::Text(Text::Utf8(name))) => Ok(globals::find(module, name)),
            _ => {
                let found = [module, name].map(|id| self.values.describe(id)).join(" and ");
                Err(format!("expected the names of a module and of what it holds, in UTF-8, found {found}"))
            }
        }
    }

    /// Records a call instead of making it.
    fn object(&mut self, callable: Id, arguments: Id) -> Result<(), String> {
        let global = match self.values.get(callable) {
            Value::Global(global) => Rc::clone(global),
            // what a foreign function has made is called
            Value::Object { global, .. } if global.meaning.is_opaque() => Rc::new(global.foreign()),
            _ => return Err(format!("expected a class or function, found {}", self.values.describe(callable))),
        };
        let Some(items) = self.values.tuple(arguments) else {
            return Err(format!("expected a tuple of arguments, found {}", self.values.describe(arguments)));
        };
        if global.meaning != Meaning::Reconstructor {
            return self.push(Value::Object { global, arguments, state: None, items: None });
        }
        // protocols 0 and 1: _reconstructor(class, object, None) does what NEWOBJ does in later ones; for the kin of dict and
        // list it gives their items as well
        let [class, base, state] = *items else {
            return Err(format!("expected 3 arguments of `{global}`, found {}", items.len()));
        };
        match (self.values.get(class), self.values.get(base), self.values.get(state)) {
            (Value::Global(class), Value::Global(base), Value::None) if base.meaning == Meaning::Object => {
                let global = Rc::clone(class);
                let arguments = self.values.push(Value::Tuple(Vec::new().into()))?;
                self.push(Value::Object { global, arguments, state: None, items: None })
            }
            (Value::Global(class), Value::Global(_), _) if class.meaning.is_opaque() => {
                let global = Rc::clone(class);
                let arguments = self.values.push(Value::Tuple(vec![state].into()))?;
                self.push(Value::Object { global, arguments, state: None, items: None })
            }
            (Value::Object { global, .. }, Value::Global(_), _) if global.meaning.is_opaque() => {
                let global = Rc::new(global.foreign());
                self.push(Value::Object { global, arguments, state: None, items: None })
            }
            _ => Err(format!("expected a class, `object` and None as arguments of `{global}`, found others")),
        }
    }

    /// Objects made in ways that scikit-learn's are not: with arguments that have names, or as Python 2 made them.
    fn opaque_object(&mut self, opcode: u8) -> Result<(), String> {
        let (callable, arguments) = match opcode {
            op::NEWOBJ_EX => {
                let [class, arguments, _named] = self.stream.pop_array()?;
                (class, arguments)
            }
            op::INST => {
                let global = self.global(opcode)?;
                let arguments = self.stream.pop_mark()?;
                (self.values.push(Value::Global(Rc::new(global)))?, self.values.push(Value::Tuple(arguments.into()))?)
            }
            _ => {
                let items = self.stream.pop_mark()?;
                let [class, arguments @ ..] = items.as_slice() else {
                    return Err("expected a class above the mark, found none".to_owned());
                };
                (*class, self.values.push(Value::Tuple(arguments.to_vec().into()))?)
            }
        };
        match self.values.get(callable) {
            Value::Global(global) | Value::Object { global, .. } if !global.meaning.is_opaque() => {
                Err(format!("expected `{global}` to be made in another way, as scikit-learn writes no model like this"))
            }
            _ => self.object(callable, arguments),
        }
    }

    fn build(&mut self) -> Result<(), String> {
        let [new_state] = self.stream.pop_array()?;
        let target = self.stream.top()?;
        let is_joblib = match self.values.get_mut(target) {
            Some(Value::Object { state, global, .. }) if state.is_none() || global.meaning.is_opaque() => {
                *state = Some(new_state);
                global.meaning == Meaning::JoblibArray
            }
            Some(Value::Object { .. }) => {
                return Err("expected an object without state, found one with state".to_owned());
            }
            _ => return Err(format!("expected an object to give a state, found {}", self.values.describe(target))),
        };
        if !is_joblib {
            return Ok(());
        }
        self.is_joblib = true;
        if self.outer.is_some() {
            return Err("expected no joblib array inside an array of objects, found one".to_owned());
        }
        match (self.read_joblib_items)(&self.values, new_state, &mut self.cursor)? {
            Some(bytes) => self.replace(target, new_state, JoblibContent::Raw(bytes)),
            None => {
                let inner = self.stream.inner();
                let stream = std::mem::replace(&mut self.stream, inner);
                self.outer = Some(Outer { stream, object: target, wrapper: new_state });
            }
        }
        Ok(())
    }

    fn replace(&mut self, object: Id, wrapper: Id, content: JoblibContent<'a>) {
        if let Some(value) = self.values.get_mut(object) {
            *value = Value::Joblib { wrapper, content };
        }
    }

    fn push(&mut self, value: Value<'a>) -> Result<(), String> {
        let id = self.values.push(value)?;
        self.stream.push(id);
        Ok(())
    }
}

/// Opcodes that any file may have. Python writes fewer than four for each value; a list that holds itself a million times is refused here.
const OPCODES_ALWAYS: usize = 1 << 20;

/// Beyond that, bytes of a file for each opcode: a word of a vocabulary has three opcodes and its letters, or ten and a number of NumPy's.
const BYTES_OF_OPCODE: usize = 2;

/// Opcodes of the largest vocabulary.
const OPCODES_MAX: usize = 1 << 26;
