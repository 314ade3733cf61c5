//! The JSON form: what lands where, and every kind of mistake with its text.

use svcd::model_file::load::load_bytes;
use svcd::model_file::{Error, Format, Loaded};
use svcd::pipeline::{self, Classes, Lack, OutputName, Scaler, ScalerFormula, Scratch, Step, Steps};
use svcd::svc::Kernel;

use super::{JSON, made_up};
use crate::made_up::MadeUp;

#[test]
fn every_key_lands_in_its_part() {
    let loaded = load(JSON).unwrap();
    assert_eq!(loaded.model, made_up().model());
    assert_eq!(loaded.provenance.format, Format::Json);
    assert_eq!(loaded.provenance.source, Format::Json);
    assert_eq!(loaded.provenance.sklearn_version.as_deref(), Some("1.9.1"));
    let probes = loaded.probes.unwrap();
    assert_eq!(probes.rows, [0.5, 1.0]);
    assert_eq!(probes.predict, [0]);
    assert_eq!(probes.decision_function_ovo, [0.25, -0.5, 0.125]);
}

#[test]
fn what_may_be_left_out_may_be_left_out() {
    let optional = ["sklearn_version", "steps", "feature_names_in_", "probes"];
    for key in optional {
        // the probes know the answers with the steps
        let text = if key == "steps" { without(&without(JSON, "probes"), key) } else { without(JSON, key) };
        assert!(load(&text).is_ok(), "{key}");
    }
    let bare = optional.iter().chain(&["_probA", "_probB"]).fold(JSON.to_owned(), |text, key| without(&text, key));
    let loaded = load(&bare).unwrap();
    let expected = MadeUp { scalers: vec![], feature_names: None, probability: None, ..made_up() };
    assert_eq!(loaded.model, expected.model());
    assert_eq!(loaded.model.feature_names(), ["x0", "x1"]);
    assert_eq!(loaded.provenance.sklearn_version, None);
    assert_eq!(loaded.probes, None);
    let empty = replaced(&replaced(JSON, "[-1.0, -1.5, -2.0]", "[]"), "[0.0, 0.25, -0.125]", "[]");
    assert!(load(&empty).unwrap().model.output(OutputName::PredictProba).is_err());
}

#[test]
fn a_kernel_may_have_numbers_that_it_does_not_use() {
    let text = without(JSON, "probes");
    for (name, expected) in [
        ("linear", Kernel::Linear),
        ("rbf", Kernel::Rbf { gamma: 0.5 }),
        ("sigmoid", Kernel::Sigmoid { gamma: 0.5, coef0: 1.0 }),
    ] {
        assert_eq!(load(&replaced(&text, "poly", name)).unwrap().model.kernel(), Some(expected));
    }
    let linear = replaced(&text, "poly", "linear");
    let linear = ["_gamma", "coef0", "degree"].iter().fold(linear, |text, key| without(&text, key));
    assert_eq!(load(&linear).unwrap().model.kernel(), Some(Kernel::Linear));
}

#[test]
fn white_space_and_the_order_of_keys_do_not_matter() {
    let expected = load(JSON).unwrap();
    assert_eq!(load(&format!(" \r\n\t{JSON}\n\n")).unwrap(), expected);
    let lines: Vec<&str> = JSON.trim().lines().map(|line| line.trim_end_matches(',')).collect();
    let (first, rest) = lines.split_first().unwrap();
    let (last, keys) = rest.split_last().unwrap();
    let reversed: Vec<&str> = keys.iter().rev().copied().collect();
    assert_eq!(load(&format!("{first}{}{last}", reversed.join(","))).unwrap(), expected);
}

#[test]
fn every_scaler_has_its_attributes() {
    let steps = r#"[{"StandardScaler": {"mean_": null, "scale_": [2.0, 4.0]}},
        {"MinMaxScaler": {"scale_": [2.0, 4.0], "min_": [0.0, 1.0], "feature_range": [0, 1], "clip": false}},
        {"MinMaxScaler": {"scale_": [2.0, 4.0], "min_": [0.0, 1.0], "feature_range": [-1, 0.5], "clip": true}},
        {"RobustScaler": {"center_": [1.0, 2.0], "scale_": [2.0, 4.0]}},
        {"RobustScaler": {"center_": null, "scale_": null}},
        {"MaxAbsScaler": {"scale_": [2.0, 4.0], "clip": true}}]"#;
    let text = replaced(&without(JSON, "probes"), STEPS, steps);
    let (two, min) = (vec![2.0, 4.0], vec![0.0, 1.0]);
    assert_eq!(
        scalers(&text),
        [
            ScalerFormula::Standard { mean: None, scale: Some(two.clone()) },
            ScalerFormula::MinMax { scale: two.clone(), min: min.clone(), clip: None },
            ScalerFormula::MinMax { scale: two.clone(), min, clip: Some((-1.0, 0.5)) },
            ScalerFormula::Robust { center: Some(vec![1.0, 2.0]), scale: Some(two.clone()) },
            ScalerFormula::Robust { center: None, scale: None },
            ScalerFormula::MaxAbs { scale: two, clip: true },
        ]
    );
}

#[test]
fn labels_of_every_type_keep_it() {
    for (labels, expected) in [
        (
            "[-9223372036854775808, 9007199254740993, 9223372036854775807]",
            Classes::Integer(vec![i64::MIN, (1 << 53) + 1, i64::MAX]),
        ),
        (r#"["", "a\"\n", "é😀"]"#, Classes::String(vec![String::new(), "a\"\n".to_owned(), "é😀".to_owned()])),
        ("[-1.0, 0.5, 1e300]", Classes::Float(vec![-1.0, 0.5, 1e300])),
    ] {
        let text = replaced(&without(JSON, "probes"), CLASSES, labels);
        assert_eq!(load(&text).unwrap().model.classes(), Some(&expected));
    }
}

#[test]
fn a_missing_key_is_named() {
    for key in [
        "format",
        "format_version",
        "kernel",
        "classes_",
        "n_support_",
        "support_vectors_",
        "_dual_coef_",
        "_intercept_",
        "decision_function_shape",
        "break_ties",
    ] {
        assert_eq!(refusal(&without(JSON, key)), format!("line 20, column 1: missing field `{key}`"));
    }
    for key in ["_gamma", "coef0", "degree"] {
        assert_eq!(refusal(&without(JSON, key)), format!("`{key}`: expected a number for this kernel, found none"));
    }
    assert_eq!(refusal(&without(JSON, "_probA")), "`prob_a`: expected 3 numbers, found 0");
    assert_eq!(refusal(&without(JSON, "_probB")), "`prob_b`: expected 3 numbers, found 0");
}

#[test]
fn keys_that_are_misspelt_or_occur_twice_are_refused() {
    refuses(&[
        (r#""coef0""#, r#""coef""#, &format!("line 8, column 6: unknown field `coef`, expected one of {KEYS}")),
        (r#""steps""#, r#""Steps""#, &format!("line 5, column 7: unknown field `Steps`, expected one of {KEYS}")),
        (r#""coef0": 1.0"#, r#""coef0": 1.0, "coef0": 1.0"#, "line 8, column 21: duplicate field `coef0`"),
        (
            r#""degree": 2"#,
            r#""degree": 2, "C": 1.0"#,
            &format!("line 9, column 16: unknown field `C`, expected one of {KEYS}"),
        ),
    ]);
}

#[test]
fn another_format_or_version_is_refused() {
    refuses(&[
        ("svcd-svc", "svcd", "line 2, column 16: unknown variant `svcd`, expected `svcd-svc`"),
        (r#""format_version": 1"#, r#""format_version": 2"#, "line 3, column 19: format version: expected 1, found 2"),
        (
            r#""format_version": 1"#,
            r#""format_version": "1""#,
            r#"line 3, column 21: invalid type: string "1", expected u32"#,
        ),
        (r#""1.9.1""#, "1.9", "line 4, column 22: invalid type: floating point `1.9`, expected a string"),
    ]);
}

#[test]
fn a_kernel_that_cannot_be_is_refused() {
    refuses(&[
        (
            r#""poly""#,
            r#""precomputed""#,
            "line 6, column 23: unknown variant `precomputed`, expected one of `linear`, `poly`, `rbf`, `sigmoid`",
        ),
        (
            r#""_gamma": 0.5"#,
            r#""_gamma": "scale""#,
            r#"line 7, column 17: invalid type: string "scale", expected f64"#,
        ),
        (r#""_gamma": 0.5"#, r#""_gamma": -0.5"#, "`gamma`: expected a finite number, zero or above, found -0.5"),
        (r#""degree": 2"#, r#""degree": 2.0"#, "line 9, column 13: invalid type: floating point `2.0`, expected u32"),
        (r#""degree": 2"#, r#""degree": -2"#, "line 9, column 12: invalid value: integer `-2`, expected u32"),
        (
            r#""degree": 2"#,
            r#""degree": 4294967296"#,
            "line 9, column 20: invalid value: integer `4294967296`, expected u32",
        ),
        (r#""ovr""#, r#""ovo ""#, "line 15, column 33: unknown variant `ovo `, expected `ovo` or `ovr`"),
        ("false", "0", "line 16, column 15: invalid type: integer `0`, expected a boolean"),
    ]);
}

#[test]
fn numbers_are_finite_json_numbers() {
    refuses(&[
        (INTERCEPT, "[0.25, NaN, 0.125],", "line 14, column 23: expected value"),
        (INTERCEPT, "[0.25, -Infinity, 0.125],", "line 14, column 24: invalid number"),
        (INTERCEPT, "[0.25, 1e400, 0.125],", "line 14, column 27: number out of range"),
        (INTERCEPT, "[0.25, null, 0.125],", "line 14, column 26: invalid type: null, expected f64"),
        (INTERCEPT, r#"[0.25, "-0.5", 0.125],"#, r#"line 14, column 28: invalid type: string "-0.5", expected f64"#),
        (INTERCEPT, "[0.25, -.5, 0.125],", "line 14, column 24: invalid number"),
    ]);
}

#[test]
fn labels_are_different_and_of_one_type() {
    refuses(&[
        (CLASSES, "[3, 5, 3]", "`classes`: expected different labels, found `3` twice"),
        (CLASSES, "[3, 5.0, 8]", "line 10, column 23: expected labels of one type, found several types"),
        (CLASSES, r#"[3, "5", 8]"#, "line 10, column 23: expected labels of one type, found several types"),
        (CLASSES, "[3, true, 8]", "line 10, column 24: expected labels of one type, found several types"),
        (
            CLASSES,
            "[3, 5, 9223372036854775808]",
            "line 10, column 38: invalid value: integer `9223372036854775808`, expected a label: a signed 64-bit integer, a string, a boolean or a number",
        ),
        (
            CLASSES,
            "[3, 5, null]",
            "line 10, column 23: invalid type: null, expected a label: a signed 64-bit integer, a string, a boolean or a number",
        ),
        (
            CLASSES,
            "[[3], [5], [8]]",
            "line 10, column 14: invalid type: sequence, expected a label: a signed 64-bit integer, a string, a boolean or a number",
        ),
        (CLASSES, "[3]", "`classes`: expected at least 2 classes, found 1"),
        (CLASSES, "[]", "`classes`: expected at least 2 classes, found 0"),
        (CLASSES, "[3, 5]", "`n_support`: expected 2 numbers, found 3"),
    ]);
}

#[test]
fn shapes_that_contradict_each_other_are_refused() {
    refuses(&[
        ("[1, 2, 1]", "[1, 2]", "`n_support`: expected 3 numbers, found 2"),
        ("[1, 2, 1]", "[1, 2, 2]", "`support_vectors`: expected 10 numbers, found 8"),
        ("[1, 2, 1]", "[1, 2, -1]", "line 11, column 23: invalid value: integer `-1`, expected usize"),
        ("[1, 2, 1]", "[0, 0, 0]", "`n_support`: expected at least 1 support vector, found 0"),
        (
            "[1, 2, 1]",
            "[18446744073709551615, 2, 1]",
            "`n_support`: expected a count that fits into memory, found a larger one",
        ),
        ("[1.0, 0.5]", "[1.0, 0.5, 0.0]", "line 12, column 50: expected a list of 2 numbers, found 3"),
        (SUPPORT_VECTORS, "[0.0, 1.0]", "line 12, column 24: invalid type: floating point `0.0`, expected a sequence"),
        (SUPPORT_VECTORS, "[]", "`_dual_coef_`: expected rows of 0 numbers, found rows of 4"),
        (SUPPORT_VECTORS, "[[], [], [], []]", "`n_features_in`: expected at least 1 feature, found 0"),
        (
            DUAL_COEF,
            "[[1.0, 0.5], [-0.75, 0.25], [-0.25, 0.125], [-0.5, -0.375]]",
            "`_dual_coef_`: expected rows of 4 numbers, found rows of 2",
        ),
        (DUAL_COEF, "[[1.0, -0.75, -0.25, -0.5]]", "`dual_coef`: expected 8 numbers, found 4"),
        (INTERCEPT, "[0.25, -0.5],", "`intercept`: expected 3 numbers, found 2"),
        ("[-1.0, -1.5, -2.0]", "[-1.0, -1.5]", "`prob_a`: expected 3 numbers, found 2"),
    ]);
}

#[test]
fn feature_names_are_different_and_not_empty() {
    refuses(&[
        (r#"["a", "b"]"#, r#"["a"]"#, "`feature_names_in`: expected 2 names, found 1"),
        (r#"["a", "b"]"#, r#"["a", "a"]"#, "`feature_names_in`: expected different names, found `a` twice"),
        (r#"["a", "b"]"#, r#"["a", ""]"#, "`feature_names_in`: expected names, found an empty one at index 1"),
        (r#"["a", "b"]"#, r#"["a", 1]"#, "line 17, column 28: invalid type: integer `1`, expected a string"),
    ]);
}

#[test]
fn steps_that_do_not_fit_are_refused() {
    refuses(&[
        (
            "StandardScaler",
            "PCA",
            "line 5, column 16: unknown variant `PCA`, expected one of `StandardScaler`, `MinMaxScaler`, `RobustScaler`, `MaxAbsScaler`",
        ),
        (r#""mean_""#, r#""mean""#, "line 5, column 36: unknown field `mean`, expected `mean_` or `scale_`"),
        (
            r#"[0.5, 1.0], "scale_": null"#,
            r#"[0.5], "scale_": null"#,
            "`StandardScaler.mean`: expected 2 numbers, found 1",
        ),
        (
            r#""scale_": null"#,
            r#""scale_": [1.0, 0.0]"#,
            "`StandardScaler.scale`: expected no zeros, found 0 at index 1",
        ),
        (
            r#"{"StandardScaler""#,
            r#"{"MaxAbsScaler": {"scale_": [1.0, 1.0]}}, {"StandardScaler""#,
            "line 5, column 49: missing field `clip`",
        ),
        (
            r#"{"StandardScaler""#,
            r#"{"MinMaxScaler": {"scale_": [1.0, 1.0], "min_": [0.0, 0.0], "feature_range": [1, 0], "clip": true}}, {"StandardScaler""#,
            "`MinMaxScaler.feature_range`: expected the lower bound below the upper, found 1.0 and 0.0",
        ),
        (r#"{"StandardScaler": "#, r#"[{"StandardScaler": "#, "line 5, column 11: expected value"),
    ]);
}

#[test]
fn probe_rows_that_do_not_fit_are_refused() {
    refuses(&[
        ("[[0.5, 1.0]]", "[[0.5, 1.0, 1.5]]", "probe rows: expected rows of 2 numbers, found 3 numbers in all"),
        ("[[0.5, 1.0]]", "[[0.5, 1.0], [0.5, 1.0]]", "probe rows: expected 2 labels, found 1"),
        (r#""predict": [3]"#, r#""predict": [3, 3]"#, "probe rows: expected 1 labels, found 2"),
        (r#""predict": [3]"#, r#""predict": [5]"#, "probe row 0: expected class `5`, found class `3`"),
        (r#""predict": [3]"#, r#""predict": [4]"#, "probe row 0: expected one of the model's classes, found `4`"),
        (r#""predict": [3]"#, r#""predict": [3.0]"#, "probe row 0: expected one of the model's classes, found `3.0`"),
        ("[[0.25, -0.5, 0.125]]", "[[0.25, -0.5]]", "probe rows: expected 3 values, found 2"),
        (
            "[[0.25, -0.5, 0.125]]",
            "[[0.25, -0.5, 0.12500000001]]",
            "probe row 0: decision value 2: expected 0.12500000001, found 0.125",
        ),
        (r#""predict": [3], "#, "", "line 20, column 80: missing field `predict`"),
        (
            r#""predict": [3]"#,
            r#""predict": [3], "note": 1"#,
            "line 20, column 55: unknown field `note`, expected one of `rows`, `predict`, `decision_function_ovo`",
        ),
    ]);
}

#[test]
fn text_that_is_not_json_is_refused() {
    refuses(&[
        (r#""break_ties""#, "break_ties", "line 16, column 1: key must be a string"),
        ("[3, 5, 8],", CLASSES, "line 11, column 1: expected `,` or `}`"),
        (CLASSES, "[3, 5, 8,]", "line 10, column 22: trailing comma"),
        ("0.125]]}\n}", "0.125]]}\n}}", "line 21, column 2: trailing characters"),
    ]);
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    let text = JSON.trim_end();
    assert!(load(text).is_ok());
    for length in 1..text.len() {
        let beginning = &text[..length];
        let (line, column) = (beginning.split('\n').count(), beginning.split('\n').next_back().unwrap().len());
        let problem = refusal(beginning);
        let place = format!("line {line}, column {column}: EOF while parsing ");
        let inside = problem.strip_prefix(&place).unwrap_or_else(|| panic!("{length}: {problem}"));
        assert!(["a value", "a string", "a list", "an object"].contains(&inside), "{length}: {problem}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let label = "a label: a signed 64-bit integer, a string, a boolean or a number";
    for (key, expected) in [
        ("sklearn_version", "line 1, column 20: invalid type: sequence, expected a string".to_owned()),
        ("steps", "line 1, column 12: expected value".to_owned()),
        ("classes_", format!("line 1, column 15: invalid type: sequence, expected {label}")),
        ("support_vectors_", "line 1, column 23: invalid type: sequence, expected f64".to_owned()),
        ("probes", "line 1, column 14: invalid type: sequence, expected f64".to_owned()),
    ] {
        assert_eq!(refusal(&format!("{{\"{key}\": {deep}}}")), expected);
    }
}

#[test]
fn break_ties_with_the_shape_ovo_cannot_have_probes() {
    let text = replaced(&replaced(JSON, "\"ovr\"", "\"ovo\""), "false", "true");
    assert_eq!(
        refusal(&text),
        "probe rows: `break_ties`: expected false with the decision function shape `ovo`, found true; this model has \
         `decision_function`, `predict_proba`"
    );
    let loaded = load(&without(&text, "probes")).unwrap();
    let outcome = loaded.model.predict(&[0.5, 1.0], &mut Scratch::default(), &mut Vec::new());
    assert!(matches!(outcome, Err(pipeline::Error::NoOutput { why: Lack::BreakTiesOvo, .. })));
}

fn scalers(text: &str) -> Vec<ScalerFormula> {
    let Steps(steps) = load(text).unwrap().model.steps().clone();
    let formula = |step| match step {
        Step::Scaler(Scaler { formula, .. }) => formula,
        other => panic!("{other:?}"),
    };
    steps.into_iter().map(formula).collect()
}

/// The keys of the form, as an error lists them.
const KEYS: &str = "`format`, `format_version`, `sklearn_version`, `steps`, `kernel`, `_gamma`, `coef0`, `degree`, \
    `classes_`, `n_support_`, `support_vectors_`, `_dual_coef_`, `_intercept_`, `decision_function_shape`, `break_ties`, \
    `feature_names_in_`, `_probA`, `_probB`, `probes`";

const CLASSES: &str = "[3, 5, 8]";
const SUPPORT_VECTORS: &str = "[[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [2.0, 2.0]]";
const INTERCEPT: &str = "[0.25, -0.5, 0.125],";
const STEPS: &str = r#"[{"StandardScaler": {"mean_": [0.5, 1.0], "scale_": null}}]"#;
const DUAL_COEF: &str = "[[1.0, -0.75, -0.25, -0.5], [0.5, 0.25, 0.125, -0.375]]";

/// Replaces the first text of each line by the second and expects the third as the refusal.
fn refuses(table: &[(&str, &str, &str)]) {
    for (from, to, expected) in table {
        assert_eq!(refusal(&replaced(JSON, from, to)), *expected, "{from} -> {to}");
    }
}

fn load(text: &str) -> Result<Loaded, Error> {
    load_bytes(text.as_bytes())
}

fn refusal(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

/// The text with its one occurrence of `from` replaced.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

/// The text without the line of that key.
fn without(text: &str, key: &str) -> String {
    let (start, end) = (format!("\"{key}\":"), "\n}\n");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(&start)).collect();
    assert_eq!(lines.len(), text.lines().count() - 1, "{key}");
    (lines.join("\n") + "\n").replace(&format!(",{end}"), end)
}
