//! The JSON of an inference request.

use serde::de::{SeqAccess, Visitor};

use crate::api::rows::{
    Any, FieldNames, Input, Known, KnownText, Object, Optional, PathStep, Reading, Switch, Tensor, Texts, Whole,
    expected_output, read_items, read_some_items, refuse,
};
use crate::api::served::Served;
use crate::api::{Error, Problem};
use crate::http::Request;
use crate::http::charged::Reused;
use crate::pipeline::{Model, OutputName};

/// What the content must be.
pub(super) const EXPECTED_CONTENT: &str = "an object with `inputs`";

/// What a request asks for; its tensors are elsewhere.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Infer {
    pub(super) id: Option<String>,
    /// In the order in which they are asked for, each name once; empty for the default.
    pub(super) outputs: Vec<Wanted>,
    /// Whether outputs come in binary unless they say otherwise.
    pub(super) binary_data_output: bool,
}

/// An output that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As the request names it.
    pub(super) name: &'static str,
    pub(super) output: OutputName,
    pub(super) binary_data: Option<bool>,
    /// How many of the best classes to answer with, instead of the output itself.
    pub(super) classification: Option<usize>,
}

impl Wanted {
    /// What is answered when nothing is asked for.
    pub(super) const DEFAULT: Wanted =
        Wanted { name: "predict", output: OutputName::Predict, binary_data: None, classification: None };

    /// What the model has to compute for it: the output itself, or that with a score for each class.
    pub(super) fn computed(&self) -> OutputName {
        match (self.classification, self.output) {
            (None, output) | (Some(_), output @ OutputName::PredictProba) => output,
            (Some(_), _) => OutputName::ClassScores,
        }
    }
}

/// Bytes of an id, which the answer repeats.
pub(super) const ID_BYTES_MAX: usize = 4 << 10;

fn expected_id() -> String {
    format!("a string of at most {ID_BYTES_MAX} bytes")
}

/// KServe's name of the one output of a scikit-learn model.
const ALIAS: &str = "output-0";

/// Reads the JSON; `numbers` and `tensors` are overwritten.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong, with its place.
pub(super) fn read(
    request: &Request<'_>,
    text: &str,
    served: &Served,
    texts: &Texts,
    numbers: &mut Reused<f64>,
    tensors: &mut Reused<Tensor>,
) -> Result<Infer, Error> {
    let mut known: Option<Vec<Known>> = None;
    loop {
        numbers.clear();
        texts.clear();
        tensors.clear();
        let reading = &Reading::new((&served.columns, texts)).of(request);
        let (model, known_tensors) = (&served.model, known.as_deref());
        let read_id = |id: &str| (id.len() <= ID_BYTES_MAX).then(|| id.to_owned());
        let is_binary = Switch { reading };
        let parameters =
            Object { reading, expected: "an object", members: (("binary_data_output", Optional(is_binary)),) };
        let members = (
            ("id", Optional(KnownText { reading, read: read_id, expected: expected_id })),
            ("parameters", Optional(parameters)),
            ("inputs", Any(TensorList { reading, numbers, tensors, known: known_tensors })),
            ("outputs", Optional(OutputList { reading, model })),
        );
        let content = Object { reading, expected: EXPECTED_CONTENT, members };
        let (id, parameters, fits, outputs) = reading.run(text, Any(content))?;
        let is_renamed = name_only_column(&served.columns, tensors.items_mut());
        if fits && !is_renamed {
            let binary_data_output = parameters.and_then(|(is_binary,)| is_binary).unwrap_or(false);
            numbers.settle();
            return Ok(Infer { id, outputs: outputs.unwrap_or_default(), binary_data_output });
        }
        if known.is_some() {
            return Err(Error::Content(Problem::of_content("elements that fit their datatype", "others")));
        }
        // Once more, to find the element: its type may have come after it.
        known = Some(
            tensors
                .iter()
                .map(|Tensor { column, datatype, .. }| Known { column: *column, datatype: *datatype })
                .collect(),
        );
    }
}

/// Where a model has one column, and that is no number, its only tensor may have any name. Returns whether it had another one.
fn name_only_column(columns: &FieldNames, tensors: &mut [Tensor]) -> bool {
    match tensors {
        [tensor] if columns.count() == 1 && !columns.are_numbers() => tensor.column.replace(0).is_none(),
        _ => false,
    }
}

/// The tensors. Its value: whether all elements fit their types.
struct TensorList<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Reused<f64>,
    tensors: &'r mut Reused<Tensor>,
    /// What the first reading has found of each.
    known: Option<&'r [Known]>,
}

impl<'de> Visitor<'de> for TensorList<'_, '_> {
    type Value = bool;

    refuse!("an array of tensors"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<bool, A::Error> {
        let Self { reading, numbers, tensors, known } = self;
        let mut fits = true;
        read_some_items(reading, seq, PathStep::Index, "tensor", |seq, index| {
            let known = known.and_then(|known| known.get(index)).copied();
            let next = seq.next_element_seed(Any(Input { reading, numbers, index, known }))?;
            let Some((tensor, fits_too)) = next else { return Ok(None) };
            fits &= fits_too;
            tensors.push(tensor).map(Some).map_err(|cause| reading.no_room(cause))
        })?;
        Ok(fits)
    }
}

/// The outputs that are asked for.
struct OutputList<'a> {
    reading: &'a Reading<'a>,
    model: &'a Model,
}

impl<'de> Visitor<'de> for OutputList<'_> {
    type Value = Vec<Wanted>;

    refuse!("an array of objects with `name`"; bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<Wanted>, A::Error> {
        let Self { reading, model } = self;
        // A model that cannot predict at all has no default either.
        let alias = model.output(OutputName::Predict).is_ok().then_some(ALIAS);
        let read = |name: &str| match alias {
            Some(alias) if alias == name => Some((alias, OutputName::Predict)),
            _ => OutputName::parse(name).filter(|name| model.output(*name).is_ok()).map(|name| (name.as_str(), name)),
        };
        let expected = || expected_output(model, alias);
        let not_zero = Some("a count of classes, one or more");
        let mut outputs: Vec<Wanted> = Vec::new();
        read_items(reading, seq, PathStep::Index, |seq, _| {
            let members = (
                ("binary_data", Optional(Switch { reading })),
                ("classification", Optional(Whole { reading, not_zero })),
            );
            let parameters = Object { reading, expected: "an object", members };
            let members = (("name", Any(KnownText { reading, read, expected })), ("parameters", Optional(parameters)));
            let next = seq.next_element_seed(Any(Object { reading, expected: "an object with `name`", members }))?;
            let Some(((name, output), parameters)) = next else { return Ok(None) };
            let (binary_data, classification) = parameters.unwrap_or_default();
            if outputs.iter().any(|before| before.name == name) {
                return Err(reading.wrong("each output once", "one twice"));
            }
            outputs.push(Wanted { name, output, binary_data, classification });
            Ok(Some(()))
        })?;
        Ok(outputs)
    }
}
