//! A `SimpleImputer` and a `MissingIndicator`, of numbers and of categories.

use super::attributes::{Attributes, File, major_minor};
use super::pipelines::StepPlace;
use crate::model_file::Error;
use crate::model_file::numpy::categories::category;
use crate::model_file::pickle::Id;
use crate::pipeline::{
    Branch, Branches, BranchesKind, COLUMNS_MAX, Codes, EncodedColumn, Encoder, EncoderKind, Fill, FilledColumn,
    OwnCategory, Step, Steps,
};

/// A `SimpleImputer`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let imputer = Attributes::known(file, id, KNOWN)?;
    let missing = value(&imputer, "missing_values")?;
    let statistics = imputer.categories_at("statistics_", imputer.require("statistics_")?)?;
    let (width, kept) = (statistics.len(), kept(&imputer, &statistics)?);
    let filled = statistics.into_iter().filter(|statistic| !matches!(statistic, OwnCategory::NaN));
    let columns: Vec<_> = filled.map(|statistic| FilledColumn::new(missing.clone(), statistic)).collect();
    let fill = Step::Fill(Fill { columns });
    let indicator = match imputer.boolean_or("add_indicator", false)? {
        true => Some(Indicator::read(file, imputer.require("indicator_")?, Some(width))?),
        false => None,
    };
    let indicator = indicator.filter(|indicator| !indicator.features.is_empty());
    if kept.len() == width && indicator.is_none() {
        return Ok(fill);
    }
    let kind = if kept.len() == width { BranchesKind::FeatureUnion } else { BranchesKind::ColumnTransformer };
    let mut branches = Vec::new();
    if !kept.is_empty() {
        branches.push(Branch::new("imputer".to_owned(), kept, None, Steps(vec![fill])));
    }
    branches.extend(indicator.map(|indicator| indicator.branch()).transpose()?);
    Ok(Step::Columns(Branches { kind, n_features_in: width, branches }))
}

/// The columns that are not left out: those with something to fill in. The others were empty when the imputer was fitted.
fn kept(imputer: &Attributes<'_, '_>, statistics: &[OwnCategory]) -> Result<Vec<usize>, Error> {
    let is_kept = |statistic: &OwnCategory| !matches!(statistic, OwnCategory::NaN);
    let kept: Vec<_> = statistics.iter().enumerate().filter(|(_, statistic)| is_kept(statistic)).collect();
    let is_older = major_minor(imputer.version()?.as_deref()).is_some_and(|version| version < CONSTANT_LEAVES_OUT);
    if is_older && kept.len() < statistics.len() && imputer.text("strategy")? == "constant" {
        return Err(imputer.error("fill_value", "expected something to fill in, found NaN, which leaves it missing"));
    }
    Ok(kept.into_iter().map(|(column, _)| column).collect())
}

/// A `MissingIndicator`.
///
/// # Errors
/// [`Error::Attribute`] for attributes that do not fit.
pub(super) fn indicator(file: &File<'_>, id: Id, place: &mut StepPlace) -> Result<Step, Error> {
    let indicator = Indicator::read(file, id, None)?;
    if let Ok(is_sparse) = indicator.whole.boolean("sparse") {
        place.is_sparse = is_sparse;
    }
    if indicator.whole.boolean("error_on_new")? {
        let columns = (0..indicator.width).map(|column| match indicator.features.contains(&column) {
            true => indicator.flagged(),
            false => indicator.refused(),
        });
        let columns = columns.collect::<Result<_, _>>()?;
        return Ok(Step::Encode(Encoder { kind: EncoderKind::MissingIndicator, columns }));
    }
    let branches = vec![indicator.branch()?];
    let kind = BranchesKind::ColumnTransformer;
    Ok(Step::Columns(Branches { kind, n_features_in: indicator.width, branches }))
}

/// A 1 for each of some columns where it is missing, else a 0.
struct Indicator<'f, 'a> {
    whole: Attributes<'f, 'a>,
    missing: OwnCategory,
    width: usize,
    features: Vec<usize>,
}

impl<'f, 'a> Indicator<'f, 'a> {
    fn read(file: &'f File<'a>, id: Id, width: Option<usize>) -> Result<Self, Error> {
        let whole = Attributes::known(file, id, INDICATOR)?;
        let missing = value(&whole, "missing_values")?;
        let width = width.map_or_else(|| whole.count(whole.first_present("n_features_in_", "_n_features")), Ok)?;
        if width > COLUMNS_MAX {
            return Err(whole.error("_n_features", format!("expected at most {COLUMNS_MAX}, found {width}")));
        }
        let features = whole.counts("features_")?;
        match features.iter().find(|feature| **feature >= width) {
            Some(feature) => Err(whole.error("features_", format!("expected columns below {width}, found {feature}"))),
            None => Ok(Self { whole, missing, width, features }),
        }
    }

    fn branch(&self) -> Result<Branch<Steps>, Error> {
        let columns = vec![self.flagged()?; self.features.len()];
        let steps = Steps(vec![Step::Encode(Encoder { kind: EncoderKind::MissingIndicator, columns })]);
        Ok(Branch::new("indicator".to_owned(), self.features.clone(), None, steps))
    }

    fn flagged(&self) -> Result<EncodedColumn, Error> {
        self.column(Codes::Numbers { width: 1, numbers: vec![1.0], unknown: Some(vec![0.0]) })
    }

    /// A column without a number of its own, which has to be there.
    fn refused(&self) -> Result<EncodedColumn, Error> {
        self.column(Codes::OneHot { width: 0, places: vec![0], unknown: Some(0) })
    }

    fn column(&self, codes: Codes) -> Result<EncodedColumn, Error> {
        let column = EncodedColumn::new(&[self.missing.category()], codes);
        column.map_err(|cause| self.whole.error("missing_values", cause.to_string()))
    }
}

fn value(imputer: &Attributes<'_, '_>, name: &str) -> Result<OwnCategory, Error> {
    let id = imputer.require(name)?;
    category(imputer.file.values(), id, &|bytes| imputer.file.decode(bytes))
        .map_err(|problem| imputer.error(name, problem))
}

/// Since this version the strategy `constant` leaves out empty columns too: their statistic is NaN.
const CONSTANT_LEAVES_OUT: (u32, u32) = (1, 8);

/// The attributes of scikit-learn 0.20 to 1.9.
const KNOWN: &[&str] = &[
    "_fill_dtype",
    "_fit_dtype",
    "add_indicator",
    "copy",
    "fill_value",
    "indicator_",
    "keep_empty_features",
    "missing_values",
    "statistics_",
    "strategy",
    "verbose",
];

/// The attributes of scikit-learn 0.20 to 1.9.
const INDICATOR: &[&str] =
    &["_n_features", "_precomputed", "error_on_new", "features", "features_", "missing_values", "sparse"];
