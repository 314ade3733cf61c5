//! Memory that is used again from row to row and from call to call.

use super::Answers;
use crate::svc::{Cpu, Workspace};

/// Buffers of one thread; any model may use any of them.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Rows after the model's steps, row major.
    pub(super) transformed: Vec<f64>,
    pub(super) steps: StepBuffers,
    pub(super) estimator: EstimatorBuffers,
    /// Answers on their way to a caller who asks for one output.
    pub(super) answers: Answers,
}

impl Scratch {
    /// Buffers for work with this instruction set; `default` takes the fastest one.
    pub fn on(cpu: Cpu) -> Scratch {
        let estimator = EstimatorBuffers { workspace: Workspace::on(cpu), ..EstimatorBuffers::default() };
        Scratch { estimator, ..Scratch::default() }
    }
}

/// A row after the newest step, and after the one before.
#[derive(Debug, Default)]
pub(super) struct StepBuffers(pub(super) [Vec<f64>; 2]);

/// What an estimator needs.
#[derive(Debug, Default)]
pub(super) struct EstimatorBuffers {
    pub(super) workspace: Workspace,
    /// Of the steps inside a calibrated model's members.
    pub(super) steps: StepBuffers,
    /// Scores of one member.
    pub(super) scores: Vec<f64>,
    /// Probabilities by one member.
    pub(super) probabilities: Vec<f64>,
    /// Their sums over the members.
    pub(super) sums: Vec<f64>,
}
