//! What every step has to be.

use crate::pipeline::Error;

/// Refuses a step for rows of another width than `width`.
pub(super) fn check_width(step: &'static str, n_features_in: usize, width: usize) -> Result<(), Error> {
    if n_features_in == width {
        return Ok(());
    }
    Err(Error::part(step, format_args!("{width} features"), n_features_in))
}
