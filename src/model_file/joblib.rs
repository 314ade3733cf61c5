//! What joblib adds to pickles: the items of an array follow the array's object, outside any opcode.
//!
//! ```text
//! ... BUILD            the object is now a wrapper with shape, order and dtype
//! L, L bytes of 0xff   padding, since joblib 1.2: the items start at a multiple of `numpy_array_alignment_bytes`
//! items                raw; or, where the dtype is `O`, a whole pickle of the array
//! next opcode
//! ```

use super::numpy::Dtype;
use super::pickle::{Cursor, Id, Value, Values};

/// Reads the items of the array with this wrapper; `None` if a pickle of the array follows instead. The array may be of any type
/// and shape: whether it can be used is checked when it is.
pub(super) fn item_bytes<'a>(
    values: &Values<'_>,
    wrapper: Id,
    cursor: &mut Cursor<'a>,
) -> Result<Option<&'a [u8]>, String> {
    let entries = values.dict(wrapper).ok_or("expected an array's dict")?;
    let entry = |key| values.entry(entries, key).ok_or_else(|| format!("expected an array with `{key}`, found none"));
    let Some(bytes) = Dtype::stored_bytes(values, entry("dtype")?)? else {
        return Ok(None);
    };
    let shape = entry("shape")?;
    let lengths = values.tuple(shape).ok_or_else(|| format!("expected a shape, found {}", values.describe(shape)))?;
    let bytes = lengths.iter().try_fold(bytes as u64, |product, length| match values.get(*length) {
        Value::Integer(length) => product.checked_mul(u64::try_from(*length).ok()?),
        _ => None,
    });
    let bytes = bytes.ok_or("expected a shape of lengths from 0 that fits into memory, found another")?;
    let alignment = values.entry(entries, "numpy_array_alignment_bytes").map(|id| values.get(id));
    if !matches!(alignment, None | Some(Value::None)) {
        let [padding] = cursor.array()?;
        cursor.take(u64::from(padding))?;
    }
    cursor.take(bytes).map(Some)
}
