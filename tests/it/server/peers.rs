//! Peers that leave, stall, send nonsense or make the handler panic: the others notice nothing.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use svcd::http::poller::Backend;
use svcd::http::{CloseReason, Error, Limits};

use crate::client::{Client, exchange};
use crate::engine::{Engine, short_limits};
use crate::harness::{Echo, PATIENCE, Server, eventually};
use crate::proc;

const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

/// What a peer may have sent before it leaves.
const STAGES: [&[u8]; 10] = [
    b"",
    b"\r\n",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHost: h\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
    b"POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{",
    b"nonsense\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
];

#[test]
pub fn resets_and_silent_ends_are_dropped_quietly() {
    let server = Server::start(&[]);
    assert_eq!(server.connect().ask(GET).status, 200);
    let before = proc::descriptors(server.pid());
    let mut ending = [Client::reset as fn(Client), drop].into_iter().cycle();
    for round in 0..20 {
        for stage in STAGES {
            let mut client = server.connect();
            client.send(stage);
            // In some rounds the server has read everything by now, in others perhaps not.
            if round % 5 == 0 {
                proc::await_everything_read(server.address);
            }
            ending.next().unwrap()(client);
        }
        ending.next();
        assert_eq!(server.connect().ask(GET).status, 200);
    }
    // A half-close before the first byte of a request: the connection just ends.
    for sent in [b"".as_slice(), b"\r\n\r\n"] {
        server.connect().send(sent).finish().ends();
    }
    eventually(PATIENCE, "end of all connections", || (proc::descriptors(server.pid()) <= before).then_some(()));
    let log = server.into_stderr();
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn a_peer_that_goes_while_its_request_is_computed_leaves_nothing_behind() {
    for backend in [Backend::Epoll, Backend::Poll] {
        let limits = Limits { offload_bytes_min: 1, connections_max: 2, ..Limits::default() };
        let engine = Engine::with(1, backend, limits);
        let wait_for = |waiting: usize| {
            let count = || (engine.probe.waiting.load(Ordering::SeqCst) == waiting).then_some(());
            eventually(PATIENCE, "requests at the gate", count);
        };
        let request = b"POST /gate HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
        for (waiting, end) in [(1, Client::reset as fn(Client)), (2, drop)] {
            let mut client = engine.connect();
            client.send(request);
            wait_for(waiting);
            end(client);
        }
        engine.probe.open_gate();
        wait_for(0);
        // Both places are free again.
        let mut clients = [engine.connect(), engine.connect()];
        for client in &mut clients {
            assert_eq!(client.ask(GET).status, 200);
        }
        assert_eq!(engine.probe.exhaustions.load(Ordering::SeqCst), 0);
    }
}

#[test]
pub fn clients_with_half_a_request_do_not_delay_the_others() {
    let server = Server::start(&["--workers", "1"]);
    let mut held = Vec::new();
    for _ in 0..50 {
        for stage in STAGES {
            held.push(server.connect());
            held.last_mut().unwrap().send(stage);
        }
    }
    let begin = Instant::now();
    for _ in 0..100 {
        assert_eq!(server.connect().ask(GET).status, 200);
    }
    // Waiting for one of them would take seconds each time.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
pub fn a_panic_costs_one_answer_and_not_the_worker() {
    for (backend, offload_bytes_min) in [(Backend::Epoll, usize::MAX), (Backend::Poll, usize::MAX), (Backend::Epoll, 1)]
    {
        let engine = Engine::with(1, backend, Limits { offload_bytes_min, ..Limits::default() });
        // On the same event loop, in the middle of a request.
        let mut neighbour = engine.connect();
        neighbour.send(&GET[..9]);
        for count in 1..=20 {
            let path = if count % 2 == 0 { "/panic" } else { "/panic-at-once" };
            let mut client = engine.connect();
            let request = format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
            client.send(&[request.as_bytes(), GET].concat());
            let answer = client.answer();
            assert_eq!((answer.status, answer.text(), answer.closes()), (500, "internal error", true));
            client.ends();
            assert_eq!(engine.probe.panics.load(Ordering::SeqCst), count);
        }
        assert_eq!(neighbour.ask(&GET[9..]).status, 200);
    }
}

#[test]
fn the_handler_is_told_why_each_connection_is_closed() {
    let (patient, hasty) = (Engine::start(Limits::default()), Engine::start(short_limits()));
    let closing = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let stays: fn(Client) = |mut client| client.ends();
    let cases = [
        (&patient, GET, Client::reset as fn(Client), CloseReason::Broken),
        (&patient, GET, drop, CloseReason::PeerEnded),
        (&hasty, GET, stays, CloseReason::Idle),
        (&patient, closing, stays, CloseReason::Requested),
        (&patient, b"nonsense\r\n", stays, CloseReason::Refused(Error::Method)),
    ];
    for (engine, request, end, expected) in cases {
        let mut client = engine.connect();
        client.ask(request);
        end(client);
        let reason = || engine.probe.closed.lock().unwrap().pop();
        assert_eq!(eventually(PATIENCE, "end of the connection", reason), expected);
    }
}

#[test]
fn the_echo_example_survives_its_panics_with_all_its_threads() {
    let echo = Echo::start();
    assert_eq!(echo.connect().ask(GET).status, 200);
    let threads = proc::status(echo.pid(), "Threads");
    for _ in 0..20 {
        let mut client = echo.connect();
        assert_eq!(client.ask(b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n").status, 500);
        client.ends();
    }
    assert_eq!(echo.connect().ask(GET).status, 200);
    assert_eq!(proc::status(echo.pid(), "Threads"), threads);
}

#[test]
fn both_pollers_serve_the_same_conversation() {
    for backend in [Backend::Epoll, Backend::Poll] {
        for workers in [1, 3] {
            let limits = Limits { offload_bytes_min: 100_000, ..Limits::default() };
            let engine = Engine::with(workers, backend, limits);
            let mut client = engine.connect();
            // Pipelined, chunked, after 100 Continue, discarded, big, and finally an error.
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none");
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n");
            let texts: Vec<String> = (0..3).map(|_| client.answer().text().to_string()).collect();
            assert_eq!(texts, ["", "one", "two"]);
            let head = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
            assert_eq!(client.ask(head).status, 100);
            assert_eq!(client.ask(b"three").text(), "three");
            let thrown_away = b"POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nthree";
            assert_eq!(client.ask(thrown_away).status, 404);
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n").send(&vec![b'x'; 4_000_000]);
            assert_eq!(client.answer().content.len(), 4_000_000);
            let answer = client.ask(b"nonsense\r\n");
            assert_eq!((answer.status, answer.closes()), (400, true));
            client.ends();
            // Half-closed, and reset.
            let answers = exchange(engine.address, &GET.repeat(3));
            assert_eq!(answers.windows(15).filter(|at| at == b"HTTP/1.1 200 OK").count(), 3);
            engine.connect().reset();
            assert_eq!(engine.connect().ask(GET).status, 200);
        }
    }
}
