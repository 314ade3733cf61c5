//! R: the request line and the target.

use svcd::http::{Error, Limits, Method};

use super::case::{IRIS, Outcome, Table, facts, post, wire};

pub fn add_to(t: &mut Table) {
    request_line(t);
    methods(t);
    versions(t);
    target_forms(t);
    target_bytes(t);
}

fn request_line(t: &mut Table) {
    let get = || facts(Method::Get, "/healthz");
    t.takes("R01", "one empty line", "⏎GET /healthz HTTP/1.1⏎H⏎⏎", get()).on_both();
    t.takes("R01", "eight empty lines", "⏎⏎⏎⏎⏎⏎⏎⏎GET /healthz HTTP/1.1⏎H⏎⏎", get()).on_both();
    t.refuses("R01", "the ninth empty line", "⏎⏎⏎⏎⏎⏎⏎⏎⏎", Error::EmptyLines);
    t.begins("R01", "half an empty line", "⏎\r").unanswered();
    t.both("R01", "empty lines between", "GET /healthz HTTP/1.1⏎H⏎⏎⏎⏎GET /healthz HTTP/1.1⏎H⏎⏎", "200 200");
    t.refuses("R02", "TLS hello", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03", Error::FirstByte);
    t.refuses("R02", "PROXY v2", "⏎⏎\0⏎QUIT\n\x21\x11\0\x0c", Error::FirstByte);
    t.refuses("R02", "noise", "\u{ff}\u{fe}", Error::FirstByte);
    t.refuses("R02", "noise behind an empty line", "⏎:", Error::FirstByte);
    t.refuses("R03", "HTTP/0.9", "GET /⏎", Error::Target);
    t.refuses("R03", "no target", "GET HTTP/1.1⏎", Error::Target);
    t.refuses("R03", "method alone", "GET⏎", Error::Method);
    t.refuses("R03", "SSH banner", "SSH-2.0-OpenSSH_9.6⏎", Error::Method);
    t.refuses("R03", "PROXY v1", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2⏎", Error::Version);
    for (text, error) in [
        ("GET  / HTTP/1.1⏎H⏎⏎", Error::Target),
        ("GET /  HTTP/1.1⏎H⏎⏎", Error::Version),
        (" GET / HTTP/1.1⏎H⏎⏎", Error::FirstByte),
        ("GET / HTTP/1.1 ⏎H⏎⏎", Error::Version),
        ("GET\t/ HTTP/1.1⏎H⏎⏎", Error::Method),
        ("GET /\tHTTP/1.1⏎H⏎⏎", Error::Target),
        ("GET /\x0bHTTP/1.1⏎H⏎⏎", Error::Target),
        ("GET /\x0cHTTP/1.1⏎H⏎⏎", Error::Target),
        ("GET\r/ HTTP/1.1⏎H⏎⏎", Error::Method),
        ("GET  /\x0bHTTP/1.1 ⏎H⏎⏎", Error::Target),
    ] {
        t.refuses("R04", "white space", text, error);
    }
    for (text, error) in [
        ("GET / HTTP/1.1\nHost: h\n\n", Error::Version),
        ("GET / HTTP/1.1\rHost: h⏎⏎", Error::Version),
        ("GET / HTTP/1.1⏎Host: h\n⏎", Error::FieldValue),
        ("GET / HTTP/1.1⏎Host: h\rX: y⏎⏎", Error::FieldValue),
        ("GET / HTTP/1.1⏎H⏎\n", Error::FieldName),
        ("\nGET / HTTP/1.1⏎H⏎⏎", Error::FirstByte),
        ("\rGET / HTTP/1.1⏎H⏎⏎", Error::FirstByte),
    ] {
        t.refuses("R05", "line end", text, error);
    }
}

fn methods(t: &mut Table) {
    for method in ["GE(T", "GE\0T", "GE\u{e9}T", "G,ET", "GET:"] {
        t.refuses("R06", "byte in the method", &format!("{method} / HTTP/1.1⏎H⏎⏎"), Error::Method);
    }
    for method in ["{GET}", "\"GET\""] {
        t.refuses("R06", "first byte", &format!("{method} / HTTP/1.1⏎H⏎⏎"), Error::FirstByte);
    }
    t.refuses("R07", "33 bytes and nothing behind", &"A".repeat(33), Error::Method);
    let other = || facts(Method::Other, "/");
    let long = format!("{} / HTTP/1.1⏎H⏎⏎", "A".repeat(32));
    t.takes("R07", "32 bytes", &long, other());
    t.product("R07", "32 bytes", &long, "501");
    for method in ["BREW", "get", "Post", "A", "!#$%&'*+-.^_`|~"] {
        let text = format!("{method} / HTTP/1.1⏎H⏎⏎");
        t.takes("R08", "unknown method", &text, other());
        t.product("R08", "unknown method", &text, "501");
    }
    let inner = "GET /inner HTTP/1.1⏎H⏎⏎";
    let framed = format!("BREW / HTTP/1.1⏎H⏎Content-Length: {}⏎⏎{inner}", wire(inner).len());
    t.product("R08", "content", &framed, "501");
    t.takes("R08", "the engine leaves methods to its handler", &framed, other().content(inner));
    t.product("R08", "chunked", "BREW / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎⏎", "501");
    for (name, method) in [
        ("PUT", Method::Put),
        ("DELETE", Method::Delete),
        ("PATCH", Method::Patch),
        ("TRACE", Method::Trace),
        ("QUERY", Method::Query),
    ] {
        let text = format!("{name} / HTTP/1.1⏎H⏎⏎");
        t.takes("R09", name, &text, facts(method, "/"));
        t.product("R09", name, &text, "405").field("Allow", "GET, HEAD, POST, OPTIONS");
        let text = format!("{name} /healthz HTTP/1.1⏎H⏎⏎");
        t.product("R09", name, &text, "405").field("Allow", "GET, HEAD, OPTIONS");
    }
    t.takes("R09", "HEAD", "HEAD / HTTP/1.1⏎H⏎⏎", facts(Method::Head, "/")).on_both();
    t.product("R09", "POST where there is only GET", &post("/healthz", "", "x"), "405");
    t.refuses("R10", "CONNECT", "CONNECT h:443 HTTP/1.1⏎H⏎⏎", Error::Connect);
    t.refuses("R10", "CONNECT of a path", "CONNECT / HTTP/1.1⏎H⏎⏎", Error::Connect);
}

fn versions(t: &mut Table) {
    t.refuses("R11", "2.0", "GET / HTTP/2.0⏎H⏎⏎", Error::MajorVersion);
    t.refuses("R11", "0.9", "GET / HTTP/0.9⏎H⏎⏎", Error::MajorVersion);
    t.refuses("R11", "HTTP/2 preface", "PRI * HTTP/2.0⏎⏎SM⏎⏎", Error::MajorVersion);
    for version in [
        "HTTP/1.10",
        "HTTP/01.1",
        "http/1.1",
        "Http/1.1",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/1.1x",
        "HTTP/1,1",
        "HTTP/+1.1",
        "HTTP /1.1",
        "HTTPS/1.1",
        "HTTP/-1.1",
        "HTTP/x.1",
    ] {
        t.refuses("R12", version, &format!("GET / {version}⏎H⏎⏎"), Error::Version);
    }
    t.takes("R13", "1.2", "GET /healthz HTTP/1.2⏎H⏎⏎", facts(Method::Get, "/healthz")).on_both();
    t.refuses("R13", "1.9 is 1.1 and needs Host", "GET /healthz HTTP/1.9⏎⏎", Error::Host);
}

fn target_forms(t: &mut Table) {
    t.takes("R14", "POST", &post("HTTP://h:80/", "", IRIS), facts(Method::Post, "/").content(IRIS));
    t.product("R14", "POST", &post("HTTP://h:80/", "", IRIS), "200").text("{\"val\": 0}");
    let text = "GET http://[::1]:8000/healthz?x HTTP/1.1⏎H⏎⏎";
    t.takes("R14", "path and query", text, facts(Method::Get, "/healthz")).on_both();
    t.takes("R14", "another host", "GET http://i/a/b?c HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/a/b"));
    t.product("R14", "unknown path", "GET http://h/none HTTP/1.1⏎H⏎⏎", "404");
    t.refuses("R14", "no Host", "GET http://h/healthz HTTP/1.1⏎⏎", Error::Host);
    t.refuses("R14", "invalid Host", "GET http://h/healthz HTTP/1.1⏎Host: a b⏎⏎", Error::Host);
    t.takes("R15", "empty path", "GET http://h HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/"));
    t.product("R15", "empty path", "GET http://h HTTP/1.1⏎H⏎⏎", "200").text("{\"status\":\"alive\"}");
    t.takes("R15", "query", "GET http://h?a=/b HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/")).on_both();
    t.takes("R15", "OPTIONS", "OPTIONS http://h HTTP/1.1⏎H⏎⏎", facts(Method::Options, "*"));
    t.product("R15", "OPTIONS", "OPTIONS http://h HTTP/1.1⏎H⏎⏎", "204");
    for target in [
        "ftp://h/",
        "https://h/",
        "http://u@h/",
        "http://u:p@h/",
        "http:///",
        "http://",
        "http:/h",
        "http://h:x/",
        "http://h:8x/",
        "http://[::/",
    ] {
        t.refuses("R16", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), Error::TargetForm);
    }
    t.takes("R17", "OPTIONS *", "OPTIONS * HTTP/1.1⏎H⏎⏎", facts(Method::Options, "*"));
    t.product("R17", "OPTIONS *", "OPTIONS * HTTP/1.1⏎H⏎⏎", "204").field("Allow", "GET, HEAD, POST, OPTIONS");
    for text in ["GET healthz", "GET *", "POST *", "GET h:80", "OPTIONS *x", "GET ?x"] {
        t.refuses("R18", text, &format!("{text} HTTP/1.1⏎H⏎⏎"), Error::TargetForm);
    }
    for text in ["GET /a#b", "GET #"] {
        t.refuses("R18", text, &format!("{text} HTTP/1.1⏎H⏎⏎"), Error::Target);
    }
}

fn target_bytes(t: &mut Table) {
    let bytes =
        ["\x01", "\0", "\x1f", "\x7f", "\u{80}", "\u{e9}", "\u{ff}", "\"", "<", ">", "\\", "^", "`", "{", "|", "}"];
    for byte in bytes {
        t.refuses("R19", "byte in the path", &format!("GET /{byte}b HTTP/1.1⏎H⏎⏎"), Error::Target);
        t.refuses("R19", "byte in the query", &format!("GET /?a={byte} HTTP/1.1⏎H⏎⏎"), Error::Target);
    }
    for target in ["/%zz", "/x%", "/%a", "/%0g", "/%ag", "/?%", "/?q=%", "/%%30"] {
        t.refuses("R20", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), Error::Target);
    }
    for path in [
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
        "/%6detrics",
        "/v1%2Fmodels",
        "/%76%31/models/iris",
        "/v1/%6dodels/iris",
        "/v1/models/iris%2Fmetadata",
        "/v1/models/%2e%2e/models/iris",
        "/v1/models/ir%2569s",
        "/v1/models/%C3%ACris",
    ] {
        let text = format!("GET {path} HTTP/1.1⏎H⏎⏎");
        t.takes("R21", path, &text, facts(Method::Get, path));
        t.product("R21", path, &text, "404");
    }
    for path in ["/v1/models/%69ris", "/v2/models/%69%72%69%73/read%79", "/v1/models/iris%2Fx/../x", "/v2/models/iris"]
    {
        let text = format!("GET {path} HTTP/1.1⏎H⏎⏎");
        t.takes("R21", path, &text, facts(Method::Get, path));
        t.product("R21", path, &text, if path.contains("..") { "404" } else { "200" });
    }
    for target in ["/healthz?x=1?y=/", "/healthz?", "/healthz??/../%00", "/?x=/none"] {
        let path = target.split('?').next().unwrap_or_default();
        t.takes("R22", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), facts(Method::Get, path)).on_both();
    }
    t.product("R22", "POST", &post("/?explain=1", "", IRIS), "200");
    let limit = Limits::default().target_bytes_max;
    t.refuses("R23", "8,193 bytes and nothing behind", &format!("GET /{}", "a".repeat(limit)), Error::TargetLength);
    let text = format!("GET http://h/{}", "a".repeat(limit - 8));
    t.refuses("R23", "in absolute-form", &text, Error::TargetLength);
    for bytes in [8_000, limit] {
        let path = format!("/{}", "a".repeat(bytes - 1));
        let text = format!("GET {path} HTTP/1.1⏎H⏎⏎");
        t.takes("R24", "long", &text, facts(Method::Get, &path));
        t.product("R24", "long", &text, "404");
        let text = format!("GET /?{} HTTP/1.1⏎H⏎⏎", "a".repeat(bytes - 2));
        t.takes("R24", "long query", &text, facts(Method::Get, "/")).on_both();
    }
}
