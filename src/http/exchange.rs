//! The way of one request through its connection: head, content, answer.
//!
//! The other half of [`Connection`]: here is what consumes bytes and makes answers, there what the event loop calls.

use std::panic::{self, AssertUnwindSafe};

use super::Error;
use super::chunked::Decoder;
use super::connection::{Chunked, Connection, Discard, Job, State, Turn, begins_request};
use super::handler::{Event, Handler};
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
        let method = match &self.state {
            State::Content { head, .. } | State::Computing { head } => Some(head.method),
            State::Chunked(chunked) => Some(chunked.head.method),
            State::Discard(discard) => Some(discard.head.method),
            _ => method_of_incomplete(&self.input),
        };
        self.refuse_to(method, error, turn);
    }

    fn refuse_to<H: Handler<Route = R>>(&mut self, method: Option<Method>, error: Error, turn: &mut Turn<'_, H>) {
        let response = refusal(error, turn.handler);
        response::write(&response, turn.date, Persistence::Close, method == Some(Method::Head), turn.out);
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
                self.refuse_to(method_of_incomplete(data), error, turn);
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
                self.refuse_to(Some(head.method), error, turn);
                return Step::Wait;
            }
        };
        let waits_for_leave = head.expects_continue() && request.announces_content() && data.len() == head.len();
        match (head.framing, plan) {
            // The client is told before it sends; whether it then sends is unknown, so the connection ends.
            (_, Err(response)) if waits_for_leave => {
                self.answer(&head, response, true, turn);
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
                self.state = State::Discard(Box::new(Discard { head, response, bytes_left }));
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
            self.answer(&discard.head, discard.response, false, turn);
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
        match plan {
            Err(response) => self.answer(head, response, false, turn),
            Ok(route) if content.len() >= turn.limits.offload_bytes_min => {
                let message = message.get(..head.message_len()).unwrap_or_default().to_vec();
                self.offload(*head, route, message, turn);
            }
            Ok(route) => {
                let request = Request::new(head, message, content);
                match respond(turn.handler, route, &request, turn.scratch, std::mem::take(turn.spare)) {
                    Ok(response) => self.answer(head, response, false, turn),
                    Err(error) => self.refuse_to(Some(head.method), error, turn),
                }
            }
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
        self.state = State::Computing { head };
        if hold.set(message.capacity()) {
            *turn.job = Some(Job { route, head, message, _hold: hold });
        } else {
            self.refuse(Error::BufferedBytes, turn);
        }
    }

    /// Writes the answer and decides whether another request may follow.
    pub(super) fn answer<H: Handler<Route = R>>(
        &mut self,
        head: &Head,
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
        response::write(&response, turn.date, persistence, head.method == Method::Head, turn.out);
        *turn.spare = response.content;
        turn.spare.clear();
        self.state = if is_last { State::Closing } else { State::Head };
        self.head_began = false;
        self.read_deadline = turn.now + turn.limits.idle_timeout;
    }
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

/// Calls the handler; a panic leaves `scratch` as new.
///
/// # Errors
///
/// `Error::Handler` when it panicked.
pub(super) fn respond<H: Handler>(
    handler: &H,
    route: H::Route,
    request: &Request<'_>,
    scratch: &mut H::Scratch,
    content: Vec<u8>,
) -> Result<Response, Error> {
    let response = guarded(handler, || handler.respond(route, request, scratch, content));
    if response.is_err() {
        *scratch = H::Scratch::default();
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
