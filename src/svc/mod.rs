//! The mathematics of support vector machines: numbers in, numbers out.
//!
//! In: the [`SvcParts`] of a fitted SVC, checked once by [`Svc::new`], the [`SingleParts`] of an SVR or a one-class SVM, or the
//! [`LinearParts`] of a [`Linear`] one; then whole rows of finite f64, as wide as the model. Out: class indices, decision values,
//! probabilities. Refused: parts that do not fit together. This room knows neither labels nor files nor messages.
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
//! * [`Linear`]: `x.w + intercept` for each score; it has formulas of its own.
//! * [`Single`]: one sum over all support vectors, the number of an SVR; a one-class SVM's row is inside where it is above zero.
//! * `predict_proba`: Platt's sigmoid of each pair value, then the pairwise coupling of Wu, Lin and Weng (2004), second method.
//!
//! With a linear kernel, labels alone are taken from one vector of weights for each pair of classes, where these are proven to give LIBSVM's
//! label: see `champions`, in single precision, and `collapsed`, in double precision. With an RBF kernel they are taken from kernel values
//! in single precision, where these are: see `certified`.
//!
//! All other sums are sequential and without fused multiply-add, in LIBSVM's order. Sixteen rows, or eight support vectors, go side by
//! side, each in a lane of its own, so an answer has the same bits on every CPU, for a row alone and among others.
//!
//! [`train`] finds all of these parts.
//!
//! # Names
//!
//! | idea | scikit-learn | LIBSVM | here |
//! |---|---|---|---|
//! | support vectors | `support_vectors_` | `SV` | `support_vectors`, (n_sv, n_features_in), row major |
//! | coefficients | `_dual_coef_` | `sv_coef` | `dual_coef`, (n_classes - 1, n_sv), row major |
//! | offset | `_intercept_` (= -rho) | `rho` | `intercept`, one for each pair |
//! | support vectors per class | `n_support_` | `nSV` | `n_support`, (n_classes) |
//! | class labels | `classes_` (sorted) | `label` (first-seen order) | class indices from 0, in the model's own order |
//! | kernel and its numbers | `kernel`, `_gamma`, `degree`, `coef0` | `kernel_type`, `gamma`, ... | [`Kernel`] |
//! | Platt's sigmoid | `_probA`, `_probB` | `probA`, `probB` | `prob_a`, `prob_b` |
//! | width | `n_features_in_` | - | `n_features_in` |
//! | one value per pair | `decision_function` (ovo) | `dec_values` | [`RowValues::push_pair_scores`] |
//! | one value per class | `decision_function` (ovr) | - | [`RowValues::push_class_scores`] |
//!
//! With two classes scikit-learn's public `dual_coef_` and `intercept_` have the opposite sign; only the private ones are meant here.

mod blocks;
mod certified;
mod certified_labels;
mod certified_lanes;
mod champion_lanes;
mod champions;
pub(crate) mod check;
mod collapsed;
mod cpu;
mod elementary;
mod error_bound;
mod exp2;
mod explain;
mod kernel;
mod lanes;
mod linear;
mod machine;
mod magnitude;
mod pairwise;
mod probability;
mod products;
mod projection;
mod single;
mod sparse;
mod sparse_svc;
mod sums;
pub mod train;
mod values;
mod votes;

use std::fmt;

pub use cpu::Cpu;
pub use explain::{ClassPair, ExplainedRow, SupportTerm};
pub use kernel::{Kernel, KernelParameters};
pub use linear::{Linear, LinearParts};
pub use machine::{DecisionFunctionShape, Svc, SvcParts};
pub(crate) use pairwise::pairwise_sum;
pub use probability::{Coupling, Probability};
pub use projection::project;
pub use single::{Single, SingleParts};
pub use sparse::{SparseBuffer, SparseRow};
pub use sparse_svc::{SparseSvc, SparseVectors};
pub use values::{RowValues, Workspace};
pub(crate) use votes::{first_largest, pairs};

/// A part of a model that is wrong by itself or does not fit the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The part's name as in [`SvcParts`].
    pub name: &'static str,
    /// What the other parts or the formulas ask for.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Error {
    /// An error in a part, in words.
    pub fn new(name: &'static str, expected: impl ToString, found: impl ToString) -> Error {
        Error { name, expected: expected.to_string(), found: found.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: expected {}, found {}", self.name, self.expected, self.found)
    }
}

impl std::error::Error for Error {}
