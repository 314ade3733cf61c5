//! Which pages of other origins a browser lets read this server's answers (CORS, a part of the Fetch standard).
//!
//! Off unless asked for. Origins are compared exactly, and the answer names the origin in the server's own text. This keeps
//! nobody from sending requests: browsers only keep pages from reading the answers. Credentials are never allowed.

use super::Error;
use crate::http::{Method, Request, Response};

/// Whose pages may read answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cors {
    /// Everybody's.
    Any,
    /// Those of these origins.
    Origins(Vec<String>),
}

/// Which of the allowed origins sent a request.
pub type OriginIndex = u16;

/// What an origin has to look like, for errors.
pub const EXPECTED_ORIGIN: &str = "* or an origin as browsers send it, such as https://app.example or http://localhost:5173: scheme, \
     host and port in lower case, without the scheme's default port, a path or a trailing slash";

/// How long a browser may remember that it may ask, in seconds. Chromium remembers nothing for longer.
const MAX_AGE: &str = "7200";

/// What an answer tells beyond the fields that every page may read.
const EXPOSED: &str = "X-Request-Id, X-Model-Hash, Inference-Header-Content-Length, Retry-After";

/// The fields that a request may have: any, for those that no route knows are ignored. `*` stands for all but this one.
const REQUEST_FIELDS: &str = "*, Authorization";

impl Cors {
    /// The rule for these origins, or for all when `*` stands alone; `None` when it does not.
    pub fn new(origins: Vec<String>) -> Option<Cors> {
        match origins.iter().any(|origin| origin == ALL) {
            true => (origins.len() == 1).then_some(Cors::Any),
            false => Some(Cors::Origins(origins)),
        }
    }

    /// The origin of a request, if it is an allowed one.
    pub(super) fn origin(&self, request: &Request<'_>) -> Option<OriginIndex> {
        let origin = request.field("origin")?;
        let index = match self {
            Cors::Any => 0,
            Cors::Origins(origins) => origins.iter().position(|allowed| allowed.as_bytes() == origin)?,
        };
        OriginIndex::try_from(index).ok()
    }

    /// The origin that an answer names when the request's origin is not known. That is safe only if a single origin is allowed.
    pub(super) fn only(&self) -> Option<OriginIndex> {
        match self {
            Cors::Origins(origins) if origins.len() > 1 => None,
            _ => Some(0),
        }
    }

    /// Adds what lets a page of this origin read an answer.
    #[cold]
    pub(super) fn allow(&self, origin: Option<OriginIndex>, response: &mut Response) {
        let allowed = match (self, origin) {
            (Cors::Any, _) => ALL,
            (Cors::Origins(origins), origin) => {
                vary(response);
                match origin.and_then(|index| origins.get(usize::from(index))) {
                    Some(origin) => origin,
                    None => return,
                }
            }
        };
        response.fields.push(("Access-Control-Allow-Origin", allowed.to_owned().into()));
        response.fields.push(("Access-Control-Expose-Headers", EXPOSED.into()));
    }
}

/// An origin, or `*`, as it is allowed.
pub fn parse_origin(text: &str) -> Option<String> {
    (text == ALL || is_origin(text)).then(|| text.to_owned())
}

/// Stands for all origins.
const ALL: &str = "*";

/// Whether a browser asks if a page may send a request.
#[cold]
pub(super) fn is_preflight(request: &Request<'_>) -> bool {
    request.head.method == Method::Options && request.field("access-control-request-method").is_some()
}

/// What a path answers to OPTIONS. `methods`: those that it has.
///
/// # Errors
/// None; the type is that of all answers.
pub(super) fn options(is_preflight: bool, methods: &'static str) -> Result<Response, Error> {
    let response = Response::no_content().with_field("Allow", methods);
    Ok(match is_preflight {
        false => response,
        true => response
            .with_field("Access-Control-Allow-Methods", methods)
            .with_field("Access-Control-Allow-Headers", REQUEST_FIELDS)
            .with_field("Access-Control-Max-Age", MAX_AGE),
    })
}

/// Says that the answer depends on who asks, also to those who are not allowed: caches have to keep the answers apart.
fn vary(response: &mut Response) {
    match response.fields.iter_mut().find(|(name, _)| *name == "Vary") {
        Some((_, value)) => value.to_mut().push_str(", Origin"),
        None => response.fields.push(("Vary", "Origin".into())),
    }
}

/// scheme "://" host [ ":" port ], as browsers write it (HTML, serialisation of an origin). Never `null`: that is the origin of every
/// page that has none.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    let (host, port) = match authority.rfind(']').map_or(authority.rfind(':'), |end| {
        authority.get(end..).and_then(|rest| rest.rfind(':')).map(|colon| end + colon)
    }) {
        Some(colon) => (authority.get(..colon).unwrap_or_default(), authority.get(colon + 1..)),
        None => (authority, None),
    };
    let is_port = port.is_none_or(|port| {
        let own = matches!((scheme, port), ("http", "80") | ("https", "443"));
        !own && !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b':' | b'.')),
        None => host.bytes().all(is_name),
    };
    is_scheme && is_port && is_host && !host.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for text in [
            "https://app.example",
            "http://localhost:5173",
            "http://127.0.0.1:8080",
            "http://[::1]:3000",
            "https://[2001:db8::1]",
            "https://xn--bcher-kva.example",
            "http://a_b.example:443",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://0f6a3c6e-0000-4000-8000-000000000000",
            "capacitor://localhost",
        ] {
            assert!(is_origin(text), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "https://app.example/",
            "https://app.example/page",
            "https://app.example?x",
            "https://App.example",
            "HTTPS://app.example",
            "https://bücher.example",
            "https://user@app.example",
            "https://app.example:443",
            "http://app.example:80",
            "https://app.example:",
            "https://app.example:0443",
            "https://app.example:65536",
            "https://app.example:8x",
            "https://[::1",
            "https://[::1]x",
            "https://*.app.example",
            " https://app.example",
            "https://a.example https://b.example",
            "https://a\r\nb",
            "://app.example",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }

    #[test]
    fn all_origins_are_allowed_by_a_star_that_stands_alone() {
        let cors = |texts: &[&str]| Cors::new(texts.iter().map(|text| parse_origin(text).unwrap()).collect());
        assert_eq!(cors(&["*"]), Some(Cors::Any));
        let listed = cors(&["https://a.example", "http://b.example:81"]).unwrap();
        assert_eq!(listed, Cors::Origins(vec!["https://a.example".to_owned(), "http://b.example:81".to_owned()]));
        assert_eq!((Cors::Any.only(), listed.only()), (Some(0), None));
        assert_eq!(cors(&["https://a.example"]).unwrap().only(), Some(0));
        assert_eq!([cors(&["*", "https://a.example"]), cors(&["*", "*"])], [None, None]);
    }
}
