//! Runs inside the container in place of svcd, which it starts itself: prints the microseconds from the start of the process to the
//! end of its first answer. Compiled by the image test, with nothing but `std`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const BODY: &str = r#"{"sepal length (cm)": 1, "sepal width (cm)": 1, "petal length (cm)": 1, "petal width (cm)": 1}"#;

fn main() {
    let started = Instant::now();
    let mut server = Command::new("/svcd").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("/svcd starts");
    let answer = ask(started);
    let elapsed = started.elapsed();
    server.kill().expect("svcd is still there");
    server.wait().expect("svcd ends");
    assert!(answer.ends_with("\r\n\r\n{\"val\": 0}"), "{answer}");
    println!("{}", elapsed.as_micros());
}

/// The whole answer to the notebook's request, asked again and again until somebody listens.
fn ask(started: Instant) -> String {
    let address = SocketAddr::from(([127, 0, 0, 1], 8000));
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(5), "{error}"),
        }
        thread::sleep(Duration::from_micros(100));
    };
    let length = BODY.len();
    let head = format!("POST / HTTP/1.1\r\nHost: svcd\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((head + BODY).as_bytes()).expect("the request is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the answer is text");
    answer
}
