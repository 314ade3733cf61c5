//! A meta-estimator: its members, and the rule that combines their answers into one.

use serde::{Deserialize, Serialize};

use super::calibration::{self, Calibrator, class_probabilities};
use super::member::{BlockRows, Inner, Nested};
use super::multiclass::{self, Ties};
use super::threshold::Threshold;
use crate::pipeline::scratch::{Combined, EstimatorBuffers, MetaBuffers};
use crate::pipeline::steps::MixedRow;
use crate::pipeline::{Answers, Asked, Classes, Documents, Error, Lack, Output, OutputName};
use crate::svc::check::check_len;

/// Estimators of one width, and what is made of their answers.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaEstimator<E> {
    /// One label for each class that it chooses from.
    pub classes: Classes,
    /// The member that stands for all where one is shown.
    pub first: Box<Nested<E>>,
    /// The other members.
    pub others: Vec<Nested<E>>,
    /// How they make one answer.
    pub rule: Rule,
}

/// How members make one answer.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// `CalibratedClassifierCV`: the mean of the members' probabilities. For each member a calibrator for each class; a single one,
    /// for the second class, where there are two.
    Calibrated(Vec<Vec<Calibrator>>),
    /// `OneVsRestClassifier`: a member for each class against the rest; a single one, for the second class, where there are two.
    OneVsRest(Ties),
    /// `OneVsOneClassifier`: a member for each pair (0,1), (0,2), ..., (1,2), ...; its second class is the pair's second.
    OneVsOne,
    /// `FixedThresholdClassifier` and `TunedThresholdClassifierCV`: one member of two classes.
    Threshold(Threshold),
}

impl<E> MetaEstimator<E> {
    /// All members.
    pub fn members(&self) -> impl Iterator<Item = &Nested<E>> {
        std::iter::once(&*self.first).chain(&self.others)
    }

    /// How many members it has.
    pub fn n_members(&self) -> usize {
        self.others.len().saturating_add(1)
    }

    /// scikit-learn's class name; a tuned threshold is a fixed one.
    pub fn name(&self) -> &'static str {
        match self.rule {
            Rule::Calibrated(_) => "CalibratedClassifierCV",
            Rule::OneVsRest(_) => "OneVsRestClassifier",
            Rule::OneVsOne => "OneVsOneClassifier",
            Rule::Threshold(_) => "FixedThresholdClassifier",
        }
    }
}

impl<E: Inner> MetaEstimator<E> {
    pub(in crate::pipeline) fn width_in(&self) -> usize {
        self.first.width_in()
    }

    /// An output as it has it.
    ///
    /// # Errors
    /// Why it has none.
    pub(in crate::pipeline) fn output(&self, name: OutputName) -> Result<Output, Lack> {
        let n_classes = self.classes.len();
        let all_have = || self.members().all(|member| member.width_of(name).is_some());
        match (&self.rule, name) {
            (_, OutputName::Predict) => return Ok(Output::label(&self.classes)),
            (Rule::Threshold(_), _) => {
                if let Some(output) = self.first.estimator.output(name) {
                    return Ok(output);
                }
            }
            (_, OutputName::ClassScores) | (Rule::Calibrated(_), OutputName::PredictProba) => {
                return Ok(Output::numbers(name, n_classes));
            }
            (Rule::Calibrated(_), OutputName::DecisionFunction | OutputName::PairScores) => {
                return Err(Lack::NoDecisionFunction);
            }
            (Rule::OneVsRest(_), OutputName::PredictProba) if all_have() => {
                return Ok(Output::numbers(name, n_classes));
            }
            (Rule::OneVsRest(_), OutputName::DecisionFunction) if !all_have() => {}
            (_, OutputName::DecisionFunction) => {
                return Ok(Output::numbers(name, if n_classes == 2 { 1 } else { n_classes }));
            }
            _ => {}
        }
        Err(Lack::NoSuchOutput { estimator: self.name(), output: name.as_str() })
    }

    /// Appends answers for each row to the columns of `answers`.
    ///
    /// # Errors
    /// [`Error::NotFiniteScaled`] of a step inside; `answers` has been given the rows before.
    pub(in crate::pipeline) fn answer(
        &self,
        rows: &[f64],
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let width = self.width_in();
        let buffers = buffers.meta();
        for (block, rows) in rows.chunks(BLOCK_ROWS * width).enumerate() {
            let mut rows = rows;
            let mut refused = Ok(());
            // of a block with a row that cannot be computed, those before it: another member may refuse one of them
            while let Err(cause) = self.answer_block(BlockRows::Dense(rows), rows.len() / width, buffers, answers) {
                if rows.is_empty() {
                    return Err(cause);
                }
                rows = rows.get(..cause.row().unwrap_or_default() * width).unwrap_or_default();
                refused = Err(cause.after_rows(block * BLOCK_ROWS));
            }
            refused?;
        }
        Ok(())
    }

    /// Appends answers for one row of either kind.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(in crate::pipeline) fn answer_mixed(
        &self,
        row: MixedRow<'_>,
        documents: &Documents,
        buffers: &mut EstimatorBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        self.answer_block(BlockRows::Mixed(row, documents), 1, buffers.meta(), answers)
    }

    /// The same for so few rows that the members' answers are kept; nothing is appended where one cannot be computed.
    fn answer_block(
        &self,
        rows: BlockRows<'_>,
        n_rows: usize,
        buffers: &mut MetaBuffers,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let MetaBuffers { member: buffers, combined } = buffers;
        combined.clear(n_rows * self.n_columns());
        for (index, member) in self.members().enumerate() {
            member.answer(rows, self.asked_of(member, answers), buffers)?;
            self.take(index, member, &buffers.answers, combined);
        }
        match &self.rule {
            Rule::Calibrated(_) => calibration::finish(self.n_members(), self.classes.len(), combined, answers),
            Rule::OneVsRest(ties) => {
                multiclass::finish_one_vs_rest(self.n_members(), *ties, self.first.middle(), combined, answers);
            }
            Rule::OneVsOne => multiclass::finish_one_vs_one(self.classes.len(), self.first.middle(), combined, answers),
            Rule::Threshold(threshold) => threshold.finish(&buffers.answers, answers),
        }
        Ok(())
    }

    /// Numbers for each row that are combined.
    fn n_columns(&self) -> usize {
        match self.rule {
            Rule::Calibrated(_) => self.classes.len(),
            Rule::OneVsRest(_) | Rule::OneVsOne => self.n_members(),
            Rule::Threshold(_) => 0,
        }
    }

    /// What a member has to answer for the outputs that are asked for here.
    fn asked_of(&self, member: &Nested<E>, answers: &Answers) -> Asked {
        match &self.rule {
            Rule::Calibrated(_) => Asked::only(OutputName::DecisionFunction),
            Rule::OneVsRest(_) if answers.column(OutputName::PredictProba).is_some() => {
                Asked::only(member.score()).and(OutputName::PredictProba)
            }
            Rule::OneVsRest(_) => Asked::only(member.score()),
            Rule::OneVsOne => Asked::only(member.score()).and(OutputName::Predict),
            Rule::Threshold(threshold) => threshold.asked(answers),
        }
    }

    /// Takes up what a member answered.
    fn take(&self, index: usize, member: &Nested<E>, answers: &Answers, combined: &mut Combined) {
        let Combined { scores, others, row } = combined;
        match &self.rule {
            Rule::Calibrated(calibrators) => {
                let calibrators = calibrators.get(index).map(Vec::as_slice).unwrap_or_default();
                let values = answers.numbers(OutputName::DecisionFunction).chunks_exact(calibrators.len().max(1));
                for (values, sums) in values.zip(scores.chunks_exact_mut(self.classes.len())) {
                    class_probabilities(values, calibrators, row);
                    sums.iter_mut().zip(row.iter()).for_each(|(sum, probability)| *sum += probability);
                }
            }
            Rule::OneVsRest(_) => {
                put_column(index, self.n_members(), second_of(answers, member.score()), scores);
                put_column(index, self.n_members(), second_of(answers, OutputName::PredictProba), others);
            }
            Rule::OneVsOne => {
                let labels = answers.labels(OutputName::Predict).iter().map(|label| *label as f64);
                put_column(index, self.n_members(), second_of(answers, member.score()), scores);
                put_column(index, self.n_members(), labels, others);
            }
            Rule::Threshold(_) => {}
        }
    }

    /// Refuses members that do not take rows of `width` numbers, or that do not fit the rule.
    pub(in crate::pipeline) fn check(&self, width: usize) -> Result<(), Error> {
        self.classes.check()?;
        self.members().try_for_each(|member| member.check(width))?;
        let k = self.classes.len();
        let n_members = match &self.rule {
            Rule::Calibrated(calibrators) => {
                check_len("calibrators", self.n_members(), calibrators.len())?;
                return self.members().zip(calibrators).try_for_each(|(member, list)| member.check_calibrated(k, list));
            }
            Rule::Threshold(threshold) => {
                threshold.check(k, self.first.width_of(threshold.response()))?;
                1
            }
            Rule::OneVsRest(_) if k == 2 => 1,
            Rule::OneVsRest(_) => k,
            Rule::OneVsOne => k.saturating_mul(k - 1) / 2,
        };
        if self.n_members() != n_members {
            return Err(Error::part("members", format_args!("{n_members} members"), self.n_members()));
        }
        self.members().try_for_each(|member| member.check_binary())
    }

    /// As [`decision_magnitude`](Self::decision_magnitude), for a row of either kind.
    pub(in crate::pipeline) fn mixed_magnitude(&self, row: MixedRow<'_>, documents: &Documents) -> Option<f64> {
        self.output(OutputName::DecisionFunction).ok()?;
        let magnitudes = self.members().map(|member| member.mixed_magnitude(row, documents).unwrap_or(1.0));
        Some(magnitudes.fold(1.0, |sum, own| sum + own))
    }

    /// The sum of the magnitudes of the members' decision values; `None` for an estimator without decision values.
    pub(in crate::pipeline) fn decision_magnitude(&self, row: &[f64]) -> Option<f64> {
        self.output(OutputName::DecisionFunction).ok()?;
        // a score that is a probability, and a vote, is not above 1
        Some(self.members().map(|member| member.decision_magnitude(row).unwrap_or(1.0)).fold(1.0, |sum, own| sum + own))
    }
}

impl<E: Inner> Nested<E> {
    /// What decides between two classes: the decision function, or the probability of the second class where there is none.
    fn score(&self) -> OutputName {
        let has_decision_function = self.width_of(OutputName::DecisionFunction).is_some();
        if has_decision_function { OutputName::DecisionFunction } else { OutputName::PredictProba }
    }

    /// Above this a score stands for the second of two classes.
    fn middle(&self) -> f64 {
        if self.score() == OutputName::DecisionFunction { 0.0 } else { 0.5 }
    }

    /// Refuses a member that does not decide between two classes.
    fn check_binary(&self) -> Result<(), Error> {
        if self.n_classes() != 2 {
            return Err(Error::part("members", "members of 2 classes", self.n_classes()));
        }
        for name in [self.score(), OutputName::Predict] {
            if self.width_of(name).is_none() {
                return Err(Error::part("members", format_args!("members with {}", name.as_str()), "others"));
            }
        }
        Ok(())
    }

    /// Refuses a member that has not one decision value for each of its calibrators.
    fn check_calibrated(&self, n_classes: usize, calibrators: &[Calibrator]) -> Result<(), Error> {
        if self.n_classes() != n_classes {
            return Err(Error::part("members", "members of the same classes", "others"));
        }
        let expected = if n_classes == 2 { 1 } else { n_classes };
        if calibrators.len() != expected {
            return Err(Error::part("calibrators", format_args!("{expected} calibrators"), calibrators.len()));
        }
        calibrators.iter().try_for_each(Calibrator::check)?;
        match self.width_of(OutputName::DecisionFunction) {
            Some(width) if width == expected => Ok(()),
            Some(found) => {
                Err(Error::part("members", format_args!("{expected} decision values, one for each calibrator"), found))
            }
            None => Err(Error::part("members", "members with decision_function", "others")),
        }
    }
}

/// Puts one number for each row into a column of a matrix of so many.
fn put_column(column: usize, n_columns: usize, numbers: impl Iterator<Item = f64>, matrix: &mut [f64]) {
    let slots = matrix.iter_mut().skip(column).step_by(n_columns.max(1));
    slots.zip(numbers).for_each(|(slot, number)| *slot = number);
}

/// The number of each row that stands for the second of two classes.
fn second_of(answers: &Answers, name: OutputName) -> impl Iterator<Item = f64> {
    let numbers = answers.numbers(name);
    let width = if name == OutputName::PredictProba { 2 } else { 1 };
    numbers.iter().skip(width - 1).step_by(width).copied()
}

/// Rows whose answers by all members are kept side by side.
const BLOCK_ROWS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{
        Columns, Estimator, LinearKind, Model, Scaler, ScalerFormula, Scratch, Sigmoid, Step, Steps,
    };
    use crate::svc::{DecisionFunctionShape, Kernel, LinearParts, Svc, SvcParts};

    type Member = Nested<Estimator>;

    fn alone(estimator: Estimator) -> Member {
        Nested { steps: Steps::default(), estimator }
    }

    fn integers(n: usize) -> Classes {
        Classes::Integer((0..n as i64).collect())
    }

    fn svc(parts: SvcParts) -> Member {
        let classes = integers(parts.n_support.len());
        alone(Estimator::Svc { svc: Svc::new(parts).unwrap(), classes })
    }

    /// Decision values are the row's one number times `slope` and then `intercept` more; two classes.
    fn two(slope: f64, intercept: f64) -> Member {
        svc(SvcParts {
            kernel: Kernel::Linear,
            n_features_in: 1,
            n_support: vec![1, 1],
            support_vectors: vec![1.0, 1.0],
            dual_coef: vec![-slope, 0.0],
            intercept: vec![-intercept],
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        })
    }

    fn parts(member: &Member) -> SvcParts {
        member.estimator.svc().unwrap().parts().clone()
    }

    fn three() -> Member {
        let (support_vectors, dual_coef) = (vec![1.0; 3], vec![0.0; 6]);
        let intercept = vec![0.0; 3];
        svc(SvcParts { n_support: vec![1; 3], support_vectors, dual_coef, intercept, ..parts(&two(0.0, 0.0)) })
    }

    /// The same values by a `LinearSVC`, which decides otherwise at zero.
    fn linear(slope: f64, intercept: f64) -> Member {
        let parts = LinearParts { n_features_in: 1, coef: vec![slope], intercept: vec![intercept] };
        alone(Estimator::of_linear(LinearKind::Svc, integers(2), parts).unwrap())
    }

    fn sigmoids(count: usize, a: f64, b: f64) -> Vec<Calibrator> {
        vec![Calibrator::Sigmoid(Sigmoid { a, b }); count]
    }

    fn estimator(n_classes: usize, mut members: Vec<Member>, rule: Rule) -> Estimator {
        let first = Box::new(members.remove(0));
        Estimator::Meta(MetaEstimator { classes: integers(n_classes), first, others: members, rule })
    }

    fn model(n_classes: usize, members: Vec<Member>, rule: Rule) -> Result<Model, Error> {
        let estimator = estimator(n_classes, members, rule);
        Model::new(Columns::numbers(estimator.width_in(), None)?, Steps::default(), estimator)
    }

    fn calibrated(slopes: &[f64], a: f64) -> Model {
        let members = slopes.iter().map(|slope| two(*slope, 0.0)).collect();
        model(2, members, Rule::Calibrated(vec![sigmoids(1, a, 0.0); slopes.len()])).unwrap()
    }

    fn predict(model: &Model, rows: &[f64]) -> Vec<usize> {
        let mut out = vec![];
        model.predict(rows, &mut Scratch::default(), &mut out).unwrap();
        out
    }

    fn decide(model: &Model, rows: &[f64]) -> Vec<f64> {
        let mut out = vec![];
        model.decision_function(rows, &mut Scratch::default(), &mut out).unwrap();
        out
    }

    fn proba(model: &Model, rows: &[f64]) -> Vec<f64> {
        let mut out = vec![];
        model.predict_proba(rows, &mut Scratch::default(), &mut out).unwrap();
        out
    }

    fn logistic(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn calibrated_members_are_averaged() {
        let (first, second) = (logistic(3.0), logistic(6.0));
        let model = calibrated(&[1.0, 2.0], -1.0);
        assert_eq!(proba(&model, &[3.0]), [(1.0 - first + (1.0 - second)) / 2.0, (first + second) / 2.0]);
        let rule = Rule::Calibrated(vec![sigmoids(3, 0.0, 0.0); 2]);
        assert_eq!(proba(&self::model(3, vec![three(), three()], rule).unwrap(), &[1.0]), [1.0 / 3.0; 3]);
    }

    #[test]
    fn a_calibrated_model_predicts_by_its_probabilities_and_has_no_decision_function() {
        // the value is above zero and stands for the second class; the sigmoid turns it round
        let model = calibrated(&[1.0], 1.0);
        assert_eq!(predict(&model, &[5.0, -5.0, 0.0]), [0, 1, 0]);
        let refusal = model.decision_function(&[1.0], &mut Scratch::default(), &mut vec![]).unwrap_err();
        let text =
            "a calibrated model has probabilities, but no decision function; this model has `predict`, `predict_proba`";
        assert_eq!(refusal.to_string(), text);
    }

    #[test]
    fn each_member_has_its_own_steps_and_an_error_names_the_row_of_the_caller() {
        let scaled = |scale: f64| {
            let formula = ScalerFormula::MaxAbs { scale: vec![scale], clip: false };
            Nested { steps: Steps(vec![Step::Scaler(Scaler { n_features_in: 1, formula })]), ..two(1.0, 0.0) }
        };
        let model = |first: f64, second: f64| {
            let rule = Rule::Calibrated(vec![sigmoids(1, -1.0, 0.0); 2]);
            self::model(2, vec![scaled(first), scaled(second)], rule).unwrap()
        };
        assert_eq!(proba(&model(2.0, 1.0), &[6.0])[1], (logistic(3.0) + logistic(6.0)) / 2.0);
        // the second member refuses an earlier row than the first
        let mut rows = vec![1.0; BLOCK_ROWS];
        rows.extend([1.0, 1e100, 1e300]);
        let mut out = vec![];
        let refusal = model(1e-20, 1e-250).predict(&rows, &mut Scratch::default(), &mut out).unwrap_err();
        assert_eq!(refusal, Error::NotFiniteScaled { row: BLOCK_ROWS + 1, column: 0, step: "MaxAbsScaler" });
        assert_eq!(out.len(), BLOCK_ROWS + 1);
    }

    #[test]
    fn members_that_do_not_fit_a_calibration_are_refused() {
        let refusal = |first: Member, others: Vec<Member>, calibrators: Vec<Vec<Calibrator>>| {
            let n_classes = first.n_classes();
            model(n_classes, [vec![first], others].concat(), Rule::Calibrated(calibrators)).unwrap_err().to_string()
        };
        let one = || sigmoids(1, 1.0, 0.0);
        assert_eq!(
            refusal(three(), vec![], vec![sigmoids(2, 1.0, 0.0)]),
            "`calibrators`: expected 3 calibrators, found 2"
        );
        assert_eq!(refusal(two(1.0, 0.0), vec![], vec![one(), one()]), "`calibrators`: expected 1 numbers, found 2");
        assert_eq!(
            refusal(two(1.0, 0.0), vec![three()], vec![one(), one()]),
            "`members`: expected members of the same classes, found others"
        );
        let nan = sigmoids(1, f64::NAN, 0.0);
        assert_eq!(
            refusal(two(1.0, 0.0), vec![], vec![nan]),
            "`sigmoids`: expected finite numbers, found NaN at index 0"
        );
        // of four classes there are six pairs: another count of values than of calibrators
        let ovo = SvcParts {
            n_support: vec![1; 4],
            support_vectors: vec![1.0; 4],
            dual_coef: vec![0.0; 12],
            intercept: vec![0.0; 6],
            decision_function_shape: DecisionFunctionShape::Ovo,
            ..parts(&three())
        };
        assert_eq!(
            refusal(svc(ovo), vec![], vec![sigmoids(4, 1.0, 0.0)]),
            "`members`: expected 4 decision values, one for each calibrator, found 6"
        );
        let wide = SvcParts { n_features_in: 2, support_vectors: vec![1.0; 4], ..parts(&two(1.0, 0.0)) };
        assert_eq!(
            refusal(two(1.0, 0.0), vec![svc(wide)], vec![one(), one()]),
            "`n_features_in`: expected 1 features, found 2"
        );
    }

    #[test]
    fn one_against_the_rest_is_the_class_of_the_largest_score() {
        let members = || vec![two(1.0, 0.0), linear(-1.0, 0.0), two(0.0, 0.5)];
        let model = |ties| self::model(3, members(), Rule::OneVsRest(ties)).unwrap();
        assert_eq!(decide(&model(Ties::First), &[2.0, -3.0]), [2.0, -2.0, 0.5, -3.0, 3.0, 0.5]);
        let rows = [2.0, -3.0, 0.1, 0.5, -0.5];
        assert_eq!(predict(&model(Ties::First), &rows), [0, 1, 2, 0, 1]);
        assert_eq!(predict(&model(Ties::Last), &rows), [0, 1, 2, 2, 2]);
        let single = self::model(2, vec![two(1.0, 0.0)], Rule::OneVsRest(Ties::First)).unwrap();
        assert_eq!((predict(&single, &[1.0, 0.0, -1.0]), decide(&single, &[2.0])), (vec![1, 0, 0], vec![2.0]));
    }

    #[test]
    fn probabilities_of_one_against_the_rest_are_there_if_all_members_have_them() {
        let member =
            |slope: f64| alone(estimator(2, vec![two(slope, 0.0)], Rule::Calibrated(vec![sigmoids(1, -1.0, 0.0)])));
        let model = |members: Vec<Member>| {
            let n_classes = if members.len() == 1 { 2 } else { members.len() };
            self::model(n_classes, members, Rule::OneVsRest(Ties::First)).unwrap()
        };
        let all = model(vec![member(1.0), member(-1.0), member(0.0)]);
        let each = [logistic(2.0), logistic(-2.0), 0.5];
        let sum = each[0] + each[1] + each[2];
        assert_eq!(proba(&all, &[2.0]), each.map(|one| one / sum));
        // without a decision function the probabilities are the scores
        assert_eq!(predict(&all, &[2.0, -2.0, 0.0]), [0, 1, 0]);
        assert!(all.output(OutputName::DecisionFunction).is_err());
        let single = model(vec![member(1.0)]);
        assert_eq!(predict(&single, &[1.0, 0.0]), [1, 0]);
        assert_eq!(proba(&single, &[1.0])[1], logistic(1.0) / (1.0 - logistic(1.0) + logistic(1.0)));
        let some = model(vec![member(1.0), two(-1.0, 0.0), member(0.0)]);
        assert!(some.output(OutputName::PredictProba).is_err());
    }

    #[test]
    fn each_against_each_votes_by_the_members_own_label() {
        // at zero an SVC is for the second class of its pair, a LinearSVC for the first
        for (member, votes) in [(two as fn(f64, f64) -> Member, [0.0, 1.0, 2.0]), (linear, [2.0, 1.0, 0.0])] {
            let members = vec![member(1.0, 0.0), member(1.0, 0.0), member(1.0, 0.0)];
            let model = self::model(3, members, Rule::OneVsOne).unwrap();
            assert_eq!(decide(&model, &[0.0]), votes);
            assert_eq!(predict(&model, &[0.0, 1.0, -1.0]), [if votes[0] == 0.0 { 2 } else { 0 }, 2, 0]);
        }
        let pair = self::model(2, vec![two(1.0, 0.0)], Rule::OneVsOne).unwrap();
        assert_eq!(decide(&pair, &[1.0, -1.0]), [1.0 + 1.0 / 6.0, -1.0 / 6.0]);
        assert_eq!(predict(&pair, &[1.0, -1.0, 0.0]), [1, 0, 1]);
    }

    #[test]
    fn members_that_do_not_decide_between_two_classes_are_refused() {
        let refusal = |n_classes, members, rule| model(n_classes, members, rule).unwrap_err().to_string();
        let rest = || Rule::OneVsRest(Ties::First);
        let members = |count: usize| (0..count).map(|_| two(1.0, 0.0)).collect::<Vec<_>>();
        assert_eq!(refusal(3, members(2), rest()), "`members`: expected 3 members, found 2");
        assert_eq!(refusal(2, members(2), rest()), "`members`: expected 1 members, found 2");
        assert_eq!(refusal(4, members(3), Rule::OneVsOne), "`members`: expected 6 members, found 3");
        assert_eq!(
            refusal(3, vec![three(), three(), three()], rest()),
            "`members`: expected members of 2 classes, found 3"
        );
        let refused =
            SvcParts { break_ties: true, decision_function_shape: DecisionFunctionShape::Ovo, ..parts(&two(1.0, 0.0)) };
        assert_eq!(
            refusal(2, vec![svc(refused)], Rule::OneVsOne),
            "`members`: expected members with predict, found others"
        );
    }

    #[test]
    fn a_score_of_the_threshold_stands_for_the_positive_class() {
        let threshold = |threshold, positive| Threshold { is_of_probability: false, threshold, positive };
        let model = |threshold| model(2, vec![two(1.0, 0.0)], Rule::Threshold(threshold)).unwrap();
        assert_eq!(predict(&model(threshold(1.5, 1)), &[1.0, 1.5, 2.0]), [0, 1, 1]);
        // of the first class the value has the other sign
        assert_eq!(predict(&model(threshold(1.5, 0)), &[-1.0, -1.5, 2.0]), [1, 0, 1]);
        assert_eq!(decide(&model(threshold(1.5, 0)), &[-1.0, 2.0]), [-1.0, 2.0]);
        let rule = |positive| Rule::Threshold(Threshold { is_of_probability: true, threshold: 0.75, positive });
        let member = || alone(estimator(2, vec![two(1.0, 0.0)], Rule::Calibrated(vec![sigmoids(1, -1.0, 0.0)])));
        let sure = 3.0_f64.ln();
        for (positive, expected) in [(1, [0, 0, 1]), (0, [0, 1, 1])] {
            let model = self::model(2, vec![member()], rule(positive)).unwrap();
            assert_eq!(predict(&model, &[-sure - 1e-9, 0.0, sure + 1e-9]), expected);
        }
        let text = "`members`: expected a member with predict_proba, found another";
        assert_eq!(self::model(2, vec![two(1.0, 0.0)], rule(1)).unwrap_err().to_string(), text);
    }
}
