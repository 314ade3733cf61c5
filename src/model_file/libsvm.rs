//! LIBSVM's `.model` text, read and written: `c_svc` and `nu_svc`, which answer by the same rule, `epsilon_svr` and `nu_svr`, which
//! do so too, and `one_class`.
//!
//! ```text
//! svm_type c_svc              or nu_svc, one_class, epsilon_svr, nu_svr
//! kernel_type rbf             or linear, polynomial, sigmoid
//! degree 3                    polynomial
//! gamma 0.25                  polynomial, rbf, sigmoid
//! coef0 0                     polynomial, sigmoid
//! nr_class 3                  k; stands before every line whose length depends on it
//! total_sv 4                  n
//! rho 0.1 -0.2 0.3            k (k - 1) / 2 numbers, the negated `intercept`
//! label 2 0 1                 k integers in the order of first appearance in the training file; of a classifier
//! probA -1.5 -2.5 -1.0        k (k - 1) / 2 numbers, if trained with probabilities; of an SVR one, its noise, which is not kept
//! probB 0.1 0.2 0.0           the same; of a classifier
//! prob_density_marks 0.1 ..   ten numbers, of one_class trained with probabilities; not kept
//! nr_sv 1 1 2                 k counts, n in all; of a classifier
//! SV
//! 0.5 1 1:5.1 3:0.25          n lines: k - 1 coefficients, then index:value pairs; indices start at 1, zeros are left out
//! ```
//!
//! A model that is not a classifier has the `nr_class` 2, as if all its support vectors were of the first of two classes.
//!
//! Every line ends with a line feed, even the last: a truncated file is refused. Words may be separated by several spaces or
//! tabs, and a carriage return before the line feed is ignored. Stricter than LIBSVM: a header word appears once, with its values
//! on the same line; a number is decimal and finite and fills its word; indices ascend.
//!
//! # Where LIBSVM's rules differ from scikit-learn's
//!
//! * Labels keep the file's order, which decides the sign of each pair and which class wins a tie of votes.
//! * With two classes the probability is the pair's own, [`Coupling::Direct`](crate::svc::Coupling).
//! * There is one decision value for each pair, so `decision_function_shape` is "ovo"; with two classes the sign is reversed all
//!   the same, as everywhere in [`svc`](crate::svc).
//! * `svm-predict -b 1` prints the class with the largest probability, which, here as there, need not have the most votes.
//! * The format does not store the number of features: it is the highest index. LIBSVM takes rows with more; see [`widened`].

mod read;
mod words;
mod write;

use std::borrow::Cow;

use super::dense::DENSE_NUMBERS_MAX;
use super::{Error, Loaded};
use crate::pipeline::{self, Estimator, Model, Steps};
use crate::svc::{DecisionFunctionShape, SingleParts, SvcParts};

pub use read::from_bytes;
pub use write::to_string;

/// The model for rows of more features: each support vector gets zeros for the new ones, at the end.
///
/// A LIBSVM file tells only the highest index of a support vector, but LIBSVM takes rows with features above it: rbf adds their
/// squares to every distance, the other kernels ignore them. Zeros in the support vectors do the same, to the bit.
///
/// # Errors
/// [`Error::Model`] when there are fewer features than before, names or steps for the old number of them, or more numbers
/// in all than a model.bin can hold.
pub fn widened(model: &Model, n_features_in: usize) -> Result<Model, Error> {
    let refuse = |expected: String| Err(Error::Model(pipeline::Error::part("n_features_in", expected, n_features_in)));
    let width = model.n_features_in();
    if n_features_in < width {
        return refuse(format!("at least the {width} features of the support vectors"));
    }
    if n_features_in == width {
        return Ok(model.clone());
    }
    let Some(machine) = model.estimator().machine() else {
        return refuse(format!("the {width} features of the {}", model.estimator().name()));
    };
    if model.has_feature_names() || !model.steps().is_empty() {
        return refuse(format!("the {width} features that the model's names and steps are for"));
    }
    let n_sv = machine.n_support_vectors();
    if n_sv.checked_mul(n_features_in).is_none_or(|numbers| numbers > DENSE_NUMBERS_MAX) {
        return refuse(format!("at most {DENSE_NUMBERS_MAX} numbers in {n_sv} support vectors"));
    }
    let mut support_vectors = Vec::with_capacity(n_sv * n_features_in);
    for vector in machine.parts().support_vectors.chunks_exact(width) {
        support_vectors.extend_from_slice(vector);
        support_vectors.resize(support_vectors.len() + n_features_in - width, 0.0);
    }
    let estimator = match model.estimator() {
        Estimator::Svc { svc, classes } => {
            let wide = SvcParts { n_features_in, support_vectors, ..svc.parts().clone() };
            Estimator::of_svc(classes.clone(), wide)?
        }
        Estimator::Svr { single, kind } => {
            let support_vectors = Cow::Owned(support_vectors);
            Estimator::of_svr(*kind, SingleParts { n_features_in, support_vectors, ..single.parts() })?
        }
        Estimator::OneClass(single) => {
            let support_vectors = Cow::Owned(support_vectors);
            Estimator::of_one_class(SingleParts { n_features_in, support_vectors, ..single.parts() })?
        }
        other => return refuse(format!("the {width} features of the {}", other.name())),
    };
    Ok(Model::over_numbers(None, Steps::default(), estimator)?)
}

/// What [`to_string`] leaves out because the format has no place for it, in words for the user; no LIBSVM answer depends on it.
pub fn not_kept(loaded: &Loaded) -> Vec<&'static str> {
    let model = &loaded.model;
    let ovr = model
        .estimator()
        .svc()
        .is_some_and(|svc| svc.n_classes() > 2 && svc.parts().decision_function_shape == DecisionFunctionShape::Ovr);
    [
        (model.has_feature_names(), "feature names"),
        (ovr, "the decision function's shape `ovr`: LIBSVM gives one value for each pair of classes"),
        (loaded.probes.is_some(), "probe rows"),
    ]
    .into_iter()
    .filter_map(|(lost, what)| lost.then_some(what))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::ScalerFormula;

    fn made_up() -> MadeUp {
        MadeUp { support_vectors: vec![1.0, 2.0, 3.0, 4.0], ..MadeUp::default() }
    }

    #[test]
    fn more_features_are_zeros_at_the_end_of_each_vector() {
        let wide = widened(&made_up().model(), 4).unwrap();
        assert_eq!(wide.n_features_in(), 4);
        assert_eq!(wide.estimator().svc().unwrap().parts().support_vectors, [1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0]);
        assert_eq!(widened(&made_up().model(), 2).unwrap(), made_up().model());
    }

    #[test]
    fn features_are_not_taken_away_and_not_added_to_a_model_that_names_them() {
        let refusal =
            |made_up: MadeUp, n_features_in| widened(&made_up.model(), n_features_in).unwrap_err().to_string();
        assert_eq!(
            refusal(made_up(), 1),
            "`n_features_in`: expected at least the 2 features of the support vectors, found 1"
        );
        let expected = "`n_features_in`: expected the 2 features that the model's names and steps are for, found 3";
        let named = MadeUp { feature_names: Some(vec!["a".into(), "b".into()]), ..made_up() };
        assert_eq!(refusal(named, 3), expected);
        let formula = ScalerFormula::Standard { mean: None, scale: None };
        let scaled = MadeUp { scalers: vec![formula], ..made_up() };
        assert_eq!(refusal(scaled, 3), expected);
        let expected = "`n_features_in`: expected at most 67108864 numbers in 2 support vectors, found ";
        assert_eq!(refusal(made_up(), 33_554_433), format!("{expected}33554433"));
        assert_eq!(refusal(made_up(), usize::MAX), format!("{expected}{}", usize::MAX));
    }
}
