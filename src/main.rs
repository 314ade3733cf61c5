//! The `svcd` binary: parse the arguments, run one command, print one error line, exit.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use svcd::cli::command::Command;
use svcd::cli::command_line::{self, Invocation};
use svcd::cli::commands::COMMANDS;
use svcd::cli::environment::Environment;
use svcd::cli::{Error, output, usage, version};

fn main() -> ExitCode {
    let invocation = command_line::parse(&COMMANDS, env::args_os().skip(1), &Environment::of_process());
    match invocation {
        Ok(Invocation::Help(None)) => print(&usage::overview(&COMMANDS)),
        Ok(Invocation::Help(Some(command))) => print(&usage::of_command(command)),
        Ok(Invocation::Version { as_json }) => print(&if as_json { version::json() } else { version::line() }),
        Ok(Invocation::Run(command, arguments)) => end(command_line::run(command, &arguments), Some(command)),
        Err((error, command)) => fail(&error, command),
    }
}

fn print(text: &str) -> ExitCode {
    end(output::print(text.as_bytes()), None)
}

/// The exit code, after an error line where there is something to complain about.
fn end(outcome: Result<(), Error>, command: Option<&Command>) -> ExitCode {
    match outcome {
        // Whoever closed the output has seen enough.
        Ok(()) | Err(Error::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => fail(&error, command),
    }
}

fn fail(error: &Error, command: Option<&Command>) -> ExitCode {
    let mut stderr = io::stderr();
    let _ = stderr.write_all(error.line().as_bytes());
    match error {
        Error::Usage(_) => {}
        Error::Incomplete(_) => return ExitCode::from(3),
        _ => return ExitCode::FAILURE,
    }
    let line = command.map_or_else(|| "usage: svcd [COMMAND] [FLAGS]".to_owned(), usage::line);
    let hint = command.map_or_else(|| "svcd --help".to_owned(), |command| format!("svcd {} --help", command.name));
    let _ = writeln!(stderr, "{line}\nfor more: {hint}");
    ExitCode::from(command.map_or(2, |command| command.usage_code))
}
