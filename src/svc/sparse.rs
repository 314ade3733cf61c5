//! Rows of which most numbers are zero: columns and values, in the order in which they are added up.

/// The stored numbers of one row.
#[derive(Debug, Clone, Copy, Default)]
pub struct SparseRow<'a> {
    columns: &'a [u32],
    values: &'a [f64],
}

impl<'a> SparseRow<'a> {
    /// The columns, in the stored order.
    pub fn columns(self) -> &'a [u32] {
        self.columns
    }

    /// A number for each of the columns.
    pub fn values(self) -> &'a [f64] {
        self.values
    }

    /// Columns with their numbers, in the stored order.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = (u32, f64)> + Clone + use<'a> {
        self.columns.iter().copied().zip(self.values.iter().copied())
    }

    /// Overwrites `dense` with the row and its zeros, so many numbers.
    pub fn copy_to_dense(self, width: usize, dense: &mut Vec<f64>) {
        dense.clear();
        dense.resize(width, 0.0);
        for (column, value) in self.iter() {
            if let Some(place) = dense.get_mut(column as usize) {
                *place = value;
            }
        }
    }

    /// Whether every number is zero.
    pub fn is_empty(self) -> bool {
        self.columns.is_empty()
    }
}

/// A row to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SparseBuffer {
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl SparseBuffer {
    /// The row as it is.
    pub fn row(&self) -> SparseRow<'_> {
        SparseRow { columns: &self.columns, values: &self.values }
    }

    /// Makes it a row of zeros.
    pub fn clear(&mut self) {
        self.columns.clear();
        self.values.clear();
    }

    /// Appends a number.
    #[inline]
    pub fn push(&mut self, column: u32, value: f64) {
        self.columns.push(column);
        self.values.push(value);
    }

    /// Overwrites it with a row.
    pub fn copy(&mut self, row: SparseRow<'_>) {
        self.clear();
        self.columns.extend_from_slice(row.columns);
        self.values.extend_from_slice(row.values);
    }

    /// Overwrites it with the numbers of a row that are not zero.
    pub fn copy_dense(&mut self, row: &[f64]) {
        self.clear();
        let stored = (0_u32..).zip(row).filter(|(_, value)| **value != 0.0);
        stored.for_each(|(column, value)| self.push(column, *value));
    }

    /// Columns and values, to be changed in place; there are as many of both.
    pub fn parts_mut(&mut self) -> (&mut [u32], &mut [f64]) {
        (&mut self.columns, &mut self.values)
    }

    /// Keeps the numbers whose column has another number, which is their new one.
    pub fn renumber(&mut self, number: impl Fn(u32) -> Option<u32>) {
        let mut kept = 0;
        for place in 0..self.columns.len() {
            let (Some(column), Some(value)) = (self.columns.get(place).copied(), self.values.get(place).copied())
            else {
                continue;
            };
            let Some(column) = number(column) else { continue };
            if let (Some(slot), Some(number)) = (self.columns.get_mut(kept), self.values.get_mut(kept)) {
                (*slot, *number) = (column, value);
                kept += 1;
            }
        }
        self.columns.truncate(kept);
        self.values.truncate(kept);
    }

    /// Overwrites it with the numbers of another that are not zero, in ascending order of the columns.
    pub fn copy_sorted(&mut self, row: SparseRow<'_>, order: &mut Vec<(u32, f64)>) {
        order.clear();
        order.extend(row.iter());
        if !order.is_sorted_by_key(|(column, _)| *column) {
            order.sort_by_key(|(column, _)| *column);
        }
        self.clear();
        order.iter().for_each(|(column, value)| self.push(*column, *value));
    }
}

/// What the sums over one row need.
#[derive(Debug, Default)]
pub(super) struct SparseSums {
    /// The row with its columns in order.
    pub(super) sorted: SparseBuffer,
    pub(super) order: Vec<(u32, f64)>,
    /// A number for each support vector.
    pub(super) kernel_values: Vec<f64>,
}
