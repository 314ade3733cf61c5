use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use svcd::model_file::{Loaded, folder, load, native};
use svcd::pipeline::{Label, Model, OutputName, Scratch};

use super::{Answered, Golden, VERSIONS, fixtures};

/// Steps whose numbers have scikit-learn's bits: no matrix product and no power is in them.
const EXACT: [&str; 19] = [
    "binarizer",
    "fdr",
    "fpr",
    "from",
    "fwe",
    "generic",
    "k",
    "kbins",
    "normalizer",
    "percentile",
    "polynomial",
    "quantile",
    "rfe",
    "rfecv",
    "sequential",
    "variance",
    "last",
    "select",
    "columns",
];

/// As the commands load the model of this file or folder.
fn loaded(path: &Path) -> Loaded {
    let files = folder::list(&[path.to_owned()]).unwrap();
    load::load(folder::read(&files).unwrap(), &[]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files and folders of one version, each with its case.
fn models(version: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(fixtures().join(version)).unwrap().map(|entry| entry.unwrap().path());
    let case =
        |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned(), path);
    entries.filter(|path| !path.ends_with("answers.json")).map(case).collect()
}

fn is_exact(version: &str, case: &str) -> bool {
    // NumPy until 1.19 adds squares up in another order
    let is_other_order = version.starts_with("0.") && case.starts_with("normalizer_l2");
    EXACT.contains(&case.split('_').next().unwrap()) && !is_other_order
}

#[test]
fn every_step_answers_as_scikit_learn_does() {
    let mut count = 0;
    for version in VERSIONS {
        let golden = Golden::of(version);
        for (name, path) in models(version) {
            let loaded = loaded(&path);
            let shown = path.display().to_string();
            match name.strip_suffix("_columns") {
                Some(case) => {
                    let is_exact = is_exact(version, case);
                    compare_columns(&shown, is_exact, &loaded.model, golden.rows(case), &golden.cases[case]);
                }
                None => compare(&shown, &loaded.model, golden.rows(&name), &golden.cases[&name]),
            }
            let stored = load::load_bytes(&native::to_bytes(&loaded).unwrap()).unwrap();
            assert_eq!(stored.model, loaded.model, "{shown}");
            count += 1;
        }
    }
    assert!(count > 500, "{count}");
}

fn numbers(model: &Model, output: OutputName, rows: &[f64], at_once: usize) -> Vec<f64> {
    let mut found = vec![];
    for rows in rows.chunks(at_once * model.n_features_in()) {
        model.numbers(output, rows, &mut Scratch::default(), &mut found).unwrap();
    }
    found
}

/// Labels are those of scikit-learn, and decision values are near its own.
fn compare(name: &str, model: &Model, rows: &[Vec<f64>], expected: &Answered) {
    let mut labels = vec![];
    model.predict(&rows.concat(), &mut Scratch::default(), &mut labels).unwrap();
    let labels: Vec<_> = labels.into_iter().map(|index| model.target().label(index).unwrap()).collect();
    let expected_labels: Vec<_> = expected.predict.iter().map(|label| Label::Integer(*label)).collect();
    assert_eq!(labels, expected_labels, "{name}");
    let together = numbers(model, OutputName::DecisionFunction, &rows.concat(), rows.len());
    assert_eq!(together, numbers(model, OutputName::DecisionFunction, &rows.concat(), 1), "{name}");
    let width = together.len() / rows.len();
    for ((row, found), expected) in rows.iter().zip(together.chunks(width)).zip(&expected.decision_function) {
        let magnitude = model.decision_magnitude(row).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() <= 1e-12 * magnitude,
                "{name}: {row:?}: expected {expected:?}, found {found:?}"
            );
        }
    }
}

/// The scores are the columns behind the step.
fn compare_columns(name: &str, is_exact: bool, model: &Model, rows: &[Vec<f64>], expected: &Answered) {
    for at_once in [rows.len(), 1] {
        let found = numbers(model, OutputName::DecisionFunction, &rows.concat(), at_once);
        let width = found.len() / rows.len();
        for ((row, found), expected) in rows.iter().zip(found.chunks(width)).zip(expected.transform.as_ref().unwrap()) {
            let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
            let allowed = if is_exact { 0.0 } else { 1e-12 * largest };
            for (column, (found, expected)) in found.iter().zip(expected).enumerate() {
                let text = format!("{name}: column {column} of {row:?}: expected {expected:?}, found {found:?}");
                assert!((found - expected).abs() <= allowed, "{text}");
            }
        }
    }
}

#[test]
fn there_is_a_case_of_every_step() {
    let names =
        |version: &str| models(version).into_iter().flat_map(|(_, path)| loaded(&path).model.step_names()).collect();
    let expected = "Binarizer GenericUnivariateSelect IncrementalPCA KBinsDiscretizer LinearDiscriminantAnalysis Normalizer PCA \
        PolynomialFeatures PowerTransformer QuantileTransformer RFE RFECV SelectFdr SelectFpr SelectFromModel SelectFwe SelectKBest \
        SelectPercentile SequentialFeatureSelector StandardScaler TruncatedSVD VarianceThreshold";
    let expected: BTreeSet<&str> = expected.split_whitespace().collect();
    for version in &VERSIONS[2..] {
        let found: BTreeSet<&str> = names(version);
        assert_eq!(found, expected, "{version}");
    }
}
