//! Products of eight rows, one in each lane, with vectors of weights.
// A group ends at most with the last weight of its feature.
#![allow(clippy::indexing_slicing)]

use super::cpu::Work;
use super::lanes::Lanes;

/// Vectors whose sums run side by side: none waits for another's addition, and all fit into the registers.
const LARGE: usize = 9;

/// As large as a rest may be without too much waiting.
const SMALL: usize = 3;

/// Overwrites `out`, (vectors), with the products, each added up from zero on in the order of the features. `weights`: (n_features,
/// vectors), row major.
pub(super) struct Multiply<'a> {
    pub rows: &'a [Lanes],
    pub weights: &'a [f64],
    pub out: &'a mut Vec<Lanes>,
}

impl Work for Multiply<'_> {
    #[inline(always)]
    fn run(self) {
        let Multiply { rows, weights, out } = self;
        let n_vectors = weights.len() / rows.len();
        out.clear();
        out.resize(n_vectors, Lanes::ZERO);
        let left = multiply::<LARGE>(rows, weights, n_vectors, out);
        let left = multiply::<SMALL>(rows, weights, n_vectors, left);
        multiply::<1>(rows, weights, n_vectors, left);
    }
}

/// The products with as many of the last `out.len()` vectors as come in groups of `G`; gives what is left.
#[inline(always)]
fn multiply<'p, const G: usize>(
    rows: &[Lanes],
    weights: &[f64],
    n_vectors: usize,
    out: &'p mut [Lanes],
) -> &'p mut [Lanes] {
    let mut place = n_vectors - out.len();
    let (grouped, left) = out.split_at_mut(out.len() / G * G);
    for out in grouped.chunks_exact_mut(G) {
        let mut sums = [Lanes::ZERO; G];
        for (x, weights) in rows.iter().zip(weights.chunks_exact(n_vectors)) {
            let weights = &weights[place..place + G];
            for vector in 0..G {
                sums[vector] = sums[vector].add_product(weights[vector], *x);
            }
        }
        out.copy_from_slice(&sums);
        place += G;
    }
    left
}
