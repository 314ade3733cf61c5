//! hyper alone, as its manual teaches: a service function, a task for each connection, tokio's threads, one for each core.

use std::convert::Infallible;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use peers::Iris;
use tokio::net::TcpListener;

async fn predict(request: Request<Incoming>, iris: &Iris) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Ok(refusal(StatusCode::NOT_FOUND));
    }
    let Ok(content) = request.into_body().collect().await else { return Ok(refusal(StatusCode::BAD_REQUEST)) };
    let Ok(measured) = serde_json::from_slice(&content.to_bytes()) else { return Ok(refusal(StatusCode::BAD_REQUEST)) };
    let Ok(answer) = iris.answer(&measured) else { return Ok(refusal(StatusCode::BAD_REQUEST)) };
    let mut response = Response::new(Full::from(answer));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (port, iris) = peers::arguments()?;
    peers::runtime()?.block_on(serve(port, iris))
}

async fn serve(port: u16, iris: &'static Iris) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let service = service_fn(|request| predict(request, iris));
            // a client that breaks off ends its own connection only
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
