//! Vectors laid out eight side by side, for the lanes.
// A lane is below LANES: vectors come in chunks of at most so many.
#![allow(clippy::indexing_slicing)]

use super::lanes::{LANES, Lanes};

/// Vectors side by side in lanes: for each eight of them one [`Lanes`] for each feature. Lanes left over are zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Blocks(Vec<Lanes>);

impl Blocks {
    /// Lays out `vectors`, row major with `n_features` numbers each, one feature or more.
    pub fn new(vectors: &[f64], n_features: usize) -> Blocks {
        // without vectors there may be any number of features
        if vectors.is_empty() {
            return Blocks::default();
        }
        let mut blocks = vec![Lanes::ZERO; vectors.len().div_ceil(LANES * n_features) * n_features];
        let targets = blocks.chunks_exact_mut(n_features);
        for (block, vectors) in targets.zip(vectors.chunks(LANES * n_features)) {
            for (lane, vector) in vectors.chunks_exact(n_features).enumerate() {
                put(block, lane, vector);
            }
        }
        Blocks(blocks)
    }

    /// One [`Lanes`] for each feature of the first eight vectors, then for the next eight.
    pub fn lanes(&self) -> &[Lanes] {
        &self.0
    }
}

/// Puts a vector into a lane of a block.
pub(super) fn put(block: &mut [Lanes], lane: usize, vector: &[f64]) {
    for (lanes, value) in block.iter_mut().zip(vector) {
        lanes.0[lane] = *value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_vectors_in_lanes_and_zeros_behind_them() {
        let vectors: Vec<f64> = (0..18).map(f64::from).collect();
        let Blocks(blocks) = Blocks::new(&vectors, 2);
        assert_eq!(blocks.len(), 4);
        assert_eq!(blocks[1].0, [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]);
        assert_eq!((blocks[2].0, blocks[3].0[0]), ([16.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 17.0));
    }
}
