//! What is no model is refused in one line with what to type, and a damaged piece is never passed over.

use std::fs;

use super::{NEWEST, VERSIONS, bytes, labels, load, path, predict, refusal, rows};
use crate::folder::Folder;

#[test]
fn the_commands_tell_why_files_are_no_model() {
    let place = |name: &str| path(NEWEST, name);
    let cases: &[(&[&str], &[&str], &str)] = &[
        (
            &["scaler/scaler.pkl"],
            &[],
            "expected a fitted SVM, found StandardScaler: give the SVM's file too, with another --model",
        ),
        (
            &["scaler_pca/scaler.pkl", "scaler_pca/pca.pkl"],
            &[],
            "expected a fitted SVM, found StandardScaler in `scaler.pkl`, PCA in `pca.pkl`: give the SVM's file too, \
             with another --model",
        ),
        (
            &["scaler_pca/scaler.pkl", "scaler_pca/model.pkl"],
            &[],
            "these do not belong to one model: `model.pkl` takes rows of 2 numbers, and `scaler.pkl` (StandardScaler) makes rows of 4 \
             numbers out of 4; skip what does not belong to it with --leave-out",
        ),
        (
            &["old_scaler.saved/dict.pkl"],
            &[],
            "`['scaler']`, `['old']` fit the model in more than one order: save them as one: pickle.dump(make_pipeline(first, \
             second, svc), f), or skip one with --leave-out",
        ),
        (
            &["scaler"],
            &["--leave-out", "sclaer.pkl"],
            "--leave-out: expected one of `scaler.pkl`, `svm_model.pkl`, found `sclaer.pkl`",
        ),
        (
            &["scaler"],
            &["--leave-out", "svm_model.pkl"],
            "expected a fitted SVM, found StandardScaler in `scaler.pkl`: give the SVM's file too, with another \
             --model",
        ),
        (
            &["labels/labels.pkl"],
            &[],
            "expected a fitted SVM, found LabelEncoder: give the SVM's file too, with another --model",
        ),
        (
            &["foreign/forest.pkl", "foreign/scaler.pkl"],
            &[],
            "expected a fitted SVM, found `RandomForestClassifier` in `forest.pkl`, StandardScaler in `scaler.pkl`: svcd serves \
             scikit-learn's SVMs and SGDClassifier, alone or inside a Pipeline, a search, a CalibratedClassifierCV, a \
             OneVsRestClassifier or a OneVsOneClassifier",
        ),
        (
            &["scaler/svm_model.pkl", "scaler/none.pkl"],
            &[],
            "`none.pkl`: No such file or directory (os error 2); if it is not part of the model: --leave-out none.pkl",
        ),
    ];
    for (files, more, expected) in cases {
        let files: Vec<_> = files.iter().map(|file| place(file)).collect();
        assert_eq!(refusal(&files, more), *expected, "{files:?}");
    }
}

#[test]
fn a_key_of_a_saved_dict_is_left_out_by_its_name_or_its_place() {
    let folder = Folder::new("pieces-key");
    for version in VERSIONS {
        let rows = rows(&folder, version, "old_scaler");
        let dict = [path(version, "old_scaler.saved/dict.pkl")];
        let told = "svcd: note: the model is ['scaler'] (StandardScaler), ['svm'] (SVC)\n\
                    svcd: note: left out: ['old'] (StandardScaler, by --leave-out)\n";
        // the last as a shell gives it that takes the quotes away
        for name in ["old", "['old']", "[old]"] {
            let found = predict(&rows, &dict, &["--leave-out", name]);
            assert_eq!(found, (0, labels(version, "old_scaler"), told.to_owned()), "{version}: {name}");
        }
    }
}

#[test]
fn a_transformer_in_a_dict_that_is_not_applied_is_an_error_until_it_is_left_out() {
    let folder = Folder::new("pieces-not-applied");
    for version in VERSIONS {
        let dict = [path(version, "not_applied.saved/dict.pkl")];
        let text = refusal(&dict, &[]);
        let begin = "`['nystroem']`: the `Nystroem` is a transformer that svcd does not apply: ";
        let end = "; if it is not part of the model: --leave-out nystroem";
        assert!(text.starts_with(begin) && text.ends_with(end), "{text}");
        let rows = rows(&folder, version, "not_applied");
        let found = predict(&rows, &dict, &["--leave-out", "nystroem"]);
        let told = "svcd: note: left out: ['nystroem'] (not readable, by --leave-out)\n";
        assert_eq!(found, (0, labels(version, "not_applied"), told.to_owned()));
    }
}

#[test]
fn a_damaged_scaler_is_an_error_wherever_it_is_cut() {
    for version in VERSIONS {
        let scaler = bytes(version, "scaler/scaler.pkl");
        let folder = Folder::new("pieces-cut").with("svm.pkl", &bytes(version, "scaler/svm_model.pkl"));
        for len in 0..scaler.len() {
            let file = folder.file("scaler.pkl", &scaler[..len]);
            let error = load(&[file.as_str(), &folder.path("svm.pkl")], &[]).unwrap_err().to_string();
            assert!(error.starts_with("`scaler.pkl`: "), "{version}, {len} bytes: {error}");
            assert!(error.ends_with("; if it is not part of the model: --leave-out scaler.pkl"), "{error}");
            // a pickle begins with two bytes: what is shorter is no model file, and is named
            match load(&[folder.root()], &[]) {
                Err(found) => assert!(len >= 2 && found.to_string() == error, "{version}, {len} bytes: {found}"),
                Ok(loaded) => {
                    let what = if len == 0 { "an empty file" } else { "no model file" };
                    assert!(len < 2, "{version}: a scaler of {len} bytes was passed over");
                    assert_eq!(
                        (loaded.left_out[0].place.as_str(), loaded.left_out[0].what.as_str()),
                        ("scaler.pkl", what)
                    );
                }
            }
        }
    }
}

#[test]
fn a_damaged_file_is_told_with_the_way_past_it() {
    let folder = Folder::new("pieces-damaged");
    let scaler = bytes(NEWEST, "scaler/scaler.pkl");
    let svm = folder.file("svm.pkl", bytes(NEWEST, "scaler/svm_model.pkl"));
    let cut = folder.file("scaler.pkl", &scaler[..scaler.len() - 5]);
    let text = refusal(&[&cut, &svm], &[]);
    let (expected, found) = (scaler.len(), scaler.len() - 5);
    assert_eq!(
        text,
        format!(
            "`scaler.pkl`: the file ends after {found} of at least {expected} bytes: copy it again; if it is not part \
             of the model: --leave-out scaler.pkl"
        )
    );
    let rows = rows(&folder, NEWEST, "scaler");
    let (code, _, stderr) = predict(&rows, &[&cut, &svm], &["--leave-out", "scaler.pkl"]);
    let told = "svcd: note: left out: scaler.pkl (not readable, by --leave-out)\n\
                svcd: warning: the support vectors look standardised: this SVM was trained behind a scaler; give it with another \
                --model, or answers will be wrong\n";
    assert_eq!((code, stderr.as_str()), (0, told));
}

#[test]
fn the_order_that_fits_is_told_by_files_each_once() {
    let (dict, scaler) = (path(NEWEST, "whole.saved/dict.pkl"), path(NEWEST, "whole/scaler.pkl"));
    let text = "the transformers do not fit together in this order; they do in this one: --model scaler.pkl --model \
                dict.pkl";
    assert_eq!(refusal(&[&dict, &scaler], &["--leave-out", "scaler"]), text);
    let loaded = load(&[&scaler, &dict], &["scaler"]).unwrap();
    assert_eq!(loaded.model, load(&[dict], &[]).unwrap().model);
}

#[test]
fn a_file_whose_name_has_brackets_is_left_out_by_its_name() {
    let case = path(NEWEST, "old_scaler");
    let folder = Folder::new("pieces-brackets");
    for (name, copy) in [("svm.pkl", "svm.pkl"), ("scaler.pkl", "scaler[1].pkl"), ("old.pkl", "scaler[2].pkl")] {
        fs::copy(format!("{case}/{name}"), folder.path(copy)).unwrap();
    }
    folder.file("notes[1].pkl", bytes(NEWEST, "data/metrics.pkl"));
    let whole = load(&[&case], &["old.pkl"]).unwrap().model;
    let loaded = load(&[folder.root()], &["scaler[2].pkl", "notes[1].pkl"]).unwrap();
    assert_eq!(loaded.model, whole);
    let left_out: Vec<_> = loaded.left_out.iter().map(|left| left.place.as_str()).collect();
    assert_eq!(left_out, ["notes[1].pkl['accuracy']", "notes[1].pkl['f1']", "scaler[2].pkl"]);
    let error = load(&[folder.root()], &["scaler"]).unwrap_err().to_string();
    assert!(error.starts_with("--leave-out: expected one of `notes[1].pkl['accuracy']`"), "{error}");
}

#[test]
fn files_of_other_programs_in_a_folder_are_left_out_and_what_stands_for_a_model_is_not() {
    let folder = Folder::new("pieces-others");
    folder.file("svm.pkl", bytes(NEWEST, "scaler/svm_model.pkl"));
    folder.file("scaler.pkl", bytes(NEWEST, "scaler/scaler.pkl"));
    let office = [b"PK\x03\x04".to_vec(), vec![0; 26], b"[Content_Types].xml".to_vec()].concat();
    for (name, content) in [
        ("figures.xlsx", office.as_slice()),
        ("net.h5", b"\x89HDF\r\n\x1a\n"),
        ("net.pt", b"PK\x03\x04archive/data.pkl"),
        ("rows.npy", b"\x93NUMPY\x01\x00"),
    ] {
        folder.file(name, content);
        let text = refusal(&[&folder.path(name), &folder.path("svm.pkl")], &[]);
        assert!(text.starts_with(&format!("`{name}`: a")), "{text}");
    }
    let loaded = load(&[folder.root()], &[]).unwrap();
    let left_out: Vec<_> = loaded.left_out.iter().map(|left| format!("{} ({})", left.place, left.what)).collect();
    assert_eq!(
        left_out,
        [
            "figures.xlsx (an Office document)",
            "net.h5 (an HDF5 file, as keras writes it)",
            "net.pt (a zip file, as skops, torch, keras and NumPy write it)",
            "rows.npy (a NumPy array)",
        ]
    );
    assert_eq!(loaded.pieces.len(), 2);
    folder.file("pca.pkl", b"version https://git-lfs.github.com/spec/v1\n");
    assert_eq!(
        load(&[folder.root()], &[]).unwrap_err().to_string(),
        "`pca.pkl`: a Git LFS pointer, not the file itself: run `git lfs pull`; if it is not part of the model: --leave-out \
         pca.pkl"
    );
}
