//! From the content of a request to rows of f64 in the model's feature order. Content is read as a stream: no tree of it is ever
//! built, and no row allocates anything.
//!
//! Every dialect is put together from the parts of this folder: a row by name ([`record`]), arrays of rows ([`list`]), an
//! object of columns ([`columns`]), pandas' split form ([`split`]), tensors ([`tensor`]). [`envelope`] is the object around
//! rows. [`object`] and [`visitors`] are what all of them read with, [`cell`] says which number stands for a value in its column,
//! [`reading`] what is wrong and where, and [`table`] hands the rows out.
//!
//! Keys may come in any order; unknown ones are skipped without recursion. A missing or repeated feature, and one that its column
//! does not take, is an error that names it. Rows count from 0, as in the JSON pointer.

mod bare_nan;
mod bytes;
mod cell;
mod columns;
mod datatype;
mod elements;
mod envelope;
mod field_names;
mod lines;
mod list;
mod nearest_key;
mod object;
mod place;
mod reading;
mod record;
mod records;
mod seeds;
mod split;
mod table;
mod tensor;
mod tensor_shape;
mod texts;
mod visitors;

pub(super) use bytes::Bytes;
pub use cell::Refusal;
pub(super) use cell::{INEXACT, is_absent};
pub(super) use datatype::Datatype;
pub(super) use envelope::{Form, Part, expected_output};
pub use field_names::FieldNames;
pub use lines::read_json_line;
pub(super) use lines::{read_csv, read_json_lines};
pub(super) use list::{List, Row, RowForm};
pub(super) use object::{Members, Object};
pub(super) use place::PathStep;
pub(super) use reading::{Reading, check_text};
pub(super) use record::append_row;
pub use records::{Batch, read_records};
pub(super) use seeds::{Any, Optional};
pub(super) use table::{Cells, Table};
pub(super) use tensor::{Input, Known, Tensor, TensorData};
pub(super) use tensor_shape::TensorShape;
pub use texts::{CellReader, NoCell, Texts};
pub(super) use visitors::{KnownText, Switch, Whole, read_items, read_some_items, refuse};

#[cfg(test)]
mod tests;
