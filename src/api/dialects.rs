//! The forms in which clients ask for predictions, a file or folder for each.

mod enveloped;
pub(super) mod explain;
pub(super) mod invocations;
pub(super) mod seed;
pub(super) mod v1;
pub(super) mod v2;
pub(super) mod vertex;
