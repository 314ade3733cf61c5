use std::fs;
use std::process::Command;

use super::{Golden, NEWEST, fixtures, number};
use crate::folder::Folder;

/// Exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    // their random rows look standardised
    let mut command = Command::new(env!("CARGO_BIN_EXE_svcd"));
    let output = command.args(arguments).env_clear().env("SVCD_NO_EVIDENCE_CHECK", "true").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn model(file: &str) -> String {
    fixtures().join(NEWEST).join(file).to_str().unwrap().to_owned()
}

fn csv(rows: &[Vec<f64>]) -> String {
    rows.iter().map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n").collect()
}

#[test]
fn predict_writes_numbers_and_sides_as_csv_and_as_json() {
    let (folder, golden) = (Folder::new("targets-predict"), Golden::of(NEWEST));
    for (file, case, outputs, header) in [
        ("svr_rbf.joblib.z", "svr_rbf", "predict", "predict"),
        (
            "one_class_poly.p4",
            "one_class_poly",
            "predict,decision_function,score_samples",
            "predict,decision_function_0,score_samples_0",
        ),
    ] {
        let rows = folder.file("rows.csv", csv(golden.rows(case)));
        let answered = &golden.cases[case];
        let columns: Vec<_> =
            [Some(&answered.predict), answered.decision_function.as_ref(), answered.score_samples.as_ref()]
                .into_iter()
                .flatten()
                .collect();
        let expected: Vec<Vec<f64>> = (0..answered.predict.len())
            .map(|row| columns.iter().map(|column| number(&column[row])).collect())
            .collect();
        let same = |found: &[Vec<f64>]| {
            assert_eq!(found.len(), expected.len());
            let pairs = found.concat().into_iter().zip(expected.concat());
            pairs.into_iter().all(|(found, expected)| (found - expected).abs() < 1e-11)
        };

        let (code, stdout, stderr) = run(&["predict", "-m", &model(file), "--output", outputs, &rows]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        let (first, rest) = stdout.split_once('\n').unwrap();
        assert_eq!(first, header);
        let numbers = |line: &str| line.split(',').map(|field| field.parse().unwrap()).collect::<Vec<f64>>();
        assert!(same(&rest.lines().map(numbers).collect::<Vec<_>>()), "{stdout}");

        let (_, stdout, _) = run(&["predict", "-m", &model(file), "--output", outputs, "--format", "jsonl", &rows]);
        let numbers = |line: &str| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            outputs.split(',').map(|name| object[name].as_f64().unwrap()).collect()
        };
        assert!(same(&stdout.lines().map(numbers).collect::<Vec<_>>()), "{stdout}");
    }
    let rows = folder.file("rows.csv", "1,2,3\n");
    let (code, stdout, stderr) =
        run(&["predict", "-m", &model("svr_rbf.joblib.z"), "--output", "decision_function", &rows]);
    let text = format!("error: failed to predict `{rows}`: SVR has no decision_function; this model has `predict`\n");
    assert_eq!((code, stdout.as_str(), stderr), (1, "", text));
}

#[test]
fn inspect_shows_the_estimator_and_its_target_and_nothing_of_classes() {
    for (file, lines) in [
        ("nu_svr_poly.p4", ["estimator                NuSVR", "target                   number"]),
        ("one_class_poly.p4", ["estimator                OneClassSVM", "target                   inlier"]),
        ("linear_svr.p4", ["estimator                LinearSVR", "target                   number"]),
    ] {
        let (code, text, stderr) = run(&["inspect", &model(file)]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        for line in lines {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        for absent in ["classes ", "probabilities", "decision_function_shape", "break_ties"] {
            assert!(!text.contains(absent), "{absent}\n{text}");
        }
        let is_linear = file.starts_with("linear");
        assert_eq!(text.contains("kernel  "), !is_linear, "{text}");
        assert_eq!(text.contains("support vectors  "), !is_linear, "{text}");
        let (_, text, _) = run(&["inspect", "--json", &model(file)]);
        let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(facts["classes"].is_null() && facts["n_support"].is_null() && facts["break_ties"].is_null(), "{text}");
        assert_eq!(facts["support_vectors"].is_number(), !is_linear, "{text}");
    }
    let (_, text, _) = run(&["inspect", &model("svr_in_pieces")]);
    assert!(text.contains("model.pkl   SVR             3 -> a number\n"), "{text}");
    let (_, text, _) = run(&["inspect", &model("one_class_in_pieces")]);
    assert!(text.contains("model.pkl   OneClassSVM     3 -> 1 or -1\n"), "{text}");
}

#[test]
fn support_vectors_of_a_regression_show_a_missing_scaler() {
    let output = Command::new(env!("CARGO_BIN_EXE_svcd")).args(["inspect", &model("svr_poly.p4")]).env_clear().output();
    let stderr = String::from_utf8(output.unwrap().stderr).unwrap();
    let text = "svcd: warning: the support vectors look standardised: this SVM was trained behind a scaler; give it with another \
                --model, or answers will be wrong\n";
    assert_eq!(stderr, text);
}

#[test]
fn class_names_are_refused_where_there_are_no_classes() {
    for (file, name) in [("svr_rbf.joblib.z", "SVR"), ("one_class_poly.p4", "OneClassSVM")] {
        let (code, _, stderr) = run(&["inspect", &model(file), "--class-names", "in,out"]);
        let text = format!("error: --class-names: expected no names, as {name} has no classes, found `in,out`\n");
        assert_eq!((code, stderr.split_inclusive('\n').next().unwrap()), (2, text.as_str()));
    }
}

#[test]
fn an_encoder_beside_a_regression_names_nothing() {
    let folder = Folder::new("targets-encoder");
    folder.file("svr.pkl", fs::read(model("svr_poly.p4")).unwrap());
    let pieces = fixtures().parent().unwrap().join("pieces").join(NEWEST);
    folder.file("labels.pkl", fs::read(pieces.join("labels/labels.pkl")).unwrap());
    let (code, _, stderr) = run(&["inspect", folder.root()]);
    let text = "the LabelEncoder in `labels.pkl` does not name the classes: the model has no classes";
    assert_eq!((code, stderr), (0, format!("svcd: warning: {text}\n")));
}

#[test]
fn import_compares_numbers_and_sides_and_stores_the_rows() {
    let (folder, golden) = (Folder::new("targets-import"), Golden::of(NEWEST));
    let target = folder.path("out.bin");
    let import = |file: &str, check: &str| {
        let rows = folder.file("check.csv", check);
        let (code, stdout, stderr) = run(&["import", &model(file), "-o", &target, "--check", &rows]);
        (code, stdout, stderr.replace(&rows, "check.csv"))
    };
    for (file, case, verdict, wrong) in [
        ("svr_rbf.joblib.z", "svr_rbf", "predict: all equal", "`predict`: expected `"),
        ("linear_svr.p4", "linear_svr", "predict: all equal", "`predict`: expected `"),
        (
            "one_class_poly.p4",
            "one_class_poly",
            "predict: all equal; decision_function: all equal; score_samples: all equal",
            "`score_samples_0`: expected ",
        ),
    ] {
        let answered = &golden.cases[case];
        let has_scores = answered.score_samples.is_some();
        let mut text =
            "x0,x1,x2,predict".to_owned() + if has_scores { ",decision_function_0,score_samples_0\n" } else { "\n" };
        for (index, row) in golden.rows(case).iter().enumerate() {
            let mut numbers = row.clone();
            numbers.push(number(&answered.predict[index]));
            let scores = [&answered.decision_function, &answered.score_samples];
            numbers.extend(scores.into_iter().flatten().map(|scores| number(&scores[index])));
            text.push_str(&csv(&[numbers]));
        }
        let (code, stdout, stderr) = import(file, &text);
        assert_eq!((code, stderr.as_str()), (0, ""));
        let expected = format!("checked                  7 rows: {verdict}\n");
        assert!(stdout.contains(&expected), "{stdout}");
        let (_, shown, _) = run(&["inspect", &target]);
        assert!(shown.contains("probe rows               7, all answered as stored\n"), "{shown}");

        // the last number, a little off
        let (before, last) = text.trim_end().rsplit_once(',').unwrap();
        let last: f64 = last.parse().unwrap();
        let (code, stdout, stderr) = import(file, &format!("{before},{}\n", last + 1e-9));
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert!(stderr.starts_with(&format!("error: failed to check `check.csv`: line 8: {wrong}")), "{stderr}");
    }
}
