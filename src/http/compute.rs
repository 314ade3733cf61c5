//! Threads for costly requests, so that a large batch does not hold up the small requests of its event loop.
//!
//! As many requests as there are processors for them are computed at a time. Each has a thread of its own, and once its slice is
//! over it gives its place to whoever has waited longest: so the time of a request grows with the number of others, and not with
//! their size. The queue is bounded; a request that does not fit is refused at once. A request whose connection breaks leaves the
//! queue; one being computed can ask whether it is abandoned. A client that has only closed its own side may still read: it gets its
//! answer.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::charged::Charged;
use super::counters::Counters;
use super::desk::{Message, spawn};
use super::handler::{Handler, respond};
use super::inbox::Inbox;
use super::ledger::Ledger;
use super::request::{Head, Pause, Request};
use super::slab::Token;
use super::{Error, Limits};

/// How long a thread beyond those that can run at a time waits for more work before it ends.
const SPARE_THREAD_WAIT: Duration = Duration::from_secs(5);

/// Bytes that rows and answer take for each byte of a request: as JSON of a few digits a number does. Who needs more may find no room.
const NEEDED_PER_BYTE: usize = 3;

/// A complete request that owns its bytes.
pub(super) struct Job<R> {
    pub(super) route: R,
    pub(super) head: Head,
    /// The head, then the content without framing.
    pub(super) message: Charged<u8>,
    /// Alive while the connection waits for the answer.
    pub(super) client: Weak<()>,
}

impl<R> Job<R> {
    pub(super) fn request(&self) -> Request<'_> {
        let content = self.message.get(self.head.len..).unwrap_or_default();
        Request::new(&self.head, &self.message, content).awaited_by(&self.client)
    }

    /// Bytes that its rows and its answer are likely to need.
    fn needed_bytes(&self) -> usize {
        NEEDED_PER_BYTE * self.message.len()
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

/// Who waits for a place.
enum Waiting<R> {
    /// A request that has not been begun.
    New(Box<Task<R>>),
    /// The thread of one that has.
    Begun(Arc<Ticket>),
}

/// What a thread waits with for its next turn.
struct Ticket {
    thread: Thread,
    is_called: AtomicBool,
}

/// The queue that all event loops feed.
pub(super) struct Pool<H: Handler> {
    queue: Mutex<Queue<H::Route>>,
    changed: Condvar,
    counters: Arc<Counters>,
    handler: Arc<H>,
    ledger: Arc<Ledger>,
    /// Its part for requests that arrive or wait.
    input: Arc<Ledger>,
    /// Requests computed at a time.
    places: usize,
    threads_max: usize,
    waiting_max: usize,
    slice: Duration,
}

struct Queue<R> {
    waiting: VecDeque<Waiting<R>>,
    /// Requests that have got their place, for the next free threads.
    granted: VecDeque<Box<Task<R>>>,
    /// Places taken.
    running: usize,
    /// Requests that have been begun.
    begun: usize,
    /// Bytes that they are likely to need for rows and answers.
    needed_bytes: usize,
    threads: usize,
    /// Threads that have nothing to do, and nothing granted to them.
    free: usize,
    is_closed: bool,
}

impl<R> Queue<R> {
    fn new_count(&self) -> usize {
        self.waiting.iter().filter(|waiting| matches!(waiting, Waiting::New(_))).count()
    }
}

impl<H: Handler> Pool<H> {
    /// A pool in which `places` requests are computed at a time.
    pub(super) fn new(
        places: usize,
        limits: &Limits,
        counters: &Arc<Counters>,
        handler: &Arc<H>,
        (ledger, input): (&Arc<Ledger>, &Arc<Ledger>),
    ) -> Arc<Pool<H>> {
        let queue = Queue {
            waiting: VecDeque::new(),
            granted: VecDeque::new(),
            running: 0,
            begun: 0,
            needed_bytes: 0,
            threads: 0,
            free: 0,
            is_closed: false,
        };
        let places = places.max(1);
        Arc::new(Pool {
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            counters: Arc::clone(counters),
            handler: Arc::clone(handler),
            ledger: Arc::clone(ledger),
            input: Arc::clone(input),
            places,
            threads_max: limits.compute_jobs_max.max(2 * places),
            waiting_max: limits.compute_queue_max,
            slice: limits.compute_slice,
        })
    }

    /// Starts a thread for each place; further ones come when they are needed. They end when the pool is closed and empty.
    pub(super) fn start(self: &Arc<Self>) -> io::Result<()> {
        (0..self.places).try_for_each(|_| self.add_thread(&mut self.lock()))
    }

    fn add_thread(self: &Arc<Self>, queue: &mut Queue<H::Route>) -> io::Result<()> {
        let pool = Arc::clone(self);
        spawn(format!("compute-{}", queue.threads), move || pool.run())?;
        queue.threads += 1;
        queue.free += 1;
        Ok(())
    }

    /// Queues a request; its answer goes to `reply` as [`Message::Computed`].
    ///
    /// # Errors
    ///
    /// `Error::ComputeQueue` when the queue is full.
    pub(super) fn submit(
        self: &Arc<Self>,
        job: Job<H::Route>,
        token: Token,
        reply: &Arc<Inbox<Message>>,
    ) -> Result<(), Error> {
        let mut queue = self.lock();
        if queue.new_count() >= self.waiting_max {
            return Err(Error::ComputeQueue);
        }
        queue.waiting.push_back(Waiting::New(Box::new(Task { job, token, reply: Arc::clone(reply) })));
        self.grant(&mut queue);
        Ok(())
    }

    /// Removes the requests whose clients have gone from the queue.
    pub(super) fn forget_abandoned(&self) {
        let mut queue = self.lock();
        queue.waiting.retain(|waiting| !matches!(waiting, Waiting::New(task) if task.job.is_abandoned()));
        self.tell(&queue);
    }

    /// Tells the threads to end once the queue is empty.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn run(self: Arc<Self>) {
        let mut local = H::Local::default();
        while let Some(task) = self.next() {
            let Task { job, token, reply } = *task;
            let needed_bytes = job.needed_bytes();
            let turn = Slice { pool: &self, since: Cell::new(Instant::now()) };
            let request = job.request().charged_to(&self.ledger).in_turns(&turn);
            let answer = respond(&*self.handler, job.route, &request, &mut local, Vec::new());
            drop(job);
            reply.push(Message::Computed(token, answer));
            self.handler.rest(&mut local);
            let mut queue = self.lock();
            queue.running -= 1;
            queue.begun -= 1;
            queue.needed_bytes -= needed_bytes;
            queue.free += 1;
            self.grant(&mut queue);
        }
    }

    /// Waits for a request that has got its place. `None`: the thread is to end.
    fn next(&self) -> Option<Box<Task<H::Route>>> {
        let mut queue = self.lock();
        loop {
            if let Some(task) = queue.granted.pop_front() {
                return Some(task);
            }
            if queue.is_closed && queue.new_count() == 0 {
                break;
            }
            let waited = self.changed.wait_timeout(queue, SPARE_THREAD_WAIT);
            let (guard, wait) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = guard;
            if wait.timed_out() && queue.threads > self.places && queue.granted.is_empty() {
                break;
            }
        }
        queue.threads -= 1;
        queue.free -= 1;
        None
    }

    /// Gives the free places to those who have waited longest. A new request needs a thread too, and memory beside those that have been
    /// begun: where there is none for it, others go first.
    fn grant(self: &Arc<Self>, queue: &mut Queue<H::Route>) {
        while queue.running < self.places {
            let room = self.ledger.bytes_max().saturating_sub(self.input.bytes() + queue.needed_bytes);
            let is_alone = queue.begun == 0;
            let fits = |waiting: &Waiting<_>| matches!(waiting, Waiting::New(task) if is_alone || task.job.needed_bytes() <= room);
            let can_begin = queue.waiting.iter().any(fits) && self.has_thread(queue);
            let has_turn = |waiting: &_| matches!(waiting, Waiting::Begun(_)) || can_begin && fits(waiting);
            let first = queue.waiting.iter().position(has_turn);
            match first.and_then(|index| queue.waiting.remove(index)) {
                None => break,
                Some(Waiting::Begun(ticket)) => ticket.call(),
                Some(Waiting::New(task)) => {
                    queue.free -= 1;
                    queue.begun += 1;
                    queue.needed_bytes += task.job.needed_bytes();
                    queue.granted.push_back(task);
                    self.changed.notify_one();
                }
            }
            queue.running += 1;
        }
        self.tell(queue);
    }

    /// Whether a thread is free. If not, there may be one more; one that the system does not give is one that there cannot be.
    fn has_thread(self: &Arc<Self>, queue: &mut Queue<H::Route>) -> bool {
        queue.free > 0 || queue.threads < self.threads_max && self.add_thread(queue).is_ok()
    }

    /// Lets whoever waits have this place, and waits for the next one.
    fn pass(self: &Arc<Self>) {
        let mut queue = self.lock();
        let can_begin = queue.free > 0 || queue.threads < self.threads_max;
        if !queue.waiting.iter().any(|waiting| can_begin || matches!(waiting, Waiting::Begun(_))) {
            return;
        }
        let ticket = Arc::new(Ticket { thread: thread::current(), is_called: AtomicBool::new(false) });
        queue.waiting.push_back(Waiting::Begun(Arc::clone(&ticket)));
        queue.running -= 1;
        self.grant(&mut queue);
        drop(queue);
        while !ticket.is_called.load(Ordering::Acquire) {
            thread::park();
        }
    }

    fn tell(&self, queue: &Queue<H::Route>) {
        self.counters.compute_waiting.store(queue.new_count(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Queue<H::Route>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    fn call(&self) {
        self.is_called.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// The turn of the request that a thread computes.
struct Slice<'p, H: Handler> {
    pool: &'p Arc<Pool<H>>,
    since: Cell<Instant>,
}

impl<H: Handler> Pause for Slice<'_, H> {
    fn pause(&self) {
        if self.since.get().elapsed() >= self.pool.slice {
            self.pool.pass();
            self.since.set(Instant::now());
        }
    }
}

impl<H: Handler> fmt::Debug for Slice<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slice").field("since", &self.since).finish_non_exhaustive()
    }
}
