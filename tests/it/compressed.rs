//! Compressed requests: answered as if they were not, with the same limits for what comes out, and refused when they are broken.

use std::time::{Duration, Instant};

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use svcd::inflate::Crc32;

use crate::client::{Answer, Client, End};
use crate::harness::Server;
use crate::proc;

const ROW: &str = r#"{"sepal length (cm)":6.1,"sepal width (cm)":2.9,"petal length (cm)":4.6,"petal width (cm)":1.4}"#;
const NEXT: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
const MIB: usize = 1 << 20;

/// One gzip member (RFC 1952).
fn gzip(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_le_bytes();
    let deflated = compress_to_vec(content, 6);
    [&b"\x1f\x8b\x08\0\0\0\0\0\0\xff"[..], &deflated, &Crc32::of(content).to_le_bytes(), &length].concat()
}

/// RFC 1950.
fn zlib(content: &[u8]) -> Vec<u8> {
    compress_to_vec_zlib(content, 6)
}

/// A POST with its length. `fields`: whole lines.
fn post(path: &str, fields: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {}\r\n\r\n", content.len());
    [head.as_bytes(), content].concat()
}

fn post_gzip(content: &[u8]) -> Vec<u8> {
    post("/", "Content-Encoding: gzip\r\n", content)
}

/// A POST in chunks of this size.
fn post_chunked(content: &[u8], size: usize) -> Vec<u8> {
    let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks =
        content.chunks(size).flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    [&head[..], &chunks.collect::<Vec<u8>>(), b"0\r\n\r\n"].concat()
}

fn said(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.text())
}

/// A server for contents of this size.
fn server(content_bytes_max: &str) -> Server {
    Server::start(&["--content-bytes-max", content_bytes_max])
}

#[test]
fn every_dialect_answers_compressed_content_as_it_answers_content() {
    let server = server("8MiB");
    let numbers = [6.1_f64, 2.9, 4.6, 1.4].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
    let json = br#"{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP64","parameters":{"binary_data_size":32}}]}"#;
    // It counts inflated bytes, as tritonclient sends it.
    let length = format!("Inference-Header-Content-Length: {}\r\n", json.len());
    let binary = [&json[..], &numbers].concat();
    let rows = format!("[{}]", [ROW; 2_000].join(","));
    let tensor = br#"{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP64","data":[6.1,2.9,4.6,1.4]}]}"#;
    for (path, fields, content) in [
        ("/", "", ROW.as_bytes()),
        ("/", "Content-Type: application/json\r\n", rows.as_bytes()),
        ("/v1/models/iris:predict", "", br#"{"instances":[[6.1,2.9,4.6,1.4]]}"#),
        ("/v1/models/iris:predict", "", br#"{"instances":[[6.1,2.9,"x",1.4]]}"#),
        ("/v2/models/iris/infer", "", tensor),
        ("/v2/models/iris/infer", &length, &binary),
        ("/v2/models/iris/infer", "Inference-Header-Content-Length: 0\r\n", &numbers),
        ("/invocations", "Content-Type: text/csv\r\nAccept: text/csv\r\n", b"6.1,2.9,4.6,1.4\n5,3,1,0"),
    ] {
        let mut client = server.connect();
        let plain = client.ask(&post(path, fields, content));
        for (coding, compressed) in [
            ("gzip", gzip(content)),
            ("X-GZip", gzip(content)),
            ("deflate", zlib(content)),
            ("gzip", [gzip(b""), gzip(content), gzip(b"")].concat()),
        ] {
            let fields = format!("{fields}Content-Encoding: {coding}\r\n");
            let answer = client.ask(&post(path, &fields, &compressed));
            assert_eq!((answer.status, &answer.content), (plain.status, &plain.content), "{path} {coding}: {answer:?}");
        }
    }
}

#[test]
fn it_makes_no_difference_how_compressed_content_arrives() {
    let server = server("8MiB");
    let expected = (200, "{\"val\": 1}");
    let (whole, members) = (gzip(ROW.as_bytes()), ROW.bytes().flat_map(|byte| gzip(&[byte])).collect::<Vec<_>>());
    for compressed in [&whole, &members] {
        let mut client = server.connect();
        for byte in post_gzip(compressed) {
            client.send(&[byte]);
        }
        assert_eq!(said(&client.answer()), expected);
        for size in [1, 7, 100, 1 << 16] {
            assert_eq!(said(&client.ask(&post_chunked(compressed, size))), expected, "{size}");
        }
        let two = [post_gzip(compressed), post_chunked(compressed, 5)].concat();
        client.send(&two);
        assert_eq!([said(&client.answer()), said(&client.answer())], [expected, expected]);
        // Leave to send it is given before it comes.
        let head =
            format!("Content-Encoding: gzip\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n", compressed.len());
        client.send(format!("POST / HTTP/1.1\r\nHost: h\r\n{head}").as_bytes());
        assert_eq!(client.answer().status, 100);
        assert_eq!(said(&client.ask(compressed)), expected);
    }
    // Nothing is not compressed, and no method without use for content inflates it.
    let mut client = server.connect();
    let index = client.ask(&post("/v2/repository/index", "Content-Encoding: gzip\r\n", b""));
    let chunked = client.ask(&post_chunked(b"", 1));
    assert_eq!((index.status, chunked.status), (200, 400));
    assert!(chunked.text().contains("found no content"), "{chunked:?}");
    let get = client.ask(b"GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!((get.status, client.ask(NEXT).status), (200, 200));
}

#[test]
fn broken_compressed_content_is_refused_and_the_connection_stays() {
    let server = server("8MiB");
    let (whole, other) = (
        gzip(ROW.as_bytes()),
        "compressed content: expected gzip, or zlib for `deflate`, as Content-Encoding says, found other bytes",
    );
    let (checksum, trailing, cut) = (
        "compressed content: expected the checksum and length at its end, found others",
        "compressed content: expected the end, or one more gzip member, found other bytes",
        "compressed content: expected more bytes, found the end",
    );
    let flipped = |from_end: usize| {
        let mut bytes = whole.clone();
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        bytes
    };
    let mut zlib_flipped = zlib(ROW.as_bytes());
    *zlib_flipped.last_mut().unwrap() ^= 1;
    for (coding, content, text) in [
        ("gzip", ROW.as_bytes().to_vec(), other),
        ("gzip", zlib(ROW.as_bytes()), other),
        ("deflate", whole.clone(), other),
        // Without zlib's header, as some programs once sent it.
        ("deflate", compress_to_vec(ROW.as_bytes(), 6), other),
        ("gzip", [&whole[..10], b"\xff\xff\xff"].concat(), other),
        ("gzip", flipped(8), checksum),
        ("gzip", flipped(1), checksum),
        ("deflate", zlib_flipped, checksum),
        ("gzip", [&whole[..], b"x"].concat(), trailing),
        ("gzip", [&whole[..], b"\x1f\x8b\x09"].concat(), trailing),
        ("deflate", [&zlib(ROW.as_bytes())[..], b"x"].concat(), trailing),
        ("gzip", whole[..whole.len() - 1].to_vec(), cut),
        ("gzip", whole[..1].to_vec(), cut),
        ("gzip", [&whole[..], &whole[..20]].concat(), cut),
        ("deflate", zlib(ROW.as_bytes())[..20].to_vec(), cut),
    ] {
        let answer = server.connect().ask(&post("/", &format!("Content-Encoding: {coding}\r\n"), &content));
        let expected = format!(r#"{{"error":"{text}","error_code":"BAD_REQUEST","message":"{text}"}}"#);
        assert_eq!(said(&answer), (400, expected.as_str()), "{coding} {}", content.escape_ascii());
        // The rest is read by its framing, also when it is broken from its first byte.
        let mut client = server.connect();
        client.send(&[post("/", &format!("Content-Encoding: {coding}\r\n"), &content), NEXT.to_vec()].concat());
        assert_eq!([client.answer().status, client.answer().status], [400, 200]);
        if coding == "gzip" {
            client.send(&[post_chunked(&content, 3), NEXT.to_vec()].concat());
            assert_eq!([client.answer().status, client.answer().status], [400, 200]);
        }
    }
}

#[test]
fn compressed_and_inflated_size_have_the_limit_of_content() {
    let server = server("1000");
    let padded = |len: usize| format!("{ROW:len$}").into_bytes();
    let status = |request: &[u8]| server.connect().ask(request).status;
    assert_eq!(status(&post_gzip(&gzip(&padded(1000)))), 200);
    assert_eq!(status(&post_chunked(&gzip(&padded(1000)), 50)), 200);
    for request in [
        post_gzip(&gzip(&padded(1001))),
        post_chunked(&gzip(&padded(1001)), 50),
        post("/", "Content-Encoding: deflate\r\n", &zlib(&padded(1001))),
        // Small when it is inflated, but not as it comes.
        post_gzip(&[gzip(b"").repeat(60), gzip(ROW.as_bytes())].concat()),
        post_chunked(&[gzip(b"").repeat(60), gzip(ROW.as_bytes())].concat(), 100),
    ] {
        let mut client = server.connect();
        client.send(&[&request[..], NEXT].concat());
        let answer = client.answer();
        assert_eq!((answer.status, answer.closes()), (413, true), "{answer:?}");
        client.ends();
    }
}

#[test]
fn a_bomb_is_refused_as_soon_as_it_is_too_large() {
    let server = server("8MiB");
    assert_eq!(server.connect().ask(NEXT).status, 200);
    let before = proc::status(server.pid(), "VmRSS");
    // 1 GiB of zeros, a thousand times what it is sent as.
    let bomb = gzip(&vec![0; MIB]).repeat(1024);
    assert!(bomb.len() < 2 * MIB, "{}", bomb.len());
    let begin = Instant::now();
    for coding in ["gzip", "x-gzip"] {
        let mut client = server.connect();
        client.send(&[post("/", &format!("Content-Encoding: {coding}\r\n"), &bomb), NEXT.to_vec()].concat());
        let answer = client.answer();
        assert_eq!((answer.status, answer.closes()), (413, true));
        client.ends();
    }
    // It need not come as a whole.
    let request = post_gzip(&bomb);
    let answer = server.connect().send(&request[..request.len() / 50]).answer();
    assert_eq!(answer.status, 413);
    let answer = server.connect().ask(&post("/", "Content-Encoding: deflate\r\n", &zlib(&vec![b' '; 9 * MIB])));
    assert_eq!(answer.status, 413);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let after = proc::status(server.pid(), "VmRSS");
    assert!(after < before + 16 * 1024, "{before} KiB, then {after} KiB");
}

#[test]
fn what_is_inflated_counts_towards_the_bytes_held_for_all() {
    let flags = ["--content-bytes-max", "600KiB", "--buffered-bytes-max", "700KiB", "--workers", "1"];
    let server = Server::start(&flags);
    let spaces = [ROW.as_bytes(), &vec![b' '; 400 << 10]].concat();
    let request = post_gzip(&gzip(&spaces));
    // All but its last byte: what has come is inflated and held, though it came as very little.
    let mut holder: Client = server.connect();
    holder.send(&request[..request.len() - 1]);
    proc::await_everything_read(server.address);
    let refused = server.connect().ask(&request);
    assert_eq!((refused.status, refused.closes()), (503, true), "{refused:?}");
    assert!(refused.text().contains("the server's memory for requests and answers is full"), "{refused:?}");
    // A small one has room, and the first one still has its own.
    assert_eq!(server.connect().ask(&post_gzip(&gzip(ROW.as_bytes()))).status, 200);
    holder.send(&request[request.len() - 1..]);
    assert_eq!(said(&holder.answer()), (200, "{\"val\": 1}"));
    drop(holder);
    assert_eq!(said(&server.connect().ask(&request)), (200, "{\"val\": 1}"));
}

#[test]
fn a_client_that_goes_in_the_middle_leaves_nothing_behind() {
    let server = server("8MiB");
    let request = post_gzip(&gzip(&[ROW.as_bytes(), &vec![b' '; MIB]].concat()));
    for cut in [request.len() / 2, request.len() - 1] {
        let mut client = server.connect();
        let (answers, end) = client.send(&request[..cut]).finish().rest();
        assert!(answers.starts_with(b"HTTP/1.1 400 ") && end == End::Fin);
    }
    assert_eq!(server.connect().ask(&request).status, 200);
}

#[test]
fn content_that_takes_many_turns_to_inflate_is_answered_with_all_that_is_behind_it() {
    let server = server("8MiB");
    // Blanks are content, too, and compress well.
    let content = format!("{}{ROW}", " ".repeat(6 * MIB));
    for message in [post_gzip(&gzip(content.as_bytes())), post_chunked(&gzip(content.as_bytes()), 100)] {
        let mut client = server.connect();
        client.send(&[&message[..], &message, NEXT].concat()).finish();
        for _ in 0..2 {
            assert_eq!(said(&client.answer()), (200, r#"{"val": 1}"#));
        }
        assert_eq!(client.answer().status, 200);
        client.ends();
    }
}
