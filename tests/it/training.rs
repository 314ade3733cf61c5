//! Training compared with scikit-learn's: scripts/make_training_fixtures.py says how the fixture was made.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use svcd::svc::train::{
    Error, Fitted, Objective, Separation, TrainingObserver, TrainingRows, TrainingSettings, auto_gamma, fit_classes,
    fit_single, scale_gamma,
};
use svcd::svc::{Cpu, Kernel, SingleParts, SvcParts};

#[derive(Deserialize)]
struct Fixture {
    sets: HashMap<String, StoredSet>,
    made_up: HashMap<String, [usize; 4]>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct StoredSet {
    rows: Vec<Vec<f64>>,
    target: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    set: String,
    estimator: String,
    parameters: Value,
    gamma: f64,
    support: Vec<usize>,
    dual_coef: Vec<f64>,
    intercept: Vec<f64>,
    iterations: Vec<u64>,
}

/// Rows, targets and weights.
struct Set {
    numbers: Vec<f64>,
    n_features: usize,
    target: Vec<f64>,
    weights: Vec<f64>,
}

struct Silent;

impl TrainingObserver for Silent {
    fn should_stop(&self, _: u64) -> bool {
        false
    }

    fn solved(&self) {}
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/training.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

fn set(name: &str) -> Set {
    if let Some(StoredSet { rows, target }) = FIXTURE.sets.get(name) {
        let weights = (0..rows.len()).map(|row| 0.5 + (row % 4) as f64 / 2.0).collect();
        return Set { numbers: rows.concat(), n_features: rows[0].len(), target: target.clone(), weights };
    }
    let [n_rows, n_features, n_classes, seed] = FIXTURE.made_up[name];
    made_up(n_rows, n_features, n_classes, seed as u64)
}

/// The rows that the script makes up, number for number.
fn made_up(n_rows: usize, n_features: usize, n_classes: usize, seed: u64) -> Set {
    let mut state = seed;
    let mut number = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 16_777_216.0
    };
    let mut set = Set { numbers: vec![], n_features, target: vec![], weights: vec![] };
    for _ in 0..n_rows {
        let label = (number() * n_classes as f64) as usize;
        for column in 0..n_features {
            let centre = if column % 3 == label % 3 { label as f64 * 0.75 } else { 0.0 };
            set.numbers.push(centre + 2.0 * number() + number() - 1.5);
        }
        set.target.push(label as f64);
        set.weights.push(0.5 + (number() * 4.0).floor() / 2.0);
    }
    set
}

impl Case {
    fn number(&self, name: &str, default: f64) -> f64 {
        self.parameters.get(name).map_or(default, |value| value.as_f64().unwrap())
    }

    fn settings(&self, threads: usize) -> TrainingSettings {
        let (gamma, coef0) = (self.gamma, self.number("coef0", 0.0));
        let kernel = match self.parameters.get("kernel").and_then(Value::as_str) {
            None | Some("rbf") => Kernel::Rbf { gamma },
            Some("linear") => Kernel::Linear,
            Some("poly") => Kernel::Poly { gamma, coef0, degree: self.number("degree", 3.0) as u32 },
            Some("sigmoid") => Kernel::Sigmoid { gamma, coef0 },
            other => panic!("{other:?}"),
        };
        TrainingSettings {
            kernel,
            tol: self.number("tol", 1e-3),
            shrinking: self.parameters.get("shrinking").is_none_or(|value| value.as_bool().unwrap()),
            iterations_max: self.parameters.get("max_iter").map(|value| value.as_u64().unwrap()),
            cache_bytes: 200 << 20,
            threads: NonZero::new(threads).unwrap(),
            cpu: Cpu::best(),
        }
    }

    fn fit(&self, set: &Set, settings: &TrainingSettings) -> Fit {
        let rows = TrainingRows { numbers: &set.numbers, n_features: set.n_features };
        let weights = self.parameters.get("weighted").map(|_| &*set.weights);
        let (c, nu) = (self.number("C", 1.0), self.number("nu", 0.5));
        let separation = match &*self.estimator {
            "SVC" => Separation::C(c),
            "NuSVC" => Separation::Nu(nu),
            name => {
                let objective = match name {
                    "SVR" => Objective::Epsilon { c, epsilon: self.number("epsilon", 0.1) },
                    "NuSVR" => Objective::Nu { c, nu },
                    "OneClassSVM" => Objective::OneClass { nu },
                    _ => panic!("{name}"),
                };
                return Fit::single(fit_single(rows, &set.target, weights, objective, settings, &Silent).unwrap());
            }
        };
        let classes: Vec<usize> = set.target.iter().map(|class| *class as usize).collect();
        let n_classes = classes.iter().max().unwrap() + 1;
        let class_weights = if self.parameters.get("class_weight").is_some() {
            let count = |class| classes.iter().filter(|other| **other == class).count() as f64;
            (0..n_classes).map(|class| classes.len() as f64 / (n_classes as f64 * count(class))).collect()
        } else {
            vec![1.0; n_classes]
        };
        Fit::classes(fit_classes(rows, &classes, &class_weights, weights, separation, settings, &Silent).unwrap())
    }
}

/// What a case compares.
#[derive(PartialEq, Debug)]
struct Fit {
    support: Vec<usize>,
    dual_coef: Vec<f64>,
    intercept: Vec<f64>,
    iterations: Vec<u64>,
}

impl Fit {
    fn classes(fitted: Fitted<SvcParts>) -> Fit {
        let Fitted { parts, support, iterations, .. } = fitted;
        Fit { support, dual_coef: parts.dual_coef, intercept: parts.intercept, iterations }
    }

    fn single(fitted: Fitted<SingleParts<'_>>) -> Fit {
        let Fitted { parts, support, iterations, .. } = fitted;
        Fit { support, dual_coef: parts.dual_coef.into_owned(), intercept: vec![parts.intercept], iterations }
    }
}

/// The largest difference, relative to the numbers themselves or to a millionth of the largest.
fn largest_difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    found.iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs().max(1e-6 * scale)).fold(0.0, f64::max)
}

#[test]
fn the_solution_is_scikit_learns() {
    for case in &FIXTURE.cases {
        let name = format!("{} of {} with {}", case.estimator, case.set, case.parameters);
        let fit = case.fit(&set(&case.set), &case.settings(1));
        assert_eq!(fit.support, case.support, "{name}");
        assert_eq!(fit.iterations, case.iterations, "{name}");
        // the fixture has twelve digits
        for (found, expected) in [(&fit.dual_coef, &case.dual_coef), (&fit.intercept, &case.intercept)] {
            let difference = largest_difference(found, expected);
            assert!(difference < 1e-9, "{name}: {difference:e}");
        }
    }
}

#[test]
fn threads_memory_and_instructions_change_no_bit() {
    for case in FIXTURE.cases.iter().filter(|case| ["iris", "seven", "diabetes"].contains(&&*case.set)) {
        let (set, usual) = (set(&case.set), case.settings(1));
        let expected = case.fit(&set, &usual);
        let slow = Cpu::available().last().unwrap();
        for settings in [
            case.settings(3),
            TrainingSettings { cache_bytes: 40_000, ..usual },
            TrainingSettings { cpu: slow, ..usual },
        ] {
            assert_eq!(case.fit(&set, &settings), expected, "{settings:?}");
        }
    }
}

#[test]
fn gamma_by_name_has_the_bits_of_scikit_learn() {
    for case in &FIXTURE.cases {
        let set = set(&case.set);
        let rows = TrainingRows { numbers: &set.numbers, n_features: set.n_features };
        match case.parameters.get("gamma").map(Value::as_str) {
            None => assert_eq!(scale_gamma(rows), case.gamma, "{}", case.set),
            Some(Some("auto")) => assert_eq!(auto_gamma(set.n_features), case.gamma),
            Some(_) => {}
        }
    }
    assert_eq!(scale_gamma(TrainingRows { numbers: &[0.25; 20], n_features: 4 }), 1.0);
}

fn fit(classes: &[usize], separation: Separation, settings: &TrainingSettings) -> Result<Fitted<SvcParts>, Error> {
    let rows = TrainingRows { numbers: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], n_features: 1 };
    fit_classes(rows, classes, &[1.0; 2], None, separation, settings, &Silent)
}

#[test]
fn what_has_no_solution_is_refused() {
    let settings = FIXTURE.cases[0].settings(1);
    let refusal = |classes: &[usize], separation| match fit(classes, separation, &settings) {
        Err(Error::Infeasible(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refusal(&[0; 6], Separation::C(1.0)),
        "`classes`: expected rows of every class, found none of class 1 with a weight"
    );
    assert_eq!(
        refusal(&[0, 1, 1, 1, 1, 1], Separation::Nu(0.5)),
        "`nu`: expected at most 0.3333333333333333 for classes of these sizes, found 0.5"
    );
}

#[test]
fn it_ends_after_so_many_steps_and_when_it_is_told_to() {
    let settings = TrainingSettings { iterations_max: Some(1), ..FIXTURE.cases[0].settings(1) };
    let fitted = fit(&[0, 1, 0, 1, 0, 1], Separation::C(1.0), &settings).unwrap();
    assert!(fitted.is_unfinished);
    assert_eq!(fitted.iterations, [1]);

    struct Impatient;
    impl TrainingObserver for Impatient {
        fn should_stop(&self, _: u64) -> bool {
            true
        }

        fn solved(&self) {}
    }
    let rows = TrainingRows { numbers: &[0.0, 1.0], n_features: 1 };
    let objective = Objective::Epsilon { c: 1.0, epsilon: 0.1 };
    let stopped = fit_single(rows, &[0.0, 5.0], None, objective, &FIXTURE.cases[0].settings(1), &Impatient);
    assert_eq!(stopped, Err(Error::Stopped));
}
