//! The steps before the estimator: each takes a row of `width_in` numbers and gives one of `width_out`.

mod pca;
mod scaler;

use serde::{Deserialize, Serialize};

use super::Error;
use super::scratch::StepBuffers;

pub use pca::Pca;
pub use scaler::{Scaler, ScalerFormula};

/// A fitted transformer.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// A scaler.
    Scaler(Scaler),
    /// A `PCA`.
    Pca(Pca),
}

impl Step {
    /// scikit-learn's class name.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Scaler(scaler) => scaler.name(),
            Step::Pca(_) => "PCA",
        }
    }

    /// Numbers in a row before the step.
    pub fn width_in(&self) -> usize {
        match self {
            Step::Scaler(scaler) => scaler.n_features_in,
            Step::Pca(pca) => pca.n_features_in,
        }
    }

    /// Numbers in a row after the step.
    pub fn width_out(&self) -> usize {
        match self {
            Step::Scaler(scaler) => scaler.n_features_in,
            Step::Pca(pca) => pca.n_components,
        }
    }

    /// Whether each number after the step is made of the one in the same place before it.
    fn keeps_places(&self) -> bool {
        match self {
            Step::Scaler(_) => true,
            Step::Pca(_) => false,
        }
    }

    /// Whether each number after the step is one column from before it, in the same place.
    pub fn keeps_columns(&self) -> bool {
        match self {
            Step::Scaler(_) => true,
            Step::Pca(_) => false,
        }
    }

    /// Overwrites `output` with the transformed row.
    fn apply(&self, input: &[f64], output: &mut Vec<f64>) {
        match self {
            Step::Scaler(scaler) => scaler.apply(input, output),
            Step::Pca(pca) => pca.apply(input, output),
        }
    }

    /// Overwrites `input` with a row that the step turns into `output`, as far as there is one.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        match self {
            Step::Scaler(scaler) => scaler.undo(output, input),
            Step::Pca(pca) => pca.undo(output, input),
        }
    }

    /// Refuses a step that does not take rows of `width` numbers, and numbers that no training gives.
    fn check(&self, width: usize) -> Result<(), Error> {
        match self {
            Step::Scaler(scaler) => scaler.check(width),
            Step::Pca(pca) => pca.check(width),
        }
    }
}

/// Steps, one after the other; none hands rows on as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps(pub Vec<Step>);

impl Steps {
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
    /// [`Error::Part`] of the first step that does not take what comes out of the one before it.
    pub(super) fn check(&self, width: usize) -> Result<usize, Error> {
        self.0.iter().try_fold(width, |width, step| step.check(width).map(|()| step.width_out()))
    }

    /// The row after the last step: `row` itself, or one of the buffers. Every step's result has to be finite, as scikit-learn
    /// checks it.
    ///
    /// # Errors
    /// [`Error::NotFiniteScaled`] with `index` as the row's, and the column of the number that was too large; where all numbers
    /// have been added up, that of the largest.
    pub(super) fn apply<'a>(
        &self,
        index: usize,
        row: &'a [f64],
        buffers: &'a mut StepBuffers,
    ) -> Result<&'a [f64], Error> {
        let [output, input] = &mut buffers.0;
        for (place, step) in self.0.iter().enumerate() {
            std::mem::swap(output, input);
            step.apply(if place == 0 { row } else { input }, output);
            if let Some(column) = first_not_finite(output) {
                let is_in_place = self.0.iter().take(place + 1).all(Step::keeps_places);
                let column = if is_in_place { column } else { largest(row) };
                return Err(Error::NotFiniteScaled { row: index, column, step: step.name() });
            }
        }
        Ok(if self.is_empty() { row } else { output })
    }

    /// The error of what stands behind the steps, with the column of the caller's row, of which there are `rows` of `width` numbers.
    pub(super) fn in_callers_columns(&self, cause: Error, rows: &[f64], width: usize) -> Error {
        match cause {
            Error::NotFiniteScaled { row, step, .. } if !self.0.iter().all(Step::keeps_places) => {
                let numbers = rows.chunks_exact(width).nth(row).unwrap_or_default();
                Error::NotFiniteScaled { row, column: largest(numbers), step }
            }
            other => other,
        }
    }

    /// A row that the steps turn into `row`, up to what was clipped and what rounding took.
    pub(super) fn undo(&self, row: Vec<f64>) -> Vec<f64> {
        self.0.iter().rev().fold(row, |output, step| {
            let mut input = Vec::new();
            step.undo(&output, &mut input);
            input
        })
    }
}

/// Place of the number that is farthest from zero.
fn largest(row: &[f64]) -> usize {
    let farther = |a: &(usize, &f64), b: &(usize, &f64)| a.1.abs().total_cmp(&b.1.abs());
    row.iter().enumerate().max_by(farther).map_or(0, |(column, _)| column)
}

/// Place of the first NaN or infinity.
pub(super) fn first_not_finite(row: &[f64]) -> Option<usize> {
    let (eights, rest) = row.as_chunks::<8>();
    // zero times a finite number is zero, and anything else is NaN, which stays
    let mut sums = [0.0; 8];
    for eight in eights {
        sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value * 0.0);
    }
    let searched = if sums == [0.0; 8] { row.len() - rest.len() } else { 0 };
    let place = row.iter().skip(searched).position(|value| !value.is_finite())?;
    Some(searched + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_is_not_finite_is_found_wherever_it_is() {
        for length in 0..20 {
            let mut row = vec![-f64::MAX; length];
            assert_eq!(first_not_finite(&row), None);
            for place in (0..length).rev() {
                row[place] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][place % 3];
                assert_eq!(first_not_finite(&row), Some(place), "{length}");
            }
        }
    }

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
        steps.apply(7, row, &mut StepBuffers::default()).map(<[f64]>::to_vec)
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
        let refused = |step, column| Err(Error::NotFiniteScaled { row: 7, column, step });
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
}
