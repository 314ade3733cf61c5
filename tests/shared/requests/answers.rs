//! A: what answers look like, routes and types.

use svcd::http::Error;

use super::case::{IRIS, Table, post};

pub fn add_to(t: &mut Table) {
    heads(t);
    routes(t);
    types(t);
    ignored_fields(t);
}

fn heads(t: &mut Table) {
    t.both("A01", "towards 1.0", "GET /healthz HTTP/1.0⏎⏎", "200+c");
    t.refuses("A01", "towards 2.0", "GET /healthz HTTP/2.0⏎⏎", Error::MajorVersion);
    t.echo("A03", "no content", "GET / HTTP/1.1⏎H⏎⏎", "200").field("Content-Length", "0");
    t.echo("A03", "content of several digits", &post("/", "", &"x".repeat(1_234)), "200")
        .field("Content-Length", "1234");
    for (request, status) in [
        ("HEAD / HTTP/1.1⏎H⏎⏎", "200"),
        ("HEAD /healthz HTTP/1.1⏎H⏎⏎", "200"),
        ("HEAD /readyz HTTP/1.1⏎H⏎⏎", "200"),
        ("HEAD /version HTTP/1.1⏎H⏎⏎", "200"),
        ("HEAD /none HTTP/1.1⏎H⏎⏎", "404"),
        ("HEAD / HTTP/1.1⏎H⏎Connection: close⏎⏎", "200+c"),
        ("HEAD / HTTP/1.0⏎⏎", "200+c"),
    ] {
        t.product("A04", request, request, status);
    }
    for (request, error) in [
        ("HEAD / HTTP/1.1⏎⏎", Error::Host),
        ("HEAD  / HTTP/1.1⏎⏎", Error::Target),
        ("HEAD / HTTP/2.0⏎H⏎⏎", Error::MajorVersion),
        ("HEAD / HTTP/1.1⏎H⏎Expect: x⏎⏎", Error::Expectation),
        ("HEAD / HTTP/1.1⏎H⏎Transfer-Encoding: gzip, chunked⏎⏎", Error::TransferCoding),
        ("HEAD / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎x", Error::ChunkSize),
    ] {
        t.refuses("A04", request, request, error);
    }
    t.both("A04", "content too large", "HEAD / HTTP/1.1⏎H⏎Content-Length: 99999999999⏎⏎", "413+c");
    t.both("A04", "two types", "HEAD / HTTP/1.1⏎H⏎Content-Type: a⏎Content-Type: b⏎⏎", "400");
    t.refuses("A04", "target too long", &format!("HEAD /{}", "a".repeat(8_192)), Error::TargetLength);
    t.begins("A04", "FIN inside", "HEAD / HTTP/1.1⏎Ho");
}

fn routes(t: &mut Table) {
    for request in
        ["GET /none", "POST /none", "HEAD /healthy", "PUT /none", "OPTIONS /none", "POST /predict", "GET /v2x"]
    {
        t.product("A05", request, &format!("{request} HTTP/1.1⏎H⏎⏎"), "404");
    }
    for (path, allow) in [
        ("/", "GET, HEAD, POST, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/readyz", "GET, HEAD, OPTIONS"),
        ("/version", "GET, HEAD, OPTIONS"),
    ] {
        t.product("A06", path, &format!("OPTIONS {path} HTTP/1.1⏎H⏎⏎"), "204").field("Allow", allow);
    }
    t.echo("A12", "panic", "GET /panic HTTP/1.1⏎H⏎⏎", "500+c");
    t.echo("A12", "panic with content", &post("/panic", "", "hello"), "500+c");
    t.echo("A12", "panic for HEAD", "HEAD /panic HTTP/1.1⏎H⏎⏎", "500+c");
    t.product("A13", "JSON", &post("/", "", IRIS), "200").field("Content-Type", "application/json");
    t.product("A13", "text", "GET /version HTTP/1.1⏎H⏎⏎", "200").field("Content-Type", "text/plain; charset=utf-8");
}

fn types(t: &mut Table) {
    for value in [
        "text/plain",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "json",
        "",
        "application/json; charset=latin1",
        "application/json;charset=\"utf-16\"",
        "application/json; x=y; charset=windows-1252",
    ] {
        t.product("A07", value, &post("/", &format!("Content-Type: {value}⏎"), IRIS), "415");
        let chunks = format!("{:x}⏎{IRIS}⏎0⏎⏎", IRIS.len());
        let text = format!("POST / HTTP/1.1⏎H⏎Content-Type: {value}⏎Transfer-Encoding: chunked⏎⏎{chunks}");
        t.product("A07", "chunked", &text, "415");
        let empty = post("/", &format!("Content-Type: {value}⏎"), "");
        t.product("A07", "the type of an empty content is not looked at", &empty, "400");
        let empty = format!("POST / HTTP/1.1⏎H⏎Content-Type: {value}⏎Transfer-Encoding: chunked⏎⏎0⏎⏎");
        t.product("A07", "nor when it is chunked", &empty, "400");
    }
    for line in [
        "",
        "Content-Type: application/json⏎",
        "content-type: APPLICATION/JSON⏎",
        "Content-Type: application/json; charset=utf-8⏎",
        "Content-Type: application/json;charset=\"UTF-8\"⏎",
        "Content-Type: application/json; charset=utf8⏎",
        "Content-Type: application/json; Charset=\"US-ASCII\"⏎",
        "Content-Type: application/x-www-form-urlencoded⏎",
        "Content-Encoding: identity⏎",
    ] {
        t.product("A08", "read as JSON", &post("/", line, IRIS), "200").text("{\"val\": 0}");
    }
    for lines in [
        "br",
        "x",
        "gzip, gzip",
        "gzip⏎Content-Encoding: gzip",
        "deflate⏎Content-Encoding: gzip",
        "identity, gzip",
        "identity⏎Content-Encoding: br",
        "",
        "identity;q=1",
        "gzip;q=1",
    ] {
        t.product("A09", "coding", &post("/", &format!("Content-Encoding: {lines}⏎"), IRIS), "415")
            .field("Accept-Encoding", "gzip, deflate, identity");
    }
    for coding in ["gzip", "GZIP", "x-gzip", "deflate"] {
        let text = post("/", &format!("Content-Encoding: {coding}⏎"), IRIS);
        t.product("A09", "content that is not compressed", &text, "400").field("Accept-Encoding", None);
    }
    t.product("A09", "type", &post("/", "Content-Type: text/plain⏎", IRIS), "415").field("Accept-Encoding", None);
}

fn ignored_fields(t: &mut Table) {
    for line in [
        "Accept: image/png",
        "Accept: application/json;q=0",
        "Accept-Encoding: gzip;q=1, identity;q=0",
        "Accept-Charset: latin1",
        "Accept-Language: xx",
        "Range: bytes=0-1",
        "Range: bytes=9-1,-,x",
        "If-Match: \"x\"",
        "If-None-Match: *",
        "If-Modified-Since: Sun, 06 Nov 2094 08:49:37 GMT",
        "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        "If-Range: \"x\"",
        "TE: trailers, deflate",
        "Max-Forwards: 0",
        "Prefer: respond-async",
    ] {
        t.product("A10", line, &format!("GET /healthz HTTP/1.1⏎H⏎{line}⏎⏎"), "200");
        t.product("A10", line, &post("/", &format!("{line}⏎"), IRIS), "200");
    }
    for id in ["zq id", "zq/id", "zq\u{e9}id", "<zqid>", "zqid;", &"zqid".repeat(33)] {
        t.product("A15", "what is no request id", &format!("GET /healthz HTTP/1.1⏎H⏎X-Request-Id: {id}⏎⏎"), "200")
            .lacks("zq");
    }
}
