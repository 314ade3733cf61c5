//! The variables of a problem while it is solved.
// Everything is as long as there are variables, or as those rounded up to whole lanes; positions are below the former.
#![allow(clippy::indexing_slicing)]

use super::matrix::SquareMatrix;
use super::selection::{AddRow, Group, LOW_NEGATIVE, LOW_POSITIVE, UP_NEGATIVE, UP_POSITIVE};
use crate::svc::cpu::Cpu;
use crate::svc::lanes::LANES;

/// A problem to solve: where it starts, and between which bounds.
#[derive(Debug)]
pub(super) struct DualProblem {
    /// y: 1 or -1.
    pub signs: Vec<f64>,
    /// p, the linear part of the objective.
    pub linear: Vec<f64>,
    /// Where to start; all constraints hold there.
    pub alpha: Vec<f64>,
    /// C of each variable.
    pub bounds: Vec<f64>,
    /// The variables among which a step takes both.
    pub groups: &'static [Group],
}

/// A step may take any two variables.
pub(super) const ALL: &[Group] = &[Group { up: UP_POSITIVE | UP_NEGATIVE, low: LOW_POSITIVE | LOW_NEGATIVE }];

/// A step takes two of the same sign.
pub(super) const BY_SIGN: &[Group] =
    &[Group { up: UP_POSITIVE, low: LOW_POSITIVE }, Group { up: UP_NEGATIVE, low: LOW_NEGATIVE }];

/// Where a variable stands between its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Lower,
    Free,
    Upper,
}

/// The variables. Those at positions from `active` on are set aside.
pub(super) struct State<M> {
    pub matrix: M,
    pub cpu: Cpu,
    pub groups: &'static [Group],
    pub signs: Vec<f64>,
    pub alpha: Vec<f64>,
    pub bounds: Vec<f64>,
    /// `-y p`: the values where all alpha are zero.
    pub start: Vec<f64>,
    /// `-y G`, minus sign times gradient; of a variable that is set aside it is out of date.
    pub values: Vec<f64>,
    /// The share in the values, but for `start`, of the variables at their upper bounds.
    pub of_upper: Vec<f64>,
    pub diagonal: Vec<f64>,
    /// Of each active variable the flags of [`Group`]; none of the others.
    pub flags: Vec<u8>,
    /// Which variable of the problem stands at each position.
    pub order: Vec<usize>,
    pub active: usize,
    /// Whether all variables were taken back once, near the end.
    pub has_unshrunk: bool,
}

impl<M: SquareMatrix> State<M> {
    /// The variables at their start.
    pub fn new(problem: DualProblem, mut matrix: M, cpu: Cpu) -> State<M> {
        let DualProblem { signs, linear, alpha, bounds, groups } = problem;
        let size = matrix.size();
        let padded = size.next_multiple_of(LANES);
        let mut start: Vec<f64> = signs.iter().zip(linear).map(|(sign, linear)| -sign * linear).collect();
        start.resize(padded, 0.0);
        let diagonal = matrix.diagonal();
        let mut state = State {
            matrix,
            cpu,
            groups,
            signs,
            alpha,
            bounds,
            values: start.clone(),
            start,
            of_upper: vec![0.0; padded],
            diagonal,
            flags: vec![0; padded],
            order: (0..size).collect(),
            active: size,
            has_unshrunk: false,
        };
        for position in (0..size).filter(|position| state.stand(*position) != Stand::Lower).collect::<Vec<_>>() {
            let row = state.matrix.take(position, size);
            let factor = -state.signs[position] * state.alpha[position];
            cpu.run(AddRow { values: &mut state.values, row: &row, factor });
            if state.stand(position) == Stand::Upper {
                let factor = -state.signs[position] * state.bounds[position];
                cpu.run(AddRow { values: &mut state.of_upper, row: &row, factor });
            }
            state.matrix.put_back(position, row);
        }
        (0..size).for_each(|position| state.update_flags(position));
        state
    }

    /// Number of variables.
    pub fn size(&self) -> usize {
        self.order.len()
    }

    /// Numbers that passes over the active variables look at: whole lanes.
    pub fn active_padded(&self) -> usize {
        self.active.next_multiple_of(LANES)
    }

    /// Where a variable stands.
    pub fn stand(&self, position: usize) -> Stand {
        let alpha = self.alpha[position];
        if alpha >= self.bounds[position] {
            Stand::Upper
        } else if alpha <= 0.0 {
            Stand::Lower
        } else {
            Stand::Free
        }
    }

    /// To be called when a variable has changed, or has become active.
    pub fn update_flags(&mut self, position: usize) {
        let (may_grow, may_shrink) = match self.stand(position) {
            Stand::Lower => (true, false),
            Stand::Free => (true, true),
            Stand::Upper => (false, true),
        };
        let (up, low) = if self.signs[position] > 0.0 {
            (u8::from(may_grow) * UP_POSITIVE, u8::from(may_shrink) * LOW_POSITIVE)
        } else {
            (u8::from(may_shrink) * UP_NEGATIVE, u8::from(may_grow) * LOW_NEGATIVE)
        };
        self.flags[position] = up | low;
    }

    /// The offset of the decision function within a group of variables: the mean of the free ones' `-v`, or the middle of what the others allow.
    pub fn offset(&self, group: Group) -> f64 {
        let all = group.up | group.low;
        let (mut sum, mut count, mut upper, mut lower) = (0.0, 0_usize, f64::INFINITY, f64::NEG_INFINITY);
        for position in (0..self.active).filter(|position| self.flags[*position] & all != 0) {
            let value = -self.values[position];
            match (self.stand(position), self.signs[position] > 0.0) {
                (Stand::Free, _) => (sum, count) = (sum + value, count + 1),
                (Stand::Upper, false) | (Stand::Lower, true) => upper = smaller(upper, value),
                (Stand::Upper, true) | (Stand::Lower, false) => lower = larger(lower, value),
            }
        }
        if count > 0 { sum / count as f64 } else { (upper + lower) / 2.0 }
    }
}

/// The larger one; the first unless the second is larger for certain.
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// The smaller one; the first unless the second is smaller for certain.
fn smaller(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}
