//! Up to four files of any bytes as one model: an error of one line, or a model whose pieces fit onto each other and that is the same
//! one whichever file of a folder comes first. The first byte tells which files are named one by one, and which are left out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::model_file::load::{Source, load, load_bytes};
use svcd::model_file::{Error, Loaded, Role, native};
use svcd_fuzz::answer;

/// Stands between two files.
const BETWEEN: &[u8] = b"\n=FILE=\n";

const NAMES: [&str; 4] = ["a.pkl", "b[1].pkl", "c d.pkl", "e"];

/// Transformers of which every order is tried.
const TRIED_MAX: usize = 6;

fuzz_target!(|bytes: &[u8]| {
    let Some((flags, rest)) = bytes.split_first() else { return };
    let files = split(rest);
    let (is_named, leave_out) = (flags & 1 == 1, names(flags >> 4));
    let sources = files.iter().zip(NAMES).enumerate().map(|(rank, (content, name))| Source {
        name: name.to_owned(),
        rank: if is_named { rank } else { 0 },
        content: Ok(content.to_vec()),
        is_named,
    });
    let Some(loaded) = checked(load(sources.clone().collect(), &leave_out)) else { return };
    check_widths(&loaded);
    check_answers(&loaded);
    if !is_named && loaded.pieces.len() <= TRIED_MAX {
        let turned = load(sources.rev().collect(), &leave_out).expect("a folder has no first file");
        assert_eq!(turned.model.steps(), loaded.model.steps());
        assert_eq!(turned.model.estimator(), loaded.model.estimator());
        assert_eq!(turned.left_out.len(), loaded.left_out.len());
    }
});

/// The files in the input; all after the third mark are one.
fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut files = Vec::new();
    while files.len() < NAMES.len() - 1 {
        let Some(end) = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN) else { break };
        files.push(&bytes[..end]);
        bytes = &bytes[end + BETWEEN.len()..];
    }
    files.push(bytes);
    files
}

/// The names whose bits are set.
fn names(bits: u8) -> Vec<String> {
    let names = NAMES.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
    names.map(|(_, name)| (*name).to_owned()).collect()
}

/// The model, if it is one; else the text has to be a line.
fn checked(loaded: Result<Loaded, Error>) -> Option<Loaded> {
    loaded
        .inspect_err(|error| {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() < 8192 && !text.contains(char::is_control), "{text:?}");
        })
        .ok()
}

/// There is one estimator, behind transformers each of which makes the rows that the next one takes.
fn check_widths(loaded: &Loaded) {
    let mut width = loaded.model.n_features_in();
    let mut estimators = 0;
    for piece in &loaded.pieces {
        match piece.role {
            Role::Transformer { width_in, width_out } => {
                assert_eq!((width_in, estimators), (width, 0));
                width = width_out;
            }
            Role::Estimator { width_in } => {
                assert_eq!(width_in, width);
                estimators += 1;
            }
            Role::Labels | Role::Names => assert_eq!(estimators, 1),
        }
    }
    assert_eq!(estimators, 1);
}

fn check_answers(loaded: &Loaded) {
    let model = &loaded.model;
    let _ = answer(model);
    let stored = native::to_bytes(loaded).expect("a model that was read can be written");
    let again = load_bytes(&stored).expect("a model that was written can be read");
    assert_eq!(again.model, loaded.model);
}
