//! The body of model.bin in version 1 of the format, which svcd 0.1 wrote:
//!
//! ```text
//! source, sklearn_version  as in version 2
//! steps                    list of one of StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler, with the values that the
//!                            scalers of version 2 have behind n_features_in
//! kernel, classes          as in version 2
//! n_features_in            u64
//! feature_names_in         optional list of string
//! n_support, support_vectors, dual_coef, intercept, decision_function_shape, break_ties, probability
//!                          as in the svc of version 2
//! calibration              optional, of a CalibratedClassifierCV: list of sigmoids (f64 a, f64 b) of the SVC above;
//!                            list of further SVCs: all from steps to probability again, then its list of sigmoids
//! probes                   as in version 2
//! ```

use serde::Deserialize;

use super::coding::{StoredContent, deserialize, meta};
use crate::model_file::{Error, Format, Probes, Provenance};
use crate::pipeline::{
    self, Calibrator, Classes, Columns, Estimator, Model, Nested, Rule, Scaler, ScalerFormula, Sigmoid, Step, Steps,
};
use crate::svc::{DecisionFunctionShape, Kernel, Probability, SvcParts};

#[derive(Deserialize)]
struct Body1 {
    source: Format,
    sklearn_version: Option<String>,
    first: Svc1,
    calibration: Option<Calibration1>,
    probes: Option<Probes>,
}

#[derive(Deserialize)]
struct Svc1 {
    steps: Vec<ScalerFormula>,
    kernel: Kernel,
    classes: Classes,
    n_features_in: usize,
    feature_names_in: Option<Vec<String>>,
    n_support: Vec<usize>,
    support_vectors: Vec<f64>,
    dual_coef: Vec<f64>,
    intercept: Vec<f64>,
    decision_function_shape: DecisionFunctionShape,
    break_ties: bool,
    probability: Option<Probability>,
}

#[derive(Deserialize)]
struct Calibration1 {
    sigmoids: Vec<Sigmoid>,
    others: Vec<(Svc1, Vec<Sigmoid>)>,
}

/// Reads a body of version 1.
pub(super) fn read(body: &[u8]) -> Result<StoredContent, Error> {
    let Body1 { source, sklearn_version, mut first, calibration, probes } = deserialize(body)?;
    let names = first.feature_names_in.take();
    let (steps, classes, parts) = first.split();
    let (steps, estimator) = match calibration {
        None => (steps, Estimator::of_svc(classes, parts)?),
        Some(Calibration1 { sigmoids, others }) => {
            let mut members = vec![Nested { steps, estimator: Estimator::of_svc(classes.clone(), parts)? }];
            let mut calibrators = vec![sigmoids.into_iter().map(Calibrator::Sigmoid).collect()];
            for (other, sigmoids) in others {
                let (steps, other_classes, parts) = other.split();
                if other_classes != classes {
                    return Err(pipeline::Error::part("members", "members of the same classes", "others").into());
                }
                members.push(Nested { steps, estimator: Estimator::of_svc(other_classes, parts)? });
                calibrators.push(sigmoids.into_iter().map(Calibrator::Sigmoid).collect());
            }
            (Steps::default(), meta(classes, members, Rule::Calibrated(calibrators))?)
        }
    };
    let columns = Columns::numbers(estimator.width_in(), names)?;
    let model = Model::new(columns, steps, estimator)?;
    Ok((Provenance { format: Format::ModelBin, source, sklearn_version, training: None }, model, probes))
}

impl Svc1 {
    fn split(self) -> (Steps, Classes, SvcParts) {
        let n_features_in = self.n_features_in;
        let step = |formula| Step::Scaler(Scaler { n_features_in, formula });
        let parts = SvcParts {
            kernel: self.kernel,
            n_features_in,
            n_support: self.n_support,
            support_vectors: self.support_vectors,
            dual_coef: self.dual_coef,
            intercept: self.intercept,
            decision_function_shape: self.decision_function_shape,
            break_ties: self.break_ties,
            probability: self.probability,
        };
        (Steps(self.steps.into_iter().map(step).collect()), self.classes, parts)
    }
}
