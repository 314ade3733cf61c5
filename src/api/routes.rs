//! The route table: path and method to [`Route`], or the answer that says what is wrong with them.
//!
//! [`TABLE`] is the only place that knows paths. At start it becomes a list of exact paths, with the model's name and version in
//! them and the platform's own routes, so that finding one is comparing bytes: nothing is decoded, nothing normalised.

use super::media::{self, Types};
use super::{Absent, Error, invocations, seed, v2};
use crate::http::{Method, Request};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `GET /`
    Root,
    /// `POST /`
    Seed,
    /// `GET /healthz`
    Health,
    /// `GET /readyz`
    Ready,
    /// `GET /version`
    Version,
    /// `GET /metrics`
    Metrics,
    /// `GET /openapi.json`
    OpenApi,
    /// `GET /ping` and `GET /health`
    Ping,
    /// `POST /invocations`
    Invocations,
    /// `GET /execution-parameters`
    ExecutionParameters,
    /// `POST` of Vertex's route
    Vertex,
    /// `GET /v2`
    V2Server,
    /// `GET /v2/health/live`
    V2Live,
    /// `GET /v2/health/ready`
    V2Ready,
    /// `GET /v2/models` and `GET /v1/models`
    Models,
    /// `GET /v2/models/M`
    V2Model,
    /// `GET /v2/models/M/ready`
    V2ModelReady,
    /// `POST /v2/models/M/infer`
    V2Infer,
    /// `POST /v2/repository/index`
    V2Index,
    /// `GET /v1/models/M`
    V1Model,
    /// `GET /v1/models/M/metadata`
    V1Metadata,
    /// `POST /v1/models/M:predict`
    V1Predict,
    /// `POST /v1/models/M:classify`
    V1Classify,
    /// OPTIONS of any path: the value of Allow.
    Options(&'static str),
}

/// One line of the table; HEAD goes with GET.
struct Line {
    path: Path,
    get: Option<Route>,
    post: Option<Post>,
}

/// What POST does, and the types of content that it takes.
type Post = (Route, &'static Types);

/// A path as the table has it.
#[derive(Debug, Clone, Copy)]
enum Path {
    /// As it stands.
    Exact(&'static str),
    /// What comes before and behind the model's name, with and without `/versions/V`.
    Model(&'static str, &'static str),
    /// The platform's route for health checks.
    PlatformHealth,
    /// The platform's route for predictions.
    PlatformPredict,
}

const fn get(path: Path, route: Route) -> Line {
    Line { path, get: Some(route), post: None }
}

const fn post(path: Path, route: Route, types: &'static Types) -> Line {
    Line { path, get: None, post: Some((route, types)) }
}

/// All routes, those that matter for speed first. The platform's routes are not: they win over the others, whatever their place.
const TABLE: &[Line] = &[
    Line { path: Path::Exact("/"), get: Some(Route::Root), post: Some((Route::Seed, &seed::TYPES)) },
    post(Path::Model(V2_MODELS, "/infer"), Route::V2Infer, &v2::INFER_TYPES),
    post(Path::Model(V1_MODELS, ":predict"), Route::V1Predict, &media::JSON_ONLY),
    post(Path::Exact("/invocations"), Route::Invocations, &invocations::TYPES),
    get(Path::Exact("/healthz"), Route::Health),
    get(Path::Exact("/readyz"), Route::Ready),
    get(Path::Exact("/ping"), Route::Ping),
    get(Path::Exact("/health"), Route::Ping),
    get(Path::Exact("/version"), Route::Version),
    get(Path::Exact("/metrics"), Route::Metrics),
    get(Path::Exact("/openapi.json"), Route::OpenApi),
    get(Path::Exact("/execution-parameters"), Route::ExecutionParameters),
    get(Path::Exact("/v2"), Route::V2Server),
    get(Path::Exact("/v2/health/live"), Route::V2Live),
    get(Path::Exact("/v2/health/ready"), Route::V2Ready),
    get(Path::Exact("/v2/models"), Route::Models),
    get(Path::Model(V2_MODELS, ""), Route::V2Model),
    get(Path::Model(V2_MODELS, "/ready"), Route::V2ModelReady),
    post(Path::Exact("/v2/repository/index"), Route::V2Index, &media::JSON_ONLY),
    get(Path::Exact("/v1/models"), Route::Models),
    get(Path::Model(V1_MODELS, ""), Route::V1Model),
    get(Path::Model(V1_MODELS, "/metadata"), Route::V1Metadata),
    post(Path::Model(V1_MODELS, ":classify"), Route::V1Classify, &media::JSON_ONLY),
    get(Path::PlatformHealth, Route::Ready),
    post(Path::PlatformPredict, Route::Vertex, &media::JSON_ONLY),
];

const V1_MODELS: &str = "/v1/models/";
const V2_MODELS: &str = "/v2/models/";

const GET_ONLY: &str = "GET, HEAD, OPTIONS";
const POST_ONLY: &str = "POST, OPTIONS";
const GET_AND_POST: &str = "GET, HEAD, POST, OPTIONS";

impl Route {
    /// What content the route takes; `None` when it takes none.
    pub fn types(self) -> Option<&'static Types> {
        TABLE.iter().filter_map(|line| line.post).find(|(route, _)| *route == self).map(|(_, types)| types)
    }
}

/// The table with the paths that this server has.
#[derive(Debug)]
pub struct Routes {
    entries: Vec<Entry>,
    model: String,
    version: String,
}

/// One path with its methods.
#[derive(Debug)]
struct Entry {
    path: String,
    get: Option<Route>,
    post: Option<Post>,
}

impl Entry {
    fn allow(&self) -> &'static str {
        match (self.get, self.post) {
            (Some(_), Some(_)) => GET_AND_POST,
            (_, None) => GET_ONLY,
            (None, _) => POST_ONLY,
        }
    }
}

/// Paths that a platform asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformRoutes {
    /// GET and HEAD: is it ready?
    pub health: Option<String>,
    /// POST: Vertex's form of a prediction.
    pub predict: Option<String>,
}

impl Routes {
    /// The paths for a model of this name and version, and those of the platform.
    pub fn new(model: &str, version: &str, platform: &PlatformRoutes) -> Routes {
        let mut entries: Vec<Entry> = Vec::new();
        for Line { path, get, post } in TABLE {
            let paths = match path {
                Path::Exact(path) => vec![(*path).to_owned()],
                Path::Model(before, after) => {
                    vec![format!("{before}{model}{after}"), format!("{before}{model}/versions/{version}{after}")]
                }
                Path::PlatformHealth => platform.health.iter().cloned().collect(),
                Path::PlatformPredict => platform.predict.iter().cloned().collect(),
            };
            for path in paths {
                match entries.iter_mut().find(|entry| entry.path == path) {
                    // Lines of the same path come later only from the platform, which wins for its method.
                    Some(entry) => (entry.get, entry.post) = (get.or(entry.get), post.or(entry.post)),
                    None => entries.push(Entry { path, get: *get, post: *post }),
                }
            }
        }
        Routes { entries, model: model.to_owned(), version: version.to_owned() }
    }

    /// Each path with what GET and POST do there.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, Option<Route>, Option<Route>)> {
        self.entries.iter().map(|Entry { path, get, post }| (path.as_str(), *get, post.map(|(route, _)| route)))
    }

    /// Finds the route, and checks the type of content that the head announces.
    ///
    /// # Errors
    /// Unknown method before unknown path before wrong method before wrong type.
    pub fn find(&self, request: &Request<'_>) -> Result<Route, Error> {
        let (method, path) = (request.method(), request.path());
        if method == Method::Other {
            return Err(Error::UnknownMethod);
        }
        if path == b"*" {
            return Ok(Route::Options(GET_AND_POST));
        }
        let Some(entry) = self.entries.iter().find(|entry| entry.path.as_bytes() == path) else {
            return Err(Error::NotFound(self.absence(path)));
        };
        let not_allowed = || Error::MethodNotAllowed { allow: entry.allow() };
        match method {
            Method::Options => Ok(Route::Options(entry.allow())),
            Method::Get | Method::Head => entry.get.ok_or_else(not_allowed),
            Method::Post => {
                let (route, types) = entry.post.ok_or_else(not_allowed)?;
                if request.announces_content() {
                    media::check(request, types)?;
                }
                Ok(route)
            }
            _ => Err(not_allowed()),
        }
    }

    /// Why a path leads nowhere.
    fn absence(&self, path: &[u8]) -> Absent {
        let Ok(path) = std::str::from_utf8(path) else { return Absent::Path };
        if path.strip_prefix("/v2/repository/models/").is_some_and(|rest| rest.contains('/')) {
            return Absent::Loading;
        }
        let Some(rest) = path.strip_prefix(V2_MODELS).or_else(|| path.strip_prefix(V1_MODELS)) else {
            return Absent::Path;
        };
        let (model, rest) = split_name(rest);
        if model != self.model {
            return Absent::Model { known: self.model.clone() };
        }
        let rest = match rest.strip_prefix("/versions/").map(split_name) {
            Some((version, _)) if version != self.version => return Absent::Version { known: self.version.clone() },
            Some((_, rest)) => rest,
            None => rest,
        };
        let is_known = matches!(rest, "/config" | "/stats" | ":regress" | ":explain") || rest.starts_with("/labels/");
        if is_known { Absent::Offer } else { Absent::Path }
    }
}

/// A name, which ends before `/` or `:`, and the rest.
fn split_name(text: &str) -> (&str, &str) {
    text.split_at(text.find(['/', ':']).unwrap_or(text.len()))
}
