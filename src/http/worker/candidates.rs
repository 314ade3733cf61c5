//! The connections of one event loop that make least progress.

use std::time::Instant;

use crate::http::connection::Stillness;
use crate::http::slab::Token;

/// The connections that may have to make way.
#[derive(Debug, Default)]
pub(in crate::http) struct Candidates {
    /// As of the last search; the first to go is last. One that has made progress since then is skipped.
    pub(super) found: Vec<(Stillness, Token)>,
    pub(super) searched: Option<Instant>,
}
