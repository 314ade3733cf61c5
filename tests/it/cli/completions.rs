//! The scripts for shells have all that the help has. `scripts/check_completions.py` asks the shells themselves.

use std::collections::BTreeSet;

use super::*;

fn script(shell: &str) -> String {
    let (code, script, stderr) = run(&["completions", shell]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    script
}

/// The commands of the overview.
fn commands() -> Vec<String> {
    let overview = run(&["--help"]).1;
    let names = overview.split("commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    names.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

/// The spellings of a command's flags, as its help has them.
fn flags(command: &str) -> Vec<String> {
    let help = run(&[command, "--help"]).1;
    let rows = help.split("\nflags:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap();
    let rows = rows.lines().filter(|line| line.starts_with("  -"));
    let spelled = rows.flat_map(|row| row.split_whitespace().take_while(|word| word.starts_with('-')));
    spelled.map(|word| word.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn every_command_and_flag_is_in_the_script_for_every_shell() {
    let (bash, zsh, fish) = (script("bash"), script("zsh"), script("fish"));
    let commands = commands();
    assert!(commands.len() > 6 && flags("serve").len() > 25, "{commands:?} {:?}", flags("serve"));
    for command in &commands {
        assert!(zsh.contains(&format!("        '{command}:")), "{command}");
        assert!(fish.contains(&format!(" -n __svcd_is_first -a {command} -d '")), "{command}");
        let of_bash = bash.lines().find(|line| line.starts_with(&format!("        {command}) flags='"))).unwrap();
        let words: BTreeSet<_> = of_bash.split(['\'', ' ']).collect();
        let of_zsh =
            zsh.split(&format!("\n        {command}) _arguments ")).nth(1).unwrap().split(";;").next().unwrap();
        let here = format!("complete -c svcd -n 'test (__svcd_command) = {command}' ");
        let of_fish: Vec<_> = fish.lines().filter_map(|line| line.strip_prefix(&here)).collect();
        for flag in flags(command) {
            assert!(words.contains(flag.as_str()), "bash: {command} {flag}");
            assert!(of_zsh.contains(&flag), "zsh: {command} {flag}");
            let option = match flag.strip_prefix("--") {
                Some(long) => format!("-l {long} "),
                None => format!("-s {} ", &flag[1..]),
            };
            assert!(of_fish.iter().any(|line| format!("{line} ").contains(&option)), "fish: {command} {flag}");
        }
    }
}

/// What bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    let program =
        "eval \"$(cat)\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(( $# - 1 )); _svcd; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut child = Command::new("bash");
    child.args(["-c", program, "bash"]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(script("bash").as_bytes()).unwrap();
    let text = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_offers_what_fits_in_each_place() {
    for (words, expected) in [
        (&["svcd", "pre"][..], &["predict"][..]),
        (&["svcd", "--log"], &["--log-format", "--log-level"]),
        (&["svcd", "serve", "--log-format", ""], &["text", "json"]),
        (&["svcd", "--errors", "=", "t"], &["terse"]),
        (&["svcd", "predict", "--f"], &["--format", "--format-in", "--filter", "--feature-names"]),
        (&["svcd", "completions", ""], &["bash", "zsh", "fish"]),
        (&["svcd", "help", "exp"], &["export"]),
        (&["svcd", "serve", "--port", ""], &[]),
        // files, which bash itself knows
        (&["svcd", "predict", "-m", ""], &[]),
    ] {
        assert_eq!(offered(words), expected, "{words:?}");
    }
}

#[test]
fn another_shell_is_refused() {
    let (code, stdout, stderr) = run(&["completions", "tcsh"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.starts_with("error: expected bash, zsh or fish, found `tcsh`\nusage: svcd completions bash|zsh|fish\n")
    );
    assert_eq!(run(&["completions"]).2.lines().next(), Some("error: expected bash|zsh|fish, found nothing"));
}
