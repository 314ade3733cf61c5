//! A fitted model: its parts, and the one constructor that lets only parts through that fit together.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::blocks::Blocks;
use super::calibration::Calibration;
use super::{Classes, Error, Kernel, Probability, Step};

/// A fitted `SVC` or `NuSVC` that can answer, or several that were calibrated together; built only by [`Model::new`] and
/// [`Model::calibrated`], so its shapes agree and its numbers are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(super) parts: Parts,
    /// The model's own names, or `x0`, `x1`, ...
    feature_names: Vec<String>,
    /// `dual_coef` transposed, (n_sv, n_classes - 1): what one support vector adds to all its pairs lies together.
    pub(super) dual_coef_by_vector: Vec<f64>,
    /// The support vectors, eight side by side.
    pub(super) support_blocks: Blocks,
    /// What makes probabilities out of the values of this SVC and of others.
    pub(super) calibration: Option<Box<Calibration>>,
}

/// All that a model consists of, not checked yet.
// Serialised as it stands: the order of fields here, and of variants in the types used here, is the layout of stored models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Scalers before the SVC, in the order in which they are applied.
    pub steps: Vec<Step>,
    /// Kernel and its numbers.
    pub kernel: Kernel,
    /// Labels in the order in which everything else counts classes; at least two, all different.
    pub classes: Classes,
    /// Numbers in a row.
    pub n_features_in: usize,
    /// Names of the columns, if the model was fitted with names.
    pub feature_names_in: Option<Vec<String>>,
    /// Support vectors of each class, (n_classes).
    pub n_support: Vec<usize>,
    /// Grouped by class, (n_sv, n_features_in), row major; after the steps.
    pub support_vectors: Vec<f64>,
    /// Coefficients, (n_classes - 1, n_sv), row major. For a vector of class c the one against class o is in row o - 1
    /// if o > c, else in row o. LIBSVM's sign: scikit-learn's private `_dual_coef_`.
    pub dual_coef: Vec<f64>,
    /// Offset of each pair (0,1), (0,2), ..., (1,2), ...: minus rho, scikit-learn's private `_intercept_`.
    pub intercept: Vec<f64>,
    /// What `decision_function` gives with more than two classes.
    pub decision_function_shape: DecisionFunctionShape,
    /// Whether `predict` follows the largest one-vs-rest value instead of the votes (more than two classes).
    pub break_ties: bool,
    /// Platt's parameters, if the model was trained with probabilities.
    pub probability: Option<Probability>,
}

/// What `decision_function` gives with more than two classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecisionFunctionShape {
    /// One value per pair.
    Ovo,
    /// One value per class.
    Ovr,
}

impl Model {
    /// Builds a model from parts that fit together.
    ///
    /// # Errors
    /// [`Error::Part`] names the first part with a shape that the others contradict, or with a number that cannot be.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        parts.check_classes()?;
        parts.check_kernel()?;
        let n_sv = parts.check_shapes()?;
        parts.check_probability()?;
        parts.check_feature_names()?;
        for step in &parts.steps {
            step.check(parts.n_features_in)?;
        }
        let feature_names = match &parts.feature_names_in {
            Some(names) => names.clone(),
            None => (0..parts.n_features_in).map(|column| format!("x{column}")).collect(),
        };
        let column = |vector: usize| parts.dual_coef.iter().skip(vector).step_by(n_sv).copied();
        let dual_coef_by_vector = (0..n_sv).flat_map(column).collect();
        let support_blocks = Blocks::new(&parts.support_vectors, parts.n_features_in);
        Ok(Self { feature_names, dual_coef_by_vector, support_blocks, parts, calibration: None })
    }

    /// What the model was built from, for writing it to a file; of a calibrated model its first SVC, as everywhere here.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Class labels in the model's order.
    pub fn classes(&self) -> &Classes {
        &self.parts.classes
    }

    /// Number of classes, two or more.
    pub fn n_classes(&self) -> usize {
        self.parts.classes.len()
    }

    /// Numbers in a row, one or more.
    pub fn n_features_in(&self) -> usize {
        self.parts.n_features_in
    }

    /// Number of support vectors, one or more.
    pub fn n_support_vectors(&self) -> usize {
        self.parts.n_support.iter().sum()
    }

    /// Number of support vectors of each class.
    pub fn n_support(&self) -> &[usize] {
        &self.parts.n_support
    }

    /// The kernel and its numbers.
    pub fn kernel(&self) -> Kernel {
        self.parts.kernel
    }

    /// Names of the columns: the model's own, or `x0`, `x1`, ... where it has none.
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// Whether the names of the columns are the model's own.
    pub fn has_feature_names(&self) -> bool {
        self.parts.feature_names_in.is_some()
    }

    /// What `decision_function` gives with more than two classes.
    pub fn decision_function_shape(&self) -> DecisionFunctionShape {
        self.parts.decision_function_shape
    }

    /// Whether `predict` follows the largest one-vs-rest value (more than two classes).
    pub fn break_ties(&self) -> bool {
        self.parts.break_ties
    }

    /// Numbers that `decision_function` gives for a row: 1 for two classes.
    pub fn decision_width(&self) -> usize {
        match (self.n_classes(), self.parts.decision_function_shape) {
            (2, _) => 1,
            (n_classes, DecisionFunctionShape::Ovr) => n_classes,
            (_, DecisionFunctionShape::Ovo) => self.parts.intercept.len(),
        }
    }

    /// Whether the model was trained with probabilities, or calibrated.
    pub fn has_probability(&self) -> bool {
        self.is_calibrated() || self.parts.probability.is_some()
    }

    /// A row as the model may be asked for: the mean of its support vectors in the unit of the training data.
    /// A single one would be somebody's row. Not finite where a number is beyond f64, or a scaler cannot be undone.
    pub fn example_row(&self) -> Vec<f64> {
        let n_sv = self.n_support_vectors() as f64;
        let mut row = vec![0.0; self.n_features_in()];
        for vector in self.parts.support_vectors.chunks_exact(row.len()) {
            row.iter_mut().zip(vector).for_each(|(mean, value)| *mean += value / n_sv);
        }
        self.steps().iter().rev().for_each(|step| step.undo(&mut row));
        row
    }

    /// The scalers before the SVC.
    pub fn steps(&self) -> &[Step] {
        &self.parts.steps
    }
}

impl Parts {
    fn check_classes(&self) -> Result<(), Error> {
        if self.classes.len() < 2 {
            return Err(part("classes", "at least 2 classes", self.classes.len()));
        }
        if let Classes::Float(labels) = &self.classes {
            check_finite("classes", labels)?;
        }
        match self.classes.duplicate() {
            None => Ok(()),
            Some(label) => Err(part("classes", "different labels", format_args!("`{label}` twice"))),
        }
    }

    fn check_kernel(&self) -> Result<(), Error> {
        let (gamma, coef0) = match self.kernel {
            Kernel::Linear => (0.0, 0.0),
            Kernel::Rbf { gamma } => (gamma, 0.0),
            Kernel::Poly { gamma, coef0, .. } | Kernel::Sigmoid { gamma, coef0 } => (gamma, coef0),
        };
        if !(gamma.is_finite() && gamma >= 0.0) {
            return Err(part("gamma", "a finite number, zero or above", format_args!("{gamma:?}")));
        }
        if !coef0.is_finite() {
            return Err(part("coef0", "a finite number", format_args!("{coef0:?}")));
        }
        Ok(())
    }

    /// The number of support vectors, when every array has the length that it and the classes ask for.
    fn check_shapes(&self) -> Result<usize, Error> {
        let n_classes = self.classes.len();
        if self.n_features_in == 0 {
            return Err(part("n_features_in", "at least 1 feature", 0));
        }
        check_len("n_support", n_classes, self.n_support.len())?;
        let n_sv = self.n_support.iter().try_fold(0_usize, |sum, n| sum.checked_add(*n));
        let n_sv = n_sv.ok_or_else(|| too_large("n_support"))?;
        if n_sv == 0 {
            return Err(part("n_support", "at least 1 support vector", 0));
        }
        let product = |name, a: usize, b: usize| a.checked_mul(b).ok_or_else(|| too_large(name));
        let arrays = [
            ("support_vectors", product("support_vectors", n_sv, self.n_features_in)?, &self.support_vectors),
            ("dual_coef", product("dual_coef", n_classes - 1, n_sv)?, &self.dual_coef),
            ("intercept", product("intercept", n_classes, n_classes - 1)? / 2, &self.intercept),
        ];
        for (name, expected, values) in arrays {
            check_len(name, expected, values.len())?;
            check_finite(name, values)?;
        }
        Ok(n_sv)
    }

    fn check_probability(&self) -> Result<(), Error> {
        let Some(probability) = &self.probability else {
            return Ok(());
        };
        for (name, values) in [("prob_a", &probability.prob_a), ("prob_b", &probability.prob_b)] {
            check_len(name, self.intercept.len(), values.len())?;
            check_finite(name, values)?;
        }
        Ok(())
    }

    fn check_feature_names(&self) -> Result<(), Error> {
        let Some(names) = &self.feature_names_in else {
            return Ok(());
        };
        if names.len() != self.n_features_in {
            return Err(part("feature_names_in", format_args!("{} names", self.n_features_in), names.len()));
        }
        if let Some(index) = names.iter().position(String::is_empty) {
            return Err(part("feature_names_in", "names", format_args!("an empty one at index {index}")));
        }
        let mut seen = HashSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            None => Ok(()),
            Some(name) => Err(part("feature_names_in", "different names", format_args!("`{name}` twice"))),
        }
    }
}

pub(super) fn check_len(name: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(part(name, format_args!("{expected} numbers"), found)) }
}

pub(super) fn check_finite(name: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((index, value)) => Err(part(name, "finite numbers", format_args!("{value:?} at index {index}"))),
    }
}

pub(super) fn part(name: &'static str, expected: impl ToString, found: impl ToString) -> Error {
    Error::Part { name, expected: expected.to_string(), found: found.to_string() }
}

fn too_large(name: &'static str) -> Error {
    part(name, "a count that fits into memory", "a larger one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;

    #[test]
    fn the_example_is_the_mean_of_the_support_vectors_before_the_steps() {
        let scaled = |scale: f64, min: f64| Step::MinMaxScaler { scale: vec![scale; 2], min: vec![min; 2], clip: None };
        let made_up = MadeUp {
            steps: vec![scaled(0.5, 0.0), scaled(1.0, -3.0)],
            support_vectors: vec![1.0, 2.0, 3.0, -4.0],
            ..MadeUp::default()
        };
        assert_eq!(made_up.clone().model().example_row(), [10.0, 4.0]);
        let steps = vec![scaled(0.0, 0.0)];
        assert!(MadeUp { steps, ..made_up }.model().example_row().iter().all(|value| !value.is_finite()));
    }
}
