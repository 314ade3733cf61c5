//! JSON to every route that takes rows; the first byte chooses the route. What is answered is what the model says of the rows that a
//! tree of the content shows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use svcd_fuzz::by_tree::{self, KEYED, Rows, SEED, TENSOR};
use svcd_fuzz::service::{labels, post_and_check};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else { return };
    let (path, (key, find)) = match choice {
        b'1' => ("/v1/models/m:predict", KEYED),
        b'2' => ("/v2/models/m/infer", TENSOR),
        b'3' => ("/invocations", KEYED),
        b'4' => ("/vertex", KEYED),
        b'5' => return lines(content),
        b'6' => return classify(content),
        _ => ("/", SEED),
    };
    let Some((n_rows, response)) = post_and_check(path, b"", content) else { return };
    let rows = by_tree::tree(content).and_then(|tree| find(&tree));
    check(rows, n_rows, &serde_json::from_slice(&response.content).expect("an answer is JSON"), key);
});

/// `key`: under which the answer has its labels.
fn check(rows: Option<Rows>, n_rows: usize, answer: &Value, key: &str) {
    assert!(!answer.to_string().contains("null"), "a score that is not finite: {answer}");
    let Some(rows) = rows else { return };
    assert_eq!(rows.len(), n_rows);
    if let Some(found) = by_tree::labels(answer, key) {
        assert_eq!(found, labels(&rows));
    }
}

fn lines(content: &[u8]) {
    let fields = b"Content-Type: application/jsonlines\r\n";
    let Some((n_rows, response)) = post_and_check("/invocations", fields, content) else { return };
    let text = str::from_utf8(content).expect("what is answered is UTF-8");
    let lines = text.split('\n').filter(|line| !line.trim_ascii().is_empty());
    let rows = lines.map(|line| by_tree::row(&by_tree::tree(line.as_bytes())?)).collect();
    check(rows, n_rows, &serde_json::from_slice(&response.content).expect("an answer is JSON"), "predictions");
}

fn classify(content: &[u8]) {
    let Some((n_rows, response)) = post_and_check("/v1/models/m:classify", b"", content) else { return };
    let answer: Value = serde_json::from_slice(&response.content).expect("an answer is JSON");
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(n_rows));
    check(None, n_rows, &answer, "results");
}
