//! H: Host and the other fields.

use svcd::http::{Error, Limits, Method};

use super::case::{Facts, IRIS, Table, facts, post, wire};

pub fn add_to(t: &mut Table) {
    host(t);
    lines(t);
    values(t);
    sections(t);
    names(t);
}

fn get() -> Facts {
    facts(Method::Get, "/healthz")
}

fn hello() -> Facts {
    facts(Method::Post, "/").content("hello")
}

fn host(t: &mut Table) {
    for text in [
        "GET / HTTP/1.1⏎⏎",
        "GET / HTTP/1.1⏎H⏎Host: h⏎⏎",
        "GET / HTTP/1.1⏎H⏎X: y⏎hOST: i⏎⏎",
        "GET / HTTP/1.0⏎H⏎Host: h⏎⏎",
        "GET / HTTP/1.1⏎Hosts: h⏎⏎",
    ] {
        t.refuses("H01", "count", text, Error::Host);
    }
    t.takes("H02", "1.0 without Host", "GET /healthz HTTP/1.0⏎⏎", get().http10(false)).on_both();
    for value in [
        "a b", "a/x", "u@a", "a:8x", "a:80:80", "a,b", "[::1", "[::1]x", "[::g]", "[g::1]", "::1", "", " ", ":80",
        "a%zz", "a\"", "a?b", "a?", "a#b", "a#", "a\\b", "\u{e9}", "http://h",
    ] {
        t.refuses("H03", value, &format!("GET / HTTP/1.1⏎Host: {value}⏎⏎"), Error::Host);
        if !value.trim().is_empty() {
            t.refuses("H03", value, &format!("GET / HTTP/1.0⏎Host: {value}⏎⏎"), Error::Host);
        }
    }
    for value in ["h:8000", "h:", "127.0.0.1:1", "[::1]", "[2001:db8::1]:443", "a-b.c_d~e", "%41", "a!$&'()*+;=b"] {
        t.takes("H03", value, &format!("GET /healthz HTTP/1.1⏎Host: {value}⏎⏎"), get()).on_both();
    }
}

fn lines(t: &mut Table) {
    for line in ["X : v", "X\t: v", "Content-Length : 5", "Transfer-Encoding : chunked", "Host : h"] {
        t.refuses("H04", line, &format!("POST / HTTP/1.1⏎H⏎{line}⏎⏎"), Error::FieldName);
    }
    t.refuses("H04", "space before the first field", "GET / HTTP/1.1⏎ X: v⏎H⏎⏎", Error::FieldName);
    t.refuses("H04", "tab before the first field", "GET / HTTP/1.1⏎\tHost: h⏎⏎", Error::FieldName);
    t.refuses("H05", "space", "GET / HTTP/1.1⏎H⏎X: a⏎ b⏎⏎", Error::FieldName);
    t.refuses("H05", "tab", "GET / HTTP/1.1⏎H⏎X: a⏎\tb: c⏎⏎", Error::FieldName);
    t.refuses("H05", "empty continuation", "GET / HTTP/1.1⏎H⏎X: a⏎ ⏎⏎", Error::FieldName);
    for line in ["NoColon", ": v", "X[a]: v", "X\u{e9}: v", "X\0: v", "X Y: v", "(X): v", "X@: v", "\"X\": v"] {
        t.refuses("H06", line, &format!("GET / HTTP/1.1⏎H⏎{line}⏎⏎"), Error::FieldName);
    }
}

fn values(t: &mut Table) {
    for value in ["a\rb", "a\nX: b", "a\x07", "\0", "\x7f", "\x0b", "\x1b[0m"] {
        t.refuses("H07", "control byte", &format!("GET / HTTP/1.1⏎H⏎X: {value}⏎⏎"), Error::FieldValue);
    }
    for value in ["", " ", "caf\u{e9}", "\u{80}\u{ff}", "a\tb", ":", "a: b, c"] {
        t.takes("H08", "value", &format!("GET /healthz HTTP/1.1⏎H⏎X:{value}⏎⏎"), get()).on_both();
    }
    t.takes("H09", "SP and HTAB", "POST / HTTP/1.1⏎Host:\t h \t⏎Content-Length: \t5 ⏎⏎hello", hello());
    for (value, error) in [
        ("\x0b5", Error::FieldValue),
        ("5\x0c", Error::FieldValue),
        ("\u{85}5", Error::ContentLength),
        ("\u{a0}5", Error::ContentLength),
        ("5\u{a0}", Error::ContentLength),
    ] {
        let text = format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello");
        t.refuses("H09", "other white space", &text, error);
    }
}

fn sections(t: &mut Table) {
    let limits = Limits::default();
    let filler = "X: y⏎".repeat(limits.field_lines_max - 1);
    t.takes("H10", "100 lines", &format!("GET /healthz HTTP/1.1⏎H⏎{filler}⏎"), get()).on_both();
    let mut refuses = |name, text: &str| {
        t.refuses("H10", name, text, Error::HeaderSection);
    };
    refuses("line 101 begins", &format!("GET /healthz HTTP/1.1⏎H⏎{filler}X"));
    let value = "v".repeat(limits.header_section_bytes_max - wire("Host: h⏎X: ⏎").len());
    refuses("a byte more, unfinished", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}vvv"));
    refuses("a byte more", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}v⏎⏎"));
    refuses("a byte more, in 1.0", &format!("GET /healthz HTTP/1.0⏎H⏎X: {value}v⏎⏎"));
    refuses("one endless name", &format!("GET /healthz HTTP/1.1⏎H⏎{value}vvvvvvvvvvvvvvvv"));
    refuses("a wrong byte behind the budget", &format!("GET / HTTP/1.1⏎H⏎X: {value}vvv\0⏎⏎"));
    refuses("a wrong name behind the budget", &format!("GET / HTTP/1.1⏎H⏎{value}vvvvvv x⏎⏎"));
    refuses("much more", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}{value}\0⏎⏎"));
    t.takes("H10", "32 KiB", &format!("GET /healthz HTTP/1.1⏎H⏎X: {value}⏎⏎"), get()).on_both();
    t.refuses("H11", "CR and another byte", "GET / HTTP/1.1⏎H⏎\rX", Error::FieldName);
    t.refuses("H11", "CR CR LF", "GET / HTTP/1.1⏎H⏎\r⏎", Error::FieldName);
}

fn names(t: &mut Table) {
    for line in ["Content_Length: 5", "Transfer_Encoding: chunked", "content_length: 0", "TRANSFER_ENCODING: x"] {
        t.refuses("H12", line, &format!("POST / HTTP/1.1⏎H⏎{line}⏎⏎"), Error::FieldLookalike);
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
        "Content-Lengths: 7",
        "Cookie: a=b",
        "Authorization: Basic eDp5",
    ] {
        let text = format!("GET /healthz HTTP/1.1⏎H⏎{line}⏎⏎");
        t.takes("H13", line, &text, get());
        t.product("H13", line, &text, "200").text("{\"status\":\"alive\"}");
    }
    let types = "Content-Type: application/json⏎content-type: application/json⏎";
    let two_types = |content| Facts { content_type_lines: 2, ..facts(Method::Post, "/").content(content) };
    let text = post("/", types, IRIS);
    t.takes("H14", "two lines, and the connection stays", &text, two_types(IRIS)).on_both();
    let text = format!("POST / HTTP/1.1⏎H⏎{types}Transfer-Encoding: chunked⏎⏎1⏎x⏎0⏎⏎");
    t.takes("H14", "chunked", &text, two_types("x")).on_both();
    for text in [
        "POST / HTTP/1.1⏎host: h⏎CONTENT-LENGTH: 5⏎⏎hello",
        "POST / HTTP/1.1⏎content-length: 5⏎X: y⏎HOST: h⏎⏎hello",
        "POST / HTTP/1.1⏎TRANSFER-ENCODING: chunked⏎hOsT: h⏎⏎5⏎hello⏎0⏎⏎",
    ] {
        t.takes("H15", "case and order", text, hello());
    }
    let options = |value: &str| format!("GET /healthz HTTP/1.1⏎connection: a⏎H⏎Connection: {value}⏎⏎");
    t.takes("H15", "Connection in other cases", &options("x ,\tCLOSE"), get().closing()).on_both();
    t.takes("H15", "no substring of a list member", &options("disclose, close-not"), get()).on_both();
    let expects = Facts { expects_continue: true, ..get() };
    t.takes("H15", "Expect in other cases", "GET /healthz HTTP/1.1⏎H⏎EXPECT: 100-Continue⏎⏎", expects).on_both();
}
