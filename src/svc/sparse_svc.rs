//! An SVC whose support vectors are sparse, for sparse rows.
// `SparseSvc::new` has checked that n_support adds up to the support vectors, dual_coef and intercept are as long as these and the
// classes ask for, and columns and vectors are in range; every buffer is resized to these numbers before use.
#![allow(clippy::indexing_slicing)]

use serde::{Deserialize, Serialize};

use super::Error;
use super::check::{check_finite, check_len};
use super::explain::{ClassPair, ExplainedRow, decided_pair};
use super::kernel::Kernel;
use super::machine::SvcParts;
use super::sparse::{SparseBuffer, SparseRow, SparseSums};
use super::values::{RowValues, Workspace};
use super::votes::pairs;

/// A fitted `SVC` or `NuSVC` with sparse support vectors; built only by [`SparseSvc::new`], so its shapes agree and its numbers are
/// finite.
///
/// A product of a row and a vector adds up what both have, in the order of the columns; a squared distance what either has. Zeros
/// that are not stored change no sum, so these are LIBSVM's sums for sparse rows, and for dense ones too.
///
/// # Source
/// LIBSVM, `Kernel::dot` and `Kernel::k_function` of sparse rows.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseSvc {
    /// All but the support vectors.
    parts: SvcParts,
    vectors: VectorOrder,
}

/// Support vectors that leave out zeros, not checked yet.
// Serialised as it stands: the order of fields is the layout of stored models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SparseVectors {
    /// Where the numbers of each vector end.
    pub ends: Vec<u32>,
    /// The column of each number, ascending in a vector.
    pub columns: Vec<u32>,
    /// The numbers.
    pub values: Vec<f64>,
}

/// The numbers of support vectors as a kernel goes through them.
#[derive(Debug, Clone, PartialEq)]
enum VectorOrder {
    /// For distances: vector by vector.
    ByVector(SparseVectors),
    /// For products: the vectors that have a number in a column, one column after the other.
    ByColumn(SparseVectors),
}

impl SparseVectors {
    /// Leaves out the zeros of vectors of so many numbers.
    pub fn of_dense(width: usize, numbers: &[f64]) -> SparseVectors {
        let mut vectors = SparseVectors::default();
        for vector in numbers.chunks_exact(width.max(1)) {
            for (column, value) in (0_u32..).zip(vector).filter(|(_, value)| **value != 0.0) {
                vectors.columns.push(column);
                vectors.values.push(*value);
            }
            vectors.ends.push(vectors.values.len() as u32);
        }
        vectors
    }

    /// The stored numbers of each list.
    fn lists(&self) -> impl Iterator<Item = impl Iterator<Item = (u32, f64)> + '_> + '_ {
        (0..self.ends.len()).map(|index| self.list(index))
    }

    fn list(&self, index: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let range = start..self.ends[index] as usize;
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    /// Lists by the other index, of which there are so many.
    fn turned(&self, count: usize) -> SparseVectors {
        let mut ends = vec![0_u32; count];
        self.columns.iter().for_each(|column| ends[*column as usize] += 1);
        let mut sum = 0;
        for end in &mut ends {
            // the start first: filling moves it to the end
            (*end, sum) = (sum, sum + *end);
        }
        let (mut columns, mut values) = (vec![0; self.columns.len()], vec![0.0; self.values.len()]);
        for (index, list) in (0_u32..).zip(self.lists()) {
            for (column, value) in list {
                let place = &mut ends[column as usize];
                (columns[*place as usize], values[*place as usize]) = (index, value);
                *place += 1;
            }
        }
        SparseVectors { ends, columns, values }
    }

    fn check(&self, n_sv: usize, width: usize) -> Result<(), Error> {
        let name = "support_vectors";
        check_len(name, n_sv, self.ends.len())?;
        check_len(name, self.columns.len(), self.values.len())?;
        check_finite(name, &self.values)?;
        let last = self.ends.last().copied().unwrap_or_default();
        if !self.ends.is_sorted() || last as usize != self.values.len() {
            return Err(Error::new(name, format_args!("ends up to {}", self.values.len()), "others"));
        }
        for mut list in self.lists() {
            let mut before = None;
            let is_wrong = list.any(|(column, _)| {
                let is_wrong = before.is_some_and(|before| before >= column) || column as usize >= width;
                before = Some(column);
                is_wrong
            });
            if is_wrong {
                return Err(Error::new(name, format_args!("ascending columns below {width}"), "others"));
            }
        }
        Ok(())
    }
}

impl SparseSvc {
    /// Builds an SVC from parts that fit together; those of `parts` hold no support vectors.
    ///
    /// # Errors
    /// [`Error`] names the first part with a shape that the others contradict, or with a number that cannot be.
    pub fn new(parts: SvcParts, vectors: SparseVectors) -> Result<SparseSvc, Error> {
        let n_sv = parts.check_without_vectors()?;
        vectors.check(n_sv, parts.n_features_in)?;
        let vectors = match parts.kernel {
            Kernel::Rbf { .. } => VectorOrder::ByVector(vectors),
            _ => VectorOrder::ByColumn(vectors.turned(parts.n_features_in)),
        };
        Ok(SparseSvc { parts, vectors })
    }

    /// What it was built from but for the support vectors, which are none there.
    pub fn parts(&self) -> &SvcParts {
        &self.parts
    }

    /// Its support vectors.
    pub fn vectors(&self) -> SparseVectors {
        match &self.vectors {
            VectorOrder::ByVector(vectors) => vectors.clone(),
            VectorOrder::ByColumn(columns) => columns.turned(self.parts.n_support_vectors()),
        }
    }

    /// How many support vectors each class has, and their mean; not finite where a sum is beyond f64.
    pub fn class_means(&self) -> impl Iterator<Item = (usize, Vec<f64>)> {
        let (vectors, mut next) = (self.vectors(), 0);
        self.parts.n_support.iter().map(move |count| {
            let mut mean = vec![0.0; self.parts.n_features_in];
            for (column, value) in (next..next + count).flat_map(|index| vectors.list(index)) {
                mean[column as usize] += value / *count as f64;
            }
            next += count;
            (*count, mean)
        })
    }

    /// Numbers of the support vectors that are stored.
    pub fn n_stored(&self) -> usize {
        let (VectorOrder::ByVector(vectors) | VectorOrder::ByColumn(vectors)) = &self.vectors;
        vectors.values.len()
    }

    /// The values of one row of finite numbers; its columns may come in any order.
    ///
    /// # Source
    /// LIBSVM, `svm_predict_values`; scikit-learn sorts the columns first.
    pub fn values<'a>(&'a self, row: SparseRow<'_>, workspace: &'a mut Workspace) -> RowValues<'a> {
        self.fill_values(row, workspace);
        RowValues::new(&self.parts, workspace)
    }

    fn fill_values(&self, row: SparseRow<'_>, workspace: &mut Workspace) {
        let (SparseSums { sorted, order, kernel_values }, pair_values) = workspace.sparse();
        sorted.copy_sorted(row, order);
        self.fill_sums(sorted.row(), |x, s| x * s, |x, s| (x - s) * (x - s), kernel_values);
        self.parts.kernel.finish(kernel_values);
        pair_values.clear();
        pair_values.extend(self.pairs().zip(&self.parts.intercept).map(|(pair, intercept)| {
            // from zero, the first class before the second, the intercept at the end
            pair.coefficients().fold(0.0, |sum, (vector, coefficient)| sum + coefficient * kernel_values[vector])
                + intercept
        }));
    }

    /// Computes what is said of one row of finite numbers; its columns may come in any order.
    ///
    /// # Source
    /// As [`Svc::explain`](super::Svc::explain).
    pub fn explain<'a>(&'a self, row: SparseRow<'_>, workspace: &'a mut Workspace) -> ExplainedRow<'a> {
        self.fill_values(row, workspace);
        let (sums, pair_values, class_values, votes) = workspace.sparse_values();
        let pair = decided_pair(&self.parts, pair_values, class_values, votes);
        ExplainedRow::new(&self.parts, (&sums.kernel_values, pair_values), pair, votes)
    }

    /// What one column adds to the value of a pair for each unit of its number: the sum over the support vectors of coefficient times
    /// number. None of another kernel than a linear one.
    pub fn column_weight(&self, (class, rival): ClassPair, column: u32) -> Option<f64> {
        let (Kernel::Linear, VectorOrder::ByColumn(columns)) = (self.parts.kernel, &self.vectors) else { return None };
        let n_sv = self.parts.n_support_vectors();
        let start = |class: usize| self.parts.n_support[..class].iter().sum::<usize>();
        let ranges = [(class, rival), (rival, class)].map(|(own, other)| {
            let row = if other > own { other - 1 } else { other };
            (start(own)..start(own + 1), row * n_sv)
        });
        let coefficient = |vector: usize| {
            let of = ranges.iter().find(|(vectors, _)| vectors.contains(&vector));
            of.map_or(0.0, |(_, start)| self.parts.dual_coef[start + vector])
        };
        let stored = columns.list(column as usize);
        let sum = stored.fold(0.0, |sum, (vector, number)| sum + coefficient(vector as usize) * number);
        Some(if class < rival { sum } else { -sum })
    }

    /// Overwrites `sums` with a sum for each support vector: of `product` over the columns that a row and the vector have, or of
    /// `square` over those that either has.
    fn fill_sums(
        &self,
        row: SparseRow<'_>,
        product: impl Fn(f64, f64) -> f64,
        square: impl Fn(f64, f64) -> f64,
        sums: &mut Vec<f64>,
    ) {
        sums.clear();
        match &self.vectors {
            VectorOrder::ByColumn(columns) => {
                sums.resize(self.parts.n_support_vectors(), 0.0);
                for (column, x) in row.iter() {
                    let end = columns.ends[column as usize] as usize;
                    let start = (column as usize).checked_sub(1).map_or(0, |before| columns.ends[before] as usize);
                    for (vector, s) in columns.columns[start..end].iter().zip(&columns.values[start..end]) {
                        sums[*vector as usize] += product(x, *s);
                    }
                }
            }
            VectorOrder::ByVector(vectors) => sums.extend(vectors.lists().map(|vector| {
                let (mut row, mut sum) = (row.iter().peekable(), 0.0);
                for (column, s) in vector {
                    while let Some((_, x)) = row.next_if(|(place, _)| *place < column) {
                        sum += square(x, 0.0);
                    }
                    sum += square(row.next_if(|(place, _)| *place == column).map_or(0.0, |(_, x)| x), s);
                }
                row.fold(sum, |sum, (_, x)| sum + square(x, 0.0))
            })),
        }
    }

    /// The sum of the magnitudes of all that is added up for a pair of classes, for the pair where it is largest.
    pub fn decision_magnitude(&self, row: SparseRow<'_>) -> f64 {
        let (mut sorted, mut sums) = (SparseBuffer::default(), Vec::new());
        sorted.copy_sorted(row, &mut Vec::new());
        self.fill_sums(sorted.row(), |x, s| (x * s).abs(), |x, s| (x - s) * (x - s), &mut sums);
        let magnitudes: Vec<f64> = sums.into_iter().map(|sum| self.parts.kernel.magnitude_of(sum)).collect();
        let sums = self.pairs().zip(&self.parts.intercept).map(|(pair, intercept)| {
            let sum: f64 =
                pair.coefficients().map(|(vector, coefficient)| coefficient.abs() * magnitudes[vector]).sum();
            sum + intercept.abs()
        });
        sums.fold(0.0, f64::max)
    }

    fn pairs(&self) -> impl Iterator<Item = PairCoefficients<'_>> {
        let n_sv = self.parts.n_support_vectors();
        let start = |class: usize| self.parts.n_support[..class].iter().sum::<usize>();
        let of = move |class: usize, other: usize| {
            let vectors = start(class)..start(class + 1);
            let row = if other > class { other - 1 } else { other };
            (vectors.start, &self.parts.dual_coef[row * n_sv..(row + 1) * n_sv][vectors])
        };
        pairs(self.parts.n_support.len()).map(move |(i, j)| PairCoefficients([of(i, j), of(j, i)]))
    }
}

/// The first vector of each of two classes, with the coefficients of its vectors against the other class.
struct PairCoefficients<'a>([(usize, &'a [f64]); 2]);

impl PairCoefficients<'_> {
    /// Vectors with their coefficients, those of the first class before those of the second.
    fn coefficients(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.0.iter().flat_map(|(start, coefficients)| (*start..).zip(coefficients.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::{Coupling, DecisionFunctionShape, Probability, Svc};

    const WIDTH: usize = 9;

    /// Numbers of which most are zero, the same every time.
    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        (0..count).map(|_| if next() % 3 > 0 { 0.0 } else { next() as f64 / 4e9 - 0.25 }).collect()
    }

    fn parts(kernel: Kernel) -> SvcParts {
        let coupling = Coupling::Iterative;
        SvcParts {
            kernel,
            n_features_in: WIDTH,
            n_support: vec![4, 3, 5],
            support_vectors: numbers(12 * WIDTH, 1),
            dual_coef: numbers(24, 2).iter().map(|number| number + 0.5).collect(),
            intercept: vec![0.25, -0.5, 0.125],
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: Some(Probability { prob_a: vec![-1.0; 3], prob_b: vec![0.5; 3], coupling }),
        }
    }

    fn kernels() -> [Kernel; 4] {
        [
            Kernel::Linear,
            Kernel::Poly { gamma: 0.5, coef0: 1.0, degree: 3 },
            Kernel::Rbf { gamma: 0.75 },
            Kernel::Sigmoid { gamma: 0.5, coef0: -0.25 },
        ]
    }

    fn sparse(parts: SvcParts) -> SparseSvc {
        let vectors = SparseVectors::of_dense(WIDTH, &parts.support_vectors);
        SparseSvc::new(SvcParts { support_vectors: Vec::new(), ..parts }, vectors).unwrap()
    }

    fn all(mut values: RowValues<'_>) -> Vec<f64> {
        let mut out = vec![values.predict() as f64];
        values.push_decision_function(&mut out);
        values.push_pair_scores(&mut out);
        values.push_class_scores(&mut out);
        values.push_probabilities(&mut out);
        out
    }

    #[test]
    fn sparse_rows_get_the_bits_of_dense_ones_in_whatever_order_they_come() {
        for kernel in kernels() {
            let (svc, sparse) = (Svc::new(parts(kernel)).unwrap(), sparse(parts(kernel)));
            let mut workspace = Workspace::default();
            for seed in 10..40 {
                let row = numbers(WIDTH, seed);
                let mut expected = Vec::new();
                svc.for_each_row(&row, &mut workspace, |values| expected = all(values));
                let mut buffer = SparseBuffer::default();
                let stored = (0_u32..).zip(&row).filter(|(_, value)| **value != 0.0);
                let mut stored: Vec<_> = stored.map(|(column, value)| (column, *value)).collect();
                for _ in 0..2 {
                    buffer.clear();
                    stored.iter().for_each(|(column, value)| buffer.push(*column, *value));
                    assert_eq!(all(sparse.values(buffer.row(), &mut workspace)), expected, "{kernel:?} {row:?}");
                    stored.reverse();
                }
                let (found, expected) = (sparse.decision_magnitude(buffer.row()), svc.decision_magnitude(&row));
                assert!((found - expected).abs() <= 1e-12 * expected, "{found} {expected}");
            }
        }
    }

    #[test]
    fn vectors_are_given_back_as_they_were() {
        for kernel in kernels() {
            let svc = sparse(parts(kernel));
            assert_eq!(svc.vectors(), SparseVectors::of_dense(WIDTH, &parts(kernel).support_vectors));
            assert_eq!(svc.n_stored(), svc.vectors().values.len());
            assert_eq!(SparseSvc::new(svc.parts().clone(), svc.vectors()).unwrap(), svc);
        }
    }

    #[test]
    fn vectors_that_do_not_fit_are_refused() {
        let good = SparseVectors::of_dense(WIDTH, &parts(Kernel::Linear).support_vectors);
        let refusal = |change: fn(&mut SparseVectors)| {
            let mut vectors = good.clone();
            change(&mut vectors);
            let parts = SvcParts { support_vectors: Vec::new(), ..parts(Kernel::Linear) };
            SparseSvc::new(parts, vectors).unwrap_err().to_string()
        };
        let columns = "`support_vectors`: expected ascending columns below 9, found others";
        assert_eq!(refusal(|vectors| vectors.columns[0] = 9), columns);
        assert_eq!(refusal(|vectors| vectors.columns[..2].reverse()), columns);
        assert_eq!(refusal(|vectors| vectors.columns[1] = vectors.columns[0]), columns);
        assert!(refusal(|vectors| vectors.ends[3] = 99).contains("expected ends up to"));
        assert!(refusal(|vectors| vectors.ends.truncate(11)).contains("expected 12 numbers, found 11"));
        assert!(refusal(|vectors| vectors.values.truncate(3)).contains("numbers, found"));
        assert!(refusal(|vectors| vectors.values[0] = f64::NAN).contains("finite"));
        let with_dense = SparseSvc::new(parts(Kernel::Linear), good.clone());
        assert_eq!(with_dense.unwrap_err().to_string(), "`support_vectors`: expected 0 numbers, found 108");
    }
}
