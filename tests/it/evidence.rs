//! What the support vectors of all fixtures say about scalers, with the steps that the models have and without them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::pickles::load_fixture;
use svcd::pipeline::{Estimator, Evidence, Model, Steps};

/// All models of tests/fixtures, by their path there; of pickles without the version and the form in which they were saved.
fn models() -> Vec<(String, Model)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut models = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if is_model(name) {
                let loaded = load_fixture(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
                models.push((case(name), loaded.model));
            }
        }
    }
    models
}

fn is_model(name: &str) -> bool {
    let is_libsvm_answer = name.starts_with("libsvm/") && name.ends_with(".json") && !name.ends_with(".parts.json");
    !is_libsvm_answer
        && !name.ends_with(".expected.json")
        && !name.ends_with("README.md")
        && name != "csv.jsonl"
        && name != "training.json"
        && !name.contains("/refused/")
        // compared as whole models by the tests of pieces, and of wrappers
        && !["pieces/", "steps/", "tables/", "text/", "trees/", "explain/"].iter().any(|group| name.starts_with(group))
        // random rows, which look standardised
        && !name.starts_with("targets/")
        && !name.contains("/pieces_")
}

fn case(name: &str) -> String {
    match name.split('/').collect::<Vec<_>>()[..] {
        [folder @ ("pickle" | "wrappers"), _, file] => format!("{folder}/{}", file.split('.').next().unwrap()),
        _ => name.to_owned(),
    }
}

fn kind(evidence: Evidence) -> String {
    match evidence {
        Evidence::OtherScaler { scaler, .. } => scaler.to_owned(),
        other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
    }
}

/// Case, last step before the SVC, and what the support vectors say, once for each case.
type Verdict = (String, &'static str, String);

fn verdicts(models: impl IntoIterator<Item = (String, Model, &'static str)>) -> Vec<Verdict> {
    let verdict = |model: &Model| Evidence::of(model).map_or("-".to_owned(), kind);
    let found = models.into_iter().map(|(name, model, last_step)| (name, last_step, verdict(&model)));
    found.collect::<BTreeSet<_>>().into_iter().collect()
}

fn listed(verdicts: &[(&str, &'static str, &str)]) -> Vec<Verdict> {
    verdicts.iter().map(|(name, step, kind)| ((*name).to_owned(), *step, (*kind).to_owned())).collect()
}

#[test]
fn models_with_their_own_steps_are_no_alarm() {
    let models: Vec<_> = models()
        .into_iter()
        .map(|(name, model)| {
            let last_step = last_step(&model);
            (name, model, last_step)
        })
        .collect();
    assert!(models.len() > 450, "{}", models.len());
    let mut verdicts = verdicts(models);
    verdicts.retain(|(_, _, kind)| kind != "-");
    assert_eq!(verdicts, listed(NORMAL_BY_NATURE));
}

/// LIBSVM's models of rows that a script drew around random centres near 0, with deviations of 1 to 2. They look as if a scaler had
/// made them, and nothing in the file tells that none did. The sparse models of scikit-learn were fitted on such rows too; none of
/// its models of real data is here.
const NORMAL_BY_NATURE: &[(&str, &str, &str)] = &[
    ("libsvm/above_one_class_linear.model", "-", "Standardised"),
    ("libsvm/above_polynomial.model", "-", "Standardised"),
    ("libsvm/above_rbf.model", "-", "Standardised"),
    ("libsvm/above_sigmoid.model", "-", "NearlyStandardised"),
    ("libsvm/above_svr_rbf.model", "-", "Standardised"),
    ("libsvm/digits_rounded.model", "-", "Standardised"),
    ("libsvm/labels_swapped.model", "-", "NearlyStandardised"),
    ("libsvm/labels_unsorted.model", "-", "Standardised"),
    ("libsvm/linear_5.model", "-", "Standardised"),
    ("libsvm/nu_linear_3.model", "-", "Standardised"),
    ("libsvm/nu_polynomial_2.model", "-", "NearlyStandardised"),
    ("libsvm/nu_probability_3.model", "-", "NearlyStandardised"),
    ("libsvm/nu_rbf_5.model", "-", "Standardised"),
    ("libsvm/nu_sigmoid_3.model", "-", "Standardised"),
    ("libsvm/nu_svr_linear.model", "-", "Standardised"),
    ("libsvm/nu_svr_polynomial.model", "-", "Standardised"),
    ("libsvm/nu_svr_rbf.model", "-", "Standardised"),
    ("libsvm/one_class_polynomial.model", "-", "Standardised"),
    ("libsvm/one_class_rbf.model", "-", "Standardised"),
    ("libsvm/one_class_sigmoid.model", "-", "Standardised"),
    ("libsvm/polynomial_3.model", "-", "NearlyStandardised"),
    ("libsvm/polynomial_degree_0.model", "-", "Standardised"),
    ("libsvm/probability_3.model", "-", "Standardised"),
    ("libsvm/probability_5.model", "-", "Standardised"),
    ("libsvm/rbf_3.model", "-", "NearlyStandardised"),
    ("libsvm/rbf_5.model", "-", "Standardised"),
    ("libsvm/sigmoid_5.model", "-", "Standardised"),
    ("libsvm/svr_noise.model", "-", "Standardised"),
    ("libsvm/svr_polynomial.model", "-", "Standardised"),
    ("libsvm/svr_rbf.model", "-", "NearlyStandardised"),
    ("libsvm/written_polynomial_3.model", "-", "Standardised"),
    ("libsvm/written_polynomial_3.parts.json", "-", "Standardised"),
    ("libsvm/written_sigmoid_2.model", "-", "NearlyStandardised"),
    ("libsvm/written_sigmoid_2.parts.json", "-", "NearlyStandardised"),
    ("libsvm/zeros.model", "-", "Standardised"),
    ("pickle/sparse_grid", "-", "NearlyStandardised"),
    ("pickle/sparse_linear_2", "-", "NearlyStandardised"),
    ("pickle/sparse_linear_3", "-", "NearlyStandardised"),
    ("pickle/sparse_nu", "-", "NearlyStandardised"),
    ("pickle/sparse_poly_2", "-", "NearlyStandardised"),
    ("pickle/sparse_poly_3", "-", "NearlyStandardised"),
    ("pickle/sparse_rbf_2", "-", "NearlyStandardised"),
    ("pickle/sparse_rbf_3", "-", "NearlyStandardised"),
    ("pickle/sparse_sigmoid_2", "-", "NearlyStandardised"),
    ("pickle/sparse_sigmoid_3", "-", "NearlyStandardised"),
];

#[test]
fn models_without_their_steps_are_an_alarm_where_the_last_was_a_scaler_to_one_scale() {
    let bare = models().into_iter().filter_map(|(name, model)| {
        let last_step = last_step(&model);
        Some((name, without_steps(model)?, last_step))
    });
    assert_eq!(verdicts(bare), listed(BARE));
}

/// The name of the step whose output the SVC was trained on.
fn last_step(model: &Model) -> &'static str {
    model.step_names().last().copied().unwrap_or("-")
}

/// The SVC alone, if there was anything before it.
fn without_steps(model: Model) -> Option<Model> {
    if model.step_names().is_empty() {
        return None;
    }
    let mut estimator = model.into_estimator();
    while let Estimator::Meta(meta) = estimator {
        estimator = meta.first.estimator;
    }
    Some(Model::over_numbers(None, Steps::default(), estimator).unwrap())
}

const BARE: &[(&str, &str, &str)] = &[
    ("golden/extreme_sigmoid.json", "StandardScaler", "Standardised"),
    ("golden/five_sigmoid_ovo.json", "StandardScaler", "Standardised"),
    ("golden/probability_four.json", "StandardScaler", "Standardised"),
    ("golden/probability_steps.json", "StandardScaler", "Standardised"),
    // from -1 to 1, and not wide enough for a deviation of 1
    ("golden/steps_chain.json", "MaxAbsScaler", "NearlyStandardised"),
    ("golden/steps_chain_reversed.json", "StandardScaler", "Standardised"),
    // wine has no column from 0 on
    ("golden/steps_max_abs.json", "MaxAbsScaler", "-"),
    ("golden/steps_max_abs_clip.json", "MaxAbsScaler", "-"),
    ("golden/steps_min_max.json", "MinMaxScaler", "MinMax"),
    // a range from -1 to 2.5
    ("golden/steps_min_max_clip.json", "MinMaxScaler", "Standardised"),
    ("golden/steps_nested.json", "StandardScaler", "Standardised"),
    ("golden/steps_robust.json", "RobustScaler", "Standardised"),
    // only shifted, only divided, or neither
    ("golden/steps_robust_no_centering.json", "RobustScaler", "-"),
    ("golden/steps_robust_no_scaling.json", "RobustScaler", "-"),
    ("golden/steps_standard.json", "StandardScaler", "Standardised"),
    ("golden/steps_standard_neither.json", "StandardScaler", "-"),
    ("golden/steps_standard_no_mean.json", "StandardScaler", "-"),
    ("golden/steps_standard_no_std.json", "StandardScaler", "-"),
    ("golden/two_sigmoid.json", "StandardScaler", "Standardised"),
    ("model_bin_1/calibrated_pipelines.bin", "StandardScaler", "Standardised"),
    ("model_bin_1/pipeline.bin", "StandardScaler", "Standardised"),
    // the members that are fitted on two classes have three support vectors
    ("pickle/calibrated_averaged_two", "StandardScaler", "-"),
    ("pickle/calibrated_pipelines", "StandardScaler", "Standardised"),
    ("pickle/calibrated_prefit", "StandardScaler", "Standardised"),
    ("pickle/calibrated_single_two", "StandardScaler", "-"),
    // the outermost rows of iris are no support vectors
    ("pickle/grid", "MinMaxScaler", "-"),
    ("pickle/grid", "StandardScaler", "Standardised"),
    // shifted, then only divided
    ("pickle/half_scalers", "RobustScaler", "NearlyStandardised"),
    // a LinearSVC has no support vectors
    ("pickle/linear_grid", "RobustScaler", "-"),
    ("pickle/linear_pipeline", "MinMaxScaler", "-"),
    // behind a scaler, or with a whitening of its own
    ("pickle/pca", "PCA", "Standardised"),
    ("pickle/pca_all", "PCA", "-"),
    ("pickle/pca_calibrated", "PCA", "Standardised"),
    ("pickle/pca_far", "StandardScaler", "Standardised"),
    ("pickle/pca_float32", "PCA", "Standardised"),
    ("pickle/pca_inside", "PCA", "-"),
    ("pickle/pca_linear", "PCA", "-"),
    ("pickle/pca_small_variance", "StandardScaler", "Standardised"),
    ("pickle/pca_whiten", "PCA", "Standardised"),
    ("pickle/pipeline", "StandardScaler", "Standardised"),
    ("pickle/pipeline_of_search", "StandardScaler", "Standardised"),
    ("pickle/scalers", "MaxAbsScaler", "NearlyStandardised"),
    ("pickle/scalers", "StandardScaler", "Standardised"),
    ("pickle/sparse_pipeline", "RobustScaler", "-"),
    ("wrappers/frozen", "StandardScaler", "Standardised"),
    ("wrappers/frozen_isotonic", "StandardScaler", "-"),
    ("wrappers/frozen_step", "StandardScaler", "-"),
    ("wrappers/grid_of_rest", "StandardScaler", "Standardised"),
    ("wrappers/halving_random", "StandardScaler", "Standardised"),
    ("wrappers/imbalanced", "StandardScaler", "Standardised"),
    ("wrappers/imbalanced_first", "MinMaxScaler", "-"),
    ("wrappers/imbalanced_grid", "StandardScaler", "-"),
    ("wrappers/isotonic_prefit", "StandardScaler", "-"),
    ("wrappers/isotonic_single", "MinMaxScaler", "MinMax"),
    ("wrappers/rest_pipelines", "StandardScaler", "Standardised"),
    ("wrappers/rest_ten", "StandardScaler", "Standardised"),
    ("wrappers/sgd_squared", "StandardScaler", "-"),
    ("wrappers/sigmoid_sgd", "StandardScaler", "-"),
    ("wrappers/tuned", "StandardScaler", "-"),
];
