//! Products of one vector with eight others in lanes, in the order in which scikit-learn's libsvm has them added up.
//!
//! scikit-learn takes each product from OpenBLAS, whose order depends on the processor. It is that of processors with AVX-512 here, on all
//! processors: so a model that is trained has the same bits wherever that is done, and on such a processor those of scikit-learn.
// Blocks and vectors are cut to one length first; places in chunks are below the chunks' sizes.
#![allow(clippy::indexing_slicing)]

use crate::svc::lanes::Lanes;

/// Features whose products are added up side by side, in four registers of eight.
const WIDE: usize = 32;
/// The same in four registers of four.
const NARROW: usize = 16;
/// Registers.
const REGISTERS: usize = 4;

/// Products of a vector with those in the lanes of `G` blocks, which have one element for each feature.
///
/// # Source
/// OpenBLAS, `ddot` of its SkylakeX kernel: blocks of 32 features, one of 16, then one after the other, all with fused multiply-add.
// Loops by index: a closure or an iterator that is not inlined is compiled without the caller's instruction set.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
pub(super) fn dots<const G: usize>(blocks: [&[Lanes]; G], vector: &[f64]) -> [Lanes; G] {
    let n_side_by_side = vector.len() / NARROW * NARROW;
    let mut sums = [Lanes::ZERO; G];
    if n_side_by_side > 0 {
        side_by_side(&mut sums, &blocks, &vector[..n_side_by_side]);
    }
    let rest = &vector[n_side_by_side..];
    let mut rests = blocks;
    for block in 0..G {
        rests[block] = &blocks[block][n_side_by_side..][..rest.len()];
    }
    for feature in 0..rest.len() {
        for block in 0..G {
            sums[block] = sums[block].add_fused(rest[feature], rests[block][feature]);
        }
    }
    sums
}

/// The part of the features that comes in sixteens.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn side_by_side<const G: usize>(sums: &mut [Lanes; G], blocks: &[&[Lanes]; G], vector: &[f64]) {
    let (wide_vector, narrow_vector) = vector.as_chunks::<WIDE>();
    let narrow_vector = narrow_vector.first_chunk::<NARROW>();
    for block in 0..G {
        let (wide, narrow) = blocks[block].as_chunks::<WIDE>();
        // equal lengths, which the compiler sees here
        let (wide, narrow) = (&wide[..wide_vector.len()], narrow.first_chunk::<NARROW>());
        let mut totals = [Lanes::ZERO; 4];
        for register in 0..REGISTERS {
            for place in 0..4 {
                let (mut low, mut high) = (Lanes::ZERO, Lanes::ZERO);
                for chunk in 0..wide_vector.len() {
                    let (low_at, high_at) = (8 * register + place, 8 * register + 4 + place);
                    low = low.add_fused(wide_vector[chunk][low_at], wide[chunk][low_at]);
                    high = high.add_fused(wide_vector[chunk][high_at], wide[chunk][high_at]);
                }
                let mut sum = low.plus(high);
                if let (Some(vector), Some(narrow)) = (narrow_vector, narrow) {
                    sum = sum.add_fused(vector[4 * register + place], narrow[4 * register + place]);
                }
                totals[place] = if register == 0 { sum } else { totals[place].plus(sum) };
            }
        }
        let [a, b, c, d] = totals;
        sums[block] = a.plus(c).plus(b.plus(d));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::lanes::LANES;

    /// OpenBLAS's kernel as it is written, for one pair of vectors.
    fn ddot(x: &[f64], y: &[f64]) -> f64 {
        let (n32, n16) = (x.len() / 32 * 32, x.len() / 16 * 16);
        let mut wide = [[0.0_f64; 8]; 4];
        for i in 0..n32 {
            let sum = &mut wide[i % 32 / 8][i % 8];
            *sum = x[i].mul_add(y[i], *sum);
        }
        let mut narrow = [[0.0_f64; 4]; 4];
        for register in 0..4 {
            for place in 0..4 {
                narrow[register][place] = wide[register][place] + wide[register][place + 4];
            }
        }
        for i in n32..n16 {
            let sum = &mut narrow[i % 16 / 4][i % 4];
            *sum = x[i].mul_add(y[i], *sum);
        }
        let [l0, l1, l2, l3] = [0, 1, 2, 3].map(|l| ((narrow[0][l] + narrow[1][l]) + narrow[2][l]) + narrow[3][l]);
        let sum = (l0 + l2) + (l1 + l3);
        (n16..x.len()).fold(sum, |sum, i| x[i].mul_add(y[i], sum))
    }

    #[test]
    fn each_lane_has_the_bits_of_openblas() {
        let number = |index: usize| 2.0 * (index as f64 * 0.618_033_988_749_894_9).fract() - 1.0;
        for n_features in 1..140 {
            let vectors: Vec<Vec<f64>> =
                (0..9).map(|vector| (0..n_features).map(|f| number(1 + 7 * f + 1001 * vector)).collect()).collect();
            let block: Vec<Lanes> =
                (0..n_features).map(|f| Lanes(std::array::from_fn(|lane| vectors[lane][f]))).collect();
            let [Lanes(found), _] = dots([&block, &block], &vectors[LANES]);
            let expected: Vec<f64> = vectors[..LANES].iter().map(|vector| ddot(vector, &vectors[LANES])).collect();
            assert_eq!(found.map(f64::to_bits).to_vec(), expected.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
        }
    }
}
