//! The rows of a request, handed out in blocks. Only numbers that do not lie row by row already are copied, and never all of them
//! at once. Between two blocks the caller can check whether anybody still waits.

use super::bytes::Bytes;
use crate::api::Error;

/// Numbers in a block, at most.
const BLOCK_NUMBERS: usize = 16 << 10;

/// Rows of numbers, wherever they lie.
#[derive(Debug)]
pub enum Table<'a> {
    /// Row by row.
    Rows(Cells<'a>),
    /// Column by column, in the model's order.
    Columns(Vec<Cells<'a>>),
}

/// Numbers one after the other.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// As they are.
    Numbers(&'a [f64]),
    /// In a binary tensor.
    Bytes(Bytes<'a>),
}

impl<'a> Table<'a> {
    /// The rows in `numbers`, which lie row by row, or else column by column. `order`: for each of the model's columns, how many
    /// others come before it.
    pub fn new(order: Option<&[usize]>, numbers: &'a [f64]) -> Table<'a> {
        let Some(order) = order else { return Table::Rows(Cells::Numbers(numbers)) };
        let n_rows = numbers.len() / order.len().max(1);
        let column = |place: &usize| numbers.get(place * n_rows..).and_then(|rest| rest.get(..n_rows));
        Table::Columns(order.iter().map(|place| Cells::Numbers(column(place).unwrap_or_default())).collect())
    }

    /// How many rows of `width` numbers there are.
    pub fn n_rows(&self, width: usize) -> usize {
        match self {
            Table::Rows(cells) => cells.len() / width,
            Table::Columns(columns) => columns.first().map_or(0, Cells::len),
        }
    }

    /// Hands each block of at most `rows_max` rows of `width` numbers to `each`, with the count of rows before it. `block` is a buffer.
    ///
    /// # Errors
    /// A number of a binary tensor that is not allowed, and whatever `each` says.
    pub fn each_block(
        &self,
        width: usize,
        rows_max: usize,
        block: &mut Vec<f64>,
        mut each: impl FnMut(usize, &[f64]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let block_rows = (BLOCK_NUMBERS / width).min(rows_max).max(1);
        if let Table::Rows(Cells::Numbers(numbers)) = self {
            // An empty block is handed out too: the model may refuse what is asked of it.
            if numbers.len() <= block_rows * width {
                return each(0, numbers);
            }
            let mut blocks = numbers.chunks(block_rows * width).zip((0..).step_by(block_rows));
            return blocks.try_for_each(|(rows, start)| each(start, rows));
        }
        let n_rows = self.n_rows(width);
        for start in (0..n_rows).step_by(block_rows) {
            let count = block_rows.min(n_rows - start);
            block.clear();
            self.fill(width, start, count, block)?;
            each(start, block)?;
        }
        Ok(())
    }

    fn fill(&self, width: usize, start: usize, count: usize, block: &mut Vec<f64>) -> Result<(), Error> {
        match self {
            Table::Rows(cells) => cells.append(start * width, count * width, block),
            Table::Columns(columns) => {
                block.resize(count * width, 0.0);
                columns.iter().enumerate().try_for_each(|(index, cells)| {
                    let mut slots = block.iter_mut().skip(index).step_by(width);
                    cells.read(start, count, |number| {
                        if let Some(slot) = slots.next() {
                            *slot = number;
                        }
                    })
                })
            }
        }
    }
}

impl Cells<'_> {
    fn len(&self) -> usize {
        match self {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Bytes(bytes) => bytes.len(),
        }
    }

    /// See [`Bytes::append`].
    fn append(&self, start: usize, count: usize, out: &mut Vec<f64>) -> Result<(), Error> {
        match self {
            Cells::Numbers(numbers) => out.extend(numbers.iter().skip(start).take(count)),
            Cells::Bytes(bytes) => bytes.append(start, count, out)?,
        }
        Ok(())
    }

    /// See [`Bytes::read`].
    fn read(&self, start: usize, count: usize, each: impl FnMut(f64)) -> Result<(), Error> {
        match self {
            Cells::Numbers(numbers) => numbers.iter().skip(start).take(count).copied().for_each(each),
            Cells::Bytes(bytes) => bytes.read(start, count, each)?,
        }
        Ok(())
    }
}
