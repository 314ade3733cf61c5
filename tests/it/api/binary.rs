//! wire.md sections 3.4 and 3.5: binary tensors and classification.

use super::{Expected, Fixture};

const INFER: &str = "POST /v2/models/iris/infer";
const LENGTH: &str = "Inference-Header-Content-Length";

/// Asks with `json` and the bytes behind it; gives the JSON of the answer and the bytes behind that.
fn ask(fixture: &Fixture, json: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let request = format!("{INFER}\n{LENGTH}: {}\nContent-Type: application/octet-stream", json.len());
    let answer = fixture.ask(&request, &[json.as_bytes(), bytes].concat());
    assert_eq!(answer.status, 200, "{answer:?}");
    let Some(length) = answer.field(LENGTH) else {
        assert_eq!(answer.field("Content-Type"), Some("application/json"));
        return (answer.text().to_owned(), Vec::new());
    };
    assert_eq!(answer.field("Content-Type"), Some("application/octet-stream"));
    let (json, bytes) = answer.content.split_at(length.parse().unwrap());
    (String::from_utf8(json.to_vec()).unwrap(), bytes.to_vec())
}

/// Asks with `json` and bytes, and expects an error.
fn refused(fixture: &Fixture, fields: &str, content: &[u8], expected: (&str, &str, &str)) {
    let answer = fixture.ask(&format!("{INFER}\n{fields}"), content);
    let (place, pointer, sentence) = expected;
    let before = if place.is_empty() { String::new() } else { format!("{place}: ") };
    assert_eq!((answer.status, answer.field("Content-Type")), (400, Some("application/json")), "{answer:?}");
    assert_eq!(answer.field(LENGTH), None, "{answer:?}");
    let value: serde_json::Value = serde_json::from_slice(&answer.content).unwrap();
    assert_eq!(
        (value["error"].as_str(), value["where"].as_str()),
        (Some(&*format!("{before}{sentence}")), Some(pointer))
    );
}

fn bytes_of(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn tensor(datatype: &str, shape: &str, size: usize) -> String {
    format!(r#"{{"name":"X","shape":[{shape}],"datatype":"{datatype}","parameters":{{"binary_data_size":{size}}}}}"#)
}

fn predicted(rows: usize, size: usize) -> String {
    format!(
        r#"{{"model_name":"iris","model_version":"1","outputs":[{{"name":"predict","datatype":"INT64","shape":[{rows}],"parameters":{{"binary_data_size":{size}}}}}]}}"#
    )
}

#[test]
fn the_example_of_the_protocol_is_answered() {
    let fixture = Fixture::start("iris_rbf_scale");
    let json = r#"{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP64","parameters":{"binary_data_size":32}}],"parameters":{"binary_data_output":true}}"#;
    assert_eq!(json.len(), 135);
    for index in [0, 2, 8] {
        let (answer, bytes) = ask(&fixture, json, &bytes_of(&fixture.row(index)));
        assert_eq!(answer, predicted(1, 8));
        assert_eq!(bytes, fixture.says("predict", index).as_i64().unwrap().to_le_bytes());
    }
}

#[test]
fn content_without_json_is_one_row() {
    let fixture = Fixture::start("iris_rbf_scale");
    let answer = fixture.ask(&format!("{INFER}\n{LENGTH}: 0"), &bytes_of(&fixture.row(2)));
    let length = predicted(1, 8).len();
    assert_eq!(answer.field(LENGTH), Some(length.to_string().as_str()));
    assert_eq!(answer.content, [predicted(1, 8).as_bytes(), &2_i64.to_le_bytes()].concat());
    let fields = format!("{LENGTH}: 0");
    let expected = "expected 32 bytes, one row of 4 FP64 numbers, found";
    refused(&fixture, &fields, b"", ("", "", &format!("{expected} 0")));
    refused(&fixture, &fields, &[0; 33], ("", "", &format!("{expected} 33")));
    let nan = bytes_of(&[1.0, 1.0, f64::NAN, 1.0]);
    let sentence = "expected a finite number, found NaN or infinity, which an SVM cannot take";
    refused(&fixture, &fields, &nan, ("row 0, `petal length (cm)`", "", sentence));
}

#[test]
fn every_type_is_read_in_binary() {
    let fixture = Fixture::start("iris_rbf_scale");
    let encode = |datatype: &str, number: i16| match datatype {
        "BOOL" | "UINT8" | "INT8" => vec![number as u8],
        "UINT16" | "INT16" => number.to_le_bytes().to_vec(),
        "UINT32" | "INT32" => i32::from(number).to_le_bytes().to_vec(),
        "UINT64" | "INT64" => i64::from(number).to_le_bytes().to_vec(),
        "FP16" => [0_u16, 0x3c00, 0x4000, 0x4200, 0x4400][number as usize].to_le_bytes().to_vec(),
        "FP32" => f32::from(number).to_le_bytes().to_vec(),
        _ => f64::from(number).to_le_bytes().to_vec(),
    };
    // The same numbers as FP64 in JSON give the answer to compare with.
    for datatype in
        ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64"]
    {
        let rows: [i16; 8] = if datatype == "BOOL" { [1, 1, 1, 1, 1, 0, 0, 1] } else { [1, 1, 1, 1, 4, 2, 3, 1] };
        let bytes: Vec<u8> = rows.iter().flat_map(|number| encode(datatype, *number)).collect();
        let outputs = r#""outputs":[{"name":"decision_function"}]"#;
        let json = format!(r#"{{"inputs":[{}],{outputs}}}"#, tensor(datatype, "2,4", bytes.len()));
        let (answer, rest) = ask(&fixture, &json, &bytes);
        assert!(rest.is_empty());
        let numbers = rows.map(|number| number.to_string()).join(",");
        let plain =
            format!(r#"{{"inputs":[{{"name":"X","shape":[2,4],"datatype":"FP64","data":[{numbers}]}}],{outputs}}}"#);
        assert_eq!(answer, fixture.ask(INFER, plain.as_bytes()).text(), "{datatype}");
    }
}

#[test]
fn binary_tensors_and_json_may_stand_together() {
    let fixture = Fixture::start("iris_rbf_scale");
    let (first, second) = (fixture.row(3), fixture.row(5));
    let names = ["petal width (cm)", "x", "sepal length (cm)", "petal length (cm)", "sepal width (cm)"];
    let [width, extra, length, petal, sepal] = names;
    let json = format!(
        concat!(
            r#"{{"inputs":[{{"name":"{}","shape":[2],"datatype":"FP64","parameters":{{"binary_data_size":16}}}},"#,
            r#"{{"name":"{}","shape":[3],"datatype":"UINT8","parameters":{{"binary_data_size":3}}}},"#,
            r#"{{"name":"{}","shape":[2],"datatype":"FP64","data":[{},{}]}},"#,
            r#"{{"name":"{}","shape":[2,1],"datatype":"FP64","parameters":{{"binary_data_size":16}}}},"#,
            r#"{{"name":"{}","shape":[2,1],"datatype":"FP64","data":[[{}],[{}]]}}]}}"#
        ),
        width, extra, length, first[0], second[0], petal, sepal, first[1], second[1]
    );
    let bytes = [bytes_of(&[first[3], second[3]]), vec![9, 9, 9], bytes_of(&[first[2], second[2]])].concat();
    let (answer, _) = ask(&fixture, &json, &bytes);
    let expected = r#"{"model_name":"iris","model_version":"1","outputs":[{"name":"predict","datatype":"INT64","shape":[2],"data":[{predict:3},{predict:5}]}]}"#;
    assert_eq!(answer, fixture.fill(expected));
}

#[test]
fn each_output_comes_in_the_form_that_it_asks_for() {
    let fixture = Fixture::start("probability_three");
    let row = bytes_of(&[fixture.row(0), fixture.row(1)].concat());
    let ask = |parameters: &str, outputs: &str| {
        let json = format!(r#"{{"inputs":[{}]{parameters},"outputs":[{outputs}]}}"#, tensor("FP64", "2,4", 64));
        ask(&fixture, &json, &row)
    };
    let json_labels =
        fixture.fill(r#"{"name":"predict","datatype":"INT64","shape":[2],"data":[{predict:0},{predict:1}]}"#);
    let binary_labels = r#"{"name":"predict","datatype":"INT64","shape":[2],"parameters":{"binary_data_size":16}}"#;
    let binary_proba =
        r#"{"name":"predict_proba","datatype":"FP64","shape":[2,3],"parameters":{"binary_data_size":48}}"#;
    let whole = |outputs: &str| format!(r#"{{"model_name":"iris","model_version":"1","outputs":[{outputs}]}}"#);
    let labels: Vec<u8> =
        [0, 1].iter().flat_map(|row| fixture.says("predict", *row).as_i64().unwrap().to_le_bytes()).collect();

    let (answer, bytes) = ask("", r#"{"name":"predict"},{"name":"predict_proba","parameters":{"binary_data":true}}"#);
    assert_eq!((answer, bytes.len()), (whole(&format!("{json_labels},{binary_proba}")), 48));
    let found: Vec<f64> = bytes.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect();
    let expected = [fixture.scores("predict_proba", 0), fixture.scores("predict_proba", 1)].concat();
    assert!(found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() <= 1e-12), "{found:?}");

    let default = r#","parameters":{"binary_data_output":true}"#;
    let both = r#"{"name":"predict","parameters":{"binary_data":false}},{"name":"predict_proba"}"#;
    let (answer, again) = ask(default, both);
    assert_eq!((answer, again), (whole(&format!("{json_labels},{binary_proba}")), bytes.clone()));

    let (answer, all) = ask(default, r#"{"name":"predict_proba"},{"name":"predict"}"#);
    assert_eq!((answer, all), (whole(&format!("{binary_proba},{binary_labels}")), [bytes, labels].concat()));

    let (answer, none) = ask(r#","parameters":{"binary_data_output":false}"#, r#"{"name":"predict"}"#);
    assert_eq!((answer, none), (whole(&json_labels), vec![]));
}

#[test]
fn labels_of_every_type_have_a_binary_form() {
    let text = |text: &str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    for (name, datatype) in [
        ("label_string_unusual", "BYTES"),
        ("label_boolean", "BOOL"),
        ("label_float", "FP64"),
        ("label_large_integer", "INT64"),
    ] {
        let fixture = Fixture::start(name);
        let row = fixture.row(0);
        let expected: Vec<u8> = (0..3)
            .flat_map(|index| match fixture.says("predict", index) {
                serde_json::Value::String(label) => text(label),
                serde_json::Value::Bool(label) => vec![u8::from(*label)],
                label if datatype == "FP64" => label.as_f64().unwrap().to_le_bytes().to_vec(),
                label => label.as_i64().unwrap().to_le_bytes().to_vec(),
            })
            .collect();
        let rows = bytes_of(&[row.clone(), fixture.row(1), fixture.row(2)].concat());
        let input = tensor("FP64", &format!("3,{}", row.len()), rows.len());
        let json = format!(r#"{{"inputs":[{input}],"parameters":{{"binary_data_output":true}}}}"#);
        let (answer, bytes) = ask(&fixture, &json, &rows);
        let whole = predicted(3, expected.len()).replace("INT64", datatype);
        assert_eq!((answer, bytes), (whole, expected), "{name}");
    }
}

#[test]
fn sizes_and_the_length_of_the_json_have_to_be_right() {
    let fixture = Fixture::start("iris_rbf_scale");
    let json = format!(r#"{{"inputs":[{}]}}"#, tensor("FP64", "1,4", 32));
    let whole = [json.as_bytes(), &bytes_of(&fixture.row(0))].concat();
    let length = |length: &str| format!("{LENGTH}: {length}");
    let expected =
        format!("expected a number of bytes in `{LENGTH}`, at most the length of the content, found another value");
    let too_long = (whole.len() + 1).to_string();
    for wrong in ["", "-1", "+1", "0x10", "1.0", "1e1", "99999999999999999999", &too_long] {
        refused(&fixture, &length(wrong), &whole, ("", "", &expected));
    }
    let right = length(&json.len().to_string());
    let sentence = "expected 32 bytes of binary data, found";
    refused(&fixture, &right, json.as_bytes(), ("`inputs` 0", "/inputs/0", &format!("{sentence} 0")));
    refused(&fixture, &right, &whole[..whole.len() - 1], ("`inputs` 0", "/inputs/0", &format!("{sentence} 31")));
    let more = [&whole[..], b"x"].concat();
    refused(&fixture, &right, &more, ("", "", "expected 32 bytes of binary data after the JSON, found 33"));
    // Without the field all of it is JSON.
    refused(&fixture, "A: b", json.as_bytes(), ("`inputs` 0", "/inputs/0", &format!("{sentence} 0")));
    for (size, found) in [(31, "31"), (33, "33"), (0, "0")] {
        let json = format!(r#"{{"inputs":[{}]}}"#, tensor("FP64", "1,4", size));
        let place = ("`inputs` 0, `parameters`, `binary_data_size`", "/inputs/0/parameters/binary_data_size");
        let sentence = format!("expected 32, as shape and datatype say, found {found}");
        refused(&fixture, &length(&json.len().to_string()), json.as_bytes(), (place.0, place.1, &sentence));
    }
}

#[test]
fn bytes_behind_json_whose_length_is_missing_are_named() {
    let fixture = Fixture::start("iris_rbf_scale");
    let json = format!(r#"{{"inputs":[{}]}}"#, tensor("FP64", "1,4", 32));
    let expected = format!("expected nothing after the JSON, or its length in bytes in `{LENGTH}`, found");
    let column = json.len() + 1;
    for (byte, found) in [
        (b'A', format!("invalid JSON (trailing characters) at line 1 column {column}")),
        (b'\xff', format!("another byte at offset {}", json.len())),
    ] {
        let content = [json.as_bytes(), &[byte; 32]].concat();
        let fields = "Content-Type: application/octet-stream";
        refused(&fixture, fields, &content, ("", "", &format!("{expected} {found}")));
    }
}

#[test]
fn bytes_that_are_no_numbers_are_named_with_row_and_column() {
    let fixture = Fixture::start("iris_rbf_scale");
    let finite = "expected a finite number, found NaN or infinity, which an SVM cannot take";
    let ask = |datatype: &str, bytes: &[u8], place: &str, sentence: &str| {
        let json = format!(r#"{{"inputs":[{}]}}"#, tensor(datatype, "2,4", bytes.len()));
        let content = [json.as_bytes(), bytes].concat();
        refused(&fixture, &format!("{LENGTH}: {}", json.len()), &content, (place, "/inputs/0", sentence));
    };
    let mut numbers = [1.0; 8];
    numbers[6] = f64::NEG_INFINITY;
    ask("FP64", &bytes_of(&numbers), "`inputs` 0, row 1, `petal length (cm)`", finite);
    let mut halves = [0x3c00_u16; 8];
    halves[1] = 0x7c00;
    let halves: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
    ask("FP16", &halves, "`inputs` 0, row 0, `sepal width (cm)`", finite);
    ask(
        "BOOL",
        &[0, 1, 0, 1, 1, 1, 1, 2],
        "`inputs` 0, row 1, `petal width (cm)`",
        "expected a byte of 0 or 1, found another byte",
    );
}

#[test]
fn classification_gives_the_best_classes_with_their_scores() {
    let classify = |name: &str, output: &str, count: usize, answer: &str| {
        let fixture = Fixture::start(name);
        let width = fixture.row(0).len();
        let content = format!(
            r#"{{"inputs":[{{"name":"X","shape":[2,{width}],"datatype":"FP64","data":[{{row:0}},{{row:1}}]}}],"outputs":[{{"name":"{output}","parameters":{{"classification":{count}}}}}]}}"#
        );
        let shape = format!("2,{}", count.min(if answer.contains(":2}") { 2 } else { 3 }));
        let answer = format!(
            r#"{{"model_name":"iris","model_version":"1","outputs":[{{"name":"{output}","datatype":"BYTES","shape":[{shape}],"data":[{answer}]}}]}}"#
        );
        fixture.check(INFER, &content, &Expected::Json(&answer));
    };
    classify("iris_rbf_scale", "predict", 2, "{best:0:2},{best:1:2}");
    classify("iris_rbf_scale", "decision_function", 3, "{best:0:3},{best:1:3}");
    classify("iris_rbf_scale", "output-0", 99, "{best:0:3},{best:1:3}");
    // The scores of an "ovo" model are one-vs-rest all the same.
    classify("iris_rbf_auto", "predict", 3, "{best:0:3},{best:1:3}");
    classify("probability_three", "predict_proba", 2, "{probable:0:2},{probable:1:2}");
    classify("label_boolean", "predict", 2, "{best:0:2},{best:1:2}");
    classify("label_string", "predict", 2, "{best:0:2},{best:1:2}");
}

#[test]
fn classification_comes_in_binary_too() {
    let fixture = Fixture::start("iris_rbf_scale");
    let output = r#"{"name":"predict","parameters":{"classification":2,"binary_data":true}}"#;
    let json = format!(r#"{{"inputs":[{}],"outputs":[{output}]}}"#, tensor("FP64", "1,4", 32));
    let (answer, bytes) = ask(&fixture, &json, &bytes_of(&fixture.row(8)));
    let mut texts = Vec::new();
    let mut rest = &bytes[..];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (text, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        texts.push(format!("\"{}\"", std::str::from_utf8(text).unwrap()));
        rest = after;
    }
    let expected = fixture.fill("{best:8:2}");
    assert_eq!(super::difference(&expected, &texts.join(",")), None, "{texts:?} {expected}");
    let size = bytes.len();
    assert_eq!(
        answer,
        format!(
            r#"{{"model_name":"iris","model_version":"1","outputs":[{{"name":"predict","datatype":"BYTES","shape":[1,2],"parameters":{{"binary_data_size":{size}}}}}]}}"#
        )
    );
}
