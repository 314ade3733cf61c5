//! The HTTP engine alone: every method answers 200 with the content of the request, and with `Echo-Method` and `Echo-Path` as they
//! were read. `/panic` panics in the handler.
//!
//! ```text
//! cargo run --example echo -- --port 8001
//! curl -d hello localhost:8001
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;

use svcd::http::poller::Backend;
use svcd::http::server::{Server, Settings};
use svcd::http::{Handler, Limits, Request, Response, Status};

struct Echo;

impl Handler for Echo {
    type Route = ();
    type Local = ();

    fn route(&self, _request: &Request<'_>) -> Result<(), Response> {
        Ok(())
    }

    fn respond(&self, (): (), request: &Request<'_>, (): &mut (), mut content: Vec<u8>) -> Response {
        assert!(request.path() != b"/panic", "asked to");
        content.extend_from_slice(request.content);
        // The parser lets only printable ASCII into a target.
        let path = String::from_utf8_lossy(request.path()).into_owned();
        Response::new(Status::OK, "application/octet-stream", content)
            .with_field("Echo-Method", request.head.method.name())
            .with_field("Echo-Path", path)
    }

    fn refuse(&self, status: Status, reason: &str, _: Option<Self::Route>) -> Response {
        Response::new(status, "text/plain", reason.as_bytes().to_vec())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut port = 8000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--port" => port = arguments.next().ok_or("--port needs a number")?.parse()?,
            other => return Err(format!("unknown argument `{other}`").into()),
        }
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let server = Server::bind(Settings {
        address: ([127, 0, 0, 1], port).into(),
        workers: 2 * cores,
        compute_threads: cores,
        backend: Backend::Epoll,
        limits: Limits::default(),
    })?;
    let stopper = server.stopper();
    ctrlc::set_handler(move || stopper.stop())?;
    let address = server.local_addr()?;
    server.run(Arc::new(Echo), || {
        // Nobody has to listen.
        let _ = writeln!(io::stdout(), "echo listening on http://{address}");
    })?;
    Ok(())
}
