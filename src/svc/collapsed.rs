//! A linear kernel collapses: the sum of `coef (x.s)` over the support vectors is `x.w` with `w` the sum of `coef s`, one `w` for
//! each pair of classes, computed once. What is left of a row is one product for each pair, however many support vectors there are.
//!
//! # Labels only
//!
//! Rounding differs from LIBSVM's order, so a label is taken from these values only where it is proven to be the one of LIBSVM's
//! order; any other row is computed again in that order. Decision values and probabilities are not made of them: one-vs-rest values jump
//! by one where a pair's value changes its sign, the pairwise coupling stops at another sweep, and the sign of a decision value has to
//! agree with the label. They would differ within the rounding of one pair's value, but not within any bound of theirs.
//!
//! # The proof
//!
//! With u = 2^-53, gamma(m) = m u / (1 - m u), n support vectors and d features; |x|.A is the sum over the features of |x_j| A_j, where
//! A_j is the sum of |coef| |s_j| over the support vectors of the pair (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
//! section 3.1, lemma 3.1 and 3.3):
//!
//! ```text
//! exact    D = sum of coef (x.s) + b
//! LIBSVM   U: d roundings in each x.s, n in the sum, one for b   |U - D| <= gamma(n + d + 1) (|x|.A + |b|)
//! here     V: n roundings in each w_j, d in x.w, one for b       |V - D| <= gamma(n + d + 1) (|x|.A + |b|)
//! so       |U - V| <= 2 gamma(n + d + 1) (|x|.A + |b|) <= 2 gamma(n + d + 1) (|x|_1 max A_j + |b|)
//! ```
//!
//! Underflow: a product may also be off by 2^-1075 (section 2.1), which adds at most
//! `2^-1075 (d sum|coef| + n + d + n |x|_1)` to each side; [`Bound::TINY`] outweighs it. Overflow: rows whose |x|_1 is so large that a
//! partial sum on either side might not be finite are computed in LIBSVM's order, and so are NaN and infinities, which compare as false.
//! Where `|V| > bound`, U has the sign of V, and so the vote is LIBSVM's.
//!
//! Most labels are found by less work still, in single precision: see [`champions`](super::champions), which leaves the others to these values.
//!
//! # Memory
//!
//! d numbers for each of the k (k - 1) / 2 pairs, and up to three times as much in single precision; a model with more pairs than support
//! vectors keeps only these.
// `Svc::new` has checked that n_support has k counts that add up to the support vectors, and dual_coef_by_vector k - 1 numbers for each.
#![allow(clippy::indexing_slicing)]

use std::mem;

use super::blocks::put;
use super::champions::{ChampionBuffers, Champions};
use super::cpu::{Cpu, Work};
use super::error_bound::Largest;
use super::lanes::{LANES, Lanes, SIDE_BY_SIDE_MIN};
use super::products::Multiply;
use super::votes::pairs;

/// The weights of each pair, and how far their values may be from LIBSVM's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Collapsed {
    n_classes: usize,
    /// (n_features, pairs), row major: what a feature adds to all pairs lies together.
    weights: Vec<f64>,
    /// (pairs).
    intercept: Vec<f64>,
    bound: Bound,
    champions: Option<Champions>,
    /// Whether the weights are less work than the support vectors for a row alone too.
    is_for_one: bool,
}

/// Bounds the difference of the values from those in LIBSVM's order, by the sum of a row's magnitudes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    /// Of `|x|_1`.
    slope: f64,
    offset: f64,
    /// The largest `|x|_1` for which no sum overflows.
    norm_max: f64,
}

impl Bound {
    /// Outweighs what underflow adds: with (n + d + 1) u before it, it is more than 2^-1074 (n + d + 1).
    const TINY: f64 = f64::MIN_POSITIVE;

    /// Above 2 gamma(m) / u for all m up to 2^33, also after the roundings in the bound itself, fewer than 2 m + 10.
    const FACTOR: f64 = 2.1;

    /// No sum of numbers whose magnitudes add up to this is infinite.
    const SUM_MAX: f64 = 1e300;

    /// `roundings`: 2 gamma(n + d + 1), or more. `coef_max`: the largest sum of |coef| of a pair; `weight_max`: the largest A_j; `vector_max`: the largest |s_j|.
    fn new(roundings: f64, coef_max: f64, weight_max: f64, vector_max: f64, intercept_max: f64) -> Option<Bound> {
        let bound = Bound {
            slope: roundings * (weight_max + Self::TINY),
            offset: roundings * (intercept_max + Self::TINY * (1.0 + coef_max)),
            norm_max: Self::SUM_MAX / weight_max.max(vector_max).max(1.0),
        };
        let is_finite =
            [weight_max, intercept_max, coef_max, bound.slope, bound.offset].iter().all(|x| *x < Self::SUM_MAX);
        (is_finite && bound.norm_max >= 1.0).then_some(bound)
    }
}

impl Collapsed {
    /// The weights of a model with a linear kernel; none for more pairs than support vectors, and for numbers that may overflow.
    ///
    /// The arguments are parts of one model, as [`SvcParts`](super::SvcParts) has them, and `dual_coef_by_vector`, (n_sv, n_classes - 1).
    pub fn new(
        n_features: usize,
        n_support: &[usize],
        support_vectors: &[f64],
        dual_coef_by_vector: &[f64],
        intercept: &[f64],
    ) -> Option<Collapsed> {
        let (k, n_sv) = (n_support.len(), support_vectors.len() / n_features);
        if intercept.len() > n_sv {
            return None;
        }
        let starts: Vec<usize> = n_support.iter().scan(0, |end, n| Some(mem::replace(end, *end + n))).collect();
        let mut weights = vec![0.0; intercept.len() * n_features];
        let (mut magnitudes, mut coef_max) = (vec![0.0; n_features], 0.0_f64);
        let (mut weights_max, mut magnitudes_max) = (vec![0.0; n_features], vec![0.0; n_features]);
        for ((i, j), weights) in pairs(k).zip(weights.chunks_exact_mut(n_features)) {
            magnitudes.fill(0.0);
            let mut coef_sum = 0.0;
            // the coefficient of a vector of class i against j is at place j - 1, that of a vector of class j against i at i
            for (class, place) in [(i, j - 1), (j, i)] {
                for vector in starts[class]..starts[class] + n_support[class] {
                    let coef = dual_coef_by_vector[vector * (k - 1) + place];
                    coef_sum += coef.abs();
                    let vector = &support_vectors[vector * n_features..][..n_features];
                    for ((weight, magnitude), s) in weights.iter_mut().zip(&mut magnitudes).zip(vector) {
                        *weight += coef * s;
                        *magnitude += (coef * s).abs();
                    }
                }
            }
            coef_max = coef_max.max(coef_sum);
            keep_largest(weights, &mut weights_max);
            keep_largest(&magnitudes, &mut magnitudes_max);
        }
        let largest = |numbers: &[f64]| numbers.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
        let [weight_max, vector_max, intercept_max] = [&magnitudes_max, support_vectors, intercept].map(largest);
        let roundings = Bound::FACTOR * (f64::EPSILON / 2.0) * (n_sv + n_features + 1) as f64;
        let bound = Bound::new(roundings, coef_max, weight_max, vector_max, intercept_max)?;
        let largest = Largest { weights: weights_max, magnitudes: magnitudes_max, intercept: intercept_max, roundings };
        let champions =
            if vector_max < Champions::VECTOR_MAX { Champions::new(k, &weights, intercept, &largest) } else { None };
        let of_feature = |feature: usize| weights.iter().skip(feature).step_by(n_features).copied();
        let weights = (0..n_features).flat_map(of_feature).collect();
        let is_for_one = LANES * intercept.len() <= n_sv;
        Some(Collapsed { n_classes: k, weights, intercept: intercept.to_vec(), bound, champions, is_for_one })
    }

    /// Overwrites the labels that are certain. `rows`: one for each label, row major.
    pub fn label(&self, cpu: Cpu, rows: &[f64], buffers: &mut CollapsedBuffers, labels: &mut [Option<usize>]) {
        let n_features = self.weights.len() / self.intercept.len();
        let n_rows = labels.len();
        let Some(champions) = &self.champions else {
            if n_rows >= SIDE_BY_SIDE_MIN || self.is_for_one {
                for (rows, labels) in rows.chunks(LANES * n_features).zip(labels.chunks_mut(LANES)) {
                    self.label_eight(cpu, rows.chunks_exact(n_features), buffers);
                    labels.iter_mut().zip(buffers.winners).for_each(|(label, winner)| *label = class(winner));
                }
            }
            return;
        };
        champions.label(cpu, rows, &mut buffers.champions, labels);
        let mut left = mem::take(&mut buffers.left);
        left.clear();
        left.extend((0..n_rows).filter(|index| labels[*index].is_none()));
        if left.len() >= SIDE_BY_SIDE_MIN || self.is_for_one {
            for left in left.chunks(LANES) {
                let rows = left.iter().map(|index| &rows[index * n_features..][..n_features]);
                self.label_eight(cpu, rows, buffers);
                for (index, winner) in left.iter().zip(buffers.winners) {
                    labels[*index] = class(winner);
                }
            }
        }
        buffers.left = left;
    }

    /// Overwrites the buffers' winners with those of at most eight rows.
    fn label_eight<'r>(&self, cpu: Cpu, rows: impl Iterator<Item = &'r [f64]>, buffers: &mut CollapsedBuffers) {
        buffers.rows.clear();
        buffers.rows.resize(self.weights.len() / self.intercept.len(), Lanes::ZERO);
        for (lane, row) in rows.enumerate() {
            put(&mut buffers.rows, lane, row);
        }
        cpu.run(EightLabels { collapsed: self, buffers });
    }
}

/// The class that a winner stands for.
fn class(winner: f64) -> Option<usize> {
    (winner >= 0.0).then_some(winner as usize)
}

/// Replaces the numbers that are smaller in magnitude.
fn keep_largest(numbers: &[f64], largest: &mut [f64]) {
    largest.iter_mut().zip(numbers).for_each(|(largest, number)| *largest = largest.max(number.abs()));
}

/// What rows leave.
#[derive(Debug, Default)]
pub(super) struct CollapsedBuffers {
    /// Rows that single precision leaves.
    left: Vec<usize>,
    champions: ChampionBuffers,
    /// Eight rows, one [`Lanes`] for each feature.
    rows: Vec<Lanes>,
    /// Products of each pair.
    products: Vec<Lanes>,
    /// Votes for each class.
    votes: Vec<Lanes>,
    /// For each lane the class with the most votes, or -1 where it is not certain.
    winners: [f64; LANES],
}

/// Eight rows against the weights of one pair after the other.
struct EightLabels<'a> {
    collapsed: &'a Collapsed,
    buffers: &'a mut CollapsedBuffers,
}

impl Work for EightLabels<'_> {
    #[inline(always)]
    fn run(self) {
        let EightLabels { collapsed, buffers: CollapsedBuffers { rows, products, votes, winners, .. } } = self;
        let Collapsed { n_classes, weights, intercept, bound, .. } = collapsed;
        Multiply { rows, weights, out: &mut *products }.run();
        votes.clear();
        votes.resize(*n_classes, Lanes::ZERO);
        let closest = vote(products, intercept, votes);
        let mut norm = Lanes::ZERO;
        for x in rows {
            for lane in 0..LANES {
                norm.0[lane] += x.0[lane].abs();
            }
        }
        *winners = most_votes(votes);
        for (winner, (closest, norm)) in winners.iter_mut().zip(closest.0.iter().zip(norm.0)) {
            // values and norms that are not finite are beyond `norm_max`, which NaN is too
            let is_certain = *closest > bound.slope * norm + bound.offset && norm <= bound.norm_max;
            *winner = if is_certain { *winner } else { -1.0 };
        }
    }
}

/// Adds the votes of all pairs, and gives the smallest magnitude of a value.
#[inline(always)]
fn vote(products: &[Lanes], intercept: &[f64], votes: &mut [Lanes]) -> Lanes {
    let mut closest = Lanes([f64::INFINITY; LANES]);
    let mut pairs = products.iter().zip(intercept);
    for i in 0..votes.len() {
        let (first, others) = votes[i..].split_at_mut(1);
        for ((product, intercept), second) in pairs.by_ref().take(others.len()).zip(others) {
            for lane in 0..LANES {
                let value = product.0[lane] + intercept;
                let magnitude = value.abs();
                closest.0[lane] = if magnitude >= closest.0[lane] { closest.0[lane] } else { magnitude };
                let for_first = if value > 0.0 { 1.0 } else { 0.0 };
                first[0].0[lane] += for_first;
                second.0[lane] += 1.0 - for_first;
            }
        }
    }
    closest
}

/// For each lane the class with the most votes, the first one on a tie.
#[inline(always)]
fn most_votes(votes: &[Lanes]) -> [f64; LANES] {
    let (mut most, mut winner) = ([-1.0; LANES], [0.0; LANES]);
    for (class, votes) in votes.iter().enumerate() {
        for lane in 0..LANES {
            let is_more = votes.0[lane] > most[lane];
            most[lane] = if is_more { votes.0[lane] } else { most[lane] };
            winner[lane] = if is_more { class as f64 } else { winner[lane] };
        }
    }
    winner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::{DecisionFunctionShape, Kernel, Svc, SvcParts, Workspace};

    /// Numbers between -1 and 1 that are all different.
    fn numbers(count: usize, seed: f64) -> Vec<f64> {
        (1..=count).map(|index| 2.0 * ((index as f64 + seed) * 0.618_033_988_749_894_9).fract() - 1.0).collect()
    }

    fn parts(n_support: &[usize], n_features: usize, seed: f64) -> SvcParts {
        let (k, n_sv) = (n_support.len(), n_support.iter().sum::<usize>());
        SvcParts {
            kernel: Kernel::Linear,
            n_features_in: n_features,
            n_support: n_support.to_vec(),
            support_vectors: numbers(n_sv * n_features, seed),
            dual_coef: numbers((k - 1) * n_sv, seed + 0.25),
            intercept: numbers(k * (k - 1) / 2, seed + 0.5),
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        }
    }

    /// All labels: those by the weights where they are certain, and those in LIBSVM's order.
    fn labels(svc: &Svc, rows: &[f64], cpu: Cpu) -> (Vec<Option<usize>>, Vec<usize>) {
        let collapsed = svc.collapsed.as_ref().unwrap();
        let (mut buffers, mut certain) = (CollapsedBuffers::default(), vec![]);
        for row in rows.chunks(svc.n_features_in()) {
            let mut labels = [None; LANES];
            collapsed.label(cpu, &row.repeat(LANES), &mut buffers, &mut labels);
            assert_eq!(labels, [labels[0]; LANES]);
            certain.push(labels[0]);
        }
        let mut exact = vec![];
        svc.for_each_row(rows, &mut Workspace::on(cpu), |mut row| exact.push(row.predict()));
        (certain, exact)
    }

    /// Appends rows on both sides of a border, closer and closer, down to neighbouring numbers; nothing if there is none between.
    fn towards_a_border(svc: &Svc, from: &[f64], to: &[f64], out: &mut Vec<f64>) {
        let label = |row: &[f64]| {
            let mut label = 0;
            svc.for_each_row(row, &mut Workspace::default(), |mut row| label = row.predict());
            label
        };
        let at = |t: f64| from.iter().zip(to).map(|(from, to)| from + (to - from) * t).collect::<Vec<_>>();
        let (mut low, mut high, first) = (0.0, 1.0, label(from));
        if label(to) == first {
            return;
        }
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            let row = at(middle);
            if label(&row) == first {
                low = middle
            } else {
                high = middle
            }
            out.extend(row);
        }
    }

    #[test]
    fn certain_labels_are_those_of_libsvms_order_and_near_a_border_none_is() {
        for (index, (n_support, n_features)) in [
            (vec![3, 4], 1),
            (vec![30, 9, 20], 5),
            (vec![9; 5], 17),
            (vec![7; 7], 30),
            (vec![12; 10], 8),
            (vec![10; 20], 3),
        ]
        .into_iter()
        .enumerate()
        {
            let made = parts(&n_support, n_features, index as f64);
            let intercept = made.intercept.iter().map(|intercept| intercept / 10.0).collect();
            let svc = Svc::new(SvcParts { intercept, ..made }).unwrap();
            let mut rows: Vec<f64> = numbers(40 * n_features, 0.75).iter().map(|x| x * 3.0).collect();
            let far = rows.clone();
            for pair in far.chunks(2 * n_features) {
                let (from, to) = pair.split_at(n_features);
                towards_a_border(&svc, from, to, &mut rows);
            }
            let mut seen = None;
            for cpu in Cpu::available() {
                let (certain, exact) = labels(&svc, &rows, cpu);
                assert!(certain.iter().zip(&exact).all(|(label, exact)| label.is_none_or(|label| label == *exact)));
                let n_certain = |labels: &[Option<usize>]| labels.iter().flatten().count();
                assert_eq!(n_certain(&certain[..40]), 40, "{n_support:?}");
                // the last of each sixty lie next to the border
                let borders: Vec<_> = certain[40..].chunks(60).collect();
                assert!(borders.len() > 3, "{n_support:?}");
                assert!(borders.iter().all(|rows| rows[0].is_some() && rows[59].is_none()), "{n_support:?}");
                // the same on every CPU
                assert_eq!(*seen.get_or_insert(certain.clone()), certain);
                let mut asked = vec![];
                svc.for_each_label(&rows, &mut Workspace::on(cpu), |label| asked.push(label));
                assert_eq!(asked, exact);
            }
        }
    }

    #[test]
    fn rows_alone_and_among_others_have_the_same_labels() {
        let svc = Svc::new(parts(&[9, 8, 7], 3, 0.0)).unwrap();
        let rows = numbers(21 * 3, 0.5);
        let ask = |n_rows: usize| {
            let (mut labels, mut workspace) = (vec![], Workspace::default());
            for rows in rows.chunks(3 * n_rows) {
                svc.for_each_label(rows, &mut workspace, |label| labels.push(label));
            }
            labels
        };
        assert!([2, 3, 7, 8, 21].map(ask).iter().all(|labels| *labels == ask(1)));
    }

    #[test]
    fn a_label_that_hangs_on_zero_is_not_certain() {
        // a row of zeros leaves the intercepts, and one of them is zero
        let made = SvcParts { intercept: vec![1.0, 0.0, -1.0], ..parts(&[2, 2, 2], 2, 0.0) };
        let (certain, exact) = labels(&Svc::new(made).unwrap(), &[0.0; 2], Cpu::best());
        assert_eq!((certain, exact), (vec![None], vec![2]));
        // no weights at all
        let made = parts(&[2, 2], 2, 0.0);
        let made = SvcParts { dual_coef: vec![0.0; 4], intercept: vec![0.0], ..made };
        assert_eq!(labels(&Svc::new(made).unwrap(), &[5.0, -7.0], Cpu::best()), (vec![None], vec![1]));
    }

    #[test]
    fn numbers_near_the_ends_of_their_range_are_computed_in_libsvms_order() {
        let svc = Svc::new(parts(&[5, 5, 5], 2, 0.0)).unwrap();
        for row in [[1e301, 0.0], [f64::MAX, f64::MAX], [-1e308, 1e308]] {
            assert_eq!(labels(&svc, &row, Cpu::best()).0, [None], "{row:?}");
        }
        // products of the smallest numbers are lost in one order and not in the other
        let tiny = |x: f64| SvcParts {
            support_vectors: numbers(30, 0.0).iter().map(|s| s * x).collect(),
            intercept: vec![0.0; 3],
            ..parts(&[5, 5, 5], 2, 0.0)
        };
        for (scale, row) in [(1e-200, [1e-124, 1e-124]), (1e-323, [1.0, 1.0]), (1e-300, [1e-23, 1e-23])] {
            assert_eq!(labels(&Svc::new(tiny(scale)).unwrap(), &row, Cpu::best()).0, [None], "{scale:e}");
        }
        let (certain, exact) = labels(&Svc::new(tiny(1e-200)).unwrap(), &[1.0, -1.0], Cpu::best());
        assert_eq!(certain, [Some(exact[0])]);
    }

    #[test]
    fn only_linear_kernels_with_fewer_pairs_than_vectors_collapse() {
        let collapses = |parts: SvcParts| Svc::new(parts).unwrap().collapsed.is_some();
        let linear = || parts(&[2, 2, 2], 2, 0.0);
        assert!(collapses(linear()));
        assert!(!collapses(SvcParts { kernel: Kernel::Rbf { gamma: 0.5 }, ..linear() }));
        assert!(!collapses(SvcParts { break_ties: true, ..linear() }));
        assert!(collapses(SvcParts { break_ties: true, ..parts(&[2, 2], 2, 0.0) }));
        assert!(!collapses(parts(&[1; 4], 2, 0.0)));
        assert!(!collapses(SvcParts { support_vectors: vec![1e308; 12], ..linear() }));
        assert!(!collapses(SvcParts { dual_coef: vec![1e301; 12], ..linear() }));
    }

    #[test]
    fn single_precision_is_for_numbers_in_its_range() {
        let tries = |parts: SvcParts| Svc::new(parts).unwrap().collapsed.unwrap().champions.is_some();
        let many = || parts(&[3; 6], 2, 0.0);
        assert!(tries(many()));
        assert!(!tries(SvcParts { support_vectors: vec![1e25; 36], ..many() }));
        assert!(!tries(SvcParts { intercept: vec![-1e25; 15], ..many() }));
        assert!(!tries(SvcParts { support_vectors: vec![1e201; 36], dual_coef: vec![1e-201; 90], ..many() }));
    }
}
