//! Models that are no SVC: what is said of kernels and support vectors is left out, and nothing else is missing.

use serde_json::{Value, json};

use super::{Expected, Fixture};

fn json(fixture: &Fixture, request: &str) -> Value {
    serde_json::from_slice(&fixture.ask(request, b"").content).unwrap()
}

#[test]
fn a_linear_model_is_described_without_a_kernel() {
    let fixture = Fixture::start_pickle("linear_crammer_singer");
    let end = " model=iris classes=3 features=4 estimator=LinearSVC target=classes\n";
    assert!(fixture.server.first_line.ends_with(end), "{}", fixture.server.first_line);

    let mut metadata = json(&fixture, "GET /v2/models/iris");
    let sha256 = metadata["svcd"].as_object_mut().unwrap().remove("sha256").unwrap();
    let expected = json!({
        "name": "iris", "versions": ["1"], "platform": "sklearn_linear_svc",
        "inputs": [{"name": "X", "datatype": "FP64", "shape": [-1, 4]}],
        "outputs": [
            {"name": "predict", "datatype": "INT64", "shape": [-1]},
            {"name": "decision_function", "datatype": "FP64", "shape": [-1, 3]},
        ],
        "svcd": {
            "feature_names": ["x0", "x1", "x2", "x3"], "estimator": "LinearSVC", "target": "classes", "classes": [-1, 5, 8],
            "weights_shown": true, "sklearn_version": "1.9.1",
        },
    });
    assert_eq!(metadata, expected);

    let document = json(&fixture, "GET /openapi.json");
    let description = document["info"]["description"].as_str().unwrap();
    assert!(
        description.starts_with("Model `iris`, version 1: LinearSVC, 3 classes, 4 features. Every "),
        "{description}"
    );
    let schema = &document["components"]["schemas"]["ModelMetadata"]["properties"];
    assert_eq!(schema["platform"]["const"], "sklearn_linear_svc");
    assert_eq!(schema["svcd"]["required"], json!(["feature_names", "estimator", "target", "classes", "sha256"]));

    let metrics = fixture.ask("GET /metrics", b"");
    let labels = "estimator=\"LinearSVC\",target=\"classes\",classes=\"3\",features=\"4\"";
    let info = format!("svcd_model_info{{name=\"iris\",sha256={sha256},{labels}}} 1\n");
    assert!(metrics.text().contains(&info), "{}", metrics.text());
}

#[test]
fn a_linear_model_answers_in_every_dialect() {
    let infer = "POST /v1/models/iris:predict";
    for name in ["linear_crammer_singer", "linear_no_intercept_two"] {
        let fixture = Fixture::start_pickle(name);
        for index in 0..5 {
            let fill = |text: &str| text.replace('I', &index.to_string());
            let check = |request: &str, content: &str, expected: &str| {
                fixture.check(request, &fill(content), &Expected::Json(&fill(expected)));
            };
            check("POST /", "{named:I}", r#"{"val": {predict:I}}"#);
            check(infer, r#"{"instances": [[{row:I}]]}"#, r#"{"predictions":[{predict:I}]}"#);
        }
        fixture.check(
            infer,
            r#"{"instances": [[{row:0}]], "signature_name": "predict_proba"}"#,
            &Expected::Wrong(
                "`signature_name`",
                "/signature_name",
                "one of `predict`, `decision_function`, `serving_default`",
                "another text",
            ),
        );
        let scores = fixture.ask(
            infer,
            fixture.fill(r#"{"instances": [[{row:0}]], "signature_name": "decision_function"}"#).as_bytes(),
        );
        let scores: Value = serde_json::from_slice(&scores.content).unwrap();
        let found: Vec<f64> = match &scores["predictions"][0] {
            Value::Array(found) => found.iter().map(|score| score.as_f64().unwrap()).collect(),
            found => vec![found.as_f64().unwrap()],
        };
        let expected = fixture.scores("decision_function", 0);
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
        let classified =
            fixture.ask("POST /v1/models/iris:classify", fixture.fill(r#"{"examples": [{named:0}]}"#).as_bytes());
        let classified: Value = serde_json::from_slice(&classified.content).unwrap();
        let listed: Vec<f64> =
            classified["results"][0].as_array().unwrap().iter().map(|pair| pair[1].as_f64().unwrap()).collect();
        let of_classes = if let [score] = found[..] { vec![-score, score] } else { found };
        assert_eq!(listed, of_classes, "{name}");
    }
}
