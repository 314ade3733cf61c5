//! The way in: the peer's bytes become requests, one after another.

use std::time::{Duration, Instant};

use super::Turn;
use super::close_reason::CloseReason;
use super::inflating::Inflating;
use crate::http::charged::Charged;
use crate::http::chunked::{Decoded, Decoder};
use crate::http::exchange::RequestSummary;
use crate::http::handler::{Handler, guarded, refusal};
use crate::http::ledger::{Charge, NoRoom};
use crate::http::parser::parse_head;
use crate::http::request::{Framing, Head, Method, Request};
use crate::http::response::{CONTINUE, Response, Status};
use crate::http::{Error, Limits};
use crate::inflate::Compression;

/// What has arrived from the peer and is not answered yet.
pub(super) struct Receiving<H: Handler> {
    stage: Stage<H::Route>,
    /// Received and not consumed yet: an incomplete element, or what follows a request that is being computed.
    pub(super) input: Charged<u8>,
    /// When we stop waiting for the peer's next bytes.
    pub(super) deadline: Instant,
}

/// How far the current request has come.
enum Stage<R> {
    /// Between two requests; no byte of the next one has been looked at.
    Idle,
    /// A byte of the head has arrived, or the connection is new.
    Head,
    /// Content-Length; head and content gather in the input.
    Content {
        head: Head,
        route: R,
    },
    Apart(Box<Apart<R>>),
}

/// A request whose content leaves the input as it arrives: it is chunked, compressed, or unwanted and only read to find its end.
struct Apart<R> {
    summary: RequestSummary<'static, R>,
    /// The route that will answer, or the answer.
    plan: Result<(Head, R), Response>,
    rest: Rest,
    /// The head, then the content decoded so far; empty if the answer is known.
    message: Charged<u8>,
    /// What inflates the content, if it is compressed.
    inflating: Option<Box<Inflating>>,
}

/// The part still to come.
enum Rest {
    Chunks(Decoder),
    Bytes(usize),
}

/// What the consumed bytes amount to.
pub(super) enum Received<'a, R> {
    /// Nothing yet.
    Nothing,
    /// A complete request. `message`: its head, then its content without framing.
    Request { head: Head, route: R, message: Arrived<'a> },
    /// The end of a request that was answered by its head alone. `last`: why no other may follow.
    Answer { summary: RequestSummary<'a, R>, response: Response, last: Option<CloseReason> },
    /// A broken rule.
    Refusal(RequestSummary<'a, R>, Error),
}

/// A request's head, then its content without framing.
pub(super) enum Arrived<'a> {
    /// Where it arrived.
    Here(&'a [u8]),
    /// On its own.
    Apart(Charged<u8>),
}

/// A complete request on its own: what its head says, its route, and its head and content without framing.
type Complete<R> = (Head, R, Charged<u8>);

/// How many bytes were consumed, and what they amount to. Zero and `Nothing`: more must arrive first.
type Consumed<'a, R> = (usize, Received<'a, R>);

impl<H: Handler> Receiving<H> {
    pub(super) fn new(input: Charged<u8>, deadline: Instant) -> Receiving<H> {
        Receiving { stage: Stage::Head, input, deadline }
    }

    /// Consumes the next element at the start of `data`.
    pub(super) fn advance<'a>(&mut self, data: &'a [u8], turn: &mut Turn<'_, H>) -> Consumed<'a, H::Route> {
        match self.stage {
            Stage::Idle | Stage::Head => self.advance_head(data, turn),
            Stage::Content { head, route } => self.advance_content(&head, route, data),
            Stage::Apart(_) => self.advance_apart(data, turn),
        }
    }

    fn advance_head<'a>(&mut self, data: &'a [u8], turn: &mut Turn<'_, H>) -> Consumed<'a, H::Route> {
        match parse_head(data, turn.limits) {
            Ok(Some(head)) => self.begin(&head, data, turn),
            Ok(None) => {
                if matches!(self.stage, Stage::Idle) && begins_request(data) {
                    self.stage = Stage::Head;
                    self.deadline = turn.now + turn.limits.head_timeout;
                }
                (0, Received::Nothing)
            }
            Err(error) => (0, Received::Refusal(RequestSummary::unread(method_of_incomplete(data), turn.now), error)),
        }
    }

    /// Begins a request whose head is complete: plans the answer, then waits for the content.
    fn begin<'a>(&mut self, head: &Head, data: &'a [u8], turn: &mut Turn<'_, H>) -> Consumed<'a, H::Route> {
        let (head_len, now) = (head.len, turn.now);
        let head_bytes = data.get(..head_len).unwrap_or_default();
        let summary = |route| RequestSummary::new(head, head_bytes, route, now);
        let request = Request::new(head, data, &[]);
        let awaits_continue = head.expects_continue && request.announces_content() && data.len() == head_len;
        if matches!(head.framing, Framing::Length(length) if length > turn.limits.content_bytes_max as u64) {
            return (0, Received::Refusal(summary(Self::route(&request, turn)), Error::ContentTooLarge));
        }
        let plan = match Self::plan(&request, head, turn) {
            Ok(Err(response)) if awaits_continue || matches!(head.framing, Framing::Empty | Framing::Length(0)) => {
                // The client has its answer before it sends the content; whether it still sends it is unknown.
                let last = awaits_continue.then_some(CloseReason::ContinueRefused);
                self.stage = Stage::Idle;
                return (head_len, Received::Answer { summary: summary(None), response, last });
            }
            Ok(plan) => plan,
            Err(error) => return (0, Received::Refusal(summary(None), error)),
        };
        if awaits_continue {
            turn.out.append(CONTINUE.len(), |out| out.extend_from_slice(CONTINUE));
        }
        self.deadline = now + turn.limits.body_timeout;
        let (rest, plan) = match (head.framing, plan) {
            (Framing::Chunked, plan) => (Rest::Chunks(Decoder::default()), plan.map(|route| (*head, route))),
            (_, Err(response)) => (Rest::Bytes(head.message_len() - head_len), Err(response)),
            (_, Ok(route)) if inflates(&request) => (Rest::Bytes(head.message_len() - head_len), Ok((*head, route))),
            (_, Ok(route)) => {
                if data.len() < head.message_len() {
                    self.stage = Stage::Content { head: *head, route };
                }
                return self.advance_content(head, route, data);
            }
        };
        let route = plan.as_ref().ok().map(|(_, route)| *route);
        let mut message = self.input.sibling();
        let prepared = if route.is_some() { message.extend(head_bytes, head_len) } else { Ok(()) };
        let Ok(inflating) =
            prepared.and_then(|()| Self::inflating(&request, route.is_some(), self.input.empty_charge(), turn))
        else {
            return (0, Received::Refusal(summary(route), Error::BufferedBytes));
        };
        let summary = summary(route).into_owned();
        self.stage = Stage::Apart(Box::new(Apart { summary, plan, rest, message, inflating }));
        (head_len, Received::Nothing)
    }

    /// What is to inflate the content of a request.
    fn inflating(
        request: &Request<'_>,
        is_wanted: bool,
        charge: Charge,
        turn: &Turn<'_, H>,
    ) -> Result<Option<Box<Inflating>>, NoRoom> {
        let Some(compression) = compression(request).filter(|_| is_wanted) else { return Ok(None) };
        let message_max = request.head.len + turn.limits.content_bytes_max;
        Inflating::begin(compression, message_max, charge).map(|inflating| Some(Box::new(inflating)))
    }

    /// What the head alone decides: a route or the final answer.
    fn plan(request: &Request<'_>, head: &Head, turn: &Turn<'_, H>) -> Result<Result<H::Route, Response>, Error> {
        if head.content_type_lines > 1 {
            return Ok(Err(refusal(Error::ContentTypes, Self::route(request, turn), turn.handler)));
        }
        guarded(turn.handler, || turn.handler.route(request))
    }

    /// The route of a request that is refused all the same.
    #[cold]
    fn route(request: &Request<'_>, turn: &Turn<'_, H>) -> Option<H::Route> {
        guarded(turn.handler, || turn.handler.route(request)).ok()?.ok()
    }

    fn advance_content<'a>(&mut self, head: &Head, route: H::Route, data: &'a [u8]) -> Consumed<'a, H::Route> {
        let Some(message) = data.get(..head.message_len()) else { return (0, Received::Nothing) };
        self.stage = Stage::Idle;
        (message.len(), Received::Request { head: *head, route, message: Arrived::Here(message) })
    }

    fn advance_apart<'a>(&mut self, data: &[u8], turn: &mut Turn<'_, H>) -> Consumed<'a, H::Route> {
        let Stage::Apart(apart) = &mut self.stage else { return (0, Received::Nothing) };
        let decoded = apart.decode(data, turn);
        if let Ok(Decoded { used, done: false }) = decoded {
            return (used, Received::Nothing);
        }
        let Stage::Apart(apart) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return (0, Received::Nothing);
        };
        let Apart { summary, plan, message, .. } = *apart;
        let summary = RequestSummary { since: turn.now, ..summary };
        match (decoded, plan) {
            (Err(error), _) => (0, Received::Refusal(summary, error)),
            (Ok(decoded), Ok((head, route))) => {
                (decoded.used, Received::Request { head, route, message: Arrived::Apart(message) })
            }
            (Ok(decoded), Err(response)) => (decoded.used, Received::Answer { summary, response, last: None }),
        }
    }

    /// What is known of the current request. `lost`: what has arrived of it without being kept.
    pub(super) fn summary(&self, lost: &[u8], now: Instant) -> RequestSummary<'_, H::Route> {
        match &self.stage {
            Stage::Idle | Stage::Head => {
                let head = if self.input.is_empty() { lost } else { &self.input };
                RequestSummary::unread(method_of_incomplete(head), now)
            }
            Stage::Content { head, route } => {
                RequestSummary::new(head, self.input.get(..head.len).unwrap_or_default(), Some(*route), now)
            }
            Stage::Apart(apart) => RequestSummary { since: now, ..apart.summary.clone() },
        }
    }

    /// Waits for the next request, at most until `deadline`.
    pub(super) fn await_request(&mut self, deadline: Instant) {
        self.stage = Stage::Idle;
        self.deadline = deadline;
    }

    /// Waits for the next request at most until `deadline`, if no byte of it has been looked at.
    pub(super) fn stay_idle(&mut self, deadline: Instant) {
        if matches!(self.stage, Stage::Idle) {
            self.deadline = deadline;
        }
    }

    /// Whether a byte of the next request has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.has_head() || begins_request(&self.input)
    }

    /// Whether the head is complete and the content is not.
    pub(super) fn has_head(&self) -> bool {
        !matches!(self.stage, Stage::Idle | Stage::Head)
    }

    /// What becomes of the connection once the deadline has passed.
    pub(super) fn overdue(&self) -> CloseReason {
        match (self.has_head(), self.has_begun()) {
            (true, _) => CloseReason::Refused(Error::BodyTimeout),
            (false, true) => CloseReason::Refused(Error::HeadTimeout),
            (false, false) => CloseReason::Idle,
        }
    }

    /// Adds `bytes` to those that are waiting.
    ///
    /// # Errors
    /// [`NoRoom`]; then nothing has changed.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), NoRoom> {
        let message_len = match &self.stage {
            Stage::Content { head, .. } => head.message_len(),
            _ => usize::MAX,
        };
        self.input.extend(bytes, message_len)
    }

    /// Takes a large request once it is complete, to move it to a compute thread without a copy; `None` if there is none.
    ///
    /// # Errors
    /// [`NoRoom`] for what has arrived after it; then nothing has changed.
    pub(super) fn take_large(&mut self, limits: &Limits) -> Result<Option<Complete<H::Route>>, NoRoom> {
        let Stage::Content { head, route } = self.stage else { return Ok(None) };
        let message_len = head.message_len();
        if self.input.len() < message_len || message_len - head.len < limits.offload_bytes_min {
            return Ok(None);
        }
        let mut rest = self.input.sibling();
        let behind = self.input.get(message_len..).unwrap_or_default();
        rest.extend(behind, behind.len())?;
        self.stage = Stage::Idle;
        let mut message = std::mem::replace(&mut self.input, rest);
        message.truncate(message_len);
        Ok(Some((head, route, message)))
    }

    /// Since when the request has been arriving, if it has begun and takes longer than is fair to others who wait for a place.
    pub(super) fn slow_since(&self, now: Instant, limits: &Limits) -> Option<Instant> {
        let timeout = match (self.has_head(), self.has_begun()) {
            (true, _) => limits.body_timeout,
            (false, true) => limits.head_timeout,
            (false, false) => return None,
        };
        let since = self.deadline.checked_sub(timeout)?;
        let decoded = match &self.stage {
            Stage::Apart(apart) => apart.inflating.as_ref().map_or(apart.message.len(), |inflating| inflating.received),
            _ => 0,
        };
        let seconds = (self.input.len() + decoded) / limits.fair_bytes_per_second;
        (since + limits.fair_time + Duration::from_secs(seconds as u64) < now).then_some(since)
    }

    /// Whether there is more to do with what has arrived, in another turn.
    pub(super) fn has_more(&self) -> bool {
        matches!(&self.stage, Stage::Apart(apart) if apart.inflating.as_ref().is_some_and(|inflating| inflating.has_more))
    }

    /// Drops everything that has arrived.
    pub(super) fn clear(&mut self) {
        self.stage = Stage::Idle;
        self.input.trim();
    }
}

impl<R: Copy> Apart<R> {
    /// Takes what it can off the start of `data`.
    fn decode<H: Handler<Route = R>>(&mut self, data: &[u8], turn: &Turn<'_, H>) -> Result<Decoded, Error> {
        let content_max = turn.limits.content_bytes_max;
        let message_max = self.plan.as_ref().map_or(0, |(head, _)| head.len) + content_max;
        if let Some(inflating) = self.inflating.as_mut().filter(|inflating| inflating.has_more) {
            let (is_whole, inflated) = (inflating.is_whole(), inflating.go_on(&mut self.message));
            return Ok(Decoded { used: 0, done: self.settle(inflated, is_whole, turn)? });
        }
        // Where the content is inflated, its chunks are put together on their own first.
        let mut compressed = self.message.sibling();
        let content = if self.inflating.is_some() { &mut compressed } else { &mut self.message };
        let Decoded { used, done } = match &mut self.rest {
            // A chunk is never longer when it is decoded.
            Rest::Chunks(decoder) => match content.room_for(data.len(), message_max) {
                Ok(content) => decoder.decode(data, content, turn.limits)?,
                Err(_) => return Err(Error::BufferedBytes),
            },
            Rest::Bytes(left) => {
                let used = data.len().min(*left);
                *left -= used;
                Decoded { used, done: *left == 0 }
            }
        };
        let bytes = match self.rest {
            Rest::Chunks(_) => &*compressed,
            Rest::Bytes(_) => data.get(..used).unwrap_or_default(),
        };
        let inflated = match &mut self.inflating {
            Some(inflating) => inflating.take(bytes, done, &mut self.message),
            None => Ok(done),
        };
        Ok(Decoded { used, done: self.settle(inflated, done, turn)? })
    }

    /// Whether the request is complete, after what has become of its content. `is_framed`: the end of the content has been found.
    fn settle<H: Handler<Route = R>>(
        &mut self,
        inflated: Result<bool, Error>,
        is_framed: bool,
        turn: &Turn<'_, H>,
    ) -> Result<bool, Error> {
        let is_complete = match inflated {
            Ok(is_complete) => is_complete,
            Err(error) if error.status() != Status::BAD_REQUEST => return Err(error),
            Err(error) => {
                // The framing is sound, so the rest of the content is only read to find its end.
                self.plan = Err(refusal(error, self.summary.route, turn.handler));
                self.inflating = None;
                is_framed
            }
        };
        if self.plan.is_err() {
            self.message.trim();
        }
        Ok(is_complete)
    }
}

/// How the content of a request is compressed, if that is known here and the method has a use for content (RFC 9110 section 9.3).
fn compression(request: &Request<'_>) -> Option<Compression> {
    let has_use = !matches!(request.head.method, Method::Get | Method::Head | Method::Options);
    request.content_coding().ok().flatten().filter(|_| has_use)
}

/// Whether content whose length is known is inflated.
fn inflates(request: &Request<'_>) -> bool {
    request.head.has_content_coding && request.announces_content() && compression(request).is_some()
}

/// Whether a byte of a request has arrived. Empty lines are not part of one (RFC 9112 section 2.2).
fn begins_request(input: &[u8]) -> bool {
    input.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
}

/// The method of an incomplete or invalid head: even then an answer to HEAD must not have content.
fn method_of_incomplete(data: &[u8]) -> Option<Method> {
    let line_start = data.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    data.get(line_start..)?.starts_with(b"HEAD ").then_some(Method::Head)
}
