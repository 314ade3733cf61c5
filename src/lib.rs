//! svcd serves scikit-learn `SVC` models over HTTP from one static binary.
//!
//! # In scope
//!
//! * HTTP/1.1 and 1.0 on `std::net`: a fixed pool of event loops, every limit named (RFC 9110, RFC 9112)
//! * the decision function of a fitted `SVC`: RBF, linear, polynomial and sigmoid kernels, one-vs-one,
//!   with scikit-learn's labels exactly and its decision values within 1e-13 of their magnitude
//! * a fitted `LinearSVC`: its labels and its decision function
//! * probabilities of an `SVC`: Platt's, LIBSVM's and those of a `CalibratedClassifierCV`
//! * model files that are checked before the port opens: pickles and joblib files as they are, read as inert data; LIBSVM's
//!   text; JSON; svcd's own `model.bin`
//! * the protocols of the clients that people have: the notebook's, Open Inference Protocol v2, KServe v1 and TensorFlow
//!   Serving, MLflow, SageMaker, Vertex AI, Prometheus
//! * an OpenAPI document of the model that is served, and a page to try it on
//!
//! # Not in scope
//!
//! TLS, authentication, HTTP/2 and gRPC (a proxy does these), models that are no SVM, running notebooks.
//!
//! # Map of the rooms
//!
//! ```text
//! main -> cli -> api -> http                  bytes <-> messages; knows no SVM and no JSON
//!          |      +---> pipeline -> svc       the mathematics: numbers in, numbers out
//!          |               ^                  a fitted model as people use it: columns, steps, estimator, outputs
//!          +--> model_file +                  bytes <-> Model
//! ```
//!
//! Arrows mean "imports"; none points back, and a test reads the paths in the code to keep it so. `cli` may import every room, and
//! `model_file` reads the parts of `svc` too.
//!
//! # A request's way
//!
//! accept ([`http`], server) -> least-loaded worker -> readable -> bytes (connection) -> incomplete, complete or
//! error (parser, chunked) -> route ([`api`]) -> rows of f64 in the model's feature order -> kernel values, pair
//! values, votes, label ([`pipeline`], [`svc`]) -> JSON -> status line, fields and content in one buffer, one write -> keep the
//! connection or close it, with a reason.

pub mod api;
pub mod cli;
pub mod http;
pub mod model_file;
pub mod pipeline;
pub mod svc;

// Files that the unit tests and `tests/it` share name this crate as the latter do.
#[cfg(test)]
extern crate self as svcd;
#[cfg(test)]
#[path = "../tests/shared/made_up.rs"]
mod made_up;
#[cfg(test)]
#[path = "../tests/shared/requests/mod.rs"]
mod requests;
