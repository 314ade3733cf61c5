//! axum on hyper and tokio, as its manual teaches: extractors, tokio's threads, one for each core.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use peers::{Iris, Measured};
use tokio::net::TcpListener;

type Answer = ([(HeaderName, &'static str); 1], String);

async fn predict(State(iris): State<&'static Iris>, Json(measured): Json<Measured>) -> Result<Answer, StatusCode> {
    let answer = iris.answer(&measured).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (port, iris) = peers::arguments()?;
    peers::runtime()?.block_on(serve(port, iris))
}

async fn serve(port: u16, iris: &'static Iris) -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/", post(predict)).with_state(iris);
    Ok(axum::serve(TcpListener::bind(("127.0.0.1", port)).await?, app).await?)
}
