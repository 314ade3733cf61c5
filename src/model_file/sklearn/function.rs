//! A `FunctionTransformer`.

use super::attributes::{Attributes, File};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::Step;

/// What it stands for: nothing, where it has no function.
///
/// # Errors
/// [`Error::NotServed`] for a function.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Option<Step>, Error> {
    let transformer = Attributes::known(file, id, KNOWN)?;
    let function = transformer.require("func")?;
    if matches!(file.values().get(function), Value::None) {
        return Ok(None);
    }
    Err(Error::NotServed(format!(
        "the FunctionTransformer's function is {}: svcd applies none but None",
        file.values().describe(function)
    )))
}

/// The attributes of scikit-learn 0.18 to 1.9.
pub(super) const KNOWN: &[&str] = &[
    "_validate",
    "accept_sparse",
    "check_inverse",
    "feature_names_out",
    "func",
    "inv_kw_args",
    "inverse_func",
    "kw_args",
    "pass_y",
    "validate",
];
