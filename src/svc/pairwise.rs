//! Sums as NumPy makes them.
// halves and blocks are cut at places below the length
#![allow(clippy::indexing_slicing)]

/// NumPy's sum of a function of numbers that lie side by side: from eight numbers on it has eight sums, of every eighth number, and beyond
/// 128 numbers those of two halves.
pub(crate) fn pairwise_sum(numbers: &[f64], function: impl Fn(f64) -> f64 + Copy) -> f64 {
    const SUMS: usize = 8;
    const BLOCK: usize = 128;
    if numbers.len() > BLOCK {
        let half = numbers.len() / 2 / SUMS * SUMS;
        return pairwise_sum(&numbers[..half], function) + pairwise_sum(&numbers[half..], function);
    }
    let (eights, rest) = numbers.as_chunks::<SUMS>();
    let Some((first, eights)) = eights.split_first() else {
        return rest.iter().fold(0.0, |sum, number| sum + function(*number));
    };
    let mut sums = first.map(function);
    for eight in eights {
        sums.iter_mut().zip(eight).for_each(|(sum, number)| *sum += function(*number));
    }
    let [a, b, c, d, e, f, g, h] = sums;
    rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, number| sum + function(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_made_as_numpy_makes_them() {
        let sum = |numbers: &[f64]| pairwise_sum(numbers, |number| number);
        // the large numbers meet in one sum, so the small one is not lost
        let far = |at: usize, n: usize| {
            let mut row = vec![0.0; n];
            (row[0], row[1], row[at]) = (1e16, 1.0, -1e16);
            sum(&row)
        };
        assert_eq!([far(2, 7), far(8, 9), far(8, 16)], [0.0, 0.0, 1.0]);
        assert_eq!(sum(&[0.1; 300]), 29.999_999_999_999_996);
        assert_eq!(sum(&[0.1; 12]), 1.200_000_000_000_000_2);
        assert_eq!(sum(&[0.1; 7]), 0.7);
    }
}
