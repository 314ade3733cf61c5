//! How far values in single precision may be from LIBSVM's: the bound that [`champions`](super::champions) derives.
// Rows and slopes are of one width, up to whole lanes.
#![allow(clippy::indexing_slicing)]

use std::array;

use super::cpu::AddProduct;
use super::lanes::{SINGLES, Singles};

/// Bounds the difference of all values of a row from those in LIBSVM's order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ErrorBound {
    /// Of |x_j|, one for each feature, and zeros up to whole lanes.
    pub slopes: Vec<Singles>,
    pub offset: f32,
}

/// The largest numbers of all pairs that a bound is made of.
#[derive(Debug, Clone)]
pub(super) struct Largest {
    /// |w_j|, (n_features).
    pub weights: Vec<f64>,
    /// A_j, (n_features).
    pub magnitudes: Vec<f64>,
    /// |b|.
    pub intercept: f64,
    /// 2 gamma(n + d + 1), or more.
    pub roundings: f64,
}

impl ErrorBound {
    /// Outweighs what underflow adds.
    pub const TINY: f64 = 1e-30;

    /// A larger bound, or what it is made of, says nothing.
    pub const LARGEST: f32 = 1e20;

    /// Above 1 / (1 - (d + 2) v), the roundings in the bound itself, fewer than d + 20, and that of the last sum.
    pub const FACTOR: f64 = 1.01;

    /// The most features for which it is above.
    pub const FEATURES_MAX: usize = 80_000;

    pub fn new(largest: &Largest) -> Option<ErrorBound> {
        let n_features = largest.weights.len();
        let unit = f64::from(f32::EPSILON) / 2.0;
        let in_single = (n_features + 2) as f64 * unit;
        // upwards
        let single = |x: f64| ((Self::FACTOR * x) as f32).next_up();
        let each = largest.weights.iter().zip(&largest.magnitudes);
        let slopes: Vec<f32> = each
            .map(|(weight, magnitude)| single(in_single * weight + largest.roundings * magnitude + Self::TINY))
            .collect();
        let most = largest.weights.iter().chain(&largest.magnitudes).fold(largest.intercept, |most, x| most.max(*x));
        let offset = single((unit + largest.roundings) * largest.intercept + Self::TINY * (1.0 + most));
        let holds = n_features <= Self::FEATURES_MAX && most < f64::from(Self::LARGEST) && offset < Self::LARGEST;
        holds.then(|| ErrorBound {
            slopes: slopes.chunks(SINGLES).map(|slopes| Singles::padded(slopes.iter().copied())).collect(),
            offset,
        })
    }

    /// Whether a value above this is proven to be above zero, and one below its negative to be below.
    #[inline(always)]
    pub fn is_certain(closest: f32, bound: f32) -> bool {
        closest > bound && bound < Self::LARGEST
    }

    /// Overwrites `out` with the row in single precision, and gives its bound but for the offset, in sixteen parts.
    #[inline(always)]
    pub fn convert<A: AddProduct>(&self, row: &[f64], out: &mut [f32]) -> Singles {
        let mut sums = Singles::ZERO;
        let (whole, rest) = row.as_chunks::<SINGLES>();
        let (out, rest_out) = out.as_chunks_mut::<SINGLES>().0.split_at_mut(whole.len());
        for ((row, slopes), out) in whole.iter().zip(&self.slopes).zip(out) {
            let numbers = Singles(array::from_fn(|lane| row[lane] as f32));
            out.copy_from_slice(&numbers.0);
            sums = sums.add_magnitudes::<A>(numbers, *slopes);
        }
        if let ([out], Some(slopes)) = (rest_out, self.slopes.last()) {
            let mut numbers = Singles::ZERO;
            numbers.0.iter_mut().zip(rest).for_each(|(number, x)| *number = *x as f32);
            out.copy_from_slice(&numbers.0);
            sums = sums.add_magnitudes::<A>(numbers, *slopes);
        }
        sums
    }
}
