//! Models of text: scikit-learn's own answers to documents, of several versions, in one file and in two;
//! tests/fixtures/README.md says how they were made.

mod dialects;
mod explain;
mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use svcd::model_file::{Loaded, folder, load, native};
use svcd::pipeline::{Answers, Asked, ColumnKind, Documents, Label, OutputName, Rows, Scratch};

const VERSIONS: [&str; 7] = ["0.23.2", "1.1.3", "1.3.2", "1.4.2", "1.5.2", "1.6.1", "1.9.1"];
const NEWEST: &str = "1.9.1";

/// What scikit-learn answers to the documents, or to the rows of a table.
#[derive(Deserialize)]
struct Answered {
    predict: Vec<Value>,
    decision_function: Option<Vec<Value>>,
    predict_proba: Option<Vec<Vec<f64>>>,
    rows: Option<Vec<Vec<Value>>>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text")
}

fn answers_of(version: &str) -> BTreeMap<String, Answered> {
    serde_json::from_slice(&fs::read(fixtures().join(version).join("answers.json")).unwrap()).unwrap()
}

fn asked_documents() -> Vec<String> {
    serde_json::from_slice(&fs::read(fixtures().join("documents.json")).unwrap()).unwrap()
}

/// The file or folder of a case.
fn path_of(version: &str, case: &str) -> PathBuf {
    let folder = fixtures().join(version);
    let candidates = ["", ".p2", ".p3", ".p4", ".joblib"].map(|form| folder.join(format!("{case}{form}")));
    candidates.into_iter().find(|path| path.exists()).unwrap_or_else(|| panic!("{version} {case}"))
}

fn loaded(path: &Path) -> Loaded {
    let files = folder::list(&[path.to_owned()]).unwrap();
    load::load(folder::read(&files).unwrap(), &[]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of rows, and their documents.
fn cells(loaded: &Loaded, rows: &[Vec<Value>]) -> (Vec<f64>, Documents) {
    let mut documents = Documents::default();
    let kinds = loaded.model.columns().kinds();
    let cells = rows.iter().flat_map(|row| row.iter().zip(kinds)).map(|(value, kind)| match kind {
        ColumnKind::Text => documents.push(value.as_str().unwrap()),
        _ => value.as_f64().unwrap(),
    });
    (cells.collect(), documents)
}

/// Numbers of one answer: a list, or one alone.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().map(|number| number.as_f64().unwrap()).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Cases whose scores are sums of products alone, in scikit-learn's order: their bits are equal.
fn is_exact(version: &str, case: &str) -> bool {
    let others = [
        "svc_poly",
        "svc_sigmoid",
        "count_tfidf_svc",
        "calibrated",
        "one_vs_rest",
        "svd",
        "table_dense",
        "two_files_dense",
    ];
    // logarithms of NumPy before 2
    let is_old_logarithm = case.contains("sublinear") && ["0.23.2", "1.1.3", "1.3.2", "1.4.2"].contains(&version);
    !others.iter().any(|other| case.starts_with(other)) && !is_old_logarithm
}

fn check(what: &str, loaded: &Loaded, expected: &Answered, is_exact: bool) {
    let rows = expected
        .rows
        .clone()
        .unwrap_or_else(|| asked_documents().into_iter().map(|document| vec![Value::String(document)]).collect());
    let (cells, documents) = cells(loaded, &rows);
    let model = &loaded.model;
    let names = [OutputName::Predict, OutputName::DecisionFunction, OutputName::PredictProba];
    let asked = names.into_iter().filter(|name| model.output(*name).is_ok()).fold(Asked::default(), Asked::and);
    let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
    let width = model.n_features_in();
    // all at once, and then one by one, with the same buffers
    for _ in 0..2 {
        answers.clear();
        model.answer_rows(Rows { cells: &cells, documents: &documents }, asked, &mut scratch, &mut answers).unwrap();
        let one_by_one = std::mem::take(&mut answers);
        for row in cells.chunks(width) {
            let rows = Rows { cells: row, documents: &documents };
            model.answer_rows(rows, asked, &mut scratch, &mut answers).unwrap();
        }
        for name in asked.names() {
            assert_eq!(answers.column(name), one_by_one.column(name), "{what}");
        }
    }
    for (index, label) in expected.predict.iter().enumerate() {
        match answers.labels(OutputName::Predict).get(index) {
            Some(found) => assert_eq!(text(model.target().label(*found).unwrap()), plain(label), "{what} {index}"),
            None => {
                let found = answers.numbers(OutputName::Predict)[index];
                assert!(close(found, label.as_f64().unwrap(), found.abs(), is_exact), "{what} {index} {found} {label}");
            }
        }
    }
    if let Some(expected) = &expected.decision_function {
        let found = answers.numbers(OutputName::DecisionFunction);
        let per_row = found.len() / expected.len();
        for (index, (expected, found)) in expected.iter().zip(found.chunks(per_row)).enumerate() {
            let row = &cells[index * width..(index + 1) * width];
            let magnitude = model.decision_magnitude_of(Rows { cells: row, documents: &documents }).unwrap();
            for (expected, found) in numbers(expected).into_iter().zip(found) {
                assert!(close(*found, expected, magnitude, is_exact), "{what} {index}: {found:?} {expected:?}");
            }
        }
    }
    if let Some(expected) = &expected.predict_proba {
        let found = answers.numbers(OutputName::PredictProba);
        for (expected, found) in expected.iter().flatten().zip(found) {
            assert!((expected - found).abs() < 1e-12, "{what}: {found:?} {expected:?}");
        }
    }
}

fn close(found: f64, expected: f64, magnitude: f64, is_exact: bool) -> bool {
    if is_exact { found == expected } else { (found - expected).abs() <= 1e-12 * magnitude }
}

fn text(label: Label<'_>) -> String {
    label.to_string()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        other => other.to_string(),
    }
}

#[test]
fn documents_get_scikit_learns_answers() {
    let mut cases = 0;
    for version in VERSIONS {
        for (case, expected) in answers_of(version) {
            let loaded = loaded(&path_of(version, &case));
            let what = format!("{version} {case}");
            assert!(loaded.model.columns().have_text(), "{what}");
            check(&what, &loaded, &expected, is_exact(version, &case));
            let is_told = case.contains("sublinear") && ["0.23.2", "1.1.3", "1.3.2", "1.4.2"].contains(&version);
            assert_eq!(loaded.warnings.len(), usize::from(is_told), "{what} {:?}", loaded.warnings);
            cases += 1;
        }
    }
    assert_eq!(cases, 6 * 6 + 47);
}

#[test]
fn a_model_bin_answers_as_the_file_that_it_was_made_from() {
    for (case, expected) in answers_of(NEWEST) {
        let original = loaded(&path_of(NEWEST, &case));
        let bytes = native::to_bytes(&original).unwrap();
        let path = std::env::temp_dir().join(format!("svcd-text-{}-{case}.bin", std::process::id()));
        fs::write(&path, &bytes).unwrap();
        let read = loaded(&path);
        fs::remove_file(&path).unwrap();
        assert_eq!(read.model, original.model, "{case}");
        assert_eq!(native::to_bytes(&read).unwrap(), bytes, "{case}");
        check(&case, &read, &expected, is_exact(NEWEST, &case));
    }
}

#[test]
fn the_column_is_called_text_where_the_model_does_not_name_it() {
    let names = |case: &str| loaded(&path_of(NEWEST, case)).model.feature_names().to_vec();
    assert_eq!(names("tfidf"), ["text"]);
    assert_eq!(names("two_files"), ["text"]);
    assert_eq!(names("table_sparse"), ["length", "text", "calls"]);
}
