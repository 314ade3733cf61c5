//! Selections of columns: which ones are kept, computed as scikit-learn computes it from what the selection stores.

use super::attributes::{Attributes, File};
use super::importances;
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Value, printable};
use crate::pipeline::{Select, Selector, Step};

/// `SelectKBest`, `SelectPercentile`, `SelectFpr`, `SelectFdr`, `SelectFwe` or `GenericUnivariateSelect`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit. The other readers here do the same.
pub(super) fn univariate(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let select = Attributes::known(file, id, UNIVARIATE)?;
    let name = select.class.name();
    let (selector, mode, parameter) = match name {
        "SelectKBest" => (Selector::KBest, "k_best".to_owned(), "k"),
        "SelectPercentile" => (Selector::Percentile, "percentile".to_owned(), "percentile"),
        "SelectFpr" => (Selector::Fpr, "fpr".to_owned(), "alpha"),
        "SelectFdr" => (Selector::Fdr, "fdr".to_owned(), "alpha"),
        "SelectFwe" => (Selector::Fwe, "fwe".to_owned(), "alpha"),
        _ => (Selector::GenericUnivariate, select.text("mode")?, "param"),
    };
    let kept = match mode.as_str() {
        "k_best" => {
            let scores = select.vector("scores_")?;
            if is_all(&select, parameter)? {
                vec![true; scores.len()]
            } else {
                k_best(&scores, select.count(parameter)?)
            }
        }
        "percentile" => {
            let percentile = select.number(parameter)?;
            if !(0.0..=100.0).contains(&percentile) {
                return Err(select.error(parameter, format!("expected a number from 0 to 100, found {percentile:?}")));
            }
            percentile_kept(&select.vector("scores_")?, percentile)
        }
        "fpr" | "fdr" | "fwe" => by_p_values(&select.vector("pvalues_")?, mode.as_str(), select.number(parameter)?),
        other => {
            let expected = "expected `k_best`, `percentile`, `fpr`, `fdr` or `fwe`";
            return Err(select.error("mode", format!("{expected}, found `{}`", printable(other.chars()))));
        }
    };
    step(&select, selector, &kept)
}

/// A `VarianceThreshold`.
pub(super) fn variance_threshold(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let select = Attributes::known(file, id, &["threshold", "variances_"])?;
    let threshold = select.number("threshold")?;
    let kept: Vec<_> = select.vector("variances_")?.into_iter().map(|variance| variance > threshold).collect();
    step(&select, Selector::VarianceThreshold, &kept)
}

/// An `RFE`, `RFECV` or `SequentialFeatureSelector`, which store what they keep.
pub(super) fn with_support(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let select = Attributes::known(file, id, WITH_SUPPORT)?;
    let selector = match select.class.name() {
        "RFE" => Selector::Rfe,
        "RFECV" => Selector::Rfecv,
        _ => Selector::Sequential,
    };
    let kept: Vec<_> = select.vector("support_")?.into_iter().map(|kept| kept != 0.0).collect();
    step(&select, selector, &kept)
}

/// The estimator that an `RFE` or `RFECV` has fitted on the columns it keeps.
pub(super) fn estimator(file: &File<'_>, id: Id) -> Result<Id, Error> {
    Attributes::known(file, id, WITH_SUPPORT)?.require("estimator_")
}

/// A `SelectFromModel`.
///
/// # Errors
/// [`Error::NotServed`] also for a model whose weights are not stored.
pub(super) fn from_model(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let select = Attributes::known(file, id, FROM_MODEL)?;
    // since 0.24
    if select.get("importance_getter").is_some_and(|id| !file.values().is_text(id, "auto")) {
        return Err(Error::NotServed(format!(
            "the SelectFromModel's importance_getter is {}: svcd computes what `auto` takes from coef_; save the SVM and the columns \
             of get_support() instead",
            file.values().describe(select.require("importance_getter")?)
        )));
    }
    let norm_order = select.number("norm_order")?;
    // with prefit, before 1.1, there is no other
    let fitted = select.require(select.first_present("estimator_", "estimator"))?;
    let (importances, threshold) = importances::of(&select, fitted, norm_order)?;
    let mut kept: Vec<_> =
        importances.iter().map(|importance| threshold.is_nan() || *importance >= threshold).collect();
    if select.get("max_features").is_some_and(|id| !matches!(file.values().get(id), Value::None)) {
        let count = select.count(select.first_present("max_features_", "max_features"))?;
        for place in descending(&importances).into_iter().skip(count) {
            if let Some(kept) = kept.get_mut(place) {
                *kept = false;
            }
        }
    }
    step(&select, Selector::FromModel, &kept)
}

/// The selection of the columns that are `kept`.
fn step(select: &Attributes<'_, '_>, selector: Selector, kept: &[bool]) -> Result<Step, Error> {
    select.check_width("its mask", kept.len())?;
    let columns: Vec<_> = (0..kept.len()).zip(kept).filter(|(_, kept)| **kept).map(|(column, _)| column).collect();
    if columns.is_empty() {
        let name = select.class.name();
        return Err(Error::NotServed(format!(
            "the {name} keeps none of its {} columns: nothing is left for the SVM",
            kept.len()
        )));
    }
    Ok(Step::Select(Select { selector, n_features_in: kept.len(), columns }))
}

fn is_all(select: &Attributes<'_, '_>, name: &str) -> Result<bool, Error> {
    Ok(select.file.values().is_text(select.require(name)?, "all"))
}

/// The `k` best scores; of equal ones the later column.
fn k_best(scores: &[f64], k: usize) -> Vec<bool> {
    let mut kept = vec![false; scores.len()];
    let scores = without_nan(scores);
    let mut places: Vec<_> = (0..scores.len()).collect();
    places.sort_by(|a, b| compared(&scores, *a, *b));
    for place in places.into_iter().rev().take(k) {
        if let Some(kept) = kept.get_mut(place) {
            *kept = true;
        }
    }
    kept
}

/// Places of the numbers from the largest on; of equal ones the earlier first.
fn descending(numbers: &[f64]) -> Vec<usize> {
    let mut places: Vec<_> = (0..numbers.len()).collect();
    places.sort_by(|a, b| compared(numbers, *b, *a));
    places
}

fn compared(numbers: &[f64], a: usize, b: usize) -> std::cmp::Ordering {
    numbers.get(a).partial_cmp(&numbers.get(b)).unwrap_or(std::cmp::Ordering::Equal)
}

/// Scores above the percentile, and of those at it so many of the first that `percentile` of all are kept.
fn percentile_kept(scores: &[f64], percentile: f64) -> Vec<bool> {
    if percentile == 100.0 || percentile == 0.0 {
        return vec![percentile == 100.0; scores.len()];
    }
    let scores = without_nan(scores);
    let threshold = percentile_of(&scores, 100.0 - percentile);
    let mut kept: Vec<_> = scores.iter().map(|score| *score > threshold).collect();
    // as Python's int cuts it
    let most = (scores.len() as f64 * percentile / 100.0) as usize;
    let ties = most.saturating_sub(kept.iter().filter(|kept| **kept).count());
    let at_threshold = kept.iter_mut().zip(&scores).filter(|(_, score)| **score == threshold);
    at_threshold.take(ties).for_each(|(kept, _)| *kept = true);
    kept
}

/// NaN stands for the lowest number.
fn without_nan(scores: &[f64]) -> Vec<f64> {
    scores.iter().map(|score| if score.is_nan() { f64::MIN } else { *score }).collect()
}

/// NumPy's `percentile`: linear between the two nearest numbers.
fn percentile_of(numbers: &[f64], percentile: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1)) as f64 * (percentile / 100.0);
    let (below, share) = (place.floor() as usize, place - place.floor());
    let at = |place: usize| sorted.get(place).or(sorted.last()).copied().unwrap_or_default();
    let (a, b) = (at(below), at(below.saturating_add(1)));
    if share >= 0.5 { b - (b - a) * (1.0 - share) } else { a + (b - a) * share }
}

fn by_p_values(p_values: &[f64], mode: &str, alpha: f64) -> Vec<bool> {
    let count = p_values.len() as f64;
    let is_kept = |p: f64| match mode {
        "fpr" => p < alpha,
        _ => p < alpha / count,
    };
    if mode != "fdr" {
        return p_values.iter().map(|p| is_kept(*p)).collect();
    }
    // Benjamini and Hochberg (1995): the largest that is below its share of alpha, and all below it
    let mut sorted: Vec<_> = p_values.iter().copied().filter(|p| !p.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let below = sorted.iter().zip(1_u32..).filter(|(p, rank)| **p <= alpha / count * f64::from(*rank));
    let largest = below.map(|(p, _)| *p).last();
    p_values.iter().map(|p| largest.is_some_and(|largest| *p <= largest)).collect()
}

/// The attributes of scikit-learn 0.18 to 1.9. So it is with the next two.
const UNIVARIATE: &[&str] = &["alpha", "k", "mode", "param", "percentile", "pvalues_", "score_func", "scores_"];

const WITH_SUPPORT: &[&str] = &[
    "cv",
    "cv_results_",
    "direction",
    "estimator",
    "estimator_",
    "estimator_params",
    "grid_scores_",
    "importance_getter",
    "min_features_to_select",
    "n_features_",
    "n_features_to_select",
    "n_features_to_select_",
    "n_jobs",
    "ranking_",
    "scores_",
    "scoring",
    "step",
    "support_",
    "tol",
    "verbose",
];

const FROM_MODEL: &[&str] = &[
    "estimator",
    "estimator_",
    "importance_getter",
    "max_features",
    "max_features_",
    "norm_order",
    "prefit",
    "threshold",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn places(kept: Vec<bool>) -> Vec<usize> {
        (0..kept.len()).filter(|place| kept[*place]).collect()
    }

    #[test]
    fn of_equal_scores_k_best_keeps_the_later_and_nan_is_the_lowest() {
        assert_eq!(places(k_best(&[2.0, 1.0, 2.0, 2.0], 2)), [2, 3]);
        assert_eq!(places(k_best(&[f64::NAN, 1.0, -5.0], 2)), [1, 2]);
        assert_eq!(places(k_best(&[1.0, 2.0], 9)), [0, 1]);
        assert_eq!(places(k_best(&[1.0, 2.0], 0)), [0; 0]);
    }

    #[test]
    fn a_percentile_keeps_of_equal_scores_the_first() {
        assert_eq!(places(percentile_kept(&[1.0, 3.0, 2.0, 3.0, 3.0], 40.0)), [1, 3]);
        assert_eq!(places(percentile_kept(&[1.0, 2.0, 3.0, 4.0], 50.0)), [2, 3]);
        assert_eq!(places(percentile_kept(&[1.0, 2.0], 0.0)), [0; 0]);
        assert_eq!(places(percentile_kept(&[1.0, f64::NAN], 100.0)), [0, 1]);
    }

    #[test]
    fn p_values_are_bounded_each_all_together_or_by_rank() {
        let p_values = [0.01, 0.04, f64::NAN, 0.03, 0.2];
        assert_eq!(places(by_p_values(&p_values, "fpr", 0.04)), [0, 3]);
        assert_eq!(places(by_p_values(&p_values, "fwe", 0.06)), [0]);
        // 0.04 is the third, and 0.04 <= 0.07 / 5 * 3 but 0.03 > 0.07 / 5 * 2
        assert_eq!(places(by_p_values(&p_values, "fdr", 0.07)), [0, 1, 3]);
        assert_eq!(places(by_p_values(&p_values, "fdr", 0.001)), [0; 0]);
    }
}
