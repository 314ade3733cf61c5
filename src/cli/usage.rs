//! Help texts, made from the tables of the commands.

use std::fmt::Write;

use super::command::{Command, Flag};

/// Width of a help line.
const COLUMNS: usize = 100;
/// Width of the column with the flags' names.
const NAME_COLUMNS: usize = 28;
/// Width of the column with the examples of all commands.
const EXAMPLE_COLUMNS: usize = 44;

/// `svcd --help`
pub fn overview(commands: &[&Command]) -> String {
    let mut text = format!(
        "svcd {}: serves scikit-learn's support vector machines over HTTP\n\nusage: svcd [COMMAND] [FLAGS]\n\ncommands:\n",
        env!("CARGO_PKG_VERSION")
    );
    for (command, note) in
        commands.iter().zip([" (also when no command is named)"].iter().chain(std::iter::repeat(&"")))
    {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<12} {}{note}", command.name, command.summary);
    }
    text.push_str(
        "\n  svcd COMMAND --help   what a command does, its flags, examples\n  svcd --version        the version; with --json also commit, target and CPU instructions\n\nexamples:\n",
    );
    for (line, meaning) in commands.iter().filter_map(|command| command.examples.first()) {
        let gap = if line.len() > EXAMPLE_COLUMNS { format!("\n  {:<EXAMPLE_COLUMNS$}", "") } else { String::new() };
        let _ = writeln!(text, "  {line:<EXAMPLE_COLUMNS$}{gap} {meaning}");
    }
    text
}

/// `svcd COMMAND --help`
pub fn of_command(command: &Command) -> String {
    let mut text = format!("svcd {}: {}\n\n{}\n", command.name, command.summary, line(command));
    if !command.about.is_empty() {
        let _ = write!(text, "\n{}\n", command.about);
    }
    if !command.flags.is_empty() {
        text.push_str("\nflags:\n");
        command.all_flags().for_each(|flag| push_flag(flag, &mut text));
    }
    if !command.examples.is_empty() {
        text.push_str("\nexamples:\n");
        for (line, meaning) in command.examples {
            let _ = writeln!(text, "  {line}\n      {meaning}");
        }
    }
    text
}

/// The line below a usage error.
pub fn line(command: &Command) -> String {
    let flags = if command.flags.is_empty() { "" } else { " [FLAGS]" };
    let space = if command.operand.is_empty() { "" } else { " " };
    format!("usage: svcd {}{flags}{space}{}", command.name, command.operand)
}

fn push_flag(flag: &Flag, text: &mut String) {
    let mut notes = Vec::new();
    if !flag.default.is_empty() {
        notes.push(format!("default {}", flag.default));
    }
    if !flag.environment.is_empty() {
        notes.push(flag.environment.join(", "));
    }
    let notes = if notes.is_empty() { String::new() } else { format!("[{}]", notes.join("; ")) };
    let gap = if flag.usage.len() > NAME_COLUMNS { format!("\n  {:<NAME_COLUMNS$}", "") } else { String::new() };
    let help = format!("  {:<NAME_COLUMNS$}{gap} {}", flag.usage, flag.help);
    text.push_str(&help);
    if !notes.is_empty() && help.len() + 1 + notes.len() > COLUMNS {
        let _ = write!(text, "\n  {:<NAME_COLUMNS$}", "");
    }
    if !notes.is_empty() {
        let _ = write!(text, " {notes}");
    }
    text.push('\n');
}
