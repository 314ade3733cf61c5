//! Tables as tensors of the Open Inference Protocol: one for each column, in JSON and in binary.

use super::*;

const INFER: &str = "/v2/models/table/infer";

/// What is answered for `decision_function`.
fn infer(table: &Table, inputs: &str, binary: &[u8]) -> Value {
    let json = format!(r#"{{"inputs":[{inputs}],"outputs":[{{"name":"decision_function"}}]}}"#);
    let request = format!("{INFER}\nInference-Header-Content-Length: {}", json.len());
    let answer = table.json(&request, &[json.as_bytes(), binary].concat());
    answer["outputs"][0]["data"].clone()
}

fn refused(table: &Table, inputs: &str, binary: &[u8]) -> (String, String) {
    let json = format!(r#"{{"inputs":[{inputs}]}}"#);
    let request = format!("{INFER}\nInference-Header-Content-Length: {}", json.len());
    table.refused(&request, &[json.as_bytes(), binary].concat())
}

fn texts(all: &[&str]) -> Vec<u8> {
    all.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()).collect()
}

fn numbers(all: &[f64]) -> Vec<u8> {
    all.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn values(table: &Table) -> Value {
    CELLS.iter().map(|row| value(&table.model, row)).collect()
}

const JSON: [&str; 6] = [
    r#"{"name":"age","shape":[3],"datatype":"INT64","data":[1,-3,0]}"#,
    r#"{"name":"fare","shape":[3,1],"datatype":"FP32","data":[[2.5],[0.5],[NaN]]}"#,
    r#"{"name":"port","shape":[3],"datatype":"BYTES","parameters":{"content_type":"str"},"data":["S","C,d",null]}"#,
    r#"{"name":"id","shape":[3],"datatype":"BYTES","data":["x","y","z"]}"#,
    r#"{"name":"class","shape":[3,1],"datatype":"FP64","data":[1,7,2.5]}"#,
    r#"{"name":"alone","shape":[3],"datatype":"BOOL","data":[true,false,false]}"#,
];

#[test]
fn one_tensor_for_each_column_in_any_order_and_with_keys_in_any_order() {
    let table = Table::mixed();
    assert_eq!(infer(&table, &JSON.join(","), b""), values(&table));
    let turned = JSON.iter().rev().map(|tensor| {
        let (before, data) = tensor.strip_suffix('}').unwrap().split_once(",\"data\":").unwrap();
        format!("{{\"data\":{data},{}}}", before.strip_prefix('{').unwrap())
    });
    assert_eq!(infer(&table, &turned.collect::<Vec<_>>().join(","), b""), values(&table));
}

#[test]
fn binary_tensors_of_texts_stand_among_others() {
    let table = Table::mixed();
    let input = |name: &str, shape: &str, datatype: &str, size: usize| {
        let parameters = format!(r#""parameters":{{"binary_data_size":{size}}}"#);
        format!(r#"{{"name":"{name}","shape":[{shape}],"datatype":"{datatype}",{parameters}}}"#)
    };
    let (ports, ids) = (texts(&["S", "C,d", "\u{e9}"]), texts(&["a", "", "long"]));
    let missing = numbers(&[2.5, 0.5, f64::NAN]);
    let classes: Vec<u8> = [1_i64, 7, 8].iter().flat_map(|number| number.to_le_bytes()).collect();
    let inputs = [
        input("id", "3", "BYTES", ids.len()),
        input("port", "3,1", "BYTES", ports.len()),
        JSON[0].to_owned(),
        input("fare", "3", "FP64", missing.len()),
        input("class", "3", "INT64", classes.len()),
        input("alone", "3", "BOOL", 3),
    ];
    let binary = [&ids[..], &ports, &missing, &classes, &[1, 0, 0]].concat();
    let cells = [CELLS[0], CELLS[1], [0.0, f64::NAN, 3.0, UNKNOWN, 0.0]];
    let expected: Value = cells.iter().map(|row| value(&table.model, row)).collect();
    assert_eq!(infer(&table, &inputs.join(","), &binary), expected);
}

#[test]
fn numbers_that_may_be_missing_come_in_one_tensor() {
    let kinds = vec![ColumnKind::NumberOrMissing, ColumnKind::Number];
    let table = Table::start(kinds, &["a", "b"], Detail::Full);
    let tensor = |data: &str| format!(r#"{{"name":"X","shape":[2,2],"datatype":"FP64","data":{data}}}"#);
    let expected = json!([value(&table.model, &[1.0, 2.0]), value(&table.model, &[f64::NAN, 3.0])]);
    for data in ["[1,2,null,3]", "[[1,2],[NaN,3]]"] {
        assert_eq!(infer(&table, &tensor(data), b""), expected);
    }
    let input = r#"{"name":"X","shape":[2,2],"datatype":"FP64","parameters":{"binary_data_size":32}}"#;
    let found = infer(&table, input, &numbers(&[1.0, 2.0, f64::NAN, 3.0]));
    assert_eq!(found, expected);
    let (sentence, place) = refused(&table, &tensor("[1,2,1,null]"), b"");
    let expected = "`inputs` 0, `data`, row 1, `b`: expected a finite number: only `a` may be missing, found null";
    assert_eq!((sentence.as_str(), place.as_str()), (expected, "/inputs/0/data"));
    let (sentence, _) = refused(&table, input, &numbers(&[1.0, 2.0, 1.0, f64::NAN]));
    let expected = "`inputs` 0, row 1, `b`: expected a finite number: only `a` may be missing, found NaN or infinity, which an SVM \
                    cannot take";
    assert_eq!(sentence, expected);
    let (sentence, _) = refused(&table, input, &numbers(&[1.0, 2.0, f64::INFINITY, 0.0]));
    let expected = "`inputs` 0, row 1, `a`: expected a finite number or a missing value, found NaN or infinity, which an SVM \
                    cannot take";
    assert_eq!(sentence, expected);
    let columns = r#"{"name":"b","shape":[1],"datatype":"FP64","data":[null]},{"name":"a","shape":[1],"datatype":"FP64","data":[1]}"#;
    let (sentence, _) = refused(&table, columns, b"");
    assert!(sentence.starts_with("`inputs` 0, `data`, row 0, `b`: "), "{sentence}");
    // J = 0: one row as it is
    let raw = table.ask(&format!("{INFER}\nInference-Header-Content-Length: 0"), &numbers(&[f64::NAN, 1.0]));
    assert_eq!(raw.status, 200, "{raw:?}");
}

#[test]
fn the_only_column_may_have_any_name() {
    let table = Table::start(vec![categories(&["a", "b"].map(Category::String), false)], &["x"], Detail::Full);
    let expected = json!([value(&table.model, &[1.0]), value(&table.model, &[0.0])]);
    for name in ["x", "X", ""] {
        for (shape, data) in [("2", r#"["b","a"]"#), ("2,1", r#"["b","a"]"#), ("2,1", r#"[["b"],["a"]]"#)] {
            let input = format!(r#"{{"name":"{name}","shape":[{shape}],"datatype":"BYTES","data":{data}}}"#);
            assert_eq!(infer(&table, &input, b""), expected, "{input}");
            let size = texts(&["b", "a"]).len();
            let parameters = format!(r#""parameters":{{"binary_data_size":{size}}}"#);
            let input = format!(r#"{{"name":"{name}","shape":[{shape}],"datatype":"BYTES",{parameters}}}"#);
            assert_eq!(infer(&table, &input, &texts(&["b", "a"])), expected, "{input}");
        }
    }
    let extra = r#"{"name":"id","shape":[2],"datatype":"INT8","data":[1,2]},{"name":"x","shape":[2],"datatype":"BYTES","data":["b","a"]}"#;
    assert_eq!(infer(&table, extra, b""), expected);
}
