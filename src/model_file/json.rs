//! stub
use super::{Error, Loaded};
pub(super) fn from_bytes(_bytes: &[u8]) -> Result<Loaded, Error> {
    Err(Error::UnknownFormat { found: Vec::new() })
}
