//! `svcd train`: what it prints and writes, compared with scikit-learn, and what it refuses.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::{run, svcd};
use crate::folder::Folder;
use crate::proc;

const IRIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/iris.csv");
const LENGTH: &str = "sepal length (cm)";

/// Trains on iris; gives the report and the path of the model.
fn iris(folder: &Folder, flags: &[&str]) -> (Value, String) {
    let (model, report) = (folder.path("model.bin"), folder.path("report.json"));
    let (code, text, stderr) = run(&[&["train", IRIS, "-o", &model, "--report", &report], flags].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{text}");
    (serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap(), model)
}

#[test]
fn the_notebooks_first_step_gives_the_committed_model() {
    let folder = Folder::new("train-iris");
    let model = folder.path("model.bin");
    let (code, text, stderr) = run(&["train", IRIS, "--target", "target", "--store-probes", "-o", &model]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let bytes = fs::read(&model).unwrap();
    let expected = format!(
        "data                     {IRIS}: 150 rows, 4 features, target `target`
split                    120 rows to train on, 30 held out, seed 0
trained                  estimator svc, kernel rbf, gamma scale, C 1, tol 0.001
gamma                    0.0634091981823225
support vectors          52 (6, 25, 21)
accuracy before saving   1.0
accuracy after loading   1.0
confusion matrix         a row for each class, a column for each prediction
                         0      11   0   0
                         1       0  13   0
                         2       0   0   6
                         class precision  recall  rows
                         0        1.0000  1.0000    11
                         1        1.0000  1.0000    13
                         2        1.0000  1.0000     6
written                  {model}, {} bytes
",
        bytes.len()
    );
    let (steps, others): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("iterations"));
    assert_eq!(others.join("\n") + "\n", expected);
    assert!(steps[0].starts_with("iterations               67 in "), "{steps:?}");
    let committed = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/model.bin")).unwrap();
    assert!(bytes == committed, "examples/iris.csv gives another model than the committed one");
}

#[test]
fn scores_are_those_of_scikit_learn() {
    let folder = Folder::new("train-scores");
    // cross_val_score(SVC(), rows, target, cv=4) of the rows that train_test_split(random_state=0) leaves
    let (report, _) = iris(&folder, &["--cv", "4"]);
    assert_eq!(report["cross_validation"], json!([0.9666666666666667, 0.9333333333333333, 1.0, 0.9]));
    // make_pipeline(RobustScaler(), SVC(kernel='poly', degree=2, coef0=0.5, C=0.01)), split with stratify
    let (report, _) = iris(
        &folder,
        &["--test-size", "40", "--seed", "7", "--stratify", "--scale", "robust", "--kernel", "poly", "--degree", "2"]
            .into_iter()
            .chain(["--coef0", "0.5", "--C", "0.01"])
            .collect::<Vec<_>>(),
    );
    let matrix = json!([[11, 3, 0], [0, 13, 0], [0, 10, 3]]);
    assert_eq!(report["after_loading"], json!({"accuracy": 0.675, "confusion_matrix": matrix}));
    assert_eq!(report["support_vectors_by_class"], json!([35, 37, 37]));
    assert_eq!(report["gamma"], json!(0.6180149993351322));
    // make_pipeline(StandardScaler(), SVR()), NuSVR(C=10), OneClassSVM()
    let (report, _) = iris(&folder, &["--estimator", "svr", "--target", LENGTH, "--scale", "standard"]);
    let r2 = report["before_saving"]["r2"].as_f64().unwrap();
    assert!((r2 - 0.7770538670209228).abs() < 1e-12, "{r2}");
    let (report, _) = iris(&folder, &["--estimator", "nusvr", "--target", LENGTH, "--C", "10"]);
    let error = report["before_saving"]["mean_absolute_error"].as_f64().unwrap();
    assert!((error - 0.27478236149050095).abs() < 1e-9, "{error}");
    let (report, _) = iris(&folder, &["--estimator", "one-class", "--ignore", "target"]);
    assert_eq!(report["before_saving"], json!({"inliers": 19.0 / 30.0}));
    assert_eq!(report["support_vectors_by_class"], json!([62]));
}

#[test]
fn the_best_of_a_grid_and_its_probabilities_are_those_of_scikit_learn() {
    let folder = Folder::new("train-grid");
    let (report, model) =
        iris(&folder, &["--grid", "gamma=scale,0.01 C=0.1,1,10", "--scale", "standard", "--probability"]);
    // GridSearchCV(make_pipeline(StandardScaler(), SVC()), ..).cv_results_['mean_test_score']
    let expected =
        [0.8916666666666666, 0.4583333333333333, 0.9416666666666667, 0.9, 0.9333333333333332, 0.9416666666666667];
    let grid = report["grid"].as_array().unwrap();
    for (tried, expected) in grid.iter().zip(expected) {
        assert!((tried["mean_score"].as_f64().unwrap() - expected).abs() < 1e-12, "{tried}");
    }
    assert_eq!(grid.len(), expected.len());
    let asked = &report["parameters"];
    assert_eq!(
        (&asked["C"], &asked["gamma"], &asked["probability"]),
        (&json!("1"), &json!("scale"), &json!("sigmoid"))
    );
    // CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC(C=1)), ensemble=False).predict_proba
    let rows = folder.file("rows.csv", "5.8,2.8,5.1,2.4\n6.0,2.2,4.0,1.0\n");
    let (_, answers, _) = run(&["predict", "-m", &model, "--output", "predict_proba", &rows]);
    let expected = [0.015093015095736666, 0.026725684505364923, 0.9581813003988984].into_iter().chain([
        0.015297889879153634,
        0.9115364035654548,
        0.07316570655539158,
    ]);
    let found = answers.lines().skip(1).flat_map(|line| line.split(',')).map(|field| field.parse::<f64>().unwrap());
    let largest = found.zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
    // scikit-learn's optimizer stops a little before the minimum
    assert!(largest < 1e-7, "{largest:e}\n{answers}");
}

/// Numbers and categories, some of them missing, and one town that is there once.
fn houses() -> String {
    let mut table = "area,town,age,rooms,dear\n".to_owned();
    for row in 0..90 {
        let town = [["Ulm", "Bonn", "a b"][row * 7 % 5 % 3], ""][usize::from(row % 13 == 5)];
        let area = if row % 11 == 3 { String::new() } else { format!("{}.5", 20 + row * 37 % 83) };
        let age = if row % 17 == 2 { String::new() } else { (row * 29 % 61).to_string() };
        let dear = if row * 37 % 83 + 20 * (row * 7 % 5 % 3) > 50 { "yes" } else { "no" };
        table += &if row == 87 {
            "60.5,Rom,3,2,yes\n".to_owned()
        } else {
            format!("{area},{town},{age},{},{dear}\n", row % 4)
        };
    }
    table
}

#[test]
fn what_is_missing_is_filled_and_categories_are_encoded_as_scikit_learn_does() {
    let folder = Folder::new("train-houses");
    let (data, model, report) =
        (folder.file("houses.csv", houses()), folder.path("model.bin"), folder.path("report.json"));
    // nothing but the last row's rooms is there in the second, and nobody knows the town of the third
    let asked = folder.file("asked.csv", "area,town,age,rooms\n30.5,Ulm,5,1\n,,,2\n99,Paris,7,3\n");
    // make_pipeline(ColumnTransformer([("numbers", .., ["area", "age"]), ("categories", .., ["town", "rooms"])]), SVC()) with
    // SimpleImputer, OneHotEncoder(handle_unknown="ignore"); pandas reads the table
    for (flags, by_class, accuracy, validated, values) in [
        (
            &["--impute", "mean", "--scale", "standard"][..],
            [21, 21],
            0.9444444444444444,
            [0.8333333333333334, 0.9583333333333334, 0.7916666666666666],
            [-0.41104513133954773, -0.742538833897906, 1.152587044859021],
        ),
        (
            &["--impute", "most_frequent"],
            [23, 21],
            0.8333333333333334,
            [0.8333333333333334, 0.7916666666666666, 0.7083333333333334],
            [-1.04194572320102, -0.998559623861749, 1.569337816454453],
        ),
    ] {
        let usual = ["train", &data, "--one-hot", "town,rooms", "--cv", "3", "--store-probes"];
        let (code, _, stderr) = run(&[&usual, flags, &["-o", &model, "--report", &report]].concat());
        assert_eq!((code, stderr.as_str()), (0, ""));
        let told: Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
        assert_eq!(told["support_vectors_by_class"], json!(by_class));
        assert_eq!(told["after_loading"]["accuracy"], json!(accuracy));
        assert_eq!(told["cross_validation"], json!(validated));
        let (_, answers, _) = run(&["predict", "-m", &model, "--output", "decision_function", &asked]);
        let found: Vec<f64> = answers.lines().skip(1).map(|line| line.parse().unwrap()).collect();
        let largest = found.iter().zip(values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(found.len() == 3 && largest < 1e-12, "{found:?}");
    }
    let (_, text, _) = run(&["inspect", &model]);
    let steps = "ColumnTransformer (numbers: SimpleImputer; categories: SimpleImputer, OneHotEncoder)";
    assert!(text.contains(steps), "{text}");
}

#[test]
fn labels_and_columns_are_what_the_file_says() {
    let folder = Folder::new("train-labels");
    let mut table = "sep=;\nid;kind;a;b;weight\n".to_owned();
    for row in 0..60 {
        let (kind, a) = (["ham", "spam"][row % 2], row % 7 + 5 * (row % 2));
        table += &format!("{row};{kind};{a},5;{};{}\n", row % 5, row % 3);
    }
    let (data, model) = (folder.file("mail.csv", table), folder.path("mail.bin"));
    let (code, text, stderr) = run(&[
        "train",
        &data,
        "-o",
        &model,
        "--target",
        "kind",
        "--ignore",
        "id",
        "--sample-weight",
        "weight",
        "--decimal",
        ",",
        "--class-weight",
        "spam=2.5",
        "--test-size",
        "0",
    ]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(text.contains("split                    all 60 rows to train on\n"), "{text}");
    let shown = run(&["inspect", &model]).1;
    for line in [
        "format                   model.bin (source: svcd train)",
        "trained by               svcd",
        "trained on               60 rows, 0 held out, seed 0",
        "asked for                estimator svc, kernel rbf, gamma scale, C 1, tol 0.001, class-weight spam=2.5",
        "classes                  2: ham, spam",
        "features                 2: a, b",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
    let rows = folder.file("rows.csv", "a,b\n1.5,0\n10.5,0\n");
    assert_eq!(run(&["predict", "-m", &model, &rows]).1, "predict\nham\nspam\n");
    // written as model.bin once more, it still knows how it was trained
    let again = folder.path("again.bin");
    run(&["import", &model, "-o", &again]);
    assert!(fs::read(&model).unwrap() == fs::read(&again).unwrap());
}

#[test]
fn wrong_data_are_told_with_line_and_column_and_nothing_is_written() {
    let folder = Folder::new("train-wrong");
    let model = folder.path("model.bin");
    let many: String = (0..1_002).map(|row| format!("{row},{row}\n")).collect();
    let large: String = (0..20).map(|row| format!("{}e308,{}\n", row % 2, row % 2)).collect();
    for (content, flags, problem) in [
        ("", &[][..], "expected a header and rows, found an empty file"),
        ("\n\n", &[], "expected a header and rows, found none"),
        ("a,b\n", &[], "expected rows after the header, found none"),
        (
            "a,b\n1,0\nnan,1\n",
            &[],
            "line 3, column 1 (`a`): expected a finite number, found NaN or infinity; --impute median fills it; \
             otherwise leave out the row, or the column with --ignore 'a'",
        ),
        (
            "a,b\n1,0\nx,1\n",
            &[],
            "line 3, column 1 (`a`): expected a finite number, found text; if these are categories: --one-hot 'a'; if \
             there is nothing to learn from them: --ignore 'a'",
        ),
        ("a,b\nx,0\ny,1\n", &["--one-hot", "b"], "--one-hot: expected columns to learn from, each once, found `b`"),
        (
            "a,b\n,0\n,1\n",
            &["--impute", "mean", "--test-size", "0"],
            "column 1 of the numbers: expected a number to impute in the rows to train on, found none",
        ),
        (
            "a,c,b\n,1,0\n,2,1\n",
            &["--impute", "mean", "--one-hot", "a", "--test-size", "0"],
            "--one-hot: expected a category in the rows to train on, found a column without one",
        ),
        (
            "a,b\nx,0\ny,1\nz,1\n",
            &["--one-hot", "a", "--data-bytes-max", "70"],
            "expected at most 70 bytes of numbers, found more with 3 columns after --one-hot: --data-bytes-max raises the limit",
        ),
        ("a,b\n1,0\n1\n", &[], "line 3: expected 2 fields, found 1"),
        ("a,b\n1,0\n1,\n", &[], "line 3, column 2 (`b`): expected a label, found an empty field"),
        ("a,a,b\n1,2,0\n", &[], "header: expected each name once, found `a` twice"),
        (
            ",b\n1,0\n",
            &[],
            "header: expected a name for each column, found none for column 1; if it numbers the rows: --ignore 0",
        ),
        (
            "a,species\n1,0\n",
            &["--target", "specis"],
            "--target: expected the name of a column or a number below 2, found `specis`, did you mean `species`?",
        ),
        (
            "1,0\n",
            &["--target", "b"],
            "--target: expected the number of a column, from 0 to 1, as there is no header, found `b`",
        ),
        ("b\n1\n0\n", &[], "expected columns to learn from, found 1 columns in all"),
        ("a,b\n1,0\n2,0\n", &[], "target `b`: expected at least 2 classes, found only `0`"),
        (
            "a,b\n1,0.5\n2,1\n",
            &[],
            "target `b`: expected labels, found numbers with decimals such as `0.5`; for numbers: --estimator svr or nusvr",
        ),
        (
            "a,b\n1,0\n2,1\n",
            &["--test-size", "2"],
            "expected rows to train on, found 2 in all and 2 to hold out: --test-size",
        ),
        ("a,b\n1,0\n2,0\n3,1\n", &["--stratify"], "expected at least 2 rows of each class to stratify, found 1"),
        (
            "a,b\n1,0\n2,1\n",
            &["--class-weight", "x=2", "--test-size", "0"],
            "--class-weight: expected labels of the target, found `x`",
        ),
        (
            "a,b\n1,0\n2,1\n3,1\n4,1\n5,1\n",
            &["--estimator", "nusvc", "--test-size", "0"],
            "`nu`: expected at most 0.4 for classes of these sizes, found 0.5",
        ),
        ("a,b\n1,x\n", &["--estimator", "svr"], "line 2, column 2 (`b`): expected a finite number, found `x`"),
        (
            "a,b,w\n1,0,-1\n",
            &["--target", "b", "--sample-weight", "w"],
            "line 2, column 3 (`w`): expected a weight, zero or above, found `-1`",
        ),
        (
            "a,b\n1,0\n2,1\n",
            &["--data-bytes-max", "8"],
            "line 3: expected at most 8 bytes of numbers, found more: --data-bytes-max raises the limit",
        ),
        (
            "a,b\n1,0\n2,1\n",
            &["--probability", "--test-size", "0"],
            "--probability: expected at least 5 rows of each class to train on, found 1",
        ),
        (
            "a,b\n1,0\n2,1\n3,1\n",
            &["--cv", "5", "--test-size", "0"],
            "--cv: expected at most 2 folds for so few rows, found 5",
        ),
        (&many, &[], "target `1`: expected at most 1000 classes, found 1002; for numbers: --estimator svr or nusvr"),
        (
            &large,
            &[],
            "`n_support`: expected at least 1 support vector, found 0; the columns may hold numbers that are too large: --scale standard",
        ),
    ] {
        let data = folder.file("data.csv", content);
        let (code, _, stderr) = run(&[&["train", &data, "-o", &model], flags].concat());
        assert_eq!((code, stderr), (1, format!("error: failed to train on `{data}`: {problem}\n")));
        assert!(!fs::exists(&model).unwrap(), "{problem}");
    }
}

#[test]
fn flags_that_nothing_uses_are_refused() {
    for (flags, problem) in [
        (&["--C", "0"][..], "--C: expected a number above 0, found `0`"),
        (&["--nu", "0.5"], "--nu: expected an estimator that uses it, found `svc`"),
        (&["--estimator", "svr", "--stratify"], "--stratify: expected an estimator that uses it, found `svr`"),
        (&["--degree", "3"], "--degree: expected --kernel poly, which uses it"),
        (&["--kernel", "linear", "--gamma", "1"], "--gamma: expected --kernel rbf or poly or sigmoid, which uses it"),
        (&["--gamma", "-1"], "--gamma: expected scale, auto or a number, 0 or above, found `-1`"),
        (
            &["--test-size", "1.5"],
            "--test-size: expected a share of the rows below 1, or a number of rows, 0 for none, found `1.5`",
        ),
        (
            &["--store-probes", "--test-size", "0"],
            "--store-probes: expected held-out rows to store, found --test-size 0",
        ),
        (
            &["--class-weight", "a"],
            "--class-weight: expected balanced, or labels with weights, such as a=1,b=2.5, found `a`",
        ),
        (&["-o", IRIS], "--output: expected a file other than the data, found"),
    ] {
        let (code, _, stderr) = run(&[&["train", IRIS], flags].concat());
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.starts_with(&format!("error: {problem}")), "{stderr}");
    }
}

/// Rows of noise in which no SVM finds an end soon.
fn noise(n_rows: usize, n_features: usize) -> String {
    let names: Vec<_> = (0..n_features).map(|column| format!("c{column}")).collect();
    let mut table = names.join(",") + ",kind\n";
    let mut state = 1_u64;
    let mut digits = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 50
    };
    for _ in 0..n_rows {
        (0..n_features).for_each(|_| table += &format!("{},", digits()));
        table += &format!("{}\n", digits() % 3);
    }
    table
}

#[test]
fn a_signal_stops_it_and_nothing_is_written() {
    let folder = Folder::new("train-signal");
    let data = folder.file("noise.csv", noise(3_000, 5));
    let model = folder.path("model.bin");
    let flags = ["--kernel", "linear", "--C", "1e6", "--tol", "1e-9"];
    let mut command = svcd(&[&["train", &data, "-o", &model], &flags[..]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    // the handler is there before the file is read, and reading takes far less
    std::thread::sleep(Duration::from_secs(1));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped by a signal; nothing was written"));
    assert_eq!(fs::read_dir(folder.root()).unwrap().count(), 1);
}

#[test]
fn memory_is_bounded_by_the_data_and_the_cache() {
    const N_ROWS: usize = 6_000;
    const N_FEATURES: usize = 20;
    const CACHE_KIB: usize = 4 << 10;
    const REST_KIB: usize = 16 << 10;
    let folder = Folder::new("train-memory");
    let data = folder.file("noise.csv", noise(N_ROWS, N_FEATURES));
    let model = folder.path("model.bin");
    let flags =
        ["--max-iter", "200", "--cache-size", "4MiB", "--threads", "1", "--test-size", "50", "--scale", "standard"];
    let mut child = svcd(&[&["train", &data, "-o", &model], &flags[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (pid, mut peak) = (child.id(), 0);
    while child.try_wait().unwrap().is_none() {
        if let Ok(found) = std::panic::catch_unwind(|| proc::status(pid, "VmHWM")) {
            peak = found;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let data_kib = N_ROWS * N_FEATURES * 8 / 1024;
    // the scaled rows are a second copy
    let bound = 2 * data_kib + CACHE_KIB + REST_KIB;
    assert!(peak > data_kib && peak <= bound, "{peak} KiB at most, {bound} KiB allowed");
}
