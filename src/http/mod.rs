//! HTTP/1.1 and 1.0 on `std::net`: bytes in, messages out, and back (RFC 9110, RFC 9112).
//!
//! It takes a listening address, [`Limits`] and a [`Handler`]. The room knows nothing of SVMs or JSON, and a handler never sees a
//! socket. Content that is compressed with gzip or zlib is inflated before a handler sees it. Every message that could be read in
//! two ways, and everything above a limit, is refused, and its connection closed. Not here: TLS, HTTP/2, trailers and chunked
//! coding in answers, `Upgrade`.
//!
//! ```text
//! server (bind, accept, drain) -> worker (event loop) -> sockets, cap -> poller (epoll, poll)
//!          |                              |-> connection/ (state machine, no socket) -> parser, chunked, inflate -> fields, request
//!          |                              |                                          -> handler, exchange, response
//!          `------> desk (messages) <-----`-> compute (large requests, off the event loop)
//! ```

mod addresses;
pub mod charged;
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
pub mod ledger;
mod memory;
mod outgoing;
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

pub use connection::close_reason::CloseReason;
pub use exchange::Exchange;
pub use handler::{Event, Handler};
pub use request::{Method, Request};
pub use response::{Response, Status};

/// Declares the limits with their defaults.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr;)*) => {
        /// Every limit of the engine, each with the answer to whoever exceeds it.
        #[derive(Debug, Clone)]
        pub struct Limits {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Limits { $($name: $default),* }
            }
        }
    };
}

limits! {
    /// Open connections. Above it the one that makes least progress is dropped; if all make progress, the new one gets a 503.
    connections_max: usize = 10_000;
    /// So long a request may take to arrive, and an answer to be taken, before its connection may have to make way for another one.
    fair_time: Duration = Duration::from_secs(1);
    /// And one second longer for so many bytes of a request that have arrived.
    fair_bytes_per_second: usize = 128 << 10;
    /// The same of one address, or of one network of 64 bits; one more gets a 503. `None`: any number, as behind a proxy.
    connections_per_address_max: Option<usize> = None;
    /// From a request's first byte to the end of its head; for a connection's first request, from accept: 408.
    head_timeout: Duration = Duration::from_secs(10);
    /// From the end of the head to the end of the content: 408.
    body_timeout: Duration = Duration::from_secs(30);
    /// For writing one answer: the connection is closed.
    write_timeout: Duration = Duration::from_secs(10);
    /// Between two requests: the connection is closed without a word.
    // Longer than the 60 s after which most load balancers drop an idle connection themselves.
    idle_timeout: Duration = Duration::from_secs(75);
    /// For reading and discarding after the last answer, so that the peer sees FIN and not RST (RFC 9112 9.6).
    linger_timeout: Duration = Duration::from_secs(2);
    /// Bytes discarded in that time; after more of them the connection is closed at once.
    linger_bytes_max: usize = 32 << 20;
    /// From the stop signal (after the drain delay) to the end of the process.
    shutdown_timeout: Duration = Duration::from_secs(8);
    /// How long to go on serving after the stop signal, for load balancers to notice.
    drain_delay: Duration = Duration::ZERO;
    /// Empty lines skipped before a request: 400.
    empty_lines_max: usize = 8;
    /// Bytes of the method: 400.
    method_bytes_max: usize = 32;
    /// Bytes of the request target: 414.
    // RFC 9112 section 3 asks for at least 8,000.
    target_bytes_max: usize = 8_192;
    /// Bytes of the header section: 431.
    header_section_bytes_max: usize = 32 << 10;
    /// Field lines of the header section: 431.
    field_lines_max: usize = 100;
    /// Bytes of a request's content: 413.
    content_bytes_max: usize = 8 << 20;
    /// Bytes of one chunk-size line: 400.
    chunk_line_bytes_max: usize = 4 << 10;
    /// Bytes of all chunk extensions of a message: 400.
    chunk_extension_bytes_max: usize = 16 << 10;
    /// Bytes of the trailer section: 431.
    trailer_section_bytes_max: usize = 8 << 10;
    /// Field lines of the trailer section: 431.
    trailer_lines_max: usize = 32;
    /// Unsent answer bytes of one connection; above it nothing more is read from that connection.
    unsent_bytes_max: usize = 64 << 10;
    /// Bytes held for all clients together, see [`ledger`]; a request that would exceed it gets a 503.
    buffered_bytes_max: usize = 64 << 20;
    /// Content from this size on is computed off the event loop.
    offload_bytes_min: usize = 32 << 10;
    /// A request that is likely to take so long is computed off the event loop, whatever its size.
    offload_work_min: Duration = Duration::from_micros(250);
    /// From the end of a request to its answer, where that is computed off the event loop: 503.
    compute_timeout: Duration = Duration::from_secs(60);
    /// How long a request is computed before another one that waits gets its turn.
    compute_slice: Duration = Duration::from_millis(5);
    /// Requests being computed, in turns, or two for each place if that is more; one more waits for one of them to end. Each has a thread,
    /// and a heap that the thread leaves behind.
    compute_jobs_max: usize = 8;
    /// Requests waiting for a compute thread; one more gets a 503.
    compute_queue_max: usize = 256;
}

impl Limits {
    /// Bytes of all requests that arrive or wait: two thirds of `buffered_bytes_max`, or what the largest takes. Were it all, nothing would be
    /// left to answer them with.
    fn input_bytes_max(&self) -> usize {
        let head = self.target_bytes_max + self.header_section_bytes_max;
        (self.buffered_bytes_max / 3 * 2).max(self.content_bytes_max.saturating_add(head))
    }
}

/// Declares the errors, each with the status and the text of its answer.
macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $status:ident $text:literal;)*) => {
        /// Why a request is not answered by the handler. The first group is about the peer's bytes, one variant per rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Error {
            $($(#[$doc])* $name,)*
        }

        impl Error {
            /// The status of the answer: the only place that maps an engine error to a number.
            pub fn status(self) -> Status {
                match self {
                    $(Error::$name => Status::$status,)*
                }
            }
        }

        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Error::$name => $text,)*
                })
            }
        }
    };
}

errors! {
    /// The first byte cannot start a method: a TLS hello, a PROXY header, noise (RFC 9112 2.2).
    FirstByte = BAD_REQUEST "request line: expected a method, found a byte that is not a token character";
    /// More empty lines before the request line than `empty_lines_max` (RFC 9112 2.2).
    EmptyLines = BAD_REQUEST "request line: too many empty lines before it";
    /// The method is not a token, or longer than `method_bytes_max` (RFC 9110 9.1).
    Method = BAD_REQUEST "request line: the method is not a token or is too long";
    /// The request target is missing, or holds a byte that no URI can have or a broken percent-encoding (RFC 9112 3.2).
    Target = BAD_REQUEST "request line: expected a request target between single spaces";
    /// The request target is longer than `target_bytes_max` (RFC 9110 15.5.15).
    TargetLength = URI_TOO_LONG "request line: the request target is too long";
    /// The target's form does not suit the method, or its authority is invalid (RFC 9112 3.2).
    TargetForm = BAD_REQUEST "request line: the form of the request target does not suit the method";
    /// The version is malformed or the request line does not end in CR LF (RFC 9112 2.3).
    Version = BAD_REQUEST "request line: expected `HTTP/1.1` and a line end of CR LF";
    /// A major version other than 1 (RFC 9110 15.6.6).
    MajorVersion = VERSION_NOT_SUPPORTED "request line: this server speaks only HTTP/1.1 and HTTP/1.0";
    /// CONNECT: this server is not a proxy (RFC 9110 9.3.6).
    Connect = NOT_IMPLEMENTED "request line: CONNECT is not offered, as this is not a proxy";
    /// A field line is folded, has no colon, or does not begin with a token followed by the colon (RFC 9112 5).
    FieldName = BAD_REQUEST "header section: expected a field name followed by a colon";
    /// A field value holds a control byte or does not end in CR LF (RFC 9110 5.5).
    FieldValue = BAD_REQUEST "header section: a field value holds a control byte or has no line end of CR LF";
    /// A name that another server could read as a framing field, such as `Content_Length` (RFC 9112 11.2).
    FieldLookalike = BAD_REQUEST "header section: a field name looks like a framing field";
    /// The header section is over `header_section_bytes_max` or `field_lines_max` (RFC 6585 5).
    HeaderSection = HEADERS_TOO_LARGE "header section: too large";
    /// Host is missing, repeated, or not a host with an optional port (RFC 9112 3.2).
    Host = BAD_REQUEST "header section: expected exactly one valid Host field";
    /// Content-Length is repeated, or not a plain decimal number up to 2^63 - 1 (RFC 9110 8.6).
    ContentLength = BAD_REQUEST "header section: Content-Length must be one plain decimal number";
    /// Transfer-Encoding is not `chunked` alone, or is in an HTTP/1.0 request (RFC 9112 6.1).
    TransferEncoding = BAD_REQUEST "header section: Transfer-Encoding must be `chunked`";
    /// Another transfer coding before the final chunked (RFC 9112 6.1).
    TransferCoding = NOT_IMPLEMENTED "header section: the only transfer coding known is `chunked`";
    /// Content-Length and Transfer-Encoding together (RFC 9112 6.3).
    LengthAndCoding = BAD_REQUEST "header section: Content-Length and Transfer-Encoding exclude each other";
    /// More than one Content-Type line (RFC 9110 8.3). The framing is sound: the connection stays.
    ContentTypes = BAD_REQUEST "header section: expected at most one Content-Type field";
    /// An expectation other than `100-continue` (RFC 9110 15.5.18).
    Expectation = EXPECTATION_FAILED "header section: the only expectation known is `100-continue`";
    /// The content is over `content_bytes_max` (RFC 9110 15.5.14).
    ContentTooLarge = CONTENT_TOO_LARGE "content: larger than the limit of this server";
    /// A chunk size is not a number of 1 to 16 hexadecimal digits up to 2^63 - 1 (RFC 9112 7.1).
    ChunkSize = BAD_REQUEST "chunked content: expected a chunk size of 1 to 16 hexadecimal digits";
    /// A chunk extension is malformed, or extensions are over their limits (RFC 9112 7.1.1).
    ChunkExtension = BAD_REQUEST "chunked content: malformed or oversized chunk extension";
    /// Chunk data or a chunk-size line does not end in CR LF (RFC 9112 7.1).
    ChunkEnd = BAD_REQUEST "chunked content: expected CR LF";
    /// A trailer field that frames, routes, authenticates or modifies (RFC 9110 6.5.1).
    TrailerField = BAD_REQUEST "trailer section: a field is not allowed here";
    /// The trailer section is over its limits (RFC 6585 5).
    TrailerSection = HEADERS_TOO_LARGE "trailer section: too large";
    /// The content is not what Content-Encoding says (RFC 9110 8.4.1). The framing is sound: the connection stays.
    Compressed = BAD_REQUEST "compressed content: expected gzip, or zlib for `deflate`, as Content-Encoding says, found other bytes";
    /// The content has another checksum or length than before it was compressed. The connection stays.
    CompressedChecksum = BAD_REQUEST "compressed content: expected the checksum and length at its end, found others";
    /// Bytes follow the end of the compressed content. The connection stays.
    CompressedTrailing = BAD_REQUEST "compressed content: expected the end, or one more gzip member, found other bytes";
    /// The compressed content is cut off. The connection stays.
    CompressedEnd = BAD_REQUEST "compressed content: expected more bytes, found the end";
    /// The peer ended the connection inside a request (RFC 9112 8).
    Incomplete = BAD_REQUEST "the connection ended inside a request";
    /// The head deadline passed inside a request (RFC 9110 15.5.9).
    HeadTimeout = REQUEST_TIMEOUT "the head of the request did not arrive in time";
    /// The body deadline passed (RFC 9110 15.5.9).
    BodyTimeout = REQUEST_TIMEOUT "the content of the request did not arrive in time";
    /// All connections together would hold more than `buffered_bytes_max`.
    BufferedBytes = UNAVAILABLE "the server's memory for requests and answers is full, try again";
    /// The answer was not computed within `compute_timeout`.
    ComputeTimeout = UNAVAILABLE "the answer took too long to compute, send fewer rows at once";
    /// `compute_queue_max` requests wait already.
    ComputeQueue = UNAVAILABLE "too many large requests are waiting, try again";
    /// `connections_max` connections are open, and all make progress.
    Connections = UNAVAILABLE "too many connections, try again";
    /// `connections_per_address_max` connections of the same address are open.
    AddressConnections = UNAVAILABLE "too many connections from this address, close some";
    /// The handler panicked.
    Handler = INTERNAL_ERROR "internal error";
}

impl std::error::Error for Error {}
