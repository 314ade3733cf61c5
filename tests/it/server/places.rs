//! Places: who has to make way for a newcomer when all are taken, what one address may hold, and turns among those that compute.

use std::sync::atomic::Ordering;
use std::time::Duration;

use svcd::http::Limits;
use svcd::http::poller::Backend;

use crate::client::Client;
use crate::engine::Engine;
use crate::harness::{PATIENCE, Server, eventually};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn those_that_make_least_progress_make_way_first_and_the_others_stay() {
    const FAIR: Duration = Duration::from_secs(1);
    let limits = Limits { connections_max: 4, fair_time: FAIR, write_timeout: PATIENCE, ..Limits::default() };
    let engine = Engine::with(1, Backend::Epoll, limits);
    let mut slow = engine.connect();
    slow.send(&GET[..9]);
    let mut unread = engine.connect();
    unread.send(&b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n".repeat(64));
    let mut idle = engine.connect();
    assert_eq!(idle.ask(GET).status, 200);
    let mut computing = engine.connect();
    computing.send(b"GET /costly/gate HTTP/1.1\r\nHost: h\r\n\r\n");
    eventually(PATIENCE, "computing", || (engine.probe.waiting.load(Ordering::SeqCst) == 1).then_some(()));
    engine.await_silence(FAIR + Duration::from_millis(300));
    // Each newcomer has just begun a request, so it does not make way for the next one.
    let mut newcomers = Vec::new();
    let mut next = || {
        let mut client = engine.connect();
        client.send(&GET[..9]);
        newcomers.push(client);
    };
    next();
    idle.ends();
    next();
    // Reading before it is dropped would be progress.
    eventually(PATIENCE, "the second", || (engine.probe.closed.lock().unwrap().len() == 2).then_some(()));
    let (received, _) = unread.rest();
    assert!(received.len() < 64 << 20);
    next();
    slow.ends();
    // Now all make progress.
    assert_eq!(engine.connect().answer().status, 503);
    engine.probe.open_gate();
    assert_eq!(computing.answer().status, 200);
    for client in &mut newcomers {
        assert_eq!(client.ask(&GET[9..]).status, 200);
    }
}

#[test]
fn pipelines_that_nobody_reads_leave_places_for_honest_clients() {
    let limits = Limits { connections_max: 4, fair_time: Duration::from_millis(200), ..Limits::default() };
    for (workers, backend) in [(1, Backend::Epoll), (3, Backend::Epoll), (1, Backend::Poll)] {
        let engine = Engine::with(workers, backend, limits.clone());
        let stuck = |_| {
            let mut client = engine.connect();
            client.send(&b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n".repeat(64));
            client
        };
        let held: Vec<Client> = (0..4).map(stuck).collect();
        // Loops tell each other once a second whose connections are stuck.
        eventually(Duration::from_secs(6), "a place", || (engine.connect().ask(GET).status == 200).then_some(()));
        drop(held);
    }
}

#[test]
fn nothing_is_read_of_a_client_that_has_answers_to_take_first() {
    const FAIR: Duration = Duration::from_millis(200);
    // What is left of one of its answers alone does not stop a connection.
    let limits = Limits { connections_max: 1, fair_time: FAIR, unsent_bytes_max: 1 << 20, ..Limits::default() };
    let engine = Engine::with(1, Backend::Epoll, Limits { write_timeout: PATIENCE, ..limits });
    let mut stuck = engine.connect();
    stuck.send(&b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n".repeat(64));
    engine.await_silence(FAIR);
    let before = engine.probe.handled();
    stuck.send(GET);
    engine.await_silence(FAIR);
    assert_eq!(engine.connect().ask(GET).status, 200);
    assert_eq!((before < 64, engine.probe.handled()), (true, before + 1));
}

#[test]
fn an_address_may_have_so_many_connections_and_gets_them_back() {
    let server = Server::start(&["--connections-per-address-max", "2"]);
    let mut held = [server.connect(), server.connect()];
    for client in &mut held {
        assert_eq!(client.ask(GET).status, 200);
    }
    let answer = server.connect().answer();
    assert_eq!((answer.status, answer.closes()), (503, true));
    assert!(answer.text().contains("too many connections from this address"), "{answer:?}");
    for client in &mut held {
        assert_eq!(client.ask(GET).status, 200);
    }
    drop(held);
    eventually(PATIENCE, "a place", || (server.connect().ask(GET).status == 200).then_some(()));
}

#[test]
fn a_request_gets_its_turn_among_large_ones() {
    let limits = Limits { compute_slice: Duration::from_millis(1), ..Limits::default() };
    let engine = Engine::start(limits);
    // More of them than are computed at a time, and none ends before the gate opens.
    let spin = |_| {
        let mut client = engine.connect();
        client.send(b"GET /costly/spin HTTP/1.1\r\nHost: h\r\n\r\n");
        client
    };
    let mut spinning: Vec<Client> = (0..5).map(spin).collect();
    eventually(PATIENCE, "turns", || (engine.probe.waiting.load(Ordering::SeqCst) == 5).then_some(()));
    for _ in 0..10 {
        assert_eq!(engine.connect().ask(b"GET /costly/ HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    }
    engine.probe.open_gate();
    for client in &mut spinning {
        assert_eq!(client.answer().status, 200);
    }
}

#[test]
fn what_takes_too_long_to_compute_is_answered_503_and_leaves_its_place() {
    let limits = Limits { compute_timeout: Duration::from_millis(200), ..Limits::default() };
    let engine = Engine::start(limits);
    let mut client = engine.connect();
    client.send(b"GET /costly/until-abandoned HTTP/1.1\r\nHost: h\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.status, answer.closes()), (503, true));
    assert!(answer.text().contains("took too long to compute"), "{answer:?}");
    eventually(PATIENCE, "end of the computation", || (engine.probe.waiting.load(Ordering::SeqCst) == 0).then_some(()));
}

#[test]
fn work_decides_where_a_request_is_computed_and_not_its_size() {
    let engine = Engine::start(Limits::default());
    let thread_of = |path: &str| engine.connect().ask(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
    assert!(thread_of("/thread").text().starts_with("worker-"));
    assert!(thread_of("/costly/thread").text().starts_with("compute-"));
}
