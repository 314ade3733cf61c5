//! What operators see: metrics, logs, request ids, the model's hash, and its replacement while requests are answered.

mod evidence;
mod exposition;
mod logs;
mod metrics;
mod reload;
mod request_ids;

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::client::{Answer, Client};
use crate::folder::Folder;
use crate::harness::{PATIENCE, Server, eventually};
use exposition::Samples;

/// A server whose standard error is a file or a FIFO.
struct Logged {
    server: Server,
    log: String,
}

impl Logged {
    fn start(folder: &Folder, arguments: &[&str]) -> Logged {
        let log = folder.path("log");
        Logged { server: Server::run(redirected(&log, arguments)), log }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// All whole lines so far, each of which must be JSON.
    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    fn events(&self, name: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["event"] == name).collect()
    }

    /// Waits for so many lines of an event; gives the last of them.
    fn await_event(&self, name: &str, count: usize) -> Value {
        let what = format!("line {count} of {name} in {}", self.log);
        eventually(PATIENCE, &what, || self.events(name).into_iter().nth(count - 1))
    }
}

/// `svcd serve` with its standard error in a file.
fn redirected(log: &str, arguments: &[&str]) -> Command {
    let svcd = Server::command(arguments);
    let mut command = Command::new("/bin/sh");
    command.env_clear().args(["-c", "exec \"$@\" 2>\"$0\"", log]).arg(svcd.get_program()).args(svcd.get_args());
    command
}

/// A model of one feature `x0`, positive for the second of two classes, as JSON.
fn model(labels: &[&str; 2]) -> String {
    serde_json::json!({
        "format": "svcd-svc", "format_version": 1, "kernel": "linear", "classes_": labels, "n_support_": [1, 1],
        "support_vectors_": [[-1.0], [1.0]], "_dual_coef_": [[0.5, -0.5]], "_intercept_": [0.0],
        "decision_function_shape": "ovr", "break_ties": false,
    })
    .to_string()
}

/// A request with content.
fn post(path: &str, content: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{content}", content.len()).into_bytes()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes()
}

/// Rows of the model above, as an array of records.
fn rows(values: impl IntoIterator<Item = f64>) -> String {
    let records: Vec<_> = values.into_iter().map(|value| format!("{{\"x0\":{value:.3}}}")).collect();
    format!("[{}]", records.join(","))
}

/// A scrape, checked strictly.
fn scrape(client: &mut Client) -> Samples {
    let answer: Answer = client.ask(&get("/metrics"));
    assert_eq!((answer.status, answer.field("Content-Type")), (200, Some("text/plain; version=0.0.4; charset=utf-8")));
    exposition::parse(answer.text())
}

/// SHA-256 of a file by coreutils, not by svcd.
fn sha256sum(path: &str) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}
