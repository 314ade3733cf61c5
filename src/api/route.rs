//! A route: when it applies, what it answers from, and how a request finds it.
//!
//! At start the table becomes a list of exact paths, with the model's name and version in them and the platform's own routes.
//! Finding one is then a comparison of bytes. Nothing is normalised, and only below [`super::percent::DECODED_BELOW`] is anything
//! decoded.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::answers::Prediction;
use super::cors::{self, Cors, OriginIndex};
use super::disclosure::Disclosure;
use super::metrics::Metrics;
use super::observer::Observer;
use super::openapi::samples::{ExampleRequest, Sample};
use super::rows::{Tensor, Texts};
use super::served::Served;
use super::{Absent, Detail, Error, Media, media, percent};
use crate::http::charged::Reused;
use crate::http::counters::Counters;
use crate::http::ledger::NoRoom;
use crate::http::{Method, Request, Response};
use crate::pipeline::Model;

/// One row of the route table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Where the route is counted: 0 stands for no route, 1 for [`OPTIONS`].
    pub number: usize,
    /// GET includes HEAD.
    pub method: Method,
    /// The path. [`MODEL`] stands for the model's name, with or without `/versions/V` after it.
    pub path: &'static str,
    /// What metrics and logs call it: its path, or that of the first of several rows that are one route.
    pub label: &'static str,
    /// Whether it is a probe, which machines send again and again: the access log leaves it out.
    pub is_probe: bool,
    /// Whether it answers 503 once the server is stopping.
    pub tells_readiness: bool,
    /// The types of content it takes; empty when it takes none.
    pub takes: &'static [Media],
    /// Whether a model can answer it at all; the OpenAPI document leaves it out where not.
    pub suits: fn(&Model) -> bool,
    /// What the OpenAPI document says of it.
    pub operation: Operation,
    /// For a prediction: the requests that the OpenAPI document shows.
    pub examples: Option<fn(&Sample<'_>) -> Vec<ExampleRequest>>,
    /// What answering a request costs, where that may be much.
    pub work: Option<fn(&Served, &Request<'_>) -> Duration>,
    /// Answers a request.
    pub answer: Responder,
}

/// Answers a request. `Vec<u8>`: an empty buffer for the content, with the capacity of earlier answers.
pub type Responder = fn(&Call<'_>, &mut RequestBuffers, Vec<u8>) -> Result<Response, Error>;

/// What the OpenAPI document says of a route.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Its name in generated clients.
    pub id: &'static str,
    /// Who uses it, as the template lists them.
    pub tag: &'static str,
    /// What it answers.
    pub summary: &'static str,
    /// The types of that.
    pub gives: &'static [Media],
}

/// A request, and what its answer is made from.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The whole request.
    pub request: &'a Request<'a>,
    /// The model that answers it.
    pub served: &'a Served,
    /// The server around it.
    pub instance: &'a Instance,
    /// Whether a browser asks if a page may send a request, and the page is of an allowed origin.
    pub is_preflight: bool,
}

/// What the head of a request has led to.
#[derive(Debug, Clone, Copy)]
pub struct Matched {
    /// The route that answers.
    pub route: &'static Route,
    /// The page that asks is of this allowed origin.
    pub origin: Option<OriginIndex>,
}

/// This server: how it was started, and what it counts.
pub struct Instance {
    /// How to serve.
    pub options: Options,
    /// The paths that it has.
    pub routes: Routes,
    /// What the routes count.
    pub metrics: Metrics,
    /// What the engine counts.
    pub counters: Arc<Counters>,
    /// Who is told of requests.
    pub observer: Arc<dyn Observer<Matched>>,
    /// Whether it is about to stop: then it is no longer ready.
    pub is_draining: Arc<AtomicBool>,
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much errors say.
    pub detail: Detail,
    /// How many requests are answered at the same time.
    pub workers: usize,
    /// Bytes of a request's content, at most.
    pub content_bytes_max: usize,
    /// Where a client on this machine finds the server, as in `http://localhost:8000`.
    pub origin: String,
    /// A path of the platform for GET and HEAD: is it ready?
    pub health_route: Option<String>,
    /// A path of the platform for POST: Vertex's form of a prediction.
    pub predict_route: Option<String>,
    /// Whose pages may read answers, if any but the server's own.
    pub cors: Option<Cors>,
    /// How much is told of the support vectors.
    pub disclosure: Disclosure,
}

/// Buffers that one thread reuses from request to request.
#[derive(Default)]
pub struct RequestBuffers {
    /// Numbers of the current request.
    pub(super) numbers: Reused<f64>,
    /// Its documents.
    pub(super) texts: Texts,
    /// Its tensors.
    pub(super) tensors: Reused<Tensor>,
    /// What the model answers.
    pub(super) prediction: Prediction,
}

impl RequestBuffers {
    /// Charges what the next request needs to the ledger of its clients.
    pub(super) fn begin(&mut self, request: &Request<'_>) {
        self.texts.clear();
        self.texts.attach(request.ledger());
        self.numbers.attach(request.ledger());
        self.tensors.attach(request.ledger());
        self.prediction.begin(request.ledger());
    }

    /// Distinguishes a request for which there is no room now from one for which there never will be.
    pub(super) fn explain(&self, error: Error, request: &Request<'_>) -> Error {
        let (Error::NoRoom(NoRoom(missing)), Some(ledger)) = (&error, request.ledger()) else { return error };
        let texts = self.texts.charged_bytes();
        let own = [texts, self.numbers.charged_bytes(), self.tensors.charged_bytes(), self.prediction.charged_bytes()];
        let held = request.content.len() + own.iter().sum::<usize>();
        if held.saturating_add(*missing) > ledger.bytes_max() { Error::TooLarge } else { error }
    }

    /// Gives back the memory of an unusually large request.
    pub(super) fn trim(&mut self) {
        self.texts.trim();
        self.numbers.trim();
        self.tensors.trim();
        self.prediction.trim();
    }
}

/// Stands for the model's name in a path.
pub const MODEL: &str = "{model}";
/// A path that the platform chooses for health checks.
pub const HEALTH_ROUTE: &str = "{health_route}";
/// A path that the platform chooses for predictions.
pub const PREDICT_ROUTE: &str = "{predict_route}";

const GET_AND_POST: &str = "GET, HEAD, POST, OPTIONS";

/// OPTIONS of any path: which methods it has.
pub static OPTIONS: Route = Route {
    number: 1,
    method: Method::Options,
    ..Route::new("*", &[], Operation { id: "", tag: "", summary: "", gives: &[] }, |call, _, _| {
        cors::options(call.is_preflight, call.instance.routes.allow(call.request.path()))
    })
};

impl Route {
    /// A GET without anything special.
    pub const fn new(path: &'static str, takes: &'static [Media], operation: Operation, answer: Responder) -> Route {
        let (method, label, examples, work) = (Method::Get, path, None, None);
        let (number, is_probe, tells_readiness) = (0, false, false);
        Route {
            number,
            method,
            path,
            label,
            is_probe,
            tells_readiness,
            takes,
            suits: |_| true,
            operation,
            examples,
            work,
            answer,
        }
    }
}

/// The table with the paths that this server has.
#[derive(Debug)]
pub struct Routes {
    entries: Vec<PathEntry>,
    model: String,
    version: String,
}

/// One path with its methods.
#[derive(Debug)]
struct PathEntry {
    path: String,
    get: Option<&'static Route>,
    post: Option<&'static Route>,
}

impl PathEntry {
    fn allow(&self) -> &'static str {
        match (self.get, self.post) {
            (Some(_), Some(_)) => GET_AND_POST,
            (_, None) => "GET, HEAD, OPTIONS",
            (None, _) => "POST, OPTIONS",
        }
    }
}

impl Routes {
    /// The paths of `table` for a model of this name and version, and those of the platform.
    pub fn new(table: &'static [Route], model: &str, version: &str, options: &Options) -> Routes {
        let mut entries: Vec<PathEntry> = Vec::new();
        for row in table {
            let paths = match row.path {
                HEALTH_ROUTE => options.health_route.iter().cloned().collect(),
                PREDICT_ROUTE => options.predict_route.iter().cloned().collect(),
                path => match path.split_once(MODEL) {
                    Some((before, after)) => {
                        vec![format!("{before}{model}{after}"), format!("{before}{model}/versions/{version}{after}")]
                    }
                    None => vec![path.to_owned()],
                },
            };
            // Rows of one label are one route.
            let is_same = |first: &&Route| (first.method, first.label) == (row.method, row.label);
            let route = Some(table.iter().find(is_same).unwrap_or(row));
            for path in paths {
                let (get, post) = if row.method == Method::Post { (None, route) } else { (route, None) };
                match entries.iter_mut().find(|entry| entry.path == path) {
                    // The platform's rows come last, and win for their method.
                    Some(entry) => (entry.get, entry.post) = (get.or(entry.get), post.or(entry.post)),
                    None => entries.push(PathEntry { path, get, post }),
                }
            }
        }
        Routes { entries, model: model.to_owned(), version: version.to_owned() }
    }

    /// Each path with what GET and POST do there.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, [Option<&'static Route>; 2])> {
        self.entries.iter().map(|entry| (entry.path.as_str(), [entry.get, entry.post]))
    }

    /// Finds the route, and checks the type of content that the head announces.
    ///
    /// # Errors
    /// Unknown method before unknown path before wrong method before wrong type.
    pub fn find(&self, request: &Request<'_>) -> Result<&'static Route, Error> {
        let (method, path) = (request.head.method, request.path());
        if method == Method::Other {
            return Err(Error::UnknownMethod);
        }
        if path == b"*" {
            return Ok(&OPTIONS);
        }
        let Some(entry) = self.entry(path) else { return Err(Error::NotFound(self.absence(path))) };
        let not_allowed = || Error::MethodNotAllowed { allow: entry.allow() };
        match method {
            Method::Options => Ok(&OPTIONS),
            Method::Get | Method::Head => entry.get.ok_or_else(not_allowed),
            Method::Post => {
                let route = entry.post.ok_or_else(not_allowed)?;
                if request.announces_content() {
                    media::check(request, route.takes)?;
                }
                Ok(route)
            }
            _ => Err(not_allowed()),
        }
    }

    fn entry(&self, path: &[u8]) -> Option<&PathEntry> {
        let exact = |path: &[u8]| self.entries.iter().find(|entry| entry.path.as_bytes() == path);
        exact(path).or_else(|| exact(&percent::decoded(path)?))
    }

    /// What POST does at a path, and how the table writes that path.
    pub(super) fn post_at(&self, path: &[u8]) -> Option<(&str, &'static Route)> {
        let entry = self.entry(path)?;
        Some((&entry.path, entry.post?))
    }

    /// Value of the Allow field for a path; `*` has all methods.
    fn allow(&self, path: &[u8]) -> &'static str {
        self.entry(path).map_or(GET_AND_POST, PathEntry::allow)
    }

    /// Why a path leads nowhere.
    fn absence(&self, path: &[u8]) -> Absent {
        let decoded = percent::decoded(path);
        let Ok(path) = std::str::from_utf8(decoded.as_deref().unwrap_or(path)) else { return Absent::Path };
        if path.strip_prefix("/v2/repository/models/").is_some_and(|rest| rest.contains('/')) {
            return Absent::Loading;
        }
        let Some(rest) = path.strip_prefix("/v2/models/").or_else(|| path.strip_prefix("/v1/models/")) else {
            return Absent::Path;
        };
        let (model, rest) = split_name(rest);
        if model != self.model {
            return Absent::Named { what: "model", known: self.model.clone() };
        }
        let rest = match rest.strip_prefix("/versions/").map(split_name) {
            Some((version, _)) if version != self.version => {
                return Absent::Named { what: "version", known: self.version.clone() };
            }
            Some((_, rest)) => rest,
            None => rest,
        };
        let is_known = matches!(rest, "/config" | "/stats" | ":regress") || rest.starts_with("/labels/");
        if is_known { Absent::Offer } else { Absent::Path }
    }
}

/// A name, which ends before `/` or `:`, and the rest.
fn split_name(text: &str) -> (&str, &str) {
    text.split_at(text.find(['/', ':']).unwrap_or(text.len()))
}
