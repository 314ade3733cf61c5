//! What one request and a list of statuses cannot express: time, parts, other connections.

use std::time::{SystemTime, UNIX_EPOCH};

use svcd::http::date::imf_fixdate;

use crate::client::{Answer, Client};
use crate::conformance::check_error_object;
use crate::harness::{Echo, Server};
use crate::requests::{IRIS, post, wire};
use crate::{proc, server};

/// Rows with a test of their own.
pub(super) const STORIES: &[(&str, fn())] = &[
    ("L05", memory_for_content_grows_with_what_has_arrived),
    ("C10", leave_to_send_is_given_at_once),
    ("C14", server::floods::an_early_answer_is_readable_and_ends_with_fin),
    ("C18", server::peers::resets_and_silent_ends_are_dropped_quietly),
    ("C19", server::deadlines::a_request_that_does_not_come_in_time_is_answered_408),
    ("C20", server::deadlines::a_connection_without_a_request_is_closed_without_a_word),
    ("C21", server::deadlines::a_reader_that_takes_too_long_is_closed),
    ("C22", server::peers::clients_with_half_a_request_do_not_delay_the_others),
    ("A02", the_date_is_now),
    ("A04", head_has_the_fields_of_get),
    ("A11", server::floods::the_request_that_would_pass_the_byte_budget_gets_a_503),
    ("A12", server::peers::a_panic_costs_one_answer_and_not_the_worker),
    ("A14", error_bodies_never_repeat_the_request),
    ("A16", an_answer_comes_in_one_piece),
];

#[test]
fn memory_for_content_grows_with_what_has_arrived() {
    const CONNECTIONS: usize = 200;
    const ANNOUNCED_KIB: usize = 8 << 10;
    let server = Server::start(&[]);
    server.connect().ask(&wire(&post("/", "", IRIS)));
    let before = proc::status(server.pid(), "VmRSS");
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(&wire("POST / HTTP/1.1⏎H⏎Content-Length: 8388608⏎⏎{"));
    }
    proc::await_everything_read(server.address);
    let grown = proc::status(server.pid(), "VmRSS").saturating_sub(before);
    // Nothing is reserved for the announced 1.6 GiB: only the 200 connections take memory.
    assert!(grown < ANNOUNCED_KIB / 4, "{grown} KiB for {CONNECTIONS} requests of {ANNOUNCED_KIB} KiB");
}

#[test]
fn leave_to_send_is_given_at_once() {
    let (echo, product) = (Echo::start(), Server::start(&[]));
    let row = post("/", "Expect: 100-continue⏎", IRIS);
    let (head, content) = row.split_at(row.len() - IRIS.len());
    for (server, expected) in [(&echo, IRIS), (&product, "{\"val\": 0}")] {
        let mut client = server.connect();
        for _ in 0..2 {
            let leave = client.ask(&wire(head));
            assert_eq!((leave.status, client.received.len()), (100, 0));
            let answer = client.ask(&wire(content));
            assert_eq!((answer.status, answer.text()), (200, expected));
        }
        // Chunked, and behind an answer that is still to come.
        let head = "POST / HTTP/1.1⏎H⏎Expect: 100-continue⏎Transfer-Encoding: chunked⏎⏎";
        client.send(&wire(&format!("GET /healthz HTTP/1.1⏎H⏎⏎{head}")));
        assert_eq!((client.answer().status, client.answer().status), (200, 100));
        let answer = client.ask(&wire(&format!("{:x}⏎{IRIS}⏎0⏎⏎", IRIS.len())));
        assert_eq!((answer.status, answer.text()), (200, expected));
    }
}

#[test]
fn the_date_is_now() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let server = Server::start(&[]);
    for request in ["GET / HTTP/1.1⏎H⏎⏎", "OPTIONS / HTTP/1.1⏎H⏎⏎", "GET /none HTTP/1.1⏎H⏎⏎", "GET / HTTP/1.1⏎⏎"]
    {
        let begin = now();
        let answer = server.connect().ask(&wire(request));
        let possible: Vec<String> = (begin..=now()).map(imf_fixdate).collect();
        assert!(possible.iter().any(|date| answer.field("Date") == Some(date)), "{answer:?}, now {possible:?}");
    }
}

#[test]
fn head_has_the_fields_of_get() {
    let server = Server::start(&[]);
    for path in ["/", "/healthz", "/readyz", "/version", "/none", "/healthz#"] {
        let ask = |method: &str| server.connect().ask(&wire(&format!("{method} {path} HTTP/1.1⏎H⏎⏎")));
        let (mut get, mut head) = (ask("GET"), ask("HEAD"));
        for answer in [&mut get, &mut head] {
            answer.fields.retain(|(name, _)| !["Date", "X-Request-Id"].contains(&name.as_str()));
        }
        assert!(!get.content.is_empty());
        assert_eq!((head.status, &head.fields, head.content.len()), (get.status, &get.fields, 0), "{path}");
    }
}

#[test]
fn error_bodies_never_repeat_the_request() {
    const TELLTALE: &str = "zqxjkv";
    let server = Server::start(&[]);
    let row = IRIS.replace("1", &format!("\"{TELLTALE}\""));
    for request in [
        "zqxjkv / HTTP/1.1⏎H⏎⏎".to_string(),
        "zqxjkv(/ HTTP/1.1⏎H⏎⏎".to_string(),
        "GET /zqxjkv HTTP/1.1⏎H⏎⏎".to_string(),
        "GET /zqxjkv%zz HTTP/1.1⏎H⏎⏎".to_string(),
        "GET zqxjkv HTTP/1.1⏎H⏎⏎".to_string(),
        "DELETE /healthz?zqxjkv HTTP/1.1⏎H⏎⏎".to_string(),
        "GET / zqxjkv⏎".to_string(),
        "GET / HTTP/1.1⏎Host: zqxjkv,⏎⏎".to_string(),
        "GET / HTTP/1.1⏎H⏎zqxjkv⏎⏎".to_string(),
        "GET / HTTP/1.1⏎H⏎X: zqxjkv\0⏎⏎".to_string(),
        "GET / HTTP/1.1⏎H⏎Expect: zqxjkv⏎⏎".to_string(),
        "GET / HTTP/1.1⏎H⏎Content-Length: zqxjkv⏎⏎".to_string(),
        "GET / HTTP/1.1⏎H⏎Transfer-Encoding: zqxjkv, chunked⏎⏎".to_string(),
        "POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎zqxjkv".to_string(),
        "POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎0⏎zqxjkv⏎".to_string(),
        post("/", "Content-Type: text/zqxjkv⏎", "x"),
        post("/", "Content-Type: application/json; charset=zqxjkv⏎", "x"),
        post("/", "Content-Encoding: zqxjkv⏎", "x"),
        post("/", "", TELLTALE),
        post("/", "", "{\"zqxjkv\": 1}"),
        post("/", "", "{\"zqxjkv\": zqxjkv}"),
        post("/", "", "{\"sepal length (cm)\": 1, \"sepal zqxjkv (cm)\": 1}"),
        post("/", "", "\"zqxjkv"),
        post("/", "", "[\"zqxjkv\"]"),
        post("/", "", "{\"\\zqxjkv\": 1}"),
        post("/", "", &row),
        post("/", "", &format!("{IRIS}{TELLTALE}")),
        post("/", "", &IRIS.replace("1", "-zqxjkv")),
    ] {
        let answer = server.connect().ask(&wire(&request));
        assert!(answer.status >= 400, "{request}: {answer:?}");
        check_error_object(&answer);
        let everything = format!("{:?} {}", answer.fields, answer.text());
        assert!(!everything.contains(TELLTALE), "{request}: {everything}");
    }
}

#[test]
fn an_answer_comes_in_one_piece() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    for request in [post("/", "", IRIS), "GET /healthz HTTP/1.1⏎H⏎⏎".to_string(), post("/", "", "x")] {
        for _ in 0..20 {
            client.send(&wire(&request));
            let count = client.read_some().unwrap();
            let (_, used) = Answer::parse(&client.received, false).expect("the whole answer");
            assert_eq!((used, client.received.len()), (count, count));
            client.received.clear();
        }
    }
    // Requests that arrive together are answered together.
    client.send(&wire(&post("/", "", IRIS).repeat(3)));
    let count = client.read_some().unwrap();
    let lengths = [(); 3].map(|()| {
        let (_, used) = Answer::parse(&client.received, false).expect("a whole answer");
        client.received.drain(..used);
        used
    });
    assert_eq!(lengths.iter().sum::<usize>(), count);
}
