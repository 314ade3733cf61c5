//! svcd's routes over a small model, and what must hold for every answer.

use std::cell::RefCell;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use svcd::api::disclosure::{Disclosure, Shown};
use svcd::api::route::Options;
use svcd::api::served::{ModelFacts, Served};
use svcd::api::service::{Local, Service};
use svcd::api::{Detail, JSON};
use svcd::http::counters::Counters;
use svcd::http::ledger::Ledger;
use svcd::http::parser::parse_head;
use svcd::http::{Handler, Limits, Request, Response};
use svcd::pipeline::{Classes, Label, Model, Scratch};
use svcd::svc::{Coupling, Kernel, Probability};

use crate::made_up::MadeUp;

/// Features of the model, and their count.
pub const FEATURES: [&str; 2] = ["a", "b"];

/// Three classes that two features tell apart. The kernel has no infinite values, so all scores are finite.
fn model() -> Model {
    MadeUp {
        kernel: Kernel::Rbf { gamma: 0.5 },
        classes: Classes::Integer(vec![10, 20, 30]),
        feature_names: Some(FEATURES.map(str::to_owned).to_vec()),
        n_support: vec![1; 3],
        support_vectors: vec![0.0, 0.0, 2.0, 0.0, 0.0, 2.0],
        dual_coef: vec![1.0, -1.0, -1.0, 1.0, 1.0, -1.0],
        intercept: vec![0.01, -0.02, 0.03],
        probability: Some(Probability {
            prob_a: vec![-1.0, -1.5, -2.0],
            prob_b: vec![0.0, 0.1, -0.1],
            coupling: Coupling::Iterative,
        }),
        ..MadeUp::default()
    }
    .model()
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let facts = ModelFacts { name: "m".to_owned(), version: "1".to_owned(), ..ModelFacts::default() };
    let options = Options {
        detail: Detail::Full,
        workers: 1,
        content_bytes_max: 8 << 20,
        origin: "http://localhost:8000".to_owned(),
        health_route: None,
        cors: None,
        disclosure: Disclosure { shown: Shown::Rows, allowed_hosts: vec!["h".to_owned()] },
        predict_route: Some("/vertex".to_owned()),
    };
    let counters = Arc::new(Counters::new(1, 1, &Ledger::new(64 << 20)));
    Service::new(Served::new(model(), facts), options, Arc::new(AtomicBool::new(false)), counters, Arc::new(()))
});

static MODEL: LazyLock<Model> = LazyLock::new(model);

thread_local! {
    /// Kept between requests, as a server thread keeps it: nothing of one may show in the next.
    static LOCAL: RefCell<Local> = RefCell::default();
}

/// Posts `content`. `fields`: further field lines, each with its line end. `None` when the head cannot be read.
pub fn post(path: &str, fields: &[u8], content: &[u8]) -> Option<Response> {
    let start = format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n", content.len());
    let bytes = [start.as_bytes(), fields, b"\r\n"].concat();
    let head = parse_head(&bytes, &Limits::default()).ok().flatten()?;
    if head.len != bytes.len() {
        return None;
    }
    let route = match SERVICE.route(&Request::new(&head, &bytes, &[])) {
        Ok(route) => route,
        Err(response) => return Some(response),
    };
    let request = Request::new(&head, &bytes, content);
    Some(LOCAL.with_borrow_mut(|local| SERVICE.respond(route, &request, local, Vec::new())))
}

/// Posts, and checks the answer: a prediction of at least one row, or an error of the client. Gives the count of rows for the former.
pub fn post_and_check(path: &str, fields: &[u8], content: &[u8]) -> Option<(usize, Response)> {
    let response = post(path, fields, content)?;
    if response.status.is_success() {
        assert!(response.rows > 0, "a prediction of no row");
        return Some((response.rows, response));
    }
    check_error(&response);
    None
}

/// An error has a status of the client's fault, and the one object that tells it.
fn check_error(response: &Response) {
    assert!(matches!(response.status.code, 400 | 413 | 415), "{:?}", response.status);
    assert_eq!((response.content_type, response.rows), (JSON, 0));
    let error: Value = serde_json::from_slice(&response.content).expect("an error is JSON");
    let text = |key: &str| error[key].as_str().unwrap_or_default();
    assert_eq!(text("error"), text("message"));
    assert!(!text("error_code").is_empty(), "{error}");
    // Places of CSV are words, all others JSON pointers.
    assert!(text("message").len() > 10 && text("message").len() < 1_000, "{error}");
    assert!(["error", "where", "expected"].iter().all(|key| !text(key).contains(char::is_control)), "{error}");
}

/// The labels that the model has for rows of numbers, asked without any route.
pub fn labels(rows: &[[f64; 2]]) -> Vec<i64> {
    assert!(rows.as_flattened().iter().all(|number| number.is_finite()), "{rows:?}");
    let mut classes = Vec::new();
    MODEL.predict(rows.as_flattened(), &mut Scratch::default(), &mut classes).expect("finite rows are answered");
    let label = |class: &usize| match MODEL.target().label(*class) {
        Some(Label::Integer(label)) => label,
        other => panic!("{other:?}"),
    };
    classes.iter().map(label).collect()
}
