//! Several outputs for the same rows: kernel and pair values are computed once for each row, whatever is asked for.
// `one_vs_rest` leaves one value for each class, two classes have one pair value: see `votes`.
#![allow(clippy::indexing_slicing)]

use super::votes::{first_largest, one_vs_rest, vote};
use super::{DecisionFunctionShape, Error, Model, Scratch};

/// What a model can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The label.
    Predict,
    /// Decision values in the model's own shape.
    DecisionFunction,
    /// A probability for each class.
    PredictProba,
}

impl Output {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Output; 3] = [Output::Predict, Output::DecisionFunction, Output::PredictProba];

    /// scikit-learn's name of the method.
    pub fn name(self) -> &'static str {
        match self {
            Output::Predict => "predict",
            Output::DecisionFunction => "decision_function",
            Output::PredictProba => "predict_proba",
        }
    }

    /// The output of this name.
    pub fn from_name(name: &str) -> Option<Output> {
        Output::ALL.into_iter().find(|output| output.name() == name)
    }
}

/// Which answers to compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Class indices.
    pub predict: bool,
    /// Decision values in the model's own shape.
    pub decision_function: bool,
    /// One score for each class, whatever the model's own shape.
    pub class_scores: bool,
    /// One probability for each class.
    pub predict_proba: bool,
}

impl Asked {
    /// The same and one output more.
    #[must_use]
    pub fn and(self, output: Output) -> Asked {
        match output {
            Output::Predict => Asked { predict: true, ..self },
            Output::DecisionFunction => Asked { decision_function: true, ..self },
            Output::PredictProba => Asked { predict_proba: true, ..self },
        }
    }
}

/// Answers for rows, row major; what is not asked for stays empty.
#[derive(Debug, Default)]
pub struct Answers {
    /// Index of the predicted class of each row.
    pub classes: Vec<usize>,
    /// [`Model::width`] values for each row.
    pub decision_function: Vec<f64>,
    /// One-vs-rest values, one for each class. With two classes minus the decision value, and the decision value. Of a
    /// calibrated model its probabilities: it has no other scores.
    pub class_scores: Vec<f64>,
    /// One probability for each class.
    pub predict_proba: Vec<f64>,
}

impl Answers {
    /// Empty again, with the memory kept.
    pub fn clear(&mut self) {
        self.classes.clear();
        self.decision_function.clear();
        self.class_scores.clear();
        self.predict_proba.clear();
    }
}

impl Model {
    /// Whether the model can give this output at all.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn offers(&self, output: Output) -> Result<(), Error> {
        let is_ovo = self.decision_function_shape() == DecisionFunctionShape::Ovo;
        match output {
            Output::DecisionFunction if self.is_calibrated() => Err(Error::NoDecisionFunction),
            Output::Predict if self.break_ties() && is_ovo && !self.is_calibrated() => Err(Error::BreakTiesOvo),
            Output::PredictProba if !self.has_probability() => Err(Error::NoProbability),
            _ => Ok(()),
        }
    }

    /// The outputs that this model really has.
    pub fn outputs(&self) -> impl Iterator<Item = Output> {
        Output::ALL.into_iter().filter(|output| self.offers(*output).is_ok())
    }

    /// Values of an output for one row.
    pub fn width(&self, output: Output) -> usize {
        match output {
            Output::Predict => 1,
            Output::DecisionFunction => self.decision_width(),
            Output::PredictProba => self.n_classes(),
        }
    }

    /// Appends what is `asked` for each row to `answers`.
    ///
    /// `rows`: as for [`predict`](Self::predict).
    ///
    /// # Errors
    /// As [`offers`](Self::offers) and [`predict`](Self::predict). For a row that cannot be computed, `answers` has been given
    /// the rows before.
    pub fn answer(
        &self,
        rows: &[f64],
        asked: Asked,
        scratch: &mut Scratch,
        answers: &mut Answers,
    ) -> Result<(), Error> {
        if asked.predict {
            self.offers(Output::Predict)?;
        }
        if asked.decision_function {
            self.offers(Output::DecisionFunction)?;
        }
        if let Some(calibration) = &self.calibration {
            return self.calibrated_rows(calibration, rows, scratch, |probabilities| {
                if asked.predict {
                    answers.classes.push(first_largest(probabilities));
                }
                if asked.class_scores {
                    answers.class_scores.extend_from_slice(probabilities);
                }
                if asked.predict_proba {
                    answers.predict_proba.extend_from_slice(probabilities);
                }
            });
        }
        let probability = match asked.predict_proba {
            true => Some(self.parts().probability.as_ref().ok_or(Error::NoProbability)?),
            false => None,
        };
        let k = self.n_classes();
        let is_ovr = k > 2 && self.decision_function_shape() == DecisionFunctionShape::Ovr;
        let follow_values = k > 2 && self.break_ties();
        let needs_class_values =
            k > 2 && (asked.class_scores || asked.decision_function && is_ovr || asked.predict && follow_values);
        self.for_each_row(rows, scratch, |scratch| {
            if needs_class_values {
                one_vs_rest(k, scratch);
            }
            if asked.predict {
                answers.classes.push(match follow_values {
                    true => first_largest(&scratch.class_values),
                    false => vote(k, &scratch.pair_values, &mut scratch.votes),
                });
            }
            if asked.decision_function {
                match is_ovr {
                    true => answers.decision_function.extend_from_slice(&scratch.class_values),
                    false => self.push_pair_values(scratch, &mut answers.decision_function),
                }
            }
            if asked.class_scores {
                match k {
                    2 => answers.class_scores.extend([scratch.pair_values[0], -scratch.pair_values[0]]),
                    _ => answers.class_scores.extend_from_slice(&scratch.class_values),
                }
            }
            if let Some(probability) = probability {
                let Scratch { pair_values, coupling, .. } = scratch;
                probability.class_probabilities(k, pair_values, coupling, &mut answers.predict_proba);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::svc::{Coupling, DecisionFunctionShape, Member, Probability, Sigmoid};

    fn three() -> MadeUp {
        MadeUp::one_vector_each(&[1.0, 0.25, -2.0, 0.5, 0.75, -1.0], &[-0.5, 0.25, 1.0])
    }

    fn with_probability(made_up: MadeUp) -> MadeUp {
        let n_pairs = made_up.intercept.len();
        let coupling = Coupling::Iterative;
        let probability = Probability { prob_a: vec![-1.0; n_pairs], prob_b: vec![0.0; n_pairs], coupling };
        MadeUp { probability: Some(probability), ..made_up }
    }

    const ROWS: [f64; 5] = [0.0, 1.0, -2.5, 0.5, 3.0];
    const ALL: Asked = Asked { predict: true, decision_function: true, class_scores: true, predict_proba: true };

    #[test]
    fn everything_at_once_is_what_each_call_gives_alone() {
        for (shape, break_ties) in [
            (DecisionFunctionShape::Ovr, false),
            (DecisionFunctionShape::Ovr, true),
            (DecisionFunctionShape::Ovo, false),
        ] {
            for base in [three(), MadeUp::one_vector_each(&[2.0, 0.0], &[-1.0])] {
                let model = MadeUp { decision_function_shape: shape, break_ties, ..with_probability(base) }.model();
                let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
                model.answer(&ROWS, ALL, &mut scratch, &mut answers).unwrap();
                let (mut classes, mut decisions, mut ovr, mut proba) = (vec![], vec![], vec![], vec![]);
                model.predict(&ROWS, &mut scratch, &mut classes).unwrap();
                model.decision_function(&ROWS, &mut scratch, &mut decisions).unwrap();
                model.decision_function_ovr(&ROWS, &mut scratch, &mut ovr).unwrap();
                model.predict_proba(&ROWS, &mut scratch, &mut proba).unwrap();
                if model.n_classes() == 2 {
                    ovr = ovr.iter().flat_map(|value| [-value, *value]).collect();
                }
                assert_eq!((answers.classes, answers.decision_function), (classes, decisions));
                assert_eq!((answers.class_scores, answers.predict_proba), (ovr, proba));
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_stays_empty() {
        let model = three().model();
        let mut answers = Answers::default();
        for output in model.outputs() {
            answers.clear();
            model.answer(&ROWS, Asked::default().and(output), &mut Scratch::default(), &mut answers).unwrap();
            let counts = (answers.classes.len(), answers.decision_function.len(), answers.class_scores.len());
            let expected = if output == Output::Predict { (5, 0, 0) } else { (0, 15, 0) };
            assert_eq!((counts, answers.predict_proba.len()), (expected, 0), "{output:?}");
        }
    }

    #[test]
    fn a_model_names_the_outputs_that_it_has() {
        let names = |made_up: MadeUp| made_up.model().outputs().map(Output::name).collect::<Vec<_>>().join(" ");
        assert_eq!(names(three()), "predict decision_function");
        assert_eq!(names(with_probability(three())), "predict decision_function predict_proba");
        let refused = MadeUp { break_ties: true, decision_function_shape: DecisionFunctionShape::Ovo, ..three() };
        assert_eq!(names(refused.clone()), "decision_function");
        let ask = |made_up: MadeUp, asked: Asked| {
            made_up.model().answer(&ROWS, asked, &mut Scratch::default(), &mut Answers::default()).unwrap_err()
        };
        assert_eq!(ask(refused, Asked::default().and(Output::Predict)), Error::BreakTiesOvo);
        assert_eq!(ask(three(), Asked::default().and(Output::PredictProba)), Error::NoProbability);
        assert_eq!(Output::from_name("predict_proba"), Some(Output::PredictProba));
        assert_eq!(Output::from_name("Predict"), None);
    }

    #[test]
    fn a_calibrated_model_scores_its_classes_by_their_probabilities() {
        let sigmoids = vec![Sigmoid { a: -1.5, b: 0.25 }; 3];
        let model = Model::calibrated(vec![Member { parts: three().parts(), sigmoids }]).unwrap();
        assert_eq!(model.outputs().map(Output::name).collect::<Vec<_>>(), ["predict", "predict_proba"]);
        let (mut scratch, mut answers) = (Scratch::default(), Answers::default());
        assert_eq!(model.answer(&ROWS, ALL, &mut scratch, &mut answers).unwrap_err(), Error::NoDecisionFunction);
        model.answer(&ROWS, Asked { decision_function: false, ..ALL }, &mut scratch, &mut answers).unwrap();
        let (mut classes, mut proba) = (vec![], vec![]);
        model.predict(&ROWS, &mut scratch, &mut classes).unwrap();
        model.predict_proba(&ROWS, &mut scratch, &mut proba).unwrap();
        assert_eq!((&answers.classes, &answers.class_scores, &answers.predict_proba), (&classes, &proba, &proba));
        assert_eq!(proba.len(), 3 * ROWS.len());
    }

    #[test]
    fn the_rows_before_a_wrong_one_have_been_answered() {
        let model = with_probability(three()).model();
        let mut answers = Answers::default();
        let error = model.answer(&[1.0, 2.0, f64::NAN, 3.0], ALL, &mut Scratch::default(), &mut answers).unwrap_err();
        assert_eq!(error, Error::NotFinite { row: 2, column: 0 });
        let counts = [answers.decision_function.len(), answers.class_scores.len(), answers.predict_proba.len()];
        assert_eq!((answers.classes.len(), counts), (2, [6; 3]));
    }
}
