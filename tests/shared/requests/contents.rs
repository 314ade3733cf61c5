//! L: Content-Length and the content. T: Transfer-Encoding, chunks and trailers.

use svcd::http::{Error, Limits, Method};

use super::case::{Facts, IRIS, Table, facts, post, wire};

pub fn add_to(t: &mut Table) {
    lengths(t);
    framed_contents(t);
    codings(t);
    chunk_sizes(t);
    chunk_extensions(t);
    chunk_ends(t);
    trailers(t);
}

fn hello() -> Facts {
    facts(Method::Post, "/").content("hello")
}

fn lengths(t: &mut Table) {
    let mut refuses = |row, value: &'static str| {
        let text = format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello");
        t.refuses(row, value, &text, Error::ContentLength);
    };
    for value in [
        "-1", "+5", "0x5", "1f", "1e2", "5.0", "1_0", "\"5\"", "5;q", "５", "", " ", "5 5", "5\t5", "five", "\u{b2}",
        "5,", ",5",
    ] {
        refuses("L01", value);
    }
    for value in ["0005", "00", "5, 5", "5,5", "5, 6", "5⏎Content-Length: 5", "5⏎X: y⏎content-length: 6"] {
        refuses("L02", value);
    }
    for value in [
        "9223372036854775808",
        "9999999999999999999",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551621",
        "99999999999999999999999999",
    ] {
        refuses("L03", value);
    }
    // The parser accepts these; the limit of the content refuses them.
    for value in ["8388609", "1000000000000", "9223372036854775807"] {
        for request in ["POST /", "GET /", "HEAD /", "BREW /", "POST /none"] {
            t.begins("L04", value, &format!("{request} HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎")).answered("413+c");
        }
    }
}

fn framed_contents(t: &mut Table) {
    let whole = post("/", "", IRIS);
    for short in [&whole[..whole.len() - 1], &whole[..whole.len() - IRIS.len()]] {
        t.begins("L06", "FIN before the end", short);
    }
    t.begins("L06", "FIN where content is thrown away", "GET /healthz HTTP/1.1⏎H⏎Content-Length: 9⏎⏎x");
    t.refuses("L07", "what no request begins with", "@@@", Error::FirstByte);
    t.both("L07", "bytes behind the content", &format!("{}@@@", post("/", "", IRIS)), "200 400+c");
    t.echo("L07", "a longer content than announced", "POST / HTTP/1.1⏎H⏎Content-Length: 4⏎⏎hell@", "200 400+c");
    let empty = facts(Method::Post, "/");
    t.takes("L08", "neither length nor coding", "POST / HTTP/1.1⏎H⏎⏎", empty.clone());
    t.takes("L08", "length 0", "POST / HTTP/1.1⏎H⏎Content-Length: 0⏎⏎", empty);
    t.product("L08", "neither length nor coding", "POST / HTTP/1.1⏎H⏎⏎", "400");
    t.product("L08", "length 0", "POST / HTTP/1.1⏎H⏎Content-Length: 0⏎⏎", "400");

    let inner = "GET /x HTTP/1.1⏎H⏎⏎";
    let length = format!("Content-Length: {}⏎⏎{inner}", wire(inner).len());
    let chunked = format!("Transfer-Encoding: chunked⏎⏎{:x}⏎{inner}⏎0⏎⏎", wire(inner).len());
    for content in [length, chunked] {
        for (name, method) in [("GET", Method::Get), ("HEAD", Method::Head), ("OPTIONS", Method::Options)] {
            t.takes("L09", name, &format!("{name} / HTTP/1.1⏎H⏎{content}"), facts(method, "/").content(inner));
        }
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
    ] {
        t.refuses("T01", "two framings", text, Error::LengthAndCoding);
    }
    for fields in [
        "Transfer-Encoding: chunked⏎⏎0⏎⏎",
        "Connection: keep-alive⏎Transfer-Encoding: chunked⏎⏎0⏎⏎",
        "Transfer-Encoding: gzip, chunked⏎⏎",
    ] {
        t.refuses("T01", "1.0", &format!("POST / HTTP/1.0⏎{fields}"), Error::TransferEncoding);
    }
    for value in ["chunked", "CHUNKED", "Chunked", "\tchunked "] {
        t.takes("T02", value, &format!("{head}transfer-encoding:{value}⏎⏎5⏎hello⏎0⏎⏎"), hello());
    }
    let row = format!("{head}Transfer-Encoding: chunked⏎⏎1⏎{{⏎{:x}⏎{}⏎0⏎⏎", IRIS.len() - 1, &IRIS[1..]);
    t.takes("T02", "a row in two chunks", &row, facts(Method::Post, "/").content(IRIS));
    t.product("T02", "a row in two chunks", &row, "200").text("{\"val\": 0}");
    let mut refuses = |row, value: &'static str, error| {
        t.refuses(row, value, &format!("{head}Transfer-Encoding: {value}⏎⏎0⏎⏎"), error);
    };
    for value in ["gzip, chunked", "gzip⏎Transfer-Encoding: chunked", "identity,chunked", "a, b, CHUNKED"] {
        refuses("T03", value, Error::TransferCoding);
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
        refuses("T04", value, Error::TransferEncoding);
    }
    for value in [
        "xchunked",
        "chunkedx",
        "\"chunked\"",
        "chunked;q=1",
        "chunked\u{a0}",
        ", chunked",
        "chunked,",
        "gzip,, chunked",
        "",
        "chunked chunked",
        "'chunked'",
        "chun\u{212a}ed",
    ] {
        refuses("T05", value, Error::TransferEncoding);
    }
    refuses("T05", "\x0bchunked", Error::FieldValue);
}

fn chunked(chunks: &str) -> String {
    format!("POST / HTTP/1.1⏎H⏎Transfer-Encoding: chunked⏎⏎{chunks}")
}

fn chunk_sizes(t: &mut Table) {
    for (name, chunks, content) in [
        ("one", "5⏎hello⏎0⏎⏎", "hello"),
        ("leading zeros, several", "02⏎he⏎003⏎llo⏎000⏎⏎", "hello"),
        ("16 digits", "0000000000000005⏎hello⏎0000000000000000⏎⏎", "hello"),
        ("letters in either case", "a⏎0123456789⏎0A⏎0123456789⏎0⏎⏎", "01234567890123456789"),
        ("no content", "0⏎⏎", ""),
        ("content that looks like framing", "7⏎⏎0⏎⏎⏎0⏎⏎", "⏎0⏎⏎"),
    ] {
        t.takes("T06", name, &chunked(chunks), facts(Method::Post, "/").content(content));
    }
    for line in ["+5", "-5", "0x5", "5_", "_5", "5 ", " 5", "\t5", "5\t", "", "g", "５", "00000000000000005"] {
        t.refuses("T07", line, &chunked(&format!("{line}⏎hello⏎0⏎⏎")), Error::ChunkSize);
    }
    for line in ["8000000000000000", "ffffffffffffffff", "fffffffffffffffff", "10000000000000005"] {
        t.refuses("T07", line, &chunked(&format!("{line}⏎")), Error::ChunkSize);
    }
    for chunks in ["40000000⏎", "800001⏎", "7fffffffffffffff⏎", "5⏎hello⏎7ffffc⏎", "5⏎hello⏎7fffffffffffffff⏎"]
    {
        t.refuses("T08", "one chunk or the sum", &chunked(chunks), Error::ContentTooLarge);
    }
    let thrown_away = chunked("5⏎hello⏎7ffffc⏎").replace("POST /", "POST /none");
    t.refuses("T08", "thrown away", &thrown_away, Error::ContentTooLarge);
    t.begins("T08", "exactly the limit", &chunked("5⏎hello⏎7ffffb⏎"));
}

fn chunk_extensions(t: &mut Table) {
    for extension in ["a=b", "a=\"q\"", "a", "a;b=c;d=\"e;\\\" \u{e9}\t\"", "a=\"\""] {
        let chunks = format!("5;{extension}⏎hello⏎0;{extension}⏎⏎");
        t.takes("T09", extension, &chunked(&chunks), hello());
    }
    for line in ["5;", "5;=x", "5; a", "5;a= b", "5;a=", "5;a;", "5;a=\"b", "5;a=\"\x01\"", "5;a=\"⏎\"", "5;\u{e9}"] {
        t.refuses("T10", line, &chunked(&format!("{line}⏎hello⏎0⏎⏎")), Error::ChunkExtension);
    }
    // A complete size or extension with something other than a line end behind it.
    for line in ["5 ;a", "5\t ;a=b", "5;a ", "5;a =b", "5;a\x01", "5;a=\"b\"c", "5;a=b=c", "5;a,b", "5;a=\"b\" "] {
        t.refuses("T10", line, &chunked(&format!("{line}⏎hello⏎0⏎⏎")), Error::ChunkExtension);
    }
    let limits = Limits::default();
    let extension = "e".repeat(limits.chunk_line_bytes_max - wire("5;⏎").len());
    t.takes("T11", "4 KiB", &chunked(&format!("5;{extension}⏎hello⏎0⏎⏎")), hello());
    let many = format!("1;{}⏎x⏎", "e".repeat(limits.chunk_extension_bytes_max / 5 - 1)).repeat(5);
    let five = facts(Method::Post, "/").content("xxxxx");
    t.takes("T11", "16 KiB together", &chunked(&format!("{many}0⏎⏎")), five);
    for (name, chunks) in [
        ("a byte more, unfinished", format!("5;{extension}eee")),
        ("a byte more", format!("5;{extension}e⏎")),
        ("a wrong byte behind", format!("5;{extension}eee\x01⏎")),
        ("16 KiB and a little", format!("{many}0;eeeeee⏎")),
        ("many", format!("1;{}⏎x⏎", "e".repeat(4_000)).repeat(5)),
        ("many small ones", "1;eeeeeeeeeeeeeeeeeeee⏎x⏎".repeat(800)),
    ] {
        t.refuses("T11", name, &chunked(&chunks), Error::ChunkExtension);
    }
}

fn chunk_ends(t: &mut Table) {
    for (chunks, error) in [
        ("5\nhello⏎0⏎⏎", Error::ChunkEnd),
        ("5\rhello⏎0⏎⏎", Error::ChunkEnd),
        ("5;a\nhello⏎0⏎⏎", Error::ChunkEnd),
        ("5⏎hello\n0⏎⏎", Error::ChunkEnd),
        ("5⏎hello\r0⏎⏎", Error::ChunkEnd),
        ("5⏎helloX⏎0⏎⏎", Error::ChunkEnd),
        ("5⏎hello0⏎⏎", Error::ChunkEnd),
        ("5⏎hell⏎0⏎⏎", Error::ChunkEnd),
        ("5⏎hello⏎⏎0⏎⏎", Error::ChunkSize),
        ("⏎5⏎hello⏎0⏎⏎", Error::ChunkSize),
        ("5⏎hello⏎0\n⏎", Error::ChunkEnd),
        ("5⏎hello⏎0⏎\n", Error::FieldName),
        ("5⏎hello⏎0⏎\rX", Error::ChunkEnd),
    ] {
        t.refuses("T12", "framing", &chunked(chunks), error);
    }
    for chunks in ["", "5", "5⏎hel", "5⏎hello⏎", "5⏎hello⏎0⏎", "5⏎hello⏎0⏎X: y⏎", "5⏎hello⏎0⏎X: y⏎\r"]
    {
        t.begins("T16", "FIN before the end", &chunked(chunks));
        let thrown_away = chunked(chunks).replace("POST /", "POST /none");
        t.product("T16", "FIN where content is thrown away", &thrown_away, "400+c").then_fin();
    }
}

fn trailers(t: &mut Table) {
    t.takes("T13", "one", &chunked("5⏎hello⏎0⏎X: y⏎⏎"), hello());
    t.takes("T13", "two", &chunked("5⏎hello⏎0⏎X-Sum: 1⏎x:⏎⏎"), hello());
    for trailer in ["X : y", "X: y⏎ z", "NoColon", "GET / HTTP/1.1", ": y", "X\u{e9}: y"] {
        t.refuses("T13", "names", &chunked(&format!("5⏎hello⏎0⏎{trailer}⏎⏎")), Error::FieldName);
    }
    for trailer in ["X: \x07", "X: y\nZ: z"] {
        t.refuses("T13", "values", &chunked(&format!("5⏎hello⏎0⏎{trailer}⏎⏎")), Error::FieldValue);
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
        "transfer_encoding",
    ] {
        t.refuses("T14", name, &chunked(&format!("5⏎hello⏎0⏎X: y⏎{name}: 5⏎⏎")), Error::TrailerField);
    }
    t.takes("T14", "names that only begin so", &chunked("5⏎hello⏎0⏎Host-Name: h⏎Iffy: x⏎⏎"), hello());
    let limits = Limits::default();
    let filler = "X: y⏎".repeat(limits.trailer_lines_max);
    t.takes("T15", "32 lines", &chunked(&format!("5⏎hello⏎0⏎{filler}⏎")), hello());
    let value = "v".repeat(limits.trailer_section_bytes_max - wire("X: ⏎").len());
    t.takes("T15", "8 KiB", &chunked(&format!("5⏎hello⏎0⏎X: {value}⏎⏎")), hello());
    for (name, trailer) in [
        ("line 33 begins", format!("{filler}X")),
        ("a byte more, unfinished", format!("X: {value}vvv")),
        ("a byte more", format!("X: {value}v⏎⏎")),
        ("a wrong byte behind", format!("X: {value}vvv\0⏎⏎")),
    ] {
        t.refuses("T15", name, &chunked(&format!("0⏎{trailer}")), Error::TrailerSection);
    }
}
