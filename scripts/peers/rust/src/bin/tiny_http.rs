//! tiny_http, as its manual teaches: several threads that take requests from one server, here one for each core.
//! It has a thread for each open connection besides.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use peers::Iris;
use tiny_http::{Header, Method, Request, Response, Server};

fn serve(server: &Server, iris: &Iris) -> io::Result<()> {
    let json = Header::from_str("Content-Type: application/json").expect("a header in its right form");
    let mut content = Vec::new();
    loop {
        let mut request = server.recv()?;
        // a client that breaks off ends its own connection only
        let _ = match answer(&mut request, iris, &mut content) {
            Ok(answer) => request.respond(Response::from_string(answer).with_header(json.clone())),
            Err(status) => request.respond(Response::empty(status)),
        };
    }
}

/// The content of the answer, or the status without one. `content` is only used again.
fn answer(request: &mut Request, iris: &Iris, content: &mut Vec<u8>) -> Result<String, u16> {
    if *request.method() != Method::Post || request.url() != "/" {
        return Err(404);
    }
    content.clear();
    request.as_reader().read_to_end(content).map_err(|_| 400_u16)?;
    let measured = serde_json::from_slice(content).map_err(|_| 400_u16)?;
    iris.answer(&measured).map_err(|_| 400)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (port, iris) = peers::arguments()?;
    let server = Arc::new(Server::http(("127.0.0.1", port)).map_err(|error| error.to_string())?);
    let threads: Vec<_> = (0..thread::available_parallelism()?.get())
        .map(|_| {
            let server = Arc::clone(&server);
            thread::spawn(move || serve(&server, iris))
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a thread ended by a panic")??;
    }
    Ok(())
}
