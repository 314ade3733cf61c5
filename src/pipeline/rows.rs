//! Rows as a model takes them: numbers, and the documents that some of them stand for.

use super::Documents;

/// Whole rows, row major, and the documents beside them.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// A cell for each column of each row.
    pub cells: &'a [f64],
    /// What the cells of text columns stand for.
    pub documents: &'a Documents,
}

static NO_DOCUMENTS: Documents = Documents::NONE;

impl<'a> From<&'a [f64]> for Rows<'a> {
    fn from(cells: &'a [f64]) -> Rows<'a> {
        Rows { cells, documents: &NO_DOCUMENTS }
    }
}

impl<'a> From<&'a Vec<f64>> for Rows<'a> {
    fn from(cells: &'a Vec<f64>) -> Rows<'a> {
        cells.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [f64; N]> for Rows<'a> {
    fn from(cells: &'a [f64; N]) -> Rows<'a> {
        cells.as_slice().into()
    }
}
