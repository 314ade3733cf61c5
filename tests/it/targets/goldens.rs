use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use svcd::model_file::{Loaded, load, native};
use svcd::pipeline::{Answers, Asked, ElementType, Label, OutputName, Scratch, Target};

use super::{Answered, Golden, NEWEST, OLD_VERSIONS, VERSIONS, fixtures, loaded, number};

/// Files and folders of one version by case.
fn files(version: &str) -> BTreeMap<String, Vec<String>> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for entry in fs::read_dir(fixtures().join(version)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "answers.json" {
            files.entry(name.split('.').next().unwrap().to_owned()).or_default().push(name);
        }
    }
    files
}

#[test]
fn there_is_a_model_of_every_estimator_kernel_and_kind_of_rows() {
    let mut expected = BTreeSet::new();
    for estimator in ["svr", "nu_svr", "one_class"] {
        for kernel in ["linear", "poly", "rbf", "sigmoid"] {
            expected.extend([format!("{estimator}_{kernel}"), format!("{estimator}_{kernel}_sparse")]);
        }
        expected.extend(["1", "500"].map(|features| format!("{estimator}_{features}")));
    }
    let others = "linear_svr linear_svr_sparse linear_svr_no_intercept linear_svr_1 linear_svr_500 one_class_linear_zero \
        one_class_rbf_zero svr_far one_class_far svr_overflow one_class_overflow svr_without_vectors svr_without_vectors_sparse \
        pipeline pipeline_one_class pipeline_linear grid dict before_0_22 one_class_before_0_22 svr_in_pieces one_class_in_pieces \
        all_forms one_class_joblib transformed_standard transformed_min_max transformed_robust transformed_expm1 \
        transformed_square transformed_not";
    expected.extend(others.split_whitespace().map(str::to_owned));
    let old = "svr_rbf svr_poly_sparse nu_svr_sigmoid one_class_rbf one_class_linear_sparse linear_svr linear_svr_no_intercept pipeline";
    for version in OLD_VERSIONS {
        let expected: BTreeSet<_> = old.split(' ').map(str::to_owned).collect();
        assert_eq!(files(version).into_keys().collect::<BTreeSet<_>>(), expected, "{version}");
        assert_eq!(Golden::of(version).cases.into_keys().collect::<BTreeSet<_>>(), expected, "{version}");
    }
    for version in VERSIONS {
        assert_eq!(files(version).into_keys().collect::<BTreeSet<_>>(), expected, "{version}");
        assert_eq!(Golden::of(version).cases.into_keys().collect::<BTreeSet<_>>(), expected, "{version}");
    }
}

#[test]
fn every_saved_model_answers_as_scikit_learn_does() {
    let mut models = 0;
    for version in VERSIONS.into_iter().chain(OLD_VERSIONS) {
        let golden = Golden::of(version);
        for (case, names) in files(version) {
            let first = loaded(&fixtures().join(version).join(&names[0]));
            for name in names {
                let path = fixtures().join(version).join(&name);
                let loaded = loaded(&path);
                assert_eq!(loaded.model, first.model, "{}", path.display());
                compare(&path, &loaded, golden.rows(&case), &golden.cases[&case]);
                let stored = load::load_bytes(&native::to_bytes(&loaded).unwrap()).unwrap();
                assert_eq!(stored.model, loaded.model, "{}", path.display());
                models += 1;
            }
        }
    }
    assert!(models > 250, "{models}");
}

fn compare(path: &Path, loaded: &Loaded, rows: &[Vec<f64>], expected: &Answered) {
    let (name, model) = (path.display(), &loaded.model);
    let numbers = rows.concat();
    let magnitudes: Vec<_> = rows.iter().map(|row| model.decision_magnitude(row).unwrap()).collect();
    let outputs = [
        (OutputName::Predict, Some(&expected.predict)),
        (OutputName::DecisionFunction, expected.decision_function.as_ref()),
        (OutputName::ScoreSamples, expected.score_samples.as_ref()),
    ];
    // all rows at once, and each alone
    for chunk in [rows.len(), 1] {
        for (output, expected) in outputs {
            let mut answers = Answers::default();
            for rows in numbers.chunks(chunk * model.n_features_in()) {
                let answered = model.answer(rows, Asked::only(output), &mut Scratch::default(), &mut answers);
                assert_eq!(answered.is_ok(), expected.is_some(), "{name}: {output:?}");
            }
            let Some(expected) = expected else { continue };
            if model.target() == Target::Inlier && output == OutputName::Predict {
                let found = answers.labels(output).iter().map(|index| model.target().label(*index).unwrap());
                let expected = expected.iter().map(|side| Label::Integer(side.as_i64().unwrap()));
                assert!(found.eq(expected), "{name}");
                continue;
            }
            let found = answers.numbers(output);
            assert_eq!(found.len(), expected.len(), "{name}: {output:?}");
            for ((found, expected), magnitude) in found.iter().zip(expected).zip(&magnitudes) {
                let expected = number(expected);
                let is_same = *found == expected || (found.is_nan() && expected.is_nan());
                let is_near = (found - expected).abs() <= 1e-12 * magnitude && magnitude.is_finite();
                assert!(is_same || is_near, "{name}: {output:?}: expected {expected:?}, found {found:?}");
            }
        }
    }
}

#[test]
fn the_target_and_the_estimator_are_those_of_the_class() {
    for (case, estimator, target, element) in [
        ("svr_rbf.joblib.z", "SVR", Target::Number, ElementType::Float),
        ("nu_svr_poly.p4", "NuSVR", Target::Number, ElementType::Float),
        ("grid.joblib.z", "NuSVR", Target::Number, ElementType::Float),
        ("linear_svr.p4", "LinearSVR", Target::Number, ElementType::Float),
        ("one_class_poly.p4", "OneClassSVM", Target::Inlier, ElementType::Integer),
        ("pipeline_one_class.joblib.z", "OneClassSVM", Target::Inlier, ElementType::Integer),
    ] {
        let model = loaded(&fixtures().join(NEWEST).join(case)).model;
        assert_eq!((model.estimator().name(), model.target()), (estimator, target), "{case}");
        let predict = model.output(OutputName::Predict).unwrap();
        assert_eq!((predict.element, predict.width), (element, 1), "{case}");
        assert_eq!(model.classes(), None, "{case}");
    }
}

#[test]
fn a_value_of_exactly_zero_is_outside() {
    for kernel in ["linear", "rbf"] {
        let case = format!("one_class_{kernel}_zero");
        let golden = Golden::of(NEWEST);
        let model = loaded(&fixtures().join(NEWEST).join(format!("{case}.joblib.z"))).model;
        let row = golden.rows(&case).last().unwrap();
        let (mut values, mut sides, scratch) = (vec![], vec![], &mut Scratch::default());
        model.decision_function(row, scratch, &mut values).unwrap();
        model.predict(row, scratch, &mut sides).unwrap();
        assert_eq!((values, sides), (vec![0.0], vec![0]), "{case}");
        assert_eq!(golden.cases[&case].predict.last().unwrap(), -1);
    }
}

#[test]
fn names_steps_and_versions_are_kept() {
    for version in VERSIONS {
        let file = |name: &str| loaded(&fixtures().join(version).join(name));
        assert_eq!(file("pipeline.p5").model.feature_names(), ["bmi", "bp", "s5"]);
        assert_eq!(file("pipeline_one_class.joblib.z").model.step_names(), ["StandardScaler", "PCA"]);
        assert_eq!(file("svr_in_pieces").model.step_names(), ["StandardScaler"]);
        assert_eq!(file("grid.joblib.z").provenance.sklearn_version.as_deref(), Some(version));
        assert_eq!(file("before_0_22.joblib.z").provenance.sklearn_version.as_deref(), Some("0.21.3"));
        assert_eq!(file("svr_without_vectors.joblib.z").model.n_support_vectors(), Some(0));
        for case in ["svr_rbf.joblib.z", "one_class_poly.p4", "linear_svr.p4", "pipeline_linear.p2"] {
            assert_eq!(file(case).warnings, <[&str; 0]>::default(), "{case}");
        }
    }
}
