//! CSV records into rows of f64 in the model's column order (RFC 4180; LF or CR LF, commas only).
//!
//! Quotes toggle: a comma or a line end between two of them belongs to the field. Empty lines are skipped. A header names
//! the columns in any order and may have more of them; without one, the fields are the model's columns by position.

mod layout;
mod number;
mod records;

pub(super) use layout::EXTRA_COLUMNS_MAX;
pub use layout::{BadRecord, Layout};
pub use number::{is_row, push_number};
pub use records::{RECORD_BYTES_MAX, Record, Records, Scan, field, texts};
