//! Requests with binary tensors: the first line is the length of the JSON, the rest JSON and tensors. The numbers that are answered
//! are those in the bytes, and an answer in bytes is as long as its JSON says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use svcd_fuzz::by_tree::{self, Rows};
use svcd_fuzz::service::{labels, post_and_check};

const LENGTH: &str = "Inference-Header-Content-Length";

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (length, content) = (&bytes[..end], &bytes[end + 1..]);
    let fields = [LENGTH.as_bytes(), b": ", length, b"\r\n"].concat();
    let Some((n_rows, response)) = post_and_check("/v2/models/m/infer", &fields, content) else { return };
    // A second line could not have come through: the head would not be read.
    let length: usize = str::from_utf8(length).ok().and_then(|text| text.trim().parse().ok()).expect("a length");
    let (json, binary) = content.split_at(length);
    let answered = response.fields.iter().find(|(name, _)| *name == LENGTH);
    let json_len = answered.map_or(response.content.len(), |(_, length)| length.parse().expect("a length"));
    let (head, values) = response.content.split_at(json_len);
    let answer: Value = serde_json::from_slice(head).expect("an answer is JSON");
    check_sizes(&answer, values.len(), n_rows);
    if let Some(rows) = rows(json, binary) {
        assert_eq!(rows.len(), n_rows);
        if let Some(found) = by_tree::labels(&answer, "outputs").or_else(|| binary_labels(&answer, values)) {
            assert_eq!(found, labels(&rows));
        }
    }
});

/// Every output is of so many rows, and the sizes of the binary ones add up.
fn check_sizes(answer: &Value, n_bytes: usize, n_rows: usize) {
    let outputs = answer["outputs"].as_array().expect("outputs");
    assert!(!outputs.is_empty() && outputs.iter().all(|output| output["shape"][0] == n_rows), "{answer}");
    let sizes = outputs.iter().filter_map(|output| output["parameters"]["binary_data_size"].as_u64());
    assert_eq!(sizes.sum::<u64>(), n_bytes as u64);
}

/// The rows of one binary tensor of all features, or of a row without any JSON.
fn rows(json: &[u8], binary: &[u8]) -> Option<Rows> {
    let numbers: Vec<f64> = if json.is_empty() {
        doubles(binary)
    } else {
        let tree = by_tree::tree(json)?;
        let [tensor] = tree["inputs"].as_array()?.as_slice() else { return None };
        if tensor["shape"].as_array()?.len() != 2 || tensor["shape"][1] != 2 || tensor.get("data").is_some() {
            return None;
        }
        match tensor["datatype"].as_str()? {
            "FP64" => doubles(binary),
            "FP32" => binary.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect(),
            "INT16" => binary.as_chunks().0.iter().map(|bytes| f64::from(i16::from_le_bytes(*bytes))).collect(),
            "UINT8" => binary.iter().map(|byte| f64::from(*byte)).collect(),
            _ => return None,
        }
    };
    Some(numbers.as_chunks().0.to_vec())
}

/// The labels, where they are all that is answered in binary.
fn binary_labels(answer: &Value, values: &[u8]) -> Option<Vec<i64>> {
    let [output] = answer["outputs"].as_array()?.as_slice() else { return None };
    let is_labels = output["datatype"] == "INT64" && output["data"].is_null();
    is_labels.then(|| values.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}
