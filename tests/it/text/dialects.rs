//! Documents in every dialect, over HTTP and in `svcd predict`, and what is said of a document that is none.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{NEWEST, path_of};
use crate::client::{Answer, Client};
use crate::harness::Server;

pub(super) const SPAM: &str = "free prize, call now";
const HAM: &str = "See you at lunch tomorrow, call me";

pub(super) fn start(case: &str) -> Server {
    let path = path_of(NEWEST, case);
    Server::start(&["--model", path.to_str().unwrap(), "--model-name", "m"])
}

fn post(server: &Server, path: &str, fields: &str, content: &[u8]) -> Answer {
    let length = content.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: {length}\r\n\r\n");
    Client::connect(server.address).ask(&[head.as_bytes(), content].concat())
}

pub(super) fn json_to(server: &Server, path: &str, content: &Value) -> Value {
    let answer = post(server, path, "", content.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{path} {content}: {}", answer.text());
    serde_json::from_str(answer.text()).unwrap()
}

#[test]
fn a_document_is_a_string_in_every_dialect() {
    let server = start("tfidf");
    let (one, both) = (json!({ "text": SPAM }), json!([{ "text": SPAM }, { "text": HAM }]));
    assert_eq!(json_to(&server, "/", &one), json!({"val": "spam"}));
    assert_eq!(json_to(&server, "/", &both), json!({"val": ["spam", "ham"]}));
    let (v1, labels) = ("/v1/models/m:predict", json!({"predictions": ["spam", "ham"]}));
    for instances in [json!([SPAM, HAM]), json!([[SPAM], [HAM]]), both.clone(), json!([SPAM, { "text": HAM }])] {
        assert_eq!(json_to(&server, v1, &json!({ "instances": instances })), labels);
        assert_eq!(json_to(&server, "/invocations", &json!({ "instances": instances })), labels);
    }
    assert_eq!(json_to(&server, v1, &json!({"inputs": {"text": [SPAM, HAM]}}))["outputs"], labels["predictions"]);
    for content in [
        json!({"inputs": [SPAM, HAM]}),
        json!({"dataframe_split": {"columns": ["text"], "data": [[SPAM], [HAM]]}}),
        json!({"dataframe_records": both}),
    ] {
        assert_eq!(json_to(&server, "/invocations", &content), labels, "{content}");
    }
    for (media_type, content) in [
        ("text/csv", format!("\"{SPAM}\"\n\"{HAM}\"\n")),
        ("text/csv", format!("id,text\n1,\"{SPAM}\"\n2,\"{HAM}\"\n")),
        ("text/csv", format!("text\n\"free \"\"prize\"\",\n\ncall now\"\n\"{HAM}\"\n")),
        ("application/jsonlines", format!("\"{SPAM}\"\n[\"{HAM}\"]\n")),
        ("application/jsonlines", format!("{{\"text\": \"{SPAM}\"}}\n{{\"text\": \"{HAM}\"}}\n")),
    ] {
        let answer = post(&server, "/invocations", &format!("Content-Type: {media_type}\r\n"), content.as_bytes());
        assert_eq!(serde_json::from_str::<Value>(answer.text()).unwrap(), labels, "{content}");
    }
}

#[test]
fn a_tensor_of_bytes_is_one_of_documents_in_json_and_in_binary() {
    let server = start("two_files");
    let is_spam = json!([true, false]);
    for shape in [json!([2]), json!([2, 1])] {
        for name in ["text", "X", "anything"] {
            let input = json!({"name": name, "shape": shape, "datatype": "BYTES", "data": [SPAM, HAM]});
            let answer = json_to(&server, "/v2/models/m/infer", &json!({ "inputs": [input] }));
            assert_eq!(answer["outputs"][0]["data"], is_spam, "{name}");
        }
        let binary: Vec<u8> = [SPAM, HAM]
            .iter()
            .flat_map(|text| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat())
            .collect();
        let parameters = json!({"binary_data_size": binary.len()});
        let input = json!({"name": "x", "shape": shape, "datatype": "BYTES", "parameters": parameters});
        let head = json!({ "inputs": [input] }).to_string();
        let fields = format!("Inference-Header-Content-Length: {}\r\n", head.len());
        let answer = post(&server, "/v2/models/m/infer", &fields, &[head.as_bytes(), &binary].concat());
        let value: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!(value["outputs"][0]["data"], is_spam, "{}", answer.text());
    }
    let answer = Client::connect(server.address).ask(b"GET /v2/models/m HTTP/1.1\r\nHost: h\r\n\r\n");
    let metadata: Value = serde_json::from_str(answer.text()).unwrap();
    let input = json!({"name": "text", "datatype": "BYTES", "shape": [-1], "parameters": {"kind": "text"}});
    assert_eq!(metadata["inputs"], json!([input]));
}

#[test]
fn documents_without_a_known_word_are_counted() {
    let server = start("tfidf");
    let rows = json!([{ "text": SPAM }, { "text": "" }, { "text": "xyzzy plugh" }]);
    assert_eq!(json_to(&server, "/", &rows)["val"].as_array().unwrap().len(), 3);
    let answer = Client::connect(server.address).ask(b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(answer.text().contains("\nsvcd_rows_without_known_words_total 2\n"), "{}", answer.text());
}

#[test]
fn what_is_no_document_is_refused() {
    let server = start("tfidf");
    let refused = |path: &str, content: Value| {
        let answer = post(&server, path, "", content.to_string().as_bytes());
        assert_eq!(answer.status, 400, "{content}");
        serde_json::from_str::<Value>(answer.text()).unwrap()["error"].as_str().unwrap().to_owned()
    };
    for (value, found) in [
        (json!(5), "a number"),
        (json!(null), "null"),
        (json!(true), "a boolean"),
        (json!(["a"]), "an array"),
        (json!({}), "an object"),
    ] {
        let text = refused("/", json!({ "text": value }));
        assert!(text.contains(&format!("`text`: expected a string, found {found}")), "{text}");
    }
    assert!(refused("/", json!({ "txt": "a" })).contains("`text`"));
    assert!(refused("/v1/models/m:predict", json!({"instances": [5]})).contains("expected a string"));
    let lone = post(&server, "/", "", br#"{"text": "\ud83d"}"#);
    assert_eq!(lone.status, 400, "{}", lone.text());
    // a text is no text column where there are others
    let table = start("table_sparse");
    let row = json!({"length": 20, "text": SPAM, "calls": 1});
    assert_eq!(json_to(&table, "/", &row), json!({"val": "ham"}));
    assert_eq!(
        json_to(&table, "/v1/models/m:predict", &json!({"instances": [[20, SPAM, 1]]}))["predictions"],
        json!(["ham"])
    );
    let answer = post(&table, "/v1/models/m:predict", "", json!({"instances": [SPAM]}).to_string().as_bytes());
    assert_eq!(answer.status, 400);
}

fn predict(case: &str, flags: &[&str], input: &str) -> (Option<i32>, String, String) {
    let path = path_of(NEWEST, case);
    let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
    command.env_clear().args(["predict", "-m", path.to_str().unwrap()]).args(flags);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn predict_takes_csv_over_several_lines_plain_lines_and_json_lines() {
    let labels = "predict\nspam\nham\n";
    for (flags, input) in [
        (&[][..], format!("\"free \"\"prize\"\",\n\ncall now\"\n\"{HAM}\"\n")),
        (&[], format!("id,text\r\n1,\"{SPAM}\"\r\n2,\"{HAM}\"\r\n")),
        (&["--format-in", "lines"], format!("{SPAM}\n{HAM}\n")),
        (&["--format-in", "lines"], format!("\"{SPAM}\r\n{HAM}")),
        (&["--format-in", "jsonl"], format!("\"{SPAM}\"\n\n{{\"text\": \"{HAM}\"}}\n")),
    ] {
        let (code, out, error) = predict("tfidf", flags, &input);
        assert_eq!((code, out.as_str(), error.as_str()), (Some(0), labels, ""), "{input}");
    }
    // an empty line is a document too
    let (_, out, _) = predict("tfidf", &["--format-in", "lines"], "\n\nx\n");
    assert_eq!(out.lines().count(), 4);
}

#[test]
fn a_wrong_line_is_named_and_its_answer_may_be_empty() {
    let input = format!("\"{SPAM}\"\n5\n\n\"{HAM}\"\n");
    let (code, out, error) = predict("tfidf", &["--format-in", "jsonl"], &input);
    assert_eq!((code, out.as_str()), (Some(1), "predict\nspam\n"));
    assert!(error.contains("line 2: ") && error.contains("expected a string"), "{error}");
    let (code, out, _) = predict("tfidf", &["--format-in", "jsonl", "--on-error", "null"], &input);
    assert_eq!((code, out.as_str()), (Some(3), "predict\nspam\n\"\"\nham\n"));
    let (code, _, error) = predict("tfidf", &["--format-in", "lines", "--keep", "id"], &input);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("--keep: expected only with --format-in csv"), "{error}");
    let (code, _, error) = predict("table_sparse", &["--format-in", "lines"], &input);
    assert_eq!(code, Some(2));
    assert!(error.contains("expected a model with one column of text"), "{error}");
}
