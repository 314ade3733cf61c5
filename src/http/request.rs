//! The request as the parser found it: facts and offsets ([`Head`]), and a borrowed view of the bytes ([`Request`]).

use std::ops::Range;
use std::sync::{Arc, Weak};

use super::fields::{is, trim_ows};
use super::ledger::Ledger;
use super::request_id;
use crate::inflate::Compression;

/// Declares the methods and their names.
macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {
        /// A request method (RFC 9110 section 9). Names are case-sensitive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Method {
            $(#[doc = $name] $(#[$doc])* $method,)*
            /// Any other token.
            Other,
        }

        impl Method {
            /// The method of this name; unknown names are `Other`. CONNECT never gets here: the parser refuses it.
            pub fn from_token(token: &[u8]) -> Method {
                $(if token == $name.as_bytes() {
                    return Method::$method;
                })*
                Method::Other
            }

            /// Its name; a dash for `Other`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Method::$method => $name,)*
                    Method::Other => "-",
                }
            }
        }
    };
}

methods! {
    Get = "GET";
    /// Answered as GET, without the content.
    Head = "HEAD";
    Post = "POST";
    Put = "PUT";
    Delete = "DELETE";
    Patch = "PATCH";
    Options = "OPTIONS";
    Trace = "TRACE";
    Query = "QUERY";
}

/// How the end of a request's content is found (RFC 9112 section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Neither Content-Length nor Transfer-Encoding: there is no content.
    Empty,
    /// Content-Length, in bytes.
    Length(u64),
    /// Transfer-Encoding: chunked.
    Chunked,
}

/// Names of the fields whose lines the head remembers, in lower case.
pub(super) const CONTENT_TYPE: &str = "content-type";
pub(super) const REQUEST_ID: &str = "x-request-id";

/// A byte range inside the head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// `range` lies inside a head, which the limits keep far below 4 GiB.
    pub(super) fn new(range: Range<usize>) -> Span {
        Span { start: range.start as u32, end: range.end as u32 }
    }

    fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The parsed head of a request, with offsets into the bytes it was parsed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Bytes from the start of the input to the end of the empty line after the head, including skipped empty lines before it.
    pub len: usize,
    /// The request method.
    pub method: Method,
    /// Whether the message is HTTP/1.0 (any higher minor version counts as 1.1).
    pub is_http10: bool,
    /// How the end of the content is found.
    pub framing: Framing,
    /// Whether the client wants to keep the connection: 1.1 unless it says `close`, 1.0 only with `keep-alive`.
    pub persists: bool,
    /// Whether the client waits for `100 Continue` (never in HTTP/1.0, RFC 9110 section 10.1.1).
    pub expects_continue: bool,
    pub(super) content_type_lines: usize,
    /// The line of Content-Type, if there is exactly one.
    pub(super) content_type: Span,
    /// Whether there is a line of Content-Encoding.
    pub has_content_coding: bool,
    pub(super) path: Span,
    pub(super) fields: Span,
    /// The line of X-Request-Id, if there is exactly one.
    pub(super) request_id: Span,
}

impl Head {
    /// Bytes of head and content of a message that is not chunked. The caller has checked its length against the limits.
    pub(super) fn message_len(&self) -> usize {
        match self.framing {
            Framing::Length(length) => self.len + usize::try_from(length).unwrap_or(usize::MAX - self.len),
            Framing::Empty | Framing::Chunked => self.len,
        }
    }

    /// The client's own id for this request, if it is valid: 1 to 128 of `A-Z a-z 0-9 . _ -`. `bytes`: what the head was parsed
    /// from.
    pub(super) fn request_id<'a>(&self, bytes: &'a [u8]) -> Option<&'a str> {
        request_id::accept(value(self.request_id.of(bytes), REQUEST_ID)?)
    }
}

/// The content is compressed in a way that is not known here, or in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCoding;

/// What lets other requests have their turn.
pub trait Pause: std::fmt::Debug {
    /// Waits, if others wait and this request has had its time.
    fn pause(&self);
}

/// One request, borrowed from the connection's bytes.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What its head says.
    pub head: &'a Head,
    bytes: &'a [u8],
    /// The content without framing, and inflated if its coding is known; empty as long as only the head is known.
    pub content: &'a [u8],
    client: Option<&'a Weak<()>>,
    ledger: Option<&'a Arc<Ledger>>,
    turn: Option<&'a dyn Pause>,
}

impl<'a> Request<'a> {
    /// `bytes` must begin with the bytes that `head` was parsed from; `content` is decoded, without framing.
    pub fn new(head: &'a Head, bytes: &'a [u8], content: &'a [u8]) -> Request<'a> {
        Request { head, bytes, content, client: None, ledger: None, turn: None }
    }

    /// The same request; what is made from it is charged to `ledger`.
    pub fn charged_to(self, ledger: &'a Arc<Ledger>) -> Request<'a> {
        Request { ledger: Some(ledger), ..self }
    }

    /// What to charge the memory of its rows and answer to, if that memory is limited.
    pub fn ledger(&self) -> Option<&'a Arc<Ledger>> {
        self.ledger
    }

    /// The same request, which `turn` makes wait for others.
    pub(super) fn in_turns(self, turn: &'a dyn Pause) -> Request<'a> {
        Request { turn: Some(turn), ..self }
    }

    /// Whether others may have their turn before it is answered. More such requests are under way than are computed at a time.
    pub fn takes_turns(&self) -> bool {
        self.turn.is_some()
    }

    /// Lets other requests have their turn. To be called every few milliseconds where much is computed.
    ///
    /// Returns whether somebody still waits for the answer.
    pub fn goes_on(&self) -> bool {
        if let Some(turn) = self.turn {
            turn.pause();
        }
        !self.is_abandoned()
    }

    /// The same request; `client` is alive as long as somebody waits for the answer.
    pub(super) fn awaited_by(self, client: &'a Weak<()>) -> Request<'a> {
        Request { client: Some(client), ..self }
    }

    /// Whether its connection has broken: nobody will read the answer.
    fn is_abandoned(&self) -> bool {
        self.client.is_some_and(|client| client.strong_count() == 0)
    }

    /// The path exactly as sent, without the query: neither decoded nor normalised. `/` when an absolute target has none, and `*`
    /// for OPTIONS of the whole server.
    pub fn path(&self) -> &'a [u8] {
        match self.head.path.of(self.bytes) {
            b"" if self.head.method == Method::Options => b"*",
            b"" => b"/",
            path => path,
        }
    }

    /// The value of Content-Type, if there is exactly one.
    pub fn content_type(&self) -> Option<&'a [u8]> {
        value(self.head.content_type.of(self.bytes), CONTENT_TYPE)
    }

    /// How the content was compressed, if it was: exactly one coding that is known here (RFC 9110 section 8.4.1).
    ///
    /// # Errors
    /// [`UnknownCoding`] for any other, and for several.
    pub fn content_coding(&self) -> Result<Option<Compression>, UnknownCoding> {
        if !self.head.has_content_coding {
            return Ok(None);
        }
        // Several lines are one list, so each of them counts.
        let lines = || self.fields().filter(|(name, _)| is(name, "content-encoding")).map(|(_, coding)| coding);
        match (lines().next(), lines().count()) {
            (Some(coding), 1) if is(coding, "gzip") || is(coding, "x-gzip") => Ok(Some(Compression::Gzip)),
            (Some(coding), 1) if is(coding, "deflate") => Ok(Some(Compression::Zlib)),
            _ if lines().all(|coding| is(coding, "identity")) => Ok(None),
            _ => Err(UnknownCoding),
        }
    }

    /// Whether the head announces content. A chunked message may turn out empty, so it counts only if the client waits for
    /// `100 Continue`.
    pub fn announces_content(&self) -> bool {
        match self.head.framing {
            Framing::Empty => false,
            Framing::Length(length) => length > 0,
            Framing::Chunked => self.head.expects_continue,
        }
    }

    /// Value of the first field of this name, case-insensitive, without surrounding white space.
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields().find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// All field lines in order, as (name, value). The parser has checked them.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.head.fields.of(self.bytes).split(|&byte| byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            Some((name, trim_ows(value.get(1..)?.strip_suffix(b"\r")?)))
        })
    }
}

/// The value in the line of the field `name`; none if there is no line.
fn value<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    Some(trim_ows(line.strip_suffix(b"\r\n")?.get(name.len() + 1..)?))
}
