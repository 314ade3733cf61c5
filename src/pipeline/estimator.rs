//! What stands at the end of a model and decides.

use super::calibrated::Calibrated;
use super::outputs::{AnswerColumn, Answers, Output, OutputName, Target};
use super::scratch::EstimatorBuffers;
use super::{Classes, Error};
use crate::svc::check::check_len;
use crate::svc::{DecisionFunctionShape, Linear, LinearParts, Svc, SvcParts};

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
    /// A `LinearSVC`.
    Linear {
        /// Its mathematics.
        linear: Linear,
        /// One label for each of its classes.
        classes: Classes,
    },
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

    /// A `LinearSVC` with one label for each of its classes.
    ///
    /// # Errors
    /// [`Error::Part`] of the labels, or of the parts.
    pub fn of_linear(classes: Classes, parts: LinearParts) -> Result<Estimator, Error> {
        classes.check()?;
        let linear = Linear::new(parts)?;
        check_len("intercept", if classes.len() == 2 { 1 } else { classes.len() }, linear.n_scores())?;
        Ok(Estimator::Linear { linear, classes })
    }

    /// scikit-learn's class name; that of a `NuSVC` is not kept.
    pub fn name(&self) -> &'static str {
        match self {
            Estimator::Svc { .. } => "SVC",
            Estimator::Calibrated(_) => "CalibratedClassifierCV",
            Estimator::Linear { .. } => "LinearSVC",
        }
    }

    /// Class labels in the model's order.
    pub fn classes(&self) -> &Classes {
        match self {
            Estimator::Svc { classes, .. } | Estimator::Linear { classes, .. } => classes,
            Estimator::Calibrated(calibrated) => &calibrated.classes,
        }
    }

    /// The SVC, or the one that stands for all where one is shown. A `LinearSVC` is none: it has no kernel and no support vectors.
    pub fn svc(&self) -> Option<&Svc> {
        match self {
            Estimator::Svc { svc, .. } => Some(svc),
            Estimator::Calibrated(calibrated) => Some(&calibrated.first.svc),
            Estimator::Linear { .. } => None,
        }
    }

    /// Numbers in a row.
    pub fn width_in(&self) -> usize {
        match self {
            Estimator::Svc { svc, .. } => svc.n_features_in(),
            Estimator::Calibrated(calibrated) => calibrated.first.width_in(),
            Estimator::Linear { linear, .. } => linear.n_features_in(),
        }
    }

    /// The same with other labels.
    #[must_use]
    pub fn with_classes(self, classes: Classes) -> Estimator {
        match self {
            Estimator::Svc { svc, .. } => Estimator::Svc { svc, classes },
            Estimator::Calibrated(calibrated) => Estimator::Calibrated(Calibrated { classes, ..calibrated }),
            Estimator::Linear { linear, .. } => Estimator::Linear { linear, classes },
        }
    }

    /// Refuses an estimator that does not take rows of `width` numbers, or whose labels do not fit.
    pub(super) fn check(&self, width: usize) -> Result<(), Error> {
        self.classes().check()?;
        match self {
            Estimator::Calibrated(calibrated) => return calibrated.check(width),
            Estimator::Svc { svc, classes } => check_len("n_support", classes.len(), svc.n_classes())?,
            Estimator::Linear { linear, classes } => check_len("intercept", classes.len(), linear.n_classes())?,
        }
        if self.width_in() == width {
            return Ok(());
        }
        Err(Error::part("n_features_in", format_args!("{width} features"), self.width_in()))
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
            Estimator::Linear { linear, .. } => match name {
                OutputName::Predict => Ok(Output::label(classes)),
                OutputName::DecisionFunction => Ok(Output::numbers(name, linear.n_scores())),
                OutputName::ClassScores => Ok(Output::numbers(name, classes.len())),
                OutputName::PredictProba | OutputName::PairScores => {
                    Err(Error::NoSuchOutput { estimator: self.name(), output: name.as_str() })
                }
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
            Estimator::Linear { linear, .. } => {
                answer_linear(linear, rows, &mut buffers.scores, answers);
                Ok(())
            }
        }
    }

    /// The yardstick for rounding of a row after the model's steps; `None` for an estimator without decision values.
    pub(super) fn decision_magnitude(&self, row: &[f64]) -> Option<f64> {
        match self {
            Estimator::Svc { svc, .. } => Some(svc.decision_magnitude(row)),
            Estimator::Linear { linear, .. } => Some(linear.decision_magnitude(row)),
            Estimator::Calibrated(_) => None,
        }
    }
}

/// Appends answers for each row; scores of classes are those of the decision function, for two classes minus its value and its value.
fn answer_linear(linear: &Linear, rows: &[f64], scores: &mut Vec<f64>, answers: &mut Answers) {
    for row in rows.chunks_exact(linear.n_features_in()) {
        linear.scores(row, scores);
        for (name, column) in answers.columns_mut() {
            match column {
                AnswerColumn::Labels(labels) => labels.push(Linear::class(scores)),
                AnswerColumn::Numbers { numbers, .. } => match (name, scores.as_slice()) {
                    (OutputName::ClassScores, [score]) => numbers.extend([-score, *score]),
                    _ => numbers.extend_from_slice(scores),
                },
            }
        }
    }
}
