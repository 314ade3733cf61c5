//! scikit-learn's own answers for models that it trained; tests/fixtures/README.md says how they were made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::Value;
use svcd::model_file::load::{load_bytes, load_path};
use svcd::model_file::{Format, Loaded, native};
use svcd::pipeline::{Answers, Asked, Error, Label, Lack, Model, OutputName, Scratch};
use svcd::svc::{Cpu, DecisionFunctionShape};

/// Every case of scripts/make_fixtures.py. A missing file is a failure, and so is an extra one.
const CASES: [&str; 75] = [
    "iris_rbf_scale",
    "iris_rbf_auto",
    "iris_rbf_float",
    "iris_rbf_gamma_zero",
    "iris_linear",
    "iris_poly2",
    "iris_poly3",
    "iris_poly5",
    "iris_sigmoid",
    "wine_poly3_unscaled",
    "wine_linear_unscaled",
    "two_rbf",
    "two_linear_ovo",
    "two_poly3",
    "two_sigmoid",
    "four_rbf",
    "five_sigmoid_ovo",
    "digits_rbf",
    "digits_linear_ovo",
    "digits_poly3",
    "one_support_vector_in_a_class",
    "one_support_vector_in_each_class",
    "tie_iris_rbf",
    "tie_iris_poly3",
    "tie_digits_linear",
    "break_ties_iris",
    "break_ties_digits",
    "break_ties_two_classes",
    "break_ties_ovo",
    "label_string",
    "label_string_object",
    "label_string_unusual",
    "label_boolean",
    "label_negative",
    "label_minus_plus_one",
    "label_float",
    "label_large_integer",
    "label_byte",
    "nu_rbf",
    "nu_two_linear",
    "class_weight_balanced",
    "class_weight_given",
    "features_1",
    "features_33_rbf",
    "features_200_rbf",
    "features_200_linear",
    "steps_standard",
    "steps_standard_no_mean",
    "steps_standard_no_std",
    "steps_standard_neither",
    "steps_min_max",
    "steps_min_max_clip",
    "steps_robust",
    "steps_robust_no_centering",
    "steps_robust_no_scaling",
    "steps_max_abs",
    "steps_max_abs_clip",
    "steps_chain",
    "steps_chain_reversed",
    "steps_nested",
    "probability_two",
    "probability_three",
    "probability_four",
    "probability_steps",
    "probability_nu",
    "far_rbf_two",
    "far_rbf_three",
    "extreme_rbf",
    "extreme_linear",
    "extreme_poly2",
    "extreme_sigmoid",
    "overflow_poly3",
    "exact_zero_two_linear",
    "exact_zero_two_rbf",
    "exact_zero_three_rbf",
];

#[test]
fn the_folder_holds_the_two_files_of_every_case_and_nothing_else() {
    let files = |name: &&str| [format!("{name}.expected.json"), format!("{name}.json")];
    let expected: BTreeSet<String> = CASES.iter().flat_map(files).collect();
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn labels_are_those_of_scikit_learn() {
    for case in cases() {
        let mut found = Vec::new();
        let outcome = case.model().predict(&case.rows(), &mut Scratch::default(), &mut found);
        let Some(expected) = &case.expected.predict else {
            assert!(matches!(outcome, Err(Error::NoOutput { why: Lack::BreakTiesOvo, .. })), "{}", case.name);
            assert_eq!(case.name, "break_ties_ovo");
            continue;
        };
        assert_eq!(outcome, Ok(()), "{}", case.name);
        let label = |index: &usize| in_json(case.model().target().label(*index).unwrap());
        assert_eq!(found.iter().map(label).collect::<Vec<_>>(), *expected, "{}", case.name);
    }
}

#[test]
fn the_row_of_the_notebook_is_class_0() {
    let model = case("iris_rbf_scale").model();
    let mut found = Vec::new();
    model.predict(&[1.0; 4], &mut Scratch::default(), &mut found).unwrap();
    assert_eq!(model.target().label(found[0]), Some(Label::Integer(0)));
    assert_eq!(
        model.feature_names(),
        ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
    );
}

#[test]
fn pair_values_are_those_of_scikit_learn_up_to_rounding() {
    for case in cases() {
        for (index, row) in case.expected.rows.iter().enumerate() {
            let tolerance = PAIR_TOLERANCE * case.model().decision_magnitude(row).unwrap();
            let found = &case.pair_values()[index];
            let expected = &case.expected.decision_function_ovo[index];
            assert_eq!(found.len(), expected.len(), "{} row {index}", case.name);
            for (found, Number(expected)) in found.iter().zip(expected) {
                let close = is_close(*found, *expected, tolerance);
                assert!(close, "{} row {index}: {found:?}, not {expected:?} +- {tolerance:?}", case.name);
            }
        }
    }
}

#[test]
fn no_pair_value_is_larger_than_the_magnitude() {
    for case in cases() {
        for (index, row) in case.expected.rows.iter().enumerate() {
            let magnitude = case.model().decision_magnitude(row).unwrap();
            for value in &case.pair_values()[index] {
                let larger = value.abs() > magnitude * (1.0 + PAIR_TOLERANCE);
                assert!(!larger, "{} row {index}: {value:?} is larger than {magnitude:?}", case.name);
            }
        }
    }
}

#[test]
fn class_values_are_those_of_scikit_learn_up_to_rounding() {
    for case in cases() {
        for (index, found) in case.class_values().iter().enumerate() {
            let expected = &case.expected.decision_function_ovr[index];
            let tolerances = case.class_tolerances(index);
            assert_eq!(found.len(), expected.len(), "{} row {index}", case.name);
            for ((found, Number(expected)), tolerance) in found.iter().zip(expected).zip(tolerances) {
                let close = is_close(*found, *expected, tolerance);
                assert!(close, "{} row {index}: {found:?}, not {expected:?} +- {tolerance:?}", case.name);
            }
        }
    }
}

#[test]
fn the_decision_function_has_the_shape_of_the_model() {
    for case in cases() {
        let (expected, same) = match case.model().estimator().svc().unwrap().parts().decision_function_shape {
            DecisionFunctionShape::Ovo => (&case.expected.decision_function_ovo, case.pair_values()),
            DecisionFunctionShape::Ovr => (&case.expected.decision_function_ovr, case.class_values()),
        };
        assert_eq!(
            bits(case.expected.decision_function.iter().flatten().map(|Number(value)| *value)),
            bits(numbers(expected))
        );
        let rows = case.rows();
        let found = case.ask(Model::decision_function, &rows);
        assert_eq!(bits(found.iter().copied()), bits(same.concat()), "{}", case.name);
        assert_eq!(
            found.len(),
            case.expected.rows.len() * case.model().output(OutputName::DecisionFunction).unwrap().width,
            "{}",
            case.name
        );
    }
}

#[test]
fn an_exact_zero_has_scikit_learns_sign() {
    let mut negative = 0;
    for case in cases() {
        for (index, found) in case.pair_values().iter().enumerate() {
            for (found, Number(expected)) in found.iter().zip(&case.expected.decision_function_ovo[index]) {
                if *expected == 0.0 {
                    assert_eq!(found.to_bits(), expected.to_bits(), "{} row {index}", case.name);
                    negative += usize::from(expected.is_sign_negative());
                }
            }
        }
    }
    assert!(negative >= 9, "found {negative} rows with -0.0");
}

#[test]
fn probabilities_are_those_of_scikit_learn_up_to_rounding() {
    let mut models = 0;
    for case in cases() {
        let Some(expected) = &case.expected.predict_proba else {
            let refusal = case.model().predict_proba(&case.rows(), &mut Scratch::default(), &mut Vec::new());
            assert!(matches!(refusal, Err(Error::NoOutput { why: Lack::NoProbability, .. })), "{}", case.name);
            continue;
        };
        models += 1;
        let found = case.ask(Model::predict_proba, &case.rows());
        let n_classes = case.model().target().n_labels();
        assert_eq!(found.len(), expected.len() * n_classes, "{}", case.name);
        for (index, (found, expected)) in found.chunks_exact(n_classes).zip(expected).enumerate() {
            for (found, expected) in found.iter().zip(expected) {
                let close = is_close(*found, *expected, PROBABILITY_TOLERANCE);
                assert!(close, "{} row {index}: {found:?}, not {expected:?}", case.name);
            }
        }
    }
    assert_eq!(models, 5);
}

#[test]
fn the_cases_of_ties_have_ties_and_break_ties_decides_them() {
    for name in ["tie_iris_rbf", "tie_iris_poly3", "tie_digits_linear", "break_ties_iris", "break_ties_digits"] {
        let case = case(name);
        let expected = case.expected.predict.as_ref().unwrap();
        let (mut ties, mut not_the_first) = (0, 0);
        for (values, label) in case.expected.decision_function_ovo.iter().zip(expected) {
            let votes = votes(case.model().target().n_labels(), values);
            let most = *votes.iter().max().unwrap();
            let tied: Vec<usize> = (0..votes.len()).filter(|class| votes[*class] == most).collect();
            ties += usize::from(tied.len() > 1);
            not_the_first += usize::from(in_json(case.model().target().label(tied[0]).unwrap()) != *label);
        }
        assert!(ties >= 20, "{name}: {ties} rows with ties");
        assert_eq!(
            not_the_first > 0,
            case.model().estimator().svc().unwrap().parts().break_ties,
            "{name}: {not_the_first} rows"
        );
    }
}

#[test]
fn model_bin_keeps_every_model_whole() {
    for case in cases() {
        let bytes = native::to_bytes(&case.loaded).unwrap();
        let again = load_bytes(&bytes).unwrap();
        assert_eq!(again.model, case.loaded.model, "{}", case.name);
        assert_eq!(again.probes, case.loaded.probes, "{}", case.name);
        assert_eq!(again.provenance.format, Format::ModelBin);
        assert_eq!(again.provenance.source, Format::Json);
        assert_eq!(again.provenance.sklearn_version.as_deref(), Some("1.9.1"));
        // equal numbers may still differ in the sign of zero
        assert!(native::to_bytes(&again).unwrap() == bytes, "{}: other bytes", case.name);
        let rows = case.rows();
        let asks = [Model::decision_function_ovo as Ask, decision_function_ovr];
        for (ask, expected) in asks.into_iter().zip([case.pair_values(), case.class_values()]) {
            let again = case.ask_of(&again.model, ask, &rows);
            assert_eq!(bits(expected.concat()), bits(again), "{}", case.name);
        }
    }
}

#[test]
fn an_altered_probe_row_is_refused() {
    let mut altered = 0;
    for case in cases() {
        let Some(probes) = &case.loaded.probes else { continue };
        altered += 1;
        let model = case.model();
        let n_features_in = model.n_features_in();
        let n_pairs = model.estimator().svc().unwrap().parts().intercept.len();
        for (row, numbers) in probes.rows.chunks_exact(n_features_in).enumerate() {
            let (right, wrong) = (probes.predict[row], (probes.predict[row] + 1) % model.target().n_labels());
            let label = |index| model.target().label(index).unwrap();
            let mut loaded = case.loaded.clone();
            loaded.probes.as_mut().unwrap().predict[row] = wrong;
            let text = format!("probe row {row}: expected class `{}`, found class `{}`", label(wrong), label(right));
            // an error is one line, a label may be several
            let text = text.replace('\n', "\\n").replace('\t', "\\t");
            assert_eq!(refusal(&loaded), text, "{}", case.name);

            let magnitude = model.decision_magnitude(numbers).unwrap();
            let pair = row % n_pairs;
            let stored = probes.decision_function_ovo[row * n_pairs + pair];
            let found = case.ask(Model::decision_function_ovo, numbers)[pair];
            let mut loaded = case.loaded.clone();
            let mut store = |value| {
                loaded.probes.as_mut().unwrap().decision_function_ovo[row * n_pairs + pair] = value;
                loaded.clone()
            };
            // without an addition there is no rounding
            let wrong = stored + if magnitude == 0.0 { f64::MIN_POSITIVE } else { 1e-9 * magnitude };
            let text = format!("probe row {row}: decision value {pair}: expected {wrong:?}, found {found:?}");
            assert_eq!(refusal(&store(wrong)), text, "{}", case.name);
            let rounded = store(stored + 1e-13 * magnitude);
            assert!(load_bytes(&native::to_bytes(&rounded).unwrap()).is_ok(), "{}", case.name);
        }
    }
    assert_eq!(altered, CASES.len() - 2, "only break_ties_ovo and overflow_poly3 are stored without probe rows");
}

/// A decision value may be off by this fraction of [`Model::decision_magnitude`].
const PAIR_TOLERANCE: f64 = 1e-12;

/// No bound follows from the pair values: a last bit may decide whether the coupling makes another sweep, which
/// moves a probability by about 1e-3. No row here is that close to the end of the iteration.
const PROBABILITY_TOLERANCE: f64 = 1e-12;

/// A fixture: a model and what scikit-learn answers.
struct Case {
    name: &'static str,
    loaded: Loaded,
    expected: Expected,
    pair_values: OnceLock<Vec<Vec<f64>>>,
    class_values: OnceLock<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rows: Vec<Vec<f64>>,
    predict: Option<Vec<Value>>,
    decision_function: Vec<Vec<Number>>,
    decision_function_ovo: Vec<Vec<Number>>,
    decision_function_ovr: Vec<Vec<Number>>,
    predict_proba: Option<Vec<Vec<f64>>>,
}

/// A JSON number, or one of the strings `inf`, `-inf` and `nan`.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_str().map_or_else(|| value.as_f64(), |text| text.parse().ok());
        number.map(Self).ok_or_else(|| serde::de::Error::custom(format_args!("expected a number, found {value}")))
    }
}

/// One of the model's methods that append numbers.
type Ask = fn(&Model, &[f64], &mut Scratch, &mut Vec<f64>) -> Result<(), Error>;

impl Case {
    fn model(&self) -> &Model {
        &self.loaded.model
    }

    /// All rows, row major.
    fn rows(&self) -> Vec<f64> {
        self.expected.rows.concat()
    }

    /// svcd's value of each pair for each row, asked row by row.
    fn pair_values(&self) -> &[Vec<f64>] {
        self.pair_values.get_or_init(|| self.row_by_row(Model::decision_function_ovo))
    }

    /// svcd's one-vs-rest values for each row, asked row by row.
    fn class_values(&self) -> &[Vec<f64>] {
        self.class_values.get_or_init(|| self.row_by_row(decision_function_ovr))
    }

    fn row_by_row(&self, ask: Ask) -> Vec<Vec<f64>> {
        self.expected.rows.iter().map(|row| self.ask(ask, row)).collect()
    }

    fn ask(&self, ask: Ask, rows: &[f64]) -> Vec<f64> {
        self.ask_of(self.model(), ask, rows)
    }

    fn ask_of(&self, model: &Model, ask: Ask, rows: &[f64]) -> Vec<f64> {
        let mut out = Vec::new();
        ask(model, rows, &mut Scratch::default(), &mut out).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        for cpu in Cpu::available() {
            let mut same = Vec::new();
            ask(model, rows, &mut Scratch::on(cpu), &mut same).unwrap();
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&same), bits(&out), "{}: {} gives other bits", self.name, cpu.name());
        }
        out
    }

    /// How far each one-vs-rest value of a row may be from scikit-learn's when its pair values are within their tolerance.
    ///
    /// The value is `votes + f(s)` with `f(s) = s / (3 (|s| + 1))`. No pair value crosses zero (the fixtures leave such rows
    /// out), so the votes are equal. s adds up k - 1 pair values, each off by at most `t = 1e-12 m` where m is the row's
    /// magnitude; the k - 2 additions round, and no partial sum exceeds (k - 1) m, so two such sums differ by at most
    /// `d = (k - 1) t + (k - 2) (k - 1) m EPSILON`. f has the slope `1 / (3 (|s| + 1)^2)`, which falls with |s|: f differs by at most
    /// `d / (3 (|s| - d + 1)^2)`. The quotient, at most 1/3, and the last addition, at most k, round once more on each side.
    fn class_tolerances(&self, row: usize) -> Vec<f64> {
        let k = self.model().target().n_labels();
        let magnitude = self.model().decision_magnitude(&self.expected.rows[row]).unwrap();
        let pair_tolerance = PAIR_TOLERANCE * magnitude;
        if k == 2 {
            return vec![pair_tolerance];
        }
        let mut sums = vec![0.0; k];
        for ((i, j), Number(value)) in pairs(k).zip(&self.expected.decision_function_ovo[row]) {
            sums[i] += value;
            sums[j] -= value;
        }
        let d = (k - 1) as f64 * (pair_tolerance + (k - 2) as f64 * magnitude * f64::EPSILON);
        let slope = |s: f64| 1.0 / (3.0 * ((s.abs() - d).max(0.0) + 1.0).powi(2));
        sums.iter().map(|s| d * slope(*s) + (k as f64 + 2.0) * f64::EPSILON).collect()
    }
}

/// All cases, read once for all tests.
fn cases() -> impl Iterator<Item = &'static Case> {
    static READ: LazyLock<Vec<Case>> = LazyLock::new(|| CASES.into_iter().map(read).collect());
    READ.iter()
}

fn case(name: &str) -> &'static Case {
    cases().find(|case| case.name == name).unwrap()
}

fn read(name: &'static str) -> Case {
    let path = |ending: &str| folder().join(format!("{name}{ending}"));
    let loaded = load_path(&path(".json")).unwrap_or_else(|error| panic!("{name}.json: {error}"));
    let text = fs::read(path(".expected.json")).unwrap_or_else(|error| panic!("{name}.expected.json: {error}"));
    let expected: Expected =
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}.expected.json: {error}"));
    assert!((20..=200).contains(&expected.rows.len()), "{name}: {} rows", expected.rows.len());
    Case { name, loaded, expected, pair_values: OnceLock::new(), class_values: OnceLock::new() }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden")
}

/// Writes the model and gives the error of reading it back.
fn refusal(loaded: &Loaded) -> String {
    load_bytes(&native::to_bytes(loaded).unwrap()).unwrap_err().to_string()
}

fn in_json(label: Label<'_>) -> Value {
    match label {
        Label::Integer(value) => value.into(),
        Label::String(value) => value.into(),
        Label::Boolean(value) => value.into(),
        Label::Float(value) => value.into(),
    }
}

/// Infinite numbers and NaN must be equal; so must finite ones if the tolerance has overflowed.
fn is_close(found: f64, expected: f64, tolerance: f64) -> bool {
    if !expected.is_finite() || !tolerance.is_finite() {
        return found == expected || found.is_nan() && expected.is_nan();
    }
    (found - expected).abs() <= tolerance
}

fn numbers(rows: &[Vec<Number>]) -> impl Iterator<Item = f64> {
    rows.iter().flatten().map(|Number(value)| *value)
}

/// Bits tell 0.0 from -0.0, and NaN equals itself.
fn bits(numbers: impl IntoIterator<Item = f64>) -> Vec<u64> {
    numbers.into_iter().map(f64::to_bits).collect()
}

fn votes(n_classes: usize, pair_values: &[Number]) -> Vec<usize> {
    let mut votes = vec![0; n_classes];
    for ((i, j), Number(value)) in pairs(n_classes).zip(pair_values) {
        votes[if *value > 0.0 { i } else { j }] += 1;
    }
    votes
}

fn pairs(n_classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_classes).flat_map(move |i| (i + 1..n_classes).map(move |j| (i, j)))
}

/// scikit-learn's `decision_function` in the shape "ovr": a score for each class; of two classes that of the second.
fn decision_function_ovr(model: &Model, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
    let mut answers = Answers::default();
    model.answer(rows, Asked::only(OutputName::ClassScores), scratch, &mut answers)?;
    let (skipped, step) = if model.target().n_labels() == 2 { (1, 2) } else { (0, 1) };
    out.extend(answers.numbers(OutputName::ClassScores).iter().skip(skipped).step_by(step));
    Ok(())
}
