//! The end of the process: it keeps its promises and comes in time.
//!
//! The promises: after the signal and the drain delay no new connection is accepted. A connection that has been idle for a quarter
//! of a second is closed. On every other one, a request that arrives whole in time is answered whole, with `Connection: close`. A
//! connection that the kernel accepted and the server did not is reset before any byte of an answer.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use svcd::http::Limits;

use crate::client::{Answer, Client, End, excerpt};
use crate::engine::Engine;
use crate::harness::{Echo, PATIENCE, Server, eventually};
use crate::proc;

const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

/// A connection counts as idle only this long after its last activity.
const GRACE: Duration = Duration::from_millis(250);

/// From the signal to the end if nothing delays it: a quarter of a second of grace, and slack for a slow machine.
const SOON: Duration = Duration::from_secs(3);

fn is_refused(address: SocketAddr) -> bool {
    matches!(TcpStream::connect(address), Err(error) if error.kind() == ErrorKind::ConnectionRefused)
}

fn await_refusal(address: SocketAddr) {
    eventually(PATIENCE, "closed port", || is_refused(address).then_some(()));
}

fn assert_success(server: &mut Server, at_most: Duration) -> Duration {
    let (status, elapsed) = server.wait(at_most);
    assert_eq!(status.code(), Some(0), "{status}");
    elapsed
}

#[test]
fn a_signal_under_load_loses_no_request() {
    const ROW: &str =
        r#"{"sepal length (cm)":6.1,"sepal width (cm)":2.9,"petal length (cm)":4.6,"petal width (cm)":1.4}"#;
    let request =
        |fields: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {}\r\n\r\n{ROW}", ROW.len());
    let (keeping, closing) = (request(""), request("Connection: close\r\n"));
    let mut server = Server::start(&[]);
    let address = server.address;
    let (answered, is_signalled) = (AtomicUsize::new(0), AtomicBool::new(false));
    let assert_whole = |answer: &Answer| {
        assert_eq!((answer.status, answer.text()), (200, "{\"val\": 1}"));
        answered.fetch_add(1, Ordering::SeqCst);
    };
    thread::scope(|scope| {
        // Clients that keep their connection busy until the server closes it lose nothing.
        for _ in 0..6 {
            scope.spawn(|| {
                let mut client = Client::connect(address);
                let mut last_sent = Instant::now();
                loop {
                    client.send(keeping.as_bytes());
                    let pause = last_sent.elapsed();
                    last_sent = Instant::now();
                    let answer = match client.try_answer_to(false) {
                        Ok(answer) => answer,
                        // This thread had to wait so long for a core that its connection counted as idle.
                        Err(_) if client.received.is_empty() && pause > GRACE / 2 => return,
                        Err(end) => panic!("{end:?} after {pause:?} behind {}", excerpt(&client.received)),
                    };
                    assert_whole(&answer);
                    if answer.closes() {
                        assert!(is_signalled.load(Ordering::SeqCst));
                        client.ends();
                        assert!(is_refused(address), "an answer that closes comes when the port is closed");
                        return;
                    }
                }
            });
        }
        // Clients that connect anew each time get whole answers, or are never let in.
        for _ in 0..3 {
            scope.spawn(|| {
                while let Ok(mut client) = Client::try_connect(address) {
                    if client.try_send(closing.as_bytes()).is_err() {
                        break;
                    }
                    match client.try_answer_to(false) {
                        Ok(answer) => {
                            assert_whole(&answer);
                            client.ends();
                        }
                        Err(End::Rst) if client.received.is_empty() => break,
                        Err(end) => panic!("{end:?} behind {}", excerpt(&client.received)),
                    }
                }
                assert!(is_signalled.load(Ordering::SeqCst));
            });
        }
        eventually(PATIENCE, "load", || (answered.load(Ordering::SeqCst) > 500).then_some(()));
        is_signalled.store(true, Ordering::SeqCst);
        server.signal("TERM");
    });
    assert_success(&mut server, SOON);
}

#[test]
fn a_stuck_client_delays_the_end_by_eight_seconds_and_a_late_request_is_still_answered() {
    let mut server = Server::start(&["--head-timeout", "60s"]);
    let mut stuck = server.connect();
    stuck.send(&GET[..9]);
    let mut late = server.connect();
    late.send(&GET[..9]);
    let mut idle = server.connect();
    proc::await_everything_read(server.address);
    let begin = Instant::now();
    server.signal("TERM");
    await_refusal(server.address);
    // Now the grace of idle connections is over.
    idle.ends();
    let answer = late.ask(&GET[9..]);
    assert_eq!((answer.status, answer.closes()), (200, true));
    late.ends();
    assert_success(&mut server, PATIENCE);
    let elapsed = begin.elapsed();
    assert!(Duration::from_secs(8) <= elapsed && elapsed < Duration::from_secs(10), "{elapsed:?}");
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let mut server = Server::start(&[]);
    let mut stuck = server.connect();
    stuck.send(&GET[..9]);
    proc::await_everything_read(server.address);
    server.signal("TERM");
    await_refusal(server.address);
    assert!(!server.has_ended());
    server.signal("TERM");
    let (status, _) = server.wait(SOON);
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_second_signal_ends_the_drain_delay_too() {
    let mut server = Server::start(&["--drain-delay", "60s"]);
    server.signal("TERM");
    eventually(PATIENCE, "readiness switched off", || {
        (server.connect().ask(b"GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n").status == 503).then_some(())
    });
    server.signal("INT");
    let (status, _) = server.wait(SOON);
    assert_eq!(status.code(), Some(1));
}

#[test]
fn every_signal_that_stops_does_so_in_peace_and_idle_connections_end_with_fin() {
    let stop = |mut server: Server, name: &str| {
        let mut idle: Vec<Client> = (0..50).map(|_| server.connect()).collect();
        for client in idle.iter_mut().skip(10) {
            assert_eq!(client.ask(GET).status, 200);
        }
        server.signal(name);
        assert_success(&mut server, SOON);
        for client in &mut idle {
            client.ends();
        }
    };
    thread::scope(|scope| {
        for name in ["TERM", "INT", "HUP"] {
            scope.spawn(move || stop(Server::start(&[]), name));
            scope.spawn(move || stop(Echo::start(), name));
        }
    });
}

#[test]
fn during_the_drain_delay_everything_is_served_but_readiness() {
    const DELAY: Duration = Duration::from_secs(2);
    let mut server = Server::start(&["--drain-delay", "2s"]);
    let mut kept = server.connect();
    assert_eq!(kept.ask(b"GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    let begin = Instant::now();
    server.signal("TERM");
    let ready = || server.connect().ask(b"GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
    let answer = eventually(DELAY, "readiness switched off", || Some(ready()).filter(|answer| answer.status != 200));
    assert_eq!((answer.status, answer.closes()), (503, true));
    while begin.elapsed() < DELAY / 2 {
        for client in [&mut kept, &mut server.connect()] {
            let answer = client.ask(GET);
            assert_eq!((answer.status, answer.closes()), (200, false));
        }
        assert_eq!(ready().status, 503);
    }
    await_refusal(server.address);
    let elapsed = begin.elapsed();
    assert!(DELAY <= elapsed && elapsed < DELAY + SOON, "{elapsed:?}");
    assert_success(&mut server, SOON);
}

#[test]
fn the_port_can_be_used_again_at_once() {
    let mut server = Server::start(&[]);
    let port = server.address.port().to_string();
    for _ in 0..3 {
        // The server closes first, so its side of these connections stays in TIME_WAIT for a minute.
        for _ in 0..20 {
            let mut client = server.connect();
            assert_eq!(client.ask(b"GET /healthz HTTP/1.0\r\n\r\n").status, 200);
            client.ends();
        }
        let _open = server.connect();
        server.signal("TERM");
        assert_success(&mut server, SOON);
        server = Server::start(&["--port", &port]);
        assert_eq!(server.address.port().to_string(), port);
    }
}

#[test]
fn whoever_was_let_in_before_the_stop_is_answered() {
    let round = || {
        let engine = Engine::start(Limits::default());
        let mut clients: Vec<Client> = (0..40)
            .map(|_| {
                let mut client = engine.connect();
                client.send(GET);
                client
            })
            .collect();
        engine.stop();
        for client in &mut clients {
            assert_eq!(client.answer().status, 200);
            client.ends();
        }
        await_refusal(engine.address);
    };
    // A round is mostly the quarter of a second of grace, so several run at once.
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| (0..4).for_each(|_| round()));
        }
    });
}

#[test]
fn answers_under_way_are_finished_and_say_that_they_are_the_last() {
    let limits = Limits { offload_bytes_min: 1, ..Limits::default() };
    let engine = Engine::start(limits);
    let mut computed = engine.connect();
    // The request behind it is not run any more.
    computed.send(b"POST /gate HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").send(GET);
    eventually(PATIENCE, "request at the gate", || (engine.probe.waiting.load(Ordering::SeqCst) == 1).then_some(()));
    let mut reading = engine.connect();
    reading.send(&b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n".repeat(64));
    assert_eq!(reading.answer().content.len(), 1 << 20);
    engine.stop();
    await_refusal(engine.address);
    assert!(!engine.has_stopped());
    engine.probe.open_gate();
    let answer = computed.answer();
    assert_eq!((answer.status, answer.text(), answer.closes()), (200, "hello", true));
    computed.ends();
    // The answers made by then; the last of them closes.
    let count = (2..=64).take_while(|_| !reading.answer().closes()).count();
    reading.ends();
    assert!(count < 63, "the stop came in the middle of the answers");
    eventually(SOON, "end of the engine", || engine.has_stopped().then_some(()));
}
