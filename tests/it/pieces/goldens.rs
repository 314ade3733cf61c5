//! Each case by its folder and by its files, against scikit-learn's answers.

use std::collections::BTreeSet;
use std::fs;

use super::{NEWEST, VERSIONS, expected, fixtures, load, path};
use crate::pickles::compare;

/// Files that people save beside each other.
struct Case {
    name: &'static str,
    /// All of them, those that are applied in the order of their application.
    files: &'static str,
    /// Why they are refused as a folder, and what is left out to make them a model.
    refusal: Option<(&'static str, &'static [&'static str])>,
    /// What else there is in the folder and no part of the model.
    left_out: &'static [(&'static str, &'static str)],
    warnings: &'static [&'static str],
}

const SERVED: Case = Case { name: "", files: "", refusal: None, left_out: &[], warnings: &[] };

const NOT_SCALED: &str = "the support vectors look standardised: this SVM was trained behind a scaler; give it with another --model, or answers will be wrong";

const CASES: &[Case] = &[
    Case { name: "whole", files: "scaler.pkl pca.pkl svm.pkl labels.pkl", ..SERVED },
    Case { name: "scaler", files: "scaler.pkl svm_model.pkl", ..SERVED },
    Case { name: "scaler_pca", files: "scaler.pkl pca.pkl model.pkl", ..SERVED },
    Case { name: "min_max", files: "minmax.joblib svc.joblib", ..SERVED },
    Case { name: "labels", files: "scaler.pkl svm.pkl labels.pkl", ..SERVED },
    Case {
        name: "input_encoder",
        files: "scaler.pkl svm.pkl sex_encoder.pkl",
        left_out: &[("sex_encoder.pkl", "LabelEncoder: it knows 2 labels, and the model has 3 classes")],
        warnings: &[
            "the LabelEncoder in `sex_encoder.pkl` does not name the classes: it knows 2 labels, and the model has 3 \
             classes; if it should, use --class-names",
        ],
        ..SERVED
    },
    Case {
        name: "input_encoders",
        files: "scaler.pkl svm.pkl sex_encoder.pkl smoker_encoder.pkl",
        left_out: &[
            ("sex_encoder.pkl", "LabelEncoder: they hold different labels, as encoders of input columns do"),
            ("smoker_encoder.pkl", "LabelEncoder: they hold different labels, as encoders of input columns do"),
        ],
        warnings: &[
            "the LabelEncoders in `sex_encoder.pkl`, `smoker_encoder.pkl` do not name the classes: they hold different \
             labels, as encoders of input columns do; if one should, use --class-names",
        ],
        ..SERVED
    },
    Case {
        name: "input_encoder_of_texts",
        files: "scaler.pkl svm.pkl smoker.pkl",
        left_out: &[("smoker.pkl", "LabelEncoder: the model's classes are labels already")],
        warnings: &[
            "the LabelEncoder in `smoker.pkl` does not name the classes: the model's classes are labels already; if it \
             should, use --class-names",
        ],
        ..SERVED
    },
    Case {
        name: "two_scalers",
        files: "b_standard.pkl a_minmax.pkl svm.pkl",
        refusal: Some((
            "`a_minmax.pkl`, `b_standard.pkl` fit the model in more than one order: give the files one by one with --model, in \
             the order in which they are applied, or skip one with --leave-out",
            &[],
        )),
        ..SERVED
    },
    Case {
        name: "old_scaler",
        files: "scaler.pkl svm.pkl old.pkl",
        refusal: Some((
            "`old.pkl`, `scaler.pkl` fit the model in more than one order: give the files one by one with --model, in the order \
             in which they are applied, or skip one with --leave-out",
            &["old.pkl"],
        )),
        left_out: &[("old.pkl", "StandardScaler, by --leave-out")],
        ..SERVED
    },
    Case {
        name: "same_scaler",
        files: "scaler.pkl scaler_copy.pkl svm.pkl",
        left_out: &[("scaler_copy.pkl", "StandardScaler, the same as `scaler.pkl`")],
        ..SERVED
    },
    Case {
        name: "pipeline_and_scaler",
        files: "scaler.pkl pipeline.pkl",
        left_out: &[("scaler.pkl", "StandardScaler, a step of the pipeline in `pipeline.pkl` already")],
        ..SERVED
    },
    Case { name: "names_in_scaler", files: "scaler.pkl svm.pkl", ..SERVED },
    Case { name: "names_in_list", files: "scaler.pkl svm.pkl feature_columns.pkl", ..SERVED },
    Case {
        name: "names_of_either",
        files: "scaler.pkl svm.pkl names.pkl",
        refusal: Some((
            "`names.pkl` holds 3 texts, which may name the 3 columns or the 3 classes: say which with --feature-names or \
             --class-names, and skip the list with --leave-out",
            &["names.pkl"],
        )),
        left_out: &[("names.pkl", "a list of 3 items, by --leave-out")],
        ..SERVED
    },
    Case {
        name: "foreign",
        files: "scaler.pkl svm.pkl report.pkl forest.pkl",
        left_out: &[("forest.pkl", "`RandomForestClassifier`"), ("report.pkl", "`company.reports.Report`")],
        ..SERVED
    },
    Case {
        name: "data",
        files: "scaler.pkl svm.pkl metrics.pkl trained.pkl path.pkl sizes.pkl",
        left_out: &[
            ("metrics.pkl['accuracy']", "0.97"),
            ("metrics.pkl['f1']", "0.96"),
            ("path.pkl", "`pathlib.PurePosixPath`"),
            ("sizes.pkl[0]", "50"),
            ("sizes.pkl[1]", "100"),
            ("trained.pkl", "`datetime.date`"),
        ],
        ..SERVED
    },
    Case {
        name: "not_applied",
        files: "nystroem.pkl svm.pkl",
        refusal: Some((
            "`nystroem.pkl`: the `Nystroem` is a transformer that svcd does not apply: transform the rows before you \
             send them; if it is not part of the model: --leave-out nystroem.pkl",
            &["nystroem.pkl"],
        )),
        left_out: &[("nystroem.pkl", "not readable, by --leave-out")],
        ..SERVED
    },
    Case {
        name: "two_models",
        files: "scaler.pkl svm.pkl svm_small.pkl",
        refusal: Some((
            "expected one model, found SVC in `svm.pkl` and SVC in `svm_small.pkl`: name the one to serve with \
             --model, or skip the other with --leave-out",
            &["svm_small.pkl"],
        )),
        left_out: &[("svm_small.pkl", "SVC, by --leave-out")],
        ..SERVED
    },
    Case {
        name: "other_width",
        files: "scaler.pkl svm.pkl",
        refusal: Some((
            "these do not belong to one model: `svm.pkl` takes rows of 4 numbers, and `scaler.pkl` (StandardScaler) makes rows of 3 numbers \
             out of 3; skip what does not belong to it with --leave-out",
            &["scaler.pkl"],
        )),
        left_out: &[("scaler.pkl", "StandardScaler, by --leave-out")],
        ..SERVED
    },
];

/// Cases that are saved as one object too, and the files of that.
const SAVED: [(&str, &[&str]); 3] = [
    ("whole", &["dict.pkl", "tuple.pkl", "nested.pkl", "dict.joblib"]),
    ("old_scaler", &["dict.pkl"]),
    ("not_applied", &["dict.pkl"]),
];

#[test]
fn a_folder_is_one_model_or_is_refused_with_what_to_do() {
    for version in VERSIONS {
        for case in CASES {
            let name = format!("{version}/{}", case.name);
            let folder = [path(version, case.name)];
            let leave_out = match case.refusal {
                Some((text, leave_out)) => {
                    assert_eq!(load(&folder, &[]).unwrap_err().to_string(), text, "{name}");
                    leave_out
                }
                None => &[],
            };
            if case.refusal.is_some() && leave_out.is_empty() {
                continue;
            }
            let loaded = load(&folder, leave_out).unwrap_or_else(|error| panic!("{name}: {error}"));
            compare(&name, &loaded, &expected(version, case.name));
            let left_out: BTreeSet<_> =
                loaded.left_out.iter().map(|left| (left.place.as_str(), left.what.as_str())).collect();
            assert_eq!(left_out, case.left_out.iter().copied().collect(), "{name}");
            assert_eq!(loaded.warnings, case.warnings, "{name}");
        }
    }
}

#[test]
fn the_files_one_by_one_are_the_same_model() {
    for version in VERSIONS {
        for case in CASES {
            let name = format!("{version}/{}", case.name);
            let files: Vec<_> =
                case.files.split(' ').map(|file| path(version, &format!("{}/{file}", case.name))).collect();
            let leave_out = case.refusal.map_or(&[][..], |(_, leave_out)| leave_out);
            let loaded = load(&files, leave_out).unwrap_or_else(|error| panic!("{name}: {error}"));
            compare(&name, &loaded, &expected(version, case.name));
            assert_eq!(loaded.left_out.len(), case.left_out.len(), "{name}: {:?}", loaded.left_out);
        }
    }
}

#[test]
fn names_of_columns_come_from_the_scaler_or_from_a_list() {
    let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    for version in VERSIONS {
        for case in ["names_in_scaler", "names_in_list"] {
            assert_eq!(load(&[path(version, case)], &[]).unwrap().model.feature_names(), names, "{version}/{case}");
        }
        assert!(!load(&[path(version, "scaler")], &[]).unwrap().model.has_feature_names(), "{version}");
        // of the same scaler twice, whichever of them has the names
        let twins =
            ["scaler/scaler.pkl", "names_in_scaler/scaler.pkl", "scaler/svm_model.pkl"].map(|file| path(version, file));
        assert_eq!(load(&twins, &[]).unwrap().model.feature_names(), names, "{version}");
    }
}

#[test]
fn without_its_scaler_a_model_gives_other_labels_and_says_so() {
    for version in VERSIONS {
        let alone = load(&[path(version, "scaler/svm_model.pkl")], &[]).unwrap();
        let evidence = svcd::pipeline::Evidence::of(&alone.model).map(|evidence| evidence.to_string());
        assert_eq!(evidence.as_deref(), Some(NOT_SCALED), "{version}");
        let whole = load(&[path(version, "scaler")], &[]).unwrap();
        assert!(svcd::pipeline::Evidence::of(&whole.model).is_none(), "{version}");
        assert_ne!(alone.model, whole.model);
    }
}

#[test]
fn the_folders_hold_these_files_and_no_others() {
    let listed = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fixtures().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let versions: Vec<_> = VERSIONS.into_iter().chain(["README.md", "hostile"]).collect();
    assert_eq!(listed(""), set(&versions));
    assert_eq!(listed("hostile"), set(&["deep.pkl", "holds_itself.pkl", "many.pkl"]));
    for version in VERSIONS {
        let cases = CASES.iter().flat_map(|case| [case.name.to_owned(), format!("{}.expected.json", case.name)]);
        let saved = SAVED.iter().map(|(name, _)| format!("{name}.saved"));
        assert_eq!(listed(version), cases.chain(saved).collect(), "{version}");
        for case in CASES {
            assert_eq!(listed(&format!("{version}/{}", case.name)), set(&case.files.split(' ').collect::<Vec<_>>()));
        }
        for (name, files) in SAVED {
            assert_eq!(listed(&format!("{version}/{name}.saved")), set(files));
        }
    }
    assert_eq!(VERSIONS.last(), Some(&NEWEST));
}
