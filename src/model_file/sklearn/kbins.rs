//! A `KBinsDiscretizer`: the ends of its bins.

use super::attributes::{Attributes, File, major_minor};
use crate::model_file::Error;
use crate::model_file::pickle::{Id, Value};
use crate::pipeline::{BinComparison, BinEncoding, KBins, Step};

/// A fitted `KBinsDiscretizer`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let kbins = Attributes::known(file, id, KNOWN)?;
    let values = file.values();
    if let Some(dtype) = kbins.get("dtype")
        && !matches!(values.get(dtype), Value::None)
        && values.class_name(dtype).as_deref() != Some("numpy.float64")
    {
        let found = values.describe(dtype);
        return Err(kbins.error("dtype", format!("expected None or `numpy.float64`, found {found}")));
    }
    let encoding = match kbins.text("encode")?.as_str() {
        "ordinal" => BinEncoding::Ordinal,
        // a sparse row of the same numbers
        "onehot" | "onehot-dense" => BinEncoding::OneHot,
        _ => {
            let found = values.describe(kbins.require("encode")?);
            return Err(kbins.error("encode", format!("expected `onehot`, `onehot-dense` or `ordinal`, found {found}")));
        }
    };
    let edges = kbins.vectors("bin_edges_")?;
    kbins.check_width("bin_edges_", edges.len())?;
    let n_bins = kbins.counts("n_bins_")?;
    if !edges.iter().map(Vec::len).eq(n_bins.iter().map(|count| count.saturating_add(1))) {
        return Err(
            kbins.error("n_bins_", "expected for each column one less than it has bin_edges_, found another count")
        );
    }
    let is_older = major_minor(kbins.version()?.as_deref()).is_some_and(|version| version < EXACT);
    let comparison = if is_older { BinComparison::Raised } else { BinComparison::Exact };
    Ok(Step::KBins(KBins { edges, comparison, encoding }))
}

/// The first scikit-learn that compares numbers as they are.
const EXACT: (u32, u32) = (1, 1);

/// The attributes of scikit-learn 0.20 to 1.9.
const KNOWN: &[&str] = &[
    "_encoder",
    "bin_edges_",
    "dtype",
    "encode",
    "n_bins",
    "n_bins_",
    "quantile_method",
    "random_state",
    "strategy",
    "subsample",
];
