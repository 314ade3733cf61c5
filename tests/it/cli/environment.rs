//! Variables that others set, and variables with a slip of the pen.

use super::*;
use crate::harness::{PATIENCE, Server};

/// What Kubernetes sets in each pod beside a Service called `svcd`.
const LINKS: [(&str, &str); 7] = [
    ("SVCD_SERVICE_HOST", "10.0.0.1"),
    ("SVCD_SERVICE_PORT", "8000"),
    ("SVCD_PORT", "tcp://10.0.0.1:8000"),
    ("SVCD_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
    ("SVCD_PORT_8000_TCP_PROTO", "tcp"),
    ("SVCD_PORT_8000_TCP_PORT", "8000"),
    ("SVCD_PORT_8000_TCP_ADDR", "10.0.0.1"),
];

/// The warnings in the log of a server.
fn warnings(mut server: Server) -> Vec<String> {
    server.signal("TERM");
    server.wait(PATIENCE);
    let log = server.into_stderr();
    let lines = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let warnings = lines.filter(|line| line["event"] == "start_warning" && line["level"] == "warn");
    warnings.map(|line| line["warning"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn links_to_a_service_of_kubernetes_are_passed_over_with_one_warning() {
    let mut command = svcd(&["serve"]);
    command.envs(LINKS).env("PORT", "0");
    let server = Server::run(command);
    let text = "SVCD_PORT=tcp://10.0.0.1:8000 and 6 more: ignored, as Kubernetes sets this for a Service; \
                `enableServiceLinks: false` in the pod's spec prevents it";
    // the probe inside the container has the same environment
    let port = server.address.port().to_string();
    let asked = outcome(&svcd(&["healthcheck"]).envs(LINKS).env("PORT", port).output().unwrap());
    assert_eq!(asked, (0, String::new(), format!("svcd: warning: {text}\n")));
    assert_eq!(warnings(server), [text]);
}

#[test]
fn an_unknown_variable_is_told_with_the_nearest_known_one() {
    let set = [("SVCD_MODLE", "m.bin"), ("SVCD_THREADS", "2"), ("SVC_PORT", "x")];
    let text = "unknown variable SVCD_MODLE, did you mean SVCD_MODEL?";
    let (code, _, stderr) = outcome(&svcd(&["inspect"]).envs(set).output().unwrap());
    assert_eq!((code, stderr), (0, format!("svcd: warning: {text}\n")));
    let mut command = Server::command(&[]);
    command.envs(set);
    assert_eq!(warnings(Server::run(command)), [text]);
}
