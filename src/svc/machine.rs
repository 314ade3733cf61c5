//! A fitted SVC: its parts, and the one constructor that lets only parts through that fit together.

use serde::{Deserialize, Serialize};

use super::Error;
use super::blocks::Blocks;
use super::certified::Certified;
use super::check::{check_finite, check_len};
use super::collapsed::Collapsed;
use super::kernel::Kernel;
use super::probability::Probability;

/// A fitted `SVC` or `NuSVC`, without its labels; built only by [`Svc::new`], so its shapes agree and its numbers are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Svc {
    parts: SvcParts,
    /// `dual_coef` transposed, (n_sv, n_classes - 1): what one support vector adds to all its pairs lies together.
    pub(super) dual_coef_by_vector: Vec<f64>,
    /// The support vectors, eight side by side.
    pub(super) support_blocks: Blocks,
    /// What a linear kernel comes to.
    pub(super) collapsed: Option<Collapsed>,
    /// What labels of an RBF kernel take in single precision.
    pub(super) certified: Option<Certified>,
}

/// All that an SVC consists of, not checked yet. Classes are counted from 0.
// Serialised as it stands: the order of fields here, and of variants in the types used here, is the layout of stored models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SvcParts {
    /// Kernel and its numbers.
    pub kernel: Kernel,
    /// Numbers in a row.
    pub n_features_in: usize,
    /// Support vectors of each class, (n_classes).
    pub n_support: Vec<usize>,
    /// Grouped by class, (n_sv, n_features_in), row major.
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

impl DecisionFunctionShape {
    /// scikit-learn's name of the shape.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ovo => "ovo",
            Self::Ovr => "ovr",
        }
    }
}

impl Svc {
    /// Builds an SVC from parts that fit together.
    ///
    /// # Errors
    /// [`Error`] names the first part with a shape that the others contradict, or with a number that cannot be.
    pub fn new(parts: SvcParts) -> Result<Svc, Error> {
        Svc::with_support(parts, 1)
    }

    /// The same with `n_sv_min` support vectors at least.
    pub(super) fn with_support(parts: SvcParts, n_sv_min: usize) -> Result<Svc, Error> {
        parts.check_kernel()?;
        let n_sv = parts.check_shapes(n_sv_min, parts.n_features_in)?;
        parts.check_probability()?;
        let column = |vector: usize| parts.dual_coef.iter().skip(vector).step_by(n_sv).copied();
        let dual_coef_by_vector: Vec<f64> = (0..n_sv).flat_map(column).collect();
        let support_blocks = Blocks::new(&parts.support_vectors, parts.n_features_in);
        // of tied votes the largest value decides, not the labels of pairs
        let is_by_votes = !parts.break_ties || parts.n_support.len() == 2;
        let SvcParts { n_features_in, n_support, support_vectors, intercept, .. } = &parts;
        let (mut collapsed, mut certified) = (None, None);
        match parts.kernel {
            Kernel::Linear if is_by_votes => {
                collapsed = Collapsed::new(*n_features_in, n_support, support_vectors, &dual_coef_by_vector, intercept);
            }
            Kernel::Rbf { gamma } if is_by_votes => {
                let coefs = &dual_coef_by_vector;
                certified = Certified::new(gamma, *n_features_in, n_support, support_vectors, coefs, intercept);
            }
            _ => {}
        }
        Ok(Svc { dual_coef_by_vector, support_blocks, collapsed, certified, parts })
    }

    /// What it was built from.
    pub fn parts(&self) -> &SvcParts {
        &self.parts
    }

    /// Number of classes, two or more.
    pub fn n_classes(&self) -> usize {
        self.parts.n_support.len()
    }

    /// Numbers in a row, one or more.
    pub fn n_features_in(&self) -> usize {
        self.parts.n_features_in
    }

    /// Number of support vectors; of an SVC one or more.
    pub fn n_support_vectors(&self) -> usize {
        self.parts.n_support.iter().sum()
    }

    /// Numbers that `decision_function` gives for a row: 1 for two classes.
    pub fn decision_width(&self) -> usize {
        self.parts.decision_width()
    }

    /// The largest magnitude of a support vector's coefficients; 0 where there is no such vector.
    pub fn coefficient_max(&self, support_vector: usize) -> f64 {
        let coefficients = self.dual_coef_by_vector.chunks_exact(self.n_classes() - 1).nth(support_vector);
        coefficients.into_iter().flatten().fold(0.0, |largest, coefficient| largest.max(coefficient.abs()))
    }

    /// The mean of the support vectors, which is nobody's row; not finite where a sum is beyond f64.
    pub fn mean_support_vector(&self) -> Vec<f64> {
        let n_sv = self.n_support_vectors() as f64;
        let mut row = vec![0.0; self.n_features_in()];
        for vector in self.parts.support_vectors.chunks_exact(row.len()) {
            row.iter_mut().zip(vector).for_each(|(mean, value)| *mean += value / n_sv);
        }
        row
    }

    /// How many support vectors each class has, and their mean, as above.
    pub fn class_means(&self) -> impl Iterator<Item = (usize, Vec<f64>)> {
        let width = self.n_features_in();
        let mut vectors = self.parts.support_vectors.chunks_exact(width);
        self.parts.n_support.iter().map(move |count| {
            let mut mean = vec![0.0; width];
            for vector in vectors.by_ref().take(*count) {
                mean.iter_mut().zip(vector).for_each(|(mean, value)| *mean += value / *count as f64);
            }
            (*count, mean)
        })
    }
}

impl SvcParts {
    fn check_kernel(&self) -> Result<(), Error> {
        let parameters = self.kernel.parameters();
        let gamma = parameters.gamma.unwrap_or_default();
        if !(gamma.is_finite() && gamma >= 0.0) {
            return Err(Error::new("gamma", "a finite number, zero or above", format_args!("{gamma:?}")));
        }
        let coef0 = parameters.coef0.unwrap_or_default();
        if !coef0.is_finite() {
            return Err(Error::new("coef0", "a finite number", format_args!("{coef0:?}")));
        }
        Ok(())
    }

    /// Numbers that `decision_function` gives for a row: 1 for two classes.
    pub fn decision_width(&self) -> usize {
        match (self.n_support.len(), self.decision_function_shape) {
            (2, _) => 1,
            (n_classes, DecisionFunctionShape::Ovr) => n_classes,
            (_, DecisionFunctionShape::Ovo) => self.intercept.len(),
        }
    }

    /// Number of support vectors.
    pub fn n_support_vectors(&self) -> usize {
        self.n_support.iter().sum()
    }

    /// The number of support vectors, when all else fits and the support vectors are kept elsewhere.
    pub(super) fn check_without_vectors(&self) -> Result<usize, Error> {
        self.check_kernel()?;
        let n_sv = self.check_shapes(1, 0)?;
        self.check_probability()?;
        Ok(n_sv)
    }

    /// The number of support vectors, when every array has the length that it and the classes ask for.
    fn check_shapes(&self, n_sv_min: usize, vector_len: usize) -> Result<usize, Error> {
        let n_classes = self.n_support.len();
        if n_classes < 2 {
            return Err(Error::new("classes", "at least 2 classes", n_classes));
        }
        if self.n_features_in == 0 {
            return Err(Error::new("n_features_in", "at least 1 feature", 0));
        }
        let n_sv = self.n_support.iter().try_fold(0_usize, |sum, n| sum.checked_add(*n));
        let n_sv = n_sv.ok_or_else(|| too_large("n_support"))?;
        if n_sv < n_sv_min {
            return Err(Error::new("n_support", "at least 1 support vector", n_sv));
        }
        let product = |name, a: usize, b: usize| a.checked_mul(b).ok_or_else(|| too_large(name));
        let arrays = [
            ("support_vectors", product("support_vectors", n_sv, vector_len)?, &self.support_vectors),
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
}

fn too_large(name: &'static str) -> Error {
    Error::new(name, "a count that fits into memory", "a larger one")
}
