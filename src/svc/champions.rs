//! The class that wins all its pairs, found in single precision.
//!
//! With k classes there are k (k - 1) / 2 pairs, but a class that wins its k - 1 pairs has the most votes, whatever the others say: each
//! of them has lost one. So one product with each class says which one is likely to win, k - 1 products whether it does,
//! and where it loses clearly, the pair that it loses most clearly says who is to be tried next.
//!
//! # The proof
//!
//! A pair is won only where LIBSVM's value is proven to have that sign. In the notation of [`collapsed`](super::collapsed), with v = 2^-24,
//! delta(m) = m v / (1 - m v), and w and b in double precision as they are there:
//!
//! ```text
//! exact    P = x.w
//! here     p: 1 rounding of each x_j and of each w_j to single precision, 1 in each product, d - 1 in the sum
//!          |p - P| <= delta(d + 2) |x|.|w|
//! value    s = p + b, where b has 1 rounding; the last one, of the sum, changes no sign
//!          |s - (P + b)| <= delta(d + 2) |x|.|w| + v |b|
//! LIBSVM   U, which is off from D by gamma(n + d + 1) (|x|.A + |b|), as P + b is at most
//!          |s - U| <= sum of |x_j| (delta(d + 2) |w_j| + 2 gamma(n + d + 1) A_j)  +  |b| (v + 2 gamma(n + d + 1))
//! ```
//!
//! [`ErrorBound`] has the largest of these coefficients of all pairs: one for each feature, so that a feature with large numbers and
//! small weights does not make the others uncertain, and one for the intercepts. A fused product has one rounding less, and sums in
//! any order no more.
//!
//! Underflow: a conversion or a product may also be off by 2^-150, x_j, w_j and A_j's part alike; [`ErrorBound::TINY`] in each coefficient
//! outweighs all of it. Overflow: as |x|.|w| and |b| are below bound / v, no sum is infinite where the bound is below
//! [`ErrorBound::LARGEST`]. A number that is too large for single precision makes the bound infinite, and no value is above that.
// Shapes are those of `Champions::new`: k classes of `groups` times n_features weights, and rows of n_features numbers.
#![allow(clippy::indexing_slicing)]

use std::array;

use super::champion_lanes::{PairBuffers, PairWeights};
use super::cpu::{AddProduct, Cpu, SingleWork};
use super::error_bound::{ErrorBound, Largest};
use super::lanes::{SINGLES, Singles, products, products_of_rows};
use super::votes::pair_index;

/// Rows whose sums run side by side.
const GROUP: usize = 4;

/// Classes that are tried for a row before it is left to double precision.
const TRIES: usize = 4;

/// With fewer classes, a product with each pair in double precision is less work than two of sixteen lanes.
const CLASSES_OF_TRIES_MIN: usize = 5;

/// With more classes, products of sixteen rows with all pairs are more work than with the classes that are tried.
const CLASSES_OF_PAIRS_MAX: usize = 10;

/// Fewest rows that go side by side against all pairs.
const SIDE_BY_SIDE_MIN: usize = 6;

/// What a linear model with several classes needs to find the one that wins all its pairs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Champions {
    n_classes: usize,
    n_features: usize,
    /// A product with each class: the sum of its pairs' weights, each of length one.
    likely: WeightLanes,
    /// For each class its values against the others; above zero it wins. Empty where there are so few classes that none is tried.
    against_others: Vec<WeightLanes>,
    /// All pairs, where there are few.
    pairs: Option<PairWeights>,
    bound: ErrorBound,
}

/// Weights side by side, and what is added to their products; lanes left over are zero but for that.
#[derive(Debug, Clone, PartialEq)]
struct WeightLanes {
    /// (groups of sixteen vectors, n_features).
    weights: Vec<Singles>,
    /// (groups).
    intercept: Vec<Singles>,
}

impl WeightLanes {
    /// `vectors` in double precision, each with its intercept; lanes left over have `spare` as theirs.
    fn new(vectors: &[(Vec<f64>, f64)], n_features: usize, spare: f32) -> WeightLanes {
        let groups = vectors.len().div_ceil(SINGLES);
        let mut weights = vec![Singles::ZERO; groups * n_features];
        let mut intercept = vec![Singles([spare; SINGLES]); groups];
        for (index, (vector, offset)) in vectors.iter().enumerate() {
            let (group, lane) = (index / SINGLES, index % SINGLES);
            intercept[group].0[lane] = *offset as f32;
            for (lanes, weight) in weights[group * n_features..].iter_mut().zip(vector) {
                lanes.0[lane] = *weight as f32;
            }
        }
        WeightLanes { weights, intercept }
    }
}

impl Champions {
    /// Numbers of support vectors up to this let no sum in LIBSVM's order overflow either, for a row in the range of single precision.
    pub const VECTOR_MAX: f64 = 1e200;

    /// From `weights`, (pairs, n_features), row major, and an intercept for each pair; none where numbers are too large for single precision.
    pub fn new(n_classes: usize, weights: &[f64], intercept: &[f64], largest: &Largest) -> Option<Champions> {
        let bound = ErrorBound::new(largest)?;
        let n_features = largest.weights.len();
        let pair = |class: usize, other: usize| {
            let sign = if class < other { 1.0 } else { -1.0 };
            let place = pair_index(n_classes, class, other);
            let weights = &weights[place * n_features..][..n_features];
            (weights.iter().map(|weight| sign * weight).collect::<Vec<f64>>(), sign * intercept[place])
        };
        let others = |class: usize| (0..n_classes).filter(move |other| *other != class);
        let n_tried = if n_classes < CLASSES_OF_TRIES_MIN { 0 } else { n_classes };
        let mut likely = vec![(vec![0.0; n_features], 0.0); n_tried];
        let mut against_others = Vec::with_capacity(n_tried);
        for (class, (sums, offset)) in likely.iter_mut().enumerate() {
            let pairs: Vec<_> = others(class).map(|other| pair(class, other)).collect();
            for (weights, intercept) in &pairs {
                let length = weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight / length);
                *offset += intercept / length;
            }
            against_others.push(WeightLanes::new(&pairs, n_features, f32::MAX));
        }
        let likely = WeightLanes::new(&likely, n_features, f32::MIN);
        let pairs = (n_classes <= CLASSES_OF_PAIRS_MAX).then(|| {
            let pairs: Vec<_> = super::votes::pairs(n_classes).map(|(i, j)| pair(i, j)).collect();
            PairWeights::new(&pairs, n_features)
        });
        Some(Champions { n_classes, n_features, likely, against_others, pairs, bound })
    }

    /// Overwrites labels with the class that wins all its pairs, for each row for which it is certain.
    pub fn label(&self, cpu: Cpu, rows: &[f64], buffers: &mut ChampionBuffers, labels: &mut [Option<usize>]) {
        cpu.run_single(FindChampions { champions: self, rows, buffers, labels });
    }

    /// The class at a place among the others of `class`.
    fn other(class: usize, place: usize) -> usize {
        if place < class { place } else { place + 1 }
    }
}

/// Used again from call to call.
#[derive(Debug, Default)]
pub(super) struct ChampionBuffers {
    /// The rows in single precision, each up to whole lanes.
    rows: Vec<f32>,
    pairs: PairBuffers,
    /// Of each row.
    bounds: Vec<f32>,
    tries: Vec<Try>,
    next_tries: Vec<Try>,
}

/// A row, and a class that may win all its pairs there.
#[derive(Debug, Clone, Copy, Default)]
struct Try {
    row: usize,
    class: usize,
}

struct FindChampions<'a> {
    champions: &'a Champions,
    rows: &'a [f64],
    buffers: &'a mut ChampionBuffers,
    labels: &'a mut [Option<usize>],
}

impl SingleWork for FindChampions<'_> {
    #[inline(always)]
    fn run<A: AddProduct>(self) {
        let FindChampions { champions, rows, buffers, labels } = self;
        let Some(pairs) = champions.pairs.as_ref().filter(|_| A::SUMS == SINGLES) else {
            return champions.try_classes::<A>(rows, buffers, labels);
        };
        for (rows, labels) in rows.chunks(SINGLES * champions.n_features).zip(labels.chunks_mut(SINGLES)) {
            if labels.len() < SIDE_BY_SIDE_MIN {
                champions.try_classes::<A>(rows, buffers, labels);
            } else {
                pairs.label::<A>(champions.n_classes, &champions.bound, rows, &mut buffers.pairs, labels);
            }
        }
    }
}

impl Champions {
    /// Overwrites the labels of rows for which a class that is tried wins for certain.
    #[inline(always)]
    fn try_classes<A: AddProduct>(&self, rows: &[f64], buffers: &mut ChampionBuffers, labels: &mut [Option<usize>]) {
        if self.against_others.is_empty() {
            return;
        }
        let ChampionBuffers { rows: singles, bounds, tries, next_tries, .. } = buffers;
        let width = self.bound.slopes.len() * SINGLES;
        // every number is written before it is read
        singles.resize(singles.len().max(labels.len() * width), 0.0);
        bounds.resize(labels.len(), 0.0);
        tries.clear();
        // group by group, so that rows come from memory while others are computed
        for (group, rows) in rows.chunks(GROUP * self.n_features).enumerate() {
            let (mut chosen, mut of_bounds) = ([Try::default(); GROUP], [Singles::ZERO; GROUP]);
            let n_rows = rows.len() / self.n_features;
            for (place, row) in rows.chunks_exact(self.n_features).enumerate() {
                let index = group * GROUP + place;
                of_bounds[place] = self.bound.convert::<A>(row, &mut singles[index * width..][..width]);
                chosen[place].row = index;
            }
            for (bound, lanes) in bounds[group * GROUP..].iter_mut().zip(&of_bounds) {
                *bound = self.bound.offset + lanes.sum();
            }
            let singles = SingleRows { singles, width, n_features: self.n_features };
            self.choose::<A>(&singles, &mut chosen[..n_rows]);
            self.challenge::<A>(&singles, bounds, &chosen[..n_rows], labels, tries);
        }
        let singles = SingleRows { singles, width, n_features: self.n_features };
        for _ in 1..TRIES {
            next_tries.clear();
            for tries in tries.chunks(GROUP) {
                self.challenge::<A>(&singles, bounds, tries, labels, next_tries);
            }
            std::mem::swap(tries, next_tries);
        }
    }
}

/// Rows in single precision.
struct SingleRows<'a> {
    singles: &'a [f32],
    width: usize,
    n_features: usize,
}

impl SingleRows<'_> {
    /// The rows of at most [`GROUP`] tries, the last one again where there are fewer.
    #[inline(always)]
    fn of(&self, tries: &[Try]) -> [&[f32]; GROUP] {
        let mut rows = [self.singles; GROUP];
        for (place, row) in rows.iter_mut().enumerate() {
            let index = tries[place.min(tries.len() - 1)].row;
            *row = &self.singles[index * self.width..][..self.n_features];
        }
        rows
    }
}

impl Champions {
    /// Gives each try the class that is likely to win.
    #[inline(always)]
    fn choose<A: AddProduct>(&self, rows: &SingleRows<'_>, tries: &mut [Try]) {
        let rows = rows.of(tries);
        let mut most = [(i32::MIN, 0); GROUP];
        let groups = self.likely.weights.chunks_exact(self.n_features).zip(&self.likely.intercept);
        for (group, (weights, intercept)) in groups.enumerate() {
            let sums = products_of_rows::<A, GROUP>(rows, weights);
            for (sums, most) in sums.iter().zip(&mut most) {
                let key = keys(sums.plus(*intercept)).into_iter().fold(i32::MIN, i32::max);
                *most = if key > most.0 { (key, group) } else { *most };
            }
        }
        for (each, (key, group)) in tries.iter_mut().zip(most) {
            // of numbers that are too large for single precision any lane may be the largest
            each.class = (group * SINGLES + from_key(key).1).min(self.n_classes - 1);
        }
    }

    /// Labels the rows that are won by the class that they are tried with, and lets the other ones that are certain be tried again.
    #[inline(always)]
    fn challenge<A: AddProduct>(
        &self,
        rows: &SingleRows<'_>,
        bounds: &[f32],
        tries: &[Try],
        labels: &mut [Option<usize>],
        next_tries: &mut Vec<Try>,
    ) {
        let rows = rows.of(tries);
        let mut others = [&self.likely; GROUP];
        for (place, others) in others.iter_mut().enumerate() {
            *others = &self.against_others[tries[place.min(tries.len() - 1)].class];
        }
        let mut closest = [(i32::MAX, 0); GROUP];
        for group in 0..others[0].intercept.len() {
            let weights = others.map(|others| &others.weights[group * self.n_features..][..self.n_features]);
            let sums = products::<A, GROUP>(rows, weights);
            for ((sums, others), closest) in sums.iter().zip(&others).zip(&mut closest) {
                let key = keys(sums.plus(others.intercept[group])).into_iter().fold(i32::MAX, i32::min);
                *closest = if key < closest.0 { (key, group) } else { *closest };
            }
        }
        for (each, (key, group)) in tries.iter().zip(closest) {
            let ((value, lane), bound) = (from_key(key), bounds[each.row]);
            if ErrorBound::is_certain(value, bound) {
                labels[each.row] = Some(each.class);
            } else if ErrorBound::is_certain(-value, bound) {
                next_tries.push(Try { row: each.row, class: Self::other(each.class, group * SINGLES + lane) });
            }
        }
    }
}

/// Numbers in their order as whole numbers, each with its lane in the last bits.
///
/// A number is rounded down for it. As a whole number the sign is that of a complement, not of a magnitude; and the compiler
/// finds the smallest and the largest of whole numbers side by side.
#[inline(always)]
fn keys(Singles(values): Singles) -> [i32; SINGLES] {
    array::from_fn(|lane| ordered(values[lane].to_bits().cast_signed()) & !LANE_BITS | lane as i32)
}

/// The lowest bits of a key.
const LANE_BITS: i32 = SINGLES as i32 - 1;

/// From bits of numbers to whole numbers in the same order, and back.
#[inline(always)]
fn ordered(bits: i32) -> i32 {
    bits ^ ((bits >> 31) & i32::MAX)
}

/// A key's number and lane.
#[inline(always)]
fn from_key(key: i32) -> (f32, usize) {
    (f32::from_bits(ordered(key & !LANE_BITS).cast_unsigned()), (key & LANE_BITS) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::pairs;

    /// Numbers between -1 and 1 that are all different.
    fn numbers(count: usize, seed: f64) -> Vec<f64> {
        (1..=count).map(|index| 2.0 * ((index as f64 + seed) * 0.618_033_988_749_894_9).fract() - 1.0).collect()
    }

    /// From weights, (pairs, n_features), that no sum over support vectors stands behind.
    fn champions(n_classes: usize, n_features: usize, weights: &[f64], intercept: &[f64]) -> Option<Champions> {
        let largest = Largest {
            weights: (0..n_features)
                .map(|feature| weights[feature..].iter().step_by(n_features).fold(0.0, |most, w| w.abs().max(most)))
                .collect(),
            magnitudes: vec![0.0; n_features],
            intercept: intercept.iter().fold(0.0, |most, b| b.abs().max(most)),
            roundings: 0.0,
        };
        Champions::new(n_classes, weights, intercept, &largest)
    }

    fn labels(champions: &Champions, rows: &[f64], cpu: Cpu) -> Vec<Option<usize>> {
        let mut labels = vec![None; rows.len() / champions.n_features];
        champions.label(cpu, rows, &mut ChampionBuffers::default(), &mut labels);
        labels
    }

    /// The class that wins all its pairs in double precision.
    fn winner(n_classes: usize, weights: &[f64], intercept: &[f64], row: &[f64]) -> Option<usize> {
        let wins = |class: usize, other: usize| {
            let place = pair_index(n_classes, class, other);
            let weights = &weights[place * row.len()..][..row.len()];
            let value = row.iter().zip(weights).fold(intercept[place], |sum, (x, w)| sum + x * w);
            (value > 0.0) == (class < other)
        };
        (0..n_classes).find(|class| (0..n_classes).all(|other| other == *class || wins(*class, other)))
    }

    #[test]
    fn the_class_that_wins_all_its_pairs_is_found() {
        for (n_classes, n_features) in [(2, 7), (4, 18), (6, 1), (6, 16), (10, 64), (17, 33), (40, 5)] {
            // the border of a pair lies about half way between two points
            let points = numbers(n_classes * n_features, 0.25);
            let point = |class: usize| &points[class * n_features..][..n_features];
            let (mut weights, mut intercept) = (vec![], vec![]);
            for (i, j) in pairs(n_classes) {
                weights.extend(point(i).iter().zip(point(j)).map(|(from, to)| from - to));
                intercept.push(point(j).iter().zip(point(i)).map(|(to, from)| (to * to - from * from) / 2.0).sum());
            }
            let noise = numbers(weights.len(), 0.5);
            weights.iter_mut().zip(noise).for_each(|(weight, noise)| *weight += noise / 50.0);
            let champions = champions(n_classes, n_features, &weights, &intercept).unwrap();
            let rows = numbers(1_001 * n_features, 0.75);
            for cpu in Cpu::available() {
                // together, against all pairs or class by class, and alone
                let together = labels(&champions, &rows, cpu);
                let alone = rows.chunks(n_features).flat_map(|row| labels(&champions, row, cpu)).collect();
                let (is_tried, is_wide) = (n_classes >= CLASSES_OF_TRIES_MIN, cpu.name() == "avx512");
                for (labels, is_found) in [(together, is_tried || is_wide), (alone, is_tried)] {
                    let labels: Vec<_> = labels;
                    for (row, label) in rows.chunks(n_features).zip(&labels) {
                        assert!(label.is_none() || *label == winner(n_classes, &weights, &intercept, row));
                    }
                    let n_found = labels.iter().flatten().count();
                    let expected = if is_found { 851..=1_001 } else { 0..=0 };
                    assert!(expected.contains(&n_found), "{n_classes} classes, {n_features} features: {n_found}");
                }
            }
        }
    }

    #[test]
    fn a_class_that_loses_is_followed_by_the_one_that_it_loses_to() {
        // class c is at c on a line, far from the others: the middle of all is likely, and never wins alone
        let n_classes = 20;
        let pairs: Vec<(usize, usize)> = pairs(n_classes).collect();
        let weights: Vec<f64> = pairs.iter().map(|(i, j)| (*i as f64 - *j as f64) * 2.0).collect();
        let intercept: Vec<f64> = pairs.iter().map(|(i, j)| (j * j) as f64 - (i * i) as f64).collect();
        let champions = champions(n_classes, 1, &weights, &intercept).unwrap();
        let rows: Vec<f64> = (0..n_classes).map(|class| class as f64 + 0.25).collect();
        let found = labels(&champions, &rows, Cpu::best());
        assert_eq!(found, (0..n_classes).map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn the_bound_is_needed_to_its_half() {
        // every product but the first is lost in the sum, which is 1; class 0 wins in truth, and class 1 seems to
        let (n_classes, n_features, unit) = (6, 200, f64::from(f32::EPSILON) / 2.0);
        let n_pairs = n_classes * (n_classes - 1) / 2;
        let mut weights = vec![0.0; n_pairs * n_features];
        weights[..n_features].fill(0.99 * unit);
        weights[0] = 1.0;
        let mut intercept = vec![1.0; n_pairs];
        intercept[0] = -1.0 - 0.98 * unit * (n_features - 1) as f64;
        let row = vec![1.0; n_features];
        assert_eq!(winner(n_classes, &weights, &intercept, &row), Some(0));
        let champions = champions(n_classes, n_features, &weights, &intercept).unwrap();
        let mut half = champions.clone();
        half.bound.offset /= 2.0;
        half.bound.slopes.iter_mut().flat_map(|slopes| &mut slopes.0).for_each(|slope| *slope /= 2.0);
        for cpu in Cpu::available() {
            assert_eq!(labels(&champions, &row, cpu), [None]);
            assert_eq!(labels(&half, &row, cpu), [Some(1)]);
        }
    }

    #[test]
    fn the_factor_outweighs_what_the_derivation_leaves_out() {
        let (unit, most) = (f64::from(f32::EPSILON) / 2.0, (ErrorBound::FEATURES_MAX + 20) as f64);
        let delta = most * unit / (1.0 - most * unit);
        assert!((1.0 + delta) * (1.0 + delta) < ErrorBound::FACTOR);
        // one feature more, and there is none
        let wide = |n_features| champions(6, n_features, &vec![1.0; 15 * n_features], &[1.0; 15]).is_some();
        assert!(wide(ErrorBound::FEATURES_MAX) && !wide(ErrorBound::FEATURES_MAX + 1));
        // v in the least coefficient outweighs 2^-150 for all that underflow may touch
        assert!(ErrorBound::TINY > 2.0_f64.powi(-148) * most);
        // what is below bound / v is finite
        assert!(f64::from(ErrorBound::LARGEST) / unit < f64::from(f32::MAX));
    }

    #[test]
    fn numbers_at_the_ends_of_single_precision_are_left_to_double() {
        let (weights, intercept) = (numbers(15 * 3, 0.25), numbers(15, 0.5));
        let champions = champions(6, 3, &weights, &intercept).unwrap();
        for row in [[1e39, 1.0, 1.0], [-1e300, 1e300, 0.0], [3e38; 3], [3e30, -3e30, 3e30], [f64::MAX; 3]] {
            assert_eq!(labels(&champions, &row, Cpu::best()), [None], "{row:?}");
            assert_eq!(labels(&champions, &row.repeat(SINGLES), Cpu::best()), [None; SINGLES], "{row:?}");
        }
        // nothing but what is lost in single precision
        let tiny = super::tests::champions(6, 3, &numbers(15 * 3, 0.25), &[1e-50; 15]).unwrap();
        for x in [1e-46, 1e-320, 0.0] {
            assert_eq!(labels(&tiny, &[x, -x, x], Cpu::best()), [None], "{x:e}");
            assert_eq!(labels(&tiny, &[x, -x, x].repeat(SINGLES), Cpu::best()), [None; SINGLES], "{x:e}");
        }
        let small: Vec<f64> = weights.iter().map(|weight| weight * 1e-40).collect();
        let small = super::tests::champions(6, 3, &small, &[0.0; 15]).unwrap();
        assert_eq!(labels(&small, &[1.0, -1.0, 1.0], Cpu::best()), [None]);
        assert_eq!(labels(&small, &[1.0, -1.0, 1.0].repeat(SINGLES), Cpu::best()), [None; SINGLES]);
    }
}
