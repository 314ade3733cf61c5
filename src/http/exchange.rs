//! The way of one request through its connection: head, content, answer.
//!
//! The other half of [`Connection`]: here is what consumes bytes and makes answers, there what the event loop calls.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use super::Error;
use super::chunked::Decoder;
use super::connection::{Chunked, Computing, Connection, Discard, Job, State, Turn, begins_request};
use super::handler::{Event, Exchange, Handler};
use super::parser::parse_head;
use super::request::{Framing, Head, Method, Request};
use super::response::{self, CONTINUE, Persistence, Response, Status};

/// Whether a step consumed bytes or needs more of them.
enum Step {
    Used(usize),
    Wait,
}

impl<R: Copy> Connection<R> {
    /// Consumes complete elements at the start of `data`; says how many bytes.
    pub(super) fn advance<H: Handler<Route = R>>(&mut self, data: &[u8], turn: &mut Turn<'_, H>) -> usize {
        self.is_held_back = false;
        let mut used = 0;
        loop {
            let rest = data.get(used..).unwrap_or_default();
            if self.unsent.len() + turn.out.len() > turn.limits.unsent_bytes_max {
                self.is_held_back = true;
                return used;
            }
            let step = match self.state {
                State::Head => self.head_step(rest, turn),
                State::Content { head, route } => self.content_step(head, route, rest, turn),
                State::Chunked(_) => self.chunked_step(rest, turn),
                State::Discard(_) => self.discard_step(rest, turn),
                State::Computing { .. } | State::Closing | State::Lingering { .. } | State::Closed => Step::Wait,
            };
            match step {
                Step::Used(bytes) => used += bytes,
                Step::Wait => return used,
            }
        }
    }

    /// Answers `error` to the request that this connection is at, and reads no further one.
    pub(super) fn refuse<H: Handler<Route = R>>(&mut self, error: Error, turn: &mut Turn<'_, H>) {
        let asked = match &self.state {
            State::Content { head, route } => Asked::new(&Request::new(head, &self.input, &[]), Some(*route), turn.now),
            State::Chunked(chunked) => {
                let Chunked { head, plan, message, .. } = &**chunked;
                Asked::new(&Request::new(head, message, &[]), plan.as_ref().ok().copied(), turn.now)
            }
            State::Discard(discard) => Asked::parked(&discard.head, discard.request_id.as_deref(), turn.now),
            State::Computing(computing) => computing.asked(computing.request_id.as_deref()),
            _ => Asked::unread(method_of_incomplete(&self.input), turn.now),
        };
        refuse_to(&asked, error, turn);
        self.state = State::Closing;
    }

    fn head_step<H: Handler<Route = R>>(&mut self, data: &[u8], turn: &mut Turn<'_, H>) -> Step {
        match parse_head(data, turn.limits) {
            Ok(Some(head)) => self.begin(head, data, turn),
            Ok(None) => {
                if !self.head_began && begins_request(data) {
                    self.head_began = true;
                    self.read_deadline = turn.now + turn.limits.head_timeout;
                }
                Step::Wait
            }
            Err(error) => {
                refuse_to(&Asked::unread(method_of_incomplete(data), turn.now), error, turn);
                self.state = State::Closing;
                Step::Wait
            }
        }
    }

    /// A head is complete: plan the answer, then go for the content.
    fn begin<H: Handler<Route = R>>(&mut self, head: Head, data: &[u8], turn: &mut Turn<'_, H>) -> Step {
        let request = Request::new(&head, data, &[]);
        let plan = match plan(&request, &head, turn) {
            Ok(plan) => plan,
            Err(error) => {
                refuse_to(&Asked::new(&request, None, turn.now), error, turn);
                self.state = State::Closing;
                return Step::Wait;
            }
        };
        let waits_for_leave = head.expects_continue() && request.announces_content() && data.len() == head.len();
        match (head.framing, plan) {
            // The client is told before it sends; whether it then sends is unknown, so the connection ends.
            (_, Err(response)) if waits_for_leave => {
                self.answer(&head, &Asked::new(&request, None, turn.now), response, true, turn);
                return Step::Wait;
            }
            (Framing::Empty | Framing::Length(0), plan) => {
                self.finish(&head, plan, data, &[], turn);
                return Step::Used(head.len());
            }
            (Framing::Length(_), Ok(route)) if data.len() >= head.message_len() => {
                return self.content_step(head, route, data, turn);
            }
            (Framing::Length(_), Ok(route)) => self.state = State::Content { head, route },
            (Framing::Length(_), Err(response)) => {
                let bytes_left = head.message_len() - head.len();
                let request_id = request.request_id().map(Box::from);
                self.state = State::Discard(Box::new(Discard { head, request_id, response, bytes_left }));
            }
            (Framing::Chunked, plan) => {
                let message = data.get(..head.len()).unwrap_or_default().to_vec();
                self.state = State::Chunked(Box::new(Chunked { head, plan, decoder: Decoder::new(), message }));
            }
        }
        if waits_for_leave {
            turn.out.extend_from_slice(CONTINUE);
        }
        self.read_deadline = turn.now + turn.limits.body_timeout;
        // With Content-Length, head and content stay together in the input.
        if matches!(self.state, State::Content { .. }) { Step::Wait } else { Step::Used(head.len()) }
    }

    fn content_step<H: Handler<Route = R>>(
        &mut self,
        head: Head,
        route: R,
        data: &[u8],
        turn: &mut Turn<'_, H>,
    ) -> Step {
        let Some(content) = data.get(head.len()..head.message_len()) else { return Step::Wait };
        self.finish(&head, Ok(route), data, content, turn);
        Step::Used(head.message_len())
    }

    fn chunked_step<H: Handler<Route = R>>(&mut self, data: &[u8], turn: &mut Turn<'_, H>) -> Step {
        let State::Chunked(chunked) = &mut self.state else { return Step::Wait };
        let step = match chunked.decoder.decode(data, &mut chunked.message, turn.limits) {
            Ok(step) => step,
            Err(error) => {
                self.refuse(error, turn);
                return Step::Wait;
            }
        };
        if chunked.plan.is_err() {
            chunked.message.truncate(chunked.head.len());
        }
        if !step.done {
            return if step.used == 0 { Step::Wait } else { Step::Used(step.used) };
        }
        if let State::Chunked(chunked) = std::mem::replace(&mut self.state, State::Head) {
            let Chunked { head, plan, message, .. } = *chunked;
            match plan {
                Ok(route) if message.len() - head.len() >= turn.limits.offload_bytes_min => {
                    self.offload(head, route, message, turn);
                }
                plan => {
                    let content = message.get(head.len()..).unwrap_or_default();
                    self.finish(&head, plan, &message, content, turn);
                }
            }
        }
        Step::Used(step.used)
    }

    fn discard_step<H: Handler<Route = R>>(&mut self, data: &[u8], turn: &mut Turn<'_, H>) -> Step {
        let State::Discard(discard) = &mut self.state else { return Step::Wait };
        let here = data.len().min(discard.bytes_left);
        discard.bytes_left -= here;
        if discard.bytes_left > 0 {
            return if here == 0 { Step::Wait } else { Step::Used(here) };
        }
        if let State::Discard(discard) = std::mem::replace(&mut self.state, State::Head) {
            let Discard { head, request_id, response, .. } = *discard;
            self.answer(&head, &Asked::parked(&head, request_id.as_deref(), turn.now), response, false, turn);
        }
        Step::Used(here)
    }

    /// The request is whole: answer it here, or leave it to a compute thread.
    fn finish<H: Handler<Route = R>>(
        &mut self,
        head: &Head,
        plan: Result<R, Response>,
        message: &[u8],
        content: &[u8],
        turn: &mut Turn<'_, H>,
    ) {
        let request = Request::new(head, message, content);
        let asked = Asked::new(&request, plan.as_ref().ok().copied(), turn.now);
        match plan {
            Err(response) => self.answer(head, &asked, response, false, turn),
            Ok(route) if content.len() >= turn.limits.offload_bytes_min => {
                let message = message.get(..head.message_len()).unwrap_or_default().to_vec();
                self.offload(*head, route, message, turn);
            }
            Ok(route) => match respond(turn.handler, route, &request, turn.local, std::mem::take(turn.spare)) {
                Ok(response) => self.answer(head, &asked, response, false, turn),
                Err(error) => {
                    refuse_to(&asked, error, turn);
                    self.state = State::Closing;
                }
            },
        }
    }

    /// Hands a whole request to a compute thread; `message` is head and content without framing.
    pub(super) fn offload<H: Handler<Route = R>>(
        &mut self,
        head: Head,
        route: R,
        message: Vec<u8>,
        turn: &mut Turn<'_, H>,
    ) {
        let mut hold = self.hold.take();
        let request_id = Request::new(&head, &message, &[]).request_id().map(Box::from);
        let (since, received_bytes) = (turn.now, message.len());
        let client = Arc::new(());
        let awaited = Arc::downgrade(&client);
        let computing = Computing { head, request_id, route, since, received_bytes, _client: client };
        self.state = State::Computing(Box::new(computing));
        if hold.set(message.capacity()) {
            *turn.job = Some(Job { route, head, message, client: awaited, _hold: hold });
        } else {
            self.refuse(Error::BufferedBytes, turn);
        }
    }

    /// Writes the answer and decides whether another request may follow.
    pub(super) fn answer<H: Handler<Route = R>>(
        &mut self,
        head: &Head,
        asked: &Asked<'_, R>,
        response: Response,
        is_last: bool,
        turn: &mut Turn<'_, H>,
    ) {
        let is_last = is_last || turn.is_draining || !head.persists() || response.status == Status::UNAVAILABLE;
        let persistence = match (is_last, head.is_http10()) {
            (true, _) => Persistence::Close,
            (false, true) => Persistence::KeepAlive,
            (false, false) => Persistence::Open,
        };
        send(asked, None, &response, persistence, turn);
        *turn.spare = response.content;
        turn.spare.clear();
        self.state = if is_last { State::Closing } else { State::Head };
        self.head_began = false;
        self.read_deadline = turn.now + turn.limits.idle_timeout;
    }
}

/// What [`Exchange`] says of a request, in so far as it is known before the answer.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a, R> {
    method: Option<Method>,
    route: Option<R>,
    request_id: Option<&'a str>,
    since: Instant,
    received_bytes: usize,
}

impl<'a, R> Asked<'a, R> {
    /// A request whose bytes are here.
    fn new(request: &Request<'a>, route: Option<R>, since: Instant) -> Asked<'a, R> {
        let received_bytes = request.head_len() + request.content().len();
        Asked { method: Some(request.method()), route, request_id: request.request_id(), since, received_bytes }
    }

    /// A request whose content is thrown away.
    fn parked(head: &Head, request_id: Option<&'a str>, since: Instant) -> Asked<'a, R> {
        Asked { method: Some(head.method), route: None, request_id, since, received_bytes: head.len() }
    }

    /// A request whose head could not be read.
    fn unread(method: Option<Method>, since: Instant) -> Asked<'a, R> {
        Asked { method, route: None, request_id: None, since, received_bytes: 0 }
    }
}

impl<R: Copy> Computing<R> {
    /// `request_id`: its own, which may have been taken out.
    pub(super) fn asked<'a>(&self, request_id: Option<&'a str>) -> Asked<'a, R> {
        let Computing { head, route, since, received_bytes, .. } = *self;
        Asked { method: Some(head.method), route: Some(route), request_id, since, received_bytes }
    }
}

/// Answers `error`; the connection is to be closed.
fn refuse_to<H: Handler>(asked: &Asked<'_, H::Route>, error: Error, turn: &mut Turn<'_, H>) {
    let response = refusal(error, turn.handler);
    send(asked, Some(error), &response, Persistence::Close, turn);
}

/// Writes an answer into the turn's buffer, and tells the handler of it.
fn send<H: Handler>(
    asked: &Asked<'_, H::Route>,
    refused: Option<Error>,
    response: &Response,
    persistence: Persistence,
    turn: &mut Turn<'_, H>,
) {
    let request_id = asked.request_id.unwrap_or_else(|| turn.ids.next());
    let omit_content = asked.method == Some(Method::Head);
    let out_bytes = turn.out.len();
    response::write(response, turn.date, request_id, persistence, omit_content, turn.out);
    let exchange = Exchange {
        route: asked.route,
        method: asked.method,
        status: response.status,
        refused,
        request_id,
        peer: turn.peer,
        duration: (turn.clock)().saturating_duration_since(asked.since),
        received_bytes: asked.received_bytes,
        sent_bytes: turn.out.len() - out_bytes,
        rows: response.rows,
    };
    // The answer stands, whatever becomes of the telling.
    let _ = guarded(turn.handler, || turn.handler.served(&exchange, turn.local));
}

/// The method where no whole head came of the bytes: an answer to HEAD must not have content even so.
fn method_of_incomplete(data: &[u8]) -> Option<Method> {
    let line_start = data.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    data.get(line_start..)?.starts_with(b"HEAD ").then_some(Method::Head)
}

/// What the head alone decides: a route, or the final answer.
fn plan<H: Handler>(
    request: &Request<'_>,
    head: &Head,
    turn: &mut Turn<'_, H>,
) -> Result<Result<H::Route, Response>, Error> {
    if matches!(head.framing, Framing::Length(length) if length > turn.limits.content_bytes_max as u64) {
        return Err(Error::ContentTooLarge);
    }
    if head.content_type_lines > 1 {
        return Ok(Err(refusal(Error::ContentTypes, turn.handler)));
    }
    guarded(turn.handler, || turn.handler.route(request))
}

/// Calls the handler; a panic leaves `local` as new.
///
/// # Errors
///
/// `Error::Handler` when it panicked.
pub(super) fn respond<H: Handler>(
    handler: &H,
    route: H::Route,
    request: &Request<'_>,
    local: &mut H::Local,
    content: Vec<u8>,
) -> Result<Response, Error> {
    let response = guarded(handler, || handler.respond(route, request, local, content));
    if response.is_err() {
        *local = H::Local::default();
    }
    response
}

fn refusal<H: Handler>(error: Error, handler: &H) -> Response {
    handler.refuse(error.status(), &error.to_string())
}

/// Runs a call into the handler; a panic in it ends one request, not the thread and its other connections.
fn guarded<H: Handler, T>(handler: &H, call: impl FnOnce() -> T) -> Result<T, Error> {
    panic::catch_unwind(AssertUnwindSafe(call)).map_err(|_| {
        handler.report(&Event::HandlerPanicked);
        Error::Handler
    })
}
