//! All integration tests, in one binary.
// A test may end by a panic; clippy's own exemption covers test functions but not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod api;
mod cells;
mod cli;
#[path = "../shared/client.rs"]
mod client;
mod compressed;
#[path = "../shared/conformance.rs"]
mod conformance;
mod consoles;
mod differential;
mod engine;
mod evidence;
#[path = "../shared/folder.rs"]
mod folder;
mod formats;
mod golden;
mod harness;
mod hostile_pickle;
mod libsvm;
mod linear_labels;
#[path = "../shared/made_up.rs"]
mod made_up;
mod memory;
mod observe;
mod pickles;
mod pieces;
mod proc;
mod random;
#[path = "../shared/requests/mod.rs"]
mod requests;
mod rfc9112;
mod server;
mod shutdown;
mod steps;
mod tables;
mod targets;
mod text;
mod tidy;
mod training;
mod trees;
#[path = "../shared/vocabulary.rs"]
mod vocabulary;
#[path = "../shared/worst.rs"]
mod worst;
mod wrappers;
