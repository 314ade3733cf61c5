//! What is counted for `GET /metrics`, and the answer to it.
//!
//! Each thread of the engine counts in its own [`Shard`] and, for the model it holds, in its own [`Tally`]. A scrape adds them
//! up. So counting takes no lock and shares no cache line.

mod counts;
mod exposition;
mod numbers;
mod process;
mod report;
mod tally;

pub use counts::{Metrics, Shard};
pub(super) use report::respond;
pub use tally::Tally;

/// Value of Content-Type for metrics.
pub const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[cfg(test)]
mod tests;
