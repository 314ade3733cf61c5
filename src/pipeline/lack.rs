//! Why a model does not have an output.

use std::fmt;

/// Why a model does not have an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// `predict` of a model with `break_ties` and the decision function shape "ovo", which scikit-learn refuses too.
    BreakTiesOvo,
    /// `predict_proba` of a model trained without probabilities.
    NoProbability,
    /// The decision function of a calibrated model, which has none in scikit-learn either.
    NoDecisionFunction,
    /// An output that no estimator of this class has, in scikit-learn either.
    NoSuchOutput {
        /// The estimator's scikit-learn class.
        estimator: &'static str,
        /// scikit-learn's name of what was asked for.
        output: &'static str,
    },
    /// A score for each class, or for each pair of them, of a model without classes.
    NoClasses {
        /// The estimator's scikit-learn class.
        estimator: &'static str,
        /// What it gives instead.
        gives: &'static str,
    },
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BreakTiesOvo => {
                f.write_str("`break_ties`: expected false with the decision function shape `ovo`, found true")
            }
            Self::NoProbability => f.write_str("the model was trained without probabilities"),
            Self::NoDecisionFunction => f.write_str("a calibrated model has probabilities, but no decision function"),
            Self::NoSuchOutput { estimator, output } => write!(f, "{estimator} has no {output}"),
            Self::NoClasses { estimator, gives } => write!(f, "{estimator} gives {gives}: it has no classes to score"),
        }
    }
}
