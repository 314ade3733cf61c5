//! The route table: the only place that knows which routes there are.
//!
//! Everything else reads it: paths and methods, what Allow and a 415 say, names in metrics and logs, the OpenAPI document.

use std::time::Duration;

use super::dialects::{explain, invocations, seed, v1, v2, vertex};
use super::metrics::{self, PROMETHEUS_TEXT};
use super::openapi::{self, samples};
use super::route::{HEALTH_ROUTE, Operation, PREDICT_ROUTE, Responder, Route};
use super::served::Served;
use super::text::says;
use super::{CSV, FORM, HTML, JSON, JSON_LINES, Media, OCTETS, TEXT, page, work};
use crate::http::{Method, Request};
use crate::pipeline::Model;

/// All routes, those that matter for speed first. The platform's own come last, and win over the others.
#[rustfmt::skip] // a table
pub static TABLE: &[Route] = &numbered([
    get("/", op("root", "operations", "Liveness; for a browser, the page to try the model on",
        &[(JSON, "Status"), (HTML, "Text")]), page::root),
    // `curl -d` says form-urlencoded unless told otherwise, and the notebook's server never looked.
    post("/", &[(JSON, "Records"), (FORM, "")],
        op("seed", "notebook", "Predictions for rows by name", &[(JSON, "Val")]), seed::respond).shows(samples::seed)
        .costs(work::of_records),
    // Clients say octet-stream as soon as a tensor is binary, and some always do.
    post("/v2/models/{model}/infer", &[(JSON, "InferRequest"), (OCTETS, "Binary")],
        op("v2_infer", "v2", "Predictions and scores as tensors, in JSON or binary",
            &[(JSON, "InferAnswer"), (OCTETS, "Binary")]), v2::infer).shows(samples::v2_infer)
        .costs(work::of_tensors),
    post("/v1/models/{model}:predict", &[(JSON, "PredictRequest")],
        op("v1_predict", "v1", "Predictions or scores of rows", &[(JSON, "PredictAnswer")]), v1::predict)
        .shows(samples::v1_predict).costs(work::of_text),
    post("/invocations", &[(JSON, "InvocationsRequest"), (CSV, "Csv"), (JSON_LINES, "JsonLines")],
        op("invocations", "platforms",
            "Predictions or scores for MLflow and SageMaker, in the format that Accept names",
            &[(JSON, "Predictions"), (CSV, "Csv"), (JSON_LINES, "JsonLines")]), invocations::respond)
        .shows(samples::invocations).costs(work::of_text),
    get("/healthz", op("healthz", "operations", "Liveness, even while the server is stopping", &[(JSON, "Status")]),
        page::alive).probe(),
    ready("/readyz"),
    ping("/ping"),
    ping("/health"),
    get("/version", op("version", "operations", "Version of svcd", &[(TEXT, "Text")]),
        |_, _, content| says(TEXT, &[env!("CARGO_PKG_VERSION")], content)),
    get("/metrics", op("metrics", "operations", "Metrics for Prometheus", &[(PROMETHEUS_TEXT, "Text")]),
        metrics::respond).probe(),
    get("/openapi.json", op("openapi", "operations", "This document", &[(JSON, "Document")]), openapi::respond)
        .costs(|served, _| if served.document.get().is_some() { Duration::ZERO } else { Duration::MAX }),
    get("/execution-parameters", op("execution_parameters", "platforms",
        "What SageMaker's batch transform may send at once", &[(JSON, "ExecutionParameters")]),
        invocations::execution_parameters),
    get("/v2", op("v2_server", "v2", "Version and extensions of the server", &[(JSON, "Server")]), v2::server),
    get("/v2/health/live", op("v2_live", "v2", "Liveness", &[(JSON, "Live")]),
        |_, _, content| says(JSON, &[r#"{"live":true}"#], content)).probe(),
    // The protocol's text calls the field `live`, clients read `ready`.
    get("/v2/health/ready", op("v2_ready", "v2", "Ready for requests", &[(JSON, "Live")]),
        |_, _, content| says(JSON, &[r#"{"live":true,"ready":true}"#], content)).tells_readiness(),
    models("/v2/models"),
    get("/v2/models/{model}", op("v2_model", "v2", "Metadata of the model", &[(JSON, "ModelMetadata")]), v2::model)
        .costs(|served, _| served.support_work()),
    get("/v2/models/{model}/ready", op("v2_model_ready", "v2", "Model ready for requests", &[(JSON, "ModelReady")]),
        v2::model_ready).tells_readiness(),
    post("/v2/repository/index", &[(JSON, "RepositoryFilter")],
        op("v2_index", "v2", "Models of the repository", &[(JSON, "RepositoryIndex")]), v2::index),
    models("/v1/models"),
    get("/v1/models/{model}", op("v1_model", "v1", "State of the model", &[(JSON, "ModelStatus")]), v1::status)
        .tells_readiness(),
    get("/v1/models/{model}/metadata", op("v1_metadata", "v1", "Signatures of the model", &[(JSON, "Signatures")]),
        v1::metadata),
    post("/v1/models/{model}:classify", &[(JSON, "ClassifyRequest")],
        op("v1_classify", "v1", "A score for each class", &[(JSON, "ClassifyAnswer")]), v1::classify)
        .shows(samples::v1_classify).costs(work::of_objects).suits(|model| model.classes().is_some()),
    explain("/explain"),
    explain("/v1/models/{model}:explain"),
    ready(HEALTH_ROUTE),
    post(PREDICT_ROUTE, &[(JSON, "VertexRequest")],
        op("vertex", "platforms", "Predictions or scores for Vertex AI", &[(JSON, "Predictions")]), vertex::respond)
        .shows(samples::vertex).costs(work::of_text),
]);

#[rustfmt::skip] // as the table
const fn ready(path: &'static str) -> Route {
    let route = get(path, op("readyz", "operations", "Ready for requests", &[(JSON, "Status")]),
        |_, _, content| says(JSON, &[r#"{"status":"ready"}"#], content)).tells_readiness();
    Route { label: "/readyz", ..route }
}

#[rustfmt::skip] // as the table
const fn ping(path: &'static str) -> Route {
    let route = get(path, op("ping", "platforms", "Ready for requests, as MLflow and SageMaker ask", &[(TEXT, "Text")]),
        // Nobody looks at the content.
        |_, _, content| says(TEXT, &["\n"], content)).tells_readiness();
    Route { label: "/ping", ..route }
}

#[rustfmt::skip] // as the table
const fn explain(path: &'static str) -> Route {
    let route = post(path, &[(JSON, "ExplainRequest")],
        op("explain", "v1", "The terms that add up to the decision for each row", &[(JSON, "Explanations")]),
        explain::respond).shows(samples::explain).costs(work::of_explanations)
        .suits(|model| model.check_explained().is_ok());
    Route { label: "/explain", ..route }
}

const fn models(path: &'static str) -> Route {
    let operation = op("models", "v2", "Names of the models", &[(JSON, "Models")]);
    Route { label: "/v2/models", ..get(path, operation, v2::models) }
}

const fn op(id: &'static str, tag: &'static str, summary: &'static str, gives: &'static [Media]) -> Operation {
    Operation { id, tag, summary, gives }
}

const fn get(path: &'static str, operation: Operation, answer: Responder) -> Route {
    Route::new(path, &[], operation, answer)
}

const fn post(path: &'static str, takes: &'static [Media], operation: Operation, answer: Responder) -> Route {
    Route { method: Method::Post, ..Route::new(path, takes, operation, answer) }
}

impl Route {
    const fn probe(self) -> Route {
        Route { is_probe: true, ..self }
    }

    const fn tells_readiness(self) -> Route {
        Route { tells_readiness: true, is_probe: true, ..self }
    }

    const fn suits(self, suits: fn(&Model) -> bool) -> Route {
        Route { suits, ..self }
    }

    const fn costs(self, work: fn(&Served, &Request<'_>) -> Duration) -> Route {
        Route { work: Some(work), ..self }
    }

    const fn shows(self, examples: fn(&samples::Sample<'_>) -> Vec<samples::ExampleRequest>) -> Route {
        Route { examples: Some(examples), ..self }
    }
}

/// Numbers the rows, after the number of OPTIONS.
const fn numbered<const N: usize>(mut rows: [Route; N]) -> [Route; N] {
    let (mut rest, mut number) = (rows.as_mut_slice(), 2);
    while let [row, after @ ..] = rest {
        row.number = number;
        number += 1;
        rest = after;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Detail;
    use crate::api::disclosure::{Disclosure, Shown};
    use crate::api::route::{OPTIONS, Options, Routes};
    use crate::http::{Limits, Request, parser};

    #[test]
    fn a_route_is_found_by_the_method_and_path_that_it_is_named_by() {
        let options = Options {
            detail: Detail::Full,
            workers: 1,
            content_bytes_max: 1,
            origin: String::new(),
            health_route: None,
            predict_route: Some("/vertex".to_owned()),
            cors: None,
            disclosure: Disclosure { shown: Shown::Nothing, allowed_hosts: Vec::new() },
        };
        let routes = Routes::new(TABLE, "iris", "1", &options);
        for route in TABLE.iter().chain([&OPTIONS]) {
            let target = route.label.replace("{model}", "iris").replace(PREDICT_ROUTE, "/vertex");
            let bytes = format!("{} {target} HTTP/1.1\r\nHost: h\r\n\r\n", route.method.name());
            let head = parser::parse_head(bytes.as_bytes(), &Limits::default()).unwrap().unwrap();
            let found = routes.find(&Request::new(&head, bytes.as_bytes(), &[])).unwrap();
            assert_eq!((found.method, found.label), (route.method, route.label));
        }
    }

    #[test]
    fn each_row_has_its_number() {
        assert!(TABLE.iter().map(|route| route.number).eq(OPTIONS.number + 1..=TABLE.len() + 1));
    }
}
