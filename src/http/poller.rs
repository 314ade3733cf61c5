//! Waiting for many descriptors at once: epoll on Linux, poll(2) elsewhere and on demand.
//!
//! Both are level-triggered: what is not read or written now is reported again.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
#[cfg(target_os = "linux")]
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

/// Which system call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// epoll, one instance per event loop; poll(2) where there is none.
    Epoll,
    /// poll(2): every wait hands all descriptors to the kernel.
    Poll,
}

/// What a descriptor is watched for. Hang-ups and errors are always reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Interest {
    pub(super) read: bool,
    pub(super) write: bool,
}

impl Interest {
    pub(super) const READ: Interest = Interest { read: true, write: false };
}

/// Pause after a failed wait, so that nobody spins.
pub(super) const POLL_FAILED_PAUSE: Duration = Duration::from_millis(100);

/// What a descriptor is ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Readiness {
    pub(super) token: u64,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The connection is closed in both directions, or broken.
    pub(super) hung_up: bool,
}

/// Most events taken from the kernel in one wait.
#[cfg(target_os = "linux")]
const EVENTS_PER_WAIT: usize = 256;

/// What watches the descriptors of one event loop.
pub(super) enum Poller {
    #[cfg(target_os = "linux")]
    Epoll {
        epoll: Epoll,
        events: Vec<EpollEvent>,
    },
    Poll,
}

impl Poller {
    pub(super) fn new(backend: Backend) -> io::Result<Poller> {
        match backend {
            #[cfg(target_os = "linux")]
            Backend::Epoll => Ok(Poller::Epoll {
                epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
                events: vec![EpollEvent::empty(); EVENTS_PER_WAIT],
            }),
            #[cfg(not(target_os = "linux"))]
            Backend::Epoll => Ok(Poller::Poll),
            Backend::Poll => Ok(Poller::Poll),
        }
    }

    /// Starts to watch `fd`, until it is closed.
    pub(super) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Poller::Epoll { epoll, .. } => Ok(epoll.add(fd, EpollEvent::new(epoll_flags(interest), token))?),
            Poller::Poll => Ok(()),
        }
    }

    /// Watches `fd` for something else.
    pub(super) fn modify(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Poller::Epoll { epoll, .. } => Ok(epoll.modify(fd, &mut EpollEvent::new(epoll_flags(interest), token))?),
            Poller::Poll => Ok(()),
        }
    }

    /// Waits for events, at most `timeout`, and fills `found`. `sources` lists every watched descriptor, since poll(2) keeps none.
    pub(super) fn wait<'a>(
        &mut self,
        sources: impl Iterator<Item = (BorrowedFd<'a>, u64, Interest)>,
        timeout: Option<Duration>,
        found: &mut Vec<Readiness>,
    ) -> io::Result<()> {
        found.clear();
        // Rounded up, so that a wait never ends just too early.
        let milliseconds = |timeout: Duration| i32::try_from(timeout.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX);
        let timeout = timeout.map_or(PollTimeout::NONE, |timeout| {
            PollTimeout::try_from(milliseconds(timeout)).unwrap_or(PollTimeout::ZERO)
        });
        let outcome = match self {
            #[cfg(target_os = "linux")]
            Poller::Epoll { epoll, events } => epoll.wait(events, timeout).map(|count| {
                found.extend(events.iter().take(count).map(|event| {
                    let flags = event.events();
                    Readiness {
                        token: event.data(),
                        readable: flags.contains(EpollFlags::EPOLLIN),
                        writable: flags.contains(EpollFlags::EPOLLOUT),
                        hung_up: flags.intersects(EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR),
                    }
                }));
            }),
            Poller::Poll => poll_wait(sources, timeout, found),
        };
        match outcome {
            Err(Errno::EINTR) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}

#[cfg(target_os = "linux")]
fn epoll_flags(interest: Interest) -> EpollFlags {
    let mut flags = EpollFlags::empty();
    flags.set(EpollFlags::EPOLLIN, interest.read);
    flags.set(EpollFlags::EPOLLOUT, interest.write);
    flags
}

fn poll_wait<'a>(
    sources: impl Iterator<Item = (BorrowedFd<'a>, u64, Interest)>,
    timeout: PollTimeout,
    found: &mut Vec<Readiness>,
) -> Result<(), Errno> {
    let (mut fds, tokens): (Vec<PollFd<'a>>, Vec<u64>) = sources
        .map(|(fd, token, interest)| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::POLLIN, interest.read);
            flags.set(PollFlags::POLLOUT, interest.write);
            (PollFd::new(fd, flags), token)
        })
        .unzip();
    nix::poll::poll(&mut fds, timeout)?;
    found.extend(fds.iter().zip(tokens).filter_map(|(fd, token)| {
        let flags = fd.revents().filter(|flags| !flags.is_empty())?;
        Some(Readiness {
            token,
            readable: flags.contains(PollFlags::POLLIN),
            writable: flags.contains(PollFlags::POLLOUT),
            hung_up: flags.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL),
        })
    }));
    Ok(())
}

/// Waits until one of `sources` is readable, at most `timeout`.
pub(super) fn wait_readable(sources: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<()> {
    Poller::Poll.wait(sources.iter().map(|fd| (*fd, 0, Interest::READ)), timeout, &mut Vec::new())
}
