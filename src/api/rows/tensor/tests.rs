//! Tensors out of JSON: which parts agree, and how each that does not is named.

use serde_json::json;

use super::*;
use crate::api::rows::Any;
use crate::api::rows::field_names::FieldNames;
use crate::api::{Error, Problem};

fn read_as(text: &str, known: Option<Known>) -> Result<(Tensor, bool, Vec<f64>), Problem> {
    let columns = FieldNames::new(&["a".to_owned(), "b".to_owned()]);
    let reading = Reading::new(&columns);
    let mut numbers = vec![9.0].into();
    let input = Input { reading: &reading, numbers: &mut numbers, index: 0, known };
    match reading.run(text, Any(input)) {
        Ok((tensor, fits)) => Ok((tensor, fits, numbers[1..].to_vec())),
        Err(Error::Content(problem)) => Err(problem),
        Err(other) => panic!("{other:?}"),
    }
}

fn read(text: &str) -> Result<(Tensor, bool, Vec<f64>), Problem> {
    read_as(text, None)
}

fn refusal(value: &serde_json::Value) -> (String, String) {
    let problem = read(&value.to_string()).unwrap_err();
    (problem.pointer, format!("expected {}, found {}", problem.expected, problem.found))
}

fn refused(value: &serde_json::Value, pointer: &str, text: &str) {
    assert_eq!(refusal(value), (pointer.to_owned(), text.to_owned()), "{value}");
}

#[test]
fn keys_come_in_any_order_and_data_flat_or_nested() {
    let parts = [r#""name":"b""#, r#""shape":[2,2]"#, r#""datatype":"FP64""#, r#""data":DATA"#];
    let expected = Tensor {
        column: Some(1),
        datatype: Datatype::Fp64,
        shape: TensorShape::Rows(2, 2),
        data: TensorData::Json { start: 1, count: 4 },
    };
    for rotation in 0..parts.len() {
        for data in ["[1,2.5,-3,4e0]", "[[1,2.5],[-3,4e0]]"] {
            let mut parts = parts;
            parts.rotate_left(rotation);
            let text = format!("{{{}}}", parts.join(",")).replace("DATA", data);
            assert_eq!(read(&text), Ok((expected, true, vec![1.0, 2.5, -3.0, 4.0])), "{text}");
        }
    }
}

#[test]
fn elements_that_do_not_fit_their_type_are_found_in_a_second_reading() {
    for (datatype, data, place, expected, found) in [
        ("BOOL", "[true,1]", "/data/1", "true or false", "a number"),
        ("UINT8", "[[1],[256]]", "/data/1/0", "a whole number from 0 to 255", "another number"),
        (
            "INT64",
            "[1,1.5]",
            "/data/1",
            "a whole number from -9223372036854775808 to 9223372036854775807",
            "another number",
        ),
        ("INT8", "[true,1]", "/data/0", "a whole number from -128 to 127", "a boolean"),
        ("FP64", "[1,false]", "/data/1", "a finite number", "a boolean"),
        ("FP32", "[1,1e39]", "/data/1", "a finite number that FP32 can hold", "another number"),
    ] {
        let shape = if data.starts_with("[[") { "[2,1]" } else { "[2]" };
        let text = format!(r#"{{"data":{data},"name":"a","shape":{shape},"datatype":"{datatype}"}}"#);
        let (tensor, fits, _) = read(&text).unwrap();
        assert!(!fits, "{text}");
        let problem = read_as(&text, Some(Known { column: tensor.column, datatype: tensor.datatype })).unwrap_err();
        assert_eq!(
            (problem.pointer.as_str(), problem.expected.as_str(), problem.found.as_str()),
            (place, expected, found)
        );
    }
}

#[test]
fn data_has_one_depth_and_as_many_elements_as_the_shape() {
    let tensor = |shape: &serde_json::Value, data: &serde_json::Value| json!({"name": "a", "shape": shape, "datatype": "FP64", "data": data});
    for (shape, data, place, text) in [
        (json!([2, 2]), json!([1, 2, 3]), "/data", "expected 4 elements, as the shape says, found 3"),
        (json!([2, 2]), json!([[1, 2, 3, 4]]), "/data", "expected arrays of 2 elements, found arrays of 4"),
        (
            json!([4]),
            json!([[1, 2, 3, 4]]),
            "/data",
            "expected elements, as the shape has one dimension, found arrays of 4",
        ),
        (json!([2, 2]), json!([[1, 2], [3]]), "/data/1", "expected 2 elements, as in the previous array, found 1"),
        (
            json!([2, 2]),
            json!([[1, 2], 3, 4]),
            "/data/1",
            "expected an array, like the elements before it, found a single element",
        ),
        (json!([2, 2]), json!([1, [2, 3], 4]), "/data/1", "expected a finite number, found an array"),
        (json!([1, 1]), json!([[[1]]]), "/data/0/0", "expected a finite number, found an array"),
        (json!([2]), json!([1, null]), "/data/1", "expected a finite number, found null"),
        (json!([2]), json!([1, "2"]), "/data/1", "expected a finite number, found a string"),
        (json!([1]), json!(1), "/data", "expected an array of numbers, found a number"),
    ] {
        refused(&tensor(&shape, &data), place, text);
    }
}

#[test]
fn a_shape_is_an_array_of_whole_numbers_with_a_product_that_can_be() {
    let tensor = |shape: serde_json::Value| json!({"name": "a", "shape": shape, "datatype": "FP64", "data": []});
    let whole = "expected a whole number, zero or above, found";
    refused(&tensor(json!([2, -1])), "/shape/1", &format!("{whole} a negative number"));
    refused(&tensor(json!([2.5])), "/shape/0", &format!("{whole} another number"));
    refused(&tensor(json!(["2"])), "/shape/0", &format!("{whole} a string"));
    refused(&tensor(json!(3)), "/shape", "expected an array of whole numbers, zero or above, found a number");
    let overflow = "expected a product that fits into memory, found a larger one";
    refused(&tensor(json!([1_u64 << 62, 4])), "/shape", overflow);
    refused(&tensor(json!([1_u64 << 62])), "/shape", overflow);
    let text = tensor(json!([1, 2, 3])).to_string();
    assert_eq!(read(&text).unwrap().0.shape, TensorShape::Other(3));
}

#[test]
fn a_binary_tensor_says_its_size_and_has_no_data() {
    let tensor = |datatype: &str, size: serde_json::Value| json!({"name": "x", "shape": [3, 2], "datatype": datatype, "parameters": {"binary_data_size": size, "z": [1]}});
    for (datatype, size) in [("BOOL", 6), ("UINT16", 12), ("FP16", 12), ("FP32", 24), ("INT64", 48)] {
        let (found, fits, numbers) = read(&tensor(datatype, size.into()).to_string()).unwrap();
        assert_eq!((found.data, fits, numbers), (TensorData::Binary { size }, true, vec![]));
    }
    let place = "/parameters/binary_data_size";
    refused(&tensor("FP32", json!(23)), place, "expected 24, as shape and datatype say, found 23");
    refused(&tensor("FP32", json!(-24)), place, "expected a whole number, zero or above, found a negative number");
    let mut both = tensor("FP32", json!(24));
    both["data"] = json!([1, 2, 3, 4, 5, 6]);
    refused(&both, "/data", "expected `data` or `binary_data_size`, found both");
    refused(&tensor("FP32", json!(null)), "/data", "expected `data` or `binary_data_size`, found neither");
    let half = json!({"name": "a", "shape": [1], "datatype": "FP16", "data": [1]});
    refused(&half, "/data", "expected FP16 as binary data, found JSON");
}

#[test]
fn every_part_has_to_be_there_once_and_of_its_kind() {
    let whole = json!({"name": "a", "shape": [1], "datatype": "FP64", "data": [1]});
    for key in ["name", "shape", "datatype"] {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(key);
        refused(&without, &format!("/{key}"), "expected one for each input, found no such key");
    }
    for datatype in ["BYTES", "BF16", "fp64", ""] {
        let mut other = whole.clone();
        other["datatype"] = json!(datatype);
        refused(
            &other,
            "/datatype",
            "expected one of `BOOL`, `UINT8`, `UINT16`, `UINT32`, `UINT64`, `INT8`, `INT16`, `INT32`, `INT64`, `FP16`, `FP32`, \
             `FP64`, found another text",
        );
    }
    let problem = read(r#"{"name":"a","shape":[1],"name":"a"}"#).unwrap_err();
    assert_eq!((problem.pointer.as_str(), problem.found.as_str()), ("/name", "it twice"));
    let mut unnamed = whole;
    unnamed["name"] = json!(7);
    refused(&unnamed, "/name", "expected the name of the tensor, found a number");
    refused(&json!([1]), "", "expected an object with `name`, `shape`, `datatype` and `data`, found an array");
}
