//! The object around rows, for the dialects that differ only in its keys: KServe v1, TensorFlow Serving, MLflow, Vertex.

use serde::de::{MapAccess, SeqAccess, Visitor};

use super::columns::{Frame, RowsOrColumns};
use super::list::{List, RowForm};
use super::object::{Object, read_object};
use super::reading::{Reading, check_text};
use super::seeds::{Any, Optional};
use super::split::{Split, SplitLayout};
use super::texts::CellReader;
use super::visitors::{KnownText, refuse};
use crate::api::{Error, Problem};
use crate::http::Request;
use crate::http::charged::Reused;
use crate::pipeline::{Model, OutputName};

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An array of rows.
    Rows(RowForm<'static>),
    /// An array of rows by position, or an object of columns.
    Inputs,
    /// pandas' split form.
    Split,
    /// The name of an output; this word stands for `predict` too.
    Output(&'static str),
    /// An object whose `output` is the name of an output.
    Parameters,
}

/// The keys of a dialect's object.
#[derive(Debug)]
pub struct Form {
    /// Their names.
    pub keys: &'static [&'static str],
    /// What the value of each is.
    pub parts: &'static [Part],
    /// The keys for rows, one of which has to be there.
    pub expected: &'static str,
}

/// What a request asks for; its numbers are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// Index of the key that had the rows.
    pub key: usize,
    /// Where the numbers lie column by column, the order of these, see [`RowsOrColumns`].
    pub order: Option<Vec<usize>>,
    /// What is asked for.
    pub output: OutputName,
}

impl Form {
    /// Reads a request; `numbers` is overwritten.
    ///
    /// # Errors
    /// `Error::Content` for the first thing that is wrong, with its place.
    pub fn read<'a>(
        &'static self,
        request: &Request<'_>,
        cells: impl Into<CellReader<'a>>,
        model: &Model,
        numbers: &mut Reused<f64>,
    ) -> Result<Asking, Error> {
        let cells = cells.into();
        let text = check_text(request.content, self.expected)?;
        let (mut names, mut is_frame) = (SplitLayout::default(), false);
        loop {
            numbers.clear();
            cells.texts.iter().for_each(|texts| texts.clear());
            let reading = &Reading::new(cells).of(request);
            let envelope = Envelope { reading, form: self, model, numbers, names: &mut names, is_frame };
            let read = reading.run(text, Any(envelope));
            if read.is_err() && reading.may_be_frame() && !is_frame {
                is_frame = true;
                continue;
            }
            let (rows, output) = read?;
            if names.is_postponed && !names.is_second {
                names.is_second = true;
                continue;
            }
            let Some((key, order)) = rows else {
                return Err(Error::Content(Problem::of_content(self.expected, "none")));
            };
            numbers.settle();
            return Ok(Asking { key, order, output: output.unwrap_or(OutputName::Predict) });
        }
    }
}

/// The object. Its value: the key that had the rows, and the order of columns; the output.
struct Envelope<'a, 'r> {
    reading: &'a Reading<'a>,
    form: &'static Form,
    model: &'a Model,
    numbers: &'r mut Reused<f64>,
    names: &'r mut SplitLayout,
    /// Whether rows by name turned out to be columns.
    is_frame: bool,
}

impl<'de> Visitor<'de> for Envelope<'_, '_> {
    type Value = (Option<(usize, Option<Vec<usize>>)>, Option<OutputName>);

    refuse!(this => format!("an object with {}", this.form.expected); bool, number, string, null);

    /// People who have sent rows alone to another server do so here too.
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        let expected = format!("an object with {}", self.form.expected);
        Err(self.reading.wrong(expected, "an array; rows go into `{\"instances\": [[..]]}`"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, form, model, numbers, names, is_frame } = self;
        let (mut rows, mut wanted) = (None, None);
        read_object(reading, map, form.keys, |key, map| {
            let Some(part) = form.parts.get(key) else { return Ok(()) };
            let order = match *part {
                Part::Output(alias) => {
                    wanted = map.next_value_seed(Optional(output(reading, model, Some(alias))))?;
                    return Ok(());
                }
                Part::Parameters => {
                    let members = (("output", Optional(output(reading, model, None))),);
                    let found = map.next_value_seed(Optional(Object { reading, expected: "an object", members }))?;
                    wanted = found.and_then(|(output,)| output);
                    return Ok(());
                }
                _ if rows.is_some() => {
                    return Err(reading.wrong(form.expected, "a second one"));
                }
                Part::Rows(RowForm::Either) if is_frame => {
                    map.next_value_seed(Any(Frame { reading, numbers })).map(Some)?
                }
                Part::Rows(form) => {
                    map.next_value_seed(Any(List { reading, rows: numbers, form }))?;
                    None
                }
                Part::Split => {
                    map.next_value_seed(Any(Split { reading, rows: numbers, names }))?;
                    None
                }
                Part::Inputs => map.next_value_seed(Any(RowsOrColumns { reading, numbers }))?,
            };
            rows = Some((key, order));
            Ok(())
        })?;
        Ok((rows, wanted))
    }
}

/// The name of an output that the model has; `alias` stands for `predict` too.
fn output<'a>(
    reading: &'a Reading<'a>,
    model: &'a Model,
    alias: Option<&'static str>,
) -> KnownText<'a, impl FnOnce(&str) -> Option<OutputName> + 'a, impl Fn() -> String + 'a> {
    let read = move |name: &str| {
        let output = if alias == Some(name) { Some(OutputName::Predict) } else { OutputName::parse(name) };
        output.filter(|output| model.output(*output).is_ok())
    };
    KnownText { reading, read, expected: move || expected_output(model, alias) }
}

/// The outputs of a model, as an error lists them.
pub fn expected_output(model: &Model, alias: Option<&'static str>) -> String {
    let names: Vec<_> = model.outputs().map(|output| output.name.as_str()).chain(alias).collect();
    format!("one of `{}`", names.join("`, `"))
}
