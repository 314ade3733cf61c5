//! Setting variables aside that stay at a bound, and taking them back.
// Positions are below the number of variables.
#![allow(clippy::indexing_slicing)]

use super::matrix::SquareMatrix;
use super::selection::Group;
use super::state::{Stand, State, larger};

impl<M: SquareMatrix> State<M> {
    /// Sets aside the variables that are unlikely to leave their bound; takes back all of them once, when the end is near.
    ///
    /// # Source
    /// LIBSVM, `do_shrinking`.
    pub(super) fn shrink(&mut self, tol: f64) {
        let limits: Vec<(Group, f64, f64)> = self.groups.iter().map(|group| self.limits(*group)).collect();
        let violation = limits.iter().map(|(_, up, low)| up + low).fold(f64::NEG_INFINITY, larger);
        if !self.has_unshrunk && violation <= 10.0 * tol {
            self.has_unshrunk = true;
            self.take_back_all();
        }
        let is_idle = |state: &State<M>, position: usize| {
            let (flags, value) = (state.flags[position], state.values[position]);
            let of_group = limits.iter().find(|(group, _, _)| flags & (group.up | group.low) != 0);
            of_group.is_some_and(|(group, up, low)| {
                flags & group.up == 0 && value > *up || flags & group.low == 0 && -value > *low
            })
        };
        let mut swaps = Vec::new();
        let mut position = 0;
        while position < self.active {
            if is_idle(self, position) {
                self.active -= 1;
                while self.active > position {
                    if !is_idle(self, self.active) {
                        self.swap(position, self.active);
                        swaps.push((position, self.active));
                        break;
                    }
                    self.active -= 1;
                }
            }
            position += 1;
        }
        self.flags[self.active..].fill(0);
        self.matrix.swap(&swaps);
    }

    /// A group, the largest value of those in `up`, and the largest negative value of those in `low`.
    fn limits(&self, group: Group) -> (Group, f64, f64) {
        let (mut up, mut low) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for (flags, value) in self.flags.iter().zip(&self.values).take(self.active) {
            if flags & group.up != 0 {
                up = larger(up, *value);
            }
            if flags & group.low != 0 {
                low = larger(low, -value);
            }
        }
        (group, up, low)
    }

    /// All but the matrix.
    fn swap(&mut self, a: usize, b: usize) {
        for numbers in [
            &mut self.signs,
            &mut self.alpha,
            &mut self.bounds,
            &mut self.start,
            &mut self.values,
            &mut self.of_upper,
            &mut self.diagonal,
        ] {
            numbers.swap(a, b);
        }
        self.flags.swap(a, b);
        self.order.swap(a, b);
    }

    /// Makes all variables active, with values that are up to date.
    ///
    /// # Source
    /// LIBSVM, `reconstruct_gradient`.
    pub(super) fn take_back_all(&mut self) {
        let (size, active) = (self.size(), self.active);
        if active == size {
            return;
        }
        for position in active..size {
            self.values[position] = self.of_upper[position] + self.start[position];
        }
        let free: Vec<usize> = (0..active).filter(|position| self.stand(*position) == Stand::Free).collect();
        // the same sums in the same order, by the rows of which fewer values have to be computed
        if free.len() * size > 2 * active * (size - active) {
            for position in active..size {
                let row = self.matrix.take(position, active);
                let sum = free.iter().fold(self.values[position], |sum, free| {
                    sum - self.signs[*free] * self.alpha[*free] * f64::from(row[*free])
                });
                self.values[position] = sum;
                self.matrix.put_back(position, row);
            }
        } else {
            for free in free {
                let row = self.matrix.take(free, size);
                let factor = -self.signs[free] * self.alpha[free];
                for (value, element) in self.values[active..size].iter_mut().zip(&row[active..size]) {
                    *value += factor * f64::from(*element);
                }
                self.matrix.put_back(free, row);
            }
        }
        self.active = size;
        (active..size).for_each(|position| self.update_flags(position));
    }
}
