//! The listening sockets and the life of the server: bind, accept, hand over to the least-loaded worker, drain.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{Backlog, listen};

use super::Limits;
use super::addresses::Addresses;
use super::compute::Pool;
use super::counters::Counters;
use super::desk::{Arrival, Desk, Message, spawn};
use super::handler::{Event, Handler};
use super::inbox::Inbox;
use super::ledger::Ledger;
use super::poller::{Backend, POLL_FAILED_PAUSE, wait_readable};
use super::worker::{self, Shared, Sockets};

/// Connections that the kernel completes before we accept them (`std` asks for 128).
const BACKLOG: i32 = 1_024;
/// Descriptors kept free for everything but connections: listener, log, model files, refused connections.
const DESCRIPTORS_SPARE: u64 = 64;
/// Descriptors of one event loop: its poller, and both ends of its inbox.
const DESCRIPTORS_PER_WORKER: u64 = 3;
/// Connections accepted before the acceptor checks again whether to stop.
const ACCEPTS_PER_WAIT: usize = 64;
/// Longest time spent emptying the backlog before the listener closes: a flood would never end.
const LAST_ACCEPTS: Duration = Duration::from_secs(1);
/// First and longest pause after an accept that failed for lack of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(5);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Event loops, at least 1.
    pub workers: usize,
    /// Threads for large requests, at least 1.
    pub compute_threads: usize,
    /// The system call that waits for sockets.
    pub backend: Backend,
    /// All limits.
    pub limits: Limits,
}

/// A bound server, not running yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    /// The settings in effect: the connection cap may have been lowered to fit the descriptor limit.
    pub settings: Settings,
    stop: Arc<Inbox<()>>,
    /// What this server counts.
    pub counters: Arc<Counters>,
    /// What it holds for clients.
    pub ledger: Arc<Ledger>,
}

/// Stops the server from another thread.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<Inbox<()>>);

impl Stopper {
    /// Asks the server to stop: after the drain delay it accepts no more connections and finishes the answers under way.
    pub fn stop(&self) {
        self.0.push(());
    }
}

impl Server {
    /// Binds and listens.
    ///
    /// # Errors
    ///
    /// The system's, when the address cannot be bound.
    pub fn bind(mut settings: Settings) -> io::Result<Server> {
        let listeners = vec![listener(settings.address)?];
        settings.workers = settings.workers.max(1);
        let others = DESCRIPTORS_SPARE + DESCRIPTORS_PER_WORKER * settings.workers as u64;
        let room = usize::try_from(raise_descriptor_limit()?.saturating_sub(others)).unwrap_or(usize::MAX);
        settings.limits.connections_max = settings.limits.connections_max.min(room).max(1);
        let ledger = Ledger::new(settings.limits.buffered_bytes_max);
        let counters = Arc::new(Counters::new(settings.workers, settings.limits.connections_max, &ledger));
        Ok(Server { listeners, settings, stop: Arc::new(Inbox::new()?), counters, ledger })
    }

    /// Listens on another address too, on the same port. Returns whether this machine has such an address at all.
    ///
    /// # Errors
    ///
    /// The system's, when the machine has the address but cannot bind it.
    pub fn listen_also(&mut self, ip: IpAddr) -> io::Result<bool> {
        match listener(SocketAddr::new(ip, self.local_addr()?.port())) {
            Ok(listener) => self.listeners.push(listener),
            Err(error) if lacks_family(&error) || error.kind() == io::ErrorKind::AddrNotAvailable => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// The first address, with the real port.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listeners.first().map_or(Err(io::ErrorKind::NotConnected.into()), TcpListener::local_addr)
    }

    /// All addresses, with the real port; the first one first.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// What stops this server.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stop))
    }

    /// Serves until stopped. Calls `ready` once everything that can fail at the start has succeeded.
    ///
    /// # Errors
    ///
    /// The system's, when threads or pollers cannot be created at the start. Later trouble ends connections, not the server.
    pub fn run<H: Handler>(self, handler: Arc<H>, ready: impl FnOnce()) -> io::Result<()> {
        let Settings { workers, compute_threads, backend, limits, .. } = self.settings;
        let desks = (0..workers).map(|_| Desk::new().map(Arc::new)).collect::<io::Result<Vec<_>>>()?;
        let input = self.ledger.part(limits.input_bytes_max());
        let shared = Arc::new(Shared {
            pool: Pool::new(compute_threads, &limits, &self.counters, &handler, (&self.ledger, &input)),
            counters: self.counters,
            ledger: self.ledger,
            input,
            addresses: limits.connections_per_address_max.map(Addresses::new),
            handler,
            limits,
            desks,
            started: Instant::now(),
        });
        let loops = (shared.desks.iter().enumerate())
            .map(|(index, desk)| Sockets::new(&shared, desk, index, backend))
            .collect::<io::Result<Vec<_>>>()?;
        shared.pool.start()?;
        let threads = (loops.into_iter().zip(0..))
            .map(|(sockets, index)| spawn(format!("worker-{index}"), move || worker::run(sockets)))
            .collect::<io::Result<Vec<_>>>()?;
        ready();

        let acceptor = Acceptor { listeners: self.listeners, stop: self.stop, shared: Arc::clone(&shared) };
        acceptor.run();

        let deadline = Instant::now() + shared.limits.shutdown_timeout;
        shared.desks.iter().for_each(|desk| desk.inbox.push(Message::Drain(deadline)));
        for thread in threads {
            // A worker that panicked has already lost its connections; the others still drain.
            let _ = thread.join();
        }
        shared.pool.close();
        Ok(())
    }
}

struct Acceptor<H: Handler> {
    listeners: Vec<TcpListener>,
    stop: Arc<Inbox<()>>,
    shared: Arc<Shared<H>>,
}

impl<H: Handler> Acceptor<H> {
    /// Accepts until stopped; the listeners close when this returns.
    fn run(self) {
        let sources: Vec<_> = self.listeners.iter().map(AsFd::as_fd).chain([self.stop.as_fd()]).collect();
        let mut pause = ACCEPT_PAUSE;
        let mut closing_time: Option<Instant> = None;
        loop {
            let wait = closing_time.map(|time| time.saturating_duration_since(Instant::now()));
            self.wait(&sources, wait);
            if !self.stop.take().is_empty() && closing_time.is_none() {
                closing_time = Some(Instant::now() + self.shared.limits.drain_delay);
            }
            match self.accept_some() {
                Ok(_) => pause = ACCEPT_PAUSE,
                Err(error) => {
                    self.shared.handler.report(&Event::AcceptFailed(&error));
                    self.wait(&[self.stop.as_fd()], Some(pause));
                    pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
                }
            }
            if closing_time.is_some_and(|time| Instant::now() >= time) {
                return self.empty_backlog();
            }
        }
    }

    /// Waits until a source is readable. A wait that fails becomes a pause.
    fn wait(&self, sources: &[BorrowedFd<'_>], timeout: Option<Duration>) {
        if let Err(error) = wait_readable(sources, timeout) {
            self.shared.handler.report(&Event::PollFailed(&error));
            thread::sleep(POLL_FAILED_PAUSE);
        }
    }

    /// No connection the kernel has accepted is reset. We cannot know how many there are: the kernel may allow more than
    /// [`BACKLOG`], see [`backlog`].
    fn empty_backlog(&self) {
        let end = Instant::now() + LAST_ACCEPTS;
        while matches!(self.accept_some(), Ok(true)) && Instant::now() < end {}
    }

    /// Accepts up to [`ACCEPTS_PER_WAIT`] connections from each backlog; returns whether there may be more.
    ///
    /// # Errors
    ///
    /// An error that the next call would meet again: descriptors or memory have run out.
    fn accept_some(&self) -> io::Result<bool> {
        self.listeners.iter().try_fold(false, |is_more, listener| Ok(self.accept_from(listener)? || is_more))
    }

    fn accept_from(&self, listener: &TcpListener) -> io::Result<bool> {
        for _ in 0..ACCEPTS_PER_WAIT {
            match listener.accept() {
                Ok((stream, peer)) => self.hand_over(stream, peer),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Gives a connection to the worker with the fewest; above the cap, to the worker whose connection makes least progress.
    fn hand_over(&self, stream: TcpStream, peer: SocketAddr) {
        self.shared.counters.acceptor.accepted.add(1);
        let place = self.shared.addresses.as_ref().map(|addresses| addresses.place(peer.ip()));
        let is_surplus = matches!(place, Some(None));
        let arrival = Arrival { stream, peer, place: place.flatten() };
        let open: usize = self.shared.desks.iter().map(|desk| desk.connections.load(Ordering::Relaxed)).sum();
        let is_excess = open >= self.shared.limits.connections_max;
        let least_loaded = self.shared.desks.iter().min_by_key(|desk| {
            let stillest = if is_excess { desk.stillest.load(Ordering::Relaxed) } else { 0 };
            (stillest, desk.connections.load(Ordering::Relaxed))
        });
        if let Some(desk) = least_loaded {
            desk.connections.fetch_add(1, Ordering::Relaxed);
            desk.inbox.push(match (is_surplus, is_excess) {
                (true, _) => Message::Surplus(arrival),
                (false, true) => Message::Excess { arrival, workers_asked: 0 },
                (false, false) => Message::Connection(arrival),
            });
        }
    }
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    listen(&listener, backlog())?;
    Ok(listener)
}

/// Whether the system does not speak the version of IP that an address is of.
pub fn lacks_family(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::errno::Errno::EAFNOSUPPORT as i32)
}

/// Whether the error concerns this connection only: the peer or a packet filter ended it before it was accepted.
fn is_about_one_connection(error: &io::Error) -> bool {
    let is_protocol_error = error.raw_os_error() == Some(nix::errno::Errno::EPROTO as i32);
    is_protocol_error
        || matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted | io::ErrorKind::PermissionDenied
        )
}

/// nix allows at most the C library's SOMAXCONN, which is 128 with musl and on macOS, whatever the kernel allows.
fn backlog() -> Backlog {
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    const ELSE: Backlog = Backlog::MAXALLOWABLE;
    #[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
    const ELSE: Backlog = Backlog::MAXCONN;
    Backlog::new(BACKLOG).unwrap_or(ELSE)
}

/// Raises the soft descriptor limit to the hard one; returns the limit in effect.
fn raise_descriptor_limit() -> io::Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_or(soft, |()| hard))
}
