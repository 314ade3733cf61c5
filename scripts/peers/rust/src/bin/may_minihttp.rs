//! may_minihttp, as its examples show: a service for each connection, coroutines on one thread for each core.

use std::io::{self, Read};

use may_minihttp::{HttpService, HttpServiceFactory, Request, Response};
use peers::{Buffers, Iris};

struct Connections(&'static Iris);

impl HttpServiceFactory for Connections {
    type Service = Connection;

    fn new_service(&self, _: usize) -> Connection {
        Connection { iris: self.0, buffers: Buffers::default(), content: Vec::new() }
    }
}

struct Connection {
    iris: &'static Iris,
    /// Of this connection: a coroutine moves from thread to thread, so that it must not use a thread's own variables.
    buffers: Buffers,
    /// Used again from request to request.
    content: Vec<u8>,
}

impl HttpService for Connection {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        if request.method() != "POST" || request.path() != "/" {
            response.status_code(404, "Not Found");
            return Ok(());
        }
        self.content.clear();
        request.body().read_to_end(&mut self.content)?;
        let Some(answer) = self.answer() else {
            response.status_code(400, "Bad Request");
            return Ok(());
        };
        response.header("Content-Type: application/json");
        response.body_vec(answer.into_bytes());
        Ok(())
    }
}

impl Connection {
    fn answer(&mut self) -> Option<String> {
        let measured = serde_json::from_slice(&self.content).ok()?;
        self.iris.answer_with(&mut self.buffers, &measured).ok()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (port, iris) = peers::arguments()?;
    // the default number of threads: cores
    Connections(iris).start(("127.0.0.1", port))?.join().map_err(|_| "the server ended".into())
}
