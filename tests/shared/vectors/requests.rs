//! R: the request line and the target.

use super::{IRIS, Table, post, wire};

pub fn add_to(t: &mut Table) {
    request_line(t);
    methods(t);
    versions(t);
    target_forms(t);
    target_bytes(t);
}

fn request_line(t: &mut Table) {
    t.both("R01", "two empty lines before", "⏎⏎GET /healthz HTTP/1.1⏎H⏎⏎", "200");
    t.both("R01", "eight empty lines before", "⏎⏎⏎⏎⏎⏎⏎⏎GET /healthz HTTP/1.1⏎H⏎⏎", "200");
    t.both("R01", "nine empty lines before", "⏎⏎⏎⏎⏎⏎⏎⏎⏎", "400+c");
    t.both("R01", "empty lines between", "GET /healthz HTTP/1.1⏎H⏎⏎⏎⏎GET /healthz HTTP/1.1⏎H⏎⏎", "200 200");
    t.both("R02", "TLS hello", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03", "400+c");
    t.both("R02", "PROXY v2", "⏎⏎\0⏎QUIT\n\x21\x11\0\x0c", "400+c");
    t.both("R02", "noise", "\u{ff}\u{fe}", "400+c");
    t.both("R03", "HTTP/0.9", "GET /⏎", "400+c");
    t.both("R03", "no target", "GET HTTP/1.1⏎", "400+c");
    t.both("R03", "method alone", "GET⏎", "400+c");
    t.both("R03", "SSH banner", "SSH-2.0-OpenSSH_9.6⏎", "400+c");
    t.both("R03", "PROXY v1", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2⏎", "400+c");
    for text in [
        "GET  / HTTP/1.1⏎H⏎⏎",
        "GET /  HTTP/1.1⏎H⏎⏎",
        " GET / HTTP/1.1⏎H⏎⏎",
        "GET / HTTP/1.1 ⏎H⏎⏎",
        "GET\t/ HTTP/1.1⏎H⏎⏎",
        "GET /\tHTTP/1.1⏎H⏎⏎",
        "GET /\x0bHTTP/1.1⏎H⏎⏎",
        "GET /\x0cHTTP/1.1⏎H⏎⏎",
        "GET\r/ HTTP/1.1⏎H⏎⏎",
        "GET  /\x0bHTTP/1.1 ⏎H⏎⏎",
    ] {
        t.both("R04", "white space", text, "400+c");
    }
    for text in [
        "GET / HTTP/1.1\nHost: h\n\n",
        "GET / HTTP/1.1\rHost: h⏎⏎",
        "GET / HTTP/1.1⏎Host: h\n⏎",
        "GET / HTTP/1.1⏎Host: h\rX: y⏎⏎",
        "GET / HTTP/1.1⏎H⏎\n",
        "\nGET / HTTP/1.1⏎H⏎⏎",
        "\rGET / HTTP/1.1⏎H⏎⏎",
    ] {
        t.both("R05", "line end", text, "400+c");
    }
}

fn methods(t: &mut Table) {
    for method in ["GE(T", "GE\0T", "GE\u{e9}T", "G,ET", "GET:", "{GET}", "\"GET\""] {
        t.both("R06", "byte in the method", &format!("{method} / HTTP/1.1⏎H⏎⏎"), "400+c");
    }
    t.both("R07", "33 bytes and nothing behind", &"A".repeat(33), "400+c");
    t.product("R07", "32 bytes", &format!("{} / HTTP/1.1⏎H⏎⏎", "A".repeat(32)), "501");
    for method in ["BREW", "get", "Post", "A", "!#$%&'*+-.^_`|~"] {
        t.product("R08", "unknown method", &format!("{method} / HTTP/1.1⏎H⏎⏎"), "501");
    }
    let inner = "GET /inner HTTP/1.1⏎H⏎⏎";
    let framed = format!("BREW / HTTP/1.1⏎H⏎Content-Length: {}⏎⏎{inner}", wire(inner).len());
    t.product("R08", "content", &framed, "501");
    t.echo("R08", "the engine leaves methods to its handler", &framed, "200").text(inner);
    t.product("R08", "chunked", "BREW / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎⏎", "501");
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "QUERY"] {
        t.product("R09", method, &format!("{method} / HTTP/1.1⏎H⏎⏎"), "405").field("Allow", "GET, HEAD, POST, OPTIONS");
        t.product("R09", method, &format!("{method} /healthz HTTP/1.1⏎H⏎⏎"), "405")
            .field("Allow", "GET, HEAD, OPTIONS");
    }
    t.product("R09", "POST where there is only GET", &post("/healthz", "", "x"), "405");
    t.both("R10", "CONNECT", "CONNECT h:443 HTTP/1.1⏎H⏎⏎", "501+c");
    t.both("R10", "CONNECT of a path", "CONNECT / HTTP/1.1⏎H⏎⏎", "501+c");
}

fn versions(t: &mut Table) {
    t.both("R11", "2.0", "GET / HTTP/2.0⏎H⏎⏎", "505+c");
    t.both("R11", "0.9", "GET / HTTP/0.9⏎H⏎⏎", "505+c");
    t.both("R11", "HTTP/2 preface", "PRI * HTTP/2.0⏎⏎SM⏎⏎", "505+c");
    for version in [
        "HTTP/1.10",
        "HTTP/01.1",
        "http/1.1",
        "Http/1.1",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/1.1x",
        "HTTP/1,1",
        "HTTP /1.1",
        "HTTPS/1.1",
        "HTTP/-1.1",
        "HTTP/x.1",
    ] {
        t.both("R12", version, &format!("GET / {version}⏎H⏎⏎"), "400+c");
    }
    t.both("R13", "1.2", "GET /healthz HTTP/1.2⏎H⏎⏎", "200");
    t.both("R13", "1.9 is 1.1 and needs Host", "GET /healthz HTTP/1.9⏎⏎", "400+c");
}

fn target_forms(t: &mut Table) {
    t.product("R14", "POST", &post("HTTP://h:80/", "", IRIS), "200").text("{\"val\": 0}");
    t.product("R14", "path and query", "GET http://[::1]:8000/healthz?x HTTP/1.1⏎H⏎⏎", "200");
    t.product("R14", "unknown path", "GET http://h/none HTTP/1.1⏎H⏎⏎", "404");
    t.both("R14", "no Host", "GET http://h/healthz HTTP/1.1⏎⏎", "400+c");
    t.both("R14", "invalid Host", "GET http://h/healthz HTTP/1.1⏎Host: a b⏎⏎", "400+c");
    t.product("R15", "GET", "GET http://h HTTP/1.1⏎H⏎⏎", "200").text("{\"status\":\"alive\"}");
    t.product("R15", "query", "GET http://h?x HTTP/1.1⏎H⏎⏎", "200");
    t.product("R15", "OPTIONS", "OPTIONS http://h HTTP/1.1⏎H⏎⏎", "204");
    for target in
        ["ftp://h/", "https://h/", "http://u@h/", "http://u:p@h/", "http:///", "http://", "http:/h", "http://h:x/"]
    {
        t.both("R16", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), "400+c");
    }
    t.product("R17", "OPTIONS *", "OPTIONS * HTTP/1.1⏎H⏎⏎", "204").field("Allow", "GET, HEAD, POST, OPTIONS");
    for text in ["GET healthz", "GET *", "POST *", "GET /a#b", "GET #", "GET h:80", "OPTIONS *x", "GET ?x"] {
        t.both("R18", text, &format!("{text} HTTP/1.1⏎H⏎⏎"), "400+c");
    }
}

fn target_bytes(t: &mut Table) {
    for byte in ["\x01", "\0", "\x1f", "\x7f", "\u{80}", "\u{ff}", "\"", "<", ">", "\\", "^", "`", "{", "|", "}"] {
        t.both("R19", "byte in the target", &format!("GET /{byte} HTTP/1.1⏎H⏎⏎"), "400+c");
        t.both("R19", "byte in the query", &format!("GET /?a={byte} HTTP/1.1⏎H⏎⏎"), "400+c");
    }
    for target in ["/%zz", "/x%", "/%a", "/%0g", "/?%", "/%%30"] {
        t.both("R20", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), "400+c");
    }
    for target in [
        "/healthz%00",
        "/%0d%0a",
        "/../healthz",
        "/./healthz",
        "/%2e%2e/healthz",
        "//",
        "//healthz",
        "/healthz/",
        "/%68ealthz",
        "/HEALTHZ",
        "/healthz;x",
    ] {
        t.product("R21", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), "404");
    }
    for target in ["/healthz?x=1", "/healthz?", "/healthz??/../%00", "/?x=/none"] {
        t.product("R22", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), "200");
    }
    t.product("R22", "POST", &post("/?explain=1", "", IRIS), "200");
    t.both("R23", "8,193 bytes and nothing behind", &format!("GET /{}", "a".repeat(8_192)), "414+c");
    t.both("R23", "in absolute-form", &format!("GET http://h/{}", "a".repeat(8_184)), "414+c");
    for bytes in [8_000, 8_192] {
        t.product("R24", "long", &format!("GET /{} HTTP/1.1⏎H⏎⏎", "a".repeat(bytes - 1)), "404");
        t.product("R24", "long query", &format!("GET /?{} HTTP/1.1⏎H⏎⏎", "a".repeat(bytes - 2)), "200");
    }
}
