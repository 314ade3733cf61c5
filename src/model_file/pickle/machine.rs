//! The stack machine: one opcode after another, with every pop, index and count checked.

use std::collections::HashMap;

use super::constants;
use super::cursor::Cursor;
use super::globals::{self, Meaning};
use super::opcodes as op;
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

/// Reads the items that joblib stores behind an array's object; `None` if a pickle of the array follows instead. The `Id` is the
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
        values: Values::default(),
        stream: Stream::default(),
        outer: None,
        is_joblib: false,
    };
    for _ in 0..OPCODES_MAX {
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
            Some(root) => return Ok(Pickle { values: machine.values, root, is_joblib: machine.is_joblib }),
        }
    }
    let problem = format!("expected at most {OPCODES_MAX} opcodes, found more");
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

/// What belongs to one pickle alone.
#[derive(Default)]
struct Stream {
    stack: Vec<Id>,
    /// Height of the stack at each MARK.
    marks: Vec<usize>,
    /// A map, not a vector: numbers go up to 2^32 - 1.
    memo: HashMap<u32, Id>,
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
            op::MARK => self.stream.marks.push(self.stream.stack.len()),
            op::POP => {
                if self.above_mark() == 0 && self.stream.marks.pop().is_some() {
                    return Ok(None);
                }
                self.pop(1)?;
            }
            op::EMPTY_TUPLE | op::TUPLE | op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => self.tuple(opcode)?,
            op::EMPTY_LIST | op::LIST | op::APPEND | op::APPENDS => self.list(opcode)?,
            op::EMPTY_DICT | op::DICT | op::SETITEM | op::SETITEMS => self.dict(opcode)?,
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => self.memorise(opcode)?,
            op::GET | op::BINGET | op::LONG_BINGET => {
                let index = self.memo_index(opcode)?;
                let id = self.stream.memo.get(&index).copied();
                self.stream.stack.push(id.ok_or_else(|| format!("expected memo entry {index} to be set before"))?);
            }
            op::GLOBAL | op::STACK_GLOBAL | op::INST => self.global(opcode)?,
            op::REDUCE | op::NEWOBJ => self.object()?,
            op::BUILD => self.build()?,
            _ => return Err(refusal(opcode).to_owned()),
        }
        Ok(None)
    }

    fn stop(&mut self) -> Result<Option<Id>, String> {
        let [root] = self.pop_array()?;
        if !self.stream.stack.is_empty() || !self.stream.marks.is_empty() {
            let (items, marks) = (self.stream.stack.len(), self.stream.marks.len());
            return Err(format!("expected one object on the stack, found {items} more items and {marks} open marks"));
        }
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
            op::TUPLE1 => self.pop(1)?,
            op::TUPLE2 => self.pop(2)?,
            op::TUPLE3 => self.pop(3)?,
            _ => self.pop_mark()?,
        };
        self.push(Value::Tuple(items))
    }

    fn list(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            op::EMPTY_LIST => return self.push(Value::List(Vec::new())),
            op::LIST => {
                let items = self.pop_mark()?;
                return self.push(Value::List(items));
            }
            op::APPEND => self.pop(1)?,
            _ => self.pop_mark()?,
        };
        let target = self.top()?;
        match self.values.get_mut(target) {
            Some(Value::List(list)) => list.extend(items),
            _ => return Err(format!("expected a list to append to, found {}", self.values.describe(target))),
        }
        Ok(())
    }

    fn dict(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            op::EMPTY_DICT => return self.push(Value::Dict(Vec::new())),
            op::SETITEM => self.pop(2)?,
            _ => self.pop_mark()?,
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
        let target = self.top()?;
        match self.values.get_mut(target) {
            Some(Value::Dict(dict)) => dict.extend(entries),
            _ => return Err(format!("expected a dict to add to, found {}", self.values.describe(target))),
        }
        Ok(())
    }

    fn memorise(&mut self, opcode: u8) -> Result<(), String> {
        let index = match opcode {
            op::MEMOIZE => u32::try_from(self.stream.memo.len()).unwrap_or(u32::MAX),
            _ => self.memo_index(opcode)?,
        };
        let id = self.top()?;
        self.stream.memo.insert(index, id);
        if self.stream.memo.len() > MEMO_ENTRIES_MAX {
            return Err(format!("expected at most {MEMO_ENTRIES_MAX} memo entries, found more"));
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

    fn global(&mut self, opcode: u8) -> Result<(), String> {
        let global = if opcode == op::STACK_GLOBAL {
            let [module, name] = self.pop_array()?;
            let (Value::Text(module), Value::Text(name)) = (self.values.get(module), self.values.get(name)) else {
                let found = [module, name].map(|id| self.values.describe(id)).join(" and ");
                return Err(format!("expected the names of a module and of what it holds, found {found}"));
            };
            globals::find(&module.decode(), &name.decode())?
        } else {
            let module = constants::utf8(self.cursor.line()?)?;
            globals::find(module, constants::utf8(self.cursor.line()?)?)?
        };
        if opcode == op::INST {
            return Err(refusal(opcode).to_owned());
        }
        self.push(Value::Global(global))
    }

    /// Records a call instead of making it.
    fn object(&mut self) -> Result<(), String> {
        let [callable, arguments] = self.pop_array()?;
        let Value::Global(global) = self.values.get(callable) else {
            return Err(format!("expected a class or function, found {}", self.values.describe(callable)));
        };
        let Some(items) = self.values.tuple(arguments) else {
            return Err(format!("expected a tuple of arguments, found {}", self.values.describe(arguments)));
        };
        if global.meaning != Meaning::Reconstructor {
            return self.push(Value::Object { global, arguments, state: None });
        }
        // protocols 0 and 1: _reconstructor(class, object, None) does what NEWOBJ does in later ones
        let [class, base, state] = items else {
            return Err(format!("expected 3 arguments of `{global}`, found {}", items.len()));
        };
        match (self.values.get(*class), self.values.get(*base), self.values.get(*state)) {
            (&Value::Global(class), Value::Global(base), Value::None) if base.meaning == Meaning::Object => {
                let arguments = self.values.push(Value::Tuple(Vec::new()))?;
                self.push(Value::Object { global: class, arguments, state: None })
            }
            _ => Err(format!("expected a class, `object` and None as arguments of `{global}`, found others")),
        }
    }

    fn build(&mut self) -> Result<(), String> {
        let [new_state] = self.pop_array()?;
        let target = self.top()?;
        let is_joblib = match self.values.get_mut(target) {
            Some(Value::Object { state: state @ None, global, .. }) => {
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
            return Err("expected no array of joblib's inside an array of objects, found one".to_owned());
        }
        match (self.read_joblib_items)(&self.values, new_state, &mut self.cursor)? {
            Some(bytes) => self.replace(target, new_state, JoblibContent::Raw(bytes)),
            None => {
                let stream = std::mem::take(&mut self.stream);
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
        self.stream.stack.push(id);
        Ok(())
    }

    /// Number of items above the last MARK: an opcode may take no more.
    fn above_mark(&self) -> usize {
        self.stream.stack.len().saturating_sub(self.stream.marks.last().copied().unwrap_or(0))
    }

    fn top(&self) -> Result<Id, String> {
        let top = self.stream.stack.last().filter(|_| self.above_mark() > 0);
        top.copied().ok_or_else(|| missing(1, 0))
    }

    /// Takes the last `count` items, in the order in which they were pushed.
    fn pop(&mut self, count: usize) -> Result<Vec<Id>, String> {
        let found = self.above_mark();
        if found < count {
            return Err(missing(count, found));
        }
        Ok(self.stream.stack.split_off(self.stream.stack.len() - count))
    }

    /// [`pop`](Self::pop) of as many items as the array has.
    fn pop_array<const N: usize>(&mut self) -> Result<[Id; N], String> {
        let found = self.above_mark();
        let last = self.stream.stack.last_chunk::<N>().copied().filter(|_| found >= N);
        let items = last.ok_or_else(|| missing(N, found))?;
        self.stream.stack.truncate(self.stream.stack.len() - N);
        Ok(items)
    }

    /// Takes the items above the last MARK, and the mark.
    fn pop_mark(&mut self) -> Result<Vec<Id>, String> {
        let height = self.stream.marks.pop().ok_or("expected a mark below, found none")?;
        Ok(self.stream.stack.split_off(height))
    }
}

fn missing(expected: usize, found: usize) -> String {
    format!("expected {expected} stack item{}, found {found}", if expected == 1 { "" } else { "s" })
}

/// Why an opcode that Python knows is not carried out.
fn refusal(opcode: u8) -> &'static str {
    match opcode {
        op::PERSID | op::BINPERSID => "refuses a persistent id: it stands for something outside of the file",
        op::EXT1 | op::EXT2 | op::EXT4 => "refuses an extension code: it stands for a name outside of the file",
        op::NEXT_BUFFER | op::READONLY_BUFFER => {
            "refuses a buffer outside of the file: save the model without `buffer_callback`"
        }
        _ => "refuses this opcode: no model of scikit-learn's is written with it",
    }
}

/// Opcodes in a file. Python writes fewer than four for each value; a list that holds itself a million times is refused here.
pub(in crate::model_file) const OPCODES_MAX: usize = 1 << 20;

/// Entries of a memo, of about 18 bytes each. Python writes at most one for each value.
const MEMO_ENTRIES_MAX: usize = 1 << 18;
