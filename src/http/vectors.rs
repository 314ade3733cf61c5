//! The table of requests as the parser and the decoder are tested with it, and how they read a message.

use super::Limits;
use super::chunked::Decoder;
use super::parser::parse_head;
use super::request::{Framing, Request};
use crate::requests::{Facts, cases};

pub(super) use crate::requests::Outcome;

/// One message, or the beginning of one, and what must come of it.
#[derive(Debug)]
pub(super) struct Vector {
    pub(super) row: &'static str,
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) outcome: Outcome,
}

/// All cases of the table that are of the parser.
pub(super) fn vectors() -> Vec<Vector> {
    let of_case = |case: crate::requests::Case| {
        Some(Vector { row: case.row, name: case.name, bytes: case.request, outcome: case.reading? })
    };
    cases().into_iter().filter_map(of_case).collect()
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
                method: head.method,
                path: request.path().to_vec(),
                content: Vec::new(),
                is_http10: head.is_http10,
                persists: head.persists,
                expects_continue: head.expects_continue,
                content_type_lines: head.content_type_lines,
            };
            input.drain(..head.len);
            used += head.len;
            begun = Some((head.framing, facts, Decoder::default()));
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
