//! What joblib adds to pickles: the items of an array stand behind the array's object, outside of any opcode.
//!
//! ```text
//! ... BUILD            the object is now a wrapper with shape, order and dtype
//! L, L bytes of 0xff   since joblib 1.2, which then has `numpy_array_alignment_bytes`: the items start at a multiple of it
//! items                raw; or, where the dtype is `O`, a whole pickle of the array
//! next opcode
//! ```

use super::numpy::{Kind, Wrapper};
use super::pickle::{Cursor, Id, Value, Values};

/// Reads the items of the array with this wrapper; none if a pickle of the array comes now.
pub(super) fn item_bytes<'a>(
    values: &Values<'_>,
    wrapper: Id,
    cursor: &mut Cursor<'a>,
) -> Result<Option<&'a [u8]>, String> {
    let array = Wrapper::read(values, wrapper)?;
    if array.dtype.kind == Kind::Object {
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
