//! More than two classes out of decisions between two: one class against the rest, or each against each other.
// A pair's classes are below their number, and each buffer has so many numbers.
#![allow(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

use crate::pipeline::scratch::Combined;
use crate::pipeline::{AnswerColumn, Answers, OutputName};
use crate::svc::{first_largest, pairs};

/// Which class wins where several have the largest score.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ties {
    /// The first, as since scikit-learn 1.8.
    First,
    /// The last, as until scikit-learn 1.7.
    Last,
}

/// Appends the answers of a `OneVsRestClassifier`. `combined`: for each row the scores of its members, and their probabilities if these
/// are asked for. `middle`: above this the single score of two classes stands for the second.
///
/// # Source
/// scikit-learn, `OneVsRestClassifier`. Where all probabilities are zero they stay so, as since 1.7; before it they were NaN.
pub(super) fn finish_one_vs_rest(
    n_members: usize,
    ties: Ties,
    middle: f64,
    combined: &mut Combined,
    answers: &mut Answers,
) {
    let Combined { scores, others: probabilities, .. } = combined;
    for (name, column) in answers.columns_mut() {
        for (scores, probabilities) in scores.chunks_exact(n_members).zip(probabilities.chunks_exact(n_members)) {
            match column {
                AnswerColumn::Labels(labels) => labels.push(match scores {
                    [score] => usize::from(*score > middle),
                    _ => largest(scores, ties),
                }),
                AnswerColumn::Numbers { numbers, .. } => match (name, scores, probabilities) {
                    (OutputName::PredictProba, _, [second]) => push_shares(&[1.0 - second, *second], numbers),
                    (OutputName::PredictProba, ..) => push_shares(probabilities, numbers),
                    (OutputName::ClassScores, [score], _) if middle == 0.0 => numbers.extend([-score, *score]),
                    (OutputName::ClassScores, [score], _) => numbers.extend([1.0 - score, *score]),
                    _ => numbers.extend_from_slice(scores),
                },
            }
        }
    }
}

/// Appends numbers divided by their sum; zeros alone stay as they are.
fn push_shares(row: &[f64], out: &mut Vec<f64>) {
    let sum = row.iter().fold(0.0, |sum, number| sum + number);
    out.extend(row.iter().map(|number| if sum == 0.0 { *number } else { number / sum }));
}

/// The class of the largest score.
///
/// # Source
/// scikit-learn, `OneVsRestClassifier.predict`: NaN is never the largest, and hides the scores that are looked at after it.
fn largest(scores: &[f64], ties: Ties) -> usize {
    let (mut maximum, mut winner) = (f64::NEG_INFINITY, 0);
    let mut look_at = |(index, score): (usize, &f64)| {
        // NumPy's maximum of NaN and anything is NaN
        maximum = if score.is_nan() || maximum.is_nan() { f64::NAN } else { maximum.max(*score) };
        if maximum == *score {
            winner = index;
        }
    };
    match ties {
        Ties::Last => scores.iter().enumerate().for_each(&mut look_at),
        Ties::First => scores.iter().enumerate().rev().for_each(&mut look_at),
    }
    winner
}

/// Appends the answers of a `OneVsOneClassifier`. `combined`: for each row the scores of its members, and the classes that they predict.
/// `middle`: above this the value of two classes stands for the second.
///
/// # Source
/// scikit-learn, `OneVsOneClassifier.decision_function` and `_ovr_decision_function`.
pub(super) fn finish_one_vs_one(n_classes: usize, middle: f64, combined: &mut Combined, answers: &mut Answers) {
    let Combined { scores, others: labels, row: values } = combined;
    let n_pairs = n_classes * (n_classes - 1) / 2;
    for (confidences, labels) in scores.chunks_exact(n_pairs).zip(labels.chunks_exact(n_pairs)) {
        votes_and_confidences(n_classes, confidences, labels, values);
        for (name, column) in answers.columns_mut() {
            match (column, values.as_slice()) {
                (AnswerColumn::Labels(labels), [_, second]) => labels.push(usize::from(*second > middle)),
                (AnswerColumn::Labels(labels), _) => labels.push(first_largest(values)),
                (AnswerColumn::Numbers { numbers, .. }, [_, second]) if name == OutputName::DecisionFunction => {
                    numbers.push(*second);
                }
                (AnswerColumn::Numbers { numbers, .. }, _) => numbers.extend_from_slice(values),
            }
        }
    }
}

/// Overwrites `values` with the votes for each class, and behind the point what the members' scores say: less than a third.
fn votes_and_confidences(n_classes: usize, confidences: &[f64], labels: &[f64], values: &mut Vec<f64>) {
    values.clear();
    values.resize(2 * n_classes, 0.0);
    let (sums, votes) = values.split_at_mut(n_classes);
    for ((i, j), (confidence, label)) in pairs(n_classes).zip(confidences.iter().zip(labels)) {
        sums[i] -= confidence;
        sums[j] += confidence;
        votes[if *label == 0.0 { i } else { j }] += 1.0;
    }
    sums.iter_mut().zip(votes).for_each(|(sum, votes)| *sum = *votes + *sum / (3.0 * (sum.abs() + 1.0)));
    values.truncate(n_classes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_scores_the_first_wins_or_the_last() {
        for (scores, first, last) in [
            (&[1.0, 2.0, 2.0][..], 1, 2),
            (&[0.0, -0.0, -1.0], 0, 1),
            (&[f64::NEG_INFINITY; 3], 0, 2),
            // what comes after NaN is not seen
            (&[1.0, f64::NAN, 3.0], 2, 0),
            (&[f64::NAN; 3], 0, 0),
        ] {
            assert_eq!((largest(scores, Ties::First), largest(scores, Ties::Last)), (first, last), "{scores:?}");
        }
    }

    #[test]
    fn shares_add_up_to_one_unless_all_are_zero() {
        let shares = |row: &[f64]| {
            let mut out = vec![];
            push_shares(row, &mut out);
            out
        };
        assert_eq!(shares(&[0.5, 0.25, 0.25, 1.0]), [0.25, 0.125, 0.125, 0.5]);
        assert_eq!(shares(&[0.0; 3]), [0.0; 3]);
    }

    #[test]
    fn votes_count_more_than_any_confidence() {
        let mut values = vec![f64::NAN; 9];
        // a circle of votes: the scores decide, and that of class 2 is the largest
        votes_and_confidences(3, &[-1.0, 1e300, -2.0], &[0.0, 1.0, 0.0], &mut values);
        let third = |s: f64| 1.0 + s / (3.0 * (s.abs() + 1.0));
        assert_eq!(values, [third(1.0 - 1e300), third(-1.0 + 2.0), third(1e300 - 2.0)]);
        // a score of zero is voted for by the member's own label
        votes_and_confidences(3, &[0.0; 3], &[0.0, 1.0, 1.0], &mut values);
        assert_eq!(values, [1.0, 0.0, 2.0]);
    }
}
