//! A `PowerTransformer`: its powers, by the formula of the version that saved it, and its scaler.

use super::attributes::{Attributes, File, major_minor};
use super::pipelines::NamedStep;
use super::scaler;
use crate::model_file::Error;
use crate::model_file::pickle::Id;
use crate::pipeline::{Power, PowerFormula, Step};

/// A fitted `PowerTransformer`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let power = Attributes::known(file, id, &["_scaler", "copy", "lambdas_", "method", "standardize"])?;
    let is_older = major_minor(power.version()?.as_deref()).is_some_and(|version| version < BY_EXPM1);
    let formula = match power.text("method")?.as_str() {
        "yeo-johnson" if is_older => PowerFormula::YeoJohnsonByPow,
        "yeo-johnson" => PowerFormula::YeoJohnsonByExpm1,
        "box-cox" => PowerFormula::BoxCox,
        _ => {
            let found = file.values().describe(power.require("method")?);
            return Err(power.error("method", format!("expected `yeo-johnson` or `box-cox`, found {found}")));
        }
    };
    let lambdas = power.vector("lambdas_")?;
    power.check_width("lambdas_", lambdas.len())?;
    if power.is_single("lambdas_")? {
        file.remark("the PowerTransformer was fitted on float32: values agree with scikit-learn's to about six digits");
    }
    let scaler = if power.boolean("standardize")? {
        let id = power.require("_scaler")?;
        match scaler::read(file, &NamedStep { name: id, estimator: id })? {
            Some(Step::Scaler(scaler)) => Some(scaler),
            _ => None,
        }
    } else {
        None
    };
    Ok(Step::Power(Power { formula, lambdas, scaler }))
}

/// The first scikit-learn that leaves `yeo-johnson` to SciPy, which computes it by `expm1`.
const BY_EXPM1: (u32, u32) = (1, 9);
