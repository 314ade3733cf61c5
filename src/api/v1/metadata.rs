//! TensorFlow Serving's metadata: one signature for each output, and the default one.

use serde::{Serialize, Serializer};

use crate::api::JSON;
use crate::api::service::Served;
use crate::http::{Response, Status};
use crate::pipeline::{Classes, Output};

/// `GET /v1/models/M/metadata`
pub fn metadata(served: &Served, mut content: Vec<u8>) -> Response {
    let model = served.model();
    // Without labels the default is the first output that there is.
    let default = model.outputs().next().map(|output| ("serving_default", output));
    let named = model.outputs().map(|output| (output.name(), output));
    let signatures = named.chain(default).map(|(name, output)| (name, Signature::new(served, output)));
    let metadata = Metadata {
        model_spec: ModelSpec { name: &served.facts.name, signature_name: "", version: &served.facts.version },
        metadata: SignatureDefs { signature_def: SignatureDef { signature_def: Pairs(signatures.collect()) } },
    };
    // Text and numbers alone cannot fail to serialize, and writing to a Vec cannot either.
    let _ = serde_json::to_writer(&mut content, &metadata);
    Response::new(Status::OK, JSON, content)
}

#[derive(Serialize)]
struct Metadata<'a> {
    model_spec: ModelSpec<'a>,
    metadata: SignatureDefs,
}

#[derive(Serialize)]
struct ModelSpec<'a> {
    name: &'a str,
    signature_name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct SignatureDefs {
    signature_def: SignatureDef,
}

#[derive(Serialize)]
struct SignatureDef {
    signature_def: Pairs<Signature>,
}

/// An object in the order of its pairs.
struct Pairs<T>(Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct Signature {
    inputs: Pairs<Tensor>,
    outputs: Pairs<Tensor>,
    method_name: &'static str,
}

#[derive(Serialize)]
struct Tensor {
    dtype: &'static str,
    tensor_shape: Shape,
    name: &'static str,
}

#[derive(Serialize)]
struct Shape {
    dim: Vec<Dimension>,
    unknown_rank: bool,
}

#[derive(Serialize)]
struct Dimension {
    /// A number as text; -1 for the count of rows.
    size: String,
    name: &'static str,
}

impl Signature {
    fn new(served: &Served, output: Output) -> Signature {
        let model = served.model();
        let name = output.name();
        Signature {
            inputs: Pairs(vec![("X", Tensor::new("X", "DT_DOUBLE", Some(model.n_features_in())))]),
            outputs: Pairs(vec![(name, {
                let width = Some(model.width(output)).filter(|width| *width > 1);
                Tensor::new(name, dtype(output, model.classes()), width)
            })]),
            method_name: "tensorflow/serving/predict",
        }
    }
}

impl Tensor {
    fn new(name: &'static str, dtype: &'static str, width: Option<usize>) -> Tensor {
        let sizes = std::iter::once("-1".to_owned()).chain(width.map(|width| width.to_string()));
        let dim = sizes.map(|size| Dimension { size, name: "" }).collect();
        Tensor { dtype, tensor_shape: Shape { dim, unknown_rank: false }, name }
    }
}

fn dtype(output: Output, classes: &Classes) -> &'static str {
    match (output, classes) {
        (Output::DecisionFunction | Output::PredictProba, _) | (Output::Predict, Classes::Float(_)) => "DT_DOUBLE",
        (Output::Predict, Classes::Integer(_)) => "DT_INT64",
        (Output::Predict, Classes::String(_)) => "DT_STRING",
        (Output::Predict, Classes::Boolean(_)) => "DT_BOOL",
    }
}
