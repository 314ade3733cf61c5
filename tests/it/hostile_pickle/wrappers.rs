//! Estimators around estimators that no training gives.

use super::build::{array, bytes_object, dict, get, list, object, put, text, tuple};
use super::refusal;

fn doubles(numbers: &[f64]) -> Vec<u8> {
    bytes_object(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

fn vector(numbers: &[f64]) -> Vec<u8> {
    array(&[vec![b'K', numbers.len() as u8]], "f8", &doubles(numbers))
}

fn classes() -> Vec<u8> {
    array(&[b"K\x02".to_vec()], "i8", &bytes_object(&[0_i64, 1].map(i64::to_le_bytes).concat()))
}

/// A `LinearSVC` of one column.
fn linear_svc() -> Vec<u8> {
    let coef = array(&[b"K\x01".to_vec(), b"K\x01".to_vec()], "f8", &doubles(&[1.0]));
    let state = [(text("coef_"), coef), (text("intercept_"), vector(&[0.5])), (text("classes_"), classes())];
    object("sklearn.svm._classes", "LinearSVC", &dict(&state))
}

/// One class of two against the rest, over these.
fn one_vs_rest(members: &[Vec<u8>]) -> Vec<u8> {
    let binarizer = dict(&[(text("y_type_"), text("binary"))]);
    let state = [
        (text("estimators_"), list(members)),
        (text("label_binarizer_"), object("sklearn.preprocessing._label", "LabelBinarizer", &binarizer)),
        (text("classes_"), classes()),
    ];
    object("sklearn.multiclass", "OneVsRestClassifier", &dict(&state))
}

/// Estimators in estimators `depth` deep, each of which holds the one below it `count` times.
pub fn nested(count: usize, depth: u8) -> Vec<u8> {
    let shared = |inner: Vec<u8>, place: u8| [vec![[inner, put(place)].concat()], vec![get(place); count - 1]].concat();
    (0..depth).fold(linear_svc(), |inner, level| one_vs_rest(&shared(inner, level)))
}

/// So many estimators, which share one behind so many steps that do nothing.
pub fn behind_steps(count: usize, n_steps: usize) -> Vec<u8> {
    let state = [(text("with_mean"), b"\x89".to_vec()), (text("with_std"), b"\x89".to_vec())];
    let scaler = [object("sklearn.preprocessing._data", "StandardScaler", &dict(&state)), put(0)].concat();
    let step = |estimator: Vec<u8>| tuple(&[text("a"), estimator]);
    let steps = [vec![step(scaler)], vec![step(get(0)); n_steps - 1], vec![step(linear_svc())]].concat();
    let pipeline = object("sklearn.pipeline", "Pipeline", &dict(&[(text("steps"), list(&steps))]));
    one_vs_rest(&[vec![[pipeline, put(1)].concat()], vec![get(1); count - 1]].concat())
}

/// A calibration of one `LinearSVC` by this curve.
fn calibrated(x: &[f64], y: &[f64], bounds: [f64; 2], out_of_bounds: &str) -> Vec<u8> {
    let number = |number: f64| [b"G".to_vec(), number.to_be_bytes().to_vec()].concat();
    let curve = [
        (text("X_thresholds_"), vector(x)),
        (text("y_thresholds_"), vector(y)),
        (text("X_min_"), number(bounds[0])),
        (text("X_max_"), number(bounds[1])),
        (text("out_of_bounds"), text(out_of_bounds)),
    ];
    let curve = object("sklearn.isotonic", "IsotonicRegression", &dict(&curve));
    let classifier =
        [(text("estimator"), linear_svc()), (text("calibrators"), list(&[curve])), (text("classes"), classes())];
    let classifier = object("sklearn.calibration", "_CalibratedClassifier", &dict(&classifier));
    let state = dict(&[(text("calibrated_classifiers_"), list(&[classifier]))]);
    object("sklearn.calibration", "CalibratedClassifierCV", &state)
}

fn file(object: &[u8]) -> Vec<u8> {
    [b"\x80\x04", object, b"."].concat()
}

#[test]
fn an_estimator_that_holds_itself_is_refused() {
    // the object stands in the memo before its state does
    let whole = one_vs_rest(&[get(7)]);
    let made = b"csklearn.multiclass\nOneVsRestClassifier\n)\x81";
    let held = [&made[..], &put(7), whole.strip_prefix(&made[..]).unwrap()].concat();
    assert_eq!(refusal(&file(&held)), "expected estimators in estimators at most 3 deep, found more");
}

#[test]
fn an_estimator_that_gives_numbers_is_no_member() {
    let state = [(text("coef_"), vector(&[1.0])), (text("intercept_"), vector(&[0.5]))];
    let svr = object("sklearn.svm._classes", "LinearSVR", &dict(&state));
    assert_eq!(refusal(&file(&one_vs_rest(&[svr]))), "expected a classifier inside another, found LinearSVR");
}

#[test]
fn curves_that_no_training_gives_are_refused() {
    let refusal =
        |x: &[f64], y: &[f64], bounds, out_of_bounds: &str| refusal(&file(&calibrated(x, y, bounds, out_of_bounds)));
    let of = |attribute: &str, problem: &str| format!("`CalibratedClassifierCV.{attribute}`: expected {problem}");
    let none = refusal(&[], &[], [0.0, 1.0], "clip");
    assert_eq!(none, of("X_thresholds_", "at least 1 number, found 0"));
    let short = refusal(&[0.0, 1.0], &[0.5], [0.0, 1.0], "clip");
    assert_eq!(short, of("y_thresholds_", "2 numbers, found 1"));
    let falls = refusal(&[1.0, 0.0], &[0.5, 0.5], [0.0, 1.0], "clip");
    assert_eq!(falls, of("X_thresholds_", "ascending numbers, found others"));
    let nan = refusal(&[0.0, 1.0], &[0.5, f64::NAN], [0.0, 1.0], "clip");
    assert_eq!(nan, of("y_thresholds_", "finite numbers, found NaN at index 1"));
    let wide = refusal(&[0.0, 1.0], &[0.5, 0.5], [-1.0, 1.0], "clip");
    assert_eq!(wide, of("x_bounds", "bounds inside the thresholds, found -1.0, 1.0"));
    let raises = refusal(&[0.0, 1.0], &[0.5, 0.5], [0.0, 1.0], "raise");
    assert_eq!(raises, "`IsotonicRegression.out_of_bounds`: expected `clip`, found `raise`");
}
