//! A `TransformedTargetRegressor`: its regressor, and the way back from the unit that it was trained in.

use super::attributes::{Attributes, File};
use super::pipelines::{NamedStep, StepPlace};
use super::{function, scaler, steps};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Meaning, Value};
use crate::pipeline::{Inverse, ScalerFormula, Step};

/// The regressor that was fitted, and what is made of its numbers; nothing where they are the answer.
///
/// # Errors
/// [`Error::NotServed`] for one that is not fitted, for several targets, and for a transformer that svcd cannot undo.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<(Id, Option<Inverse>), Error> {
    let whole = Attributes::known(file, id, KNOWN)?;
    let Some(regressor) = whole.get("regressor_") else {
        return Err(Error::NotServed(
            "the TransformedTargetRegressor is not fitted: call fit before saving it".to_owned(),
        ));
    };
    let dimensions = whole.integer("_training_dim")?;
    if dimensions != 1 {
        let problem = format!("expected 1, a single number for each row, found {dimensions}");
        return Err(whole.error("_training_dim", problem));
    }
    Ok((regressor, inverse(file, whole.require("transformer_")?)?))
}

fn inverse(file: &File<'_>, id: Id) -> Result<Option<Inverse>, Error> {
    if file.class(id).map(|class| class.meaning) == Some(Meaning::FunctionTransformer) {
        return inverse_of_function(file, id);
    }
    let mut steps = Vec::new();
    let is_scaler =
        file.class(id).is_some_and(|class| class.meaning == Meaning::Pipeline || scaler::is_read(class.meaning));
    if is_scaler {
        steps::append(file, NamedStep { name: id, estimator: id }, &mut StepPlace::default(), &mut steps)?;
    }
    let first =
        |values: &Option<Vec<f64>>, otherwise: f64| values.as_ref().map_or(Some(otherwise), |v| v.first().copied());
    let formula = match steps.as_slice() {
        [] if is_scaler => return Ok(None),
        [Step::Scaler(scaler)] if scaler.n_features_in == 1 => Some(&scaler.formula),
        _ => None,
    };
    let inverse = formula.and_then(|formula| match formula {
        ScalerFormula::Standard { mean: shift, scale } | ScalerFormula::Robust { center: shift, scale } => {
            Some(Inverse::Multiply { factor: first(scale, 1.0)?, summand: first(shift, 0.0)? })
        }
        ScalerFormula::MinMax { scale, min, .. } => {
            Some(Inverse::Divide { subtrahend: *min.first()?, divisor: *scale.first()? })
        }
        ScalerFormula::MaxAbs { scale, .. } | ScalerFormula::Sparse { scale, .. } => {
            Some(Inverse::Multiply { factor: *scale.first()?, summand: 0.0 })
        }
    });
    inverse.map(Some).ok_or_else(|| not_undone(&file.values().describe(id)))
}

/// The inverse of a `FunctionTransformer`.
fn inverse_of_function(file: &File<'_>, id: Id) -> Result<Option<Inverse>, Error> {
    let transformer = Attributes::known(file, id, function::KNOWN)?;
    let values = file.values();
    let is_nothing = |id: Id| matches!(values.get(id), Value::None) || values.dict(id).is_some_and(<[_]>::is_empty);
    if let Some(found) = transformer.get("inv_kw_args").filter(|id| !is_nothing(*id)) {
        let found = values.describe(found);
        return Err(transformer.error("inv_kw_args", format!("expected none, found {found}")));
    }
    let inverse = transformer.require("inverse_func")?;
    if matches!(values.get(inverse), Value::None) {
        return Ok(None);
    }
    let name = function::name_in_numpy(values, inverse);
    let known = name.as_deref().and_then(Inverse::of_function);
    known.map(Some).ok_or_else(|| not_undone(&values.describe(inverse)))
}

fn not_undone(found: &str) -> Error {
    let functions: Vec<_> = Inverse::functions().collect();
    Error::NotServed(format!(
        "the TransformedTargetRegressor transforms its target by {found}: svcd undoes StandardScaler, MinMaxScaler, RobustScaler and \
         MaxAbsScaler, and answers through NumPy's {} as inverse_func",
        functions.join(", ")
    ))
}

/// The attributes of scikit-learn 0.20 to 1.9.
const KNOWN: &[&str] = &[
    "_training_dim",
    "check_inverse",
    "func",
    "inverse_func",
    "regressor",
    "regressor_",
    "transformer",
    "transformer_",
];
