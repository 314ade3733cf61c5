//! Messages from other threads to one event loop, and the descriptor that wakes it.
//!
//! The descriptor is a socket pair: it stays readable until it is read, so a wake-up between looking and sleeping is never lost.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

/// A queue shared by all senders and the one receiver.
#[derive(Debug)]
pub(super) struct Inbox<M> {
    messages: Mutex<Vec<M>>,
    waker: UnixStream,
    wakened: UnixStream,
}

impl<M> Inbox<M> {
    pub(super) fn new() -> io::Result<Inbox<M>> {
        let (waker, wakened) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        wakened.set_nonblocking(true)?;
        Ok(Inbox { messages: Mutex::new(Vec::new()), waker, wakened })
    }

    /// Adds a message, then wakes the receiver.
    pub(super) fn push(&self, message: M) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        // A full socket does no harm: the receiver wakes all the same.
        let _ = (&self.waker).write(&[1]);
    }

    /// Takes all messages so far. The wake-up is cleared first, so that a later message wakes the receiver again.
    pub(super) fn take(&self) -> Vec<M> {
        let mut sink = [0; 64];
        while matches!((&self.wakened).read(&mut sink), Ok(n) if n == sink.len()) {}
        std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<M> AsFd for Inbox<M> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wakened.as_fd()
    }
}
