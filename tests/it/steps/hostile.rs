use svcd::model_file::load::load_bytes;

use crate::hostile_pickle::build::{array, bytes_object, dict, object, text};
use crate::hostile_pickle::refusal;
use crate::hostile_pickle::sparse::{floats, integer, integers};

/// Attributes with their values.
type Attributes = Vec<(&'static str, Vec<u8>)>;

const FALSE: &[u8] = b"\x89";
const NONE: &[u8] = b"N";

fn matrix(rows: i64, columns: i64, numbers: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    array(&[integer(rows), integer(columns)], "f8", &bytes_object(&bytes))
}

fn state(attributes: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    dict(&attributes.iter().map(|(name, value)| (text(name), value.clone())).collect::<Vec<_>>())
}

/// A pipeline of the step and a LinearSVC of two features.
fn file(module: &str, class: &str, attributes: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    let svm = [("coef_", matrix(1, 2, &[2.0, -1.0])), ("intercept_", floats(&[0.5])), ("classes_", integers(&[0, 1]))];
    let pair = |name: &str, step: Vec<u8>| [text(name), step, b"\x86".to_vec()].concat();
    let step = pair("step", object(&format!("sklearn.{module}"), class, &state(attributes)));
    let svm = pair("svm", object("sklearn.svm._classes", "LinearSVC", &state(&svm)));
    let steps = [b"](".to_vec(), step, svm, b"e".to_vec()].concat();
    let pipeline = object("sklearn.pipeline", "Pipeline", &dict(&[(text("steps"), steps)]));
    [b"\x80\x04".to_vec(), pipeline, b".".to_vec()].concat()
}

/// The attributes with one of them put there or replaced.
fn with(mut attributes: Attributes, name: &'static str, value: Vec<u8>) -> Attributes {
    attributes.retain(|(other, _)| *other != name);
    attributes.push((name, value));
    attributes
}

fn polynomial(width: i64, degree: i64, outputs: i64) -> Attributes {
    vec![
        ("n_features_in_", integer(width)),
        ("degree", integer(degree)),
        ("interaction_only", FALSE.to_vec()),
        ("include_bias", FALSE.to_vec()),
        ("n_output_features_", integer(outputs)),
    ]
}

#[test]
fn products_are_refused_by_their_count() {
    let refused =
        |attributes: &Attributes| refusal(&file("preprocessing._polynomial", "PolynomialFeatures", attributes));
    assert!(load_bytes(&file("preprocessing._polynomial", "PolynomialFeatures", &polynomial(2, 1, 2))).is_ok());
    let text = "`PolynomialFeatures.n_output_features_`: expected at most 131072 features, found more";
    for (width, degree) in [(1_000, 3), (2, i64::MAX), (i64::MAX, 2), (1 << 40, 1)] {
        assert_eq!(refused(&polynomial(width, degree, 1_000_000_000)), text);
    }
    let text = "`PolynomialFeatures.n_output_features_`: expected the 5 products of these degrees, found 2";
    assert_eq!(refused(&polynomial(2, 2, 2)), text);
    let text = "`PolynomialFeatures.degree`: expected a count from 0, or two of them, found -1";
    assert_eq!(refused(&polynomial(2, -1, 2)), text);
}

#[test]
fn steps_that_contradict_themselves_are_refused() {
    let normalizer = || vec![("norm", text("l2")), ("n_features_in_", integer(2))];
    let quantile = |quantiles: &[f64]| {
        vec![
            ("output_distribution", text("normal")),
            ("references_", floats(&[0.0, 1.0])),
            ("quantiles_", matrix(2, 2, quantiles)),
        ]
    };
    let k_best = |k: Vec<u8>| vec![("k", k), ("scores_", floats(&[1.0, 2.0])), ("pvalues_", NONE.to_vec())];
    let power = |lambdas: &[f64]| {
        vec![("method", text("box-cox")), ("standardize", FALSE.to_vec()), ("lambdas_", floats(lambdas))]
    };
    let support = |kept: &[f64]| vec![("support_", floats(kept)), ("estimator_", NONE.to_vec())];
    let cases: Vec<(&str, &str, Attributes, &str)> = vec![
        (
            "preprocessing._data",
            "Normalizer",
            with(normalizer(), "norm", text("l3")),
            "`Normalizer.norm`: expected `l1`, `l2` or `max`, found `l3`",
        ),
        (
            "preprocessing._data",
            "Normalizer",
            with(normalizer(), "axis_", integer(0)),
            "`Normalizer` has the attribute `axis_`, which scikit-learn 0.18 to 1.9 does not give it: it might change the answers",
        ),
        (
            "preprocessing._data",
            "QuantileTransformer",
            quantile(&[2.0, 0.0, 1.0, 0.0]),
            "`QuantileTransformer.quantiles_`: expected ascending numbers for each column, found others",
        ),
        (
            "preprocessing._data",
            "PowerTransformer",
            power(&[1.0, f64::NAN]),
            "`PowerTransformer.lambdas_`: expected finite numbers, found NaN at index 1",
        ),
        (
            "feature_selection._univariate_selection",
            "SelectKBest",
            k_best(integer(0)),
            "the SelectKBest keeps none of its 2 columns: nothing is left for the SVM",
        ),
        (
            "feature_selection._univariate_selection",
            "SelectKBest",
            k_best(integer(-1)),
            "`SelectKBest.k`: expected a count from 0, found -1",
        ),
        (
            "feature_selection._rfe",
            "RFE",
            with(support(&[1.0, 1.0]), "n_features_in_", integer(3)),
            "`RFE.n_features_in_`: expected the 2 columns of its mask, found 3",
        ),
    ];
    for (module, class, attributes, expected) in cases {
        assert_eq!(refusal(&file(module, class, &attributes)), expected);
    }
    assert!(load_bytes(&file("feature_selection._univariate_selection", "SelectKBest", &k_best(text("all")))).is_ok());
    assert!(load_bytes(&file("feature_selection._rfe", "RFE", &support(&[1.0, 1.0]))).is_ok());
}

#[test]
fn a_selection_by_a_model_without_weights_is_refused() {
    let forest = object("sklearn.ensemble._forest", "RandomForestClassifier", b"}");
    let select = vec![("norm_order", integer(1)), ("threshold", NONE.to_vec()), ("estimator_", forest)];
    let text = refusal(&file("feature_selection._from_model", "SelectFromModel", &select));
    let begin =
        "the SelectFromModel judges columns by `RandomForestClassifier`, whose weights are not in the file as coef_: ";
    assert!(text.starts_with(begin), "{text}");
}
