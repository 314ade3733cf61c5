//! Rows out of JSON in the slow and simple way: the whole content as a tree, and then a look into it.
//!
//! svcd reads the same content typed and streaming. Where this reading understands the content, both have to find the same rows.

use serde_json::Value;

use crate::service::FEATURES;

/// The tree of content that svcd has answered, so that it has to be JSON. `None` for what a tree cannot hold although it is within
/// the grammar, half a surrogate pair and a number too large for a double (RFC 8259 sections 6 and 8.2): svcd passes over
/// such values where it skips, and takes them nowhere else.
pub fn tree(content: &[u8]) -> Option<Value> {
    serde_json::from_slice(content)
        .inspect_err(|error| {
            let text = error.to_string();
            assert!(text.contains("hex escape") || text.contains("number out of range"), "{error}");
        })
        .ok()
}

/// Rows of the two features.
pub type Rows = Vec<[f64; 2]>;

/// Key of the answer, and how to find the rows in the request.
pub type Dialect = (&'static str, fn(&Value) -> Option<Rows>);

/// The notebook's: a record, or an array of records.
pub const SEED: Dialect = ("val", |content| match content {
    Value::Object(_) => Some(vec![by_name(content)?]),
    _ => rows(content),
});

/// KServe v1, TensorFlow Serving, MLflow, Vertex: the rows have a key.
pub const KEYED: Dialect = ("predictions", |content| {
    let found = |key: &str| content.get(key);
    found("instances")
        .or(found("dataframe_records"))
        .map(rows)
        .or_else(|| found("inputs").map(|inputs| rows(inputs).or_else(|| by_column(inputs))))
        .or_else(|| found("dataframe_split").map(split))
        .flatten()
});

/// Open Inference Protocol v2 with one tensor of doubles.
pub const TENSOR: Dialect = ("outputs", |content| {
    let [tensor] = content["inputs"].as_array()?.as_slice() else { return None };
    let (rank, is_double) = (tensor["shape"].as_array()?.len(), tensor["datatype"] == "FP64");
    if rank != 2 || tensor["shape"][1] != 2 || !is_double {
        return None;
    }
    let mut numbers = Vec::new();
    flatten(&tensor["data"], &mut numbers)?;
    Some(numbers.as_chunks().0.to_vec())
});

fn flatten(value: &Value, numbers: &mut Vec<f64>) -> Option<()> {
    match value {
        Value::Array(values) => values.iter().try_for_each(|value| flatten(value, numbers)),
        _ => {
            numbers.push(value.as_f64()?);
            Some(())
        }
    }
}

fn rows(content: &Value) -> Option<Rows> {
    content.as_array()?.iter().map(row).collect()
}

/// One row on its own, in either form.
pub fn row(row: &Value) -> Option<[f64; 2]> {
    by_name(row).or_else(|| by_position(row))
}

fn by_name(row: &Value) -> Option<[f64; 2]> {
    let [a, b] = FEATURES.map(|name| row.get(name)?.as_f64());
    Some([a?, b?])
}

fn by_position(row: &Value) -> Option<[f64; 2]> {
    match row.as_array()?.as_slice() {
        [a, b] => Some([a.as_f64()?, b.as_f64()?]),
        _ => None,
    }
}

fn by_column(inputs: &Value) -> Option<Rows> {
    let [a, b] = FEATURES.map(|name| inputs.get(name)?.as_array());
    a?.iter().zip(b?).map(|(a, b)| Some([a.as_f64()?, b.as_f64()?])).collect()
}

fn split(frame: &Value) -> Option<Rows> {
    let names: Vec<&str> = match frame.get("columns") {
        Some(columns) => columns.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?,
        None => FEATURES.to_vec(),
    };
    let [a, b] = FEATURES.map(|name| names.iter().position(|found| *found == name));
    let (a, b) = (a?, b?);
    frame["data"].as_array()?.iter().map(|row| Some([row[a].as_f64()?, row[b].as_f64()?])).collect()
}

/// The labels in an answer with this key; `None` when it has something else, scores or chosen outputs.
pub fn labels(answer: &Value, key: &str) -> Option<Vec<i64>> {
    let found = &answer[key];
    match key {
        "outputs" if found.as_array()?.len() == 1 && found[0]["name"] == "predict" => whole(&found[0]["data"]),
        // For `inputs` TensorFlow Serving's answer has another key.
        "predictions" if found.is_null() => whole(&answer["outputs"]),
        "val" if found.is_number() => Some(vec![found.as_i64()?]),
        _ => whole(found),
    }
}

fn whole(labels: &Value) -> Option<Vec<i64>> {
    labels.as_array()?.iter().map(Value::as_i64).collect()
}
