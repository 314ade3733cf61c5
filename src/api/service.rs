//! The model behind the routes: what is served, and the engine's [`Handler`] that serves it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use super::answers::{Computing, label_json};
use super::current::{Current, Held};
use super::labels::{LABELS, NO_ROUTE};
use super::metrics::{Metrics, Shard, Surroundings, Tally};
use super::observer::{Answered, Observer};
use super::routes::{PlatformRoutes, Route, Routes};
use super::rows::{Columns, Tensor};
use super::{Detail, Error, JSON, error, health, invocations, media, openapi, page, seed, v1, v2};
use crate::http::counters::Counters;
use crate::http::{Event, Exchange, Handler, Request, Response, Status};
use crate::pipeline::Model;

/// What is known of a model besides its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What clients call it: `[A-Za-z0-9._-]{1,64}`, as the version.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of scikit-learn that trained it, if known.
    pub sklearn_version: Option<String>,
    /// SHA-256 of its file, 64 hexadecimal digits.
    pub sha256: String,
}

/// A model with what its routes need besides it.
pub struct Served {
    model: Model,
    /// Name, version, origin.
    pub facts: Facts,
    /// How requests name its columns.
    pub columns: Columns,
    /// Each class label as JSON.
    labels: Vec<Vec<u8>>,
    /// The first eight bytes of the SHA-256, which answers carry.
    short_hash: u64,
    /// When the model was loaded.
    pub loaded: SystemTime,
    /// What `GET /openapi.json` answers, once somebody has asked.
    document: OnceLock<String>,
}

impl Served {
    /// Prepares `model` for serving.
    pub fn new(model: Model, facts: Facts) -> Served {
        let labels = model.classes().iter().map(label_json).collect();
        let short_hash = facts.sha256.get(..16).and_then(|start| u64::from_str_radix(start, 16).ok());
        Served {
            columns: Columns::new(model.feature_names()),
            facts,
            labels,
            model,
            short_hash: short_hash.unwrap_or_default(),
            loaded: SystemTime::now(),
            document: OnceLock::new(),
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The label of a class, as JSON.
    pub fn label(&self, class: usize) -> &[u8] {
        self.labels.get(class).map_or(b"null", Vec::as_slice)
    }
}

/// Buffers that one thread reuses.
#[derive(Default)]
pub struct Scratch {
    /// Numbers of the request at hand.
    pub numbers: Vec<f64>,
    /// Its tensors.
    pub(super) tensors: Vec<Tensor>,
    /// What becomes of them.
    pub computing: Computing,
}

impl Scratch {
    /// Gives the memory of an uncommonly large request back.
    fn trim(&mut self) {
        if self.numbers.capacity() > KEPT_NUMBERS_MAX || self.computing.is_large(KEPT_NUMBERS_MAX) {
            *self = Scratch::default();
        }
    }
}

/// Numbers that a buffer may keep room for: 512 KiB.
const KEPT_NUMBERS_MAX: usize = 64 << 10;

/// How to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much errors say.
    pub detail: Detail,
    /// Requests that are answered at the same time.
    pub workers: usize,
    /// Bytes of a request's content.
    pub content_bytes_max: usize,
    /// Labels and scores of one answer.
    pub answer_values_max: usize,
    /// Paths that a platform asks for.
    pub platform: PlatformRoutes,
}

/// What one thread of the engine keeps.
#[derive(Default)]
pub struct Desk {
    scratch: Scratch,
    held: Option<Held>,
    shard: Option<Arc<Shard>>,
    tally: Option<Arc<Tally>>,
    /// Lent to the observer.
    buffer: Vec<u8>,
}

/// Name of the field in which a prediction tells the first sixteen digits of its model's SHA-256. It is no ETag: that would
/// name the answer, and let caches take one answer for another.
pub const MODEL_HASH: &str = "X-Model-Hash";

/// All routes over one model at a time.
pub struct Service {
    current: Current,
    routes: Routes,
    options: Options,
    metrics: Metrics,
    is_draining: Arc<AtomicBool>,
    counters: Arc<Counters>,
    observer: Arc<dyn Observer>,
}

impl Service {
    /// `is_draining` turns readiness off; `counters` are the engine's own. Name and version in the paths are those of `served`,
    /// whatever replaces it.
    pub fn new(
        served: Served,
        options: Options,
        is_draining: Arc<AtomicBool>,
        counters: Arc<Counters>,
        observer: Arc<dyn Observer>,
    ) -> Service {
        let routes = Routes::new(&served.facts.name, &served.facts.version, &options.platform);
        let (current, metrics) = (Current::new(served), Metrics::new());
        Service { current, routes, options, metrics, is_draining, counters, observer }
    }

    /// The model that is served.
    pub fn current(&self) -> &Current {
        &self.current
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// # Errors
    /// `Error::Draining` once the server is about to stop.
    fn check_ready(&self) -> Result<(), Error> {
        if self.is_draining.load(Ordering::Relaxed) { Err(Error::Draining) } else { Ok(()) }
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
        if !request.content().is_empty()
            && !request.announces_content()
            && let Some(types) = route.types()
        {
            media::check(request, types)?;
        }
        match route {
            Route::Root => Ok(page::root(request, content)),
            Route::Seed => seed::respond(served, request, scratch, content),
            Route::V2Infer => v2::infer(served, request, scratch, content),
            Route::Health => Ok(health::alive(content)),
            Route::Ready => self.check_ready().map(|()| health::ready(content)),
            Route::Ping => self.check_ready().map(|()| health::ping(content)),
            Route::Version => Ok(health::version(content)),
            Route::Metrics => Ok(self.show_metrics(served, content)),
            Route::OpenApi => Ok(self.show_document(served, content)),
            Route::Invocations => invocations::respond(served, request, scratch, content),
            Route::ExecutionParameters => {
                let Options { workers, content_bytes_max, .. } = self.options;
                Ok(invocations::execution_parameters(workers, content_bytes_max, content))
            }
            Route::Vertex => invocations::vertex(served, request, scratch, content),
            Route::V2Server => Ok(v2::server(content)),
            Route::V2Live => Ok(v2::live(content)),
            Route::V2Ready => self.check_ready().map(|()| v2::ready(content)),
            Route::Models => Ok(v2::models(served, content)),
            Route::V2Model => Ok(v2::model(served, content)),
            Route::V2ModelReady => self.check_ready().map(|()| v2::model_ready(served, content)),
            Route::V2Index => v2::index(served, request, content),
            Route::V1Model => self.check_ready().map(|()| v1::status(served, content)),
            Route::V1Metadata => Ok(v1::metadata(served, content)),
            Route::V1Predict => v1::predict(served, request, scratch, content),
            Route::V1Classify => v1::classify(served, request, scratch, content),
            Route::Options(allow) => Ok(Response::no_content().with_field("Allow", allow)),
        }
    }

    fn show_document(&self, served: &Served, mut content: Vec<u8>) -> Response {
        // A scratch of its own: examples are nobody's predictions.
        let mut scratch = Scratch::default();
        scratch.computing.values_max = self.options.answer_values_max;
        let mut ask = |route, request: &Request<'_>| self.answer(route, request, served, &mut scratch, Vec::new());
        let document = served.document.get_or_init(|| openapi::document(served, &self.routes, &mut ask));
        content.extend_from_slice(document.as_bytes());
        Response::new(Status::OK, JSON, content)
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
        self.routes.find(request).map_err(|error| error::respond(&error, self.options.detail))
    }

    fn respond(&self, route: Route, request: &Request<'_>, desk: &mut Desk, content: Vec<u8>) -> Response {
        let Desk { scratch, held, shard, tally, .. } = desk;
        let Held { generation, served } = self.current.hold(held);
        scratch.computing.n_rows = 0;
        scratch.computing.values_max = self.options.answer_values_max;
        let outcome = self.answer(route, request, served, scratch, content);
        let mut response = outcome.unwrap_or_else(|error| error::respond(&error, self.options.detail));
        if response.status.is_success() && scratch.computing.n_rows > 0 {
            response.tag = Some((MODEL_HASH, served.short_hash));
            response.rows = scratch.computing.n_rows;
            self.metrics.shard(shard).count_rows(response.rows);
            self.metrics.tally(tally, *generation, served).count(&scratch.computing.answers.classes);
        }
        scratch.trim();
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
            let answered = Answered {
                request_id: exchange.request_id,
                method: exchange.method,
                label,
                status: exchange.status,
                rows: exchange.rows,
                duration: exchange.duration,
                received_bytes: exchange.received_bytes,
                sent_bytes: exchange.sent_bytes,
                peer: exchange.peer,
            };
            self.observer.answered(&answered, &mut desk.buffer);
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
    use crate::made_up::MadeUp;
    use crate::pipeline::Classes;

    /// A model of two classes and one feature `x0`: above zero it is the second class.
    pub(in crate::api) fn served(labels: &[&str; 2]) -> Served {
        let made_up = MadeUp {
            classes: Classes::String(labels.map(str::to_owned).to_vec()),
            support_vectors: vec![-1.0, 1.0],
            dual_coef: vec![0.5, -0.5],
            ..MadeUp::default()
        };
        let facts =
            Facts { name: "small".to_owned(), sha256: format!("0123456789abcdef{:048}", 0), ..Facts::default() };
        Served::new(made_up.model(), facts)
    }

    #[test]
    fn the_short_hash_begins_the_long_one() {
        let served = served(&["a", "b"]);
        assert_eq!(format!("{:016x}", served.short_hash), served.facts.sha256[..16]);
    }
}
