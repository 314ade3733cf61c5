//! The model behind the routes: what is served, and the engine's [`Handler`] that serves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::current::{Current, Held};
use super::labels::{LABELS, NO_ROUTE};
use super::metrics::{Metrics, Shard, Surroundings, Tally};
use super::observer::{Answered, Observer};
use super::routes::{self, Route};
use super::rows::Columns;
use super::{Detail, Error, error, health, media, seed};
use crate::http::counters::Counters;
use crate::http::{Event, Exchange, Handler, Request, Response, Status};
use crate::svc::{Label, Model};

/// A model with what its routes need besides it.
pub struct Served {
    model: Model,
    /// How requests name its columns.
    pub columns: Columns,
    /// Each class label as JSON.
    labels: Vec<Vec<u8>>,
    name: String,
    sha256: String,
    /// Its first eight bytes, which answers carry.
    short_hash: u64,
    loaded: SystemTime,
}

impl Served {
    /// Prepares `model` for serving.
    pub fn new(model: Model) -> Served {
        let labels = (0..model.n_classes()).filter_map(|class| model.classes().label(class)).map(label_json).collect();
        Served {
            columns: Columns::new(model.feature_names()),
            labels,
            model,
            name: String::new(),
            sha256: String::new(),
            short_hash: 0,
            loaded: SystemTime::now(),
        }
    }

    /// The same, with what tells it from other models. `sha256`: of its file, 64 hexadecimal digits.
    pub fn identified(self, name: &str, sha256: &str) -> Served {
        let short_hash = sha256.get(..16).and_then(|start| u64::from_str_radix(start, 16).ok()).unwrap_or_default();
        Served { name: name.to_owned(), sha256: sha256.to_owned(), short_hash, ..self }
    }

    /// What clients call the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the model's file, as hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// When the model was loaded.
    pub fn loaded(&self) -> SystemTime {
        self.loaded
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The label of a class, as JSON.
    pub fn label(&self, class: usize) -> &[u8] {
        self.labels.get(class).map_or(b"null", Vec::as_slice)
    }

    /// The class of each row; `classes` is overwritten.
    ///
    /// # Errors
    ///
    /// `Error::Model` when the model cannot predict at all: `break_ties` together with the one-vs-one shape.
    pub fn predict<'a>(
        &self,
        rows: &[f64],
        scratch: &mut crate::svc::Scratch,
        classes: &'a mut Vec<usize>,
    ) -> Result<&'a [usize], Error> {
        classes.clear();
        self.model.predict(rows, scratch, classes).map_err(|error| Error::Model(error.to_string()))?;
        Ok(classes)
    }
}

/// Integers, booleans and floats as JSON has them, text as a JSON string.
fn label_json(label: Label<'_>) -> Vec<u8> {
    match label {
        Label::Integer(value) => serde_json::to_vec(&value),
        Label::Float(value) => serde_json::to_vec(&value),
        Label::Boolean(value) => serde_json::to_vec(&value),
        Label::String(value) => serde_json::to_vec(value),
    }
    // Numbers and strings alone cannot fail to serialize.
    .unwrap_or_default()
}

/// Buffers that one thread reuses.
#[derive(Default)]
pub struct Scratch {
    /// Rows of the request at hand, row-major.
    pub rows: Vec<f64>,
    /// Their classes.
    pub classes: Vec<usize>,
    /// What the model computes with.
    pub svc: crate::svc::Scratch,
}

/// What one thread of the engine keeps.
#[derive(Default)]
pub struct Desk {
    scratch: Scratch,
    held: Option<Held>,
    shard: Option<Arc<Shard>>,
    tally: Option<Arc<Tally>>,
}

/// Name of the field in which a prediction tells the first sixteen digits of its model's SHA-256. It is no ETag: that would
/// name the answer, and let caches take one answer for another.
pub const MODEL_HASH: &str = "X-Model-Hash";

/// All routes over one model at a time.
pub struct Service {
    current: Current,
    metrics: Metrics,
    detail: Detail,
    is_draining: Arc<AtomicBool>,
    counters: Arc<Counters>,
    observer: Arc<dyn Observer>,
}

impl Service {
    /// `is_draining` turns readiness off; `counters` are the engine's own.
    pub fn new(
        served: Served,
        detail: Detail,
        is_draining: Arc<AtomicBool>,
        counters: Arc<Counters>,
        observer: Arc<dyn Observer>,
    ) -> Service {
        Service { current: Current::new(served), metrics: Metrics::new(), detail, is_draining, counters, observer }
    }

    /// The model that is served.
    pub fn current(&self) -> &Current {
        &self.current
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn answer(
        &self,
        route: Route,
        request: &Request<'_>,
        served: &Served,
        scratch: &mut Scratch,
        content: Vec<u8>,
    ) -> Result<Response, Error> {
        // A chunked message is known to have content only now.
        if let Some(types) = route.types()
            && !request.content().is_empty()
            && !request.announces_content()
        {
            media::check(request, types)?;
        }
        match route {
            Route::Root => Ok(health::alive(content).with_field("Vary", "Accept")),
            Route::Seed => seed::respond(served, request, scratch, content),
            Route::Health => Ok(health::alive(content)),
            Route::Ready => health::ready(self.is_draining.load(Ordering::Relaxed), content),
            Route::Version => Ok(health::version(content)),
            Route::Metrics => Ok(self.show_metrics(served, content)),
            Route::Options(allow) => Ok(Response::no_content().with_field("Allow", allow)),
        }
    }

    fn show_metrics(&self, served: &Served, content: Vec<u8>) -> Response {
        let (totals, log_lines_dropped) = (self.counters.totals(), self.observer.lines_dropped());
        self.metrics.respond(&Surroundings { served, totals, log_lines_dropped }, content)
    }
}

impl Handler for Service {
    type Route = Route;
    type Scratch = Desk;

    fn route(&self, request: &Request<'_>) -> Result<Route, Response> {
        routes::find(request).map_err(|error| error::respond(&error, self.detail))
    }

    fn respond(&self, route: Route, request: &Request<'_>, desk: &mut Desk, content: Vec<u8>) -> Response {
        let Desk { scratch, held, shard, tally } = desk;
        let Held { generation, served } = self.current.hold(held);
        scratch.rows.clear();
        scratch.classes.clear();
        let outcome = self.answer(route, request, served, scratch, content);
        let mut response = outcome.unwrap_or_else(|error| error::respond(&error, self.detail));
        if response.status.is_success() && !scratch.rows.is_empty() {
            response.tag = Some((MODEL_HASH, served.short_hash));
            response.rows = scratch.rows.len() / served.model().n_features_in();
            self.metrics.shard(shard).count_rows(response.rows);
            self.metrics.tally(tally, *generation, served).count(&scratch.classes);
        }
        response
    }

    fn refuse(&self, status: Status, reason: &str) -> Response {
        error::refuse(status, reason)
    }

    fn served(&self, exchange: &Exchange<'_, Route>, desk: &mut Desk) {
        let label = exchange.route.map_or(NO_ROUTE, Route::label);
        let shard = self.metrics.shard(&mut desk.shard);
        shard.count(label, exchange.status, exchange.refused, exchange.duration);
        if let Some(label) = LABELS.get(label) {
            self.observer.answered(&Answered {
                request_id: exchange.request_id,
                method: exchange.method,
                label,
                status: exchange.status,
                rows: exchange.rows,
                duration: exchange.duration,
                received_bytes: exchange.received_bytes,
                sent_bytes: exchange.sent_bytes,
                peer: exchange.peer,
            });
        }
    }

    fn rest(&self, desk: &mut Desk) {
        desk.held = None;
    }

    fn report(&self, event: &Event<'_>) {
        self.observer.trouble(event);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::svc::{Classes, DecisionFunctionShape, Kernel, Parts};

    /// A model of two classes and one feature `x0`: above zero it is the second class.
    pub(in crate::api) fn served(labels: &[&str; 2]) -> Served {
        let parts = Parts {
            steps: vec![],
            kernel: Kernel::Linear,
            classes: Classes::String(labels.map(str::to_owned).to_vec()),
            n_features_in: 1,
            feature_names_in: None,
            n_support: vec![1, 1],
            support_vectors: vec![-1.0, 1.0],
            dual_coef: vec![0.5, -0.5],
            intercept: vec![0.0],
            decision_function_shape: DecisionFunctionShape::Ovr,
            break_ties: false,
            probability: None,
        };
        Served::new(Model::new(parts).unwrap()).identified("small", &format!("0123456789abcdef{:048}", 0))
    }

    #[test]
    fn the_short_hash_begins_the_long_one() {
        let served = served(&["a", "b"]);
        assert_eq!(format!("{:016x}", served.short_hash), served.sha256()[..16]);
    }
}
