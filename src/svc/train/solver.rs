//! Sequential minimal optimization: the solution of one problem.
// Positions are below the number of variables, rows of the matrix as long as they were asked for.
#![allow(clippy::indexing_slicing)]

use super::matrix::SquareMatrix;
use super::selection::{AddRow, AddRows, Choice, First, Second, TAU};
use super::state::{DualProblem, Stand, State, larger};
use super::{Error, TrainingObserver, TrainingSettings};

/// The solution of a problem.
#[derive(Debug)]
pub(super) struct Solution {
    /// The variables, in the order of the problem.
    pub alpha: Vec<f64>,
    /// For each group of variables the offset of the decision function.
    pub offsets: Vec<f64>,
    /// Steps that it took.
    pub iterations: u64,
    /// Whether it was left as it was after so many steps.
    pub is_unfinished: bool,
}

/// Solves a problem.
///
/// # Errors
/// [`Error::Stopped`].
///
/// # Source
/// LIBSVM, `Solver::Solve`.
pub(super) fn solve<M: SquareMatrix>(
    problem: DualProblem,
    matrix: M,
    settings: &TrainingSettings,
    observer: &dyn TrainingObserver,
) -> Result<Solution, Error> {
    let mut state = State::new(problem, matrix, settings.cpu);
    let interval = state.size().min(INTERVAL_MAX);
    let (mut iterations, mut countdown, mut told) = (0_u64, interval + 1, 0);
    let mut is_unfinished = false;
    loop {
        if settings.iterations_max.is_some_and(|max| iterations >= max) {
            is_unfinished = true;
            break;
        }
        countdown -= 1;
        if countdown == 0 {
            countdown = interval;
            if settings.shrinking {
                state.shrink(settings.tol);
            }
        }
        if iterations - told >= STEPS_TOLD {
            if observer.should_stop(iterations - told) {
                return Err(Error::Stopped);
            }
            told = iterations;
        }
        let mut pair = state.select(settings.tol);
        if pair.is_none() {
            // of those that were set aside, too, none may violate the conditions
            state.take_back_all();
            pair = state.select(settings.tol);
            countdown = 1;
        }
        let Some(pair) = pair else { break };
        iterations += 1;
        state.step(pair, settings.shrinking);
    }
    if observer.should_stop(iterations - told) {
        return Err(Error::Stopped);
    }
    let offsets = state.groups.iter().map(|group| state.offset(*group)).collect();
    let mut alpha = vec![0.0; state.size()];
    for (variable, value) in state.order.iter().zip(&state.alpha) {
        alpha[*variable] = *value;
    }
    Ok(Solution { alpha, offsets, iterations, is_unfinished })
}

/// Two variables, with the first one's row of the matrix, which is out.
struct Pair {
    first: usize,
    second: usize,
    row: Vec<f32>,
}

impl<M: SquareMatrix> State<M> {
    /// The two variables of the next step; `None` if no two violate the conditions of optimality by more than `tol`.
    ///
    /// # Source
    /// LIBSVM, `select_working_set`.
    fn select(&mut self, tol: f64) -> Option<Pair> {
        let padded = self.active_padded();
        let mut violation = f64::NEG_INFINITY;
        let mut best = Choice { value: f64::INFINITY, position: None };
        let mut chosen: Option<(usize, Vec<f32>)> = None;
        for group in self.groups {
            let (values, flags) = (&self.values[..padded], &self.flags[..padded]);
            let mut first = Choice { value: f64::NEG_INFINITY, position: None };
            self.cpu.run(First { values, flags, up: group.up, out: &mut first });
            let Some(position) = first.position else { continue };
            let row = self.matrix.take(position, self.active);
            let (mut second, mut smallest) = (best, f64::INFINITY);
            self.cpu.run(Second {
                values,
                flags,
                low: group.low,
                row: &row,
                diagonal: &self.diagonal[..padded],
                first: (first.value, self.diagonal[position]),
                out: &mut second,
                smallest: &mut smallest,
            });
            violation = larger(violation, first.value - smallest);
            let is_better = second.value < best.value || second.value == best.value && second.position > best.position;
            let unused = if second.position.is_some() && is_better {
                best = second;
                chosen.replace((position, row))
            } else {
                Some((position, row))
            };
            if let Some((position, row)) = unused {
                self.matrix.put_back(position, row);
            }
        }
        let is_optimal = violation < tol;
        match (best.position, chosen) {
            (Some(second), Some((first, row))) if !is_optimal => Some(Pair { first, second, row }),
            (_, chosen) => {
                if let Some((first, row)) = chosen {
                    self.matrix.put_back(first, row);
                }
                None
            }
        }
    }

    /// Moves two variables to where the objective is smallest within their bounds.
    fn step(&mut self, pair: Pair, shrinking: bool) {
        let Pair { first, second, row } = pair;
        let other_row = self.matrix.take(second, self.active);
        let before = [first, second].map(|position| (position, self.alpha[position], self.stand(position)));
        self.move_two(first, second, f64::from(row[second]));
        let factors = before.map(|(position, alpha, _)| -self.signs[position] * (self.alpha[position] - alpha));
        let padded = self.active_padded();
        self.cpu.run(AddRows { values: &mut self.values[..padded], rows: [&row, &other_row], factors });
        self.matrix.put_back(first, row);
        self.matrix.put_back(second, other_row);
        for (position, _, stand) in before {
            self.update_flags(position);
            let was_upper = stand == Stand::Upper;
            if shrinking && was_upper != (self.stand(position) == Stand::Upper) {
                let share = self.signs[position] * self.bounds[position];
                let factor = if was_upper { share } else { -share };
                let row = self.matrix.take(position, self.size());
                self.cpu.run(AddRow { values: &mut self.of_upper, row: &row, factor });
                self.matrix.put_back(position, row);
            }
        }
    }

    /// The change of the two variables alone. `kernel`: their kernel value.
    fn move_two(&mut self, i: usize, j: usize, kernel: f64) {
        let [bound_i, bound_j] = [i, j].map(|position| self.bounds[position]);
        let curvature = self.diagonal[i] + self.diagonal[j] - 2.0 * kernel;
        let curvature = if curvature <= 0.0 { TAU } else { curvature };
        let [gradient_i, gradient_j] = [i, j].map(|position| -self.signs[position] * self.values[position]);
        let (mut alpha_i, mut alpha_j) = (self.alpha[i], self.alpha[j]);
        if self.signs[i] != self.signs[j] {
            let change = (-gradient_i - gradient_j) / curvature;
            let difference = alpha_i - alpha_j;
            (alpha_i, alpha_j) = (alpha_i + change, alpha_j + change);
            if difference > 0.0 {
                if alpha_j < 0.0 {
                    (alpha_i, alpha_j) = (difference, 0.0);
                }
            } else if alpha_i < 0.0 {
                (alpha_i, alpha_j) = (0.0, -difference);
            }
            if difference > bound_i - bound_j {
                if alpha_i > bound_i {
                    (alpha_i, alpha_j) = (bound_i, bound_i - difference);
                }
            } else if alpha_j > bound_j {
                (alpha_i, alpha_j) = (bound_j + difference, bound_j);
            }
        } else {
            let change = (gradient_i - gradient_j) / curvature;
            let sum = alpha_i + alpha_j;
            (alpha_i, alpha_j) = (alpha_i - change, alpha_j + change);
            if sum > bound_i {
                if alpha_i > bound_i {
                    (alpha_i, alpha_j) = (bound_i, sum - bound_i);
                }
            } else if alpha_j < 0.0 {
                (alpha_i, alpha_j) = (sum, 0.0);
            }
            if sum > bound_j {
                if alpha_j > bound_j {
                    (alpha_i, alpha_j) = (sum - bound_j, bound_j);
                }
            } else if alpha_i < 0.0 {
                (alpha_i, alpha_j) = (0.0, sum);
            }
        }
        (self.alpha[i], self.alpha[j]) = (alpha_i, alpha_j);
    }
}

/// Steps between two times of shrinking, unless there are fewer variables.
const INTERVAL_MAX: usize = 1000;

/// Steps after which an observer is told of them.
const STEPS_TOLD: u64 = 200;
