use svcd::model_file::load::load_bytes;
use svcd::pipeline::{OutputName, Scratch};

use crate::hostile_pickle::build::{array, bytes_object, dict, global, object, text};
use crate::hostile_pickle::refusal;
use crate::hostile_pickle::sparse::{csr, floats, integer, integers, shape};

/// Attributes with their values.
type Attributes = Vec<(&'static str, Vec<u8>)>;

fn matrix(rows: i64, columns: i64, numbers: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    array(&[integer(rows), integer(columns)], "f8", &bytes_object(&bytes))
}

/// Two support vectors of two features: `value(x) = 2 x0 - x1 + 0.5`.
fn single() -> Attributes {
    vec![
        ("kernel", text("linear")),
        ("support_vectors_", matrix(2, 2, &[1.0, 0.0, 0.0, 1.0])),
        ("_dual_coef_", matrix(1, 2, &[2.0, -1.0])),
        ("_intercept_", floats(&[0.5])),
    ]
}

fn linear() -> Attributes {
    vec![("coef_", floats(&[2.0, -1.0])), ("intercept_", floats(&[0.5]))]
}

/// The attributes with one of them put there, replaced, or, without a value, taken away.
fn with(mut attributes: Attributes, name: &'static str, value: Option<Vec<u8>>) -> Attributes {
    attributes.retain(|(other, _)| *other != name);
    attributes.extend(value.map(|value| (name, value)));
    attributes
}

fn file(class: &str, attributes: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = attributes.iter().map(|(name, value)| (text(name), value.clone())).collect();
    [b"\x80\x04".to_vec(), object("sklearn.svm._classes", class, &dict(&entries)), b".".to_vec()].concat()
}

#[test]
fn the_attributes_that_answers_are_made_of_are_enough() {
    for (class, attributes, output) in [
        ("SVR", single(), OutputName::Predict),
        ("NuSVR", single(), OutputName::Predict),
        ("OneClassSVM", with(single(), "offset_", Some(floats(&[-0.5]))), OutputName::DecisionFunction),
        ("LinearSVR", linear(), OutputName::Predict),
        ("LinearSVR", with(linear(), "intercept_", Some(b"G\x3f\xe0\0\0\0\0\0\0".to_vec())), OutputName::Predict),
    ] {
        let model = load_bytes(&file(class, &attributes)).unwrap().model;
        let mut values = vec![];
        model.numbers(output, &[3.0, 10.0], &mut Scratch::default(), &mut values).unwrap();
        assert_eq!(values, [-3.5], "{class}");
    }
}

#[test]
fn attributes_that_contradict_each_other_are_refused() {
    let sparse = |indptr: &[i64], indices: &[i64], data: &[f64]| {
        let vectors = csr(shape(&[2, 2]), integers(&[0, 1, 2]), integers(&[0, 1]), floats(&[1.0, 1.0]));
        let dual_coef = csr(shape(&[1, 2]), integers(indptr), integers(indices), floats(data));
        let attributes = with(single(), "_sparse", Some(b"\x88".to_vec()));
        with(with(attributes, "support_vectors_", Some(vectors)), "_dual_coef_", Some(dual_coef))
    };
    assert!(load_bytes(&file("SVR", &sparse(&[0, 2], &[0, 1], &[2.0, -1.0]))).is_ok());
    let cases: Vec<(Attributes, &str)> = vec![
        (with(single(), "support_vectors_", None), "the SVR is not fitted: call fit before saving it"),
        (
            with(single(), "_dual_coef_", None),
            "`SVR._dual_coef_`: expected this attribute, found none: is the model fitted?",
        ),
        (
            with(single(), "_dual_coef_", Some(matrix(2, 1, &[2.0, -1.0]))),
            "`SVR._dual_coef_`: expected one row of 2 numbers, found 2 of 1",
        ),
        (
            with(single(), "_dual_coef_", Some(matrix(1, 3, &[2.0, -1.0, 1.0]))),
            "`SVR._dual_coef_`: expected one row of 2 numbers, found 1 of 3",
        ),
        (
            with(single(), "_dual_coef_", Some(floats(&[2.0, -1.0]))),
            "`SVR._dual_coef_`: expected an array of 2 dimensions, found the shape [2]",
        ),
        (
            with(single(), "_dual_coef_", Some(matrix(1, 2, &[2.0, f64::NAN]))),
            "`SVR._dual_coef_`: expected finite numbers, found NaN at index 1",
        ),
        (with(single(), "_intercept_", Some(floats(&[]))), "`SVR._intercept_`: expected one number, found 0"),
        (with(single(), "_intercept_", Some(floats(&[0.5, 0.5]))), "`SVR._intercept_`: expected one number, found 2"),
        (
            with(single(), "_intercept_", Some(floats(&[f64::INFINITY]))),
            "`SVR._intercept_`: expected finite numbers, found inf at index 0",
        ),
        (
            with(single(), "n_features_in_", Some(integer(3))),
            "`SVR.n_features_in_`: expected the 2 columns of support_vectors_, found 3",
        ),
        (
            with(single(), "support_vectors_", Some(matrix(2, 0, &[]))),
            "`SVR.n_features_in_`: expected at least 1 feature, found 0",
        ),
        (
            with(single(), "kernel", Some(text("precomputed"))),
            "the SVR's kernel is `precomputed`, which needs the training rows for each answer: train it with the kernel `linear`, \
             `poly`, `rbf` or `sigmoid`",
        ),
        (
            with(single(), "kernel", Some(global("os", "system"))),
            "the SVR's kernel is `os.system`, a function of Python: train it with the kernel `linear`, `poly`, `rbf` or `sigmoid`",
        ),
        (
            with(single(), "kernel", Some(text("rbf"))),
            "`SVR._gamma`: expected this attribute, found none: is the model fitted?",
        ),
        (
            with(single(), "classes_", Some(integers(&[0, 1]))),
            "`SVR` has the attribute `classes_`, which scikit-learn 0.18 to 1.9 does not give it: it might change the answers",
        ),
        (sparse(&[0, 1], &[0], &[2.0]), "`SVR._dual_coef_`: expected all 2 numbers of 1 rows, found 1"),
        (
            with(single(), "_sparse", Some(b"\x88".to_vec())),
            "`SVR.support_vectors_`: expected a csr_matrix, row by row, found an array",
        ),
    ];
    for (attributes, expected) in cases {
        assert_eq!(refusal(&file("SVR", &attributes)), expected);
        // all three are read in one way
        let offset = if expected.contains("_intercept_") { None } else { Some(floats(&[-0.5])) };
        for class in ["NuSVR", "OneClassSVM"] {
            let attributes =
                if class == "NuSVR" { attributes.clone() } else { with(attributes.clone(), "offset_", offset.clone()) };
            assert_eq!(refusal(&file(class, &attributes)), expected.replace("SVR", class), "{class}");
        }
    }
}

#[test]
fn an_offset_that_is_not_the_intercept_is_refused() {
    for (offset, found) in [
        (floats(&[0.5]), "[0.5]"),
        (floats(&[]), "[]"),
        (floats(&[-0.5, -0.5]), "[-0.5, -0.5]"),
        (floats(&[f64::NAN]), "[NaN]"),
    ] {
        let expected = format!("`OneClassSVM.offset_`: expected -0.5, minus the intercept, found {found}");
        assert_eq!(refusal(&file("OneClassSVM", &with(single(), "offset_", Some(offset)))), expected);
    }
}

#[test]
fn a_linear_regression_that_contradicts_itself_is_refused() {
    for (attributes, expected) in [
        (with(linear(), "coef_", None), "the LinearSVR is not fitted: call fit before saving it"),
        (
            with(linear(), "coef_", Some(matrix(1, 2, &[2.0, -1.0]))),
            "`LinearSVR.coef_`: expected an array of 1 dimensions, found the shape [1, 2]",
        ),
        (
            with(linear(), "coef_", Some(floats(&[]))),
            "`LinearSVR.n_features_in_`: expected at least 1 feature, found 0",
        ),
        (
            with(linear(), "coef_", Some(floats(&[2.0, f64::NEG_INFINITY]))),
            "`LinearSVR.coef_`: expected finite numbers, found -inf at index 1",
        ),
        (
            with(linear(), "intercept_", Some(floats(&[0.5, 1.0]))),
            "`LinearSVR.intercept_`: expected 1 numbers, found 2",
        ),
        (
            with(linear(), "intercept_", Some(floats(&[f64::NAN]))),
            "`LinearSVR.intercept_`: expected finite numbers, found NaN at index 0",
        ),
        (
            with(linear(), "n_features_in_", Some(integer(1))),
            "`LinearSVR.n_features_in_`: expected the 2 columns of coef_, found 1",
        ),
        (
            with(linear(), "classes_", Some(integers(&[0, 1]))),
            "`LinearSVR` has the attribute `classes_`, which scikit-learn 0.18 to 1.9 does not give it: it might change the answers",
        ),
    ] {
        assert_eq!(refusal(&file("LinearSVR", &attributes)), expected);
    }
}
