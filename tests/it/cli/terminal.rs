//! Nothing that stands in a file, its name, a variable or an answer steers the terminal or forges a line.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use super::*;
use crate::harness::{PATIENCE, Server};

/// Clears the screen, ends the line, turns the direction of writing, and begins a sequence in the other set of controls.
const EVIL: &str = "a\u{1b}[2J\r\nerror: forged\u{202e}\u{9b}31m\u{2066}\u{200b}";
const SHOWN: &str = "a\\u{1b}[2J\\r\\nerror: forged\\u{202e}\\u{9b}31m\\u{2066}\\u{200b}";

/// Two classes and one feature, all with that name, and a name that is nothing special.
fn model() -> String {
    serde_json::json!({
        "format": "svcd-svc", "format_version": 1, "kernel": "linear", "classes_": [EVIL, "größe"], "n_support_": [1, 1],
        "support_vectors_": [[-1.0], [1.0]], "_dual_coef_": [[0.5, -0.5]], "_intercept_": [0.0],
        "decision_function_shape": "ovr", "break_ties": false, "feature_names_in_": [EVIL],
    })
    .to_string()
}

/// Panics if a text holds anything that is neither a printable character nor the end of a line.
#[track_caller]
fn assert_tame(text: &str) {
    let wild = |c: &char| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{200b}".contains(*c);
    assert_eq!(text.chars().find(wild), None, "{text:?}");
}

#[test]
fn inspect_shows_labels_columns_and_files_in_one_line_each() {
    let folder = Folder::new("evil-inspect").with(&format!("{EVIL}.txt"), b"notes").with("m.json", model().as_bytes());
    let (code, text, stderr) = run(&["inspect", folder.root()]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_tame(&text);
    for line in [
        format!("classes                  2: {SHOWN}, größe"),
        format!("features                 1: {SHOWN}"),
        format!("left out                 {SHOWN}.txt  no model file"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let (_, json, _) = run(&["inspect", "--json", folder.root()]);
    assert_tame(&json);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&value["classes"][0], &value["classes"][1]), (&EVIL.into(), &"größe".into()));
}

#[test]
fn inspect_says_when_labels_of_an_rbf_kernel_stay_in_double_precision() {
    let of = |scale: f64| {
        let model = serde_json::json!({
            "format": "svcd-svc", "format_version": 1, "kernel": "rbf", "_gamma": 1.0, "classes_": [0, 1], "n_support_": [1, 1],
            "support_vectors_": [[0.0], [scale]], "_dual_coef_": [[0.5, -0.5]], "_intercept_": [0.0],
            "decision_function_shape": "ovr", "break_ties": false,
        });
        let folder = Folder::new("double").with("m.json", model.to_string().as_bytes());
        run(&["inspect", &folder.path("m.json")]).1
    };
    let line = "labels alone             in double precision: the model's numbers are too large to bound the error of \
                single precision";
    assert!(of(1e6).lines().any(|found| found == line), "{}", of(1e6));
    assert!(!of(1.0).contains("labels alone"));
}

#[test]
fn an_error_is_one_line_whatever_the_file_is_called() {
    let folder = Folder::new("evil-errors");
    let path = folder.path(EVIL);
    let failed = "No such file or directory (os error 2)\n";
    let (code, stdout, stderr) = run(&["inspect", &path]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert_eq!(stderr, format!("error: failed to load `{}/{SHOWN}`: {failed}", folder.root()));
    let (_, _, stderr) = run(&["predict", &path]);
    assert_eq!(stderr, format!("error: failed to predict `{}/{SHOWN}`: {failed}", folder.root()));
    let (code, _, stderr) = run(&["inspect", "--json", EVIL, &format!("--{EVIL}")]);
    assert_eq!((code, stderr.lines().count()), (2, 3), "{stderr}");
    assert_tame(&stderr);
}

#[test]
fn predict_names_a_column_in_its_error_and_the_pieces_in_its_notes() {
    let folder = Folder::new("evil-predict").with(&format!("{EVIL}.txt"), b"notes").with("m.json", model().as_bytes());
    let (code, stdout, stderr) = run_with_input(&["predict", "-m", folder.root()], "1\nx\n");
    assert_eq!((code, stdout.as_str()), (1, "predict\ngröße\n"));
    let expected = format!(
        "svcd: note: left out: {SHOWN}.txt (no model file)\n\
         error: failed to predict `standard input`: line 2, column 1 (`{SHOWN}`): expected a finite number, found text\n"
    );
    assert_eq!(stderr, expected);
}

#[test]
fn a_variable_is_shown_with_the_carriage_return_at_its_end() {
    for (value, shown) in [("8000\r", "8000\\r"), (EVIL, SHOWN)] {
        let output = svcd(&["serve"]).env("SVCD_PORT", value).output().unwrap();
        let (code, stdout, stderr) = outcome(&output);
        assert_eq!((code, stdout.as_str()), (2, ""));
        let line = format!("error: SVCD_PORT: expected a port from 0 to 65535, found `{shown}`\n");
        assert!(stderr.starts_with(&line), "{stderr:?}");
    }
}

#[test]
fn the_log_has_a_line_for_each_event_in_both_forms() {
    let folder = Folder::new("evil-log").with(&format!("{EVIL}.txt"), b"notes").with("m.json", model().as_bytes());
    for format in ["text", "json"] {
        let mut server = Server::start(&["--model", folder.root(), "--log-format", format]);
        assert_tame(&server.first_line);
        server.signal("TERM");
        server.wait(PATIENCE);
        let log = server.into_stderr();
        assert_tame(&log);
        assert!(log.contains("model_note") && log.contains("forged"), "{log}");
        assert!(!log.lines().any(|line| line.starts_with("error")), "{log}");
    }
}

#[test]
fn what_another_server_answers_to_a_health_check_is_tame() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Closing with bytes unread would reset the connection.
        let mut asked = BufReader::new(&stream).lines();
        while !asked.next().unwrap().unwrap().is_empty() {}
        stream.write_all("HTTP/1.1 500 \u{1b}[2J\u{202e}\r\n\r\n".as_bytes()).unwrap();
    });
    let (code, _, stderr) = run(&["healthcheck", &url]);
    answering.join().unwrap();
    let found = "HTTP/1.1 500 \\u{1b}[2J\\u{202e}";
    assert_eq!((code, stderr), (1, format!("error: failed to ask `{url}`: expected status 200, found `{found}`\n")));
}
