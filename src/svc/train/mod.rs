//! Training: the solution of LIBSVM, as scikit-learn has it.
//!
//! In: rows, what each of them is (a class, a number, or nothing), weights, and [`TrainingSettings`]. Out: the parts of a fitted SVC
//! ([`SvcParts`](super::SvcParts)) or of another SVM ([`SingleParts`](super::SingleParts)), with how it went. Refused: what has no solution.
//!
//! # The problem
//!
//! All five estimators come to one problem. For the variables alpha, each with a sign y of 1 or -1 and a bound C:
//!
//! ```text
//! minimise   1/2 alpha' Q alpha + p' alpha      Q(i,j) = y(i) y(j) K(i,j)
//! subject to 0 <= alpha(i) <= C(i),  y' alpha = constant;  and for nu the sums for y = 1 and y = -1 are constant
//! ```
//!
//! Sequential minimal optimization changes two variables at a time. With the gradient G of the objective, all that it compares is
//! the value `v = -y G` of a variable, so `v` is what is kept. Signs do not change roundings: all bits are those of LIBSVM's formulas.
//!
//! # Source
//! LIBSVM, `Solver` and `Solver_NU`; Fan, Chen and Lin (2005), working set selection using second order information; Chang and Lin
//! (2011), sections 4 and 5. Kernel values are rounded to single precision as there; what is done when values tie is the same too.

mod cache;
mod crew;
mod dots;
mod fit;
mod gamma;
mod matrix;
mod selection;
mod shrinking;
mod solver;
mod state;

use std::num::NonZero;

use super::cpu::Cpu;
use super::kernel::Kernel;

pub use fit::{fit_classes, fit_single};
pub use gamma::{auto_gamma, scale_gamma};
pub use matrix::TrainingRows;

/// How to train, whatever the estimator.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSettings {
    /// Kernel and its numbers.
    pub kernel: Kernel,
    /// Largest violation of the conditions of optimality that is left; above zero.
    pub tol: f64,
    /// Whether variables that stay at a bound are set aside for a while.
    pub shrinking: bool,
    /// Steps after which a problem is left as it is.
    pub iterations_max: Option<u64>,
    /// Memory for kernel values, for the rows as they are laid out to compute them, and for the variables, bytes. With less than the
    /// latter two take, they and a few kernel rows are held all the same.
    pub cache_bytes: usize,
    /// Threads, of which each solves one pair of classes at a time. With more threads than pairs they share the computation of long
    /// kernel rows.
    pub threads: NonZero<usize>,
    /// The instruction set to compute with.
    pub cpu: Cpu,
}

/// What separates classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Separation {
    /// `SVC`
    C(f64),
    /// `NuSVC`
    Nu(f64),
}

/// What is fitted where there are no classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// `SVR`
    Epsilon {
        /// Price of an error.
        c: f64,
        /// Errors up to it cost nothing.
        epsilon: f64,
    },
    /// `NuSVR`
    Nu {
        /// Price of an error.
        c: f64,
        /// Share of rows with errors, at most.
        nu: f64,
    },
    /// `OneClassSVM`, which has no targets.
    OneClass {
        /// Share of outliers, at most.
        nu: f64,
    },
}

/// A fitted estimator.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted<P> {
    /// What the model consists of.
    pub parts: P,
    /// The rows that are its support vectors, in the order of the model.
    pub support: Vec<usize>,
    /// Steps of each problem, one for each pair of classes.
    pub iterations: Vec<u64>,
    /// Whether a problem was left as it was after [`TrainingSettings::iterations_max`].
    pub is_unfinished: bool,
}

/// Is told how training goes on, by several threads.
pub trait TrainingObserver: Sync {
    /// Some more steps have been made. Training ends when this says so.
    fn should_stop(&self, steps: u64) -> bool;
    /// One of the problems is solved.
    fn solved(&self);
}

/// Why there is no solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// What was given has no solution.
    Infeasible(super::Error),
    /// The observer stopped it.
    Stopped,
}

impl From<super::Error> for Error {
    fn from(cause: super::Error) -> Error {
        Error::Infeasible(cause)
    }
}
