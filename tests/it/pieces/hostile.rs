//! Folders and files that were made to take time, memory, or a way out of the folder.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{NEWEST, bytes, fixtures, labels, load, path, predict, refusal, rows};
use crate::folder::Folder;

/// More than any of these takes without optimisation on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// A folder with a scaler and its SVC.
fn pair(test: &str) -> Folder {
    let folder = Folder::new(test).with("scaler.pkl", &bytes(NEWEST, "scaler/scaler.pkl"));
    folder.with("svm.pkl", &bytes(NEWEST, "scaler/svm_model.pkl"))
}

#[test]
fn a_folder_of_too_many_files_is_refused_before_they_are_read() {
    let folder = pair("pieces-many");
    for index in 2..10_000 {
        folder.file(&format!("{index}.txt"), "");
    }
    let begin = Instant::now();
    assert_eq!(refusal(&[folder.root()], &[]), "expected a folder of at most 1024 entries, found more");
    let beside = refusal(&[folder.root(), &folder.path("svm.pkl")], &[]);
    assert_eq!(beside, format!("`{}`: expected a folder of at most 1024 entries, found more", folder.root()));
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn a_folder_has_so_many_entries_and_model_files_at_most() {
    let folder = pair("pieces-most");
    for index in 2..1024 {
        folder.file(&format!("{index}.txt"), "a text");
    }
    let loaded = load(&[folder.root()], &[]).unwrap();
    assert_eq!((loaded.pieces.len(), loaded.left_out.len()), (2, 1022));
    folder.file("one_more.txt", "");
    assert_eq!(refusal(&[folder.root()], &[]), "expected a folder of at most 1024 entries, found more");

    let folder = pair("pieces-most-models");
    for index in 2..32 {
        folder.file(&format!("{index}.pkl"), bytes(NEWEST, "data/trained.pkl"));
    }
    assert_eq!(load(&[folder.root()], &[]).unwrap().left_out.len(), 30);
    folder.file("one_more.pkl", bytes(NEWEST, "data/trained.pkl"));
    assert_eq!(refusal(&[folder.root()], &[]), "expected at most 32 model files in folders, found more");
}

#[test]
fn a_fifo_is_passed_over_in_a_folder_and_refused_by_name() {
    let folder = pair("pieces-fifo");
    let fifo = folder.path("another.pkl");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    symlink(&fifo, folder.path("link.pkl")).unwrap();
    let outside = Folder::new("pieces-fifo-rows");
    let (code, answers, stderr) = predict(&rows(&outside, NEWEST, "scaler"), &[folder.root()], &[]);
    assert_eq!((code, answers), (0, labels(NEWEST, "scaler")));
    assert_eq!(stderr, "svcd: note: the model is scaler.pkl (StandardScaler), svm.pkl (SVC)\n");
    let text = "expected a regular file, found a device, FIFO or socket";
    assert_eq!(refusal(&[&fifo], &[]), text);
    let beside = refusal(&[&folder.path("svm.pkl"), &fifo], &[]);
    assert_eq!(beside, format!("`another.pkl`: {text}; if it is not part of the model: --leave-out another.pkl"));
}

#[test]
fn no_link_leads_out_of_a_folder() {
    let outside = pair("pieces-outside");
    let folder = Folder::new("pieces-inside").with("svm.pkl", &bytes(NEWEST, "scaler/svm_model.pkl"));
    symlink(outside.path("scaler.pkl"), folder.path("scaler.pkl")).unwrap();
    let text = "`scaler.pkl`: a link that leads out of the folder: give the file itself with another --model; if it is \
                not part of the model: --leave-out scaler.pkl";
    assert_eq!(refusal(&[folder.root()], &[]), text);
    // whoever names the link means the file
    let whole = load(&[outside.root()], &[]).unwrap().model;
    assert_eq!(load(&[folder.path("scaler.pkl"), folder.path("svm.pkl")], &[]).unwrap().model, whole);
    // folders are not entered, linked or not
    symlink(outside.root(), folder.path("more")).unwrap();
    let loaded = load(&[folder.root()], &["scaler.pkl"]).unwrap();
    assert_eq!((loaded.pieces.len(), loaded.left_out.len()), (1, 1));
    // the folder itself may be a link, and its files links inside it
    let links = Folder::new("pieces-links");
    symlink(outside.root(), links.path("model")).unwrap();
    symlink(outside.path("svm.pkl"), outside.path("copy.pkl")).unwrap();
    assert_eq!(load(&[links.path("model")], &[]).unwrap().model, whole);
}

#[test]
fn a_link_to_nothing_or_to_itself_is_an_error_that_names_it() {
    let folder = pair("pieces-nothing");
    symlink(folder.path("none.pkl"), folder.path("a.pkl")).unwrap();
    let text = refusal(&[folder.root()], &[]);
    let end = "if it is not part of the model: --leave-out";
    assert_eq!(text, format!("`a.pkl`: No such file or directory (os error 2); {end} a.pkl"));
    symlink(folder.path("b.pkl"), folder.path("b.pkl")).unwrap();
    let text = refusal(&[folder.root()], &["--leave-out", "a.pkl"]);
    assert!(text.starts_with("`b.pkl`: ") && text.ends_with(&format!("; {end} b.pkl")), "{text}");
}

#[test]
fn a_scaler_of_a_million_columns_is_told_from_the_svm() {
    let scaler = wide(&bytes(NEWEST, "scaler/scaler.pkl"), 1_000_000);
    let folder = pair("pieces-wide");
    let wide = folder.file("wide.pkl", scaler);
    let begin = Instant::now();
    let text = refusal(&[&wide, &folder.path("svm.pkl")], &[]);
    let expected = "these do not belong to one model: `svm.pkl` takes rows of 4 numbers, and `wide.pkl` (StandardScaler) makes rows of \
                    1000000 numbers out of 1000000; skip what does not belong to it with --leave-out";
    assert_eq!(text, expected);
    let loaded = load(&[folder.root()], &["wide.pkl"]).unwrap();
    assert_eq!(loaded.left_out[0].what, "StandardScaler, by --leave-out");
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

/// The pickle of a scaler of four columns with more of them.
fn wide(scaler: &[u8], columns: usize) -> Vec<u8> {
    let columns_32 = u32::try_from(columns).unwrap().to_le_bytes();
    let number: [&[u8]; 2] = [b"J", &columns_32];
    let data = |value: &[u8]| {
        [b"B", &(u32::try_from(columns * 8).unwrap()).to_le_bytes()[..], &value.repeat(columns)].concat()
    };
    let mut wide = Vec::new();
    let mut rest = scaler;
    while let [first, after @ ..] = rest {
        // a frame says how long it is; arrays of four doubles; shapes and the number of columns
        if *first == 0x95 && wide.len() == 2 {
            rest = &after[8..];
        } else if let Some(after) = rest.strip_prefix(b"C\x20") {
            wide.extend(data(&after[..8]));
            rest = &after[32..];
        } else if let Some(after) = rest.strip_prefix(b"K\x04") {
            wide.extend(number.concat());
            rest = after;
        } else {
            wide.push(*first);
            rest = after;
        }
    }
    wide
}

#[test]
fn a_dict_that_holds_itself_is_looked_at_once() {
    let folder = Folder::new("pieces-itself");
    let file = fixtures().join("hostile/holds_itself.pkl");
    let found = predict(&rows(&folder, NEWEST, "scaler"), &[file.to_str().unwrap()], &[]);
    let told = "svcd: note: the model is ['scaler'] (StandardScaler), ['svm'] (SVC)\n";
    assert_eq!(found, (0, labels(NEWEST, "scaler"), told.to_owned()));
}

#[test]
fn what_lies_too_deep_or_among_too_many_is_an_error_if_it_is_part_of_a_model() {
    for (name, place, key) in
        [("deep.pkl", "['deep'][0][0][0]", "\"['deep'][0][0][0]\""), ("many.pkl", "['many']", "many")]
    {
        let path = fixtures().join("hostile").join(name);
        let text = refusal(&[path.to_str().unwrap()], &[]);
        let expected = format!(
            "`{place}`: holds a StandardScaler inside more than 4 containers or among more than 256 items, where svcd \
             does not look: save the parts of the model separately; if it is not part of the model: --leave-out {key}"
        );
        assert_eq!(text, expected);
    }
}

#[test]
fn a_list_of_many_names_takes_no_time() {
    let folder = pair("pieces-list");
    let mut list = b"\x80\x02](".to_vec();
    for index in 0..200_000 {
        let name = format!("column {index}");
        list.extend([b"X", &u32::try_from(name.len()).unwrap().to_le_bytes()[..], name.as_bytes()].concat());
    }
    list.extend(b"e.");
    folder.file("names.pkl", &list);
    let begin = Instant::now();
    let outside = Folder::new("pieces-list-rows");
    let (code, answers, stderr) = predict(&rows(&outside, NEWEST, "scaler"), &[folder.root()], &[]);
    assert_eq!((code, answers), (0, labels(NEWEST, "scaler")));
    let told = "svcd: note: the model is scaler.pkl (StandardScaler), svm.pkl (SVC)\n\
                svcd: note: left out: names.pkl (a list of 200000 texts: column 0, column 1, column 2, column 3, column 4, column 5, \
                column 6, column 7, ...; the model has another number of columns)\n";
    assert_eq!(stderr, told);
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn many_transformers_of_one_width_take_no_time() {
    let scaler = path(NEWEST, "old_scaler/scaler.pkl");
    let files: Vec<_> = (0..200).map(|_| scaler.clone()).chain([path(NEWEST, "old_scaler")]).collect();
    let begin = Instant::now();
    let loaded = load(&files, &["old.pkl"]).unwrap();
    // they are all the same one
    assert_eq!((loaded.pieces.len(), loaded.left_out.len()), (2, 201));
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}
