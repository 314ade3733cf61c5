//! The server's log: one line for each event on standard error, as text or JSON.
//!
//! A thread that answers requests never waits for standard error, see [`sink`]. No line holds bytes of a request, except for an id
//! that has been checked.

mod limiter;
mod record;
mod sink;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};
use crate::api::observer::Observer;
use crate::api::route::Matched;
use crate::escape::escaped;
use crate::http::{CloseReason, Event, Exchange, Method};
use limiter::Limiter;
pub(super) use record::LogValue;
use record::{Level, LogField, LogFormat};
use sink::Sink;

/// What to log, and how.
pub(super) const LOG: &[Flag] = &[
    flag("--access-log", "log a line for each request, except probes").env(&["SVCD_ACCESS_LOG"]),
    flag("--log-format text|json", "format of the lines on standard error")
        .default("text on a terminal, else json")
        .env(&["SVCD_LOG_FORMAT"]),
    flag(
        "--log-level off|error|warn|info|debug",
        "error: only errors; warn: also doubtful models; debug: also why each connection closes",
    )
    .default("info")
    .env(&["SVCD_LOG_LEVEL"]),
];

/// Writes `svcd: TEXT` at once, for commands other than `serve`.
pub(super) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "svcd: {}", escaped(&text.to_string()));
}

/// The log of a running server.
pub(super) struct Log {
    /// `None`: log nothing.
    level: Option<Level>,
    format: LogFormat,
    has_access_lines: bool,
    sink: Arc<Sink>,
    accept: Limiter,
    exhausted: Limiter,
    poll: Limiter,
    panic: Limiter,
}

impl Log {
    /// Starts the log that the flags ask for.
    pub(super) fn open(arguments: &Arguments) -> Result<Arc<Log>, Error> {
        let format = arguments.choice("--log-format", &[("text", LogFormat::Text), ("json", LogFormat::Json)])?;
        let format = format.unwrap_or(if io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json });
        let levels = [Level::Error, Level::Warn, Level::Info, Level::Debug].map(|level| (level.name(), Some(level)));
        let level = arguments.choice("--log-level", &[&[("off", None)], levels.as_slice()].concat())?;
        let level = level.unwrap_or(Some(Level::Info));
        let has_access_lines = arguments.has("--access-log");
        if has_access_lines && level < Some(Level::Info) {
            return Err(Error::Usage(
                "--access-log: expected --log-level info or debug, found a lower level".to_owned(),
            ));
        }
        Log::start(level, format, has_access_lines, sink::standard_error())
    }

    /// Starts a log that writes to `out`.
    fn start(
        level: Option<Level>,
        format: LogFormat,
        has_access_lines: bool,
        out: impl Write + Send + 'static,
    ) -> Result<Arc<Log>, Error> {
        let tell = move |count| {
            let count = ("count", LogValue::Number(count));
            let mut line = Vec::new();
            record::write(format, SystemTime::now(), Level::Error, "lines_dropped", &[count], &mut line);
            line
        };
        let sink = Sink::start(out, tell)
            .map_err(|cause| Error::Failed(format!("failed to start a thread for the log: {cause}")))?;
        let (accept, exhausted, poll, panic) = (Limiter::new(), Limiter::new(), Limiter::new(), Limiter::new());
        Ok(Arc::new(Log { level, format, has_access_lines, sink, accept, exhausted, poll, panic }))
    }

    /// Logs an event of normal operation.
    pub(super) fn info(&self, event: &'static str, fields: &[LogField<'_>]) {
        self.line(Level::Info, event, fields, &mut Vec::new());
    }

    /// Logs what a model was put together from.
    pub(super) fn model_notes(&self, notes: &[String]) {
        for note in notes {
            self.info("model_note", &[("note", LogValue::Text(note))]);
        }
    }

    /// Logs what is doubtful: about a model as `model_warning`, about the start as `start_warning`.
    pub(super) fn warnings(&self, event: &'static str, warnings: &[String]) {
        for warning in warnings {
            self.line(Level::Warn, event, &[("warning", LogValue::Text(warning))], &mut Vec::new());
        }
    }

    /// Logs trouble.
    pub(super) fn error(&self, event: &'static str, fields: &[LogField<'_>]) {
        self.line(Level::Error, event, fields, &mut Vec::new());
    }

    /// From now on, logs each panic. The standard library's own hook would wait for standard error, and what it writes may repeat
    /// bytes of a request.
    pub(super) fn take_panics(self: &Arc<Self>) {
        let log = Arc::clone(self);
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map_or_else(String::new, ToString::to_string);
            // A text made at run time may hold anything; one from the source is safe.
            let text = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("");
            log.limited(&log.panic, "panicked", &[("at", LogValue::Text(&place)), ("message", LogValue::Text(text))]);
        }));
    }

    /// Waits until all lines are written, but not for long: perhaps nobody is reading.
    pub(super) fn close(&self) {
        const AT_MOST: Duration = Duration::from_millis(500);
        self.sink.close(AT_MOST);
    }

    fn limited(&self, limiter: &Limiter, event: &'static str, fields: &[LogField<'_>]) {
        match limiter.take_turn() {
            None => {}
            Some(0) => self.error(event, fields),
            Some(more) => self.error(event, &[fields, &[("more_since_last_line", LogValue::Number(more))]].concat()),
        }
    }

    fn line(&self, level: Level, event: &'static str, fields: &[LogField<'_>], buffer: &mut Vec<u8>) {
        if self.level.is_some_and(|most| level <= most) {
            buffer.clear();
            record::write(self.format, SystemTime::now(), level, event, fields, buffer);
            self.sink.push(buffer);
        }
    }
}

impl Observer<Matched> for Log {
    fn answered(&self, exchange: &Exchange<'_, Matched>, buffer: &mut Vec<u8>) {
        if !self.has_access_lines || exchange.route.is_some_and(|found| found.route.is_probe) {
            return;
        }
        self.line(
            Level::Info,
            "access",
            &[
                ("request_id", LogValue::Text(exchange.request_id)),
                ("method", LogValue::Text(exchange.method.map_or("-", Method::name))),
                ("route", LogValue::Text(exchange.route.map_or("-", |found| found.route.label))),
                ("status", LogValue::Number(exchange.status.code.into())),
                ("rows", LogValue::count(exchange.rows)),
                ("duration_us", LogValue::Number(exchange.duration.as_micros() as u64)),
                ("bytes_in", LogValue::count(exchange.received_bytes)),
                ("bytes_out", LogValue::count(exchange.sent_bytes)),
                ("peer", LogValue::Address(exchange.peer)),
            ],
            buffer,
        );
    }

    fn closed(&self, peer: SocketAddr, reason: CloseReason) {
        let fields = [("peer", LogValue::Address(peer)), ("reason", LogValue::Text(reason.explain()))];
        self.line(Level::Debug, "connection_closed", &fields, &mut Vec::new());
    }

    fn trouble(&self, event: &Event<'_>) {
        let because = |message, cause: &io::Error, limiter, event| {
            let cause = cause.to_string();
            self.limited(limiter, event, &[("message", LogValue::Text(message)), ("cause", LogValue::Text(&cause))]);
        };
        match event {
            Event::AcceptFailed(cause) => {
                because("failed to accept a connection", cause, &self.accept, "accept_failed");
            }
            Event::ConnectionsExhausted => {
                let message = ("message", LogValue::Text("refused a connection: all others are busy"));
                self.limited(&self.exhausted, "connection_refused", &[message]);
            }
            // The panic has its own line already, which says more.
            Event::HandlerPanicked => {}
            Event::PollFailed(cause) => because("failed to wait for sockets", cause, &self.poll, "poll_failed"),
        }
    }

    fn lines_dropped(&self) -> u64 {
        self.sink.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    /// An output that passes on what is written.
    struct Piped(Sender<Vec<u8>>);

    impl Write for Piped {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(level: Option<Level>, act: impl FnOnce(&Arc<Log>)) -> String {
        let (sender, written) = channel();
        let log = Log::start(level, LogFormat::Text, false, Piped(sender)).unwrap();
        act(&log);
        log.sink.close(Duration::from_secs(20));
        String::from_utf8(written.try_iter().flatten().collect()).unwrap()
    }

    #[test]
    fn a_level_leaves_out_what_matters_less() {
        for (level, expected) in [(None, ""), (Some(Level::Error), "two "), (Some(Level::Info), "one two ")] {
            let text = written(level, |log| {
                log.info("one", &[]);
                log.error("two", &[]);
            });
            let events: String = text.lines().map(|line| format!("{} ", line.rsplit(' ').next().unwrap())).collect();
            assert_eq!(events, expected);
        }
    }

    #[test]
    fn trouble_of_one_kind_does_not_hold_back_that_of_another() {
        let text = written(Some(Level::Info), |log| {
            let cause = io::Error::other("none left");
            (0..3).for_each(|_| log.trouble(&Event::AcceptFailed(&cause)));
            log.trouble(&Event::ConnectionsExhausted);
        });
        let lines: Vec<_> = text.lines().filter_map(|line| line.split_once(" error ")).map(|(_, line)| line).collect();
        let expected = [
            "accept_failed message=\"failed to accept a connection\" cause=\"none left\"",
            "connection_refused message=\"refused a connection: all others are busy\"",
        ];
        assert_eq!(lines, expected);
    }

    /// The hook is the whole process's, so this runs in one of its own.
    #[test]
    fn a_panic_is_one_line_without_what_came_in_at_run_time() {
        const IS_CHILD: &str = "SVCD_TEST_PANICS";
        if std::env::var_os(IS_CHILD).is_none() {
            let (_, module) = module_path!().split_once("::").unwrap();
            let name = format!("{module}::a_panic_is_one_line_without_what_came_in_at_run_time");
            let mut child = std::process::Command::new(std::env::current_exe().unwrap());
            let output = child.args(["--exact", &name]).env(IS_CHILD, "1").output().unwrap();
            let printed = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
            return;
        }
        let place = format!("at={}:", file!());
        let text = written(Some(Level::Info), |log| {
            log.take_panics();
            let secret = "secret".to_owned();
            let outcome = thread::spawn(move || panic!("the request said {secret}")).join();
            drop(panic::take_hook());
            assert!(outcome.is_err());
        });
        let line = text.lines().find(|line| line.contains(&place)).unwrap_or_else(|| panic!("{text}"));
        assert!(line.contains(" error panicked ") && line.ends_with(" message=\"\""), "{line}");
    }
}
