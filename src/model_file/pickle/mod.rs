//! Python pickles, protocols 0 to 5, as inert data.
//!
//! In: bytes. Out: a [`Pickle`], whose values refer to each other by index, or the byte and the opcode that are wrong. A pickle
//! is a program for a stack machine whose instructions may call any function. This machine has the same stack but calls nothing:
//! a call becomes a record of its name and its arguments. The readers of NumPy's, joblib's and scikit-learn's forms say what the
//! records mean; they use this folder, and it uses none of them. A name that means nothing to them is foreign: what is made of it
//! takes anything and changes nothing else, and where an answer depends on it the readers refuse it.
//!
//! A `str` of Python 2 is bytes: it is read as text where it is ASCII.
//!
//! Refused: what stands outside of the file (persistent ids, extension codes, buffers), any length beyond the end of the file, and
//! anything above the limits here. Bytes after the end of the pickle are ignored.

mod class_kind;
mod constants;
mod cursor;
mod globals;
mod machine;
mod opcodes;
mod stream;
mod text;
mod value;

pub(super) use class_kind::ClassKind;
pub(super) use cursor::Cursor;
pub(super) use globals::{Global, Meaning};
pub(super) use machine::{Pickle, read};
pub(super) use text::printable;
pub(super) use value::{Id, JoblibContent, Value, Values};
