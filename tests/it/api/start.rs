//! wire.md section 9: how platforms start the container.

use std::path::PathBuf;
use std::process::Command;

use crate::folder::Folder;
use crate::harness::Server;

/// The first line of a server, started with more arguments and variables, but for its version and address.
fn first_line(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Server::command(arguments);
    command.envs(variables.iter().copied());
    let server = Server::run(command);
    server.first_line.split_once(" model=").unwrap().1.trim_end().to_owned()
}

fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Server::command(arguments);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text.lines().next().unwrap_or_default().to_owned())
}

const SERVED: &str = "svcd serves scikit-learn's SVMs";

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

#[test]
fn kserves_arguments_are_understood() {
    let folder = Folder::new("kserve").with("model.json", &fixture("two_rbf"));
    let directory = format!("--model_dir={}", folder.root());
    let line = first_line(&["--model_name=wine", &directory, "--http_port=0"], &[]);
    assert_eq!(line, "wine classes=2 features=30 support_vectors=55 estimator=SVC target=classes");
    // A flag counts before a variable, --model before --model_dir; the name is that of the folder, or the stem of the file.
    let line = first_line(&[&directory], &[("SVCD_MODEL", "/nowhere"), ("SVCD_PORT", "1")]);
    assert_eq!(
        line,
        format!(
            "{} classes=2 features=30 support_vectors=55 estimator=SVC target=classes",
            folder.root().rsplit('/').next().unwrap()
        )
    );
    let other = format!("{}/tests/fixtures/golden/features_1.json", env!("CARGO_MANIFEST_DIR"));
    let line = first_line(&[&directory, "--model", &other], &[]);
    assert_eq!(line, "features_1 classes=3 features=1 support_vectors=43 estimator=SVC target=classes");
    let line = first_line(&[], &[("SVCD_MODEL", &other), ("SVCD_MODEL_NAME", "a.b")]);
    assert_eq!(line, "a.b classes=3 features=1 support_vectors=43 estimator=SVC target=classes");
}

#[test]
fn a_directory_without_one_model_is_an_error_at_start() {
    let refusal = |folder: &Folder| {
        let (code, text) = refusal(&["--model_dir", folder.root()], &[]);
        assert_eq!(code, Some(1));
        text.replace(folder.root(), "DIR")
    };
    let model = fixture("features_1");
    let folder = Folder::new("none").with("a.txt", b"x").with("b.txt", b"y");
    let none = format!("expected a fitted SVM, found no model file in `a.txt`, no model file in `b.txt`: {SERVED}");
    assert_eq!(refusal(&folder), format!("error: failed to load `DIR`: {none}"));
    let folder = Folder::new("empty");
    let none = format!("error: failed to load `DIR`: expected a fitted SVM, found nothing: {SERVED}");
    assert_eq!(refusal(&folder), none);
    let other = fixture("two_rbf");
    let folder = Folder::new("several").with("a.json", &model).with("b.json", &other).with("README", b"");
    let text = "expected one model, found a model in the format json in `a.json` and a model in the format json in `b.json`: \
                name the one to serve with --model, or skip the other with --leave-out";
    assert_eq!(refusal(&folder), format!("error: failed to load `DIR`: {text}"));
    let folder = Folder::new("broken").with("model.json", &model[..100]);
    assert!(refusal(&folder).starts_with("error: failed to load `DIR`: line "), "{}", refusal(&folder));
    assert!(refusal(&Folder(PathBuf::from("/nowhere"))).starts_with("error: failed to load `DIR`: "));
}

#[test]
fn ports_and_routes_of_the_platform_are_taken_from_variables() {
    for variable in ["SVCD_PORT", "AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT", "PORT"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
        command.env_clear().arg("serve").env(variable, "x").env("SVCD_WORKERS", "1");
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let expected = format!("error: {variable}: expected a port from 0 to 65535, found `x`\n");
        assert!(output.status.code() == Some(2) && text.starts_with(&expected), "{text}");
    }
    let mut command = Server::command(&["--model-version", "3-rc.1"]);
    command.env("AIP_HEALTH_ROUTE", "/alive").env("AIP_PREDICT_ROUTE", "/ask").env("AIP_STORAGE_URI", "gs://x/y");
    let server = Server::run(command);
    let status = |request: &str| server.connect().ask(request.as_bytes()).status;
    assert_eq!(status("GET /alive HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    assert_eq!(status("GET /ask HTTP/1.1\r\nHost: h\r\n\r\n"), 405);
    assert_eq!(status("GET /v2/models/iris/versions/3-rc.1 HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

#[test]
fn names_versions_and_routes_that_cannot_stand_in_a_path_are_refused() {
    let name = "expected at most 64 letters, digits, `.`, `_` and `-`, found";
    let route = "expected a path such as /predict, found";
    let long = "x".repeat(65);
    for (arguments, variables, text) in [
        (&["--model-name", "a/b"][..], &[][..], format!("--model-name: {name} `a/b`")),
        (&["--model_name="], &[], format!("--model-name: {name} ``")),
        (&["--model-version", &long], &[], format!("--model-version: {name} `{long}`")),
        (&[], &[("SVCD_MODEL_VERSION", "é")], format!("SVCD_MODEL_VERSION: {name} `é`")),
        (&[], &[("AIP_HEALTH_ROUTE", "health")], format!("AIP_HEALTH_ROUTE: {route} `health`")),
        (&["--predict-route", "/a b"], &[], format!("--predict-route: {route} `/a b`")),
        (&["--predict-route", "/a?b"], &[], format!("--predict-route: {route} `/a?b`")),
    ] {
        assert_eq!(refusal(arguments, variables), (Some(2), format!("error: {text}")));
    }
}
