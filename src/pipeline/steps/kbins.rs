//! scikit-learn's `KBinsDiscretizer`: the number of the bin that a number falls into, or a column for each bin.

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::transform::Transform;
use crate::pipeline::Error;

/// A fitted `KBinsDiscretizer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KBins {
    /// For each column the ends of its bins, ascending: one more than it has bins. The first and the last do not matter.
    pub edges: Vec<Vec<f64>>,
    /// What a number is compared with its edges as.
    pub comparison: BinComparison,
    /// What becomes of the number of a bin.
    pub encoding: BinEncoding,
}

/// How a number is compared with the edges of bins.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinComparison {
    /// As it is, as in scikit-learn since 1.1.
    Exact,
    /// A little larger, as in scikit-learn until 1.0: `x + (1e-8 + 1e-5 |x|)`.
    Raised,
}

/// What becomes of the number of a bin.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinEncoding {
    /// It is the number itself.
    Ordinal,
    /// For each bin of each column there is a number: 1 for the bin, 0 for all others.
    OneHot,
}

impl KBins {
    /// The bin of a number, from 0.
    fn bin(&self, edges: &[f64], x: f64) -> usize {
        let x = match self.comparison {
            BinComparison::Exact => x,
            BinComparison::Raised => x + (1e-8 + 1e-5 * x.abs()),
        };
        let inner = edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default();
        inner.partition_point(|edge| *edge <= x)
    }

    /// Bins of all columns.
    fn n_bins(&self) -> usize {
        self.edges.iter().map(|edges| edges.len().saturating_sub(1)).sum()
    }
}

impl Transform for KBins {
    fn name(&self) -> &'static str {
        "KBinsDiscretizer"
    }

    fn width_in(&self) -> usize {
        self.edges.len()
    }

    fn width_out(&self) -> usize {
        match self.encoding {
            BinEncoding::Ordinal => self.edges.len(),
            BinEncoding::OneHot => self.n_bins(),
        }
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        output.clear();
        for row in rows.chunks_exact(self.edges.len().max(1)) {
            for (x, edges) in row.iter().zip(&self.edges) {
                let bin = self.bin(edges, *x);
                match self.encoding {
                    BinEncoding::Ordinal => output.push(bin as f64),
                    BinEncoding::OneHot => {
                        let bins = 0..edges.len().saturating_sub(1);
                        output.extend(bins.map(|place| f64::from(u8::from(place == bin))));
                    }
                }
            }
        }
    }

    /// The middle of a bin; of one without an end its other end, of one without ends 0.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        let mut output = output;
        for edges in &self.edges {
            let n_bins = edges.len().saturating_sub(1);
            let taken = match self.encoding {
                BinEncoding::Ordinal => 1,
                BinEncoding::OneHot => n_bins,
            };
            let (own, others) = output.split_at_checked(taken).unwrap_or_default();
            output = others;
            let bin = match (self.encoding, own) {
                (BinEncoding::Ordinal, [bin]) => bin.round().clamp(0.0, n_bins.saturating_sub(1) as f64) as usize,
                _ => own.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place),
            };
            let end = |place: usize| edges.get(place).copied().filter(|end| end.is_finite());
            input.push(match (end(bin), end(bin + 1)) {
                (Some(low), Some(high)) => low + (high - low) / 2.0,
                (low, high) => low.or(high).unwrap_or_default(),
            });
        }
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        match self.encoding {
            BinEncoding::Ordinal => vec![column],
            BinEncoding::OneHot => {
                let mut left = column;
                let of_bin = |edges: &Vec<f64>| match left.checked_sub(edges.len().saturating_sub(1)) {
                    Some(rest) => {
                        left = rest;
                        false
                    }
                    None => true,
                };
                self.edges.iter().position(of_bin).into_iter().collect()
            }
        }
    }

    /// Refuses another width than `width`, columns without a bin, and edges that are not ascending numbers.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width("KBinsDiscretizer", self.edges.len(), width)?;
        for edges in &self.edges {
            if edges.len() < 2 {
                let expected = "at least 2 edges for each column";
                return Err(Error::part("KBinsDiscretizer.bin_edges", expected, edges.len()));
            }
            let is_sorted = edges.is_sorted() && !edges.iter().any(|edge| edge.is_nan());
            if !is_sorted {
                return Err(Error::part("KBinsDiscretizer.bin_edges", "ascending numbers for each column", "others"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kbins(encoding: BinEncoding) -> KBins {
        let edges = vec![vec![0.0, 1.0, 2.0, 3.0], vec![f64::NEG_INFINITY, f64::INFINITY]];
        KBins { edges, comparison: BinComparison::Exact, encoding }
    }

    fn applied(kbins: &KBins, rows: &[f64]) -> Vec<f64> {
        let mut output = vec![f64::NAN; 9];
        kbins.apply(rows, &mut output);
        output
    }

    #[test]
    fn a_number_on_an_edge_belongs_to_the_bin_above_and_beyond_the_ends_there_is_none() {
        let ordinal = kbins(BinEncoding::Ordinal);
        for (x, bin) in [(1.0, 1.0), (0.999, 0.0), (5.0, 2.0), (-1.0, 0.0), (1.999_999, 1.0), (f64::MAX, 2.0)] {
            assert_eq!(applied(&ordinal, &[x, x]), [bin, 0.0], "{x}");
        }
        let raised = KBins { comparison: BinComparison::Raised, ..ordinal };
        for (x, bin) in [(0.999_999, 1.0), (0.999, 0.0), (5.0, 2.0), (-1.0, 0.0)] {
            assert_eq!(applied(&raised, &[x, x]), [bin, 0.0], "{x}");
        }
    }

    #[test]
    fn a_column_for_each_bin_has_1_for_its_own() {
        let one_hot = kbins(BinEncoding::OneHot);
        assert_eq!((one_hot.width_in(), one_hot.width_out()), (2, 4));
        assert_eq!(applied(&one_hot, &[1.0, 7.0, -1.0, 0.0]), [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!([0, 2, 3, 4].map(|column| one_hot.sources(column)), [vec![0], vec![0], vec![1], vec![]]);
    }

    #[test]
    fn the_middle_of_a_bin_comes_back() {
        for (encoding, output) in
            [(BinEncoding::Ordinal, &[2.0, 0.0][..]), (BinEncoding::OneHot, &[0.0, 0.0, 1.0, 1.0])]
        {
            let mut input = vec![];
            kbins(encoding).undo(output, &mut input);
            assert_eq!(input, [2.5, 0.0]);
        }
    }

    #[test]
    fn edges_that_no_training_gives_are_refused() {
        let with = |edges: &[f64]| KBins { edges: vec![edges.to_vec()], ..kbins(BinEncoding::Ordinal) };
        let refusal = |edges: &[f64]| with(edges).check(1).unwrap_err().to_string();
        let text = "`KBinsDiscretizer.bin_edges`: expected at least 2 edges for each column, found 1";
        assert_eq!(refusal(&[1.0]), text);
        for edges in [&[0.0, 2.0, 1.0][..], &[0.0, f64::NAN, 1.0], &[f64::NAN, f64::NAN]] {
            let text = "`KBinsDiscretizer.bin_edges`: expected ascending numbers for each column, found others";
            assert_eq!(refusal(edges), text);
        }
        assert_eq!(
            with(&[0.0, 1.0]).check(2).unwrap_err().to_string(),
            "`KBinsDiscretizer`: expected 2 features, found 1"
        );
    }
}
