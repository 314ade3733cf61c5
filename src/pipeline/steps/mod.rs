//! The steps before the estimator: each takes rows of `width_in` numbers and gives rows of `width_out`. Steps stand one after the
//! other, and side by side in [`Branches`]: a tree.

mod binarizer;
mod branches;
mod check;
mod encode;
mod fill;
mod function;
mod kbins;
mod mixed;
mod names;
mod ndtri;
mod normalizer;
mod pca;
mod polynomial;
mod power;
mod projection;
mod quantile;
mod scaler;
mod select;
mod sparse;
mod stored;
mod texts;
mod transform;
mod undo;
mod whole;

use serde::{Deserialize, Serialize};

use super::Error;
use super::scratch::StepBuffers;
use super::text::{Vectorizer, Weights};

pub use binarizer::Binarizer;
pub use branches::{Branch, Branches, BranchesKind, COLUMNS_MAX};
pub use encode::{Codes, EncodedColumn, Encoder, EncoderKind};
pub use fill::{Fill, FilledColumn, OwnCategory};
pub use function::{ElementaryFunction, FunctionTransformer};
pub use kbins::{BinComparison, BinEncoding, KBins};
pub use normalizer::{NormFormula, Normalizer, RowNorm};
pub use pca::Pca;
pub use polynomial::{Grouping, Polynomial};
pub use power::{Power, PowerFormula};
pub use projection::{Projection, ProjectionKind};
pub use quantile::{OutputDistribution, Quantile};
pub use scaler::{Scaler, ScalerFormula, SparseScaler};
pub use select::{Select, Selector};

pub use mixed::MixedRow;

pub(super) use mixed::error_of_row;
pub(super) use transform::{RangeEnd, RefusedRow, Transform, first_not_finite};

use branches::Sequence;

/// Branches in branches: a union in a ColumnTransformer is two.
pub const NESTED_MAX: usize = 4;

/// A fitted transformer.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// A scaler.
    Scaler(Scaler),
    /// A `PCA`.
    Pca(Pca),
    /// A `ColumnTransformer` or a `FeatureUnion`.
    Columns(Branches<Steps>),
    /// An encoder of categories.
    Encode(Encoder),
    /// A `SimpleImputer` of categories.
    Fill(Fill),
    /// A selection of columns.
    Select(Select),
    /// A `Normalizer`.
    Normalizer(Normalizer),
    /// A `Binarizer`.
    Binarizer(Binarizer),
    /// A `PolynomialFeatures`.
    Polynomial(Polynomial),
    /// A `KBinsDiscretizer`.
    KBins(KBins),
    /// A `PowerTransformer`.
    Power(Power),
    /// A `QuantileTransformer`.
    Quantile(Quantile),
    /// A linear map that is no `PCA`.
    Projection(Projection),
    /// A `CountVectorizer`, `TfidfVectorizer` or `HashingVectorizer`.
    Vectorizer(Box<Vectorizer>),
    /// A `TfidfTransformer`.
    Weights(Weights),
    /// A `FunctionTransformer`.
    Function(FunctionTransformer),
}

impl Step {
    /// What can be done with any of them.
    pub(super) fn transform(&self) -> &dyn Transform {
        match self {
            Step::Scaler(scaler) => scaler,
            Step::Pca(pca) => pca,
            Step::Columns(branches) => branches,
            Step::Encode(encoder) => encoder,
            Step::Fill(fill) => fill,
            Step::Select(select) => select,
            Step::Normalizer(normalizer) => normalizer,
            Step::Binarizer(binarizer) => binarizer,
            Step::Polynomial(polynomial) => polynomial,
            Step::KBins(kbins) => kbins,
            Step::Power(power) => power,
            Step::Quantile(quantile) => quantile,
            Step::Projection(projection) => projection,
            Step::Vectorizer(vectorizer) => &**vectorizer,
            Step::Weights(weights) => weights,
            Step::Function(function) => function,
        }
    }

    /// The same step where scikit-learn's rows are sparse: it computes differently on them.
    #[must_use]
    pub fn on_sparse_rows(mut self) -> Step {
        match &mut self {
            Step::Scaler(scaler) => {
                let formula =
                    std::mem::replace(&mut scaler.formula, ScalerFormula::Standard { mean: None, scale: None });
                scaler.formula = formula.on_sparse_rows();
            }
            Step::Normalizer(normalizer) => normalizer.formula = NormFormula::Sparse,
            Step::Polynomial(polynomial) => polynomial.grouping = Grouping::FromLeft,
            _ => {}
        }
        self
    }

    /// scikit-learn's class name.
    pub fn name(&self) -> &'static str {
        self.transform().name()
    }

    /// The same with what is inside: `ColumnTransformer (scaled: StandardScaler; rest: passthrough)`.
    pub fn description(&self) -> String {
        let Step::Columns(Branches { branches, .. }) = self else { return self.name().to_owned() };
        let branch = |branch: &Branch<Steps>| {
            let steps: Vec<_> = branch.steps().0.iter().map(Step::description).collect();
            let steps = if steps.is_empty() { "passthrough".to_owned() } else { steps.join(", ") };
            format!("{}: {steps}", branch.name())
        };
        format!("{} ({})", self.name(), branches.iter().map(branch).collect::<Vec<_>>().join("; "))
    }

    /// Numbers in a row before the step.
    pub fn width_in(&self) -> usize {
        self.transform().width_in()
    }

    /// Numbers in a row after the step.
    pub fn width_out(&self) -> usize {
        self.transform().width_out()
    }

    /// Whether each number after the step is one column from before it, in the same place.
    pub fn keeps_columns(&self) -> bool {
        self.transform().keeps_columns()
    }
}

/// Steps, one after the other; none passes rows on unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps(pub Vec<Step>);

impl Steps {
    /// The same, where steps that do not know their width, and keep it, take that of the steps after them, or of the estimator.
    #[must_use]
    pub(super) fn with_widths(mut self, after: usize) -> Steps {
        self.0.iter_mut().rev().fold(after, |width, step| {
            match step {
                Step::Normalizer(Normalizer { n_features_in, .. })
                | Step::Binarizer(Binarizer { n_features_in, .. })
                    if *n_features_in == 0 =>
                {
                    *n_features_in = width;
                }
                _ => {}
            }
            step.width_in()
        });
        self
    }

    /// scikit-learn's class names in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(Step::name)
    }

    /// Numbers in a row before the first step, if there is one.
    pub fn width_in(&self) -> Option<usize> {
        self.0.first().map(Step::width_in)
    }

    /// Whether rows stay as they are.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The width after the last step, for rows of `width` numbers before the first.
    ///
    /// # Errors
    /// [`Error::Part`] of the first step that does not take what comes out of the one before it, and for steps that are nested too deep.
    pub(super) fn check(&self, width: usize) -> Result<usize, Error> {
        if Sequence::depth(self) > NESTED_MAX {
            return Err(too_deep());
        }
        self.0.iter().map(Step::transform).try_fold(width, |width, step| step.check(width).map(|()| step.width_out()))
    }

    /// The rows after the last step: `rows` themselves, or one of the buffers. Each step refuses what scikit-learn's does, and
    /// NaN and infinity are refused after the last one, unless `is_checked_behind`. If a row is refused, the rows before it are
    /// returned with the reason.
    pub(super) fn apply<'a>(
        &self,
        rows: &'a [f64],
        width: usize,
        buffers: &'a mut StepBuffers,
        is_checked_behind: bool,
    ) -> (&'a [f64], Option<RefusedRow>) {
        let (made, refusal) = Sequence::apply(self, rows, width, buffers);
        if is_checked_behind {
            return (made, refusal);
        }
        let Some(place) = first_not_finite(made) else { return (made, refusal) };
        let width_after = self.width_after(width).max(1);
        let is_nan = made.get(place).is_some_and(|number| number.is_nan());
        let refusal = self.traced(self.0.len(), rows, width, (place / width_after, place % width_after), is_nan);
        (made.get(..place - place % width_after).unwrap_or_default(), Some(refusal))
    }

    /// A number before the step at `end`, or after the last, that is refused, as one of the caller's row; where several numbers have
    /// been made one, as the largest of them.
    fn traced(
        &self,
        end: usize,
        rows: &[f64],
        width: usize,
        (row, column): (usize, usize),
        is_nan: bool,
    ) -> RefusedRow {
        let before = self.0.get(..end).unwrap_or_default();
        let mut at = Some(column);
        let (mut made_by, mut is_category) = (None, false);
        for step in before.iter().rev().map(Step::transform) {
            if made_by.is_none() {
                made_by = at.and_then(|column| step.maker(column, is_nan));
                is_category = made_by.is_some() && step.takes_categories();
            }
            at = at.and_then(|column| <[_; 1]>::try_from(step.sources(column)).ok()).map(|[column]| column);
        }
        let numbers = rows.chunks_exact(width.max(1)).nth(row).unwrap_or_default();
        let column = at.unwrap_or_else(|| largest(numbers, &sources(before, column)));
        RefusedRow { row, column, step: made_by, is_category, is_nan }
    }

    /// The error of what follows the steps, with the column of the caller's row, of which there are `rows` of `width` numbers.
    pub(super) fn in_callers_columns(&self, cause: Error, rows: &[f64], width: usize) -> Error {
        match cause {
            Error::NotFiniteScaled { row, column, .. } | Error::NotFinite { row, column } => {
                let traced = self.traced(self.0.len(), rows, width, (row, column), false);
                match cause {
                    Error::NotFiniteScaled { step, .. } => Error::NotFiniteScaled { row, column: traced.column, step },
                    _ => traced.into_error(),
                }
            }
            other => other,
        }
    }
}

impl Sequence for Steps {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn check(&self, width: usize) -> Result<usize, Error> {
        self.check(width)
    }

    fn width_after(&self, width: usize) -> usize {
        self.0.last().map_or(width, Step::width_out)
    }

    fn apply<'a>(
        &self,
        rows: &'a [f64],
        width: usize,
        buffers: &'a mut StepBuffers,
    ) -> (&'a [f64], Option<RefusedRow>) {
        let StepBuffers { rows: [output, input], inside } = buffers;
        let (mut n_rows, mut refused) = (rows.len() / width.max(1), None);
        for (place, step) in self.0.iter().map(Step::transform).enumerate() {
            std::mem::swap(output, input);
            let width_in = step.width_in().max(1);
            let before = if place == 0 { rows } else { input.as_slice() };
            let before = before.get(..n_rows * width_in).unwrap_or_default();
            if let Some(number) = step.first_refused(before) {
                n_rows = number / width_in;
                let is_nan = before.get(number).is_some_and(|number| number.is_nan());
                let traced = self.traced(place, rows, width, (n_rows, number % width_in), is_nan);
                refused = Some(RefusedRow { is_category: step.takes_categories(), ..traced });
            }
            let before = before.get(..n_rows * width_in).unwrap_or_default();
            if let Some(refusal) = step.apply_with(before, output, inside) {
                n_rows = refusal.row;
                let traced = self.traced(place, rows, width, (n_rows, refusal.column), refusal.is_nan);
                let is_category = refusal.is_category || traced.is_category;
                refused = Some(RefusedRow { step: refusal.step.or(traced.step), is_category, ..traced });
            }
        }
        let made = if self.is_empty() { rows } else { output };
        (made, refused)
    }

    fn undo(&self, row: Vec<f64>) -> Vec<f64> {
        self.undo(row)
    }

    fn undo_each(&self, row: Vec<f64>) -> Vec<f64> {
        self.undo_each(row)
    }

    fn undo_end(&self, row: Vec<f64>, end: RangeEnd) -> Vec<f64> {
        self.undo_end(row, end)
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        sources(&self.0, column)
    }

    fn maker(&self, column: usize, is_nan: bool) -> Option<&'static str> {
        let mut at = column;
        for step in self.0.iter().rev().map(Step::transform) {
            if let Some(name) = step.maker(at, is_nan) {
                return Some(name);
            }
            at = step.sources(at).first().copied()?;
        }
        None
    }

    fn depth(&self) -> usize {
        self.0.iter().map(|step| step.transform().depth()).max().unwrap_or_default()
    }
}

fn too_deep() -> Error {
    Error::part("transformers", format_args!("transformers in transformers at most {NESTED_MAX} deep"), "more")
}

/// The numbers before the first of these steps of which one after the last is made, in order.
fn sources(steps: &[Step], column: usize) -> Vec<usize> {
    let mut columns = vec![column];
    for step in steps.iter().rev().map(Step::transform) {
        let mut before: Vec<usize> = Vec::new();
        for column in columns {
            let made_of = step.sources(column);
            let is_of_all = made_of.len() >= step.width_in();
            before.extend(made_of);
            // the others tell no more
            if is_of_all {
                break;
            }
        }
        before.sort_unstable();
        before.dedup();
        columns = before;
    }
    columns
}

/// Which of these places has the number that is farthest from zero.
fn largest(row: &[f64], places: &[usize]) -> usize {
    let numbers = places.iter().filter_map(|place| row.get(*place).map(|number| (*place, number.abs())));
    // a missing number is none
    let farthest = numbers.filter(|(_, number)| !number.is_nan()).max_by(|a, b| a.1.total_cmp(&b.1));
    farthest.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaler(scale: Vec<f64>) -> Step {
        let formula = ScalerFormula::MaxAbs { scale, clip: false };
        let Some(n_features_in) = formula.width() else { unreachable!() };
        Step::Scaler(Scaler { n_features_in, formula })
    }

    /// The sum of three features, and the last of them.
    fn sums() -> Step {
        Step::Pca(Pca {
            n_features_in: 3,
            n_components: 2,
            components: vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0],
            mean: vec![0.0; 3],
            mean_product: None,
            scale: None,
        })
    }

    fn apply(steps: &Steps, row: &[f64]) -> Result<Vec<f64>, Error> {
        // behind a row that can be computed
        let rows = [vec![0.0; row.len()], row.to_vec()].concat();
        let mut buffers = StepBuffers::default();
        let (made, refusal) = steps.apply(&rows, row.len(), &mut buffers, false);
        let width = steps.width_after(row.len());
        match refusal {
            None => Ok(made.get(width..).unwrap().to_vec()),
            Some(refusal) => {
                assert_eq!(made.len(), width * refusal.row);
                Err(refusal.into_error())
            }
        }
    }

    #[test]
    fn steps_of_other_widths_follow_each_other() {
        let steps = Steps(vec![scaler(vec![1.0, 2.0, 4.0]), sums(), scaler(vec![1.0, 0.5])]);
        assert_eq!((steps.width_in(), steps.check(3)), (Some(3), Ok(2)));
        assert_eq!(apply(&steps, &[1.0, 2.0, 8.0]).unwrap(), [4.0, 4.0]);
        let turned = Steps(vec![sums(), scaler(vec![1.0; 3])]);
        let text = "`MaxAbsScaler.scale`: expected 2 numbers, found 3";
        assert_eq!(turned.check(3).unwrap_err().to_string(), text);
        assert_eq!(turned.check(2).unwrap_err().to_string(), "`PCA.n_features_in`: expected 2 features, found 3");
    }

    #[test]
    fn a_number_that_is_too_large_is_named_by_the_callers_column() {
        let refused = |step, column| Err(Error::NotFiniteScaled { row: 1, column, step });
        let tiny = || scaler(vec![1.0, 1e-300]);
        let row = [1.0, f64::MAX, f64::MAX];
        assert_eq!(apply(&Steps(vec![sums()]), &row), refused("PCA", 2));
        assert_eq!(apply(&Steps(vec![sums()]), &[f64::MAX, 1.0, 1e308]), refused("PCA", 0));
        assert_eq!(apply(&Steps(vec![sums(), tiny()]), &[1.0, 1e299, 1e200]), refused("MaxAbsScaler", 1));
        assert_eq!(apply(&Steps(vec![scaler(vec![1.0, 1.0, 1e-300]), sums()]), &row), refused("MaxAbsScaler", 2));
        let behind = |steps: Steps| {
            let cause = Error::NotFiniteScaled { row: 1, column: 1, step: "MaxAbsScaler" };
            steps.in_callers_columns(cause, &[[0.0; 3], [1.0, -2.0, 3.0]].concat(), 3)
        };
        assert_eq!(behind(Steps(vec![sums()])), Error::NotFiniteScaled { row: 1, column: 2, step: "MaxAbsScaler" });
        let in_place = Steps(vec![scaler(vec![1.0; 3])]);
        assert_eq!(behind(in_place), Error::NotFiniteScaled { row: 1, column: 1, step: "MaxAbsScaler" });
    }

    fn branch(columns: &[usize], weight: Option<f64>, steps: Vec<Step>) -> Branch<Steps> {
        Branch::new("one".to_owned(), columns.to_vec(), weight, Steps(steps))
    }

    fn side_by_side(n_features_in: usize, branches: Vec<Branch<Steps>>) -> Step {
        Step::Columns(Branches { kind: BranchesKind::ColumnTransformer, n_features_in, branches })
    }

    /// Columns 2 and 0 halved and behind a union of their sum and themselves, and twice column 3.
    fn tree() -> Steps {
        let union = side_by_side(3, vec![branch(&[0, 1, 2], None, vec![sums()]), branch(&[0, 1], None, vec![])]);
        let first = branch(&[2, 0, 2], None, vec![scaler(vec![2.0; 3]), union]);
        Steps(vec![side_by_side(4, vec![first, branch(&[3], Some(2.0), vec![])]), scaler(vec![1.0; 5])])
    }

    #[test]
    fn branches_stand_side_by_side_and_in_each_other() {
        let tree = tree();
        assert_eq!((tree.check(4), tree.width_in()), (Ok(5), Some(4)));
        assert_eq!(apply(&tree, &[1.0, 2.0, 4.0, 8.0]).unwrap(), [4.5, 2.0, 2.0, 0.5, 16.0]);
        let text =
            "ColumnTransformer (one: MaxAbsScaler, ColumnTransformer (one: PCA; one: passthrough); one: passthrough)";
        assert_eq!(tree.0[0].description(), text);
        assert_eq!(Sequence::sources(&tree, 4), [3]);
        assert_eq!(Sequence::sources(&tree, 0), [0, 2]);
        let unknown = tree.undo(vec![4.5, 2.0, 2.0, 0.5, 16.0]);
        assert_eq!((unknown[0], unknown[2], unknown[3]), (1.0, 4.0, 8.0));
        assert!(unknown[1].is_nan());
    }

    #[test]
    fn a_row_that_a_branch_refuses_is_named_by_the_callers_column_and_those_before_go_on() {
        let refused = |step, column| Err(Error::NotFiniteScaled { row: 1, column, step });
        let tiny = |columns: &[usize]| branch(columns, None, vec![scaler(vec![1e-300; 2])]);
        let two = Steps(vec![side_by_side(4, vec![tiny(&[3, 1]), tiny(&[0, 2])])]);
        assert_eq!(apply(&two, &[1.0, 1e300, 1.0, 1.0]), refused("MaxAbsScaler", 1));
        assert_eq!(apply(&two, &[1.0, 1.0, 1e300, 1.0]), refused("MaxAbsScaler", 2));
        assert_eq!(apply(&tree(), &[1.0, 1.0, 1.0, f64::MAX]), refused("ColumnTransformer", 3));
        assert_eq!(apply(&tree(), &[f64::MAX, 1.0, 1.7e308, 1.0]), refused("PCA", 0));
        let summed = branch(&[1, 2, 3], None, vec![scaler(vec![1e-300; 3]), sums()]);
        let behind = Steps(vec![side_by_side(4, vec![branch(&[0], None, vec![]), summed])]);
        assert_eq!(apply(&behind, &[1e307, 1.0, -1e300, 1.0]), refused("MaxAbsScaler", 2));
        // the first row of all is told, whichever branch refuses it
        let rows = [1.0, 1.0, 1.0, 1e300, 1.0, 1e300, 1.0, 1.0];
        let mut buffers = StepBuffers::default();
        let (made, refusal) =
            Steps(vec![side_by_side(2, vec![tiny(&[0, 0]), tiny(&[1, 1])])]).apply(&rows, 2, &mut buffers, false);
        assert_eq!((made.len(), refusal.map(|refusal| (refusal.row, refusal.column))), (4, Some((1, 1))));
    }

    #[test]
    fn branches_that_do_not_fit_are_refused() {
        let refusal = |branches| side_by_side(3, branches).transform().check(3).unwrap_err().to_string();
        let text = "`transformers.columns`: expected columns below 3, found 3";
        assert_eq!(refusal(vec![branch(&[0, 3], None, vec![])]), text);
        assert_eq!(
            refusal(vec![branch(&[], None, vec![])]),
            "`transformers.columns`: expected at least 1 column, found 0"
        );
        assert_eq!(refusal(vec![]), "`transformers`: expected 1 to 2097152 columns in all, found 0");
        let text = "`PCA.n_features_in`: expected 2 features, found 3";
        assert_eq!(refusal(vec![branch(&[0, 1], None, vec![sums()])]), text);
        let text = "`transformer_weights`: expected finite numbers, found NaN at index 0";
        assert_eq!(refusal(vec![branch(&[0], Some(f64::NAN), vec![])]), text);
        let deep = |depth| (0..depth).fold(vec![], |steps, _| vec![side_by_side(1, vec![branch(&[0], None, steps)])]);
        assert_eq!(Steps(deep(4)).check(1), Ok(1));
        let text = "`transformers`: expected transformers in transformers at most 4 deep, found more";
        assert_eq!(Steps(deep(5)).check(1).unwrap_err().to_string(), text);
        assert_eq!(
            side_by_side(2, vec![]).transform().check(3).unwrap_err().to_string(),
            "`transformers.n_features_in`: expected 3 features, found 2"
        );
    }

    #[test]
    fn a_list_of_all_steps_makes_the_same_tree_again_or_none() {
        let tree = tree();
        let mut listed = vec![];
        tree.listed(&mut listed);
        assert_eq!(listed.len(), 5);
        let bare = |step: &&Step| {
            let mut step = (*step).clone();
            if let Step::Columns(branches) = &mut step {
                branches.branches.iter_mut().for_each(|branch| branch.set_steps(Steps::default()));
            }
            step
        };
        let list: Vec<Step> = listed.iter().map(bare).collect();
        assert_eq!(Steps::of_list(list.clone()).unwrap(), tree);
        assert_eq!(
            Steps::of_list(list[3..].to_vec()).unwrap_err().to_string(),
            "`transformers.steps`: expected at most 0 steps, found 2"
        );
    }
}
