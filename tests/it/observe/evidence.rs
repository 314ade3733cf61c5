//! A model that lacks its scaler: everybody who can do something about it is told.

use svcd::model_file::load::load_path;
use svcd::model_file::{Loaded, native};
use svcd::pipeline::{Model, Steps};

use super::*;

const WARNING: &str = "the support vectors look standardised: this SVM was trained behind a scaler; \
                       give it with another --model, or answers will be wrong";

const OFF: &str = "--no-evidence-check";

/// The SVC of a pipeline that scikit-learn fitted, with its StandardScaler and without it, as model.bin.
fn pair() -> [Vec<u8>; 2] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickle/1.9.1/pipeline.p4");
    let whole = load_path(path.as_ref()).unwrap();
    assert_eq!(whole.model.step_names(), ["StandardScaler"]);
    let alone = Model::over_numbers(None, Steps::default(), whole.model.estimator().clone()).unwrap();
    let alone = Loaded { model: alone, ..whole.clone() };
    [whole, alone].map(|loaded| native::to_bytes(&loaded).unwrap())
}

/// (standard output, standard error) of a command that succeeds.
fn run(arguments: &[&str], variable: Option<(&str, &str)>) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
    let output = command.env_clear().envs(variable).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn every_command_that_loads_a_model_warns_unless_it_is_told_not_to() {
    let folder = Folder::new("evidence-commands");
    let [whole, alone] = pair();
    let (whole, alone) = (folder.file("whole.bin", whole), folder.file("alone.bin", alone));
    let (rows, out) = (folder.file("rows.csv", "1,2,3,4\n"), folder.path("out"));
    let told = format!("svcd: warning: {WARNING}\n");
    for flags in [&["inspect"][..], &["inspect", "--json"], &["import", "-o", &out], &["predict", &rows, "-m"]] {
        let ask = |model: &str, off: &[&str], variable| run(&[flags, &[model], off].concat(), variable);
        assert_eq!(ask(&alone, &[], None).1, told, "{flags:?}");
        assert_eq!(ask(&whole, &[], None).1, "", "{flags:?}");
        assert_eq!(ask(&alone, &[OFF], None).1, "", "{flags:?}");
        assert_eq!(ask(&alone, &[], Some(("SVCD_NO_EVIDENCE_CHECK", "1"))).1, "", "{flags:?}");
        assert_eq!(ask(&alone, &[], Some(("SVCD_NO_EVIDENCE_CHECK", "0"))).1, told, "{flags:?}");
    }
    let integers = run(&["import", &alone, "-o", &out, "--class-names", "0,1,2", OFF], None);
    assert_eq!(integers.1, "");
}

#[test]
fn inspect_and_import_show_the_warning_among_the_facts() {
    let folder = Folder::new("evidence-inspect");
    let [whole, alone] = pair();
    let (whole, alone) = (folder.file("whole.bin", whole), folder.file("alone.bin", alone));
    let warnings = |arguments: &[&str]| {
        let json: Value = serde_json::from_str(&run(&[&["inspect", "--json"], arguments].concat(), None).0).unwrap();
        json["warnings"].clone()
    };
    assert_eq!(warnings(&[&alone]), serde_json::json!([WARNING]));
    assert_eq!(warnings(&[&alone, OFF]), serde_json::json!([]));
    assert_eq!(warnings(&[&whole]), serde_json::json!([]));
    let line = format!("\n{:<24} {WARNING}\n", "warning");
    assert!(run(&["inspect", &alone], None).0.contains(&line));
    assert!(run(&["import", &alone, "-o", &folder.path("out")], None).0.contains(&line));
    assert!(!run(&["inspect", &whole], None).0.contains("warning"));
}

/// What the metadata and the metrics of a server say.
fn shown(client: &mut Client, model: &str) -> (Value, f64) {
    let metadata = client.ask(&get(&format!("/v2/models/{model}")));
    let metadata: Value = serde_json::from_slice(&metadata.content).unwrap();
    (metadata["svcd"].get("warnings").cloned().unwrap_or_default(), scrape(client).get("svcd_model_warnings"))
}

#[test]
fn a_server_tells_its_log_its_metadata_and_its_metrics_and_a_reload_changes_them() {
    let folder = Folder::new("evidence-serve");
    let [whole, alone] = pair();
    let path = folder.file("m.bin", &alone);
    let logged = Logged::start(&folder, &["--model", &path, "--reload", "20ms", "--reload-any"]);
    let mut client = logged.server.connect();
    let line = logged.await_event("model_warning", 1);
    assert_eq!((&line["level"], &line["warning"]), (&"warn".into(), &WARNING.into()));
    assert_eq!(shown(&mut client, "m"), (serde_json::json!([WARNING]), 1.0));
    folder.replace("m.bin", &whole);
    logged.await_event("model_reloaded", 1);
    assert_eq!(shown(&mut client, "m"), (Value::Null, 0.0));
    assert_eq!(logged.events("model_warning").len(), 1);
    folder.replace("m.bin", &alone);
    logged.await_event("model_warning", 2);
    assert_eq!(shown(&mut client, "m"), (serde_json::json!([WARNING]), 1.0));
}

#[test]
fn a_server_told_not_to_look_says_nothing() {
    let folder = Folder::new("evidence-off");
    let [_, alone] = pair();
    let path = folder.file("m.bin", alone);
    let logged = Logged::start(&folder, &["--model", &path, OFF]);
    logged.await_event("started", 1);
    assert_eq!(shown(&mut logged.server.connect(), "m"), (Value::Null, 0.0));
    assert_eq!(logged.events("model_warning"), <[Value; 0]>::default());
}

#[test]
fn the_level_error_leaves_warnings_out_and_the_level_warn_all_else() {
    let folder = Folder::new("evidence-levels");
    let [_, alone] = pair();
    let path = folder.file("m.bin", alone);
    for (level, lines) in [("error", 0), ("warn", 1)] {
        let mut logged = Logged::start(&folder, &["--model", &path, "--log-level", level]);
        logged.server.signal("TERM");
        assert!(logged.server.wait(PATIENCE).0.success());
        assert_eq!((logged.lines().len(), logged.events("model_warning").len()), (lines, lines), "{level}");
    }
}
