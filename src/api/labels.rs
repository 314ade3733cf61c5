//! What metrics and logs call a route: its method, and its path with a model's name as `{model}`. Never bytes of a request.

use super::routes::Route;

/// The name of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// GET stands for HEAD too.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// Whether machines ask it again and again: the access log leaves it out.
    pub is_probe: bool,
}

/// All names, the one of requests that found no route first. A route with several paths is called by the first one.
pub const LABELS: [Label; 25] = [
    label("-", "-"),
    label("GET", "/"),
    label("POST", "/"),
    probe("GET", "/healthz"),
    probe("GET", "/readyz"),
    label("GET", "/version"),
    probe("GET", "/metrics"),
    label("GET", "/openapi.json"),
    probe("GET", "/ping"),
    label("POST", "/invocations"),
    label("GET", "/execution-parameters"),
    label("POST", "{predict_route}"),
    label("GET", "/v2"),
    probe("GET", "/v2/health/live"),
    probe("GET", "/v2/health/ready"),
    label("GET", "/v2/models"),
    label("GET", "/v2/models/{model}"),
    probe("GET", "/v2/models/{model}/ready"),
    label("POST", "/v2/models/{model}/infer"),
    label("POST", "/v2/repository/index"),
    probe("GET", "/v1/models/{model}"),
    label("GET", "/v1/models/{model}/metadata"),
    label("POST", "/v1/models/{model}:predict"),
    label("POST", "/v1/models/{model}:classify"),
    label("OPTIONS", "*"),
];

const fn label(method: &'static str, path: &'static str) -> Label {
    Label { method, path, is_probe: false }
}

const fn probe(method: &'static str, path: &'static str) -> Label {
    Label { method, path, is_probe: true }
}

/// Where a request that found no route stands in [`LABELS`]: its head decided the answer, or could not be read.
pub const NO_ROUTE: usize = 0;

impl Route {
    /// Where its name stands in [`LABELS`].
    pub fn label(self) -> usize {
        match self {
            Route::Root => 1,
            Route::Seed => 2,
            Route::Health => 3,
            Route::Ready => 4,
            Route::Version => 5,
            Route::Metrics => 6,
            Route::OpenApi => 7,
            Route::Ping => 8,
            Route::Invocations => 9,
            Route::ExecutionParameters => 10,
            Route::Vertex => 11,
            Route::V2Server => 12,
            Route::V2Live => 13,
            Route::V2Ready => 14,
            Route::Models => 15,
            Route::V2Model => 16,
            Route::V2ModelReady => 17,
            Route::V2Infer => 18,
            Route::V2Index => 19,
            Route::V1Model => 20,
            Route::V1Metadata => 21,
            Route::V1Predict => 22,
            Route::V1Classify => 23,
            Route::Options(_) => 24,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes::{PlatformRoutes, Routes};
    use crate::http::Request;
    use crate::http::{Limits, parser};

    #[test]
    fn a_route_is_called_by_the_method_and_path_that_lead_to_it() {
        let platform = PlatformRoutes { health: None, predict: Some("/vertex".to_owned()) };
        let routes = Routes::new("iris", "1", &platform);
        for Label { method, path, .. } in LABELS.into_iter().skip(1) {
            let target = path.replace("{model}", "iris").replace("{predict_route}", "/vertex");
            let bytes = format!("{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n");
            let head = parser::parse_head(bytes.as_bytes(), &Limits::default()).unwrap().unwrap();
            let route = routes.find(&Request::new(&head, bytes.as_bytes(), &[])).unwrap();
            let label = LABELS[route.label()];
            assert_eq!((label.method, label.path), (method, path));
        }
    }

    #[test]
    fn no_two_routes_share_a_name() {
        for (index, label) in LABELS.iter().enumerate() {
            let same = LABELS.iter().position(|other| (other.method, other.path) == (label.method, label.path));
            assert_eq!(same, Some(index), "{label:?}");
        }
    }
}
