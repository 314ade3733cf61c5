//! From rows to a fitted model.
// Classes are those of the rows; each has its place among those that occur.
#![allow(clippy::indexing_slicing)]

use super::data::{AnswersView, DataView};
use super::preparing::{Prepared, cells_for, prepare, too_large};
use super::recipe::{ClassWeights, EstimatorName, GammaRule, KernelChoice, Recipe};
use super::sigmoid::fit_sigmoid;
use super::split::folds;
use super::watch::{INTERRUPTED, TrainingWatch};
use crate::pipeline::{
    Calibrator, Classes, Estimator, MetaEstimator, Model, Nested, OutputName, Rule, Scratch, Steps, SvrKind,
};
use crate::svc::train::{
    self, Error, Fitted, Objective, Separation, TrainingRows, TrainingSettings, auto_gamma, fit_classes, fit_single,
    scale_gamma,
};
use crate::svc::{Cpu, Kernel};

/// A model, and how it came about.
pub(super) struct FittedModel {
    pub steps: Steps,
    pub estimator: Estimator,
    pub n_support: Vec<usize>,
    pub iterations: u64,
    /// Whether `--max-iter` ended it.
    pub is_unfinished: bool,
}

/// Folds of the cross-validation that the curve of probabilities is fitted to.
pub(super) const CALIBRATION_FOLDS: usize = 5;

impl FittedModel {
    /// The model.
    ///
    /// # Errors
    /// Numbers that are not finite.
    pub fn into_model(self, names: Option<Vec<String>>) -> Result<Model, String> {
        Model::over_numbers(names, self.steps, self.estimator).map_err(|cause| too_large(&cause))
    }
}

/// Fits what the recipe says.
///
/// # Errors
/// Why there is no model.
pub(super) fn fit(recipe: &Recipe, data: DataView<'_>, watch: &TrainingWatch<'_>) -> Result<FittedModel, String> {
    let fitted = fit_without_probability(recipe, data, watch)?;
    match data.answers {
        AnswersView::Classes { of_rows, .. } if recipe.has_probability => {
            calibrate(recipe, data, of_rows, fitted, watch)
        }
        _ => Ok(fitted),
    }
}

fn fit_without_probability(
    recipe: &Recipe,
    data: DataView<'_>,
    watch: &TrainingWatch<'_>,
) -> Result<FittedModel, String> {
    let Prepared { steps, numbers, n_features } = prepare(recipe, data)?;
    let rows = TrainingRows { numbers: &numbers, n_features };
    let settings = settings(recipe, rows);
    let (c, nu) = (recipe.c, recipe.nu);
    let objective = match recipe.estimator {
        EstimatorName::Svc | EstimatorName::NuSvc => {
            let is_nu = recipe.estimator == EstimatorName::NuSvc;
            let separation = if is_nu { Separation::Nu(nu) } else { Separation::C(c) };
            return fit_classifier(recipe, rows, data, separation, &settings, steps, watch);
        }
        EstimatorName::Svr => Objective::Epsilon { c, epsilon: recipe.epsilon },
        EstimatorName::NuSvr => Objective::Nu { c, nu },
        EstimatorName::OneClass => Objective::OneClass { nu },
    };
    let targets = if let AnswersView::Numbers(numbers) = data.answers { numbers } else { &[] };
    let fitted =
        fit_single(rows, targets, data.weights, objective, &settings, watch).map_err(|cause| failure(&cause))?;
    let Fitted { parts, iterations, is_unfinished, support } = fitted;
    let estimator = match objective {
        Objective::Epsilon { .. } => Estimator::of_svr(SvrKind::Epsilon, parts),
        Objective::Nu { .. } => Estimator::of_svr(SvrKind::Nu, parts),
        Objective::OneClass { .. } => Estimator::of_one_class(parts),
    };
    let estimator = estimator.map_err(|cause| too_large(&cause))?;
    let iterations = iterations.iter().sum();
    Ok(FittedModel { steps, estimator, n_support: vec![support.len()], iterations, is_unfinished })
}

/// The classes that occur among the rows, each with its place among all.
fn present(labels: &Classes, of_rows: &[usize]) -> Vec<usize> {
    let mut is_present = vec![false; labels.len()];
    of_rows.iter().for_each(|class| is_present[*class] = true);
    (0..labels.len()).filter(|class| is_present[*class]).collect()
}

/// Some of the labels.
fn labels_at(labels: &Classes, places: &[usize]) -> Classes {
    fn at<T: Clone>(labels: &[T], places: &[usize]) -> Vec<T> {
        places.iter().filter_map(|place| labels.get(*place)).cloned().collect()
    }
    match labels {
        Classes::Integer(labels) => Classes::Integer(at(labels, places)),
        Classes::String(labels) => Classes::String(at(labels, places)),
        Classes::Boolean(labels) => Classes::Boolean(at(labels, places)),
        Classes::Float(labels) => Classes::Float(at(labels, places)),
    }
}

fn fit_classifier(
    recipe: &Recipe,
    rows: TrainingRows<'_>,
    data: DataView<'_>,
    separation: Separation,
    settings: &TrainingSettings,
    steps: Steps,
    watch: &TrainingWatch<'_>,
) -> Result<FittedModel, String> {
    let AnswersView::Classes { labels: all_labels, of_rows } = data.answers else {
        return Err("expected classes to learn from, found none".to_owned());
    };
    // a class of which all rows were held out is unknown to the model, as in scikit-learn
    let present = present(all_labels, of_rows);
    let mut places = vec![0; all_labels.len()];
    present.iter().enumerate().for_each(|(place, class)| places[*class] = place);
    let classes: Vec<usize> = of_rows.iter().map(|class| places[*class]).collect();
    let labels = labels_at(all_labels, &present);
    let weights = match &recipe.class_weights {
        given @ ClassWeights::Given(_) => {
            let weights = given.of(all_labels, of_rows)?;
            present.iter().map(|class| weights[*class]).collect()
        }
        other => other.of(&labels, &classes)?,
    };
    let fitted = fit_classes(rows, &classes, &weights, data.weights, separation, settings, watch);
    let Fitted { parts, iterations, is_unfinished, .. } = fitted.map_err(|cause| failure(&cause))?;
    let n_support = parts.n_support.clone();
    let estimator = Estimator::of_svc(labels, parts).map_err(|cause| too_large(&cause))?;
    Ok(FittedModel { steps, estimator, n_support, iterations: iterations.iter().sum(), is_unfinished })
}

fn settings(recipe: &Recipe, rows: TrainingRows<'_>) -> TrainingSettings {
    let gamma = match recipe.gamma {
        GammaRule::Scale => scale_gamma(rows),
        GammaRule::Auto => auto_gamma(rows.n_features),
        GammaRule::Number(gamma) => gamma,
    };
    let (coef0, degree) = (recipe.coef0, recipe.degree);
    TrainingSettings {
        kernel: match recipe.kernel {
            KernelChoice::Linear => Kernel::Linear,
            KernelChoice::Poly => Kernel::Poly { gamma, coef0, degree },
            KernelChoice::Rbf => Kernel::Rbf { gamma },
            KernelChoice::Sigmoid => Kernel::Sigmoid { gamma, coef0 },
        },
        tol: recipe.tol,
        shrinking: recipe.shrinking,
        iterations_max: recipe.iterations_max,
        cache_bytes: recipe.cache_bytes,
        threads: recipe.threads,
        cpu: Cpu::best(),
    }
}

/// Puts a curve behind a classifier, fitted to what classifiers say of rows that they have not seen.
///
/// # Source
/// scikit-learn, `CalibratedClassifierCV` with `ensemble=False`.
fn calibrate(
    recipe: &Recipe,
    data: DataView<'_>,
    of_rows: &[usize],
    fitted: FittedModel,
    watch: &TrainingWatch<'_>,
) -> Result<FittedModel, String> {
    let FittedModel { steps, estimator, n_support, iterations, is_unfinished } = fitted;
    let Estimator::Svc { classes: labels, .. } = &estimator else { return Err("expected classes".to_owned()) };
    let labels = labels.clone();
    let AnswersView::Classes { labels: all_labels, .. } = data.answers else {
        return Err("expected classes".to_owned());
    };
    let present = present(all_labels, of_rows);
    let rarest = present.iter().map(|class| of_rows.iter().filter(|other| *other == class).count()).min();
    if rarest.unwrap_or_default() < CALIBRATION_FOLDS {
        return Err(format!(
            "--probability: expected at least {CALIBRATION_FOLDS} rows of each class to train on, found {}",
            rarest.unwrap_or_default()
        ));
    }
    let fold_of = folds(of_rows.len(), CALIBRATION_FOLDS, Some(of_rows));
    let width = if labels.len() == 2 { 1 } else { labels.len() };
    let mut values = vec![0.0; of_rows.len() * width];
    let mut more_iterations = 0;
    for fold in 0..CALIBRATION_FOLDS {
        let part = data.select(|row| fold_of[row] != fold);
        let of_fold = fit_without_probability(recipe, part.view(0..part.count()), watch)?;
        more_iterations += of_fold.iterations;
        let model = of_fold.into_model(None)?;
        let held_out = data.select(|row| fold_of[row] == fold);
        let cells = cells_for(model.columns(), held_out.view(0..held_out.count()));
        let (mut scratch, mut of_rows) = (Scratch::default(), Vec::new());
        model
            .numbers(OutputName::DecisionFunction, &cells, &mut scratch, &mut of_rows)
            .map_err(|cause| too_large(&cause))?;
        let places = (0..fold_of.len()).filter(|row| fold_of[*row] == fold);
        for (row, of_row) in places.zip(of_rows.chunks_exact(width)) {
            values[row * width..(row + 1) * width].copy_from_slice(of_row);
        }
    }
    let curves = (0..width).map(|column| {
        let class = present[if width == 1 { 1 } else { column }];
        let of_class: Vec<f64> = values.iter().skip(column).step_by(width).copied().collect();
        let is_positive: Vec<bool> = of_rows.iter().map(|other| *other == class).collect();
        Calibrator::Sigmoid(fit_sigmoid(&of_class, &is_positive, data.weights))
    });
    let rule = Rule::Calibrated(vec![curves.collect()]);
    let first = Box::new(Nested { steps, estimator });
    let estimator = Estimator::Meta(MetaEstimator { classes: labels, first, others: Vec::new(), rule });
    let iterations = iterations + more_iterations;
    Ok(FittedModel { steps: Steps::default(), estimator, n_support, iterations, is_unfinished })
}

fn failure(cause: &train::Error) -> String {
    match cause {
        Error::Infeasible(cause) => cause.to_string(),
        Error::Stopped => INTERRUPTED.to_owned(),
    }
}
