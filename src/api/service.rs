//! The engine's [`Handler`]: all routes over one model at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::cors::{self, Cors, OriginIndex};
use super::current::{Current, Held};
use super::metrics::{Metrics, Shard, Tally};
use super::observer::Observer;
use super::openapi::curl;
use super::route::{Call, Instance, Matched, OPTIONS, Options, RequestBuffers, Route, Routes};
use super::routes::TABLE;
use super::served::Served;
use super::{Detail, Error, error, media};
use crate::http::counters::Counters;
use crate::http::{CloseReason, Event, Exchange, Handler, Request, Response, Status};
use crate::pipeline::{AnswerColumn, OutputName};

/// What one thread of the engine keeps.
#[derive(Default)]
pub struct Local {
    buffers: RequestBuffers,
    held: Option<Held>,
    shard: Option<Arc<Shard>>,
    labels: Option<Arc<Tally>>,
    outside: Option<Arc<Tally>>,
    /// Lent to the observer.
    line: Vec<u8>,
}

/// The field with the first sixteen digits of the SHA-256 of the model that made a prediction. It is not an ETag: that would
/// identify the answer, and let caches take one answer for another.
pub const MODEL_HASH: &str = "X-Model-Hash";

/// All routes over one model at a time.
pub struct Service {
    /// The model that is served.
    pub current: Current,
    /// The server around it.
    pub instance: Instance,
}

impl Service {
    /// `is_draining` turns readiness off; `counters` are the engine's own. Name and version in the paths stay those of `served`
    /// when another model replaces it.
    pub fn new(
        served: Served,
        options: Options,
        is_draining: Arc<AtomicBool>,
        counters: Arc<Counters>,
        observer: Arc<dyn Observer<Matched>>,
    ) -> Service {
        let routes = Routes::new(TABLE, &served.facts.name, &served.facts.version, &options);
        let named = [&OPTIONS].into_iter().chain(TABLE).map(|route| (route.method.name(), route.label));
        let metrics = Metrics::new(named);
        let instance = Instance { options, routes, metrics, counters, observer, is_draining };
        Service { current: Current::new(served), instance }
    }

    /// What [`Handler::route`] says where pages of other origins may ask.
    #[cold]
    fn route_for_page(
        &self,
        cors: &Cors,
        found: Result<&'static Route, Error>,
        request: &Request<'_>,
    ) -> Result<Matched, Response> {
        let origin = cors.origin(request);
        match found {
            Ok(route) => Ok(Matched { route, origin }),
            // If the browser were told so, the page would not learn it: it gets to read the answer to its request alone.
            Err(Error::NotFound(_)) if origin.is_some() && cors::is_preflight(request) => {
                Ok(Matched { route: &OPTIONS, origin })
            }
            Err(error) => {
                let mut response = self.error_answer(request, &error);
                cors.allow(origin, &mut response);
                Err(response)
            }
        }
    }

    /// Lets pages of this origin read an answer.
    fn let_read(&self, origin: Option<OriginIndex>, response: &mut Response) {
        if let Some(cors) = &self.instance.options.cors {
            cors.allow(origin, response);
        }
    }
}

impl Service {
    /// The answer to a request whose head is wrong.
    fn error_answer(&self, request: &Request<'_>, error: &Error) -> Response {
        match (error, self.instance.options.detail) {
            (Error::MethodNotAllowed { .. }, Detail::Full) => self.correct(request, error),
            (_, detail) => error::respond(error, detail),
        }
    }

    /// The answer to a wrong method, with the request that was probably meant.
    fn correct(&self, request: &Request<'_>, error: &Error) -> Response {
        let served = &self.current.newest().served;
        match curl::expected(&Call { request, served, instance: &self.instance, is_preflight: false }) {
            Some(expected) => error::expect_post(error, &expected),
            None => error::respond(error, Detail::Full),
        }
    }
}

impl Handler for Service {
    type Route = Matched;
    type Local = Local;

    fn route(&self, request: &Request<'_>) -> Result<Matched, Response> {
        let Instance { routes, options, .. } = &self.instance;
        match (routes.find(request), &options.cors) {
            (found, Some(cors)) => self.route_for_page(cors, found, request),
            (Ok(route), None) => Ok(Matched { route, origin: None }),
            (Err(error), None) => Err(self.error_answer(request, &error)),
        }
    }

    fn respond(&self, found: Matched, request: &Request<'_>, local: &mut Local, content: Vec<u8>) -> Response {
        let Matched { route, origin } = found;
        let Local { buffers, held, shard, labels: of_labels, outside, .. } = local;
        let Held { generation, served } = self.current.hold(held);
        let Instance { options, metrics, .. } = &self.instance;
        buffers.begin(request);
        let is_preflight = origin.is_some() && cors::is_preflight(request);
        let call = Call { request, served, instance: &self.instance, is_preflight };
        let failed = |error: Error, buffers: &RequestBuffers| {
            let error = buffers.explain(error, request);
            error::respond(&error, options.detail)
        };
        let mut response = match answer(route, &call, buffers, content) {
            Ok(response) => response,
            Err(error) => failed(error, buffers),
        };
        if let Err(error) = buffers.prediction.pay_for(&mut response.content) {
            response = failed(error, buffers);
        }
        let n_rows = buffers.prediction.n_rows;
        if response.status.is_success() && n_rows > 0 {
            response.tag = Some((MODEL_HASH, served.short_hash));
            response.rows = n_rows;
            let shard = metrics.shard(shard);
            shard.rows.add(n_rows as u64);
            shard.empty_rows.add(buffers.prediction.n_empty as u64);
            shard.unproven_rows.add(buffers.prediction.n_unproven as u64);
            if !buffers.prediction.outside.is_empty() {
                let tally = metrics.outside(outside, *generation, served);
                buffers.prediction.outside.iter().enumerate().for_each(|(place, rows)| tally.add(place, *rows));
            }
            match buffers.prediction.answers.column(OutputName::Predict) {
                Some(AnswerColumn::Labels(labels)) => metrics.labels(of_labels, *generation, served).count(labels),
                Some(AnswerColumn::Numbers { numbers, .. }) => shard.numbers.count(numbers),
                None => {}
            }
        }
        buffers.trim();
        self.let_read(origin, &mut response);
        response
    }

    fn work(&self, found: Matched, request: &Request<'_>, local: &mut Local) -> Duration {
        let Some(work) = found.route.work else { return Duration::ZERO };
        work(&self.current.hold(&mut local.held).served, request)
    }

    fn refuse(&self, status: Status, reason: &str, found: Option<Matched>) -> Response {
        let mut response = error::refuse(status, reason);
        let only = || self.instance.options.cors.as_ref().and_then(Cors::only);
        self.let_read(found.map_or_else(only, |found| found.origin), &mut response);
        response
    }

    fn served(&self, exchange: &Exchange<'_, Matched>, local: &mut Local) {
        let Instance { metrics, observer, .. } = &self.instance;
        let number = exchange.route.map_or(0, |found| found.route.number);
        metrics.shard(&mut local.shard).count(number, exchange.status, exchange.refused, exchange.duration);
        observer.answered(exchange, &mut local.line);
    }

    fn rest(&self, local: &mut Local) {
        local.held = None;
    }

    fn closed(&self, peer: SocketAddr, reason: CloseReason) {
        self.instance.observer.closed(peer, reason);
    }

    fn report(&self, event: &Event<'_>) {
        self.instance.observer.trouble(event);
    }
}

/// Answers a request, once what its head could not tell is checked too.
fn answer(route: &Route, call: &Call<'_>, buffers: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    // Only now is a chunked message known to have content.
    if !call.request.content.is_empty() && !call.request.announces_content() && !route.takes.is_empty() {
        media::check(call.request, route.takes)?;
    }
    if route.tells_readiness && call.instance.is_draining.load(Ordering::Relaxed) {
        return Err(Error::Draining);
    }
    (route.answer)(call, buffers, content)
}
