//! Every console block of the documentation is typed into a shell, and has to print what it shows.
//!
//! A line that begins with `$ ` is typed, with those behind it that a backslash joins; the lines up to the next one are what it prints,
//! on standard output and standard error. `svcd` is the binary under test. A command that ends in `&` starts a server, on a port
//! of its own; without one, `localhost:8000` is `svcd` as it starts by itself. curl is played here, so that nothing is needed but a
//! shell: the shell notes what it is asked, and a client of the tests asks.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::Folder;
use crate::harness::Server;

/// Blocks that are not run: the first line of each, and why. There is none.
const NOT_RUN: [(&str, &str); 0] = [];

/// Languages of blocks. What a command prints is shown in a console block and nowhere else.
const LANGUAGES: [&str; 5] = ["console", "nginx", "python", "sh", "text"];

/// The files that the README's Python writes, from the same calls in `scripts/piece_cases.py` and `scripts/table_cases.py`.
const FILES: [(&str, &str); 8] = [
    ("scaler.pkl", "pieces/1.9.1/labels/scaler.pkl"),
    ("svm_model.pkl", "pieces/1.9.1/labels/svm.pkl"),
    ("label_encoder.pkl", "pieces/1.9.1/labels/labels.pkl"),
    ("titanic.pkl", "tables/1.9.1/titanic.p4"),
    ("table_scaler.pkl", "tables/1.9.1/encoders_as_files/scaler.pkl"),
    ("table_svm.pkl", "tables/1.9.1/encoders_as_files/model.pkl"),
    ("sex_encoder.pkl", "tables/1.9.1/encoders_as_files/sex_encoder.pkl"),
    ("embarked_encoder.pkl", "tables/1.9.1/encoders_as_files/embarked_encoder.pkl"),
];

/// A model of text, from tests/fixtures/text.
const TEXT_FILE: (&str, &str) = ("spam.pkl", "1.9.1/tfidf.p4");

/// The address that documentation shows.
const SHOWN: &str = "localhost:8000";

/// A fenced block.
struct Block {
    /// File and line.
    place: String,
    language: String,
    lines: Vec<String>,
}

/// The blocks of all Markdown files.
fn blocks() -> Vec<Block> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec![root.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = paths.pop() {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && (path == root || !name.starts_with('.') && name != "target") {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if name.ends_with(".md") {
            found.extend(blocks_of(
                path.strip_prefix(root).unwrap().to_str().unwrap(),
                &fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}

fn blocks_of(path: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block { place: format!("{path}:{number}"), language: language.to_owned(), lines: vec![] });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{path} ends in a block");
    found
}

/// The commands of a block, each with what it prints.
fn commands(block: &Block) -> Vec<(String, Vec<&str>)> {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    let mut goes_on = false;
    for line in &block.lines {
        match (commands.last_mut(), line.strip_prefix("$ ")) {
            (Some((command, _)), _) if goes_on => command.push_str(&format!("\n{line}")),
            (_, Some(command)) => commands.push((command.to_owned(), vec![])),
            (Some((_, printed)), None) => printed.push(line),
            (None, None) => panic!("{}: expected a command, found `{line}`", block.place),
        }
        goes_on = line.ends_with('\\') && (goes_on || line.starts_with("$ "));
    }
    commands
}

/// A shell in a folder with the documentation's files, and the server that its commands ask.
struct Session {
    folder: Folder,
    server: Option<Server>,
    aliases: String,
}

impl Session {
    fn new() -> Session {
        let folder = Folder::new("console");
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
        for (name, file) in FILES {
            fs::copy(format!("{fixtures}/{file}"), folder.path(name)).unwrap();
        }
        let texts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/text");
        fs::create_dir(folder.path("examples")).unwrap();
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/iris.csv"), folder.path("examples/iris.csv")).unwrap();
        fs::copy(format!("{texts}/{}", TEXT_FILE.1), folder.path(TEXT_FILE.0)).unwrap();
        Session { folder, server: None, aliases: String::new() }
    }

    /// Types a command; what it prints.
    fn run(&mut self, command: &str) -> String {
        if command.starts_with("alias ") {
            self.aliases.push_str(&format!("{command}\n"));
            return String::new();
        }
        if let Some(server) = command.strip_suffix('&') {
            let noted = self.shell(&format!("svcd() {{ {NOTE} svcd; }}\n{server}"));
            let words = self.words("svcd").unwrap_or_else(|| panic!("expected svcd, found `{command}`"));
            let words = words.iter().map(String::as_str).filter(|word| *word != "serve").collect::<Vec<_>>();
            let mut command = Server::command(&words);
            command.current_dir(&self.folder.0);
            self.server = Some(Server::run(command));
            return noted;
        }
        let printed = self.shell(&format!("curl() {{ cat >stdin; {NOTE} curl; }}\n{command}"));
        match self.words("curl") {
            Some(words) => printed + &self.ask(words),
            None => printed,
        }
    }

    fn shell(&self, command: &str) -> String {
        let binary = Path::new(env!("CARGO_BIN_EXE_svcd"));
        let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{}{command}", self.aliases)])
            .current_dir(&self.folder.0)
            .env_clear()
            .env("PATH", path)
            .stdin(Stdio::null())
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// What a program that is played was called with, once.
    fn words(&self, program: &str) -> Option<Vec<String>> {
        let noted = fs::read_to_string(self.folder.path(program)).ok()?;
        fs::remove_file(self.folder.path(program)).unwrap();
        Some(noted.split_terminator('\0').map(str::to_owned).collect())
    }

    /// Asks what curl was told to ask.
    fn ask(&mut self, words: Vec<String>) -> String {
        let (mut method, mut fields, mut content, mut path) = ("GET".to_owned(), String::new(), Vec::new(), None);
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("nothing behind `{word}`"));
            match word.as_str() {
                "-X" => method = value(),
                "-H" => fields.push_str(&format!("{}\r\n", value())),
                "-d" | "--data-binary" => {
                    content = match value().as_str() {
                        "@-" => fs::read(self.folder.path("stdin")).unwrap(),
                        text => text.as_bytes().to_vec(),
                    };
                    method = "POST".to_owned();
                }
                _ => path = Some(word.strip_prefix(SHOWN).unwrap_or_else(|| panic!("curl `{word}`")).to_owned()),
            }
        }
        let given = fields.to_ascii_lowercase();
        for (name, value) in [("Accept", "*/*"), ("Content-Type", "application/x-www-form-urlencoded")] {
            let is_due = name == "Accept" || method == "POST";
            if is_due && !given.contains(&format!("{}: ", name.to_ascii_lowercase())) {
                fields.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {SHOWN}\r\n{fields}");
        let head = format!("{head}Content-Length: {}\r\n\r\n", content.len());
        let server = self.server.get_or_insert_with(|| Server::start(&[]));
        server.connect().ask(&[head.as_bytes(), &content].concat()).text().to_owned()
    }
}

/// Notes the words of a call in the file that is named after it.
const NOTE: &str = "printf '%s\\0' \"$@\" >";

#[test]
fn every_command_prints_what_the_documentation_shows() {
    let consoles: Vec<Block> = blocks().into_iter().filter(|block| block.language == "console").collect();
    assert!(consoles.iter().filter(|block| block.place.starts_with("README.md:")).count() >= 2);
    for block in &consoles {
        if NOT_RUN.iter().any(|(line, _)| block.lines.first().is_some_and(|first| first == line)) {
            continue;
        }
        let mut session = Session::new();
        let commands = commands(block);
        assert!(!commands.is_empty(), "{}", block.place);
        for (command, shown) in commands {
            let printed = session.run(&command);
            assert_eq!(printed.lines().collect::<Vec<_>>(), shown, "{}\n$ {command}\n{printed}", block.place);
        }
    }
}

#[test]
fn what_a_command_prints_is_shown_in_console_blocks_alone() {
    for block in blocks() {
        let Block { place, language, lines } = block;
        assert!(LANGUAGES.contains(&language.as_str()), "{place}: `{language}`");
        assert!(language == "console" || lines.iter().all(|line| !line.starts_with("$ ")), "{place}");
    }
}

#[test]
fn commands_are_told_from_what_they_print() {
    let text = "x\n```console\n$ printf 'a \\\n  b'\na   b\n$ false\n```\n```sh\ny\n```\n";
    let [console, sh] = &blocks_of("x.md", text)[..] else { panic!() };
    assert_eq!((console.place.as_str(), sh.place.as_str(), sh.language.as_str()), ("x.md:2", "x.md:8", "sh"));
    let expected = [("printf 'a \\\n  b'".to_owned(), vec!["a   b"]), ("false".to_owned(), vec![])];
    assert_eq!(commands(console), expected);
    let mut session = Session::new();
    let printed = session.run("printf 'a\\nb ' && svcd --version; svcd --prt 1 | cat >/dev/null");
    let expected = format!("a\nb svcd {}\nerror: unknown flag `--prt`", env!("CARGO_PKG_VERSION"));
    assert!(printed.starts_with(&expected), "{printed}");
    session.run("alias ask='curl -H \"Content-Type: text/csv\"'");
    assert_eq!(
        session.run("printf '1,2,3,4' | ask --data-binary @- localhost:8000/invocations"),
        "{\"predictions\":[2]}"
    );
}
