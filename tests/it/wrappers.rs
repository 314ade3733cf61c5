//! scikit-learn's own answers for estimators around SVMs; tests/fixtures/README.md says how they were made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::pickles::{Expected, compare};
use svcd::model_file::load::{Source, load, load_bytes, load_path, read_path};
use svcd::model_file::{Error, Loaded, native};

/// Folders of tests/fixtures/wrappers with the models that each holds.
const VERSIONS: [(&str, usize); 6] =
    [("0.21.3", 10), ("0.23.2", 10), ("1.1.3", 47), ("1.3.2", 22), ("1.6.1", 42), ("1.9.1", 56)];

#[test]
fn every_estimator_around_svms_answers_as_scikit_learn_does() {
    for (version, expected_count) in VERSIONS {
        let mut models = 0;
        for (case, path) in models_of(version) {
            let name = format!("{version}/{case}");
            let expected = fs::read(folder().join(version).join(format!("{case}.expected.json"))).unwrap();
            let expected: Expected = serde_json::from_slice(&expected).unwrap();
            let loaded = load_model(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            compare(&name, &loaded, &expected);
            assert_eq!(loaded.provenance.sklearn_version.as_deref(), Some(version), "{name}");
            let stored = load_bytes(&native::to_bytes(&loaded).unwrap()).unwrap();
            assert_eq!(stored.model, loaded.model, "{name}");
            models += 1;
        }
        assert_eq!(models, expected_count, "{version}");
    }
}

#[test]
fn what_is_not_answered_exactly_is_refused_with_what_to_do() {
    let present = fs::read_dir(folder().join("refused")).unwrap();
    let present = present.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let listed = REFUSED.iter().map(|(name, _)| format!("{name}.joblib.z"));
    assert_eq!(present.collect::<BTreeSet<_>>(), listed.collect());
    for (name, expected) in REFUSED {
        let error = load_path(&folder().join("refused").join(format!("{name}.joblib.z"))).unwrap_err();
        assert_eq!(error.to_string(), *expected, "{name}");
    }
}

const REFUSED: &[(&str, &str)] = &[
    (
        "calibrated_of_logistic",
        "expected a fitted SVM, found `LogisticRegression`: svcd serves scikit-learn's SVMs and SGDClassifier, alone \
         or inside a Pipeline, a search, a CalibratedClassifierCV, a OneVsRestClassifier or a OneVsOneClassifier",
    ),
    (
        "calibrated_some_classes",
        "an estimator in the CalibratedClassifierCV was trained without some of its classes: fit it with ensemble=False, or \
         with fewer folds",
    ),
    ("deep", "expected estimators in estimators at most 3 deep, found more"),
    (
        "imbalanced_last",
        "expected a fitted SVM, found Pipeline of StandardScaler: give the SVM's file too, with another --model",
    ),
    ("isotonic_falls", "`CalibratedClassifierCV.X_thresholds_`: expected ascending numbers, found others"),
    (
        "isotonic_single_precision",
        "the IsotonicRegression was fitted on float32 decision values, and rounds those of each row to float32: fit \
         the model on float64",
    ),
    (
        "one_calibrated_two",
        "the OneVsOneClassifier of two classes is over a CalibratedClassifierCV, which has no decision_function: save that \
         by itself",
    ),
    ("one_classes", "`OneVsOneClassifier.estimators_`: expected estimators of the classes 0 and 1, found others"),
    (
        "one_of_kernels",
        "the OneVsOneClassifier's estimators take kernel values of the training rows: fit it over a kernel such as `rbf`",
    ),
    (
        "rest_of_forests",
        "expected a fitted SVM, found `RandomForestClassifier`: svcd serves scikit-learn's SVMs and SGDClassifier, \
         alone or inside a Pipeline, a search, a CalibratedClassifierCV, a OneVsRestClassifier or a OneVsOneClassifier",
    ),
    (
        "rest_of_labels",
        "the OneVsRestClassifier was fitted on `multilabel-indicator`, several labels for a row: svcd answers with one; fit \
         one classifier for each label",
    ),
    (
        "rest_of_one_class",
        "the OneVsRestClassifier has a _ConstantPredictor, as a label was in all of its training rows or in none: leave that \
         label out",
    ),
    ("rest_short", "`OneVsRestClassifier.estimators_`: expected 3 members, found 2"),
    (
        "rest_unfitted",
        "`OneVsRestClassifier.label_binarizer_`: expected this attribute, found none: is the model fitted?",
    ),
    (
        "sgd_log",
        "the SGDClassifier's loss is `log_loss`, whose probabilities svcd does not compute: fit it with loss='hinge', which \
         makes it a linear SVM",
    ),
    ("sgd_unfitted", "the SGDClassifier is not fitted: call fit before saving it"),
    (
        "tuned_for_positive",
        "the TunedThresholdClassifierCV was tuned for a metric that may have a positive class of its own: save a \
         FixedThresholdClassifier(estimator=model.estimator_, threshold=model.best_threshold_) with its pos_label",
    ),
];

#[test]
fn names_of_columns_are_found_behind_a_sampler() {
    for version in ["1.1.3", "1.6.1", "1.9.1"] {
        let model = load_path(&folder().join(version).join("imbalanced_first.joblib.z")).unwrap().model;
        assert_eq!(model.feature_names(), ["a", "b", "c", "d"], "{version}");
        assert_eq!(model.step_names(), ["MinMaxScaler"], "{version}");
    }
}

#[test]
fn an_estimator_is_described_with_what_is_inside() {
    for (case, expected) in [
        ("rest", "OneVsRestClassifier of 3 SVC"),
        ("one", "OneVsOneClassifier of 3 LinearSVC"),
        ("rest_calibrated", "OneVsRestClassifier of 3 CalibratedClassifierCV of 2 LinearSVC"),
        ("isotonic_two", "CalibratedClassifierCV of 3 SVC"),
        ("sgd", "SGDClassifier"),
        ("tuned", "FixedThresholdClassifier of 1 SVC"),
    ] {
        let (_, path) = models_of("1.9.1").into_iter().find(|(found, _)| found == case).unwrap();
        assert_eq!(load_model(&path).unwrap().model.estimator().description(), expected, "{case}");
    }
}

/// The cases of a version, with the file or folder of each. A file that belongs to none is a failure.
fn models_of(version: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder().join(version)).unwrap().map(|entry| entry.unwrap().path());
    let (expected, models): (Vec<_>, Vec<_>) =
        entries.partition(|path| path.to_string_lossy().ends_with(".expected.json"));
    let case = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().split('.').next().unwrap().to_owned();
    let cases: BTreeSet<_> = expected.iter().map(case).collect();
    assert_eq!(models.iter().map(case).collect::<BTreeSet<_>>(), cases, "{version}");
    models.into_iter().map(|path| (case(&path), path)).collect()
}

fn load_model(path: &Path) -> Result<Loaded, Error> {
    if path.is_file() {
        return load_path(path);
    }
    let source =
        |name: &str| Source { name: name.to_owned(), rank: 0, content: read_path(&path.join(name)), is_named: true };
    load(vec![source("scaler.joblib"), source("model.joblib")], &[])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wrappers")
}
