//! wire.md section 4: KServe v1 and TensorFlow Serving.

use super::{Expected, Fixture};

const PREDICT: &str = "POST /v1/models/iris:predict";
const CLASSIFY: &str = "POST /v1/models/iris:classify";

#[test]
fn rows_come_by_position_or_by_name_and_as_columns() {
    let fixture = Fixture::start("iris_rbf_scale");
    let predictions = r#"{"predictions":[{predict:3},{predict:5}]}"#;
    let outputs = r#"{"outputs":[{predict:3},{predict:5}]}"#;
    for (content, answer) in [
        (r#"{"instances":[[{row:3}],[{row:5}]]}"#, predictions),
        (r#"{"instances":[{named:3},{named:5}]}"#, predictions),
        (r#"{"signature_name":"serving_default","instances":[[{row:3}],[{row:5}]]}"#, predictions),
        (r#"{"instances":[[{row:3}],[{row:5}]],"signature_name":"predict"}"#, predictions),
        (r#"{"instances":[[{row:3}],[{row:5}]],"signature_name":null}"#, predictions),
        (r#"{"inputs":[[{row:3}],[{row:5}]]}"#, outputs),
    ] {
        for path in [PREDICT, "POST /v1/models/iris/versions/1:predict"] {
            fixture.check(path, content, &Expected::Json(answer));
        }
    }
    let (first, second) = (fixture.row(3), fixture.row(5));
    let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    let column = |column: usize| format!("\"{}\":[{},{}]", names[column], first[column], second[column]);
    let columns = [column(2), "\"id\":[\"a\"]".to_owned(), column(0), column(3), column(1)].join(",");
    fixture.check(PREDICT, &format!("{{\"inputs\":{{{columns}}}}}"), &Expected::Json(outputs));
}

#[test]
fn a_signature_is_an_output() {
    let fixture = Fixture::start("probability_three");
    for (name, answer) in [
        ("predict", r#"{"predictions":[{predict:0},{predict:1}]}"#),
        ("decision_function", r#"{"predictions":[[{decision_function:0}],[{decision_function:1}]]}"#),
        ("predict_proba", r#"{"predictions":[[{predict_proba:0}],[{predict_proba:1}]]}"#),
    ] {
        let content = format!(r#"{{"instances":[[{{row:0}}],[{{row:1}}]],"signature_name":"{name}"}}"#);
        fixture.check(PREDICT, &content, &Expected::Json(answer));
        let columns = content.replace("instances", "inputs");
        fixture.check(PREDICT, &columns, &Expected::Json(&answer.replace("predictions", "outputs")));
    }
    let names = "one of `predict`, `decision_function`, `predict_proba`, `serving_default`";
    for (value, found) in [("\"default\"", "another text"), ("7", "a number"), ("[]", "an array")] {
        let wrong = Expected::Wrong("`signature_name`", "/signature_name", names, found);
        fixture.check(PREDICT, &format!(r#"{{"signature_name":{value},"instances":[[1]]}}"#), &wrong);
    }
    let metadata = fixture.ask("GET /v1/models/iris/metadata", b"");
    assert!(metadata.text().contains(
        r#""outputs":{"predict_proba":{"dtype":"DT_DOUBLE","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"3","name":""}],"unknown_rank":false},"name":"predict_proba"}}"#
    ));
}

#[test]
fn exactly_one_of_instances_and_inputs_has_the_rows() {
    let fixture = Fixture::start("iris_rbf_scale");
    let expected = "one of `instances` and `inputs`";
    for (content, place, pointer, expected, found) in [
        ("{}", "", "", expected, "none"),
        ("", "", "", expected, "no content"),
        (
            "[[1,1,1,1]]",
            "",
            "",
            "an object with one of `instances` and `inputs`",
            "an array; rows go into `{\"instances\": [[..]]}`",
        ),
        (r#"{"instances":[[1,1,1,1]],"inputs":[[1,1,1,1]]}"#, "`inputs`", "/inputs", expected, "a second one"),
        (r#"{"instances":[]}"#, "`instances`", "/instances", "at least one row", "an empty array"),
        (r#"{"instances":[[1,1,1]]}"#, "`instances`, row 0", "/instances/0", "4 numbers", "3"),
        (r#"{"instances":[[1,1,1,1],[1,1,1,1,1]]}"#, "`instances`, row 1", "/instances/1", "4 numbers", "5"),
        (
            r#"{"instances":[[1,1,1,{}]]}"#,
            "`instances`, row 0, `petal width (cm)`",
            "/instances/0/3",
            "a finite number",
            "an object",
        ),
        (
            r#"{"inputs":{"sepal length (cm)":[1,2],"petal width (cm)":[1]}}"#,
            "`inputs`, `petal width (cm)`",
            "/inputs/petal width (cm)",
            "2 numbers, as in the previous column",
            "1",
        ),
        (
            r#"{"inputs":{"sepal length (cm)":1}}"#,
            "`inputs`, `sepal length (cm)`",
            "/inputs/sepal length (cm)",
            "an array of numbers, one for each row",
            "a number",
        ),
    ] {
        fixture.check(PREDICT, content, &Expected::Wrong(place, pointer, expected, found));
    }
}

#[test]
fn a_missing_feature_is_named_and_so_is_a_key_that_was_meant_for_it() {
    let fixture = Fixture::start("iris_rbf_scale");
    let row = fixture.fill("{named:5}").replace("petal length (cm)", "petal_length");
    let found = "no such key; key 2 of the object differs only slightly";
    let wrong = Expected::Wrong(
        "`instances`, row 1, `petal length (cm)`",
        "/instances/1/petal length (cm)",
        "a finite number",
        found,
    );
    fixture.check(PREDICT, &format!(r#"{{"instances":[{{named:3}},{row}]}}"#), &wrong);
}

#[test]
fn classification_gives_the_score_of_each_class_in_class_order() {
    let classify = |name: &str, answer: &str| {
        let fixture = Fixture::start(name);
        let scores = fixture.scores("decision_function_ovr", 0);
        let scores = if let [score] = scores[..] { vec![-score, score] } else { scores };
        let answer = scores.iter().enumerate().fold(answer.to_owned(), |answer, (class, score)| {
            answer.replace(&format!("SCORE{class}"), &serde_json::Value::from(*score).to_string())
        });
        let row = fixture.fill("{named:0}");
        fixture.check(CLASSIFY, &format!(r#"{{"examples":[{row}]}}"#), &Expected::Json(&answer));
        fixture.check(CLASSIFY, &format!(r#"{{"context":{row},"examples":[{{}}]}}"#), &Expected::Json(&answer));
        fixture.check(CLASSIFY, &format!(r#"{{"examples":[{{}}],"context":{row}}}"#), &Expected::Json(&answer));
    };
    classify("iris_rbf_scale", r#"{"results":[[["0",SCORE0],["1",SCORE1],["2",SCORE2]]]}"#);
    classify("iris_rbf_auto", r#"{"results":[[["0",SCORE0],["1",SCORE1],["2",SCORE2]]]}"#);
    classify("label_boolean", r#"{"results":[[["false",SCORE0],["true",SCORE1]]]}"#);
    classify("label_string_unusual", r#"{"results":[[["",SCORE0],["quote \" and \\",SCORE1],["été\n\t😀",SCORE2]]]}"#);
}

#[test]
fn a_feature_is_either_in_the_context_or_in_each_example() {
    let fixture = Fixture::start("iris_rbf_scale");
    let named = |row: &[f64], from: usize, to: usize| {
        let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
        let pairs: Vec<_> = (from..to).map(|column| format!("\"{}\":{}", names[column], row[column])).collect();
        format!("{{{}}}", pairs.join(","))
    };
    let (first, mut second) = (fixture.row(3), fixture.row(5));
    second[..2].copy_from_slice(&first[..2]);
    let whole = format!(r#"{{"examples":[{},{}]}}"#, named(&first, 0, 4), named(&second, 0, 4));
    let expected = fixture.ask(CLASSIFY, whole.as_bytes()).text().to_owned();
    let context = named(&first, 0, 2);
    for content in [
        format!(r#"{{"context":{context},"examples":[{},{}]}}"#, named(&first, 2, 4), named(&second, 2, 4)),
        format!(r#"{{"examples":[{},{}],"context":{context}}}"#, named(&first, 2, 4), named(&second, 2, 4)),
    ] {
        assert_eq!(fixture.ask(CLASSIFY, content.as_bytes()).text(), expected);
    }
    let examples = |first: &str, second: &str| format!(r#"{{"examples":[{first},{second}],"context":{context}}}"#);
    let repeated = Expected::Wrong(
        "`examples`, row 1, `sepal width (cm)`",
        "/examples/1/sepal width (cm)",
        "each feature once",
        "it in `context` too",
    );
    fixture.check(CLASSIFY, &examples(&named(&first, 2, 4), &named(&second, 1, 4)), &repeated);
    let missing = Expected::Wrong(
        "`examples`, row 0, `petal width (cm)`",
        "/examples/0/petal width (cm)",
        "a finite number",
        "no such key",
    );
    fixture.check(CLASSIFY, &examples(&named(&first, 2, 3), &named(&second, 2, 4)), &missing);
    for (content, place, pointer, expected, found) in [
        ("{}", "`examples`", "/examples", "an array of objects of named features", "no such key"),
        (r#"{"examples":[]}"#, "`examples`", "/examples", "at least one row", "an empty array"),
        (r#"{"examples":[[1,1,1,1]]}"#, "`examples`, row 0", "/examples/0", "an object of named features", "an array"),
        (r#"{"context":[1]}"#, "`context`", "/context", "an object of named features", "an array"),
        ("[]", "", "", "an object with `examples`", "an array"),
    ] {
        fixture.check(CLASSIFY, content, &Expected::Wrong(place, pointer, expected, found));
    }
}
