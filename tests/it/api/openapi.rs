//! `GET /openapi.json`: it lists what is served, its examples are true, and a model's names cannot break it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Fixture;
use super::routes::ROUTES;

fn document(fixture: &Fixture) -> Value {
    let answer = fixture.ask("GET /openapi.json", b"");
    assert_eq!((answer.status, answer.field("Content-Type")), (200, Some("application/json")));
    serde_json::from_slice(&answer.content).unwrap()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Path, media type, name, request and answer of each example. The answer stands under the same type and name.
fn examples(document: &Value) -> Vec<(&str, &str, &str, &Value, &Value)> {
    let mut found = Vec::new();
    for (path, item) in members(&document["paths"]) {
        let answers = &item["post"]["responses"]["200"]["content"];
        for (media_type, content) in members(&item["post"]["requestBody"]["content"]) {
            for (name, example) in members(&content["examples"]) {
                let answer = &answers[media_type.as_str()]["examples"][name.as_str()]["value"];
                found.push((path.as_str(), media_type.as_str(), name.as_str(), &example["value"], answer));
            }
        }
    }
    found
}

/// Asks all examples; gives their names.
fn check_examples(fixture: &Fixture) -> Vec<String> {
    let document = document(fixture);
    let check = |(path, media_type, name, asked, shown): (&str, &str, &str, &Value, &Value)| {
        let content = asked.as_str().map_or(asked.to_string(), str::to_owned);
        let request = format!("POST {path}\nContent-Type: {media_type}\nAccept: {media_type}");
        let answer = fixture.ask(&request, content.as_bytes());
        assert_eq!((answer.status, answer.field("Content-Type")), (200, Some(media_type)), "{path} {name}: {answer:?}");
        let answered = match media_type {
            "application/json" => serde_json::from_slice(&answer.content).unwrap(),
            _ => Value::from(answer.text()),
        };
        assert_eq!(answered, *shown, "{path} {name}");
        format!("{path} {media_type} {name}")
    };
    examples(&document).into_iter().map(check).collect()
}

#[test]
fn the_document_lists_the_paths_that_there_are_with_their_methods() {
    let flags = ["--model-version", "7b", "--predict-route", "/ask", "--health-route", "/ready"];
    let fixture = Fixture::start_with("iris_rbf_scale", &flags);
    let document = document(&fixture);
    assert_eq!(document["openapi"], "3.1.0");
    let listed: BTreeSet<_> = members(&document["paths"]).map(|(path, _)| path.as_str()).collect();
    let known = ROUTES.iter().map(|(path, ..)| *path);
    assert_eq!(listed, known.chain(["/metrics", "/openapi.json", "/ask", "/ready"]).collect());
    let mut ids = BTreeSet::new();
    for (path, item) in members(&document["paths"]) {
        let answer = fixture.ask(&format!("OPTIONS {path}"), b"");
        let allow = match (item["get"].is_object(), item["post"].is_object()) {
            (true, true) => "GET, HEAD, POST, OPTIONS",
            (true, false) => "GET, HEAD, OPTIONS",
            (false, true) => "POST, OPTIONS",
            (false, false) => panic!("{path} has no method"),
        };
        assert_eq!(answer.field("Allow"), Some(allow), "{path}");
        let operations = members(item).map(|(_, operation)| operation);
        for id in operations.filter_map(|operation| operation["operationId"].as_str()) {
            assert!(ids.insert(id), "{id} twice");
        }
    }
    // One for each route of the table.
    assert_eq!(ids.len(), 24);
}

#[test]
fn what_the_document_refers_to_is_there() {
    fn check(document: &Value, value: &Value) {
        if let Some(reference) = value["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        members(value).for_each(|(_, value)| check(document, value));
        value.as_array().into_iter().flatten().for_each(|value| check(document, value));
    }
    let document = document(&Fixture::start_with("iris_rbf_scale", &["--predict-route", "/ask"]));
    check(&document, &document);
    let text = document.to_string();
    for (kind, components) in members(&document["components"]) {
        for (name, _) in members(components) {
            assert!(text.contains(&format!("\"#/components/{kind}/{name}\"")), "nothing refers to {kind}/{name}");
        }
    }
}

#[test]
fn every_example_is_answered_as_the_document_shows() {
    let fixture = Fixture::start_with("probability_three", &["--predict-route", "/ask"]);
    let mut asked = check_examples(&fixture);
    asked.sort();
    let expected = [
        "/ application/json row",
        "/ application/json rows",
        "/ask application/json decision_function",
        "/ask application/json predict",
        "/ask application/json predict_proba",
        "/explain application/json curve",
        "/explain application/json row",
        "/invocations application/json dataframe_records",
        "/invocations application/json dataframe_split",
        "/invocations application/json decision_function",
        "/invocations application/json predict",
        "/invocations application/json predict_proba",
        "/invocations application/jsonlines row",
        "/invocations text/csv row",
        "/v1/models/iris:classify application/json examples",
        "/v1/models/iris:predict application/json decision_function",
        "/v1/models/iris:predict application/json inputs",
        "/v1/models/iris:predict application/json predict",
        "/v1/models/iris:predict application/json predict_proba",
        "/v1/models/iris:predict application/json records",
        "/v2/models/iris/infer application/json outputs",
        "/v2/models/iris/infer application/json predict",
    ];
    assert_eq!(asked, expected);
    for name in [
        "label_string_unusual",
        "label_boolean",
        "label_float",
        "label_large_integer",
        "features_1",
        "features_200_rbf",
        "steps_chain",
        "steps_min_max_clip",
        "two_linear_ovo",
        "extreme_linear",
    ] {
        assert_eq!(check_examples(&Fixture::start(name)).len(), 17, "{name}");
    }
    for name in ["linear_crammer_singer", "linear_no_intercept_two", "linear_grid", "pca_whiten"] {
        assert_eq!(check_examples(&Fixture::start_pickle(name)).len(), 17, "{name}");
    }
    // This model has decision values, but no labels.
    let without_labels = check_examples(&Fixture::start("break_ties_ovo"));
    let expected = [
        "/invocations application/json decision_function",
        "/v1/models/iris:classify application/json examples",
        "/v1/models/iris:predict application/json decision_function",
        "/v2/models/iris/infer application/json outputs",
    ];
    assert_eq!(without_labels.into_iter().collect::<BTreeSet<_>>(), expected.map(str::to_owned).into());
}

#[test]
fn the_document_says_which_features_a_request_needs_and_what_may_be_null() {
    let fixture = Fixture::start("iris_rbf_scale");
    let document = document(&fixture);
    let schemas = &document["components"]["schemas"];
    let names = json!(["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]);
    let columns = &schemas["Columns"];
    assert_eq!(columns["required"], names);
    let numbers = json!({"type": "array", "items": {"type": "number"}, "minItems": 1});
    assert!(members(&columns["properties"]).all(|(_, column)| *column == numbers), "{columns}");
    assert_eq!(schemas["Inputs"]["oneOf"][1], json!({"$ref": "#/components/schemas/Columns"}));
    // Each feature stands in `context` or in each of the examples.
    let name = &names[0];
    let has = json!({"type": "object", "required": [name]});
    let lacks = json!({ "not": has });
    let apart = json!({"properties": {"context": lacks, "examples": {"items": has}}});
    let shared = json!({"required": ["context"], "properties": {"context": has, "examples": {"items": lacks}}});
    let once = &schemas["ClassifyRequest"]["allOf"];
    assert_eq!((once.as_array().unwrap().len(), &once[0]), (4, &json!({"anyOf": [apart, shared]})));
    let split = &schemas["InvocationsRequest"]["properties"]["dataframe_split"]["properties"];
    assert_eq!(split["columns"]["allOf"][3], json!({"contains": {"enum": [names[3], 3]}, "maxContains": 1}));
    assert!(schemas["Features"]["required"].is_null());
    assert_eq!((&schemas["Csv"]["minLength"], &schemas["JsonLines"]["minLength"]), (&json!(1), &json!(1)));
    for (request, content, status) in [
        ("/v1/models/iris:classify", r#"{"examples":[{}]}"#, 400),
        ("/v1/models/iris:classify", r#"{"examples":[{named:0}],"context":null}"#, 200),
        ("/v1/models/iris:predict", r#"{"inputs":{}}"#, 400),
        ("/v1/models/iris:predict", r#"{"instances":[[{row:0}]],"signature_name":null}"#, 200),
        ("/v1/models/iris:predict", r#"{"instances":[[{row:0}]],"signature_name":""}"#, 400),
        ("/invocations", r#"{"instances":[[{row:0}]],"params":{"output":null}}"#, 200),
        ("/invocations", r#"{"instances":[[{row:0}]],"params":{"output":""}}"#, 400),
        (
            "/v2/models/iris/infer",
            r#"{"inputs":[{"name":"X","shape":[1.0,4e0],"datatype":"FP64","data":[{row:0}]}]}"#,
            200,
        ),
        (
            "/v2/models/iris/infer",
            r#"{"inputs":[{"name":"X","shape":[1.5,4],"datatype":"FP64","data":[{row:0}]}]}"#,
            400,
        ),
        ("/v2/repository/index", " {}", 200),
        ("/v2/repository/index", "[null]", 400),
        ("/v2/repository/index", "null", 400),
    ] {
        let answer = fixture.ask(&format!("POST {request}"), fixture.fill(content).as_bytes());
        assert_eq!(answer.status, status, "{request} {content}: {answer:?}");
    }
}

#[test]
fn labels_outputs_and_rows_are_those_of_the_model() {
    let numbers = |count: usize, output: &str| {
        let description = format!("The values of `{output}`.");
        json!({"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count, "description": description})
    };
    let one = json!({"type": "number", "description": "The values of `decision_function`."});
    let label = json!({"$ref": "#/components/schemas/Label"});
    let by_class = |count| vec![label.clone(), numbers(count, "decision_function")];
    for (name, schema, predictions) in [
        ("iris_rbf_scale", json!({"type": "integer", "format": "int64", "enum": [0, 1, 2]}), by_class(3)),
        ("label_boolean", json!({"type": "boolean", "enum": [false, true]}), vec![label.clone(), one]),
        ("label_string", json!({"type": "string", "enum": ["setosa", "versicolor", "virginica"]}), by_class(3)),
        (
            "digits_linear_ovo",
            json!({"type": "integer", "format": "int64", "enum": (0..10).collect::<Vec<_>>()}),
            by_class(45),
        ),
        ("break_ties_ovo", Value::Null, vec![numbers(3, "decision_function")]),
        ("probability_three", Value::Null, [by_class(3), vec![numbers(3, "predict_proba")]].concat()),
    ] {
        let fixture = Fixture::start(name);
        let document = document(&fixture);
        let schemas = &document["components"]["schemas"];
        if !schema.is_null() {
            assert_eq!(schemas["Label"], schema, "{name}");
        }
        assert_eq!(schemas["Prediction"]["anyOf"], Value::from(predictions), "{name}");
        let width = fixture.row(0).len();
        assert_eq!((&schemas["Row"]["minItems"], &schemas["Row"]["maxItems"]), (&json!(width), &json!(width)));
        assert_eq!(schemas["Record"]["required"].as_array().unwrap().len(), width, "{name}");
        let metadata = fixture.ask("GET /v2/models/iris", b"");
        let metadata: Value = serde_json::from_slice(&metadata.content).unwrap();
        let outputs = metadata["outputs"].as_array().unwrap().iter().map(|output| output["name"].clone());
        assert_eq!(schemas["Output"]["enum"], outputs.collect::<Value>(), "{name}");
    }
}

/// Names that mean something to HTML, to JSON, to the template and to JavaScript.
const HOSTILE: [&str; 4] = ["</script><img src=x onerror=alert(1)>", "\"@Label\"", "line\n\"end' \\ \u{2028}", "10"];

#[test]
fn hostile_names_are_names_in_the_order_of_the_model() {
    let csv = HOSTILE.map(|name| format!("\"{}\"", name.replace('"', "\"\""))).join(",");
    let fixture = Fixture::start_with("label_string_unusual", &["--feature-names", &csv]);
    let answer = fixture.ask("GET /openapi.json", b"");
    let document: Value = serde_json::from_slice(&answer.content).unwrap();
    let record = &document["components"]["schemas"]["Record"];
    assert_eq!(record["required"], json!(HOSTILE));
    assert_eq!(members(&record["properties"]).count(), HOSTILE.len());
    assert_eq!(check_examples(&fixture).len(), 17);
    // An object has no order, but people read it in one.
    let properties = answer.text().split("\"properties\":").nth(1).unwrap();
    let place = |name: &&str| properties.find(&Value::from(*name).to_string()).unwrap();
    assert!(HOSTILE.iter().map(place).is_sorted());
}

#[test]
fn who_asks_for_the_document_asks_for_no_prediction() {
    let fixture = Fixture::start("iris_rbf_scale");
    let answer = fixture.ask("GET /openapi.json", b"");
    assert_eq!(answer.field("X-Model-Hash"), None);
    let head = fixture.ask("HEAD /openapi.json", b"");
    assert_eq!((head.status, head.field("Content-Length")), (200, answer.field("Content-Length")));
    assert_eq!(fixture.ask("GET /openapi.json", b"").content, answer.content);
    let metrics = fixture.ask("GET /metrics", b"");
    assert!(metrics.text().contains("\nsvcd_rows_predicted_total 0\n"), "{}", metrics.text());
    assert_eq!(fixture.ask("POST /openapi.json", b"").status, 405);
}
