//! Models that answer with a number or a side: `SVR`, `NuSVR`, `LinearSVR` and `OneClassSVM`. scikit-learn's own answers, in
//! every form of file; tests/fixtures/README.md says how they were made.

mod commands;
mod dialects;
mod goldens;
mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use svcd::model_file::{Loaded, folder, load};

/// Folders of tests/fixtures/targets.
const VERSIONS: [&str; 4] = ["1.1.3", "1.3.2", "1.6.1", "1.9.1"];
const NEWEST: &str = "1.9.1";

/// Folders with a few cases.
const OLD_VERSIONS: [&str; 2] = ["0.21.3", "0.23.2"];

/// scikit-learn's answers of one version.
#[derive(Deserialize)]
struct Golden {
    /// Tables of rows.
    rows: Vec<Vec<Vec<f64>>>,
    cases: BTreeMap<String, Answered>,
}

/// What scikit-learn answers for the rows of one table; nothing for what the estimator does not have.
#[derive(Deserialize)]
struct Answered {
    /// Index of the table.
    rows: usize,
    predict: Vec<Value>,
    decision_function: Option<Vec<Value>>,
    score_samples: Option<Vec<Value>>,
}

impl Golden {
    fn of(version: &str) -> Golden {
        serde_json::from_slice(&fs::read(fixtures().join(version).join("answers.json")).unwrap()).unwrap()
    }

    fn rows(&self, case: &str) -> &[Vec<f64>] {
        &self.rows[self.cases[case].rows]
    }
}

/// A number as the fixtures write it.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/targets")
}

/// As the commands load the model of this file or folder.
fn loaded(path: &Path) -> Loaded {
    let files = folder::list(&[path.to_owned()]).unwrap();
    load::load(folder::read(&files).unwrap(), &[]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
