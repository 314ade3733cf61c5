//! Estimators inside an estimator, and the rules that combine their answers into one: scikit-learn's meta-estimators.
//!
//! In: rows after the model's steps. Out: labels, decision values and probabilities, as the rule makes them of the members'. A member
//! may be another meta-estimator; readers say how deep that may go.

mod calibration;
mod estimator;
mod isotonic;
mod member;
mod multiclass;
mod threshold;

pub use calibration::{Calibrator, Sigmoid};
pub use estimator::{MetaEstimator, Rule};
pub use isotonic::Isotonic;
pub(super) use member::Inner;
pub use member::Nested;
pub use multiclass::Ties;
pub use threshold::Threshold;
