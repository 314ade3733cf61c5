//! A fitted model as people use it: what goes in, what happens before the SVM, the SVM, and what comes out.
//!
//! ```text
//! row -> columns -> steps -> estimator -> outputs: labels, decision values, probabilities
//! ```
//!
//! In: [`Columns`], [`Step`]s and an [`Estimator`], which [`Model::new`] lets through only if they fit together; then rows in the
//! caller's units. Out: [`Answers`]. Refused: rows of another width, numbers that are not finite, outputs that the model does not
//! have. This room knows neither files nor messages.

mod answer;
mod categories;
mod classes;
mod columns;
mod curve;
mod deciding;
mod documents;
mod estimator;
mod evidence;
mod explain;
mod inside;
mod inverse;
mod lack;
mod link;
mod meta;
mod model;
mod outputs;
mod ranges;
mod rows;
mod scratch;
mod steps;
mod strings;
mod support;
pub mod text;
mod text_answer;
mod unseen;
mod weights;

use std::fmt;

pub use crate::svc::{KernelParameters, SupportTerm};
pub use categories::{CATEGORIES_MAX, CATEGORY_BYTES_MAX, Categories, Category, UNKNOWN};
pub use classes::{ClassLabels, Classes, ElementType, Label};
pub use columns::{ColumnKind, Columns};
pub use curve::CURVE_POINTS;
pub use documents::Documents;
pub use estimator::{Estimator, LinearKind, SvrKind};
pub use evidence::Evidence;
pub use explain::{Decided, Explanation, FeatureTerm, TermLimit, Terms};
pub use inverse::Inverse;
pub use lack::Lack;
pub use meta::{Calibrator, Isotonic, MetaEstimator, Nested, Rule, Sigmoid, Threshold, Ties};
pub use model::Model;
pub use outputs::{AnswerColumn, Answers, Asked, Output, OutputName, Target};
pub use ranges::ColumnRange;
pub use rows::Rows;
pub use scratch::Scratch;
pub use steps::{
    BinComparison, BinEncoding, Binarizer, Branch, Branches, BranchesKind, COLUMNS_MAX, Codes, ElementaryFunction,
    EncodedColumn, Encoder, EncoderKind, Fill, FilledColumn, FunctionTransformer, Grouping, KBins, NESTED_MAX,
    NormFormula, Normalizer, OutputDistribution, OwnCategory, Pca, Polynomial, Power, PowerFormula, Projection,
    ProjectionKind, Quantile, RowNorm, Scaler, ScalerFormula, Select, Selector, SparseScaler, Step, Steps,
};
pub use support::{MEAN_VECTORS_MIN, SupportMean, SupportRow};
pub use weights::LargestWeights;

use crate::svc;

/// Why a model cannot be built from its parts, or cannot answer for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A part of the model is wrong by itself or does not fit the others.
    Part(svc::Error),
    /// The rows are not a whole number of rows.
    RowWidth {
        /// Columns of the model.
        n_features_in: usize,
        /// Numbers handed in.
        found: usize,
    },
    /// NaN or infinity in a row.
    NotFinite {
        /// Index of the row, from 0.
        row: usize,
        /// Index of the column, from 0.
        column: usize,
    },
    /// A category that a step does not take, or a number that is not the index of a category.
    NoCategory {
        /// Index of the row, from 0.
        row: usize,
        /// Index of the column, from 0.
        column: usize,
    },
    /// A finite number that a step turns into NaN or infinity.
    NotFiniteScaled {
        /// Index of the row, from 0.
        row: usize,
        /// Index of the column, from 0.
        column: usize,
        /// The step's scikit-learn class.
        step: &'static str,
    },
    /// An output that the model does not have.
    NoOutput {
        /// Why it has none.
        why: Lack,
        /// Names of those that it has, in the order in which they are listed.
        has: Vec<&'static str>,
    },
    /// An explanation of an estimator that is made of others.
    NotExplained {
        /// The estimator's scikit-learn class.
        estimator: &'static str,
    },
    /// Labels for a model whose answers are not classes.
    NoClasses {
        /// The estimator's scikit-learn class.
        estimator: &'static str,
    },
}

impl Error {
    /// An error in a part of a model, in words.
    pub fn part(name: &'static str, expected: impl ToString, found: impl ToString) -> Error {
        Error::Part(svc::Error::new(name, expected, found))
    }

    /// Index of the row that cannot be computed, from 0, if it is one.
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::NotFinite { row, .. } | Self::NoCategory { row, .. } | Self::NotFiniteScaled { row, .. } => {
                Some(*row)
            }
            _ => None,
        }
    }

    /// The column of a finite number that a step turns into one that is not finite, from 0, and what is wrong with it.
    pub fn of_step(&self) -> Option<(usize, String)> {
        match self {
            Self::NotFiniteScaled { column, step: step @ "FunctionTransformer", .. } => {
                Some((*column, format!("the function of the model's {step} has no finite value for the number")))
            }
            Self::NotFiniteScaled { column, step, .. } => {
                Some((*column, format!("the number is too large for the model's {step}")))
            }
            _ => None,
        }
    }

    /// The same error for a caller who has given `before` rows before these.
    #[must_use]
    pub fn after_rows(self, before: usize) -> Error {
        match self {
            Self::NotFinite { row, column } => Self::NotFinite { row: before + row, column },
            Self::NoCategory { row, column } => Self::NoCategory { row: before + row, column },
            Self::NotFiniteScaled { row, column, step } => Self::NotFiniteScaled { row: before + row, column, step },
            other => other,
        }
    }
}

impl From<svc::Error> for Error {
    fn from(cause: svc::Error) -> Error {
        Error::Part(cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(cause) => cause.fmt(f),
            Self::RowWidth { n_features_in, found } => {
                write!(f, "expected rows of {n_features_in} numbers, found {found} numbers in all")
            }
            Self::NotFinite { row, column } => {
                write!(f, "row {row}, column {column}: expected a finite number, found NaN or infinity")
            }
            Self::NoCategory { row, column } => {
                write!(f, "row {row}, column {column}: expected a category that the model knows, found another")
            }
            Self::NotFiniteScaled { row, .. } => {
                let (column, problem) = self.of_step().unwrap_or_default();
                write!(f, "row {row}, column {column}: {problem}")
            }
            Self::NoOutput { why, has } => {
                write!(f, "{why}; this model has `{}`", has.join("`, `"))
            }
            Self::NotExplained { estimator } => write!(
                f,
                "{estimator} combines the values of several estimators: no single sum decides, so there is nothing to \
                 explain; an SVC, a LinearSVC, an SVR or a OneClassSVM can be explained, alone or after its steps"
            ),
            Self::NoClasses { estimator } => write!(f, "expected no labels, as {estimator} has no classes to name"),
        }
    }
}

impl std::error::Error for Error {}
