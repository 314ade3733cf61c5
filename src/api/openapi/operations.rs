//! What the document says of each route: its name, what it takes, what it gives.

use std::fmt::Write;

use super::examples::Example;
use super::joined;
use crate::api::metrics::PROMETHEUS_TEXT;
use crate::api::routes::Route;
use crate::api::{CSV, HTML, JSON, JSON_LINES, OCTETS, TEXT};

/// A media type, and the name of the schema for what comes in it.
type Media = (&'static str, &'static str);

/// A route's part of the document, without its examples.
pub(super) struct Operation {
    /// Its name in generated clients.
    id: &'static str,
    /// Who asks it, as the template lists them.
    tag: &'static str,
    summary: &'static str,
    takes: &'static [Media],
    gives: &'static [Media],
    kind: Kind,
}

/// What a route can answer besides a success.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing of its own.
    Shows,
    /// That the server is stopping.
    TellsReadiness,
    /// What is wrong with content that may be missing.
    Reads,
    /// The same with content that must be there; a success is a prediction.
    Predicts,
}

const fn shows(id: &'static str, tag: &'static str, summary: &'static str, gives: &'static [Media]) -> Operation {
    Operation { id, tag, summary, takes: &[], gives, kind: Kind::Shows }
}

const fn ready(id: &'static str, tag: &'static str, summary: &'static str, gives: &'static [Media]) -> Operation {
    Operation { kind: Kind::TellsReadiness, ..shows(id, tag, summary, gives) }
}

impl Operation {
    /// The one of a route; OPTIONS is no operation of its own.
    #[rustfmt::skip] // a table
    pub(super) fn of(route: Route) -> Option<Operation> {
        Some(match route {
            Route::Root => shows("root", "operations", "Alive; for a browser the page to try the model on",
                &[(JSON, "Status"), (HTML, "Text")]),
            Route::Health => shows("healthz", "operations", "Alive, also while the server stops", &[(JSON, "Status")]),
            Route::Ready => ready("readyz", "operations", "Ready for requests", &[(JSON, "Status")]),
            Route::Version => shows("version", "operations", "Version of svcd", &[(TEXT, "Text")]),
            Route::Metrics => shows("metrics", "operations", "Metrics for Prometheus", &[(PROMETHEUS_TEXT, "Text")]),
            Route::OpenApi => shows("openapi", "operations", "This document", &[(JSON, "Document")]),
            Route::Ping => ready("ping", "platforms", "Ready for requests of platforms", &[(TEXT, "Text")]),
            Route::ExecutionParameters => shows("execution_parameters", "platforms",
                "What SageMaker's batch transform may send at once", &[(JSON, "ExecutionParameters")]),
            Route::V2Server => shows("v2_server", "v2", "Version and extensions of the server", &[(JSON, "Server")]),
            Route::V2Live => shows("v2_live", "v2", "Alive", &[(JSON, "Live")]),
            Route::V2Ready => ready("v2_ready", "v2", "Ready for requests", &[(JSON, "Live")]),
            Route::Models => shows("models", "v2", "Names of the models", &[(JSON, "Models")]),
            Route::V2Model => shows("v2_model", "v2", "Metadata of the model", &[(JSON, "ModelMetadata")]),
            Route::V2ModelReady => ready("v2_model_ready", "v2", "Model ready for requests", &[(JSON, "ModelReady")]),
            Route::V1Model => ready("v1_model", "v1", "State of the model", &[(JSON, "ModelStatus")]),
            Route::V1Metadata => shows("v1_metadata", "v1", "Signatures of the model", &[(JSON, "Signatures")]),
            Route::V2Index => Operation { takes: &[(JSON, "RepositoryFilter")], kind: Kind::Reads,
                ..shows("v2_index", "v2", "Models of the repository", &[(JSON, "RepositoryIndex")]) },
            Route::Seed => Operation { takes: &[(JSON, "Records")], kind: Kind::Predicts,
                ..shows("seed", "notebook", "Labels of rows by name", &[(JSON, "Val")]) },
            Route::V2Infer => Operation { takes: &[(JSON, "InferRequest"), (OCTETS, "Binary")], kind: Kind::Predicts,
                ..shows("v2_infer", "v2", "Labels and scores as tensors, in JSON or binary",
                    &[(JSON, "InferAnswer"), (OCTETS, "Binary")]) },
            Route::V1Predict => Operation { takes: &[(JSON, "PredictRequest")], kind: Kind::Predicts,
                ..shows("v1_predict", "v1", "Labels or scores of rows", &[(JSON, "PredictAnswer")]) },
            Route::V1Classify => Operation { takes: &[(JSON, "ClassifyRequest")], kind: Kind::Predicts,
                ..shows("v1_classify", "v1", "A score for each class", &[(JSON, "ClassifyAnswer")]) },
            Route::Invocations => Operation { kind: Kind::Predicts,
                takes: &[(JSON, "InvocationsRequest"), (CSV, "Csv"), (JSON_LINES, "JsonLines")],
                ..shows("invocations", "platforms", "Labels or scores for MLflow and SageMaker, in the form that Accept says",
                    &[(JSON, "Predictions"), (CSV, "Csv"), (JSON_LINES, "JsonLines")]) },
            Route::Vertex => Operation { takes: &[(JSON, "VertexRequest")], kind: Kind::Predicts,
                ..shows("vertex", "platforms", "Labels or scores for Vertex AI", &[(JSON, "Predictions")]) },
            Route::Options(_) => return None,
        })
    }

    /// OpenAPI's Operation Object. At a further path of its route there are neither examples nor the id, which names one.
    pub(super) fn json(&self, examples: Option<&[Example]>) -> String {
        let Operation { id, tag, summary, takes, gives, kind } = self;
        let shown = examples.unwrap_or_default();
        let mut out = String::from("{");
        // Writing to a String cannot fail, here and below; what the table says needs no escapes.
        if examples.is_some() {
            let _ = write!(out, r#""operationId":"{id}","#);
        }
        let _ = write!(out, r#""tags":["{tag}"],"summary":"{summary}","#);
        if takes.iter().any(|(media_type, _)| *media_type == OCTETS) {
            out.push_str(r##""parameters":[{"$ref":"#/components/parameters/InferenceHeaderContentLength"}],"##);
        }
        if !takes.is_empty() {
            let is_required = *kind == Kind::Predicts;
            let content = content(takes, shown, |example| &example.asked);
            let _ = write!(out, r#""requestBody":{{"required":{is_required},"content":{content}}},"#);
        }
        let _ = write!(out, r#""responses":{{"200":{{"description":"{summary}","#);
        if *kind == Kind::Predicts {
            out.push_str(r##""headers":{"X-Model-Hash":{"$ref":"#/components/headers/ModelHash"}},"##);
        }
        let _ = write!(out, r#""content":{}}}"#, content(gives, shown, |example| &example.answered));
        for (status, name) in kind.errors() {
            let _ = write!(out, r##","{status}":{{"$ref":"#/components/responses/{name}"}}"##);
        }
        out + "}}"
    }
}

/// An object with a member for each media type: its schema, and its examples.
fn content(media: &[Media], examples: &[Example], part: impl Fn(&Example) -> &String) -> String {
    let described = media.iter().map(|(media_type, schema)| {
        let here = examples.iter().filter(|example| example.media_type == *media_type);
        let values = joined(here.map(|example| format!(r#""{}":{{"value":{}}}"#, example.name, part(example))));
        let examples = if values.is_empty() { values } else { format!(r#","examples":{{{values}}}"#) };
        format!(r##""{media_type}":{{"schema":{{"$ref":"#/components/schemas/{schema}"}}{examples}}}"##)
    });
    format!("{{{}}}", joined(described))
}

impl Kind {
    /// Statuses, and the template's names for what comes with them.
    fn errors(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Shows => &[("default", "Error")],
            Kind::TellsReadiness => &[("503", "Unavailable"), ("default", "Error")],
            Kind::Reads | Kind::Predicts => &[
                ("400", "BadRequest"),
                ("413", "ContentTooLarge"),
                ("415", "UnsupportedMediaType"),
                ("503", "Unavailable"),
                ("default", "Error"),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_document_names_is_one_that_the_route_takes() {
        for route in [
            Route::Seed,
            Route::Invocations,
            Route::Vertex,
            Route::V2Infer,
            Route::V2Index,
            Route::V1Predict,
            Route::V1Classify,
        ] {
            let mut accepted = route.types().unwrap().accepted.to_vec();
            // What `curl -d` says when it is told nothing is no form, so the document does not call it one.
            accepted.retain(|media_type| *media_type != "application/x-www-form-urlencoded");
            let takes = Operation::of(route).unwrap().takes;
            assert_eq!(takes.iter().map(|(media_type, _)| *media_type).collect::<Vec<_>>(), accepted, "{route:?}");
        }
    }
}
