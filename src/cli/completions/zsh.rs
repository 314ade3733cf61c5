//! The script for zsh, for its `_arguments`.

use std::fmt::Write;

use super::takes::Takes;
use crate::cli::command::{Command, Flag};

const START: &str = r#"#compdef svcd
# Completions of svcd for zsh, printed by `svcd completions zsh`.
_svcd() {
    local command=serve
    local -a commands=(
"#;

const MIDDLE: &str = r#"        'help:shows what a command does, its flags, examples'
    )
    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
        _describe command commands
        return
    fi
    if [[ $words[2] != -* ]]; then
        command=$words[2]
        shift words
        (( CURRENT-- ))
    fi
    case $command in
"#;

const END: &str = r#"        help) (( CURRENT == 2 )) && _describe command commands ;;
    esac
}
# read by `source`, or found in $fpath
if [[ $funcstack[1] == _svcd ]]; then _svcd "$@"; else compdef _svcd svcd; fi
"#;

/// The whole script.
pub(in crate::cli) fn script(commands: &[&Command]) -> String {
    let mut script = START.to_owned();
    for command in commands {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(script, "        '{}:{}'", command.name, escaped(command.summary));
    }
    script.push_str(MIDDLE);
    for (index, command) in commands.iter().enumerate() {
        let mut specs: Vec<_> = command.all_flags().map(spec).collect();
        specs.push("'(-h --help)'{-h,--help}'[what the command does]'".to_owned());
        if index == 0 {
            specs.push("'(-V --version)'{-V,--version}'[the version]'".to_owned());
        }
        let several = if command.operand.ends_with("...") { "*" } else { "" };
        specs.extend(action(command.operand_name()).map(|action| format!("'{several}{action}'")));
        let _ = writeln!(
            script,
            "        {}) _arguments -S \\\n            {} ;;",
            command.name,
            specs.join(" \\\n            ")
        );
    }
    script + END
}

/// `'(-p --port)'{-p,--port=}'[help]:N:'`: spellings that exclude each other, help, value.
fn spec(flag: &'static Flag) -> String {
    let is_valued = !flag.value().is_empty();
    let spellings: Vec<_> = flag.spellings().collect();
    let typed = |spelling: &&str| {
        // A long one may have its value behind an equals sign.
        if is_valued && spelling.starts_with("--") { format!("{spelling}=") } else { (*spelling).to_owned() }
    };
    let typed: Vec<_> = spellings.iter().map(typed).collect();
    let before = if flag.is_repeatable { "'*'".to_owned() } else { format!("'({})'", spellings.join(" ")) };
    let names = if let [name] = typed.as_slice() { name.clone() } else { format!("{{{}}}", typed.join(",")) };
    format!("{before}{names}'[{}]{}'", escaped(flag.help), action(flag.value()).unwrap_or_default())
}

/// `:N:` and what to offer.
fn action(shown: &'static str) -> Option<String> {
    let offered = match Takes::of(shown) {
        Takes::Nothing => return None,
        Takes::Words(words) => format!("({})", words.join(" ")),
        Takes::File => "_files".to_owned(),
        Takes::Folder => "_files -/".to_owned(),
        Takes::Text => " ".to_owned(),
    };
    Some(format!(":{}:{offered}", escaped(shown)))
}

/// A text inside of single quotes, in a place that ends at a colon or a bracket.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\'' => escaped.push_str(r"'\''"),
            '[' | ']' | ':' | '\\' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}
