//! Each step before an SVM, with scikit-learn's own answers; tests/fixtures/README.md says how they were made.

mod goldens;
mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Folders of tests/fixtures/steps; the first two have older formulas.
const VERSIONS: [&str; 6] = ["0.22.2", "0.24.2", "1.1.3", "1.3.2", "1.6.1", "1.9.1"];

/// scikit-learn's answers of one version.
#[derive(Deserialize)]
struct Golden {
    /// Tables of rows.
    rows: Vec<Vec<Vec<f64>>>,
    cases: BTreeMap<String, Answered>,
}

/// What scikit-learn answers for the rows of one table.
#[derive(Deserialize)]
struct Answered {
    /// Index of the table.
    rows: usize,
    predict: Vec<i64>,
    decision_function: Vec<Vec<f64>>,
    /// The rows behind the step, where there is a model that shows them.
    transform: Option<Vec<Vec<f64>>>,
}

impl Golden {
    fn of(version: &str) -> Golden {
        serde_json::from_slice(&fs::read(fixtures().join(version).join("answers.json")).unwrap()).unwrap()
    }

    fn rows(&self, case: &str) -> &[Vec<f64>] {
        &self.rows[self.cases[case].rows]
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/steps")
}
