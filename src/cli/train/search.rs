//! Cross-validation, and the search for the best of a grid.

use serde::Serialize;

use super::data::DataView;
use super::fitting::{CALIBRATION_FOLDS, fit};
use super::recipe::{EstimatorName, Recipe};
use super::scores::HeldOutScores;
use super::split::folds;
use super::watch::TrainingWatch;

/// One combination of a grid, and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TriedRecipe {
    pub parameters: String,
    pub mean_score: f64,
    pub scores: Vec<f64>,
}

/// The score of each fold, by models that were fitted to the others.
///
/// # Errors
/// Why there is none.
///
/// # Source
/// scikit-learn, `cross_val_score` with folds that are not shuffled.
pub(super) fn cross_validate(
    recipe: &Recipe,
    data: DataView<'_>,
    n_folds: usize,
    watch: &TrainingWatch<'_>,
) -> Result<Vec<f64>, String> {
    let n_rows = data.rows.count();
    let largest = data.classes().map_or(n_rows, |classes| {
        let n_classes = classes.iter().max().map_or(0, |class| class + 1);
        let counts = (0..n_classes).map(|class| classes.iter().filter(|other| **other == class).count());
        counts.max().unwrap_or_default()
    });
    if largest < n_folds {
        return Err(format!("--cv: expected at most {largest} folds for so few rows, found {n_folds}"));
    }
    let fold_of = folds(n_rows, n_folds, data.classes());
    let is_of = |fold: usize| {
        let fold_of = &fold_of;
        move |row: usize| fold_of.get(row) == Some(&fold)
    };
    let score = |fold: usize| {
        let part = data.select(|row| !is_of(fold)(row));
        let model = fit(recipe, part.view(0..part.count()), watch)?.into_model(None)?;
        let held_out = data.select(is_of(fold));
        Ok(HeldOutScores::of(&model, held_out.view(0..held_out.count()))?.main().1)
    };
    (0..n_folds).map(score).collect()
}

/// Tries all recipes. Returns the place of the best one (of equals, the first) and the scores of all.
///
/// # Errors
/// As [`cross_validate`].
///
/// # Source
/// scikit-learn, `GridSearchCV`.
pub(super) fn search(
    recipes: &[(String, Recipe)],
    data: DataView<'_>,
    n_folds: usize,
    watch: &TrainingWatch<'_>,
) -> Result<(usize, Vec<TriedRecipe>), String> {
    let mut tried: Vec<TriedRecipe> = Vec::new();
    for (parameters, recipe) in recipes {
        let scores = cross_validate(recipe, data, n_folds, watch).map_err(|cause| format!("{parameters}: {cause}"))?;
        tried.push(TriedRecipe { parameters: parameters.clone(), mean_score: mean(&scores), scores });
    }
    let mut best = 0;
    for (place, recipe) in tried.iter().enumerate() {
        if tried.get(best).is_some_and(|best| recipe.mean_score > best.mean_score) {
            best = place;
        }
    }
    Ok((best, tried))
}

/// The mean of some scores.
pub(super) fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

/// Problems to solve for one fit.
pub(super) fn problems_of(recipe: &Recipe, n_classes: usize) -> usize {
    let n_fits = if recipe.has_probability { 1 + CALIBRATION_FOLDS } else { 1 };
    match recipe.estimator {
        EstimatorName::Svc | EstimatorName::NuSvc => n_fits * n_classes * n_classes.saturating_sub(1) / 2,
        _ => 1,
    }
}
