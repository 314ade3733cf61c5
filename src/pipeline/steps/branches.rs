//! scikit-learn's `ColumnTransformer` and `FeatureUnion`: steps side by side, each over columns of its own.
//!
//! ```text
//! row -+- columns -> steps, * weight -+-> one row
//!      +- columns -> steps, * weight -+
//! ```
//!
//! What the branches make of a row stands side by side in their order. Of a union every branch sees all columns.

use serde::{Deserialize, Serialize};

use super::transform::{RangeEnd, RefusedRow, Transform};
use crate::pipeline::Error;
use crate::pipeline::scratch::{BranchBuffers, InsideBuffers, StepBuffers};
use crate::svc::check::check_finite;

/// Steps side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "S: Default"))]
pub struct Branches<S> {
    /// Which of scikit-learn's classes it was.
    pub kind: BranchesKind,
    /// Numbers in a row before.
    pub n_features_in: usize,
    /// One or more.
    pub branches: Vec<Branch<S>>,
}

/// What makes a row out of several.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BranchesKind {
    /// `ColumnTransformer`
    ColumnTransformer,
    /// `FeatureUnion`
    FeatureUnion,
    /// `ColumnTransformer` that gives a number for each column, although some of its parts leave out zeros.
    DenseColumnTransformer,
}

/// Some of the columns, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "S: Default"))]
pub struct Branch<S> {
    /// What scikit-learn's user called it.
    name: String,
    /// The columns that it sees, in its order, one or more.
    columns: Vec<usize>,
    /// What its numbers are multiplied by.
    weight: Option<f64>,
    /// How many steps it has: in a file all steps stand in one list.
    n_steps: usize,
    #[serde(skip)]
    steps: S,
}

/// Steps one after the other, as a branch has them.
// `pub`, as the types that ask for it are; nobody outside can name it.
pub trait Sequence: Default {
    /// How many there are.
    fn len(&self) -> usize;
    /// The width after the last step, for rows of `width` numbers; an error if they do not fit.
    fn check(&self, width: usize) -> Result<usize, Error>;
    /// The width after the last step, for rows of the `width` that they take.
    fn width_after(&self, width: usize) -> usize;
    /// Rows after the last step: those before the first that is refused, as that is.
    fn apply<'a>(&self, rows: &'a [f64], width: usize, buffers: &'a mut StepBuffers)
    -> (&'a [f64], Option<RefusedRow>);
    /// A row before the first step out of one after the last.
    fn undo(&self, row: Vec<f64>) -> Vec<f64>;
    /// The same, with NaN for every number of which others had a part in what came out.
    fn undo_each(&self, row: Vec<f64>) -> Vec<f64>;
    /// The same, where a scaler takes NaN for what usually comes out of it at this end.
    fn undo_end(&self, row: Vec<f64>, end: RangeEnd) -> Vec<f64>;
    /// The columns before the first step of which a column after the last is made.
    fn sources(&self, column: usize) -> Vec<usize>;
    /// What made a column after the last step.
    fn maker(&self, column: usize, is_nan: bool) -> Option<&'static str>;
    /// How deep steps are nested in them.
    fn depth(&self) -> usize;
}

impl<S: Sequence> Branch<S> {
    /// A branch that sees these columns.
    pub fn new(name: String, columns: Vec<usize>, weight: Option<f64>, steps: S) -> Branch<S> {
        Branch { name, columns, weight, n_steps: steps.len(), steps }
    }

    /// What scikit-learn's user called it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns that it sees, in its order.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// What its numbers are multiplied by.
    pub(in crate::pipeline) fn weight(&self) -> Option<f64> {
        self.weight
    }

    /// What becomes of them; nothing, if they are passed on unchanged.
    pub fn steps(&self) -> &S {
        &self.steps
    }

    /// The same, to be told what their columns are.
    pub(in crate::pipeline) fn steps_mut(&mut self) -> &mut S {
        &mut self.steps
    }

    /// How many steps it has, or is to have.
    pub(in crate::pipeline) fn n_steps(&self) -> usize {
        self.n_steps
    }

    /// Gives a branch that comes from a file its steps.
    pub(in crate::pipeline) fn set_steps(&mut self, steps: S) {
        self.steps = steps;
    }

    pub(in crate::pipeline) fn width_out(&self) -> usize {
        self.steps.width_after(self.columns.len())
    }

    fn check(&self, width: usize) -> Result<usize, Error> {
        if self.columns.is_empty() {
            return Err(Error::part("transformers.columns", "at least 1 column", 0));
        }
        if let Some(column) = self.columns.iter().find(|column| **column >= width) {
            return Err(Error::part("transformers.columns", format_args!("columns below {width}"), column));
        }
        if let Some(weight) = self.weight {
            check_finite("transformer_weights", &[weight])?;
        }
        if self.n_steps != self.steps.len() {
            return Err(Error::part("transformers.steps", format_args!("{} steps", self.n_steps), self.steps.len()));
        }
        self.steps.check(self.columns.len())
    }
}

impl<S: Sequence> Branches<S> {
    /// A row before, by what `undo` makes of each branch's part of a row after.
    fn undo_by(&self, undo: impl Fn(&S, Vec<f64>) -> Vec<f64>, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        input.resize(self.n_features_in, f64::NAN);
        let (mut rest, mut pieces) = (output, Vec::new());
        for branch in &self.branches {
            let Some((made, behind)) = rest.split_at_checked(branch.width_out()) else { return };
            rest = behind;
            pieces.push((branch, made));
        }
        // what hands numbers on one by one knows best what they were
        pieces.sort_by_key(|(branch, _)| branch.steps.sources(0).len() > 1);
        for (branch, made) in pieces {
            let weight = branch.weight.unwrap_or(1.0);
            let row = undo(&branch.steps, made.iter().map(|number| number / weight).collect());
            for (column, number) in branch.columns.iter().zip(row) {
                match input.get_mut(*column) {
                    Some(place) if !place.is_finite() => *place = number,
                    _ => {}
                }
            }
        }
    }

    /// The branch that a column after belongs to, and which of its columns it is.
    fn branch_of(&self, column: usize) -> Option<(&Branch<S>, usize)> {
        let mut column = column;
        for branch in &self.branches {
            match column.checked_sub(branch.width_out()) {
                None => return Some((branch, column)),
                Some(rest) => column = rest,
            }
        }
        None
    }
}

impl<S: Sequence> Transform for Branches<S> {
    fn name(&self) -> &'static str {
        match self.kind {
            BranchesKind::ColumnTransformer | BranchesKind::DenseColumnTransformer => "ColumnTransformer",
            BranchesKind::FeatureUnion => "FeatureUnion",
        }
    }

    fn width_in(&self) -> usize {
        self.n_features_in
    }

    fn width_out(&self) -> usize {
        self.branches.iter().map(Branch::width_out).sum()
    }

    fn check(&self, width: usize) -> Result<(), Error> {
        if width > COLUMNS_MAX {
            return Err(Error::part(
                "transformers.n_features_in",
                format_args!("at most {COLUMNS_MAX} features"),
                width,
            ));
        }
        if self.n_features_in != width {
            return Err(Error::part(
                "transformers.n_features_in",
                format_args!("{width} features"),
                self.n_features_in,
            ));
        }
        let mut width_out = 0_usize;
        for branch in &self.branches {
            width_out = width_out.saturating_add(branch.check(width)?);
        }
        if !(1..=MADE_MAX).contains(&width_out) {
            return Err(Error::part("transformers", format_args!("1 to {MADE_MAX} columns in all"), width_out));
        }
        Ok(())
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        let _ = self.apply_with(rows, output, &mut InsideBuffers::default());
    }

    fn apply_with(&self, rows: &[f64], output: &mut Vec<f64>, buffers: &mut InsideBuffers) -> Option<RefusedRow> {
        let BranchBuffers { input, steps } = buffers.branch();
        let (width_in, width_out) = (self.n_features_in.max(1), self.width_out().max(1));
        let mut n_rows = rows.len() / width_in;
        output.clear();
        output.resize(n_rows * width_out, 0.0);
        let (mut start, mut refused) = (0, None);
        for branch in &self.branches {
            input.clear();
            for row in rows.chunks_exact(width_in).take(n_rows) {
                input.extend(branch.columns.iter().filter_map(|column| row.get(*column)));
            }
            let (made, refusal) = branch.steps.apply(input, branch.columns.len(), steps);
            let width = branch.width_out();
            for (row, made) in output.chunks_exact_mut(width_out).zip(made.chunks_exact(width.max(1))) {
                let places = row.iter_mut().skip(start).zip(made);
                match branch.weight {
                    None => places.for_each(|(place, made)| *place = *made),
                    Some(weight) => places.for_each(|(place, made)| *place = made * weight),
                }
            }
            if let Some(refusal) = refusal {
                n_rows = refusal.row;
                let column = branch.columns.get(refusal.column).copied().unwrap_or_default();
                refused = Some(RefusedRow { column, ..refusal });
            }
            start += width;
        }
        output.truncate(n_rows * width_out);
        refused
    }

    /// Each branch sees to its own numbers, and nothing to what no branch sees.
    fn first_refused(&self, _rows: &[f64]) -> Option<usize> {
        None
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        self.undo_by(S::undo, output, input);
    }

    fn undo_each(&self, output: &[f64], input: &mut Vec<f64>) {
        self.undo_by(S::undo_each, output, input);
    }

    fn undo_end(&self, output: &[f64], end: RangeEnd, input: &mut Vec<f64>) {
        self.undo_by(|steps, row| steps.undo_end(row, end), output, input);
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        let Some((branch, column)) = self.branch_of(column) else { return Vec::new() };
        let columns = branch.steps.sources(column);
        columns.into_iter().filter_map(|column| branch.columns.get(column).copied()).collect()
    }

    fn maker(&self, column: usize, is_nan: bool) -> Option<&'static str> {
        let (branch, column) = self.branch_of(column)?;
        let is_weighted = branch.weight.is_some() && !is_nan;
        branch.steps.maker(column, is_nan).or(is_weighted.then(|| self.name()))
    }

    fn depth(&self) -> usize {
        1 + self.branches.iter().map(|branch| branch.steps.depth()).max().unwrap_or_default()
    }
}

/// Columns that branches may take. A file of a few bytes may ask for a billion.
pub const COLUMNS_MAX: usize = 1 << 17;

/// Numbers that branches may make of a row: 16 MiB.
const MADE_MAX: usize = 1 << 21;
