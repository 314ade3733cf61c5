//! Two classes by a threshold: scikit-learn's `FixedThresholdClassifier` and `TunedThresholdClassifierCV`.

use serde::{Deserialize, Serialize};

use crate::pipeline::{AnswerColumn, Answers, Asked, Error, OutputName};

/// Where the positive class begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Whether the probability of the positive class is compared, and not the decision value.
    pub is_of_probability: bool,
    /// A score of so much or more stands for the positive class.
    pub threshold: f64,
    /// Index of the positive class; decision values are those of the second, so of the first they change their sign.
    pub positive: usize,
}

impl Threshold {
    /// The member's output that is compared.
    pub(super) fn response(&self) -> OutputName {
        if self.is_of_probability { OutputName::PredictProba } else { OutputName::DecisionFunction }
    }

    /// What the member has to answer: everything but the label, and the score.
    pub(super) fn asked(&self, answers: &Answers) -> Asked {
        let passed_on = answers.names().filter(|name| *name != OutputName::Predict);
        passed_on.fold(Asked::only(self.response()), Asked::and)
    }

    /// Appends what the member answered, and the label of its score.
    ///
    /// # Source
    /// scikit-learn, `_get_response_values_binary` and `_threshold_scores_to_class_labels`.
    pub(super) fn finish(&self, member: &Answers, answers: &mut Answers) {
        for (name, column) in answers.columns_mut() {
            match column {
                AnswerColumn::Labels(labels) => {
                    let scores = member.numbers(self.response());
                    if self.is_of_probability {
                        let of_positive = scores.iter().skip(self.positive).step_by(2);
                        labels.extend(of_positive.map(|score| self.label(*score)));
                    } else {
                        let sign = if self.positive == 0 { -1.0 } else { 1.0 };
                        labels.extend(scores.iter().map(|score| self.label(sign * score)));
                    }
                }
                AnswerColumn::Numbers { numbers, .. } => numbers.extend_from_slice(member.numbers(name)),
            }
        }
    }

    fn label(&self, score: f64) -> usize {
        if score >= self.threshold { self.positive } else { 1 - self.positive }
    }

    /// `width`: numbers that the member has for a row of the response, if it has that.
    pub(super) fn check(&self, n_classes: usize, width: Option<usize>) -> Result<(), Error> {
        if n_classes != 2 || self.positive > 1 {
            return Err(Error::part("classes", "2 classes, one of them positive", n_classes));
        }
        if self.threshold.is_nan() {
            return Err(Error::part("threshold", "a number", "NaN"));
        }
        if width != Some(if self.is_of_probability { 2 } else { 1 }) {
            let expected = format_args!("a member with {}", self.response().as_str());
            return Err(Error::part("members", expected, "another"));
        }
        Ok(())
    }
}
