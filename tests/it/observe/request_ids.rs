//! X-Request-Id on every answer.

use super::*;

/// Ids made here: ten hexadecimal digits, a dash, ten more.
fn is_made_up(id: &str) -> bool {
    let is_hexadecimal = |text: &str| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    id.split_once('-').is_some_and(|(prefix, counter)| is_hexadecimal(prefix) && is_hexadecimal(counter))
}

fn with_id(id: &str) -> Vec<u8> {
    format!("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Request-Id: {id}\r\n\r\n").into_bytes()
}

#[test]
fn a_clients_id_comes_back_with_every_kind_of_answer() {
    let server = Server::start(&["--body-timeout", "100ms"]);
    let id = "X-Request-ID: Az09._-\r\n";
    let long = format!("[{}]", vec!["{}"; 20_000].join(","));
    let requests = [
        (format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{id}\r\n"), 200),
        (format!("HEAD /healthz HTTP/1.0\r\n{id}\r\n"), 200),
        (format!("OPTIONS / HTTP/1.1\r\nHost: h\r\n{id}\r\n"), 204),
        (format!("GET /no HTTP/1.1\r\nHost: h\r\n{id}\r\n"), 404),
        (format!("POST /no HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 2\r\n\r\n{{}}"), 404),
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 2\r\n\r\n{{}}"), 400),
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"), 400),
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Transfer-Encoding: chunked\r\n\r\nz"), 400),
        // Computed off the loop.
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Content-Length: {}\r\n\r\n{long}", long.len()), 400),
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 99999999999\r\n\r\n"), 413),
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Content-Length: 5\r\n\r\n"), 408),
        (format!("POST / HTTP/1.1\r\nHost: h\r\n{id}Transfer-Encoding: chunked\r\n\r\n"), 408),
    ];
    // All at once, as some have to wait for their answer.
    let ask = |(request, status): (String, u16)| {
        let mut client = server.connect();
        client.send(request.as_bytes());
        (client, request, status)
    };
    for (mut client, request, status) in requests.map(ask) {
        let answer = client.answer_to(request.starts_with("HEAD "));
        assert_eq!((answer.status, answer.field("X-Request-Id")), (status, Some("Az09._-")), "{request:.60}");
    }
}

#[test]
fn any_other_id_is_replaced_by_one_that_nobody_else_gets() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let long = "x".repeat(129);
    let mut made = Vec::new();
    for id in ["", "a b", "a,b", "a\tb", "a\"b", "caf\u{e9}", "<script>", "{}", "a;b", "a/b", &long] {
        let answer = client.ask(&with_id(id));
        assert_eq!(answer.status, 200);
        let id_made = answer.field("X-Request-Id").unwrap().to_owned();
        assert!(is_made_up(&id_made), "{id:?} gave {id_made:?}");
        made.push(id_made);
    }
    let twice = b"GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: a\r\nX-Request-Id: a\r\n\r\n";
    made.push(client.ask(twice).field("X-Request-Id").unwrap().to_owned());
    made.push(client.ask(&get("/")).field("X-Request-Id").unwrap().to_owned());
    // A refused head is answered with an id too, and so is each connection of another worker.
    for _ in 0..8 {
        made.push(server.connect().ask(b"\x16\x03\x01").field("X-Request-Id").unwrap().to_owned());
    }
    assert!(made.iter().all(|id| is_made_up(id)), "{made:?}");
    let distinct: std::collections::HashSet<_> = made.iter().collect();
    assert_eq!(distinct.len(), made.len(), "{made:?}");
    assert_eq!(client.ask(&with_id(&"x".repeat(128))).field("X-Request-Id").unwrap().len(), 128);
}
