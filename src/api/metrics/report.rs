//! The families that `GET /metrics` shows.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use super::counts::{BOUNDS, Metrics, OVERLOADS};
use super::exposition::{COUNTER, GAUGE, HISTOGRAM, family};
use super::{PROMETHEUS_TEXT, numbers, process};
use crate::api::Error;
use crate::api::disclosure::Shown;
use crate::api::route::{Call, Instance, RequestBuffers};
use crate::api::served::Served;
use crate::http::counters::{Count, Counters, ThreadCounters};
use crate::http::{Response, Status};
use crate::pipeline::Target;

/// `GET /metrics`
pub fn respond(call: &Call<'_>, _: &mut RequestBuffers, mut content: Vec<u8>) -> Result<Response, Error> {
    let Instance { metrics, counters, observer, .. } = call.instance;
    write(metrics, call.served, counters, observer.lines_dropped(), &mut content);
    // whoever may send rows and see which count learns the ranges
    if call.instance.options.disclosure.shown >= Shown::Ranges {
        outside(metrics, call.served, &mut content);
    }
    Ok(Response::new(Status::OK, PROMETHEUS_TEXT, content))
}

/// Appends everything to `out`.
pub(super) fn write(metrics: &Metrics, served: &Served, counters: &Counters, lines_dropped: u64, out: &mut Vec<u8>) {
    requests(metrics, out);
    durations(metrics, out);
    predictions(metrics, served, out);
    engine(counters, out);
    overloads(metrics, out);
    model(metrics, served, out);
    this_process(metrics, lines_dropped, out);
}

fn requests(metrics: &Metrics, out: &mut Vec<u8>) {
    let mut family = family(
        out,
        "svcd_requests_total",
        COUNTER,
        "Requests answered, by route and status; the route is a dash if the request's head alone decided the answer.",
    );
    for (number, (method, label)) in metrics.routes.iter().enumerate() {
        for (place, status) in Status::ALL.iter().enumerate() {
            let count = metrics.sum_route(number, |route| route.statuses.get(place));
            if count > 0 {
                let status = status.code.to_string();
                family.sample(&[("method", *method), ("route", *label), ("status", &status)], count);
            }
        }
    }
}

fn durations(metrics: &Metrics, out: &mut Vec<u8>) {
    let mut family = family(
        out,
        "svcd_request_duration_seconds",
        HISTOGRAM,
        "Time from the last byte of a request to its answer, queues included.",
    );
    for (number, (method, label)) in metrics.routes.iter().enumerate() {
        let bucket = |place: usize| metrics.sum_route(number, |route| route.durations.get(place));
        let buckets: Vec<_> =
            (BOUNDS.iter().enumerate()).map(|(place, bound)| (*bound as f64 / 1e6, bucket(place))).collect();
        let above = bucket(BOUNDS.len());
        if above > 0 || buckets.iter().any(|(_, count)| *count > 0) {
            let seconds = metrics.sum_route(number, |route| Some(&route.nanoseconds)) as f64 / 1e9;
            let labels = [("method", *method), ("route", *label)];
            family.histogram(&labels, buckets.into_iter(), above, seconds);
        }
    }
}

fn predictions(metrics: &Metrics, served: &Served, out: &mut Vec<u8>) {
    family(out, "svcd_rows_predicted_total", COUNTER, "Rows answered with labels, numbers or scores.")
        .sample(&[], metrics.sum(|shard| shard.rows.get()));
    if served.model.columns().have_text() {
        let help = "Documents without a word that the model knows, answered like an empty document.";
        let count = metrics.sum(|shard| shard.empty_rows.get());
        family(out, "svcd_rows_without_known_words_total", COUNTER, help).sample(&[], count);
    }
    if served.model.proves_labels() {
        let help =
            "Rows asked for labels alone whose labels faster arithmetic did not prove: computed in LIBSVM's order.";
        let count = metrics.sum(|shard| shard.unproven_rows.get());
        family(out, "svcd_rows_without_proven_label_total", COUNTER, help).sample(&[], count);
    }
    let target = served.model.target();
    if target == Target::Number {
        return numbers(metrics, out);
    }
    let help = match target {
        Target::Inlier => "Labels answered: 1 for rows like the training rows, -1 for others.",
        _ => "Labels answered, by class.",
    };
    let mut tallies = metrics.labels.lock().unwrap_or_else(PoisonError::into_inner);
    let mut family = family(out, "svcd_predictions_total", COUNTER, help);
    for (class, count) in tallies.totals(&served.label_texts()) {
        family.sample(&[("class", &class)], count);
    }
}

fn outside(metrics: &Metrics, served: &Served, out: &mut Vec<u8>) {
    let names = served.ranges.names(&served.columns);
    if names.is_empty() {
        return;
    }
    let help =
        "Rows answered with a number in this column outside the range of the support vectors; * stands for any column.";
    let mut family = family(out, "svcd_rows_outside_range_total", COUNTER, help);
    let mut tallies = metrics.outside.lock().unwrap_or_else(PoisonError::into_inner);
    for (column, count) in tallies.totals(&names) {
        family.sample(&[("column", &column)], count);
    }
}

fn numbers(metrics: &Metrics, out: &mut Vec<u8>) {
    let bucket = |place: usize| metrics.sum(|shard| shard.numbers.buckets.get(place).map_or(0, Count::get));
    let buckets = numbers::BOUNDS.into_iter().enumerate().map(|(place, bound)| (bound, bucket(place)));
    // nothing adds up to -0.0
    let total = metrics.sum(|shard| shard.numbers.sum()) + 0.0;
    family(out, "svcd_predicted_number", HISTOGRAM, "Numbers answered; the sum leaves out those that are not finite.")
        .histogram(&[], buckets, bucket(numbers::BOUNDS.len()), total);
}

fn engine(counters: &Counters, out: &mut Vec<u8>) {
    let sum = |count: fn(&ThreadCounters) -> &Count| counters.sum(count);
    let waiting = counters.compute_waiting.load(Ordering::Relaxed) as u64;
    for (name, kind, help, value) in [
        ("svcd_connections_open", GAUGE, "Open connections.", counters.open()),
        ("svcd_connections_max", GAUGE, "Limit on open connections.", counters.connections_max as u64),
        ("svcd_connections_accepted_total", COUNTER, "Connections accepted.", counters.acceptor.accepted.get()),
        (
            "svcd_connections_refused_total",
            COUNTER,
            "Connections refused because all others were busy.",
            sum(|t| &t.refused),
        ),
        (
            "svcd_connections_shed_total",
            COUNTER,
            "Idle connections closed to make room for new ones.",
            sum(|t| &t.shed),
        ),
        ("svcd_received_bytes_total", COUNTER, "Bytes read from connections.", sum(|t| &t.received_bytes)),
        ("svcd_sent_bytes_total", COUNTER, "Bytes written to connections.", sum(|t| &t.sent_bytes)),
        (
            "svcd_requests_in_flight",
            GAUGE,
            "Requests that have begun and are waiting for their content or for a compute thread.",
            sum(|t| &t.in_flight),
        ),
        ("svcd_compute_queue_depth", GAUGE, "Large requests waiting for a compute thread.", waiting),
        ("svcd_buffered_bytes", GAUGE, "Memory held for requests and answers.", counters.ledger.bytes() as u64),
        (
            "svcd_buffered_bytes_max",
            GAUGE,
            "Limit on the memory for requests and answers; requests beyond it are answered with 503.",
            counters.ledger.bytes_max() as u64,
        ),
    ] {
        family(out, name, kind, help).sample(&[], value);
    }
}

fn overloads(metrics: &Metrics, out: &mut Vec<u8>) {
    let mut family = family(
        out,
        "svcd_overload_refusals_total",
        COUNTER,
        "Requests answered with 503, by the limit that was reached.",
    );
    for (place, (_, limit)) in OVERLOADS.iter().enumerate() {
        family.sample(&[("limit", limit)], metrics.sum(|shard| shard.overloads.get(place).map_or(0, Count::get)));
    }
}

fn model(metrics: &Metrics, served: &Served, out: &mut Vec<u8>) {
    family(out, "svcd_build_info", GAUGE, "The version of svcd.").sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    let model = &served.model;
    let classes = model.classes().map(|classes| classes.len().to_string());
    let features = model.n_features_in().to_string();
    let support_vectors = model.n_support_vectors().map(|count| count.to_string());
    // A label that is left out is an empty one.
    let labels = [
        Some(("name", served.facts.name.as_str())),
        Some(("sha256", &served.facts.sha256)),
        Some(("estimator", model.estimator().name())),
        Some(("target", model.target().name())),
        model.kernel().map(|kernel| ("kernel", kernel.name())),
        classes.as_deref().map(|count| ("classes", count)),
        Some(("features", &features)),
        support_vectors.as_deref().map(|count| ("support_vectors", count)),
    ];
    family(out, "svcd_model_info", GAUGE, "The model being served; sha256 is that of its file.")
        .sample(&labels.into_iter().flatten().collect::<Vec<_>>(), 1);
    let doubtful = "Warnings about the model; their texts are in its metadata and in the log.";
    family(out, "svcd_model_warnings", GAUGE, doubtful).sample(&[], served.facts.warnings.len() as u64);
    family(out, "svcd_model_loaded_timestamp_seconds", GAUGE, "When the model was loaded, in Unix time.")
        .sample(&[], unix_seconds(served.loaded));
    let mut family = family(out, "svcd_model_reloads_total", COUNTER, "Replacements of the model while serving.");
    for (result, counter) in [("ok", &metrics.reloads), ("failed", &metrics.failed_reloads)] {
        family.sample(&[("result", result)], counter.load(Ordering::Relaxed));
    }
}

fn this_process(metrics: &Metrics, lines_dropped: u64, out: &mut Vec<u8>) {
    family(out, "svcd_log_lines_dropped_total", COUNTER, "Log lines lost because standard error did not accept them.")
        .sample(&[], lines_dropped);
    family(out, "process_start_time_seconds", GAUGE, "When the process started, in Unix time.")
        .sample(&[], unix_seconds(metrics.started));
    for (name, kind, help, value) in process::read() {
        if let Some(value) = value {
            family(out, name, kind, help).sample(&[], value);
        }
    }
}

fn unix_seconds(time: SystemTime) -> f64 {
    (time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64) / 1e3
}
