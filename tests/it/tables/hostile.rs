//! Dictionaries and tables that no training gives: they are refused, or loaded within a named memory.

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

use svcd::model_file::load::load_bytes;

use crate::client::Client;
use crate::folder::Folder;
use crate::harness::Server;
use crate::hostile_pickle::build::{array, bytes_object, dict, list, object, text, tuple};
use crate::hostile_pickle::sparse::integer;
use crate::proc;

/// More than any of these takes without optimisation on a busy machine.
const SOON: Duration = Duration::from_secs(300);
/// Memory while a dictionary is read, for each byte of its file, and besides.
const PEAK_FACTOR: usize = 30;
const PEAK_KIB: usize = 32 << 10;

fn with_attributes(module: &str, class: &str, attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = attributes.iter().map(|(name, value)| (text(name), value.clone())).collect();
    object(module, class, &dict(&entries))
}

fn numbers(all: &[f64]) -> Vec<u8> {
    bytes_object(&all.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

/// An OrdinalEncoder of one column of texts.
fn ordinal(categories: impl Iterator<Item = String>) -> Vec<u8> {
    let texts: Vec<_> = categories.map(|category| text(&category)).collect();
    let categories = array(&[integer(texts.len() as i64)], "O8", &list(&texts));
    let attributes = [
        ("categories_", list(&[categories])),
        ("handle_unknown", text("error")),
        ("n_features_in_", integer(1)),
        ("_sklearn_version", text("1.9.1")),
    ];
    with_attributes("sklearn.preprocessing._encoders", "OrdinalEncoder", &attributes)
}

fn scaler() -> Vec<u8> {
    let one = |number: f64| array(&[integer(1)], "f8", &numbers(&[number]));
    let attributes =
        [("with_mean", b"\x88".to_vec()), ("with_std", b"\x88".to_vec()), ("mean_", one(1.0)), ("scale_", one(2.0))];
    with_attributes("sklearn.preprocessing._data", "StandardScaler", &attributes)
}

/// A ColumnTransformer whose transformers all see the one column.
fn columns(transformers: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let of = |(name, transformer): &(&str, Vec<u8>)| tuple(&[text(name), transformer.clone(), list(&[integer(0)])]);
    let attributes = [
        ("n_features_in_", integer(1)),
        ("sparse_output_", b"\x89".to_vec()),
        ("transformer_weights", b"N".to_vec()),
        ("transformers_", list(&transformers.iter().map(of).collect::<Vec<_>>())),
    ];
    with_attributes("sklearn.compose._column_transformer", "ColumnTransformer", &attributes)
}

/// A pickle of a step and a linear SVM behind it, which takes so many numbers.
fn model(step: Vec<u8>, width: usize) -> Vec<u8> {
    let classes: Vec<u8> = [0_i64, 1].iter().flat_map(|class| class.to_le_bytes()).collect();
    let attributes = [
        ("coef_", array(&[integer(1), integer(width as i64)], "f8", &numbers(&vec![1.0; width]))),
        ("intercept_", array(&[integer(1)], "f8", &numbers(&[-10.5]))),
        ("classes_", array(&[integer(2)], "i8", &bytes_object(&classes))),
        ("_sklearn_version", text("1.9.1")),
    ];
    let svm = with_attributes("sklearn.svm._classes", "LinearSVC", &attributes);
    [b"\x80\x04".to_vec(), tuple(&[step, svm]), b".".to_vec()].concat()
}

fn refusal(pickle: &[u8]) -> String {
    let begin = Instant::now();
    let text = load_bytes(pickle).map(|_| ()).unwrap_err().to_string();
    assert!(begin.elapsed() < SOON, "{text}: {:?}", begin.elapsed());
    text
}

fn many(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("c{number}"))
}

#[test]
fn a_million_categories_are_loaded() {
    let loaded = load_bytes(&model(ordinal(many(1_000_000)), 1)).unwrap();
    assert_eq!(loaded.model.columns().kinds()[0].categories().unwrap().len(), 1_000_000);
}

#[test]
fn very_many_categories_are_loaded_and_answered_within_memory() {
    let pickle = model(ordinal(many(100_000)), 1);
    let folder = Folder::new("categories");
    let path = folder.path("model.pkl");
    fs::write(&path, &pickle).unwrap();
    let server = Server::start(&["--model", &path, "--model-name", "m"]);
    let (peak, file) = (proc::status(server.pid(), "VmHWM"), pickle.len() >> 10);
    assert!(peak <= PEAK_FACTOR * file + PEAK_KIB, "{peak} KiB for a file of {file} KiB");
    let ask = |request: &str| {
        let answer = Client::connect(server.address).ask(request.as_bytes());
        (answer.status, answer.text().to_owned())
    };
    let post = |content: &str| {
        let length = content.len();
        ask(&format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{content}"))
    };
    // dictionaries are sorted, encoders are not: what counts is the place in the file
    assert_eq!(post(r#"{"x0": "c10"}"#), (200, r#"{"val": 0}"#.to_owned()));
    assert_eq!(post(r#"{"x0": "c11"}"#), (200, r#"{"val": 1}"#.to_owned()));
    let (status, answer) = post(r#"{"x0": "c100000"}"#);
    assert!(status == 400 && answer.contains("one of 100000 categories"), "{answer}");
    for path in ["/v2/models/m", "/openapi.json"] {
        let (status, answer) = ask(&format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(status == 200 && answer.len() < 1 << 20, "{path}: {}", answer.len());
    }
}

#[test]
fn more_categories_than_there_may_be_and_equal_ones_are_refused() {
    let text = refusal(&model(ordinal(many((1 << 20) + 1)), 1));
    assert!(text.contains("expected at most 1048576, found more"), "{text}");
    let twice = ["a", "b", "a"].map(str::to_owned);
    let text = refusal(&model(ordinal(twice.into_iter()), 1));
    assert!(text.contains("expected different ones, found `a` twice"), "{text}");
    let long = (0..3).map(|number| format!("{number}").repeat(255));
    assert!(load_bytes(&model(ordinal(long), 1)).is_ok());
}

#[test]
fn categories_that_differ_in_nothing_but_how_they_are_encoded_are_two() {
    let folder = Folder::new("categories");
    let both = ["caf\u{e9}", "cafe\u{301}", "\u{212b}", "\u{c5}"].map(str::to_owned);
    let model_of = |words: &[String]| {
        let path = folder.path("model.pkl");
        // ten others before them, so that the first of these is below zero and the second above
        fs::write(&path, model(ordinal(many(10).chain(words.iter().cloned())), 1)).unwrap();
        Server::start(&["--model", &path])
    };
    let post = |server: &Server, word: &str| {
        let content = serde_json::json!({ "x0": word }).to_string();
        let mut request = String::new();
        let _ = write!(request, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{content}", content.len());
        Client::connect(server.address).ask(request.as_bytes()).text().to_owned()
    };
    let server = model_of(&both);
    let labels: Vec<_> = both.iter().map(|word| post(&server, word)).collect();
    assert_eq!(labels, [0, 1, 1, 1].map(|label| format!("{{\"val\": {label}}}")));
    // of one alone the other is none, and the error says how they differ
    let server = model_of(&both[..1]);
    let answer = post(&server, &both[1]);
    assert!(answer.contains("perhaps `caf\u{e9}`, which differs in"), "{answer}");
}

#[test]
fn transformers_that_want_a_column_to_be_two_things_are_named() {
    let words = || ordinal(["a", "b"].into_iter().map(str::to_owned));
    let text = refusal(&model(columns(&[("codes", words()), ("scaled", scaler())]), 2));
    assert!(text.contains("OrdinalEncoder, which takes strings, and StandardScaler, which takes numbers"), "{text}");
    let others = ordinal(["c", "d"].into_iter().map(str::to_owned));
    let text = refusal(&model(columns(&[("one", words()), ("other", others)]), 2));
    assert!(text.contains("that OrdinalEncoder and OrdinalEncoder both know, found none"), "{text}");
    assert!(load_bytes(&model(columns(&[("one", words()), ("other", words())]), 2)).is_ok());
}
