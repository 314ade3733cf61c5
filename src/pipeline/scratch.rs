//! Memory that is used again from row to row and from call to call.

use super::Answers;
use super::text::TextBuffers;
use crate::svc::{Cpu, SparseBuffer, Workspace};

/// Buffers of one thread; any model may use any of them.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) steps: StepBuffers,
    /// For rows with documents.
    pub(super) mixed: MixedBuffers,
    pub(super) estimator: EstimatorBuffers,
    /// Rows in which every number is zero, since the last time that they were taken.
    pub(super) empty_rows: usize,
    /// Answers on their way to a caller who asks for one output.
    pub(super) answers: Answers,
}

impl Scratch {
    /// Buffers for work with this instruction set; `default` takes the fastest one.
    pub fn on(cpu: Cpu) -> Scratch {
        let estimator = EstimatorBuffers { workspace: Workspace::on(cpu), ..EstimatorBuffers::default() };
        Scratch { estimator, ..Scratch::default() }
    }

    /// How many rows had no proven label since the last time; they were computed in LIBSVM's order instead.
    pub fn take_unproven(&mut self) -> usize {
        self.estimator.workspace.take_unproven()
    }

    /// How many documents had no word that the model knows since the last time.
    pub fn take_empty_rows(&mut self) -> usize {
        std::mem::take(&mut self.empty_rows)
    }
}

/// What steps need; nobody outside can name it.
#[derive(Debug, Default)]
pub struct StepBuffers {
    /// Rows after the newest step, and after the one before.
    pub(super) rows: [Vec<f64>; 2],
    pub(super) inside: InsideBuffers,
}

/// What steps need that have others inside; made when there are some.
#[derive(Debug, Default)]
pub struct InsideBuffers(Option<Box<BranchBuffers>>);

impl InsideBuffers {
    pub(super) fn branch(&mut self) -> &mut BranchBuffers {
        self.0.get_or_insert_default()
    }
}

/// What one branch after the other needs.
#[derive(Debug, Default)]
pub(super) struct BranchBuffers {
    /// The branch's columns of the rows.
    pub(super) input: Vec<f64>,
    pub(super) steps: StepBuffers,
}

/// What one row with documents needs, or one that leaves out zeros; nobody outside can name it.
#[derive(Debug, Default)]
pub struct MixedBuffers {
    /// The row, where it has a number for each column, and the one to be.
    pub(super) dense: Vec<f64>,
    pub(super) other: Vec<f64>,
    /// The row, where it leaves out zeros, and the one to be.
    pub(super) sparse: SparseBuffer,
    pub(super) joined: SparseBuffer,
    /// What one branch sees of it.
    pub(super) own: SparseBuffer,
    /// The columns of one branch.
    pub(super) cells: Vec<f64>,
    pub(super) text: TextBuffers,
    pub(super) steps: StepBuffers,
    /// For steps inside of others; made when there are some.
    pub(super) inside: Option<Box<MixedBuffers>>,
}

/// What an estimator needs; nobody outside can name it.
#[derive(Debug, Default)]
pub struct EstimatorBuffers {
    pub(super) workspace: Workspace,
    /// Scores of one row.
    pub(super) scores: Vec<f64>,
    /// For a meta-estimator; made when there is one.
    meta: Option<Box<MetaBuffers>>,
}

impl EstimatorBuffers {
    /// What a meta-estimator needs, with the same instruction set.
    pub(super) fn meta(&mut self) -> &mut MetaBuffers {
        let cpu = self.workspace.cpu();
        self.meta.get_or_insert_with(|| {
            let estimator = EstimatorBuffers { workspace: Workspace::on(cpu), ..EstimatorBuffers::default() };
            let member = MemberBuffers { estimator, ..MemberBuffers::default() };
            Box::new(MetaBuffers { member, ..MetaBuffers::default() })
        })
    }
}

/// What a meta-estimator needs.
#[derive(Debug, Default)]
pub(super) struct MetaBuffers {
    pub(super) member: MemberBuffers,
    pub(super) combined: Combined,
}

/// What one member after the other needs.
#[derive(Debug, Default)]
pub(super) struct MemberBuffers {
    pub(super) steps: StepBuffers,
    pub(super) mixed: MixedBuffers,
    /// What it answers.
    pub(super) answers: Answers,
    pub(super) estimator: EstimatorBuffers,
}

/// What the members' answers are made into, row major.
#[derive(Debug, Default)]
pub(super) struct Combined {
    /// Scores, or sums of them.
    pub(super) scores: Vec<f64>,
    /// What the members say besides.
    pub(super) others: Vec<f64>,
    /// Numbers of one row.
    pub(super) row: Vec<f64>,
}

impl Combined {
    /// So many zeros.
    pub(super) fn clear(&mut self, count: usize) {
        for matrix in [&mut self.scores, &mut self.others] {
            matrix.clear();
            matrix.resize(count, 0.0);
        }
    }
}
