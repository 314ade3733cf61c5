//! C: persistence, pipelining, expectations, upgrades, half-closes.

use svcd::http::{Error, Method};

use super::case::{Facts, IRIS, Table, facts, post};

pub fn add_to(t: &mut Table) {
    persistence(t);
    pipelines(t);
    expectations(t);
    upgrades(t);
    half_closes(t);
}

const GET: &str = "GET /healthz HTTP/1.1⏎H⏎⏎";

fn persistence(t: &mut Table) {
    t.both("C01", "default", GET, "200").field("Connection", None);
    t.both("C01", "keep-alive is nothing new", "GET /healthz HTTP/1.1⏎H⏎Connection: keep-alive⏎⏎", "200");
    for lines in [
        "Connection: close",
        "connection: CLOSE",
        "Connection: keep-alive, close",
        "Connection: x ,\tClose",
        "Connection: x⏎Connection: close",
        "Connection: close⏎Connection: keep-alive",
    ] {
        t.both("C02", lines, &format!("GET /healthz HTTP/1.1⏎H⏎{lines}⏎⏎"), "200+c");
    }
    t.both(
        "C02",
        "on an error that would not close",
        "POST / HTTP/1.1⏎H⏎Connection: close⏎Content-Type: a⏎\
        Content-Type: b⏎Content-Length: 1⏎⏎x",
        "400+c",
    );
    t.both("C02", "no substring", "GET /healthz HTTP/1.1⏎H⏎Connection: closed, not-close⏎⏎", "200");
    t.both("C03", "1.0", "GET /healthz HTTP/1.0⏎H⏎⏎", "200+c");
    t.both("C03", "1.0 with close", "GET /healthz HTTP/1.0⏎Connection: close⏎⏎", "200+c");
    t.both("C03", "1.0 with both", "GET /healthz HTTP/1.0⏎Connection: keep-alive, close⏎⏎", "200+c");
    for value in ["Keep-Alive", "keep-alive", "x, KEEP-ALIVE"] {
        t.both("C04", value, &format!("GET /healthz HTTP/1.0⏎Connection: {value}⏎⏎"), "200")
            .field("Connection", "keep-alive");
    }
    t.product("C04", "on an error", "GET /none HTTP/1.0⏎Connection: keep-alive⏎⏎", "404")
        .field("Connection", "keep-alive");
    t.echo("C05", "no 100 in 1.0", "POST / HTTP/1.0⏎Expect: 100-continue⏎Content-Length: 5⏎⏎hello", "200+c")
        .text("hello");
    t.both("C05", "content with its length", "GET /healthz HTTP/1.0⏎⏎", "200+c");
    for option in ["content-length", "Content-Length, Host", "transfer-encoding"] {
        let text = format!("POST / HTTP/1.1⏎H⏎Connection: {option}⏎Content-Length: 5⏎⏎hello");
        t.echo("C06", option, &text, "200").text("hello");
    }
    t.echo(
        "C06",
        "chunked",
        "POST / HTTP/1.1⏎H⏎Connection: transfer-encoding⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎⏎",
        "200",
    )
    .text("hello");
}

fn pipelines(t: &mut Table) {
    let row = post("/", "", IRIS);
    t.product("C07", "in order", &format!("{GET}{row}GET /version HTTP/1.1⏎H⏎⏎{row}"), "200 200 200 200").texts(&[
        "{\"status\":\"alive\"}",
        "{\"val\": 0}",
        env!("CARGO_PKG_VERSION"),
        "{\"val\": 0}",
    ]);
    t.both("C07", "before FIN", &GET.repeat(5), "200 200 200 200 200").then_fin();
    t.product(
        "C07",
        "errors that do not close",
        &format!("GET /none HTTP/1.1⏎H⏎⏎{GET}PUT / HTTP/1.1⏎H⏎⏎{GET}"),
        "404 200 405 200",
    );
    t.both("C08", "behind two good ones", &format!("{GET}{row}GET  / HTTP/1.1⏎H⏎⏎"), "200 200 400+c");
    t.both("C08", "behind a chunked one", "GET /healthz HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎0⏎⏎\x01", "200 400+c");
    t.both("C09", "behind close", &format!("GET /healthz HTTP/1.1⏎H⏎Connection: close⏎⏎{GET}"), "200+c");
    t.both("C09", "behind an error", &format!("GET / HTTP/1.1⏎⏎{GET}"), "400+c");
    t.both(
        "C09",
        "behind an error in the content",
        &format!("POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎x⏎{GET}"),
        "400+c",
    );
    t.both("C09", "behind 1.0", &format!("GET /healthz HTTP/1.0⏎⏎{GET}"), "200+c");
}

fn expectations(t: &mut Table) {
    let row = post("/", "Expect: 100-continue⏎", IRIS);
    t.both("C11", "content is here", &row, "200").whole();
    t.both("C11", "length 0", "GET /healthz HTTP/1.1⏎H⏎Expect: 100-continue⏎Content-Length: 0⏎⏎", "200");
    t.both("C11", "no content", "GET /healthz HTTP/1.1⏎H⏎Expect: 100-Continue⏎⏎", "200");
    t.both("C11", "1.0", &row.replace("1.1", "1.0"), "200+c");
    for value in ["", " ", ",", " , ,"] {
        let text = format!("POST / HTTP/1.1⏎H⏎Expect:{value}⏎Content-Length: 5⏎⏎hello");
        t.takes("C11", "no expectation", &text, facts(Method::Post, "/").content("hello"));
    }
    let expects = Facts { expects_continue: true, ..facts(Method::Get, "/healthz") };
    t.takes("C11", "empty members", "GET /healthz HTTP/1.1⏎H⏎Expect: , 100-continue,⏎⏎", expects).on_both();
    let expecting = |request: &str, length: &str| format!("{request} HTTP/1.1⏎H⏎Expect: 100-continue⏎{length}⏎⏎");
    for length in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        t.product("C12", "route", &expecting("POST /none", length), "404+c").alone();
        t.product("C12", "method", &expecting("DELETE /", length), "405+c").alone();
        t.product("C12", "unknown method", &expecting("BREW /", length), "501+c").alone();
        let typed = format!("Content-Type: text/plain⏎{length}");
        t.product("C12", "type", &expecting("POST /", &typed), "415+c").alone();
        let coded = format!("Content-Encoding: br⏎{length}");
        t.product("C12", "coding", &expecting("POST /", &coded), "415+c").alone();
        let two_types = format!("Content-Type: a/b⏎Content-Type: a/b⏎{length}");
        t.both("C12", "two types", &expecting("POST /", &two_types), "400+c").alone();
    }
    t.both("C12", "length", &expecting("POST /", "Content-Length: 8388609"), "413+c");
    for value in ["200-ok", "100-continue, x", "x, 100-continue", "100-continue;q=1", ", x"] {
        let text = format!("POST / HTTP/1.1⏎H⏎Expect: {value}⏎Content-Length: 5⏎⏎hello");
        t.refuses("C13", value, &text, Error::Expectation);
    }
}

fn upgrades(t: &mut Table) {
    for fields in [
        "Upgrade: h2c⏎HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA⏎Connection: Upgrade, HTTP2-Settings⏎",
        "Upgrade: websocket⏎Connection: Upgrade⏎Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==⏎Sec-WebSocket-Version: 13⏎",
        "Upgrade: TLS/1.2⏎Connection: upgrade⏎",
        "Upgrade: HTTP/9.9⏎",
    ] {
        t.both("C15", "ignored", &format!("GET /healthz HTTP/1.1⏎H⏎{fields}⏎"), "200");
        t.both("C15", "with content", &post("/", fields, IRIS), "200");
    }
    t.both("C15", "in 1.0", "GET /healthz HTTP/1.0⏎Upgrade: h2c⏎Connection: Upgrade⏎⏎", "200+c");
    t.both(
        "C15",
        "then the preface",
        "GET /healthz HTTP/1.1⏎H⏎Upgrade: h2c⏎Connection: Upgrade⏎⏎PRI * HTTP/2.0⏎⏎SM⏎⏎",
        "200 505+c",
    );
}

fn half_closes(t: &mut Table) {
    t.both("C16", "GET", GET, "200").then_fin();
    t.both("C16", "POST", &post("/", "", IRIS), "200").then_fin();
    t.both("C16", "an error that does not close", &post("/", "Content-Type: a⏎Content-Type: b⏎", "x"), "400")
        .then_fin();
    t.both("C16", "empty lines behind", &format!("{GET}⏎⏎"), "200").then_fin();
    for part in
        ["G", "GET /healthz", "GET /healthz HTTP/1.1⏎", "GET /healthz HTTP/1.1⏎H⏎", "GET /healthz HTTP/1.1⏎H⏎\r"]
    {
        t.begins("C17", part, part);
    }
    t.both("C17", "behind a whole request", &format!("{GET}GET"), "200 400+c").then_fin();
}
