//! HTTP/1.1 and 1.0 on `std::net`: bytes in, messages out, and back (RFC 9110, RFC 9112).
//!
//! In comes a listening address, [`Limits`] and a [`Handler`]; out go answers. The room knows no SVM and no JSON, and a
//! handler never sees a socket. Refused, with the connection closed: every message that could be read in two ways, and
//! everything above a limit. Not here: TLS, HTTP/2, trailers and chunked coding in answers, `Upgrade`.
//!
//! ```text
//! server (bind, accept, drain) -> worker (event loop, socket I/O) -> poller (epoll, poll)
//!                                   |-> connection + exchange (state machine, no socket) -> parser, chunked -> request
//!                                   |                                                    -> response, date
//!                                   `-> compute (big requests, off the event loop)
//! ```

pub mod budget;
pub mod chunked;
mod compute;
mod connection;
pub mod counters;
pub mod date;
mod desk;
mod exchange;
mod fields;
pub mod handler;
mod inbox;
pub mod parser;
pub mod poller;
pub mod request;
mod request_id;
pub mod response;
pub mod server;
mod slab;
#[cfg(test)]
mod vectors;
mod worker;

use std::fmt;
use std::time::Duration;

pub use handler::{Event, Exchange, Handler};
pub use request::{Method, Request};
pub use response::{Response, Status};

/// Every limit of the engine. Passing one has the one answer named beside it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections; above it the one idle longest is dropped, and with none idle the new one gets a 503.
    pub connections_max: usize,
    /// From a request's first byte to the end of its head; for a connection's first request, from accept: 408.
    pub head_timeout: Duration,
    /// From the end of the head to the end of the content: 408.
    pub body_timeout: Duration,
    /// For writing one answer: the connection is closed.
    pub write_timeout: Duration,
    /// Between two requests: the connection is closed without a word.
    pub idle_timeout: Duration,
    /// For reading and discarding after the last answer, so that the peer sees FIN and not RST (RFC 9112 9.6).
    pub linger_timeout: Duration,
    /// Bytes discarded in that time before the connection is closed all the same.
    pub linger_bytes_max: usize,
    /// From the stop signal (after the drain delay) to the end of the process.
    pub shutdown_timeout: Duration,
    /// How long to go on serving after the stop signal, for load balancers to notice.
    pub drain_delay: Duration,
    /// Empty lines skipped before a request: 400.
    pub empty_lines_max: usize,
    /// Bytes of the method: 400.
    pub method_bytes_max: usize,
    /// Bytes of the request target: 414.
    pub target_bytes_max: usize,
    /// Bytes of the header section: 431.
    pub header_section_bytes_max: usize,
    /// Field lines of the header section: 431.
    pub field_lines_max: usize,
    /// Bytes of a request's content: 413.
    pub content_bytes_max: usize,
    /// Bytes of one chunk-size line: 400.
    pub chunk_line_bytes_max: usize,
    /// Bytes of all chunk extensions of a message: 400.
    pub chunk_extension_bytes_max: usize,
    /// Bytes of the trailer section: 431.
    pub trailer_section_bytes_max: usize,
    /// Field lines of the trailer section: 431.
    pub trailer_lines_max: usize,
    /// Unsent answer bytes of a connection above which nothing more is read from it.
    pub unsent_bytes_max: usize,
    /// Request bytes held by all connections together: the request that would pass it gets a 503.
    pub buffered_bytes_max: usize,
    /// Content from this size on is computed off the event loop.
    pub offload_bytes_min: usize,
    /// Requests waiting for a compute thread; one more gets a 503.
    pub compute_queue_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections_max: 10_000,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(10),
            // Longer than the 60 s after which most load balancers drop an idle connection themselves.
            idle_timeout: Duration::from_secs(75),
            linger_timeout: Duration::from_secs(2),
            linger_bytes_max: 32 << 20,
            shutdown_timeout: Duration::from_secs(8),
            drain_delay: Duration::ZERO,
            empty_lines_max: 8,
            method_bytes_max: 32,
            // RFC 9112 section 3 asks for at least 8,000.
            target_bytes_max: 8_192,
            header_section_bytes_max: 32 << 10,
            field_lines_max: 100,
            content_bytes_max: 8 << 20,
            chunk_line_bytes_max: 4 << 10,
            chunk_extension_bytes_max: 16 << 10,
            trailer_section_bytes_max: 8 << 10,
            trailer_lines_max: 32,
            unsent_bytes_max: 64 << 10,
            buffered_bytes_max: 64 << 20,
            offload_bytes_min: 32 << 10,
            compute_queue_max: 256,
        }
    }
}

/// Why a request is not answered by the handler. The first group is about the peer's bytes, one variant per rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The first byte cannot begin a method: a TLS hello, a PROXY header, noise (RFC 9112 2.2).
    FirstByte,
    /// More empty lines before the request line than `empty_lines_max` (RFC 9112 2.2).
    EmptyLines,
    /// The method is no token, or longer than `method_bytes_max` (RFC 9110 9.1).
    Method,
    /// The request target is missing, holds a byte that no URI has, or a broken percent-encoding (RFC 9112 3.2).
    Target,
    /// The request target is longer than `target_bytes_max` (RFC 9110 15.5.15).
    TargetLength,
    /// The form of the target does not suit the method, or its authority is not valid (RFC 9112 3.2).
    TargetForm,
    /// The version is malformed or the request line does not end in CR LF (RFC 9112 2.3).
    Version,
    /// Another major version than 1 (RFC 9110 15.6.6).
    MajorVersion,
    /// CONNECT: this server is no proxy (RFC 9110 9.3.6).
    Connect,
    /// A field line is folded, has no colon, or its name is no token followed by the colon (RFC 9112 5).
    FieldName,
    /// A field value holds a control byte or does not end in CR LF (RFC 9110 5.5).
    FieldValue,
    /// A name that a neighbour could read as a framing field, such as `Content_Length` (RFC 9112 11.2).
    FieldLookalike,
    /// The header section is over `header_section_bytes_max` or `field_lines_max` (RFC 6585 5).
    HeaderSection,
    /// Host is missing, repeated, or no host with an optional port (RFC 9112 3.2).
    Host,
    /// Content-Length is repeated or no plain decimal number up to 2^63 - 1 (RFC 9110 8.6).
    ContentLength,
    /// Transfer-Encoding is not `chunked` alone, or stands in HTTP/1.0 (RFC 9112 6.1).
    TransferEncoding,
    /// Another transfer coding before the final chunked (RFC 9112 6.1).
    TransferCoding,
    /// Content-Length and Transfer-Encoding together (RFC 9112 6.3).
    LengthAndCoding,
    /// More than one Content-Type line (RFC 9110 8.3). The framing is sound: the connection stays.
    ContentTypes,
    /// An expectation other than `100-continue` (RFC 9110 15.5.18).
    Expectation,
    /// The content is over `content_bytes_max` (RFC 9110 15.5.14).
    ContentTooLarge,
    /// A chunk size is not 1 to 16 hexadecimal digits up to 2^63 - 1 (RFC 9112 7.1).
    ChunkSize,
    /// A chunk extension is malformed, or extensions are over their limits (RFC 9112 7.1.1).
    ChunkExtension,
    /// Chunk data or a chunk-size line does not end in CR LF (RFC 9112 7.1).
    ChunkEnd,
    /// A trailer field that frames, routes, authenticates or modifies (RFC 9110 6.5.1).
    TrailerField,
    /// The trailer section is over its limits (RFC 6585 5).
    TrailerSection,
    /// The peer ended the connection inside a request (RFC 9112 8).
    Incomplete,
    /// The head deadline passed inside a request (RFC 9110 15.5.9).
    HeadTimeout,
    /// The body deadline passed (RFC 9110 15.5.9).
    BodyTimeout,
    /// All connections together would hold more than `buffered_bytes_max`.
    BufferedBytes,
    /// `compute_queue_max` requests wait already.
    ComputeQueue,
    /// `connections_max` connections are open and none is idle.
    Connections,
    /// The handler panicked.
    Handler,
}

impl Error {
    /// The status of the answer: the only place that maps an engine error to a number.
    pub fn status(self) -> Status {
        match self {
            Error::TargetLength => Status::URI_TOO_LONG,
            Error::MajorVersion => Status::VERSION_NOT_SUPPORTED,
            Error::Connect | Error::TransferCoding => Status::NOT_IMPLEMENTED,
            Error::HeaderSection | Error::TrailerSection => Status::HEADERS_TOO_LARGE,
            Error::Expectation => Status::EXPECTATION_FAILED,
            Error::ContentTooLarge => Status::CONTENT_TOO_LARGE,
            Error::HeadTimeout | Error::BodyTimeout => Status::REQUEST_TIMEOUT,
            Error::BufferedBytes | Error::ComputeQueue | Error::Connections => Status::UNAVAILABLE,
            Error::Handler => Status::INTERNAL_ERROR,
            _ => Status::BAD_REQUEST,
        }
    }

    /// Whether the connection is closed after the answer. Only one error leaves the framing beyond doubt.
    pub fn closes(self) -> bool {
        self != Error::ContentTypes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::FirstByte => "request line: expected a method, found a byte that is no token character",
            Error::EmptyLines => "request line: too many empty lines before it",
            Error::Method => "request line: the method is no token or too long",
            Error::Target => "request line: expected a request target between single spaces",
            Error::TargetLength => "request line: the request target is too long",
            Error::TargetForm => "request line: the form of the request target does not suit the method",
            Error::Version => "request line: expected `HTTP/1.1` and a line end of CR LF",
            Error::MajorVersion => "request line: only HTTP/1.1 and HTTP/1.0 are spoken here",
            Error::Connect => "request line: CONNECT is not offered, this is no proxy",
            Error::FieldName => "header section: expected a field name followed by a colon",
            Error::FieldValue => "header section: a field value holds a control byte or has no line end of CR LF",
            Error::FieldLookalike => "header section: a field name looks like a framing field",
            Error::HeaderSection => "header section: too large",
            Error::Host => "header section: expected exactly one valid Host field",
            Error::ContentLength => "header section: Content-Length must be one plain decimal number",
            Error::TransferEncoding => "header section: Transfer-Encoding must be `chunked`",
            Error::TransferCoding => "header section: no transfer coding but `chunked` is known here",
            Error::LengthAndCoding => "header section: Content-Length and Transfer-Encoding exclude each other",
            Error::ContentTypes => "header section: expected at most one Content-Type field",
            Error::Expectation => "header section: the only expectation known is `100-continue`",
            Error::ContentTooLarge => "content: larger than the limit of this server",
            Error::ChunkSize => "chunked content: expected a chunk size of 1 to 16 hexadecimal digits",
            Error::ChunkExtension => "chunked content: malformed or oversized chunk extension",
            Error::ChunkEnd => "chunked content: expected CR LF",
            Error::TrailerField => "trailer section: a field is not allowed here",
            Error::TrailerSection => "trailer section: too large",
            Error::Incomplete => "the connection ended inside a request",
            Error::HeadTimeout => "the head of the request did not arrive in time",
            Error::BodyTimeout => "the content of the request did not arrive in time",
            Error::BufferedBytes => "too many request bytes are held at once, try again",
            Error::ComputeQueue => "too many large requests are waiting, try again",
            Error::Connections => "too many connections, try again",
            Error::Handler => "internal error",
        })
    }
}

impl std::error::Error for Error {}
