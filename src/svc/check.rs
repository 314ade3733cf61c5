//! What every part of a model has to be: as long as the others ask for, and finite.

use super::Error;

/// Refuses another count than `expected`.
///
/// # Errors
/// [`Error`] with both counts.
pub fn check_len(name: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::new(name, format_args!("{expected} numbers"), found)) }
}

/// Refuses NaN and infinity.
///
/// # Errors
/// [`Error`] with the first such number and its index.
pub fn check_finite(name: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((index, value)) => Err(Error::new(name, "finite numbers", format_args!("{value:?} at index {index}"))),
    }
}
