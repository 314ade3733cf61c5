//! `GET /` for browsers: the page, and what it is allowed to do.

use std::io::Write;
use std::process::{Command, Stdio};

use super::Fixture;
use crate::client::Answer;

/// What Firefox and Chromium send when somebody opens a page.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

const PAGE_BYTES_MAX: usize = 48 << 10;

fn page(fixture: &Fixture) -> Answer {
    let answer = fixture.ask(&format!("GET /\nAccept: {BROWSER}"), b"");
    assert_eq!((answer.status, answer.field("Content-Type")), (200, Some("text/html; charset=utf-8")));
    answer
}

/// The text between two tags that occur once in the page.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let parts: Vec<_> = page.split(start).collect();
    assert_eq!(parts.len(), 2, "{start}");
    parts[1].split(end).next().unwrap()
}

/// A source of a Content-Security-Policy, as others compute it: the SHA-256 of a text in base64.
fn hash_source(text: &str) -> String {
    let digits = pipe("sha256sum", &[], text.as_bytes());
    let byte = |index: usize| u8::from_str_radix(&digits[2 * index..][..2], 16).unwrap();
    let digest: Vec<u8> = (0..32).map(byte).collect();
    format!("'sha256-{}'", pipe("base64", &["-w0"], &digest))
}

fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn browsers_get_the_page_and_all_others_a_sign_of_life() {
    let fixture = Fixture::start("iris_rbf_scale");
    for (accept, is_page) in [
        (BROWSER, true),
        ("text/html", true),
        ("Text/HTML;charset=utf-8;q=0.1", true),
        ("application/json, text/html", true),
        ("", false),
        ("*/*", false),
        ("text/*", false),
        ("application/json", false),
        ("text/html;q=0", false),
        ("text/htmlx", false),
        ("application/json;x=text/html", false),
    ] {
        let answer = fixture.ask(&format!("GET /\nAccept: {accept}"), b"");
        let expected = if is_page { "text/html; charset=utf-8" } else { "application/json" };
        assert_eq!((answer.status, answer.field("Content-Type")), (200, Some(expected)), "{accept}");
        assert_eq!(answer.field("Vary"), Some("Accept"), "{accept}");
        assert_eq!(answer.field("Content-Security-Policy").is_some(), is_page, "{accept}");
        assert_eq!(answer.text() == "{\"status\":\"alive\"}", !is_page, "{accept}");
        let head = fixture.ask(&format!("HEAD /\nAccept: {accept}"), b"");
        for name in ["Content-Type", "Content-Length", "Content-Security-Policy", "Vary"] {
            assert_eq!(head.field(name), answer.field(name), "{accept}");
        }
    }
    assert_eq!(fixture.ask("GET /", b"").text(), "{\"status\":\"alive\"}");
}

#[test]
fn the_page_may_run_its_own_script_and_talk_to_its_own_server() {
    let answer = page(&Fixture::start("iris_rbf_scale"));
    let script = hash_source(between(answer.text(), "<script>", "</script>"));
    let style = hash_source(between(answer.text(), "<style>", "</style>"));
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert_eq!(answer.field("Content-Security-Policy"), Some(policy.as_str()));
    assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"));
}

#[test]
fn the_page_is_small_and_holds_nothing_of_the_model_and_nothing_from_elsewhere() {
    let names = "<b>,<i>,<u>,<s>";
    let [first, second] = ["iris_rbf_scale", "label_string"]
        .map(|model| page(&Fixture::start_with(model, &["--feature-names", names])).text().to_owned());
    assert_eq!(first, second);
    assert!(first.len() < PAGE_BYTES_MAX, "{} bytes", first.len());
    for foreign in ["http:", "https:", "src=", "@import", ": url(", "innerHTML", "eval(", " style=", " onclick="] {
        assert!(!first.contains(foreign), "{foreign}");
    }
}
