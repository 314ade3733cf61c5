//! The progress of training, as a line on a terminal, and the signals that stop it.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::cli::predict::progress::duration;
use crate::svc::train::TrainingObserver;

/// Counts steps and solved problems, shows them where somebody looks, and stops when a signal has come.
pub(super) struct TrainingWatch<'a> {
    should_stop: &'a AtomicBool,
    /// Problems to solve.
    n_problems: usize,
    n_solved: AtomicUsize,
    steps: AtomicU64,
    started: Instant,
    /// When the next line is due; `None` where nobody looks.
    next: Option<Mutex<Instant>>,
}

/// What an error says after a signal.
pub(super) const INTERRUPTED: &str = "stopped by a signal; nothing was written";

/// Time between two lines of progress.
const INTERVAL: Duration = Duration::from_millis(500);
/// Characters that a line may leave of the one before it.
const LINE_CHARS: usize = 78;

impl<'a> TrainingWatch<'a> {
    pub fn new(n_problems: usize, should_stop: &'a AtomicBool) -> TrainingWatch<'a> {
        let started = Instant::now();
        let next = io::stderr().is_terminal().then(|| Mutex::new(started + INTERVAL));
        TrainingWatch {
            should_stop,
            n_problems,
            n_solved: AtomicUsize::new(0),
            steps: AtomicU64::new(0),
            started,
            next,
        }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Leaves the line of progress, if there is one.
    pub fn end(&self) {
        let was_shown = self.next.is_some() && self.elapsed() >= INTERVAL;
        if was_shown {
            let _ = write!(io::stderr(), "\r{:LINE_CHARS$}\r", "");
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let (solved, all) = (self.n_solved.load(Ordering::Relaxed), self.n_problems);
        let (steps, seconds) = (self.steps.load(Ordering::Relaxed), elapsed.as_secs_f64());
        let line = format!("{solved} of {all} problems, {steps} iterations, {}", duration(seconds));
        match solved {
            0 => line,
            _ => format!("{line}, {} left", duration(seconds * all.saturating_sub(solved) as f64 / solved as f64)),
        }
    }
}

impl TrainingObserver for TrainingWatch<'_> {
    fn should_stop(&self, steps: u64) -> bool {
        self.steps.fetch_add(steps, Ordering::Relaxed);
        // whoever holds the lock shows the line
        if let Some(mut next) = self.next.as_ref().and_then(|next| next.try_lock().ok()) {
            let now = Instant::now();
            if now >= *next {
                *next = now + INTERVAL;
                let _ = write!(io::stderr(), "\r{:<LINE_CHARS$}", self.line(now - self.started));
            }
        }
        self.should_stop.load(Ordering::Relaxed)
    }

    fn solved(&self) {
        self.n_solved.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_what_is_done_and_what_is_left() {
        let should_stop = AtomicBool::new(false);
        let watch = TrainingWatch::new(10, &should_stop);
        assert!(!watch.should_stop(250));
        assert_eq!(watch.line(Duration::from_secs(5)), "0 of 10 problems, 250 iterations, 5 s");
        watch.solved();
        watch.solved();
        assert_eq!(watch.line(Duration::from_secs(30)), "2 of 10 problems, 250 iterations, 30 s, 2 min 00 s left");
        should_stop.store(true, Ordering::Relaxed);
        assert!(watch.should_stop(1));
    }
}
