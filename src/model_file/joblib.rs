//! What joblib adds to pickles: the items of an array follow the array's object, outside any opcode.
//!
//! ```text
//! ... BUILD            the object is now a wrapper with shape, order and dtype
//! L, L bytes of 0xff   padding, since joblib 1.2: the items start at a multiple of `numpy_array_alignment_bytes`
//! items                raw; or, where the dtype is `O`, a whole pickle of the array
//! next opcode
//! ```

use super::numpy::{ArrayForm, ItemKind};
use super::pickle::{Cursor, Id, Value, Values};

/// Reads the items of the array with this wrapper; `None` if a pickle of the array follows instead.
pub(super) fn item_bytes<'a>(
    values: &Values<'_>,
    wrapper: Id,
    cursor: &mut Cursor<'a>,
) -> Result<Option<&'a [u8]>, String> {
    let array = ArrayForm::of_joblib(values, wrapper)?;
    if array.dtype.kind == ItemKind::Object {
        return Ok(None);
    }
    let entries = values.dict(wrapper).unwrap_or_default();
    let alignment = values.entry(entries, "numpy_array_alignment_bytes").map(|id| values.get(id));
    if !matches!(alignment, None | Some(Value::None)) {
        let [padding] = cursor.array()?;
        cursor.take(u64::from(padding))?;
    }
    cursor.take(array.item_bytes()? as u64).map(Some)
}
