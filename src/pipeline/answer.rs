//! Answers of a model for rows: its steps, then its estimator.

use super::meta::Inner;
use super::{Answers, Asked, Documents, Error, Lack, Model, Output, OutputName, Scratch, Target};

/// Rows that go through the steps before the estimator sees them: what is between stays in the first-level cache.
const BLOCK_ROWS: usize = 32;

/// Without steps, numbers that are checked before the estimator sees them: it finds them in the first-level cache.
const CHECKED_NUMBERS: usize = 4_096;

impl Model {
    /// What it was trained to find.
    pub fn target(&self) -> Target<'_> {
        self.estimator().target()
    }

    /// The outputs that this model has, in the order in which they are listed.
    pub fn outputs(&self) -> impl Iterator<Item = Output> {
        OutputName::LISTED.into_iter().filter_map(|name| self.estimator().output(name).ok())
    }

    /// An output as this model has it.
    ///
    /// # Errors
    /// [`Error::NoOutput`]: why it has none, and which it has.
    pub fn output(&self, name: OutputName) -> Result<Output, Error> {
        self.estimator().output(name).map_err(|why| self.no_output(why))
    }

    pub(super) fn no_output(&self, why: Lack) -> Error {
        Error::NoOutput { why, has: self.outputs().map(|output| output.name.as_str()).collect() }
    }

    /// Makes room in `answers`, which are empty, for what is `asked` for so many rows.
    ///
    /// # Errors
    /// As [`output`](Self::output).
    pub fn begin(&self, asked: Asked, n_rows: usize, answers: &mut Answers) -> Result<(), Error> {
        answers.begin(asked, |name| self.output(name))?;
        answers.reserve(n_rows);
        Ok(())
    }

    /// Appends what is `asked` for each row to `answers`.
    ///
    /// `rows`: whole rows of `n_features_in` cells as [`ColumnKind`](super::ColumnKind) says, row major: finite numbers in the
    /// caller's units, NaN for a missing one where that is taken, indices of categories.
    ///
    /// # Errors
    /// As [`output`](Self::output); [`Error::RowWidth`]; [`Error::NotFinite`], [`Error::NoCategory`] and
    /// [`Error::NotFiniteScaled`] for a row that cannot be computed: `answers` has been given the rows before.
    pub fn answer(
        &self,
        rows: &[f64],
        asked: Asked,
        scratch: &mut Scratch,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        answers.begin(asked, |name| self.output(name))?;
        let width = self.n_features_in();
        if !rows.len().is_multiple_of(width) {
            return Err(Error::RowWidth { n_features_in: width, found: rows.len() });
        }
        let block_rows = BLOCK_ROWS.max(if self.steps().is_empty() { CHECKED_NUMBERS / width } else { 0 });
        for (block, rows) in rows.chunks(block_rows * width).enumerate() {
            let before = block * block_rows;
            let refused = self.columns().first_wrong(rows, &Documents::NONE);
            let computed = refused.map_or(rows.len(), |place| place - place % width);
            let answered = self.answer_block(rows.get(..computed).unwrap_or_default(), scratch, answers);
            answered.map_err(|cause| cause.after_rows(before))?;
            if let Some(place) = refused {
                return Err(self.columns().no_cell(before * width + place));
            }
        }
        Ok(())
    }

    /// Appends answers for rows whose cells are checked.
    fn answer_block(&self, rows: &[f64], scratch: &mut Scratch, answers: &mut Answers) -> Result<(), Error> {
        let Scratch { steps, estimator, .. } = scratch;
        let width = self.n_features_in();
        if self.steps().is_empty() {
            return self.estimator().answer(rows, estimator, answers);
        }
        let (made, refusal) = self.steps().apply(rows, width, steps, self.estimator().checks_rows());
        let answered = self.estimator().answer(made, estimator, answers);
        answered.map_err(|cause| self.steps().in_callers_columns(cause, rows, width))?;
        refusal.map_or(Ok(()), |refusal| Err(refusal.into_error()))
    }

    /// Appends the index of the predicted label of each row to `out`; of a model without labels nothing.
    ///
    /// # Errors
    /// As [`answer`](Self::answer), for this and the other answers.
    pub fn predict(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<usize>) -> Result<(), Error> {
        self.answer_alone(OutputName::Predict, rows, scratch, |answers| {
            out.extend_from_slice(answers.labels(OutputName::Predict));
        })
    }

    /// Appends the values of scikit-learn's `decision_function` in the model's own shape.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn decision_function(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        self.numbers(OutputName::DecisionFunction, rows, scratch, out)
    }

    /// Appends a value for each pair (0,1), (0,2), ..., (1,2), ...; above zero votes for the pair's first class.
    /// With two classes it is one value of the other sign: above zero stands for the second class.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn decision_function_ovo(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        self.numbers(OutputName::PairScores, rows, scratch, out)
    }

    /// Appends a probability for each class of each row.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn predict_proba(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        self.numbers(OutputName::PredictProba, rows, scratch, out)
    }

    /// Appends the numbers of any output to `out`; of one with labels nothing.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn numbers(
        &self,
        name: OutputName,
        rows: &[f64],
        scratch: &mut Scratch,
        out: &mut Vec<f64>,
    ) -> Result<(), Error> {
        self.answer_alone(name, rows, scratch, |answers| out.extend_from_slice(answers.numbers(name)))
    }

    /// Lets `take` have the answers of one output, also those before a row that cannot be computed.
    fn answer_alone(
        &self,
        name: OutputName,
        rows: &[f64],
        scratch: &mut Scratch,
        take: impl FnOnce(&Answers),
    ) -> Result<(), Error> {
        let mut answers = std::mem::take(&mut scratch.answers);
        answers.clear();
        let answered = self.answer(rows, Asked::only(name), scratch, &mut answers);
        take(&answers);
        scratch.answers = answers;
        answered
    }

    /// The yardstick for rounding: how large the numbers are that a row's decision values are made of, or its predicted number.
    ///
    /// # Errors
    /// [`Error::NoOutput`] of a model that has neither, and as [`answer`](Self::answer) for the single row `row`.
    pub fn decision_magnitude(&self, row: &[f64]) -> Result<f64, Error> {
        if row.len() != self.n_features_in() {
            return Err(Error::RowWidth { n_features_in: self.n_features_in(), found: row.len() });
        }
        let mut buffers = Default::default();
        let (made, refusal) = self.steps().apply(row, row.len(), &mut buffers, self.estimator().checks_rows());
        if let Some(refusal) = refusal {
            return Err(refusal.into_error());
        }
        self.estimator().decision_magnitude(made).ok_or_else(|| self.no_output(Lack::NoDecisionFunction))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{Classes, Estimator, Label, ScalerFormula, Steps, SvrKind};
    use crate::svc::{Coupling, DecisionFunctionShape, Kernel, LinearParts, Probability, SingleParts};

    fn three() -> MadeUp {
        MadeUp::one_vector_each(&[1.0, 0.25, -2.0, 0.5, 0.75, -1.0], &[-0.5, 0.25, 1.0])
    }

    fn with_probability(made_up: MadeUp) -> MadeUp {
        let n_pairs = made_up.intercept.len();
        let coupling = Coupling::Iterative;
        let probability = Some(Probability { prob_a: vec![-1.0; n_pairs], prob_b: vec![0.0; n_pairs], coupling });
        MadeUp { probability, ..made_up }
    }

    /// All that the model has.
    fn all(model: &Model) -> Asked {
        let names = Asked::ORDER.into_iter().filter(|name| model.output(*name).is_ok());
        names.fold(Asked::default(), Asked::and)
    }

    /// Value of a row x: `2 x - 1`.
    fn single() -> SingleParts<'static> {
        let (support_vectors, dual_coef) = (Cow::Borrowed(&[1.0, 1.0][..]), Cow::Borrowed(&[3.0, -1.0][..]));
        SingleParts { kernel: Kernel::Linear, n_features_in: 1, support_vectors, dual_coef, intercept: -1.0 }
    }

    fn over(estimator: Estimator) -> Model {
        Model::over_numbers(None, Steps::default(), estimator).unwrap()
    }

    fn svr() -> Model {
        over(Estimator::of_svr(SvrKind::Epsilon, single()).unwrap())
    }

    fn linear_svr() -> Model {
        let parts = LinearParts { n_features_in: 1, coef: vec![2.0], intercept: vec![-1.0] };
        over(Estimator::of_linear_svr(parts).unwrap())
    }

    fn one_class() -> Model {
        over(Estimator::of_one_class(single()).unwrap())
    }

    const ROWS: [f64; 5] = [0.0, 1.0, -2.5, 0.5, 3.0];

    #[test]
    fn everything_at_once_is_what_each_gives_alone() {
        let two = MadeUp::one_vector_each(&[2.0, 0.0], &[-1.0]);
        let classifiers = [three(), two].map(|made_up| with_probability(made_up).model());
        for model in classifiers.into_iter().chain([svr(), linear_svr(), one_class()]) {
            let (mut scratch, mut together) = (Scratch::default(), Answers::default());
            model.answer(&ROWS, all(&model), &mut scratch, &mut together).unwrap();
            for name in all(&model).names() {
                let mut alone = Answers::default();
                // one row after the other, into the same columns
                for row in &ROWS {
                    model.answer(&[*row], Asked::only(name), &mut scratch, &mut alone).unwrap();
                }
                assert_eq!(alone.column(name), together.column(name), "{name:?}");
                let output = model.output(name).unwrap();
                let count = together.labels(name).len() + together.numbers(name).len();
                assert_eq!(count, ROWS.len() * output.width, "{name:?}");
            }
        }
    }

    #[test]
    fn a_regression_predicts_its_value_and_has_nothing_else() {
        for model in [svr(), linear_svr()] {
            let mut out = vec![];
            model.numbers(OutputName::Predict, &ROWS, &mut Scratch::default(), &mut out).unwrap();
            assert_eq!(out, [-1.0, 1.0, -6.0, 0.0, 5.0]);
            assert_eq!(model.target(), Target::Number);
            assert_eq!(model.outputs().map(|output| output.name).collect::<Vec<_>>(), [OutputName::Predict]);
            let refusal = |name| model.output(name).unwrap_err().to_string();
            let name = model.estimator().name();
            let text = format!("{name} has no decision_function; this model has `predict`");
            assert_eq!(refusal(OutputName::DecisionFunction), text);
            let text = format!("{name} gives a number: it has no classes to score; this model has `predict`");
            assert_eq!(refusal(OutputName::ClassScores), text);
        }
    }

    #[test]
    fn a_one_class_svm_tells_the_side_the_value_and_the_value_without_the_offset() {
        let model = one_class();
        let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
        model.answer(&ROWS, all(&model), &mut scratch, &mut answers).unwrap();
        let labels = answers.labels(OutputName::Predict).iter().map(|index| model.target().label(*index));
        // a value of exactly zero is outside
        assert!(labels.eq([-1, 1, -1, -1, 1].map(|side| Some(Label::Integer(side)))));
        assert_eq!(answers.numbers(OutputName::DecisionFunction), [-1.0, 1.0, -6.0, 0.0, 5.0]);
        assert_eq!(answers.numbers(OutputName::ScoreSamples), [0.0, 2.0, -5.0, 1.0, 6.0]);
        let names: Vec<_> = model.outputs().flat_map(|output| output.column_names()).collect();
        assert_eq!(names, ["predict", "decision_function_0", "score_samples_0"]);
        let text = "OneClassSVM gives 1 for a row like the training rows, else -1: it has no classes to score; this model has \
                    `predict`, `decision_function`, `score_samples`";
        assert_eq!(model.output(OutputName::ClassScores).unwrap_err().to_string(), text);
        let renamed = model.renamed(None, Some(Classes::Integer(vec![0, 1])));
        assert_eq!(renamed.unwrap_err().to_string(), "expected no labels, as OneClassSVM has no classes to name");
    }

    #[test]
    fn what_is_not_asked_for_has_no_column() {
        let model = three().model();
        let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
        for output in model.outputs() {
            answers.clear();
            model.answer(&ROWS, Asked::only(output.name), &mut scratch, &mut answers).unwrap();
            assert_eq!(answers.columns_mut().map(|(name, _)| name).collect::<Vec<_>>(), [output.name]);
        }
        assert_eq!(answers.labels(OutputName::Predict), [0; 0]);
    }

    #[test]
    fn a_model_names_the_outputs_that_it_has() {
        let names = |made_up: MadeUp| {
            let model = made_up.model();
            model.outputs().map(|output| output.name.as_str()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(three()), "predict decision_function");
        assert_eq!(names(with_probability(three())), "predict decision_function predict_proba");
        let refused = MadeUp { break_ties: true, decision_function_shape: DecisionFunctionShape::Ovo, ..three() };
        assert_eq!(names(refused.clone()), "decision_function");
        let ask = |made_up: MadeUp, name: OutputName| {
            let asked = Asked::only(name);
            made_up.model().answer(&ROWS, asked, &mut Scratch::default(), &mut Answers::default()).unwrap_err()
        };
        let has = vec!["decision_function"];
        assert_eq!(ask(refused, OutputName::Predict), Error::NoOutput { why: Lack::BreakTiesOvo, has });
        let refusal = ask(three(), OutputName::PredictProba).to_string();
        let text = "the model was trained without probabilities; this model has `predict`, `decision_function`";
        assert_eq!(refusal, text);
        assert_eq!(OutputName::parse("predict_proba"), Some(OutputName::PredictProba));
        assert_eq!([OutputName::parse("Predict"), OutputName::parse("pair_scores")], [None; 2]);
    }

    #[test]
    fn columns_are_named_by_output_and_place() {
        let model = with_probability(MadeUp::default()).model();
        let names: Vec<_> = model.outputs().flat_map(|output| output.column_names()).collect();
        assert_eq!(names, ["predict", "decision_function_0", "predict_proba_0", "predict_proba_1"]);
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused_with_their_place_and_the_rows_before_are_answered() {
        let refusal = |made_up: &MadeUp, rows: &[f64]| {
            let mut out = vec![];
            let refused = made_up.clone().model().predict(rows, &mut Scratch::default(), &mut out);
            (refused.unwrap_err().to_string(), out.len())
        };
        let text = "row 2, column 0: expected a finite number, found NaN or infinity";
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(refusal(&three(), &[1.0, 2.0, number, 3.0]), (text.to_owned(), 2));
        }
        let scaled = |clip| {
            let scalers = vec![ScalerFormula::MaxAbs { scale: vec![1e-300], clip }];
            MadeUp { scalers, ..three() }
        };
        let far = [[1.0; BLOCK_ROWS].as_slice(), &[2.0, 1e300]].concat();
        let text = format!("row {}, column 0: the number is too large for the model's MaxAbsScaler", BLOCK_ROWS + 1);
        assert_eq!(refusal(&scaled(false), &far), (text, BLOCK_ROWS + 1));
        assert!(scaled(true).model().predict(&far, &mut Scratch::default(), &mut vec![]).is_ok());
        let wide = MadeUp { support_vectors: vec![1.0; 6], ..three() };
        assert_eq!(refusal(&wide, &[1.0; 3]), ("expected rows of 2 numbers, found 3 numbers in all".to_owned(), 0));
    }
}
