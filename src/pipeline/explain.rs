//! Why a row gets its answer: the numbers that add up to the value which decides.
//!
//! Nothing here is sampled or approximated: every number is a part of the model, or what it computes for a row.

use super::estimator::Estimator;
use super::scratch::EstimatorBuffers;
use super::steps::{MixedRow, error_of_row};
use super::{Error, Model, OutputName, Rows, Scratch};
use crate::svc::{ClassPair, ExplainedRow, Linear, Single, SparseBuffer, SparseRow, SparseSvc, SupportTerm};

/// The value that decides for the answer to a row, and what it is made of: the terms, the rest and the intercept add up to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What the model answers.
    pub answer: Decided,
    /// The value: of the predicted class against its rival, above zero where it speaks for the predicted class; of a regression or a
    /// one-class SVM the decision value itself.
    pub decision: f64,
    /// Votes for each class, one from each pair of classes; empty where two classes or none are voted on.
    pub votes: Vec<u32>,
    /// What is added to the sum over the terms.
    pub intercept: f64,
    /// The largest terms, largest first.
    pub terms: Terms,
    /// The sum of the other terms.
    pub rest: f64,
}

/// What a model answers for a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decided {
    /// One of two classes, by their indices: that of the answer, and its rival.
    Class(ClassPair),
    /// Whether the row is like the training rows.
    Side(bool),
    /// A number.
    Number(f64),
}

impl Decided {
    /// The index of the label, if it is one.
    pub fn label(self) -> Option<usize> {
        match self {
            Decided::Class((class, _)) => Some(class),
            Decided::Side(is_inlier) => Some(usize::from(is_inlier)),
            Decided::Number(_) => None,
        }
    }

    /// The class that the answer was weighed against.
    pub fn rival(self) -> Option<usize> {
        if let Decided::Class((_, rival)) = self { Some(rival) } else { None }
    }

    /// The classes whose value is meant; a single value is that of a first class against nothing.
    pub(super) fn pair(self) -> ClassPair {
        if let Decided::Class(pair) = self { pair } else { SINGLE }
    }
}

/// The only value of a model without classes.
const SINGLE: ClassPair = (0, 1);
/// The same of a linear model, whose single score speaks for the second class.
pub(super) const LINEAR_SINGLE: ClassPair = (1, 0);

/// What a value is the sum of.
#[derive(Debug, Clone, PartialEq)]
pub enum Terms {
    /// Support vectors.
    Support(Vec<SupportTerm>),
    /// Features, as they are after the steps.
    Features(Vec<FeatureTerm>),
}

/// How many terms are listed at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermLimit {
    /// The largest of all.
    Largest(usize),
    /// So many of those that speak for the answer, and as many of those that speak against it.
    OfEachSign(usize),
}

impl TermLimit {
    /// Terms of both signs together, at most.
    pub fn count(self) -> usize {
        match self {
            TermLimit::Largest(count) => count,
            TermLimit::OfEachSign(count) => 2 * count,
        }
    }
}

/// What one feature adds to a linear value: `weight` times `input`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureTerm {
    /// Its place after the steps.
    pub feature: usize,
    /// Its number after the steps.
    pub input: f64,
    /// Its weight; above zero it speaks for the predicted class.
    pub weight: f64,
}

impl FeatureTerm {
    /// What it adds.
    pub fn value(&self) -> f64 {
        self.weight * self.input
    }
}

impl Model {
    /// Whether answers of this model can be explained.
    ///
    /// # Errors
    /// [`Error::NotExplained`] of an estimator that is made of others; as [`output`](Self::output) of a model without labels.
    pub fn check_explained(&self) -> Result<(), Error> {
        if let Estimator::Meta(meta) = self.estimator() {
            return Err(Error::NotExplained { estimator: meta.name() });
        }
        self.output(OutputName::Predict).map(drop)
    }

    /// Explains the answer to a row.
    ///
    /// `row`: a single one, in the caller's units. `limit`: terms, at most; `named`: features whose terms are listed as well,
    /// where terms are of features. Words of a document are features.
    ///
    /// # Errors
    /// As [`check_explained`](Self::check_explained), and as [`answer`](Self::answer) for a single row.
    pub fn explain<'r>(
        &self,
        row: impl Into<Rows<'r>>,
        limit: TermLimit,
        named: &[usize],
        scratch: &mut Scratch,
    ) -> Result<Explanation, Error> {
        self.check_explained()?;
        let Rows { cells, documents } = row.into();
        if cells.len() != self.n_features_in() {
            return Err(Error::RowWidth { n_features_in: self.n_features_in(), found: cells.len() });
        }
        if let Some(place) = self.columns().first_wrong(cells, documents) {
            return Err(self.columns().no_cell(place));
        }
        let Scratch { steps, mixed, estimator, .. } = scratch;
        let made = if self.columns().have_text() {
            let made = self.steps().apply_mixed(MixedRow::Dense(cells), documents, mixed);
            made.map_err(|refusal| error_of_row(refusal, 0))?
        } else {
            let (made, refusal) = self.steps().apply(cells, self.n_features_in(), steps, false);
            match refusal {
                Some(refusal) => return Err(refusal.into_error()),
                None => MixedRow::Dense(made),
            }
        };
        let explanation = match made {
            MixedRow::Dense(row) => self.estimator().explain(row, limit, named, estimator),
            MixedRow::Sparse(row) => self.estimator().explain_sparse(row, limit, estimator),
        };
        explanation.ok_or(Error::NotExplained { estimator: self.estimator().name() })
    }
}

impl Estimator {
    /// See [`Model::explain`]; `row` is behind the model's steps. Nothing of an estimator that is made of others.
    fn explain(
        &self,
        row: &[f64],
        limit: TermLimit,
        named: &[usize],
        buffers: &mut EstimatorBuffers,
    ) -> Option<Explanation> {
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        match self {
            Estimator::Svc { svc, .. } => {
                let explained = svc.explain(row, workspace);
                let (terms, rest) = largest(limit, |_| false, || explained.terms(explained.pair), |term| term.value());
                Some(explain_votes(&explained, Terms::Support(terms), rest))
            }
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => {
                let explained = single.machine().explain(row, workspace);
                let (terms, rest) = largest(limit, |_| false, || explained.terms(SINGLE), |term| term.value());
                let (decision, intercept) = (explained.value(SINGLE), explained.intercept(SINGLE));
                let answer = match self {
                    Estimator::OneClass(_) => Decided::Side(Single::is_inlier(decision)),
                    _ => Decided::Number(decision),
                };
                Some(Explanation { answer, decision, votes: Vec::new(), intercept, terms: Terms::Support(terms), rest })
            }
            Estimator::Linear { linear, .. } => {
                linear.scores(row, scores);
                let answer = Decided::Class(linear_pair(scores));
                Some(explain_linear(linear, (row.iter().copied().enumerate(), scores), answer, limit, named))
            }
            Estimator::LinearSvr(linear) => {
                linear.scores(row, scores);
                let answer = Decided::Number(scores.first().copied().unwrap_or_default());
                Some(explain_linear(linear, (row.iter().copied().enumerate(), scores), answer, limit, named))
            }
            Estimator::TransformedTarget { regression, inverse } => {
                let explained = regression.explain(row, limit, named, buffers)?;
                Some(Explanation { answer: Decided::Number(inverse.at(explained.decision)), ..explained })
            }
            Estimator::SparseSvc { svc, .. } => {
                let mut sparse = SparseBuffer::default();
                sparse.copy_dense(row);
                let explained = svc.explain(sparse.row(), workspace);
                let (terms, rest) = largest(limit, |_| false, || explained.terms(explained.pair), |term| term.value());
                Some(explain_votes(&explained, Terms::Support(terms), rest))
            }
            Estimator::Meta(_) => None,
        }
    }

    /// The same for a row that leaves out zeros: terms are of the numbers in it, where it is them that add up.
    fn explain_sparse(
        &self,
        row: SparseRow<'_>,
        limit: TermLimit,
        buffers: &mut EstimatorBuffers,
    ) -> Option<Explanation> {
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        let stored = row.iter().map(|(column, x)| (column as usize, x));
        match self {
            Estimator::SparseSvc { svc, .. } => {
                let explained = svc.explain(row, workspace);
                match explain_columns(svc, row, explained.pair, limit) {
                    Some((terms, rest)) => Some(explain_votes(&explained, Terms::Features(terms), rest)),
                    None => {
                        let terms = || explained.terms(explained.pair);
                        let (terms, rest) = largest(limit, |_| false, terms, |term| term.value());
                        Some(explain_votes(&explained, Terms::Support(terms), rest))
                    }
                }
            }
            Estimator::Linear { linear, .. } => {
                linear.sparse_scores(row, scores);
                let answer = Decided::Class(linear_pair(scores));
                Some(explain_linear(linear, (stored, scores), answer, limit, &[]))
            }
            Estimator::LinearSvr(linear) => {
                linear.sparse_scores(row, scores);
                let answer = Decided::Number(scores.first().copied().unwrap_or_default());
                Some(explain_linear(linear, (stored, scores), answer, limit, &[]))
            }
            Estimator::TransformedTarget { regression, inverse } => {
                let explained = regression.explain_sparse(row, limit, buffers)?;
                Some(Explanation { answer: Decided::Number(inverse.at(explained.decision)), ..explained })
            }
            _ => {
                let mut dense = Vec::new();
                row.copy_to_dense(self.width_in(), &mut dense);
                self.explain(&dense, limit, &[], buffers)
            }
        }
    }
}

/// The class that linear scores stand for, and the one with the largest of the others; the lower index on a tie.
fn linear_pair(scores: &[f64]) -> ClassPair {
    let class = Linear::class(scores);
    if scores.len() < 2 {
        return (class, 1 - class.min(1));
    }
    let others = scores.iter().enumerate().filter(|(other, _)| *other != class);
    // of equals `max_by` takes the last
    let rival = others.rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(class, |(other, _)| other);
    (class, rival)
}

/// A number of a pair out of one for each score: the difference of the two; of a single score, which speaks for the second class, itself or
/// its opposite.
pub(super) fn towards((class, rival): ClassPair, of_scores: &[f64]) -> f64 {
    match (of_scores, class) {
        ([single], 1) => *single,
        ([single], _) => -single,
        _ => {
            let of = |class: usize| of_scores.get(class).copied().unwrap_or_default();
            of(class) - of(rival)
        }
    }
}

/// What an SVC decides, made of these terms.
fn explain_votes(explained: &ExplainedRow<'_>, terms: Terms, rest: f64) -> Explanation {
    let pair = explained.pair;
    let votes = if explained.votes.len() > 2 { explained.votes.to_vec() } else { Vec::new() };
    let (decision, intercept) = (explained.value(pair), explained.intercept(pair));
    Explanation { answer: Decided::Class(pair), decision, votes, intercept, terms, rest }
}

/// The terms of the numbers in a row, and their rest; none of another kernel than a linear one, whose value is no sum over them.
fn explain_columns(
    svc: &SparseSvc,
    row: SparseRow<'_>,
    pair: ClassPair,
    limit: TermLimit,
) -> Option<(Vec<FeatureTerm>, f64)> {
    let term = |(column, input)| {
        let weight = svc.column_weight(pair, column)?;
        Some(FeatureTerm { feature: column as usize, input, weight })
    };
    let all = row.iter().map(term).collect::<Option<Vec<_>>>()?;
    let is_linear = svc.column_weight(pair, 0).is_some();
    is_linear.then(|| largest(limit, |_| false, || all.iter().copied(), FeatureTerm::value))
}

/// `row`: places and numbers, and the scores of the row.
fn explain_linear(
    linear: &Linear,
    (row, scores): (impl Iterator<Item = (usize, f64)> + Clone, &[f64]),
    answer: Decided,
    limit: TermLimit,
    named: &[usize],
) -> Explanation {
    let parts = linear.parts();
    let direction = if let Decided::Class(pair) = answer { pair } else { LINEAR_SINGLE };
    let n_scores = linear.n_scores();
    let terms = || {
        row.clone().map(|(feature, input)| {
            let weights = parts.coef.get(feature * n_scores..(feature + 1) * n_scores).unwrap_or_default();
            FeatureTerm { feature, input, weight: towards(direction, weights) }
        })
    };
    let (terms, rest) = largest(limit, |term| named.contains(&term.feature), terms, FeatureTerm::value);
    let (decision, intercept) = (towards(direction, scores), towards(direction, &parts.intercept));
    Explanation { answer, decision, votes: Vec::new(), intercept, terms: Terms::Features(terms), rest }
}

/// The terms that are farthest from zero, farthest first, then those that are `kept` besides; and the sum of all others.
fn largest<T: Copy, I: Iterator<Item = T>>(
    limit: TermLimit,
    kept: impl Fn(&T) -> bool,
    terms: impl Fn() -> I,
    value: impl Fn(&T) -> f64,
) -> (Vec<T>, f64) {
    let numbers = || terms().map(|term| value(&term));
    let mut places = match limit {
        TermLimit::Largest(count) => farthest(count, numbers(), |_| true),
        TermLimit::OfEachSign(count) => {
            let (mut towards, away) =
                (farthest(count, numbers(), |value| value > 0.0), farthest(count, numbers(), |value| value < 0.0));
            towards.extend(away);
            towards.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
            towards
        }
    };
    let mut rest = 0.0;
    for (place, term) in terms().enumerate() {
        if places.iter().any(|(other, _)| *other == place) {
            continue;
        }
        match kept(&term) {
            true => places.push((place, value(&term))),
            false => rest += value(&term),
        }
    }
    let listed = places.into_iter().filter_map(|(place, _)| terms().nth(place));
    (listed.collect(), rest)
}

/// Places and values of up to `count` numbers that count, those farthest from zero first; of equals the first ones.
fn farthest(count: usize, numbers: impl Iterator<Item = f64>, counts: impl Fn(f64) -> bool) -> Vec<(usize, f64)> {
    let mut listed: Vec<(usize, f64)> = Vec::with_capacity(count + 1);
    for (place, number) in numbers.enumerate() {
        let rank = listed.partition_point(|(_, other)| other.abs().total_cmp(&number.abs()).is_ge());
        if counts(number) && rank < count {
            listed.insert(rank, (place, number));
            listed.truncate(count);
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{CURVE_POINTS, Classes, Inverse, LinearKind, Scaler, ScalerFormula, Step, Steps, SvrKind};
    use crate::svc::{Kernel, LinearParts, SingleParts};

    fn explain(model: &Model, row: &[f64], limit: usize, named: &[usize]) -> Explanation {
        model.explain(row, TermLimit::Largest(limit), named, &mut Scratch::default()).unwrap()
    }

    fn sum(explanation: &Explanation) -> f64 {
        let terms: f64 = match &explanation.terms {
            Terms::Support(terms) => terms.iter().map(SupportTerm::value).sum(),
            Terms::Features(terms) => terms.iter().map(FeatureTerm::value).sum(),
        };
        terms + explanation.rest + explanation.intercept
    }

    #[test]
    fn the_largest_terms_come_first_and_the_others_are_the_rest() {
        let numbers = [1.0, -4.0, 0.5, 4.0, -2.0];
        let list = |limit, kept: f64| {
            let terms = || numbers.iter().copied();
            largest(TermLimit::Largest(limit), |term| *term == kept, terms, |term| *term)
        };
        assert_eq!(list(0, 9.0), (vec![], -0.5));
        // of equals the first one
        assert_eq!(list(2, 9.0), (vec![-4.0, 4.0], -0.5));
        assert_eq!(list(3, 0.5), (vec![-4.0, 4.0, -2.0, 0.5], 1.0));
        assert_eq!(list(9, 9.0), (vec![-4.0, 4.0, -2.0, 1.0, 0.5], 0.0));
        let of_each =
            |count| largest(TermLimit::OfEachSign(count), |_| false, || numbers.iter().copied(), |term| *term);
        assert_eq!(of_each(1), (vec![4.0, -4.0], -0.5));
        assert_eq!(of_each(3), (vec![4.0, -4.0, -2.0, 1.0, 0.5], 0.0));
    }

    fn linear(kind: LinearKind, coef: Vec<f64>, intercept: Vec<f64>) -> Model {
        let n_classes = intercept.len().max(2) as i64;
        let parts = LinearParts { n_features_in: 2, coef, intercept };
        let classes = Classes::Integer((0..n_classes).collect());
        Model::over_numbers(None, Steps::default(), Estimator::of_linear(kind, classes, parts).unwrap()).unwrap()
    }

    #[test]
    fn a_linear_value_is_weights_times_numbers_for_the_predicted_class_against_its_rival() {
        let two = linear(LinearKind::Svc, vec![2.0, -1.0], vec![0.5]);
        for (row, pair, decision) in [([1.0, 1.0], (1, 0), 1.5), ([0.0, 3.0], (0, 1), 2.5)] {
            let explanation = explain(&two, &row, 1, &[]);
            assert_eq!(explanation.answer, Decided::Class(pair));
            assert_eq!((explanation.decision, sum(&explanation)), (decision, decision));
        }
        let three = linear(LinearKind::Svc, vec![1.0, 0.0, -1.0, 0.0, 1.0, 0.5], vec![0.0, 0.5, 0.0]);
        let explanation = explain(&three, &[4.0, 1.0], 8, &[]);
        // scores 4, 1.5 and -3.5
        assert_eq!((explanation.answer, explanation.decision), (Decided::Class((0, 1)), 2.5));
        let terms = vec![
            FeatureTerm { feature: 0, input: 4.0, weight: 1.0 },
            FeatureTerm { feature: 1, input: 1.0, weight: -1.0 },
        ];
        assert_eq!((explanation.terms, explanation.rest), (Terms::Features(terms), 0.0));
        assert_eq!(linear_pair(&[1.0, 3.0, 1.0]), (1, 0));
    }

    fn single(intercept: f64) -> SingleParts<'static> {
        let (support_vectors, dual_coef) = (Cow::Borrowed(&[1.0, 2.0, -1.0][..]), Cow::Borrowed(&[3.0, -1.0, 0.5][..]));
        SingleParts { kernel: Kernel::Linear, n_features_in: 1, support_vectors, dual_coef, intercept }
    }

    fn over(steps: Vec<Step>, estimator: Estimator) -> Model {
        Model::over_numbers(None, Steps(steps), estimator).unwrap()
    }

    #[test]
    fn a_number_and_a_side_have_no_rival_and_are_what_they_are() {
        let svr = || Estimator::of_svr(SvrKind::Epsilon, single(-1.0)).unwrap();
        let explanation = explain(&over(vec![], svr()), &[2.0], 2, &[]);
        assert_eq!((explanation.answer, explanation.decision, explanation.rest), (Decided::Number(0.0), 0.0, -1.0));
        assert_eq!((sum(&explanation), explanation.answer.rival()), (0.0, None));
        let transformed = Estimator::of_transformed_target(svr(), Inverse::Exp).unwrap();
        let explanation = explain(&over(vec![], transformed), &[2.0], 2, &[]);
        assert_eq!((explanation.answer, explanation.decision), (Decided::Number(1.0), 0.0));
        let one_class = over(vec![], Estimator::of_one_class(single(-1.0)).unwrap());
        let explanation = explain(&one_class, &[4.0], 8, &[]);
        assert_eq!((explanation.answer.label(), explanation.decision, sum(&explanation)), (Some(1), 1.0, 1.0));
    }

    #[test]
    fn a_curve_has_the_decisions_of_its_rows() {
        let formula = ScalerFormula::Standard { mean: Some(vec![1.0, 1.0]), scale: Some(vec![2.0, 4.0]) };
        let step = || vec![Step::Scaler(Scaler { n_features_in: 2, formula: formula.clone() })];
        let made_up = MadeUp {
            support_vectors: vec![1.0, 2.0, -1.0, 0.5, 0.0, 1.0],
            kernel: Kernel::Rbf { gamma: 0.5 },
            ..MadeUp::one_vector_each(&[1.0, 0.5, -2.0, 0.5, 0.75, -1.0], &[-1.5, 3.0, 0.5])
        };
        let classes = Classes::Integer(vec![0, 1, 2]);
        let svc = Estimator::Svc { svc: made_up.svc(), classes };
        let weights = LinearParts { n_features_in: 2, coef: vec![1.0, -0.5], intercept: vec![0.25] };
        for model in [over(step(), svc), over(step(), Estimator::of_linear_svr(weights).unwrap())] {
            let (row, mut scratch, mut curve) = ([0.5, -0.25], Scratch::default(), vec![]);
            let answer = explain(&model, &row, 8, &[]).answer;
            model.curve(&row, answer, 1, (-2.0, 6.0), &mut scratch, &mut curve).unwrap();
            assert_eq!(curve.len(), CURVE_POINTS);
            assert_eq!((curve[0][0], curve[CURVE_POINTS - 1][0]), (-2.0, 6.0));
            for [place, value] in curve {
                let there = explain(&model, &[0.5, place], 8, &[]);
                if there.answer.rival() == answer.rival() && there.answer.label() == answer.label() {
                    assert_eq!(there.decision, value, "{place}");
                }
            }
        }
    }
}
