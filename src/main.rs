//! The `svcd` binary: parse the arguments, run one command, print one error line, exit.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use svcd::cli::command::Command;
use svcd::cli::command_line::{self, Invocation};
use svcd::cli::environment::Environment;
use svcd::cli::{Error, export, healthcheck, import, inspect, predict, serve, usage};

/// All commands, the default one first.
const COMMANDS: [&Command; 6] =
    [&serve::COMMAND, &predict::COMMAND, &inspect::COMMAND, &import::COMMAND, &export::COMMAND, &healthcheck::COMMAND];

fn main() -> ExitCode {
    let invocation = command_line::parse(&COMMANDS, env::args_os().skip(1), &Environment::of_process());
    match invocation {
        Ok(Invocation::Help(None)) => print(&usage::overview(&COMMANDS)),
        Ok(Invocation::Help(Some(command))) => print(&usage::of_command(command)),
        Ok(Invocation::Version) => print(concat!("svcd ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Invocation::Run(command, arguments)) => match command_line::run(command, &arguments) {
            Ok(()) | Err(Error::OutputClosed) => ExitCode::SUCCESS,
            Err(error) => fail(&error, Some(command)),
        },
        Err((error, command)) => fail(&error, command),
    }
}

fn print(text: &str) -> ExitCode {
    // Whoever closed the output has seen enough.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn fail(error: &Error, command: Option<&Command>) -> ExitCode {
    let mut stderr = io::stderr();
    let _ = stderr.write_all(error.line().as_bytes());
    if !matches!(error, Error::Usage(_)) {
        return ExitCode::FAILURE;
    }
    let line = command.map_or_else(|| "usage: svcd [COMMAND] [FLAGS]".to_owned(), usage::line);
    let hint = command.map_or_else(|| "svcd --help".to_owned(), |command| format!("svcd {} --help", command.name));
    let _ = writeln!(stderr, "{line}\n`{hint}` tells more");
    ExitCode::from(command.map_or(2, |command| command.usage_code))
}
