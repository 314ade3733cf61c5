//! Content-Length, Transfer-Encoding, chunks and trailers.

use super::{Outcome, Table, chunked, facts, wire};
use crate::http::Error;
use crate::http::request::Method;

pub(super) fn length(table: &mut Table) {
    let post = || facts(Method::Post, "/");
    let t = table;
    for value in [
        "-1", "+5", "0x5", "1f", "1e2", "5.0", "1_0", "\"5\"", "5;q", "５", "", "5 5", "5\t5", "five", "5,", ",5",
        "\u{b2}",
    ] {
        t.refuses_length("L01", value);
    }
    for value in ["0005", "00", "5, 5", "5,5", "5, 6"] {
        t.refuses_length("L02", value);
    }
    for second in ["5", "6"] {
        let text = format!("POST / HTTP/1.1⏎Content-Length: 5⏎H⏎Content-Length: {second}⏎⏎hello");
        t.refuses("L02", "two lines", &text, Error::ContentLength);
    }
    for value in ["9223372036854775808", "9999999999999999999", "18446744073709551616", "18446744073709551621"] {
        t.refuses_length("L03", value);
    }
    for value in ["1000000000000", "9223372036854775807"] {
        let text = format!("POST / HTTP/1.1⏎H⏎Content-Length: {value}⏎⏎hello");
        t.add("L04", "representable, so that the body limit decides", &text, Outcome::Incomplete);
    }
    t.takes("L04", "zero", "POST / HTTP/1.1⏎H⏎Content-Length: 0⏎⏎", post());
    t.add("L06", "one byte short", "POST / HTTP/1.1⏎H⏎Content-Length: 5⏎⏎hell", Outcome::Incomplete);
    t.refuses("L07", "what no request begins with, glued behind others below", "@@@", Error::FirstByte);
    t.takes("L08", "neither length nor coding", "POST / HTTP/1.1⏎H⏎⏎", post());
    let inner = "GET /x HTTP/1.1⏎Host: h⏎⏎";
    for (name, method) in [("GET", Method::Get), ("HEAD", Method::Head), ("OPTIONS", Method::Options)] {
        let text = format!("{name} / HTTP/1.1⏎H⏎Content-Length: {}⏎⏎{inner}", wire(inner).len());
        t.takes("L09", name, &text, facts(method, "/").content(inner));
    }
}

pub(super) fn coding(table: &mut Table) {
    let post = || facts(Method::Post, "/");
    let t = table;
    let head = "POST / HTTP/1.1⏎H⏎";
    let both = Error::LengthAndCoding;
    t.refuses("T01", "length first", &format!("{head}Content-Length: 5⏎Transfer-Encoding: chunked⏎⏎0⏎⏎"), both);
    t.refuses("T01", "coding first", &format!("{head}Transfer-Encoding: chunked⏎Content-Length: 5⏎⏎0⏎⏎"), both);
    t.refuses("T01", "another coding", &format!("{head}Transfer-Encoding: gzip, chunked⏎Content-Length: 5⏎⏎"), both);
    t.refuses("T01", "1.0", "POST / HTTP/1.0⏎Transfer-Encoding: chunked⏎⏎0⏎⏎", Error::TransferEncoding);
    t.refuses("T01", "another in 1.0", "POST / HTTP/1.0⏎Transfer-Encoding: gzip, chunked⏎⏎", Error::TransferEncoding);
    for value in ["chunked", "CHUNKED", "Chunked", "\t chunked "] {
        t.takes("T02", value, &format!("{head}transfer-encoding:{value}⏎⏎5⏎hello⏎0⏎⏎"), post().content("hello"));
    }
    t.refuses_coding("T03", "gzip, chunked", Error::TransferCoding);
    t.refuses_coding("T03", "gzip⏎Transfer-Encoding: chunked", Error::TransferCoding);
    t.refuses_coding("T03", "identity, deflate,chunked", Error::TransferCoding);
    for value in [
        "gzip",
        "identity",
        "chunked, gzip",
        "chunked, chunked",
        "chunked, identity",
        "chunked⏎Transfer-Encoding: chunked",
        "chunked⏎Transfer-Encoding: identity",
    ] {
        t.refuses_coding("T04", value, Error::TransferEncoding);
    }
    for value in [
        "xchunked",
        "chunkedx",
        "\"chunked\"",
        "chunked;q=1",
        "chunked chunked",
        ", chunked",
        "chunked,",
        "gzip,, chunked",
        "",
        "chunked\u{a0}",
        "chun\u{212a}ed",
    ] {
        t.refuses_coding("T05", value, Error::TransferEncoding);
    }
    t.refuses_coding("T05", "\x0bchunked", Error::FieldValue);
}

pub(super) fn chunks(table: &mut Table) {
    let (line_bytes, extension_bytes) = (table.limits.chunk_line_bytes_max, table.limits.chunk_extension_bytes_max);
    let t = table;
    t.takes_chunks("T06", "lower case", "a⏎0123456789⏎0⏎⏎", "0123456789");
    t.takes_chunks("T06", "upper case, leading zero", "0A⏎0123456789⏎00⏎⏎", "0123456789");
    t.takes_chunks("T06", "16 digits", "0000000000000005⏎hello⏎0000000000000000⏎⏎", "hello");
    t.takes_chunks("T06", "no content", "0⏎⏎", "");
    t.takes_chunks("T06", "content that looks like framing", "7⏎⏎0⏎⏎⏎0⏎⏎", "⏎0⏎⏎");
    for line in ["+5", "-5", "0x5", "5_", " 5", "5 ", "\t5", "5\t", "", "g", "５"] {
        t.refuses_chunks("T07", line, &format!("{line}⏎hello⏎0⏎⏎"), Error::ChunkSize);
    }
    t.refuses_chunks("T07", "17 digits", "00000000000000005⏎hello⏎0⏎⏎", Error::ChunkSize);
    t.refuses_chunks("T07", "above 2^63 - 1", "8000000000000000", Error::ChunkSize);
    t.refuses_chunks("T07", "2^64 - 1", "ffffffffffffffff⏎", Error::ChunkSize);
    t.refuses_chunks("T08", "1 GiB", "40000000⏎", Error::ContentTooLarge);
    t.refuses_chunks("T08", "2^63 - 1", "7fffffffffffffff⏎", Error::ContentTooLarge);
    t.refuses_chunks("T08", "sum", "5⏎hello⏎7ffffc⏎", Error::ContentTooLarge);
    t.refuses_chunks("T08", "sum beyond 2^63", "5⏎hello⏎7fffffffffffffff⏎", Error::ContentTooLarge);
    t.add("T08", "exactly the limit", &chunked("5⏎hello⏎7ffffb⏎"), Outcome::Incomplete);
    for extension in ["a=b", "a=\"q\"", "a", "a;b=c;d", "a=\"\\\"; \u{e9}\t\"", "a=\"\""] {
        t.takes_chunks("T09", extension, &format!("5;{extension}⏎hello⏎0;{extension}⏎⏎"), "hello");
    }
    for extension in ["", "=x", "a;", "a=", " a", "a =b", "a= b", "a=\"\x01\"", "a=\"⏎\"", "a\x01", "a=\"b", "\u{e9}"]
    {
        let error = match extension {
            // A whole token, and then what is no line end.
            "a =b" | "a\x01" => Error::ChunkSize,
            _ => Error::ChunkExtension,
        };
        t.refuses_chunks("T10", extension, &format!("5;{extension}⏎hello⏎0⏎⏎"), error);
    }
    t.refuses_chunks("T10", "space before", "5 ;a⏎hello⏎0⏎⏎", Error::ChunkSize);
    t.refuses_chunks("T10", "quoted-string goes on", "5;a=\"b\"c⏎hello⏎0⏎⏎", Error::ChunkSize);
    let extension = "e".repeat(line_bytes - wire("5;⏎").len());
    t.takes_chunks("T11", "4 KiB", &format!("5;{extension}⏎hello⏎0⏎⏎"), "hello");
    t.refuses_chunks("T11", "one byte more", &format!("5;{extension}eee"), Error::ChunkExtension);
    t.refuses_chunks("T11", "one byte more, line ended", &format!("5;{extension}e⏎"), Error::ChunkExtension);
    t.refuses_chunks("T11", "a wrong byte behind", &format!("5;{extension}eee\x01⏎"), Error::ChunkExtension);
    let quarter = "e".repeat(extension_bytes / 5 - 1);
    let many = format!("1;{quarter}⏎x⏎").repeat(5);
    t.takes_chunks("T11", "16 KiB together", &format!("{many}0⏎⏎"), "xxxxx");
    t.refuses_chunks("T11", "16 KiB and a little", &format!("{many}0;eeeeee⏎"), Error::ChunkExtension);
    t.refuses_chunks("T12", "bare LF behind a size", "5\nhello⏎0⏎⏎", Error::ChunkSize);
    t.refuses_chunks("T12", "bare CR behind a size", "5\rhello⏎0⏎⏎", Error::ChunkEnd);
    t.refuses_chunks("T12", "bare LF behind an extension", "5;a\nhello⏎0⏎⏎", Error::ChunkSize);
    t.refuses_chunks("T12", "bare LF behind data", "5⏎hello\n0⏎⏎", Error::ChunkEnd);
    t.refuses_chunks("T12", "bare CR behind data", "5⏎hello\r0⏎⏎", Error::ChunkEnd);
    t.refuses_chunks("T12", "data longer than its size", "5⏎helloX⏎0⏎⏎", Error::ChunkEnd);
    t.refuses_chunks("T12", "data shorter than its size", "5⏎hell⏎0⏎⏎", Error::ChunkEnd);
    t.refuses_chunks("T12", "empty line between chunks", "5⏎hello⏎⏎0⏎⏎", Error::ChunkSize);
    t.refuses_chunks("T12", "bare LF as the last line", "0⏎\n", Error::FieldName);
    t.refuses_chunks("T12", "bare CR as the last line", "0⏎\rX", Error::ChunkEnd);
    t.add("T16", "no last chunk", &chunked("5⏎hello⏎"), Outcome::Incomplete);
    t.add("T16", "no last line", &chunked("5⏎hello⏎0⏎"), Outcome::Incomplete);
    t.add("T16", "half a last line", &chunked("5⏎hello⏎0⏎X: y⏎\r"), Outcome::Incomplete);
}

pub(super) fn trailers(table: &mut Table) {
    let (section_bytes, lines) = (table.limits.trailer_section_bytes_max, table.limits.trailer_lines_max);
    let t = table;
    t.takes_chunks("T13", "one", "0⏎X: y⏎⏎", "");
    t.takes_chunks("T13", "two", "5⏎hello⏎0⏎X-Sum: y⏎x:⏎⏎", "hello");
    t.refuses_chunks("T13", "space before the colon", "0⏎X : y⏎⏎", Error::FieldName);
    t.refuses_chunks("T13", "folded", "0⏎X: y⏎ z⏎⏎", Error::FieldName);
    t.refuses_chunks("T13", "no colon", "0⏎GET / HTTP/1.1⏎⏎", Error::FieldName);
    t.refuses_chunks("T13", "bare LF", "0⏎X: y\n⏎", Error::FieldValue);
    t.refuses_chunks("T13", "control byte", "0⏎X: \x07⏎⏎", Error::FieldValue);
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
        "IF-none-match",
        "content-LENGTH",
        "Content_Length",
        "transfer_encoding",
    ] {
        t.refuses_chunks("T14", name, &format!("0⏎X: y⏎{name}: 5⏎⏎"), Error::TrailerField);
    }
    t.takes_chunks("T14", "names that only begin so", "0⏎Host-Name: h⏎Iffy: x⏎⏎", "");
    let filler = "X: y⏎".repeat(lines);
    t.takes_chunks("T15", "32 lines", &format!("0⏎{filler}⏎"), "");
    t.refuses_chunks("T15", "line 33", &format!("0⏎{filler}X"), Error::TrailerSection);
    let value = "v".repeat(section_bytes - wire("X: ⏎").len());
    t.takes_chunks("T15", "8 KiB", &format!("0⏎X: {value}⏎⏎"), "");
    t.refuses_chunks("T15", "one byte more", &format!("0⏎X: {value}vvv"), Error::TrailerSection);
    t.refuses_chunks("T15", "one byte more, line ended", &format!("0⏎X: {value}v⏎⏎"), Error::TrailerSection);
    t.refuses_chunks("T15", "a wrong byte behind", &format!("0⏎X: {value}vvv\0⏎⏎"), Error::TrailerSection);
}
