use svcd::model_file::load::load_bytes;
use svcd::pipeline::{OutputName, Scratch};

use crate::hostile_pickle::build::{array, bytes_object, dict, get, global, object, put, text};
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
            with(
                with(single(), "support_vectors_", Some(matrix(0, 1 << 40, &[]))),
                "_dual_coef_",
                Some(matrix(1, 0, &[])),
            ),
            "`SVR.support_vectors_`: expected at most 262144 columns without a row, found 1099511627776",
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

/// A `TransformedTargetRegressor` over an SVR, with a transformer that doubles the number and adds one.
fn transformed() -> Attributes {
    let state: Vec<_> = single().into_iter().map(|(name, value)| (text(name), value)).collect();
    let scaler = [
        (text("with_mean"), b"\x88".to_vec()),
        (text("with_std"), b"\x88".to_vec()),
        (text("mean_"), floats(&[1.0])),
        (text("scale_"), floats(&[2.0])),
    ];
    vec![
        ("regressor_", object("sklearn.svm._classes", "SVR", &dict(&state))),
        ("transformer_", object("sklearn.preprocessing._data", "StandardScaler", &dict(&scaler))),
        ("_training_dim", integer(1)),
    ]
}

fn transformed_file(attributes: &[(&'static str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = attributes.iter().map(|(name, value)| (text(name), value.clone())).collect();
    let object = object("sklearn.compose._target", "TransformedTargetRegressor", &dict(&entries));
    [b"\x80\x04".to_vec(), object, b".".to_vec()].concat()
}

fn function(entries: &[(Vec<u8>, Vec<u8>)]) -> Option<Vec<u8>> {
    Some(object("sklearn.preprocessing._function_transformer", "FunctionTransformer", &dict(entries)))
}

#[test]
fn a_target_is_transformed_back_by_a_scaler_or_by_a_function_of_numpys() {
    let number = |attributes: &[(&'static str, Vec<u8>)]| {
        let model = load_bytes(&transformed_file(attributes)).unwrap().model;
        let mut values = vec![];
        model.numbers(OutputName::Predict, &[3.0, 10.0], &mut Scratch::default(), &mut values).unwrap();
        (model.estimator().name(), values[0])
    };
    assert_eq!(number(&transformed()), ("TransformedTargetRegressor", -6.0));
    for (module, name, expected) in [
        ("numpy", "exp", (-3.5_f64).exp()),
        ("numpy._core._multiarray_umath", "square", 12.25),
        ("numpy.core._multiarray_umath", "negative", 3.5),
    ] {
        let transformer =
            function(&[(text("inverse_func"), global(module, name)), (text("inv_kw_args"), b"N".to_vec())]);
        let found = number(&with(transformed(), "transformer_", transformer));
        assert_eq!(found, ("TransformedTargetRegressor", expected), "{module}.{name}");
    }
    // nothing to do: the regressor itself
    let nothing = function(&[(text("inverse_func"), b"N".to_vec()), (text("inv_kw_args"), b"}".to_vec())]);
    assert_eq!(number(&with(transformed(), "transformer_", nothing)), ("SVR", -3.5));
}

#[test]
fn a_transformed_target_that_cannot_be_undone_is_refused() {
    let undone = "svcd undoes StandardScaler, MinMaxScaler, RobustScaler and MaxAbsScaler, and answers through NumPy's exp, expm1, log, \
                  log1p, negative, sqrt, square as inverse_func";
    let by = |found: &str| format!("the TransformedTargetRegressor transforms its target by {found}: {undone}");
    let scaler = |scale: &[f64]| {
        let state = [
            (text("with_mean"), b"\x89".to_vec()),
            (text("with_std"), b"\x88".to_vec()),
            (text("scale_"), floats(scale)),
        ];
        Some(object("sklearn.preprocessing._data", "StandardScaler", &dict(&state)))
    };
    let function_of = |module: &str, name: &str| function(&[(text("inverse_func"), global(module, name))]);
    for (name, value, expected) in [
        (
            "regressor_",
            None,
            "the TransformedTargetRegressor is not fitted: call fit before saving it".to_owned(),
        ),
        (
            "_training_dim",
            Some(integer(2)),
            "`TransformedTargetRegressor._training_dim`: expected 1, a single number for each row, found 2".to_owned(),
        ),
        (
            "regressor_",
            Some(object("sklearn.svm._classes", "LinearSVC", b"}")),
            "expected an SVR, NuSVR or LinearSVR in the TransformedTargetRegressor, found `LinearSVC`".to_owned(),
        ),
        ("transformer_", scaler(&[1.0, 2.0]), by("`StandardScaler`")),
        (
            "transformer_",
            scaler(&[f64::NAN]),
            "`TransformedTargetRegressor.transformer_`: expected finite numbers, found NaN at index 0".to_owned(),
        ),
        ("transformer_", function_of("os", "system"), by("`os.system` itself")),
        ("transformer_", function_of("numpy", "sin"), by("`numpy.sin` itself")),
        (
            "transformer_",
            function(&[
                (text("inverse_func"), global("numpy", "exp")),
                (text("inv_kw_args"), dict(&[(text("out"), integer(1))])),
            ]),
            "`FunctionTransformer.inv_kw_args`: expected none, found a dict of 1 entries".to_owned(),
        ),
        (
            "transformer_",
            Some(object("sklearn.preprocessing._data", "QuantileTransformer", b"}")),
            by("`QuantileTransformer`"),
        ),
        (
            "threshold_",
            Some(integer(1)),
            "`TransformedTargetRegressor` has the attribute `threshold_`, which scikit-learn 0.18 to 1.9 does not give it: it might \
             change the answers"
                .to_owned(),
        ),
    ] {
        assert_eq!(refusal(&transformed_file(&with(transformed(), name, value))), expected);
    }
    let min_max = [
        (text("feature_range"), [integer(0), integer(1), b"\x86".to_vec()].concat()),
        (text("min_"), floats(&[0.0])),
        (text("scale_"), floats(&[0.0])),
    ];
    let min_max = object("sklearn.preprocessing._data", "MinMaxScaler", &dict(&min_max));
    assert_eq!(
        refusal(&transformed_file(&with(transformed(), "transformer_", Some(min_max)))),
        "`TransformedTargetRegressor.transformer_`: expected no division by zero, found 0"
    );
}

#[test]
fn a_regressor_that_holds_itself_is_refused() {
    let itself = [global("sklearn.compose._target", "TransformedTargetRegressor"), b")\x81".to_vec(), put(1)].concat();
    let state = dict(&[
        (text("regressor_"), get(1)),
        (text("transformer_"), transformed().remove(1).1),
        (text("_training_dim"), integer(1)),
    ]);
    let file = [b"\x80\x04".to_vec(), itself, state, b"b.".to_vec()].concat();
    let expected =
        "expected an SVR, NuSVR or LinearSVR in the TransformedTargetRegressor, found `TransformedTargetRegressor`";
    assert_eq!(refusal(&file), expected);
}
