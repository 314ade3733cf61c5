//! Too much of everything: connections, content, bytes held, computations, answers that nobody reads.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use svcd::http::Limits;
use svcd::http::poller::Backend;

use crate::client::{Answer, Client};
use crate::engine::Engine;
use crate::harness::{PATIENCE, Server, eventually};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

fn assert_unavailable(answer: &Answer) {
    // Retry-After is checked with every 503.
    assert_eq!((answer.status, answer.closes()), (503, true), "{answer:?}");
}

#[test]
fn above_the_cap_everybody_gets_a_503_and_nobody_waits() {
    const CAP: usize = 4;
    // However busy this machine is, nobody is slow.
    let limits = Limits { connections_max: CAP, fair_time: PATIENCE, ..Limits::default() };
    for workers in [1, 3] {
        let server = Engine::with(workers, Backend::Epoll, limits.clone());
        let mut busy: Vec<Client> = (0..CAP).map(|_| server.connect()).collect();
        for client in &mut busy {
            client.send(&GET[..20]);
        }
        crate::proc::await_everything_read(server.address);
        // All at once, and none of them leaves before all have their answers.
        let mut refused: Vec<Client> = (0..200).map(|_| server.connect()).collect();
        for client in &mut refused {
            assert_unavailable(&client.answer());
        }
        for mut client in refused {
            client.ends();
        }
        // Sending a request changes nothing and does not reset the connection.
        for _ in 0..20 {
            let mut client = server.connect();
            let _ = client.try_send(GET);
            assert_unavailable(&client.answer());
            client.ends();
        }
        for client in &mut busy {
            assert_eq!(client.ask(&GET[20..]).status, 200);
        }
        assert_eq!(server.connect().ask(GET).status, 200);
        assert!(server.probe.exhaustions.load(Ordering::SeqCst) > 0);
    }
}

#[test]
fn above_the_cap_the_connection_idle_longest_makes_room() {
    let limits = Limits { connections_max: 3, ..Limits::default() };
    let engine = Engine::with(1, Backend::Epoll, limits);
    let served = || {
        let mut client = engine.connect();
        assert_eq!(client.ask(GET).status, 200);
        client
    };
    let mut idle: Vec<Client> = (0..3).map(|_| served()).collect();
    // Now the first one is the most recently used.
    assert_eq!(idle[0].ask(GET).status, 200);
    let mut newcomers = vec![served()];
    idle.remove(1).ends();
    newcomers.push(served());
    idle.remove(1).ends();
    newcomers.push(served());
    idle.remove(0).ends();
    for client in &mut newcomers {
        assert_eq!(client.ask(GET).status, 200);
    }
    assert_eq!(engine.probe.exhaustions.load(Ordering::SeqCst), 0);
}

#[test]
fn above_the_cap_the_connections_idle_longest_of_all_event_loops_make_room() {
    thread::scope(|scope| {
        for workers in [2, 5] {
            scope.spawn(move || assert_the_idlest_make_room(workers));
        }
    });
}

fn assert_the_idlest_make_room(workers: usize) {
    const EACH: usize = 30;
    let limits = Limits { connections_max: 2 * EACH, ..Limits::default() };
    let engine = Engine::with(workers, Backend::Epoll, limits);
    let served = || {
        let connect = |_| {
            let mut client = engine.connect();
            assert_eq!(client.ask(GET).status, 200);
            client
        };
        (0..EACH).map(connect).collect::<Vec<Client>>()
    };
    // Once a second event loops tell each other how long their connections have been idle. From outside nothing shows it.
    let sweep = || thread::sleep(Duration::from_millis(1_200));
    let old = served();
    sweep();
    let mut young = served();
    sweep();
    // All at once.
    let mut newcomers: Vec<Client> = (0..EACH).map(|_| engine.connect()).collect();
    for client in &mut newcomers {
        assert_eq!(client.ask(GET).status, 200);
    }
    old.into_iter().for_each(|mut client| client.ends());
    for client in young.iter_mut().chain(&mut newcomers) {
        assert_eq!(client.ask(GET).status, 200);
    }
    assert_eq!(engine.probe.exhaustions.load(Ordering::SeqCst), 0);
}

#[test]
fn making_room_costs_no_request_that_was_sent() {
    const CAP: usize = 4;
    for workers in [1, 3] {
        let limits = Limits { connections_max: CAP, ..Limits::default() };
        let engine = Engine::with(workers, Backend::Epoll, limits);
        // Five clients for each connection, one request each: every client gets an answer or a 503.
        let mut clients: Vec<Client> = (0..5 * CAP)
            .map(|_| {
                let mut client = engine.connect();
                client.send(GET);
                client
            })
            .collect();
        let statuses: Vec<u16> = clients.iter_mut().map(|client| client.answer().status).collect();
        assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
        assert!(statuses.iter().filter(|status| **status == 200).count() >= CAP, "{statuses:?}");
    }
}

#[test]
pub fn an_early_answer_is_readable_and_ends_with_fin() {
    const PUSHED: usize = 24 << 20;
    let server = Server::start(&[]);
    let content = vec![b'x'; 64 << 10];
    for head in [
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 25165824\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1800000\r\n",
        "POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 25165824\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.send(head.as_bytes());
        // The client sends three times the limit before it reads.
        for _ in 0..PUSHED / content.len() {
            client.send(&content);
        }
        let answer = client.answer();
        assert_eq!((answer.status, answer.closes()), (413, true));
        client.ends();
    }
    // A client that reads first sees the end of the connection before it sends more.
    let mut client = server.connect();
    assert_eq!(client.ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 25165824\r\n\r\n").status, 413);
    client.ends();
}

#[test]
pub fn the_request_that_would_pass_the_byte_budget_gets_a_503() {
    const CONTENT: usize = 30 << 10;
    let limits = Limits { buffered_bytes_max: 100 << 10, offload_bytes_min: usize::MAX, ..Limits::default() };
    let engine = Engine::start(limits);
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {CONTENT}\r\n\r\n");
    let mut uploads: Vec<Client> = Vec::new();
    let mut refused = 0;
    for _ in 0..8 {
        let mut client = engine.connect();
        client.send(head.as_bytes()).send(&vec![b'x'; CONTENT - 1]);
        crate::proc::await_everything_read(engine.address);
        match client.is_silent_for(Duration::from_millis(50)) {
            true => uploads.push(client),
            false => {
                assert_unavailable(&client.answer());
                client.ends();
                refused += 1;
            }
        }
    }
    assert_eq!((uploads.len(), refused), (3, 5));
    for mut client in uploads {
        assert_eq!(client.ask(b"y").content.len(), CONTENT);
    }
    // The budget is free again.
    for _ in 0..8 {
        let mut client = engine.connect();
        client.send(head.as_bytes()).send(&vec![b'x'; CONTENT - 1]);
        assert_eq!(client.ask(b"y").content.len(), CONTENT);
    }
}

#[test]
fn a_request_that_the_byte_budget_has_room_for_is_taken() {
    const CONTENT: usize = 190 << 10;
    let limits = Limits { buffered_bytes_max: 200 << 10, content_bytes_max: CONTENT, ..Limits::default() };
    for offload_bytes_min in [1, usize::MAX] {
        let engine = Engine::start(Limits { offload_bytes_min, ..limits.clone() });
        let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {CONTENT}\r\n\r\n");
        for _ in 0..3 {
            let mut client = engine.connect();
            client.send(head.as_bytes());
            for piece in vec![b'x'; CONTENT].chunks(10_000) {
                client.send(piece);
                crate::proc::await_everything_read(engine.address);
            }
            let answer = client.answer();
            assert_eq!((answer.status, answer.content.len()), (200, CONTENT));
        }
    }
}

#[test]
fn a_full_compute_queue_answers_503_at_once_and_what_it_took_is_answered() {
    let limits = Limits { offload_bytes_min: 1, compute_queue_max: 3, ..Limits::default() };
    let engine = Engine::with(1, Backend::Epoll, limits);
    let request = b"POST /gate HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    let wait_for = |waiting: usize| {
        let at_gate = || (engine.probe.waiting.load(Ordering::SeqCst) == waiting).then_some(());
        eventually(PATIENCE, "request at the gate", at_gate);
    };
    let mut taken = Vec::new();
    for waiting in 1..=2 {
        taken.push(engine.connect());
        taken.last_mut().unwrap().send(request);
        wait_for(waiting);
    }
    for queued in 1..=3 {
        taken.push(engine.connect());
        taken.last_mut().unwrap().send(request);
        engine.await_queued(queued);
    }
    for _ in 0..10 {
        let mut client = engine.connect();
        assert_unavailable(&client.ask(request));
        client.ends();
    }
    // The event loop keeps running all the while.
    assert_eq!(engine.connect().ask(GET).status, 200);
    engine.probe.open_gate();
    for mut client in taken {
        assert_eq!(client.answer().text(), "hello");
        assert_eq!(client.ask(GET).status, 200);
    }
}

#[test]
fn whoever_breaks_its_connection_leaves_the_compute_queue() {
    const WAITING: usize = 3;
    let content = [b'x'; 64 << 10];
    let limits = Limits {
        offload_bytes_min: 1,
        compute_queue_max: WAITING,
        // Those that wait or compute, and one more; a grown buffer may be twice the size of what it holds.
        buffered_bytes_max: (2 + WAITING + 1) * 2 * content.len(),
        ..Limits::default()
    };
    let engine = Engine::with(1, Backend::Epoll, limits);
    let request = [&b"POST /gate HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n"[..], &content].concat();
    let send = |count: usize| -> Vec<Client> {
        let send_one = |_| {
            let mut client = engine.connect();
            client.send(&request);
            client
        };
        (0..count).map(send_one).collect()
    };
    let mut computed = send(2);
    eventually(PATIENCE, "requests at the gate", || (engine.probe.waiting.load(Ordering::SeqCst) == 2).then_some(()));
    // Each group takes the places and the bytes of the one before.
    for _ in 0..10 {
        let group = send(WAITING);
        engine.await_queued(WAITING);
        for client in group {
            assert_eq!(engine.connect().ask(GET).status, 200);
            client.reset();
        }
        engine.await_queued(0);
    }
    let handled = engine.probe.handled();
    let mut taken = send(WAITING);
    engine.await_queued(WAITING);
    engine.probe.open_gate();
    for client in computed.iter_mut().chain(&mut taken) {
        let answer = client.answer();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.content == content);
    }
    assert_eq!(engine.probe.handled(), handled + WAITING, "nothing is computed for those who have gone");
}

#[test]
fn a_request_under_computation_hears_that_its_client_has_gone() {
    let limits = Limits { offload_bytes_min: 1, ..Limits::default() };
    for backend in [Backend::Epoll, Backend::Poll] {
        let engine = Engine::with(1, backend, limits.clone());
        let begin = || {
            let mut client = engine.connect();
            client.send(b"POST /until-abandoned HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
            let computed = || (engine.probe.waiting.load(Ordering::SeqCst) == 1).then_some(());
            eventually(PATIENCE, "request under computation", computed);
            client
        };
        let end = || (engine.probe.waiting.load(Ordering::SeqCst) == 0).then_some(());
        begin().reset();
        eventually(PATIENCE, "end of the computation", end);
        // A client that has only finished sending still waits for its answer.
        let mut client = begin();
        client.finish();
        assert!(client.is_silent_for(Duration::from_millis(200)));
        assert_eq!(engine.probe.waiting.load(Ordering::SeqCst), 1);
        client.reset();
        eventually(PATIENCE, "end of the computation", end);
    }
}

#[test]
fn answers_that_nobody_reads_hold_back_the_requests_behind_them() {
    const REQUESTS: usize = 64;
    let request = b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n";
    for backend in [Backend::Epoll, Backend::Poll] {
        let engine = Engine::with(1, backend, Limits::default());
        let mut client = engine.connect();
        client.send(&request.repeat(REQUESTS));
        // As many as fit into the kernel's buffers, and one more. The server has stalled when the count stops changing.
        let mut handled = 0;
        eventually(PATIENCE, "standstill", || {
            let before = std::mem::replace(&mut handled, engine.probe.handled());
            thread::sleep(Duration::from_millis(50));
            (handled > 0 && before == handled).then_some(())
        });
        assert!(handled < REQUESTS / 2, "{handled} answers of a mebibyte were made for nobody");
        // The worker still serves others.
        assert_eq!(engine.connect().ask(GET).status, 200);
        for _ in 0..REQUESTS {
            assert_eq!(client.answer().content.len(), 1 << 20);
        }
        assert_eq!(engine.probe.handled(), REQUESTS + 1);
    }
}

#[test]
fn one_connection_full_of_requests_does_not_hold_up_the_others() {
    const REQUESTS: usize = 100;
    for backend in [Backend::Epoll, Backend::Poll] {
        let engine = Engine::with(1, backend, Limits::default());
        let (mut greedy, mut modest) = (engine.connect(), engine.connect());
        thread::scope(|scope| {
            greedy.send(&b"GET /mebibyte HTTP/1.1\r\nHost: h\r\n\r\n".repeat(REQUESTS));
            assert_eq!(greedy.answer().status, 200);
            // It reads as fast as it can, so that its answers never wait.
            scope.spawn(|| (1..REQUESTS).for_each(|_| assert_eq!(greedy.answer().content.len(), 1 << 20)));
            assert_eq!(modest.ask(GET).status, 200);
            assert!(engine.probe.handled() < REQUESTS, "it came last");
        });
    }
}

#[test]
fn twenty_thousand_pipelined_requests_are_all_answered_in_their_order() {
    const REQUESTS: usize = 20_000;
    let engine = Engine::start(Limits::default());
    let mut client = engine.connect();
    let stream = client.stream().try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut stream = stream;
            let requests: Vec<u8> = (0..REQUESTS)
                .flat_map(|number| {
                    let content = number.to_string();
                    format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{content}", content.len())
                        .into_bytes()
                })
                .collect();
            std::io::Write::write_all(&mut stream, &requests).unwrap();
        });
        for number in 0..REQUESTS {
            assert_eq!(client.answer().text(), number.to_string());
        }
    });
}

#[test]
fn a_batch_under_computation_does_not_hold_up_small_requests() {
    let limits = Limits { offload_bytes_min: 1_000, ..Limits::default() };
    let engine = Engine::with(1, Backend::Epoll, limits);
    let mut big = engine.connect();
    let head = "POST /gate HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
    big.send(head.as_bytes()).send(&vec![b'x'; 100_000]).send(GET);
    eventually(PATIENCE, "batch under computation", || {
        (engine.probe.waiting.load(Ordering::SeqCst) == 1).then_some(())
    });
    for _ in 0..50 {
        assert_eq!(engine.connect().ask(GET).status, 200);
    }
    // The request behind the batch waits its turn.
    assert_eq!(engine.probe.handled(), 51);
    engine.probe.open_gate();
    assert_eq!((big.answer().content.len(), big.answer().status), (100_000, 200));
}
