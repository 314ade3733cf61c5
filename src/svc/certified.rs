//! Labels of an RBF kernel in single precision, where they are proven to be those of LIBSVM's order.
//!
//! Kernel values in single precision are computed sixteen side by side, with fused products, from half the memory. Each pair's value
//! comes with a bound of its distance from LIBSVM's. A class whose k - 1 pairs are won beyond the bound has the most votes, whatever the
//! other pairs say; any other row is left to double precision.
//!
//! # The proof
//!
//! With u = 2^-24, delta(m) = m u / (1 - m u), d features, a centre c near the support vectors, and g = sqrt(gamma / ln 2):
//!
//! ```text
//! exact    y = g (x - c), z = g (s - c), Q = |y - z|^2, K = 2^-Q, D = sum of coef K + b
//! here     y, z: 1 rounding of each number to single precision (those in double precision before it are below u 2^-27)
//!          p: 1 rounding of each y_j and z_j, 1 in each product, and in the sum 1 less than a part ([`PART`]) has features and 1 less than
//!          there are parts; so with m = min(d, PART) + parts + 1   |p - y.z| <= delta(m) |y| |z|
//!          q = (|y|^2 + |z|^2) - 2 p: 1 rounding of each square, of their sum, and of the difference
//!          |q - Q| <= 2 u (|y|^2 + |z|^2) + 2 delta(m) |y| |z| + u N  <=  (m / 2 + 2) u N,   N = (|y| + |z|)^2
//! E        = (m / 2 + 4) u N, 2 u N of it for LIBSVM's own roundings: a kernel value of its is off by less than (d + 3) 2^-52 Q,
//!            relative to it
//! K'       = 2^-q (1 + e), |e| <= 8 u ([`exp2`])
//!          |K' - K| <= K' (2^E (1 + 8.1 u) - 1)  <=  K' (0.71 E + 9 u)   for E <= 1/16
//! value    v: 1 rounding of each coef, and with B blocks of sixteen for a class at most B + 15 in its sum, 2 more for the other class and b
//!          |v - D| <= W (0.71 E + 9 u + delta(B + 19)) + u |b|,   W = sum of |coef| K'
//! ```
//!
//! All coefficients of a class in a pair have one sign, so W is the sum of the magnitudes of the two classes' sums, and costs nothing.
//!
//! Small values: q is cut off at [`EXPONENT_MAX`](super::exp2::EXPONENT_MAX), where K and K' are below 2^-119 and so differ by less, which [`FAR`] times the sum of
//! |coef| outweighs. Underflow: a conversion or a product may be off by 2^-150, for up to [`VECTORS_MAX`] vectors; [`TINY`] outweighs it.
//! Large numbers: N is made in double precision, and a row for which E is above 1/16, or not a number, is not certain; below it no
//! number here is beyond single precision.
// Shapes are those of `Certified::new`: blocks of a class stand together, (blocks, n_features) and (blocks, n_classes - 1).
#![allow(clippy::indexing_slicing)]

use std::f64;

use super::lanes::{PART, SINGLES, Singles};

/// Half the spacing of numbers above 1.
pub(super) const UNIT: f64 = f32::EPSILON as f64 / 2.0;

/// Above all that the derivation leaves out: second-order terms, the roundings of the bound itself, that of the value.
pub(super) const FACTOR: f64 = 1.02;

/// The largest E for which a row may be certain.
pub(super) const ERROR_MAX: f64 = 1.0 / 16.0;

/// Above (2^E - 1) / E for all of these E.
pub(super) const POWER: f64 = 0.71;

/// Above the difference of two kernel values that are cut off.
const FAR: f64 = 1.0 / (1_u128 << 117) as f64;

/// Outweighs what underflow adds to a pair's value, and to a squared distance.
pub(super) const TINY: f64 = 1e-37;

/// The most features and support vectors for which the factor is above.
const FEATURES_MAX: usize = 1 << 16;
const VECTORS_MAX: usize = 1 << 20;

/// The largest coefficient and intercept.
const LARGEST: f64 = 1e25;

/// What an RBF model needs to label rows in single precision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Certified {
    pub n_classes: usize,
    pub n_features: usize,
    /// What is taken off each feature, (n_features).
    pub centre: Vec<f64>,
    /// g
    pub scale: f64,
    /// Blocks of sixteen vectors, (n_features) each; lanes left over are zero.
    pub vectors: Vec<Singles>,
    /// |z|^2, (blocks).
    pub squares: Vec<Singles>,
    /// Vectors of each class.
    pub n_support: Vec<usize>,
    /// For each class and each other one the coefficients, (blocks of the class).
    pub coefficients: Vec<Singles>,
    /// The largest |z|.
    pub norm_max: f64,
    /// E over N.
    pub slope: f64,
    /// delta(B + 19), with the largest B.
    pub sums_error: f64,
    /// For each pair the intercept, and what of the bound does not depend on the row.
    pub pairs: Vec<(f32, f32)>,
}

/// Upwards.
pub(super) fn single(x: f64) -> f32 {
    (x as f32).next_up()
}

impl Certified {
    /// From the parts of a model with an RBF kernel and `dual_coef_by_vector`, (n_sv, n_classes - 1); none where the bound does not hold, or
    /// says nothing.
    pub fn new(
        gamma: f64,
        n_features: usize,
        n_support: &[usize],
        support_vectors: &[f64],
        dual_coef_by_vector: &[f64],
        intercept: &[f64],
    ) -> Option<Certified> {
        let (k, n_sv) = (n_support.len(), support_vectors.len() / n_features);
        if n_features > FEATURES_MAX || n_sv > VECTORS_MAX || n_sv == 0 {
            return None;
        }
        let scale = (gamma / f64::consts::LN_2).sqrt();
        let centre = centre(n_features, support_vectors);
        let (mut vectors, mut squares, mut coefficients) = (vec![], vec![], vec![]);
        let (mut norm_max, mut start, mut blocks_max) = (0.0_f64, 0, 0);
        let mut coef_sums = vec![0.0; k * (k - 1)];
        for (class, n) in n_support.iter().enumerate() {
            let of_class = &support_vectors[start * n_features..][..n * n_features];
            for rows in of_class.chunks(SINGLES * n_features) {
                let from = vectors.len();
                vectors.resize(from + n_features, Singles::ZERO);
                let of_block = fill_block(rows, &centre, scale, &mut vectors[from..]);
                if !of_block.iter().all(|square| *square < f64::from(f32::MAX)) {
                    return None;
                }
                norm_max = of_block.iter().fold(norm_max, |most, square| most.max(square.sqrt()));
                squares.push(Singles(of_block.map(|square| square as f32)));
            }
            for place in 0..k - 1 {
                let coefs = (start..start + n).map(|vector| dual_coef_by_vector[vector * (k - 1) + place]);
                let coefs: Vec<f64> = coefs.collect();
                let has_one_sign = coefs.iter().all(|coef| *coef >= 0.0) || coefs.iter().all(|coef| *coef <= 0.0);
                if !has_one_sign || coefs.iter().any(|coef| coef.abs() > LARGEST) {
                    return None;
                }
                coef_sums[class * (k - 1) + place] = coefs.iter().map(|coef| coef.abs()).sum();
                coefficients
                    .extend(coefs.chunks(SINGLES).map(|coefs| Singles::padded(coefs.iter().map(|coef| *coef as f32))));
            }
            start += n;
            blocks_max = blocks_max.max(n.div_ceil(SINGLES));
        }
        let roundings = n_features.min(PART) + n_features.div_ceil(PART) + 1;
        let slope = (roundings as f64 / 2.0 + 4.0) * UNIT * FACTOR;
        if slope * norm_max * norm_max > ERROR_MAX || intercept.iter().any(|b| b.abs() > LARGEST) {
            return None;
        }
        let pairs = super::votes::pairs(k).zip(intercept).map(|((i, j), b)| {
            let coef_sum: f64 = coef_sums[i * (k - 1) + j - 1] + coef_sums[j * (k - 1) + i];
            (*b as f32, single((UNIT * b.abs() + FAR * coef_sum + TINY) * FACTOR))
        });
        let pairs = pairs.collect();
        let sums_error = (blocks_max + 19) as f64 * UNIT * FACTOR;
        Some(Certified {
            n_classes: k,
            n_features,
            centre,
            scale,
            vectors,
            squares,
            n_support: n_support.to_vec(),
            coefficients,
            norm_max,
            slope,
            sums_error,
            pairs,
        })
    }
}

/// Puts up to sixteen vectors, row major, side by side; |z|^2 of each.
fn fill_block(rows: &[f64], centre: &[f64], scale: f64, block: &mut [Singles]) -> [f64; SINGLES] {
    let mut squares = [0.0; SINGLES];
    for (lane, row) in rows.chunks_exact(centre.len()).enumerate() {
        for ((x, centre), out) in row.iter().zip(centre).zip(&mut *block) {
            let z = (x - centre) * scale;
            out.0[lane] = z as f32;
            squares[lane] += z * z;
        }
    }
    squares
}

/// The mean of the vectors, or zeros where it is beyond f64.
fn centre(n_features: usize, support_vectors: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; n_features];
    for row in support_vectors.chunks_exact(n_features) {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    let n_sv = (support_vectors.len() / n_features) as f64;
    sums.iter().map(|sum| if sum.is_finite() { sum / n_sv } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::certified_labels::CertifiedBuffers;
    use crate::svc::cpu::Cpu;
    use crate::svc::exp2::EXPONENT_MAX;
    use crate::svc::{DecisionFunctionShape, Kernel, Svc, SvcParts, Workspace};

    /// Numbers between -1 and 1 that are all different.
    fn numbers(count: usize, seed: f64) -> Vec<f64> {
        (1..=count).map(|index| 2.0 * ((index as f64 + seed) * 0.618_033_988_749_894_9).fract() - 1.0).collect()
    }

    /// Classes around points of their own, with vectors of the size `size` and coefficients up to `coef`.
    fn parts(n_support: &[usize], n_features: usize, gamma: f64, size: f64, coef: f64) -> SvcParts {
        let (k, n_sv) = (n_support.len(), n_support.iter().sum::<usize>());
        let points = numbers(k * n_features, 0.25);
        let mut support_vectors = numbers(n_sv * n_features, 0.5);
        let classes = || n_support.iter().enumerate().flat_map(|(class, n)| std::iter::repeat_n(class, *n));
        for (row, class) in support_vectors.chunks_mut(n_features).zip(classes()) {
            let point = &points[class * n_features..][..n_features];
            row.iter_mut().zip(point).for_each(|(x, point)| *x = size * (point + 0.3 * *x));
        }
        let mut dual_coef: Vec<f64> = numbers((k - 1) * n_sv, 0.75).iter().map(|x| coef * x.abs()).collect();
        for (row, coefs) in dual_coef.chunks_mut(n_sv).enumerate() {
            // the coefficient against a class before its own is that of the pair's second class
            coefs.iter_mut().zip(classes()).filter(|(_, class)| row < *class).for_each(|(coef, _)| *coef = -*coef);
        }
        SvcParts {
            kernel: Kernel::Rbf { gamma },
            n_features_in: n_features,
            n_support: n_support.to_vec(),
            support_vectors,
            dual_coef,
            intercept: numbers(k * (k - 1) / 2, 0.1).iter().map(|b| 0.1 * coef * b).collect(),
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        }
    }

    fn exact(svc: &Svc, rows: &[f64]) -> Vec<usize> {
        let mut labels = vec![];
        svc.for_each_row(rows, &mut Workspace::default(), |mut row| labels.push(row.predict()));
        labels
    }

    fn certain(certified: &Certified, rows: &[f64], cpu: Cpu) -> Vec<Option<usize>> {
        let mut labels = vec![None; rows.len() / certified.n_features];
        certified.label(cpu, rows, &mut CertifiedBuffers::default(), &mut labels);
        labels
    }

    /// Rows near the vectors, between them, and as near to borders as double precision goes.
    fn rows(svc: &Svc, count: usize) -> Vec<f64> {
        let (width, vectors) = (svc.n_features_in(), &svc.parts().support_vectors);
        let vector = |index: usize| &vectors[index * 7 % (vectors.len() / width) * width..][..width];
        let between = |index: usize, t: f64| {
            let ends = vector(index).iter().zip(vector(5 * index + 3));
            ends.map(move |(from, to)| from + (to - from) * t).collect::<Vec<f64>>()
        };
        let mut made = vec![];
        for index in 0..count {
            let (mut low, mut high) = (index as f64 / count as f64, 1.0);
            if index % 3 == 0 {
                let first = exact(svc, &between(index, low));
                for _ in 0..[20, 27, 50][index % 9 / 3] {
                    let middle = (low + high) / 2.0;
                    *if exact(svc, &between(index, middle)) == first { &mut low } else { &mut high } = middle;
                }
            }
            made.extend(between(index, low));
        }
        made
    }

    #[test]
    fn labels_that_are_certain_are_those_of_double_precision() {
        let mut n_certain = 0;
        let sizes = [
            (vec![3, 2], 1),
            (vec![20, 40], 33),
            (vec![5, 1, 17], 4),
            (vec![9; 11], 64),
            (vec![1; 5], 7),
            (vec![1; 65], 3),
        ];
        for (n_support, n_features) in sizes {
            for (gamma, size, coef) in [
                (1.0 / n_features as f64, 1.0, 1.0),
                (1e-12, 1e6, 1e6),
                (1e-300, 1e6, 1.0),
                (1e3, 0.1, 1.0),
                (1e9, 1e-4, 1e-30),
                (0.0, 1.0, 1.0),
                (1.0, 1e-310, 1.0),
                (1e300, 1e-150, 1.0),
            ] {
                let svc = Svc::new(parts(&n_support, n_features, gamma, size, coef)).unwrap();
                let certified = svc.certified.as_ref();
                let rows = rows(&svc, 30);
                let expected = exact(&svc, &rows);
                for cpu in Cpu::available() {
                    let name = format!("{n_support:?}, {n_features}, {gamma:e}, {size:e}, {coef:e}, {}", cpu.name());
                    let mut labels = vec![];
                    svc.for_each_label(&rows, &mut Workspace::on(cpu), |label| labels.push(label));
                    assert_eq!(labels, expected, "{name}");
                    for row in rows.chunks(n_features).take(10) {
                        svc.for_each_label(row, &mut Workspace::on(cpu), |label| labels.push(label));
                    }
                    assert_eq!(labels[30..], expected[..10], "{name}");
                    let Some(certified) = certified else { continue };
                    let certain = certain(certified, &rows, cpu);
                    for (label, expected) in certain.iter().zip(&expected) {
                        assert!(label.is_none_or(|label| label == *expected), "{name}");
                    }
                    n_certain += certain.iter().flatten().count();
                }
            }
        }
        let asked = 6 * 8 * 30 * Cpu::available().count();
        assert!(n_certain > asked / 2, "{n_certain} of {asked}");
    }

    #[test]
    fn the_bound_is_needed_to_its_half() {
        // all products but the first are lost in the sum: the row seems far from the vector that it is
        let n_features = PART;
        let mut vector = vec![(0.99 * UNIT).sqrt(); n_features];
        vector[0] = 1.0;
        let square: f64 = vector.iter().map(|x| x * x).sum();
        let other: Vec<f64> = vector.iter().map(|x| -x).collect();
        let svc = Svc::new(SvcParts {
            support_vectors: [&vector[..], &other].concat(),
            dual_coef: vec![1.0, -1.0],
            intercept: vec![(-4.0 * square).exp2() - 1.0 + 1e-7],
            ..parts(&[1, 1], n_features, f64::consts::LN_2, 1.0, 1.0)
        });
        let svc = svc.unwrap();
        assert_eq!(exact(&svc, &vector), [0]);
        let certified = svc.certified.clone().unwrap();
        let mut half = certified.clone();
        half.slope /= 2.0;
        half.sums_error /= 2.0;
        half.pairs.iter_mut().for_each(|(_, offset)| *offset /= 2.0);
        for cpu in Cpu::available() {
            assert_eq!(certain(&certified, &vector, cpu), [None]);
            assert_eq!(certain(&half, &vector, cpu), [Some(1)]);
        }
    }

    #[test]
    fn the_constants_follow_from_the_derivation() {
        let delta = |m: f64| m * UNIT / (1.0 - m * UNIT);
        let most = FEATURES_MAX as f64 + 8.0;
        assert!(delta(most) / (most * UNIT) * (1.0 + 40.0 * UNIT) < FACTOR);
        assert!(VECTORS_MAX.div_ceil(SINGLES) <= FEATURES_MAX);
        // LIBSVM's own roundings: of the exponent against 2 u N, of exp against 0.4 u, of the sum against what the factor adds
        assert!((most + 4.0) * f64::EPSILON < 2.0 * UNIT && f64::EPSILON < 0.4 * UNIT);
        assert!(VECTORS_MAX as f64 * f64::EPSILON < (FACTOR - 1.0) * UNIT);
        // convex, so below the line from 0 on if it is at the end
        assert!(ERROR_MAX.exp2() * (1.0 + 8.1 * UNIT) - 1.0 <= POWER * ERROR_MAX + 9.0 * UNIT);
        let cut_off = 2.0_f64.powi(1 - EXPONENT_MAX as i32);
        assert!(2.0 * cut_off < FAR);
        assert!(TINY > 4.0 * VECTORS_MAX as f64 * 2.0_f64.powi(-150));
        // all that is added up is finite
        assert!(VECTORS_MAX as f64 * 2.0 * LARGEST < f64::from(f32::MAX) / 4.0);
    }

    #[test]
    fn models_that_the_bound_does_not_hold_for_stay_in_double_precision() {
        let plain = || parts(&[4, 3], 3, 0.5, 1.0, 1.0);
        let is_certified = |parts: SvcParts| Svc::new(parts).unwrap().certified.is_some();
        assert!(is_certified(plain()));
        let mut mixed = plain();
        mixed.dual_coef[1] = -mixed.dual_coef[1];
        assert!(!is_certified(mixed));
        assert!(!is_certified(parts(&[4, 3], 3, 0.5, 1e4, 1.0)));
        assert!(!is_certified(parts(&[4, 3], 3, 0.5, 1e300, 1.0)));
        assert!(!is_certified(parts(&[4, 3], 3, 0.5, 1.0, 1e26)));
        assert!(!is_certified(SvcParts { intercept: vec![1e26], ..plain() }));
        assert!(!is_certified(SvcParts { break_ties: true, ..parts(&[4, 3, 2], 3, 0.5, 1.0, 1.0) }));
        assert!(!is_certified(parts(&[1, 1], FEATURES_MAX + 1, 1e-9, 1.0, 1.0)));
        // and rows
        let svc = Svc::new(plain()).unwrap();
        for x in [1e4, -1e30, 1e300, f64::MAX] {
            assert_eq!(certain(svc.certified.as_ref().unwrap(), &[x, -x, x], Cpu::best()), [None], "{x:e}");
        }
    }
}
