//! One estimator inside another.

use crate::pipeline::scratch::{EstimatorBuffers, MemberBuffers};
use crate::pipeline::steps::{MixedRow, error_of_row};
use crate::pipeline::{Answers, Asked, Classes, Documents, Error, Output, OutputName, Steps};

/// An estimator inside another, with what stands before it alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Nested<E> {
    /// What stands before this estimator alone, after the model's steps.
    pub steps: Steps,
    /// What decides.
    pub estimator: E,
}

/// Rows that every member answers.
#[derive(Clone, Copy)]
pub(super) enum BlockRows<'a> {
    /// Whole rows, row major.
    Dense(&'a [f64]),
    /// One row of either kind.
    Mixed(MixedRow<'a>, &'a Documents),
}

/// What a meta-estimator asks of an estimator inside it.
// `pub`, as the types that ask for it are; nobody outside can name it.
pub trait Inner {
    /// The labels that it chooses from; none if it gives numbers.
    fn classes(&self) -> Option<&Classes>;
    /// Numbers in a row.
    fn width_in(&self) -> usize;
    /// Refuses one that does not take rows of `width` numbers, or whose parts do not fit.
    fn check(&self, width: usize) -> Result<(), Error>;
    /// An output as it has it; none if it does not.
    fn output(&self, name: OutputName) -> Option<Output>;
    /// Whether each estimator inside has steps that check the rows: what stands before need not.
    fn checks_rows(&self) -> bool;
    /// Appends answers for each row to the columns of `answers`.
    fn answer(&self, rows: &[f64], buffers: &mut EstimatorBuffers, answers: &mut Answers) -> Result<(), Error>;
    /// The yardstick for rounding of a row; none without decision values.
    fn decision_magnitude(&self, row: &[f64]) -> Option<f64>;
    /// As `answer`, for one row of either kind, with the documents that its cells may stand for.
    fn answer_mixed(
        &self,
        row: MixedRow<'_>,
        documents: &Documents,
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error>;
    /// As `decision_magnitude`, for a row of either kind.
    fn mixed_magnitude(&self, row: MixedRow<'_>, documents: &Documents) -> Option<f64>;
}

impl<E: Inner> Nested<E> {
    /// Numbers in a row before the member's own steps.
    pub(super) fn width_in(&self) -> usize {
        self.steps.width_in().unwrap_or(self.estimator.width_in())
    }

    pub(super) fn check(&self, width: usize) -> Result<(), Error> {
        self.estimator.check(self.steps.check(width)?)
    }

    pub(super) fn n_classes(&self) -> usize {
        self.estimator.classes().map_or(0, Classes::len)
    }

    /// Values for a row of an output, if there is one.
    pub(super) fn width_of(&self, name: OutputName) -> Option<usize> {
        self.estimator.output(name).map(|output| output.width)
    }

    /// Overwrites the buffers' answers with what is `asked` for each row.
    ///
    /// # Errors
    /// [`Error::NotFiniteScaled`] of a step.
    pub(super) fn answer(&self, rows: BlockRows<'_>, asked: Asked, buffers: &mut MemberBuffers) -> Result<(), Error> {
        let MemberBuffers { steps, mixed, answers, estimator } = buffers;
        answers.clear();
        let lacks = |name: OutputName| Error::part("members", format_args!("members with {}", name.as_str()), "others");
        answers.begin(asked, |name| self.estimator.output(name).ok_or_else(|| lacks(name)))?;
        let rows = match rows {
            BlockRows::Dense(rows) => rows,
            BlockRows::Mixed(row, documents) => {
                let made = self.steps.apply_mixed(row, documents, mixed).map_err(|refusal| error_of_row(refusal, 0))?;
                return self.estimator.answer_mixed(made, documents, estimator, answers);
            }
        };
        if self.steps.is_empty() {
            return self.estimator.answer(rows, estimator, answers);
        }
        let width = self.width_in();
        let (made, refusal) = self.steps.apply(rows, width, steps, self.estimator.checks_rows());
        let answered = self.estimator.answer(made, estimator, answers);
        answered.map_err(|cause| self.steps.in_callers_columns(cause, rows, width))?;
        refusal.map_or(Ok(()), |refusal| Err(refusal.into_error()))
    }

    /// As [`Inner::mixed_magnitude`], of a row before the member's own steps.
    pub(super) fn mixed_magnitude(&self, row: MixedRow<'_>, documents: &Documents) -> Option<f64> {
        let mut buffers = Default::default();
        let made = self.steps.apply_mixed(row, documents, &mut buffers).ok()?;
        self.estimator.mixed_magnitude(made, documents)
    }

    /// As [`Inner::decision_magnitude`], of a row before the member's own steps.
    pub(super) fn decision_magnitude(&self, row: &[f64]) -> Option<f64> {
        let mut buffers = Default::default();
        let (made, refusal) = self.steps.apply(row, row.len(), &mut buffers, self.estimator.checks_rows());
        if refusal.is_some() { None } else { self.estimator.decision_magnitude(made) }
    }
}
