//! The model: its three parts, and the one constructor that lets only parts through that fit together.

use super::link::link;
use super::unseen::without;
use super::{Classes, Columns, Error, Estimator, Step, Steps};
use crate::svc::Kernel;

/// A fitted model that can answer; built only by [`Model::new`], so its parts fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    columns: Columns,
    steps: Steps,
    estimator: Estimator,
}

impl Model {
    /// Builds a model from parts that fit together. The steps that see its columns say what these hold; a named column that no
    /// step sees is not one of the model's.
    ///
    /// # Errors
    /// [`Error::Part`] names the first part that the one before it contradicts, or that has an impossible number.
    pub fn new(columns: Columns, steps: Steps, estimator: Estimator) -> Result<Model, Error> {
        estimator.check(steps.check(columns.count())?)?;
        Model::of_checked(columns, steps, estimator)
    }

    fn of_checked(columns: Columns, mut steps: Steps, mut estimator: Estimator) -> Result<Model, Error> {
        let kinds = link(&mut steps, &mut estimator, columns.count())?;
        if steps.make_sparse(false) {
            estimator = estimator.for_sparse_rows()?;
        }
        let columns = columns.of_kinds(kinds);
        let seen = columns.seen();
        if columns.own_names().is_none() || seen.iter().all(|seen| *seen) {
            return Ok(Model { columns, steps, estimator });
        }
        // by name, nobody has to give what no step sees
        without(&mut steps, &mut estimator, &seen)?;
        Ok(Model { columns: columns.only(&seen), steps, estimator })
    }

    /// A model whose rows are numbers, as many as its first step or its estimator takes, except for the texts that a vectorizer
    /// takes.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn over_numbers(names: Option<Vec<String>>, steps: Steps, estimator: Estimator) -> Result<Model, Error> {
        let steps = steps.with_widths(estimator.width_in());
        let width = steps.width_in().unwrap_or(estimator.width_in());
        // before anything is made that is as long as the columns are many
        estimator.check(steps.check(width)?)?;
        Model::of_checked(Columns::numbers(width, names)?, steps, estimator)
    }

    /// What its rows consist of.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// What stands before the estimator.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// The estimator without what stands before it.
    #[must_use]
    pub fn into_estimator(self) -> Estimator {
        self.estimator
    }

    /// What decides.
    pub fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    /// The same model with other names of columns or classes.
    ///
    /// # Errors
    /// [`Error::Part`] for names that do not fit, [`Error::NoClasses`] for labels of a model that has no classes.
    pub fn renamed(self, feature_names: Option<Vec<String>>, classes: Option<Classes>) -> Result<Model, Error> {
        let columns = match feature_names {
            Some(names) => Columns::numbers(self.columns.count(), Some(names))?,
            None => self.columns,
        };
        let estimator = match classes {
            Some(classes) => self.estimator.with_classes(classes)?,
            None => self.estimator,
        };
        Model::new(columns, self.steps, estimator)
    }

    /// Numbers in a row, one or more.
    pub fn n_features_in(&self) -> usize {
        self.columns.count()
    }

    /// Names of the columns: the model's own, or `x0`, `x1`, ... where it has none.
    pub fn feature_names(&self) -> &[String] {
        self.columns.names()
    }

    /// Whether the names of the columns are the model's own.
    pub fn has_feature_names(&self) -> bool {
        self.columns.own_names().is_some()
    }

    /// Class labels in the model's order, if it answers with classes.
    pub fn classes(&self) -> Option<&Classes> {
        self.estimator.target().classes()
    }

    /// The kernel and its numbers, if it has one.
    pub fn kernel(&self) -> Option<Kernel> {
        self.estimator.kernel()
    }

    /// Whether labels asked for alone take less work than values, where that is proven to change no label.
    pub fn proves_labels(&self) -> bool {
        matches!(&self.estimator, Estimator::Svc { svc, .. } if svc.proves_labels())
    }

    /// Number of support vectors, if it has some; of a meta-estimator those of its first SVC.
    pub fn n_support_vectors(&self) -> Option<usize> {
        self.estimator.n_support_vectors()
    }

    /// scikit-learn's class names of all that stands before the SVM.
    pub fn step_names(&self) -> Vec<&'static str> {
        self.shown_steps().map(Step::name).collect()
    }

    /// The same with what is inside of each.
    pub fn step_descriptions(&self) -> Vec<String> {
        self.shown_steps().map(Step::description).collect()
    }

    /// Whether a step in it makes rows that leave out zeros, as scikit-learn has them.
    pub fn leaves_out_zeros(&self) -> bool {
        self.steps.leave_out_zeros() || self.columns.have_text()
    }

    /// All steps before the estimator that stands for all where one is shown.
    pub(super) fn shown_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.0.iter().chain(self.estimator.steps_inside())
    }

    /// A row as the model may be asked for: the mean of its support vectors in the unit of the training data, as a single one would
    /// be somebody's row; of a linear model, which keeps none, what its steps turn into zeros. Not finite where a number is beyond f64,
    /// or a step cannot be undone.
    pub fn example_row(&self) -> Vec<f64> {
        self.columns.nearest_cells(self.steps.undo(self.estimator.example_row()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{LinearKind, Scaler, ScalerFormula};
    use crate::svc::{DecisionFunctionShape, LinearParts, Svc, SvcParts};

    #[test]
    fn the_example_is_the_mean_of_the_support_vectors_before_the_steps() {
        let scaled = |scale: f64, min: f64| {
            let formula = ScalerFormula::MinMax { scale: vec![scale; 2], min: vec![min; 2], clip: None };
            Step::Scaler(Scaler { n_features_in: 2, formula })
        };
        let svc = Svc::new(SvcParts {
            kernel: Kernel::Linear,
            n_features_in: 2,
            n_support: vec![1, 1],
            support_vectors: vec![1.0, 2.0, 3.0, -4.0],
            dual_coef: vec![1.0, -1.0],
            intercept: vec![0.0],
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        });
        let estimator = Estimator::Svc { svc: svc.unwrap(), classes: Classes::Integer(vec![0, 1]) };
        let example = |steps| {
            let columns = Columns::numbers(2, None).unwrap();
            Model::new(columns, Steps(steps), estimator.clone()).unwrap().example_row()
        };
        assert_eq!(example(vec![scaled(0.5, 0.0), scaled(1.0, -3.0)]), [10.0, 4.0]);
        assert!(example(vec![scaled(0.0, 0.0)]).iter().all(|value| !value.is_finite()));
    }

    #[test]
    fn the_example_of_a_linear_model_is_what_its_steps_turn_into_zeros() {
        let parts = LinearParts { n_features_in: 2, coef: vec![1.0, -1.0], intercept: vec![0.5] };
        let estimator = Estimator::of_linear(LinearKind::Svc, Classes::Integer(vec![0, 1]), parts).unwrap();
        let formula = ScalerFormula::Standard { mean: Some(vec![3.0, -4.0]), scale: None };
        let steps = Steps(vec![Step::Scaler(Scaler { n_features_in: 2, formula })]);
        let example = |steps| Model::over_numbers(None, steps, estimator.clone()).unwrap().example_row();
        assert_eq!(example(Steps::default()), [0.0; 2]);
        assert_eq!(example(steps), [3.0, -4.0]);
    }
}
