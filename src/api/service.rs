//! The model behind the routes: what is served, and the engine's [`Handler`] that serves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::answers::{Computing, label_json};
use super::routes::{PlatformRoutes, Route, Routes};
use super::rows::{Columns, Tensor};
use super::{Detail, Error, error, health, invocations, media, seed, v1, v2};
use crate::http::{Event, Handler, Request, Response, Status};
use crate::svc::Model;

/// What is known of a model besides its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What clients call it: `[A-Za-z0-9._-]{1,64}`, as the version.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of scikit-learn that trained it, if known.
    pub sklearn_version: Option<String>,
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
}

impl Served {
    /// Prepares `model` for serving.
    pub fn new(model: Model, facts: Facts) -> Served {
        let labels = model.classes().iter().map(label_json).collect();
        Served { columns: Columns::new(model.feature_names()), facts, labels, model }
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
    /// Paths that a platform asks for.
    pub platform: PlatformRoutes,
}

/// All routes over one model.
pub struct Service {
    served: Served,
    routes: Routes,
    options: Options,
    is_draining: Arc<AtomicBool>,
    report: fn(&Event<'_>),
}

impl Service {
    /// `is_draining` turns readiness off; `report` hears of the engine's trouble and must not block.
    pub fn new(served: Served, options: Options, is_draining: Arc<AtomicBool>, report: fn(&Event<'_>)) -> Service {
        let routes = Routes::new(&served.facts.name, &served.facts.version, &options.platform);
        Service { served, routes, options, is_draining, report }
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
        let served = &self.served;
        match route {
            Route::Root => Ok(health::alive(content).with_field("Vary", "Accept")),
            Route::Seed => seed::respond(served, request, scratch, content),
            Route::V2Infer => v2::infer(served, request, scratch, content),
            Route::Health => Ok(health::alive(content)),
            Route::Ready => self.check_ready().map(|()| health::ready(content)),
            Route::Ping => self.check_ready().map(|()| health::ping(content)),
            Route::Version => Ok(health::version(content)),
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
}

impl Handler for Service {
    type Route = Route;
    type Scratch = Scratch;

    fn route(&self, request: &Request<'_>) -> Result<Route, Response> {
        self.routes.find(request).map_err(|error| error::respond(&error, self.options.detail))
    }

    fn respond(&self, route: Route, request: &Request<'_>, scratch: &mut Scratch, content: Vec<u8>) -> Response {
        let response = self.answer(route, request, scratch, content);
        scratch.trim();
        response.unwrap_or_else(|error| error::respond(&error, self.options.detail))
    }

    fn refuse(&self, status: Status, reason: &str) -> Response {
        error::refuse(status, reason)
    }

    fn report(&self, event: &Event<'_>) {
        (self.report)(event);
    }
}
