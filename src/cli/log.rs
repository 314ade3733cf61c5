//! Lines on standard error. A closed or full standard error stops nobody.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Writes `svcd: TEXT`.
pub(super) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "svcd: {text}");
}

/// Lets one line a second through and counts the others.
pub(super) struct Limiter {
    /// Second of the last line, counted from 1 at `started`; 0 before the first.
    last: AtomicU64,
    held_back: AtomicU64,
}

impl Limiter {
    /// A limiter that lets the first line through.
    pub(super) const fn new() -> Limiter {
        Limiter { last: AtomicU64::new(0), held_back: AtomicU64::new(0) }
    }

    /// Writes the line, or counts it for the next one. `started` is the same instant at each call.
    pub(super) fn line(&self, started: Instant, text: fmt::Arguments<'_>) {
        let second = started.elapsed().as_secs() + 1;
        // Two threads in the same moment may both write: a line more is no harm.
        if self.last.swap(second, Ordering::Relaxed) == second {
            self.held_back.fetch_add(1, Ordering::Relaxed);
            return;
        }
        match self.held_back.swap(0, Ordering::Relaxed) {
            0 => line(text),
            count => line(format_args!("{text} ({count} more since the last line)")),
        }
    }
}
