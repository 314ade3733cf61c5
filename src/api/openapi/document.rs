//! The document: a template, filled with what belongs to the model and to the route table.
//!
//! What all models have in common is text ([`TEMPLATE`]), with a name such as `"@Label"` where something of the model belongs.
//! The paths are those of the route table; the answers in the examples are what the routes answer while the document is written.

use super::examples;
use super::operations;
use super::samples::Sample;
use super::values::{joined, quoted};
use crate::api::dialects::v2;
use crate::api::disclosure::Shown;
use crate::api::route::{Call, RequestBuffers, Route};
use crate::api::rows::Datatype;
use crate::api::served::Served;
use crate::api::text::says;
use crate::api::{Detail, Error, JSON, described};
use crate::http::Response;
use crate::pipeline::{ColumnKind, ElementType, Model, OutputName, Target};

const TEMPLATE: &str = include_str!("template.json");

/// `GET /openapi.json`
pub fn respond(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    says(JSON, &[call.served.document.get_or_init(|| document(call))], content)
}

fn document(call: &Call<'_>) -> String {
    let (served, detail) = (call.served, call.instance.options.detail);
    let model = &served.model;
    fill(TEMPLATE, |name| match name {
        "version" => quoted(env!("CARGO_PKG_VERSION")),
        "description" => quoted(&description(served)),
        "paths" => paths(call),
        "Label" => label_schema(served),
        "Platform" => quoted(v2::platform(model)),
        "Details" => details_required(model),
        "Record" => record_schema(model, detail),
        "Columns" => columns_schema(model, detail),
        "ColumnsExplained" => {
            let values = |kind: &ColumnKind| {
                let value = described::schema(kind, detail);
                format!(r#"{{"type":"array","items":{value},"minItems":1,"maxItems":64}}"#)
            };
            named_schema(model, "For each feature, an array with its value for every row.", values, true)
        }
        "Curves" => curves_schema(model),
        "ListsSupportVectors" => match call.instance.options.disclosure.shown {
            Shown::Rows => "[true,false,null]".to_owned(),
            Shown::Ranges | Shown::Nothing => "[false,null]".to_owned(),
        },
        "TellsWeights" => match model.has_weights() && call.instance.options.disclosure.shown >= Shown::Ranges {
            true => "[true,false,null]".to_owned(),
            false => "[false,null]".to_owned(),
        },
        "Features" => features_schema(model, detail),
        "Datatypes" => datatypes(model),
        "FeaturesOnce" => features_once(model),
        "EachColumn" => each_column(model),
        "Row" => row_schema(model, detail),
        "Prediction" => prediction_schema(model),
        "Output" => format!(r#"{{"enum":[{}]}}"#, joined(model.outputs().map(|output| quoted(output.name.as_str())))),
        "Classification" => classification_schema(model).to_owned(),
        "ScoredLabel" => {
            let labels = served.label_texts();
            format!(r#"{{"type":"string","enum":[{}]}}"#, joined(labels.iter().map(|label| quoted(label))))
        }
        _ => "{}".to_owned(),
    })
}

/// The template with each `"@name"` replaced by what `value` returns for it. What was put in is not looked at again, so a model's
/// names cannot be taken for the template's.
fn fill(template: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("\"@") {
        let (name, after) = after.split_once('"').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(&value(name));
        rest = after;
    }
    filled + rest
}

fn description(served: &Served) -> String {
    let (model, facts) = (&served.model, &served.facts);
    let answers = match model.target() {
        Target::Classes(classes) => format!("{} classes", classes.len()),
        target => format!("answers with {}", target.gives()),
    };
    format!(
        "Model `{}`, version {}: {}, {answers}, {}{}. Every GET also works as HEAD, and OPTIONS lists the methods of a path. \
         Content may be compressed: `Content-Encoding: gzip` or `deflate`. Keys that are not listed are ignored.",
        facts.name,
        facts.version,
        match model.kernel() {
            Some(kernel) => format!("{} with the kernel `{}`", model.estimator().description(), kernel.name()),
            None => model.estimator().description(),
        },
        if model.n_features_in() == 1 { "1 feature".to_owned() } else { format!("{} features", model.n_features_in()) },
        model.n_support_vectors().map_or_else(String::new, |count| format!(", {count} support vectors")),
    )
}

/// All paths of the table. A route with several paths shows its examples and its id at the first one.
fn paths(call: &Call<'_>) -> String {
    let sample = Sample::new(&call.served.model);
    let mut seen = Vec::new();
    let mut items = Vec::new();
    for (path, routes) in call.instance.routes.paths() {
        let is_possible = |route: &&Route| (route.suits)(&call.served.model);
        let operations = routes.into_iter().flatten().filter(is_possible).map(|route| {
            let examples = (!seen.contains(&route.number)).then(|| examples::of(route, &sample, call));
            seen.push(route.number);
            let method = route.method.name().to_ascii_lowercase();
            format!(r#""{method}":{}"#, operations::json(route, examples.as_deref()))
        });
        let operations = joined(operations);
        if !operations.is_empty() {
            items.push(format!("{}:{{{operations}}}", quoted(path)));
        }
    }
    format!("{{{}}}", items.join(",\n    "))
}

/// The schema of how many of the best classes to answer with.
fn classification_schema(model: &Model) -> &'static str {
    match model.classes() {
        Some(_) => {
            r#"{"description":"How many of the best classes to return, as `value:index:label`.","type":["integer","null"],"minimum":1,"maximum":18446744073709551615}"#
        }
        None => r#"{"description":"This model has no classes.","type":"null"}"#,
    }
}

/// The schema of what `predict` gives for a row.
fn label_schema(served: &Served) -> String {
    let target = served.model.target();
    let element = match target {
        Target::Classes(classes) => classes.element_type(),
        Target::Number => ElementType::Float,
        Target::Inlier => ElementType::Integer,
    };
    let kind = match element {
        ElementType::Integer => r#""integer","format":"int64""#,
        ElementType::String => r#""string""#,
        ElementType::Boolean => r#""boolean""#,
        ElementType::Float => r#""number","format":"double""#,
    };
    if target == Target::Number {
        return format!(r#"{{"description":"The predicted number.","type":{kind}}}"#);
    }
    let labels = (0..target.n_labels()).map(|index| String::from_utf8_lossy(served.label(index)).into_owned());
    format!(r#"{{"type":{kind},"enum":[{}]}}"#, joined(labels))
}

/// The facts about the model that its metadata always has.
fn details_required(model: &Model) -> String {
    let classes: &[&str] = if model.classes().is_some() { &["classes"] } else { &[] };
    let svm: &[&str] = if model.kernel().is_some() { &["kernel", "support_vectors"] } else { &[] };
    let names = [&["feature_names", "estimator", "target"], classes, svm, &["sha256"]].concat();
    format!("[{}]", names.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}

fn record_schema(model: &Model, detail: Detail) -> String {
    named_schema(model, "One row by name, in any order.", |kind| described::schema(kind, detail), true)
}

fn columns_schema(model: &Model, detail: Detail) -> String {
    let values =
        |kind: &ColumnKind| format!(r#"{{"type":"array","items":{},"minItems":1}}"#, described::schema(kind, detail));
    named_schema(model, "For each feature, an array with its value for every row.", values, true)
}

fn features_schema(model: &Model, detail: Detail) -> String {
    named_schema(model, "Some of the features of a row.", |kind| described::schema(kind, detail), false)
}

/// The schema of a row by position.
fn row_schema(model: &Model, detail: Detail) -> String {
    const DESCRIPTION: &str = "The features in the order of `Record`.";
    let (kinds, count) = (model.columns().kinds(), model.n_features_in());
    if model.columns().are_numbers() {
        return numbers_schema(count, DESCRIPTION);
    }
    let values = joined(kinds.iter().map(|kind| described::schema(kind, detail)));
    // a single text stands for its row
    let types = if matches!(kinds, [ColumnKind::Text]) { r#"["array","string"]"# } else { r#""array""# };
    format!(
        r#"{{"description":"{DESCRIPTION}","type":{types},"prefixItems":[{values}],"minItems":{count},"maxItems":{count}}}"#
    )
}

/// The types of tensors that the model takes.
fn datatypes(model: &Model) -> String {
    let has_text = !model.columns().kinds().iter().all(ColumnKind::is_number);
    let names = Datatype::NAMES.iter().copied().chain(has_text.then_some("BYTES"));
    format!("[{}]", joined(names.map(quoted)))
}

/// The schema of an object with a value for each feature.
fn named_schema(model: &Model, description: &str, value: impl Fn(&ColumnKind) -> String, is_required: bool) -> String {
    let names: Vec<String> = model.feature_names().iter().map(|name| quoted(name)).collect();
    let properties = names.iter().zip(model.columns().kinds()).map(|(name, kind)| format!("{name}:{}", value(kind)));
    let required = if is_required { format!(r#""required":[{}],"#, names.join(",")) } else { String::new() };
    format!(r#"{{"description":"{description}","type":"object",{required}"properties":{{{}}}}}"#, joined(properties))
}

/// The schema of which columns to draw curves of: those of numbers.
fn curves_schema(model: &Model) -> String {
    let names = model.feature_names().iter().zip(model.columns().kinds()).filter(|(_, kind)| kind.is_number());
    let names = joined(names.map(|(name, _)| quoted(name)));
    let none = if names.is_empty() { r#","maxItems":0"# } else { r#","maxItems":16"# };
    let items = if names.is_empty() { String::new() } else { format!(r#","items":{{"enum":[{names}]}}"#) };
    format!(
        r#"{{"description":"Columns to trace the decision over: at 33 points of the column's range or, if that is unknown, around the row.","type":["array","null"],"uniqueItems":true{none}{items}}}"#
    )
}

/// For each feature, that either `context` has it, or each of the `examples`.
fn features_once(model: &Model) -> String {
    let rules = model.feature_names().iter().map(|name| {
        let has = format!(r#"{{"type":"object","required":[{}]}}"#, quoted(name));
        let lacks = format!(r#"{{"not":{has}}}"#);
        let apart = format!(r#"{{"properties":{{"context":{lacks},"examples":{{"items":{has}}}}}}}"#);
        let shared =
            format!(r#"{{"required":["context"],"properties":{{"context":{has},"examples":{{"items":{lacks}}}}}}}"#);
        format!(r#"{{"anyOf":[{apart},{shared}]}}"#)
    });
    format!("[{}]", joined(rules))
}

/// For each feature, that an array has its name or its position, once.
fn each_column(model: &Model) -> String {
    let names = model.feature_names().iter().enumerate();
    let rules = names
        .map(|(position, name)| format!(r#"{{"contains":{{"enum":[{},{position}]}},"maxContains":1}}"#, quoted(name)));
    format!("[{}]", joined(rules))
}

/// The schema of what is answered for a row.
fn prediction_schema(model: &Model) -> String {
    let kinds = model.outputs().map(|output| {
        let description = format!("The values of `{}`.", output.name.as_str());
        match (output.name, output.width) {
            (OutputName::Predict, _) => r##"{"$ref":"#/components/schemas/Label"}"##.to_owned(),
            (_, 1) => format!(r#"{{"type":"number","description":"{description}"}}"#),
            (_, width) => numbers_schema(width, &description),
        }
    });
    format!(
        r#"{{"description":"What was asked for: the result of `predict`, or scores.","anyOf":[{}]}}"#,
        joined(kinds)
    )
}

/// The schema of an array of numbers.
fn numbers_schema(count: usize, description: &str) -> String {
    format!(
        r#"{{"description":"{description}","type":"array","items":{{"type":"number"}},"minItems":{count},"maxItems":{count}}}"#
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::http::Status;

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let filled = fill(r#"{"a": "@x", "b": ["@y"]}"#, |name| format!("<\"@{name}\" \"@y\">"));
        assert_eq!(filled, r#"{"a": <"@x" "@y">, "b": [<"@y" "@y">]}"#);
    }

    #[test]
    fn the_document_lists_every_code_that_an_error_has() {
        let template: serde_json::Value = serde_json::from_str(TEMPLATE).unwrap();
        let listed = &template["components"]["schemas"]["Error"]["properties"]["error_code"]["enum"];
        let listed: HashSet<_> = listed.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        let errors = Status::ALL.iter().filter(|status| !status.is_success());
        assert_eq!(listed, errors.map(|status| status.name()).collect());
    }
}
