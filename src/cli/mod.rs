//! The front door: arguments and environment become typed options, and one command wires the rooms together.
//!
//! A command is a [`Command`]: one value with its name, its help and its flags, from which the parser ([`args`]) and the help
//! texts ([`usage`]) are made. Out goes an exit code: 0, 1 with one line that says what failed, or 2 with the usage. For a
//! flag that is not given, its environment variables count, then its default.

pub mod args;
pub mod export;
pub mod healthcheck;
pub mod import;
pub mod inspect;
mod log;
mod model;
mod output;
pub mod predict;
mod reload;
pub mod serve;
mod summary;
pub mod usage;

use std::fmt;

use args::Arguments;

/// One command, as the parser and the help see it.
#[derive(Debug)]
pub struct Command {
    /// The word on the command line.
    pub name: &'static str,
    /// What it does, in one line without a full stop.
    pub summary: &'static str,
    /// What may stand beside the flags, as the usage shows it; empty for nothing.
    pub operand: &'static str,
    /// Whether the operand may be left out.
    pub is_operand_optional: bool,
    /// What the help says besides, in whole lines.
    pub about: &'static str,
    /// All flags, in the order of the help.
    pub flags: &'static [&'static [Flag]],
    /// Command lines that work as they stand, each with what it does.
    pub examples: &'static [(&'static str, &'static str)],
    /// Exit code of a usage error: 2 but for commands whose callers give 2 another meaning.
    pub usage_code: u8,
    /// Runs it.
    pub run: fn(&Arguments) -> Result<(), Error>,
}

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// With its two dashes.
    pub name: &'static str,
    /// Other spellings, with their dashes, separated by `, `; empty for none.
    pub short: &'static str,
    /// What stands for the value in the help; empty for a flag without a value.
    pub value: &'static str,
    /// Variables that count when the flag is not given; the first one that is set and not empty wins.
    pub environment: &'static [&'static str],
    /// What the help says of the default; empty when there is nothing to say.
    pub default: &'static str,
    /// What it is for, in one line without a full stop.
    pub help: &'static str,
}

/// Why a command does not end well.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// The command line or the environment is wrong: exit code 2.
    Usage(String),
    /// What was asked for cannot be done: exit code 1.
    Failed(String),
    /// Nobody reads the output any more, which is not ours to complain about: exit code 0.
    OutputClosed,
}

impl Error {
    /// `failed to VERB `PATH`: CAUSE`
    fn failed_to(verb: &str, path: &str, cause: &dyn fmt::Display) -> Error {
        Error::Failed(format!("failed to {verb} `{path}`: {cause}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(text) | Error::Failed(text) => f.write_str(text),
            Error::OutputClosed => f.write_str("the output was closed"),
        }
    }
}

impl std::error::Error for Error {}
