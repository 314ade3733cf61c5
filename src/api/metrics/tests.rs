use std::time::Duration;

use super::counts::{BOUNDS, Metrics};
use super::report;
use crate::api::served::tests::served;
use crate::http::counters::Counters;
use crate::http::ledger::{Charge, Ledger};
use crate::http::{Error, Status};

/// The number of the one route that there is.
const ROUTE: usize = 1;

fn metrics() -> Metrics {
    Metrics::new([("POST", "/")])
}

fn text(metrics: &Metrics) -> String {
    let served = served(&["no", "y\"es"]);
    let ledger = Ledger::new(1_000);
    let mut held = Charge::new(&ledger);
    held.set(600).unwrap();
    let counters = Counters::new(1, 10, &ledger);
    counters.acceptor.accepted.add(9);
    counters.loops[0].closed.add(5);
    let mut text = Vec::new();
    report::write(metrics, &served, &counters, 3, &mut text);
    String::from_utf8(text).unwrap()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|found| found == line)
}

#[test]
fn bounds_rise() {
    assert!(BOUNDS.is_sorted());
}

#[test]
fn threads_are_added_up_by_route_and_status() {
    let metrics = metrics();
    let (mut first, mut second) = (None, None);
    let (first, second) = (metrics.shard(&mut first), metrics.shard(&mut second));
    first.count(ROUTE, Status::OK, None, Duration::from_micros(20));
    second.count(ROUTE, Status::OK, None, Duration::from_micros(60));
    second.count(ROUTE, Status::BAD_REQUEST, None, Duration::from_secs(60));
    first.count(0, Status::UNAVAILABLE, Some(Error::ComputeQueue), Duration::ZERO);
    first.rows.add(2);
    second.rows.add(40);
    let text = text(&metrics);
    for line in [
        "svcd_requests_total{method=\"POST\",route=\"/\",status=\"200\"} 2",
        "svcd_requests_total{method=\"POST\",route=\"/\",status=\"400\"} 1",
        "svcd_requests_total{method=\"-\",route=\"-\",status=\"503\"} 1",
        "svcd_request_duration_seconds_bucket{method=\"POST\",route=\"/\",le=\"0.000025\"} 1",
        "svcd_request_duration_seconds_bucket{method=\"POST\",route=\"/\",le=\"0.0001\"} 2",
        "svcd_request_duration_seconds_bucket{method=\"POST\",route=\"/\",le=\"10\"} 2",
        "svcd_request_duration_seconds_bucket{method=\"POST\",route=\"/\",le=\"+Inf\"} 3",
        "svcd_request_duration_seconds_sum{method=\"POST\",route=\"/\"} 60.00008",
        "svcd_request_duration_seconds_count{method=\"POST\",route=\"/\"} 3",
        "svcd_overload_refusals_total{limit=\"compute_queue_max\"} 1",
        "svcd_overload_refusals_total{limit=\"connections_max\"} 0",
        "svcd_rows_predicted_total 42",
        "svcd_connections_open 4",
        "svcd_connections_max 10",
        "svcd_buffered_bytes 600",
        "svcd_buffered_bytes_max 1000",
        "svcd_connections_accepted_total 9",
        "svcd_log_lines_dropped_total 3",
        "svcd_predictions_total{class=\"y\\\"es\"} 0",
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
    assert_eq!(text.matches("svcd_requests_total{").count(), 3);
}

#[test]
fn counters_that_a_thread_has_left_go_to_the_next_one() {
    let metrics = metrics();
    let mut first = None;
    metrics.shard(&mut first).rows.add(1);
    drop(first);
    metrics.shard(&mut None).rows.add(1);
    assert_eq!(metrics.shards.lock().unwrap().len(), 1);
    assert!(has(&text(&metrics), "svcd_rows_predicted_total 2"));
}

#[test]
fn reloads_count_by_their_result() {
    let metrics = metrics();
    metrics.count_reload(true);
    metrics.count_reload(false);
    metrics.count_reload(false);
    let text = text(&metrics);
    assert!(has(&text, "svcd_model_reloads_total{result=\"ok\"} 1"));
    assert!(has(&text, "svcd_model_reloads_total{result=\"failed\"} 2"));
}
