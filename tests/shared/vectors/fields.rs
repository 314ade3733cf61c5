//! H: Host and the other fields.

use super::{IRIS, Table, post, wire};

pub fn add_to(t: &mut Table) {
    host(t);
    lines(t);
    values(t);
    sections(t);
    names(t);
}

fn host(t: &mut Table) {
    for text in [
        "GET / HTTP/1.1⏎⏎",
        "GET / HTTP/1.1⏎H⏎Host: h⏎⏎",
        "GET / HTTP/1.1⏎H⏎X: y⏎host: i⏎⏎",
        "GET / HTTP/1.0⏎H⏎Host: h⏎⏎",
        "GET / HTTP/1.1⏎Hosts: h⏎⏎",
    ] {
        t.both("H01", "count", text, "400+c");
    }
    t.both("H02", "1.0 without Host", "GET /healthz HTTP/1.0⏎⏎", "200+c");
    for value in [
        "a b", "a/x", "u@a", "a:8x", "a:80:80", "a,b", "[::1", "[::1]x", "[::g]", "::1", "", " ", ":80", "a%zz", "a\"",
        "a?b", "a#b", "a\\b", "\u{e9}", "http://h",
    ] {
        t.both("H03", value, &format!("GET / HTTP/1.1⏎Host: {value}⏎⏎"), "400+c");
        if !value.trim().is_empty() {
            t.both("H03", value, &format!("GET / HTTP/1.0⏎Host: {value}⏎⏎"), "400+c");
        }
    }
    for value in ["h:8000", "127.0.0.1:1", "[::1]", "[2001:db8::1]:443", "a-b.c_d~e", "%41"] {
        t.both("H03", value, &format!("GET /healthz HTTP/1.1⏎Host: {value}⏎⏎"), "200");
    }
}

fn lines(t: &mut Table) {
    for line in ["X : v", "X\t: v", "Content-Length : 5", "Transfer-Encoding : chunked", "Host : h"] {
        t.both("H04", line, &format!("POST / HTTP/1.1⏎H⏎{line}⏎⏎"), "400+c");
    }
    t.both("H04", "space before the first field", "GET / HTTP/1.1⏎ X: v⏎H⏎⏎", "400+c");
    t.both("H04", "tab before the first field", "GET / HTTP/1.1⏎\tHost: h⏎⏎", "400+c");
    t.both("H05", "space", "GET / HTTP/1.1⏎H⏎X: a⏎ b⏎⏎", "400+c");
    t.both("H05", "tab", "GET / HTTP/1.1⏎H⏎X: a⏎\tb: c⏎⏎", "400+c");
    t.both("H05", "empty continuation", "GET / HTTP/1.1⏎H⏎X: a⏎ ⏎⏎", "400+c");
    for line in ["NoColon", ": v", "X[a]: v", "X\u{e9}: v", "X\0: v", "X Y: v", "(X): v", "X@: v", "\"X\": v"] {
        t.both("H06", line, &format!("GET / HTTP/1.1⏎H⏎{line}⏎⏎"), "400+c");
    }
}

fn values(t: &mut Table) {
    for value in ["a\rb", "a\nb", "a\x07", "\0", "\x7f", "\x0b", "\x1b[0m"] {
        t.both("H07", "control byte", &format!("GET / HTTP/1.1⏎H⏎X: {value}⏎⏎"), "400+c");
    }
    for value in ["", " ", "caf\u{e9}", "\u{80}\u{ff}", "a\tb", ":"] {
        t.both("H08", "value", &format!("GET /healthz HTTP/1.1⏎H⏎X:{value}⏎⏎"), "200");
    }
    t.echo("H09", "SP and HTAB", "POST / HTTP/1.1⏎Host:\t h \t⏎Content-Length: \t5 ⏎⏎hello", "200").text("hello");
    for value in ["\x0b5", "\u{85}5", "\u{a0}5", "5\u{a0}", "5\x0c"] {
        t.both("H09", "other white space", &format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello"), "400+c");
    }
}

fn sections(t: &mut Table) {
    let filler = "X: y⏎".repeat(99);
    t.both("H10", "100 lines", &format!("GET /healthz HTTP/1.1⏎H⏎{filler}⏎"), "200");
    t.both("H10", "line 101 begins", &format!("GET /healthz HTTP/1.1⏎H⏎{filler}X"), "431+c");
    let value = "v".repeat((32 << 10) - wire("Host: h⏎X: ⏎").len());
    t.both("H10", "32 KiB", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}⏎⏎"), "200");
    t.both("H10", "a byte more, unfinished", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}vvv"), "431+c");
    t.both("H10", "a byte more, in 1.0", &format!("GET /healthz HTTP/1.0⏎H⏎X: {value}v⏎⏎"), "431+c");
    t.both("H10", "one endless name", &format!("GET /healthz HTTP/1.1⏎H⏎{value}vvvvvvvvvvvvvvvv"), "431+c");
    t.both("H10", "much more", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}{value}\0⏎⏎"), "431+c");
    t.both("H11", "CR and another byte", "GET / HTTP/1.1⏎H⏎\rX", "400+c");
    t.both("H11", "CR CR LF", "GET / HTTP/1.1⏎H⏎\r⏎", "400+c");
}

fn names(t: &mut Table) {
    for line in ["Content_Length: 5", "Transfer_Encoding: chunked", "content_length: 0", "TRANSFER_ENCODING: x"] {
        t.both("H12", line, &format!("POST / HTTP/1.1⏎H⏎{line}⏎⏎"), "400+c");
    }
    for line in [
        "X-Forwarded-For: 192.0.2.1, unknown",
        "X-Forwarded-Host: a b",
        "X-Forwarded-Proto: https",
        "Forwarded: for=\"_x\";host=i",
        "X-HTTP-Method-Override: DELETE",
        "X-Original-URL: /admin",
        "X-Rewrite-URL: /admin",
        "Made-Up: 1",
        "Keep-Alive: timeout=5",
        "Cookie: a=b",
        "Authorization: Basic eDp5",
    ] {
        t.product("H13", line, &format!("GET /healthz HTTP/1.1⏎H⏎{line}⏎⏎"), "200").text("{\"status\":\"alive\"}");
    }
    let types = "Content-Type: application/json⏎content-type: application/json⏎";
    t.both("H14", "two lines, and the connection stays", &post("/", types, IRIS), "400");
    t.both("H14", "chunked", &format!("POST / HTTP/1.1⏎H⏎{types}Transfer-Encoding: chunked⏎⏎1⏎x⏎0⏎⏎"), "400");
    for text in [
        "POST / HTTP/1.1⏎host: h⏎CONTENT-LENGTH: 5⏎⏎hello",
        "POST / HTTP/1.1⏎content-length: 5⏎X: y⏎HOST: h⏎⏎hello",
        "POST / HTTP/1.1⏎TRANSFER-ENCODING: chunked⏎hOsT: h⏎⏎5⏎hello⏎0⏎⏎",
    ] {
        t.echo("H15", "case and order", text, "200").text("hello");
    }
}
