//! How many numbers a file that leaves out zeros may expand to: zeros take memory here.

use super::MODEL_FILE_BYTES_MAX;

/// Numbers, with zeros, that a file of this size may expand to.
pub(super) fn dense_numbers_max(file_bytes: usize) -> usize {
    file_bytes.saturating_mul(DENSE_NUMBERS_PER_BYTE).saturating_add(DENSE_NUMBERS_ALWAYS).min(DENSE_NUMBERS_MAX)
}

/// A model.bin holds no more.
pub(super) const DENSE_NUMBERS_MAX: usize = (MODEL_FILE_BYTES_MAX / 8) as usize;

/// Each feature has a name too, so a single support vector may not use up all that [`DENSE_NUMBERS_ALWAYS`] allows.
pub(super) const FEATURES_MAX: usize = 1 << 18;

/// Numbers that any file may have: 16 MiB.
const DENSE_NUMBERS_ALWAYS: usize = 2 << 20;

/// Beyond that, numbers for each byte of the file: a number that is not zero takes about ten bytes of text, or twelve in a sparse
/// matrix, so one in forty or fifty has to be there. A few bytes with a high index cannot take much memory.
const DENSE_NUMBERS_PER_BYTE: usize = 4;

/// What to say of a model that was trained on rows that leave out zeros; not where a vectorizer or an encoder that makes such rows stands before it.
pub(super) const TRAINED_ON_SPARSE_ROWS: &str = "trained on sparse rows, as a vectorizer or an encoder makes them: if \
                                                 the model came after one, send rows already transformed by it";
