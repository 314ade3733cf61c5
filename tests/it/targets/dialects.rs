use serde_json::{Value, json};

use crate::api::{Expected, Fixture};

const CLASSIFY: &str = "POST /v1/models/iris:classify";
const INFER: &str = "POST /v2/models/iris/infer";
const NAMES: [&str; 3] = ["bmi", "bp", "s5"];

/// An SVR behind a scaler, with names.
fn number() -> Fixture {
    Fixture::start_target("pipeline.p5", &NAMES, &["--predict-route", "/vertex"])
}

/// A one-class SVM.
fn inlier() -> Fixture {
    Fixture::start_target("one_class_poly.p4", &[], &["--predict-route", "/vertex"])
}

fn json_of(fixture: &Fixture, request: &str) -> Value {
    serde_json::from_slice(&fixture.ask(request, b"").content).unwrap()
}

#[test]
fn a_number_and_a_side_come_out_of_every_dialect() {
    for fixture in [number(), inlier()] {
        let check = |request: &str, content: &str, expected: &str| {
            fixture.check(request, content, &Expected::Json(expected));
        };
        check("POST /", "{named:0}", r#"{"val": {predict:0}}"#);
        check("POST /", "[{named:1}, {named:5}]", r#"{"val": [{predict:1}, {predict:5}]}"#);
        let predict = "POST /v1/models/iris:predict";
        check(
            predict,
            r#"{"instances":[[{row:0}],{named:2}]}"#.replace(",{named:2}", "").as_str(),
            r#"{"predictions":[{predict:0}]}"#,
        );
        check(predict, r#"{"inputs":[[{row:0}],[{row:3}]]}"#, r#"{"outputs":[{predict:0},{predict:3}]}"#);
        check("POST /vertex", r#"{"instances":[[{row:4}]]}"#, r#"{"predictions":[{predict:4}]}"#);
        let invocations = "POST /invocations\nContent-Type: application/json";
        check(invocations, r#"{"dataframe_records":[{named:2}]}"#, r#"{"predictions":[{predict:2}]}"#);
        let lines = "POST /invocations\nContent-Type: application/jsonlines\nAccept: application/jsonlines";
        let expected = "{predict:0}\n{predict:1}";
        fixture.check(lines, "[{row:0}]\n[{row:1}]", &Expected::Text("application/jsonlines", expected));
        let csv = "POST /invocations\nContent-Type: text/csv\nAccept: text/csv";
        fixture.check(csv, "{row:0}\n{row:6}\n", &Expected::Text("text/csv", "{label:0}\n{label:6}"));
    }
}

#[test]
fn the_values_of_a_one_class_svm_are_chosen_by_name() {
    let fixture = inlier();
    for output in ["decision_function", "score_samples"] {
        let expected = format!(r#"{{"predictions":[{{{output}:0}},{{{output}:6}}]}}"#);
        let rows = r#""instances":[[{row:0}],[{row:6}]]"#;
        for (request, content) in [
            ("POST /v1/models/iris:predict", format!(r#"{{{rows},"signature_name":"{output}"}}"#)),
            ("POST /vertex", format!(r#"{{{rows},"parameters":{{"output":"{output}"}}}}"#)),
            ("POST /invocations", format!(r#"{{{rows},"params":{{"output":"{output}"}}}}"#)),
        ] {
            fixture.check(request, &content, &Expected::Json(&expected));
        }
    }
    let outputs = r#"[{"name":"score_samples"},{"name":"predict"},{"name":"decision_function"},{"name":"output-0"}]"#;
    fixture.check(
        INFER,
        &r#"{"inputs":[{"name":"X","shape":[1,3],"datatype":"FP64","data":[{row:0}]}],"outputs":OUTPUTS}"#
            .replace("OUTPUTS", outputs),
        &Expected::Json(
            r#"{"model_name":"iris","model_version":"1","outputs":[{"name":"score_samples","datatype":"FP64","shape":[1],"data":[{score_samples:0}]},{"name":"predict","datatype":"INT64","shape":[1],"data":[{predict:0}]},{"name":"decision_function","datatype":"FP64","shape":[1],"data":[{decision_function:0}]},{"name":"output-0","datatype":"INT64","shape":[1],"data":[{predict:0}]}]}"#,
        ),
    );
}

#[test]
fn tensors_hold_numbers_as_doubles_and_sides_as_integers_in_json_and_in_binary() {
    for (fixture, datatype) in [(number(), "FP64"), (inlier(), "INT64")] {
        let input = r#"{"inputs":[{"name":"X","shape":[2,3],"datatype":"FP64","data":[{row:0},{row:1}]}]"#;
        let output = r#""shape":[2],"data":[{predict:0},{predict:1}]}]}"#;
        let expected = format!(
            r#"{{"model_name":"iris","model_version":"1","outputs":[{{"name":"predict","datatype":"{datatype}",{output}"#
        );
        fixture.check(INFER, &format!("{input}}}"), &Expected::Json(&expected));

        let content = fixture.fill(&format!(r#"{input},"parameters":{{"binary_data_output":true}}}}"#));
        let answer = fixture.ask(INFER, content.as_bytes());
        let length: usize = answer.field("Inference-Header-Content-Length").unwrap().parse().unwrap();
        let (head, values) = answer.content.split_at(length);
        let head: Value = serde_json::from_slice(head).unwrap();
        assert_eq!(head["outputs"][0]["datatype"], datatype);
        assert_eq!(head["outputs"][0]["parameters"]["binary_data_size"], 16);
        for (index, bytes) in values.as_chunks::<8>().0.iter().enumerate() {
            let found = if datatype == "FP64" { f64::from_le_bytes(*bytes) } else { i64::from_le_bytes(*bytes) as f64 };
            let expected = fixture.says("predict", index).as_f64().unwrap();
            assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{expected} {found}");
        }
    }
}

#[test]
fn what_a_number_or_a_side_does_not_have_is_refused_with_what_there_is() {
    let wrong = |fixture: &Fixture, output: &str, listed: &str| {
        let content = format!(r#"{{"instances":[[{{row:0}}]],"signature_name":"{output}"}}"#);
        let expected = format!("one of {listed}, `serving_default`");
        let expected = Expected::Wrong("`signature_name`", "/signature_name", &expected, "another text");
        fixture.check("POST /v1/models/iris:predict", &content, &expected);
        let content = format!(r#"{{"instances":[[{{row:0}}]],"parameters":{{"output":"{output}"}}}}"#);
        let expected = format!("one of {listed}");
        let expected = Expected::Wrong("`parameters`, `output`", "/parameters/output", &expected, "another text");
        fixture.check("POST /vertex", &content, &expected);
    };
    let (number, inlier) = (number(), inlier());
    wrong(&number, "decision_function", "`predict`");
    wrong(&number, "score_samples", "`predict`");
    wrong(&inlier, "predict_proba", "`predict`, `decision_function`, `score_samples`");
    for (fixture, output, sentence) in [
        (&number, "predict", "SVR gives a number: it has no classes to score; this model has `predict`"),
        (
            &inlier,
            "decision_function",
            "OneClassSVM gives 1 for a row like the training rows, else -1: it has no classes to score; this model has `predict`, \
             `decision_function`, `score_samples`",
        ),
    ] {
        let refused = Expected::Error(400, "BAD_REQUEST", sentence);
        fixture.check(CLASSIFY, r#"{"examples":[{named:0}]}"#, &refused);
        let infer = r#"{"inputs":[{"name":"X","shape":[1,3],"datatype":"FP64","data":[{row:0}]}],"#;
        let outputs = r#""outputs":[{"name":"OUTPUT","parameters":{"classification":1}}]}"#;
        fixture.check(INFER, &(infer.to_owned() + &outputs.replace("OUTPUT", output)), &refused);
    }
}

#[test]
fn metadata_says_what_a_model_answers_with() {
    for (fixture, file, expected) in [
        (
            number(),
            "estimator=SVR target=number",
            json!({
                "platform": "sklearn_svr",
                "outputs": [{"name": "predict", "datatype": "FP64", "shape": [-1]}],
                "svcd": {"estimator": "SVR", "target": "number", "kernel": "rbf", "feature_names": NAMES},
            }),
        ),
        (
            inlier(),
            "estimator=OneClassSVM target=inlier",
            json!({
                "platform": "sklearn_one_class_svm",
                "outputs": [
                    {"name": "predict", "datatype": "INT64", "shape": [-1]},
                    {"name": "decision_function", "datatype": "FP64", "shape": [-1]},
                    {"name": "score_samples", "datatype": "FP64", "shape": [-1]},
                ],
                "svcd": {"estimator": "OneClassSVM", "target": "inlier", "kernel": "poly", "degree": 3},
            }),
        ),
        (
            Fixture::start_target("linear_svr.p4", &[], &[]),
            "features=3 estimator=LinearSVR target=number",
            json!({
                "platform": "sklearn_linear_svr",
                "outputs": [{"name": "predict", "datatype": "FP64", "shape": [-1]}],
                "svcd": {"estimator": "LinearSVR", "target": "number"},
            }),
        ),
    ] {
        let line = &fixture.server.first_line;
        assert!(line.ends_with(&format!(" {file}\n")) && !line.contains("classes="), "{line}");
        let found = json_of(&fixture, "GET /v2/models/iris");
        for key in ["platform", "outputs"] {
            assert_eq!(found[key], expected[key], "{found}");
        }
        for (key, value) in expected["svcd"].as_object().unwrap() {
            assert_eq!(found["svcd"][key], *value, "{key}: {found}");
        }
        assert!(found["svcd"]["classes"].is_null(), "{found}");
        let signatures = json_of(&fixture, "GET /v1/models/iris/metadata");
        let signatures = &signatures["metadata"]["signature_def"]["signature_def"];
        let dtype = if found["svcd"]["target"] == "number" { "DT_DOUBLE" } else { "DT_INT64" };
        for name in ["predict", "serving_default"] {
            assert_eq!(signatures[name]["outputs"]["predict"]["dtype"], dtype, "{signatures}");
        }
    }
}

#[test]
fn the_openapi_document_has_no_classes_and_what_a_row_is_answered_with() {
    for (fixture, description, label) in [
        (
            number(),
            "SVR with the kernel `rbf`, answers with a number, 3 features, 16 support vectors. ",
            json!("number"),
        ),
        (
            inlier(),
            "OneClassSVM with the kernel `poly`, answers with 1 for a row like the training rows, else -1, 3 features, ",
            json!("integer"),
        ),
    ] {
        let document = json_of(&fixture, "GET /openapi.json");
        let found = document["info"]["description"].as_str().unwrap();
        assert!(found.starts_with(&format!("Model `iris`, version 1: {description}")), "{found}");
        let paths = document["paths"].as_object().unwrap();
        assert!(!paths.keys().any(|path| path.ends_with(":classify")), "{paths:?}");
        assert!(paths.contains_key("/v1/models/iris:predict") && paths.contains_key("/vertex"));
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Label"]["type"], label);
        let expected = if label == "integer" { json!([-1, 1]) } else { Value::Null };
        assert_eq!(schemas["Label"]["enum"], expected);
        let required = &schemas["ModelMetadata"]["properties"]["svcd"]["required"];
        let expected = json!(["feature_names", "estimator", "target", "kernel", "support_vectors", "sha256"]);
        assert_eq!(*required, expected);
        let example =
            &document["paths"]["/"]["post"]["responses"]["200"]["content"]["application/json"]["examples"]["row"];
        assert!(example["value"]["val"].is_number(), "{example}");
        let wanted = &schemas["InferWanted"]["properties"]["parameters"]["properties"]["classification"];
        assert_eq!(wanted["type"], "null");
    }
}

#[test]
fn metrics_count_numbers_in_a_histogram_and_sides_by_label() {
    let fixture = number();
    let mut sum = 0.0;
    for index in 0..5 {
        fixture.check(
            "POST /",
            "{named:I}".replace('I', &index.to_string()).as_str(),
            &Expected::Json(&format!(r#"{{"val": {{predict:{index}}}}}"#)),
        );
        sum += fixture.says("predict", index).as_f64().unwrap();
    }
    let metrics = fixture.ask("GET /metrics", b"");
    let value = |name: &str| -> f64 {
        let line = metrics.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} in {}", metrics.text())).parse().unwrap()
    };
    assert!((value("svcd_predicted_number_sum") - sum).abs() < 1e-12);
    assert_eq!(value("svcd_predicted_number_count"), 5.0);
    let below = |bound: f64| (0..5).filter(|index| fixture.says("predict", *index).as_f64().unwrap() <= bound).count();
    for (le, bound) in [("-2", -2.0), ("0", 0.0), ("2", 2.0), ("1000000", 1e6), ("+Inf", f64::INFINITY)] {
        assert_eq!(value(&format!("svcd_predicted_number_bucket{{le=\"{le}\"}}")), below(bound) as f64, "{le}");
    }
    assert!(!metrics.text().contains("svcd_predictions_total"));
    let labels = "estimator=\"SVR\",target=\"number\",kernel=\"rbf\",features=\"3\",support_vectors=\"16\"} 1\n";
    assert!(metrics.text().contains(labels), "{}", metrics.text());

    let fixture = inlier();
    let rows = [0, 1, 2, 3, 4, 5, 6].map(|index| format!("[{{row:{index}}}]")).join(",");
    fixture.ask("POST /v1/models/iris:predict", fixture.fill(&format!(r#"{{"instances":[{rows}]}}"#)).as_bytes());
    let sides = (0..7).filter(|index| *fixture.says("predict", *index) == 1).count();
    assert!(sides > 0 && sides < 7);
    let metrics = fixture.ask("GET /metrics", b"");
    for (side, count) in [("1", sides), ("-1", 7 - sides)] {
        let line = format!("svcd_predictions_total{{class=\"{side}\"}} {count}\n");
        assert!(metrics.text().contains(&line), "{}", metrics.text());
    }
    assert!(!metrics.text().contains("svcd_predicted_number"));
}
