//! What the support vectors reveal about the training rows, in the caller's columns: ranges, means, and the rows themselves.

use super::ranges::{self, ColumnRange};
use super::{Estimator, Model, Step, Target};
use crate::svc::Svc;

/// The fewest support vectors that a mean is taken over: the mean of fewer would be close to somebody's row.
pub const MEAN_VECTORS_MIN: usize = 5;

/// The mean of the support vectors of a class, or of all where there are no classes.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportMean {
    /// The index of the class.
    pub class: Option<usize>,
    /// In the caller's columns; of categories the index of the one that comes nearest.
    pub row: Vec<f64>,
}

/// A support vector as a row of the training data.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportRow {
    /// Its place among the support vectors.
    pub support_vector: usize,
    /// The index of its class, where there are classes.
    pub class: Option<usize>,
    /// The largest magnitude of its coefficients.
    pub coefficient: f64,
    /// In the caller's columns, up to what rounding took.
    pub row: Vec<f64>,
}

impl Model {
    /// The lowest and the highest value of each column among the support vectors, of all SVMs inside; training rows that are not
    /// support vectors may lie outside. `None` for a column of categories, for one that the steps mix with others or leave out,
    /// and for every column of a model without support vectors.
    pub fn support_ranges(&self) -> Vec<Option<ColumnRange>> {
        self.of_numbers(ranges::of_model(self))
    }

    /// Between which numbers nearly all of the training lay, as far as a scaler that sees the column knows it: three deviations to both
    /// sides of a mean, two interquartile ranges to both sides of a median, or from a minimum to a maximum.
    pub fn usual_ranges(&self) -> Vec<Option<ColumnRange>> {
        self.of_numbers(ranges::of_scalers(self))
    }

    /// The same without those of columns that hold categories.
    fn of_numbers(&self, ranges: Vec<Option<ColumnRange>>) -> Vec<Option<ColumnRange>> {
        let ranges = ranges.into_iter().zip(self.columns().kinds());
        ranges.map(|(range, kind)| range.filter(|_| kind.is_number())).collect()
    }

    /// The mean of the support vectors of each class that has [`MEAN_VECTORS_MIN`] of them, in the order of the classes, as far as it is
    /// finite and the steps can be undone; of categories the one that comes nearest, which of dummies is the most frequent one.
    pub fn support_means(&self) -> Vec<SupportMean> {
        // no mean of texts is a text
        if self.columns().have_text() {
            return Vec::new();
        }
        match (self.estimator(), self.own_machine()) {
            (Estimator::SparseSvc { svc, .. }, _) => self.means_before(svc.class_means()),
            (_, Some(machine)) => self.means_before(machine.class_means()),
            (_, None) => Vec::new(),
        }
    }

    /// Of counts and means behind the steps those that are told, before them.
    fn means_before(&self, means: impl Iterator<Item = (usize, Vec<f64>)>) -> Vec<SupportMean> {
        let told =
            means.enumerate().filter(|(_, (count, _))| *count >= MEAN_VECTORS_MIN).filter_map(|(class, mean)| {
                let row = self.undone(mean.1)?;
                Some(SupportMean { class: self.has_classes().then_some(class), row })
            });
        told.collect()
    }

    /// The support vectors as rows; the first `count` of them. None where a step cannot be undone.
    pub fn support_rows(&self, count: usize) -> impl Iterator<Item = SupportRow> {
        let machine = self.own_machine();
        let parts = machine.map(|machine| (machine, machine.parts()));
        let classes = parts.into_iter().flat_map(|(_, parts)| parts.n_support.iter().enumerate());
        let classes = classes.flat_map(|(class, count)| std::iter::repeat_n(class, *count));
        classes.take(count).enumerate().filter_map(move |(support_vector, class)| {
            let (machine, _) = parts?;
            Some(SupportRow {
                support_vector,
                class: self.has_classes().then_some(class),
                coefficient: machine.coefficient_max(support_vector),
                row: self.support_row(support_vector)?,
            })
        })
    }

    /// One support vector as a row, up to what rounding took; `None` where the steps cannot be undone.
    pub fn support_row(&self, support_vector: usize) -> Option<Vec<f64>> {
        // behind an encoder no number is that of one column
        let machine = self.own_machine().filter(|_| self.steps_keep_columns())?;
        let width = machine.n_features_in();
        let vector = machine.parts().support_vectors.chunks_exact(width).nth(support_vector)?;
        self.undone(vector.to_vec())
    }

    /// A row that the steps turn into `row`, or into what is nearest to it, if there is one.
    fn undone(&self, row: Vec<f64>) -> Option<Vec<f64>> {
        let row = self.steps().undo(row);
        let is_whole = row.len() == self.n_features_in() && row.iter().all(|value| value.is_finite());
        is_whole.then(|| self.columns().nearest_cells(row))
    }

    /// The model's own support vectors, not those of an estimator inside of it.
    fn own_machine(&self) -> Option<&Svc> {
        self.check_explained().ok()?;
        self.estimator().machine()
    }

    /// Whether each number after the steps is that of the column in the same place.
    pub fn steps_keep_columns(&self) -> bool {
        self.steps().0.iter().all(Step::keeps_columns)
    }

    fn has_classes(&self) -> bool {
        matches!(self.target(), Target::Classes(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{
        Branch, Branches, BranchesKind, Category, Classes, Codes, EncodedColumn, Encoder, EncoderKind, Scaler,
        ScalerFormula, Steps,
    };
    use crate::svc::{SparseSvc, SparseVectors, SvcParts};

    /// Two features; five vectors of the first class and one of the second.
    fn made_up(scalers: Vec<ScalerFormula>) -> Model {
        MadeUp {
            scalers,
            n_support: vec![5, 1],
            support_vectors: vec![1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0, 5.0, 10.0, -3.0, 8.0],
            dual_coef: vec![1.0, 2.0, 0.5, 0.25, 0.25, -4.0],
            ..MadeUp::default()
        }
        .model()
    }

    #[test]
    fn ranges_means_and_rows_are_in_the_callers_units() {
        let plain = made_up(vec![]);
        assert_eq!(plain.support_ranges(), [Some((-3.0, 5.0)), Some((0.0, 10.0))]);
        let mean = SupportMean { class: Some(0), row: vec![3.0, 2.0] };
        assert_eq!(plain.support_means(), [mean]);
        let rows: Vec<_> = plain.support_rows(9).collect();
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[5], SupportRow { support_vector: 5, class: Some(1), coefficient: 4.0, row: vec![-3.0, 8.0] });
        assert_eq!(plain.support_rows(2).count(), 2);

        let turned = ScalerFormula::MinMax { scale: vec![-0.5, 1.0], min: vec![1.0, 0.0], clip: None };
        let scaled = made_up(vec![turned]);
        assert_eq!(scaled.support_ranges(), [Some((-8.0, 8.0)), Some((0.0, 10.0))]);
        assert_eq!(scaled.support_row(5), Some(vec![8.0, 8.0]));
        assert_eq!(scaled.support_means()[0].row, [-4.0, 2.0]);
    }

    #[test]
    fn the_mean_of_a_class_has_the_category_that_most_of_its_vectors_have() {
        let texts = ["left", "middle", "right"].map(Category::String);
        let codes = Codes::OneHot { width: 3, places: vec![0, 1, 2], unknown: None };
        let columns = vec![EncodedColumn::new(&texts, codes).unwrap()];
        let encoder = Step::Encode(Encoder { kind: EncoderKind::OneHot, columns });
        let scaler = ScalerFormula::MaxAbs { scale: vec![2.0], clip: false };
        let scaler = Step::Scaler(Scaler { n_features_in: 1, formula: scaler });
        let branch = |column, step| Branch::new(format!("b{column}"), vec![column], None, Steps(vec![step]));
        let branches = Branches {
            kind: BranchesKind::ColumnTransformer,
            n_features_in: 2,
            branches: vec![branch(1, scaler), branch(0, encoder)],
        };
        // a number, and the dummies of three categories: twice the middle one and three times the right one; four of another class
        let vectors = [(1.0, 1), (2.0, 1), (3.0, 2), (4.0, 2), (5.0, 2), (0.0, 0), (0.0, 0), (0.0, 0), (0.0, 0)];
        let dense = vectors.iter().flat_map(|(number, category)| {
            let dummies = (0..3).map(|place| f64::from(place == *category));
            std::iter::once(*number).chain(dummies)
        });
        let dense: Vec<f64> = dense.collect();
        let made_up = MadeUp {
            n_support: vec![5, 4],
            support_vectors: dense.clone(),
            dual_coef: [vec![0.8; 5], vec![-1.0; 4]].concat(),
            ..MadeUp::default()
        };
        let classes = || Classes::Integer(vec![0, 1]);
        let parts = made_up.svc_parts();
        let sparse = SvcParts { support_vectors: Vec::new(), ..parts.clone() };
        let sparse = SparseSvc::new(sparse, SparseVectors::of_dense(4, &dense)).unwrap();
        for estimator in
            [Estimator::of_svc(classes(), parts).unwrap(), Estimator::SparseSvc { svc: sparse, classes: classes() }]
        {
            let steps = Steps(vec![Step::Columns(branches.clone())]);
            let model = Model::over_numbers(None, steps, estimator).unwrap();
            let [mean] = model.support_means().try_into().unwrap();
            // of a table there are no rows to tell
            assert_eq!((mean.class, mean.row, model.support_row(0)), (Some(0), vec![2.0, 6.0], None));
        }
    }

    #[test]
    fn what_cannot_be_undone_is_not_told() {
        let flat = made_up(vec![ScalerFormula::MinMax { scale: vec![0.0, 1.0], min: vec![1.0, 0.0], clip: None }]);
        assert_eq!(flat.support_ranges(), [None, Some((0.0, 10.0))]);
        assert_eq!((flat.support_row(0), flat.support_rows(6).count(), flat.support_means()), (None, 0, vec![]));
    }
}
