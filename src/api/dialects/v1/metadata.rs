//! TensorFlow Serving's metadata: one signature for each output, and the default one.

use crate::api::described::{self, Listed};
use crate::api::route::{Call, RequestBuffers};
use crate::api::text::says;
use crate::api::{Error, JSON};
use crate::http::Response;
use crate::pipeline::{Category, ColumnKind, ElementType, Model, Output};

/// `GET /v1/models/M/metadata`
pub fn metadata(call: &Call<'_>, _: &mut RequestBuffers, content: Vec<u8>) -> Result<Response, Error> {
    let (model, facts) = (&call.served.model, &call.served.facts);
    // A model without labels has another first output.
    let default = model.outputs().next().map(|output| ("serving_default", output));
    let named = model.outputs().map(|output| (output.name.as_str(), output));
    let signatures: Vec<_> = named.chain(default).map(|(name, output)| signature(name, output, model)).collect();
    let texts = [
        r#"{"model_spec":{"name":""#,
        &facts.name,
        r#"","signature_name":"","version":""#,
        &facts.version,
        r#""},"metadata":{"signature_def":{"signature_def":{"#,
        &signatures.join(","),
        "}}}}",
    ];
    says(JSON, &texts, content)
}

/// A signature with its name.
fn signature(name: &str, output: Output, model: &Model) -> String {
    let width = Some(output.width).filter(|width| *width > 1);
    let output = tensor(output.name.as_str(), dtype(output.element), width);
    let inputs = inputs(model);
    format!(r#""{name}":{{"inputs":{{{inputs}}},"outputs":{{{output}}},"method_name":"tensorflow/serving/predict"}}"#)
}

/// One tensor of all columns if they are numbers, else one for each.
fn inputs(model: &Model) -> String {
    let kinds = model.columns().kinds();
    if kinds.iter().all(ColumnKind::is_number) {
        return tensor("X", "DT_DOUBLE", Some(model.n_features_in()));
    }
    let columns = model.feature_names().iter().zip(kinds);
    let columns = columns.map(|(name, kind)| tensor(name, dtype(described::element_type(kind)), None));
    columns.collect::<Vec<_>>().join(",")
}

/// A tensor under its name. -1 stands for any number of rows. `width`: values of a row, where it is an array.
fn tensor(name: &str, dtype: &str, width: Option<usize>) -> String {
    let width = width.map_or_else(String::new, |width| format!(r#",{{"size":"{width}","name":""}}"#));
    let shape = format!(r#"{{"dim":[{{"size":"-1","name":""}}{width}],"unknown_rank":false}}"#);
    let name = Listed(Category::String(name)).json();
    format!(r#"{name}:{{"dtype":"{dtype}","tensor_shape":{shape},"name":{name}}}"#)
}

/// TensorFlow's name of a type.
fn dtype(element: ElementType) -> &'static str {
    match element {
        ElementType::Integer => "DT_INT64",
        ElementType::Float => "DT_DOUBLE",
        ElementType::Boolean => "DT_BOOL",
        ElementType::String => "DT_STRING",
    }
}
