//! The command line as people and scripts see it: exact texts, exit codes, files.

mod addresses;
mod completions;
mod environment;
mod predict;
mod terminal;
mod train;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use svcd::svc::Cpu;

use crate::folder::Folder;

fn svcd(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// (exit code, standard output, standard error)
fn outcome(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    outcome(&svcd(arguments).output().unwrap())
}

fn run_with_input(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child =
        svcd(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A command that fails early closes its input before everything is written.
    let _ = writer.join().unwrap();
    outcome(&output)
}

const FOUR: &str = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)";

#[test]
fn help_is_there_for_every_command_with_an_example() {
    let (code, overview, stderr) = run(&["--help"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(overview.starts_with("svcd 0."), "{overview}");
    assert_eq!(run(&["help"]).1, overview);
    for name in ["serve", "predict", "train", "inspect", "import", "export", "healthcheck", "completions"] {
        assert!(overview.contains(&format!("\n  {name} ")), "{name}");
        let (code, help, stderr) = run(&[name, "--help"]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(help.starts_with(&format!("svcd {name}: ")), "{help}");
        assert!(help.contains("\nexamples:\n  svcd"), "{help}");
        assert!(help.lines().all(|line| line == line.trim_end()), "{help}");
        assert_eq!(run(&["help", name]).1, help);
    }
    assert_eq!(run(&["--version"]).1, format!("svcd {}\n", env!("CARGO_PKG_VERSION")));
    let found: Value = serde_json::from_str(&run(&["--version", "--json"]).1).unwrap();
    assert_eq!(found["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(found["instructions"], Cpu::best().name());
    assert!(found["target"].as_str().unwrap().starts_with(std::env::consts::ARCH), "{found}");
}

#[test]
fn a_wrong_command_line_says_what_was_meant_and_exits_with_2() {
    let two_lines = "usage: svcd serve [FLAGS]\nfor more: svcd serve --help\n";
    for (arguments, text) in [
        (&["serve", "--prot", "1"][..], "error: unknown flag `--prot`, did you mean `--port`?\n"),
        (&["serve", "--port", "99999"], "error: --port: expected a port from 0 to 65535, found `99999`\n"),
        (&["serve", "--workers", "0"], "error: --workers: expected a whole number, 1 or above, found `0`\n"),
        (
            &["serve", "--head-timeout", "0s"],
            "error: --head-timeout: expected a time above 0 such as 500ms, 10s or 2m, found `0s`\n",
        ),
        (&["serve", "--errors", "loud"], "error: --errors: expected full or terse, found `loud`\n"),
        (
            &["serve", "--content-bytes-max", "65MiB"],
            "error: --content-bytes-max: expected at most --buffered-bytes-max, which is 67108864, found 68157440\n",
        ),
        (
            &["serve", "--model-name", "a/b"],
            "error: --model-name: expected at most 64 letters, digits, `.`, `_` and `-`, found `a/b`\n",
        ),
        (
            &["serve", "--feature-names", "a,b"],
            "error: --feature-names: expected 4 names, comma-separated, found `a,b`\n",
        ),
        (
            &["serve", "model.bin"],
            "error: expected a flag, found `model.bin`: the command comes first, and each file of a model needs a \
             --model of its own\n",
        ),
    ] {
        assert_eq!(run(arguments), (2, String::new(), format!("{text}{two_lines}")), "{arguments:?}");
    }
    let (code, _, stderr) = run(&["predikt"]);
    let text = "error: unknown command `predikt`, did you mean `predict`?\nusage: svcd [COMMAND] [FLAGS]\n\
                for more: svcd --help\n";
    assert_eq!((code, stderr.as_str()), (2, text));
    let (code, _, stderr) = run(&["import"]);
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with("error: expected PATH, found nothing\nusage: svcd import [FLAGS] PATH...\n"),
        "{stderr}"
    );
    let environment = svcd(&[]).env("SVCD_PORT", "http").output().unwrap();
    assert_eq!(
        outcome(&environment).2,
        format!("error: SVCD_PORT: expected a port from 0 to 65535, found `http`\n{two_lines}")
    );
}

#[test]
fn a_model_that_cannot_be_loaded_is_one_line_before_the_port_opens() {
    let folder = Folder::new("load");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut bytes = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/model.bin")).unwrap();
    let last = bytes.last_mut().unwrap();
    *last ^= 1;
    let broken = folder.file("broken.bin", &bytes);
    // With the port taken, a port error would show that it was opened first.
    let (code, stdout, stderr) = run(&["serve", "--port", &port, "--model", &broken, "--log-level", "off"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with(&format!("error: failed to load `{broken}`: checksum: expected 0x")), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);

    let text = folder.file("model.txt", "hello");
    for (path, cause) in [
        (folder.path("none.bin"), "No such file or directory (os error 2)".to_owned()),
        ("/dev/zero".to_owned(), "expected a regular file, found a device, FIFO or socket".to_owned()),
    ] {
        let expected = format!("error: failed to load `{path}`: {cause}\n");
        assert_eq!(run(&["inspect", &path]), (1, String::new(), expected.clone()));
        assert_eq!(run(&["--port", "0", "--model", &path]), (1, String::new(), expected));
    }
    let (code, _, stderr) = run(&["inspect", &text]);
    assert_eq!(code, 1);
    assert!(stderr.starts_with(&format!("error: failed to load `{text}`: format: expected ")), "{stderr}");

    let (code, stdout, stderr) = run(&["serve", "--port", &port, "--log-level", "off"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    let text = format!("error: failed to listen on 127.0.0.1:{port}: Address already in use (os error 98): ");
    assert!(stderr.starts_with(&text), "{stderr}");
}

#[test]
fn a_start_without_room_for_its_event_loops_is_one_line_and_no_announcement() {
    // Each event loop has three descriptors of its own.
    let svcd = env!("CARGO_BIN_EXE_svcd");
    let command = format!("ulimit -n 64; exec {svcd} serve --port 0 --workers 64 --log-level off");
    let output = Command::new("sh").args(["-c", &command]).output().unwrap();
    let text = "error: failed to serve: Too many open files (os error 24)\n";
    assert_eq!(outcome(&output), (1, String::new(), text.to_owned()));
}

#[test]
fn inspect_shows_the_model_for_people_and_for_programs() {
    let (code, text, stderr) = run(&["inspect"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    for line in [
        "model                    iris",
        "kernel                   rbf, gamma 0.0634091981823225",
        "classes                  3: 0, 1, 2",
        "features                 4: sepal length (cm), sepal width (cm), petal length (cm), petal width (cm)",
        "support vectors          52 (6, 25, 21)",
        "trained on               120 rows, 30 held out, seed 0",
        "probe rows               30, all answered as stored",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let (code, json, stderr) = run(&["inspect", "--json", "--class-names", "a,\"b,c\",d"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["classes"], serde_json::json!(["a", "b,c", "d"]));
    assert_eq!(value["n_support"], serde_json::json!([6, 25, 21]));
    assert_eq!(value["gamma"], serde_json::json!(0.0634091981823225));
}

#[test]
fn a_linear_model_has_no_kernel_to_inspect_and_no_probabilities_to_predict() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickle/1.9.1/linear_pipeline.p4");
    let (code, text, stderr) = run(&["inspect", path]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[5..],
        [
            "steps                    StandardScaler, MinMaxScaler",
            "estimator                LinearSVC",
            "target                   classes",
            "classes                  3: setosa, versicolor, virginica",
            "features                 4: sepal length (cm), sepal width (cm), petal length (cm), petal width (cm)",
            "probabilities            no",
            "probe rows               none: nothing to compare the answers with (at most 1000 can be stored)",
        ]
    );
    let value: serde_json::Value = serde_json::from_str(&run(&["inspect", "--json", path]).1).unwrap();
    assert_eq!(value["estimator"], "LinearSVC");
    let facts = ["kernel", "gamma", "support_vectors", "n_support", "decision_function_shape", "break_ties"];
    assert!(facts.iter().all(|name| value.as_object().unwrap()[*name].is_null()), "{value}");

    let rows = "5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n";
    assert_eq!(run_with_input(&["predict", "-m", path], rows).1, "predict\nsetosa\nvirginica\n");
    let (code, stdout, stderr) = run_with_input(&["predict", "-m", path, "--output", "predict_proba"], rows);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("LinearSVC has no predict_proba"), "{stderr}");
    let (code, _, stderr) = run(&["export", path]);
    assert_eq!(code, 1);
    assert!(stderr.contains("expected an SVC, SVR or OneClassSVM alone, found a LinearSVC"), "{stderr}");

    // what is imported gives the same answers, and its probe rows hold the scores
    let folder = Folder::new("linear");
    let scores = ["--output", "predict,decision_function"];
    let answered = run_with_input(&[&["predict", "-m", path], &scores[..]].concat(), rows).1;
    let header = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)";
    let table: Vec<String> = [header]
        .into_iter()
        .chain(rows.lines())
        .zip(answered.lines())
        .map(|(row, answer)| format!("{row},{answer}\n"))
        .collect();
    let (checked, target) = (folder.file("rows.csv", table.concat()), folder.path("out.bin"));
    let (code, _, stderr) = run(&["import", path, "-o", &target, "--check", &checked]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(run_with_input(&[&["predict", "-m", &target], &scores[..]].concat(), rows).1, answered);
    assert!(run(&["inspect", &target]).1.ends_with("probe rows               2, all answered as stored\n"));
}

#[test]
fn the_columns_are_those_of_the_first_step_where_steps_change_their_number() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickle/1.9.1/pca_linear.p4");
    let (_, text, _) = run(&["inspect", path]);
    assert!(text.contains("steps                    PCA\n"), "{text}");
    assert!(text.contains("features                 4: sepal length (cm), "), "{text}");
    let rows =
        "petal width (cm),petal length (cm),sepal width (cm),sepal length (cm)\n0.2,1.4,3.5,5.1\n2.5,6,3.3,6.3\n";
    assert_eq!(run_with_input(&["predict", "-m", path], rows).1, "predict\na\nc\n");
    let far = "1,1,1,1\n1.5e308,1,1.7e308,1e308\n";
    let (code, stdout, stderr) = run_with_input(&["predict", "-m", path], far);
    assert_eq!((code, stdout.lines().count()), (1, 2));
    assert!(stderr.contains("line 2 (`petal length (cm)`): the number is too large for the model's PCA"), "{stderr}");
}

#[test]
fn import_names_columns_and_classes_and_replaces_the_file_in_one_step() {
    let folder = Folder::new("import");
    let (target, root) = (folder.path("out.bin"), env!("CARGO_MANIFEST_DIR"));
    let source = format!("{root}/model.bin");
    let (code, stdout, stderr) = run(&["import", &source, "-o", &target]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.ends_with(&format!("\nwritten                  {target}, 5012 bytes\n")), "{stdout}");
    assert_eq!(fs::read(&target).unwrap(), fs::read(&source).unwrap(), "an import of a model.bin is the same file");

    let names = ["import", &source, "-o", &target, "--feature-names", "a,b,c,d", "--class-names", "x,y,z"];
    assert_eq!(run(&names).0, 0);
    assert_eq!(run_with_input(&["predict", "-m", &target], "d,c,b,a\n1,1,1,1\n").1, "predict\nx\n");
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1, "no other file is left");

    let nowhere = folder.path("no/such/out.bin");
    let (code, stdout, stderr) = run(&["import", &source, "-o", &nowhere]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert_eq!(stderr, format!("error: failed to write `{nowhere}`: No such file or directory (os error 2)\n"));
    let (code, _, stderr) = run(&["import", &source, "-o", &target, "--feature-names", "a,a,c,d"]);
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with(
            "error: the names do not fit: `feature_names_in`: expected different names, found `a` twice\n"
        ),
        "{stderr}"
    );
}

#[test]
fn no_command_writes_over_a_file_that_its_model_is_read_from() {
    let folder = Folder::new("write-over");
    let pickle = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickle/1.9.1/svc.p4")).unwrap();
    let source = folder.file("model.pkl", &pickle);
    let beside = folder.path(".");
    for (arguments, flag) in [
        (&["import", &source, "-o", &source][..], "--output"),
        (&["import", &beside, "-o", &source], "--output"),
        (&["export", &source, "-o", &source], "--output"),
        (&["predict", "-m", &source, "-o", &source], "--output-file"),
    ] {
        let (code, stdout, stderr) = run(arguments);
        let text = format!("error: {flag}: expected a file other than the model's, found `{source}`");
        assert_eq!((code, stdout.as_str(), stderr.lines().next()), (2, "", Some(text.as_str())), "{arguments:?}");
    }
    assert_eq!(fs::read(&source).unwrap(), pickle);
    let written = folder.path("out.bin");
    assert_eq!(run(&["import", &source, "-o", &written]).0, 0);
    assert_eq!(run(&["import", &written, "-o", &written]).0, 0, "a model.bin may have other names");
}

#[test]
fn import_compares_rows_with_the_answers_that_they_must_get_and_stores_them() {
    let folder = Folder::new("check");
    let (target, source) = (folder.path("out.bin"), concat!(env!("CARGO_MANIFEST_DIR"), "/model.bin"));
    let import = |check: &str| {
        let rows = folder.file("rows.csv", check);
        let (code, stdout, stderr) = run(&["import", source, "-o", &target, "--check", &rows]);
        (code, stdout, stderr.replace(&rows, "rows.csv"))
    };
    let rows = "1,1,1,1\n6,3,5,2\n";
    let answers = run_with_input(&["predict", "--output", "predict,decision_function"], rows).1;
    let names = format!("{FOUR}\n{rows}");
    let good: String = names.lines().zip(answers.lines()).map(|(row, answer)| format!("{row},{answer}\n")).collect();
    let (code, stdout, stderr) = import(&good);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let text = "checked                  2 rows: predict: all equal; decision_function: all equal; predict_proba: the model has none";
    assert!(stdout.lines().any(|line| line == text), "{stdout}");
    let (_, shown, _) = run(&["inspect", &target]);
    assert!(shown.lines().any(|line| line == "probe rows               2, all answered as stored"), "{shown}");
    let (code, stdout, _) = import(&format!("predict,{FOUR}\n0.0,1,1,1,1\n"));
    assert_eq!(code, 0);
    assert!(stdout.contains("decision_function: not in the file, not compared"), "{stdout}");

    let before = fs::read(&target).unwrap();
    let last: f64 = good.trim_end().rsplit(',').next().unwrap().parse().unwrap();
    for (check, cause) in [
        (good.replace("\n1,1,1,1,0,", "\n1,1,1,1,2,"), "line 2: `predict`: expected `2`, found `0`".to_owned()),
        (
            good.replace(&last.to_string(), &(last + 1e-9).to_string()),
            format!("line 3: `decision_function_2`: expected {:?}, found {last:?}", last + 1e-9),
        ),
        (names.clone(), "line 1: expected a column `predict` with the expected answers, found none".to_owned()),
        (
            good.replace("decision_function_1", "decision_function_9"),
            "line 1: expected a column `decision_function_1`, found none, only `decision_function_9`".to_owned(),
        ),
        (good.lines().next().unwrap().to_owned(), "expected rows after the header, found none".to_owned()),
        (String::new(), "expected a header and rows, found none".to_owned()),
        (good.replace("\n6,3,", "\n6,x,"), "line 3, column 2: expected a finite number, found text".to_owned()),
    ] {
        assert_eq!(import(&check), (1, String::new(), format!("error: failed to check `rows.csv`: {cause}\n")));
    }
    assert_eq!(fs::read(&target).unwrap(), before, "a failed check writes nothing");
}

#[test]
fn an_exported_model_comes_back_as_it_was_and_what_is_lost_is_told() {
    let folder = Folder::new("export");
    let (text, back) = (folder.path("iris.model"), folder.path("back.bin"));
    let told = "svcd: left out, not in LIBSVM's format: feature names\n\
                svcd: left out, not in LIBSVM's format: the decision function's shape `ovr`: LIBSVM gives one value for each pair of classes\n\
                svcd: left out, not in LIBSVM's format: probe rows\n";
    assert_eq!(run(&["export", "-o", &text]), (0, String::new(), told.into()));
    assert_eq!(run(&["export"]), (0, fs::read_to_string(&text).unwrap(), told.into()));
    assert!(
        fs::read_to_string(&text).unwrap().starts_with("svm_type c_svc\nkernel_type rbf\ngamma 0.063409198182322504\n")
    );
    let (code, shown, _) = run(&["import", &text, "-o", &back]);
    assert_eq!(code, 0);
    assert!(shown.lines().any(|line| line == "format                   libsvm"), "{shown}");
    let rows = "1,1,1,1\n6,3,5,2\n5.9,3.2,4.8,1.8\n";
    let labels = |model: &[&str]| run_with_input(&[&["predict"], model].concat(), rows);
    assert_eq!(labels(&["-m", &back]), labels(&[]));
    let (code, stdout, stderr) = run(&["export", "--class-names", "a,b,c"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with("error: failed to export `the iris model inside the binary`: "), "{stderr}");
}

#[test]
fn more_names_than_a_libsvm_file_has_indices_are_features_above_them() {
    // With rbf a feature that no support vector has adds its square to every distance; LIBSVM's own answers are in the fixture.
    let path = |end: &str| format!("{}/tests/fixtures/libsvm/above_rbf.{end}", env!("CARGO_MANIFEST_DIR"));
    let fixture: Vec<serde_json::Value> = serde_json::from_str(&fs::read_to_string(path("json")).unwrap()).unwrap();
    let text =
        |row: &serde_json::Value| row.as_array().unwrap().iter().map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let input: String = fixture.iter().map(|answer| text(&answer["row"]) + "\n").collect();
    let names: Vec<String> =
        (0..input.lines().next().unwrap().split(',').count()).map(|index| format!("f{index}")).collect();
    let model = path("model");
    let (code, stdout, stderr) =
        run_with_input(&["predict", "-m", &model, "--feature-names", &names.join(","), "--no-evidence-check"], &input);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let expected: Vec<i64> = fixture.iter().map(|answer| answer["label"].as_i64().unwrap()).collect();
    let found: Vec<i64> = stdout.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(found, expected);
    let (code, _, stderr) = run(&["inspect", &model, "--feature-names", "a"]);
    assert_eq!(code, 2);
    assert!(stderr.starts_with("error: --feature-names: expected ") && stderr.contains(" names or more, "), "{stderr}");
}

#[test]
fn predict_answers_row_by_row_in_their_order() {
    // Several blocks for each of three threads, with labels that cycle.
    let rows = ["1,1,1,1\n", "6,3,5,2\n", "5.9,3.2,4.8,1.8\n", "5,2,3.5,1\n"];
    let count = 100_000;
    let input: String = rows.iter().cycle().take(count).copied().collect();
    let single: Vec<String> =
        rows.iter().map(|row| run_with_input(&["predict"], row).1.lines().nth(1).unwrap().to_owned()).collect();
    let (code, stdout, stderr) = run_with_input(&["predict", "--threads", "3"], &input);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let mut lines = stdout.lines();
    assert_eq!(lines.next(), Some("predict"));
    assert!(lines.eq(single.iter().cycle().take(count)));
    let distinct: std::collections::BTreeSet<_> = single.iter().collect();
    assert!(distinct.len() > 1, "{single:?}");
}

#[test]
fn predict_takes_a_header_by_name_and_writes_what_is_asked_for() {
    let input = "id,petal width (cm),sepal length (cm),petal length (cm),sepal width (cm)\r\n\"a,1\",1,1,1,1\r\n";
    let by_name = run_with_input(&["predict", "--output", "decision_function,predict", "-"], input);
    let by_position = run_with_input(&["predict", "--output", "predict,decision_function"], "1,1,1,1");
    assert_eq!(by_name, by_position);
    let mut lines = by_name.1.lines();
    assert_eq!(lines.next(), Some("predict,decision_function_0,decision_function_1,decision_function_2"));
    let numbers: Vec<f64> = lines.next().unwrap().split(',').map(|field| field.parse().unwrap()).collect();
    assert_eq!(numbers[0], 0.0);
    let (_, json, _) =
        run_with_input(&["predict", "--format", "jsonl", "--output", "predict,decision_function"], "1,1,1,1\n");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json,
        format!(
            "{{\"predict\": 0, \"decision_function\": [{}]}}\n",
            by_name.1.lines().nth(1).unwrap()[2..].replace(',', ", ")
        )
    );
    assert_eq!(value["decision_function"], serde_json::json!(numbers[1..]));
}

#[test]
fn predict_stops_at_a_bad_row_with_its_place() {
    let refusal = |input: &str| {
        let (code, stdout, stderr) = run_with_input(&["predict"], input);
        assert_eq!(code, 1);
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        (stdout, stderr.strip_prefix("error: failed to predict `standard input`: ").unwrap().trim_end().to_owned())
    };
    let place = "line 4, column 2 (`sepal width (cm)`): expected a finite number, found text";
    assert_eq!(refusal(&format!("{FOUR}\n1,1,1,1\n\n1,x,1,1\n1,1,1,1\n")), ("predict\n0\n".into(), place.into()));
    assert_eq!(refusal("1,1,1,1\n1,1,1\n"), ("predict\n0\n".into(), "line 2: expected 4 fields, found 3".into()));
    assert_eq!(refusal(""), (String::new(), "expected rows, found none".into()));
    let renamed = FOUR.replace("petal width", "petal_width");
    let text = "line 1: expected a column `petal width (cm)`, found none, only `petal_width (cm)`";
    assert_eq!(refusal(&format!("{renamed}\n1,1,1,1\n")), (String::new(), text.into()));
    // In a later block than the first, after all the rows before it.
    let (stdout, text) = refusal(&("1,1,1,1\n".repeat(50_000) + "1,1,1,inf\n" + &"1,1,1,1\n".repeat(50_000)));
    assert_eq!(stdout.lines().count(), 50_001);
    assert_eq!(text, "line 50001, column 4 (`petal width (cm)`): expected a finite number, found NaN or infinity");
    let text = "error: failed to predict `standard input`: the model was trained without probabilities; this model has \
                `predict`, `decision_function`\n";
    assert_eq!(run(&["predict", "--output", "predict_proba"]), (1, String::new(), text.into()));
}

#[test]
fn an_output_that_takes_nothing_is_a_failure() {
    for arguments in [&["--help"][..], &["--version"], &["predict", "--help"], &["inspect"], &["export"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let (code, _, stderr) = outcome(&svcd(arguments).stdout(full).output().unwrap());
        let text = "error: failed to write the output: No space left on device (os error 28)\n";
        assert!(code == 1 && stderr.ends_with(text), "{arguments:?}: {code} {stderr}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child =
        svcd(&["predict"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // Enough to be sure of a write after the reader has gone.
    let _ = stdin.write_all("1,1,1,1\n".repeat(100_000).as_bytes());
    drop(stdin);
    let (code, _, stderr) = outcome(&child.wait_with_output().unwrap());
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn a_health_check_is_0_or_1_and_never_2() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, _, stderr) = run(&["healthcheck", &format!("http://{nobody}/healthz")]);
    assert_eq!(
        (code, stderr),
        (1, format!("error: failed to ask `http://{nobody}/healthz`: Connection refused (os error 111)\n"))
    );
    assert_eq!(run(&["healthcheck", "example.org"]).0, 1);
    assert_eq!(run(&["healthcheck", "--prot", "1"]).0, 1);
    assert_eq!(outcome(&svcd(&["healthcheck"]).env("SVCD_PORT", "x").output().unwrap()).0, 1);
    // A server that accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let started = std::time::Instant::now();
    let environment =
        svcd(&["healthcheck"]).env("SVCD_PORT", silent.local_addr().unwrap().port().to_string()).output().unwrap();
    let (code, _, stderr) = outcome(&environment);
    assert_eq!(code, 1);
    assert!(stderr.ends_with(": timed out\n"), "{stderr}");
    assert!((2.0..2.9).contains(&started.elapsed().as_secs_f64()));
}
