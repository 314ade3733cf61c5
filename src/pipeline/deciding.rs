//! What an estimator answers for rows, dense ones and ones that leave out zeros.

use super::estimator::Estimator;
use super::outputs::{AnswerColumn, Answers, OutputName};
use super::scratch::EstimatorBuffers;
use super::steps::MixedRow;
use super::{Documents, Error};
use crate::svc::{Linear, RowValues, Single, SparseBuffer, SparseRow, Svc, Workspace};

impl Estimator {
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
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        match self {
            Estimator::Svc { svc, .. } => answer_svc(svc, rows, workspace, answers),
            Estimator::SparseSvc { svc, .. } => {
                let mut sparse = SparseBuffer::default();
                for row in rows.chunks_exact(svc.parts().n_features_in) {
                    sparse.copy_dense(row);
                    push_row_values(svc.values(sparse.row(), workspace), answers);
                }
            }
            Estimator::Meta(meta) => return meta.answer(rows, buffers, answers),
            Estimator::Linear { linear, .. } => {
                linear.for_each_row(rows, workspace, scores, |scores| push_scores(scores, answers));
            }
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => {
                scores.clear();
                single.push_values(rows, workspace, scores);
                push_values(scores, single.intercept(), answers);
            }
            Estimator::LinearSvr(linear) => {
                linear.for_each_row(rows, workspace, scores, |scores| push_values(scores, 0.0, answers));
            }
            Estimator::TransformedTarget { regression, inverse } => {
                let before = answers.numbers(OutputName::Predict).len();
                regression.answer(rows, buffers, answers)?;
                for number in answers.numbers_mut(OutputName::Predict).iter_mut().skip(before) {
                    *number = inverse.at(*number);
                }
            }
        }
        Ok(())
    }

    /// Appends answers for one row that leaves out zeros.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(super) fn answer_sparse(
        &self,
        row: SparseRow<'_>,
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        match self {
            Estimator::SparseSvc { svc, .. } => push_row_values(svc.values(row, workspace), answers),
            Estimator::Linear { linear, .. } => {
                linear.sparse_scores(row, scores);
                push_scores(scores, answers);
            }
            Estimator::LinearSvr(linear) => {
                linear.sparse_scores(row, scores);
                push_values(scores, 0.0, answers);
            }
            _ => {
                let mut dense = Vec::new();
                row.copy_to_dense(self.width_in(), &mut dense);
                return self.answer(&dense, buffers, answers);
            }
        }
        Ok(())
    }

    /// Appends answers for one row of either kind, with the documents that its cells may stand for.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(super) fn answer_mixed(
        &self,
        row: MixedRow<'_>,
        documents: &Documents,
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        match (self, row) {
            (Estimator::Meta(meta), row) => meta.answer_mixed(row, documents, buffers, answers),
            (_, MixedRow::Dense(row)) => self.answer(row, buffers, answers),
            (_, MixedRow::Sparse(row)) => self.answer_sparse(row, buffers, answers),
        }
    }

    /// The yardstick for rounding of a row of either kind.
    pub(super) fn mixed_magnitude(&self, row: MixedRow<'_>, documents: &Documents) -> Option<f64> {
        match (self, row) {
            (Estimator::Meta(meta), row) => meta.mixed_magnitude(row, documents),
            (_, MixedRow::Dense(row)) => self.decision_magnitude(row),
            (_, MixedRow::Sparse(row)) => self.sparse_magnitude(row),
        }
    }

    /// The yardstick for rounding of a row that leaves out zeros.
    pub(super) fn sparse_magnitude(&self, row: SparseRow<'_>) -> Option<f64> {
        match self {
            Estimator::SparseSvc { svc, .. } => Some(svc.decision_magnitude(row)),
            Estimator::Linear { linear, .. } | Estimator::LinearSvr(linear) => Some(linear.sparse_magnitude(row)),
            _ => {
                let mut dense = Vec::new();
                row.copy_to_dense(self.width_in(), &mut dense);
                self.decision_magnitude(&dense)
            }
        }
    }

    /// The yardstick for rounding of a row after the model's steps; `None` for an estimator without decision values.
    pub(super) fn decision_magnitude(&self, row: &[f64]) -> Option<f64> {
        match self {
            Estimator::Svc { svc, .. } => Some(svc.decision_magnitude(row)),
            Estimator::SparseSvc { svc, .. } => {
                let mut sparse = SparseBuffer::default();
                sparse.copy_dense(row);
                Some(svc.decision_magnitude(sparse.row()))
            }
            Estimator::Linear { linear, .. } | Estimator::LinearSvr(linear) => Some(linear.decision_magnitude(row)),
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => {
                Some(single.machine().decision_magnitude(row))
            }
            Estimator::Meta(meta) => meta.decision_magnitude(row),
            Estimator::TransformedTarget { regression, inverse } => {
                Some(inverse.magnitude(regression.value(row)?, regression.decision_magnitude(row)?))
            }
        }
    }

    /// The number that a regression gives for a row.
    fn value(&self, row: &[f64]) -> Option<f64> {
        let mut values = Vec::new();
        match self {
            Estimator::Svr { single, .. } => single.push_values(row, &mut Workspace::default(), &mut values),
            Estimator::LinearSvr(linear) => linear.scores(row, &mut values),
            _ => {}
        }
        values.first().copied()
    }
}

fn answer_svc(svc: &Svc, rows: &[f64], workspace: &mut Workspace, answers: &mut Answers) {
    if let Some(labels) = answers.only_labels() {
        svc.for_each_label(rows, workspace, |label| labels.push(label));
        return;
    }
    svc.for_each_row(rows, workspace, |row| push_row_values(row, answers));
}

fn push_row_values(mut row: RowValues<'_>, answers: &mut Answers) {
    for (name, column) in answers.columns_mut() {
        match (name, column) {
            (_, AnswerColumn::Labels(labels)) => labels.push(row.predict()),
            (OutputName::ClassScores, AnswerColumn::Numbers { numbers, .. }) => row.push_class_scores(numbers),
            (OutputName::PairScores, AnswerColumn::Numbers { numbers, .. }) => row.push_pair_scores(numbers),
            (OutputName::PredictProba, AnswerColumn::Numbers { numbers, .. }) => row.push_probabilities(numbers),
            (_, AnswerColumn::Numbers { numbers, .. }) => row.push_decision_function(numbers),
        }
    }
}

/// Appends the answers that follow from the value of each row: the side, the value itself, the value without the intercept.
///
/// # Source
/// scikit-learn, `OneClassSVM.score_samples`: the decision function plus `offset_`, which is minus the intercept.
fn push_values(values: &[f64], intercept: f64, answers: &mut Answers) {
    for (name, column) in answers.columns_mut() {
        match (name, column) {
            (_, AnswerColumn::Labels(labels)) => {
                labels.extend(values.iter().map(|value| usize::from(Single::is_inlier(*value))));
            }
            (OutputName::ScoreSamples, AnswerColumn::Numbers { numbers, .. }) => {
                numbers.extend(values.iter().map(|value| value - intercept));
            }
            (_, AnswerColumn::Numbers { numbers, .. }) => numbers.extend_from_slice(values),
        }
    }
}

/// Appends the answers that follow from the scores of a row; scores of classes are those of the decision function, for two classes minus its value and its value.
fn push_scores(scores: &[f64], answers: &mut Answers) {
    for (name, column) in answers.columns_mut() {
        match column {
            AnswerColumn::Labels(labels) => labels.push(Linear::class(scores)),
            AnswerColumn::Numbers { numbers, .. } => match (name, scores) {
                (OutputName::ClassScores, [score]) => numbers.extend([-score, *score]),
                _ => numbers.extend_from_slice(scores),
            },
        }
    }
}
