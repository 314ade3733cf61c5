//! The requirements of RFC 9110 and RFC 9112, and our own, as one table of request bytes and answers.
//!
//! A row id names a requirement: R request line and target, H Host and fields, L length, T transfer coding, C connection,
//! A answers. What a line of bytes and a list of statuses cannot say stands in [`stories`]. Statuses ending in `+c` mean that the
//! answer says `Connection: close`, that nothing behind the request is answered, and that the connection ends with FIN.

mod answers;
mod connections;
mod contents;
mod fields;
mod requests;
mod stories;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::client::{Answer, Client, excerpt};
use crate::harness::{Echo, Server};
use crate::proc::await_everything_read;

/// Every requirement.
const ROWS: &str = "R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 R21 R22 R23 R24 \
                    H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 H11 H12 H13 H14 H15 \
                    L01 L02 L03 L04 L05 L06 L07 L08 L09 \
                    T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T12 T13 T14 T15 T16 \
                    C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 \
                    A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16";

/// The notebook's row.
const IRIS: &str = r#"{"sepal length (cm)":1,"sepal width (cm)":1,"petal length (cm)":1,"petal width (cm)":1}"#;

/// Which program answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// `examples/echo.rs`: every method is answered 200 with the content.
    Echo,
    /// svcd with the iris model.
    Product,
    Both,
}

struct Case {
    row: &'static str,
    name: &'static str,
    on: On,
    request: Vec<u8>,
    /// Statuses in their order; the last may end in `+c`.
    expected: &'static str,
    /// The client says that this was all.
    finishes: bool,
    /// Nothing is sent behind the request.
    is_alone: bool,
    /// The answers depend on how the bytes arrive.
    is_whole: bool,
    check: Check,
}

/// What else holds for the answers of a case.
type Check = Box<dyn Fn(&[Answer])>;

impl Case {
    fn then_fin(&mut self) -> &mut Case {
        self.finishes = true;
        self.alone()
    }

    fn alone(&mut self) -> &mut Case {
        self.is_alone = true;
        self
    }

    fn whole(&mut self) -> &mut Case {
        self.is_whole = true;
        self
    }

    /// What else holds for the answers.
    fn check(&mut self, check: impl Fn(&[Answer]) + 'static) -> &mut Case {
        self.check = Box::new(check);
        self
    }

    /// Statuses, and whether the server closes.
    fn statuses(&self) -> (Vec<u16>, bool) {
        let statuses = self.expected.trim_end_matches("+c").split(' ').map(|code| code.parse().unwrap()).collect();
        (statuses, self.expected.ends_with("+c"))
    }
}

#[derive(Default)]
struct Table(Vec<Case>);

impl Table {
    fn add(
        &mut self,
        on: On,
        row: &'static str,
        name: &'static str,
        request: &str,
        expected: &'static str,
    ) -> &mut Case {
        let (request, check) = (wire(request), Box::new(|_: &[Answer]| {}));
        let (finishes, is_alone, is_whole) = (false, false, false);
        self.0.push(Case { row, name, on, request, expected, finishes, is_alone, is_whole, check });
        self.0.last_mut().unwrap()
    }

    fn echo(&mut self, row: &'static str, name: &'static str, request: &str, expected: &'static str) -> &mut Case {
        self.add(On::Echo, row, name, request, expected)
    }

    fn product(&mut self, row: &'static str, name: &'static str, request: &str, expected: &'static str) -> &mut Case {
        self.add(On::Product, row, name, request, expected)
    }

    fn both(&mut self, row: &'static str, name: &'static str, request: &str, expected: &'static str) -> &mut Case {
        self.add(On::Both, row, name, request, expected)
    }
}

/// The bytes that a text stands for: `⏎` is CR LF, a line `H` is `Host: h`, a character up to U+00FF is that byte, and any other
/// character is its UTF-8.
fn wire(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in text.replace("⏎H⏎", "⏎Host: h⏎").chars() {
        match (character, u8::try_from(character)) {
            ('⏎', _) => bytes.extend_from_slice(b"\r\n"),
            (_, Ok(byte)) => bytes.push(byte),
            (other, _) => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// A POST of `content` with its length; `fields` are whole lines.
fn post(target: &str, fields: &str, content: &str) -> String {
    format!("POST {target} HTTP/1.1⏎H⏎{fields}Content-Length: {}⏎⏎{content}", wire(content).len())
}

fn cases() -> Vec<Case> {
    let mut table = Table::default();
    requests::add_to(&mut table);
    fields::add_to(&mut table);
    contents::add_to(&mut table);
    connections::add_to(&mut table);
    answers::add_to(&mut table);
    table.0
}

/// The bytes of every case, for tests that read them in another way.
pub fn requests() -> impl Iterator<Item = Vec<u8>> {
    cases().into_iter().map(|case| case.request)
}

/// A program under test, with the request that is sent behind each case and how its answer is known.
struct Target {
    address: SocketAddr,
    /// Lives as long as it is asked; elsewhere somebody else sees to that.
    _server: Option<Server>,
    on: On,
    marker: Vec<u8>,
    marker_content: &'static str,
}

impl Target {
    fn echo() -> Target {
        let marker = wire("POST /marker HTTP/1.1⏎H⏎Content-Length: 6⏎⏎marker");
        let server = Echo::start();
        Target { address: server.address, _server: Some(server), on: On::Echo, marker, marker_content: "marker" }
    }

    fn product() -> Target {
        let server = Server::start(&[]);
        let target = Target::product_at(server.address);
        Target { _server: Some(server), ..target }
    }

    fn product_at(address: SocketAddr) -> Target {
        let marker = wire("GET /version HTTP/1.1⏎H⏎⏎");
        Target { address, _server: None, on: On::Product, marker, marker_content: env!("CARGO_PKG_VERSION") }
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = cases();
        cases.retain(|case| case.on == self.on || case.on == On::Both);
        assert!(cases.len() > 200, "{}", cases.len());
        cases
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    /// What follows the request of this case.
    fn behind(&self, case: &Case) -> &[u8] {
        if case.is_alone { &[] } else { &self.marker }
    }

    /// Reads and checks all that must come back.
    fn verify(&self, case: &Case, is_alone: bool, client: &mut Client) {
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
        (case.check)(&answers);
        if !closes && !is_alone {
            assert_eq!(client.answer().text(), self.marker_content, "the request behind");
        }
        if closes || case.finishes {
            client.ends();
        }
    }

    /// On the product, an error is the error object.
    fn check_error(&self, answer: &Answer, is_head: bool) {
        if self.on == On::Product && answer.status >= 400 {
            assert_eq!(answer.field("Content-Type"), Some("application/json"));
            if !is_head {
                stories::check_error_object(answer);
            }
        }
    }

    /// One case whole: with nothing behind it, so that the server decides on these bytes alone, and with a request behind it.
    fn run_whole(&self, case: &Case) {
        let runs: &[&[u8]] = if case.is_alone { &[&[]] } else { &[&[], &self.marker] };
        for behind in runs {
            let mut client = Client::connect(self.address());
            client.send(&[case.request.as_slice(), behind].concat());
            if case.finishes {
                client.finish();
            }
            self.verify(case, behind.is_empty(), &mut client);
        }
    }

    /// Many cases, each in two parts with the first part read before the second is sent.
    fn run_split(&self, splits: &[(&Case, usize)]) {
        let mut clients: Vec<Client> = splits.iter().map(|_| Client::connect(self.address())).collect();
        for (client, (case, at)) in clients.iter_mut().zip(splits) {
            client.send(&case.request[..*at]);
        }
        await_everything_read(self.address());
        for (client, (case, at)) in clients.iter_mut().zip(splits) {
            client.send(&[&case.request[*at..], self.behind(case)].concat());
            if case.finishes {
                client.finish();
            }
        }
        for (mut client, (case, at)) in clients.into_iter().zip(splits) {
            naming(case, || format!("split at {at}"), || self.verify(case, case.is_alone, &mut client));
            client.reset();
        }
    }

    /// One case a byte at a time.
    fn run_bytewise(&self, case: &Case) {
        let mut client = Client::connect(self.address());
        for byte in case.request.iter().chain(self.behind(case)) {
            client.send(&[*byte]);
        }
        if case.finishes {
            client.finish();
        }
        self.verify(case, case.is_alone, &mut client);
    }
}

/// Runs a check; when it fails, says which case that was.
fn naming(case: &Case, detail: impl Fn() -> String, check: impl FnOnce()) {
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

/// Where to split: at every byte, or where a request is long, at some.
fn split_points(len: usize) -> impl Iterator<Item = usize> {
    const ALL_MAX: usize = 120;
    (1..len).filter(move |&at| len <= ALL_MAX || at + 8 > len || at % (len / 24) == 0)
}

/// Connections open at once: their answers must be read before the server has lingered long enough.
const CONNECTIONS: usize = 250;

fn every_case_whole(target: &Target) {
    for case in &target.cases() {
        naming(case, || "whole".to_string(), || target.run_whole(case));
    }
}

/// What both programs answer alike is the engine's, and split on one of them only.
fn every_case_in_parts(target: &Target) {
    let cases = target.cases();
    let is_elsewhere = |case: &Case| case.is_whole || (target.on == On::Product && case.on == On::Both);
    let cases: Vec<&Case> = cases.iter().filter(|case| !is_elsewhere(case)).collect();
    let splits: Vec<(&Case, usize)> =
        cases.iter().flat_map(|case| split_points(case.request.len()).map(|at| (*case, at))).collect();
    for splits in splits.chunks(CONNECTIONS) {
        target.run_split(splits);
    }
    for case in cases.iter().filter(|case| case.request.len() < 1_000) {
        naming(case, || "a byte at a time".to_string(), || target.run_bytewise(case));
    }
}

/// Every case has its answers from the svcd that listens there.
pub fn assert_every_case(address: SocketAddr) {
    every_case_whole(&Target::product_at(address));
}

#[test]
fn every_row_has_a_case_or_a_story() {
    let covered: BTreeSet<&str> =
        cases().iter().map(|case| case.row).chain(stories::STORIES.iter().map(|(row, _)| *row)).collect();
    let rows: BTreeSet<&str> = ROWS.split(' ').collect();
    assert_eq!(covered, rows);
}

#[test]
fn every_case_has_its_answers_from_the_engine_alone() {
    every_case_whole(&Target::echo());
}

#[test]
fn every_case_has_its_answers_from_svcd() {
    every_case_whole(&Target::product());
}

#[test]
fn every_case_of_the_engine_has_its_answers_however_it_is_split() {
    every_case_in_parts(&Target::echo());
}

#[test]
fn every_case_of_svcd_alone_has_its_answers_however_it_is_split() {
    every_case_in_parts(&Target::product());
}
