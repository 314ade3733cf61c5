//! A `SimpleImputer` and a `MissingIndicator`, of numbers and of categories.

use super::attributes::{Attributes, File};
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
/// [`Error::Attribute`] for attributes that do not fit, [`Error::NotServed`] for columns that were empty when it was fitted.
pub(super) fn read(file: &File<'_>, id: Id) -> Result<Step, Error> {
    let imputer = Attributes::known(file, id, KNOWN)?;
    let missing = value(&imputer, "missing_values")?;
    let statistics = imputer.categories_at("statistics_", imputer.require("statistics_")?)?;
    if let Some(column) = statistics.iter().position(|statistic| matches!(statistic, OwnCategory::NaN)) {
        return Err(Error::NotServed(format!(
            "the SimpleImputer has nothing to fill column {column} with, which was empty when it was fitted: fit it without that column"
        )));
    }
    let width = statistics.len();
    let columns = statistics.into_iter().map(|statistic| FilledColumn::new(missing.clone(), statistic)).collect();
    let fill = Step::Fill(Fill { columns });
    if !imputer.boolean_or("add_indicator", false)? {
        return Ok(fill);
    }
    let indicator = Indicator::read(file, imputer.require("indicator_")?, Some(width))?;
    if indicator.features.is_empty() {
        return Ok(fill);
    }
    let branches =
        vec![Branch::new("imputer".to_owned(), (0..width).collect(), None, Steps(vec![fill])), indicator.branch()?];
    Ok(Step::Columns(Branches { kind: BranchesKind::FeatureUnion, n_features_in: width, branches }))
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
