//! wire.md sections 3.2 and 3.3: inference in JSON.

use super::{Expected, Fixture};

const INFER: &str = "POST /v2/models/iris/infer";

/// An answer of one output.
fn output(name: &str, datatype: &str, shape: &str, data: &str) -> String {
    outputs(&[&one(name, datatype, shape, data)])
}

fn one(name: &str, datatype: &str, shape: &str, data: &str) -> String {
    format!(r#"{{"name":"{name}","datatype":"{datatype}","shape":[{shape}],"data":[{data}]}}"#)
}

fn outputs(outputs: &[&str]) -> String {
    format!(r#"{{"model_name":"iris","model_version":"1","outputs":[{}]}}"#, outputs.join(","))
}

/// A request with one tensor.
fn input(datatype: &str, shape: &str, data: &str) -> String {
    format!(r#"{{"inputs":[{{"name":"X","shape":[{shape}],"datatype":"{datatype}","data":[{data}]}}]}}"#)
}

fn labels(rows: &[usize]) -> String {
    let labels: Vec<_> = rows.iter().map(|row| format!("{{predict:{row}}}")).collect();
    output("predict", "INT64", &rows.len().to_string(), &labels.join(","))
}

#[test]
fn the_example_of_the_protocol_is_answered() {
    let fixture = Fixture::start("iris_rbf_scale");
    let request = r#"{"id":"q-17","inputs":[{"name":"X","datatype":"FP64","shape":[2,4],"data":[{row:8}, {row:1}]}],
 "outputs":[{"name":"predict"},{"name":"decision_function"}]}"#;
    let answer = concat!(
        r#"{"model_name":"iris","model_version":"1","id":"q-17","outputs":["#,
        r#"{"name":"predict","datatype":"INT64","shape":[2],"data":[{predict:8},{predict:1}]},"#,
        r#"{"name":"decision_function","datatype":"FP64","shape":[2,3],"#,
        r#""data":[{decision_function:8},{decision_function:1}]}]}"#
    );
    for path in ["/v2/models/iris/infer", "/v2/models/iris/versions/1/infer"] {
        fixture.check(&format!("POST {path}"), request, &Expected::Json(answer));
    }
}

#[test]
fn an_id_comes_back_as_it_is_and_only_if_it_came() {
    let fixture = Fixture::start("iris_rbf_scale");
    let ask = |id: &str, back: &str| {
        let request = input("FP64", "1,4", "{row:2}").replacen('{', &format!("{{{id}"), 1);
        let answer = labels(&[2]).replacen(r#","outputs""#, &format!(r#"{back},"outputs""#), 1);
        fixture.check(INFER, &request, &Expected::Json(&answer));
    };
    ask("", "");
    ask(r#""id":null,"#, "");
    ask(r#""id":"","#, r#","id":"""#);
    ask(r#""id":"a\"\\\u00e9\n😀\u0001","#, r#","id":"a\"\\é\n😀\u0001""#);
    let wrong = Expected::Wrong("`id`", "/id", "a string of at most 4096 bytes", "a number");
    fixture.check(INFER, r#"{"id":7}"#, &wrong);
}

#[test]
fn keys_come_in_any_order_and_data_flat_or_nested() {
    let fixture = Fixture::start("iris_rbf_scale");
    for content in [
        r#"{"inputs":[{"name":"X","shape":[2,4],"datatype":"FP64","data":[[{row:3}],[{row:5}]]}]}"#,
        r#"{"inputs":[{"data":[{row:3},{row:5}],"datatype":"FP64","name":"any","shape":[2,4]}],"parameters":{"a":1}}"#,
        r#"{"outputs":[{"name":"predict"}],"inputs":[{"data":[[{row:3}],[{row:5}]],"shape":[2,4],"name":"","datatype":"FP64"}]}"#,
        r#"{"outputs":[],"parameters":null,"inputs":[{"parameters":{"content_type":"pd"},"name":"X","shape":[2,4],"datatype":"FP64","data":[{row:3},{row:5}]}]}"#,
        r#"{"outputs":null,"id":null,"inputs":[{"parameters":null,"name":"X","shape":[2,4],"datatype":"FP64","data":[{row:3},{row:5}]}]}"#,
    ] {
        fixture.check(INFER, content, &Expected::Json(&labels(&[3, 5])));
    }
}

#[test]
fn features_may_come_as_one_input_each_by_name() {
    let fixture = Fixture::start("iris_rbf_scale");
    let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    let (first, second) = (fixture.row(3), fixture.row(5));
    let tensor = |column: usize, shape: &str, data: &str| {
        let data = data.replace('A', &first[column].to_string()).replace('B', &second[column].to_string());
        format!(r#"{{"name":"{}","shape":[{shape}],"datatype":"FP64","data":[{data}]}}"#, names[column])
    };
    let extra = r#"{"name":"id","shape":[1],"datatype":"INT64","data":[7]}"#;
    let ask = |inputs: &[String], expected: &Expected<'_>| {
        fixture.check(INFER, &format!(r#"{{"inputs":[{}]}}"#, inputs.join(",")), expected);
    };
    let flat = |column| tensor(column, "2", "A,B");
    let answer = labels(&[3, 5]);
    ask(&[flat(0), flat(1), flat(2), flat(3)], &Expected::Json(&answer));
    ask(
        &[flat(3), tensor(1, "2,1", "A,B"), extra.to_owned(), tensor(0, "2,1", "[A],[B]"), flat(2)],
        &Expected::Json(&answer),
    );
    let missing = "one tensor for all features, or one for each: `petal width (cm)`";
    ask(&[flat(0), flat(1), flat(2)], &Expected::Wrong("`inputs`", "/inputs", missing, "none of that name"));
    let twice = Expected::Wrong("`inputs` 1, `name`", "/inputs/1/name", "each feature once", "it twice");
    ask(&[flat(0), flat(0)], &twice);
    let three = Expected::Wrong("`inputs` 1, `shape`", "/inputs/1/shape", "2 rows, as in the previous input", "[3]");
    ask(&[flat(0), tensor(1, "3", "A,B,A"), flat(2), flat(3)], &three);
    let wide =
        Expected::Wrong("`inputs` 1, `shape`", "/inputs/1/shape", "[N] or [N, 1] for each of several inputs", "[1, 2]");
    ask(&[flat(0), tensor(1, "1,2", "A,B"), flat(2), flat(3)], &wide);
    let none = Expected::Wrong("`inputs` 0, `shape`", "/inputs/0/shape", "at least one row", "none");
    ask(&[tensor(0, "0", ""), tensor(1, "0", "")], &none);
}

#[test]
fn one_feature_is_a_table_and_a_column() {
    let fixture = Fixture::start("features_1");
    let name = fixture.feature_names[0].clone();
    for (shape, name) in [("2,1", "any"), ("2,1", name.as_str()), ("2", name.as_str())] {
        let content = input("FP64", shape, "{row:0},{row:1}").replace("\"X\"", &format!("\"{name}\""));
        fixture.check(INFER, &content, &Expected::Json(&labels(&[0, 1])));
    }
}

#[test]
fn integers_and_booleans_are_numbers_and_fp32_is_rounded() {
    let fixture = Fixture::start("iris_rbf_scale");
    for datatype in ["UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP32", "FP64"] {
        fixture.check(INFER, &input(datatype, "1,4", "1,1.0,1e0,1"), &Expected::Json(&labels(&[0])));
    }
    fixture.check(INFER, &input("BOOL", "1,4", "true,true,true,true"), &Expected::Json(&labels(&[0])));
    // A row of which FP32 holds other numbers: the answer is that for the rounded ones, sent as FP64.
    let rounded: Vec<String> = fixture.row(8).iter().map(|number| f64::from(*number as f32).to_string()).collect();
    assert_ne!(rounded.join(","), fixture.fill("{row:8}"));
    let scores = |content: String| {
        let content = content.replacen('{', r#"{"outputs":[{"name":"decision_function"}],"#, 1);
        fixture.ask(INFER, fixture.fill(&content).as_bytes()).text().to_owned()
    };
    assert_eq!(scores(input("FP32", "1,4", "{row:8}")), scores(input("FP64", "1,4", &rounded.join(","))));
    assert_ne!(scores(input("FP32", "1,4", "{row:8}")), scores(input("FP64", "1,4", "{row:8}")));
}

#[test]
fn an_element_that_its_type_does_not_have_is_named() {
    let fixture = Fixture::start("iris_rbf_scale");
    for (datatype, value, expected, found) in [
        ("UINT8", "256", "a whole number from 0 to 255", "another number"),
        ("UINT8", "-1", "a whole number from 0 to 255", "another number"),
        ("INT32", "1.5", "a whole number from -2147483648 to 2147483647", "another number"),
        ("UINT64", "18446744073709551616", "a whole number from 0 to 18446744073709551615", "another number"),
        (
            "INT64",
            "9223372036854775808",
            "a whole number from -9223372036854775808 to 9223372036854775807",
            "another number",
        ),
        ("INT8", "true", "a whole number from -128 to 127", "a boolean"),
        ("BOOL", "1", "true or false", "a number"),
        ("FP32", "3.5e38", "a finite number that FP32 can hold", "another number"),
        ("FP64", "true", "a finite number", "a boolean"),
        ("FP64", "null", "a finite number", "null"),
        ("FP64", "\"1\"", "a finite number", "a string"),
    ] {
        let good = if datatype == "BOOL" { "true" } else { "1" };
        let content = input(datatype, "1,4", &format!("{good},{good},{value},{good}"));
        let wrong = Expected::Wrong("`inputs` 0, `data` 2", "/inputs/0/data/2", expected, found);
        fixture.check(INFER, &content, &wrong);
        let (tensor, _) = content[12..].split_once("]}").unwrap();
        let (before, data) = tensor.split_once(",\"data\":").unwrap();
        // The type may come behind the data.
        let turned = format!(r#"{{"inputs":[{{"data":{data}],{}}}]}}"#, before);
        fixture.check(INFER, &turned, &wrong);
    }
    for datatype in ["BYTES", "BF16", "INT128"] {
        let wrong = Expected::Wrong(
            "`inputs` 0, `datatype`",
            "/inputs/0/datatype",
            "one of `BOOL`, `UINT8`, `UINT16`, `UINT32`, `UINT64`, `INT8`, `INT16`, `INT32`, `INT64`, `FP16`, `FP32`, `FP64`",
            "another text",
        );
        fixture.check(INFER, &input(datatype, "1,4", "1,1,1,1"), &wrong);
    }
    let half = Expected::Wrong("`inputs` 0, `data`", "/inputs/0/data", "FP16 as binary data", "JSON");
    fixture.check(INFER, &input("FP16", "1,4", "1,1,1,1"), &half);
}

#[test]
fn shape_and_data_have_to_agree() {
    let fixture = Fixture::start("iris_rbf_scale");
    let data = ("`inputs` 0, `data`", "/inputs/0/data");
    let shape = ("`inputs` 0, `shape`", "/inputs/0/shape");
    for (dimensions, numbers, (place, pointer), expected, found) in [
        ("2,4", "1,1,1,1", data, "8 elements, as the shape says", "4"),
        ("1,4", "1,1,1,1,1", data, "4 elements, as the shape says", "5"),
        ("1,4", "[1,1],[1,1]", data, "arrays of 4 elements", "arrays of 2"),
        ("2,2", "1,1,1,1", shape, "[N, 4]", "[2, 2]"),
        ("1,3", "1,1,1", shape, "[N, 4]", "[1, 3]"),
        ("1,1,4", "1,1,1,1", shape, "[N, 4]", "3 dimensions"),
        ("", "1", shape, "[N, 4]", "0 dimensions"),
        ("0,4", "", shape, "at least one row", "none"),
        ("4", "1,1,1,1", shape, "[N, 4], for one row [1, 4]", "[4]"),
        ("4611686018427387904,4", "1", shape, "a product that fits into memory", "a larger one"),
    ] {
        fixture.check(INFER, &input("FP64", dimensions, numbers), &Expected::Wrong(place, pointer, expected, found));
    }
    let wrong = Expected::Wrong(
        "`inputs` 0, `shape` 0",
        "/inputs/0/shape/0",
        "a whole number, zero or above",
        "a negative number",
    );
    fixture.check(INFER, &input("FP64", "-1,4", "1,1,1,1"), &wrong);
}

#[test]
fn every_part_of_a_request_is_checked() {
    let fixture = Fixture::start("iris_rbf_scale");
    let tensor = "an object with `name`, `shape`, `datatype` and `data`";
    for (content, place, pointer, expected, found) in [
        ("", "", "", "an object with `inputs`", "no content"),
        ("[]", "", "", "an object with `inputs`", "an array"),
        ("{}", "`inputs`", "/inputs", "an array of tensors", "no such key"),
        (r#"{"inputs":[]}"#, "`inputs`", "/inputs", "at least one tensor", "an empty array"),
        (r#"{"inputs":{}}"#, "`inputs`", "/inputs", "an array of tensors", "an object"),
        (r#"{"inputs":[[1]]}"#, "`inputs` 0", "/inputs/0", tensor, "an array"),
        (
            r#"{"inputs":[{"shape":[1,4],"datatype":"FP64","data":[1,1,1,1]}]}"#,
            "`inputs` 0, `name`",
            "/inputs/0/name",
            "one for each input",
            "no such key",
        ),
        (
            r#"{"inputs":[{"name":"X","datatype":"FP64","data":[1,1,1,1]}]}"#,
            "`inputs` 0, `shape`",
            "/inputs/0/shape",
            "one for each input",
            "no such key",
        ),
        (
            r#"{"inputs":[{"name":"X","shape":[1,4],"data":[1,1,1,1]}]}"#,
            "`inputs` 0, `datatype`",
            "/inputs/0/datatype",
            "one for each input",
            "no such key",
        ),
        (
            r#"{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP64"}]}"#,
            "`inputs` 0, `data`",
            "/inputs/0/data",
            "`data` or `binary_data_size`",
            "neither",
        ),
        (r#"{"parameters":[]}"#, "`parameters`", "/parameters", "an object", "an array"),
        (
            r#"{"parameters":{"binary_data_output":1}}"#,
            "`parameters`, `binary_data_output`",
            "/parameters/binary_data_output",
            "true or false",
            "a number",
        ),
        (r#"{"outputs":{}}"#, "`outputs`", "/outputs", "an array of objects with `name`", "an object"),
        (r#"{"outputs":["predict"]}"#, "`outputs` 0", "/outputs/0", "an object with `name`", "a string"),
        (
            r#"{"outputs":[{}]}"#,
            "`outputs` 0, `name`",
            "/outputs/0/name",
            "one of `predict`, `decision_function`, `output-0`",
            "no such key",
        ),
        (
            r#"{"outputs":[{"name":"proba"}]}"#,
            "`outputs` 0, `name`",
            "/outputs/0/name",
            "one of `predict`, `decision_function`, `output-0`",
            "another text",
        ),
        (
            r#"{"outputs":[{"name":"predict"},{"name":"predict"}]}"#,
            "`outputs` 1",
            "/outputs/1",
            "each output once",
            "one twice",
        ),
        (
            r#"{"outputs":[{"name":"predict","parameters":{"binary_data":"yes"}}]}"#,
            "`outputs` 0, `parameters`, `binary_data`",
            "/outputs/0/parameters/binary_data",
            "true or false",
            "a string",
        ),
        (
            r#"{"outputs":[{"name":"predict","parameters":{"classification":0}}]}"#,
            "`outputs` 0, `parameters`, `classification`",
            "/outputs/0/parameters/classification",
            "a count of classes, one or more",
            "0",
        ),
        (
            r#"{"outputs":[{"name":"predict","parameters":{"classification":-1}}]}"#,
            "`outputs` 0, `parameters`, `classification`",
            "/outputs/0/parameters/classification",
            "a whole number, zero or above",
            "a negative number",
        ),
    ] {
        fixture.check(INFER, content, &Expected::Wrong(place, pointer, expected, found));
    }
}

#[test]
fn outputs_come_in_the_order_asked_for_with_the_shapes_of_the_model() {
    let fixture = Fixture::start("probability_two");
    let content = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
        input("FP64", "2,4", "{row:0},{row:1}").replacen('{', &format!(r#"{{"outputs":[{}],"#, names.join(",")), 1)
    };
    let predict = |name: &str| one(name, "INT64", "2", "{predict:0},{predict:1}");
    let decision = one("decision_function", "FP64", "2", "{decision_function:0},{decision_function:1}");
    let proba = one("predict_proba", "FP64", "2,2", "{predict_proba:0},{predict_proba:1}");
    for (names, answer) in [
        (&["output-0"][..], outputs(&[&predict("output-0")])),
        (&["predict_proba", "predict"], outputs(&[&proba, &predict("predict")])),
        (
            &["decision_function", "output-0", "predict_proba", "predict"],
            outputs(&[&decision, &predict("output-0"), &proba, &predict("predict")]),
        ),
    ] {
        fixture.check(INFER, &content(names), &Expected::Json(&answer));
    }
    let fixture = Fixture::start("digits_linear_ovo");
    let answer = outputs(&[&one("decision_function", "FP64", "1,45", "{decision_function:0}")]);
    let content = input("FP64", "1,64", "{row:0}").replacen('{', r#"{"outputs":[{"name":"decision_function"}],"#, 1);
    fixture.check(INFER, &content, &Expected::Json(&answer));
}

#[test]
fn labels_have_the_type_of_the_model() {
    for (name, datatype) in [
        ("label_string_unusual", "BYTES"),
        ("label_boolean", "BOOL"),
        ("label_float", "FP64"),
        ("label_large_integer", "INT64"),
    ] {
        let fixture = Fixture::start(name);
        let width = fixture.row(0).len();
        let answer = output("predict", datatype, "3", "{predict:0},{predict:1},{predict:2}");
        let content = input("FP64", &format!("3,{width}"), "{row:0},{row:1},{row:2}");
        fixture.check(INFER, &content, &Expected::Json(&answer));
        let metadata = fixture.ask("GET /v2/models/iris", b"");
        assert!(metadata.text().contains(&format!(r#"{{"name":"predict","datatype":"{datatype}","shape":[-1]}}"#)));
    }
}

#[test]
fn an_answer_that_memory_never_has_room_for_is_refused() {
    let fixture = Fixture::start("digits_linear_ovo");
    // Each row takes 64 bytes of content, and 45 values of 8 bytes and 25 of text: 64 MiB in all.
    let rows = (64 << 20) / (64 + 45 * (8 + 25)) + 1;
    let content = input("BOOL", &format!("{rows},64"), "")
        .replace(r#""data":[]"#, &format!(r#""parameters":{{"binary_data_size":{}}}"#, rows * 64));
    let content = content.replacen('{', r#"{"outputs":[{"name":"decision_function"}],"#, 1);
    let request = format!("{INFER}\nInference-Header-Content-Length: {}", content.len());
    let answer = fixture.ask(&request, &[content.as_bytes(), &vec![0; rows * 64]].concat());
    let sentence = "need more memory than this server may use for all clients together, send fewer rows at once";
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains(sentence), "{answer:?}");
}
