//! The lines on standard error, which delay nobody.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use super::*;

const ROW: &str = "{\"x0\":1}";

fn with_id(request: &[u8], id: &str) -> Vec<u8> {
    let text = String::from_utf8(request.to_vec()).unwrap();
    text.replacen("Host: h\r\n", &format!("Host: h\r\nX-Request-Id: {id}\r\n"), 1).into_bytes()
}

/// The keys of a line, in their order.
fn keys(line: &str) -> Vec<String> {
    let mut keys: Vec<_> = line.split("\":").filter_map(|part| Some(part.rsplit_once('"')?.1.to_owned())).collect();
    keys.pop();
    keys
}

#[test]
fn the_access_log_has_a_line_for_each_request() {
    let folder = Folder::new("access");
    let path = folder.file("m.json", model(&["a", "b"]));
    let logged = Logged::start(&folder, &["--model", &path, "--access-log"]);
    let mut client = logged.server.connect();
    let mut expected = Vec::new();
    let large = rows(vec![1.0; 5_000]);
    for (request, method, route, status, rows) in [
        (post("/", ROW), "POST", "/", 200, 1),
        (post("/", "[{\"x0\":1},{\"x0\":2}]"), "POST", "/", 200, 2),
        (post("/", &large), "POST", "/", 200, 5_000),
        (post("/", "{}"), "POST", "/", 400, 0),
        (get("/version"), "GET", "/version", 200, 0),
        (b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), "HEAD", "/", 200, 0),
        (b"OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), "OPTIONS", "*", 204, 0),
        (get("/no/such?path=1"), "GET", "-", 404, 0),
        (b"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), "DELETE", "-", 405, 0),
        (b"BREW / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), "-", "-", 501, 0),
        (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n".to_vec(), "-", "-", 505, 0),
    ] {
        let id = format!("q-{}", expected.len());
        let request = with_id(&request, &id);
        let answer = client.ask(&request);
        assert_eq!(answer.status, status);
        let is_unread = status == 505;
        let id = answer.field("X-Request-Id").filter(|made| is_unread || *made == id).unwrap().to_owned();
        expected.push((id, method, route, status, rows, if is_unread { 0 } else { request.len() }));
    }
    let peer = client.stream().local_addr().unwrap().to_string();
    logged.await_event("access", expected.len());
    for (line, (id, method, route, status, rows, bytes_in)) in logged.events("access").into_iter().zip(expected) {
        let found =
            (&line["request_id"], &line["method"], &line["route"], &line["status"], &line["rows"], &line["bytes_in"]);
        let wanted = [id.into(), method.into(), route.into(), status.into(), rows.into(), Value::from(bytes_in)];
        assert_eq!([found.0, found.1, found.2, found.3, found.4, found.5], wanted.each_ref(), "{line}");
        assert_eq!((&line["level"], &line["peer"]), (&"info".into(), &Value::from(peer.as_str())));
        assert!(line["bytes_out"].as_u64().unwrap() > 100 && line["duration_us"].as_u64().is_some(), "{line}");
    }
    let text = logged.text();
    let access = text.lines().find(|line| line.contains("\"access\"")).unwrap();
    let order = [
        "time",
        "level",
        "event",
        "request_id",
        "method",
        "route",
        "status",
        "rows",
        "duration_us",
        "bytes_in",
        "bytes_out",
        "peer",
    ];
    assert_eq!(keys(&format!("{access}\":")), order);
    // What the client chose beside its id is nowhere.
    assert!(!text.contains("such") && !text.contains("BREW"), "{text}");
}

#[test]
fn text_lines_have_the_same_words() {
    let folder = Folder::new("text");
    let logged = Logged::start(&folder, &["--access-log", "--log-format", "text"]);
    let mut client = logged.server.connect();
    let request = with_id(&get("/version"), "q-1");
    client.ask(&request);
    let peer = client.stream().local_addr().unwrap();
    let line = eventually(PATIENCE, "access line", || {
        logged.text().lines().find(|line| line.contains(" access ")).map(str::to_owned)
    });
    let words: Vec<_> = line.split(' ').collect();
    let [
        time,
        "info",
        "access",
        "request_id=q-1",
        "method=GET",
        "route=/version",
        "status=200",
        "rows=0",
        duration,
        bytes_in,
        bytes_out,
        from,
    ] = words[..]
    else {
        panic!("{line}");
    };
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z");
    let number = |word: &str, name: &str| word.strip_prefix(name).unwrap().parse::<u64>().unwrap();
    assert!(number(duration, "duration_us=") < 10_000_000 && number(bytes_out, "bytes_out=") > 100);
    assert_eq!(number(bytes_in, "bytes_in="), request.len() as u64);
    assert_eq!(from, format!("peer={peer}"));
}

#[test]
fn probes_and_by_default_all_requests_are_left_out() {
    let folder = Folder::new("probes");
    let logged = Logged::start(&folder, &["--access-log"]);
    let mut client = logged.server.connect();
    for path in ["/healthz", "/readyz", "/metrics", "/healthz"] {
        assert_eq!(client.ask(&get(path)).status, 200);
    }
    client.ask(&get("/version"));
    assert_eq!(logged.await_event("access", 1)["route"], "/version");
    assert_eq!(logged.events("access").len(), 1);

    let quiet = Folder::new("quiet");
    let mut logged = Logged::start(&quiet, &[]);
    logged.server.connect().ask(&get("/version"));
    logged.server.signal("TERM");
    assert!(logged.server.wait(PATIENCE).0.success());
    let events: Vec<_> = logged.lines().iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["started", "stopping", "stopped"]);
}

#[test]
fn the_start_tells_version_model_limits_and_address() {
    let folder = Folder::new("start");
    let path = folder.file("my model.json", model(&["a", "b"]));
    let flags =
        ["--model", path.as_str(), "--idle-timeout", "9s", "--connections-max", "77", "--content-bytes-max", "1MiB"];
    let logged = Logged::start(&folder, &flags);
    let line = logged.await_event("started", 1);
    let address = format!("http://{}", logged.server.address);
    for (key, value) in [
        ("version", Value::from(env!("CARGO_PKG_VERSION"))),
        ("address", address.into()),
        ("model", "my_model".into()),
        ("file", path.as_str().into()),
        ("sha256", sha256sum(&path).into()),
        ("classes", 2.into()),
        ("features", 1.into()),
        ("support_vectors", 2.into()),
        ("connections_max", 77.into()),
        ("content_bytes_max", (1 << 20).into()),
        ("buffered_bytes_max", (64 << 20).into()),
        ("head_timeout_ms", 10_000.into()),
        ("body_timeout_ms", 30_000.into()),
        ("write_timeout_ms", 10_000.into()),
        ("idle_timeout_ms", 9_000.into()),
        ("compute_timeout_ms", 60_000.into()),
        ("drain_delay_ms", 0.into()),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
}

#[test]
fn levels_leave_lines_out_and_the_first_line_on_standard_output_stays() {
    for level in ["off", "error"] {
        let folder = Folder::new(&format!("level-{level}"));
        let mut logged = Logged::start(&folder, &["--log-level", level]);
        assert!(logged.server.first_line.starts_with("svcd "));
        logged.server.signal("TERM");
        assert!(logged.server.wait(PATIENCE).0.success());
        assert_eq!(logged.text(), "", "{level}");
    }
    let mut refused = Server::command(&["--access-log", "--log-level", "error"]);
    let output = refused.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with("error: --access-log: expected --log-level info or debug, found a lower level\n"),
        "{text}"
    );
}

#[test]
fn only_debug_tells_why_each_connection_is_closed() {
    for (level, is_told) in [("debug", true), ("info", false)] {
        let folder = Folder::new(&format!("closed-{level}"));
        let mut logged = Logged::start(&folder, &["--access-log", "--log-level", level]);
        let mut polite = logged.server.connect();
        let answer = polite.ask(b"GET /version HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        assert_eq!(answer.status, 200);
        let mut leaving = logged.server.connect();
        leaving.ask(&get("/version"));
        let peers = [&polite, &leaving].map(|client| client.stream().local_addr().unwrap().to_string());
        drop((polite, leaving));
        if is_told {
            logged.await_event("connection_closed", peers.len());
        }
        logged.server.signal("TERM");
        assert!(logged.server.wait(PATIENCE).0.success());
        let lines = logged.events("connection_closed");
        let reasons = ["the client asked for it", "the client closed it between two requests"];
        let expected: Vec<_> = peers.iter().zip(reasons).filter(|_| is_told).collect();
        assert_eq!((lines.len(), logged.events("access").len()), (expected.len(), peers.len()), "{level}");
        for (peer, reason) in expected {
            let line = lines.iter().find(|line| line["peer"] == peer.as_str()).unwrap();
            assert_eq!((&line["level"], &line["reason"]), (&"debug".into(), &Value::from(reason)));
        }
    }
}

#[test]
fn no_id_of_a_client_can_forge_a_line() {
    let folder = Folder::new("forged");
    let logged = Logged::start(&folder, &["--access-log"]);
    let hostile = ["a\" level=\"error", "\u{9b}2J\u{202e}", "a\tb", "{\"event\":\"stopped\"}", "x x"];
    for id in hostile {
        let answer = logged.server.connect().ask(&with_id(&get("/version"), id));
        assert_ne!(answer.field("X-Request-Id"), Some(id));
    }
    logged.await_event("access", hostile.len());
    let text = logged.text();
    assert!(text.is_ascii() && hostile.iter().all(|id| !text.contains(id)), "{text}");
    assert_eq!(logged.events("access").len(), hostile.len());
}

/// Whatever happens to standard error, answers come and the process ends in time.
fn serves_and_stops(mut server: Server, requests: usize) {
    let mut client = server.connect();
    for _ in 0..requests {
        assert_eq!(client.ask(&get("/version")).status, 200);
    }
    server.signal("TERM");
    let (status, time) = server.wait(PATIENCE);
    assert!(status.success() && time < Duration::from_secs(8), "{status} {time:?}");
}

#[test]
fn a_closed_standard_error_stops_nobody() {
    let mut command = Command::new("/bin/sh");
    let svcd = Server::command(&["--access-log"]);
    command.env_clear().args(["-c", "exec \"$@\" 2>&-", "sh"]).arg(svcd.get_program()).args(svcd.get_args());
    serves_and_stops(Server::run(command), 100);
}

#[test]
fn a_standard_error_that_nobody_holds_any_more_loses_lines_and_stops_nobody() {
    let folder = Folder::new("broken");
    let fifo = Fifo::new(&folder);
    let server = Server::run(redirected(&fifo.path, &["--access-log"]));
    drop(fifo);
    let mut client = server.connect();
    assert_eq!(client.ask(&get("/version")).status, 200);
    eventually(PATIENCE, "lost line", || (scrape(&mut client).get("svcd_log_lines_dropped_total") > 0.0).then_some(()));
    serves_and_stops(server, 100);
}

/// A FIFO whose reading end reads only when told to.
struct Fifo {
    path: String,
    file: File,
}

impl Fifo {
    fn new(folder: &Folder) -> Fifo {
        let path = folder.path("fifo");
        assert!(Command::new("mkfifo").arg(&path).stdin(Stdio::null()).status().unwrap().success());
        // For reading and writing: opening does not wait for the other end.
        let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        Fifo { path, file }
    }
}

#[test]
fn a_full_pipe_stops_nobody_and_what_is_lost_is_told_when_it_moves_again() {
    let folder = Folder::new("full");
    let mut fifo = Fifo::new(&folder);
    let server = Server::run(redirected(&fifo.path, &["--access-log"]));
    let mut client = server.connect();
    // Some 200 bytes each, against 64 KiB in the pipe and 1 MiB waiting twice.
    let batch = get("/version").repeat(500);
    eventually(PATIENCE, "lost lines", || {
        client.send(&batch);
        (0..500).for_each(|_| assert_eq!(client.answer().status, 200));
        (scrape(&mut client).get("svcd_log_lines_dropped_total") > 0.0).then_some(())
    });
    let lost = scrape(&mut client).get("svcd_log_lines_dropped_total");

    let (mut text, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    let told = eventually(PATIENCE, "line about lost lines", || {
        let count = fifo.file.read(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..count]);
        let whole = text.iter().rposition(|byte| *byte == b'\n')? + 1;
        let lines = std::str::from_utf8(&text[..whole]).unwrap().lines();
        lines.map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|line| line["event"] == "lines_dropped")
    });
    assert_eq!((told["count"].as_f64(), &told["level"]), (Some(lost), &"error".into()));
    serves_and_stops(server, 100);
}

#[test]
fn a_full_pipe_does_not_hold_up_the_end() {
    let folder = Folder::new("full-end");
    let fifo = Fifo::new(&folder);
    let server = Server::run(redirected(&fifo.path, &["--access-log"]));
    serves_and_stops(server, 2_000);
    drop(fifo);
}
