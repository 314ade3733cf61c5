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

/// All names, the one of requests that found no route first.
pub const LABELS: [Label; 8] = [
    Label { method: "-", path: "-", is_probe: false },
    Label { method: "GET", path: "/", is_probe: false },
    Label { method: "POST", path: "/", is_probe: false },
    Label { method: "GET", path: "/healthz", is_probe: true },
    Label { method: "GET", path: "/readyz", is_probe: true },
    Label { method: "GET", path: "/version", is_probe: false },
    Label { method: "GET", path: "/metrics", is_probe: true },
    Label { method: "OPTIONS", path: "*", is_probe: false },
];

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
            Route::Options(_) => 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes;
    use crate::http::Request;
    use crate::http::{Limits, parser};

    #[test]
    fn a_route_is_called_by_the_method_and_path_that_lead_to_it() {
        for Label { method, path, .. } in LABELS.into_iter().skip(1) {
            let bytes = format!("{method} {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            let head = parser::parse_head(bytes.as_bytes(), &Limits::default()).unwrap().unwrap();
            let route = routes::find(&Request::new(&head, bytes.as_bytes(), &[])).unwrap();
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
