//! What the Rust servers of the comparison share: the notebook's request, the model, the answer.
//!
//! What differs from server to server is the way from the socket to [`Measured`] and back. The model and its mathematics are svcd's
//! own, so that all of them do the same kernel work; JSON is read by serde_json into a struct, as their manuals teach.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::thread;

use serde::Deserialize;
use svcd::model_file::load::load_path;
use svcd::pipeline::{Label, Model, Scratch};
use tokio::runtime::{Builder, Runtime};

/// The notebook's request.
#[derive(Debug, Deserialize)]
pub struct Measured {
    #[serde(rename = "sepal length (cm)")]
    sepal_length: f64,
    #[serde(rename = "sepal width (cm)")]
    sepal_width: f64,
    #[serde(rename = "petal length (cm)")]
    petal_length: f64,
    #[serde(rename = "petal width (cm)")]
    petal_width: f64,
}

/// What is used again from request to request, as in svcd.
#[derive(Default)]
pub struct Buffers {
    scratch: Scratch,
    classes: Vec<usize>,
}

/// The model, loaded once.
pub struct Iris(Model);

impl Iris {
    /// The content of the answer, byte for byte the notebook's: `{"val": 0}`. With the buffers of this thread.
    ///
    /// # Errors
    /// A number that the model cannot take.
    pub fn answer(&self, measured: &Measured) -> Result<String, svcd::pipeline::Error> {
        thread_local! {
            static BUFFERS: RefCell<Buffers> = RefCell::default();
        }
        BUFFERS.with_borrow_mut(|buffers| self.answer_with(buffers, measured))
    }

    /// The same with the caller's buffers.
    ///
    /// # Errors
    /// A number that the model cannot take.
    pub fn answer_with(&self, buffers: &mut Buffers, measured: &Measured) -> Result<String, svcd::pipeline::Error> {
        let Measured { sepal_length, sepal_width, petal_length, petal_width } = *measured;
        let row = [sepal_length, sepal_width, petal_length, petal_width];
        buffers.classes.clear();
        self.0.predict(&row, &mut buffers.scratch, &mut buffers.classes)?;
        let label = buffers.classes.first().and_then(|&class| self.0.target().label(class));
        // `arguments` has checked that the labels are integers
        let Some(Label::Integer(val)) = label else { unreachable!("one class for one row") };
        Ok(format!(r#"{{"val": {val}}}"#))
    }
}

/// tokio with a thread for each core that this process may use. On one core it is the runtime without threads of its own.
pub fn runtime() -> io::Result<Runtime> {
    let mut builder = match thread::available_parallelism()?.get() {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

/// Where a server listens, and its model, for as long as the process lives: from the arguments `PORT MODEL`.
pub fn arguments() -> Result<(u16, &'static Iris), Box<dyn Error>> {
    static IRIS: OnceLock<Iris> = OnceLock::new();
    let [port, model] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err("usage: SERVER PORT MODEL".into());
    };
    let model = load_path(Path::new(model))?.model;
    if model.n_features_in() != 4 || !model.target().labels().all(|label| matches!(label, Label::Integer(_))) {
        return Err("expected a model of 4 features with integer labels".into());
    }
    Ok((port.parse()?, IRIS.get_or_init(|| Iris(model))))
}
