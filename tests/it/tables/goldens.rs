use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use svcd::model_file::pieces::encoded;
use svcd::model_file::{Loaded, folder, load, native};
use svcd::pipeline::{Answers, Asked, OutputName, Scratch, Target};

use super::{Golden, VERSIONS, cells, fixtures, loaded, together};

/// The model of a case whose encoders of columns are given one by one.
fn with_encoders(path: &Path) -> Loaded {
    let files = folder::list(&["scaler.pkl", "model.pkl"].map(|name| path.join(name))).unwrap();
    let loaded = load::load(folder::read(&files).unwrap(), &[]).unwrap();
    let encoder = |column: &str| {
        let bytes = fs::read(path.join(format!("{column}_encoder.pkl"))).unwrap();
        load::column_encoder(column.to_owned(), 2, column.to_owned(), &bytes).unwrap()
    };
    encoded(loaded, ["sex", "embarked"].map(encoder).into()).unwrap()
}

/// All models of a version, by case and file.
fn models(version: &str, golden: &Golden) -> BTreeMap<(String, String), Loaded> {
    let mut models = BTreeMap::new();
    for entry in fs::read_dir(fixtures().join(version)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let case = name.split('.').next().unwrap().to_owned();
        if !["answers", "cases"].contains(&case.as_str()) {
            let path = fixtures().join(version).join(&name);
            let loaded = if case == "encoders_as_files" { with_encoders(&path) } else { loaded(&path) };
            models.insert((case, name), loaded);
        }
    }
    let together = together(version);
    for (case, answered) in &golden.cases {
        if let Some([start, end]) = answered.bytes {
            let loaded = load::load_bytes(&together[start..end]);
            let loaded = loaded.unwrap_or_else(|error| panic!("{version}: {case}: {error}"));
            models.insert((case.clone(), "cases.gz".to_owned()), loaded);
        }
    }
    models
}

#[test]
fn every_saved_model_answers_as_scikit_learn_does() {
    for version in VERSIONS {
        let golden = Golden::of(version);
        let models = models(version, &golden);
        assert!(models.len() > 70, "{version}: {}", models.len());
        for ((case, file), loaded) in &models {
            let name = format!("{version}: {case}: {file}");
            compare(&name, &golden, case, loaded);
            let stored = load::load_bytes(&native::to_bytes(loaded).unwrap()).unwrap();
            assert_eq!(stored.model, loaded.model, "{name}");
        }
    }
}

fn compare(name: &str, golden: &Golden, case: &str, loaded: &Loaded) {
    let (model, expected) = (&loaded.model, &golden.cases[case]);
    let mut scratch = Scratch::default();
    for (index, row) in golden.rows(case).iter().enumerate() {
        let mut answers = Answers::default();
        let asked = [OutputName::Predict, OutputName::DecisionFunction].into_iter();
        let asked = asked.filter(|output| model.output(*output).is_ok()).fold(Asked::default(), Asked::and);
        let cells = cells(model, row);
        let refusal = match &cells {
            Ok(cells) => model.answer(cells, asked, &mut scratch, &mut answers).err().map(|error| error.to_string()),
            Err(column) => Some(format!("no cell for `{column}`")),
        };
        let place = format!("{name}, row {index}: {row:?}");
        let label = &expected.predict[index];
        assert_eq!(refusal.is_some(), label.is_null(), "{place}: expected {label}, found {refusal:?}");
        let Ok(cells) = cells else { continue };
        if refusal.is_some() {
            continue;
        }
        let magnitude = model.decision_magnitude(&cells).unwrap_or(1.0);
        let is_near = |found: f64, expected: &Value| {
            (found - expected.as_f64().unwrap()).abs() <= 1e-12 * magnitude.max(f64::MIN_POSITIVE)
        };
        match model.target() {
            Target::Number => assert!(is_near(answers.numbers(OutputName::Predict)[0], label), "{place}"),
            target => {
                let found = target.label(answers.labels(OutputName::Predict)[0]).unwrap();
                assert_eq!(&serde_json::to_value(found).unwrap(), label, "{place}");
            }
        }
        let scores = match &expected.decision_function[index] {
            Value::Null => continue,
            Value::Array(scores) => scores.clone(),
            score => vec![score.clone()],
        };
        let found = answers.numbers(OutputName::DecisionFunction);
        assert_eq!(found.len(), scores.len(), "{place}");
        for (found, expected) in found.iter().zip(&scores) {
            let is_right =
                if case == "sparse_linear_svc" { expected.as_f64() == Some(*found) } else { is_near(*found, expected) };
            assert!(is_right, "{place}: expected {expected}, found {found:?}");
        }
    }
}
