//! The mathematics of a fitted `SVC`: numbers in, numbers out.
//!
//! In: a model's [`Parts`], checked once by [`Model::new`]; then rows of f64 in the model's column order and its training
//! units. Out: class indices, decision values, probabilities. Refused: parts that do not fit together, rows of another width,
//! numbers that are not finite. This room knows neither files nor messages.
//!
//! # Formulas
//!
//! Kernel of a row x and a support vector s: linear `x.s`; poly `(gamma x.s + coef0)^degree`; rbf `exp(-gamma |x - s|^2)`;
//! sigmoid `tanh(gamma x.s + coef0)`. Decision value of a pair of classes i < j, in LIBSVM's sign (above zero votes for i):
//!
//! ```text
//! dec(i,j) = sum over s of class i: dual_coef[j-1][s] K(x,s)  +  sum over s of class j: dual_coef[i][s] K(x,s)  +  intercept(i,j)
//! ```
//!
//! * `predict`: `dec > 0` is a vote for i, anything else one for j; most votes win, the first class on a tie.
//! * `decision_function`, two classes: `-dec`. More, "ovo": the pair values. "ovr": `votes + s / (3 (|s| + 1))`, where s adds up
//!   `dec` for i and `-dec` for j, and where `dec < 0` is a vote for j: a value of exactly zero goes to the other class than in `predict`.
//! * `predict_proba`: Platt's sigmoid of each pair value, then the pairwise coupling of Wu, Lin and Weng (2004), second method.
//!
//! A calibrated model, scikit-learn's `CalibratedClassifierCV`, has other probabilities: a sigmoid of each one-vs-rest value,
//! averaged over its SVCs. Its `predict` follows them, and it has no `decision_function`.
//!
//! All sums are sequential and without fused multiply-add, in LIBSVM's order. Eight rows, or eight support vectors, go through
//! them side by side, each in a lane of its own, so an answer has the same bits on every CPU, alone and among other rows.
//!
//! # Names
//!
//! | idea | scikit-learn | LIBSVM | here |
//! |---|---|---|---|
//! | support vectors | `support_vectors_` | `SV` | `support_vectors`, (n_sv, n_features_in), row major |
//! | coefficients | `_dual_coef_` | `sv_coef` | `dual_coef`, (n_classes - 1, n_sv), row major |
//! | offset | `_intercept_` (= -rho) | `rho` | `intercept`, one for each pair |
//! | support vectors per class | `n_support_` | `nSV` | `n_support`, (n_classes) |
//! | class labels | `classes_` (sorted) | `label` (first-seen order) | `classes`, in the model's own order |
//! | kernel and its numbers | `kernel`, `_gamma`, `degree`, `coef0` | `kernel_type`, `gamma`, ... | [`Kernel`] |
//! | Platt's sigmoid | `_probA`, `_probB` | `probA`, `probB` | `prob_a`, `prob_b` |
//! | width, column names | `n_features_in_`, `feature_names_in_` | - | `n_features_in`, `feature_names_in` |
//! | one value per pair | `decision_function` (ovo) | `dec_values` | `decision_function_ovo` |
//! | one value per class | `decision_function` (ovr) | - | `decision_function_ovr` |
//!
//! With two classes scikit-learn's public `dual_coef_` and `intercept_` have the opposite sign; only the private ones are meant here.

mod answers;
mod blocks;
mod calibration;
mod classes;
mod cpu;
mod elementary;
mod kernel;
mod lanes;
mod magnitude;
mod model;
mod predict;
mod probability;
mod scaler;
mod votes;

use std::fmt;

pub use answers::{Answers, Asked, Output};
pub use calibration::{Member, Sigmoid};
pub use classes::{Classes, Label};
pub use cpu::Cpu;
pub use kernel::Kernel;
pub use model::{DecisionFunctionShape, Model, Parts};
pub use predict::Scratch;
pub use probability::{Coupling, Probability};
pub use scaler::Step;

/// Why a model cannot be built from its parts, or cannot answer for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A part of the model is wrong by itself or does not fit the others.
    Part {
        /// The part's name as in [`Parts`], or the scaler's name and attribute.
        name: &'static str,
        /// What the other parts or the formulas ask for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The rows are not a whole number of rows.
    RowWidth {
        /// Features of the model.
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
    /// A finite number that a step before the SVC turns into NaN or infinity.
    NotFiniteScaled {
        /// Index of the row, from 0.
        row: usize,
        /// Index of the column, from 0.
        column: usize,
        /// The step's scikit-learn class.
        step: &'static str,
    },
    /// `predict` of a model with `break_ties` and the decision function shape "ovo", which scikit-learn refuses too.
    BreakTiesOvo,
    /// `predict_proba` of a model trained without probabilities.
    NoProbability,
    /// The decision function of a calibrated model, which scikit-learn's has neither.
    NoDecisionFunction,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part { name, expected, found } => write!(f, "`{name}`: expected {expected}, found {found}"),
            Self::RowWidth { n_features_in, found } => {
                write!(f, "expected rows of {n_features_in} numbers, found {found} numbers in all")
            }
            Self::NotFinite { row, column } => {
                write!(f, "row {row}, column {column}: expected a finite number, found NaN or infinity")
            }
            Self::NotFiniteScaled { row, column, step } => {
                write!(f, "row {row}, column {column}: the number is too large for the model's {step}")
            }
            Self::BreakTiesOvo => {
                f.write_str("`break_ties`: expected false with the decision function shape `ovo`, found true")
            }
            Self::NoProbability => f.write_str("the model was trained without probabilities"),
            Self::NoDecisionFunction => f.write_str("a calibrated model has probabilities, but no decision function"),
        }
    }
}

impl Error {
    /// The same error for a caller to whom the row has this index.
    fn at_row(self, index: usize) -> Self {
        match self {
            Self::NotFinite { column, .. } => Self::NotFinite { row: index, column },
            Self::NotFiniteScaled { column, step, .. } => Self::NotFiniteScaled { row: index, column, step },
            other => other,
        }
    }
}

impl std::error::Error for Error {}
