//! svcd serves scikit-learn's support vector machines over HTTP from one static binary.
//!
//! # In scope
//!
//! * HTTP/1.1 and 1.0 on `std::net`: a fixed pool of event loops, every limit named (RFC 9110, RFC 9112)
//! * the decision function of a fitted `SVC` or `NuSVC`: RBF, linear, polynomial and sigmoid kernels, one-vs-one, trained on
//!   dense or sparse rows, with scikit-learn's labels exactly and its decision values within 1e-13 of their magnitude
//! * a fitted `LinearSVC` or `SGDClassifier`: its labels and its decision function
//! * a fitted `SVR`, `NuSVR` or `LinearSVR`, in a `TransformedTargetRegressor` too: its number
//! * a fitted `OneClassSVM`: 1 or -1, its decision function and its scores
//! * what is made of several classifiers: a `CalibratedClassifierCV`, a `OneVsRestClassifier`, a `OneVsOneClassifier`, a threshold
//! * probabilities of an `SVC`: Platt's, LIBSVM's and those of a `CalibratedClassifierCV`
//! * categories beside numbers: three encoders, `SimpleImputer` and `MissingIndicator`, with the dictionary of each column
//! * documents, by scikit-learn's text vectorizers
//! * what stands before and after the SVM: scalers, powers, bins, products, linear maps, elementary functions, selections of
//!   columns, `ColumnTransformer` and `FeatureUnion` of them, names of columns, a `LabelEncoder`
//! * model files that are checked before the port opens: pickles and joblib files of scikit-learn 0.18 to 1.9 as they are, Python
//!   2's too, read as inert data; LIBSVM's text; JSON; svcd's own `model.bin`
//! * one model out of several files, a folder, or the items of a saved dict, tuple or list
//! * why a row gets its answer: the terms that add up to the decision, and its curve over a column
//! * training on a CSV file: the solutions, splits and scores of scikit-learn, and a `model.bin` that is ready to serve
//! * a warning when the support vectors show that a scaler is missing or is the wrong one
//! * the protocols of the clients that people have: the notebook's, Open Inference Protocol v2, KServe v1 and TensorFlow
//!   Serving, MLflow, SageMaker, Vertex AI, Prometheus
//! * an OpenAPI document of the model that is served, and a page to try it on
//!
//! # Not in scope
//!
//! TLS, authentication, HTTP/2 and gRPC (a proxy does these), models that are not SVMs, other transformers, running notebooks or
//! any Python.
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
//! Arrows mean "imports"; none points back, and a test reads the paths in the code to keep it so. `cli` may import every room,
//! and `model_file` reads the parts of `svc` too. Two cupboards are shared, and import nothing: [`inflate`] inflates gzip and
//! zlib for `cli`, `api`, `http`, `model_file` and the tables of `pipeline`, and all text that `cli` and `model_file` show goes
//! through [`escape`].
//!
//! | room | files, from the outside inwards |
//! |---|---|
//! | [`cli`] | `command_line`, `arguments`, `environment`, one file for each command, `model` (the files that the flags name), `reload`, `log` |
//! | [`http`] | `server`, `worker`, `connection`, `parser`, `chunked`, `request`, `response`, `ledger`, `compute`, `poller` |
//! | [`api`] | `service`, `cors`, `disclosure`, `routes` (one table), `dialects`, `rows`, `csv`, `answers`, `metrics`, `openapi`, `page` |
//! | [`model_file`] | `folder`, `load`, `sniff`; `sklearn` over `pickle`, `joblib` and `numpy`, `libsvm`, `json`, `native`; `pieces` |
//! | [`inflate`] | `inflater` over `gzip_header` and `crc32` |
//! | [`escape`] | `mod`: text from files, clients and variables, made safe for a terminal or a log |
//! | [`pipeline`] | `model`, `columns`, `steps`, `estimator`, `meta` (estimators in estimators), `outputs`, `explain`, `curve`, `support`, `ranges`, `evidence`; `text` (documents to sparse rows) |
//! | [`svc`] | `kernel`, `blocks`, `sums`, `votes`, `collapsed`, `champions`, `champion_lanes` and `error_bound` (labels of linear kernels), `certified`, `certified_labels`, `certified_lanes` and `exp2` (labels of RBF kernels), `products`, `projection`, `explain`, `single`, `linear`, `probability`, `elementary`, `cpu`; `train` (`fit`, `solver`, `selection`, `shrinking`, `matrix`, `crew`, `dots`) |
//!
//! # How a model is loaded
//!
//! paths -> files ([`model_file::folder`]) -> format by the first bytes (sniff) -> what is in each file: estimator, transformer,
//! labels, names, or something else (sklearn; every other format holds one whole model, whose probe rows are tried) -> one model,
//! and a list of what was left out ([`model_file::pieces`]) -> names that the flags give -> evidence against its steps
//! ([`pipeline::Evidence`]) -> a [`pipeline::Model`] that is served, inspected or written as `model.bin`.
//!
//! # How a request is answered
//!
//! accept ([`http`], server) -> least-loaded worker -> readable -> bytes (connection) -> incomplete, complete or
//! error (parser, chunked) -> route ([`api`]) -> rows of f64 in the model's feature order -> kernel values, pair
//! values, votes, label ([`pipeline`], [`svc`]) -> JSON -> status line, fields and content in one buffer, one write -> keep the
//! connection or close it, with a reason.

pub mod api;
pub mod cli;
pub mod escape;
pub mod http;
pub mod inflate;
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
