//! The engine inside the test process, with its own limits and a handler that tests can watch and block.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use svcd::http::counters::Counters;
use svcd::http::poller::Backend;
use svcd::http::server::{Server, Settings, Stopper};
use svcd::http::{CloseReason, Event, Handler, Limits, Request, Response, Status};

use crate::client::Client;
use crate::harness::{PATIENCE, eventually};

/// Limits with short deadlines. Deadlines are checked once a second.
pub fn short_limits() -> Limits {
    const SHORT: Duration = Duration::from_millis(200);
    Limits {
        head_timeout: SHORT,
        body_timeout: SHORT,
        write_timeout: SHORT,
        idle_timeout: SHORT,
        linger_timeout: SHORT,
        ..Limits::default()
    }
}

/// A server in this process, stopped on drop.
pub struct Engine {
    pub address: SocketAddr,
    pub probe: Arc<Probe>,
    counters: Arc<Counters>,
    stopper: Stopper,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Engine {
    /// Two event loops on epoll, two compute threads.
    pub fn start(limits: Limits) -> Engine {
        Engine::with(2, Backend::Epoll, limits)
    }

    pub fn with(workers: usize, backend: Backend, limits: Limits) -> Engine {
        let address = ([127, 0, 0, 1], 0).into();
        let settings = Settings { address, workers, compute_threads: 2, backend, limits };
        let server = Server::bind(settings).unwrap();
        let (address, stopper, counters) =
            (server.local_addr().unwrap(), server.stopper(), Arc::clone(&server.counters));
        let probe = Arc::new(Probe::default());
        let handler = Arc::clone(&probe);
        let thread = Some(thread::spawn(move || server.run(handler, || {})));
        Engine { address, probe, counters, stopper, thread }
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Waits until so many requests wait for a compute thread. The kernel's tables do not suffice: under load a segment may reach
    /// the server after `connect` or `send` has returned.
    pub fn await_queued(&self, requests: usize) {
        let is_reached = || (self.counters.compute_waiting.load(Ordering::Relaxed) == requests).then_some(());
        eventually(PATIENCE, "requests in the compute queue", is_reached);
    }

    /// Waits until nothing has been sent for so long: kernels take more for a while from those who read nothing.
    pub fn await_silence(&self, silence: Duration) {
        let sent = || self.counters.sum(|counters| &counters.sent_bytes);
        let (mut last, mut since) = (sent(), Instant::now());
        eventually(PATIENCE, "silence", || {
            let now = sent();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            (since.elapsed() > silence).then_some(())
        });
    }

    /// Asks for a stop, without waiting for it.
    pub fn stop(&self) {
        self.stopper.stop();
    }

    /// Whether it has stopped.
    pub fn has_stopped(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.probe.open_gate();
        self.stopper.stop();
        if !thread::panicking() {
            eventually(PATIENCE, "end of the engine", || self.has_stopped().then_some(()));
            self.thread.take().unwrap().join().unwrap().unwrap();
        }
    }
}

/// Echoes content, and does what some paths ask for.
#[derive(Default)]
pub struct Probe {
    /// Requests that were answered by [`Handler::respond`].
    pub handled: AtomicUsize,
    /// Requests that stand at the gate, or wait until their clients have gone.
    pub waiting: AtomicUsize,
    pub panics: AtomicUsize,
    pub exhaustions: AtomicUsize,
    /// Why connections were closed, in order.
    pub closed: Mutex<Vec<CloseReason>>,
    is_gate_open: Mutex<bool>,
    gate_opened: Condvar,
}

impl Probe {
    /// Lets requests for `/gate` pass, now and later.
    pub fn open_gate(&self) {
        *self.is_gate_open.lock().unwrap() = true;
        self.gate_opened.notify_all();
    }

    pub fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }

    fn stand_at_the_gate(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let is_open = self.is_gate_open.lock().unwrap();
        drop(self.gate_opened.wait_while(is_open, |is_open| !*is_open).unwrap());
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// Computes, in turns with others, until the gate is open.
    fn spin(&self, request: &Request<'_>) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        while !*self.is_gate_open.lock().unwrap() && request.goes_on() {
            thread::sleep(Duration::from_micros(100));
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    fn wait_until_abandoned(&self, request: &Request<'_>) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        eventually(PATIENCE, "end of the client", || (!request.goes_on()).then_some(()));
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Handler for Probe {
    type Route = ();
    type Local = ();

    fn route(&self, request: &Request<'_>) -> Result<(), Response> {
        match request.path() {
            b"/none" => Err(self.refuse(Status::NOT_FOUND, "none", None)),
            b"/panic-at-once" => panic!("asked to"),
            _ => Ok(()),
        }
    }

    fn respond(&self, (): (), request: &Request<'_>, (): &mut (), mut content: Vec<u8>) -> Response {
        self.handled.fetch_add(1, Ordering::SeqCst);
        match request.path().strip_prefix(b"/costly").unwrap_or(request.path()) {
            b"/panic" => panic!("asked to"),
            b"/gate" => self.stand_at_the_gate(),
            b"/until-abandoned" => self.wait_until_abandoned(request),
            b"/spin" => self.spin(request),
            b"/thread" => content.extend_from_slice(thread::current().name().unwrap_or_default().as_bytes()),
            b"/mebibyte" => content.extend_from_slice(&[b'm'; 1 << 20]),
            _ => {}
        }
        content.extend_from_slice(request.content);
        Response::new(Status::OK, "application/octet-stream", content)
    }

    fn work(&self, (): (), request: &Request<'_>, (): &mut ()) -> Duration {
        if request.path().starts_with(b"/costly") { Duration::MAX } else { Duration::ZERO }
    }

    fn refuse(&self, status: Status, reason: &str, _: Option<Self::Route>) -> Response {
        Response::new(status, "text/plain", reason.as_bytes().to_vec())
    }

    fn closed(&self, _peer: SocketAddr, reason: CloseReason) {
        self.closed.lock().unwrap().push(reason);
    }

    fn report(&self, event: &Event<'_>) {
        match event {
            Event::HandlerPanicked => self.panics.fetch_add(1, Ordering::SeqCst),
            Event::ConnectionsExhausted => self.exhaustions.fetch_add(1, Ordering::SeqCst),
            Event::AcceptFailed(_) | Event::PollFailed(_) => 0,
        };
    }
}
