//! The order of transformers, as the widths or the user give it.

use std::ops::ControlFlow;

/// A transformer as far as its order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Widths {
    /// A lower rank is applied before a higher one; equal ranks are free.
    pub(super) rank: usize,
    pub(super) width_in: usize,
    pub(super) width_out: usize,
}

/// Up to two orders, as indices, in which all transformers fit onto each other and the last one onto rows of `width`.
/// Transformers of different rank keep their order.
pub(super) fn fitting_orders(transformers: &[Widths], width: usize) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let mut tried = 0;
    let _ = extend(transformers, width, &mut Vec::new(), &mut found, &mut tried);
    found
}

/// Puts further transformers in front of those in `chosen`, which is in reverse.
fn extend(
    transformers: &[Widths],
    width: usize,
    chosen: &mut Vec<usize>,
    found: &mut Vec<Vec<usize>>,
    tried: &mut usize,
) -> ControlFlow<()> {
    *tried += 1;
    if *tried > TRIED_MAX {
        return ControlFlow::Break(());
    }
    if chosen.len() == transformers.len() {
        found.push(chosen.iter().rev().copied().collect());
        return if found.len() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    }
    let left = |chosen: &[usize]| (0..transformers.len()).filter(|index| !chosen.contains(index)).collect::<Vec<_>>();
    let highest = left(chosen).iter().filter_map(|index| Some(transformers.get(*index)?.rank)).max();
    for index in left(chosen) {
        let Some(transformer) = transformers.get(index) else { continue };
        if transformer.width_out == width && Some(transformer.rank) == highest {
            chosen.push(index);
            extend(transformers, transformer.width_in, chosen, found, tried)?;
            chosen.pop();
        }
    }
    ControlFlow::Continue(())
}

/// Orders, and beginnings of orders, that are tried: all of those of six transformers.
const TRIED_MAX: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(transformers: &[(usize, usize, usize)], width: usize) -> Vec<Vec<usize>> {
        let widths = transformers.iter().map(|(rank, width_in, width_out)| Widths {
            rank: *rank,
            width_in: *width_in,
            width_out: *width_out,
        });
        fitting_orders(&widths.collect::<Vec<_>>(), width)
    }

    #[test]
    fn widths_alone_tell_the_order_of_free_transformers() {
        assert_eq!(orders(&[], 3), [[0_usize; 0]]);
        assert_eq!(orders(&[(0, 3, 3)], 3), [[0]]);
        assert_eq!(orders(&[(0, 3, 2), (0, 5, 3), (0, 7, 5)], 2), [[2, 1, 0]]);
        assert_eq!(orders(&[(0, 3, 2), (0, 5, 4)], 2), [[0_usize; 0]; 0]);
        assert_eq!(orders(&[(0, 3, 3)], 2), [[0_usize; 0]; 0]);
    }

    #[test]
    fn two_of_one_width_fit_in_either_order_unless_they_are_ranked() {
        assert_eq!(orders(&[(0, 3, 3), (0, 3, 3)], 3).len(), 2);
        assert_eq!(orders(&[(0, 3, 3), (1, 3, 3)], 3), [[0, 1]]);
        assert_eq!(orders(&[(1, 3, 3), (0, 3, 3)], 3), [[1, 0]]);
        assert_eq!(orders(&[(0, 2, 3), (1, 4, 2)], 3), [[0_usize; 0]; 0]);
        // a scaler of the width before the reduction, and one of the width behind it
        assert_eq!(orders(&[(0, 2, 2), (0, 4, 2), (0, 4, 4)], 2), [[2, 1, 0]]);
    }

    #[test]
    fn many_transformers_cost_no_more_than_a_few() {
        assert_eq!(orders(&[(0, 3, 3); 256], 3).len(), 2);
        let stuck: Vec<_> = (0..256).map(|_| (0, 3, 3)).chain([(0, 9, 9)]).collect();
        assert_eq!(orders(&stuck, 3).len(), 0);
    }
}
