//! What stands at the end of a model and decides.

use serde::{Deserialize, Serialize};

use super::meta::MetaEstimator;
use super::outputs::{Output, OutputName, Target};
use super::{Classes, Error, Inverse, Lack};
use crate::svc::check::check_len;
use crate::svc::{
    DecisionFunctionShape, Kernel, Linear, LinearParts, Single, SingleParts, SparseSvc, SparseVectors, Svc, SvcParts,
};

/// A fitted estimator.
#[derive(Debug, Clone, PartialEq)]
pub enum Estimator {
    /// An `SVC` or `NuSVC`.
    Svc {
        /// Its mathematics.
        svc: Svc,
        /// One label for each of its classes.
        classes: Classes,
    },
    /// One or several of these, and a rule that combines their answers into one.
    Meta(MetaEstimator<Estimator>),
    /// A `LinearSVC` or `SGDClassifier`.
    Linear {
        /// Its mathematics.
        linear: Linear,
        /// One label for each of its classes.
        classes: Classes,
        /// Which of the two.
        kind: LinearKind,
    },
    /// An `SVR` or `NuSVR`.
    Svr {
        /// Its mathematics.
        single: Single,
        /// Which of the two.
        kind: SvrKind,
    },
    /// A `OneClassSVM`.
    OneClass(Single),
    /// A `LinearSVR`: its one score is the number.
    LinearSvr(Linear),
    /// A `TransformedTargetRegressor`.
    TransformedTarget {
        /// One of the three above that give a number.
        regression: Box<Estimator>,
        /// What is made of its number.
        inverse: Inverse,
    },
    /// An `SVC` or `NuSVC` whose support vectors leave out zeros.
    SparseSvc {
        /// Its mathematics.
        svc: SparseSvc,
        /// One label for each of its classes.
        classes: Classes,
    },
}

/// Which training a linear classifier had; the answers do not depend on it.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinearKind {
    /// `LinearSVC`.
    Svc,
    /// `SGDClassifier`.
    Sgd,
}

/// Which training an SVR had; the answers do not depend on it.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SvrKind {
    /// `SVR`, LIBSVM's `epsilon_svr`.
    Epsilon,
    /// `NuSVR`, LIBSVM's `nu_svr`.
    Nu,
}

impl Estimator {
    /// An SVC with one label for each of its classes.
    ///
    /// # Errors
    /// [`Error::Part`] of the labels, or of the SVC.
    pub fn of_svc(classes: Classes, parts: SvcParts) -> Result<Estimator, Error> {
        classes.check()?;
        check_len("n_support", classes.len(), parts.n_support.len())?;
        Ok(Estimator::Svc { svc: Svc::new(parts)?, classes })
    }

    /// The same with support vectors that leave out zeros; those of `parts` are none.
    ///
    /// # Errors
    /// As [`of_svc`](Self::of_svc).
    pub fn of_sparse_svc(classes: Classes, parts: SvcParts, vectors: SparseVectors) -> Result<Estimator, Error> {
        classes.check()?;
        check_len("n_support", classes.len(), parts.n_support.len())?;
        Ok(Estimator::SparseSvc { svc: SparseSvc::new(parts, vectors)?, classes })
    }

    /// The same for rows that leave out zeros: an SVC leaves them out of its support vectors too.
    ///
    /// # Errors
    /// [`Error::Part`] for more numbers than can be indexed.
    pub(super) fn for_sparse_rows(self) -> Result<Estimator, Error> {
        match self {
            Estimator::Svc { svc, classes } => {
                let mut parts = svc.parts().clone();
                let vectors = SparseVectors::of_dense(parts.n_features_in, &parts.support_vectors);
                parts.support_vectors = Vec::new();
                Estimator::of_sparse_svc(classes, parts, vectors)
            }
            other => Ok(other),
        }
    }

    /// A linear classifier with one label for each of its classes.
    ///
    /// # Errors
    /// [`Error::Part`] of the labels, or of the parts.
    pub fn of_linear(kind: LinearKind, classes: Classes, parts: LinearParts) -> Result<Estimator, Error> {
        classes.check()?;
        let linear = Linear::new(parts)?;
        check_len("intercept", if classes.len() == 2 { 1 } else { classes.len() }, linear.n_scores())?;
        Ok(Estimator::Linear { linear, classes, kind })
    }

    /// An `SVR` or `NuSVR`.
    ///
    /// # Errors
    /// [`Error::Part`] of the parts.
    pub fn of_svr(kind: SvrKind, parts: SingleParts<'_>) -> Result<Estimator, Error> {
        Ok(Estimator::Svr { single: Single::new(parts)?, kind })
    }

    /// A `OneClassSVM`.
    ///
    /// # Errors
    /// [`Error::Part`] of the parts.
    pub fn of_one_class(parts: SingleParts<'_>) -> Result<Estimator, Error> {
        Ok(Estimator::OneClass(Single::new(parts)?))
    }

    /// A `LinearSVR`.
    ///
    /// # Errors
    /// [`Error::Part`] of the parts.
    pub fn of_linear_svr(parts: LinearParts) -> Result<Estimator, Error> {
        check_len("intercept", 1, parts.intercept.len())?;
        Ok(Estimator::LinearSvr(Linear::new(parts)?))
    }

    /// A `TransformedTargetRegressor` over an `SVR`, `NuSVR` or `LinearSVR`.
    ///
    /// # Errors
    /// [`Error::Part`] of another estimator inside, and of the inverse.
    pub fn of_transformed_target(regression: Estimator, inverse: Inverse) -> Result<Estimator, Error> {
        if !matches!(regression, Estimator::Svr { .. } | Estimator::LinearSvr(_)) {
            return Err(Error::part("regressor_", "an SVR, NuSVR or LinearSVR", regression.name()));
        }
        inverse.check()?;
        Ok(Estimator::TransformedTarget { regression: Box::new(regression), inverse })
    }

    /// scikit-learn's class name; that of a `NuSVC` is not kept.
    pub fn name(&self) -> &'static str {
        match self {
            Estimator::Svc { .. } | Estimator::SparseSvc { .. } => "SVC",
            Estimator::Meta(meta) => meta.name(),
            Estimator::Linear { kind: LinearKind::Svc, .. } => "LinearSVC",
            Estimator::Linear { kind: LinearKind::Sgd, .. } => "SGDClassifier",
            Estimator::Svr { kind: SvrKind::Epsilon, .. } => "SVR",
            Estimator::Svr { kind: SvrKind::Nu, .. } => "NuSVR",
            Estimator::OneClass(_) => "OneClassSVM",
            Estimator::LinearSvr(_) => "LinearSVR",
            Estimator::TransformedTarget { .. } => "TransformedTargetRegressor",
        }
    }

    /// What it was trained to find.
    pub fn target(&self) -> Target<'_> {
        match self {
            Estimator::Svc { classes, .. }
            | Estimator::SparseSvc { classes, .. }
            | Estimator::Linear { classes, .. } => Target::Classes(classes),
            Estimator::Meta(meta) => Target::Classes(&meta.classes),
            Estimator::Svr { .. } | Estimator::LinearSvr(_) | Estimator::TransformedTarget { .. } => Target::Number,
            Estimator::OneClass(_) => Target::Inlier,
        }
    }

    /// The SVC, or the one that stands for all where one is shown. A `LinearSVC` is not one: it has no kernel and no support
    /// vectors.
    pub fn svc(&self) -> Option<&Svc> {
        match self {
            Estimator::Svc { svc, .. } => Some(svc),
            Estimator::Meta(meta) => meta.first.estimator.svc(),
            _ => None,
        }
    }

    /// What has the kernel and the support vectors, if it has some: the SVC, or what computes the value of an SVR or a one-class SVM.
    pub fn machine(&self) -> Option<&Svc> {
        match self {
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => Some(single.machine()),
            Estimator::TransformedTarget { regression, .. } => regression.machine(),
            _ => self.svc(),
        }
    }

    /// The kernel and its numbers, if it has one.
    pub fn kernel(&self) -> Option<Kernel> {
        match self {
            Estimator::SparseSvc { svc, .. } => Some(svc.parts().kernel),
            Estimator::Meta(meta) => meta.first.estimator.kernel(),
            _ => self.machine().map(|machine| machine.parts().kernel),
        }
    }

    /// Number of support vectors, if it has some; of a meta-estimator those of its first SVC.
    pub fn n_support_vectors(&self) -> Option<usize> {
        match self {
            Estimator::SparseSvc { svc, .. } => Some(svc.parts().n_support_vectors()),
            Estimator::Meta(meta) => meta.first.estimator.n_support_vectors(),
            _ => self.machine().map(Svc::n_support_vectors),
        }
    }

    /// Numbers in a row.
    pub fn width_in(&self) -> usize {
        match self {
            Estimator::Svc { svc, .. } => svc.n_features_in(),
            Estimator::SparseSvc { svc, .. } => svc.parts().n_features_in,
            Estimator::Meta(meta) => meta.width_in(),
            Estimator::Linear { linear, .. } | Estimator::LinearSvr(linear) => linear.n_features_in(),
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => single.machine().n_features_in(),
            Estimator::TransformedTarget { regression, .. } => regression.width_in(),
        }
    }

    /// The same with other labels.
    ///
    /// # Errors
    /// [`Error::NoClasses`] of an estimator that has none.
    pub fn with_classes(self, classes: Classes) -> Result<Estimator, Error> {
        match self {
            Estimator::Svc { svc, .. } => Ok(Estimator::Svc { svc, classes }),
            Estimator::SparseSvc { svc, .. } => Ok(Estimator::SparseSvc { svc, classes }),
            Estimator::Meta(meta) => Ok(Estimator::Meta(MetaEstimator { classes, ..meta })),
            Estimator::Linear { linear, kind, .. } => Ok(Estimator::Linear { linear, classes, kind }),
            other => Err(Error::NoClasses { estimator: other.name() }),
        }
    }

    /// Refuses an estimator that does not take rows of `width` numbers, or whose labels do not fit.
    pub(super) fn check(&self, width: usize) -> Result<(), Error> {
        if let Some(classes) = self.target().classes() {
            classes.check()?;
        }
        match self {
            Estimator::Meta(meta) => return meta.check(width),
            Estimator::Svc { svc, classes } => check_len("n_support", classes.len(), svc.n_classes())?,
            Estimator::SparseSvc { svc, classes } => {
                check_len("n_support", classes.len(), svc.parts().n_support.len())?;
            }
            Estimator::Linear { linear, classes, .. } => check_len("intercept", classes.len(), linear.n_classes())?,
            Estimator::LinearSvr(linear) => check_len("intercept", 1, linear.n_scores())?,
            Estimator::Svr { .. } | Estimator::OneClass(_) => {}
            Estimator::TransformedTarget { regression, inverse } => {
                inverse.check()?;
                return regression.check(width);
            }
        }
        if self.width_in() == width {
            return Ok(());
        }
        Err(Error::part("n_features_in", format_args!("{width} features"), self.width_in()))
    }

    /// An output as this estimator has it.
    ///
    /// # Errors
    /// Why it has none.
    pub fn output(&self, name: OutputName) -> Result<Output, Lack> {
        match (self.target(), name) {
            (Target::Classes(classes), _) => self.output_of_classes(classes, name),
            (Target::Number, OutputName::Predict) => Ok(Output::numbers(name, 1)),
            (Target::Inlier, OutputName::Predict) => Ok(Output::side()),
            (Target::Inlier, OutputName::DecisionFunction | OutputName::ScoreSamples) => Ok(Output::numbers(name, 1)),
            (target, OutputName::ClassScores | OutputName::PairScores) => {
                Err(Lack::NoClasses { estimator: self.name(), gives: target.gives() })
            }
            _ => Err(self.lacks(name)),
        }
    }

    fn output_of_classes(&self, classes: &Classes, name: OutputName) -> Result<Output, Lack> {
        match (self, name) {
            (_, OutputName::ScoreSamples) => Err(self.lacks(name)),
            (Estimator::Svc { svc, .. }, name) => svc_output(svc.parts(), classes, name),
            (Estimator::SparseSvc { svc, .. }, name) => svc_output(svc.parts(), classes, name),
            (Estimator::Meta(meta), name) => meta.output(name),
            (_, OutputName::Predict) => Ok(Output::label(classes)),
            (_, OutputName::ClassScores) => Ok(Output::numbers(name, classes.len())),
            (Estimator::Linear { linear, .. }, OutputName::DecisionFunction) => {
                Ok(Output::numbers(name, linear.n_scores()))
            }
            _ => Err(self.lacks(name)),
        }
    }

    fn lacks(&self, name: OutputName) -> Lack {
        Lack::NoSuchOutput { estimator: self.name(), output: name.as_str() }
    }
}

fn svc_output(parts: &SvcParts, classes: &Classes, name: OutputName) -> Result<Output, Lack> {
    let is_ovo = parts.decision_function_shape == DecisionFunctionShape::Ovo;
    match name {
        OutputName::Predict if parts.break_ties && is_ovo => Err(Lack::BreakTiesOvo),
        OutputName::Predict => Ok(Output::label(classes)),
        OutputName::PredictProba if parts.probability.is_none() => Err(Lack::NoProbability),
        OutputName::PredictProba | OutputName::ClassScores => Ok(Output::numbers(name, classes.len())),
        OutputName::PairScores => Ok(Output::numbers(name, parts.intercept.len())),
        _ => Ok(Output::numbers(name, parts.decision_width())),
    }
}
