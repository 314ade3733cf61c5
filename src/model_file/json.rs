//! A model as JSON, with scikit-learn's attribute names: what a few lines of Python write without any other library.
//!
//! ```text
//! {
//!   "format": "svcd-svc", "format_version": 1,
//!   "sklearn_version": "1.9.1",                            may be left out
//!   "steps": [                                             may be left out: scalers before the SVC, in order
//!     {"StandardScaler": {"mean_": [..], "scale_": [..]}},               null where with_mean or with_std is false
//!     {"MinMaxScaler": {"scale_": [..], "min_": [..], "feature_range": [0, 1], "clip": false}},
//!     {"RobustScaler": {"center_": [..], "scale_": [..]}},               null where with_centering or with_scaling is false
//!     {"MaxAbsScaler": {"scale_": [..], "clip": false}}
//!   ],
//!   "kernel": "rbf", "_gamma": 0.1, "coef0": 0.0, "degree": 3,           what the kernel does not use may be left out
//!   "classes_": [0, 1, 2],                                 all integers, all strings, all booleans or all floats
//!   "n_support_": [..], "support_vectors_": [[..], ..],
//!   "_dual_coef_": [[..], ..], "_intercept_": [..],        the private ones: for two classes their sign differs
//!   "decision_function_shape": "ovr", "break_ties": false,
//!   "feature_names_in_": [..],                             may be left out
//!   "_probA": [..], "_probB": [..],                        may be left out, or empty: trained without probabilities
//!   "probes": {"rows": [[..], ..], "predict": [..], "decision_function_ovo": [[..], ..]}     may be left out
//! }
//! ```
//!
//! A key that is not listed here, or a key that occurs twice, is refused: a misspelt one would otherwise change the answers.
//! Numbers are read exactly, so Python's `json.dumps` loses nothing.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::{Error, Format, Loaded, Probes, Provenance};
use crate::pipeline::{self, Classes, Columns, Estimator, Model, Scaler, ScalerFormula, Step, Steps};
use crate::svc::{Coupling, DecisionFunctionShape, Kernel, Probability, SvcParts};

/// Reads a model from the whole content of a JSON file. The probe rows are not tried here.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Loaded, Error> {
    let document: Document = serde_json::from_slice(bytes).map_err(|cause| position(&cause))?;
    let provenance = Provenance {
        format: Format::Json,
        source: Format::Json,
        sklearn_version: document.sklearn_version.clone(),
        training: None,
    };
    let (model, probes) = document.into_model()?;
    let probes = probes.map(|probes| probes.into_probes(&model)).transpose()?;
    Ok(Loaded::whole(model, provenance, probes))
}

/// serde_json ends its texts with the position, ours begin with it.
fn position(cause: &serde_json::Error) -> Error {
    let (line, column) = (cause.line(), cause.column());
    let text = cause.to_string();
    let problem = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text).to_owned();
    Error::Json { line, column, problem }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "format")]
    _format: FormatName,
    #[serde(rename = "format_version", deserialize_with = "version_1")]
    _format_version: (),
    sklearn_version: Option<String>,
    #[serde(default)]
    steps: Vec<StepDocument>,
    kernel: KernelName,
    #[serde(rename = "_gamma")]
    gamma: Option<f64>,
    coef0: Option<f64>,
    degree: Option<u32>,
    #[serde(rename = "classes_")]
    classes: Labels,
    #[serde(rename = "n_support_")]
    n_support: Vec<usize>,
    #[serde(rename = "support_vectors_")]
    support_vectors: Matrix,
    #[serde(rename = "_dual_coef_")]
    dual_coef: Matrix,
    #[serde(rename = "_intercept_")]
    intercept: Vec<f64>,
    decision_function_shape: Shape,
    break_ties: bool,
    #[serde(rename = "feature_names_in_")]
    feature_names_in: Option<Vec<String>>,
    #[serde(rename = "_probA", default)]
    prob_a: Vec<f64>,
    #[serde(rename = "_probB", default)]
    prob_b: Vec<f64>,
    probes: Option<ProbesDocument>,
}

impl Document {
    fn into_model(self) -> Result<(Model, Option<ProbesDocument>), Error> {
        // the lengths alone would let a transposed matrix through
        if self.dual_coef.columns != self.support_vectors.rows {
            let expected = format_args!("rows of {} numbers", self.support_vectors.rows);
            let found = format_args!("rows of {}", self.dual_coef.columns);
            return Err(pipeline::Error::part("_dual_coef_", expected, found).into());
        }
        let kernel = self.kernel()?;
        let probability = (!self.prob_a.is_empty() || !self.prob_b.is_empty()).then_some(Probability {
            prob_a: self.prob_a,
            prob_b: self.prob_b,
            coupling: Coupling::Iterative,
        });
        let n_features_in = self.support_vectors.columns;
        let parts = SvcParts {
            kernel,
            n_features_in,
            n_support: self.n_support,
            support_vectors: self.support_vectors.numbers,
            dual_coef: self.dual_coef.numbers,
            intercept: self.intercept,
            decision_function_shape: match self.decision_function_shape {
                Shape::Ovo => DecisionFunctionShape::Ovo,
                Shape::Ovr => DecisionFunctionShape::Ovr,
            },
            break_ties: self.break_ties,
            probability,
        };
        let estimator = Estimator::of_svc(self.classes.0, parts)?;
        let steps = self.steps.into_iter().map(ScalerFormula::from);
        let steps = steps.map(|formula| Step::Scaler(Scaler { n_features_in, formula })).collect();
        let columns = Columns::numbers(n_features_in, self.feature_names_in)?;
        Ok((Model::new(columns, Steps(steps), estimator)?, self.probes))
    }

    fn kernel(&self) -> Result<Kernel, Error> {
        let gamma = || self.gamma.ok_or_else(|| missing("_gamma"));
        let coef0 = || self.coef0.ok_or_else(|| missing("coef0"));
        Ok(match self.kernel {
            KernelName::Linear => Kernel::Linear,
            KernelName::Poly => {
                let degree = self.degree.ok_or_else(|| missing("degree"))?;
                Kernel::Poly { gamma: gamma()?, coef0: coef0()?, degree }
            }
            KernelName::Rbf => Kernel::Rbf { gamma: gamma()? },
            KernelName::Sigmoid => Kernel::Sigmoid { gamma: gamma()?, coef0: coef0()? },
        })
    }
}

fn missing(name: &'static str) -> Error {
    Error::Model(pipeline::Error::part(name, "a number for this kernel", "none"))
}

#[derive(Deserialize)]
enum FormatName {
    #[serde(rename = "svcd-svc")]
    SvcdSvc,
}

fn version_1<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(()),
        found => Err(de::Error::custom(format_args!("format version: expected 1, found {found}"))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum KernelName {
    Linear,
    Poly,
    Rbf,
    Sigmoid,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Ovo,
    Ovr,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum StepDocument {
    #[serde(rename = "StandardScaler")]
    Standard {
        #[serde(rename = "mean_")]
        mean: Option<Vec<f64>>,
        #[serde(rename = "scale_")]
        scale: Option<Vec<f64>>,
    },
    #[serde(rename = "MinMaxScaler")]
    MinMax {
        #[serde(rename = "scale_")]
        scale: Vec<f64>,
        #[serde(rename = "min_")]
        min: Vec<f64>,
        feature_range: (f64, f64),
        clip: bool,
    },
    #[serde(rename = "RobustScaler")]
    Robust {
        #[serde(rename = "center_")]
        center: Option<Vec<f64>>,
        #[serde(rename = "scale_")]
        scale: Option<Vec<f64>>,
    },
    #[serde(rename = "MaxAbsScaler")]
    MaxAbs {
        #[serde(rename = "scale_")]
        scale: Vec<f64>,
        clip: bool,
    },
}

impl From<StepDocument> for ScalerFormula {
    fn from(document: StepDocument) -> Self {
        match document {
            StepDocument::Standard { mean, scale } => Self::Standard { mean, scale },
            StepDocument::MinMax { scale, min, feature_range, clip } => {
                Self::MinMax { scale, min, clip: clip.then_some(feature_range) }
            }
            StepDocument::Robust { center, scale } => Self::Robust { center, scale },
            StepDocument::MaxAbs { scale, clip } => Self::MaxAbs { scale, clip },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbesDocument {
    rows: Matrix,
    predict: Labels,
    decision_function_ovo: Matrix,
}

impl ProbesDocument {
    fn into_probes(self, model: &Model) -> Result<Probes, Error> {
        let index = |(row, label)| {
            model.target().labels().position(|class| class == label).ok_or_else(|| Error::Probe {
                row: Some(row),
                problem: format!("expected one of the model's classes, found `{label}`"),
            })
        };
        Ok(Probes {
            predict: self.predict.0.iter().enumerate().map(index).collect::<Result<_, _>>()?,
            rows: self.rows.numbers,
            decision_function_ovo: self.decision_function_ovo.numbers,
        })
    }
}

/// A list of lists of equal length.
struct Matrix {
    rows: usize,
    columns: usize,
    /// Row major.
    numbers: Vec<f64>,
}

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(MatrixVisitor)
    }
}

struct MatrixVisitor;

impl<'de> Visitor<'de> for MatrixVisitor {
    type Value = Matrix;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of lists of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Matrix, A::Error> {
        let mut matrix = Matrix { rows: 0, columns: 0, numbers: Vec::new() };
        while let Some(row) = list.next_element::<Vec<f64>>()? {
            if matrix.rows == 0 {
                matrix.columns = row.len();
            }
            if row.len() != matrix.columns {
                let (expected, found) = (matrix.columns, row.len());
                return Err(de::Error::custom(format_args!("expected a list of {expected} numbers, found {found}")));
            }
            matrix.numbers.extend_from_slice(&row);
            matrix.rows += 1;
        }
        Ok(matrix)
    }
}

/// Labels of one type, told by how they stand in JSON: `1` is an integer, `1.0` a float.
struct Labels(Classes);

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut labels: Option<Classes> = None;
        for scalar in Vec::<Scalar>::deserialize(deserializer)? {
            labels = Some(match (labels, scalar) {
                (None, Scalar::Integer(label)) => Classes::Integer(vec![label]),
                (None, Scalar::String(label)) => Classes::String(vec![label]),
                (None, Scalar::Boolean(label)) => Classes::Boolean(vec![label]),
                (None, Scalar::Float(label)) => Classes::Float(vec![label]),
                (Some(Classes::Integer(labels)), Scalar::Integer(label)) => Classes::Integer(with(labels, label)),
                (Some(Classes::String(labels)), Scalar::String(label)) => Classes::String(with(labels, label)),
                (Some(Classes::Boolean(labels)), Scalar::Boolean(label)) => Classes::Boolean(with(labels, label)),
                (Some(Classes::Float(labels)), Scalar::Float(label)) => Classes::Float(with(labels, label)),
                _ => {
                    return Err(de::Error::custom("expected labels of one type, found several types"));
                }
            });
        }
        Ok(Self(labels.unwrap_or(Classes::Integer(Vec::new()))))
    }
}

fn with<T>(mut labels: Vec<T>, label: T) -> Vec<T> {
    labels.push(label);
    labels
}

enum Scalar {
    Integer(i64),
    String(String),
    Boolean(bool),
    Float(f64),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a label: a signed 64-bit integer, a string, a boolean or a number")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        let refusal = |_| E::invalid_value(de::Unexpected::Unsigned(value), &self);
        i64::try_from(value).map(Scalar::Integer).map_err(refusal)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::String(value.to_owned()))
    }
}
