//! The route table: path and method to [`Route`], or the answer that says what is wrong with them.

use super::media::{self, Types};
use super::{Error, seed};
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
    /// OPTIONS of any path: the value of Allow.
    Options(&'static str),
}

/// One path with its methods; HEAD goes with GET.
struct Entry {
    path: &'static str,
    get: Option<Route>,
    post: Option<(Route, Types)>,
    allow: &'static str,
}

const GET_ONLY: &str = "GET, HEAD, OPTIONS";
const GET_AND_POST: &str = "GET, HEAD, POST, OPTIONS";

const ROUTES: [Entry; 5] = [
    Entry { path: "/", get: Some(Route::Root), post: Some((Route::Seed, seed::TYPES)), allow: GET_AND_POST },
    Entry { path: "/healthz", get: Some(Route::Health), post: None, allow: GET_ONLY },
    Entry { path: "/readyz", get: Some(Route::Ready), post: None, allow: GET_ONLY },
    Entry { path: "/version", get: Some(Route::Version), post: None, allow: GET_ONLY },
    Entry { path: "/metrics", get: Some(Route::Metrics), post: None, allow: GET_ONLY },
];

impl Route {
    /// What content the route takes; `None` when it takes none.
    pub fn types(self) -> Option<&'static Types> {
        ROUTES.iter().filter_map(|entry| entry.post.as_ref()).find(|(route, _)| *route == self).map(|(_, types)| types)
    }
}

/// Finds the route, and checks the type of content that the head announces.
///
/// # Errors
///
/// Unknown method before unknown path before wrong method before wrong type.
pub fn find(request: &Request<'_>) -> Result<Route, Error> {
    let (method, path) = (request.method(), request.path());
    if method == Method::Other {
        return Err(Error::UnknownMethod);
    }
    if path == b"*" {
        return Ok(Route::Options(GET_AND_POST));
    }
    let entry = ROUTES.iter().find(|entry| entry.path.as_bytes() == path).ok_or(Error::NotFound)?;
    let not_allowed = Error::MethodNotAllowed { allow: entry.allow };
    match method {
        Method::Options => Ok(Route::Options(entry.allow)),
        Method::Get | Method::Head => entry.get.ok_or(not_allowed),
        Method::Post => {
            let (route, types) = entry.post.as_ref().ok_or(not_allowed)?;
            if request.announces_content() {
                media::check(request, types)?;
            }
            Ok(*route)
        }
        _ => Err(not_allowed),
    }
}
