//! Who makes way for a newcomer when all places are taken.

use std::time::Instant;

/// How little progress a connection makes, the least first, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::http) enum Stillness {
    /// It owes no answer, and no request has begun.
    Idle(Instant),
    /// Its answers are not taken.
    Unread(Instant),
    /// Its request arrives slowly.
    Slow(Instant),
}
