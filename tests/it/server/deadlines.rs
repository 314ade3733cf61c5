//! Absolute deadlines, on both pollers. All are 200 ms here and are checked once a second.

use std::thread;
use std::time::{Duration, Instant};

use svcd::http::Limits;
use svcd::http::poller::Backend;

use crate::client::Client;
use crate::engine::{Engine, short_limits};
use crate::harness::{PATIENCE, eventually};

/// The deadline of [`short_limits`].
const DEADLINE: Duration = Duration::from_millis(200);
/// A deadline is noticed at most a second late; the rest is slack for a busy machine. Wrong deadlines are far above it: those that
/// each byte extends, and the defaults, which start at 10 s.
const LATEST: Duration = Duration::from_secs(5);

/// Runs all clients on each poller, all at the same time.
fn on_both_pollers(limits: &Limits, clients: &[&(dyn Fn(&Engine) + Sync)]) {
    let engines = [Backend::Epoll, Backend::Poll].map(|backend| Engine::with(2, backend, limits.clone()));
    thread::scope(|scope| {
        for engine in &engines {
            for client in clients {
                scope.spawn(move || client(engine));
            }
        }
    });
}

/// Asserts that what began at `begin` took as long as the deadline.
fn assert_in_time(begin: Instant) {
    let elapsed = begin.elapsed();
    assert!(DEADLINE <= elapsed && elapsed <= LATEST, "{elapsed:?}");
}

/// Sends a byte now and then until the server answers or the connection takes no more.
fn drip(client: &mut Client, byte: u8) {
    let begin = Instant::now();
    while client.is_silent_for(Duration::from_millis(20)) && client.try_send(&[byte]).is_ok() {
        assert!(begin.elapsed() < PATIENCE);
    }
}

#[test]
pub fn a_request_that_does_not_come_in_time_is_answered_408() {
    let begun = |begun: &'static [u8], drips: u8, good_before: usize| {
        move |engine: &Engine| {
            let mut client = engine.connect();
            for _ in 0..good_before {
                assert_eq!(client.ask(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
            }
            let begin = Instant::now();
            client.send(begun);
            if drips > 0 {
                drip(&mut client, drips);
            }
            let answer = client.answer_to(begun.trim_ascii_start().starts_with(b"HEAD "));
            assert_in_time(begin);
            assert_eq!((answer.status, answer.closes()), (408, true), "{}", begun.escape_ascii());
            client.ends();
        }
    };
    let length = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\nhel";
    let chunks = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\nhel";
    let thrown_away = b"POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\nhel";
    let first = || {
        on_both_pollers(
            &short_limits(),
            &[
                &begun(b"G", 0, 0),
                &begun(b"GET / HTTP/1.1\r\nHost: h\r\n", 0, 0),
                &begun(b"\r\n\r\nHEAD / HTTP/1.1\r\nHo", 0, 0),
                &begun(b"HEAD / HTTP/1.1\r\nHo", 0, 0),
                &begun(b"GET /", b'x', 0),
                &begun(length, 0, 0),
                &begun(length, b'x', 0),
                &begun(chunks, 0, 0),
                &begun(chunks, b'x', 0),
                &begun(thrown_away, b'x', 0),
            ],
        )
    };
    let limits = Limits { idle_timeout: PATIENCE, ..short_limits() };
    let later = || on_both_pollers(&limits, &[&begun(b"G", 0, 1), &begun(length, b'x', 1)]);
    thread::scope(|scope| {
        scope.spawn(first);
        scope.spawn(later);
    });
}

#[test]
pub fn a_connection_without_a_request_is_closed_without_a_word() {
    let after = |sent: &'static [u8], answers: usize| {
        move |engine: &Engine| {
            let begin = Instant::now();
            let mut client = engine.connect();
            client.send(sent);
            for _ in 0..answers {
                assert_eq!(client.answer().status, 200);
            }
            client.ends();
            assert_in_time(begin);
        }
    };
    on_both_pollers(
        &short_limits(),
        &[
            &after(b"", 0),
            &after(b"\r\n", 0),
            &after(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1),
            &after(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n\r\n", 1),
            &after(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1),
            &after(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", 1),
        ],
    );
}

#[test]
pub fn a_reader_that_takes_too_long_is_closed() {
    // There is room for one connection: the next one is served once the first is gone.
    let limits = Limits { connections_max: 1, ..short_limits() };
    on_both_pollers(
        &limits,
        &[&|engine: &Engine| {
            let begin = Instant::now();
            let mut slow = engine.connect();
            // More than fits into the kernel's buffers.
            slow.send(&b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n".repeat(64));
            eventually(LATEST, "room for another connection", || {
                let answer = engine.connect().ask(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                // Reading a byte now and then changes nothing.
                let _ = slow.stream().peek(&mut [0]);
                (answer.status == 200).then_some(())
            });
            assert_in_time(begin);
            let (received, _) = slow.rest();
            assert!(received.len() < 64 << 20, "{}", received.len());
        }],
    );
}

#[test]
fn lingering_ends_after_its_time_however_much_the_peer_sends() {
    on_both_pollers(
        &short_limits(),
        &[&|engine: &Engine| {
            let begin = Instant::now();
            let mut client = engine.connect();
            let answer = client.ask(b"nonsense\r\n");
            assert_eq!((answer.status, answer.closes()), (400, true));
            eventually(LATEST, "end of lingering", || client.try_send(b"x").is_err().then_some(()));
            assert_in_time(begin);
        }],
    );
}

#[test]
fn lingering_ends_after_its_bytes() {
    const BYTES_MAX: usize = 1 << 20;
    let limits = Limits { linger_bytes_max: BYTES_MAX, linger_timeout: 2 * PATIENCE, ..Limits::default() };
    on_both_pollers(
        &limits,
        &[&|engine: &Engine| {
            let mut client = engine.connect();
            assert_eq!(client.ask(b"nonsense\r\n").status, 400);
            let chunk = [b'x'; 16 << 10];
            let taken = (0..).take_while(|_| client.try_send(&chunk).is_ok()).count() * chunk.len();
            assert!(taken >= BYTES_MAX, "{taken}");
        }],
    );
}

#[test]
fn a_client_that_keeps_within_the_deadlines_is_served_however_slow_it_is() {
    let limits = Limits {
        head_timeout: Duration::from_secs(3),
        body_timeout: Duration::from_secs(3),
        idle_timeout: Duration::from_secs(3),
        ..short_limits()
    };
    on_both_pollers(
        &limits,
        &[&|engine: &Engine| {
            let mut client = engine.connect();
            let request = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
            // Takes longer than two checks of the deadlines.
            for byte in request {
                client.send(&[*byte]);
                thread::sleep(Duration::from_millis(40));
            }
            assert_eq!(client.answer().text(), "hello");
        }],
    );
}
