//! From rows to what an SVC says of each: kernel values, pair values, then votes, decision values or probabilities.
// Two classes have one pair value, and `class_values` has one value for each class.
#![allow(clippy::indexing_slicing)]

use std::mem;

use super::certified_labels::CertifiedBuffers;
use super::collapsed::CollapsedBuffers;
use super::cpu::Cpu;
use super::lanes::{LANES, Lanes};
use super::machine::{DecisionFunctionShape, Svc, SvcParts};
use super::probability::CouplingBuffers;
use super::products::Multiply;
use super::sparse::SparseSums;
use super::sums::SumBuffers;
use super::votes::{first_largest, push_one_vs_rest, vote};

/// Rows that are labelled at once: a multiple of those that go side by side, so few that their numbers stay in the first-level cache.
const ROWS_AT_ONCE: usize = 32;

/// Buffers that are used again from row to row and from call to call; any SVC may use any of them.
#[derive(Debug, Default)]
pub struct Workspace {
    cpu: Cpu,
    /// Eight or sixteen rows on their way to pair values, or one.
    pub(super) sums: SumBuffers,
    /// Decision value of each pair in LIBSVM's sign.
    pub(super) pair_values: Vec<f64>,
    /// One-vs-rest value of each class, (n_classes).
    pub(super) class_values: Vec<f64>,
    /// Votes for each class, (n_classes).
    pub(super) votes: Vec<u32>,
    coupling: CouplingBuffers,
    labels: Option<Box<LabelBuffers>>,
    /// Rows whose label was not proven, since the last time that they were taken.
    unproven: usize,
    /// Products of eight rows with vectors of weights.
    products: Vec<Lanes>,
    /// A sparse row on its way to pair values.
    sparse: SparseSums,
}

/// What labels alone are found with.
#[derive(Debug, Default)]
struct LabelBuffers {
    /// Of each row, where it is known yet.
    labels: Vec<Option<usize>>,
    /// Rows that are left, row major.
    left: Vec<f64>,
    collapsed: CollapsedBuffers,
    certified: CertifiedBuffers,
}

impl Workspace {
    /// Buffers for work with this instruction set; `default` takes the fastest one.
    pub fn on(cpu: Cpu) -> Workspace {
        Workspace { cpu, ..Workspace::default() }
    }

    /// Products of rows with vectors of `weights`, (n_features, vectors), row major: for each vector a lane for each row. `rows`: at most
    /// eight, row major.
    pub(super) fn products(&mut self, n_features: usize, rows: &[f64], weights: &[f64]) -> &[Lanes] {
        self.sums.clear_rows(n_features, LANES);
        for (lane, row) in rows.chunks_exact(n_features).enumerate() {
            self.sums.put_row(lane, row);
        }
        self.cpu.run(Multiply { rows: self.sums.rows(), weights, out: &mut self.products });
        &self.products
    }

    /// Buffers of a sparse row, and its pair values to be.
    pub(super) fn sparse(&mut self) -> (&mut SparseSums, &mut Vec<f64>) {
        (&mut self.sparse, &mut self.pair_values)
    }

    /// What a sparse row has left in the buffers, and room for what is said of its classes.
    pub(super) fn sparse_values(&mut self) -> (&SparseSums, &[f64], &mut Vec<f64>, &mut Vec<u32>) {
        (&self.sparse, &self.pair_values, &mut self.class_values, &mut self.votes)
    }

    /// How many rows had no proven label and were computed in LIBSVM's order instead, since the last time, of those that
    /// [`Svc::for_each_label`] had for a model that [`proves_labels`](Svc::proves_labels).
    pub fn take_unproven(&mut self) -> usize {
        mem::take(&mut self.unproven)
    }

    /// The instruction set that it works with.
    pub fn cpu(&self) -> Cpu {
        self.cpu
    }
}

impl Svc {
    /// Lets `use_values` have the values of one row after the other.
    ///
    /// `rows`: whole rows of `n_features_in` finite numbers, row major.
    ///
    /// Rows are computed side by side; a few left over are faster one by one, each against eight support vectors.
    ///
    /// # Source
    /// LIBSVM, `svm_predict_values`.
    pub fn for_each_row(&self, rows: &[f64], workspace: &mut Workspace, mut use_values: impl FnMut(RowValues<'_>)) {
        let width = self.n_features_in();
        let mut left = rows;
        while left.len() >= width {
            let n_left = left.len() / width;
            let n_lanes = self.lanes_for(n_left);
            let n_rows = n_left.min(n_lanes);
            let (rows, others) = left.split_at(n_rows * width);
            left = others;
            if n_lanes == 1 {
                self.fill_pair_values(workspace.cpu, rows, &mut workspace.sums, &mut workspace.pair_values);
                use_values(RowValues::new(self.parts(), workspace));
                continue;
            }
            workspace.sums.clear_rows(width, n_lanes);
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                workspace.sums.put_row(lane, row);
            }
            self.fill_lanes(workspace.cpu, &mut workspace.sums);
            for lane in 0..n_rows {
                let lane = Some(lane);
                use_values(RowValues { lane, has_pair_values: false, ..RowValues::new(self.parts(), workspace) });
            }
        }
    }
}

impl Svc {
    /// Whether labels asked for alone may take less work than values, where that is proven to change no label.
    pub fn proves_labels(&self) -> bool {
        self.collapsed.is_some() || self.certified.is_some()
    }

    /// Lets `use_label` have the index of the predicted class of one row after the other: [`RowValues::predict`], with less work
    /// where possible.
    ///
    /// `rows`: whole rows of `n_features_in` finite numbers, row major.
    pub fn for_each_label(&self, rows: &[f64], workspace: &mut Workspace, mut use_label: impl FnMut(usize)) {
        if !self.proves_labels() {
            return self.for_each_row(rows, workspace, |mut row| use_label(row.predict()));
        }
        let mut buffers = workspace.labels.take().unwrap_or_default();
        for rows in rows.chunks(ROWS_AT_ONCE * self.n_features_in()) {
            let LabelBuffers { labels, left, collapsed, certified } = &mut *buffers;
            labels.clear();
            labels.resize(rows.len() / self.n_features_in(), None);
            if let Some(weights) = &self.collapsed {
                weights.label(workspace.cpu, rows, collapsed, labels);
            } else if let Some(vectors) = &self.certified {
                vectors.label(workspace.cpu, rows, certified, labels);
            }
            self.label_others(rows, labels, left, workspace);
            labels.iter().flatten().for_each(|label| use_label(*label));
        }
        workspace.labels = Some(buffers);
    }

    /// Labels the rows that have none yet by their values, side by side.
    fn label_others(&self, rows: &[f64], labels: &mut [Option<usize>], left: &mut Vec<f64>, workspace: &mut Workspace) {
        left.clear();
        workspace.unproven += labels.iter().filter(|label| label.is_none()).count();
        for (row, label) in rows.chunks_exact(self.n_features_in()).zip(&*labels) {
            left.extend_from_slice(if label.is_none() { row } else { &[] });
        }
        let mut missing = labels.iter_mut().filter(|label| label.is_none());
        self.for_each_row(left, workspace, |mut row| {
            if let Some(label) = missing.next() {
                *label = Some(row.predict());
            }
        });
    }
}

/// What an SVC says of one row.
pub struct RowValues<'a> {
    parts: &'a SvcParts,
    workspace: &'a mut Workspace,
    /// Where rows went side by side, its place among them.
    lane: Option<usize>,
    has_pair_values: bool,
    has_class_values: bool,
}

impl<'a> RowValues<'a> {
    /// Of the row whose pair values are in the workspace.
    pub(super) fn new(parts: &'a SvcParts, workspace: &'a mut Workspace) -> RowValues<'a> {
        RowValues { parts, workspace, lane: None, has_pair_values: true, has_class_values: false }
    }

    /// Index of the predicted class.
    ///
    /// # Source
    /// scikit-learn, `BaseSVC.predict`.
    #[inline]
    pub fn predict(&mut self) -> usize {
        let k = self.parts.n_support.len();
        if self.parts.break_ties && k > 2 {
            return first_largest(self.class_values());
        }
        self.pair_values();
        vote(k, &self.workspace.pair_values, &mut self.workspace.votes)
    }

    /// Appends `decision_width` numbers: scikit-learn's `decision_function` in the model's own shape. A number may be infinite
    /// where the kernel's value overflows, as in scikit-learn.
    pub fn push_decision_function(&mut self, out: &mut Vec<f64>) {
        match self.parts.decision_function_shape {
            DecisionFunctionShape::Ovr if self.parts.n_support.len() > 2 => self.push_class_values(out),
            _ => self.push_pair_scores(out),
        }
    }

    /// Appends a value for each pair (0,1), (0,2), ..., (1,2), ...; above zero votes for the pair's first class. With two
    /// classes it is one value of the other sign, as scikit-learn has it: above zero stands for the second class, and zero is -0.0.
    pub fn push_pair_scores(&mut self, out: &mut Vec<f64>) {
        match self.pair_values() {
            [value] => out.push(-value),
            values => out.extend_from_slice(values),
        }
    }

    /// The value of each pair in LIBSVM's sign.
    pub(super) fn pair_values(&mut self) -> &[f64] {
        let Workspace { sums, pair_values, .. } = &mut *self.workspace;
        if let (Some(lane), false) = (self.lane, self.has_pair_values) {
            pair_values.clear();
            pair_values.extend(sums.pair_values(lane));
            self.has_pair_values = true;
        }
        pair_values
    }

    /// Appends a score for each class: its one-vs-rest value. With two classes these are minus the decision value, and the
    /// decision value.
    pub fn push_class_scores(&mut self, out: &mut Vec<f64>) {
        match self.pair_values() {
            [value] => out.extend([*value, -value]),
            _ => self.push_class_values(out),
        }
    }

    /// Appends a probability for each class; nothing if the SVC was trained without probabilities.
    pub fn push_probabilities(&mut self, out: &mut Vec<f64>) {
        if let Some(probability) = &self.parts.probability {
            self.pair_values();
            let Workspace { pair_values, coupling, .. } = &mut *self.workspace;
            probability.class_probabilities(self.parts.n_support.len(), pair_values, coupling, out);
        }
    }

    fn class_values(&mut self) -> &[f64] {
        let n_classes = self.parts.n_support.len();
        let Workspace { cpu, sums, pair_values, class_values, .. } = &mut *self.workspace;
        if !self.has_class_values {
            class_values.clear();
            match self.lane {
                Some(lane) => class_values.extend(sums.class_values(*cpu, n_classes, lane)),
                None => push_one_vs_rest::<1>(n_classes, pair_values, class_values),
            }
            self.has_class_values = true;
        }
        class_values
    }

    /// Appends them; from a lane they go straight there, as a copy between would cost a twentieth of a small model's row.
    fn push_class_values(&mut self, out: &mut Vec<f64>) {
        let Workspace { cpu, sums, .. } = &mut *self.workspace;
        match self.lane {
            Some(lane) => out.extend(sums.class_values(*cpu, self.parts.n_support.len(), lane)),
            None => out.extend_from_slice(self.class_values()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::votes::pairs;
    use crate::svc::{Coupling, Kernel, Probability};

    /// One feature, a linear kernel, and one support vector of 1 for each class: a row x gives each pair (i,j) the value
    /// `x * coefficient + intercept`, where only the first class of a pair has a coefficient.
    fn one_vector_each(coefficients: &[f64], intercept: &[f64]) -> SvcParts {
        let k = (1..).find(|k| k * (k - 1) / 2 == intercept.len()).unwrap();
        let mut dual_coef = vec![0.0; (k - 1) * k];
        for ((i, j), coefficient) in pairs(k).zip(coefficients) {
            dual_coef[(j - 1) * k + i] = *coefficient;
        }
        SvcParts {
            kernel: Kernel::Linear,
            n_features_in: 1,
            n_support: vec![1; k],
            support_vectors: vec![1.0; k],
            dual_coef,
            intercept: intercept.to_vec(),
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        }
    }

    fn each_row<T>(parts: &SvcParts, rows: &[f64], mut values: impl FnMut(RowValues<'_>) -> T) -> Vec<T> {
        let mut out = vec![];
        let svc = Svc::new(parts.clone()).unwrap();
        svc.for_each_row(rows, &mut Workspace::default(), |row| out.push(values(row)));
        out
    }

    fn predict(parts: &SvcParts, row: f64) -> usize {
        each_row(parts, &[row], |mut row| row.predict())[0]
    }

    fn decide(parts: &SvcParts, row: f64) -> Vec<f64> {
        let mut out = vec![];
        each_row(parts, &[row], |mut row| row.push_decision_function(&mut out));
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
        let mut parts = one_vector_each(&[0.0; 3], &[0.1, -5.0, 0.1]);
        parts.break_ties = true;
        assert_eq!(predict(&parts, 1.0), 2);
        let confidence = |s: f64| 1.0 + s / (3.0 * (s.abs() + 1.0));
        assert_eq!(decide(&parts, 1.0), [confidence(0.1 - 5.0), confidence(0.1 - 0.1), confidence(5.0 - 0.1)]);
        parts.decision_function_shape = DecisionFunctionShape::Ovo;
        assert_eq!(decide(&parts, 1.0), [0.1, -5.0, 0.1]);
    }

    #[test]
    fn break_ties_takes_the_first_nan_as_numpy_does() {
        // the sums of classes 1 and 2 overflow, that of class 0 is zero
        let mut parts = one_vector_each(&[0.0; 3], &[-1e308, 1e308, 1e308]);
        parts.break_ties = true;
        let values = decide(&parts, 1.0);
        assert_eq!(values[0], 1.0);
        assert!(values[1].is_nan() && values[2].is_nan());
        assert_eq!(predict(&parts, 1.0), 1);
    }

    #[test]
    fn break_ties_changes_nothing_for_two_classes() {
        let mut parts = one_vector_each(&[0.0], &[0.0]);
        assert_eq!(predict(&parts, 1.0), 1);
        parts.break_ties = true;
        assert_eq!(predict(&parts, 1.0), 1);
    }

    #[test]
    fn two_classes_turn_the_sign_round() {
        for shape in [DecisionFunctionShape::Ovr, DecisionFunctionShape::Ovo] {
            let mut parts = one_vector_each(&[2.0], &[-1.0]);
            parts.decision_function_shape = shape;
            assert_eq!(decide(&parts, 3.0), [-5.0]);
            assert_eq!(predict(&parts, 3.0), 0);
            assert_eq!(decide(&parts, 0.0), [1.0]);
            assert_eq!(predict(&parts, 0.0), 1);
            assert_eq!(decide(&parts, 0.5)[0].to_bits(), (-0.0_f64).to_bits());
            assert_eq!(predict(&parts, 0.5), 1);
        }
    }

    #[test]
    fn zero_votes_for_the_second_class_and_counts_for_the_first() {
        let parts = one_vector_each(&[0.0; 3], &[0.0; 3]);
        assert_eq!(predict(&parts, 1.0), 2);
        assert_eq!(decide(&parts, 1.0), [2.0, 1.0, 0.0]);
    }

    #[test]
    fn sums_run_over_the_first_class_before_the_second() {
        // class 0: 1e16 then 1; class 1: -1e16. Only this order loses the 1
        let mut parts = one_vector_each(&[0.0], &[0.0]);
        parts.n_support = vec![2, 1];
        parts.support_vectors = vec![1.0; 3];
        parts.dual_coef = vec![1e16, 1.0, -1e16];
        assert_eq!(decide(&parts, 1.0), [0.0]);
        parts.dual_coef = vec![1e16, -1e16, 1.0];
        assert_eq!(decide(&parts, 1.0), [-1.0]);
    }

    #[test]
    fn everything_at_once_is_what_each_gives_alone() {
        let mut parts = one_vector_each(&[1.0, 0.25, -2.0], &[-0.5, 0.25, 1.0]);
        let coupling = Coupling::Iterative;
        parts.probability = Some(Probability { prob_a: vec![-1.0; 3], prob_b: vec![0.0; 3], coupling });
        let rows = [0.0, 1.0, -2.5, 0.5, 3.0];
        for break_ties in [false, true] {
            parts.break_ties = break_ties;
            let together = each_row(&parts, &rows, |mut row| {
                let (label, mut out) = (row.predict(), vec![]);
                row.push_decision_function(&mut out);
                row.push_class_scores(&mut out);
                row.push_probabilities(&mut out);
                (label, out)
            });
            for ((label, out), row) in together.into_iter().zip(rows) {
                assert_eq!(label, predict(&parts, row));
                let (mut scores, mut probabilities) = (vec![], vec![]);
                each_row(&parts, &[row], |mut row| row.push_class_scores(&mut scores));
                each_row(&parts, &[row], |mut row| row.push_probabilities(&mut probabilities));
                assert_eq!(out, [decide(&parts, row), scores, probabilities].concat());
            }
        }
    }

    #[test]
    fn one_workspace_serves_models_of_any_shape() {
        let (two, four) = (one_vector_each(&[2.0], &[-1.0]), one_vector_each(&[1.0; 6], &[0.5; 6]));
        let mut workspace = Workspace::default();
        for parts in [&two, &four, &two] {
            let mut out = vec![];
            let svc = Svc::new(parts.clone()).unwrap();
            svc.for_each_row(&[2.0, -2.0], &mut workspace, |mut row| row.push_decision_function(&mut out));
            assert_eq!(out, [decide(parts, 2.0), decide(parts, -2.0)].concat());
        }
    }
}
