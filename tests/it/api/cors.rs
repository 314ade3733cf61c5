//! Pages of other origins: what a browser is told, and that nothing of it is there unless it was asked for.

use super::Fixture;
use crate::client::Answer;
use crate::harness::{PATIENCE, Server, eventually};

const APP: &str = "https://app.example";
const DEV: &str = "http://localhost:5173";
const EXPOSED: &str = "X-Request-Id, X-Model-Hash, Inference-Header-Content-Length, Retry-After";
const ROW: &str = r#"{"instances":[[{row:0}]]}"#;

fn fixture(flags: &[&str]) -> Fixture {
    Fixture::start_with("iris_rbf_scale", flags)
}

fn ask(fixture: &Fixture, request: &str, origin: &str, content: &str) -> Answer {
    fixture.ask(&format!("{request}\nOrigin: {origin}"), fixture.fill(content).as_bytes())
}

/// What an answer says of other origins.
fn of_cors(answer: &Answer) -> Vec<(&str, &str)> {
    let is_ours = |name: &str| name.starts_with("Access-Control-") || name == "Vary";
    answer
        .fields
        .iter()
        .filter(|(name, _)| is_ours(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The fields of an answer that this origin may read.
fn readable(origin: &str) -> Vec<(&str, &str)> {
    let vary = if origin == "*" { vec![] } else { vec![("Vary", "Origin")] };
    [vary, vec![("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED)]].concat()
}

#[test]
fn without_the_flag_no_answer_depends_on_the_origin() {
    let fixture = fixture(&[]);
    for (request, content) in [
        ("GET /healthz", ""),
        ("POST /v1/models/iris:predict", ROW),
        ("POST /v1/models/iris:predict", "{}"),
        ("GET /none", ""),
        ("OPTIONS /v1/models/iris:predict\nAccess-Control-Request-Method: POST", ""),
        ("OPTIONS /none\nAccess-Control-Request-Method: POST", ""),
    ] {
        let answer = ask(&fixture, request, APP, content);
        assert_eq!(of_cors(&answer), [], "{request}: {answer:?}");
        let plain = fixture.ask(request, fixture.fill(content).as_bytes());
        let fixed = |answer: &Answer| {
            let differs = |name: &str| name == "Date" || name == "X-Request-Id";
            let fields = answer.fields.iter().filter(|(name, _)| !differs(name)).cloned();
            (answer.status, fields.collect::<Vec<_>>(), answer.content.clone())
        };
        assert_eq!(fixed(&answer), fixed(&plain), "{request}");
    }
}

#[test]
fn pages_of_the_origins_named_may_read_all_answers_and_no_others_may() {
    let fixture = fixture(&["--cors-origin", APP, "--cors-origin", DEV, "--content-bytes-max", "1000"]);
    let large = " ".repeat(1001);
    for (request, content, status) in [
        ("GET /healthz", "", 200),
        ("HEAD /healthz", "", 200),
        ("POST /v1/models/iris:predict", ROW, 200),
        ("POST /v1/models/iris:predict", "{}", 400),
        ("POST /v1/models/iris:predict\nContent-Type: text/plain", "{}", 415),
        ("POST /v1/models/iris:predict", large.as_str(), 413),
        ("GET /v1/models/wine", "", 404),
        ("GET /v1/models/iris:predict", "", 405),
    ] {
        for origin in [APP, DEV] {
            let answer = ask(&fixture, request, origin, content);
            assert_eq!((answer.status, of_cors(&answer)), (status, readable(origin)), "{request}: {answer:?}");
        }
        // Caches have to keep these apart from those above.
        for other in [
            "https://app.example:444",
            "http://app.example",
            "https://APP.example",
            "null",
            "https://evil.example",
            "*",
        ] {
            let answer = ask(&fixture, request, other, content);
            assert_eq!((answer.status, of_cors(&answer)), (status, vec![("Vary", "Origin")]), "{request} {other}");
        }
        assert_eq!(of_cors(&fixture.ask(request, fixture.fill(content).as_bytes())), [("Vary", "Origin")]);
    }
    let page = ask(&fixture, "GET /\nAccept: text/html", APP, "");
    assert_eq!(page.values("Vary"), ["Accept, Origin"]);
    assert_eq!(page.field("Access-Control-Allow-Origin"), Some(APP));
}

#[test]
fn a_browser_that_asks_first_is_told_what_it_may_send() {
    let fixture = fixture(&["--cors-origin", APP]);
    let preflight = |path: &str, method: &str, origin: &str| {
        let fields = format!("Access-Control-Request-Method: {method}\nAccess-Control-Request-Headers: content-type");
        ask(&fixture, &format!("OPTIONS {path}\n{fields}"), origin, "")
    };
    for (path, method, allow) in [
        ("/", "POST", "GET, HEAD, POST, OPTIONS"),
        ("/v1/models/iris:predict", "POST", "POST, OPTIONS"),
        ("/v1/models/iris%3Apredict", "POST", "POST, OPTIONS"),
        ("/metrics", "GET", "GET, HEAD, OPTIONS"),
        ("/metrics", "DELETE", "GET, HEAD, OPTIONS"),
        // The page then gets to read the 404 that its request is answered with.
        ("/v1/models/wine:predict", "POST", "GET, HEAD, POST, OPTIONS"),
    ] {
        let answer = preflight(path, method, APP);
        let asked = [
            ("Access-Control-Allow-Methods", allow),
            ("Access-Control-Allow-Headers", "*, Authorization"),
            ("Access-Control-Max-Age", "7200"),
        ];
        let expected = [asked.to_vec(), readable(APP)].concat();
        assert_eq!((answer.status, of_cors(&answer)), (204, expected), "{path}: {answer:?}");
        assert_eq!(answer.field("Allow"), Some(allow));
    }
    // Without the question it is OPTIONS as always; another origin is told nothing.
    let plain = ask(&fixture, "OPTIONS /", APP, "");
    assert_eq!((plain.status, of_cors(&plain)), (204, readable(APP)));
    assert_eq!(ask(&fixture, "OPTIONS /none", APP, "").status, 404);
    for (path, status) in [("/", 204), ("/none", 404)] {
        let other = preflight(path, "POST", "https://evil.example");
        assert_eq!((other.status, of_cors(&other)), (status, vec![("Vary", "Origin")]), "{path}");
    }
}

#[test]
fn a_star_is_for_pages_of_all_origins() {
    let fixture = fixture(&["--cors-origin=*"]);
    for (request, status) in [("GET /healthz", 200), ("GET /none", 404), ("POST /v1/models/iris:predict", 400)] {
        for origin in [APP, "null"] {
            let answer = ask(&fixture, request, origin, "");
            assert_eq!((answer.status, of_cors(&answer)), (status, readable("*")), "{request}");
        }
        assert_eq!(of_cors(&fixture.ask(request, b"")), readable("*"), "{request}");
    }
    let preflight = ask(&fixture, "OPTIONS /\nAccess-Control-Request-Method: POST", APP, "");
    assert_eq!(preflight.field("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(preflight.field("Access-Control-Allow-Credentials"), None);
}

#[test]
fn what_the_engine_refuses_may_be_read_too() {
    let head = |origin: &str, more: &str| {
        format!("POST /v1/models/iris:predict HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\n{more}\r\n").into_bytes()
    };
    let two = fixture(&["--cors-origin", APP, "--cors-origin", DEV, "--body-timeout", "50ms"]);
    for (more, status) in [
        // Content that does not come, that is no chunk, and two types of content.
        ("Content-Length: 5\r\n", 408),
        ("Transfer-Encoding: chunked\r\n\r\nx", 400),
        ("Content-Length: 0\r\nContent-Type: a\r\nContent-Type: b\r\n", 400),
    ] {
        for (origin, expected) in [(DEV, readable(DEV)), ("https://evil.example", vec![("Vary", "Origin")])] {
            let answer = two.server.connect().ask(&head(origin, more));
            assert_eq!((answer.status, of_cors(&answer)), (status, expected), "{more}");
        }
    }
    // Nobody knows who has sent a head that cannot be read. A single origin is named all the same: to others its name is no use.
    let broken = b"GET  / HTTP/1.1\r\n\r\n";
    assert_eq!(of_cors(&two.server.connect().ask(broken)), [("Vary", "Origin")]);
    let one = fixture(&["--cors-origin", APP]);
    assert_eq!(of_cors(&one.server.connect().ask(broken)), readable(APP));
    let all = fixture(&["--cors-origin", "*"]);
    assert_eq!(of_cors(&all.server.connect().ask(broken)), readable("*"));
}

#[test]
fn a_server_that_stops_tells_pages_so() {
    let fixture = fixture(&["--cors-origin", APP, "--drain-delay", "10s"]);
    fixture.server.signal("TERM");
    let answer = eventually(PATIENCE, "readiness that is gone", || {
        Some(ask(&fixture, "GET /readyz", APP, "")).filter(|answer| answer.status != 200)
    });
    assert_eq!((answer.status, of_cors(&answer)), (503, readable(APP)));
}

#[test]
fn a_variable_names_origins_as_the_flag_does() {
    let mut command = Server::command(&[]);
    command.env("SVCD_CORS_ORIGIN", format!("{APP},{DEV}"));
    let server = Server::run(command);
    for origin in [APP, DEV] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\n\r\n");
        assert_eq!(of_cors(&server.connect().ask(request.as_bytes())), readable(origin));
    }
    drop(server);
    // What is no origin is an error before the port opens.
    let beside = Server::command(&["--cors-origin", "*", "--cors-origin", APP]).output().unwrap();
    let text = String::from_utf8(beside.stderr).unwrap();
    assert_eq!(beside.status.code(), Some(2), "{text}");
    assert!(text.starts_with("error: --cors-origin: expected * alone, found other origins too\n"), "{text}");
    for origin in ["https://app.example/", "null", "app.example", "", "https://app.example:443"] {
        let mut command = Server::command(&["--cors-origin", APP, "--cors-origin", origin]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        let expected = "error: --cors-origin: expected * or an origin as browsers send it, such as https://app.example";
        assert!(text.starts_with(expected) && text.contains(&format!("found `{origin}`")), "{text}");
    }
}
