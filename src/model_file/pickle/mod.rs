//! Python pickles, protocols 0 to 5, as inert data.
//!
//! In: bytes. Out: a [`Pickle`], whose values refer to each other by index, or the byte and the opcode that are wrong. A pickle
//! is a program for a stack machine whose instructions may call any function. This machine has the same stack but calls nothing:
//! a call becomes a record of its name and its arguments, and names outside a closed list are refused. The readers of NumPy's,
//! joblib's and scikit-learn's forms say what the records mean; they use this folder, and it uses none of them.
//!
//! Refused: what only other programs write (Python 2, persistent ids, extension codes, buffers outside the file), any length
//! beyond the end of the file, and anything above the limits here. Bytes after the end of the pickle are ignored.

mod class_kind;
mod constants;
mod cursor;
mod globals;
mod machine;
mod opcodes;
mod text;
mod value;

pub(super) use class_kind::ClassKind;
pub(super) use cursor::Cursor;
pub(super) use globals::{Global, Meaning};
pub(super) use machine::{Pickle, read};
pub(super) use text::printable;
pub(super) use value::{Id, JoblibContent, Value, Values};
