//! The curl line in the answer to a wrong method.

use std::process::Command;

use serde_json::Value;

use super::routes::ROUTES;
use super::{Fixture, read};
use crate::client::Answer;
use crate::folder::Folder;
use crate::harness::Server;

/// What a shell makes of a curl line.
fn words(line: &str) -> Vec<String> {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}; {line}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// Sends what curl would send.
fn run(server: &Server, line: &str) -> Answer {
    let words = words(line);
    let [_, content_type, _, content, url] = words.as_slice() else { panic!("{words:?}") };
    assert_eq!((words[0].as_str(), words[2].as_str()), ("-H", "-d"));
    let path = url.strip_prefix(&format!("http://localhost:{}", server.address.port())).unwrap();
    let length = content.len();
    let request =
        format!("POST {path} HTTP/1.1\r\nHost: h\r\n{content_type}\r\nContent-Length: {length}\r\n\r\n{content}");
    server.connect().ask(request.as_bytes())
}

/// The error object of a request that ought to have been a POST, which has bytes of its own in each place where it can.
fn told(server: &Server, request: &str) -> Value {
    let head = format!("{request}?mark HTTP/1.1\r\nHost: mark.example\r\nX-Request-Id: mark\r\nReferer: mark\r\n\r\n");
    let answer = server.connect().ask(head.as_bytes());
    assert!(!answer.text().contains("mark"), "{}", answer.text());
    assert_eq!(answer.status, 405);
    serde_json::from_str(answer.text()).unwrap()
}

#[test]
fn a_get_where_a_post_is_expected_is_told_a_curl_line_that_works() {
    let fixture = Fixture::start_with("iris_rbf_scale", &["--model-version", "7b", "--predict-route", "/it's"]);
    let posts = ROUTES.iter().filter(|(_, allow, _)| allow.contains("POST")).map(|(path, ..)| *path).chain(["/it's"]);
    for path in posts {
        let method = if path == "/" { "PUT" } else { "GET" };
        let error = told(&fixture.server, &format!("{method} {path}"));
        let line = error["expected"].as_str().unwrap();
        assert!(line.starts_with("curl -H 'Content-Type: application/json' -d '"), "{path}: {line}");
        assert!(line.ends_with(path) || path == "/it's", "{path}: {line}");
        let answer = run(&fixture.server, line);
        assert_eq!(answer.status, 200, "{path}: {line}: {}", answer.text());
    }
    let error = told(&fixture.server, "DELETE /");
    let line = error["expected"].as_str().unwrap();
    assert!(line.contains("\"petal width (cm)\":"), "a row of this model: {line}");
    assert_eq!(told(&fixture.server, "POST /healthz").get("expected"), None, "nothing to post there");
}

#[test]
fn names_of_a_model_stay_one_word_of_a_shell() {
    let folder = Folder::new("curl");
    let mut model = read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/golden/iris_rbf_scale.json"));
    model["feature_names_in_"] = serde_json::json!(["it's", "$(exit 1)", "`a` \\ \"b\"", "%\u{e9}\n"]);
    let path = folder.file("m.json", model.to_string());
    let server = Server::start(&["--model", &path]);
    let line = told(&server, "GET /v1/models/m:classify")["expected"].as_str().unwrap().to_owned();
    assert_eq!(run(&server, &line).status, 200, "{line}");
    // too long a line tells nobody anything, and a public server tells nothing
    let long: Vec<_> = (0..4).map(|index| format!("{index}{}", "x".repeat(600))).collect();
    model["feature_names_in_"] = serde_json::json!(long);
    let path = folder.file("m.json", model.to_string());
    let error = told(&Server::start(&["--model", &path]), "GET /v1/models/m:classify");
    assert_eq!(error["expected"], "POST, with content as `GET /openapi.json` shows it");
    let error = told(&Server::start(&["--model", &path, "--errors", "terse"]), "GET /invocations");
    assert_eq!(error.get("expected"), None);
}
