//! The front door: arguments and environment become typed options, and one command wires the rooms together.
//!
//! Each command is one value, a [`Command`](command::Command) with its name, help and flags. The parser ([`command_line`]) reads
//! its arguments by it, and [`usage`] makes the help texts from it. The result is an exit code: 0, 1 with one line that says what
//! failed, 2 with the usage, or 3 for rows without an answer. Where a flag is not given, its environment variables count, then
//! its default.

mod address;
pub mod arguments;
mod blocks;
pub mod command;
pub mod command_line;
pub mod commands;
mod completions;
mod container;
mod diagram;
mod disclosure;
mod encode;
pub mod environment;
pub mod export;
mod facts;
pub mod healthcheck;
pub mod import;
pub mod inspect;
mod log;
mod model;
pub mod output;
pub mod predict;
mod reading;
mod reload;
pub mod serve;
mod summary;
mod text_input;
pub mod train;
pub mod usage;
pub mod version;

use std::fmt;

use crate::escape::escaped;

/// Why a command fails.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// The command line or the environment is wrong: exit code 2.
    Usage(String),
    /// What was asked for cannot be done: exit code 1.
    Failed(String),
    /// It was done, but some rows have no answer: exit code 3.
    Incomplete(String),
    /// Nobody reads the output any more, which is no reason to complain: exit code 0.
    OutputClosed,
}

impl Error {
    /// `failed to VERB `PATH`: CAUSE`
    fn failed_to(verb: &str, path: &str, cause: &dyn fmt::Display) -> Error {
        Error::Failed(format!("failed to {verb} `{path}`: {cause}"))
    }

    /// The line on standard error.
    pub fn line(&self) -> String {
        format!("error: {}\n", escaped(&self.to_string()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(text) | Error::Failed(text) | Error::Incomplete(text) => f.write_str(text),
            Error::OutputClosed => f.write_str("the output was closed"),
        }
    }
}

impl std::error::Error for Error {}
