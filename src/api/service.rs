//! The model behind the routes: what is served, and the engine's [`Handler`] that serves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::routes::{self, Route};
use super::rows::Columns;
use super::{Detail, Error, error, health, media, seed};
use crate::http::{Event, Handler, Request, Response, Status};
use crate::svc::{Label, Model};

/// A model with what its routes need besides it.
pub struct Served {
    model: Model,
    /// How requests name its columns.
    pub columns: Columns,
    /// Each class label as JSON.
    labels: Vec<Vec<u8>>,
}

impl Served {
    /// Prepares `model` for serving.
    pub fn new(model: Model) -> Served {
        let labels = (0..model.n_classes()).filter_map(|class| model.classes().label(class)).map(label_json).collect();
        Served { columns: Columns::new(model.feature_names()), labels, model }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The label of a class, as JSON.
    pub fn label(&self, class: usize) -> &[u8] {
        self.labels.get(class).map_or(b"null", Vec::as_slice)
    }

    /// The class of each row; `classes` is overwritten.
    ///
    /// # Errors
    ///
    /// `Error::Model` when the model cannot predict at all: `break_ties` together with the one-vs-one shape.
    pub fn predict<'a>(
        &self,
        rows: &[f64],
        scratch: &mut crate::svc::Scratch,
        classes: &'a mut Vec<usize>,
    ) -> Result<&'a [usize], Error> {
        classes.clear();
        self.model.predict(rows, scratch, classes).map_err(|error| Error::Model(error.to_string()))?;
        Ok(classes)
    }
}

/// Integers, booleans and floats as JSON has them, text as a JSON string.
fn label_json(label: Label<'_>) -> Vec<u8> {
    match label {
        Label::Integer(value) => serde_json::to_vec(&value),
        Label::Float(value) => serde_json::to_vec(&value),
        Label::Boolean(value) => serde_json::to_vec(&value),
        Label::String(value) => serde_json::to_vec(value),
    }
    // Numbers and strings alone cannot fail to serialize.
    .unwrap_or_default()
}

/// Buffers that one thread reuses.
#[derive(Default)]
pub struct Scratch {
    /// Rows of the request at hand, row-major.
    pub rows: Vec<f64>,
    /// Their classes.
    pub classes: Vec<usize>,
    /// What the model computes with.
    pub svc: crate::svc::Scratch,
}

/// All routes over one model.
pub struct Service {
    served: Served,
    detail: Detail,
    is_draining: Arc<AtomicBool>,
    report: fn(&Event<'_>),
}

impl Service {
    /// `is_draining` turns readiness off; `report` hears of the engine's trouble and must not block.
    pub fn new(served: Served, detail: Detail, is_draining: Arc<AtomicBool>, report: fn(&Event<'_>)) -> Service {
        Service { served, detail, is_draining, report }
    }

    fn answer(
        &self,
        route: Route,
        request: &Request<'_>,
        scratch: &mut Scratch,
        content: Vec<u8>,
    ) -> Result<Response, Error> {
        // A chunked message is known to have content only now.
        if let Some(types) = route.types()
            && !request.content().is_empty()
            && !request.announces_content()
        {
            media::check(request, types)?;
        }
        match route {
            Route::Root => Ok(health::alive(content).with_field("Vary", "Accept")),
            Route::Seed => seed::respond(&self.served, request, scratch, content),
            Route::Health => Ok(health::alive(content)),
            Route::Ready => health::ready(self.is_draining.load(Ordering::Relaxed), content),
            Route::Version => Ok(health::version(content)),
            Route::Options(allow) => Ok(Response::no_content().with_field("Allow", allow)),
        }
    }
}

impl Handler for Service {
    type Route = Route;
    type Scratch = Scratch;

    fn route(&self, request: &Request<'_>) -> Result<Route, Response> {
        routes::find(request).map_err(|error| error::respond(&error, self.detail))
    }

    fn respond(&self, route: Route, request: &Request<'_>, scratch: &mut Scratch, content: Vec<u8>) -> Response {
        self.answer(route, request, scratch, content).unwrap_or_else(|error| error::respond(&error, self.detail))
    }

    fn refuse(&self, status: Status, reason: &str) -> Response {
        error::refuse(status, reason)
    }

    fn report(&self, event: &Event<'_>) {
        (self.report)(event);
    }
}
