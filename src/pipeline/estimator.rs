//! What stands at the end of a model and decides.

use super::calibrated::Calibrated;
use super::outputs::{AnswerColumn, Answers, Output, OutputName, Target};
use super::scratch::EstimatorBuffers;
use super::{Classes, Error};
use crate::svc::check::check_len;
use crate::svc::{DecisionFunctionShape, Svc, SvcParts};

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
    /// A `CalibratedClassifierCV` over such.
    Calibrated(Calibrated),
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

    /// Class labels in the model's order.
    pub fn classes(&self) -> &Classes {
        match self {
            Estimator::Svc { classes, .. } => classes,
            Estimator::Calibrated(calibrated) => &calibrated.classes,
        }
    }

    /// The SVC, or the one that stands for all where one is shown.
    pub fn svc(&self) -> &Svc {
        match self {
            Estimator::Svc { svc, .. } => svc,
            Estimator::Calibrated(calibrated) => &calibrated.first.svc,
        }
    }

    /// Numbers in a row.
    pub fn width_in(&self) -> usize {
        match self {
            Estimator::Svc { svc, .. } => svc.n_features_in(),
            Estimator::Calibrated(calibrated) => calibrated.first.width_in(),
        }
    }

    /// The same with other labels.
    #[must_use]
    pub fn with_classes(self, classes: Classes) -> Estimator {
        match self {
            Estimator::Svc { svc, .. } => Estimator::Svc { svc, classes },
            Estimator::Calibrated(calibrated) => Estimator::Calibrated(Calibrated { classes, ..calibrated }),
        }
    }

    /// Refuses an estimator that does not take rows of `width` numbers, or whose labels do not fit.
    pub(super) fn check(&self, width: usize) -> Result<(), Error> {
        self.classes().check()?;
        match self {
            Estimator::Svc { svc, classes } => {
                if svc.n_features_in() != width {
                    return Err(Error::part("n_features_in", format_args!("{width} features"), svc.n_features_in()));
                }
                Ok(check_len("n_support", classes.len(), svc.n_classes())?)
            }
            Estimator::Calibrated(calibrated) => calibrated.check(width),
        }
    }

    /// What it was trained to find.
    pub(super) fn target(&self) -> Target<'_> {
        Target::Classes(self.classes())
    }

    /// An output as this estimator has it.
    ///
    /// # Errors
    /// Why it has none.
    pub(super) fn output(&self, name: OutputName) -> Result<Output, Error> {
        let classes = self.classes();
        match self {
            Estimator::Calibrated(_) => match name {
                OutputName::Predict => Ok(Output::label(classes)),
                OutputName::PredictProba | OutputName::ClassScores => Ok(Output::numbers(name, classes.len())),
                OutputName::DecisionFunction | OutputName::PairScores => Err(Error::NoDecisionFunction),
            },
            Estimator::Svc { svc, .. } => {
                let parts = svc.parts();
                let is_ovo = parts.decision_function_shape == DecisionFunctionShape::Ovo;
                match name {
                    OutputName::Predict if parts.break_ties && is_ovo => Err(Error::BreakTiesOvo),
                    OutputName::Predict => Ok(Output::label(classes)),
                    OutputName::DecisionFunction => Ok(Output::numbers(name, svc.decision_width())),
                    OutputName::PredictProba if parts.probability.is_none() => Err(Error::NoProbability),
                    OutputName::PredictProba | OutputName::ClassScores => Ok(Output::numbers(name, classes.len())),
                    OutputName::PairScores => Ok(Output::numbers(name, parts.intercept.len())),
                }
            }
        }
    }

    /// Appends answers for each row to the columns of `answers`.
    ///
    /// `rows`: whole rows of finite numbers, row major, after the model's steps.
    ///
    /// # Errors
    /// [`Error::NotFiniteScaled`] of a step inside; `answers` has been given the rows before.
    pub(super) fn answer(
        &self,
        rows: &[f64],
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        match self {
            Estimator::Svc { svc, .. } => {
                svc.for_each_row(rows, &mut buffers.workspace, |mut row| {
                    for (name, column) in answers.columns_mut() {
                        match (name, column) {
                            (_, AnswerColumn::Labels(labels)) => labels.push(row.predict()),
                            (OutputName::ClassScores, AnswerColumn::Numbers { numbers, .. }) => {
                                row.push_class_scores(numbers);
                            }
                            (OutputName::PairScores, AnswerColumn::Numbers { numbers, .. }) => {
                                row.push_pair_scores(numbers);
                            }
                            (OutputName::PredictProba, AnswerColumn::Numbers { numbers, .. }) => {
                                row.push_probabilities(numbers);
                            }
                            (_, AnswerColumn::Numbers { numbers, .. }) => row.push_decision_function(numbers),
                        }
                    }
                });
                Ok(())
            }
            Estimator::Calibrated(calibrated) => calibrated.answer(rows, buffers, answers),
        }
    }
}
