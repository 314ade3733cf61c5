//! What is left behind: descriptors, threads, memory. And what happens when they run out.

use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::client::Client;
use crate::harness::{Echo, PATIENCE, Process, Server, eventually};
use crate::proc;

const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn a_thousand_good_and_a_thousand_bad_connections_leave_nothing_behind() {
    let server = Server::start(&[]);
    let round = || {
        for number in 0..1_000 {
            let mut good = server.connect();
            assert_eq!(good.ask(GET).status, 200);
            let mut bad = server.connect();
            match number % 5 {
                0 => bad.ask(b"nonsense\r\n").status,
                1 => bad.ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n").status,
                2 => bad.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{").finish().answer().status,
                3 => {
                    bad.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
                    bad.reset();
                    continue;
                }
                _ => bad.ask(b"\x16\x03\x01").status,
            };
        }
    };
    eventually(PATIENCE, "room", || (server.connect().ask(GET).status == 200).then_some(()));
    let descriptors_before = proc::descriptors(server.pid());
    // The first round lets grow what grows once: heap, tables, stacks.
    round();
    let threads = proc::status(server.pid(), "Threads");
    let resident = proc::status(server.pid(), "VmRSS");
    round();
    eventually(PATIENCE, "end of all connections", || {
        (proc::descriptors(server.pid()) <= descriptors_before).then_some(())
    });
    assert_eq!(proc::status(server.pid(), "Threads"), threads);
    let grown = proc::status(server.pid(), "VmRSS").saturating_sub(resident);
    assert!(grown * 20 <= resident, "{grown} KiB more than the {resident} KiB before");
}

/// Raises the descriptor limit of this process to at least `count`.
pub fn raise_own_descriptor_limit(count: u64) {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if soft < count {
        setrlimit(Resource::RLIMIT_NOFILE, hard.min(count.max(soft)), hard).unwrap();
    }
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    assert!(soft >= count, "this test needs {count} descriptors, the hard limit here is {hard}");
}

/// From connecting to the whole answer.
fn time_of_one(server: &Server) -> Duration {
    let begin = Instant::now();
    eventually(PATIENCE, "room", || (server.connect().ask(GET).status == 200).then_some(()));
    begin.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
fn five_thousand_idle_connections_cost_little_memory_and_delay_nobody() {
    const IDLE: usize = 5_000;
    // Beside what a server without connections takes, which is mostly code that no compiler has made small.
    const MORE_KIB_MAX: usize = 4 << 10;
    raise_own_descriptor_limit(IDLE as u64 + 500);
    let (empty, full) = (Server::start(&[]), Server::start(&[]));
    let mut idle: Vec<Client> = (0..IDLE).map(|_| full.connect()).collect();
    for client in &mut idle {
        assert_eq!(client.ask(GET).status, 200);
        client.received = Vec::new();
    }
    let more = proc::status(full.pid(), "VmRSS").saturating_sub(proc::status(empty.pid(), "VmRSS"));
    assert!(more < MORE_KIB_MAX, "{more} KiB");
    // In turn, so that other load on the machine affects both alike.
    let times = (0..300).map(|_| (time_of_one(&empty), time_of_one(&full)));
    let (alone, beside): (Vec<Duration>, Vec<Duration>) = times.unzip();
    let (alone, beside) = (median(alone), median(beside));
    assert!(beside < 2 * alone + Duration::from_millis(1), "{beside:?} beside idle connections, {alone:?} alone");
    // All of them are still there.
    for client in idle.iter_mut().step_by(97) {
        assert_eq!(client.ask(GET).status, 200);
    }
}

#[test]
fn without_descriptors_the_server_waits_and_goes_on() {
    let server = Server::start(&[]);
    eventually(PATIENCE, "room", || (server.connect().ask(GET).status == 200).then_some(()));
    let limit = |count: &str| {
        let arguments = ["--pid", &server.pid().to_string(), &format!("--nofile={count}:")];
        assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    };
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    // Fewer than are open: every accept fails with EMFILE.
    limit("3");
    let mut waiting: Vec<Client> = (0..5).map(|_| server.connect()).collect();
    for client in &mut waiting {
        client.send(GET);
    }
    let before = proc::cpu_time(server.pid());
    assert!(waiting[0].is_silent_for(Duration::from_millis(500)));
    let used = proc::cpu_time(server.pid()) - before;
    assert!(used <= Duration::from_millis(100), "{used:?} of computing while there was nothing to do");
    limit(&hard.to_string());
    for client in &mut waiting {
        assert_eq!(client.answer().status, 200);
    }
    let log = server.into_stderr();
    assert!(log.contains("failed to accept a connection"), "{log}");
    assert!(log.lines().count() < 10, "{log}");
}

#[test]
fn without_any_descriptor_the_server_waits_and_goes_on() {
    let mut server = Server::start(&[]);
    let mut kept = server.connect();
    assert_eq!(kept.ask(GET).status, 200);
    // poll(2) refuses to wait for more descriptors than the process may have.
    let arguments = ["--pid", &server.pid().to_string(), "--nofile=1:"];
    assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    let mut waiting = server.connect();
    waiting.send(GET);
    let before = proc::cpu_time(server.pid());
    assert!(waiting.is_silent_for(Duration::from_millis(500)));
    let used = proc::cpu_time(server.pid()) - before;
    assert!(used <= Duration::from_millis(100), "{used:?} of computing while there was nothing to do");
    assert_eq!(kept.ask(GET).status, 200);
    // It can be stopped in this state too.
    server.signal("TERM");
    let (status, _) = server.wait(PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
}

#[test]
fn the_cap_leaves_room_under_the_descriptor_limit() {
    // 64 are reserved for everything else, and 3 for each event loop.
    for (limit, workers) in [(87, 1), (150, 22)] {
        assert_cap_of_twenty(limit, workers);
    }
}

fn assert_cap_of_twenty(limit: usize, workers: usize) {
    let mut command = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_svcd");
    let run = format!("ulimit -n {limit} && exec \"$0\" serve --port 0 --workers {workers}");
    command.env_clear().args(["-c", &run, binary]);
    let server = Server::run(command);
    // The next ones are refused or, should these seem slow on a busy machine, get their places; nobody waits.
    let mut busy: Vec<Client> = (0..20).map(|_| server.connect()).collect();
    for client in &mut busy {
        client.send(&GET[..9]);
    }
    proc::await_everything_read(server.address);
    for _ in 0..100 {
        let status = server.connect().ask(GET).status;
        assert!([200, 503].contains(&status), "{status}");
    }
    drop(busy);
    eventually(PATIENCE, "room", || (server.connect().ask(GET).status == 200).then_some(()));
    let log = server.into_stderr();
    assert!(log.contains("\"connections_max\":20,") && !log.contains("failed to accept"), "{log}");
}

#[test]
fn nobody_has_to_read_what_the_server_prints() {
    // Closed before the start.
    for (program, arguments) in [
        (env!("CARGO_BIN_EXE_svcd"), "serve --port 0 --connections-max 1"),
        (Echo::path().to_str().unwrap(), "--port 0"),
    ] {
        let command = format!("exec \"$0\" {arguments} <&- >&- 2>&-");
        let process = Process::spawn(Command::new("sh").env_clear().args(["-c", &command, program]));
        let address = ([127, 0, 0, 1], proc::listening_port(process.pid())).into();
        let mut client = Client::connect(address);
        assert_eq!(client.ask(GET).status, 200);
        // Something to log.
        let _ = Client::connect(address).ask(b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(Client::connect(address).ask(GET).status, 200);
    }
    // Closed while it runs: writing fails with EPIPE then.
    let server = Server::run_unheard(Server::command(&["--connections-max", "1"]));
    for _ in 0..3 {
        let mut held = server.connect();
        held.send(&GET[..9]);
        proc::await_everything_read(server.address);
        let status = server.connect().ask(GET).status;
        assert!([200, 503].contains(&status), "{status}");
        drop(held);
    }
}
