//! The script for bash 3.2 and later.

use std::fmt::Write;

use super::takes::Takes;
use crate::cli::command::{Command, Flag};

/// What is the same for all commands. Where there are no replies, `-o default` offers files.
const START: &str = r#"# Completions of svcd for bash, printed by `svcd completions bash`.
_svcd() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=serve flags='' operand=''
    # `--flag=value` comes as three words
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if (( COMP_CWORD > 1 )) && [[ ${COMP_WORDS[1]} != -* ]]; then
        command=${COMP_WORDS[1]}
    fi
    COMPREPLY=()
"#;

const END: &str = r#"    if (( COMP_CWORD == 1 )); then
        operand=$commands
        flags+=' --version -V'
    fi
    if [[ $cur == -* ]]; then
        COMPREPLY=( $(compgen -W "$flags --help -h" -- "$cur") )
    elif [[ -n $operand ]]; then
        COMPREPLY=( $(compgen -W "$operand" -- "$cur") )
    fi
}
complete -o default -F _svcd svcd
"#;

/// What only bash 4 and later can do; earlier ones offer files where there is nothing to offer.
const NO_FILES: &str = "compopt +o default 2>/dev/null";

/// The whole script.
pub(in crate::cli) fn script(commands: &[&Command]) -> String {
    let names: Vec<_> = commands.iter().map(|command| command.name).collect();
    let mut script = START.to_owned();
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(script, "    local commands='{} help'", names.join(" "));
    script.push_str("    case \"$command $prev\" in\n");
    commands.iter().for_each(|command| push_values(command, &mut script));
    script.push_str("    esac\n    case $command in\n");
    for command in commands {
        let flags: Vec<_> = command.all_flags().flat_map(Flag::spellings).collect();
        let operand = match Takes::of(command.operand_name()) {
            Takes::Words(words) => format!(" operand='{}'; {NO_FILES}", words.join(" ")),
            Takes::Nothing | Takes::Text => format!("; {NO_FILES}"),
            Takes::File | Takes::Folder => String::new(),
        };
        let _ = writeln!(script, "        {}) flags='{}'{operand} ;;", command.name, flags.join(" "));
    }
    let _ = writeln!(script, "        help) operand=$commands; {NO_FILES} ;;\n    esac");
    script + END
}

/// What each flag of a command takes.
fn push_values(command: &Command, script: &mut String) {
    for flag in command.all_flags() {
        let patterns: Vec<_> = flag.spellings().map(|spelling| format!("'{} {spelling}'", command.name)).collect();
        let action = match Takes::of(flag.value()) {
            Takes::Nothing => continue,
            Takes::Words(words) => format!("COMPREPLY=( $(compgen -W '{}' -- \"$cur\") )", words.join(" ")),
            Takes::File | Takes::Folder => String::new(),
            Takes::Text => NO_FILES.to_owned(),
        };
        let separator = if action.is_empty() { "" } else { "; " };
        let _ = writeln!(script, "        {}) {action}{separator}return ;;", patterns.join(" | "));
    }
}
