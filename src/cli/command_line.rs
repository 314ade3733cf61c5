//! Turns the command line and the environment into [`Arguments`], by the flags of a [`Command`].
//!
//! `--flag VALUE` and `--flag=VALUE` are the same. The last one counts, or each one where the flag is repeatable. Nothing after
//! `--` is a flag. An unknown name is refused with the nearest known one.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::Error;
use super::arguments::{Arguments, Given};
use super::command::{Command, Flag};
use super::environment::Environment;
use super::log;
use crate::api::names::nearest;

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// `--help`, `help`, or either with a command.
    Help(Option<&'static Command>),
    /// `--version`, or `--version --json`.
    Version {
        /// For programs.
        as_json: bool,
    },
    /// A command with its arguments.
    Run(&'static Command, Arguments),
}

/// Reads `arguments`, which do not include the program's own name. The first command is the default.
///
/// # Errors
/// [`Error::Usage`], with the command if one was named.
pub fn parse(
    commands: &[&'static Command],
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Invocation, (Error, Option<&'static Command>)> {
    let mut words = arguments.into_iter().peekable();
    let named = words.next_if(|word| !is_flag(word));
    let find = |name: &OsStr| find_command(commands, name).map_err(|error| (error, None));
    let command = match (&named, commands.first()) {
        (Some(name), _) if name == "help" => {
            let other = words.next().filter(|word| word != "help" && !is_flag(word));
            return Ok(Invocation::Help(other.map(|name| find(&name)).transpose()?));
        }
        (Some(name), _) => find(name)?,
        (None, Some(default)) => default,
        (None, None) => return Ok(Invocation::Help(None)),
    };
    match words.peek().and_then(|word| word.to_str()) {
        Some("-V" | "--version") if named.is_none() => {
            return Ok(Invocation::Version { as_json: words.nth(1).is_some_and(|word| word == "--json") });
        }
        Some("-h" | "--help") if named.is_none() => return Ok(Invocation::Help(None)),
        _ => {}
    }
    let arguments = read(command, words, environment).map_err(|error| (error, named.map(|_| command)))?;
    Ok(match arguments {
        Some(arguments) => {
            let variables = commands.iter().flat_map(|command| command.all_flags()).flat_map(|flag| flag.environment);
            let warnings = environment.warnings(&variables.copied().collect::<Vec<_>>());
            Invocation::Run(command, Arguments { warnings, ..arguments })
        }
        None => Invocation::Help(Some(command)),
    })
}

/// Runs a command, after warning of what is odd about the environment; a command with its own log writes the warnings there.
///
/// # Errors
/// The command's.
pub fn run(command: &Command, arguments: &Arguments) -> Result<(), Error> {
    if !command.has_log {
        arguments.warnings.iter().for_each(|warning| log::line(format_args!("warning: {warning}")));
    }
    (command.run)(arguments)
}

fn find_command(commands: &[&'static Command], name: &OsStr) -> Result<&'static Command, Error> {
    commands.iter().find(|command| command.name == name).copied().ok_or_else(|| {
        let shown = name.to_string_lossy();
        if Path::new(name).exists() {
            let help = "give a model's file or folder with --model, and a file of rows to `svcd predict`";
            return Error::Usage(format!("unknown command `{shown}`: {help}"));
        }
        unknown("command", &shown, commands.iter().map(|command| command.name).chain(["--version"]))
    })
}

fn unknown(kind: &str, name: &str, known: impl Iterator<Item = &'static str>) -> Error {
    Error::Usage(match nearest(name, known) {
        Some(near) => format!("unknown {kind} `{name}`, did you mean `{near}`?"),
        None => format!("unknown {kind} `{name}`"),
    })
}

fn is_flag(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-") && word != "-"
}

/// The arguments of a command; `None` when help is asked for instead.
fn read(
    command: &'static Command,
    words: impl Iterator<Item = OsString>,
    environment: &Environment,
) -> Result<Option<Arguments>, Error> {
    let (mut arguments, mut words) = (Arguments::default(), words);
    let mut is_operand_only = false;
    while let Some(word) = words.next() {
        if is_operand_only || !is_flag(&word) {
            take_operand(&mut arguments, command, word)?;
        } else if word == "--" {
            is_operand_only = true;
        } else {
            let word = word.into_string().map_err(|_| Error::Usage("a flag is not UTF-8 text".to_owned()))?;
            if word == "-h" || word == "--help" {
                return Ok(None);
            }
            take_flag(&mut arguments, command, &word, &mut words)?;
        }
    }
    if arguments.operands.is_empty() && !command.operand.is_empty() && !command.operand.starts_with('[') {
        return Err(Error::Usage(format!("expected {}, found nothing", command.operand_name())));
    }
    for flag in command.all_flags().filter(|flag| arguments.find(flag.name()).is_none()).collect::<Vec<_>>() {
        let set = |name: &&'static str| Some((*name, environment.get(name)?));
        if let Some((source, value)) = flag.environment.iter().find_map(set)
            && (!flag.value().is_empty() || is_on(source, value)?)
        {
            arguments.given.push(Given { flag: flag.name(), source, value: value.to_owned() });
        }
    }
    Ok(Some(arguments))
}

/// Whether a variable switches on a flag that has no value.
fn is_on(source: &str, value: &OsStr) -> Result<bool, Error> {
    match value.to_str() {
        Some("1" | "true") => Ok(true),
        Some("0" | "false") => Ok(false),
        _ => Err(Error::Usage(format!("{source}: expected 1, true, 0 or false, found `{}`", value.to_string_lossy()))),
    }
}

fn take_operand(arguments: &mut Arguments, command: &Command, word: OsString) -> Result<(), Error> {
    let shown = word.to_string_lossy();
    if command.operand.is_empty() {
        let help = "the command comes first, and each file of a model needs a --model of its own";
        return Err(Error::Usage(format!("expected a flag, found `{shown}`: {help}")));
    }
    if !arguments.operands.is_empty() && !command.operand.ends_with("...") {
        return Err(Error::Usage(format!("expected one {}, found `{shown}` too", command.operand_name())));
    }
    arguments.operands.push(word);
    Ok(())
}

/// `words`: what follows the flag, of which its value is taken.
fn take_flag(
    arguments: &mut Arguments,
    command: &Command,
    word: &str,
    words: &mut impl Iterator<Item = OsString>,
) -> Result<(), Error> {
    let (name, inline) = match word.split_once('=') {
        Some((name, value)) => (name, Some(OsString::from(value))),
        None => (word, None),
    };
    let Some(flag) = command.all_flags().find(|flag| flag.is_called(name)) else {
        return Err(unknown("flag", name, command.all_flags().map(Flag::name)));
    };
    let value = match (flag.value(), inline) {
        ("", None) => OsString::new(),
        ("", Some(_)) => return Err(Error::Usage(format!("{name}: expected no value"))),
        (_, Some(value)) => value,
        (shown, None) => words
            .next()
            .ok_or_else(|| Error::Usage(format!("{name}: expected {shown}, found the end of the command line")))?,
    };
    let name = flag.name();
    if !flag.is_repeatable {
        arguments.given.retain(|given| given.flag != name);
    }
    arguments.given.push(Given { flag: name, source: name, value });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::command::flag;
    use super::*;

    const GO: Command = Command {
        name: "go",
        summary: "",
        operand: "[FILE]",
        about: "",
        flags: &[&[flag("-p, --the_port, --port N", "").env(&["P", "Q"]), flag("--fast", "").env(&["F"])]],
        examples: &[],
        usage_code: 2,
        has_log: false,
        run: |_| Ok(()),
    };
    const STAY: Command = Command { name: "stay", operand: "", flags: &[], ..GO };

    fn parsed(line: &str, environment: &[(&str, &str)]) -> Result<Invocation, String> {
        let words = line.split_whitespace().map(OsString::from);
        parse(&[&GO, &STAY], words, &environment.iter().copied().collect()).map_err(|(error, _)| error.to_string())
    }

    fn arguments(line: &str, environment: &[(&str, &str)]) -> Arguments {
        match parsed(line, environment).unwrap() {
            Invocation::Run(_, arguments) => arguments,
            other => panic!("{other:?}"),
        }
    }

    fn refusal(line: &str) -> String {
        parsed(line, &[]).unwrap_err()
    }

    #[test]
    fn flags_come_in_two_spellings_and_the_last_one_counts() {
        for line in ["go --port 7", "--port=7", "-p 7", "go -p=7", "--the_port=7", "--port 1 --the_port 7"] {
            assert_eq!(arguments(line, &[("P", "2")]).count("--port", 0), Ok(Some(7)), "{line}");
            assert!(arguments(line, &[]).is_given("--port"), "{line}");
        }
        let given = arguments("go --fast -- --port", &[]);
        assert!(given.has("--fast") && !given.has("--port"));
        assert_eq!(given.operand(), Some(OsStr::new("--port")));
        assert_eq!(arguments("go -", &[]).operand(), Some(OsStr::new("-")));
    }

    #[test]
    fn a_flag_counts_before_its_variables_and_the_first_set_variable_before_the_next() {
        let port = |line, environment: &[(&str, &str)]| arguments(line, environment).count("--port", 0);
        assert_eq!(port("go --port 1", &[("P", "2"), ("Q", "3")]), Ok(Some(1)));
        assert!(!arguments("go", &[("P", "2")]).is_given("--port"));
        assert_eq!(port("go", &[("P", "2"), ("Q", "3")]), Ok(Some(2)));
        assert_eq!(port("go", &[("P", ""), ("Q", "3")]), Ok(Some(3)));
        assert_eq!(port("go", &[]), Ok(None));
        let text = "Q: expected a whole number, 0 or above, found `x`".to_owned();
        assert_eq!(port("go", &[("Q", "x")]), Err(Error::Usage(text)));
    }

    #[test]
    fn a_variable_switches_a_flag_without_a_value_on_or_off() {
        for (value, is_on) in [("1", true), ("true", true), ("0", false), ("false", false), ("", false)] {
            assert_eq!(arguments("go", &[("F", value)]).has("--fast"), is_on, "{value}");
        }
        assert_eq!(parsed("go", &[("F", "maybe")]).unwrap_err(), "F: expected 1, true, 0 or false, found `maybe`");
        assert!(arguments("go --fast", &[("F", "0")]).has("--fast"));
    }

    #[test]
    fn what_is_unknown_is_refused_with_the_nearest_name() {
        assert_eq!(refusal("sty"), "unknown command `sty`, did you mean `stay`?");
        assert_eq!(refusal("frobnicate"), "unknown command `frobnicate`");
        assert_eq!(refusal("go --prt 1"), "unknown flag `--prt`, did you mean `--port`?");
        assert_eq!(refusal("go -x"), "unknown flag `-x`");
        assert_eq!(refusal("go --port"), "--port: expected N, found the end of the command line");
        assert_eq!(refusal("go --fast=1"), "--fast: expected no value");
        assert_eq!(refusal("go a b"), "expected one FILE, found `b` too");
        let help = "the command comes first, and each file of a model needs a --model of its own";
        assert_eq!(refusal("stay a"), format!("expected a flag, found `a`: {help}"));
        assert_eq!(refusal("version"), "unknown command `version`, did you mean `--version`?");
        let help = "give a model's file or folder with --model, and a file of rows to `svcd predict`";
        assert_eq!(refusal("Cargo.toml"), format!("unknown command `Cargo.toml`: {help}"));
    }

    #[test]
    fn help_and_version_are_found_where_people_write_them() {
        for line in ["--help", "-h", "help", "help help", "help --help"] {
            assert!(matches!(parsed(line, &[]), Ok(Invocation::Help(None))), "{line}");
        }
        for line in ["help stay", "stay --help", "stay -h"] {
            assert!(matches!(parsed(line, &[]), Ok(Invocation::Help(Some(Command { name: "stay", .. })))), "{line}");
        }
        assert!(matches!(parsed("go --port 1 --help", &[]), Ok(Invocation::Help(Some(Command { name: "go", .. })))));
        assert!(matches!(parsed("--version", &[]), Ok(Invocation::Version { as_json: false })));
        assert!(matches!(parsed("--version --json", &[]), Ok(Invocation::Version { as_json: true })));
        assert_eq!(refusal("help sty"), "unknown command `sty`, did you mean `stay`?");
    }
}
