//! CSV records into rows of f64 in the model's column order (RFC 4180, and the other forms that people have).
//!
//! LF, CR LF and CR end a record, and so does the end of the text. Between quotes they belong to the field, as separators do; a
//! quote opens only at the start of a field. Empty lines are skipped. [`open`] tells a header from a row. A header names the
//! columns in any order and may have more of them; without one, the fields are the model's columns by position.

mod bad_record;
mod bytes;
mod cell;
mod fields;
mod layout;
mod match_names;
mod number;
mod opening;
mod quotes;
mod records;
mod syntax;
mod table;

pub use bad_record::{BadRecord, Help};
pub use bytes::count;
pub use fields::{exact, field, field_of, fields, texts};
pub use layout::Layout;
pub(super) use match_names::EXTRA_COLUMNS_MAX;
pub use match_names::by_name;
pub use number::push_number;
pub use opening::{Opening, ReadOptions, open};
pub use records::{RECORD_BYTES_MAX, Record, Records, Scan, count_lines};
pub use syntax::Syntax;
pub use table::{TableOpening, open_table};
