//! L: Content-Length and the content. T: Transfer-Encoding, chunks and trailers.

use super::{IRIS, Table, post, wire};

pub fn add_to(t: &mut Table) {
    lengths(t);
    framed_contents(t);
    codings(t);
    chunk_sizes(t);
    chunk_extensions(t);
    chunk_ends(t);
    trailers(t);
}

fn lengths(t: &mut Table) {
    for value in [
        "-1", "+5", "0x5", "1f", "1e2", "5.0", "1_0", "\"5\"", "5;q", "５", "", " ", "5 5", "five", "\u{b2}", "5,",
        ",5",
    ] {
        t.both("L01", value, &format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello"), "400+c");
    }
    for value in ["0005", "00", "5, 5", "5,5", "5, 6", "5⏎Content-Length: 5", "5⏎X: y⏎content-length: 6"] {
        t.both("L02", value, &format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello"), "400+c");
    }
    for value in ["9223372036854775808", "18446744073709551615", "18446744073709551621", "99999999999999999999999999"] {
        t.both("L03", value, &format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello"), "400+c");
    }
    for value in ["8388609", "1000000000000", "9223372036854775807"] {
        for method in ["POST", "GET", "HEAD", "BREW"] {
            t.both("L04", value, &format!("{method} / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎"), "413+c");
        }
        t.both("L04", "unknown path", &format!("POST /none HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎"), "413+c");
    }
}

fn framed_contents(t: &mut Table) {
    let whole = post("/", "", IRIS);
    for short in [&whole[..whole.len() - 1], &whole[..whole.len() - IRIS.len()]] {
        t.both("L06", "FIN before the end", short, "400+c").then_fin();
    }
    t.both("L06", "FIN where content is thrown away", "GET /healthz HTTP/1.1⏎H⏎Content-Length: 9⏎⏎x", "400+c")
        .then_fin();
    t.both("L07", "bytes behind the content", &format!("{}@@@", post("/", "", IRIS)), "200 400+c");
    t.echo("L07", "a longer content than announced", "POST / HTTP/1.1⏎H⏎Content-Length: 4⏎⏎hell@", "200 400+c");
    t.echo("L08", "neither length nor coding", "POST / HTTP/1.1⏎H⏎⏎", "200").text("");
    t.product("L08", "neither length nor coding", "POST / HTTP/1.1⏎H⏎⏎", "400");
    t.product("L08", "length 0", "POST / HTTP/1.1⏎H⏎Content-Length: 0⏎⏎", "400");

    let inner = "GET /x HTTP/1.1⏎H⏎⏎";
    let length = format!("Content-Length: {}⏎⏎{inner}", wire(inner).len());
    let chunked = format!("Transfer-Encoding: chunked⏎⏎{:x}⏎{inner}⏎0⏎⏎", wire(inner).len());
    for content in [length, chunked] {
        for (request, status) in [
            ("GET /healthz HTTP/1.1⏎H⏎", "200"),
            ("HEAD /healthz HTTP/1.1⏎H⏎", "200"),
            ("OPTIONS /healthz HTTP/1.1⏎H⏎", "204"),
            ("OPTIONS * HTTP/1.1⏎H⏎", "204"),
            ("POST /none HTTP/1.1⏎H⏎", "404"),
            ("GET /none HTTP/1.1⏎H⏎", "404"),
            ("DELETE / HTTP/1.1⏎H⏎", "405"),
            ("POST / HTTP/1.1⏎H⏎Content-Type: text/plain⏎", "415"),
            ("BREW / HTTP/1.1⏎H⏎", "501"),
        ] {
            t.product("L09", request, &format!("{request}{content}"), status);
        }
    }
}

fn codings(t: &mut Table) {
    let head = "POST / HTTP/1.1⏎H⏎";
    for text in [
        "POST / HTTP/1.1⏎H⏎Content-Length: 5⏎Transfer-Encoding: chunked⏎⏎0⏎⏎",
        "POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎Content-Length: 5⏎⏎0⏎⏎",
        "POST / HTTP/1.1⏎Content-Length: 0⏎H⏎Transfer-Encoding: chunked⏎⏎0⏎⏎",
        "POST / HTTP/1.1⏎H⏎Transfer-Encoding: gzip, chunked⏎Content-Length: 5⏎⏎hello",
        "POST / HTTP/1.0⏎Transfer-Encoding: chunked⏎⏎0⏎⏎",
        "POST / HTTP/1.0⏎Connection: keep-alive⏎Transfer-Encoding: chunked⏎⏎0⏎⏎",
    ] {
        t.both("T01", "two framings, or 1.0", text, "400+c");
    }
    for value in ["chunked", "CHUNKED", "Chunked", "\tchunked "] {
        let text = format!("{head}Transfer-Encoding:{value}⏎⏎5⏎hello⏎0⏎⏎");
        t.echo("T02", value, &text, "200").text("hello");
    }
    let row = format!("{head}Transfer-Encoding: chunked⏎⏎1⏎{{⏎{:x}⏎{}⏎0⏎⏎", IRIS.len() - 1, &IRIS[1..]);
    t.product("T02", "a row in two chunks", &row, "200").text("{\"val\": 0}");
    for value in ["gzip, chunked", "gzip⏎Transfer-Encoding: chunked", "identity,chunked", "a, b, CHUNKED"] {
        t.both("T03", value, &format!("{head}Transfer-Encoding: {value}⏎⏎0⏎⏎"), "501+c");
    }
    for value in [
        "gzip",
        "identity",
        "chunked, gzip",
        "chunked, chunked",
        "chunked, identity",
        "chunked⏎Transfer-Encoding: chunked",
        "chunked⏎Transfer-Encoding: identity",
        "gzip⏎Transfer-Encoding: deflate",
    ] {
        t.both("T04", value, &format!("{head}Transfer-Encoding: {value}⏎⏎0⏎⏎"), "400+c");
    }
    for value in [
        "xchunked",
        "chunkedx",
        "\"chunked\"",
        "chunked;q=1",
        "\x0bchunked",
        "chunked\u{a0}",
        ", chunked",
        "chunked,",
        "gzip,, chunked",
        "",
        "chunked chunked",
        "'chunked'",
        "chun\u{212a}ed",
    ] {
        t.both("T05", value, &format!("{head}Transfer-Encoding: {value}⏎⏎0⏎⏎"), "400+c");
    }
}

fn chunked(chunks: &str) -> String {
    format!("POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎{chunks}")
}

fn chunk_sizes(t: &mut Table) {
    for (name, chunks) in [
        ("one", "5⏎hello⏎0⏎⏎"),
        ("leading zeros, several", "02⏎he⏎003⏎llo⏎000⏎⏎"),
        ("16 digits", "0000000000000005⏎hello⏎0000000000000000⏎⏎"),
    ] {
        t.echo("T06", name, &chunked(chunks), "200").text("hello");
    }
    t.echo("T06", "letters in either case", &chunked("a⏎0123456789⏎0A⏎0123456789⏎0⏎⏎"), "200")
        .text("01234567890123456789");
    for line in ["+5", "-5", "0x5", "5_", "_5", "5 ", " 5", "5\t", "", "g", "５", "00000000000000005"] {
        t.both("T07", line, &chunked(&format!("{line}⏎hello⏎0⏎⏎")), "400+c");
    }
    for line in ["8000000000000000", "ffffffffffffffff", "fffffffffffffffff", "10000000000000005"] {
        t.both("T07", line, &chunked(&format!("{line}⏎")), "400+c");
    }
    for line in ["40000000", "800001", "7fffffffffffffff"] {
        t.both("T08", line, &chunked(&format!("{line}⏎")), "413+c");
    }
    t.both("T08", "sum", &chunked("5⏎hello⏎7ffffc⏎"), "413+c");
    t.both("T08", "sum that would wrap", &chunked("5⏎hello⏎7fffffffffffffff⏎"), "413+c");
    t.product("T08", "thrown away", &chunked("5⏎hello⏎7ffffc⏎").replace("POST /", "POST /none"), "413+c");
}

fn chunk_extensions(t: &mut Table) {
    for extension in ["a=b", "a=\"q\"", "a", "a;b=c;d=\"e;\\\" \u{e9}\"", "a=\"\""] {
        let chunks = format!("5;{extension}⏎hello⏎0;{extension}⏎⏎");
        t.echo("T09", extension, &chunked(&chunks), "200").text("hello");
    }
    for line in [
        "5;",
        "5;=x",
        "5 ;a",
        "5; a",
        "5;a ",
        "5;a =b",
        "5;a= b",
        "5;a=",
        "5;a;",
        "5;a=\"b",
        "5;a=\"\x01\"",
        "5;a\x01",
        "5;a=\"b\"c",
        "5;\u{e9}",
    ] {
        t.both("T10", line, &chunked(&format!("{line}⏎hello⏎0⏎⏎")), "400+c");
    }
    let extension = "e".repeat((4 << 10) - wire("5;⏎").len());
    t.echo("T11", "4 KiB", &chunked(&format!("5;{extension}⏎hello⏎0⏎⏎")), "200").text("hello");
    t.both("T11", "a byte more, unfinished", &chunked(&format!("5;{extension}eee")), "400+c");
    t.both("T11", "many", &chunked(&format!("1;{}⏎x⏎", "e".repeat(4_000)).repeat(5)), "400+c");
    t.both("T11", "many small ones", &chunked(&"1;eeeeeeeeeeeeeeeeeeee⏎x⏎".repeat(800)), "400+c");
}

fn chunk_ends(t: &mut Table) {
    for chunks in [
        "5\nhello⏎0⏎⏎",
        "5\rhello⏎0⏎⏎",
        "5;a\nhello⏎0⏎⏎",
        "5⏎hello\n0⏎⏎",
        "5⏎hello\r0⏎⏎",
        "5⏎helloX⏎0⏎⏎",
        "5⏎hello0⏎⏎",
        "5⏎hell⏎0⏎⏎",
        "5⏎hello⏎⏎0⏎⏎",
        "⏎5⏎hello⏎0⏎⏎",
        "5⏎hello⏎0\n⏎",
        "5⏎hello⏎0⏎\n",
        "5⏎hello⏎0⏎\rX",
    ] {
        t.both("T12", "framing", &chunked(chunks), "400+c");
    }
    for chunks in ["", "5", "5⏎hel", "5⏎hello⏎", "5⏎hello⏎0⏎", "5⏎hello⏎0⏎X: y⏎"] {
        t.both("T16", "FIN before the end", &chunked(chunks), "400+c").then_fin();
        let thrown_away = chunked(chunks).replace("POST /", "POST /none");
        t.product("T16", "FIN where content is thrown away", &thrown_away, "400+c").then_fin();
    }
}

fn trailers(t: &mut Table) {
    t.echo("T13", "one", &chunked("5⏎hello⏎0⏎X: y⏎⏎"), "200").text("hello");
    t.echo("T13", "two", &chunked("5⏎hello⏎0⏎X-Sum: 1⏎x:⏎⏎"), "200").text("hello");
    for trailer in ["X : y", "X: y⏎ z", "NoColon", "X: \x07", "X: y\nZ: z", ": y", "X\u{e9}: y"] {
        t.both("T13", "header rules", &chunked(&format!("5⏎hello⏎0⏎{trailer}⏎⏎")), "400+c");
    }
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Connection",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "Range",
        "Cache-Control",
        "Max-Forwards",
        "If-Match",
        "if-none-match",
        "IF-MODIFIED-SINCE",
        "Content_Length",
    ] {
        t.both("T14", name, &chunked(&format!("5⏎hello⏎0⏎X: y⏎{name}: x⏎⏎")), "400+c");
    }
    let filler = "X: y⏎".repeat(32);
    t.echo("T15", "32 lines", &chunked(&format!("5⏎hello⏎0⏎{filler}⏎")), "200").text("hello");
    t.both("T15", "line 33 begins", &chunked(&format!("0⏎{filler}X")), "431+c");
    let value = "v".repeat((8 << 10) - wire("X: ⏎").len());
    t.echo("T15", "8 KiB", &chunked(&format!("5⏎hello⏎0⏎X: {value}⏎⏎")), "200").text("hello");
    t.both("T15", "a byte more, unfinished", &chunked(&format!("0⏎X: {value}vvv")), "431+c");
}
