//! wire.md sections 1, 2 and 8: what holds for every dialect, the notebook's contract, the error object.

use super::{Expected, Fixture};

/// For each dialect: where it is asked, what stands around rows by position, what around the answer.
const DIALECTS: &[(&str, &str, &str)] = &[
    (
        "POST /v2/models/iris/infer",
        V2,
        r#"{"model_name":"iris","model_version":"1","outputs":[{"name":"predict","datatype":"INT64","shape":[1],"data":[PREDICT]}]}"#,
    ),
    ("POST /v1/models/iris:predict", r#"{"instances":[[ROW]]}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /v1/models/iris:predict", r#"{"inputs":[[ROW]]}"#, r#"{"outputs":[PREDICT]}"#),
    ("POST /invocations", r#"{"dataframe_split":{"data":[[ROW]]}}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations", r#"{"instances":[[ROW]]}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations", r#"{"inputs":[[ROW]]}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations\nContent-Type: text/csv", "ROW", r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations\nContent-Type: application/jsonlines", "[ROW]", r#"{"predictions":[PREDICT]}"#),
    ("POST /vertex", r#"{"instances":[[ROW]]}"#, r#"{"predictions":[PREDICT]}"#),
];

const V2: &str = r#"{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP64","data":[ROW]}]}"#;

/// The same with rows by name.
const BY_NAME: &[(&str, &str, &str)] = &[
    ("POST /", "ROW", r#"{"val": PREDICT}"#),
    ("POST /", "[ROW]", r#"{"val": [PREDICT]}"#),
    ("POST /v1/models/iris:predict", r#"{"instances":[ROW]}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations", r#"{"dataframe_records":[ROW]}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations", r#"{"instances":[ROW]}"#, r#"{"predictions":[PREDICT]}"#),
    ("POST /invocations\nContent-Type: application/jsonlines", "ROW", r#"{"predictions":[PREDICT]}"#),
    ("POST /vertex", r#"{"instances":[ROW]}"#, r#"{"predictions":[PREDICT]}"#),
];

fn fixture(name: &str) -> Fixture {
    Fixture::start_with(name, &["--predict-route", "/vertex"])
}

#[test]
fn every_dialect_gives_scikit_learns_label_for_every_row() {
    let fixture = fixture("iris_rbf_scale");
    for index in [0, 1, 2, 8, 40] {
        let (row, label) = (format!("{{row:{index}}}"), format!("{{predict:{index}}}"));
        for (request, content, answer) in DIALECTS {
            fixture.check(request, &content.replace("ROW", &row), &Expected::Json(&answer.replace("PREDICT", &label)));
        }
        for (request, content, answer) in BY_NAME {
            let row = format!("{{named:{index}}}");
            fixture.check(request, &content.replace("ROW", &row), &Expected::Json(&answer.replace("PREDICT", &label)));
        }
    }
}

#[test]
fn labels_keep_their_type_in_every_dialect() {
    for (name, datatype) in [
        ("label_string", "BYTES"),
        ("label_string_unusual", "BYTES"),
        ("label_float", "FP64"),
        ("label_large_integer", "INT64"),
        ("label_boolean", "BOOL"),
    ] {
        let fixture = fixture(name);
        for index in [0, 1] {
            let (row, label) = (format!("{{row:{index}}}"), format!("{{predict:{index}}}"));
            for (request, content, answer) in DIALECTS {
                let width = fixture.row(index).len();
                let content = content.replace("ROW", &row).replace("[1,4]", &format!("[1,{width}]"));
                let answer = answer.replace("PREDICT", &label).replace("INT64", datatype);
                fixture.check(request, &content, &Expected::Json(&answer));
            }
            for (request, content, answer) in BY_NAME {
                let row = format!("{{named:{index}}}");
                let answer = answer.replace("PREDICT", &label);
                fixture.check(request, &content.replace("ROW", &row), &Expected::Json(&answer));
            }
        }
    }
}

#[test]
fn what_is_no_finite_number_is_refused_in_every_dialect() {
    let fixture = fixture("iris_rbf_scale");
    for bad in ["null", "NaN", "Infinity", "-Infinity", "1e999", "\"1\"", "true"] {
        for (request, content, _) in DIALECTS {
            if bad == "\"1\"" && request.ends_with("csv") {
                // CSV has no types: there this is the number 1.
                continue;
            }
            // In CSV a first record that is not all numbers would be a header.
            let before = if request.ends_with("csv") { "1,1,1,1\n" } else { "" };
            let content = content.replace("ROW", &format!("{before}1,1,1,{bad}"));
            let answer = fixture.ask(request, content.as_bytes());
            assert_eq!(answer.status, 400, "{request} {content}");
            // Data skipped until its columns are known has no rows yet when its grammar turns out wrong.
            let places = ["petal width (cm)", "/inputs/0/data/3", "\"where\":\"/dataframe_split/data\""];
            assert!(places.iter().any(|place| answer.text().contains(place)), "{answer:?}");
            if ["NaN", "Infinity", "-Infinity"].contains(&bad) {
                assert!(answer.text().contains("NaN or "), "{answer:?}");
            }
        }
        for (request, content, _) in BY_NAME {
            let row =
                fixture.fill("{named:0}").replace("\"petal width (cm)\": 1.0", &format!("\"petal width (cm)\": {bad}"));
            let content = content.replace("ROW", &row);
            let answer = fixture.ask(request, content.as_bytes());
            assert_eq!(answer.status, 400, "{request} {content}");
            assert!(answer.text().contains("petal width (cm)"), "{answer:?}");
        }
    }
}

#[test]
fn a_row_of_another_length_and_no_row_at_all_are_refused_in_every_dialect() {
    let fixture = fixture("iris_rbf_scale");
    for (request, content, _) in DIALECTS {
        for row in ["1,1,1", "1,1,1,1,1"] {
            assert_eq!(fixture.ask(request, content.replace("ROW", row).as_bytes()).status, 400, "{content} {row}");
        }
        let content =
            content.replace("[1,4]", "[0,4]").replace("[[ROW]]", "[]").replace("[ROW]", "[]").replace("ROW", "");
        assert_eq!(fixture.ask(request, content.as_bytes()).status, 400, "{request} {content}");
    }
    for (request, content, _) in BY_NAME {
        let missing = content.replace("ROW", r#"{"sepal length (cm)":1,"sepal width (cm)":1,"petal length (cm)":1}"#);
        let answer = fixture.ask(request, missing.as_bytes());
        assert_eq!(answer.status, 400, "{request} {missing}");
        assert!(
            answer.text().contains("`petal width (cm)`: expected a finite number, found no such key"),
            "{answer:?}"
        );
        let twice = content.replace("ROW", r#"{"sepal length (cm)":1,"sepal length (cm)":1}"#);
        assert!(fixture.ask(request, twice.as_bytes()).text().contains("expected each feature once, found it twice"));
    }
}

#[test]
fn a_bare_list_is_refused_with_a_word_on_how_to_write_it() {
    let fixture = fixture("iris_rbf_scale");
    let either =
        "an array of 4 numbers or an object of named features for each row, `[[..]]` or `[{..}]` even for a single row";
    let position = "an array of 4 numbers for each row, `[[..]]` even for a single row";
    for (request, key, expected) in [
        ("POST /v1/models/iris:predict", "instances", either),
        ("POST /v1/models/iris:predict", "inputs", position),
        ("POST /invocations", "instances", either),
        ("POST /invocations", "inputs", position),
        ("POST /vertex", "instances", either),
    ] {
        let wrong = Expected::Wrong(&format!("`{key}`, row 0"), &format!("/{key}/0"), expected, "a number");
        fixture.check(request, &format!(r#"{{"{key}":[{{row:0}}]}}"#), &wrong);
    }
    let wrong = Expected::Wrong("`inputs` 0, `shape`", "/inputs/0/shape", "[N, 4], for one row [1, 4]", "[4]");
    fixture.check("POST /v2/models/iris/infer", &V2.replace("[1,4]", "[4]").replace("ROW", "{row:0}"), &wrong);
}

#[test]
fn unknown_keys_are_ignored_and_known_ones_stand_once() {
    let fixture = fixture("iris_rbf_scale");
    for (request, content, answer) in DIALECTS.iter().filter(|(_, content, _)| content.starts_with('{')) {
        let more = content.replacen('{', r#"{"model_name":"x","z":[{"\ud800":1e999}],"#, 1).replace("ROW", "{row:2}");
        fixture.check(request, &more.replace("1e999", "9"), &Expected::Json(&answer.replace("PREDICT", "{predict:2}")));
        let (key, rest) = content[1..].split_once(':').unwrap();
        let value = &rest[..rest.len() - 1];
        let twice = format!("{{{key}:{value},{key}:{value}}}").replace("ROW", "{row:2}");
        let name = key.trim_matches('"');
        let wrong = Expected::Wrong(&format!("`{name}`"), &format!("/{name}"), "each key once", "it twice");
        fixture.check(request, &twice, &wrong);
    }
}

#[test]
fn a_model_without_names_calls_its_features_x0_and_so_on() {
    let fixture = fixture("label_float");
    fixture.check("POST /", "{named:3}", &Expected::Json(r#"{"val": {predict:3}}"#));
    let wrong = Expected::Wrong("`x3`", "/x3", "a finite number", "no such key");
    fixture.check("POST /", r#"{"x0":1,"x1":1,"x2":1}"#, &wrong);
}

#[test]
fn each_route_takes_its_own_types_of_content() {
    let fixture = fixture("iris_rbf_scale");
    let json = "`application/json` or none";
    let row = "{named:0}";
    let v2 = V2.replace("ROW", "{row:0}");
    for (path, content, accepted, expected) in [
        ("/", row, &["application/x-www-form-urlencoded", "application/json"][..], json),
        (
            "/v2/models/iris/infer",
            v2.as_str(),
            &["application/octet-stream", "Application/JSON"],
            "`application/json`, `application/octet-stream` or none",
        ),
        ("/v1/models/iris:predict", r#"{"instances":[[{row:0}]]}"#, &["application/json;charset=UTF-8"], json),
        ("/v1/models/iris:classify", r#"{"examples":[{named:0}]}"#, &["application/json; x=y"], json),
        ("/vertex", r#"{"instances":[[{row:0}]]}"#, &["application/json"], json),
        (
            "/invocations",
            r#"{"instances":[[{row:0}]]}"#,
            &["application/json"],
            "`application/json`, `text/csv`, `application/jsonlines` or none",
        ),
    ] {
        let ask = |field: &str| fixture.ask(&format!("POST {path}{field}"), fixture.fill(content).as_bytes()).status;
        assert_eq!(ask(""), 200, "{path}");
        for media_type in accepted {
            assert_eq!(ask(&format!("\nContent-Type: {media_type}")), 200, "{path} {media_type}");
        }
        for charset in ["utf8", "UTF8", "\"utf8\"", "us-ascii", "\"US-ASCII\"", "csUTF8", "unicode-1-1-utf-8"] {
            assert_eq!(ask(&format!("\nContent-Type: application/json; charset={charset}")), 200, "{path} {charset}");
        }
        for charset in ["latin1", "utf-16", "\"iso-8859-1\"", "", "utf-7"] {
            let request = format!("POST {path}\nContent-Type: application/json; charset={charset}");
            let sentence = "content type: expected the charset `utf-8`, found another one";
            fixture.check(&request, content, &Expected::Error(415, "UNSUPPORTED_MEDIA_TYPE", sentence));
        }
        for media_type in ["application/xml", "text/plain", "text/plain; charset=utf-8"] {
            let sentence = format!("content type: expected {expected}, in UTF-8");
            let request = format!("POST {path}\nContent-Type: {media_type}");
            fixture.check(&request, content, &Expected::Error(415, "UNSUPPORTED_MEDIA_TYPE", &sentence));
            // Without content the type is ignored.
            assert_eq!(fixture.ask(&request, b"").status, 400, "{path}");
        }
        if path != "/" {
            let help = "; with curl: -H 'Content-Type: application/json'";
            let sentence = format!("content type: expected {expected}, in UTF-8{help}");
            let request = format!("POST {path}\nContent-Type: application/x-www-form-urlencoded");
            fixture.check(&request, content, &Expected::Error(415, "UNSUPPORTED_MEDIA_TYPE", &sentence));
        }
        let compressed = fixture.ask(&format!("POST {path}\nContent-Encoding: br"), b"\x0b");
        let codings = Some("gzip, deflate, identity");
        assert_eq!((compressed.status, compressed.field("Accept-Encoding")), (415, codings), "{path}");
        assert!(compressed.text().contains("expected gzip, deflate or none, and only one"), "{path}");
    }
}

#[test]
fn the_notebooks_contract_holds_to_the_byte() {
    let fixture = fixture("iris_rbf_scale");
    // The notebook's own request, and what it printed.
    let request =
        r#"{  "sepal length (cm)": 1,  "sepal width (cm)": 1,  "petal length (cm)": 1,  "petal width (cm)":1}"#;
    fixture.check("POST /\nContent-Type: application/json", request, &Expected::Json(r#"{"val": 0}"#));
    let many = Expected::Json(r#"{"val": [{predict:1}, {predict:2}, {predict:8}]}"#);
    fixture.check("POST /", "[{named:1},{named:2}, {named:8}]", &many);
    let expected = "an object of named features, or an array of such objects";
    for (content, found) in [("", "no content"), ("1", "a number"), ("null", "null"), ("\"a\"", "a string")] {
        fixture.check("POST /", content, &Expected::Wrong("", "", expected, found));
    }
    let row = "an object of named features";
    fixture.check("POST /", "[1,2,3,4]", &Expected::Wrong("row 0", "/0", row, "a number"));
    fixture.check("POST /", "[[1,2,3,4]]", &Expected::Wrong("row 0", "/0", row, "an array"));
    fixture.check("POST /", "[]", &Expected::Wrong("", "", "at least one row", "an empty array"));
}

#[test]
fn the_outputs_of_a_model_have_numpys_shapes() {
    let ask = |name: &str, output: &str, answer: &str| {
        let fixture = fixture(name);
        let content = r#"{"signature_name":"OUTPUT","instances":[[{row:0}],[{row:1}]]}"#.replace("OUTPUT", output);
        fixture.check("POST /v1/models/iris:predict", &content, &Expected::Json(answer));
    };
    let three = "{\"predictions\":[[{decision_function:0}],[{decision_function:1}]]}";
    ask("iris_rbf_scale", "decision_function", three);
    ask("iris_rbf_auto", "decision_function", three);
    ask("label_boolean", "decision_function", "{\"predictions\":[{decision_function:0},{decision_function:1}]}");
    for name in ["probability_two", "probability_three"] {
        ask(name, "predict_proba", "{\"predictions\":[[{predict_proba:0}],[{predict_proba:1}]]}");
    }
}

#[test]
fn what_a_model_does_not_have_cannot_be_asked_for() {
    let fixture = fixture("iris_rbf_scale");
    for (request, content, place, pointer, alias) in [
        (
            "POST /v1/models/iris:predict",
            r#"{"signature_name":"predict_proba"}"#,
            "`signature_name`",
            "/signature_name",
            ", `serving_default`",
        ),
        ("POST /invocations", r#"{"params":{"output":"predict_proba"}}"#, "`params`, `output`", "/params/output", ""),
        (
            "POST /vertex",
            r#"{"parameters":{"output":"predict_proba"}}"#,
            "`parameters`, `output`",
            "/parameters/output",
            "",
        ),
        (
            "POST /v2/models/iris/infer",
            r#"{"outputs":[{"name":"predict_proba"}]}"#,
            "`outputs` 0, `name`",
            "/outputs/0/name",
            ", `output-0`",
        ),
    ] {
        let expected = format!("one of `predict`, `decision_function`{alias}");
        fixture.check(request, content, &Expected::Wrong(place, pointer, &expected, "another text"));
    }
    // scikit-learn refuses to predict with such a model, so its labels cannot be the default either.
    let fixture = self::fixture("break_ties_ovo");
    let sentence = "`break_ties`: expected false with the decision function shape `ovo`, found true; this model has \
                    `decision_function`";
    let refused = Expected::Error(400, "BAD_REQUEST", sentence);
    fixture.check("POST /", "{named:0}", &refused);
    fixture.check("POST /v1/models/iris:predict", r#"{"instances":[[{row:0}]]}"#, &refused);
    fixture.check("POST /v2/models/iris/infer", &V2.replace("ROW", "{row:0}"), &refused);
    let metadata = fixture.ask("GET /v2/models/iris", b"");
    assert!(metadata.text().contains(r#""outputs":[{"name":"decision_function","datatype":"FP64","shape":[-1,3]}],"#));
}

#[test]
fn a_score_that_is_not_finite_is_null_in_json() {
    let fixture = fixture("overflow_poly3");
    let content = r#"{"signature_name":"decision_function","instances":[[1e103]]}"#;
    fixture.check(
        "POST /v1/models/iris:predict",
        content,
        &Expected::Json(r#"{"predictions":[[null,null,null,null]]}"#),
    );
}

#[test]
fn terse_errors_have_neither_places_nor_names() {
    let fixture = Fixture::start_with("iris_rbf_scale", &["--errors", "terse"]);
    for (request, content, status, code, sentence) in [
        ("POST /", r#"{"petal width (cm)":null}"#, 400, "BAD_REQUEST", "content: found null"),
        (
            "POST /v1/models/iris:predict",
            r#"{"signature_name":"x"}"#,
            400,
            "BAD_REQUEST",
            "content: found another text",
        ),
        ("POST /invocations\nContent-Type: text/csv", "1,2,3,4\n1,2,3,x", 400, "BAD_REQUEST", "content: found text"),
        ("POST /v1/models/iris:predict", r#"{"instances":[[1,2,3]]}"#, 400, "BAD_REQUEST", "content: found 3"),
        ("GET /v2/models/x", "", 404, "NOT_FOUND", "unknown model"),
        ("GET /v2/models/iris/versions/2", "", 404, "NOT_FOUND", "unknown version"),
    ] {
        fixture.check(request, content, &Expected::Error(status, code, sentence));
    }
}
