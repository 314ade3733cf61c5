//! What a model is trained on: rows, what each of them is, weights.
// Rows are whole, and `of_rows` and `weights` have one for each.
#![allow(clippy::indexing_slicing)]

use std::ops::Range;

use crate::pipeline::{Categories, Classes};
use crate::svc::train::TrainingRows;

/// The rows of a table.
#[derive(Debug)]
pub(super) struct TrainingData {
    /// Row major.
    pub numbers: Vec<f64>,
    /// Numbers in a row, one or more.
    pub n_features: usize,
    /// What the columns are called.
    pub names: Option<Vec<String>>,
    /// For each column its categories, of which its cells are indices; nothing at all where all columns are numbers.
    pub categories: Vec<Option<Categories>>,
    /// What the rows are.
    pub answers: KnownAnswers,
    /// A weight for each row.
    pub weights: Option<Vec<f64>>,
}

/// What each row is.
#[derive(Debug)]
pub(super) enum KnownAnswers {
    /// One of these classes, by its place.
    Classes {
        /// Sorted.
        labels: Classes,
        /// The class of each row.
        of_rows: Vec<usize>,
    },
    /// A number.
    Numbers(Vec<f64>),
    /// Nobody knows.
    Nothing,
}

/// Some rows, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataView<'a> {
    pub rows: TrainingRows<'a>,
    pub categories: &'a [Option<Categories>],
    pub answers: AnswersView<'a>,
    pub weights: Option<&'a [f64]>,
}

/// What each of some rows is.
#[derive(Debug, Clone, Copy)]
pub(super) enum AnswersView<'a> {
    Classes { labels: &'a Classes, of_rows: &'a [usize] },
    Numbers(&'a [f64]),
    Nothing,
}

impl TrainingData {
    /// Number of rows.
    pub fn count(&self) -> usize {
        self.numbers.len() / self.n_features
    }

    /// The class of each row.
    pub fn classes(&self) -> Option<&[usize]> {
        if let KnownAnswers::Classes { of_rows, .. } = &self.answers { Some(of_rows) } else { None }
    }

    /// Puts the rows in this order, in which each is once, without another copy of the numbers.
    pub fn reorder(&mut self, order: &[usize]) {
        let mut is_done = vec![false; order.len()];
        let mut held = vec![0.0; self.n_features];
        for start in 0..order.len() {
            if std::mem::replace(&mut is_done[start], true) || order[start] == start {
                continue;
            }
            held.copy_from_slice(&self.numbers[self.place(start)]);
            let mut hole = start;
            while order[hole] != start {
                let (source, target) = (self.place(order[hole]), self.place(hole).start);
                self.numbers.copy_within(source, target);
                hole = order[hole];
                is_done[hole] = true;
            }
            let place = self.place(hole);
            self.numbers[place].copy_from_slice(&held);
        }
        fn reordered<T: Copy>(values: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|row| values[*row]).collect()
        }
        match &mut self.answers {
            KnownAnswers::Classes { of_rows, .. } => *of_rows = reordered(of_rows, order),
            KnownAnswers::Numbers(numbers) => *numbers = reordered(numbers, order),
            KnownAnswers::Nothing => {}
        }
        self.weights = self.weights.as_deref().map(|weights| reordered(weights, order));
    }

    fn place(&self, row: usize) -> Range<usize> {
        row * self.n_features..(row + 1) * self.n_features
    }

    /// Rows one after the other.
    pub fn view(&self, rows: Range<usize>) -> DataView<'_> {
        let numbers = &self.numbers[rows.start * self.n_features..rows.end * self.n_features];
        DataView {
            rows: TrainingRows { numbers, n_features: self.n_features },
            categories: &self.categories,
            answers: match &self.answers {
                KnownAnswers::Classes { labels, of_rows } => {
                    AnswersView::Classes { labels, of_rows: &of_rows[rows.clone()] }
                }
                KnownAnswers::Numbers(numbers) => AnswersView::Numbers(&numbers[rows.clone()]),
                KnownAnswers::Nothing => AnswersView::Nothing,
            },
            weights: self.weights.as_deref().map(|weights| &weights[rows]),
        }
    }
}

impl DataView<'_> {
    /// The class of each row.
    pub fn classes(&self) -> Option<&[usize]> {
        if let AnswersView::Classes { of_rows, .. } = self.answers { Some(of_rows) } else { None }
    }

    /// A copy of some of the rows, in their order.
    pub fn select(&self, is_wanted: impl Fn(usize) -> bool) -> TrainingData {
        let wanted: Vec<usize> = (0..self.rows.count()).filter(|row| is_wanted(*row)).collect();
        TrainingData {
            numbers: wanted.iter().flat_map(|row| self.rows.row(*row)).copied().collect(),
            n_features: self.rows.n_features,
            names: None,
            categories: self.categories.to_vec(),
            answers: match self.answers {
                AnswersView::Classes { labels, of_rows } => KnownAnswers::Classes {
                    labels: labels.clone(),
                    of_rows: wanted.iter().map(|row| of_rows[*row]).collect(),
                },
                AnswersView::Numbers(numbers) => {
                    KnownAnswers::Numbers(wanted.iter().map(|row| numbers[*row]).collect())
                }
                AnswersView::Nothing => KnownAnswers::Nothing,
            },
            weights: self.weights.map(|weights| wanted.iter().map(|row| weights[*row]).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_can_be_put_in_any_order() {
        let numbers: Vec<f64> = (0..14).map(f64::from).collect();
        for order in [[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0], [2, 0, 1, 4, 3, 5, 6], [1, 2, 3, 4, 5, 6, 0]] {
            let mut data = TrainingData {
                numbers: numbers.clone(),
                n_features: 2,
                names: None,
                categories: Vec::new(),
                answers: KnownAnswers::Numbers((0..7).map(f64::from).collect()),
                weights: Some((0..7).map(f64::from).collect()),
            };
            data.reorder(&order);
            let expected: Vec<f64> = order.iter().map(|row| *row as f64).collect();
            assert!(data.numbers.chunks(2).eq(expected.iter().map(|row| [2.0 * row, 2.0 * row + 1.0])), "{order:?}");
            assert!(matches!(&data.answers, KnownAnswers::Numbers(numbers) if *numbers == expected));
            assert_eq!(data.weights, Some(expected));
        }
    }
}
