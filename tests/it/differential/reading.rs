//! One request as svcd and httparse read it. Tests and fuzzer share this file, so it depends on neither.
//!
//! httparse reads heads, chunk-size lines and field lines. The rest of RFC 9112, where the content ends, is written here a second
//! time in the simplest way.

use httparse::{EMPTY_HEADER, Header, Status};
use svcd::http::chunked::Decoder;
use svcd::http::parser::parse_head;
use svcd::http::request::Framing;
use svcd::http::{Limits, Method, Request};

/// What a request says.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    method: Method,
    path: Vec<u8>,
    is_http10: bool,
    /// Names and values in their order.
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    framing: Framing,
    content: Vec<u8>,
    /// Bytes from the start of the input to the end of the request.
    len: usize,
}

/// What reading comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// More bytes are needed.
    Incomplete,
    Complete(Message),
    Refused(String),
}

use Reading::{Complete, Incomplete, Refused};

/// How two compatible readings relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The same message.
    Both,
    /// svcd refuses what httparse reads.
    OnlyTheirs,
    /// No message.
    Neither,
}

/// Reads `bytes` both ways.
///
/// # Errors
/// svcd accepts a request that httparse refuses or reads differently, or waits for the end of one that httparse sees whole.
pub fn compare(bytes: &[u8], limits: &Limits) -> Result<Verdict, String> {
    let (ours, theirs) = (by_svcd(bytes, limits), by_httparse(bytes));
    match (&ours, &theirs) {
        (Complete(ours), Complete(theirs)) if ours == theirs => Ok(Verdict::Both),
        (Complete(_), _) | (Incomplete, Complete(_)) => {
            Err(format!("{}\nsvcd: {ours:?}\nhttparse: {theirs:?}", bytes.escape_ascii()))
        }
        (Refused(_), Complete(_)) => Ok(Verdict::OnlyTheirs),
        (Refused(_) | Incomplete, _) => Ok(Verdict::Neither),
    }
}

/// The request at the start of `bytes` as svcd reads it.
pub fn by_svcd(bytes: &[u8], limits: &Limits) -> Reading {
    let head = match parse_head(bytes, limits) {
        Ok(Some(head)) => head,
        Ok(None) => return Incomplete,
        Err(error) => return Refused(error.to_string()),
    };
    let request = Request::new(&head, bytes, &[]);
    let mut message = Message {
        method: request.head.method,
        path: request.path().to_vec(),
        is_http10: head.is_http10,
        fields: request.fields().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
        framing: head.framing,
        content: Vec::new(),
        len: head.len,
    };
    let rest = &bytes[head.len..];
    match head.framing {
        Framing::Empty => Complete(message),
        Framing::Length(length) => with_length(message, length, rest),
        Framing::Chunked => match Decoder::default().decode(rest, &mut message.content, limits) {
            Ok(step) if step.done => Complete(Message { len: message.len + step.used, ..message }),
            Ok(_) => Incomplete,
            Err(error) => Refused(error.to_string()),
        },
    }
}

fn with_length(message: Message, length: u64, rest: &[u8]) -> Reading {
    match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
        Some(content) => Complete(Message { content: content.to_vec(), len: message.len + content.len(), ..message }),
        None => Incomplete,
    }
}

/// More than svcd's limit of field lines, so reaching it is not a finding.
const FIELDS_MAX: usize = 1_000;

/// The request at the start of `bytes` as httparse reads it.
pub fn by_httparse(bytes: &[u8]) -> Reading {
    let bytes = &with_known_minor_version(bytes);
    let mut fields = [EMPTY_HEADER; FIELDS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    let len = match request.parse(bytes) {
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) => return Incomplete,
        Err(error) => return Refused(error.to_string()),
    };
    let (Some(method), Some(target), Some(minor_version)) = (request.method, request.path, request.version) else {
        return Refused("a request line that lacks a part".to_owned());
    };
    let method = Method::from_token(method.as_bytes());
    let framing = match framing(request.headers) {
        Ok(framing) => framing,
        Err(reason) => return Refused(reason),
    };
    let message = Message {
        method,
        path: path(target, method).as_bytes().to_vec(),
        is_http10: minor_version == 0,
        fields: request.headers.iter().map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec())).collect(),
        framing,
        content: Vec::new(),
        len,
    };
    match framing {
        Framing::Empty => Complete(message),
        Framing::Length(length) => with_length(message, length, &bytes[len..]),
        Framing::Chunked => match chunks(&bytes[len..]) {
            Ok(Status::Complete((content, chunks_len))) => {
                Complete(Message { content, len: len + chunks_len, ..message })
            }
            Ok(Status::Partial) => Incomplete,
            Err(reason) => Refused(reason),
        },
    }
}

/// The one thing svcd accepts and httparse does not: HTTP/1.2 to HTTP/1.9, which RFC 9110 section 2.5 asks a server to treat
/// as the highest minor version it knows.
fn with_known_minor_version(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let start = bytes.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(bytes.len());
    let line = bytes[start..].split_mut(|byte| *byte == b'\n').next();
    if let Some([.., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'2'..=b'9', b'\r']) = line {
        *minor = b'1';
    }
    bytes
}

/// The path inside a request target in any of its forms (RFC 9112 section 3.2).
fn path(target: &str, method: Method) -> &str {
    let path = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => &rest[rest.find(['/', '?']).unwrap_or(rest.len())..],
        _ => target,
    };
    match path.split('?').next() {
        None | Some("") if method == Method::Options => "*",
        None | Some("") => "/",
        Some(path) => path,
    }
}

/// How the content ends (RFC 9112 section 6.3), if that is beyond doubt.
fn framing(fields: &[Header<'_>]) -> Result<Framing, String> {
    let values = |name: &str| -> Vec<_> {
        fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value).collect()
    };
    match (values("transfer-encoding").as_slice(), values("content-length").as_slice()) {
        ([], []) => Ok(Framing::Empty),
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        ([], [length]) if length.iter().all(u8::is_ascii_digit) => {
            let length = std::str::from_utf8(length).ok().and_then(|length| length.parse().ok());
            length.map(Framing::Length).ok_or_else(|| "a length that no u64 can hold".to_owned())
        }
        _ => Err("more than one framing, or none that is known".to_owned()),
    }
}

/// Content in chunks with what stands behind it (RFC 9112 section 7.1), and the bytes that it takes.
pub fn chunks(bytes: &[u8]) -> Result<Status<(Vec<u8>, usize)>, String> {
    let mut content = Vec::new();
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let (line_len, size) = match httparse::parse_chunk_size(rest) {
            Ok(Status::Complete(line)) => line,
            Ok(Status::Partial) => return Ok(Status::Partial),
            Err(_) => return Err("a wrong chunk size".to_owned()),
        };
        if size == 0 {
            at += line_len;
            break;
        }
        let end = usize::try_from(size).ok().and_then(|size| size.checked_add(line_len)).ok_or("a huge chunk")?;
        let Some(data) = rest.get(line_len..end) else { return Ok(Status::Partial) };
        content.extend_from_slice(data);
        match rest[end..] {
            [b'\r', b'\n', ..] => at += end + 2,
            [] | [b'\r'] => return Ok(Status::Partial),
            _ => return Err("no CR LF behind the data of a chunk".to_owned()),
        }
    }
    let mut trailer = [EMPTY_HEADER; FIELDS_MAX];
    match httparse::parse_headers(&bytes[at..], &mut trailer) {
        Ok(Status::Complete((len, _))) => Ok(Status::Complete((content, at + len))),
        Ok(Status::Partial) => Ok(Status::Partial),
        Err(error) => Err(error.to_string()),
    }
}
