//! Memory while clients do their worst: the process never grows beyond what it has after loading its model, what it may hold for clients,
//! and 16 MiB for its threads, their buffers and the allocator.

use std::thread;
use std::time::Duration;

use serde_json::json;
use svcd::api::routes::TABLE;
use svcd::http::Method;

use crate::client::Client;
use crate::folder::Folder;
use crate::harness::{PATIENCE, Server, eventually};
use crate::proc;
use crate::worst::{self, NAME, VERTEX};

const BUFFERED_KIB: usize = 16 << 10;
const REST_KIB: usize = 16 << 10;
/// Bytes of a request's content.
const CONTENT_BYTES: usize = 256 << 10;
const CLIENTS: usize = 6;
const ROUNDS: usize = 2;
const HOLD: Duration = Duration::from_millis(400);

struct Watched {
    server: Server,
    loaded_kib: usize,
}

impl Watched {
    fn start(model: &[&str]) -> Watched {
        let limits = ["--buffered-bytes-max", "16MiB", "--write-timeout", "2s", "--predict-route", VERTEX];
        let server = Server::start(&[model, &limits].concat());
        let loaded_kib = proc::status(server.pid(), "VmRSS");
        Watched { server, loaded_kib }
    }

    fn digits() -> Watched {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/golden/digits_linear_ovo.json");
        Watched::start(&["--model", path, "--model-name", NAME])
    }

    fn assert_bounded(&self, what: &str) {
        let peak = proc::status(self.server.pid(), "VmHWM");
        let (loaded, bound) = (self.loaded_kib, self.loaded_kib + BUFFERED_KIB + REST_KIB);
        assert!(peak <= bound, "{what}: {peak} KiB at most, {loaded} KiB after loading, {bound} KiB allowed");
    }
}

/// Clients on ever new connections send `message` and read nothing.
fn flood(server: &Server, message: &[u8]) {
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let Ok(mut client) = Client::try_connect(server.address) else { continue };
                    // The server may have closed it already.
                    let _ = client.try_send(message);
                    thread::sleep(HOLD);
                }
            });
        }
    });
}

#[test]
fn no_content_of_any_route_makes_the_process_grow_beyond_its_bound() {
    assert_eq!(worst::without_case(), []);
    for case in worst::all(CONTENT_BYTES) {
        let watched = Watched::digits();
        flood(&watched.server, &case.message());
        watched.assert_bounded(&format!("{}, {}, {}", case.route, case.media_type, case.what));
    }
}

#[test]
fn big_answers_that_nobody_reads_are_bounded() {
    // A byte for each number, four of them a row, and all outputs of each: ten times the bytes of the request, and more.
    let watched = Watched::start(&[]);
    let n_rows = 250_000;
    let json = format!(
        r#"{{"inputs":[{{"name":"x","shape":[{n_rows},4],"datatype":"UINT8","parameters":{{"binary_data_size":{}}}}}],"outputs":[{{"name":"predict"}},{{"name":"decision_function"}}]}}"#,
        4 * n_rows
    );
    let head = format!(
        "POST /v2/models/iris/infer HTTP/1.1\r\nHost: h\r\nContent-Type: application/octet-stream\r\n\
         Inference-Header-Content-Length: {}\r\nContent-Length: {}\r\n\r\n",
        json.len(),
        json.len() + 4 * n_rows
    );
    flood(&watched.server, &[head.as_bytes(), json.as_bytes(), &vec![5; 4 * n_rows]].concat());
    watched.assert_bounded("UINT8");
}

#[test]
fn pipelines_that_nobody_reads_are_bounded() {
    let watched = Watched::digits();
    for route in TABLE.iter().filter(|route| route.method == Method::Get) {
        let path = route.path.replace("{model}", NAME).replace("{health_route}", "/healthz");
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        flood(&watched.server, request.repeat(2_000).as_bytes());
    }
    watched.assert_bounded("pipelines");
    // Within the write timeout everything is given back: there is room for a request that needs most of it.
    let content = worst::all(CONTENT_BYTES).remove(0);
    eventually(PATIENCE, "room", || (watched.server.connect().ask(&content.message()).status == 200).then_some(()));
}

#[test]
fn requests_that_wait_for_their_turn_hold_no_buffers_of_the_model() {
    // What is computed of eight rows at once takes 10 MiB.
    const VECTORS: usize = 160_000;
    let folder = Folder::new("turns");
    let vectors: Vec<[f64; 1]> = (0..VECTORS).map(|index| [index as f64]).collect();
    let model = json!({
        "format": "svcd-svc", "format_version": 1, "sklearn_version": "1.9.1", "kernel": "rbf", "_gamma": 1e-9,
        "classes_": [0, 1], "n_support_": [VECTORS / 2, VECTORS / 2], "support_vectors_": vectors,
        "_dual_coef_": [vec![0.5; VECTORS]], "_intercept_": [0.0],
        "decision_function_shape": "ovr", "break_ties": false,
    });
    let path = folder.file("model.json", model.to_string());
    let watched = Watched::start(&["--model", &path, "--model-name", NAME]);
    let n_rows = 2_000;
    let before = proc::status(watched.server.pid(), "Threads");
    let content = json!({
        "inputs": [{"name": "x", "shape": [n_rows, 1], "datatype": "FP64", "data": vec![1; n_rows]}],
        "outputs": [{"name": "decision_function"}],
    });
    let content = content.to_string();
    let head = format!("POST /v2/models/{NAME}/infer HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", content.len());
    let ask = |_| {
        let mut client = watched.server.connect();
        client.send(head.as_bytes()).send(content.as_bytes());
        client
    };
    let clients: Vec<Client> = (0..10).map(ask).collect();
    // Threads come as they are needed, four or more beside those of the start.
    eventually(PATIENCE, "turns", || (proc::status(watched.server.pid(), "Threads") >= before + 4).then_some(()));
    thread::sleep(HOLD);
    watched.assert_bounded("turns");
    drop(clients);
}
