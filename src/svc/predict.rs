//! Answers of a model for rows: kernel values, pair values, then votes, decision values or probabilities.
// `Model::new` has checked that n_support has k counts and adds up to the support vectors, that dual_coef_by_vector has k - 1 numbers
// for each of them, and intercept k (k - 1) / 2; `pair_values` and `class_values` are resized to these numbers before use.
#![allow(clippy::indexing_slicing)]

use super::{DecisionFunctionShape, Error, Model, probability};

/// Buffers that are used again from row to row and from call to call; any model may use any of them.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The row after the steps, (n_features_in).
    row: Vec<f64>,
    /// Kernel value of the row and each support vector, (n_sv).
    kernel_values: Vec<f64>,
    /// Sums of one class against each of the others, (n_classes - 1).
    sums: Vec<f64>,
    /// Decision value of each pair in LIBSVM's sign.
    pair_values: Vec<f64>,
    /// One-vs-rest value of each class, (n_classes).
    class_values: Vec<f64>,
    /// Votes for each class, (n_classes).
    votes: Vec<u32>,
    /// What the coupling of probabilities needs.
    coupling: probability::Buffers,
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
    /// As [`predict`](Self::predict), without `BreakTiesOvo`.
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
        self.for_each_row(rows, scratch, |scratch| self.push_pair_values(scratch, out))
    }

    /// Appends a value for each class; with two classes the same one value as
    /// [`decision_function_ovo`](Self::decision_function_ovo).
    ///
    /// # Errors
    /// As [`decision_function`](Self::decision_function).
    pub fn decision_function_ovr(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        self.for_each_row(rows, scratch, |scratch| {
            if self.n_classes() == 2 {
                self.push_pair_values(scratch, out);
            } else {
                one_vs_rest(self.n_classes(), scratch);
                out.extend_from_slice(&scratch.class_values);
            }
        })
    }

    /// Appends a probability for each class of each row.
    ///
    /// # Errors
    /// [`Error::NoProbability`], else as [`decision_function`](Self::decision_function).
    pub fn predict_proba(&self, rows: &[f64], scratch: &mut Scratch, out: &mut Vec<f64>) -> Result<(), Error> {
        let probability = self.parts().probability.as_ref().ok_or(Error::NoProbability)?;
        self.for_each_row(rows, scratch, |scratch| {
            let Scratch { pair_values, coupling, .. } = scratch;
            probability.class_probabilities(self.n_classes(), pair_values, coupling, out);
        })
    }

    /// Fills `pair_values` for one row after the other and lets `answer` use them.
    fn for_each_row(
        &self,
        rows: &[f64],
        scratch: &mut Scratch,
        mut answer: impl FnMut(&mut Scratch),
    ) -> Result<(), Error> {
        let width = self.n_features_in();
        if !rows.len().is_multiple_of(width) {
            return Err(Error::RowWidth { n_features_in: width, found: rows.len() });
        }
        for (index, row) in rows.chunks_exact(width).enumerate() {
            if let Some(column) = first_not_finite(row) {
                return Err(Error::NotFinite { row: index, column });
            }
            let support_vectors = &self.parts().support_vectors;
            if self.steps().is_empty() {
                self.kernel().values(row, support_vectors, &mut scratch.kernel_values);
            } else {
                self.scale(index, row, &mut scratch.row)?;
                self.kernel().values(&scratch.row, support_vectors, &mut scratch.kernel_values);
            }
            self.fill_pair_values(scratch);
            answer(scratch);
        }
        Ok(())
    }

    /// Overwrites `scaled` with the row as the SVC sees it. Each step's result has to be finite, as scikit-learn checks it.
    fn scale(&self, index: usize, row: &[f64], scaled: &mut Vec<f64>) -> Result<(), Error> {
        scaled.clear();
        scaled.extend_from_slice(row);
        for step in self.steps() {
            step.apply(scaled);
            if let Some(column) = first_not_finite(scaled) {
                return Err(Error::NotFiniteScaled { row: index, column, step: step.name() });
            }
        }
        Ok(())
    }

    /// Overwrites `pair_values` with the sums over support vectors and the intercepts.
    ///
    /// One walk over the support vectors serves all pairs. LIBSVM sums a pair (i,j) over the vectors of i and then over
    /// those of j; the classes come in that order here too, and the sums so far are taken up again for the second half.
    fn fill_pair_values(&self, scratch: &mut Scratch) {
        let Scratch { kernel_values, sums, pair_values, .. } = scratch;
        let parts = self.parts();
        let k = self.n_classes();
        pair_values.clear();
        pair_values.resize(parts.intercept.len(), 0.0);
        let mut vectors = kernel_values.iter().zip(self.dual_coef_by_vector.chunks_exact(k - 1));
        for (class, n_support) in parts.n_support.iter().enumerate() {
            let others = || (0..k).filter(move |other| *other != class);
            sums.clear();
            sums.extend(others().map(|other| pair_values[pair_index(k, class, other)]));
            for (kernel_value, dual_coef) in vectors.by_ref().take(*n_support) {
                for (sum, dual_coef) in sums.iter_mut().zip(dual_coef) {
                    *sum += dual_coef * kernel_value;
                }
            }
            for (other, sum) in others().zip(sums.iter()) {
                pair_values[pair_index(k, class, other)] = *sum;
            }
        }
        for (value, intercept) in pair_values.iter_mut().zip(&parts.intercept) {
            *value += intercept;
        }
    }

    /// scikit-learn turns the sign round for two classes: zero becomes -0.0.
    fn push_pair_values(&self, scratch: &Scratch, out: &mut Vec<f64>) {
        if self.n_classes() == 2 {
            out.push(-scratch.pair_values[0]);
        } else {
            out.extend_from_slice(&scratch.pair_values);
        }
    }
}

/// Place of the pair of two different classes in (0,1), (0,2), ..., (1,2), ...
fn pair_index(n_classes: usize, a: usize, b: usize) -> usize {
    let (i, j) = if a < b { (a, b) } else { (b, a) };
    i * (2 * n_classes - i - 1) / 2 + j - i - 1
}

/// All pairs of classes in the order of their values.
fn pairs(n_classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_classes).flat_map(move |i| (i + 1..n_classes).map(move |j| (i, j)))
}

/// The class with the most votes, the first one on a tie. A value of exactly zero votes for the pair's second class.
fn vote(n_classes: usize, pair_values: &[f64], votes: &mut Vec<u32>) -> usize {
    votes.clear();
    votes.resize(n_classes, 0);
    for ((i, j), value) in pairs(n_classes).zip(pair_values) {
        votes[if *value > 0.0 { i } else { j }] += 1;
    }
    let mut winner = 0;
    for (class, count) in votes.iter().enumerate() {
        if *count > votes[winner] {
            winner = class;
        }
    }
    winner
}

/// Overwrites `class_values` with votes plus a confidence that stays inside -1/3 and 1/3. A value of exactly zero votes
/// for the pair's first class, other than in [`vote`].
///
/// # Source
/// scikit-learn, `_ovr_decision_function`.
fn one_vs_rest(n_classes: usize, scratch: &mut Scratch) {
    let Scratch { pair_values, class_values, votes, .. } = scratch;
    votes.clear();
    votes.resize(n_classes, 0);
    class_values.clear();
    class_values.resize(n_classes, 0.0);
    for ((i, j), value) in pairs(n_classes).zip(pair_values.iter()) {
        class_values[i] += value;
        class_values[j] -= value;
        votes[if *value < 0.0 { j } else { i }] += 1;
    }
    for (value, votes) in class_values.iter_mut().zip(votes.iter()) {
        *value = f64::from(*votes) + *value / (3.0 * (value.abs() + 1.0));
    }
}

/// NumPy's argmax: the first of the largest values, and NaN counts as the largest.
fn first_largest(values: &[f64]) -> usize {
    let mut largest = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[largest] || (value.is_nan() && !values[largest].is_nan()) {
            largest = index;
        }
    }
    largest
}

fn first_not_finite(row: &[f64]) -> Option<usize> {
    row.iter().position(|value| !value.is_finite())
}
