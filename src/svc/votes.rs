//! From pair values to classes: votes, one-vs-rest values, the largest.
// Every buffer is resized to the number of classes before use, and a pair's classes are below it.
// Loops over lanes have plain indices: that is the form which the compiler turns into whole registers.
#![allow(clippy::indexing_slicing, clippy::needless_range_loop)]

use super::lanes::{SINGLES, Singles};

/// All pairs of classes in the order of their values.
pub(crate) fn pairs(n_classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_classes).flat_map(move |i| (i + 1..n_classes).map(move |j| (i, j)))
}

/// Adds a win to the class of a pair that its value is for, where it is beyond its bound. `wins`: (n_classes, R), and in each lane a row.
#[inline(always)]
pub(super) fn count_win<const R: usize>(
    wins: &mut [[Singles; R]],
    (i, j): (usize, usize),
    row: usize,
    values: Singles,
    bounds: Singles,
) {
    let (mut first, mut second) = (wins[i][row], wins[j][row]);
    for lane in 0..SINGLES {
        first.0[lane] += if values.0[lane] > bounds.0[lane] { 1.0 } else { 0.0 };
        second.0[lane] += if values.0[lane] < -bounds.0[lane] { 1.0 } else { 0.0 };
    }
    (wins[i][row], wins[j][row]) = (first, second);
}

/// Overwrites labels with the class that has won all its pairs, where there is one. `wins`: (n_classes, R), and in each lane a row.
#[inline(always)]
pub(super) fn winners<const R: usize>(wins: &[[Singles; R]], labels: &mut [Option<usize>]) {
    let all = wins.len() as f32 - 1.0;
    for (row, labels) in labels.chunks_mut(SINGLES).enumerate() {
        let mut winners = [-1.0_f32; SINGLES];
        for (class, wins) in wins.iter().enumerate() {
            for lane in 0..SINGLES {
                winners[lane] = if wins[row].0[lane] == all { class as f32 } else { winners[lane] };
            }
        }
        for (label, winner) in labels.iter_mut().zip(winners) {
            *label = (winner >= 0.0).then_some(winner as usize);
        }
    }
}

/// Place of the pair of two different classes in (0,1), (0,2), ..., (1,2), ...
pub(super) fn pair_index(n_classes: usize, a: usize, b: usize) -> usize {
    let (i, j) = if a < b { (a, b) } else { (b, a) };
    i * (2 * n_classes - i - 1) / 2 + j - i - 1
}

/// The class with the most votes, the first one on a tie. A value of exactly zero votes for the pair's second class.
pub(super) fn vote(n_classes: usize, pair_values: &[f64], votes: &mut Vec<u32>) -> usize {
    votes.clear();
    votes.resize(n_classes, 0);
    for ((i, j), value) in pairs(n_classes).zip(pair_values) {
        // no branch, which nobody could foresee
        let first = u32::from(*value > 0.0);
        votes[i] += first;
        votes[j] += 1 - first;
    }
    let mut winner = 0;
    for (class, count) in votes.iter().enumerate() {
        if *count > votes[winner] {
            winner = class;
        }
    }
    winner
}

/// The class with the most votes but for `winner`, the first one on a tie.
pub(super) fn runner_up(votes: &[u32], winner: usize) -> usize {
    let others = votes.iter().enumerate().filter(|(class, _)| *class != winner);
    // of equals `max_by_key` takes the last
    others.rev().max_by_key(|(_, count)| **count).map_or(winner, |(class, _)| class)
}

/// Appends (n_classes, `N`) numbers: votes plus a confidence that stays inside -1/3 and 1/3, of `pair_values`, (pairs, `N`). A value of
/// exactly zero votes for the pair's first class, unlike in [`vote`].
///
/// # Source
/// scikit-learn, `_ovr_decision_function`. A class meets its pairs there in the order of the other classes, too.
#[inline(always)]
pub(super) fn push_one_vs_rest<const N: usize>(n_classes: usize, pair_values: &[f64], out: &mut Vec<f64>) {
    for class in 0..n_classes {
        let (mut sums, mut votes) = ([0.0; N], [0.0; N]);
        for other in (0..n_classes).filter(|other| *other != class) {
            let values = &pair_values[pair_index(n_classes, class, other) * N..][..N];
            for lane in 0..N {
                let is_for_second = if values[lane] < 0.0 { 1.0 } else { 0.0 };
                (sums[lane], votes[lane]) = if class < other {
                    (sums[lane] + values[lane], votes[lane] + (1.0 - is_for_second))
                } else {
                    (sums[lane] - values[lane], votes[lane] + is_for_second)
                };
            }
        }
        for lane in 0..N {
            sums[lane] = votes[lane] + sums[lane] / (3.0 * (sums[lane].abs() + 1.0));
        }
        out.extend_from_slice(&sums);
    }
}

/// NumPy's argmax: the first of the largest values, and NaN counts as the largest.
pub(crate) fn first_largest(values: &[f64]) -> usize {
    let mut largest = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[largest] || (value.is_nan() && !values[largest].is_nan()) {
            largest = index;
        }
    }
    largest
}
