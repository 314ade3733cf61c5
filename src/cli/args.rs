//! The command line and the environment into an [`Arguments`] value, by the table of a [`Command`]'s flags.
//!
//! `--flag VALUE` and `--flag=VALUE` are the same, the last one counts, and after `--` nothing is a flag. What is unknown is
//! refused with the nearest known name.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Command, Error, Flag};
use crate::api::names::nearest;

/// What the command line asks for.
#[derive(Debug)]
pub enum Request {
    /// `--help`, `help`, or either with a command.
    Help(Option<&'static Command>),
    /// `--version`
    Version,
    /// A command with its arguments.
    Run(&'static Command, Arguments),
}

/// The arguments of one command.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    operand: Option<OsString>,
    given: Vec<Given>,
}

#[derive(Debug, Clone)]
struct Given {
    flag: &'static str,
    /// The flag, or the variable that stands in for it.
    source: &'static str,
    value: OsString,
}

/// Reads `arguments`, without the program's own name. The first command is the one that is meant when none is named.
///
/// # Errors
/// [`Error::Usage`], with the command that it is about if one was named.
pub fn parse(
    commands: &[&'static Command],
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Request, (Error, Option<&'static Command>)> {
    let mut words = arguments.into_iter().peekable();
    let named = words.next_if(|word| !is_flag(word));
    let find = |name: &OsStr| find_command(commands, name).map_err(|error| (error, None));
    let command = match (&named, commands.first()) {
        (Some(name), _) if name == "help" => {
            return Ok(Request::Help(words.next().map(|name| find(&name)).transpose()?));
        }
        (Some(name), _) => find(name)?,
        (None, Some(default)) => default,
        (None, None) => return Ok(Request::Help(None)),
    };
    match words.peek().and_then(|word| word.to_str()) {
        Some("-V" | "--version") if named.is_none() => return Ok(Request::Version),
        Some("-h" | "--help") if named.is_none() => return Ok(Request::Help(None)),
        _ => {}
    }
    let arguments = read(command, words, environment).map_err(|error| (error, named.map(|_| command)))?;
    Ok(match arguments {
        Some(arguments) => Request::Run(command, arguments),
        None => Request::Help(Some(command)),
    })
}

fn find_command(commands: &[&'static Command], name: &OsStr) -> Result<&'static Command, Error> {
    commands.iter().find(|command| command.name == name).copied().ok_or_else(|| {
        let names = commands.iter().map(|command| command.name);
        unknown("command", &name.to_string_lossy(), names)
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
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Arguments>, Error> {
    let mut arguments = Arguments::default();
    let mut words = words;
    let mut is_operand_only = false;
    while let Some(word) = words.next() {
        if is_operand_only || !is_flag(&word) {
            arguments.take_operand(command, word)?;
        } else if word == "--" {
            is_operand_only = true;
        } else {
            let word = word.into_string().map_err(|_| Error::Usage("a flag is no UTF-8 text".to_owned()))?;
            if word == "-h" || word == "--help" {
                return Ok(None);
            }
            arguments.take_flag(command, &word, &mut words)?;
        }
    }
    if arguments.operand.is_none() && !command.operand.is_empty() && !command.is_operand_optional {
        return Err(Error::Usage(format!("expected {}, found nothing", command.operand)));
    }
    for flag in command.all_flags().filter(|flag| arguments.find(flag.name).is_none()).collect::<Vec<_>>() {
        let set = |name: &&'static str| Some((*name, environment(name).filter(|value| !value.is_empty())?));
        if let Some((source, value)) = flag.environment.iter().find_map(set)
            && (!flag.value.is_empty() || is_on(source, &value)?)
        {
            arguments.given.push(Given { flag: flag.name, source, value });
        }
    }
    Ok(Some(arguments))
}

/// What a variable says that stands for a flag without a value.
fn is_on(source: &str, value: &OsStr) -> Result<bool, Error> {
    match value.to_str() {
        Some("1" | "true") => Ok(true),
        Some("0" | "false") => Ok(false),
        _ => Err(Error::Usage(format!("{source}: expected 1, true, 0 or false, found `{}`", value.to_string_lossy()))),
    }
}

impl Command {
    /// Its flags, group after group.
    pub(super) fn all_flags(&self) -> impl Iterator<Item = &'static Flag> + use<> {
        self.flags.iter().copied().flatten()
    }
}

impl Flag {
    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.short.split(", ").any(|short| short == name)
    }
}

impl Arguments {
    fn take_operand(&mut self, command: &Command, word: OsString) -> Result<(), Error> {
        let shown = word.to_string_lossy();
        if command.operand.is_empty() {
            return Err(Error::Usage(format!("expected a flag, found `{shown}`")));
        }
        if self.operand.is_some() {
            return Err(Error::Usage(format!("expected one {}, found `{shown}` too", command.operand)));
        }
        self.operand = Some(word);
        Ok(())
    }

    fn take_flag(
        &mut self,
        command: &Command,
        word: &str,
        words: &mut impl Iterator<Item = OsString>,
    ) -> Result<(), Error> {
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (word, None),
        };
        let Some(flag) = command.all_flags().find(|flag| flag.is_called(name)) else {
            return Err(unknown("flag", name, command.all_flags().map(|flag| flag.name)));
        };
        let value = match (flag.value, inline) {
            ("", None) => OsString::new(),
            ("", Some(_)) => return Err(Error::Usage(format!("{name}: expected no value"))),
            (_, Some(value)) => value,
            (shown, None) => words
                .next()
                .ok_or_else(|| Error::Usage(format!("{name}: expected {shown}, found the end of the command line")))?,
        };
        self.given.retain(|given| given.flag != flag.name);
        self.given.push(Given { flag: flag.name, source: flag.name, value });
        Ok(())
    }

    fn find(&self, flag: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.flag == flag)
    }

    /// The operand, if one is given.
    pub fn operand(&self) -> Option<&OsStr> {
        self.operand.as_deref()
    }

    /// Whether a flag stands on the command line itself, not in a variable.
    pub fn is_given(&self, flag: &str) -> bool {
        self.find(flag).is_some_and(|given| given.source == given.flag)
    }

    /// Whether a flag without a value is given.
    pub fn has(&self, flag: &str) -> bool {
        self.find(flag).is_some()
    }

    /// A path.
    pub fn path(&self, flag: &str) -> Option<PathBuf> {
        self.find(flag).map(|given| PathBuf::from(&given.value))
    }

    /// A value that `read` turns into what it means.
    ///
    /// # Errors
    /// [`Error::Usage`] with `expected`, when `read` gives nothing.
    pub fn value<T>(
        &self,
        flag: &str,
        expected: impl fmt::Display,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(given) = self.find(flag) else { return Ok(None) };
        given.value.to_str().and_then(read).map(Some).ok_or_else(|| {
            let found = given.value.to_string_lossy();
            Error::Usage(format!("{}: expected {expected}, found `{found}`", given.source))
        })
    }

    /// A whole number, `min` or above.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else.
    pub fn count(&self, flag: &str, min: usize) -> Result<Option<usize>, Error> {
        let expected = format!("a whole number from {min}");
        self.value(flag, expected, |text| text.parse().ok().filter(|count| *count >= min))
    }

    /// A number of bytes: `1048576`, `1024KiB` or `1MiB`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else, and for 0.
    pub fn bytes(&self, flag: &str) -> Result<Option<usize>, Error> {
        self.value(flag, "a number of bytes such as 8388608 or 8MiB, not 0", parse_bytes)
    }

    /// A time with its unit: `500ms`, `10s` or `2m`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else, and for 0 where `min` is longer.
    pub fn duration(&self, flag: &str, min: Duration) -> Result<Option<Duration>, Error> {
        let expected = format!("a time such as 500ms, 10s or 2m{}", if min.is_zero() { "" } else { ", not 0" });
        self.value(flag, expected, |text| parse_duration(text).filter(|duration| *duration >= min))
    }
}

fn parse_bytes(text: &str) -> Option<usize> {
    const UNITS: [(&str, usize); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let unit = UNITS.iter().find_map(|(name, factor)| Some((text.strip_suffix(name)?, *factor)));
    let (digits, factor) = unit.unwrap_or((text, 1));
    digits.parse::<usize>().ok()?.checked_mul(factor).filter(|bytes| *bytes > 0)
}

/// At most a year: later deadlines would only overflow.
fn parse_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 3] = [("ms", 1), ("s", 1_000), ("m", 60_000)];
    const MILLISECONDS_MAX: u64 = 365 * 24 * 3_600_000;
    let (digits, factor) = UNITS.iter().find_map(|(name, factor)| Some((text.strip_suffix(name)?, *factor)))?;
    let milliseconds = digits.parse::<u64>().ok()?.checked_mul(factor)?;
    (milliseconds <= MILLISECONDS_MAX).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO: Command = Command {
        name: "go",
        summary: "",
        operand: "FILE",
        is_operand_optional: true,
        about: "",
        flags: &[&[
            Flag {
                name: "--port",
                short: "-p, --the_port",
                value: "N",
                environment: &["P", "Q"],
                default: "",
                help: "",
            },
            Flag { name: "--fast", short: "", value: "", environment: &["F"], default: "", help: "" },
        ]],
        examples: &[],
        usage_code: 2,
        run: |_| Ok(()),
    };
    const STAY: Command = Command { name: "stay", operand: "", flags: &[], ..GO };

    fn parsed(line: &str, environment: &[(&str, &str)]) -> Result<Request, String> {
        let words = line.split_whitespace().map(OsString::from);
        let lookup = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        parse(&[&GO, &STAY], words, lookup).map_err(|(error, _)| error.to_string())
    }

    fn arguments(line: &str, environment: &[(&str, &str)]) -> Arguments {
        match parsed(line, environment).unwrap() {
            Request::Run(_, arguments) => arguments,
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
        let text = "Q: expected a whole number from 0, found `x`".to_owned();
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
        assert_eq!(refusal("stay a"), "expected a flag, found `a`");
    }

    #[test]
    fn help_and_version_are_found_where_people_write_them() {
        for line in ["--help", "-h", "help"] {
            assert!(matches!(parsed(line, &[]), Ok(Request::Help(None))), "{line}");
        }
        for line in ["help stay", "stay --help", "stay -h"] {
            assert!(matches!(parsed(line, &[]), Ok(Request::Help(Some(Command { name: "stay", .. })))), "{line}");
        }
        assert!(matches!(parsed("go --port 1 --help", &[]), Ok(Request::Help(Some(Command { name: "go", .. })))));
        assert!(matches!(parsed("--version", &[]), Ok(Request::Version)));
        assert_eq!(refusal("help sty"), "unknown command `sty`, did you mean `stay`?");
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(parse_bytes("8388608"), Some(8 << 20));
        assert_eq!(parse_bytes("8MiB"), Some(8 << 20));
        assert_eq!(["0", "8MB", "-1", "", "99999999999GiB"].map(parse_bytes), [None; 5]);
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(["10", "", "s", "-1s", "1h", "99999999999999m"].map(parse_duration), [None; 6]);
        let limits = |line| arguments(line, &[]).duration("--port", Duration::from_millis(1));
        assert!(limits("go --port 0s").is_err());
    }
}
