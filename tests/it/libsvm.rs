//! LIBSVM's text format: the answers of models that LIBSVM wrote and of models written for it, against LIBSVM's own; and what
//! is refused. The fixtures are made by scripts/make_libsvm_fixtures.py.

mod hostile;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use svcd::model_file::libsvm::{from_bytes, not_kept, to_string, widened};
use svcd::model_file::load::{load_bytes, load_path};
use svcd::model_file::{Format, Loaded, native};
use svcd::pipeline::{Classes, Estimator, Label, Model, OutputName, Scratch, Steps, Target};
use svcd::svc::{Coupling, DecisionFunctionShape, Kernel, Svc, SvcParts};

/// LIBSVM's answers for one row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    row: Vec<f64>,
    label: i64,
    dec_values: Vec<f64>,
    /// The label that `svm-predict -b 1` prints.
    label_by_probability: Option<i64>,
    probabilities: Option<Vec<f64>>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/libsvm")
}

fn text(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap_or_else(|cause| panic!("failed to read `{file}`: {cause}"))
}

fn load(name: &str) -> Loaded {
    load_path(&folder().join(format!("{name}.model"))).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

fn answers(name: &str) -> Vec<Answer> {
    serde_json::from_str(&text(&format!("{name}.json"))).unwrap()
}

fn integer(model: &Model, class: usize) -> i64 {
    match model.target().label(class) {
        Some(Label::Integer(label)) => label,
        other => panic!("class {class} has the label {other:?}"),
    }
}

/// What the model's SVC consists of.
fn parts(model: &Model) -> &SvcParts {
    model.estimator().svc().unwrap().parts()
}

/// The same labels with another SVC.
fn rebuilt(model: &Model, parts: SvcParts) -> Model {
    let estimator = Estimator::Svc { svc: Svc::new(parts).unwrap(), classes: model.classes().unwrap().clone() };
    Model::new(model.columns().clone(), Steps::default(), estimator).unwrap()
}

/// Asks for every row of the fixture: labels equal, pair values equal up to rounding, probabilities too.
fn compare_with_libsvm(name: &str) {
    let loaded = load(name);
    for (index, answer) in answers(name).iter().enumerate() {
        let model = widened(&loaded.model, answer.row.len()).unwrap();
        let mut scratch = Scratch::default();
        let (mut classes, mut values, mut probabilities) = (vec![], vec![], vec![]);
        model.predict(&answer.row, &mut scratch, &mut classes).unwrap();
        assert_eq!(integer(&model, classes[0]), answer.label, "{name}, row {index}");

        model.decision_function(&answer.row, &mut scratch, &mut values).unwrap();
        let sign = if model.target().n_labels() == 2 { -1.0 } else { 1.0 };
        let tolerance = 1e-12 * model.decision_magnitude(&answer.row).unwrap();
        assert_eq!(values.len(), answer.dec_values.len(), "{name}, row {index}");
        for (found, expected) in values.iter().zip(&answer.dec_values) {
            let difference = (sign * found - expected).abs();
            assert!(difference <= tolerance, "{name}, row {index}: expected {expected:?}, found {found:?}");
        }

        let Some(expected) = &answer.probabilities else {
            assert!(model.output(OutputName::PredictProba).is_err(), "{name}");
            continue;
        };
        model.predict_proba(&answer.row, &mut scratch, &mut probabilities).unwrap();
        assert_eq!(probabilities.len(), expected.len(), "{name}, row {index}");
        for (found, expected) in probabilities.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-12, "{name}, row {index}: expected {expected:?}, found {found:?}");
        }
        let largest = (0..expected.len()).rev().max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b])).unwrap();
        assert_eq!(Some(integer(&model, largest)), answer.label_by_probability, "{name}, row {index}");
    }
}

#[test]
fn every_model_answers_as_libsvm_does() {
    for name in FIXTURES.iter().chain(&WRITTEN) {
        compare_with_libsvm(name);
    }
}

/// LIBSVM's answer of a model that is no classifier.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SingleAnswer {
    row: Vec<f64>,
    /// What `svm-predict` prints: the value, or the side.
    predict: f64,
    value: f64,
}

#[test]
fn every_model_of_one_value_answers_as_libsvm_does() {
    for name in SINGLE {
        let loaded = load(name);
        let of_one_class = name.contains("one_class");
        assert_eq!(loaded.model.target(), if of_one_class { Target::Inlier } else { Target::Number }, "{name}");
        let answers: Vec<SingleAnswer> = serde_json::from_str(&text(&format!("{name}.json"))).unwrap();
        assert_eq!(answers.len(), 8, "{name}");
        for (index, SingleAnswer { row, predict, value }) in answers.iter().enumerate() {
            let model = widened(&loaded.model, row.len()).unwrap();
            let (mut values, mut sides, scratch) = (vec![], vec![], &mut Scratch::default());
            let name_of_value = if of_one_class { OutputName::DecisionFunction } else { OutputName::Predict };
            model.numbers(name_of_value, row, scratch, &mut values).unwrap();
            let tolerance = 1e-12 * model.decision_magnitude(row).unwrap();
            let [found] = values[..] else { panic!("{name}: {values:?}") };
            assert!((found - value).abs() <= tolerance, "{name}, row {index}: expected {value:?}, found {found:?}");
            model.predict(row, scratch, &mut sides).unwrap();
            let side = sides.first().map(|side| integer(&model, *side) as f64);
            assert_eq!(side.unwrap_or(*value), *predict, "{name}, row {index}");
        }
    }
}

#[test]
fn a_model_of_one_value_is_written_again_byte_by_byte() {
    for name in SINGLE {
        let file = text(&format!("{name}.model"));
        let is_kept = |line: &&str| !line.starts_with("probA ") && !line.starts_with("prob_density_marks ");
        let kept: String = file.split_inclusive('\n').filter(is_kept).collect();
        let loaded = load(name);
        assert_eq!(to_string(&loaded.model).unwrap(), kept, "{name}");
        assert_eq!(loaded.warnings.len(), usize::from(kept != file), "{name}");
        let stored = load_bytes(&native::to_bytes(&loaded).unwrap()).unwrap();
        assert_eq!(stored.model, loaded.model, "{name}");
    }
    let warning = "`probA`, LIBSVM's estimate of the noise, is not kept: svcd answers only with the number";
    assert_eq!(load("svr_noise").warnings, [warning]);
    assert!(load("one_class_marks").warnings[0].starts_with("`prob_density_marks`, for LIBSVM's probabilities"));
}

#[test]
fn what_libsvm_has_no_form_for_is_not_written() {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/targets/1.9.1");
    for (file, expected) in [
        ("linear_svr.p4", "expected an SVC, SVR or OneClassSVM alone, found a LinearSVR"),
        (
            "pipeline.p5",
            "expected the SVR alone, found a StandardScaler before it; a LIBSVM model takes its rows as they come",
        ),
        (
            "svr_without_vectors.joblib.z",
            "expected the SVR to have support vectors, from which the number of features follows, found none",
        ),
    ] {
        let refusal = to_string(&load_path(&fixtures.join(file)).unwrap().model).unwrap_err();
        assert_eq!(refusal.to_string(), format!("the format libsvm: {expected}"));
    }
}

#[test]
fn the_fixtures_are_the_ones_named_here() {
    let names = FIXTURES.iter().chain(&WRITTEN).chain(&SINGLE);
    let listed: BTreeSet<String> = names.map(|name| format!("{name}.model")).collect();
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with(".model")).collect::<BTreeSet<_>>(), listed);
}

#[test]
fn a_file_keeps_its_kernel_and_its_order_of_labels() {
    let loaded = load("labels_unsorted");
    assert_eq!(loaded.model.classes(), Some(&Classes::Integer(vec![40, -2_147_483_648, 7])));
    assert_eq!((loaded.provenance.format, loaded.provenance.source), (Format::Libsvm, Format::Libsvm));
    assert_eq!(parts(&loaded.model).decision_function_shape, DecisionFunctionShape::Ovo);
    assert_eq!(load("labels_swapped").model.classes(), Some(&Classes::Integer(vec![1, -1])));
    assert_eq!(load("nu_polynomial_2").model.kernel(), Some(Kernel::Poly { gamma: 0.5, coef0: 1.0, degree: 2 }));
    assert_eq!(load("sigmoid_2").model.kernel(), Some(Kernel::Sigmoid { gamma: 0.1, coef0: -0.5 }));
}

#[test]
fn two_classes_have_the_probability_of_their_pair() {
    let loaded = load("probability_2");
    assert_eq!(parts(&loaded.model).probability.as_ref().unwrap().coupling, Coupling::Direct);
    let disagreements = |name| {
        answers(name)
            .iter()
            .filter(|answer| answer.label_by_probability.is_some_and(|label| label != answer.label))
            .count()
    };
    // votes and probabilities name different classes: there are rows that would show it if one stood for the other
    assert!(["probability_2", "probability_3", "probability_5"].iter().all(|name| disagreements(name) > 0));
}

#[test]
fn features_above_the_highest_index_count_only_with_rbf() {
    for (name, counts) in
        [("above_linear", false), ("above_polynomial", false), ("above_sigmoid", false), ("above_rbf", true)]
    {
        let loaded = load(name);
        assert_eq!(loaded.model.n_features_in(), 3);
        let row = &answers(name)[0].row;
        assert_eq!(row.len(), 5);
        let (mut narrow, mut wide) = (vec![], vec![]);
        loaded.model.decision_function(&row[..3], &mut Scratch::default(), &mut narrow).unwrap();
        let model = widened(&loaded.model, 5).unwrap();
        model.decision_function(row, &mut Scratch::default(), &mut wide).unwrap();
        assert_eq!(narrow != wide, counts, "{name}");
    }
}

#[test]
fn a_file_of_libsvm_is_written_again_byte_by_byte() {
    for name in FIXTURES {
        let file = text(&format!("{name}.model"));
        let written = to_string(&load(name).model).unwrap();
        assert_eq!(written, file.replacen("nu_svc", "c_svc", 1), "{name}");
    }
}

#[test]
fn the_files_that_libsvm_has_read_are_what_is_written() {
    for name in WRITTEN {
        let from_json = load_bytes(text(&format!("{name}.parts.json")).as_bytes()).unwrap();
        let written = to_string(&from_json.model).unwrap();
        assert_eq!(written, text(&format!("{name}.model")), "{name}");
        let mut parts = parts(&from_json.model).clone();
        if let Some(probability) = &mut parts.probability {
            probability.coupling = Coupling::Direct;
        }
        assert_eq!(from_bytes(written.as_bytes()).unwrap().model, rebuilt(&from_json.model, parts), "{name}");
    }
}

#[test]
fn what_the_format_leaves_out_is_told() {
    let mut loaded = load("rbf_3");
    assert!(not_kept(&loaded).is_empty());
    let decision_function_shape = DecisionFunctionShape::Ovr;
    let ovr = rebuilt(&loaded.model, SvcParts { decision_function_shape, ..parts(&loaded.model).clone() });
    let names = (0..ovr.n_features_in()).map(|column| format!("f{column}")).collect();
    loaded.model = ovr.renamed(Some(names), None).unwrap();
    assert_eq!(
        not_kept(&loaded),
        ["feature names", "the decision function's shape `ovr`: LIBSVM gives one value for each pair of classes"]
    );
}

/// Written by LIBSVM.
const FIXTURES: [&str; 26] = [
    "linear_2",
    "linear_5",
    "polynomial_3",
    "polynomial_degree_0",
    "rbf_3",
    "rbf_5",
    "sigmoid_2",
    "sigmoid_5",
    "nu_linear_3",
    "nu_polynomial_2",
    "nu_rbf_5",
    "nu_sigmoid_3",
    "labels_swapped",
    "labels_unsorted",
    "probability_2",
    "probability_3",
    "probability_5",
    "nu_probability_3",
    "zeros",
    "zeros_linear",
    "digits_rounded",
    "small_and_large",
    "above_linear",
    "above_polynomial",
    "above_rbf",
    "above_sigmoid",
];

/// Written by LIBSVM: regressions and models of one class.
const SINGLE: [&str; 16] = [
    "svr_linear",
    "svr_polynomial",
    "svr_rbf",
    "svr_sigmoid",
    "svr_noise",
    "nu_svr_linear",
    "nu_svr_polynomial",
    "nu_svr_rbf",
    "nu_svr_sigmoid",
    "one_class_linear",
    "one_class_polynomial",
    "one_class_rbf",
    "one_class_sigmoid",
    "one_class_marks",
    "above_svr_rbf",
    "above_one_class_linear",
];

/// Written for LIBSVM, which has read and answered them.
const WRITTEN: [&str; 4] = ["written_linear_2", "written_polynomial_3", "written_rbf_5", "written_sigmoid_2"];
