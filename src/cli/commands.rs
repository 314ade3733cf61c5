//! All commands, and the one among them that teaches a shell the others.

use super::arguments::Arguments;
use super::command::Command;
use super::completions::{bash, fish, zsh};
use super::{Error, export, healthcheck, import, inspect, output, predict, serve, train};

/// All of them, the default one first.
pub const COMMANDS: [&Command; 8] = [
    &serve::COMMAND,
    &predict::COMMAND,
    &train::COMMAND,
    &inspect::COMMAND,
    &import::COMMAND,
    &export::COMMAND,
    &healthcheck::COMMAND,
    &COMPLETIONS,
];

const COMPLETIONS: Command = Command {
    name: "completions",
    summary: "prints a script that completes command lines in a shell",
    operand: "bash|zsh|fish",
    about: "\
The script is made from the same tables as the help. It is static: completing a command line does not run
svcd.",
    flags: &[],
    examples: &[
        ("svcd completions bash > ~/.local/share/bash-completion/completions/svcd", "for bash"),
        ("svcd completions zsh > \"${fpath[1]}/_svcd\"", "for zsh"),
        ("svcd completions fish > ~/.config/fish/completions/svcd.fish", "for fish"),
    ],
    usage_code: 2,
    has_log: false,
    run,
};

fn run(arguments: &Arguments) -> Result<(), Error> {
    let shell = arguments.operand().unwrap_or_default();
    let script = match shell.to_str() {
        Some("bash") => bash::script(&COMMANDS),
        Some("zsh") => zsh::script(&COMMANDS),
        Some("fish") => fish::script(&COMMANDS),
        _ => return Err(Error::Usage(format!("expected bash, zsh or fish, found `{}`", shell.to_string_lossy()))),
    };
    output::print(script.as_bytes())
}
