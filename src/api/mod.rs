//! From requests to answers: the routes, rows of numbers out of JSON, labels into JSON, and the one error object.
//!
//! A request that the HTTP engine has framed comes in, and a response goes out. Unknown paths and methods, content of a type that
//! the route does not take, and every row that is not exactly the finite numbers that the model needs are refused. Error texts
//! name features and positions, and never repeat bytes of the request.

mod answers;
pub mod cors;
pub mod csv;
pub mod current;
mod described;
mod dialects;
pub mod disclosure;
pub mod error;
pub mod input_ranges;
pub mod media;
pub mod metrics;
pub mod names;
pub mod observer;
mod openapi;
mod page;
mod percent;
pub mod route;
pub mod routes;
pub mod rows;
pub mod served;
pub mod service;
mod spelling;
mod text;
mod work;

use crate::http::Status;
use crate::http::ledger::NoRoom;

pub use answers::{push_joined, push_numbers};

/// How deep arrays and objects may be nested. Deeper ones are refused or, under unknown keys, skipped without recursion.
pub const JSON_DEPTH_MAX: usize = 128;

/// Value of Content-Type for JSON.
pub const JSON: &str = "application/json";
/// Value of Content-Type for JSON with bytes after it.
pub const OCTETS: &str = "application/octet-stream";
/// Value of Content-Type for CSV (RFC 4180).
pub const CSV: &str = "text/csv";
/// Value of Content-Type for JSON on each line.
pub const JSON_LINES: &str = "application/jsonlines";
/// Content-Type of an HTML form, which `curl -d` sends unless told otherwise.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// Value of Content-Type for the page.
pub const HTML: &str = "text/html; charset=utf-8";
/// Value of Content-Type for plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// A media type in lower case without parameters, and the name of the schema for what comes in it. A type with an empty name is
/// accepted but not documented.
pub type Media = (&'static str, &'static str);

/// How much an error says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What was expected, what was found, and where.
    Full,
    /// Neither positions nor names, for servers that face the public.
    Terse,
}

/// Why a request gets no prediction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No route has this path.
    NotFound(Absent),
    /// The path does not have this method; `allow` lists those that it has.
    MethodNotAllowed {
        /// Value of the Allow field.
        allow: &'static str,
    },
    /// A method that this server does not know at all.
    UnknownMethod,
    /// The route does not take content of this type.
    MediaType {
        /// What the route takes.
        expected: &'static [Media],
        /// It is the type of a form, which curl sends unless it is told another one.
        is_form: bool,
    },
    /// The content is in another charset than UTF-8.
    Charset,
    /// The content is compressed in a way that svcd does not know, or in several ways.
    ContentCoding,
    /// The server is about to stop.
    Draining,
    /// The client left while its request was computed: nobody will read this.
    Abandoned,
    /// The content is not what the route needs.
    Content(Problem),
    /// The model cannot answer this request.
    Model(String),
    /// There is no memory for its rows or its answer now.
    NoRoom(NoRoom),
    /// The rows and their answer need more memory than all clients together may have.
    TooLarge,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// There is no such path.
    Path,
    /// It names a model or a version that is not here.
    Named {
        /// `model` or `version`.
        what: &'static str,
        /// The one here.
        known: String,
    },
    /// Models cannot be loaded or unloaded by request.
    Loading,
    /// The protocol has it, but this server does not.
    Offer,
}

/// What is wrong with the content of a request, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer (RFC 6901) of indexes and known names; empty for the whole content.
    pub pointer: String,
    /// The same place in words, with the names of the model; empty for the whole content.
    pub place: String,
    /// What would have been right.
    pub expected: String,
    /// What is there instead, without bytes of the request.
    pub found: String,
}

impl Error {
    /// The status of the answer: the only place that maps an error of this room to a number.
    pub fn status(&self) -> Status {
        match self {
            Error::NotFound(_) => Status::NOT_FOUND,
            Error::MethodNotAllowed { .. } => Status::METHOD_NOT_ALLOWED,
            Error::UnknownMethod => Status::NOT_IMPLEMENTED,
            Error::MediaType { .. } | Error::Charset | Error::ContentCoding => Status::UNSUPPORTED_MEDIA_TYPE,
            Error::Draining | Error::Abandoned | Error::NoRoom(_) => Status::UNAVAILABLE,
            Error::TooLarge => Status::CONTENT_TOO_LARGE,
            Error::Content(_) | Error::Model(_) => Status::BAD_REQUEST,
        }
    }
}
