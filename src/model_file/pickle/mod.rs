//! Python pickles, protocols 0 to 5, as inert data.
//!
//! In: bytes. Out: a [`Pickle`], values that name each other by index, or the byte and the opcode that are wrong. A pickle is a
//! program for a stack machine whose instructions may call any function. This machine has the same stack and calls nothing: a
//! call becomes a record of its name and its arguments, and names outside a closed list are refused. What the records mean is
//! for the readers of NumPy's, joblib's and scikit-learn's forms to say; they use this folder, which uses none of them.
//!
//! Refused: what only other programs write (Python 2, persistent ids, extension codes, buffers outside of the file), any length
//! above what is left of the file, and more than the limits here. Bytes after the end of the pickle are not looked at.

mod constants;
mod cursor;
mod globals;
mod machine;
mod opcodes;
mod text;
mod value;

pub(super) use cursor::Cursor;
pub(super) use globals::{Global, Meaning};
pub(super) use machine::{Pickle, read};
pub(super) use text::printable;
pub(super) use value::{Id, JoblibContent, Value, Values};
