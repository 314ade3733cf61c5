//! A `PolynomialFeatures`: its degrees, and the order of factors of the version that saved it.

use super::attributes::{Attributes, File, major_minor};
use super::pipelines::sequence;
use crate::model_file::Error;
use crate::model_file::numpy;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{Grouping, Polynomial, Step};

/// A fitted `PolynomialFeatures`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit, and for more products than are served.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let features = Attributes::known(file, id, KNOWN)?;
    let (min_degree, max_degree) = degrees(&features)?;
    let is_older = major_minor(features.version()?.as_deref()).is_some_and(|version| version < FROM_RIGHT);
    let n_output_features = features.count("n_output_features_")?;
    let polynomial = Polynomial {
        // until 0.24 there is only the older name
        n_features_in: features.count(features.first_present("n_features_in_", "n_input_features_"))?,
        min_degree,
        max_degree,
        interaction_only: features.boolean("interaction_only")?,
        include_bias: features.boolean("include_bias")?,
        grouping: if is_older { Grouping::FromLeft } else { Grouping::FromRight },
        n_output_features,
    };
    match polynomial.count() {
        Ok(expected) if expected == n_output_features => Ok(Step::Polynomial(polynomial)),
        Ok(expected) => Err(features.error(
            "n_output_features_",
            format!("expected the {expected} products of these degrees, found {n_output_features}"),
        )),
        Err(cause) => Err(super::svc::attribute_error(features.class.name(), cause)),
    }
}

/// The fewest and the most factors: a pair, or the most.
fn degrees(features: &Attributes<'_, '_>) -> Result<(usize, usize), Error> {
    let values = features.file.values();
    let id = features.require("degree")?;
    let wrong = || {
        let found = values.describe(id);
        features.error("degree", format!("expected a count from 0, or two of them, found {found}"))
    };
    let count =
        |id: Id| numpy::integer(values, id).ok().and_then(|count| usize::try_from(count).ok()).ok_or_else(wrong);
    match values.get(id) {
        Value::List(_) | Value::Tuple(_) => match sequence(values, id) {
            Some([fewest, most]) => Ok((count(*fewest)?, count(*most)?)),
            _ => Err(wrong()),
        },
        _ => Ok((0, count(id)?)),
    }
}

/// The first scikit-learn that makes a product of three by that of the last two.
const FROM_RIGHT: (u32, u32) = (0, 22);

/// The attributes of scikit-learn 0.18 to 1.9.
const KNOWN: &[&str] = &[
    "_max_degree",
    "_min_degree",
    "_n_out_full",
    "degree",
    "include_bias",
    "interaction_only",
    "n_input_features_",
    "n_output_features_",
    "order",
];
