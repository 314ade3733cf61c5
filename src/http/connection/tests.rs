//! The state machine with bytes and `now` as arguments: no socket, no sleep.

use super::*;
use crate::http::exchange::Exchange;
use crate::http::ledger::Ledger;
use crate::http::poller::Interest;
use crate::http::request::{Method, Request};
use crate::http::response::{Response, Status};
use close_reason::CloseReason;
use std::cell::Cell;
use std::io;
use std::time::Duration;

mod deadlines;

/// Looks only at paths: `/no` is refused by its head, `/panic` panics, all else echoes path and content.
struct Paths;

impl Handler for Paths {
    type Route = ();
    /// A line for each exchange it was told of, and the bytes of its answer.
    type Local = Vec<(String, usize)>;

    fn route(&self, request: &Request<'_>) -> Result<(), Response> {
        match request.path() {
            b"/no" => Err(Response::new(Status::NOT_FOUND, "text/plain", b"no".to_vec())),
            _ => Ok(()),
        }
    }

    fn respond(&self, (): (), request: &Request<'_>, _: &mut Vec<(String, usize)>, mut content: Vec<u8>) -> Response {
        content.extend_from_slice(request.path());
        content.extend_from_slice(request.content);
        Response::new(Status::OK, "text/plain", content)
    }

    fn refuse(&self, status: Status, reason: &str, _: Option<Self::Route>) -> Response {
        Response::new(status, "text/plain", reason.as_bytes().to_vec())
    }

    fn served(&self, exchange: &Exchange<'_, ()>, heard: &mut Vec<(String, usize)>) {
        let Exchange { route, method, refused, request_id, peer, received_bytes, sent_bytes, rows, .. } = exchange;
        let (status, seconds) = (exchange.status.code, exchange.duration.as_secs());
        let method = method.map_or("?", Method::name);
        let line =
            format!("{method} {route:?} {status} {refused:?} {request_id} {peer} {received_bytes} {rows} {seconds}");
        heard.push((line, *sent_bytes));
    }
}

/// A connection with everything around it, and a socket that takes `window` bytes a write.
struct Rig {
    connection: Connection<Paths>,
    limits: Limits,
    now: Instant,
    out: Outgoing,
    ledger: Arc<Ledger>,
    job: Option<Job<()>>,
    ids: Ids,
    heard: Vec<(String, usize)>,
    sent: Vec<u8>,
    window: Cell<usize>,
    is_draining: bool,
}

impl Rig {
    fn new() -> Rig {
        Rig::with(Limits::default())
    }

    fn with(limits: Limits) -> Rig {
        let now = Instant::now();
        let ledger = Ledger::new(limits.buffered_bytes_max);
        Rig {
            connection: Connection::new(&ledger, &ledger, now, &limits),
            ledger,
            limits,
            now,
            out: Outgoing::default(),
            job: None,
            ids: Ids::new(0),
            heard: Vec::new(),
            sent: Vec::new(),
            window: Cell::new(usize::MAX),
            is_draining: false,
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Connection<Paths>, &mut Turn<'_, Paths>)) {
        let now = self.now;
        let mut turn = Turn {
            now: self.now,
            date: "Sun, 06 Nov 1994 08:49:37 GMT",
            limits: &self.limits,
            clock: &|| now,
            peer: ([127, 0, 0, 1], 4_000).into(),
            handler: &Paths,
            ledger: &self.ledger,
            local: &mut self.heard,
            spare: &mut Vec::new(),
            out: &mut self.out,
            job: &mut self.job,
            ids: &mut self.ids,
            is_draining: self.is_draining,
        };
        act(&mut self.connection, &mut turn);
        loop {
            let (sent, window) = (&mut self.sent, &self.window);
            let write = |bytes: [&[u8]; 2]| match bytes.concat().len().min(window.get()) {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                count => {
                    sent.extend_from_slice(&bytes.concat()[..count]);
                    window.set(window.get() - count);
                    Ok(count)
                }
            };
            self.connection.flush(turn.out, self.now, &self.limits, write).unwrap();
            if !self.connection.can_resume() {
                break;
            }
            self.connection.resume(&mut turn);
        }
    }

    fn receive(&mut self, bytes: &[u8]) -> &mut Self {
        self.act(|connection, turn| connection.receive(bytes, turn));
        self
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        if self.connection.due(self.now, self.is_draining).is_some() {
            self.act(|connection, turn| connection.expire(turn));
        }
        self
    }

    /// (status code, content) of each answer so far; interim ones have no content.
    fn answers(&self) -> Vec<(u16, String)> {
        let mut answers = Vec::new();
        let mut rest = std::str::from_utf8(&self.sent).unwrap();
        while !rest.is_empty() {
            let (head, after) = rest.split_once("\r\n\r\n").unwrap();
            let length = head
                .split("Content-Length: ")
                .nth(1)
                .map_or(0, |length| length.lines().next().unwrap().parse::<usize>().unwrap());
            answers.push((head[9..12].parse().unwrap(), after[..length].to_string()));
            rest = &after[length..];
        }
        answers
    }

    fn is_last_answer_sent(&self) -> bool {
        self.connection.is_done_writing()
    }
}

fn ok(content: &str) -> (u16, String) {
    (200, content.to_string())
}

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const POST: &[u8] = b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &[u8] =
    b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n3\r\n yo\r\n0\r\nT: v\r\n\r\n";
const DISCARDED: &[u8] =
    b"POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 28\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn pipelined_requests_are_answered_in_their_order_however_they_are_split() {
    let all = [GET, POST, CHUNKED, DISCARDED, GET].concat();
    let expected = vec![ok("/a"), ok("/bhello"), ok("/chello yo"), (404, "no".to_string()), ok("/a")];
    let mut whole = Rig::new();
    whole.receive(&all);
    assert_eq!(whole.answers(), expected);
    let mut bytewise = Rig::new();
    for byte in &all {
        bytewise.receive(&[*byte]);
    }
    assert_eq!(bytewise.answers(), expected);
    for split in 1..all.len() {
        let mut rig = Rig::new();
        rig.receive(&all[..split]).receive(&all[split..]);
        assert_eq!(rig.answers(), expected, "split at {split}");
        assert_eq!(rig.connection.interest(), Interest { read: true, write: false });
    }
}

#[test]
fn an_idle_connection_holds_no_buffer() {
    let mut rig = Rig::new();
    rig.receive(&[POST, &GET[..10]].concat()).receive(&GET[10..]);
    let connection = &rig.connection;
    assert!(connection.receiving.input.is_empty() && connection.sending.is_empty());
    assert_eq!(rig.ledger.bytes(), 0);
}

#[test]
fn a_bad_request_gets_its_answer_behind_the_good_ones_and_nothing_behind_it_runs() {
    let mut rig = Rig::new();
    rig.receive(&[GET, b"GET  / HTTP/1.1\r\n\r\n", GET].concat());
    let codes: Vec<u16> = rig.answers().iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [200, 400]);
    assert!(rig.is_last_answer_sent());
}

#[test]
fn unsent_answers_hold_further_requests_back() {
    let limits = Limits { unsent_bytes_max: 100, ..Limits::default() };
    let mut rig = Rig::with(limits);
    rig.window.set(1);
    rig.receive(&[GET, POST, GET].concat());
    assert_eq!(rig.connection.interest(), Interest { read: false, write: true });
    assert!(rig.connection.is_held_back());
    rig.window.set(usize::MAX);
    rig.act(|_, _| {});
    assert_eq!(rig.answers(), [ok("/a"), ok("/bhello"), ok("/a")]);
    assert_eq!(rig.connection.interest(), Interest { read: true, write: false });
}

#[test]
fn leave_to_send_is_given_once_and_refused_with_the_final_answer() {
    let head = |path: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").into_bytes()
    };
    let mut rig = Rig::new();
    rig.receive(&head("/b"));
    assert_eq!(rig.sent, CONTINUE_BYTES);
    rig.receive(b"hel").receive(b"lo");
    assert_eq!(rig.answers(), [(100, String::new()), ok("/bhello")]);
    let mut rig = Rig::new();
    rig.receive(&[head("/b"), b"hello".to_vec()].concat());
    assert_eq!(rig.answers(), [ok("/bhello")]);
    let mut rig = Rig::new();
    rig.receive(&head("/no"));
    assert_eq!(rig.answers(), [(404, "no".to_string())]);
    assert!(rig.is_last_answer_sent());
}

const CONTINUE_BYTES: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn a_silent_connection_is_closed_without_a_word() {
    let mut rig = Rig::new();
    assert!(!rig.wait(9).connection.is_closed());
    assert!(rig.wait(1).connection.is_closed());
    let mut rig = Rig::new();
    rig.receive(GET);
    assert!(!rig.wait(74).connection.is_closed());
    assert!(rig.wait(1).connection.is_closed());
}

#[test]
fn empty_lines_between_requests_are_idle_time() {
    let mut rig = Rig::new();
    rig.receive(&[POST, b"\r\n"].concat());
    assert!(rig.connection.idle_since().is_some());
    assert!(!rig.wait(74).connection.is_closed());
    assert!(rig.wait(1).connection.is_closed());
    assert_eq!(rig.answers().len(), 1);
    let mut rig = Rig::new();
    rig.receive(b"\r\n").wait(10);
    assert!(rig.sent.is_empty() && rig.connection.is_closed());
}

#[test]
fn a_byte_a_second_does_not_extend_the_head_deadline() {
    let mut rig = Rig::new();
    rig.receive(GET);
    rig.wait(30);
    for byte in &GET[..9] {
        rig.receive(&[*byte]).wait(1);
    }
    assert_eq!(rig.answers().len(), 1);
    rig.wait(1);
    assert_eq!(rig.answers()[1].0, 408);
    assert!(rig.is_last_answer_sent());
}

#[test]
fn a_byte_a_second_does_not_extend_the_body_deadline() {
    for framing in ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n64\r\n"] {
        let mut rig = Rig::new();
        rig.receive(format!("POST /b HTTP/1.1\r\nHost: h\r\n{framing}").as_bytes());
        for _ in 0..29 {
            rig.receive(b"x").wait(1);
        }
        assert!(rig.sent.is_empty());
        rig.wait(1);
        assert_eq!(rig.answers()[0].0, 408, "{framing}");
        assert!(rig.is_last_answer_sent());
    }
}

#[test]
fn a_slow_reader_is_closed() {
    let mut rig = Rig::new();
    rig.window.set(1);
    rig.receive(GET);
    assert!(!rig.wait(9).connection.is_closed());
    rig.window.set(1);
    rig.act(|_, _| {});
    assert!(rig.wait(1).connection.is_closed());
}

#[test]
fn idle_time_begins_when_the_answer_has_gone() {
    let limits = Limits { idle_timeout: Duration::from_secs(4), unsent_bytes_max: 100, ..Limits::default() };
    let mut rig = Rig::with(limits);
    rig.window.set(1);
    // The second request is complete, and waits behind the unsent answer to the first.
    rig.receive(&[GET, POST].concat());
    assert!(!rig.wait(9).connection.is_closed());
    rig.window.set(usize::MAX);
    rig.act(|_, _| {});
    assert_eq!(rig.answers(), [ok("/a"), ok("/bhello")]);
    assert!(!rig.wait(3).connection.is_closed());
    assert!(rig.wait(1).connection.is_closed());
}

#[test]
fn a_write_that_cannot_go_now_is_tried_again_and_a_failed_one_ends_the_connection() {
    let waiting = || {
        let mut rig = Rig::new();
        rig.window.set(0);
        rig.receive(GET);
        rig
    };
    let flush = |rig: &mut Rig, write: &mut dyn FnMut([&[u8]; 2]) -> io::Result<usize>| {
        rig.connection.flush(&mut Outgoing::default(), rig.now, &rig.limits, write)
    };
    for kind in [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted] {
        let mut rig = waiting();
        assert!(flush(&mut rig, &mut |_| Err(kind.into())).is_ok(), "{kind:?}");
        assert_eq!(rig.connection.interest(), Interest { read: true, write: true });
        rig.window.set(usize::MAX);
        rig.act(|_, _| {});
        assert_eq!(rig.answers(), [ok("/a")], "{kind:?}");
    }
    for kind in [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset, io::ErrorKind::TimedOut] {
        assert_eq!(flush(&mut waiting(), &mut |_| Err(kind.into())).unwrap_err(), CloseReason::Broken);
    }
    assert_eq!(flush(&mut waiting(), &mut |_| Ok(0)).unwrap_err(), CloseReason::Broken);
}

#[test]
fn an_answer_goes_with_one_write_and_what_is_left_goes_on_where_it_stopped() {
    let mut rig = Rig::new();
    rig.window.set(0);
    rig.receive(&[GET, POST].concat());
    for count in [1, 2, 300] {
        let mut writes = 0;
        let write = |[bytes, _]: [&[u8]; 2]| {
            writes += 1;
            rig.sent.extend_from_slice(&bytes[..count]);
            Ok(count)
        };
        rig.connection.flush(&mut Outgoing::default(), rig.now, &rig.limits, write).unwrap();
        assert_eq!(writes, 1);
    }
    rig.window.set(usize::MAX);
    rig.act(|_, _| {});
    assert_eq!(rig.answers(), [ok("/a"), ok("/bhello")]);
}

#[test]
fn the_end_inside_a_request_is_an_error_and_elsewhere_none() {
    let mut rig = Rig::new();
    rig.receive(b"\r\n").act(|connection, turn| connection.end_input(turn));
    assert!(rig.sent.is_empty() && rig.is_last_answer_sent());
    for part in [&GET[..5], &POST[..POST.len() - 1], &CHUNKED[..CHUNKED.len() - 1], &DISCARDED[..70]] {
        let mut rig = Rig::new();
        rig.receive(part).act(|connection, turn| connection.end_input(turn));
        assert_eq!(rig.answers()[0].0, 400);
        assert!(rig.is_last_answer_sent());
    }
}

#[test]
fn an_error_answer_to_head_has_no_content_even_when_the_head_is_incomplete() {
    let ends_with_the_head = |rig: &Rig| {
        assert!(rig.sent.starts_with(b"HTTP/1.1 4") && rig.sent.ends_with(b"\r\n\r\n"), "{:?}", rig.sent);
    };
    let begun = || {
        let mut rig = Rig::new();
        rig.receive(b"\r\nHEAD / HTTP/1.1\r\nHo");
        rig
    };
    ends_with_the_head(begun().wait(10));
    ends_with_the_head(begun().receive(b" st"));
    let mut rig = begun();
    rig.act(|connection, turn| connection.end_input(turn));
    ends_with_the_head(&rig);
    let mut rig = Rig::with(Limits { buffered_bytes_max: 10, ..Limits::default() });
    rig.receive(b"HEAD / HTTP/1.1\r\nHo");
    assert!(rig.sent.starts_with(b"HTTP/1.1 503") && rig.sent.ends_with(b"\r\n\r\n"));
}

#[test]
fn big_content_is_left_to_a_compute_thread_and_what_follows_waits() {
    for split in [10, 60, 200, 5_000] {
        let limits = Limits { offload_bytes_min: 1_000, ..Limits::default() };
        let mut rig = Rig::with(limits);
        let mut all = b"POST /d HTTP/1.1\r\nHost: h\r\nContent-Length: 4000\r\n\r\n".to_vec();
        all.resize(all.len() + 4_000, b'x');
        all.extend_from_slice(GET);
        let split = split.min(all.len());
        rig.receive(&all[..split]).receive(&all[split..]);
        assert!(rig.sent.is_empty());
        assert_eq!(rig.connection.interest(), Interest { read: false, write: false });
        let job = rig.job.take().unwrap();
        assert_eq!((job.request().path(), job.request().content.len()), (b"/d".as_slice(), 4_000));
        let answer = Response::new(Status::OK, "text/plain", b"done".to_vec());
        rig.act(|connection, turn| connection.complete(Ok(answer), turn));
        assert_eq!(rig.answers(), [ok("done"), ok("/a")]);
    }
}

#[test]
fn bytes_over_the_common_budget_are_refused() {
    let limits = Limits { buffered_bytes_max: 100, ..Limits::default() };
    let mut rig = Rig::with(limits);
    rig.receive(b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n").receive(&[b'x'; 200]);
    assert_eq!(rig.answers()[0].0, 503);
    assert!(rig.is_last_answer_sent());
}

#[test]
fn bytes_over_the_budget_behind_a_request_under_computation_do_not_cost_its_answer() {
    let limits = Limits { buffered_bytes_max: 300, offload_bytes_min: 100, ..Limits::default() };
    let mut rig = Rig::with(limits);
    let mut all = b"POST /d HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\n".to_vec();
    all.resize(all.len() + 200, b'x');
    rig.receive(&[all.as_slice(), GET, GET].concat());
    assert!(rig.job.take().is_some() && rig.sent.is_empty());
    let answer = Response::new(Status::OK, "text/plain", b"done".to_vec());
    rig.act(|connection, turn| connection.complete(Ok(answer), turn));
    let codes: Vec<u16> = rig.answers().iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [200, 503]);
    assert!(rig.is_last_answer_sent());
}

#[test]
fn draining_answers_what_comes_soon_and_closes_what_is_idle() {
    let mut rig = Rig::new();
    rig.receive(GET);
    rig.is_draining = true;
    assert!(rig.connection.due(rig.now, true).is_none());
    rig.receive(GET);
    assert_eq!(rig.answers().len(), 2);
    assert!(rig.is_last_answer_sent());
    let mut rig = Rig::new();
    rig.is_draining = true;
    assert!(rig.wait(1).connection.is_closed());
}

#[test]
fn lingering_ends_with_the_peer_or_with_time_or_with_too_many_bytes() {
    let lingering = || {
        let mut rig = Rig::with(Limits { linger_bytes_max: 10, ..Limits::default() });
        rig.receive(b"nonsense\r\n");
        assert!(rig.is_last_answer_sent());
        rig.connection.linger(rig.now, &rig.limits);
        rig
    };
    let mut rig = lingering();
    assert!(!rig.receive(&[b'x'; 10]).connection.is_closed());
    assert!(rig.receive(b"x").connection.is_closed());
    assert!(lingering().wait(2).connection.is_closed());
    let mut rig = lingering();
    rig.act(|connection, turn| connection.end_input(turn));
    assert!(rig.connection.is_closed());
}

#[test]
fn a_closed_connection_says_why() {
    let explain = |requests: &[u8], limits: Limits, is_draining: bool, act: &dyn Fn(&mut Rig)| {
        let mut rig = Rig::with(limits);
        rig.is_draining = is_draining;
        act(rig.receive(requests));
        rig.connection.close_reason().map_or("it is open", CloseReason::explain)
    };
    let head = |fields: &str| format!("POST /no HTTP/1.1\r\nHost: h\r\n{fields}\r\n").into_bytes();
    let (no_limits, nothing) = (Limits::default, |_: &mut Rig| {});
    let silent = |rig: &mut Rig| {
        rig.wait(75);
    };
    let end = |rig: &mut Rig| rig.act(|connection, turn| connection.end_input(turn));
    let broke = Limits { buffered_bytes_max: 1, ..Limits::default() };
    for (expected, found) in [
        ("it is open", explain(GET, no_limits(), false, &nothing)),
        ("the client asked for it", explain(&head("Connection: close\r\n"), no_limits(), false, &nothing)),
        ("the client closed it between two requests", explain(GET, no_limits(), false, &end)),
        ("a request was refused", explain(&POST[..9], no_limits(), false, &end)),
        ("a request was refused", explain(&POST[..9], broke, false, &nothing)),
        (
            "the answer was final before the client had sent its content",
            explain(&head("Expect: 100-continue\r\nContent-Length: 5\r\n"), no_limits(), false, &nothing),
        ),
        ("the server is stopping", explain(GET, no_limits(), true, &nothing)),
        ("no request began in time", explain(GET, no_limits(), false, &silent)),
    ] {
        assert_eq!(found, expected);
    }
    let mut rig = Rig::new();
    rig.window.set(1);
    rig.receive(GET).wait(10);
    assert_eq!(rig.connection.close_reason(), Some(CloseReason::Unread));
}

#[test]
fn the_handler_hears_of_every_answer_with_its_facts() {
    let id = "X-Request-Id: q-1\r\n";
    let mut rig = Rig::with(Limits { offload_bytes_min: 1_000, ..Limits::default() });
    rig.receive(format!("GET /a HTTP/1.1\r\nHost: h\r\n{id}\r\n").as_bytes());
    rig.receive(format!("POST /no HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 5\r\n\r\n").as_bytes());
    rig.wait(1).receive(b"12345");
    rig.receive(format!("POST /b HTTP/1.1\r\nHost: h\r\n{id}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
    rig.wait(2).receive(b"3\r\nabc\r\n0\r\n\r\n");
    rig.receive(format!("POST /c HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 1000\r\n\r\n").as_bytes());
    rig.receive(&[b'x'; 1_000]).now += Duration::from_secs(3);
    let answer = Response { rows: 7, ..Response::new(Status::OK, "text/plain", b"done".to_vec()) };
    rig.act(|connection, turn| connection.complete(Ok(answer), turn));
    rig.receive(format!("POST /d HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 5\r\n\r\n").as_bytes()).wait(30);
    let expected = [
        "GET Some(()) 200 None q-1 127.0.0.1:4000 47 0 0",
        "POST None 404 None q-1 127.0.0.1:4000 68 0 0",
        "POST Some(()) 200 None q-1 127.0.0.1:4000 79 0 0",
        "POST Some(()) 200 None q-1 127.0.0.1:4000 1070 7 3",
        "POST Some(()) 408 Some(BodyTimeout) q-1 127.0.0.1:4000 67 0 0",
    ];
    let (lines, bytes): (Vec<_>, Vec<_>) = rig.heard.into_iter().unzip();
    assert_eq!(lines, expected);
    assert_eq!(bytes.iter().sum::<usize>(), rig.sent.len());
    // Of bytes that are not a request, only the answer is known.
    let mut rig = Rig::new();
    rig.receive(b"\x16\x03\x01");
    let id = Ids::new(0).next().to_owned();
    assert_eq!(rig.heard[0].0, format!("? None 400 Some(FirstByte) {id} 127.0.0.1:4000 0 0 0"));
}

#[test]
fn an_id_that_cannot_be_repeated_is_replaced_and_none_outlives_its_request() {
    for (fields, expected) in [
        ("X-Request-ID:\t q-1 \r\n", Some("q-1")),
        ("x-request-id: a b\r\n", None),
        ("X-Request-Id: q\r\nX-Request-Id: q\r\n", None),
        ("X-Request-Id:\r\n", None),
        ("", None),
    ] {
        let mut rig = Rig::new();
        rig.receive(format!("GET /a HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes()).receive(GET);
        let answers = String::from_utf8(rig.sent.clone()).unwrap();
        let ids: Vec<_> =
            answers.lines().filter_map(|line| line.strip_prefix("X-Request-Id: ")).map(str::to_owned).collect();
        let mut made = Ids::new(0);
        let first = expected.map_or_else(|| made.next().to_owned(), str::to_owned);
        assert_eq!(ids, [first, made.next().to_owned()], "{fields:?}");
    }
}
