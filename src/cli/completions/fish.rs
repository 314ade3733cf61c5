//! The script for fish 3.0 and later.

use std::fmt::Write;

use super::takes::Takes;
use crate::cli::command::{Command, Flag};

const START: &str = r#"# Completions of svcd for fish, printed by `svcd completions fish`.
function __svcd_command -d 'the command on the line, or the default one'
    set -l words (commandline -opc)
    if test (count $words) -gt 1; and not string match -q -- '-*' $words[2]
        echo $words[2]
    else
        echo serve
    end
end
function __svcd_is_first -d 'only svcd stands before the cursor'
    test (count (commandline -opc)) -eq 1
end
complete -c svcd -f
complete -c svcd -s h -l help -d 'what a command does'
complete -c svcd -n __svcd_is_first -s V -l version -d 'the version'
complete -c svcd -n __svcd_is_first -a help -d 'shows what a command does, its flags, examples'
"#;

/// The whole script.
pub(in crate::cli) fn script(commands: &[&Command]) -> String {
    let mut script = START.to_owned();
    for command in commands {
        // Writing to a String cannot fail, here and below.
        let (name, summary) = (command.name, escaped(command.summary));
        let _ = writeln!(script, "complete -c svcd -n __svcd_is_first -a {name} -d '{summary}'");
        let _ = writeln!(script, "complete -c svcd -n 'test (__svcd_command) = help' -a {name} -d '{summary}'");
    }
    for command in commands {
        let here = format!("complete -c svcd -n 'test (__svcd_command) = {}'", command.name);
        match Takes::of(command.operand_name()) {
            Takes::Words(words) => {
                let _ = writeln!(script, "{here} -a '{}'", words.join(" "));
            }
            Takes::File | Takes::Folder => {
                let _ = writeln!(script, "{here} -F");
            }
            Takes::Nothing | Takes::Text => {}
        }
        for flag in command.all_flags() {
            let _ = writeln!(script, "{here} {}", of_flag(flag));
        }
    }
    script
}

/// Its spellings, what it takes, and its help.
fn of_flag(flag: &'static Flag) -> String {
    let spelled = |spelling: &'static str| match spelling.strip_prefix("--") {
        Some(long) => format!("-l {long}"),
        None => format!("-s {}", spelling.trim_start_matches('-')),
    };
    let spellings: Vec<_> = flag.spellings().map(spelled).collect();
    let value = match Takes::of(flag.value()) {
        Takes::Nothing => String::new(),
        Takes::Words(words) => format!(" -x -a '{}'", words.join(" ")),
        Takes::File => " -r -F".to_owned(),
        Takes::Folder => " -x -a '(__fish_complete_directories)'".to_owned(),
        Takes::Text => " -x".to_owned(),
    };
    format!("{}{value} -d '{}'", spellings.join(" "), escaped(flag.help))
}

/// A text inside of single quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('\'', r"\'")
}
