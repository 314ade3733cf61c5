//! wire.md sections 1.1, 3.1 and 4: every path, its methods, and the answer of unknown paths.

use super::{Expected, Fixture};

/// Path, methods as Allow lists them, content of GET.
pub(super) const ROUTES: &[(&str, &str, &str)] = &[
    ("/", "GET, HEAD, POST, OPTIONS", r#"{"status":"alive"}"#),
    ("/healthz", "GET, HEAD, OPTIONS", r#"{"status":"alive"}"#),
    ("/readyz", "GET, HEAD, OPTIONS", r#"{"status":"ready"}"#),
    ("/ping", "GET, HEAD, OPTIONS", "\n"),
    ("/health", "GET, HEAD, OPTIONS", "\n"),
    ("/version", "GET, HEAD, OPTIONS", env!("CARGO_PKG_VERSION")),
    (
        "/execution-parameters",
        "GET, HEAD, OPTIONS",
        r#"{"MaxConcurrentTransforms":3,"BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":8}"#,
    ),
    ("/invocations", "POST, OPTIONS", ""),
    (
        "/v2",
        "GET, HEAD, OPTIONS",
        concat!(
            r#"{"name":"svcd","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","extensions":["binary_tensor_data","classification","model_repository"]}"#
        ),
    ),
    ("/v2/health/live", "GET, HEAD, OPTIONS", r#"{"live":true}"#),
    ("/v2/health/ready", "GET, HEAD, OPTIONS", r#"{"live":true,"ready":true}"#),
    ("/v2/models", "GET, HEAD, OPTIONS", r#"{"models":["iris"]}"#),
    ("/v2/models/iris", "GET, HEAD, OPTIONS", METADATA),
    ("/v2/models/iris/versions/7b", "GET, HEAD, OPTIONS", METADATA),
    ("/v2/models/iris/ready", "GET, HEAD, OPTIONS", r#"{"name":"iris","ready":true}"#),
    ("/v2/models/iris/versions/7b/ready", "GET, HEAD, OPTIONS", r#"{"name":"iris","ready":true}"#),
    ("/v2/models/iris/infer", "POST, OPTIONS", ""),
    ("/v2/models/iris/versions/7b/infer", "POST, OPTIONS", ""),
    ("/v2/repository/index", "POST, OPTIONS", ""),
    ("/v1/models", "GET, HEAD, OPTIONS", r#"{"models":["iris"]}"#),
    ("/v1/models/iris", "GET, HEAD, OPTIONS", STATUS),
    ("/v1/models/iris/versions/7b", "GET, HEAD, OPTIONS", STATUS),
    ("/v1/models/iris/metadata", "GET, HEAD, OPTIONS", V1_METADATA),
    ("/v1/models/iris/versions/7b/metadata", "GET, HEAD, OPTIONS", V1_METADATA),
    ("/v1/models/iris:predict", "POST, OPTIONS", ""),
    ("/v1/models/iris/versions/7b:predict", "POST, OPTIONS", ""),
    ("/v1/models/iris:classify", "POST, OPTIONS", ""),
    ("/v1/models/iris/versions/7b:classify", "POST, OPTIONS", ""),
    ("/v1/models/iris:explain", "POST, OPTIONS", ""),
    ("/v1/models/iris/versions/7b:explain", "POST, OPTIONS", ""),
    ("/explain", "POST, OPTIONS", ""),
];

const METADATA: &str = concat!(
    r#"{"name":"iris","versions":["7b"],"platform":"sklearn_svc","#,
    r#""inputs":[{"name":"X","datatype":"FP64","shape":[-1,4]}],"#,
    r#""outputs":[{"name":"predict","datatype":"INT64","shape":[-1]},"#,
    r#"{"name":"decision_function","datatype":"FP64","shape":[-1,3]}],"#,
    r#""svcd":{"feature_names":["sepal length (cm)","sepal width (cm)","petal length (cm)","petal width (cm)"],"#,
    r#""estimator":"SVC","target":"classes","classes":[0,1,2],"kernel":"rbf","gamma":0.06481541318627497,"support_vectors":54,"support_vectors_shown":"ranges","#,
    r#""ranges":[[4.5,7.9],[2.0,3.8],[1.3,6.4],[0.2,2.3]],"#,
    r#""means":[{"class":0,"row":[5.1,3.333333333333333,1.6999999999999997,0.31666666666666665]},"#,
    r#"{"class":1,"row":[6.003846153846155,2.8461538461538467,4.349999999999999,1.3769230769230774]},"#,
    r#"{"class":2,"row":[6.29090909090909,2.868181818181818,5.181818181818182,1.836363636363636]}],"sklearn_version":"1.9.1","#,
    // What sha256sum prints for the file.
    r#""sha256":"dfc419190b24d586ce5f99215618642faee0900b67938b1315234f168ed9cf34"}}"#
);

const STATUS: &str = concat!(
    r#"{"name":"iris","ready":true,"model_version_status":"#,
    r#"[{"version":"7b","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"#
);

const V1_METADATA: &str = concat!(
    r#"{"model_spec":{"name":"iris","signature_name":"","version":"7b"},"metadata":{"signature_def":{"signature_def":{"#,
    r#""predict":{"inputs":{"X":{"dtype":"DT_DOUBLE","tensor_shape":"#,
    r#"{"dim":[{"size":"-1","name":""},{"size":"4","name":""}],"unknown_rank":false},"name":"X"}},"#,
    r#""outputs":{"predict":{"dtype":"DT_INT64","tensor_shape":"#,
    r#"{"dim":[{"size":"-1","name":""}],"unknown_rank":false},"name":"predict"}},"#,
    r#""method_name":"tensorflow/serving/predict"},"#,
    r#""decision_function":{"inputs":{"X":{"dtype":"DT_DOUBLE","tensor_shape":"#,
    r#"{"dim":[{"size":"-1","name":""},{"size":"4","name":""}],"unknown_rank":false},"name":"X"}},"#,
    r#""outputs":{"decision_function":{"dtype":"DT_DOUBLE","tensor_shape":"#,
    r#"{"dim":[{"size":"-1","name":""},{"size":"3","name":""}],"unknown_rank":false},"name":"decision_function"}},"#,
    r#""method_name":"tensorflow/serving/predict"},"#,
    r#""serving_default":{"inputs":{"X":{"dtype":"DT_DOUBLE","tensor_shape":"#,
    r#"{"dim":[{"size":"-1","name":""},{"size":"4","name":""}],"unknown_rank":false},"name":"X"}},"#,
    r#""outputs":{"predict":{"dtype":"DT_INT64","tensor_shape":"#,
    r#"{"dim":[{"size":"-1","name":""}],"unknown_rank":false},"name":"predict"}},"#,
    r#""method_name":"tensorflow/serving/predict"}}}}}"#
);

fn fixture() -> Fixture {
    Fixture::start_with("iris_rbf_scale", &["--model-version", "7b", "--workers", "3"])
}

#[test]
fn every_path_has_its_methods_and_no_other() {
    let fixture = fixture();
    for (path, allow, content) in ROUTES {
        let answer = fixture.ask(&format!("OPTIONS {path}"), b"");
        assert_eq!((answer.status, answer.field("Allow")), (204, Some(*allow)), "{path}");
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"] {
            let answer = fixture.ask(&format!("{method} {path}"), b"");
            if !allow.split(", ").any(|allowed| allowed == method) {
                assert_eq!((answer.status, answer.field("Allow")), (405, Some(*allow)), "{method} {path}");
                continue;
            }
            match method {
                "GET" => assert_eq!((answer.status, answer.text()), (200, *content), "{path}"),
                "HEAD" => {
                    let length = content.len().to_string();
                    assert_eq!((answer.status, answer.field("Content-Length")), (200, Some(length.as_str())), "{path}");
                }
                // Empty content has no rows.
                _ => assert_eq!(answer.status, if *path == "/v2/repository/index" { 200 } else { 400 }, "{path}"),
            }
        }
        // The query is ignored.
        let method = if content.is_empty() { "POST" } else { "GET" };
        let status = |path: &str| fixture.ask(&format!("{method} {path}"), b"").status;
        assert_eq!(status(&format!("{path}?a=b")), status(path), "{path}");
    }
}

#[test]
fn answers_without_a_body_of_json_say_what_they_are() {
    let fixture = fixture();
    for path in ["/ping", "/health", "/version"] {
        assert_eq!(fixture.ask(&format!("GET {path}"), b"").field("Content-Type"), Some("text/plain; charset=utf-8"));
    }
    assert_eq!(fixture.ask("GET /", b"").field("Vary"), Some("Accept"));
}

#[test]
fn a_path_that_leads_nowhere_says_why() {
    let fixture = fixture();
    let model = "unknown model, this server has `iris`";
    let version = "unknown version, this server has `7b`";
    for (method, path, sentence) in [
        ("POST", "/v2/models/wine/infer", model),
        ("GET", "/v2/models/wine", model),
        ("GET", "/v2/models/iris2/ready", model),
        ("GET", "/v2/models/Iris", model),
        ("GET", "/v2/models/%57ine", model),
        ("GET", "/v2/models/ir%2569s", model),
        ("GET", "/v2/models/iris%2fready", model),
        ("GET", "/v1/models/iris/versions/%38", version),
        ("POST", "/v1/models/iris%3Aregress", "not offered by this server"),
        ("GET", "/v1/models/wine", model),
        ("POST", "/v1/models/wine:predict", model),
        ("POST", "/v1/models/wine/versions/7b:predict", model),
        ("GET", "/v2/models/iris/versions/1", version),
        ("POST", "/v2/models/iris/versions/7/infer", version),
        ("POST", "/v1/models/iris/versions/1:predict", version),
        ("POST", "/v2/repository/models/iris/load", "models are loaded at start only"),
        ("POST", "/v2/repository/models/wine/unload", "models are loaded at start only"),
        ("GET", "/v2/models/iris/config", "not offered by this server"),
        ("GET", "/v2/models/iris/versions/7b/stats", "not offered by this server"),
        ("POST", "/v1/models/iris:regress", "not offered by this server"),
        ("GET", "/v1/models/iris/labels/stable", "not offered by this server"),
        ("POST", "/v1/models/iris/labels/stable:predict", "not offered by this server"),
        ("POST", "/v2/models/iris/infer/", "no such path"),
        ("POST", "/v2/models/iris/infr", "no such path"),
        ("POST", "/v1/models/iris:Predict", "no such path"),
        ("POST", "/v1/models/iris/predict", "no such path"),
        ("POST", "/v2/", "no such path"),
        ("POST", "/v1", "no such path"),
        ("GET", "/models", "no such path"),
        ("POST", "/models/iris/invoke", "no such path"),
        ("POST", "//", "no such path"),
        ("POST", "/predict", "no such path"),
    ] {
        fixture.check(&format!("{method} {path}"), "", &Expected::Error(404, "NOT_FOUND", sentence));
    }
}

#[test]
fn a_models_path_may_be_percent_encoded_where_that_changes_nothing() {
    let fixture = Fixture::start_with("iris_rbf_scale", &["--model-version", "7b-x_2"]);
    let answer = |request: &str, content: &str| {
        let answer = fixture.ask(request, fixture.fill(content).as_bytes());
        assert_eq!(answer.status, 200, "{request}: {answer:?}");
        answer.content
    };
    let row = r#"{"instances":[[{row:3}]]}"#;
    for (plain, encoded, content) in [
        ("GET /v1/models/iris", "GET /v1/models/%69%72%69%73", ""),
        ("GET /v1/models/iris/metadata", "GET /v1/models/iris/%6Detadata", ""),
        ("GET /v2/models/iris/versions/7b-x_2", "GET /v2/models/%69ris/version%73/%37b%2dx%5f2?q=%41", ""),
        ("POST /v1/models/iris:predict", "POST /v1/models/iris%3Apredict", row),
        ("POST /v1/models/iris:predict", "POST /v1/models/iris%3apredict", row),
        ("POST /v1/models/iris:predict", "POST http://svcd/v1/models/i%72is:predic%74", row),
    ] {
        assert_eq!(answer(encoded, content), answer(plain, content), "{encoded}");
    }
    let allow = fixture.ask("OPTIONS /v1/models/iris%3Apredict", b"");
    assert_eq!((allow.status, allow.field("Allow")), (204, Some("POST, OPTIONS")));
    let wrong = fixture.ask("PUT /v1/models/%69ris", b"");
    assert_eq!((wrong.status, wrong.field("Allow")), (405, Some("GET, HEAD, OPTIONS")));
    // It counts for the route it is.
    assert!(fixture.ask("GET /metrics", b"").text().contains("route=\"/v1/models/{model}:predict\",status=\"200\"} 6"));
    assert_eq!(fixture.ask("GET /%6detrics", b"").status, 404);
}

#[test]
fn the_repository_has_one_model() {
    let fixture = fixture();
    let index = r#"[{"name":"iris","version":"7b","state":"READY","reason":""}]"#;
    for (fields, content) in [
        ("", ""),
        ("\nContent-Type: text/plain; charset=utf-8", ""),
        ("\nContent-Type: application/json", "{\"ready\":true}"),
        ("", "{}"),
    ] {
        fixture.check(&format!("POST /v2/repository/index{fields}"), content, &Expected::Json(index));
    }
    let wrong = Expected::Wrong("", "", "no content, or a JSON object", "invalid JSON");
    fixture.check("POST /v2/repository/index", "{", &wrong);
    let media_type = "content type: expected `application/json` or none, in UTF-8";
    let refused = Expected::Error(415, "UNSUPPORTED_MEDIA_TYPE", media_type);
    fixture.check("POST /v2/repository/index\nContent-Type: text/plain", "{}", &refused);
}
