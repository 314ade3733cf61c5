//! Lines on their way to standard error: a bounded buffer, and one thread that empties it.
//!
//! A thread with a line puts it into the buffer and goes on. When nobody reads standard error, only the emptying thread waits: the
//! buffer fills, and further lines are dropped and counted. Once standard error moves again, a line tells how many.

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes that may wait; about 4,000 lines.
const WAITING_BYTES_MAX: usize = 1 << 20;
/// How long lines gather before they are written together: waking a thread for each would cost more than the line.
const GATHER: Duration = Duration::from_millis(5);
/// Pause before another try with a descriptor that somebody has made non-blocking.
const FULL_PAUSE: Duration = Duration::from_millis(10);

/// The buffer.
pub(super) struct Sink {
    state: Mutex<SinkState>,
    changed: Condvar,
    /// Lines dropped so far.
    pub(super) dropped: AtomicU64,
}

#[derive(Default)]
struct SinkState {
    waiting: Vec<u8>,
    /// Lines dropped since the thread last looked.
    dropped: u64,
    /// The thread sleeps until somebody wakes it for a line.
    is_idle: bool,
    is_closing: bool,
    is_done: bool,
}

impl Sink {
    /// Starts the thread that writes to `out`. `tell` makes the line that says how many were dropped.
    pub(super) fn start(
        out: impl Write + Send + 'static,
        tell: impl Fn(u64) -> Vec<u8> + Send + 'static,
    ) -> io::Result<Arc<Sink>> {
        let sink = Arc::new(Sink { state: Mutex::default(), changed: Condvar::new(), dropped: AtomicU64::new(0) });
        let thread = SinkThread { sink: Arc::clone(&sink), out, tell, untold: 0 };
        thread::Builder::new().name("log".to_owned()).spawn(move || thread.run())?;
        Ok(sink)
    }

    /// Takes a whole line, or drops it. Never waits for the output.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.waiting.len() + line.len() > WAITING_BYTES_MAX {
            state.dropped += 1;
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.waiting.extend_from_slice(line);
        // An idle thread has to be woken; one that is gathering should come before the buffer is full.
        let is_urgent = state.waiting.len() > WAITING_BYTES_MAX / 2;
        if mem::take(&mut state.is_idle) || is_urgent {
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Waits until everything is written, for `at_most` this long.
    pub(super) fn close(&self, at_most: Duration) {
        let deadline = Instant::now() + at_most;
        let mut state = self.lock();
        state.is_closing = true;
        self.changed.notify_all();
        while !state.is_done {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, SinkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that empties the buffer.
struct SinkThread<W, T> {
    sink: Arc<Sink>,
    out: W,
    tell: T,
    /// Dropped lines that no line has told of yet.
    untold: u64,
}

impl<W: Write, T: Fn(u64) -> Vec<u8>> SinkThread<W, T> {
    fn run(mut self) {
        let mut lines = Vec::new();
        while self.take(&mut lines) {
            let is_written = self.write(&lines);
            lines.clear();
            if is_written && self.untold > 0 {
                let line = (self.tell)(self.untold);
                if self.write(&line) {
                    self.untold = 0;
                }
            }
        }
        self.sink.lock().is_done = true;
        self.sink.changed.notify_all();
    }

    /// Waits for lines and swaps them into `lines`; false when there are none and none will come.
    fn take(&mut self, lines: &mut Vec<u8>) -> bool {
        let changed = &self.sink.changed;
        let mut state = self.sink.lock();
        if !state.is_closing {
            state = changed.wait_timeout(state, GATHER).unwrap_or_else(PoisonError::into_inner).0;
        }
        while state.waiting.is_empty() {
            if state.is_closing {
                return false;
            }
            // An idle log holds no memory.
            (state.waiting, *lines) = (Vec::new(), Vec::new());
            state.is_idle = true;
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(&mut state.waiting, lines);
        self.untold += mem::take(&mut state.dropped);
        true
    }

    /// Writes whole lines; lines that the output refuses are dropped.
    fn write(&mut self, lines: &[u8]) -> bool {
        let mut rest = lines;
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(count) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(FULL_PAUSE),
                Ok(_) | Err(_) => {
                    let lost = rest.iter().filter(|byte| **byte == b'\n').count() as u64;
                    self.untold += lost;
                    self.sink.dropped.fetch_add(lost, Ordering::Relaxed);
                    return false;
                }
            }
        }
        true
    }
}

/// Standard error without the lock that other writers share: waiting with that lock held would make them wait too.
pub(super) fn standard_error() -> Box<dyn Write + Send> {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(File::from(descriptor)),
        // It takes nothing, so each line counts as dropped.
        Err(_) => Box::new(io::Cursor::new([0; 0])),
    }
}

#[cfg(test)]
mod tests;
