//! The steps before the estimator: each takes a row of `width_in` numbers and gives one of `width_out`.

mod scaler;

use serde::{Deserialize, Serialize};

use super::Error;
use super::scratch::StepBuffers;

pub use scaler::{Scaler, ScalerFormula};

/// A fitted transformer.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// A scaler.
    Scaler(Scaler),
}

impl Step {
    /// scikit-learn's class name.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Scaler(scaler) => scaler.name(),
        }
    }

    /// Numbers in a row before the step.
    pub fn width_in(&self) -> usize {
        match self {
            Step::Scaler(scaler) => scaler.n_features_in,
        }
    }

    /// Numbers in a row after the step.
    pub fn width_out(&self) -> usize {
        match self {
            Step::Scaler(scaler) => scaler.n_features_in,
        }
    }

    /// Overwrites `output` with the transformed row.
    fn apply(&self, input: &[f64], output: &mut Vec<f64>) {
        match self {
            Step::Scaler(scaler) => scaler.apply(input, output),
        }
    }

    /// Overwrites `input` with a row that the step turns into `output`, as far as there is one.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        match self {
            Step::Scaler(scaler) => scaler.undo(output, input),
        }
    }

    /// Refuses a step that does not take rows of `width` numbers, and numbers that no training gives.
    fn check(&self, width: usize) -> Result<(), Error> {
        match self {
            Step::Scaler(scaler) => scaler.check(width),
        }
    }
}

/// Steps, one after the other; none hands rows on as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps(pub Vec<Step>);

impl Steps {
    /// scikit-learn's class names in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(Step::name)
    }

    /// Numbers in a row before the first step, if there is one.
    pub fn width_in(&self) -> Option<usize> {
        self.0.first().map(Step::width_in)
    }

    /// Whether rows stay as they are.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The width after the last step, for rows of `width` numbers before the first.
    ///
    /// # Errors
    /// [`Error::Part`] of the first step that does not take what comes out of the one before it.
    pub(super) fn check(&self, width: usize) -> Result<usize, Error> {
        self.0.iter().try_fold(width, |width, step| step.check(width).map(|()| step.width_out()))
    }

    /// The row after the last step: `row` itself, or one of the buffers. Every step's result has to be finite, as scikit-learn
    /// checks it.
    ///
    /// # Errors
    /// [`Error::NotFiniteScaled`] with `index` as the row's.
    pub(super) fn apply<'a>(
        &self,
        index: usize,
        row: &'a [f64],
        buffers: &'a mut StepBuffers,
    ) -> Result<&'a [f64], Error> {
        let [output, input] = &mut buffers.0;
        for (place, step) in self.0.iter().enumerate() {
            std::mem::swap(output, input);
            step.apply(if place == 0 { row } else { input }, output);
            if let Some(column) = first_not_finite(output) {
                return Err(Error::NotFiniteScaled { row: index, column, step: step.name() });
            }
        }
        Ok(if self.is_empty() { row } else { output })
    }

    /// A row that the steps turn into `row`, up to what was clipped and what rounding took.
    pub(super) fn undo(&self, row: Vec<f64>) -> Vec<f64> {
        self.0.iter().rev().fold(row, |output, step| {
            let mut input = Vec::new();
            step.undo(&output, &mut input);
            input
        })
    }
}

/// Place of the first NaN or infinity.
pub(super) fn first_not_finite(row: &[f64]) -> Option<usize> {
    row.iter().position(|value| !value.is_finite())
}
