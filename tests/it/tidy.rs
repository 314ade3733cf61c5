//! The repository itself: the rules of the house, where each crate is named, and that the texts agree with the program.

mod house;
mod tokens;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use svcd::api::JSON_DEPTH_MAX;
use svcd::http::Limits;
use svcd::model_file::MODEL_FILE_BYTES_MAX;

/// Each crate with the only places that may name it.
const CRATES: [(&str, &[&str]); 5] = [
    ("bincode", &["src/model_file/native/coding.rs"]),
    ("ctrlc", &["src/cli/output.rs", "src/cli/serve.rs"]),
    ("miniz_oxide", &["src/inflate/inflater.rs"]),
    ("nix", &["src/http/poller.rs", "src/http/server.rs"]),
    ("serde_json", &["src/api/", "src/cli/", "src/model_file/", "src/pipeline/text/tests.rs"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder, as paths from the root.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The code of a file, without comments.
fn code(path: &str) -> String {
    read(path).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The words that follow `before` in `text`.
fn words_after<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split(before).skip(1).map(|rest| &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]).collect()
}

#[test]
fn each_crate_is_named_only_where_it_belongs() {
    for path in files("src", "rs") {
        let text = code(&path);
        for (name, places) in CRATES {
            let path_start = format!("{name}::");
            let is_named = text
                .split(|c: char| c.is_whitespace() || "(<&,;".contains(c))
                .any(|word| word.starts_with(&path_start));
            assert!(!is_named || places.iter().any(|place| path.starts_with(place)), "{path} names {name}");
        }
    }
}

#[test]
fn at_most_one_place_may_be_unsafe() {
    let places: Vec<_> =
        files("src", "rs").into_iter().filter(|path| code(path).contains("allow(unsafe_code)")).collect();
    assert!(places.len() <= 1, "{places:?}");
}

#[test]
fn the_version_has_its_entry_in_the_changelog() {
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(read("CHANGELOG.md").lines().any(|line| line.starts_with(&heading)), "CHANGELOG.md lacks `{heading}`");
}

/// The documents for users.
fn documents() -> Vec<(String, String)> {
    let names = ["README.md", "CONTRIBUTING.md"].map(str::to_owned).into_iter().chain(files("docs", "md"));
    names.map(|name| (name.clone(), read(&name))).collect()
}

#[test]
fn the_documents_name_only_flags_commands_and_files_that_exist() {
    let binary = env!("CARGO_BIN_EXE_svcd");
    let output =
        |arguments: &[&str]| String::from_utf8(Command::new(binary).args(arguments).output().unwrap().stdout).unwrap();
    let overview = output(&["--help"]);
    let names = overview.split("commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: BTreeSet<&str> = names.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    let help: String = commands.iter().map(|name| output(&[name, "--help"])).collect();
    for (name, text) in documents() {
        for line in text.lines().filter_map(|line| line.strip_prefix("svcd ")) {
            let word = line.split_whitespace().next().unwrap();
            let is_prose = !commands.contains(word) && !word.starts_with('-');
            assert!(!is_prose || !line.contains(" --"), "{name} runs `svcd {word}`");
            for flag in words_after(line.split('#').next().unwrap(), " --") {
                let is_known = help.contains(&format!("--{flag}")) || overview.contains(&format!("--{flag}"));
                assert!(is_prose || is_known, "{name} names --{flag}");
            }
        }
        for script in words_after(&text, "scripts/") {
            let exists =
                ["", ".sh", ".py", ".md"].iter().any(|end| root().join(format!("scripts/{script}{end}")).exists());
            assert!(exists, "{name} names scripts/{script}");
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let heading = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
        kept.collect::<String>().replace(' ', "-")
    };
    for (name, text) in documents() {
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.starts_with("http") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = if path.is_empty() { root().join(&name) } else { root().join(&name).with_file_name(path) };
            assert!(path.exists(), "{name}: {link}");
            let has_anchor = || fs::read_to_string(&path).unwrap().lines().any(|line| heading(line) == anchor);
            assert!(anchor.is_empty() || has_anchor(), "{name}: {link}");
        }
    }
}

/// The cells of SECURITY.md's table of limits. Values without blanks and commas, as flags take them; flags without backquotes.
fn limits_table() -> Vec<[String; 3]> {
    let text = read("SECURITY.md");
    let table = text.split("| limit |").nth(1).unwrap().split("\n\n").next().unwrap();
    let cells = |line: &str| {
        let [_, limit, value, flag, ..] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        [limit.to_owned(), value.replace([' ', ','], ""), flag.replace('`', "")]
    };
    table.lines().skip(2).map(cells).collect()
}

#[test]
fn the_limits_with_a_flag_are_those_of_the_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_svcd")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let is_limit = |flag: &&str| flag.ends_with("-max") || flag.ends_with("-timeout") || *flag == "drain-delay";
    let of_help: BTreeSet<String> =
        words_after(&help, "--").into_iter().filter(is_limit).map(|flag| format!("--{flag}")).collect();
    let rows: Vec<_> = limits_table().into_iter().filter(|[_, _, flag]| !flag.is_empty()).collect();
    assert_eq!(rows.iter().map(|[_, _, flag]| flag.clone()).collect::<BTreeSet<_>>(), of_help);
    for [_, value, flag] in rows {
        let default = help.split(&flag).nth(1).unwrap().split("[default ").nth(1).unwrap();
        assert_eq!(value, default.split(';').next().unwrap(), "{flag}");
    }
}

#[test]
fn the_limits_without_a_flag_are_those_of_the_code() {
    let limits = Limits::default();
    let (bytes, kibibytes) = (|n: usize| format!("{n}bytes"), |n: usize| format!("{}KiB", n / 1024));
    let expected = [
        ("end of the process after that", format!("{}s", limits.shutdown_timeout.as_secs())),
        ("empty lines before a request", limits.empty_lines_max.to_string()),
        ("method", bytes(limits.method_bytes_max)),
        ("request target", kibibytes(limits.target_bytes_max)),
        ("header section", kibibytes(limits.header_section_bytes_max)),
        ("lines of it", limits.field_lines_max.to_string()),
        ("chunk-size line", kibibytes(limits.chunk_line_bytes_max)),
        ("chunk extensions of a message", kibibytes(limits.chunk_extension_bytes_max)),
        ("trailer section", kibibytes(limits.trailer_section_bytes_max)),
        ("lines of the trailer section", limits.trailer_lines_max.to_string()),
        ("unsent answers of a connection", kibibytes(limits.unsent_bytes_max)),
        ("large requests being computed in turns", limits.compute_jobs_max.to_string()),
        ("large requests that wait for that", limits.compute_queue_max.to_string()),
        ("levels of JSON", JSON_DEPTH_MAX.to_string()),
        ("model file", format!("{}MiB", MODEL_FILE_BYTES_MAX >> 20)),
    ];
    let found =
        limits_table().into_iter().filter(|[_, _, flag]| flag.is_empty()).map(|[limit, value, _]| (limit, value));
    assert!(found.eq(expected.map(|(limit, value)| (limit.to_owned(), value))), "{:?}", limits_table());
}

#[test]
fn every_script_is_described() {
    let text = read("scripts/README.md");
    for path in [files("scripts", "sh"), files("scripts", "py")].concat() {
        let name = path.strip_prefix("scripts/").unwrap();
        // Files in a folder are described with the folder.
        let shown = name.split_once('/').map_or(name, |(folder, _)| folder);
        assert!(text.contains(shown), "scripts/README.md lacks {shown}");
    }
}

#[test]
fn the_documents_show_the_versions_that_the_fixtures_are_of() {
    let table = |path: &str| {
        let text = read(path);
        let table =
            text.split("<!-- table: versions -->\n").nth(1).unwrap().split("<!-- table end -->").next().unwrap();
        table.trim().to_owned()
    };
    let shown = table("docs/models.md");
    assert!(shown.lines().count() > 2, "{shown}");
    assert_eq!(shown, table("tests/fixtures/pickle/README.md"));
}
