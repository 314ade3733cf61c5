//! What a command is: its name, its help and its flags.

use super::Error;
use super::arguments::Arguments;

/// One command.
#[derive(Debug)]
pub struct Command {
    /// The word on the command line.
    pub name: &'static str,
    /// What it does, in one line without a full stop.
    pub summary: &'static str,
    /// What may stand beside the flags, as the usage shows it: in brackets if it may be left out, with three dots after it if
    /// there may be several; empty for nothing.
    pub operand: &'static str,
    /// What else the help says, in whole lines.
    pub about: &'static str,
    /// All flags, in the order of the help.
    pub flags: &'static [&'static [Flag]],
    /// Command lines that work as printed, each with what it does.
    pub examples: &'static [(&'static str, &'static str)],
    /// Exit code of a usage error: 2, except for commands whose callers give 2 another meaning.
    pub usage_code: u8,
    /// Whether it has a log; it writes there what other commands write to standard error before they start.
    pub has_log: bool,
    /// Runs it; [`command_line::run`](super::command_line::run) is for callers.
    pub(super) run: fn(&Arguments) -> Result<(), Error>,
}

impl Command {
    /// Its flags, group after group.
    pub(super) fn all_flags(&self) -> impl Iterator<Item = &'static Flag> + use<> {
        self.flags.iter().copied().flatten()
    }

    /// The operand without its brackets.
    pub(super) fn operand_name(&self) -> &'static str {
        self.operand.trim_end_matches("...").trim_start_matches('[').trim_end_matches(']')
    }
}

/// One flag, made by [`flag`].
#[derive(Debug)]
pub struct Flag {
    /// Its spellings, the name last, and what stands for the value.
    pub(super) usage: &'static str,
    /// What it is for.
    pub(super) help: &'static str,
    /// What the help says about the default; empty when there is nothing to say.
    pub(super) default: &'static str,
    /// Variables that stand in for it.
    pub(super) environment: &'static [&'static str],
    /// Whether every occurrence counts, not only the last.
    pub(super) is_repeatable: bool,
}

/// A flag as the help shows it: `usage` is its spellings, the name last, and what stands for the value if it takes one, as in
/// `-p, --port N`; `help` is what it is for, in one line without a full stop.
pub(super) const fn flag(usage: &'static str, help: &'static str) -> Flag {
    Flag { usage, help, default: "", environment: &[], is_repeatable: false }
}

impl Flag {
    /// What the help says about the default.
    pub(super) const fn default(self, default: &'static str) -> Flag {
        Flag { default, ..self }
    }

    /// Variables that count when the flag is not given; the first one that is set and not empty wins.
    pub(super) const fn env(self, environment: &'static [&'static str]) -> Flag {
        Flag { environment, ..self }
    }

    /// Every occurrence counts.
    pub(super) const fn repeatable(self) -> Flag {
        Flag { is_repeatable: true, ..self }
    }

    /// The name with its two dashes.
    pub(super) fn name(&self) -> &'static str {
        self.name_and_value().0
    }

    /// What stands for the value in the help; empty for a flag without a value.
    pub(super) fn value(&self) -> &'static str {
        self.name_and_value().1
    }

    fn name_and_value(&self) -> (&'static str, &'static str) {
        let last = self.usage.rsplit(", ").next().unwrap_or_default();
        last.split_once(' ').unwrap_or((last, ""))
    }

    /// All that it may be called.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.usage.split(", ").filter_map(|spelling| spelling.split(' ').next())
    }

    /// Whether `name` is one of its spellings.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.spellings().any(|spelling| spelling == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_name_and_value_are_read_off_the_usage() {
        let port = flag("-p, --http_port, --port N", "");
        assert_eq!((port.name(), port.value()), ("--port", "N"));
        assert!(["-p", "--http_port", "--port"].iter().all(|name| port.is_called(name)));
        assert!(["", "N", "--port N", "--http"].iter().all(|name| !port.is_called(name)));
        let json = flag("--json", "");
        assert_eq!((json.name(), json.value()), ("--json", ""));
    }
}
