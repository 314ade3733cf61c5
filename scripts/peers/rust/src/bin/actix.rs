//! actix-web, as its manual teaches: a JSON extractor, the model as application data, one worker for each core.

use actix_web::error::ErrorBadRequest;
use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, post, web};
use peers::{Iris, Measured};

#[post("/")]
async fn predict(measured: web::Json<Measured>, iris: web::Data<&'static Iris>) -> actix_web::Result<HttpResponse> {
    let answer = iris.answer(&measured).map_err(ErrorBadRequest)?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(answer))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (port, iris) = peers::arguments()?;
    let iris = web::Data::new(iris);
    let app = move || App::new().app_data(iris.clone()).service(predict);
    // the default number of workers: the cores that it may use
    Ok(HttpServer::new(app).bind(("127.0.0.1", port))?.run().await?)
}
