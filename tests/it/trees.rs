//! Steps as people put them together: one after the other, side by side, in each other. scikit-learn's own answers;
//! tests/fixtures/README.md says how they were made.

mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use svcd::model_file::{Loaded, folder, load, native};
use svcd::pipeline::{Answers, Asked, OutputName, Scratch, Target};

/// Folders of tests/fixtures/trees.
const VERSIONS: [&str; 6] = ["0.21.3", "0.23.2", "1.1.3", "1.3.2", "1.6.1", "1.9.1"];
const NEWEST: &str = "1.9.1";

/// scikit-learn's answers of one version.
#[derive(Deserialize)]
struct Golden {
    /// Tables of rows.
    rows: Vec<Vec<Vec<Value>>>,
    cases: BTreeMap<String, Answered>,
}

/// What scikit-learn answers for the rows of one table; nothing for what the estimator does not have.
#[derive(Deserialize)]
struct Answered {
    /// Index of the table.
    rows: usize,
    names: Option<Vec<String>>,
    predict: Vec<Vec<Value>>,
    decision_function: Option<Vec<Vec<Value>>>,
    predict_proba: Option<Vec<Vec<Value>>>,
}

impl Golden {
    fn of(version: &str) -> Golden {
        serde_json::from_slice(&fs::read(fixtures().join(version).join("answers.json")).unwrap()).unwrap()
    }

    fn rows(&self, case: &str) -> Vec<Vec<f64>> {
        self.rows[self.cases[case].rows].iter().map(|row| row.iter().map(number).collect()).collect()
    }
}

/// A number as the fixtures write it.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trees")
}

/// As the commands load the model of a case, a file or a folder.
fn loaded(version: &str, case: &str) -> Loaded {
    let folder = fixtures().join(version);
    let whole = folder.join(format!("{case}.joblib.z"));
    let path = if whole.exists() { whole } else { folder.join(case) };
    let files = folder::list(std::slice::from_ref(&path)).unwrap();
    load::load(folder::read(&files).unwrap(), &[]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_tree_answers_as_scikit_learn_does() {
    let mut models = 0;
    for version in VERSIONS {
        let golden = Golden::of(version);
        for (case, expected) in &golden.cases {
            let name = format!("{version}: {case}");
            let loaded = loaded(version, case);
            let model = &loaded.model;
            // before 1.0 only ColumnTransformers of names keep them
            let has_names = model.has_feature_names() == expected.names.is_some() || version.starts_with('0');
            assert!(has_names, "{name}");
            compare(&name, &loaded, &rows_of(&loaded, &golden, case), expected);
            let stored = load::load_bytes(&native::to_bytes(&loaded).unwrap()).unwrap();
            assert_eq!(stored.model, loaded.model, "{name}");
            models += 1;
        }
    }
    assert!(models > 300, "{models}");
}

/// The rows of a case, with the columns that its model has: by name, those that no step sees are none of them.
fn rows_of(loaded: &Loaded, golden: &Golden, case: &str) -> Vec<Vec<f64>> {
    let (rows, names) = (golden.rows(case), golden.cases[case].names.clone().unwrap_or_default());
    if !loaded.model.has_feature_names() {
        return rows;
    }
    let place = |name: &String| names.iter().position(|known| known == name).unwrap();
    let places: Vec<_> = loaded.model.feature_names().iter().map(place).collect();
    rows.into_iter().map(|row| places.iter().map(|place| row[*place]).collect()).collect()
}

fn compare(name: &str, loaded: &Loaded, rows: &[Vec<f64>], expected: &Answered) {
    let model = &loaded.model;
    let numbers = rows.concat();
    let outputs = [
        (OutputName::Predict, Some(&expected.predict)),
        (OutputName::DecisionFunction, expected.decision_function.as_ref()),
        (OutputName::PredictProba, expected.predict_proba.as_ref()),
    ];
    for (output, expected) in outputs {
        let mut answers = Answers::default();
        let answered = model.answer(&numbers, Asked::only(output), &mut Scratch::default(), &mut answers);
        assert_eq!(answered.is_ok(), expected.is_some(), "{name}: {output:?}: {answered:?}");
        let Some(expected) = expected.map(|rows| rows.concat()) else { continue };
        if output == OutputName::Predict && model.target() != Target::Number {
            let found: Vec<_> =
                answers.labels(output).iter().map(|index| model.target().label(*index).unwrap()).collect();
            let found = serde_json::to_value(found).unwrap();
            assert_eq!(found, Value::from(expected), "{name}");
            continue;
        }
        let found = answers.numbers(output);
        assert_eq!(found.len(), expected.len(), "{name}: {output:?}");
        let width = found.len() / rows.len();
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let expected = number(expected);
            let magnitude = model.decision_magnitude(&rows[index / width]).unwrap_or(1.0);
            let is_near = (found - expected).abs() <= 1e-12 * magnitude.max(expected.abs());
            assert!(is_near, "{name}: {output:?} {index}: expected {expected:?}, found {found:?}");
        }
    }
}

#[test]
fn a_block_of_rows_is_answered_as_each_row_alone_bit_for_bit() {
    let golden = Golden::of(NEWEST);
    for case in golden.cases.keys() {
        let loaded = loaded(NEWEST, case);
        let (model, rows) = (&loaded.model, rows_of(&loaded, &golden, case));
        // more than one block, in another order each time
        let rows: Vec<Vec<f64>> = (0..100).map(|index| rows[index * 7 % rows.len()].clone()).collect();
        let bits = |chunk: usize| {
            let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
            let output = [OutputName::DecisionFunction, OutputName::PredictProba, OutputName::Predict];
            let output = output.into_iter().find(|name| model.output(*name).is_ok()).unwrap();
            for rows in rows.chunks(chunk) {
                model.answer(&rows.concat(), Asked::only(output), &mut scratch, &mut answers).unwrap();
            }
            answers.numbers(output).iter().map(|number| number.to_bits()).collect::<Vec<_>>()
        };
        let alone = bits(1);
        assert!(alone.len() >= rows.len(), "{case}");
        assert_eq!(bits(rows.len()), alone, "{case}");
        assert_eq!(bits(33), alone, "{case}");
    }
}

#[test]
fn only_what_is_imputed_or_not_looked_at_may_be_missing() {
    for (case, expected) in [
        ("imputer_mean", "MMMMM"),
        ("imputer_of_a_number", "NNNNN"),
        ("scaler_imputer", "MMMMM"),
        ("indicator_strict", "MNMMN"),
        ("indicator_all", "MMMMM"),
        ("imputer_of_some", "MNMMN"),
        ("columns_drop", "MNNMN"),
        ("columns_twice", "NNNMM"),
        ("tree", "NNNMM"),
        ("scaler_pca", "NNNNN"),
        ("function_imputer", "MMMMM"),
        ("function_makes_gaps", "MMMMM"),
        ("one_vs_rest", "MMMMM"),
        ("pieces_columns", "NNMM"),
    ] {
        let model = loaded(NEWEST, case).model;
        let kinds = model.columns().kinds().iter().map(|kind| if kind.takes_missing() { 'M' } else { 'N' });
        assert_eq!(kinds.collect::<String>(), expected, "{case}");
    }
}

#[test]
fn a_number_that_a_step_cannot_take_is_named_by_the_callers_column() {
    let refusal = |case: &str, column: usize, number: f64| {
        let (model, mut row) = (loaded(NEWEST, case).model, vec![1.0; 5]);
        row[column] = number;
        model.predict(&row, &mut Scratch::default(), &mut vec![]).unwrap_err().to_string()
    };
    let text = "row 0, column 4: the function of the model's FunctionTransformer has no finite value for the number";
    assert_eq!(refusal("function_of_some", 4, -2.0), text);
    assert_eq!(refusal("function_imputer", 4, f64::MAX), text);
    let text = "row 0, column 4: expected a finite number, found NaN or infinity";
    assert_eq!(refusal("indicator_strict", 4, f64::NAN), text);
}
