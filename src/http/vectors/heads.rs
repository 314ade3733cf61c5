//! Request line, target, Host and the other fields.

use super::{Facts, Outcome, Table, facts, wire};
use crate::http::Error;
use crate::http::request::Method;

pub(super) fn request_line(table: &mut Table) {
    let get = || facts(Method::Get, "/");
    let other = || facts(Method::Other, "/");
    let t = table;
    t.takes("R01", "one empty line", "⏎GET / HTTP/1.1⏎H⏎⏎", get());
    t.takes("R01", "eight empty lines", "⏎⏎⏎⏎⏎⏎⏎⏎GET / HTTP/1.1⏎H⏎⏎", get());
    t.refuses("R01", "the ninth empty line", "⏎⏎⏎⏎⏎⏎⏎⏎⏎", Error::EmptyLines);
    t.add("R01", "half an empty line", "⏎\r", Outcome::Incomplete);
    t.refuses("R02", "TLS hello", "\x16", Error::FirstByte);
    t.refuses("R02", "PROXY v2", "⏎⏎\0⏎QUIT\n", Error::FirstByte);
    t.refuses("R02", "noise", "\u{ff}", Error::FirstByte);
    t.refuses("R02", "noise behind an empty line", "⏎:", Error::FirstByte);
    t.refuses("R03", "HTTP/0.9", "GET /⏎", Error::Target);
    t.refuses("R03", "no target", "GET HTTP/1.1⏎", Error::Target);
    t.refuses("R03", "method alone", "GET⏎", Error::Method);
    t.refuses("R03", "SSH banner", "SSH-2.0-OpenSSH_9.6⏎", Error::Method);
    t.refuses("R03", "PROXY v1", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2⏎", Error::Version);
    t.refuses("R04", "two spaces before the target", "GET  / HTTP/1.1⏎H⏎⏎", Error::Target);
    t.refuses("R04", "two spaces behind the target", "GET /  HTTP/1.1⏎H⏎⏎", Error::Version);
    t.refuses("R04", "leading space", " GET / HTTP/1.1⏎H⏎⏎", Error::FirstByte);
    t.refuses("R04", "trailing space", "GET / HTTP/1.1 ⏎H⏎⏎", Error::Version);
    t.refuses("R04", "tab behind the method", "GET\t/ HTTP/1.1⏎H⏎⏎", Error::Method);
    t.refuses("R04", "VT behind the target", "GET /\x0bHTTP/1.1⏎H⏎⏎", Error::Target);
    t.refuses("R04", "FF behind the target", "GET /\x0cHTTP/1.1⏎H⏎⏎", Error::Target);
    t.refuses("R04", "bare CR behind the method", "GET\r/ HTTP/1.1⏎H⏎⏎", Error::Method);
    t.refuses("R05", "bare LF in the request line", "GET / HTTP/1.1\nHost: h\n\n", Error::Version);
    t.refuses("R05", "bare CR in the request line", "GET / HTTP/1.1\rHost: h⏎⏎", Error::Version);
    t.refuses("R05", "bare LF behind a field", "GET / HTTP/1.1⏎Host: h\n⏎", Error::FieldValue);
    t.refuses("R05", "bare LF as the empty line", "GET / HTTP/1.1⏎H⏎\n", Error::FieldName);
    t.refuses("R05", "bare LF before a request", "\nGET / HTTP/1.1⏎H⏎⏎", Error::FirstByte);
    t.refuses("R05", "bare CR before a request", "\rGET / HTTP/1.1⏎H⏎⏎", Error::FirstByte);
    t.refuses("R06", "parenthesis", "GE(T / HTTP/1.1⏎H⏎⏎", Error::Method);
    t.refuses("R06", "NUL", "GE\0T / HTTP/1.1⏎H⏎⏎", Error::Method);
    t.refuses("R06", "8-bit", "GE\u{e9}T / HTTP/1.1⏎H⏎⏎", Error::Method);
    t.takes("R07", "32 bytes", &format!("{} / HTTP/1.1⏎H⏎⏎", "A".repeat(32)), other());
    t.refuses("R07", "33 bytes, nothing behind", &"A".repeat(33), Error::Method);
    t.takes("R08", "unknown method", "BREW / HTTP/1.1⏎H⏎⏎", other());
    t.takes("R08", "lower case", "get / HTTP/1.1⏎H⏎⏎", other());
    t.takes("R08", "content", "BREW / HTTP/1.1⏎H⏎Content-Length: 5⏎⏎hello", other().content("hello"));
    for (name, method) in [
        ("PUT", Method::Put),
        ("DELETE", Method::Delete),
        ("PATCH", Method::Patch),
        ("TRACE", Method::Trace),
        ("QUERY", Method::Query),
        ("HEAD", Method::Head),
    ] {
        t.takes("R09", name, &format!("{name} / HTTP/1.1⏎H⏎⏎"), facts(method, "/"));
    }
    t.refuses("R10", "CONNECT", "CONNECT h:443 HTTP/1.1⏎H⏎⏎", Error::Connect);
    t.refuses("R11", "2.0", "GET / HTTP/2.0⏎H⏎⏎", Error::MajorVersion);
    t.refuses("R11", "0.9", "GET / HTTP/0.9⏎H⏎⏎", Error::MajorVersion);
    t.refuses("R11", "HTTP/2 preface", "PRI * HTTP/2.0⏎⏎SM⏎⏎", Error::MajorVersion);
    for version in ["HTTP/1.10", "HTTP/01.1", "http/1.1", "HTTP/1", "HTTP/1.1x", "HTTP/1.", "HTTP/1,1", "HTTP/+1.1"] {
        t.refuses("R12", version, &format!("GET / {version}⏎H⏎⏎"), Error::Version);
    }
    t.takes("R13", "1.2", "GET / HTTP/1.2⏎H⏎⏎", get());
    t.refuses("R13", "1.9 without Host", "GET / HTTP/1.9⏎⏎", Error::Host);
}

pub(super) fn target(table: &mut Table) {
    let limit = table.limits.target_bytes_max;
    let t = table;
    t.takes("R14", "upper-case scheme and port", "POST HTTP://h:80/ HTTP/1.1⏎H⏎⏎", facts(Method::Post, "/"));
    t.takes("R14", "another host", "GET http://i/a/b?c HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/a/b"));
    t.takes("R14", "address", "GET http://[::1]:80/a HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/a"));
    t.refuses("R14", "no Host", "GET http://h/ HTTP/1.1⏎⏎", Error::Host);
    t.refuses("R14", "invalid Host", "GET http://h/ HTTP/1.1⏎Host: a b⏎⏎", Error::Host);
    t.takes("R15", "empty path", "GET http://h HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/"));
    t.takes("R15", "empty path with a query", "GET http://h?a=/b HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/"));
    t.takes("R15", "OPTIONS", "OPTIONS http://h HTTP/1.1⏎H⏎⏎", facts(Method::Options, "*"));
    for target in
        ["ftp://h/", "https://h/", "http://u@h/", "http:///", "http://", "http://h:8x/", "http:/h/", "http://[::/"]
    {
        t.refuses("R16", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), Error::TargetForm);
    }
    t.takes("R17", "OPTIONS *", "OPTIONS * HTTP/1.1⏎H⏎⏎", facts(Method::Options, "*"));
    t.refuses("R18", "no slash", "GET healthz HTTP/1.1⏎H⏎⏎", Error::TargetForm);
    t.refuses("R18", "authority", "GET h:80 HTTP/1.1⏎H⏎⏎", Error::TargetForm);
    t.refuses("R18", "GET *", "GET * HTTP/1.1⏎H⏎⏎", Error::TargetForm);
    t.refuses("R18", "more than *", "OPTIONS *a HTTP/1.1⏎H⏎⏎", Error::TargetForm);
    t.refuses("R18", "fragment", "GET /a#b HTTP/1.1⏎H⏎⏎", Error::Target);
    for byte in ["\x01", "\0", "\x7f", "\u{80}", "\u{e9}", "\u{ff}", "\"", "<", ">", "\\", "^", "`", "{", "|", "}"] {
        t.refuses("R19", "byte in the path", &format!("GET /a{byte}b HTTP/1.1⏎H⏎⏎"), Error::Target);
        t.refuses("R19", "byte in the query", &format!("GET /?{byte} HTTP/1.1⏎H⏎⏎"), Error::Target);
    }
    for target in ["/%zz", "/x%", "/%a", "/%ag", "/%%41", "/?q=%"] {
        t.refuses("R20", target, &format!("GET {target} HTTP/1.1⏎H⏎⏎"), Error::Target);
    }
    for path in
        ["/%00", "/%0d%0a", "/../healthz", "/./healthz", "/%2e%2e/healthz", "//", "//healthz", "/%68ealthz", "/;a"]
    {
        t.takes("R21", path, &format!("GET {path} HTTP/1.1⏎H⏎⏎"), facts(Method::Get, path));
    }
    t.takes("R22", "query", "GET /healthz?x=1?y=/ HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/healthz"));
    t.takes("R22", "empty query", "GET /? HTTP/1.1⏎H⏎⏎", facts(Method::Get, "/"));
    t.refuses("R23", "too long, nothing behind", &format!("GET /{}", "a".repeat(limit)), Error::TargetLength);
    for bytes in [8_000, limit] {
        let path = format!("/{}", "a".repeat(bytes - 1));
        t.takes("R24", "long", &format!("GET {path} HTTP/1.1⏎H⏎⏎"), facts(Method::Get, &path));
    }
}

pub(super) fn host(table: &mut Table) {
    let t = table;
    t.refuses("H01", "no Host", "GET / HTTP/1.1⏎⏎", Error::Host);
    t.refuses("H01", "two equal", "GET / HTTP/1.1⏎H⏎Host: h⏎⏎", Error::Host);
    t.refuses("H01", "two", "GET / HTTP/1.1⏎H⏎X: y⏎hOST: i⏎⏎", Error::Host);
    t.refuses("H01", "two in 1.0", "GET / HTTP/1.0⏎H⏎Host: h⏎⏎", Error::Host);
    t.takes("H02", "1.0 without Host", "GET / HTTP/1.0⏎⏎", facts(Method::Get, "/").http10(false));
    for value in [
        "a b", "a/x", "u@a", "a:8x", "a:80:80", "a,b", "[::1", "[::1]x", "[g::1]", "::1", "", ":80", "a%zz", "a\"",
        "a?", "a#", "\u{e9}", "http://h",
    ] {
        t.refuses("H03", value, &format!("GET / HTTP/1.1⏎Host: {value}⏎⏎"), Error::Host);
    }
    for value in ["h:8000", "h:", "127.0.0.1", "[::1]", "[::1]:80", "a-b.c_d~e", "%41", "a!$&'()*+;=b"] {
        t.takes("H03", value, &format!("GET / HTTP/1.1⏎Host: {value}⏎⏎"), facts(Method::Get, "/"));
    }
}

pub(super) fn fields(table: &mut Table) {
    let get = || facts(Method::Get, "/");
    let (section_bytes, lines) = (table.limits.header_section_bytes_max, table.limits.field_lines_max);
    let t = table;
    t.refuses_fields("H04", "space before the colon", "X : v⏎⏎", Error::FieldName);
    t.refuses_fields("H04", "tab before the colon", "X\t: v⏎⏎", Error::FieldName);
    t.refuses_fields("H04", "Content-Length", "Content-Length : 5⏎⏎hello", Error::FieldName);
    t.refuses("H04", "space before the first field", "GET / HTTP/1.1⏎ X: v⏎H⏎⏎", Error::FieldName);
    t.refuses_fields("H05", "space", "X: a⏎ b⏎⏎", Error::FieldName);
    t.refuses_fields("H05", "tab", "X: a⏎\tb: c⏎⏎", Error::FieldName);
    for line in ["NoColon", ": v", "X[a]: v", "X\u{e9}: v", "X\0: v", "X Y: v", "X@: v", "(X): v"] {
        t.refuses_fields("H06", line, &format!("{line}⏎⏎"), Error::FieldName);
    }
    for value in ["a\rb", "a\x07", "\0", "a\nX: b", "\x7f", "\x0b", "\x1b["] {
        t.refuses_fields("H07", "control byte", &format!("X: {value}⏎⏎"), Error::FieldValue);
    }
    for value in ["", "caf\u{e9}", "\u{80}\u{ff}", "a\tb", "a: b, c"] {
        t.takes("H08", "value", &format!("GET / HTTP/1.1⏎H⏎X:{value}⏎⏎"), get());
    }
    let hello = || facts(Method::Post, "/").content("hello");
    t.takes("H09", "SP and HTAB", "POST / HTTP/1.1⏎Host:\t h\t ⏎Content-Length: \t5 ⏎⏎hello", hello());
    t.refuses("H09", "VT", "POST / HTTP/1.1⏎H⏎Content-Length: \x0b5⏎⏎hello", Error::FieldValue);
    t.refuses("H09", "NEL", "POST / HTTP/1.1⏎H⏎Content-Length: \u{85}5⏎⏎hello", Error::ContentLength);
    t.refuses("H09", "NBSP", "POST / HTTP/1.1⏎H⏎Content-Length: 5\u{a0}⏎⏎hello", Error::ContentLength);
    let filler = "X: y⏎".repeat(lines - 1);
    t.takes("H10", "100 lines", &format!("GET / HTTP/1.1⏎H⏎{filler}⏎"), get());
    t.refuses("H10", "line 101", &format!("GET / HTTP/1.1⏎H⏎{filler}X"), Error::HeaderSection);
    let host_bytes = wire("Host: h⏎").len();
    let value = "v".repeat(section_bytes - host_bytes - wire("X: ⏎").len());
    t.takes("H10", "32 KiB", &format!("GET / HTTP/1.1⏎H⏎X: {value}⏎⏎"), get());
    t.refuses("H10", "one byte more", &format!("GET / HTTP/1.1⏎H⏎X: {value}vvv"), Error::HeaderSection);
    t.refuses_fields("H10", "one byte more, line ended", &format!("X: {value}v⏎⏎"), Error::HeaderSection);
    t.refuses_fields("H10", "a wrong byte behind the budget", &format!("X: {value}vvv\0⏎⏎"), Error::HeaderSection);
    t.refuses_fields("H10", "a wrong name behind the budget", &format!("{value}vvvvvv x⏎⏎"), Error::HeaderSection);
    t.refuses_fields("H11", "CR and another byte", "\rX", Error::FieldName);
    t.refuses_fields("H11", "CR and CR LF", "\r⏎", Error::FieldName);
    for line in ["Content_Length: 5", "Transfer_Encoding: chunked", "CONTENT_LENGTH: 0", "Transfer_encoding: x"] {
        t.refuses_fields("H12", line, &format!("{line}⏎⏎"), Error::FieldLookalike);
    }
    for line in [
        "X-Forwarded-Host: a b",
        "Forwarded: for=h;host=i",
        "X-HTTP-Method-Override: DELETE",
        "X-Original-URL: /admin",
        "Keep-Alive: timeout=5",
        "Content-Lengths: 7",
    ] {
        t.takes("H13", line, &format!("GET / HTTP/1.1⏎H⏎{line}⏎⏎"), get());
    }
    let two_types = Facts { content_type_lines: 2, ..get() };
    t.takes("H14", "two", "GET / HTTP/1.1⏎H⏎Content-Type: a/b⏎content-type: a/b⏎⏎", two_types);
    t.takes("H15", "names in other cases", "POST / HTTP/1.1⏎CONTENT-LENGTH: 5⏎hOsT: h⏎⏎hello", hello());
    let options = |value: &str| format!("GET / HTTP/1.1⏎connection: a⏎H⏎Connection: {value}⏎⏎");
    t.takes("H15", "Connection in other cases", &options("x ,\tCLOSE"), get().closing());
    t.takes("H15", "no substring of a list member", &options("disclose, close-not"), get());
    let expects = Facts { expects_continue: true, ..facts(Method::Get, "/") };
    t.takes("H15", "Expect in other cases", "GET / HTTP/1.1⏎H⏎EXPECT: 100-Continue⏎⏎", expects);
    let persists = "GET / HTTP/1.0⏎Connection: Keep-Alive⏎⏎";
    t.takes("H15", "keep-alive in 1.0", persists, get().http10(true));
}
