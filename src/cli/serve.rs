//! `svcd serve`: a model behind an HTTP port, until a signal comes.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::address::{self, ADDRESS};
use super::arguments::Arguments;
use super::command::{Command, Flag, flag};
use super::disclosure::{self, DISCLOSURE};
use super::environment::Environment;
use super::facts;
use super::log::{LOG, Log, LogValue};
use super::model::{self, MODEL, MODEL_DIRECTORY, NAMES, NO_EVIDENCE_CHECK, PUBLIC_NAME, PublicName};
use super::reload::{self, RELOAD, Watch};
use super::{Error, container};
use crate::api::Detail;
use crate::api::cors::{Cors, EXPECTED_ORIGIN, parse_origin};
use crate::api::observer::Observer;
use crate::api::route::{Matched, Options};
use crate::api::served::Served;
use crate::api::service::Service;
use crate::http::Limits;
use crate::http::poller::Backend;
use crate::http::server::{Settings, Stopper};

/// The command.
pub const COMMAND: Command = Command {
    name: "serve",
    summary: "answers HTTP requests with a model's predictions",
    operand: "",
    about: "\
A model may be one file, or several that are applied in turn: scalers, PCA, the SVM, a LabelEncoder. Name
each with --model, or name the folder that holds them, or the file of a saved dict, tuple or list. The log
shows at the start what model they make and what was left out.

POST / takes one object of named features and answers {\"val\": ANSWER}, or an array of such objects and
answers {\"val\": [ANSWER, ..]}. An answer is a label, a regression's number, or a one-class SVM's 1 or -1.
The same model answers clients of the Open Inference Protocol (/v2), KServe v1 and TensorFlow Serving (/v1),
MLflow and SageMaker (/invocations), and Vertex AI. GET /healthz, /readyz, /ping, /version and /metrics are
for operations. The first line on standard output shows the address.

SIGTERM, SIGINT or SIGHUP stops the server: it accepts no new connections, answers the requests under way,
and ends within 8 s. A second signal ends it at once.",
    flags: &[
        MODEL,
        &[MODEL_DIRECTORY, NO_EVIDENCE_CHECK],
        PUBLIC_NAME,
        ADDRESS,
        NAMES,
        ROUTES,
        DISCLOSURE,
        RELOAD,
        LOG,
        LIMITS,
    ],
    examples: &[
        ("svcd", "the iris model on http://127.0.0.1:8000"),
        ("svcd serve --model model.bin --port 8080", "your own model on another port"),
        ("svcd -m scaler.pkl -m svm_model.pkl -m label_encoder.pkl", "one model from three files"),
        ("svcd -m models/ --reload 2s", "one model from the files of a folder, reloaded when they change"),
        (
            "curl -d '{\"sepal length (cm)\": 1, \"sepal width (cm)\": 1, \"petal length (cm)\": 1, \
             \"petal width (cm)\": 1}' localhost:8000",
            "asks it for a prediction",
        ),
    ],
    usage_code: 2,
    has_log: true,
    run,
};

/// Paths that Vertex AI chooses, and the pages that may ask.
const ROUTES: &[Flag] = &[
    flag("--health-route ROUTE", "a path on which GET answers as on /readyz").env(&["AIP_HEALTH_ROUTE"]),
    flag("--predict-route ROUTE", "a path on which POST takes {\"instances\": [..]}, as Vertex AI does")
        .env(&["AIP_PREDICT_ROUTE"]),
    flag("--cors-origin ORIGIN|*", "an origin whose pages may read answers in a browser; repeatable")
        .repeatable()
        .env(&["SVCD_CORS_ORIGIN"]),
];

const LIMITS: &[Flag] = &[
    flag("--workers N", "number of event loops").default("one for each core, at least 2").env(&["SVCD_WORKERS"]),
    flag("--connections-max N", "limit on open connections").default("10000").env(&["SVCD_CONNECTIONS_MAX"]),
    flag("--connections-per-address-max N", "the same per address, for servers without a proxy")
        .default("none")
        .env(&["SVCD_CONNECTIONS_PER_ADDRESS_MAX"]),
    flag("--head-timeout TIME", "time for the head of a request to arrive").default("10s").env(&["SVCD_HEAD_TIMEOUT"]),
    flag("--body-timeout TIME", "time for the content of a request to arrive")
        .default("30s")
        .env(&["SVCD_BODY_TIMEOUT"]),
    flag("--write-timeout TIME", "time for the client to read an answer").default("10s").env(&["SVCD_WRITE_TIMEOUT"]),
    flag("--idle-timeout TIME", "time between two requests on a connection").default("75s").env(&["SVCD_IDLE_TIMEOUT"]),
    flag("--compute-timeout TIME", "time for computing a large request").default("60s").env(&["SVCD_COMPUTE_TIMEOUT"]),
    flag("--content-bytes-max BYTES", "limit on the content of one request")
        .default("8MiB")
        .env(&["SVCD_CONTENT_BYTES_MAX"]),
    flag("--buffered-bytes-max BYTES", "limit on the memory for all requests and answers")
        .default("64MiB")
        .env(&["SVCD_BUFFERED_BYTES_MAX"]),
    flag("--drain-delay TIME", "how long to go on serving after a stop signal")
        .default("0s")
        .env(&["SVCD_DRAIN_DELAY"]),
    flag("--errors full|terse", "terse: error answers without places and names").default("full").env(&["SVCD_ERRORS"]),
];

/// Event loops on a single core, so that one that waits for memory or the log does not hold up every connection. Elsewhere there is
/// one for each core: their sockets never block, and two on one core would only take turns (see `scripts/bench_http.sh` with
/// `SVCD_WORKERS`).
const WORKERS_MIN: usize = 2;

/// Threads for big batches, at least. With several cores, one is left to the event loops: this halves the worst delay of a small
/// request beside batches, and on two cores just as many batches are answered.
const COMPUTE_THREADS_MIN: usize = 1;

fn run(arguments: &Arguments) -> Result<(), Error> {
    let log = Log::open(arguments)?;
    log.warnings("start_warning", &arguments.warnings);
    log.warnings("start_warning", container::warning(arguments, &Environment::of_process()).as_slice());
    let outcome = serve(arguments, &log);
    log.close();
    outcome
}

fn serve(arguments: &Arguments, log: &Arc<Log>) -> Result<(), Error> {
    let place = address::read(arguments)?;
    let settings = settings(place.address, arguments)?;
    let paths = model::locate(arguments);
    let mut options = options(arguments, &settings, paths.is_empty())?;
    let reload_interval = reload::interval(arguments, &paths)?;
    // Taken before the files are read, and all is checked before the port opens.
    let state = reload::state(&reload::watched(&paths, arguments));
    let opened = model::open(&paths, arguments)?;
    let public_name = PublicName::new(arguments, &opened)?;

    let server = address::bind(place, &settings)?;
    let is_draining = Arc::new(AtomicBool::new(false));
    stop_on_signals(
        server.stopper(),
        Arc::clone(&is_draining),
        server.settings.limits.shutdown_timeout,
        Arc::clone(log),
    )?;
    log.take_panics();
    let (local_addresses, limits) = (server.local_addrs(), server.settings.limits.clone());
    options.origin = local_addresses.first().map(address::origin).unwrap_or_default();
    let (origin, notes) = (opened.origin.clone(), model::notes(&opened.loaded));
    let observer = Arc::clone(log) as Arc<dyn Observer<Matched>>;
    let service = Arc::new(Service::new(
        public_name.served(opened),
        options,
        is_draining,
        Arc::clone(&server.counters),
        observer,
    ));
    let first = service.current.newest().served;
    if let Some(interval) = reload_interval {
        let (arguments, service, log) = (arguments.clone(), Arc::clone(&service), Arc::clone(log));
        Watch::new(paths, state, arguments, public_name, service, log).start(interval)?;
    }
    let ready = || {
        announce(&local_addresses, &first, &origin, &limits, log);
        log.model_notes(&notes);
        log.warnings("model_warning", &first.facts.warnings);
    };
    let outcome = server.run(service, ready).map_err(|cause| Error::Failed(format!("failed to serve: {cause}")));
    log.info("stopped", &[]);
    outcome
}

fn options(arguments: &Arguments, settings: &Settings, is_embedded: bool) -> Result<Options, Error> {
    let cors = cors(arguments)?;
    let detail = arguments.choice("--errors", &[("full", Detail::Full), ("terse", Detail::Terse)])?;
    Ok(Options {
        detail: detail.unwrap_or(Detail::Full),
        workers: settings.workers,
        content_bytes_max: settings.limits.content_bytes_max,
        origin: String::new(),
        health_route: route("--health-route", arguments)?,
        predict_route: route("--predict-route", arguments)?,
        disclosure: disclosure::read(arguments, cors.as_ref(), is_embedded)?,
        cors,
    })
}

/// Whose pages may read answers: origins, each with a flag of its own or separated by commas.
fn cors(arguments: &Arguments) -> Result<Option<Cors>, Error> {
    const FLAG: &str = "--cors-origin";
    let read = |text: &str| text.split(',').map(parse_origin).collect::<Option<Vec<_>>>();
    let origins = arguments.values(FLAG, EXPECTED_ORIGIN, read)?.concat();
    if origins.is_empty() {
        return Ok(None);
    }
    let beside = || Error::Usage(format!("{FLAG}: expected * alone, found other origins too"));
    Cors::new(origins).map(Some).ok_or_else(beside)
}

/// A path that is compared with the paths of requests byte for byte.
fn route(flag: &str, arguments: &Arguments) -> Result<Option<String>, Error> {
    let is_path = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>?\\^`{|}".contains(&byte);
        text.starts_with('/') && text.bytes().all(is_plain)
    };
    arguments.value(flag, "a path such as /predict", |text| is_path(text).then(|| text.to_owned()))
}

fn settings(address: SocketAddr, arguments: &Arguments) -> Result<Settings, Error> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let limits = limits(arguments)?;
    Ok(Settings {
        address,
        workers: arguments.count("--workers", 1)?.unwrap_or(cores.max(WORKERS_MIN)),
        compute_threads: cores.saturating_sub(1).max(COMPUTE_THREADS_MIN),
        backend: Backend::Epoll,
        limits,
    })
}

fn limits(arguments: &Arguments) -> Result<Limits, Error> {
    const SHORTEST: Duration = Duration::from_millis(1);
    let default = Limits::default();
    let limits = Limits {
        connections_max: arguments.count("--connections-max", 1)?.unwrap_or(default.connections_max),
        connections_per_address_max: arguments.count("--connections-per-address-max", 1)?,
        head_timeout: arguments.duration("--head-timeout", SHORTEST)?.unwrap_or(default.head_timeout),
        body_timeout: arguments.duration("--body-timeout", SHORTEST)?.unwrap_or(default.body_timeout),
        write_timeout: arguments.duration("--write-timeout", SHORTEST)?.unwrap_or(default.write_timeout),
        idle_timeout: arguments.duration("--idle-timeout", SHORTEST)?.unwrap_or(default.idle_timeout),
        compute_timeout: arguments.duration("--compute-timeout", SHORTEST)?.unwrap_or(default.compute_timeout),
        content_bytes_max: arguments.bytes("--content-bytes-max")?.unwrap_or(default.content_bytes_max),
        buffered_bytes_max: arguments.bytes("--buffered-bytes-max")?.unwrap_or(default.buffered_bytes_max),
        drain_delay: arguments.duration("--drain-delay", Duration::ZERO)?.unwrap_or(default.drain_delay),
        ..default
    };
    if limits.content_bytes_max > limits.buffered_bytes_max {
        let (content, all) = (limits.content_bytes_max, limits.buffered_bytes_max);
        return Err(Error::Usage(format!(
            "--content-bytes-max: expected at most --buffered-bytes-max, which is {all}, found {content}"
        )));
    }
    Ok(limits)
}

/// Prints the address on standard output, and logs everything about the start. It is fine if nobody reads either.
fn announce(addresses: &[SocketAddr], served: &Served, origin: &str, limits: &Limits, log: &Log) {
    let (version, model, name) = (env!("CARGO_PKG_VERSION"), &served.model, &served.facts.name);
    let mut addresses = addresses.iter().map(|address| format!("http://{address}"));
    let (address, also) = (addresses.next().unwrap_or_default(), addresses.next());
    let shown = facts::line(model);
    let _ = writeln!(io::stdout(), "svcd {version} listening on {address} model={name} {shown}");
    let model_fields = [
        ("version", LogValue::Text(version)),
        ("address", LogValue::Text(&address)),
        ("model", LogValue::Text(name)),
        ("file", LogValue::Text(origin)),
        ("sha256", LogValue::Text(&served.facts.sha256)),
    ];
    let limit_fields = [
        ("connections_max", LogValue::count(limits.connections_max)),
        ("content_bytes_max", LogValue::count(limits.content_bytes_max)),
        ("buffered_bytes_max", LogValue::count(limits.buffered_bytes_max)),
        ("head_timeout_ms", LogValue::milliseconds(limits.head_timeout)),
        ("body_timeout_ms", LogValue::milliseconds(limits.body_timeout)),
        ("write_timeout_ms", LogValue::milliseconds(limits.write_timeout)),
        ("idle_timeout_ms", LogValue::milliseconds(limits.idle_timeout)),
        ("compute_timeout_ms", LogValue::milliseconds(limits.compute_timeout)),
        ("drain_delay_ms", LogValue::milliseconds(limits.drain_delay)),
    ];
    let also = also.as_deref().map(|address| ("also", LogValue::Text(address)));
    let fields: Vec<_> = model_fields.into_iter().chain(also).chain(facts::of(model)).chain(limit_fields).collect();
    log.info("started", &fields);
}

/// The first signal stops the server gracefully, the second ends the process.
fn stop_on_signals(
    stopper: Stopper,
    is_draining: Arc<AtomicBool>,
    shutdown_timeout: Duration,
    log: Arc<Log>,
) -> Result<(), Error> {
    let on_signal = move || {
        if is_draining.swap(true, Ordering::Relaxed) {
            log.error("stopped_at_once", &[("cause", LogValue::Text("second signal"))]);
            log.close();
            std::process::exit(1);
        }
        log.info("stopping", &[("at_most_ms", LogValue::milliseconds(shutdown_timeout))]);
        stopper.stop();
    };
    ctrlc::set_handler(on_signal).map_err(|cause| Error::Failed(format!("failed to watch for signals: {cause}")))
}
