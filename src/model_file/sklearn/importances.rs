//! What a `SelectFromModel` judges columns by: the weights of the model inside, and the threshold.

use super::attributes::{Attributes, DenseMatrix};
use super::csr;
use crate::model_file::Error;
use crate::model_file::pickle::{ClassKind, Id, Value};
use crate::svc::pairwise_sum;

/// The importance of each column to the model `fitted`, and below which a column is dropped.
///
/// # Errors
/// [`Error::NotServed`] for a model without stored weights; [`Error::Attribute`] for attributes that do not fit.
pub(super) fn of(select: &Attributes<'_, '_>, fitted: Id, norm_order: f64) -> Result<(Vec<f64>, f64), Error> {
    let file = select.file;
    let no_weights = || {
        Error::NotServed(format!(
            "the SelectFromModel judges columns by {}, whose weights are not in the file as coef_: svcd reads those of linear models \
             such as LinearSVC, LogisticRegression and Lasso; save the SVM alone, and send the columns of get_support()",
            file.values().describe(fitted)
        ))
    };
    if file.class(fitted).is_none_or(|class| class.kind() != ClassKind::OtherEstimator) {
        return Err(no_weights());
    }
    let model = Attributes::any(file, fitted)?;
    let Some(coef) = model.get("coef_") else { return Err(no_weights()) };
    let importances = match file.values().get(coef) {
        _ if csr::is_csr(&model, "coef_") => of_rows(select, &csr::dense(&model, "coef_")?, norm_order)?,
        _ => match model.dimensions("coef_")? {
            1 => model.vector("coef_")?.into_iter().map(f64::abs).collect(),
            _ => of_rows(select, &model.matrix("coef_")?, norm_order)?,
        },
    };
    if let Some(place) = importances.iter().position(|importance| !importance.is_finite()) {
        return Err(model.error("coef_", format!("expected finite numbers, found another in column {place}")));
    }
    let threshold = threshold(select, &model, &importances)?;
    Ok((importances, threshold))
}

/// The norm of each column, over several scores.
fn of_rows(select: &Attributes<'_, '_>, coef: &DenseMatrix, norm_order: f64) -> Result<Vec<f64>, Error> {
    let column = |column: usize| coef.numbers.iter().skip(column).step_by(coef.columns).map(|weight| weight.abs());
    let norm = |place: usize| match norm_order {
        1.0 => Some(column(place).fold(0.0, |sum, weight| sum + weight)),
        2.0 => Some(column(place).fold(0.0, |sum, weight| sum + weight * weight).sqrt()),
        f64::INFINITY => Some(column(place).fold(0.0, f64::max)),
        _ => None,
    };
    let norms: Option<Vec<_>> = (0..coef.columns).map(norm).collect();
    norms.ok_or_else(|| select.error("norm_order", format!("expected 1, 2 or infinity, found {norm_order:?}")))
}

fn threshold(select: &Attributes<'_, '_>, model: &Attributes<'_, '_>, importances: &[f64]) -> Result<f64, Error> {
    let values = select.file.values();
    let id = select.require("threshold")?;
    match values.get(id) {
        Value::None if is_sparse_by_penalty(model)? => Ok(OF_L1),
        Value::None => Ok(mean(importances)),
        Value::Text(_) => {
            let text = select.text("threshold")?;
            let (scale, reference) = match text.split_once('*') {
                Some((scale, reference)) => (scale.trim().parse().ok(), reference.trim()),
                None => (Some(1.0), text.as_str()),
            };
            match (scale, reference) {
                (Some(scale), "mean") => Ok(scale * mean(importances)),
                (Some(scale), "median") => Ok(scale * median(importances)),
                _ => {
                    let expected = "expected `mean`, `median`, a multiple of one, or a number";
                    Err(select.error("threshold", format!("{expected}, found {}", values.describe(id))))
                }
            }
        }
        _ => select.number("threshold"),
    }
}

/// Whether the model's penalty makes weights zero, for which scikit-learn has another threshold.
fn is_sparse_by_penalty(model: &Attributes<'_, '_>) -> Result<bool, Error> {
    let (values, name) = (model.file.values(), model.class.name());
    let is_all_l1 = |attribute: &str| -> Result<bool, Error> {
        match model.get(attribute).map(|id| values.get(id)) {
            None | Some(Value::None) => Ok(false),
            // NumPy's isclose
            Some(_) => Ok((model.number(attribute)? - 1.0).abs() <= 1e-8 + 1e-5),
        }
    };
    if name.contains("Lasso") || model.get("penalty").is_some_and(|id| values.is_text(id, "l1")) {
        return Ok(true);
    }
    match name {
        "ElasticNet" | "LogisticRegression" => is_all_l1("l1_ratio"),
        "ElasticNetCV" => is_all_l1("l1_ratio_"),
        "LogisticRegressionCV" if model.get("l1_ratio_").is_some() => {
            Err(model.error("l1_ratio_", "expected a threshold of the SelectFromModel with it, found none"))
        }
        _ => Ok(false),
    }
}

/// NumPy's `mean`.
fn mean(numbers: &[f64]) -> f64 {
    pairwise_sum(numbers, |number| number) / numbers.len() as f64
}

/// NumPy's `median`.
fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (at(half.saturating_sub(1)) + at(half)) / 2.0 } else { at(half) }
}

/// scikit-learn's threshold where weights become zero.
const OF_L1: f64 = 1e-5;
