//! Answers of a model for rows: kernel values, pair values, then votes, decision values or probabilities.

use super::blocks::Buffers;
use super::lanes::LANES;
use super::votes::{first_largest, one_vs_rest, vote};
use super::{Cpu, DecisionFunctionShape, Error, Model, calibration, probability};

/// Fewest rows that are computed side by side; with fewer, the empty lanes cost more than they save.
const SIDE_BY_SIDE_MIN: usize = 4;

/// Buffers that are used again from row to row and from call to call; any model may use any of them.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The row after the steps, (n_features_in).
    row: Vec<f64>,
    /// Eight rows on their way to pair values, or one.
    blocks: Buffers,
    /// What it is computed with.
    cpu: Cpu,
    /// Decision value of each pair in LIBSVM's sign.
    pub(super) pair_values: Vec<f64>,
    /// One-vs-rest value of each class, (n_classes).
    pub(super) class_values: Vec<f64>,
    /// Votes for each class, (n_classes).
    pub(super) votes: Vec<u32>,
    /// What the coupling of probabilities needs.
    pub(super) coupling: probability::Buffers,
    /// What the mean over calibrated members needs.
    pub(super) calibration: calibration::Buffers,
}

impl Scratch {
    /// Buffers for work with this instruction set; `default` takes the fastest one.
    pub fn on(cpu: Cpu) -> Scratch {
        Scratch { cpu, ..Scratch::default() }
    }
}

impl Model {
    /// Appends the index of the predicted class of each row to `out`.
    ///
    /// `rows`: whole rows of `n_features_in` finite numbers, row major, in the caller's units (the steps are applied here).
    ///
    /// # Errors
    /// [`Error::BreakTiesOvo`], [`Error::RowWidth`], [`Error::NotFinite`], [`Error::NotFiniteScaled`]; in the last
    /// two cases `out` has been given the rows before. So it is for the other answers too.
    ///
    /// # Source
    /// LIBSVM, `svm_predict_values`; scikit-learn, `BaseSVC.predict`.
    pub fn predict(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<usize>) -> Result<(), Error> {
        if let Some(calibration) = &self.calibration {
            return self.calibrated_predict(calibration, rows, scratch, out);
        }
        if self.break_ties() && self.decision_function_shape() == DecisionFunctionShape::Ovo {
            return Err(Error::BreakTiesOvo);
        }
        let follow_values = self.break_ties() && self.n_classes() > 2;
        self.for_each_row(rows, scratch, |scratch| {
            out.push(if follow_values {
                one_vs_rest(self.n_classes(), scratch);
                first_largest(&scratch.class_values)
            } else {
                vote(self.n_classes(), &scratch.pair_values, &mut scratch.votes)
            });
        })
    }

    /// Appends [`decision_width`](Self::decision_width) numbers for each row: scikit-learn's `decision_function`
    /// in the model's own shape. A number may be infinite where the kernel's value overflows, as in scikit-learn.
    ///
    /// # Errors
    /// [`Error::NoDecisionFunction`], else as [`predict`](Self::predict), without `BreakTiesOvo`.
    pub fn decision_function(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        match self.decision_function_shape() {
            DecisionFunctionShape::Ovo => self.decision_function_ovo(rows, scratch, out),
            DecisionFunctionShape::Ovr => self.decision_function_ovr(rows, scratch, out),
        }
    }

    /// Appends a value for each pair (0,1), (0,2), ..., (1,2), ...; above zero votes for the pair's first class.
    /// With two classes it is one value of the other sign: above zero stands for the second class.
    ///
    /// # Errors
    /// As [`decision_function`](Self::decision_function).
    pub fn decision_function_ovo(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        self.check_decides()?;
        self.for_each_row(rows, scratch, |scratch| self.push_pair_values(scratch, out))
    }

    /// Appends a value for each class; with two classes the same one value as
    /// [`decision_function_ovo`](Self::decision_function_ovo).
    ///
    /// # Errors
    /// As [`decision_function`](Self::decision_function).
    pub fn decision_function_ovr(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        self.check_decides()?;
        self.one_vs_rest_values(rows, scratch, out)
    }

    /// [`decision_function_ovr`](Self::decision_function_ovr) of this SVC, calibrated or not.
    pub(super) fn one_vs_rest_values(
        &self,
        rows: &[f64],
        scratch: &mut Scratch,
        out: &mut Vec<f64>,
    ) -> Result<(), Error> {
        self.for_each_row(rows, scratch, |scratch| {
            if self.n_classes() == 2 {
                self.push_pair_values(scratch, out);
            } else {
                one_vs_rest(self.n_classes(), scratch);
                out.extend_from_slice(&scratch.class_values);
            }
        })
    }

    fn check_decides(&self) -> Result<(), Error> {
        if self.is_calibrated() { Err(Error::NoDecisionFunction) } else { Ok(()) }
    }

    /// Appends a probability for each class of each row.
    ///
    /// # Errors
    /// [`Error::NoProbability`], else as [`decision_function`](Self::decision_function).
    pub fn predict_proba(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        if let Some(calibration) = &self.calibration {
            return self.calibrated_proba(calibration, rows, scratch, out);
        }
        let probability = self.parts().probability.as_ref().ok_or(Error::NoProbability)?;
        self.for_each_row(rows, scratch, |scratch| {
            let Scratch { pair_values, coupling, .. } = scratch;
            probability.class_probabilities(self.n_classes(), pair_values, coupling, out);
        })
    }

    /// Fills `pair_values` for one row after the other and lets `answer` use them.
    ///
    /// Rows are computed eight side by side; a few left over are faster one by one, each against eight support vectors.
    pub(super) fn for_each_row(
        &self,
        rows: &[f64],
        scratch: &mut Scratch,
        mut answer: impl FnMut(&mut Scratch),
    ) -> Result<(), Error> {
        self.check_width(rows)?;
        let width = self.n_features_in();
        for (block, rows) in rows.chunks(LANES * width).enumerate() {
            let numbered = rows.chunks_exact(width).enumerate().map(|(lane, row)| (lane, block * LANES + lane, row));
            if rows.len() < SIDE_BY_SIDE_MIN * width {
                for (_, index, row) in numbered {
                    let row = self.prepare(index, row, &mut scratch.row)?;
                    self.fill_pair_values(scratch.cpu, row, &mut scratch.blocks, &mut scratch.pair_values);
                    answer(scratch);
                }
                continue;
            }
            scratch.blocks.clear_rows(width);
            let mut n_rows = 0;
            let mut refused = Ok(());
            for (lane, index, row) in numbered {
                match self.prepare(index, row, &mut scratch.row) {
                    Ok(row) => scratch.blocks.put_row(lane, row),
                    Err(cause) => {
                        refused = Err(cause);
                        break;
                    }
                }
                n_rows = lane + 1;
            }
            self.fill_lanes(scratch.cpu, &mut scratch.blocks);
            for lane in 0..n_rows {
                scratch.blocks.take_pair_values(lane, &mut scratch.pair_values);
                answer(scratch);
            }
            refused?;
        }
        Ok(())
    }

    pub(super) fn check_width(&self, rows: &[f64]) -> Result<(), Error> {
        let width = self.n_features_in();
        if rows.len().is_multiple_of(width) {
            return Ok(());
        }
        Err(Error::RowWidth { n_features_in: width, found: rows.len() })
    }

    /// The row as the SVC sees it: `row` itself, or in `scaled` after the steps. Every step's result has to be finite, as
    /// scikit-learn checks it.
    pub(super) fn prepare<'a>(
        &self,
        index: usize,
        row: &'a [f64],
        scaled: &'a mut Vec<f64>,
    ) -> Result<&'a [f64], Error> {
        if let Some(column) = first_not_finite(row) {
            return Err(Error::NotFinite { row: index, column });
        }
        if self.steps().is_empty() {
            return Ok(row);
        }
        scaled.clear();
        scaled.extend_from_slice(row);
        for step in self.steps() {
            step.apply(scaled);
            if let Some(column) = first_not_finite(scaled) {
                return Err(Error::NotFiniteScaled { row: index, column, step: step.name() });
            }
        }
        Ok(scaled)
    }

    /// scikit-learn turns the sign round for two classes: zero becomes -0.0.
    pub(super) fn push_pair_values(&self, scratch: &Scratch, out: &mut Vec<f64>) {
        if self.n_classes() == 2 {
            out.extend(scratch.pair_values.first().map(|value| -value));
        } else {
            out.extend_from_slice(&scratch.pair_values);
        }
    }
}

fn first_not_finite(row: &[f64]) -> Option<usize> {
    row.iter().position(|value| !value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::svc::votes::pairs;
    use crate::svc::{Coupling, Probability, Step};

    /// One feature, a linear kernel, and one support vector of 1 for each class: a row x gives each pair (i,j) the value
    /// `x * coefficient + intercept`, where only the first class of a pair has a coefficient.
    fn one_vector_each(coefficients: &[f64], intercept: &[f64]) -> MadeUp {
        let k = (1..).find(|k| k * (k - 1) / 2 == intercept.len()).unwrap();
        let mut dual_coef = vec![0.0; (k - 1) * k];
        for ((i, j), coefficient) in pairs(k).zip(coefficients) {
            dual_coef[(j - 1) * k + i] = *coefficient;
        }
        MadeUp::one_vector_each(&dual_coef, intercept)
    }

    fn predict(made_up: &MadeUp, row: f64) -> usize {
        let mut out = vec![];
        made_up.clone().model().predict(&[row], &mut Scratch::default(), &mut out).unwrap();
        out[0]
    }

    fn decide(made_up: &MadeUp, row: f64) -> Vec<f64> {
        let mut out = vec![];
        made_up.clone().model().decision_function(&[row], &mut Scratch::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn the_first_class_wins_a_tie_of_votes() {
        // 0 beats 1, 2 beats 0, 1 beats 2: one vote each
        assert_eq!(predict(&one_vector_each(&[0.0; 3], &[0.1, -5.0, 0.1]), 1.0), 0);
        // 3 loses all; 0, 1, 2 have two votes each
        assert_eq!(predict(&one_vector_each(&[0.0; 6], &[1.0, -1.0, 1.0, 1.0, 1.0, 1.0]), 1.0), 0);
        // 0 loses all; 1, 2, 3 have two votes each
        assert_eq!(predict(&one_vector_each(&[0.0; 6], &[-1.0, -1.0, -1.0, 1.0, -1.0, 1.0]), 1.0), 1);
    }

    #[test]
    fn break_ties_follows_the_largest_one_vs_rest_value() {
        let mut made_up = one_vector_each(&[0.0; 3], &[0.1, -5.0, 0.1]);
        made_up.break_ties = true;
        assert_eq!(predict(&made_up, 1.0), 2);
        let confidence = |s: f64| 1.0 + s / (3.0 * (s.abs() + 1.0));
        assert_eq!(decide(&made_up, 1.0), [confidence(0.1 - 5.0), confidence(0.1 - 0.1), confidence(5.0 - 0.1)]);
        made_up.decision_function_shape = DecisionFunctionShape::Ovo;
        assert_eq!(decide(&made_up, 1.0), [0.1, -5.0, 0.1]);
        let refusal = made_up.clone().model().predict(&[1.0], &mut Scratch::default(), &mut vec![]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "`break_ties`: expected false with the decision function shape `ovo`, found true"
        );
    }

    #[test]
    fn break_ties_takes_the_first_nan_as_numpy_does() {
        // the sums of classes 1 and 2 overflow, that of class 0 is zero
        let mut made_up = one_vector_each(&[0.0; 3], &[-1e308, 1e308, 1e308]);
        made_up.break_ties = true;
        let values = decide(&made_up, 1.0);
        assert_eq!(values[0], 1.0);
        assert!(values[1].is_nan() && values[2].is_nan());
        assert_eq!(predict(&made_up, 1.0), 1);
    }

    #[test]
    fn break_ties_changes_nothing_for_two_classes() {
        let mut made_up = one_vector_each(&[0.0], &[0.0]);
        assert_eq!(predict(&made_up, 1.0), 1);
        made_up.break_ties = true;
        assert_eq!(predict(&made_up, 1.0), 1);
    }

    #[test]
    fn two_classes_turn_the_sign_round() {
        for shape in [DecisionFunctionShape::Ovr, DecisionFunctionShape::Ovo] {
            let mut made_up = one_vector_each(&[2.0], &[-1.0]);
            made_up.decision_function_shape = shape;
            assert_eq!(decide(&made_up, 3.0), [-5.0]);
            assert_eq!(predict(&made_up, 3.0), 0);
            assert_eq!(decide(&made_up, 0.0), [1.0]);
            assert_eq!(predict(&made_up, 0.0), 1);
            assert_eq!(decide(&made_up, 0.5)[0].to_bits(), (-0.0_f64).to_bits());
            assert_eq!(predict(&made_up, 0.5), 1);
        }
    }

    #[test]
    fn zero_votes_for_the_second_class_and_counts_for_the_first() {
        let made_up = one_vector_each(&[0.0; 3], &[0.0; 3]);
        assert_eq!(predict(&made_up, 1.0), 2);
        assert_eq!(decide(&made_up, 1.0), [2.0, 1.0, 0.0]);
    }

    #[test]
    fn sums_run_over_the_first_class_before_the_second() {
        // class 0: 1e16 then 1; class 1: -1e16. Only this order loses the 1
        let mut made_up = one_vector_each(&[0.0], &[0.0]);
        made_up.n_support = vec![2, 1];
        made_up.support_vectors = vec![1.0; 3];
        made_up.dual_coef = vec![1e16, 1.0, -1e16];
        assert_eq!(decide(&made_up, 1.0), [0.0]);
        made_up.dual_coef = vec![1e16, -1e16, 1.0];
        assert_eq!(decide(&made_up, 1.0), [-1.0]);
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused_with_their_place() {
        let mut made_up = one_vector_each(&[2.0], &[-1.0]);
        let refusal = |made_up: &MadeUp, rows: &[f64]| {
            let mut out = vec![];
            let error = made_up.clone().model().predict(rows, &mut Scratch::default(), &mut out).unwrap_err();
            (error.to_string(), out.len())
        };
        let text = "row 1, column 0: expected a finite number, found NaN or infinity";
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(refusal(&made_up, &[1.0, number]), (text.to_owned(), 1));
        }
        made_up.steps = vec![Step::MaxAbsScaler { scale: vec![1e-300], clip: false }];
        let text = "row 0, column 0: the number is too large for the model's MaxAbsScaler";
        assert_eq!(refusal(&made_up, &[1e300]), (text.to_owned(), 0));
        made_up.steps = vec![Step::MaxAbsScaler { scale: vec![1e-300], clip: true }];
        assert_eq!(predict(&made_up, 1e300), 0);
    }

    #[test]
    fn half_a_row_is_refused() {
        let mut made_up = one_vector_each(&[2.0], &[-1.0]);
        made_up.support_vectors = vec![1.0; 4];
        let refusal =
            made_up.clone().model().decision_function(&[1.0; 5], &mut Scratch::default(), &mut vec![]).unwrap_err();
        assert_eq!(refusal.to_string(), "expected rows of 2 numbers, found 5 numbers in all");
    }

    #[test]
    fn probabilities_come_only_from_a_model_trained_with_them() {
        let mut made_up = one_vector_each(&[2.0], &[0.0]);
        let mut out = vec![];
        let refusal = made_up.clone().model().predict_proba(&[1.0], &mut Scratch::default(), &mut out).unwrap_err();
        assert_eq!(refusal.to_string(), "the model was trained without probabilities");
        let coupling = Coupling::Direct;
        made_up.probability = Some(Probability { prob_a: vec![-1.0], prob_b: vec![0.0], coupling });
        made_up.clone().model().predict_proba(&[0.0, 1.0], &mut Scratch::default(), &mut out).unwrap();
        let first = 1.0 / (1.0 + (-2.0_f64).exp());
        assert_eq!(out, [0.5, 0.5, first, 1.0 - first]);
    }

    #[test]
    fn one_scratch_serves_models_of_any_shape() {
        let (two, four) = (one_vector_each(&[2.0], &[-1.0]), one_vector_each(&[1.0; 6], &[0.5; 6]));
        let mut scratch = Scratch::default();
        for made_up in [&two, &four, &two] {
            let mut out = vec![];
            made_up.clone().model().decision_function(&[2.0, -2.0], &mut scratch, &mut out).unwrap();
            assert_eq!(out, [decide(made_up, 2.0), decide(made_up, -2.0)].concat());
        }
    }
}
