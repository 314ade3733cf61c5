//! The body of model.bin in version 2 of the format. All integers are little endian. It is these values one after the other, without padding, which
//! is what bincode 1.3.3 writes with fixed-size integers, and simple enough for any other decoder:
//!
//! ```text
//! u32, u64, f64   4, 8, 8 bytes; f64 in IEEE 754 binary64
//! bool            1 byte, 0 or 1
//! string          u64 count of bytes, then UTF-8
//! list of T       u64 count, then each T
//! optional T      1 byte, 0 or 1, then T if 1
//! one of          u32 number of the variant, from 0, then its values; new variants are appended, so one that is not known
//!                 here was written by a newer svcd
//!
//! source                   one of ModelBin, Json, Pickle, Joblib, Libsvm; Training: string SHA-256 of the data, u64 rows to train on, u64 rows
//!                            held out, u64 seed, list of (string name, string value), list of (string name, f64 score)
//! sklearn_version          optional string
//! columns                  list of one of Number, NumberOrMissing, Category, Ignored, Text: what the steps say of each column
//! feature_names_in         optional list of string
//! steps                    list of one of
//!                            Scaler: u64 n_features_in, one of
//!                              Standard: optional list of f64 mean, optional list of f64 scale
//!                              MinMax: list of f64 scale, list of f64 min, optional (f64 lowest, f64 highest)
//!                              Robust: optional list of f64 center, optional list of f64 scale
//!                              MaxAbs: list of f64 scale, bool clip
//!                              Sparse: one of Standard, Robust, MaxAbs; list of f64 scale, bool clip
//!                            Pca: u64 n_features_in, u64 n_components, list of f64 components, (n_features_in, n_components),
//!                              row major; list of f64 mean; optional list of f64 mean_product; optional list of f64 scale
//!                            Columns: one of ColumnTransformer, FeatureUnion; u64 n_features_in; list of branches: string name,
//!                              list of u64 columns, optional f64 weight, u64 n_steps. The steps of its branches stand before it, in
//!                              order, which takes the last ones that no other has taken
//!                            Encode: one of OneHot, Ordinal, Target, Label, LabelBinarizer, MissingIndicator; list of, for each column:
//!                              categories: list of f64 numbers, bool whether they are booleans, list of string, bool whether None is
//!                                one, bool whether NaN is one, bool whether others are taken
//!                              one of
//!                                OneHot: u32 width, list of u32 places, optional u32 for others
//!                                Numbers: u32 width, list of f64 numbers, row major, optional list of f64 for others
//!                            Fill: list of, for each column, what is missing and what stands for it: each one of Number: f64;
//!                              Boolean: bool; String: string; None; NaN
//!                            Select: one of KBest, Percentile, Fpr, Fdr, Fwe, GenericUnivariate, VarianceThreshold, Rfe, Rfecv,
//!                              FromModel, Sequential; u64 n_features_in; list of u64 columns
//!                            Normalizer: u64 n_features_in; one of L1, L2, Max, MaxSigned; one of Dense, DenseOlder, Sparse
//!                            Binarizer: u64 n_features_in, f64 threshold
//!                            Polynomial: u64 n_features_in, u64 min_degree, u64 max_degree, bool interaction_only,
//!                              bool include_bias, one of FromRight, FromLeft; u64 n_output_features
//!                            KBins: list of list of f64 edges; one of Exact, Raised; one of Ordinal, OneHot
//!                            Power: one of YeoJohnsonByPow, YeoJohnsonByExpm1, BoxCox; list of f64 lambdas; optional Scaler
//!                            Quantile: u64 n_features_in; one of Uniform, Normal; list of f64 references; list of f64 quantiles,
//!                              (n_features_in, n_quantiles), row major
//!                            Projection: one of IncrementalPca, TruncatedSvd, Lda; then as Pca
//!                            Vectorizer: bool lowercase, optional one of Ascii, Unicode: whose accents are stripped; one of
//!                              Word: one of Runs: one of Word, NotSpace, NotBlank, Letters, SmallLetters, LettersDigits,
//!                                WordNotDigit, WordNotDigitLine, u32 shortest, bool is_whole_word; BeforeSpace; WordsMoneyRest
//!                              Char; CharWordBounds
//!                              words: stop words; u64 shortest, u64 longest n-gram; one of Vocabulary: words, by column; Hashed:
//!                              u32 n_features, bool alternate_sign; bool binary; optional weights
//!                            Weights: weights
//!                            Function: u64 n_features_in; one of Log1p, Log, Log2, Log10, Exp, Expm1, Sqrt, Cbrt, Square, Absolute,
//!                              Negative, Reciprocal, Sign, Tanh; bool validates
//! estimator                one of
//!                            Svc: classes, svc
//!                            Meta: list of steps and one of Svc; Meta: classes, u64 n_members, rule; Linear. The members stand
//!                              before the estimator that holds them, which takes the last ones that no other has taken; the
//!                              outermost is the last, without steps of its own
//!                            Linear: classes, u64 n_features_in, list of f64 coef, (n_features_in, n_scores), row major;
//!                              list of f64 intercept, (n_scores): 1 for two classes, else one for each; one of Svc, Sgd
//!                            Svr: single, one of Epsilon, Nu
//!                            OneClass: single
//!                            LinearSvr: u64 n_features_in, list of f64 coef, list of one f64 intercept
//!                            TransformedTarget: one of Svr, LinearSvr, with the values as above; one of
//!                              Multiply: f64 factor, f64 summand; Divide: f64 subtrahend, f64 divisor;
//!                              Exp, Expm1, Log, Log1p, Sqrt, Square, Negative
//!                            SparseSvc: classes, svc without support vectors; list of u32, where the numbers of each support vector
//!                              end; list of u32, the column of each number, ascending in a vector; list of f64, the numbers
//! probes                   optional: list of f64 rows, row major;
//!                            list of u64 class indices, of OneClass 0 for -1 and 1 for 1, of a regression none;
//!                            list of f64 one-vs-one decision values, row major: of Linear its scores, of OneClass its decision
//!                              function, of a regression the predicted numbers
//!
//! classes                  one of Integer: list of i64; String: list of string; Boolean: list of bool; Float: list of f64
//! words                    string: one after the other; list of u32, where each ends
//! weights                  u64 n_features_in, bool sublinear_tf, optional list of f64 idf, bool turns_round, optional one of L1,
//!                            L2: norm; bool is_single
//! rule                     one of
//!                            Calibrated: list of list of one of Sigmoid: f64 a, f64 b; Isotonic: list of f64 x, list of f64 y,
//!                              f64 lowest, f64 highest
//!                            OneVsRest: one of First, Last
//!                            OneVsOne
//!                            Threshold: bool is_of_probability, f64 threshold, u64 positive
//! svc                      kernel: one of Linear; Poly: f64 gamma, f64 coef0, u32 degree; Rbf: f64 gamma;
//!                            Sigmoid: f64 gamma, f64 coef0
//!                          n_features_in: u64
//!                          n_support: list of u64
//!                          support_vectors: list of f64, (n_sv, n_features_in), row major
//!                          dual_coef: list of f64, (n_classes - 1, n_sv), row major
//!                          intercept: list of f64
//!                          decision_function_shape: one of Ovo, Ovr
//!                          break_ties: bool
//!                          probability: optional: list of f64 prob_a, list of f64 prob_b, one of Iterative, Direct
//! single                   kernel as in svc; n_features_in: u64; support_vectors: list of f64, (n_sv, n_features_in), row major;
//!                            dual_coef: list of f64, (n_sv); intercept: f64
//! ```

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::coding::{StoredContent, deserialize, serialize};
use super::nested::{self, StoredNested};
use crate::model_file::{Error, Format, Loaded, Probes, Provenance, TrainingRecord};
use crate::pipeline::{self, Classes, ColumnKind, Columns, Estimator, Inverse, LinearKind, Model, Steps, SvrKind};
use crate::svc::{LinearParts, SingleParts, SparseVectors, SvcParts};

/// The body with this model, its provenance and its probe rows; equal models give equal bytes.
///
/// # Errors
/// [`Error::TooLarge`] when the body is larger than what is read again.
pub(super) fn write(loaded: &Loaded) -> Result<Vec<u8>, Error> {
    let Loaded { model, provenance, probes, .. } = loaded;
    serialize(&Body {
        source: StoredSource::of(provenance),
        sklearn_version: Cow::Borrowed(&provenance.sklearn_version),
        columns: model.columns().kinds().iter().map(StoredKind::of).collect(),
        feature_names_in: model.columns().own_names().map(Cow::Borrowed),
        steps: Cow::Borrowed(model.steps()),
        estimator: model.estimator().try_into()?,
        probes: Cow::Borrowed(probes),
    })
}

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<StoredContent, Error> {
    let body: Body<'_> = deserialize(body).map_err(|error| match error {
        // serde's words for a variant that it does not know
        Error::Body(problem) if problem.contains("variant index") => Error::Newer(problem),
        other => other,
    })?;
    let (estimator, steps) = (body.estimator.check()?, body.steps.into_owned());
    // before anything is made that is as long as the columns are many
    let width = steps.width_in().unwrap_or(estimator.width_in());
    if body.columns.len() != width {
        let expected = format_args!("{width} columns");
        return Err(pipeline::Error::part("columns", expected, body.columns.len()).into());
    }
    let columns = Columns::numbers(width, body.feature_names_in.map(Cow::into_owned))?;
    let model = Model::new(columns, steps, estimator)?;
    let mut kinds = model.columns().kinds().iter().map(StoredKind::of).zip(&body.columns);
    if let Some((kind, found)) = kinds.find(|(kind, found)| kind != *found) {
        return Err(pipeline::Error::part("columns", format_args!("{kind:?}"), format_args!("{found:?}")).into());
    }
    let (source, training) = body.source.format();
    let provenance =
        Provenance { format: Format::ModelBin, source, sklearn_version: body.sklearn_version.into_owned(), training };
    Ok((provenance, model, body.probes.into_owned()))
}

/// The body. Field order is the format.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    source: StoredSource<'a>,
    sklearn_version: Cow<'a, Option<String>>,
    columns: Vec<StoredKind>,
    feature_names_in: Option<Cow<'a, [String]>>,
    steps: Cow<'a, Steps>,
    estimator: StoredEstimator<'a>,
    probes: Cow<'a, Option<Probes>>,
}

/// The kind of a column; its categories are with the steps. Variants are appended.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum StoredKind {
    Number,
    NumberOrMissing,
    Category,
    Ignored,
    Text,
}

impl StoredKind {
    fn of(kind: &ColumnKind) -> StoredKind {
        match kind {
            ColumnKind::Number => StoredKind::Number,
            ColumnKind::NumberOrMissing => StoredKind::NumberOrMissing,
            ColumnKind::Category(_) => StoredKind::Category,
            ColumnKind::Ignored => StoredKind::Ignored,
            ColumnKind::Text => StoredKind::Text,
        }
    }
}

/// Where a model came from. Variants are appended.
#[derive(Serialize, Deserialize)]
enum StoredSource<'a> {
    ModelBin,
    Json,
    Pickle,
    Joblib,
    Libsvm,
    Training(Cow<'a, TrainingRecord>),
}

impl<'a> StoredSource<'a> {
    fn of(provenance: &'a Provenance) -> Self {
        match (provenance.source, &provenance.training) {
            (Format::ModelBin, _) => Self::ModelBin,
            (Format::Json, _) => Self::Json,
            (Format::Pickle, _) => Self::Pickle,
            (Format::Joblib, _) => Self::Joblib,
            (Format::Libsvm, _) => Self::Libsvm,
            (Format::Training, Some(record)) => Self::Training(Cow::Borrowed(record)),
            (Format::Training, None) => Self::Training(Cow::Owned(TrainingRecord::default())),
        }
    }

    fn format(self) -> (Format, Option<TrainingRecord>) {
        match self {
            Self::ModelBin => (Format::ModelBin, None),
            Self::Json => (Format::Json, None),
            Self::Pickle => (Format::Pickle, None),
            Self::Joblib => (Format::Joblib, None),
            Self::Libsvm => (Format::Libsvm, None),
            Self::Training(record) => (Format::Training, Some(record.into_owned())),
        }
    }
}

/// An estimator, not checked yet. Variants are appended.
#[derive(Serialize, Deserialize)]
enum StoredEstimator<'a> {
    Svc(Cow<'a, Classes>, Cow<'a, SvcParts>),
    Meta(Vec<StoredNested<'a>>),
    Linear(Cow<'a, Classes>, Cow<'a, LinearParts>, LinearKind),
    Svr(SingleParts<'a>, SvrKind),
    OneClass(SingleParts<'a>),
    LinearSvr(Cow<'a, LinearParts>),
    TransformedTarget(StoredRegression<'a>, Inverse),
    SparseSvc(Cow<'a, Classes>, Cow<'a, SvcParts>, SparseVectors),
}

/// What a `TransformedTargetRegressor` holds. Variants are appended.
#[derive(Serialize, Deserialize)]
enum StoredRegression<'a> {
    Svr(SingleParts<'a>, SvrKind),
    LinearSvr(Cow<'a, LinearParts>),
}

impl<'a> TryFrom<&'a Estimator> for StoredEstimator<'a> {
    type Error = Error;

    fn try_from(estimator: &'a Estimator) -> Result<Self, Error> {
        Ok(match estimator {
            Estimator::Svc { svc, classes } => Self::Svc(Cow::Borrowed(classes), Cow::Borrowed(svc.parts())),
            Estimator::Linear { linear, classes, kind } => {
                Self::Linear(Cow::Borrowed(classes), Cow::Borrowed(linear.parts()), *kind)
            }
            Estimator::SparseSvc { svc, classes } => {
                Self::SparseSvc(Cow::Borrowed(classes), Cow::Borrowed(svc.parts()), svc.vectors())
            }
            Estimator::Svr { single, kind } => Self::Svr(single.parts(), *kind),
            Estimator::OneClass(single) => Self::OneClass(single.parts()),
            Estimator::LinearSvr(linear) => Self::LinearSvr(Cow::Borrowed(linear.parts())),
            Estimator::Meta(_) => Self::Meta(nested::flattened(estimator)?),
            Estimator::TransformedTarget { regression, inverse } => {
                Self::TransformedTarget(StoredRegression::try_from(&**regression)?, *inverse)
            }
        })
    }
}

impl<'a> TryFrom<&'a Estimator> for StoredRegression<'a> {
    type Error = Error;

    fn try_from(estimator: &'a Estimator) -> Result<Self, Error> {
        match estimator {
            Estimator::Svr { single, kind } => Ok(Self::Svr(single.parts(), *kind)),
            Estimator::LinearSvr(linear) => Ok(Self::LinearSvr(Cow::Borrowed(linear.parts()))),
            // not so: no other is made
            other => Err(pipeline::Error::part("regressor", "a regression", other.name()).into()),
        }
    }
}

impl StoredRegression<'_> {
    fn check(self) -> Result<Estimator, Error> {
        Ok(match self {
            Self::Svr(parts, kind) => Estimator::of_svr(kind, parts)?,
            Self::LinearSvr(parts) => Estimator::of_linear_svr(parts.into_owned())?,
        })
    }
}

impl StoredEstimator<'_> {
    fn check(self) -> Result<Estimator, Error> {
        match self {
            Self::Svc(classes, parts) => Ok(Estimator::of_svc(classes.into_owned(), parts.into_owned())?),
            Self::Linear(classes, parts, kind) => {
                Ok(Estimator::of_linear(kind, classes.into_owned(), parts.into_owned())?)
            }
            Self::Svr(parts, kind) => Ok(Estimator::of_svr(kind, parts)?),
            Self::OneClass(parts) => Ok(Estimator::of_one_class(parts)?),
            Self::LinearSvr(parts) => Ok(Estimator::of_linear_svr(parts.into_owned())?),
            Self::SparseSvc(classes, parts, vectors) => {
                Ok(Estimator::of_sparse_svc(classes.into_owned(), parts.into_owned(), vectors)?)
            }
            Self::Meta(nested) => nested::check(nested),
            Self::TransformedTarget(regression, inverse) => {
                Ok(Estimator::of_transformed_target(regression.check()?, inverse)?)
            }
        }
    }
}
