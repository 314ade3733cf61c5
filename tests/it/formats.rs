//! What is read as a model file and what is refused, with the exact words.

mod json;
mod model_bin;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use svcd::model_file::MODEL_FILE_BYTES_MAX;
use svcd::model_file::load::{load_bytes, load_path};
use svcd::pipeline::{Classes, ScalerFormula};
use svcd::svc::{Coupling, Kernel, Probability};

use crate::folder::Folder;
use crate::made_up::MadeUp;

#[test]
fn the_content_tells_the_format_and_not_the_name() {
    let folder = Folder::new("content");
    let path = folder.0.join("model.pkl");
    fs::write(&path, JSON).unwrap();
    assert_eq!(load_path(&path).unwrap().model, made_up().model());
}

#[test]
fn other_content_is_refused_with_its_first_bytes() {
    let refusal = |bytes: &[u8]| load_bytes(bytes).unwrap_err().to_string();
    let text = "format: expected a model.bin, pickle, joblib, LIBSVM or JSON model, found";
    assert_eq!(refusal(b""), format!("{text} an empty file"));
    assert_eq!(refusal(b"[1]"), format!("{text} a file that starts with the bytes 5b 31 5d"));
    assert_eq!(
        refusal(b"\x7fELF\x02\x01\x01\x00\x00"),
        format!("{text} a file that starts with the bytes 7f 45 4c 46 02 01 01 00")
    );
    let marked = [b"\xef\xbb\xbf", JSON.as_bytes()].concat();
    assert_eq!(refusal(&marked), format!("{text} a file that starts with the bytes ef bb bf 7b 0a 22 66 6f"));
    assert_eq!(refusal(b" \n{}"), "line 2, column 2: missing field `format`");
}

#[test]
fn an_error_is_one_short_line_whatever_the_file_says() {
    let refusal = |key: &str| load_bytes(format!("{{\"{key}\": 1}}").as_bytes()).unwrap_err().to_string();
    let text = refusal("a\\n\\u001b[31m");
    assert!(text.starts_with("line 1, column 16: unknown field `a\\n\\u{1b}[31m`, expected one of `format`"), "{text}");
    let text = refusal(&"é".repeat(10_000));
    assert!(text.starts_with("line 1, column 20003: unknown field `éé") && text.ends_with("éé..."), "{text}");
    assert_eq!(text.chars().count(), 803);
}

#[test]
fn only_regular_files_of_bounded_size_are_read() {
    let folder = Folder::new("regular");
    let refusal = |path: &Path| load_path(path).unwrap_err().to_string();
    assert_eq!(refusal(&folder.0.join("missing")), "No such file or directory (os error 2)");
    assert_eq!(refusal(&folder.0), "expected a regular file, found a directory");
    assert_eq!(refusal(Path::new("/dev/zero")), "expected a regular file, found a device, FIFO or socket");
    let fifo = folder.0.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    assert_eq!(refusal(&fifo), "expected a regular file, found a device, FIFO or socket");
    let large = folder.0.join("large");
    File::create(&large).unwrap().set_len(MODEL_FILE_BYTES_MAX + 1).unwrap();
    assert_eq!(refusal(&large), "size: expected at most 536870912 bytes, found 536870913");
    File::create(&large).unwrap().set_len(64).unwrap();
    let text =
        "format: expected a model.bin, pickle, joblib, LIBSVM or JSON model, found a file that starts with the bytes";
    assert_eq!(refusal(&large), format!("{text} 00 00 00 00 00 00 00 00"));
}

/// A model of three classes with everything a file may hold, in numbers without rounding; one key a line.
const JSON: &str = r#"{
"format": "svcd-svc",
"format_version": 1,
"sklearn_version": "1.9.1",
"steps": [{"StandardScaler": {"mean_": [0.5, 1.0], "scale_": null}}],
"kernel": "poly",
"_gamma": 0.5,
"coef0": 1.0,
"degree": 2,
"classes_": [3, 5, 8],
"n_support_": [1, 2, 1],
"support_vectors_": [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [2.0, 2.0]],
"_dual_coef_": [[1.0, -0.75, -0.25, -0.5], [0.5, 0.25, 0.125, -0.375]],
"_intercept_": [0.25, -0.5, 0.125],
"decision_function_shape": "ovr",
"break_ties": false,
"feature_names_in_": ["a", "b"],
"_probA": [-1.0, -1.5, -2.0],
"_probB": [0.0, 0.25, -0.125],
"probes": {"rows": [[0.5, 1.0]], "predict": [3], "decision_function_ovo": [[0.25, -0.5, 0.125]]}
}
"#;

/// The same model as it is meant.
fn made_up() -> MadeUp {
    MadeUp {
        scalers: vec![ScalerFormula::Standard { mean: Some(vec![0.5, 1.0]), scale: None }],
        kernel: Kernel::Poly { gamma: 0.5, coef0: 1.0, degree: 2 },
        classes: Classes::Integer(vec![3, 5, 8]),
        feature_names: Some(vec!["a".to_owned(), "b".to_owned()]),
        n_support: vec![1, 2, 1],
        support_vectors: vec![0.0, 1.0, 1.0, 0.5, -1.0, 2.0, 2.0, 2.0],
        dual_coef: vec![1.0, -0.75, -0.25, -0.5, 0.5, 0.25, 0.125, -0.375],
        intercept: vec![0.25, -0.5, 0.125],
        probability: Some(Probability {
            prob_a: vec![-1.0, -1.5, -2.0],
            prob_b: vec![0.0, 0.25, -0.125],
            coupling: Coupling::Iterative,
        }),
        ..MadeUp::default()
    }
}
