//! What the start line and the log say of a model.

use super::log::LogValue;
use crate::pipeline::Model;

/// Names and values, in the order in which they are shown; what a model does not have is left out.
pub(super) fn of(model: &Model) -> Vec<(&'static str, LogValue<'static>)> {
    let count = |name, count: Option<usize>| count.map(|count| (name, LogValue::count(count)));
    let facts = [
        count("classes", model.classes().map(|classes| classes.len())),
        count("features", Some(model.n_features_in())),
        count("support_vectors", model.n_support_vectors()),
        Some(("estimator", LogValue::Text(model.estimator().name()))),
        Some(("target", LogValue::Text(model.target().name()))),
    ];
    facts.into_iter().flatten().collect()
}

/// The same as one line of `name=value`.
pub(super) fn line(model: &Model) -> String {
    of(model).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
