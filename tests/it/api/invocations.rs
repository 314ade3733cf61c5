//! wire.md sections 5, 6 and 7: MLflow, SageMaker, Vertex.

use super::{Expected, Fixture};

const INVOKE: &str = "POST /invocations";
const COLUMNS: &str = r#"["sepal length (cm)","sepal width (cm)","petal length (cm)","petal width (cm)"]"#;

#[test]
fn mlflow_sends_rows_in_four_shapes() {
    let fixture = Fixture::start("iris_rbf_scale");
    let answer = Expected::Json(r#"{"predictions":[{predict:3},{predict:5}]}"#);
    let split = |columns: &str, data: &str| format!(r#"{{"dataframe_split":{{"columns":{columns},"data":[{data}]}}}}"#);
    let named = |column: usize| {
        let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
        format!("\"{}\":[{},{}]", names[column], fixture.row(3)[column], fixture.row(5)[column])
    };
    let turned = |index: usize| {
        let row = fixture.row(index);
        format!("[\"id\",{},{},{},null,{}]", row[3], row[2], row[1], row[0])
    };
    for content in [
        split(COLUMNS, "[{row:3}],[{row:5}]"),
        split(COLUMNS, "[{row:3}],[{row:5}]").replace("\"columns\"", "\"index\":[0,1],\"columns\""),
        split("[0,1,2,3]", "[{row:3}],[{row:5}]"),
        split(
            r#"["id","petal width (cm)","petal length (cm)","sepal width (cm)","x","sepal length (cm)"]"#,
            &format!("{},{}", turned(3), turned(5)),
        ),
        r#"{"dataframe_split":{"data":[[{row:3}],[{row:5}]]}}"#.to_owned(),
        format!(r#"{{"dataframe_split":{{"data":[[{{row:3}}],[{{row:5}}]],"index":[],"columns":{COLUMNS}}}}}"#),
        r#"{"dataframe_records":[{named:3},{named:5}]}"#.to_owned(),
        r#"{"instances":[[{row:3}],[{row:5}]]}"#.to_owned(),
        r#"{"instances":[{named:3},{named:5}]}"#.to_owned(),
        r#"{"inputs":[[{row:3}],[{row:5}]],"params":{}}"#.to_owned(),
        format!(r#"{{"inputs":{{{},{},{},{}}}}}"#, named(3), named(0), named(2), named(1)),
    ] {
        fixture.check(INVOKE, &content, &answer);
        fixture.check(&format!("{INVOKE}\nContent-Type: application/json; charset=UTF-8"), &content, &answer);
    }
}

#[test]
fn params_choose_the_output() {
    let fixture = Fixture::start("probability_two");
    for (params, answer) in [
        ("null", "{predict:0},{predict:1}"),
        (r#"{"temperature":0.5}"#, "{predict:0},{predict:1}"),
        (r#"{"output":"predict"}"#, "{predict:0},{predict:1}"),
        (r#"{"x":1,"output":"decision_function"}"#, "{decision_function:0},{decision_function:1}"),
        (r#"{"output":"predict_proba"}"#, "[{predict_proba:0}],[{predict_proba:1}]"),
    ] {
        let answer = format!(r#"{{"predictions":[{answer}]}}"#);
        for content in [
            r#"{"params":PARAMS,"inputs":[[{row:0}],[{row:1}]]}"#,
            r#"{"instances":[{named:0},{named:1}],"params":PARAMS}"#,
        ] {
            fixture.check(INVOKE, &content.replace("PARAMS", params), &Expected::Json(&answer));
        }
    }
    let names = "one of `predict`, `decision_function`, `predict_proba`";
    let wrong = Expected::Wrong("`params`, `output`", "/params/output", names, "another text");
    fixture.check(INVOKE, r#"{"params":{"output":"proba"}}"#, &wrong);
    let wrong = Expected::Wrong("`params`", "/params", "an object", "a string");
    fixture.check(INVOKE, r#"{"params":"predict"}"#, &wrong);
}

#[test]
fn exactly_one_of_the_four_keys_has_the_rows() {
    let fixture = Fixture::start("iris_rbf_scale");
    let expected = "one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`";
    fixture.check(INVOKE, "{}", &Expected::Wrong("", "", expected, "none"));
    fixture.check(INVOKE, "", &Expected::Wrong("", "", expected, "no content"));
    let both = r#"{"instances":[[{row:0}]],"dataframe_split":{"data":[[{row:0}]]}}"#;
    let wrong = Expected::Wrong("`dataframe_split`", "/dataframe_split", expected, "a second one");
    fixture.check(INVOKE, both, &wrong);
}

#[test]
fn what_is_wrong_with_a_data_frame_is_named() {
    let fixture = Fixture::start("iris_rbf_scale");
    let lacking = COLUMNS.replace("petal width (cm)", "petal width");
    let with = |columns: &str, data: &str| format!(r#"{{"dataframe_split":{{"columns":{columns},"data":{data}}}}}"#);
    for (content, place, pointer, expected, found) in [
        (
            with(&lacking, "[]"),
            "`dataframe_split`, `columns`",
            "/dataframe_split/columns",
            "a column `petal width (cm)`",
            "none; name 4 differs only slightly",
        ),
        (
            with(COLUMNS, "[[1,1,1,1],[1,1,1]]"),
            "`dataframe_split`, `data`, row 1",
            "/dataframe_split/data/1",
            "4 values",
            "3",
        ),
        (
            with(COLUMNS, "[[1,1,1,null]]"),
            "`dataframe_split`, `data`, row 0, `petal width (cm)`",
            "/dataframe_split/data/0/3",
            "a finite number",
            "null",
        ),
        (
            with(COLUMNS, "[]"),
            "`dataframe_split`, `data`",
            "/dataframe_split/data",
            "at least one row",
            "an empty array",
        ),
        (
            with(COLUMNS, "[1]"),
            "`dataframe_split`, `data`, row 0",
            "/dataframe_split/data/0",
            "an array of 4 values for each row",
            "a number",
        ),
        (
            with("\"a\"", "[]"),
            "`dataframe_split`, `columns`",
            "/dataframe_split/columns",
            "an array of column names",
            "a string",
        ),
        (
            r#"{"dataframe_records":[[1]]}"#.to_owned(),
            "`dataframe_records`, row 0",
            "/dataframe_records/0",
            "an object of named features",
            "an array",
        ),
    ] {
        fixture.check(INVOKE, &content, &Expected::Wrong(place, pointer, expected, found));
    }
    let nan = with(COLUMNS, "[[1,1,NaN,1]]");
    let answer = fixture.ask(INVOKE, nan.as_bytes());
    assert!(
        answer.text().contains("row 0, `petal length (cm)`: expected a finite number, found NaN or Infinity"),
        "{answer:?}"
    );
}

#[test]
fn csv_has_a_header_or_none() {
    let fixture = Fixture::start("iris_rbf_scale");
    let answer = Expected::Json(r#"{"predictions":[{predict:3},{predict:5}]}"#);
    let csv = |parameters: &str| format!("{INVOKE}\nContent-Type: text/csv{parameters}");
    let header = COLUMNS.trim_matches(['[', ']']).replace('"', "");
    let turned = |index: usize| {
        let row = fixture.row(index);
        format!("{},\"a \"\"b\"\", c\",{},\"{}\",{}", row[3], row[2], row[1], row[0])
    };
    let (first, second) = (turned(3), turned(5));
    for (parameters, content) in [
        ("", "{row:3}\n{row:5}".to_owned()),
        ("; charset=utf-8", "{row:3}\r\n{row:5}\r\n".to_owned()),
        ("; header=absent", "{row:3}\n\n{row:5}\n".to_owned()),
        ("", format!("{header}\n{{row:3}}\n{{row:5}}\n")),
        ("; header=present", format!("{header}\n{{row:3}}\n{{row:5}}\n")),
        (
            "",
            format!(
                "petal width (cm),id,\"petal length (cm)\",sepal width (cm),sepal length (cm)\r\n{first}\r\n{second}\r\n"
            ),
        ),
    ] {
        fixture.check(&csv(parameters), &content, &answer);
    }
    let number = "a finite number";
    for (parameters, content, place, expected, found) in [
        ("", "1,1,1,1\n1,1,,1\n", "row 1, column petal length (cm)", number, "an empty field"),
        ("", "1,1,1,1\n1,1,x,1\n", "row 1, column petal length (cm)", number, "text"),
        ("", "1,1,1,1\n1,1,1,nan\n", "row 1, column petal width (cm)", number, "NaN or infinity"),
        ("", "1,1,1,1\n1,1,1\n", "row 1", "4 fields", "3"),
        (
            "",
            "1;1;1;1\n",
            "row 0, column sepal length (cm)",
            number,
            "text; if that is what separates the fields: text/csv; separator=\";\"",
        ),
        ("; header=absent", &format!("{header}\n1,1,1,1\n"), "row 0, column sepal length (cm)", number, "text"),
        ("; header=present", "1,1,1,1\n1,1,1,1\n", "header", "a column `sepal length (cm)`", "none among 4 columns"),
        (
            "",
            "sepal length,b,c,d\n1,1,1,1\n",
            "header",
            "a column `sepal length (cm)`",
            "none; column 1 of the header differs only slightly",
        ),
        ("", &format!("{header},petal width (cm)\n1,1,1,1,1\n"), "header", "one column `petal width (cm)`", "2"),
        ("", "", "", "at least one row", "none"),
        ("", &format!("{header}\n"), "", "at least one row", "none"),
    ] {
        fixture.check(&csv(parameters), content, &Expected::Wrong(place, place, expected, found));
    }
}

#[test]
fn each_line_of_json_is_a_row() {
    let fixture = Fixture::start("iris_rbf_scale");
    let request = format!("{INVOKE}\nContent-Type: application/jsonlines");
    let answer = Expected::Json(r#"{"predictions":[{predict:3},{predict:5}]}"#);
    for content in ["[{row:3}]\n[{row:5}]", "{named:3}\r\n\r\n{named:5}\r\n", "[{row:3}]\n{named:5}\n"] {
        fixture.check(&request, content, &answer);
    }
    for (content, place, pointer, expected, found) in [
        ("[1,1,1,1]\n[1,1,null,1]", "row 1, `petal length (cm)`", "/1/2", "a finite number", "null"),
        ("1", "row 0", "/0", "an array of 4 numbers or an object of named features on each line", "a number"),
        ("\n", "", "", "at least one row", "none"),
    ] {
        fixture.check(&request, content, &Expected::Wrong(place, pointer, expected, found));
    }
}

#[test]
fn accept_chooses_the_form_of_the_answer() {
    let ask = |name: &str, accept: &str, output: &str, expected: &Expected<'_>| {
        let fixture = Fixture::start(name);
        let content = format!(r#"{{"params":{{"output":"{output}"}},"instances":[[{{row:0}}],[{{row:1}}]]}}"#);
        fixture.check(&format!("{INVOKE}\nAccept: {accept}"), &content, expected);
    };
    let (csv, lines) = ("text/csv", "application/jsonlines");
    let json = r#"{"predictions":[{predict:0},{predict:1}]}"#;
    for accept in ["application/json", "*/*", "text/html", "application/json, text/csv", "text/csv;q=0"] {
        ask("iris_rbf_scale", accept, "predict", &Expected::Json(json));
    }
    ask("iris_rbf_scale", "text/csv", "predict", &Expected::Text(csv, "{predict:0}\n{predict:1}"));
    ask(
        "iris_rbf_scale",
        "text/html, TEXT/CSV; q=0.9, */*;q=0.1",
        "predict",
        &Expected::Text(csv, "{predict:0}\n{predict:1}"),
    );
    ask("iris_rbf_scale", lines, "predict", &Expected::Text(lines, "{predict:0}\n{predict:1}"));
    let scores = "{decision_function:0}\n{decision_function:1}";
    ask("iris_rbf_scale", csv, "decision_function", &Expected::Text(csv, scores));
    ask(
        "iris_rbf_scale",
        lines,
        "decision_function",
        &Expected::Text(lines, "[{decision_function:0}]\n[{decision_function:1}]"),
    );
    ask("probability_two", csv, "decision_function", &Expected::Text(csv, scores));
    ask("probability_two", lines, "decision_function", &Expected::Text(lines, scores));
    ask("probability_two", csv, "predict_proba", &Expected::Text(csv, "{predict_proba:0}\n{predict_proba:1}"));
    ask("label_string", csv, "predict", &Expected::Text(csv, "{label:0}\n{label:1}"));
    ask("label_string", lines, "predict", &Expected::Text(lines, "{predict:0}\n{predict:1}"));
    ask("label_boolean", csv, "predict", &Expected::Text(csv, "{predict:0}\n{predict:1}"));
    // Text is quoted where a reader of CSV needs it.
    let quoted = "\"quote \"\" and \\\"\n\"été\n\t😀\"";
    ask("label_string_unusual", csv, "predict", &Expected::Text(csv, quoted));
    let fixture = Fixture::start("iris_rbf_scale");
    // The request of wire.md's example, rows out of the fixture.
    let request = format!("{INVOKE}\nContent-Type: text/csv\nAccept: text/csv");
    fixture.check(&request, "{row:1}\n{row:2}", &Expected::Text(csv, "{predict:1}\n{predict:2}"));
    // Errors are always JSON.
    let wrong = Expected::Wrong("row 0", "row 0", "4 fields", "1");
    fixture.check(&request, "1", &wrong);
}

#[test]
fn vertex_asks_on_its_own_routes() {
    let health = "/v1/endpoints/12/deployedModels/34";
    let predict = "/v1/endpoints/12/deployedModels/34:predict";
    let fixture = Fixture::start_with("probability_three", &["--health-route", health, "--predict-route", predict]);
    fixture.check(&format!("GET {health}"), "", &Expected::Json(r#"{"status":"ready"}"#));
    let request = format!("POST {predict}");
    for (content, answer) in [
        (r#"{"instances":[[{row:0}],{named:1}]}"#, "{predict:0},{predict:1}"),
        (r#"{"instances":[[{row:0}]],"parameters":{"output":"decision_function"}}"#, "[{decision_function:0}]"),
        (r#"{"parameters":{"output":"predict_proba","x":[]},"instances":[[{row:0}]]}"#, "[{predict_proba:0}]"),
        (r#"{"parameters":null,"instances":[[{row:0}]]}"#, "{predict:0}"),
    ] {
        fixture.check(&request, content, &Expected::Json(&format!(r#"{{"predictions":[{answer}]}}"#)));
    }
    fixture.check(&request, "{}", &Expected::Wrong("", "", "`instances`", "none"));
    let allow = |path: &str| fixture.ask(&format!("OPTIONS {path}"), b"").field("Allow").map(str::to_owned);
    assert_eq!(allow(health).as_deref(), Some("GET, HEAD, OPTIONS"));
    assert_eq!(allow(predict).as_deref(), Some("POST, OPTIONS"));
}

#[test]
fn the_platforms_routes_win_over_those_of_the_same_path_for_their_method() {
    let fixture = Fixture::start_with("iris_rbf_scale", &["--health-route", "/", "--predict-route", "/"]);
    fixture.check("GET /", "", &Expected::Json(r#"{"status":"ready"}"#));
    fixture.check("POST /", r#"{"instances":[[{row:2}]]}"#, &Expected::Json(r#"{"predictions":[{predict:2}]}"#));
    let fixture = Fixture::start_with("iris_rbf_scale", &["--health-route", "/x", "--predict-route", "/ping"]);
    fixture.check("GET /ping", "", &Expected::Text("text/plain; charset=utf-8", "\n"));
    fixture.check("POST /ping", r#"{"instances":[[{row:2}]]}"#, &Expected::Json(r#"{"predictions":[{predict:2}]}"#));
    let options = fixture.ask("OPTIONS /ping", b"");
    assert_eq!(options.field("Allow"), Some("GET, HEAD, POST, OPTIONS"));
    fixture.check("POST /", "{named:2}", &Expected::Json(r#"{"val": {predict:2}}"#));
}
