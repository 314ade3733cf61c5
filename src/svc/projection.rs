//! Products of rows with vectors of weights, as many rows side by side as there are lanes.
// a lane is below the number of rows, of which there are at most eight
#![allow(clippy::indexing_slicing)]

use super::blocks::put;
use super::cpu::Cpu;
use super::lanes::{LANES, Lanes, SIDE_BY_SIDE_MIN};
use super::products::Multiply;

/// Overwrites `out`, (rows, vectors), row major, with the products of each row with each vector, added up from zero on in the order of
/// the features: a row has the same bits alone and among others, on every CPU.
///
/// `rows`: whole rows of `n_features` numbers, one or more. `weights`: (n_features, vectors), row major.
pub fn project(rows: &[f64], n_features: usize, weights: &[f64], out: &mut Vec<f64>) {
    out.clear();
    if n_features == 0 {
        return;
    }
    let n_vectors = weights.len() / n_features;
    let (mut lanes, mut sums) = (Vec::new(), Vec::new());
    for rows in rows.chunks(LANES * n_features) {
        if rows.len() < SIDE_BY_SIDE_MIN * n_features || n_vectors == 0 {
            rows.chunks_exact(n_features).for_each(|row| push_products(row, weights, n_vectors, out));
            continue;
        }
        lanes.clear();
        lanes.resize(n_features, Lanes::ZERO);
        for (lane, row) in rows.chunks_exact(n_features).enumerate() {
            put(&mut lanes, lane, row);
        }
        Cpu::best().run(Multiply { rows: &lanes, weights, out: &mut sums });
        for lane in 0..rows.len() / n_features {
            out.extend(sums.iter().map(|sum| sum.0[lane]));
        }
    }
}

/// The products of one row.
fn push_products(row: &[f64], weights: &[f64], n_vectors: usize, out: &mut Vec<f64>) {
    let start = out.len();
    out.resize(start + n_vectors, 0.0);
    let sums = &mut out[start..];
    for (x, weights) in row.iter().zip(weights.chunks_exact(n_vectors.max(1))) {
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_same_products_alone_and_among_others() {
        let numbers = |count: usize| (1..=count).map(|index| 2.0 * (index as f64 * 0.618_033_988_7).fract() - 1.0);
        for (n_features, n_vectors) in [(1, 1), (5, 3), (7, 30), (64, 13)] {
            let weights: Vec<_> = numbers(n_features * n_vectors).collect();
            let rows: Vec<_> = numbers(21 * n_features).map(|x| 3.0 * x).collect();
            let mut together = vec![f64::NAN];
            project(&rows, n_features, &weights, &mut together);
            let (mut alone, mut found) = (vec![], vec![]);
            for row in rows.chunks(n_features) {
                project(row, n_features, &weights, &mut alone);
                found.extend_from_slice(&alone);
            }
            assert_eq!(together, found, "{n_features} {n_vectors}");
            assert_eq!(together.len(), 21 * n_vectors);
        }
    }

    #[test]
    fn products_are_added_up_in_order() {
        let mut out = vec![];
        project(&[1e16, 1.0, -1e16, 2.0, 3.0, 4.0], 3, &[1.0, 0.0, 1.0, 2.0, 1.0, 0.5], &mut out);
        assert_eq!(out, [0.0, -4_999_999_999_999_998.0, 9.0, 8.0]);
        project(&[1.0, 2.0], 2, &[], &mut out);
        assert_eq!(out, [0.0; 0]);
    }
}
