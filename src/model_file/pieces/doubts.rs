//! What widths cannot tell: signs that pieces which fit each other do not belong to one model, or are not all of it.

use super::{Content, Found};
use crate::pipeline::Model;

/// Whether the same columns come in two orders: whoever saved the pieces reorders them in between, and svcd does not.
pub(super) fn other_order(names: &[String], model: &Model) -> bool {
    let Some(own) = model.columns().own_names() else { return false };
    names != own && names.len() == own.len() && names.iter().all(|name| own.contains(name))
}

/// What to say of transformers in front of a pipeline. `first`: the place of the first of them.
pub(super) fn before_own_steps(first: Option<String>, estimator: &str, model: &Model) -> Option<String> {
    let first = first.filter(|_| !model.steps().is_empty())?;
    Some(format!(
        "{first} is applied before {estimator}'s own steps: if it was not in training, skip it with --leave-out"
    ))
}

/// What to say of an index of pandas that may have the names of the columns.
pub(super) fn unread_names(found: &[&Found]) -> Option<String> {
    let is_index = |found: &&&Found| matches!(&found.content, Ok(Content::Opaque(what)) if what.starts_with("`pandas.core.indexes."));
    let index = found.iter().find(is_index)?;
    Some(format!(
        "{} is a pandas index, which svcd does not read: if it names the columns, give --feature-names, or save it as a list \
         (list(X.columns))",
        index.shown()
    ))
}

/// What to say of data beside an estimator without support vectors, which would show that a scaler is missing.
pub(super) fn unknown_beside(found: &[&Found], model: &Model) -> Option<String> {
    if model.estimator().machine().is_some() {
        return None;
    }
    let opaque = found.iter().find(|found| matches!(found.content, Ok(Content::Opaque(_))))?;
    Some(format!(
        "svcd leaves out {}, and a {} does not show whether its rows were scaled: if it was applied to them, answers \
         will be wrong",
        opaque.shown(),
        model.estimator().name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::{Classes, Estimator, LinearKind, ScalerFormula, Steps};
    use crate::svc::LinearParts;

    fn found(place: &str, content: Content) -> Found {
        let content = Ok(content);
        Found { source: 0, rank: 0, file: String::new(), place: place.to_owned(), content }
    }

    #[test]
    fn names_in_another_order_are_seen_and_other_names_are_not() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let support_vectors = vec![1.0; 4];
        let model = MadeUp { support_vectors, feature_names: Some(names(&["a", "b"])), ..MadeUp::default() }.model();
        assert!(other_order(&names(&["b", "a"]), &model));
        for same in [&["a", "b"][..], &["a", "c"], &["a"]] {
            assert!(!other_order(&names(same), &model), "{same:?}");
        }
        assert!(!other_order(&names(&["b", "a"]), &MadeUp::default().model()));
    }

    #[test]
    fn a_transformer_before_a_pipeline_is_doubtful() {
        let scalers = vec![ScalerFormula::MaxAbs { scale: vec![1.0], clip: false }];
        let pipeline = MadeUp { scalers, ..MadeUp::default() }.model();
        let first = || Some("`a`".to_owned());
        let text = "`a` is applied before `b`'s own steps: if it was not in training, skip it with --leave-out";
        assert_eq!(before_own_steps(first(), "`b`", &pipeline).as_deref(), Some(text));
        assert_eq!(before_own_steps(None, "`b`", &pipeline), None);
        assert_eq!(before_own_steps(first(), "`b`", &MadeUp::default().model()), None);
    }

    #[test]
    fn an_index_of_pandas_is_told() {
        let index = found("x", Content::Opaque("`pandas.core.indexes.base._new_Index`".to_owned()));
        let other = found("y", Content::Other("a list of 2 items".to_owned()));
        assert!(
            unread_names(&[&other, &index]).unwrap().starts_with("`x` is a pandas index, which svcd does not read")
        );
        assert_eq!(unread_names(&[&other]), None);
    }

    #[test]
    fn unknown_data_is_doubtful_beside_a_model_without_support_vectors() {
        let parts = LinearParts { n_features_in: 2, coef: vec![1.0, -1.0], intercept: vec![0.5] };
        let linear = Estimator::of_linear(LinearKind::Svc, Classes::Integer(vec![0, 1]), parts).unwrap();
        let linear = Model::over_numbers(None, Steps::default(), linear).unwrap();
        let text = "svcd leaves out `x`, and a LinearSVC does not show whether its rows were scaled: if it was applied \
                    to them, answers will be wrong";
        let opaque = found("x", Content::Opaque("an array".to_owned()));
        assert_eq!(unknown_beside(&[&opaque], &linear).as_deref(), Some(text));
        assert_eq!(unknown_beside(&[&found("x", Content::Other("0.97".to_owned()))], &linear), None);
        assert_eq!(unknown_beside(&[&opaque], &MadeUp::default().model()), None);
    }
}
