//! `POST /explain`: sums that add up to the decision, compared with scikit-learn's attributes, and rows of the training data only for
//! those who may have them.

use std::fs;

use serde_json::{Value, json};

use super::Fixture;
use crate::client::Answer;
use crate::harness::Server;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/explain");

fn start(case: &str, arguments: &[&str]) -> Server {
    Server::start(&[&["--model", &format!("{FOLDER}/{case}.p4"), "--model-name", "m"], arguments].concat())
}

/// Asks with the Host that clients on this machine send.
fn post(server: &Server, path: &str, host: &str, content: &Value) -> Answer {
    let content = content.to_string();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n", content.len());
    server.connect().ask([head.as_bytes(), content.as_bytes()].concat().as_slice())
}

fn explain(server: &Server, content: &Value) -> Value {
    let answer = post(server, "/explain", "localhost:8000", content);
    assert_eq!((answer.status, answer.field("Content-Type")), (200, Some("application/json")), "{answer:?}");
    assert_eq!(answer.field("X-Model-Hash").map(str::len), Some(16));
    serde_json::from_slice(&answer.content).unwrap()
}

/// What an error says, and where.
fn refusal(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 400, "{answer:?}");
    let error: Value = serde_json::from_slice(&answer.content).unwrap();
    (error["error"].as_str().unwrap().to_owned(), error["where"].as_str().unwrap_or_default().to_owned())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no array"))
}

fn numbers(value: &Value) -> Vec<f64> {
    items(value).iter().map(number).collect()
}

fn cases() -> serde_json::Map<String, Value> {
    let text = fs::read(format!("{FOLDER}/explanations.json")).unwrap();
    let Value::Object(cases) = serde_json::from_slice(&text).unwrap() else { panic!("no object") };
    cases
}

/// Whether two numbers agree, where numbers of this magnitude were added up.
fn near(what: &str, found: f64, expected: f64, magnitude: f64) {
    assert!((found - expected).abs() <= 1e-12 * magnitude, "{what}: expected {expected:?}, found {found:?}");
}

#[test]
fn every_explanation_has_the_terms_that_scikit_learns_attributes_give() {
    let cases = cases();
    assert_eq!(cases.len(), 14);
    for (case, expected) in &cases {
        let server = start(case, &["--support-vectors", "show"]);
        let classes = metadata(&server)["classes"].clone();
        for limit in [16, 3, 0] {
            let found = explain(&server, &json!({"instances": expected["rows"], "limit": limit}));
            assert_eq!(items(&found["explanations"]).len(), items(&expected["explanations"]).len());
            for (found, expected) in items(&found["explanations"]).iter().zip(items(&expected["explanations"])) {
                compare(case, found, expected, limit, &classes);
            }
        }
    }
}

fn compare(case: &str, found: &Value, expected: &Value, limit: usize, classes: &Value) {
    // terms: [.., a, b], which add a * b
    let mut terms: Vec<&[Value]> =
        items(&expected["terms"]).iter().map(|term| term.as_array().unwrap().as_slice()).collect();
    let value = |term: &[Value]| term[term.len() - 2..].iter().map(number).product::<f64>();
    let magnitude = terms.iter().map(|term| value(term).abs()).sum::<f64>() + number(&expected["intercept"]).abs();
    terms.sort_by(|a, b| value(b).abs().total_cmp(&value(a).abs()));
    near(case, number(&found["decision"]), number(&expected["decision"]), magnitude);
    near(case, number(&found["intercept"]), number(&expected["intercept"]), magnitude);
    let pair = expected["pair"].as_array();
    let label = |place: usize| classes[pair.unwrap()[place].as_u64().unwrap() as usize].clone();
    match pair {
        Some(_) => assert_eq!((&found["predict"], &found["against"]), (&label(0), &label(1)), "{case}"),
        None => {
            near(case, number(&found["predict"]), number(&expected["predict"]), 100.0);
            assert_eq!(found.get("against"), None, "{case}");
        }
    }
    assert_eq!(found.get("votes"), expected.get("votes"), "{case}");
    let listed = if terms[0].len() == 4 { &found["contributions"] } else { &found["columns"] };
    assert_eq!(items(listed).len(), limit.min(terms.len()), "{case}");
    let mut sum = number(&found["intercept"]) + number(&found["rest"]);
    for (found, expected) in items(listed).iter().zip(&terms) {
        match expected {
            [vector, class, kernel, coefficient] => {
                // terms of one size may stand in any order
                if found["support_vector"] == *vector {
                    let label = class.as_u64().map(|class| &classes[class as usize]);
                    assert_eq!(found.get("class"), label, "{case}");
                    near(case, number(&found["kernel"]), number(kernel), magnitude.max(1.0));
                    assert_eq!(number(&found["coefficient"]), number(coefficient), "{case}");
                }
                near(case, number(&found["value"]), value(expected), magnitude);
                sum += number(&found["value"]);
            }
            [feature, input, weight] => {
                assert_eq!(found["name"], format!("x{feature}"), "{case}");
                near(case, number(&found["input"]), number(input), magnitude);
                near(case, number(&found["weight"]), number(weight), magnitude);
                near(case, number(&found["contribution"]), value(expected), magnitude);
                sum += number(&found["contribution"]);
            }
            other => panic!("{other:?}"),
        }
    }
    near(case, sum, number(&found["decision"]), magnitude);
}

#[test]
fn ranges_rows_and_curves_are_those_of_the_training_data() {
    for (case, expected) in &cases() {
        let server = start(case, &["--support-vectors", "show"]);
        let found = metadata(&server);
        let Some(support) = expected["support"].as_array() else {
            assert_eq!((found.get("ranges"), found.get("support_vectors_shown")), (None, None), "{case}");
            continue;
        };
        assert_eq!(found["support_vectors_shown"], "show");
        for (found, expected) in items(&found["ranges"]).iter().zip(items(&expected["ranges"])) {
            for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
                near(case, found, expected, 4.0);
            }
        }
        let asked = json!({"instances": [expected["rows"][0]], "limit": 16, "curves": ["x0"], "support_vectors": true});
        let answer = explain(&server, &asked);
        assert_eq!(items(&answer["support_vectors"]).len(), support.len(), "{case}");
        for (place, (found, expected)) in items(&answer["support_vectors"]).iter().zip(support).enumerate() {
            assert_eq!(found["support_vector"], place);
            for (found, expected) in numbers(&found["row"]).into_iter().zip(numbers(expected)) {
                near(case, found, expected, 4.0);
            }
        }
        for term in items(&answer["explanations"][0]["contributions"]) {
            let place = term["support_vector"].as_u64().unwrap() as usize;
            assert_eq!(term["row"], answer["support_vectors"][place]["row"], "{case}");
        }
        let columns = items(&answer["explanations"][0]["columns"]);
        assert_eq!((columns.len(), &columns[0]["name"]), (1, &json!("x0")), "{case}");
        assert_eq!(columns[0]["value"], expected["rows"][0][0], "{case}");
        let curve = items(&columns[0]["curve"]);
        assert_eq!(curve.len(), 33);
        for (found, expected) in curve.iter().zip(items(&expected["curve"])) {
            near(case, number(&found[0]), number(&expected[0]), 4.0);
            near(case, number(&found[1]), number(&expected[1]), 1000.0);
        }
    }
}

#[test]
fn curves_of_a_linear_model_go_as_far_as_its_scaler_tells_or_around_the_row() {
    let cases = cases();
    let curve_of = |server: &Server, row: &Value, name: &str| {
        let asked = json!({"instances": [row], "limit": 0, "curves": [name]});
        let answer = explain(server, &asked);
        let columns = items(&answer["explanations"][0]["columns"]).to_vec();
        assert_eq!((columns.len(), &columns[0]["name"]), (1, &json!(name)));
        items(&columns[0]["curve"]).iter().map(numbers).collect::<Vec<_>>()
    };
    let scaled = start("linear_svc_two", &[]);
    let rows = &cases["linear_svc_two"]["rows"];
    let told = metadata(&scaled);
    let found = explain(&scaled, &json!({"instances": rows, "limit": 16}));
    let terms = |row: usize, name: &str| {
        let columns = items(&found["explanations"][row]["columns"]);
        let column = columns.iter().find(|column| column["name"] == name).unwrap();
        ["value", "input"].map(|key| number(&column[key]))
    };
    let mut compared = 0;
    for column in 0..12 {
        let name = format!("x{column}");
        // the mean and the deviation out of two rows before the scaler and behind it
        let ([value, input], [other, other_input]) = (terms(0, &name), terms(1, &name));
        if value == other {
            continue;
        }
        let deviation = (value - other) / (input - other_input);
        let mean = value - deviation * input;
        let range = numbers(&told["usual_ranges"][column]);
        near(&name, range[0], mean - 3.0 * deviation, 1000.0);
        near(&name, range[1], mean + 3.0 * deviation, 1000.0);
        let curve = curve_of(&scaled, &rows[0], &name);
        assert_eq!((curve.len(), curve[0][0], curve[32][0]), (33, range[0], range[1]), "{name}");
        let weight = (curve[32][1] - curve[0][1]) / (range[1] - range[0]);
        let decision = number(&found["explanations"][0]["decision"]);
        near(&name, curve[0][1] + weight * (value - range[0]), decision, 1000.0);
        compared += 1;
    }
    assert!(compared > 6, "{compared}");
    let hidden = start("linear_svc_two", &["--support-vectors", "hide"]);
    assert_eq!(metadata(&hidden).get("usual_ranges"), None);
    let place = number(&rows[0][3]);
    let (lowest, highest) = (place - place.abs().max(1.0), place + place.abs().max(1.0));
    let curve = curve_of(&hidden, &rows[0], "x3");
    assert_eq!((curve[0][0], curve[32][0]), (lowest, highest));

    let plain = start("linear_svc", &[]);
    assert_eq!(metadata(&plain).get("usual_ranges"), None);
    for (place, ends) in [(0.5, [-0.5, 1.5]), (-8.0, [-16.0, 0.0]), (1e308, [0.0, f64::MAX])] {
        let curve = curve_of(&plain, &json!([0.0, place, 0.0]), "x1");
        assert_eq!([curve[0][0], curve[32][0]], ends);
    }
}

fn metadata(server: &Server) -> Value {
    let answer = server.connect().ask(b"GET /v2/models/m HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    serde_json::from_slice::<Value>(&answer.content).unwrap()["svcd"].clone()
}

#[test]
fn a_mean_is_told_of_a_class_with_five_support_vectors() {
    let cases = cases();
    let five = &cases["svc_five"];
    let found = metadata(&start("svc_five", &[]));
    let counts = items(&found["means"]).len();
    // of 14 rows each class has more than five support vectors here
    assert_eq!(counts, 5, "{found}");
    let support = items(&five["support"]);
    let all: Vec<f64> = (0..4).map(|column| support.iter().map(|row| number(&row[column])).sum()).collect();
    assert!(items(&found["means"]).iter().all(|mean| numbers(&mean["row"]).len() == all.len()));
    assert_eq!(items(&found["means"]).iter().map(|mean| mean["class"].clone()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let hidden = metadata(&start("svc_five", &["--support-vectors", "hide"]));
    assert_eq!(
        (hidden.get("means"), hidden.get("ranges"), &hidden["support_vectors_shown"]),
        (None, None, &json!("hide"))
    );
}

#[test]
fn rows_of_the_training_data_are_for_those_who_may_have_them() {
    let row = json!([0.5, 1.0, -1.0]);
    let all = json!({"instances": [row], "support_vectors": true});
    let curve = json!({"instances": [row], "curves": ["x1"]});
    let has_row = |server: &Server, host: &str| {
        let answer = post(server, "/explain", host, &json!({"instances": [row]}));
        let answer: Value = serde_json::from_slice(&answer.content).unwrap();
        let rows = items(&answer["explanations"][0]["contributions"]).iter().map(|term| term.get("row").is_some());
        let rows: Vec<bool> = rows.collect();
        assert!(rows.iter().all(|has| *has == rows[0]));
        let list = post(server, "/explain", host, &all).status;
        assert_eq!(list, if rows[0] { 200 } else { 400 });
        rows[0]
    };
    let server = start("svc_rbf", &["--support-vectors=show", "--allowed-host", "svcd.example,other.example"]);
    for own in ["127.0.0.1", "[::1]:80", "localhost", "SVCD.example:9", "other.example"] {
        assert!(has_row(&server, own), "{own}");
    }
    for foreign in ["attacker.example", "svcd.example.attacker.example", "localhost.attacker.example:8000"] {
        assert!(!has_row(&server, foreign), "{foreign}");
        let told = server.connect().ask(format!("GET /v2/models/m HTTP/1.1\r\nHost: {foreign}\r\n\r\n").as_bytes());
        assert!(told.text().contains(r#""support_vectors_shown":"ranges""#), "{told:?}");
    }
    let ranges = start("svc_rbf", &[]);
    assert!(!has_row(&ranges, "localhost"));
    assert_eq!(post(&ranges, "/explain", "localhost", &curve).status, 200);
    let hidden = start("svc_rbf", &["--support-vectors", "hide"]);
    assert!(!has_row(&hidden, "localhost"));
    // around the row itself, which tells nothing
    let around = &explain(&hidden, &curve)["explanations"][0]["columns"][0]["curve"];
    assert_eq!((&around[0][0], &around[32][0]), (&json!(0.0), &json!(2.0)));

    let iris = Server::start(&[]);
    let row = json!([6.1, 2.9, 4.6, 1.4]);
    let answer = explain(&iris, &json!({"instances": [row], "limit": 1, "support_vectors": true}));
    assert_eq!(items(&answer["support_vectors"]).len(), 52);
    let mut command = Server::command(&["--cors-origin", "*", "--support-vectors", "show"]);
    let refused = command.output().unwrap();
    let text = String::from_utf8(refused.stderr).unwrap();
    let expected = "error: --support-vectors: expected hide or ranges, found show with --cors-origin *, which lets \
                    every page read them\n";
    assert!(refused.status.code() == Some(2) && text.starts_with(expected), "{text}");
    let open = Server::start(&["--cors-origin", "*"]);
    let status = post(&open, "/explain", "localhost", &json!({"instances": [row], "support_vectors": true})).status;
    assert_eq!(status, 400);
}

#[test]
fn rows_come_in_every_form_of_predict_and_on_both_paths() {
    let fixture = Fixture::start_with("iris_rbf_scale", &["--model-version", "7"]);
    let expected = fixture.ask("POST /explain", fixture.fill(r#"{"instances": [[{row:0}], [{row:1}]]}"#).as_bytes());
    assert_eq!(expected.status, 200);
    let column = |column: usize| {
        let value = |row: usize| fixture.fill(&format!("{{row:{row}}}")).split(',').nth(column).unwrap().to_owned();
        format!("[{},{}]", value(0), value(1))
    };
    let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    let columns = names.iter().enumerate().map(|(place, name)| format!("\"{name}\":{}", column(place)));
    let columns = format!("{{\"inputs\":{{{}}}}}", columns.collect::<Vec<_>>().join(","));
    for path in
        ["/explain", "/v1/models/iris:explain", "/v1/models/iris/versions/7:explain", "/v1/models/iris%3Aexplain"]
    {
        for content in [
            r#"{"instances": [{named:0}, {named:1}]}"#,
            r#"{"inputs": [[{row:0}], [{row:1}]], "limit": null, "curves": [], "support_vectors": false, "other": {"limit": 99}}"#,
            &columns,
        ] {
            let answer = fixture.ask(&format!("POST {path}"), fixture.fill(content).as_bytes());
            assert_eq!((answer.status, answer.text()), (200, expected.text()), "{path} {content}");
        }
    }
    let metrics = fixture.ask("GET /metrics", b"");
    assert!(metrics.text().contains("method=\"POST\",route=\"/explain\",status=\"200\"} 13"), "{}", metrics.text());
    // an explanation is no prediction
    assert!(metrics.text().contains("class=\"0\"} 0\n"), "{}", metrics.text());
}

#[test]
fn terms_of_both_sides_are_told_where_they_are_asked_for() {
    let server = Server::start(&[]);
    let row = json!([6.1, 2.9, 4.6, 1.4]);
    let signs = |content: &Value| -> Vec<bool> {
        let answer = explain(&server, content);
        let explanation = &answer["explanations"][0];
        let values: Vec<f64> = items(&explanation["contributions"]).iter().map(|term| number(&term["value"])).collect();
        assert!(values.is_sorted_by(|a, b| a.abs() >= b.abs()), "{values:?}");
        let sum = values.iter().sum::<f64>() + number(&explanation["rest"]) + number(&explanation["intercept"]);
        near("the sum", sum, number(&explanation["decision"]), 100.0);
        values.iter().map(|value| *value > 0.0).collect()
    };
    let each = signs(&json!({"instances": [row], "limit": 16, "each_side": true}));
    assert_eq!((each.len(), each.iter().filter(|is_for| **is_for).count()), (16, 8));
    assert_eq!(signs(&json!({"instances": [row], "limit": 3, "each_side": false})), [true; 3]);
    let none = explain(&server, &json!({"instances": [row], "limit": 1, "each_side": true}));
    assert_eq!(none["explanations"][0]["contributions"], json!([]));
}

#[test]
fn metadata_says_why_answers_cannot_be_explained() {
    assert_eq!(metadata(&start("svc_rbf", &[])).get("not_explained"), None);
    for (model, expected) in [
        ("wrappers/1.9.1/one.p4", "OneVsOneClassifier combines the values of several estimators"),
        ("golden/break_ties_ovo.json", "`break_ties`: expected false with the decision function shape `ovo`"),
    ] {
        let path = format!("{}/tests/fixtures/{model}", env!("CARGO_MANIFEST_DIR"));
        let reason = metadata(&Server::start(&["--model", &path, "--model-name", "m"]))["not_explained"].clone();
        assert!(reason.as_str().unwrap().starts_with(expected), "{reason}");
    }
}

#[test]
fn what_cannot_be_explained_says_why_and_what_is_wrong_says_where() {
    let server = start("svc_rbf", &[]);
    let rows = |count: usize| json!({"instances": vec![vec![0.5; 3]; count]});
    assert_eq!(items(&explain(&server, &rows(64))["explanations"]).len(), 64);
    let with = |key: &str, value: Value| {
        let mut content = rows(1);
        content[key] = value;
        content
    };
    for (content, expected, place) in [
        (rows(65), "`instances`: expected at most 64 rows, found 65", "/instances"),
        (with("limit", json!(17)), "`limit`: expected at most 16, found more", "/limit"),
        (
            with("limit", json!(-1)),
            "`limit`: expected a whole number, zero or above, found a negative number",
            "/limit",
        ),
        (with("curves", json!("x0")), "`curves`: expected an array of names of columns, found a string", "/curves"),
        (
            with("curves", json!(["x0", "y"])),
            "`curves` 1: expected the name of a column, found another text",
            "/curves/1",
        ),
        (with("curves", json!(["x0", "x0"])), "`curves` 1: expected each column once, found it twice", "/curves/1"),
        (json!({"limit": 1}), "expected one of `instances` and `inputs`, found none", ""),
        (
            with("inputs", json!([[1, 2, 3]])),
            "`instances`: expected one of `instances` and `inputs`, found a second one",
            "/instances",
        ),
    ] {
        let found = refusal(&post(&server, "/explain", "localhost", &content));
        assert_eq!(found, (expected.to_owned(), place.to_owned()), "{content}");
    }
    let wide = Fixture::start("features_33_rbf");
    let names: Vec<String> = (0..17).map(|column| format!("x{column}")).collect();
    let content = json!({"instances": [vec![0.0; 33]], "curves": names}).to_string();
    let refused = wide.ask("POST /explain", content.as_bytes());
    assert_eq!(refusal(&refused).0, "`curves`: expected at most 16 columns, found 17");

    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wrappers/1.9.1");
    for (file, name) in [
        ("isotonic.joblib.z", "CalibratedClassifierCV"),
        ("rest.joblib.z", "OneVsRestClassifier"),
        ("one.p4", "OneVsOneClassifier"),
    ] {
        let server = Server::start(&["--model", &format!("{folder}/{file}")]);
        let refused = refusal(&post(&server, "/explain", "localhost", &json!({"instances": [[]]})));
        let start = format!("{name} combines the values of several estimators: no single sum decides");
        assert!(refused.0.starts_with(&start), "{refused:?}");
        let document = server.connect().ask(b"GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(!document.text().contains("\"/explain\""), "{file}");
    }
}
