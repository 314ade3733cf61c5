//! Asks a running server every case of the table, and checks the answers.

use std::net::SocketAddr;

use serde_json::Value;

use crate::client::{Answer, Client, excerpt};
use crate::requests::{Case, On, Outcome, cases, wire};

/// A program under test, the request sent behind each case, and the content of its answer.
pub struct Target {
    pub address: SocketAddr,
    pub on: On,
    marker: Vec<u8>,
    marker_content: &'static str,
}

impl Target {
    /// `examples/echo.rs` at this address.
    pub fn echo(address: SocketAddr) -> Target {
        let marker = wire("POST /marker HTTP/1.1⏎H⏎Content-Length: 6⏎⏎marker");
        Target { address, on: On::Echo, marker, marker_content: "marker" }
    }

    /// svcd with the iris model at this address.
    pub fn product(address: SocketAddr) -> Target {
        let marker = wire("GET /version HTTP/1.1⏎H⏎⏎");
        Target { address, on: On::Product, marker, marker_content: env!("CARGO_PKG_VERSION") }
    }

    pub fn cases(&self) -> Vec<Case> {
        let mut cases = cases();
        cases.retain(|case| case.on == self.on || case.on == On::Both);
        assert!(cases.len() > 200, "{}", cases.len());
        cases
    }

    /// What follows the request of this case.
    pub fn behind(&self, case: &Case) -> &[u8] {
        if case.is_alone { &[] } else { &self.marker }
    }

    /// Reads the answers and checks them.
    pub fn verify(&self, case: &Case, is_alone: bool, client: &mut Client) {
        let (statuses, closes) = case.statuses();
        let is_head = case.request.starts_with(b"HEAD ");
        let mut answers = Vec::new();
        for (index, &status) in statuses.iter().enumerate() {
            let answer = client.answer_to(is_head && index == 0);
            assert_eq!(answer.status, status, "answer {index}: {answer:?}");
            let is_last = index + 1 == statuses.len();
            assert!(case.finishes || answer.closes() == (closes && is_last), "answer {index}: {answer:?}");
            self.check_error(&answer, is_head);
            answers.push(answer);
        }
        check_answers(case, &answers);
        if self.on == On::Echo {
            check_echo(case, &answers[0], is_head);
        }
        if !closes && !is_alone {
            assert_eq!(client.answer().text(), self.marker_content, "the request behind");
        }
        if closes || case.finishes {
            client.ends();
        }
    }

    /// svcd's errors are the error object.
    fn check_error(&self, answer: &Answer, is_head: bool) {
        if self.on == On::Product && answer.status >= 400 {
            assert_eq!(answer.field("Content-Type"), Some("application/json"));
            if !is_head {
                check_error_object(answer);
            }
        }
    }

    /// Sends a case in one piece: alone, so that the server has only these bytes to decide on, and with a request behind it.
    fn run_whole(&self, case: &Case) {
        let runs: &[&[u8]] = if case.is_alone { &[&[]] } else { &[&[], &self.marker] };
        for behind in runs {
            let mut client = Client::connect(self.address);
            client.send(&[case.request.as_slice(), behind].concat());
            if case.finishes {
                client.finish();
            }
            self.verify(case, behind.is_empty(), &mut client);
        }
    }
}

/// Runs a check; when it fails, says which case that was.
pub fn naming(case: &Case, detail: impl Fn() -> String, check: impl FnOnce()) {
    struct Name<'a, D: Fn() -> String>(&'a Case, D);
    impl<D: Fn() -> String> Drop for Name<'_, D> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                let Name(case, detail) = self;
                eprintln!("{} {} {}: {}", case.row, case.name, detail(), excerpt(&case.request));
            }
        }
    }
    let _name = Name(case, detail);
    check();
}

/// Asks every case in one piece.
pub fn every_case_whole(target: &Target) {
    for case in &target.cases() {
        naming(case, || "whole".to_string(), || target.run_whole(case));
    }
}

/// The engine's answer says what the parser has read.
fn check_echo(case: &Case, answer: &Answer, is_head: bool) {
    let Some(Outcome::Complete(facts)) = case.reading.as_ref().filter(|_| answer.status == 200) else { return };
    let path = String::from_utf8_lossy(&facts.path);
    assert_eq!(answer.field("Echo-Method"), Some(facts.method.name()));
    assert_eq!(answer.field("Echo-Path"), Some(path.as_ref()));
    let content: &[u8] = if is_head { &[] } else { &facts.content };
    assert_eq!(excerpt(&answer.content), excerpt(content));
}

/// What the table says of the contents and fields of a case's answers.
fn check_answers(case: &Case, answers: &[Answer]) {
    for (answer, content) in answers.iter().zip(&case.contents) {
        assert_eq!(excerpt(&answer.content), excerpt(content));
    }
    for (name, value) in &case.fields {
        assert_eq!(answers[0].field(name), *value, "{name}");
    }
    if let Some(text) = case.lacks {
        assert!(!answers[0].fields.iter().any(|(_, value)| value.contains(text)), "{:?}", answers[0].fields);
    }
}

/// svcd's error object, with the code of its status.
pub fn check_error_object(answer: &Answer) {
    let object: Value = serde_json::from_slice(&answer.content).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    let text = |key: &str| object[key].as_str().unwrap_or_else(|| panic!("{key} in {object}"));
    assert!(!text("error").is_empty() && text("error") == text("message"), "{object}");
    let code = match answer.status {
        400 => "BAD_REQUEST",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        408 => "REQUEST_TIMEOUT",
        413 => "CONTENT_TOO_LARGE",
        414 => "URI_TOO_LONG",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        417 => "EXPECTATION_FAILED",
        431 => "HEADERS_TOO_LARGE",
        500 => "INTERNAL_ERROR",
        501 => "NOT_IMPLEMENTED",
        503 => "UNAVAILABLE",
        505 => "VERSION_NOT_SUPPORTED",
        other => panic!("{other} is no status of this server"),
    };
    assert_eq!(text("error_code"), code);
    let known = ["error", "error_code", "message", "where", "expected"];
    assert!(object.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{object}");
}
