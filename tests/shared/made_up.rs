//! Models that tests make up: the one place that spells out all parts of a model. The unit tests, `tests/it` and the fuzz
//! targets include this file.
// No crate that includes it uses all of it.
#![allow(dead_code)]

use svcd::svc::{Classes, DecisionFunctionShape, Kernel, Model, Parts, Probability, Step};

/// What a made-up model consists of. A test names what it is about; the rest is the default's: two classes 0 and 1, one
/// feature, a linear kernel, one support vector for each class.
#[derive(Clone)]
pub struct MadeUp {
    pub steps: Vec<Step>,
    pub kernel: Kernel,
    pub classes: Classes,
    pub feature_names: Option<Vec<String>>,
    pub n_support: Vec<usize>,
    /// Row major. Their number and `n_support` say how many features there are.
    pub support_vectors: Vec<f64>,
    pub dual_coef: Vec<f64>,
    pub intercept: Vec<f64>,
    pub decision_function_shape: DecisionFunctionShape,
    pub break_ties: bool,
    pub probability: Option<Probability>,
}

impl Default for MadeUp {
    fn default() -> Self {
        Self::one_vector_each(&[1.0, -1.0], &[0.0])
    }
}

impl MadeUp {
    /// Classes 0, 1, ..., as many as the pairs of `intercept` are of, and for each one support vector, the number 1.
    pub fn one_vector_each(dual_coef: &[f64], intercept: &[f64]) -> Self {
        let n_classes = (1..).find(|k| k * (k - 1) / 2 == intercept.len()).expect("an intercept for each pair");
        Self {
            steps: vec![],
            kernel: Kernel::Linear,
            classes: Classes::Integer((0..n_classes as i64).collect()),
            feature_names: None,
            n_support: vec![1; n_classes],
            support_vectors: vec![1.0; n_classes],
            dual_coef: dual_coef.to_vec(),
            intercept: intercept.to_vec(),
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        }
    }

    /// The parts, not checked.
    pub fn parts(self) -> Parts {
        Parts {
            steps: self.steps,
            kernel: self.kernel,
            classes: self.classes,
            n_features_in: self.support_vectors.len() / self.n_support.iter().sum::<usize>(),
            feature_names_in: self.feature_names,
            n_support: self.n_support,
            support_vectors: self.support_vectors,
            dual_coef: self.dual_coef,
            intercept: self.intercept,
            decision_function_shape: self.decision_function_shape,
            break_ties: self.break_ties,
            probability: self.probability,
        }
    }

    /// The model. Panics if the parts do not fit together.
    pub fn model(self) -> Model {
        Model::new(self.parts()).expect("the parts fit together")
    }
}
