//! Test vectors for the parser and the chunked decoder: one table, a line for each way to be right or wrong.
//!
//! A row id (`R01` request line, `H01` fields, `L01` length, `T01` transfer coding) names a requirement; the black-box tests use
//! the same ids. In the bytes, `⏎` is CR LF, a line `H` is `Host: h`, a character up to U+00FF is that byte, and any other
//! character is its UTF-8.

mod contents;
mod heads;

use super::chunked::Decoder;
use super::parser::parse_head;
use super::request::{Framing, Method, Request};
use super::{Error, Limits};

/// One message, or the beginning of one, and what must come of it.
#[derive(Debug)]
pub(super) struct Vector {
    pub(super) row: &'static str,
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) outcome: Outcome,
}

/// What reading comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing is wrong so far.
    Incomplete,
    Complete(Facts),
    Refused(Error),
}

/// What a complete message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) method: Method,
    pub(super) path: Vec<u8>,
    pub(super) content: Vec<u8>,
    pub(super) is_http10: bool,
    pub(super) persists: bool,
    pub(super) expects_continue: bool,
    pub(super) content_type_lines: usize,
}

/// Reads the message at the start of `bytes`, head and content, and says how many bytes it takes.
pub(super) fn read_message(bytes: &[u8], limits: &Limits) -> (Outcome, usize) {
    read_in_parts([bytes], limits)
}

/// The same for bytes that come in parts, each of them kept only until it is consumed, as a connection does it.
pub(super) fn read_in_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> (Outcome, usize) {
    let mut input = Vec::new();
    let mut begun = None;
    let mut used = 0;
    for part in parts {
        input.extend_from_slice(part);
        if begun.is_none() {
            let head = match parse_head(&input, limits) {
                Ok(Some(head)) => head,
                Ok(None) => continue,
                Err(error) => return (Outcome::Refused(error), used),
            };
            let request = Request::new(&head, &input, &[]);
            let facts = Facts {
                method: head.method(),
                path: request.path().to_vec(),
                content: Vec::new(),
                is_http10: head.is_http10(),
                persists: head.persists(),
                expects_continue: head.expects_continue(),
                content_type_lines: head.content_type_lines,
            };
            input.drain(..head.len());
            used += head.len();
            begun = Some((head.framing(), facts, Decoder::new()));
        }
        let Some((framing, facts, decoder)) = &mut begun else { continue };
        let step = match *framing {
            Framing::Empty => Some(0),
            Framing::Length(length) => {
                let content = usize::try_from(length).ok().and_then(|length| input.get(..length));
                content.map(|content| {
                    facts.content = content.to_vec();
                    content.len()
                })
            }
            Framing::Chunked => match decoder.decode(&input, &mut facts.content, limits) {
                Ok(step) => {
                    input.drain(..step.used);
                    used += step.used;
                    step.done.then_some(0)
                }
                Err(error) => return (Outcome::Refused(error), used),
            },
        };
        if let Some(step) = step {
            return (Outcome::Complete(facts.clone()), used + step);
        }
    }
    (Outcome::Incomplete, used)
}

/// The bytes that a text stands for; the notation is in the module's documentation.
pub(super) fn wire(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in text.replace("⏎H⏎", "⏎Host: h⏎").chars() {
        match (character, u8::try_from(character)) {
            ('⏎', _) => bytes.extend_from_slice(b"\r\n"),
            (_, Ok(byte)) => bytes.push(byte),
            (other, _) => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The whole table.
pub(super) fn vectors() -> Vec<Vector> {
    let mut table = Table { limits: Limits::default(), vectors: Vec::new() };
    heads::request_line(&mut table);
    heads::target(&mut table);
    heads::host(&mut table);
    heads::fields(&mut table);
    contents::length(&mut table);
    contents::coding(&mut table);
    contents::chunks(&mut table);
    contents::trailers(&mut table);
    table.vectors
}

struct Table {
    limits: Limits,
    vectors: Vec<Vector>,
}

impl Table {
    fn add(&mut self, row: &'static str, name: &'static str, text: &str, outcome: Outcome) {
        self.vectors.push(Vector { row, name, bytes: wire(text), outcome });
    }

    /// A complete message.
    fn takes(&mut self, row: &'static str, name: &'static str, text: &str, facts: Facts) {
        self.add(row, name, text, Outcome::Complete(facts));
    }

    /// A message that breaks one rule.
    fn refuses(&mut self, row: &'static str, name: &'static str, text: &str, error: Error) {
        self.add(row, name, text, Outcome::Refused(error));
    }

    /// A GET whose header section is `fields` and Host.
    fn refuses_fields(&mut self, row: &'static str, name: &'static str, fields: &str, error: Error) {
        self.refuses(row, name, &format!("GET / HTTP/1.1⏎H⏎{fields}"), error);
    }

    /// A POST with a Content-Length of this value.
    fn refuses_length(&mut self, row: &'static str, value: &'static str) {
        let text = format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello");
        self.refuses(row, value, &text, Error::ContentLength);
    }

    /// A POST with a Transfer-Encoding of this value.
    fn refuses_coding(&mut self, row: &'static str, value: &'static str, error: Error) {
        self.refuses(row, value, &format!("POST / HTTP/1.1⏎H⏎Transfer-Encoding: {value}⏎⏎0⏎⏎"), error);
    }

    /// A chunked POST.
    fn takes_chunks(&mut self, row: &'static str, name: &'static str, chunks: &str, content: &str) {
        self.takes(row, name, &chunked(chunks), facts(Method::Post, "/").content(content));
    }

    fn refuses_chunks(&mut self, row: &'static str, name: &'static str, chunks: &str, error: Error) {
        self.refuses(row, name, &chunked(chunks), error);
    }
}

fn chunked(chunks: &str) -> String {
    format!("POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎{chunks}")
}

/// What a message without content says, in HTTP/1.1.
fn facts(method: Method, path: &str) -> Facts {
    Facts {
        method,
        path: wire(path),
        content: Vec::new(),
        is_http10: false,
        persists: true,
        expects_continue: false,
        content_type_lines: 0,
    }
}

impl Facts {
    fn content(self, content: &str) -> Facts {
        Facts { content: wire(content), ..self }
    }

    fn http10(self, persists: bool) -> Facts {
        Facts { is_http10: true, persists, ..self }
    }

    fn closing(self) -> Facts {
        Facts { persists: false, ..self }
    }
}
