//! wire.md section 12: tables of numbers, of numbers that may be missing, and of categories, in every dialect.
//!
//! The model is made up: its decision value is a sum that tells each cell, so that an answer shows what was read.

mod documents;
mod refusals;
mod tensors;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use serde_json::{Value, json};
use svcd::api::Detail;
use svcd::api::disclosure::{Disclosure, Shown};
use svcd::api::route::Options;
use svcd::api::served::{ModelFacts, Served};
use svcd::api::service::Service;
use svcd::http::Limits;
use svcd::http::poller::Backend;
use svcd::http::server::{Server, Settings, Stopper};
use svcd::pipeline::{Categories, Category, ColumnKind, Model, Scratch, UNKNOWN};

use crate::client::{Answer, Client};
use crate::made_up::MadeUp;

/// A number, one that may be missing, texts, numbers, booleans.
const NAMES: [&str; 5] = ["age", "fare", "port", "class", "alone"];

fn categories(all: &[Category<'_>], takes_unknown: bool) -> ColumnKind {
    ColumnKind::Category(Categories::new(all.to_vec(), takes_unknown).unwrap())
}

/// The cells of `port`, in order: ` b`, `C,d`, `S`, `é`, missing. `class` takes unknown ones.
fn kinds() -> Vec<ColumnKind> {
    let ports = ["S", "C,d", " b", "\u{e9}"].map(Category::String);
    vec![
        ColumnKind::Number,
        ColumnKind::NumberOrMissing,
        categories(&[&ports[..], &[Category::NaN]].concat(), false),
        categories(&[Category::Number(1.0), Category::Number(2.5)], true),
        categories(&[Category::Boolean(true), Category::Boolean(false)], false),
    ]
}

/// A model with columns of these kinds: a sum of all cells, each times ten as much as the one before.
fn model(kinds: Vec<ColumnKind>, names: &[&str]) -> Model {
    let weights = (0..kinds.len()).map(|column| 10_f64.powi(column as i32));
    let made_up = MadeUp {
        support_vectors: weights.chain(vec![0.0; kinds.len()]).collect(),
        feature_names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        kinds,
        ..MadeUp::default()
    };
    made_up.model()
}

fn value(model: &Model, row: &[f64]) -> Value {
    let mut out = vec![];
    model.decision_function(row, &mut Scratch::default(), &mut out).unwrap();
    json!(out[0])
}

/// A server with a made-up table, in this process.
struct Table {
    model: Model,
    address: SocketAddr,
    stopper: Stopper,
}

impl Drop for Table {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

impl Table {
    fn start(kinds: Vec<ColumnKind>, names: &[&str], detail: Detail) -> Table {
        let model = model(kinds, names);
        let limits = Limits::default();
        let options = Options {
            detail,
            workers: 1,
            content_bytes_max: limits.content_bytes_max,
            origin: "http://localhost:8000".to_owned(),
            cors: None,
            disclosure: Disclosure { shown: Shown::Ranges, allowed_hosts: Vec::new() },
            health_route: None,
            predict_route: Some("/vertex".to_owned()),
        };
        let address = ([127, 0, 0, 1], 0).into();
        let settings = Settings { address, workers: 1, compute_threads: 1, backend: Backend::Epoll, limits };
        let server = Server::bind(settings).unwrap();
        let facts = ModelFacts { name: "table".to_owned(), version: "1".to_owned(), ..ModelFacts::default() };
        let served = Served::new(model.clone(), facts);
        let is_draining = Arc::new(AtomicBool::new(false));
        let service = Service::new(served, options, is_draining, Arc::clone(&server.counters), Arc::new(()));
        let (address, stopper) = (server.local_addr().unwrap(), server.stopper());
        thread::spawn(move || server.run(Arc::new(service), || {}));
        Table { model, address, stopper }
    }

    fn mixed() -> Table {
        Table::start(kinds(), &NAMES, Detail::Full)
    }

    fn ask(&self, request: &str, content: &[u8]) -> Answer {
        let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
        let fields: String = fields.lines().map(|field| format!("{field}\r\n")).collect();
        let head = format!("POST {line} HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {}\r\n\r\n", content.len());
        Client::connect(self.address).ask(&[head.as_bytes(), content].concat())
    }

    fn json(&self, request: &str, content: &[u8]) -> Value {
        let answer = self.ask(request, content);
        let shown = String::from_utf8_lossy(content);
        assert_eq!(answer.status, 200, "{request} {shown}: {answer:?}");
        serde_json::from_slice(&answer.content).unwrap()
    }

    /// The sentence of an error, and its place.
    fn refused(&self, request: &str, content: &[u8]) -> (String, String) {
        let answer = self.ask(request, content);
        let shown = String::from_utf8_lossy(content.get(..200).unwrap_or(content));
        assert_eq!(answer.status, 400, "{request} {shown}: {answer:?}");
        let error: Value = serde_json::from_slice(&answer.content).unwrap();
        (error["error"].as_str().unwrap().to_owned(), error["where"].as_str().unwrap_or_default().to_owned())
    }
}

/// Cells of two rows without a missing number, and of one with it.
const CELLS: [[f64; 5]; 3] =
    [[1.0, 2.5, 2.0, 0.0, 1.0], [-3.0, 0.5, 1.0, UNKNOWN, 0.0], [0.0, f64::NAN, 4.0, 1.0, 0.0]];

#[test]
fn every_dialect_reads_the_same_table() {
    let table = Table::mixed();
    let objects = r#"{"age":1,"fare":2.5,"port":"S","class":1.0,"alone":true},
        {"alone":false,"class":"2.5","port":"C,d","fare":0.5,"name":"x","age":-3},
        {"port":null,"class":25e-1,"fare":NaN,"age":0,"alone":0}"#;
    let arrays = r#"[1,2.5,"S",1,true],[-3,0.5,"C,d",7,false],[0,null,NaN,2.5,0]"#;
    let columns = r#"{"port":["S","C,d",null],"x":[1],"fare":[2.5,0.5,null],"alone":[1,false,0],"age":[1,-3,0],"class":[1,"a",2.5]}"#;
    let split = r#"{"columns":["port","alone","id","age","class","fare"],"index":[3,4,5],
        "data":[["S",true,7,1,1,2.5],["C,d",false,"i",-3,null,0.5],[null,0,"NaN",0,2.5,NaN]]}"#;
    let expected: Vec<_> = CELLS.iter().map(|row| value(&table.model, row)).collect();
    assert!(expected.iter().all(Value::is_number));
    let signature = r#""signature_name":"decision_function""#;
    let params = r#""params":{"output":"decision_function"}"#;
    let vertex = r#""parameters":{"output":"decision_function"}"#;
    let v1 = "/v1/models/table:predict";
    for (path, content, key) in [
        (v1, format!(r#"{{"instances":[{objects}],{signature}}}"#), "predictions"),
        (v1, format!(r#"{{"instances":[{arrays}],{signature}}}"#), "predictions"),
        (v1, format!(r#"{{"instances":[{columns}],{signature}}}"#), "predictions"),
        (v1, format!(r#"{{"inputs":[{arrays}],{signature}}}"#), "outputs"),
        (v1, format!(r#"{{"inputs":{columns},{signature}}}"#), "outputs"),
        ("/vertex", format!(r#"{{"instances":[{objects}],{vertex}}}"#), "predictions"),
        ("/vertex", format!(r#"{{"instances":[{columns}],{vertex}}}"#), "predictions"),
        ("/invocations", format!(r#"{{"dataframe_split":{split},{params}}}"#), "predictions"),
        ("/invocations", format!(r#"{{"dataframe_records":[{objects}],{params}}}"#), "predictions"),
        ("/invocations", format!(r#"{{"instances":[{arrays}],{params}}}"#), "predictions"),
        ("/invocations", format!(r#"{{"instances":[{columns}],{params}}}"#), "predictions"),
        ("/invocations", format!(r#"{{"inputs":{columns},{params}}}"#), "predictions"),
    ] {
        assert_eq!(table.json(path, content.as_bytes())[key], json!(expected), "{path} {content}");
    }
}

#[test]
fn dialects_that_give_labels_alone_read_them_too() {
    let table = Table::mixed();
    // The sum of the first is above zero, that of the second below.
    let objects = r#"{"age":1,"fare":2.5,"port":"S","class":1.0,"alone":true},{"alone":false,"class":null,"port":" b","fare":-5,"age":-3}"#;
    assert_eq!(table.json("/", format!("[{objects}]").as_bytes()), json!({"val": [0, 1]}));
    assert_eq!(
        table.json("/", objects.split("},").next().map(|it| format!("{it}}}")).unwrap().as_bytes()),
        json!({"val": 0})
    );
    let lines = "[1,2.5,\"S\",1,true]\n{\"alone\":false,\"class\":8,\"port\":\" b\",\"fare\":-5,\"age\":-3}\n";
    let line_type = "/invocations\nContent-Type: application/jsonlines";
    assert_eq!(table.json(line_type, lines.as_bytes()), json!({"predictions": [0, 1]}));
    let csv_type = "/invocations\nContent-Type: text/csv";
    for csv in [
        "1,2.5,S,1,True\n-3,-5, b,?,false\n",
        "alone,port,id,class,fare,age\nTrue,S,1,1.0,2.5,1\nFalse,\" b\",,,-5,-3\n",
    ] {
        assert_eq!(table.json(csv_type, csv.as_bytes()), json!({"predictions": [0, 1]}), "{csv}");
    }
    let rows = objects.replacen("\"age\":1,", "", 1).replacen(",\"age\":-3", "", 1);
    let examples = format!(r#"{{"context":{{"age":2}},"examples":[{rows}]}}"#);
    let scores = table.json("/v1/models/table:classify", examples.as_bytes());
    let cells = [[2.0, 2.5, 2.0, 0.0, 1.0], [2.0, -5.0, 0.0, UNKNOWN, 0.0]];
    for (row, cells) in cells.iter().enumerate() {
        assert_eq!(scores["results"][row][1][1], value(&table.model, cells), "{scores}");
    }
}

#[test]
fn a_first_record_of_words_is_a_row_of_a_table_unless_it_names_all_columns() {
    let names = ["a", "b"];
    let kinds = || vec![categories(&["a", "b", "x"].map(Category::String), false); 2];
    let table = Table::start(kinds(), &names, Detail::Full);
    let csv = |header: &str, content: &str| {
        let answer = table.ask(&format!("/invocations\nContent-Type: text/csv{header}"), content.as_bytes());
        (answer.status, answer.text().matches(',').count() + 1)
    };
    assert_eq!(csv("", "x,b\na,b\n"), (200, 2));
    assert_eq!(csv("", "b,a\na,b\n"), (200, 1));
    assert_eq!(csv("; header=absent", "b,a\na,b\n"), (200, 2));
    let (sentence, _) = table.refused("/invocations\nContent-Type: text/csv; header=present", b"x,b\na,b\n");
    assert_eq!(sentence, "header: expected a column `a`, found none among 2 columns");
    let (sentence, place) = table.refused("/invocations\nContent-Type: text/csv", b"a,B\na,b\n");
    let expected = "row 0, column b: expected one of `a`, `b`, `x`, perhaps `b`, which differs in upper and lower case, found \
                    another string; if this is a header: text/csv; header=present";
    assert_eq!((sentence.as_str(), place.as_str()), (expected, "row 0, column b"));
}
