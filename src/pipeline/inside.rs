//! Estimators as members of others, and what is shown of those inside.

use super::estimator::Estimator;
use super::meta::Inner;
use super::scratch::EstimatorBuffers;
use super::steps::MixedRow;
use super::text::Vectorizer;
use super::{Answers, Classes, Documents, Error, Output, OutputName, Step};

impl Estimator {
    /// The same with what is inside: `CalibratedClassifierCV of 3 SVC`.
    pub fn description(&self) -> String {
        match self {
            Estimator::Meta(meta) => {
                format!("{} of {} {}", meta.name(), meta.n_members(), meta.first.estimator.description())
            }
            _ => self.name().to_owned(),
        }
    }

    /// Steps before the estimator that stands for all where one is shown: those inside of meta-estimators, from the outside inwards.
    pub(super) fn steps_inside(&self) -> impl Iterator<Item = &Step> {
        let mut at = self;
        let steps = std::iter::from_fn(move || {
            let Estimator::Meta(meta) = at else { return None };
            at = &meta.first.estimator;
            Some(&meta.first.steps.0)
        });
        steps.flatten()
    }

    /// The first vectorizer inside of meta-estimators.
    pub(super) fn first_vectorizer(&self) -> Option<&Vectorizer> {
        self.steps_inside()
            .find_map(|step| if let Step::Vectorizer(vectorizer) = step { Some(&**vectorizer) } else { None })
    }

    /// A row as it may be asked for, after the model's steps: see [`Model::example_row`](super::Model::example_row).
    pub(super) fn example_row(&self) -> Vec<f64> {
        match (self, self.machine()) {
            (Estimator::Meta(meta), _) => meta.first.steps.undo(meta.first.estimator.example_row()),
            (_, Some(machine)) => machine.mean_support_vector(),
            (_, None) => vec![0.0; self.width_in()],
        }
    }
}

impl Inner for Estimator {
    fn classes(&self) -> Option<&Classes> {
        self.target().classes()
    }

    fn width_in(&self) -> usize {
        self.width_in()
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        self.check(width)
    }

    fn output(&self, name: OutputName) -> Option<Output> {
        self.output(name).ok()
    }

    fn checks_rows(&self) -> bool {
        let Estimator::Meta(meta) = self else { return false };
        meta.members().all(|member| !member.steps.is_empty() || member.estimator.checks_rows())
    }

    fn answer(&self, rows: &[f64], buffers: &mut EstimatorBuffers, answers: &mut Answers) -> Result<(), Error> {
        self.answer(rows, buffers, answers)
    }

    fn decision_magnitude(&self, row: &[f64]) -> Option<f64> {
        self.decision_magnitude(row)
    }

    fn answer_mixed(
        &self,
        row: MixedRow<'_>,
        documents: &Documents,
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        self.answer_mixed(row, documents, buffers, answers)
    }

    fn mixed_magnitude(&self, row: MixedRow<'_>, documents: &Documents) -> Option<f64> {
        self.mixed_magnitude(row, documents)
    }
}
