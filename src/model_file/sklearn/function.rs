//! A `FunctionTransformer`, and how pickles name NumPy's functions.
//!
//! | NumPy | what stands for `numpy.log1p` |
//! |---|---|
//! | until 1.19 | `numpy.core._ufunc_reconstruct` called with a module and `log1p` |
//! | 1.20 to 1.26 | `numpy.core._multiarray_umath.log1p` |
//! | 2.0, 2.1 | `numpy._core._multiarray_umath.log1p` |
//! | since 2.2 | `numpy.log1p` |

use super::attributes::{Attributes, File};
use super::pipelines::StepPlace;
use crate::model_file::Error;
use crate::model_file::numpy;
use crate::model_file::pickle::{Id, Value, Values};
use crate::pipeline::{ElementaryFunction, FunctionTransformer, Step};

/// The steps that it stands for; none if it has no function. Old versions do not store how many columns it takes: the width is
/// then 0 until something else gives it.
///
/// # Errors
/// [`Error::NotServed`] for any function but some of NumPy's.
pub(super) fn read(file: &File<'_>, id: Id, place: &StepPlace) -> Result<Option<Step>, Error> {
    let transformer = Attributes::known(file, id, KNOWN)?;
    let values = file.values();
    let func = transformer.require("func")?;
    if matches!(values.get(func), Value::None) {
        return Ok(None);
    }
    let is_nothing = |id: Id| matches!(values.get(id), Value::None) || values.dict(id).is_some_and(<[_]>::is_empty);
    let name = name_in_numpy(values, func);
    let function = name.as_deref().and_then(ElementaryFunction::of_name);
    let has_arguments = transformer.get("kw_args").is_some_and(|id| !is_nothing(id));
    let (Some(function), false) = (function, has_arguments) else {
        let names: Vec<_> = ElementaryFunction::names().collect();
        return Err(Error::NotServed(format!(
            "the FunctionTransformer's function is {}{}: svcd applies None and NumPy's {}, without arguments; save the \
             part after it, and send rows already transformed by it",
            values.describe(func),
            if has_arguments { " with arguments" } else { "" },
            names.join(", ")
        )));
    };
    // until 0.21 the first is what was meant by the second
    let validates = transformer.boolean(transformer.first_present("validate", "_validate"))?;
    let n_features_in = match place.width {
        Some(width) => width,
        None if transformer.get("n_features_in_").is_some() => transformer.count("n_features_in_")?,
        None => 0,
    };
    Ok(Some(Step::Function(FunctionTransformer { n_features_in, function, validates })))
}

/// The name that a function has in NumPy, if it is one of NumPy's.
pub(super) fn name_in_numpy(values: &Values<'_>, id: Id) -> Option<String> {
    match values.get(id) {
        Value::Object { arguments, .. } if values.class_name(id)? == "numpy.core._ufunc_reconstruct" => {
            let [_module, name] = values.tuple(*arguments)? else { return None };
            numpy::text(values, *name).ok().map(|name| name.into_owned())
        }
        Value::Global(_) => {
            let name = values.class_name(id)?;
            MODULES.iter().find_map(|module| name.strip_prefix(module)).map(str::to_owned)
        }
        _ => None,
    }
}

/// The longest first.
const MODULES: [&str; 3] = ["numpy._core._multiarray_umath.", "numpy.core._multiarray_umath.", "numpy."];

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
