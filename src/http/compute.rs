//! Threads for large requests, so that a large batch does not hold up the small requests of its event loop.
//!
//! The queue is bounded; a request that does not fit is refused at once. A request whose connection breaks leaves the queue; one
//! being computed can ask whether it is abandoned. A client that has only closed its own side may still read: it gets its answer.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use super::Error;
use super::budget::Hold;
use super::counters::Counters;
use super::desk::{Message, spawn};
use super::handler::{Handler, respond};
use super::inbox::Inbox;
use super::request::{Head, Request};
use super::slab::Token;

/// A complete request that owns its bytes.
pub(super) struct Job<R> {
    pub(super) route: R,
    pub(super) head: Head,
    /// The head, then the content without framing.
    pub(super) message: Vec<u8>,
    /// Alive while the connection waits for the answer.
    pub(super) client: Weak<()>,
    /// Gives the bytes back to the budget when the job is dropped.
    pub(super) _hold: Hold,
}

impl<R> Job<R> {
    pub(super) fn request(&self) -> Request<'_> {
        let content = self.message.get(self.head.len..).unwrap_or_default();
        Request::new(&self.head, &self.message, content).awaited_by(&self.client)
    }

    /// Whether nobody is waiting for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.client.strong_count() == 0
    }
}

/// A request, and where its answer goes.
struct Task<R> {
    job: Job<R>,
    token: Token,
    reply: Arc<Inbox<Message>>,
}

/// The queue that all event loops feed.
pub(super) struct Pool<H: Handler> {
    queue: Mutex<Queue<H::Route>>,
    changed: Condvar,
    waiting_max: usize,
    counters: Arc<Counters>,
}

struct Queue<R> {
    waiting: VecDeque<Task<R>>,
    is_closed: bool,
}

impl<H: Handler> Pool<H> {
    pub(super) fn new(waiting_max: usize, counters: &Arc<Counters>) -> Arc<Pool<H>> {
        let queue = Mutex::new(Queue { waiting: VecDeque::new(), is_closed: false });
        Arc::new(Pool { queue, changed: Condvar::new(), waiting_max, counters: Arc::clone(counters) })
    }

    /// Starts `count` threads; they end when the pool is closed and empty.
    pub(super) fn start(self: &Arc<Self>, count: usize, handler: &Arc<H>) -> io::Result<()> {
        (0..count).try_for_each(|index| {
            let (pool, handler) = (Arc::clone(self), Arc::clone(handler));
            spawn(format!("compute-{index}"), move || pool.run(&*handler)).map(drop)
        })
    }

    /// Queues a request; its answer goes to `reply` as [`Message::Computed`].
    ///
    /// # Errors
    ///
    /// `Error::ComputeQueue` when the queue is full.
    pub(super) fn submit(&self, job: Job<H::Route>, token: Token, reply: &Arc<Inbox<Message>>) -> Result<(), Error> {
        let mut queue = self.lock();
        if queue.waiting.len() >= self.waiting_max {
            return Err(Error::ComputeQueue);
        }
        queue.waiting.push_back(Task { job, token, reply: Arc::clone(reply) });
        self.counters.compute_waiting.store(queue.waiting.len(), Ordering::Relaxed);
        drop(queue);
        self.changed.notify_one();
        Ok(())
    }

    /// Removes the requests whose clients have gone from the queue.
    pub(super) fn forget_abandoned(&self) {
        let mut queue = self.lock();
        queue.waiting.retain(|task| !task.job.is_abandoned());
        self.counters.compute_waiting.store(queue.waiting.len(), Ordering::Relaxed);
    }

    /// Tells the threads to end once the queue is empty.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn run(&self, handler: &H) {
        let mut local = H::Local::default();
        while let Some(Task { job, token, reply }) = self.next() {
            let answer = respond(handler, job.route, &job.request(), &mut local, Vec::new());
            drop(job);
            reply.push(Message::Computed(token, answer));
            handler.rest(&mut local);
        }
    }

    fn next(&self) -> Option<Task<H::Route>> {
        let mut queue = self.lock();
        loop {
            if let Some(task) = queue.waiting.pop_front() {
                self.counters.compute_waiting.store(queue.waiting.len(), Ordering::Relaxed);
                return Some(task);
            }
            if queue.is_closed {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue<H::Route>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
