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
//! source                   one of ModelBin, Json, Pickle, Joblib, Libsvm, Training
//! sklearn_version          optional string
//! columns                  list of one of Number
//! feature_names_in         optional list of string
//! steps                    list of one of
//!                            Scaler: u64 n_features_in, one of
//!                              Standard: optional list of f64 mean, optional list of f64 scale
//!                              MinMax: list of f64 scale, list of f64 min, optional (f64 lowest, f64 highest)
//!                              Robust: optional list of f64 center, optional list of f64 scale
//!                              MaxAbs: list of f64 scale, bool clip
//!                            Pca: u64 n_features_in, u64 n_components, list of f64 components, (n_features_in, n_components),
//!                              row major; list of f64 mean; optional list of f64 mean_product; optional list of f64 scale
//! estimator                one of
//!                            Svc: classes, svc
//!                            Calibrated: classes, list of members: steps, svc, list of sigmoids (f64 a, f64 b)
//!                            Linear: classes, u64 n_features_in, list of f64 coef, (n_features_in, n_scores), row major;
//!                              list of f64 intercept, (n_scores): 1 for two classes, else one for each
//!                            Svr: single, one of Epsilon, Nu
//!                            OneClass: single
//!                            LinearSvr: u64 n_features_in, list of f64 coef, list of one f64 intercept
//! probes                   optional: list of f64 rows, row major;
//!                            list of u64 class indices, of OneClass 0 for -1 and 1 for 1, of Svr and LinearSvr none;
//!                            list of f64 one-vs-one decision values, row major: of Linear its scores, of OneClass its decision
//!                              function, of Svr and LinearSvr the predicted numbers
//!
//! classes                  one of Integer: list of i64; String: list of string; Boolean: list of bool; Float: list of f64
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

use super::coding::{StoredContent, calibrated, deserialize, serialize};
use crate::model_file::{Error, Format, Loaded, Probes};
use crate::pipeline::{self, Classes, ColumnKind, Columns, Estimator, Member, Model, Sigmoid, Steps, SvrKind};
use crate::svc::{LinearParts, SingleParts, Svc, SvcParts};

/// The body with this model, its provenance and its probe rows; equal models give equal bytes.
///
/// # Errors
/// [`Error::TooLarge`] when the body is larger than what is read again.
pub(super) fn write(loaded: &Loaded) -> Result<Vec<u8>, Error> {
    let Loaded { model, provenance, probes, .. } = loaded;
    serialize(&Body {
        source: provenance.source,
        sklearn_version: Cow::Borrowed(&provenance.sklearn_version),
        columns: Cow::Borrowed(model.columns().kinds()),
        feature_names_in: model.columns().own_names().map(Cow::Borrowed),
        steps: Cow::Borrowed(model.steps()),
        estimator: model.estimator().into(),
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
    let columns = Columns::new(body.columns.into_owned(), body.feature_names_in.map(Cow::into_owned))?;
    let model = Model::new(columns, steps, estimator)?;
    Ok((body.source, body.sklearn_version.into_owned(), model, body.probes.into_owned()))
}

/// The body. Field order is the format.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    source: Format,
    sklearn_version: Cow<'a, Option<String>>,
    columns: Cow<'a, [ColumnKind]>,
    feature_names_in: Option<Cow<'a, [String]>>,
    steps: Cow<'a, Steps>,
    estimator: StoredEstimator<'a>,
    probes: Cow<'a, Option<Probes>>,
}

/// An estimator, not checked yet. Variants are appended.
#[derive(Serialize, Deserialize)]
enum StoredEstimator<'a> {
    Svc(Cow<'a, Classes>, Cow<'a, SvcParts>),
    Calibrated(Cow<'a, Classes>, Vec<StoredMember<'a>>),
    Linear(Cow<'a, Classes>, Cow<'a, LinearParts>),
    Svr(SingleParts<'a>, SvrKind),
    OneClass(SingleParts<'a>),
    LinearSvr(Cow<'a, LinearParts>),
}

#[derive(Serialize, Deserialize)]
struct StoredMember<'a>(Cow<'a, Steps>, Cow<'a, SvcParts>, Cow<'a, [Sigmoid]>);

impl<'a> From<&'a Estimator> for StoredEstimator<'a> {
    fn from(estimator: &'a Estimator) -> Self {
        match estimator {
            Estimator::Svc { svc, classes } => Self::Svc(Cow::Borrowed(classes), Cow::Borrowed(svc.parts())),
            Estimator::Linear { linear, classes } => {
                Self::Linear(Cow::Borrowed(classes), Cow::Borrowed(linear.parts()))
            }
            Estimator::Svr { single, kind } => Self::Svr(single.parts(), *kind),
            Estimator::OneClass(single) => Self::OneClass(single.parts()),
            Estimator::LinearSvr(linear) => Self::LinearSvr(Cow::Borrowed(linear.parts())),
            Estimator::Calibrated(calibrated) => {
                let member = |Member { steps, svc, sigmoids }: &'a Member| {
                    StoredMember(Cow::Borrowed(steps), Cow::Borrowed(svc.parts()), Cow::Borrowed(sigmoids))
                };
                Self::Calibrated(Cow::Borrowed(&calibrated.classes), calibrated.members().map(member).collect())
            }
        }
    }
}

impl StoredEstimator<'_> {
    fn check(self) -> Result<Estimator, Error> {
        let svc = |parts: Cow<'_, SvcParts>| Svc::new(parts.into_owned()).map_err(Error::part);
        match self {
            Self::Svc(classes, parts) => Ok(Estimator::of_svc(classes.into_owned(), parts.into_owned())?),
            Self::Linear(classes, parts) => Ok(Estimator::of_linear(classes.into_owned(), parts.into_owned())?),
            Self::Svr(parts, kind) => Ok(Estimator::of_svr(kind, parts)?),
            Self::OneClass(parts) => Ok(Estimator::of_one_class(parts)?),
            Self::LinearSvr(parts) => Ok(Estimator::of_linear_svr(parts.into_owned())?),
            Self::Calibrated(classes, members) => {
                let member = |StoredMember(steps, parts, sigmoids)| {
                    Ok(Member { steps: Cow::into_owned(steps), svc: svc(parts)?, sigmoids: Cow::into_owned(sigmoids) })
                };
                let members = members.into_iter().map(member).collect::<Result<_, Error>>()?;
                calibrated(classes.into_owned(), members)
            }
        }
    }
}
