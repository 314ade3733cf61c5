//! GET /metrics: that it can be read, and that every number counts what it says.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;

const REQUESTS: &str = "svcd_requests_total";

fn series(method: &str, route: &str, status: u16) -> String {
    format!("{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}")
}

#[test]
fn every_route_and_status_counts() {
    let server = Server::start(&["--body-timeout", "100ms"]);
    let mut expected: BTreeMap<String, f64> = BTreeMap::new();
    let mut ask = |label: (&str, &str), status: u16, request: &[u8]| {
        let answer = server.connect().ask(request);
        assert_eq!(answer.status, status, "{}", request.escape_ascii());
        *expected.entry(series(label.0, label.1, status)).or_default() += 1.0;
    };
    let row = "{\"sepal length (cm)\":1,\"sepal width (cm)\":1,\"petal length (cm)\":1,\"petal width (cm)\":1}";
    let none = ("-", "-");
    for path in ["/", "/healthz", "/readyz", "/version"] {
        ask(("GET", path), 200, &get(path));
        ask(("GET", path), 200, format!("HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
    }
    ask(("POST", "/"), 200, &post("/", row));
    ask(("POST", "/"), 200, &post("/", &format!("[{}]", vec![row; 1_000].join(","))));
    ask(("POST", "/"), 400, &post("/", "{}"));
    ask(("POST", "/"), 400, &post("/", &format!("[{}]", vec!["{}"; 20_000].join(","))));
    ask(("POST", "/"), 408, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
    ask(("POST", "/"), 400, b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nz");
    ask(("OPTIONS", "*"), 204, b"OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n");
    ask(none, 404, &get("/no"));
    ask(none, 404, &post("/no", "x"));
    ask(none, 405, b"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n");
    ask(none, 415, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx");
    ask(none, 501, b"BREW / HTTP/1.1\r\nHost: h\r\n\r\n");
    ask(none, 400, b"\x16\x03\x01");
    ask(("POST", "/"), 413, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n");
    ask(none, 414, format!("GET /{} HTTP/1.1\r\n", "x".repeat(9_000)).as_bytes());
    ask(none, 417, b"GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n");
    ask(none, 431, format!("GET / HTTP/1.1\r\nX: {}\r\n", "x".repeat(33_000)).as_bytes());
    ask(none, 505, b"GET / HTTP/2.0\r\nHost: h\r\n\r\n");

    let mut client = server.connect();
    let samples = scrape(&mut client);
    let found: BTreeMap<_, _> =
        samples.family(REQUESTS).into_iter().map(|(labels, value)| (labels.to_owned(), value)).collect();
    assert_eq!(found, expected);
    // Each has its duration; this scrape itself is counted in the next one.
    let count = |samples: &Samples| samples.family("svcd_request_duration_seconds_count").values().sum::<f64>();
    assert_eq!(count(&samples), expected.values().sum::<f64>());
    let samples = scrape(&mut client);
    assert_eq!(samples.family(REQUESTS)[series("GET", "/metrics", 200).as_str()], 1.0);
    let head = client.send(b"HEAD /metrics HTTP/1.1\r\nHost: h\r\n\r\n").answer_to(true);
    assert_eq!(head.field("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
}

#[test]
fn readiness_that_is_refused_during_the_drain_counts() {
    let server = Server::start(&["--drain-delay", "10s"]);
    let mut client = server.connect();
    assert_eq!(client.ask(&get("/readyz")).status, 200);
    server.signal("TERM");
    eventually(PATIENCE, "refusal of readiness", || {
        (server.connect().ask(&get("/readyz")).status == 503).then_some(())
    });
    let samples = scrape(&mut client);
    assert_eq!(samples.family(REQUESTS)[series("GET", "/readyz", 503).as_str()], 1.0);
}

#[test]
fn rows_and_predictions_count_by_class_on_and_off_the_event_loop() {
    let folder = Folder::new("rows");
    let path = folder.file("m.json", model(&["no", "y\"e\\s"]));
    let server = Server::start(&["--model", &path]);
    let mut client = server.connect();
    let samples = scrape(&mut client);
    assert_eq!(
        samples.family("svcd_predictions_total"),
        BTreeMap::from([("{class=\"no\"}", 0.0), ("{class=\"y\\\"e\\\\s\"}", 0.0)])
    );
    assert_eq!(client.ask(&post("/", "{\"x0\":-1}")).text(), "{\"val\": \"no\"}");
    assert_eq!(client.ask(&post("/", &rows([1.0, 2.0, -3.0]))).status, 200);
    // 5,000 rows are above 32 KiB, so a compute thread answers.
    let large = post("/", &rows((0..5_000).map(|row| if row % 5 == 0 { 1.0 } else { -1.0 })));
    assert!(large.len() > 32 << 10);
    assert_eq!(client.ask(&large).status, 200);
    // With a wrong row nothing is predicted, not even the rows before it.
    assert_eq!(client.ask(&post("/", "[{\"x0\":1},{\"x0\":null}]")).status, 400);
    let samples = scrape(&mut client);
    assert_eq!(samples.get("svcd_rows_predicted_total"), 5_004.0);
    let predictions = samples.family("svcd_predictions_total");
    assert_eq!(predictions, BTreeMap::from([("{class=\"no\"}", 4_002.0), ("{class=\"y\\\"e\\\\s\"}", 1_002.0)]));
}

#[test]
fn rows_outside_the_range_of_the_support_vectors_count_by_column() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let outside =
        |client: &mut Client| scrape(client).family("svcd_rows_outside_range_total").into_values().collect::<Vec<_>>();
    let names =
        scrape(&mut client).family("svcd_rows_outside_range_total").into_keys().map(str::to_owned).collect::<Vec<_>>();
    let expected = ["petal length (cm)", "petal width (cm)", "sepal length (cm)", "sepal width (cm)"];
    assert_eq!(names, expected.map(|name| format!("{{column=\"{name}\"}}")));
    let instances = |rows: &str| post("/v1/models/iris:predict", &format!("{{\"instances\": [{rows}]}}"));
    assert_eq!(client.ask(&instances("[5.1, 3.5, 1.4, 0.2]")).status, 200);
    assert_eq!(outside(&mut client), [0.0; 4]);
    // centimetres that are millimetres, and a petal that is too wide
    assert_eq!(client.ask(&instances("[51, 35, 14, 2], [5.1, 3.5, 1.4, 9.0], [5.1, 3.5, 1.4, 0.2]")).status, 200);
    assert_eq!(outside(&mut client), [1.0, 1.0, 1.0, 1.0]);
    // what is not answered does not count
    assert_eq!(client.ask(&instances("[51, 35, 14, 2], [51, 35, 14, null]")).status, 400);
    assert_eq!(outside(&mut client), [1.0, 1.0, 1.0, 1.0]);
    let named = |width: &str| {
        format!(
            "{{\"sepal length (cm)\":5,\"sepal width (cm)\":3,\"petal length (cm)\":1.5,\"petal width (cm)\":{width}}}"
        )
    };
    assert_eq!(client.ask(&post("/", &named("-7"))).status, 200);
    assert_eq!(
        client.ask(&post("/v1/models/iris:explain", &format!("{{\"instances\": [{}]}}", named("7")))).status,
        200
    );
    // above 32 KiB a compute thread answers
    let large = instances(&vec!["[5.1, 99, 1.4, 0.2]"; 5_000].join(","));
    assert_eq!(client.ask(&large).status, 200);
    assert_eq!(outside(&mut client), [1.0, 3.0, 1.0, 5_001.0]);
    // one could feel one's way to the ranges
    let server = Server::start(&["--support-vectors", "hide"]);
    assert!(!server.connect().ask(&get("/metrics")).text().contains("outside_range"));
}

#[test]
fn connections_count_from_accept_to_close() {
    let server = Server::start(&["--connections-max", "3", "--workers", "1"]);
    let mut scraper = server.connect();
    let mut idle = server.connect();
    let mut busy = server.connect();
    assert_eq!(idle.ask(&get("/")).status, 200);
    busy.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{");
    let samples = eventually(PATIENCE, "request in flight", || {
        Some(scrape(&mut scraper)).filter(|samples| samples.get("svcd_requests_in_flight") == 1.0)
    });
    let facts = |samples: &Samples| {
        ["open", "accepted_total", "shed_total", "refused_total"]
            .map(|name| samples.get(&format!("svcd_connections_{name}")))
    };
    assert_eq!(facts(&samples), [3.0, 3.0, 0.0, 0.0]);
    // The one idle longest makes room.
    let mut next = server.connect();
    next.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{");
    idle.ends();
    let samples = eventually(PATIENCE, "second request in flight", || {
        Some(scrape(&mut scraper)).filter(|samples| samples.get("svcd_requests_in_flight") == 2.0)
    });
    assert_eq!(facts(&samples), [3.0, 4.0, 1.0, 0.0]);
    // With none idle, the new one is refused.
    scraper.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{");
    eventually(PATIENCE, "refusal", || (server.connect().ask(&get("/")).status == 503).then_some(()));
    for client in [&mut scraper, &mut busy, &mut next] {
        assert_eq!(client.ask(b"}").status, 400);
    }
    drop((busy, next));
    let samples = eventually(PATIENCE, "all but one connection closed", || {
        Some(scrape(&mut scraper)).filter(|samples| samples.get("svcd_connections_open") == 1.0)
    });
    let refused = samples.get("svcd_connections_refused_total");
    assert!(refused >= 1.0);
    assert_eq!(samples.get("svcd_overload_refusals_total{limit=\"connections_max\"}"), refused);
    assert_eq!(samples.family(REQUESTS)[series("-", "-", 503).as_str()], refused);
    assert_eq!(samples.get("svcd_requests_in_flight"), 0.0);
}

#[test]
fn a_full_compute_queue_is_seen() {
    // Each row takes a while with many support vectors, so the compute threads are soon busy.
    let folder = Folder::new("queue");
    let path = folder.file("slow.json", slow_model());
    let server = Server::start(&["--model", &path]);
    let content = rows(vec![0.5; 3_000]);
    let mut clients: Vec<_> = (0..8).map(|_| server.connect()).collect();
    let mut scraper = server.connect();
    clients.iter_mut().for_each(|client| {
        client.send(&post("/", &content));
    });
    eventually(PATIENCE, "queue of large requests", || {
        let samples = scrape(&mut scraper);
        let (depth, in_flight) = (samples.get("svcd_compute_queue_depth"), samples.get("svcd_requests_in_flight"));
        (depth > 0.0 && in_flight > depth).then_some(())
    });
    clients.iter_mut().for_each(|client| assert_eq!(client.answer().status, 200));
    // A client may have its answer a moment before the event loop updates its counters.
    let samples = eventually(PATIENCE, "nothing in flight", || {
        Some(scrape(&mut scraper)).filter(|samples| samples.get("svcd_requests_in_flight") == 0.0)
    });
    assert_eq!(samples.get("svcd_compute_queue_depth"), 0.0);
    assert_eq!(samples.get("svcd_rows_predicted_total"), 24_000.0);
}

#[test]
fn rows_whose_label_is_not_proven_are_counted() {
    let folder = Folder::new("unproven");
    let rbf = |scale: f64| {
        serde_json::json!({
            "format": "svcd-svc", "format_version": 1, "kernel": "rbf", "_gamma": 1.0, "classes_": [0, 1], "n_support_": [1, 1],
            "support_vectors_": [[0.0], [scale]], "_dual_coef_": [[0.5, -0.5]], "_intercept_": [0.0],
            "decision_function_shape": "ovr", "break_ties": false,
        })
        .to_string()
    };
    let path = folder.file("rbf.json", rbf(1.0));
    let server = Server::start(&["--model", &path]);
    let mut client = server.connect();
    assert_eq!(scrape(&mut client).get("svcd_rows_without_proven_label_total"), 0.0);
    // the middle is as far from one as from the other
    assert_eq!(client.ask(&post("/", &rows([0.0, 0.5, 1.0, 0.75]))).status, 200);
    assert_eq!(scrape(&mut client).get("svcd_rows_without_proven_label_total"), 1.0);
    // with numbers this large no label can be proven
    let path = folder.file("large.json", rbf(1e6));
    let server = Server::start(&["--model", &path]);
    assert!(!server.connect().ask(&get("/metrics")).text().contains("svcd_rows_without_proven_label_total"));
}

/// 400 support vectors of one feature.
fn slow_model() -> String {
    let half = 200;
    let vectors: Vec<_> = (0..2 * half).map(|vector| vec![f64::from(vector) / 10.0]).collect();
    let coefficients: Vec<_> = (0..2 * half).map(|vector| if vector < half { 0.5 } else { -0.5 }).collect();
    serde_json::json!({
        "format": "svcd-svc", "format_version": 1, "kernel": "rbf", "_gamma": 1.0, "classes_": [0, 1],
        "n_support_": [half, half], "support_vectors_": vectors, "_dual_coef_": [coefficients], "_intercept_": [0.0],
        "decision_function_shape": "ovr", "break_ties": false,
    })
    .to_string()
}

#[test]
fn bytes_are_those_on_the_wire() {
    let server = Server::start(&["--workers", "1"]);
    let first = post("/", "{}");
    let answered = server.exchange(&first).len();
    let question = get("/metrics");
    let samples = scrape(&mut server.connect());
    assert_eq!(samples.get("svcd_received_bytes_total"), (first.len() + question.len()) as f64);
    assert_eq!(samples.get("svcd_sent_bytes_total"), answered as f64);
}

#[test]
fn the_process_and_the_model_are_described() {
    let folder = Folder::new("described");
    let path = folder.file("wine.v2.json", model(&["a", "b"]));
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let server = Server::start(&["--model", &path]);
    let samples = scrape(&mut server.connect());
    let sha256 = sha256sum(&path);
    let labels =
        "estimator=\"SVC\",target=\"classes\",kernel=\"linear\",classes=\"2\",features=\"1\",support_vectors=\"2\"";
    let info = format!("svcd_model_info{{name=\"wine.v2\",sha256=\"{sha256}\",{labels}}}");
    assert_eq!(samples.get(&info), 1.0);
    assert_eq!(samples.get(&format!("svcd_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))), 1.0);
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for name in ["process_start_time_seconds", "svcd_model_loaded_timestamp_seconds"] {
        let time = Duration::from_secs_f64(samples.get(name));
        // Milliseconds are shown.
        assert!(time + Duration::from_millis(1) >= before && time <= after, "{name}: {before:?} {time:?} {after:?}");
    }
    let resident = samples.get("process_resident_memory_bytes");
    assert!((1e6..100e6).contains(&resident), "{resident}");
    assert!(samples.get("process_virtual_memory_bytes") >= resident);
    let descriptors = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
    // The scraper's connection was open then, and may be closed now.
    let open = samples.get("process_open_fds");
    assert!(open >= descriptors as f64 && open <= descriptors as f64 + 1.0, "{open} {descriptors}");
    assert!(samples.get("process_max_fds") > open && samples.get("process_threads") > 2.0);
    assert!(samples.has("process_cpu_seconds_total"));
}
