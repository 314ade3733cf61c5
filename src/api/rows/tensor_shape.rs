//! The shape of a tensor.

use serde::de::{SeqAccess, Visitor};

use super::place::PathStep;
use super::reading::Reading;
use super::seeds::Any;
use super::visitors::{Whole, read_items, refuse};

/// A shape. Only one or two dimensions are of use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorShape {
    /// `[n]`
    Flat(usize),
    /// `[n, width]`
    Rows(usize, usize),
    /// Another number of dimensions.
    Other(usize),
}

impl TensorShape {
    /// The product of one or two dimensions, if it is a `usize`.
    pub fn count(self) -> Option<usize> {
        match self {
            TensorShape::Flat(count) => Some(count),
            TensorShape::Rows(count, width) => count.checked_mul(width),
            TensorShape::Other(_) => Some(0),
        }
    }
}

/// A shape: an array of whole numbers.
pub struct Dimensions<'a> {
    pub reading: &'a Reading<'a>,
}

impl<'de> Visitor<'de> for Dimensions<'_> {
    type Value = TensorShape;

    refuse!("an array of whole numbers, zero or above"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<TensorShape, A::Error> {
        let reading = self.reading;
        let mut dimensions = [0; 2];
        let rank = read_items(reading, seq, PathStep::Index, |seq, index| {
            let next = seq.next_element_seed(Any(Whole { reading, not_zero: None }))?;
            Ok(next.map(|dimension| {
                if let Some(place) = dimensions.get_mut(index) {
                    *place = dimension;
                }
            }))
        })?;
        let [first, second] = dimensions;
        Ok(match rank {
            1 => TensorShape::Flat(first),
            2 => TensorShape::Rows(first, second),
            rank => TensorShape::Other(rank),
        })
    }
}
