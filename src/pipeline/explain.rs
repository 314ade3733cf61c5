//! Why a row gets its answer: the numbers that add up to the value which decides, and the curve of that value over a column.
//!
//! Nothing here is sampled or approximated: every number is a part of the model, or what it computes for a row.

use super::estimator::Estimator;
use super::scratch::EstimatorBuffers;
use super::steps::RefusedRow;
use super::{ColumnKind, Documents, Error, Model, OutputName, Scratch};
use crate::svc::{ClassPair, Linear, Single, SupportTerm};

/// Points of a curve.
pub const CURVE_POINTS: usize = 33;

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
    fn pair(self) -> ClassPair {
        if let Decided::Class(pair) = self { pair } else { SINGLE }
    }
}

/// The only value of a model without classes.
const SINGLE: ClassPair = (0, 1);
/// The same of a linear model, whose single score speaks for the second class.
const LINEAR_SINGLE: ClassPair = (1, 0);

/// What a value is the sum of.
#[derive(Debug, Clone, PartialEq)]
pub enum Terms {
    /// Support vectors.
    Support(Vec<SupportTerm>),
    /// Features, as they are behind the steps.
    Features(Vec<FeatureTerm>),
}

/// What one feature adds to a linear value: `weight` times `input`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureTerm {
    /// Its place behind the steps.
    pub feature: usize,
    /// Its number behind the steps.
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
    /// [`Error::NotExplained`] of an estimator that is made of others; [`Error::TextNotExplained`] of one that takes texts; as [`output`](Self::output) of a model without labels.
    pub fn check_explained(&self) -> Result<(), Error> {
        if let Estimator::Meta(meta) = self.estimator() {
            return Err(Error::NotExplained { estimator: meta.name() });
        }
        if self.columns().kinds().contains(&ColumnKind::Text) {
            return Err(Error::TextNotExplained);
        }
        self.output(OutputName::Predict).map(drop)
    }

    /// Explains the answer to a row.
    ///
    /// `row`: `n_features_in` numbers in the caller's units. `limit`: terms, at most; `named`: features that get theirs beside them, where
    /// terms are of features.
    ///
    /// # Errors
    /// As [`check_explained`](Self::check_explained), and as [`answer`](Self::answer) for a single row.
    pub fn explain(
        &self,
        row: &[f64],
        limit: usize,
        named: &[usize],
        scratch: &mut Scratch,
    ) -> Result<Explanation, Error> {
        self.check_explained()?;
        if row.len() != self.n_features_in() {
            return Err(Error::RowWidth { n_features_in: self.n_features_in(), found: row.len() });
        }
        if let Some(place) = self.columns().first_wrong(row, &Documents::NONE) {
            return Err(self.columns().no_cell(place));
        }
        let Scratch { steps, estimator, .. } = scratch;
        let (made, refusal) = self.steps().apply(row, self.n_features_in(), steps, false);
        if let Some(refusal) = refusal {
            return Err(refusal.into_error());
        }
        let explanation = self.estimator().explain(made, limit, named, estimator);
        explanation.ok_or(Error::NotExplained { estimator: self.estimator().name() })
    }

    /// What scikit-learn's `get_feature_names_out` calls a feature behind the steps: as its column, where the steps keep the columns, else
    /// the last step that does not, in lower case, and its place.
    pub fn feature_name_behind_steps(&self, feature: usize) -> String {
        match self.steps().0.iter().rfind(|step| !step.keeps_columns()) {
            Some(step) => format!("{}{feature}", step.name().to_ascii_lowercase()),
            None => self.feature_names().get(feature).cloned().unwrap_or_default(),
        }
    }

    /// Overwrites `out` with the decision of `answer` at [`CURVE_POINTS`] places of a column, the other columns as in `row`: pairs of place
    /// and value. `ends`: the lowest and the highest place.
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub fn curve(
        &self,
        row: &[f64],
        answer: Decided,
        column: usize,
        ends: (f64, f64),
        scratch: &mut Scratch,
        out: &mut Vec<[f64; 2]>,
    ) -> Result<(), Error> {
        let Scratch { steps, estimator, .. } = scratch;
        let mut rows = row.repeat(CURVE_POINTS);
        out.clear();
        for (point, moved) in rows.chunks_exact_mut(row.len().max(1)).enumerate() {
            let part = point as f64 / (CURVE_POINTS - 1) as f64;
            // at both ends this is the end itself, and it does not overflow between them
            let place = ends.0 * (1.0 - part) + ends.1 * part;
            if let Some(number) = moved.get_mut(column) {
                *number = place;
            }
            out.push([place, f64::NAN]);
        }
        let (made, refusal) = self.steps().apply(&rows, self.n_features_in(), steps, false);
        if let Some(refusal) = refusal {
            // all of them are one row of the caller's
            return Err(RefusedRow { row: 0, ..refusal }.into_error());
        }
        self.estimator().decisions(answer.pair(), made, estimator);
        for (point, value) in out.iter_mut().zip(&estimator.scores) {
            point[1] = *value;
        }
        Ok(())
    }
}

impl Estimator {
    /// See [`Model::explain`]; `row` is behind the model's steps. Nothing of an estimator that is made of others.
    fn explain(
        &self,
        row: &[f64],
        limit: usize,
        named: &[usize],
        buffers: &mut EstimatorBuffers,
    ) -> Option<Explanation> {
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        match self {
            Estimator::Svc { svc, .. } => {
                let explained = svc.explain(row, workspace);
                let pair = explained.pair;
                let (terms, rest) = largest(limit, |_| false, || explained.terms(pair), |term| term.value());
                let (decision, intercept) = (explained.value(pair), explained.intercept(pair));
                let answer = Decided::Class(pair);
                let votes = if explained.votes.len() > 2 { explained.votes.to_vec() } else { Vec::new() };
                Some(Explanation { answer, decision, votes, intercept, terms: Terms::Support(terms), rest })
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
                let pair = linear_pair(scores);
                Some(explain_linear(linear, row, Decided::Class(pair), limit, named))
            }
            Estimator::LinearSvr(linear) => {
                linear.scores(row, scores);
                let value = scores.first().copied().unwrap_or_default();
                Some(explain_linear(linear, row, Decided::Number(value), limit, named))
            }
            Estimator::TransformedTarget { regression, inverse } => {
                let explained = regression.explain(row, limit, named, buffers)?;
                Some(Explanation { answer: Decided::Number(inverse.at(explained.decision)), ..explained })
            }
            Estimator::Meta(_) | Estimator::SparseSvc { .. } => None,
        }
    }

    /// Overwrites the scores in `buffers` with the decision of each row for a pair of classes.
    fn decisions(&self, pair: ClassPair, rows: &[f64], buffers: &mut EstimatorBuffers) {
        let EstimatorBuffers { workspace, scores, .. } = buffers;
        match self {
            Estimator::Svc { svc, .. } => svc.pair_values(pair, rows, workspace, scores),
            Estimator::Svr { single, .. } | Estimator::OneClass(single) => {
                single.machine().pair_values(pair, rows, workspace, scores);
            }
            Estimator::Linear { linear, .. } | Estimator::LinearSvr(linear) => {
                let pair = if self.target().classes().is_some() { pair } else { LINEAR_SINGLE };
                let (mut values, mut of_row) = (Vec::new(), Vec::new());
                linear.for_each_row(rows, workspace, &mut of_row, |scores| values.push(towards(pair, scores)));
                *scores = values;
            }
            Estimator::TransformedTarget { regression, .. } => regression.decisions(pair, rows, buffers),
            Estimator::Meta(_) | Estimator::SparseSvc { .. } => scores.clear(),
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
fn towards((class, rival): ClassPair, of_scores: &[f64]) -> f64 {
    match (of_scores, class) {
        ([single], 1) => *single,
        ([single], _) => -single,
        _ => {
            let of = |class: usize| of_scores.get(class).copied().unwrap_or_default();
            of(class) - of(rival)
        }
    }
}

fn explain_linear(linear: &Linear, row: &[f64], answer: Decided, limit: usize, named: &[usize]) -> Explanation {
    let parts = linear.parts();
    let direction = if let Decided::Class(pair) = answer { pair } else { LINEAR_SINGLE };
    let terms = || {
        row.iter().zip(parts.coef.chunks_exact(linear.n_scores())).enumerate().map(|(feature, (input, weights))| {
            FeatureTerm { feature, input: *input, weight: towards(direction, weights) }
        })
    };
    let (terms, rest) = largest(limit, |term| named.contains(&term.feature), terms, |term| term.value());
    let mut scores = Vec::new();
    linear.scores(row, &mut scores);
    let (decision, intercept) = (towards(direction, &scores), towards(direction, &parts.intercept));
    Explanation { answer, decision, votes: Vec::new(), intercept, terms: Terms::Features(terms), rest }
}

/// The `limit` terms that are farthest from zero, farthest first, then those that are `kept` besides; and the sum of all others.
fn largest<T: Copy, I: Iterator<Item = T>>(
    limit: usize,
    kept: impl Fn(&T) -> bool,
    terms: impl Fn() -> I,
    value: impl Fn(&T) -> f64,
) -> (Vec<T>, f64) {
    let mut listed: Vec<(usize, T)> = Vec::with_capacity(limit + 1);
    for (place, term) in terms().enumerate() {
        let size = value(&term).abs();
        let rank = listed.partition_point(|(_, other)| value(other).abs().total_cmp(&size).is_ge());
        if rank < limit {
            listed.insert(rank, (place, term));
            listed.truncate(limit);
        }
    }
    let mut rest = 0.0;
    for (place, term) in terms().enumerate() {
        if listed.iter().any(|(other, _)| *other == place) {
            continue;
        }
        match kept(&term) {
            true => listed.push((place, term)),
            false => rest += value(&term),
        }
    }
    (listed.into_iter().map(|(_, term)| term).collect(), rest)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{Classes, Inverse, LinearKind, Scaler, ScalerFormula, Step, Steps, SvrKind};
    use crate::svc::{Kernel, LinearParts, SingleParts};

    fn explain(model: &Model, row: &[f64], limit: usize, named: &[usize]) -> Explanation {
        model.explain(row, limit, named, &mut Scratch::default()).unwrap()
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
            largest(limit, |term| *term == kept, terms, |term| *term)
        };
        assert_eq!(list(0, 9.0), (vec![], -0.5));
        // of equals the first one
        assert_eq!(list(2, 9.0), (vec![-4.0, 4.0], -0.5));
        assert_eq!(list(3, 0.5), (vec![-4.0, 4.0, -2.0, 0.5], 1.0));
        assert_eq!(list(9, 9.0), (vec![-4.0, 4.0, -2.0, 1.0, 0.5], 0.0));
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
