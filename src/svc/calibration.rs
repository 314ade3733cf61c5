//! Probabilities out of one-vs-rest values by a sigmoid for each class, averaged over several SVCs: scikit-learn's
//! `CalibratedClassifierCV` with the method "sigmoid".
//!
//! ```text
//! p(class) of one SVC = 1 / (1 + exp(a T + b)), T its one-vs-rest value of the class; then divided by their sum
//! two classes:          p(second) from the one decision value, p(first) = 1 - p(second)
//! predict_proba         the mean over the SVCs; predict: the class where it is largest, the first one on a tie
//! ```

use serde::{Deserialize, Serialize};

use super::model::{check_finite, part};
use super::votes::first_largest;
use super::{DecisionFunctionShape, Error, Model, Parts, Scratch};

/// One SVC of a calibrated model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The SVC with the steps before it.
    pub parts: Parts,
    /// One for each class; a single one, for the second class, where there are two.
    pub sigmoids: Vec<Sigmoid>,
}

/// `1 / (1 + exp(a T + b))`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    /// `a_`, the factor of the value.
    pub a: f64,
    /// `b_`, added to the product.
    pub b: f64,
}

/// What makes a model of one SVC a calibrated model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Calibration {
    /// Of the model that this belongs to.
    sigmoids: Vec<Sigmoid>,
    /// The other SVCs over which the mean is taken.
    others: Vec<(Model, Vec<Sigmoid>)>,
}

/// Buffers of [`Model::calibrated_proba`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// One-vs-rest values of one SVC.
    values: Vec<f64>,
    /// Probabilities by one SVC.
    probabilities: Vec<f64>,
    /// Their sums over the SVCs.
    sums: Vec<f64>,
}

impl Model {
    /// Builds a model whose probabilities are the mean over its members. Names of columns are those of the first.
    ///
    /// # Errors
    /// [`Error::Part`] as for [`Model::new`], and for members that do not have the same classes and width.
    pub fn calibrated(members: Vec<Member>) -> Result<Self, Error> {
        let mut models = Vec::with_capacity(members.len());
        for Member { parts, sigmoids } in members {
            let model = Self::new(parts)?;
            check_sigmoids(&model, &sigmoids)?;
            models.push((model, sigmoids));
        }
        if models.is_empty() {
            return Err(part("members", "at least 1 SVC", 0));
        }
        let (mut model, sigmoids) = models.remove(0);
        for (other, _) in &models {
            if other.classes() != model.classes() {
                return Err(part("members", "SVCs of the same classes", "others"));
            }
            if other.n_features_in() != model.n_features_in() {
                return Err(part("members", format_args!("{} features", model.n_features_in()), other.n_features_in()));
            }
        }
        model.calibration = Some(Box::new(Calibration { sigmoids, others: models }));
        Ok(model)
    }

    /// The SVCs of a calibrated model with their sigmoids; nothing for any other model.
    pub fn members(&self) -> impl Iterator<Item = (&Parts, &[Sigmoid])> {
        self.calibration.iter().flat_map(|calibration| {
            let others = calibration.others.iter().map(|(model, sigmoids)| (model.parts(), sigmoids.as_slice()));
            std::iter::once((self.parts(), calibration.sigmoids.as_slice())).chain(others)
        })
    }

    /// Whether the probabilities are those of sigmoids; then there is no decision function.
    pub fn is_calibrated(&self) -> bool {
        self.calibration.is_some()
    }

    /// The same model with other names of columns or classes.
    ///
    /// # Errors
    /// [`Error::Part`] for names that do not fit.
    pub fn renamed(self, feature_names: Option<Vec<String>>, classes: Option<super::Classes>) -> Result<Self, Error> {
        let rename = |mut parts: Parts| {
            if feature_names.is_some() {
                parts.feature_names_in.clone_from(&feature_names);
            }
            if let Some(classes) = &classes {
                parts.classes.clone_from(classes);
            }
            parts
        };
        let Some(calibration) = self.calibration else {
            return Self::new(rename(self.parts));
        };
        let first = Member { parts: rename(self.parts), sigmoids: calibration.sigmoids };
        let others = calibration.others.into_iter();
        let others = others.map(|(model, sigmoids)| Member { parts: rename(model.parts), sigmoids });
        Self::calibrated(std::iter::once(first).chain(others).collect())
    }

    /// Appends the class of the largest probability of each row.
    pub(super) fn calibrated_predict(
        &self,
        calibration: &Calibration,
        rows: &[f64],
        scratch: &mut Scratch,
        out: &mut Vec<usize>,
    ) -> Result<(), Error> {
        self.calibrated_rows(calibration, rows, scratch, |probabilities| out.push(first_largest(probabilities)))
    }

    /// Appends the probability of each class of each row.
    pub(super) fn calibrated_proba(
        &self,
        calibration: &Calibration,
        rows: &[f64],
        scratch: &mut Scratch,
        out: &mut Vec<f64>,
    ) -> Result<(), Error> {
        self.calibrated_rows(calibration, rows, scratch, |probabilities| out.extend_from_slice(probabilities))
    }

    /// Lets `answer` use the probabilities of one row after the other.
    ///
    /// # Source
    /// scikit-learn, `CalibratedClassifierCV.predict_proba` and `_CalibratedClassifier.predict_proba`.
    pub(super) fn calibrated_rows(
        &self,
        calibration: &Calibration,
        rows: &[f64],
        scratch: &mut Scratch,
        mut answer: impl FnMut(&[f64]),
    ) -> Result<(), Error> {
        self.check_width(rows)?;
        // taken out, as the members need the rest of the scratch
        let mut buffers = std::mem::take(&mut scratch.calibration);
        let n_members = calibration.others.len() as f64 + 1.0;
        let mut all_rows = || {
            for (index, row) in rows.chunks_exact(self.n_features_in()).enumerate() {
                buffers.sums.clear();
                buffers.sums.resize(self.n_classes(), 0.0);
                let first = (self, &calibration.sigmoids);
                for (model, sigmoids) in std::iter::once(first).chain(calibration.others.iter().map(|(m, s)| (m, s))) {
                    buffers.values.clear();
                    model.one_vs_rest_values(row, scratch, &mut buffers.values).map_err(|cause| cause.at_row(index))?;
                    class_probabilities(&buffers.values, sigmoids, &mut buffers.probabilities);
                    for (sum, probability) in buffers.sums.iter_mut().zip(&buffers.probabilities) {
                        *sum += probability;
                    }
                }
                buffers.sums.iter_mut().for_each(|sum| *sum /= n_members);
                answer(&buffers.sums);
            }
            Ok(())
        };
        let result = all_rows();
        scratch.calibration = buffers;
        result
    }
}

/// Overwrites `out` with the probability of each class by one SVC.
fn class_probabilities(values: &[f64], sigmoids: &[Sigmoid], out: &mut Vec<f64>) {
    out.clear();
    if let ([value], [sigmoid]) = (values, sigmoids) {
        let second = sigmoid.at(*value);
        out.extend([1.0 - second, second]);
    } else {
        out.extend(values.iter().zip(sigmoids).map(|(value, sigmoid)| sigmoid.at(*value)));
        let sum: f64 = out.iter().sum();
        let uniform = 1.0 / out.len() as f64;
        out.iter_mut().for_each(|probability| *probability = if sum == 0.0 { uniform } else { *probability / sum });
    }
    for probability in out {
        if *probability > 1.0 && *probability <= 1.0 + ROUNDING_MAX {
            *probability = 1.0;
        }
    }
}

impl Sigmoid {
    fn at(self, value: f64) -> f64 {
        1.0 / (1.0 + (self.a * value + self.b).exp())
    }
}

fn check_sigmoids(model: &Model, sigmoids: &[Sigmoid]) -> Result<(), Error> {
    let expected = if model.n_classes() == 2 { 1 } else { model.n_classes() };
    if sigmoids.len() != expected {
        return Err(part("sigmoids", format_args!("{expected} sigmoids"), sigmoids.len()));
    }
    let numbers: Vec<f64> = sigmoids.iter().flat_map(|sigmoid| [sigmoid.a, sigmoid.b]).collect();
    check_finite("sigmoids", &numbers)?;
    if model.n_classes() > 2 && model.decision_function_shape() == DecisionFunctionShape::Ovo {
        return Err(part("decision_function_shape", "ovr, a value for each sigmoid", "ovo"));
    }
    Ok(())
}

/// Above 1 by no more than this, a probability is 1.
const ROUNDING_MAX: f64 = 1e-5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::svc::Classes;

    /// Decision values are the row's one number times `slope`, for the pair; two classes.
    fn two(slope: f64, a: f64, b: f64) -> Member {
        let classes = Classes::Integer(vec![3, 7]);
        let made_up = MadeUp { classes, ..MadeUp::one_vector_each(&[-slope, 0.0], &[0.0]) };
        Member { parts: made_up.parts(), sigmoids: vec![Sigmoid { a, b }] }
    }

    fn three(n: usize) -> Member {
        let classes = Classes::Integer(vec![1, 2, 3]);
        let made_up = MadeUp { classes, ..MadeUp::one_vector_each(&[0.0; 6], &[0.0; 3]) };
        Member { parts: made_up.parts(), sigmoids: vec![Sigmoid { a: 0.0, b: 0.0 }; n] }
    }

    fn proba(members: Vec<Member>, rows: &[f64]) -> Vec<f64> {
        let mut out = vec![];
        Model::calibrated(members).unwrap().predict_proba(rows, &mut Scratch::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn two_classes_have_one_sigmoid_for_the_second() {
        let second = 1.0 / (1.0 + (-2.0 * 3.0 + 0.5_f64).exp());
        assert_eq!(proba(vec![two(1.0, -2.0, 0.5)], &[3.0]), [1.0 - second, second]);
        let other = 1.0 / (1.0 + (-3.0_f64).exp());
        let (first_mean, second_mean) = ((1.0 - second + (1.0 - other)) / 2.0, (second + other) / 2.0);
        assert_eq!(proba(vec![two(1.0, -2.0, 0.5), two(1.0, -1.0, 0.0)], &[3.0]), [first_mean, second_mean]);
    }

    #[test]
    fn more_classes_are_divided_by_their_sum() {
        assert_eq!(proba(vec![three(3)], &[1.0]), [0.5 / 1.5; 3]);
        let mut zero = three(3);
        zero.sigmoids = vec![Sigmoid { a: 0.0, b: 1e9 }; 3];
        assert_eq!(proba(vec![zero], &[1.0]), [1.0 / 3.0; 3]);
    }

    #[test]
    fn predict_follows_the_probabilities_and_not_the_votes() {
        // the value is above zero and votes for the second class; the sigmoid turns it round
        let model = Model::calibrated(vec![two(1.0, 1.0, 0.0)]).unwrap();
        let (mut classes, mut scratch) = (vec![], Scratch::default());
        model.predict(&[5.0, -5.0, 0.0], &mut scratch, &mut classes).unwrap();
        assert_eq!(classes, [0, 1, 0]);
        assert!(model.is_calibrated() && model.has_probability());
    }

    #[test]
    fn a_calibrated_model_has_no_decision_function() {
        let model = Model::calibrated(vec![two(1.0, 1.0, 0.0)]).unwrap();
        let refusal = model.decision_function(&[1.0], &mut Scratch::default(), &mut vec![]).unwrap_err();
        assert_eq!(refusal.to_string(), "a calibrated model has probabilities, but no decision function");
    }

    #[test]
    fn an_error_names_the_row_of_the_caller() {
        let model = Model::calibrated(vec![two(1.0, 1.0, 0.0)]).unwrap();
        let mut out = vec![];
        let refusal = model.predict(&[1.0, f64::NAN], &mut Scratch::default(), &mut out).unwrap_err();
        assert_eq!(refusal, Error::NotFinite { row: 1, column: 0 });
        assert_eq!(out.len(), 1);
        let mut two_features = two(1.0, 1.0, 0.0);
        two_features.parts.n_features_in = 2;
        two_features.parts.support_vectors = vec![1.0; 4];
        let model = Model::calibrated(vec![two_features]).unwrap();
        let refusal = model.predict(&[1.0; 3], &mut Scratch::default(), &mut out).unwrap_err();
        assert_eq!(refusal, Error::RowWidth { n_features_in: 2, found: 3 });
    }

    #[test]
    fn members_that_do_not_fit_together_are_refused() {
        let refusal = |members| Model::calibrated(members).unwrap_err().to_string();
        assert_eq!(refusal(vec![]), "`members`: expected at least 1 SVC, found 0");
        assert_eq!(refusal(vec![three(2)]), "`sigmoids`: expected 3 sigmoids, found 2");
        assert_eq!(
            refusal(vec![three(3), two(1.0, 1.0, 0.0)]),
            "`members`: expected SVCs of the same classes, found others"
        );
        assert_eq!(refusal(vec![two(1.0, f64::NAN, 0.0)]), "`sigmoids`: expected finite numbers, found NaN at index 0");
        let mut ovo = three(3);
        ovo.parts.decision_function_shape = DecisionFunctionShape::Ovo;
        assert_eq!(refusal(vec![ovo]), "`decision_function_shape`: expected ovr, a value for each sigmoid, found ovo");
        let mut wide = two(1.0, 1.0, 0.0);
        wide.parts.n_features_in = 2;
        wide.parts.support_vectors = vec![1.0; 4];
        assert_eq!(refusal(vec![two(1.0, 1.0, 0.0), wide]), "`members`: expected 1 features, found 2");
    }

    #[test]
    fn new_names_are_those_of_all_members() {
        let model = Model::calibrated(vec![two(1.0, -1.0, 0.0), two(2.0, -1.0, 0.0)]).unwrap();
        let classes = Classes::String(vec!["no".to_owned(), "yes".to_owned()]);
        let renamed = model.clone().renamed(Some(vec!["x".to_owned()]), Some(classes.clone())).unwrap();
        assert_eq!((renamed.feature_names(), renamed.classes()), (&["x".to_owned()][..], &classes));
        assert!(renamed.members().all(|(parts, _)| parts.classes == classes));
        assert_eq!(renamed.members().count(), 2);
        assert!(model.renamed(None, Some(Classes::Integer(vec![1]))).is_err());
    }
}
