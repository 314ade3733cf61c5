//! However the pieces of a model are given, the commands print the same bytes.

use std::fs;

use serde_json::Value;

use super::{NEWEST, VERSIONS, bytes, expected, fixtures, labels, load, path, predict, rows, run};
use crate::folder::Folder;
use crate::harness::Server;
use crate::random::Random;

const ALL: [&str; 2] = ["--output", "predict,decision_function"];

const FILES: [&str; 4] = ["scaler.pkl", "pca.pkl", "svm.pkl", "labels.pkl"];

fn files(version: &str) -> [String; 4] {
    FILES.map(|file| path(version, &format!("whole/{file}")))
}

/// The first fields of lines.
fn first_fields(csv: &str) -> String {
    csv.lines().map(|line| line.split(',').next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn files_folder_dict_tuple_list_and_model_bin_answer_the_same_bytes() {
    for version in VERSIONS {
        let folder = Folder::new("pieces-forms");
        let rows = rows(&folder, version, "whole");
        let (code, answers, stderr) = predict(&rows, &files(version), &ALL);
        let told = "svcd: note: the model is scaler.pkl (StandardScaler), pca.pkl (PCA), svm.pkl (SVC), labels.pkl (LabelEncoder)\n\
                    svcd: note: the model's labels: 0 is `setosa`, 1 is `versicolor`, 2 is `virginica`\n";
        assert_eq!((code, stderr.as_str()), (0, told), "{version}");
        assert_eq!(first_fields(&answers), labels(version, "whole"), "{version}");
        // of the label, and of three classes
        assert!(answers.lines().all(|line| line.split(',').count() == 4), "{answers}");

        let saved = ["dict.pkl", "tuple.pkl", "nested.pkl", "dict.joblib"]
            .map(|name| path(version, &format!("whole.saved/{name}")));
        for form in saved.iter().chain([&path(version, "whole")]) {
            let (code, found, stderr) = predict(&rows, &[form], &ALL);
            assert_eq!((code, found.as_str()), (0, answers.as_str()), "{form}: {stderr}");
        }

        let binary = folder.path("model.bin");
        let arguments = ["import", "-o", &binary].into_iter().map(str::to_owned).chain(files(version));
        assert_eq!(run(&arguments.collect::<Vec<_>>()).0, 0, "{version}");
        assert_eq!(predict(&rows, &[&binary], &ALL), (0, answers, String::new()), "{version}");
    }
}

#[test]
fn what_a_container_was_taken_apart_into_is_told() {
    let folder = Folder::new("pieces-told");
    let rows = rows(&folder, NEWEST, "whole");
    for (name, told) in [
        ("dict.pkl", "['scaler'] (StandardScaler), ['pca'] (PCA), ['model'] (SVC), ['encoder'] (LabelEncoder)"),
        ("tuple.pkl", "[1] (StandardScaler), [3] (PCA), [0] (SVC), [2] (LabelEncoder)"),
        ("nested.pkl", "[0][0] (StandardScaler), [0][1][0] (PCA), [1]['svm'] (SVC), [2][0] (LabelEncoder)"),
    ] {
        let (_, _, stderr) = predict(&rows, &[path(NEWEST, &format!("whole.saved/{name}"))], &[]);
        assert_eq!(stderr.lines().next().unwrap(), format!("svcd: note: the model is {told}"), "{name}");
    }
}

#[test]
fn one_model_file_is_named_beside_the_encoder_of_a_column() {
    let folder = Folder::new("pieces-encoded");
    let rows = folder.file("rows.csv", "7.25,male,1,3\n");
    let encoded = fixtures().with_file_name("tables").join(NEWEST).join("encoders_as_files");
    let shown = |name: &str| encoded.join(name).to_str().unwrap().to_owned();
    let encoder = format!("x1={}", shown("sex_encoder.pkl"));
    for (file, told) in [
        (shown("model.pkl"), "model.pkl (SVC)"),
        (
            path(NEWEST, "whole.saved/dict.pkl"),
            "dict.pkl['scaler'] (StandardScaler), dict.pkl['pca'] (PCA), dict.pkl['model'] (SVC), dict.pkl['encoder'] (LabelEncoder)",
        ),
    ] {
        let more = ["--feature-names", "x0,x1,x2,x3", "--encode", &encoder, "--no-evidence-check"];
        let (code, _, stderr) = predict(&rows, &[file], &more);
        let told = format!("svcd: note: the model is sex_encoder.pkl (LabelEncoder of `x1`), {told}");
        assert_eq!((code, stderr.lines().next()), (0, Some(told.as_str())), "{stderr}");
    }
}

#[test]
fn the_svm_alone_warns_and_is_served() {
    let folder = Folder::new("pieces-alone");
    for version in VERSIONS {
        let rows = rows(&folder, version, "scaler");
        let alone = [path(version, "scaler/svm_model.pkl")];
        let (code, answers, stderr) = predict(&rows, &alone, &[]);
        let warning = "svcd: warning: the support vectors look standardised: this SVM was trained behind a scaler; give it with another \
                       --model, or answers will be wrong\n";
        assert_eq!((code, stderr.as_str()), (0, warning), "{version}");
        assert_ne!(answers, labels(version, "scaler"), "{version}");
        assert_eq!(predict(&rows, &alone, &["--no-evidence-check"]), (0, answers, String::new()));
        let told = "svcd: note: the model is scaler.pkl (StandardScaler), svm_model.pkl (SVC)\n";
        let scaled = predict(&rows, &[path(version, "scaler")], &[]);
        assert_eq!(scaled, (0, labels(version, "scaler"), told.to_owned()), "{version}");
    }
}

#[test]
fn no_name_of_a_file_tells_what_is_in_it() {
    let mut random = Random(0x5eed);
    for case in ["whole", "scaler_pca", "labels", "min_max", "names_in_list", "input_encoders", "data"] {
        let here = Folder::new("pieces-names-rows");
        let rows = rows(&here, NEWEST, case);
        let (code, answers, _) = predict(&rows, &[path(NEWEST, case)], &ALL);
        assert_eq!((code, first_fields(&answers)), (0, labels(NEWEST, case)), "{case}");
        for _ in 0..4 {
            let folder = Folder::new("pieces-names");
            for entry in fs::read_dir(path(NEWEST, case)).unwrap() {
                let mut letters =
                    || (0..8).map(|_| *random.pick(b"abcdefghijklmnopqrstuvwxyz") as char).collect::<String>();
                let name = format!("{}.{}", letters(), letters());
                fs::copy(entry.unwrap().path(), folder.path(&name)).unwrap();
            }
            let (code, found, stderr) = predict(&rows, &[folder.root()], &ALL);
            assert_eq!((code, found.as_str()), (0, answers.as_str()), "{case}: {stderr}");
        }
    }
}

/// All orders of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let put = |order: &Vec<usize>, place: usize| [&order[..place], &[n - 1], &order[place..]].concat();
    orders(n - 1).iter().flat_map(|order| (0..n).map(move |place| put(order, place))).collect()
}

#[test]
fn transformers_keep_their_order_and_the_others_stand_anywhere() {
    let whole = load(&files(NEWEST), &[]).unwrap().model;
    let orders = orders(4);
    assert_eq!(orders.len(), 24);
    for order in orders {
        let files = order.iter().map(|index| files(NEWEST)[*index].clone()).collect::<Vec<_>>();
        let is_in_order = order.iter().position(|index| *index == 0) < order.iter().position(|index| *index == 1);
        match load(&files, &[]) {
            Ok(loaded) => assert!(is_in_order && loaded.model == whole, "{order:?}"),
            Err(error) => {
                assert!(!is_in_order, "{order:?}: {error}");
                let text = "the transformers do not fit together in this order; they do in this one: --model scaler.pkl \
                            --model pca.pkl --model svm.pkl --model labels.pkl";
                assert_eq!(error.to_string(), text);
            }
        }
    }
}

#[test]
fn two_scalers_of_one_width_are_applied_as_they_are_given() {
    let folder = Folder::new("pieces-two");
    for version in VERSIONS {
        let rows = rows(&folder, version, "two_scalers");
        let [first, second, svm] =
            ["b_standard.pkl", "a_minmax.pkl", "svm.pkl"].map(|file| path(version, &format!("two_scalers/{file}")));
        let expected = labels(version, "two_scalers");
        assert_eq!(predict(&rows, &[&first, &second, &svm], &[]).1, expected, "{version}");
        assert_eq!(predict(&rows, &[&svm, &first, &second], &[]).1, expected, "{version}");
        let values = |files: &[&String]| predict(&rows, files, &["--output", "decision_function"]).1;
        assert_ne!(values(&[&second, &first, &svm]), values(&[&first, &second, &svm]), "{version}");
    }
}

#[test]
fn a_server_of_a_folder_answers_the_labels_of_the_encoder() {
    for version in VERSIONS {
        let server = Server::start(&["--model", &path(version, "whole")]);
        let expected = expected(version, "whole");
        let body = serde_json::json!({ "instances": expected.rows }).to_string();
        let head =
            format!("POST /v1/models/whole:predict HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len());
        let answer = server.connect().ask((head + &body).as_bytes());
        let answer: Value = serde_json::from_str(answer.text()).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
        assert_eq!(answer, serde_json::json!({ "predictions": expected.predict }), "{version}");
    }
}

#[test]
fn inspect_takes_the_files_and_the_folder() {
    let by_files = run(&[vec!["inspect".to_owned(), "--json".to_owned()], files(NEWEST).to_vec()].concat());
    let by_folder = run(&["inspect", "--json", &path(NEWEST, "whole")]);
    let document = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (by_files, by_folder) = (document(&by_files.1), document(&by_folder.1));
    assert_eq!(by_files["steps"], serde_json::json!(["StandardScaler", "PCA"]));
    assert_eq!(by_files["classes"], serde_json::json!(["setosa", "versicolor", "virginica"]));
    assert_eq!(by_files["n_features_in"], 4);
    for key in ["steps", "classes", "sha256", "n_features_in", "support_vectors", "sklearn_version", "warnings"] {
        assert_eq!(by_files[key], by_folder[key], "{key}");
    }
    // the digest is that of the bytes, whatever else lies beside them
    assert_eq!(bytes(NEWEST, "labels/labels.pkl"), bytes(NEWEST, "whole/labels.pkl"));
    assert_ne!(document(&run(&["inspect", "--json", &path(NEWEST, "labels")]).1)["sha256"], by_files["sha256"]);
}
