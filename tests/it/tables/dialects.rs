//! Models of tables in every dialect over HTTP and in `svcd predict`: scikit-learn's stored answers, all rows at once, and a refusal
//! where it raises.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};
use svcd::pipeline::{Category, ColumnKind, Model};

use super::{Golden, cells, fixtures, loaded, together};
use crate::client::Client;
use crate::folder::Folder;
use crate::harness::Server;

const VERSION: &str = "1.9.1";

/// A person's table; strings of every kind, whole numbers and booleans as categories; None and NaN; a column that is both; numbers that are
/// categories.
const CASES: [&str; 5] =
    ["titanic", "one_hot_strange", "missing_both", "scaled_and_encoded_error", "one_hot_codes_error"];

type Row = Map<String, Value>;

/// A model, and those of its rows that scikit-learn answers, with its answers.
struct Case {
    name: &'static str,
    model: Model,
    path: String,
    rows: Vec<Row>,
    labels: Vec<Value>,
    scores: Vec<f64>,
    magnitudes: Vec<f64>,
    refused: Vec<Row>,
}

impl Case {
    fn new(name: &'static str, golden: &Golden, folder: &Folder) -> Case {
        let answered = &golden.cases[name];
        let path = match answered.bytes {
            Some([start, end]) => folder.file(name, &together(VERSION)[start..end]),
            None => fixtures().join(VERSION).join(format!("{name}.p4")).to_str().unwrap().to_owned(),
        };
        let model = loaded(path.as_ref()).model;
        let mut case = Case {
            name,
            model,
            path,
            rows: vec![],
            labels: vec![],
            scores: vec![],
            magnitudes: vec![],
            refused: vec![],
        };
        for (index, row) in golden.rows(name).iter().enumerate() {
            let names = case.model.feature_names();
            let row: Row =
                row.iter().filter(|(key, _)| names.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
            match &answered.predict[index] {
                Value::Null => case.refused.push(row),
                label => {
                    let cells = cells(&case.model, &row).unwrap();
                    case.magnitudes.push(case.model.decision_magnitude(&cells).unwrap());
                    case.rows.push(row);
                    case.labels.push(label.clone());
                    case.scores.push(answered.decision_function[index].as_f64().unwrap());
                }
            }
        }
        assert!(case.rows.len() > 3, "{name}");
        case
    }

    fn check(&self, what: &str, labels: &Value, scores: Option<&Value>) {
        assert_eq!(labels, &Value::from(self.labels.clone()), "{}: {what}", self.name);
        for (index, found) in scores.map(|scores| scores.as_array().unwrap()).into_iter().flatten().enumerate() {
            let (found, expected) = (found.as_f64().unwrap(), self.scores[index]);
            let is_near = (found - expected).abs() <= 1e-12 * self.magnitudes[index];
            assert!(is_near, "{}: {what}: row {index}: expected {expected}, found {found}", self.name);
        }
    }

    fn arrays(&self, rows: &[Row]) -> Vec<Value> {
        let names = self.model.feature_names();
        rows.iter().map(|row| names.iter().map(|name| row[name].clone()).collect()).collect()
    }

    fn column(&self, name: &str) -> Vec<Value> {
        self.rows.iter().map(|row| row[name].clone()).collect()
    }

    fn kinds(&self) -> impl Iterator<Item = (&String, &ColumnKind)> {
        self.model.feature_names().iter().zip(self.model.columns().kinds())
    }

    /// Rows that CSV can tell: an empty string and a missing one are the same there, and so are None and NaN.
    fn in_csv(&self) -> Vec<usize> {
        let knows_both = |kind: &ColumnKind| {
            let missing = |category: &Category<'_>| matches!(category, Category::None | Category::NaN);
            kind.categories().is_some_and(|categories| categories.iter().filter(missing).count() == 2)
        };
        let ambiguous: Vec<_> = self.kinds().filter(|(_, kind)| knows_both(kind)).map(|(name, _)| name).collect();
        let is_told = |row: &Row| {
            row.values().all(|value| value != "") && ambiguous.iter().all(|name| !row[name.as_str()].is_null())
        };
        (0..self.rows.len()).filter(|row| is_told(&self.rows[*row])).collect()
    }

    fn csv(&self, rows: &[usize]) -> String {
        let field = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            number => number.to_string(),
        };
        // another order than the model's, and a column that it does not know
        let names: Vec<_> = self.model.feature_names().iter().rev().collect();
        let mut csv = names.iter().map(|name| name.as_str()).chain(["ticket"]).collect::<Vec<_>>().join(",") + "\n";
        for row in rows {
            let fields = names.iter().map(|name| field(&self.rows[*row][*name]));
            csv += &(fields.chain(["17".to_owned()]).collect::<Vec<_>>().join(",") + "\n");
        }
        csv
    }
}

fn cases(folder: &Folder) -> Vec<Case> {
    let golden = Golden::of(VERSION);
    CASES.into_iter().map(|name| Case::new(name, &golden, folder)).collect()
}

struct Asked(Server);

impl Asked {
    fn new(case: &Case) -> Asked {
        Asked(Server::start(&["--model", &case.path, "--model-name", "m"]))
    }

    fn post(&self, path: &str, fields: &str, content: &[u8]) -> (u16, String) {
        let length = content.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {length}\r\n\r\n");
        let answer = Client::connect(self.0.address).ask(&[head.as_bytes(), content].concat());
        (answer.status, answer.text().to_owned())
    }

    fn json(&self, path: &str, content: &Value) -> Value {
        self.text(path, "", content.to_string().as_bytes())
    }

    fn text(&self, path: &str, fields: &str, content: &[u8]) -> Value {
        let (status, text) = self.post(path, fields, content);
        assert_eq!(status, 200, "{path} {}: {text}", String::from_utf8_lossy(content));
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn rows_in_json_get_scikit_learns_answers_in_every_dialect() {
    let folder = Folder::new("tables");
    for case in cases(&folder) {
        let server = Asked::new(&case);
        case.check("an array of objects", &server.json("/", &json!(case.rows))["val"], None);
        for (row, label) in case.rows.iter().zip(&case.labels) {
            assert_eq!(&server.json("/", &json!(row))["val"], label, "{}", case.name);
        }
        let arrays = case.arrays(&case.rows);
        let columns: Row =
            case.model.feature_names().iter().map(|name| (name.clone(), json!(case.column(name)))).collect();
        let v1 = "/v1/models/m:predict";
        for content in [
            json!({ "instances": case.rows }),
            json!({ "instances": arrays }),
            json!({ "instances": [columns] }),
            json!({ "inputs": arrays }),
            json!({ "inputs": columns }),
        ] {
            let key = if content.get("inputs").is_some() { "outputs" } else { "predictions" };
            let labels = server.json(v1, &content)[key].clone();
            let mut asked = content.clone();
            asked["signature_name"] = json!("decision_function");
            case.check(&content.to_string(), &labels, Some(&server.json(v1, &asked)[key]));
        }
        let names = case.model.feature_names();
        for content in [
            json!({"dataframe_split": {"columns": names, "index": [7], "data": arrays}}),
            json!({ "dataframe_records": case.rows }),
            json!({ "inputs": columns }),
            json!({ "instances": arrays }),
            json!({ "instances": case.rows }),
        ] {
            let labels = server.json("/invocations", &content)["predictions"].clone();
            let mut asked = content.clone();
            asked["params"] = json!({"output": "decision_function"});
            case.check(&content.to_string(), &labels, Some(&server.json("/invocations", &asked)["predictions"]));
        }
        let lines: String = case.rows.iter().map(|row| format!("{}\n", json!(row))).collect();
        let answer = server.text("/invocations", "Content-Type: application/jsonlines\r\n", lines.as_bytes());
        case.check("lines", &answer["predictions"], None);
    }
}

#[test]
fn rows_in_tensors_get_scikit_learns_answers() {
    let folder = Folder::new("tables");
    let outputs = json!([{"name": "predict"}, {"name": "decision_function"}]);
    let mut in_binary = 0;
    for case in cases(&folder) {
        let server = Asked::new(&case);
        let n_rows = case.rows.len();
        let check = |what: &str, answer: &Value| {
            case.check(what, &answer["outputs"][0]["data"], Some(&answer["outputs"][1]["data"]));
        };
        let path = "/v2/models/m/infer";
        let tensors: Vec<_> = case.kinds().map(|(name, _)| tensor(name, &case.column(name))).collect();
        check("tensors", &server.json(path, &json!({"inputs": tensors, "outputs": outputs})));
        // texts have no missing ones in binary
        let full: Vec<usize> = (0..n_rows).filter(|row| is_full(&case, *row)).collect();
        assert!(!full.is_empty());
        in_binary += full.len();
        let (mut inputs, mut bytes) = (Vec::new(), Vec::new());
        for (name, _) in case.kinds() {
            let values: Vec<_> = full.iter().map(|row| case.rows[*row][name].clone()).collect();
            let (input, binary) = binary_tensor(name, &values);
            inputs.push(input);
            bytes.extend(binary);
        }
        let head = json!({"inputs": inputs, "outputs": outputs}).to_string();
        let fields = format!("Inference-Header-Content-Length: {}\r\n", head.len());
        let answer = server.text(path, &fields, &[head.as_bytes(), &bytes].concat());
        let labels: Vec<_> = full.iter().map(|row| case.labels[*row].clone()).collect();
        assert_eq!(answer["outputs"][0]["data"], json!(labels), "{}", case.name);
        let data: Vec<Value> = case.arrays(&case.rows).iter().flat_map(|row| row.as_array().unwrap().clone()).collect();
        let width = case.model.n_features_in();
        let one = json!({"name": "X", "shape": [n_rows, width], "datatype": "BYTES", "data": data});
        let (status, text) = server.post(path, "", json!({ "inputs": [one] }).to_string().as_bytes());
        assert!(status == 400 && text.contains("expected one tensor for each column"), "{}: {text}", case.name);
    }
    assert!(in_binary > 30, "{in_binary}");
}

fn is_full(case: &Case, row: usize) -> bool {
    case.kinds().all(|(name, _)| !case.rows[row][name].is_null())
}

/// The values of a column as most clients would type them; missing ones among strings are null.
fn tensor(name: &str, values: &[Value]) -> Value {
    let datatype = datatype(values);
    json!({"name": name, "shape": [values.len()], "datatype": datatype, "data": values})
}

fn datatype(values: &[Value]) -> &'static str {
    match values.iter().find(|value| !value.is_null()) {
        Some(Value::String(_)) => "BYTES",
        Some(Value::Bool(_)) => "BOOL",
        _ => "FP64",
    }
}

fn binary_tensor(name: &str, values: &[Value]) -> (Value, Vec<u8>) {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| match value {
            Value::String(text) => [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat(),
            Value::Bool(value) => vec![u8::from(*value)],
            number => number.as_f64().unwrap().to_le_bytes().to_vec(),
        })
        .collect();
    let parameters = json!({"binary_data_size": bytes.len()});
    let shape = [values.len(), 1];
    (json!({"name": name, "shape": shape, "datatype": datatype(values), "parameters": parameters}), bytes)
}

#[test]
fn csv_and_predict_give_scikit_learns_answers() {
    let folder = Folder::new("tables");
    for case in cases(&folder) {
        let server = Asked::new(&case);
        let rows = case.in_csv();
        assert!(rows.len() > 3, "{}", case.name);
        let csv = case.csv(&rows);
        let answer = server.text("/invocations", "Content-Type: text/csv\r\n", csv.as_bytes());
        let labels: Vec<_> = rows.iter().map(|row| case.labels[*row].clone()).collect();
        assert_eq!(answer["predictions"], json!(labels), "{}", case.name);
        check_predicted(&case, &rows, &predict(&case, &["--format", "jsonl"], &csv));
        let lines: String = case.rows.iter().map(|row| format!("{}\n", json!(row))).collect();
        let all: Vec<_> = (0..case.rows.len()).collect();
        check_predicted(&case, &all, &predict(&case, &["--format", "jsonl", "--format-in", "jsonl"], &lines));
    }
}

/// Lines with the answers for these rows.
fn check_predicted(case: &Case, rows: &[usize], (code, out, error): &(Option<i32>, String, String)) {
    assert_eq!((*code, error.as_str()), (Some(0), ""), "{}", case.name);
    assert_eq!(out.lines().count(), rows.len(), "{}", case.name);
    for (line, row) in out.lines().zip(rows) {
        let found: Value = serde_json::from_str(line).unwrap();
        assert_eq!(found["predict"], case.labels[*row], "{}", case.name);
        let (found, expected) = (found["decision_function"].as_f64().unwrap(), case.scores[*row]);
        assert!((found - expected).abs() <= 1e-12 * case.magnitudes[*row], "{}: {found} {expected}", case.name);
    }
}

fn predict(case: &Case, flags: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
    let asked = ["predict", "-m", &case.path, "--output", "predict,decision_function"];
    command.env_clear().args(asked).args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn rows_for_which_scikit_learn_raises_are_refused_in_every_dialect() {
    let folder = Folder::new("tables");
    let mut refused = 0;
    for case in cases(&folder) {
        let server = Asked::new(&case);
        for row in &case.refused {
            let [array] = case.arrays(std::slice::from_ref(row)).try_into().unwrap();
            let tensors: Vec<_> = case.kinds().map(|(name, _)| tensor(name, &[row[name].clone()])).collect();
            for (path, content) in [
                ("/", json!(row)),
                ("/v1/models/m:predict", json!({ "instances": [row] })),
                ("/v1/models/m:predict", json!({ "inputs": [array] })),
                ("/v2/models/m/infer", json!({ "inputs": tensors })),
                ("/invocations", json!({ "dataframe_records": [row] })),
                ("/invocations", json!({"dataframe_split": {"columns": case.model.feature_names(), "data": [array]}})),
            ] {
                let (status, text) = server.post(path, "", content.to_string().as_bytes());
                assert_eq!(status, 400, "{}: {path} {content}: {text}", case.name);
            }
            let (code, out, error) = predict(&case, &["--format-in", "jsonl"], &json!(row).to_string());
            assert_eq!((code, out.as_str()), (Some(1), "predict,decision_function_0\n"), "{}: {error}", case.name);
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn metadata_tells_typical_rows_with_their_categories_and_no_curve_is_over_them() {
    let path = fixtures().join(VERSION).join("titanic.p4");
    let start = |arguments: &[&str]| {
        Server::start(&[&["--model", path.to_str().unwrap(), "--model-name", "m"], arguments].concat())
    };
    let ask = |server: &Server, request: &str| server.connect().ask(request.as_bytes());
    let metadata = |server: &Server| {
        let answer = ask(server, "GET /v2/models/m HTTP/1.1\r\nHost: localhost\r\n\r\n");
        serde_json::from_slice::<Value>(&answer.content).unwrap()
    };
    let server = start(&[]);
    let told = metadata(&server);
    let means = told["svcd"]["means"].as_array().unwrap();
    assert_eq!(
        means.iter().map(|mean| &mean["class"]).collect::<Vec<_>>(),
        told["svcd"]["classes"].as_array().unwrap().iter().collect::<Vec<_>>()
    );
    for mean in means {
        let cells = mean["row"].as_array().unwrap();
        for (cell, input) in cells.iter().zip(told["inputs"].as_array().unwrap()) {
            match input["parameters"]["categories"].as_array() {
                Some(categories) => assert!(categories.contains(cell), "{input}"),
                None => assert!(cell.is_number(), "{input}"),
            }
        }
        // the model answers for it
        let content = json!({"instances": [cells]}).to_string();
        let head = format!(
            "POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
            content.len()
        );
        assert_eq!(ask(&server, &(head + &content)).status, 200, "{content}");
    }
    let content = json!({"instances": [means[0]["row"]], "curves": ["sex"]}).to_string();
    let head = format!("POST /explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", content.len());
    let refused = ask(&server, &(head + &content));
    let text = "`curves`: expected columns of numbers, found `sex`, a column of another kind";
    assert_eq!((refused.status, refused.text().contains(text)), (400, true), "{refused:?}");
    // categories are not told
    let terse = metadata(&start(&["--errors", "terse"]));
    assert_eq!((terse["svcd"].get("means"), terse["svcd"].get("ranges").is_some()), (None, true));
}
