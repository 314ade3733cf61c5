//! Golden requests and answers of every dialect, byte for byte, against the real binary.
//!
//! A case is a line of text: a request, and what has to come back. Numbers are scikit-learn's, out of tests/fixtures/golden:
//! `{row:3}` in a request or an answer stands for the third row of the fixture, `{predict:3}` for its label, and so on; see
//! [`Fixture::fill`]. An answer has to be the expected one to the byte, but for the last digits of scores, which depend on the
//! order of summation.

mod binary;
mod cors;
mod csv;
mod curl;
mod explain;
mod invocations;
mod linear;
mod openapi;
mod page;
mod routes;
mod rules;
mod start;
mod v1;
mod v2;

use serde_json::Value;

use crate::client::Answer;
use crate::harness::Server;

/// A server with the model of a fixture, which is called `iris` whatever it is, and scikit-learn's answers for it.
pub struct Fixture {
    pub server: Server,
    expected: Value,
    feature_names: Vec<String>,
}

/// What has to come back.
pub enum Expected<'a> {
    /// 200 and this JSON.
    Json(&'a str),
    /// 200, this type, this content.
    Text(&'a str, &'a str),
    /// 400 with place, expected and found; the place in words, then as `where`.
    Wrong(&'a str, &'a str, &'a str, &'a str),
    /// Another error: status, code, sentence.
    Error(u16, &'a str, &'a str),
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

impl Fixture {
    pub fn start(name: &str) -> Fixture {
        Fixture::start_with(name, &[])
    }

    pub fn start_with(name: &str, arguments: &[&str]) -> Fixture {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/golden");
        let model = format!("{folder}/{name}.json");
        let names = read(&model)["feature_names_in_"].as_array().cloned();
        Fixture::serve(&model, read(&format!("{folder}/{name}.expected.json")), names, arguments)
    }

    /// The same with a pickle of the newest scikit-learn, whose columns have no names.
    pub fn start_pickle(name: &str) -> Fixture {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickle/1.9.1");
        let expected = read(&format!("{folder}/{name}.expected.json"));
        Fixture::serve(&format!("{folder}/{name}.p4"), expected, None, &[])
    }

    /// The same with a model that answers with a number or a side.
    pub fn start_target(file: &str, names: &[&str], arguments: &[&str]) -> Fixture {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/targets/1.9.1");
        let answers = read(&format!("{folder}/answers.json"));
        let mut expected = answers["cases"][file.split('.').next().unwrap()].clone();
        let table = usize::try_from(expected["rows"].as_u64().unwrap()).unwrap();
        expected["rows"] = answers["rows"][table].clone();
        let names = (!names.is_empty()).then(|| names.iter().map(|name| Value::from(*name)).collect());
        Fixture::serve(&format!("{folder}/{file}"), expected, names, arguments)
    }

    fn serve(model: &str, expected: Value, names: Option<Vec<Value>>, arguments: &[&str]) -> Fixture {
        let width = expected["rows"][0].as_array().unwrap().len();
        let feature_names = match names {
            Some(names) => names.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
            None => (0..width).map(|column| format!("x{column}")).collect(),
        };
        let arguments = [&["--model", model, "--model-name", "iris"], arguments].concat();
        Fixture { server: Server::start(&arguments), expected, feature_names }
    }

    /// Row `index` as numbers.
    pub fn row(&self, index: usize) -> Vec<f64> {
        self.expected["rows"][index].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// What scikit-learn says of row `index`: a label, or a list of scores.
    pub fn says(&self, what: &str, index: usize) -> &Value {
        &self.expected[what][index]
    }

    /// The scores of row `index`.
    pub fn scores(&self, what: &str, index: usize) -> Vec<f64> {
        self.says(what, index).as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// Puts the fixture's values into a text:
    ///
    /// * `{row:I}` the numbers of a row, `{named:I}` the same as an object, in reversed order and among other keys;
    /// * `{predict:I}` its label or number in JSON, `{label:I}` the label alone as text;
    /// * `{decision_function:I}`, `{score_samples:I}` and so on its scores, without brackets;
    /// * `{best:I:K}`, `{probable:I:K}` the best K classes by one-vs-rest value or probability, as JSON strings.
    pub fn fill(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some(start) = rest.find('{') {
            let (before, after) = rest.split_at(start);
            text.push_str(before);
            let is_ours = after[1..].starts_with(|first: char| first.is_ascii_lowercase());
            let end = if is_ours { after.find('}').unwrap() } else { 0 };
            text.push_str(&if is_ours { self.value(&after[1..end]) } else { "{".to_owned() });
            rest = &after[end + 1..];
        }
        text + rest
    }

    fn value(&self, wanted: &str) -> String {
        let parts: Vec<&str> = wanted.split(':').collect();
        let index = parts[1].parse().unwrap();
        let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
        match parts[0] {
            "row" => list(self.says("rows", index).as_array().unwrap()),
            "named" => {
                let pairs = self.feature_names.iter().zip(self.row(index)).rev();
                let pairs = pairs.map(|(name, number)| format!("{}: {number:?}", Value::from(name.as_str())));
                format!("{{{}, \"other\": [null]}}", pairs.collect::<Vec<_>>().join(", "))
            }
            "predict" => self.says("predict", index).to_string(),
            "label" => match self.says("predict", index) {
                Value::String(label) => label.clone(),
                label => label.to_string(),
            },
            "best" => self.best("decision_function_ovr", index, parts[2].parse().unwrap()),
            "probable" => self.best("predict_proba", index, parts[2].parse().unwrap()),
            scores => match self.says(scores, index) {
                Value::Array(scores) => list(scores),
                score => score.to_string(),
            },
        }
    }

    fn best(&self, what: &str, index: usize, count: usize) -> String {
        let mut scores = self.scores(what, index);
        if let [score] = scores[..] {
            scores = vec![-score, score];
        }
        let mut ranked: Vec<usize> = (0..scores.len()).collect();
        ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let labels = self.labels();
        let text = |class: &usize| format!("\"{}:{class}:{}\"", Value::from(scores[*class]), labels[*class]);
        ranked.iter().take(count).map(text).collect::<Vec<_>>().join(",")
    }

    /// The labels of the classes, as the model's metadata lists them.
    fn labels(&self) -> Vec<String> {
        let metadata: Value = serde_json::from_slice(&self.ask("GET /v2/models/iris", b"").content).unwrap();
        let classes = metadata["svcd"]["classes"].as_array().unwrap().clone();
        classes.iter().map(|label| label.as_str().map_or(label.to_string(), str::to_owned)).collect()
    }

    /// Sends a request: method and path, then fields on lines of their own.
    pub fn ask(&self, request: &str, content: &[u8]) -> Answer {
        let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
        let mut head = format!("{line} HTTP/1.1\r\nHost: svcd\r\n");
        for field in fields.lines() {
            head.push_str(&format!("{field}\r\n"));
        }
        if line.starts_with("POST") {
            head.push_str(&format!("Content-Length: {}\r\n", content.len()));
        }
        self.server.connect().ask(&[format!("{head}\r\n").as_bytes(), content].concat())
    }

    /// Sends a request, both parts filled, and compares the answer with what is expected, filled too.
    pub fn check(&self, request: &str, content: &str, expected: &Expected<'_>) {
        let content = self.fill(content);
        let answer = self.ask(&self.fill(request), content.as_bytes());
        let message = |found: &str| format!("{request}\n{content}\n{answer:?}: {found}");
        let (status, content_type, text) = match expected {
            Expected::Json(text) => (200, "application/json", self.fill(text)),
            Expected::Text(content_type, text) => (200, *content_type, self.fill(text)),
            Expected::Wrong(place, pointer, expected, found) => {
                let before = if place.is_empty() { String::new() } else { format!("{place}: ") };
                let sentence = Value::from(format!("{before}expected {expected}, found {found}"));
                let (pointer, expected) = (Value::from(*pointer), Value::from(*expected));
                let text = format!(
                    r#"{{"error":{sentence},"error_code":"BAD_REQUEST","message":{sentence},"where":{pointer},"expected":{expected}}}"#
                );
                (400, "application/json", text)
            }
            Expected::Error(status, code, sentence) => {
                let sentence = Value::from(*sentence);
                let text = format!(r#"{{"error":{sentence},"error_code":"{code}","message":{sentence}}}"#);
                (*status, "application/json", text)
            }
        };
        assert_eq!(answer.status, status, "{}", message(&text));
        assert_eq!(answer.field("Content-Type"), Some(content_type), "{}", message(&text));
        if let Some(difference) = difference(&text, answer.text()) {
            panic!("{}", message(&format!("{difference}, expected {text}")));
        }
    }
}

/// Where two texts differ. Scores may do so in their last digits, but are the shortest text that reads back the same.
fn difference(expected: &str, found: &str) -> Option<String> {
    let (expected, found) = (pieces(expected), pieces(found));
    if expected.len() != found.len() {
        return Some(format!("{} pieces instead of {}", found.len(), expected.len()));
    }
    expected.iter().zip(&found).find_map(|(expected, found)| {
        let is_score = |text: &str| text.contains('.') && text.parse::<f64>().is_ok();
        if expected == found || !is_score(expected) || !is_score(found) {
            return (expected != found).then(|| format!("`{found}` instead of `{expected}`"));
        }
        let (wanted, value): (f64, f64) = (expected.parse().unwrap(), found.parse().unwrap());
        let is_near = (wanted - value).abs() <= 1e-12 * wanted.abs().max(1.0);
        let shortest = Value::from(value).to_string();
        (!is_near || shortest != *found).then(|| format!("{found} instead of {expected}"))
    })
}

/// A text cut into numbers and what stands between them.
fn pieces(text: &str) -> Vec<&str> {
    let is_numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | 'e');
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| is_numeric(c) != is_numeric(first)).unwrap_or(rest.len());
        pieces.push(&rest[..end]);
        rest = &rest[end..];
    }
    pieces
}

#[test]
fn scores_are_compared_as_numbers_and_all_else_as_text() {
    assert_eq!(difference("[1,0.1]", "[1,0.1]"), None);
    assert_eq!(difference("[1,0.1]", "[1,0.10000000000000002]"), None);
    for found in ["[1,0.10]", "[1,0.1000001]", "[2,0.1]", "[1, 0.1]", "[1,0.1", "[1.0,0.1]", "[1,1e-1]"] {
        assert!(difference("[1,0.1]", found).is_some(), "{found}");
    }
}
