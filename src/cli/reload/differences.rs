//! What the clients of one model would notice if another one answered instead: other columns, another target, other outputs.

use std::collections::HashSet;

use crate::pipeline::{ColumnKind, ElementType, Label, Model, OutputName, Target};

/// How `next` differs for its clients from the model that they are used to, in words; nothing for a model that only gives other
/// answers.
pub(super) fn differences(known: &Model, next: &Model) -> Vec<String> {
    let outputs = OutputName::LISTED.into_iter().filter_map(|name| of_output(known, next, name));
    of_columns(known, next).into_iter().chain(of_target(known.target(), next.target())).chain(outputs).collect()
}

fn of_columns(known: &Model, next: &Model) -> Option<String> {
    let (known, next) = (known.columns(), next.columns());
    if known.count() != next.count() {
        return Some(format!("{} columns instead of {}", next.count(), known.count()));
    }
    if known.names() != next.names() {
        return Some(of_list(["column", "columns"], quoted(known.names()), quoted(next.names())));
    }
    let mut kinds = known.kinds().iter().zip(next.kinds()).zip(known.names());
    let is_other = |((known, next), _): &((&ColumnKind, &ColumnKind), &String)| known != next;
    kinds.find(is_other).map(|(_, name)| format!("another kind of column `{name}`"))
}

fn of_target(known: Target<'_>, next: Target<'_>) -> Option<String> {
    match (known, next) {
        (Target::Classes(known), Target::Classes(next)) if known.element_type() != next.element_type() => {
            Some(format!("labels that are {} instead of {}", plural(next.element_type()), plural(known.element_type())))
        }
        (Target::Classes(known), Target::Classes(next)) if known != next => {
            let shown = |label: Label<'_>| format!("`{label}`");
            Some(of_list(["class", "classes"], known.iter().map(shown).collect(), next.iter().map(shown).collect()))
        }
        (known, next) if known != next => Some(format!("the target {} instead of {}", next.name(), known.name())),
        _ => None,
    }
}

fn plural(element: ElementType) -> &'static str {
    match element {
        ElementType::Integer => "integers",
        ElementType::Float => "floats",
        ElementType::Boolean => "booleans",
        ElementType::String => "texts",
    }
}

fn of_output(known: &Model, next: &Model, name: OutputName) -> Option<String> {
    let width = |model: &Model| model.output(name).ok().map(|output| output.width);
    let shown = name.as_str();
    match (width(known), width(next)) {
        (Some(_), None) => Some(format!("no `{shown}`")),
        (None, Some(_)) => Some(format!("a `{shown}`, which the running model does not have")),
        (Some(known), Some(next)) if known != next => Some(format!("{next} values of `{shown}` instead of {known}")),
        _ => None,
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

/// How two lists differ that are not equal, of names that each has once.
fn of_list([one, several]: [&str; 2], known: Vec<String>, next: Vec<String>) -> String {
    let lacking = |these: &[String], others: &[String]| {
        let others: HashSet<_> = others.iter().collect();
        let found: Vec<_> = these.iter().filter(|name| !others.contains(name)).cloned().collect();
        (!found.is_empty()).then_some(found)
    };
    let new = |names: Vec<String>| match names.len() {
        1 => format!("a new {one} {}", listed(&names)),
        _ => format!("new {several} {}", listed(&names)),
    };
    match (lacking(&next, &known), lacking(&known, &next)) {
        (Some(added), Some(gone)) => format!("{} instead of {}", new(added), listed(&gone)),
        (Some(added), None) => new(added),
        (None, Some(gone)) => format!("no {} {}", if gone.len() == 1 { one } else { several }, listed(&gone)),
        (None, None) => format!("another order: {several} {}", listed(&next)),
    }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const LISTED_MAX: usize = 8;
    let shown = names.iter().take(LISTED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::pipeline::Classes;
    use crate::svc::{Coupling, DecisionFunctionShape, Probability};

    fn named(names: &[&str]) -> MadeUp {
        let feature_names = Some(names.iter().map(|name| (*name).to_owned()).collect());
        MadeUp { feature_names, support_vectors: vec![1.0; 2 * names.len()], ..MadeUp::default() }
    }

    fn of_classes(classes: Classes) -> MadeUp {
        let n_classes = classes.len();
        let pairs = n_classes * (n_classes - 1) / 2;
        let made_up = MadeUp::one_vector_each(&vec![1.0; n_classes * (n_classes - 1)], &vec![0.0; pairs]);
        MadeUp { classes, ..made_up }
    }

    fn texts(labels: &[&str]) -> MadeUp {
        of_classes(Classes::String(labels.iter().map(|label| (*label).to_owned()).collect()))
    }

    fn found(known: MadeUp, next: MadeUp) -> String {
        differences(&known.model(), &next.model()).join("; ")
    }

    #[test]
    fn a_model_that_only_knows_better_differs_in_nothing() {
        let better = || MadeUp { dual_coef: vec![2.0, -2.0], intercept: vec![7.0], ..named(&["a", "b"]) };
        assert_eq!(found(named(&["a", "b"]), better()), "");
        // the names that a model without names has
        assert_eq!(found(MadeUp::default(), named(&["x0"])), "");
    }

    #[test]
    fn other_columns_are_told() {
        let known = || named(&["a", "b"]);
        assert_eq!(found(known(), named(&["a", "b", "c"])), "3 columns instead of 2");
        assert_eq!(found(known(), named(&["a", "c"])), "a new column `c` instead of `b`");
        assert_eq!(found(known(), named(&["b", "a"])), "another order: columns `b`, `a`");
        assert_eq!(found(MadeUp::default(), named(&["a"])), "a new column `a` instead of `x0`");
    }

    #[test]
    fn another_target_is_told_and_what_follows_from_it() {
        assert_eq!(found(texts(&["a", "b"]), texts(&["a", "c"])), "a new class `c` instead of `b`");
        assert_eq!(found(texts(&["a", "b"]), texts(&["b", "a"])), "another order: classes `b`, `a`");
        let wider = "a new class `c`; 3 values of `decision_function` instead of 1";
        assert_eq!(found(texts(&["a", "b"]), texts(&["a", "b", "c"])), wider);
        let numbers = of_classes(Classes::Integer(vec![0, 1]));
        assert_eq!(found(numbers.clone(), texts(&["0", "1"])), "labels that are texts instead of integers");
        assert_eq!(
            found(numbers, of_classes(Classes::Boolean(vec![false, true]))),
            "labels that are booleans instead of integers"
        );
        let many: Vec<_> = (0..12).map(|label| label.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let text = found(texts(&["0", "1"]), texts(&many));
        assert!(text.starts_with("new classes `2`, `3`, `4`, `5`, `6`, `7`, `8`, `9` and 2 more; "), "{text}");
    }

    #[test]
    fn outputs_that_come_or_go_are_told() {
        let probable = || MadeUp {
            probability: Some(Probability { prob_a: vec![-1.0], prob_b: vec![0.0], coupling: Coupling::Iterative }),
            ..MadeUp::default()
        };
        assert_eq!(found(probable(), MadeUp::default()), "no `predict_proba`");
        assert_eq!(found(MadeUp::default(), probable()), "a `predict_proba`, which the running model does not have");
        let four = |decision_function_shape| MadeUp { decision_function_shape, ..texts(&["a", "b", "c", "d"]) };
        let shapes = found(four(DecisionFunctionShape::Ovr), four(DecisionFunctionShape::Ovo));
        assert_eq!(shapes, "6 values of `decision_function` instead of 4");
    }
}
