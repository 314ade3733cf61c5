//! Probabilities out of one-vs-rest values by a sigmoid for each class, averaged over several SVCs: scikit-learn's
//! `CalibratedClassifierCV` with the method "sigmoid".
//!
//! ```text
//! p(class) of one SVC = 1 / (1 + exp(a T + b)), T its one-vs-rest value of the class; then divided by their sum
//! two classes:          p(second) from the one decision value, p(first) = 1 - p(second)
//! predict_proba         the mean over the SVCs; predict: the class where it is largest, the first one on a tie
//! ```

use serde::{Deserialize, Serialize};

use super::outputs::{AnswerColumn, Answers};
use super::scratch::EstimatorBuffers;
use super::{Classes, Error, Steps};
use crate::svc::check::check_finite;
use crate::svc::{DecisionFunctionShape, Svc, Workspace, first_largest};

/// Several SVCs whose probabilities are averaged.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// One label for each class of every member.
    pub classes: Classes,
    /// The member that stands for all where one is shown.
    pub first: Member,
    /// The other members.
    pub others: Vec<Member>,
}

/// One SVC with its own steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// What stands before this SVC alone, behind the model's steps.
    pub steps: Steps,
    /// Its mathematics.
    pub svc: Svc,
    /// One for each class; a single one, for the second class, where there are two.
    pub sigmoids: Vec<Sigmoid>,
}

/// `1 / (1 + exp(a T + b))`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    /// `a_`, the factor of the value.
    pub a: f64,
    /// `b_`, added to the product.
    pub b: f64,
}

impl Calibrated {
    /// All members.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        std::iter::once(&self.first).chain(&self.others)
    }

    pub(super) fn check(&self, width: usize) -> Result<(), Error> {
        self.members().try_for_each(|member| member.check(width, self.classes.len()))
    }

    /// Appends answers for each row to the columns of `answers`. Scores of classes are their probabilities: there are no others.
    ///
    /// # Source
    /// scikit-learn, `CalibratedClassifierCV.predict_proba` and `_CalibratedClassifier.predict_proba`.
    pub(super) fn answer(
        &self,
        rows: &[f64],
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let n_members = self.others.len() as f64 + 1.0;
        for (index, row) in rows.chunks_exact(self.first.width_in()).enumerate() {
            let EstimatorBuffers { workspace, steps, scores, probabilities, sums } = buffers;
            sums.clear();
            sums.resize(self.classes.len(), 0.0);
            for Member { steps: own, svc, sigmoids } in self.members() {
                let row = own.apply(index, row, steps)?;
                one_vs_rest_values(svc, row, workspace, scores);
                class_probabilities(scores, sigmoids, probabilities);
                sums.iter_mut().zip(probabilities.iter()).for_each(|(sum, probability)| *sum += probability);
            }
            sums.iter_mut().for_each(|sum| *sum /= n_members);
            for (_, column) in answers.columns_mut() {
                match column {
                    AnswerColumn::Labels(labels) => labels.push(first_largest(sums)),
                    AnswerColumn::Numbers { numbers, .. } => numbers.extend_from_slice(sums),
                }
            }
        }
        Ok(())
    }
}

impl Member {
    /// Numbers in a row before the member's own steps.
    pub(super) fn width_in(&self) -> usize {
        self.steps.width_in().unwrap_or(self.svc.n_features_in())
    }

    fn check(&self, width: usize, n_classes: usize) -> Result<(), Error> {
        let width = self.steps.check(width)?;
        if self.svc.n_features_in() != width {
            return Err(Error::part("members", format_args!("{width} features"), self.svc.n_features_in()));
        }
        if self.svc.n_classes() != n_classes {
            return Err(Error::part("members", "SVCs of the same classes", "others"));
        }
        let expected = if n_classes == 2 { 1 } else { n_classes };
        if self.sigmoids.len() != expected {
            return Err(Error::part("sigmoids", format_args!("{expected} sigmoids"), self.sigmoids.len()));
        }
        let numbers: Vec<f64> = self.sigmoids.iter().flat_map(|sigmoid| [sigmoid.a, sigmoid.b]).collect();
        check_finite("sigmoids", &numbers)?;
        if n_classes > 2 && self.svc.parts().decision_function_shape == DecisionFunctionShape::Ovo {
            return Err(Error::part("decision_function_shape", "ovr, a value for each sigmoid", "ovo"));
        }
        Ok(())
    }
}

/// Overwrites `values` with one value for each sigmoid.
fn one_vs_rest_values(svc: &Svc, row: &[f64], workspace: &mut Workspace, values: &mut Vec<f64>) {
    values.clear();
    svc.for_each_row(row, workspace, |mut row| row.push_decision_function(values));
}

/// Overwrites `out` with the probability of each class by one SVC.
fn class_probabilities(values: &[f64], sigmoids: &[Sigmoid], out: &mut Vec<f64>) {
    out.clear();
    if let ([value], [sigmoid]) = (values, sigmoids) {
        let second = sigmoid.at(*value);
        out.extend([1.0 - second, second]);
    } else {
        out.extend(values.iter().zip(sigmoids).map(|(value, sigmoid)| sigmoid.at(*value)));
        let sum: f64 = out.iter().sum();
        let uniform = 1.0 / out.len() as f64;
        out.iter_mut().for_each(|probability| *probability = if sum == 0.0 { uniform } else { *probability / sum });
    }
    for probability in out {
        if *probability > 1.0 && *probability <= 1.0 + ROUNDING_MAX {
            *probability = 1.0;
        }
    }
}

impl Sigmoid {
    fn at(self, value: f64) -> f64 {
        1.0 / (1.0 + (self.a * value + self.b).exp())
    }
}

/// Above 1 by no more than this, a probability is 1.
const ROUNDING_MAX: f64 = 1e-5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Columns, Estimator, Model, Scaler, ScalerFormula, Scratch, Step};
    use crate::svc::{Kernel, SvcParts};

    fn member(parts: SvcParts, sigmoids: Vec<Sigmoid>) -> Member {
        Member { steps: Steps::default(), svc: Svc::new(parts).unwrap(), sigmoids }
    }

    /// Decision values are the row's one number times `slope`, for the pair; two classes.
    fn two(slope: f64, a: f64, b: f64) -> Member {
        let parts = SvcParts {
            kernel: Kernel::Linear,
            n_features_in: 1,
            n_support: vec![1, 1],
            support_vectors: vec![1.0, 1.0],
            dual_coef: vec![-slope, 0.0],
            intercept: vec![0.0],
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        };
        member(parts, vec![Sigmoid { a, b }])
    }

    fn three(sigmoids: Vec<Sigmoid>) -> Member {
        let parts = SvcParts {
            n_support: vec![1; 3],
            support_vectors: vec![1.0; 3],
            dual_coef: vec![0.0; 6],
            intercept: vec![0.0; 3],
            ..two(0.0, -1.0, 0.0).svc.parts().clone()
        };
        member(parts, sigmoids)
    }

    fn zeros(n: usize) -> Vec<Sigmoid> {
        vec![Sigmoid { a: 0.0, b: 0.0 }; n]
    }

    fn wide() -> Member {
        let narrow = two(1.0, 1.0, 0.0);
        let parts = SvcParts { n_features_in: 2, support_vectors: vec![1.0; 4], ..narrow.svc.parts().clone() };
        member(parts, narrow.sigmoids)
    }

    fn model(first: Member, others: Vec<Member>) -> Result<Model, Error> {
        let classes = Classes::Integer((0..first.svc.n_classes() as i64).collect());
        let columns = Columns::numbers(first.width_in(), None)?;
        Model::new(columns, Steps::default(), Estimator::Calibrated(Calibrated { classes, first, others }))
    }

    fn proba(members: [Member; 2], rows: &[f64]) -> Vec<f64> {
        let mut out = vec![];
        let [first, second] = members;
        let model = model(first, vec![second]).unwrap();
        model.predict_proba(rows, &mut Scratch::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn two_classes_have_one_sigmoid_for_the_second_and_members_are_averaged() {
        let second = 1.0 / (1.0 + (-2.0 * 3.0 + 0.5_f64).exp());
        let other = 1.0 / (1.0 + (-3.0_f64).exp());
        let (first_mean, second_mean) = ((1.0 - second + (1.0 - other)) / 2.0, (second + other) / 2.0);
        assert_eq!(proba([two(1.0, -2.0, 0.5), two(1.0, -1.0, 0.0)], &[3.0]), [first_mean, second_mean]);
    }

    #[test]
    fn more_classes_are_divided_by_their_sum() {
        assert_eq!(proba([three(zeros(3)), three(zeros(3))], &[1.0]), [0.5 / 1.5; 3]);
        let none = || three(vec![Sigmoid { a: 0.0, b: 1e9 }; 3]);
        assert_eq!(proba([none(), none()], &[1.0]), [1.0 / 3.0; 3]);
    }

    #[test]
    fn predict_follows_the_probabilities_and_not_the_votes() {
        // the value is above zero and votes for the second class; the sigmoid turns it round
        let model = model(two(1.0, 1.0, 0.0), vec![]).unwrap();
        let (mut classes, mut scratch) = (vec![], Scratch::default());
        model.predict(&[5.0, -5.0, 0.0], &mut scratch, &mut classes).unwrap();
        assert_eq!(classes, [0, 1, 0]);
    }

    #[test]
    fn a_calibrated_model_has_no_decision_function() {
        let model = model(two(1.0, 1.0, 0.0), vec![]).unwrap();
        let refusal = model.decision_function(&[1.0], &mut Scratch::default(), &mut vec![]).unwrap_err();
        let text =
            "a calibrated model has probabilities, but no decision function; this model has `predict`, `predict_proba`";
        assert_eq!(refusal.to_string(), text);
    }

    #[test]
    fn each_member_has_its_own_steps_and_an_error_names_the_row_of_the_caller() {
        let scaled = |scale: f64, member: Member| {
            let formula = ScalerFormula::MaxAbs { scale: vec![scale], clip: false };
            Member { steps: Steps(vec![Step::Scaler(Scaler { n_features_in: 1, formula })]), ..member }
        };
        let halved = proba([scaled(2.0, two(1.0, -1.0, 0.0)), two(1.0, -1.0, 0.0)], &[6.0]);
        let [by_three, by_six] = [3.0, 6.0].map(|x: f64| 1.0 / (1.0 + (-x).exp()));
        assert_eq!(halved[1], (by_three + by_six) / 2.0);
        let model = model(scaled(1e-300, two(1.0, 1.0, 0.0)), vec![]).unwrap();
        let mut out = vec![];
        let refusal = model.predict(&[1.0, 1e300], &mut Scratch::default(), &mut out).unwrap_err();
        assert_eq!(refusal, Error::NotFiniteScaled { row: 1, column: 0, step: "MaxAbsScaler" });
        assert_eq!(out.len(), 1);
    }

    #[test]
    fn members_that_do_not_fit_together_are_refused() {
        let refusal = |first, others| model(first, others).unwrap_err().to_string();
        assert_eq!(refusal(three(zeros(2)), vec![]), "`sigmoids`: expected 3 sigmoids, found 2");
        assert_eq!(
            refusal(three(zeros(3)), vec![two(1.0, 1.0, 0.0)]),
            "`members`: expected SVCs of the same classes, found others"
        );
        let nan = two(1.0, f64::NAN, 0.0);
        assert_eq!(refusal(nan, vec![]), "`sigmoids`: expected finite numbers, found NaN at index 0");
        let three = three(zeros(3));
        let ovo = SvcParts { decision_function_shape: DecisionFunctionShape::Ovo, ..three.svc.parts().clone() };
        assert_eq!(
            refusal(member(ovo, zeros(3)), vec![]),
            "`decision_function_shape`: expected ovr, a value for each sigmoid, found ovo"
        );
        assert_eq!(refusal(two(1.0, 1.0, 0.0), vec![wide()]), "`members`: expected 1 features, found 2");
    }
}
