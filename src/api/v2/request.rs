//! The JSON of an inference request.

use serde::de::{MapAccess, SeqAccess, Visitor};

use crate::api::rows::{
    Any, Datatype, Flag, Input, Optional, Reading, Step, Tensor, Whole, Word, expected_output, read_object, refuse,
};
use crate::api::service::Served;
use crate::api::{Error, Problem};
use crate::pipeline::{Model, Output};

/// What a request asks for; its tensors are elsewhere.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Infer {
    pub(super) id: Option<String>,
    /// In the order in which they are asked for, each name once; empty for the default.
    pub(super) outputs: Vec<Wanted>,
    /// Whether outputs that say nothing about it come in binary.
    pub(super) binary_data_output: bool,
}

/// An output that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As the request names it.
    pub(super) name: &'static str,
    pub(super) output: Output,
    pub(super) binary_data: Option<bool>,
    /// The best so many classes instead of the output itself.
    pub(super) classification: Option<usize>,
}

impl Wanted {
    /// What comes when nothing is asked for.
    pub(super) const DEFAULT: Wanted =
        Wanted { name: "predict", output: Output::Predict, binary_data: None, classification: None };
}

/// KServe's name of the one output of a scikit-learn model.
const ALIAS: &str = "output-0";

/// Reads the JSON; `numbers` and `tensors` are overwritten.
///
/// # Errors
/// `Error::Content` for the first thing that is wrong, with its place.
pub(super) fn read(
    text: &str,
    served: &Served,
    numbers: &mut Vec<f64>,
    tensors: &mut Vec<Tensor>,
) -> Result<Infer, Error> {
    let mut datatypes: Option<Vec<Datatype>> = None;
    loop {
        numbers.clear();
        tensors.clear();
        let reading = Reading::new(&served.columns);
        let (model, strict) = (served.model(), datatypes.as_deref());
        let request = RequestReader { reading: &reading, model, numbers, tensors, strict };
        let (infer, fits) = reading.run(text, Any(request))?;
        if fits {
            return Ok(infer);
        }
        if datatypes.is_some() {
            return Err(Error::Content(Problem::of_content("elements of their datatype", "others")));
        }
        // Once more, to find the element: its type may have come behind it.
        datatypes = Some(tensors.iter().map(|tensor| tensor.datatype).collect());
    }
}

/// The whole content.
struct RequestReader<'a, 'r> {
    reading: &'a Reading<'a>,
    model: &'a Model,
    numbers: &'r mut Vec<f64>,
    tensors: &'r mut Vec<Tensor>,
    strict: Option<&'r [Datatype]>,
}

impl RequestReader<'_, '_> {
    fn expected(&self) -> &'static str {
        super::infer::EXPECTED_CONTENT
    }
}

impl<'de> Visitor<'de> for RequestReader<'_, '_> {
    type Value = (Infer, bool);

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { reading, model, numbers, tensors, strict } = self;
        let mut infer = Infer::default();
        let mut fits = true;
        let keys = &["id", "parameters", "inputs", "outputs"];
        let [_, _, has_inputs, _] = read_object(reading, map, keys, |key, map| {
            match key {
                0 => {
                    let read = |id: &str| Some(id.to_owned());
                    let id = Word { reading, read, expected: || "a string".to_owned() };
                    infer.id = map.next_value_seed(Optional(id))?;
                }
                1 => {
                    let parameters = map.next_value_seed(Optional(Parameters { reading }))?;
                    infer.binary_data_output = parameters.is_some_and(|is_binary| is_binary);
                }
                2 => fits = map.next_value_seed(Any(Inputs { reading, numbers, tensors, strict }))?,
                _ => infer.outputs = map.next_value_seed(Optional(Outputs { reading, model }))?.unwrap_or_default(),
            }
            Ok(())
        })?;
        match has_inputs {
            true => Ok((infer, fits)),
            false => Err(reading.at(Step::Key("inputs"), reading.wrong("an array of tensors", "no such key"))),
        }
    }
}

/// The parameters of a request: `binary_data_output` alone has a meaning.
struct Parameters<'a> {
    reading: &'a Reading<'a>,
}

impl Parameters<'_> {
    fn expected(&self) -> &'static str {
        "an object"
    }
}

impl<'de> Visitor<'de> for Parameters<'_> {
    type Value = bool;

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        let reading = self.reading;
        let mut is_binary = None;
        read_object(reading, map, &["binary_data_output"], |_, map| {
            is_binary = map.next_value_seed(Optional(Flag { reading }))?;
            Ok(())
        })?;
        Ok(is_binary.unwrap_or(false))
    }
}

/// The tensors. Gives whether all elements fit their types.
struct Inputs<'a, 'r> {
    reading: &'a Reading<'a>,
    numbers: &'r mut Vec<f64>,
    tensors: &'r mut Vec<Tensor>,
    strict: Option<&'r [Datatype]>,
}

impl Inputs<'_, '_> {
    fn expected(&self) -> &'static str {
        "an array of tensors"
    }
}

impl<'de> Visitor<'de> for Inputs<'_, '_> {
    type Value = bool;

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let Self { reading, numbers, tensors, strict } = self;
        let mut fits = true;
        loop {
            let index = tensors.len();
            let strict = strict.and_then(|datatypes| datatypes.get(index)).copied();
            let input = Input { reading, numbers, index, strict };
            match seq.next_element_seed(Any(input)).map_err(|error| reading.at(Step::Index(index), error))? {
                Some((tensor, fits_too)) => {
                    tensors.push(tensor);
                    fits &= fits_too;
                }
                None if index == 0 => return Err(reading.wrong("at least one tensor", "an empty array")),
                None => return Ok(fits),
            }
        }
    }
}

/// The outputs that are asked for.
struct Outputs<'a> {
    reading: &'a Reading<'a>,
    model: &'a Model,
}

impl Outputs<'_> {
    fn expected(&self) -> &'static str {
        "an array of objects with `name`"
    }
}

impl<'de> Visitor<'de> for Outputs<'_> {
    type Value = Vec<Wanted>;

    refuse!(bool, number, string, null, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Wanted>, A::Error> {
        let Self { reading, model } = self;
        let mut outputs: Vec<Wanted> = Vec::new();
        loop {
            let wrong = |error| reading.at(Step::Index(outputs.len()), error);
            let next = seq.next_element_seed(Any(OutputReader { reading, model })).map_err(wrong)?;
            let Some(wanted) = next else { return Ok(outputs) };
            if outputs.iter().any(|before| before.name == wanted.name) {
                return Err(wrong(reading.wrong("each output once", "one twice")));
            }
            outputs.push(wanted);
        }
    }
}

/// One output.
struct OutputReader<'a> {
    reading: &'a Reading<'a>,
    model: &'a Model,
}

impl OutputReader<'_> {
    fn expected(&self) -> &'static str {
        "an object with `name`"
    }
}

impl<'de> Visitor<'de> for OutputReader<'_> {
    type Value = Wanted;

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wanted, A::Error> {
        let Self { reading, model } = self;
        // One of several reasons to refuse is that the model cannot predict at all: then it is no default either.
        let alias = if model.offers(Output::Predict).is_ok() { ALIAS } else { "" };
        let read = |name: &str| match name == alias {
            true => Some((ALIAS, Output::Predict)),
            false => model.outputs().find(|output| output.name() == name).map(|output| (output.name(), output)),
        };
        let expected = || expected_output(model, alias);
        let mut name = None;
        let mut parameters = OutputParameters::default();
        read_object(reading, map, &["name", "parameters"], |key, map| {
            match key {
                0 => name = Some(map.next_value_seed(Any(Word { reading, read, expected }))?),
                _ => {
                    let found = map.next_value_seed(Optional(OutputParametersReader { reading }))?;
                    parameters = found.unwrap_or_default();
                }
            }
            Ok(())
        })?;
        let Some((name, output)) = name else {
            return Err(reading.at(Step::Key("name"), reading.wrong(expected(), "no such key")));
        };
        let OutputParameters { binary_data, classification } = parameters;
        Ok(Wanted { name, output, binary_data, classification })
    }
}

#[derive(Default)]
struct OutputParameters {
    binary_data: Option<bool>,
    classification: Option<usize>,
}

/// The parameters of an output.
struct OutputParametersReader<'a> {
    reading: &'a Reading<'a>,
}

impl OutputParametersReader<'_> {
    fn expected(&self) -> &'static str {
        "an object"
    }
}

impl<'de> Visitor<'de> for OutputParametersReader<'_> {
    type Value = OutputParameters;

    refuse!(bool, number, string, null, array);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OutputParameters, A::Error> {
        let reading = self.reading;
        let mut parameters = OutputParameters::default();
        read_object(reading, map, &["binary_data", "classification"], |key, map| {
            if key == 0 {
                parameters.binary_data = map.next_value_seed(Optional(Flag { reading }))?;
                return Ok(());
            }
            let count = map.next_value_seed(Optional(Whole { reading }))?;
            if count == Some(0) {
                return Err(reading.wrong("a count of classes, one or more", "0"));
            }
            parameters.classification = count.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
            Ok(())
        })?;
        Ok(parameters)
    }
}
