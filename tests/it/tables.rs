//! Models of tables, with categories beside numbers: scikit-learn's own answers for rows as JSON objects; tests/fixtures/README.md
//! says how they were made.

mod dialects;
mod goldens;
mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use svcd::inflate::{Compression, Inflater};
use svcd::model_file::{Loaded, folder, load};
use svcd::pipeline::{Category, ColumnKind, Model};

/// Folders of tests/fixtures/tables.
const VERSIONS: [&str; 4] = ["1.1.3", "1.3.2", "1.6.1", "1.9.1"];

/// scikit-learn's answers of one version.
#[derive(Deserialize)]
struct Golden {
    tables: BTreeMap<String, Vec<Map<String, Value>>>,
    cases: BTreeMap<String, Answered>,
}

/// What scikit-learn answers for the rows of one table, null where it raises.
#[derive(Deserialize)]
struct Answered {
    table: String,
    /// Where in cases.gz the pickle is.
    bytes: Option<[usize; 2]>,
    predict: Vec<Value>,
    decision_function: Vec<Value>,
}

impl Golden {
    fn of(version: &str) -> Golden {
        serde_json::from_slice(&fs::read(fixtures().join(version).join("answers.json")).unwrap()).unwrap()
    }

    fn rows(&self, case: &str) -> &[Map<String, Value>] {
        &self.tables[&self.cases[case].table]
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tables")
}

/// What cases.gz holds.
fn together(version: &str) -> Vec<u8> {
    let bytes = fs::read(fixtures().join(version).join("cases.gz")).unwrap();
    let (mut inflater, mut input, mut output) = (Inflater::new(Compression::Gzip), bytes.as_slice(), Vec::new());
    loop {
        match inflater.step(&mut input).unwrap() {
            [] if input.is_empty() => return output,
            piece => output.extend_from_slice(piece),
        }
    }
}

/// As the commands load the model of this file or folder.
fn loaded(path: &Path) -> Loaded {
    let files = folder::list(&[path.to_owned()]).unwrap();
    load::load(folder::read(&files).unwrap(), &[]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of a row, or the column that has none for its value.
fn cells(model: &Model, row: &Map<String, Value>) -> Result<Vec<f64>, String> {
    let columns = model.columns();
    let cell = |(name, kind): (&String, &ColumnKind)| {
        let value = row.get(name).unwrap_or(&Value::Null);
        let cell = match (kind, value) {
            (ColumnKind::Ignored, _) => Some(0.0),
            (ColumnKind::NumberOrMissing, Value::Null) => Some(f64::NAN),
            (ColumnKind::Category(categories), value) => categories.cell(match value {
                Value::String(text) => Category::String(text),
                Value::Bool(value) => Category::Boolean(*value),
                Value::Number(number) => Category::Number(number.as_f64().unwrap()),
                _ => Category::None,
            }),
            (_, value) => value.as_f64().or(value.as_bool().map(|value| f64::from(u8::from(value)))),
        };
        cell.ok_or_else(|| name.clone())
    };
    columns.names().iter().zip(columns.kinds()).map(cell).collect()
}
