//! scikit-learn's own answers for models that its users saved; tests/fixtures/pickle/README.md says how they were made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use svcd::model_file::load::{Source, load, load_bytes, load_path, read_path};
use svcd::model_file::{Error as FileError, Format, Loaded, native};
use svcd::pipeline::{Error, Label, Lack, OutputName, Scratch};

/// Folders of tests/fixtures/pickle.
const VERSIONS: [&str; 5] = ["1.1.3", "1.3.2", "1.5.2", "1.7.2", "1.9.1"];

/// The models of each version and the forms they are saved in. A missing file is a failure, and so is an extra one.
const CASES: &[(&str, &str)] = &[
    ("svc", "p0 p1 p2 p3 p4 p5 joblib joblib.z joblib.gz"),
    ("pipeline", "p0 p1 p2 p3 p4 p5 joblib joblib.z joblib.gz"),
    ("two_classes", "p2 p5 joblib"),
    ("ovo", "p3 joblib"),
    ("break_ties", "p4 joblib.z"),
    ("nu_sigmoid", "p4 joblib.z"),
    ("numpy_strings", "p2 p5 joblib"),
    ("weights", "p4 joblib.z"),
    ("scalers", "p4 joblib.z"),
    ("half_scalers", "p4 joblib.z"),
    ("grid", "p2 p4 joblib"),
    ("random_search", "p4 joblib.z"),
    ("pipeline_of_search", "p4 joblib.z"),
    ("tuple", "p4 joblib.z"),
    ("dict", "p4 joblib.z"),
    ("byte_orders", "p4 joblib.z"),
    ("before_0_22", "p4 joblib.z"),
    ("tiny", "p0 p5 joblib joblib.z joblib.gz"),
    ("gzip_of_pickle", "p4.gz"),
    ("calibrated_single", "p4 joblib.z"),
    ("calibrated_single_two", "p4 joblib.z"),
    ("calibrated_averaged", "p4 joblib.z"),
    ("calibrated_averaged_two", "p4 joblib.z"),
    ("calibrated_pipelines", "p4 joblib.z"),
    ("calibrated_prefit", "p4 joblib.z"),
    ("grid_of_calibrated", "p4 joblib.z"),
    ("linear", "p0 p1 p2 p3 p4 p5 joblib joblib.z joblib.gz"),
    ("linear_two", "p2 p5 joblib"),
    ("linear_crammer_singer", "p4 joblib.z"),
    ("linear_crammer_singer_two", "p4 joblib.z"),
    ("linear_no_intercept", "p0 p4 joblib"),
    ("linear_no_intercept_two", "p4 joblib.z"),
    ("linear_sparsified", "p2 p5 joblib"),
    ("linear_sparsified_two", "p4 joblib.z"),
    ("linear_pipeline", "p4 joblib.z"),
    ("linear_grid", "p4 joblib.z"),
    ("pca", "p2 p5 joblib joblib.z"),
    ("pca_whiten", "p4 joblib.z"),
    ("pca_all", "p4 joblib.z"),
    ("pca_linear", "p4 joblib.z"),
    ("pca_far", "p4 joblib.z"),
    ("pca_inside", "p4 joblib.z"),
    ("pca_small_variance", "p4 joblib.z"),
    ("pca_float32", "p4 joblib.z"),
    ("pca_calibrated", "p4 joblib.z"),
    ("sparse_linear_2", "p4 joblib.z"),
    ("sparse_linear_3", "p4 joblib.z"),
    ("sparse_poly_2", "p4 joblib.z"),
    ("sparse_poly_3", "p4 joblib.z"),
    ("sparse_rbf_2", "p2 p5 joblib"),
    ("sparse_rbf_3", "p2 p5 joblib"),
    ("sparse_sigmoid_2", "p4 joblib.z"),
    ("sparse_sigmoid_3", "p4 joblib.z"),
    ("sparse_nu", "p4 joblib.z"),
    ("sparse_pipeline", "p4 joblib.z"),
    ("sparse_grid", "p4 joblib.z"),
];

/// Folders of the versions before 0.21, which scripts/old_pickles.py makes.
const OLD_VERSIONS: [&str; 5] = ["0.18.2", "0.18.2-python2", "0.19.2", "0.20.4", "0.20.4-python2"];

const OLD_CASES: [&str; 13] = [
    "svc",
    "pipeline",
    "two_classes",
    "ovo",
    "labels",
    "scalers",
    "grid",
    "dict",
    "linear",
    "linear_two",
    "pca",
    "sparse",
    "old_grid",
];

/// Only of the newest version.
const NEWEST_CASES: &[(&str, &str)] = &[("digits", "p5 joblib")];

/// scikit-learn's answers for rows.
#[derive(Deserialize)]
pub struct Expected {
    pub rows: Vec<Vec<f64>>,
    pub predict: Vec<Value>,
    decision_function: Option<Vec<Vec<f64>>>,
    predict_proba: Option<Vec<Vec<f64>>>,
}

#[test]
fn every_saved_model_answers_as_scikit_learn_does() {
    let mut models = 0;
    for (version, case, forms) in cases() {
        let expected = fs::read(folder().join(version).join(format!("{case}.expected.json"))).unwrap();
        let mut expected: Expected = serde_json::from_slice(&expected).unwrap();
        if let Some(labels) = encoder_of(version, case) {
            let label = |index: &Value| labels[usize::try_from(index.as_u64().unwrap()).unwrap()].into();
            expected.predict = expected.predict.iter().map(label).collect();
        }
        for form in forms.split(' ') {
            let name = format!("{version}/{case}.{form}");
            let loaded = load_fixture(&folder().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            compare(&name, &loaded, &expected);
            check_provenance(&name, &loaded, version, form);
            let stored = native::to_bytes(&loaded).unwrap();
            let read_again = load_bytes(&stored).unwrap();
            assert_eq!(read_again.model, loaded.model, "{name}");
            assert_eq!(read_again.provenance.source, loaded.provenance.source, "{name}");
            models += 1;
        }
    }
    assert_eq!(models, forms_in_all());
}

#[test]
fn the_folders_hold_these_files_and_no_others() {
    for version in VERSIONS.into_iter().chain(OLD_VERSIONS) {
        let listed = cases().filter(|(found, ..)| *found == version).flat_map(|(_, case, forms)| {
            forms.split(' ').chain(["expected.json"]).map(move |form| format!("{case}.{form}"))
        });
        let present = fs::read_dir(folder().join(version)).unwrap();
        let present = present.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(present.collect::<BTreeSet<_>>(), listed.collect::<BTreeSet<_>>(), "{version}");
    }
}

#[test]
fn all_forms_of_one_model_are_one_model() {
    for (version, case, forms) in cases() {
        let load = |form: &str| load_fixture(&folder().join(format!("{version}/{case}.{form}"))).unwrap().model;
        let mut forms = forms.split(' ');
        let first = load(forms.next().unwrap());
        for form in forms {
            assert_eq!(load(form), first, "{version}/{case}.{form}");
        }
    }
}

#[test]
fn names_of_columns_are_those_of_the_first_step() {
    let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    for version in VERSIONS {
        for (case, has_names) in
            [("pipeline.p0", true), ("pipeline.joblib", true), ("nu_sigmoid.p4", true), ("svc.p5", false)]
        {
            let model = load_path(&folder().join(version).join(case)).unwrap().model;
            assert_eq!(model.has_feature_names(), has_names, "{version}/{case}");
            assert_eq!(model.feature_names() == names, has_names, "{version}/{case}");
        }
    }
}

#[test]
fn what_was_taken_out_of_a_container_is_said() {
    let loaded = |case: &str| load_path(&folder().join("1.9.1").join(case)).unwrap();
    let pieces = |case: &str| loaded(case).pieces.into_iter().map(|piece| format!("{} at {}", piece.what, piece.place));
    assert_eq!(pieces("tuple.p4").collect::<Vec<_>>(), ["SVC at [0]", "LabelEncoder at [1]"]);
    assert_eq!(
        pieces("dict.joblib.z").collect::<Vec<_>>(),
        ["SVC at ['inside']['model']", "a list of 4 texts at ['columns']"]
    );
    let left_out: Vec<_> = loaded("dict.joblib.z").left_out.into_iter().map(|left| (left.place, left.what)).collect();
    assert_eq!(left_out, [("['score']".to_owned(), "0.97".to_owned())]);
    for case in ["tuple.p4", "dict.joblib.z", "svc.p4"] {
        assert_eq!(loaded(case).warnings, <[&str; 0]>::default(), "{case}");
    }
}

#[test]
fn a_version_that_is_not_tested_is_a_warning() {
    let tested = "svcd is tested with 0.18 to 1.9: compare some answers";
    for (version, warned) in
        [("1.9.1", false), ("9.9.9", true), ("0.17.1", true), ("0.18.2", false), ("1.9rc", true), ("1.9.0", false)]
    {
        let loaded = load_bytes(&replaced(b"1.9.1", version.as_bytes())).unwrap();
        let expected = warned.then(|| format!("scikit-learn {version} saved the model; {tested}"));
        assert_eq!(loaded.warnings.first().filter(|text| !text.starts_with("in ")), expected.as_ref());
        assert_eq!(loaded.provenance.sklearn_version.as_deref(), Some(version));
    }
    let loaded = load_bytes(&replaced(b"_sklearn_version", b"feature_names_in_"));
    assert_eq!(loaded.unwrap_err().to_string(), "`SVC.feature_names_in_`: expected an array, found `1.9.1`");
}

#[test]
fn old_decision_values_that_depend_on_other_rows_are_a_warning() {
    let warnings = |file: &str| load_path(&folder().join(file)).unwrap().warnings;
    for version in ["0.19.2", "0.20.4"] {
        let expected = format!(
            "in scikit-learn {version} the values of decision_function depend on the other rows of a call: svcd gives those of 0.21 \
             and later; the labels are the same"
        );
        assert_eq!(warnings(&format!("{version}/svc.p4")), [expected]);
        // of pairs, and of two classes, they never did
        assert_eq!(warnings(&format!("{version}/ovo.p4")), <[&str; 0]>::default());
        assert_eq!(warnings(&format!("{version}/two_classes.p4")), <[&str; 0]>::default());
    }
    // the default was ovo
    assert_eq!(warnings("0.18.2/svc.p4"), <[&str; 0]>::default());
}

#[test]
fn what_is_not_served_is_refused_with_what_to_do() {
    let mut present = BTreeSet::new();
    for entry in fs::read_dir(folder().join("refused")).unwrap() {
        present.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    assert_eq!(present, REFUSED.iter().map(|(name, _)| (*name).to_owned()).collect());
    for (name, expected) in REFUSED {
        let error = load_path(&folder().join("refused").join(name)).unwrap_err().to_string();
        assert_eq!(error, *expected, "{name}");
    }
}

const REFUSED: &[(&str, &str)] = &[
    ("bytes_labels.p4", "`SVC.classes_`: expected a dtype of numbers or text, found `S1`"),
    (
        "calibrated_other.p4",
        "expected a fitted SVM, found `LogisticRegression`: svcd serves scikit-learn's SVMs and SGDClassifier, alone or inside a Pipeline, a search, \
         a CalibratedClassifierCV, a OneVsRestClassifier or a OneVsOneClassifier",
    ),
    (
        "compressed.bz2",
        "bz2 compression is not supported: save the model with joblib.dump(model, 'model', compress=('zlib', 3)), or \
         without compress",
    ),
    (
        "compressed.lzma",
        "lzma compression is not supported: save the model with joblib.dump(model, 'model', compress=('zlib', 3)), or \
         without compress",
    ),
    (
        "compressed.xz",
        "xz compression is not supported: save the model with joblib.dump(model, 'model', compress=('zlib', 3)), or \
         without compress",
    ),
    (
        "forest.p4",
        "expected a fitted SVM, found `RandomForestClassifier`: svcd serves scikit-learn's SVMs and SGDClassifier, alone or inside a Pipeline, a search, \
         a CalibratedClassifierCV, a OneVsRestClassifier or a OneVsOneClassifier",
    ),
    (
        "function_kernel.p4",
        "the SVC's kernel is `sklearn.metrics.pairwise.rbf_kernel`, a function of Python: train it with the kernel `linear`, `poly`, `rbf` or `sigmoid`",
    ),
    (
        "temperature.p4",
        "the CalibratedClassifierCV is calibrated by `sklearn.calibration._TemperatureScaling`: fit it with method='sigmoid' or \
         method='isotonic'",
    ),
    ("label_encoder.p4", "expected a fitted SVM, found LabelEncoder: give the SVM's file too, with another --model"),
    ("linear_intercept.p4", "`LinearSVC.intercept_`: expected 3 numbers, found 1"),
    ("linear_rows.p4", "`LinearSVC.coef_`: expected 3 rows for 3 classes, found 2"),
    ("n_support.p4", "`SVC._n_support`: expected counts that add up to the 54 support_vectors_, found 6"),
    ("nan.p4", "`SVC._intercept_`: expected finite numbers, found NaN at index 1"),
    (
        "no_classifier.p4",
        "expected a fitted SVM, found Pipeline of StandardScaler: give the SVM's file too, with another --model",
    ),
    (
        "no_model.p4",
        "expected a fitted SVM, found 1 in `[0]`, the text `text` in `[1]`, LabelEncoder in `[2]`: give the SVM's file \
         too, with another --model",
    ),
    (
        "not_refitted.p4",
        "the GridSearchCV has no best_estimator_: fit it with refit=True, or save the SVC that you fitted with its best_params_",
    ),
    (
        "nystroem.p4",
        "the pipeline's step `nystroem` is `Nystroem`, which svcd does not apply: save the part after it, and send \
         rows already transformed by it",
    ),
    ("pca_mean.p4", "`PCA.mean_`: expected 4 numbers, found 3"),
    (
        "precomputed.p4",
        "the SVC's kernel is `precomputed`, which needs the training rows for each answer: train it with the kernel `linear`, \
         `poly`, `rbf` or `sigmoid`",
    ),
    ("scaler.p4", "expected a fitted SVM, found StandardScaler: give the SVM's file too, with another --model"),
    ("sparse_dual.p4", "`SVC._dual_coef_`: expected all 108 numbers of 2 rows, found 58"),
    ("sparse_order.p4", "`SVC.support_vectors_.indices`: expected ascending columns below 4 in row 0, found others"),
    ("transposed.p4", "`SVC._dual_coef_`: expected rows of 54 numbers, found rows of 2"),
    (
        "two_models.p4",
        "expected one model, found SVC in `['first']` and SVC in `['second']`: skip the other with --leave-out",
    ),
    ("unfitted_linear.p4", "the LinearSVC is not fitted: call fit before saving it"),
    ("unfitted.p4", "the SVC is not fitted: call fit before saving it"),
    ("unfitted_pipeline.p4", "`StandardScaler.mean_`: expected this attribute, found none: is the model fitted?"),
    (
        "unknown_attribute.p4",
        "`SVC` has the attribute `threshold_`, which scikit-learn 0.18 to 1.9 does not give it: it might change the answers",
    ),
];

/// Loads a fixture. The dict of the older versions holds a PCA that is no part of its model.
pub fn load_fixture(path: &Path) -> Result<Loaded, FileError> {
    let is_old = path.iter().any(|part| OLD_VERSIONS.iter().any(|version| part == *version));
    if !is_old || path.file_name().is_none_or(|name| !name.to_string_lossy().starts_with("dict.")) {
        return load_path(path);
    }
    let load = |leave_out: &[String]| {
        load(vec![Source { name: String::new(), rank: 0, content: read_path(path), is_named: true }], leave_out)
    };
    let text = "these do not belong to one model: `['model']` takes rows of 4 numbers, and `['pca']` (PCA) makes rows of 2 numbers out of \
                4; skip what does not belong to it with --leave-out";
    assert_eq!(load(&[]).unwrap_err().to_string(), text);
    load(&["pca".to_owned()])
}

/// The labels of the encoder that lies beside the model. The expected labels are those of the model by itself.
fn encoder_of(version: &str, case: &str) -> Option<[&'static str; 3]> {
    match case {
        "tuple" => Some(["setosa", "versicolor", "virginica"]),
        "dict" if OLD_VERSIONS.contains(&version) => Some(["a", "b", "c"]),
        _ => None,
    }
}

/// Fails where a model does not answer as expected.
pub fn compare(name: &str, loaded: &Loaded, expected: &Expected) {
    let (model, scratch) = (&loaded.model, &mut Scratch::default());
    let rows = expected.rows.concat();
    // newer versions multiply the mean in single precision, in an order that is the processor's
    let is_single = name.contains("pca_float32") && !["1.1", "1.3"].iter().any(|older| name.starts_with(older));
    assert_eq!(loaded.warnings.iter().any(|warning| warning.contains("float32")), is_single, "{name}");
    let relative = if is_single { 1e-6 } else { 1e-12 };
    assert_eq!(expected.predict.len(), expected.rows.len(), "{name}");
    let mut labels = Vec::new();
    model.predict(&rows, scratch, &mut labels).unwrap();
    let labels: Vec<Value> = labels.iter().map(|class| json(model.target().label(*class).unwrap())).collect();
    assert_eq!(labels, expected.predict, "{name}");

    let mut values = Vec::new();
    match (&expected.decision_function, model.decision_function(&rows, scratch, &mut values)) {
        (Some(expected), Ok(())) => {
            let width = model.output(OutputName::DecisionFunction).unwrap().width;
            for (row, numbers) in rows.chunks(model.n_features_in()).enumerate() {
                let tolerance = relative * model.decision_magnitude(numbers).unwrap();
                let found = &values[row * width..][..width];
                close(name, "decision_function", row, &expected[row], found, tolerance);
            }
        }
        (None, Err(Error::NoOutput { why: Lack::NoDecisionFunction | Lack::NoSuchOutput { .. }, .. })) => {}
        (expected, found) => panic!("{name}: expected {expected:?}, found {found:?}"),
    }

    let mut values = Vec::new();
    match (&expected.predict_proba, model.predict_proba(&rows, scratch, &mut values)) {
        (Some(expected), Ok(())) => {
            for (row, found) in values.chunks(model.target().n_labels()).enumerate() {
                close(name, "predict_proba", row, &expected[row], found, 1e-12);
            }
            assert_eq!(values.len(), expected.len() * model.target().n_labels(), "{name}");
        }
        (None, Err(Error::NoOutput { why: Lack::NoProbability | Lack::NoSuchOutput { .. }, .. })) => {}
        (expected, found) => panic!("{name}: expected {expected:?}, found {found:?}"),
    }
}

fn close(name: &str, what: &str, row: usize, expected: &[f64], found: &[f64], tolerance: f64) {
    assert_eq!(expected.len(), found.len(), "{name}: {what}");
    for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
        let difference = (expected - found).abs();
        assert!(difference <= tolerance, "{name}: {what}, row {row}, {index}: expected {expected:?}, found {found:?}");
    }
}

fn check_provenance(name: &str, loaded: &Loaded, version: &str, form: &str) {
    let expected = if form.starts_with("joblib") { Format::Joblib } else { Format::Pickle };
    assert_eq!((loaded.provenance.format, loaded.provenance.source), (expected, expected), "{name}");
    let version = if name.contains("before_0_22") { "0.21.3" } else { version.trim_end_matches("-python2") };
    assert_eq!(loaded.provenance.sklearn_version.as_deref(), Some(version), "{name}");
}

fn json(label: Label<'_>) -> Value {
    match label {
        Label::Integer(label) => label.into(),
        Label::String(label) => label.into(),
        Label::Boolean(label) => label.into(),
        Label::Float(label) => label.into(),
    }
}

/// Version, case and forms.
fn cases() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let newest = VERSIONS[VERSIONS.len() - 1];
    let usual = VERSIONS.iter().flat_map(|version| CASES.iter().map(|(case, forms)| (*version, *case, *forms)));
    let old = OLD_VERSIONS.iter().flat_map(|version| {
        let forms = if version.ends_with("python2") { "p0 p1 p2 joblib joblib.z" } else { "p0 p2 p4 joblib joblib.z" };
        // 0.20 has no sklearn.grid_search
        let cases = OLD_CASES.iter().filter(|case| !(version.starts_with("0.20") && **case == "old_grid"));
        cases.map(move |case| (*version, *case, forms))
    });
    usual.chain(old).chain(NEWEST_CASES.iter().map(move |(case, forms)| (newest, *case, *forms)))
}

fn forms_in_all() -> usize {
    cases().map(|(_, _, forms)| forms.split(' ').count()).sum()
}

/// A model saved by 1.9.1 with protocol 4, with the one occurrence of a text replaced by another.
fn replaced(old: &[u8], new: &[u8]) -> Vec<u8> {
    let bytes = fs::read(folder().join("1.9.1/svc.p4")).unwrap();
    let mut places = bytes.windows(old.len()).enumerate().filter(|(_, window)| *window == old).map(|(place, _)| place);
    let place = places.next().unwrap();
    assert_eq!(places.next(), None);
    // a short text is preceded by its length in one byte
    let (before, length) = (&bytes[..place - 1], u8::try_from(new.len()).unwrap());
    [before, &[length], new, &bytes[place + old.len()..]].concat()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pickle")
}
