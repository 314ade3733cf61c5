//! Real files, truncated and changed: no panic, and only a whole model answers.

use svcd::model_file::Loaded;
use svcd::model_file::load::load_bytes;
use svcd::pipeline::Scratch;

use super::build::fixture;
use crate::random::Random;

/// Forms with opcodes and layouts of their own.
const FORMS: [&str; 22] = [
    "1.9.1/tiny.p0",
    "1.9.1/two_classes.p2",
    "1.3.2/grid.p4",
    "1.9.1/tiny.p5",
    "1.1.3/numpy_strings.joblib",
    "1.9.1/numpy_strings.joblib",
    "1.9.1/tiny.joblib.z",
    "1.9.1/tiny.joblib.gz",
    "0.18.2-python2/two_classes.p0",
    "0.20.4-python2/two_classes.joblib",
    "1.9.1/linear_sparsified.p2",
    "1.9.1/sparse_rbf_2.joblib",
    "1.9.1/pca_whiten.p4",
    "../wrappers/1.1.3/one.p4",
    "../wrappers/1.1.3/sgd.p2",
    "../wrappers/1.6.1/threshold_auto.joblib.z",
    "../wrappers/0.21.3/isotonic_flat_two.joblib.z",
    "../wrappers/1.9.1/rest_calibrated_two.joblib.z",
    "../wrappers/1.9.1/isotonic_flat.joblib.z",
    "../targets/1.9.1/svr_poly.p4",
    "../targets/1.9.1/linear_svr_no_intercept.p2",
    "../targets/1.9.1/linear_svr.p4",
];

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for form in FORMS {
        let bytes = fixture(form);
        for length in 0..bytes.len() {
            assert!(one_line(&bytes[..length]).is_err(), "{form} cut off after {length} bytes");
        }
        assert!(one_line(&bytes).is_ok());
    }
}

#[test]
fn any_byte_changed_gives_an_error_or_a_whole_model() {
    for form in FORMS {
        let mut bytes = fixture(form);
        let whole = load_bytes(&bytes).unwrap();
        for index in 0..bytes.len() {
            bytes[index] ^= 0xff;
            let found = one_line(&bytes);
            bytes[index] ^= 0xff;
            let Ok(found) = found else {
                continue;
            };
            // a checksum covers the content; deflate can encode the same content in several ways
            let covered = form.contains("joblib.");
            assert!(!covered || found.model == whole.model, "{form}: byte {index}");
            let mut answer = Vec::new();
            let row = vec![1.0; found.model.n_features_in()];
            // a changed number may be too large, or break_ties may be on now: then predict is an error
            let _ = found.model.predict(&row, &mut Scratch::default(), &mut answer);
            assert!(answer.iter().all(|class| *class < found.model.target().n_labels()));
        }
    }
}

#[test]
fn files_torn_apart_and_put_together_never_panic() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let forms: Vec<Vec<u8>> = FORMS.iter().map(|form| fixture(form)).collect();
    let mut refused = 0;
    for _ in 0..ROUNDS {
        let mut bytes = forms[random.below(forms.len())].clone();
        for _ in 0..=random.below(6) {
            let other = &forms[random.below(forms.len())];
            let (from, to) = (random.below(bytes.len()), random.below(other.len()));
            let count = random.below(40);
            match random.below(5) {
                0 => bytes[from] = random.next().to_le_bytes()[0],
                1 => drop(bytes.drain(from..(from + count).min(bytes.len()))),
                2 => drop(bytes.splice(from..from, other[to..].iter().take(count).copied())),
                3 => drop(bytes.splice(from.., other[to..].iter().copied())),
                // turns a length or an index into another one
                _ => bytes.iter_mut().skip(from).take(4).for_each(|byte| *byte = [0x00, 0xff, 0x7f, 0x80][count % 4]),
            }
            if bytes.is_empty() {
                bytes.push(b'.');
            }
        }
        refused += u32::from(one_line(&bytes).is_err());
    }
    assert!(refused > ROUNDS / 2, "{refused} of {ROUNDS} refused");
}

#[test]
fn random_bytes_are_refused() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for start in [&b""[..], b"\x80\x04", b"(", b"]q", b"csklearn.svm._classes\nSVC\n", b"\x78\x9c", b"\x1f\x8b\x08\x00"]
    {
        for _ in 0..ROUNDS / 4 {
            let length = random.below(200);
            let bytes: Vec<u8> =
                start.iter().copied().chain((0..length).map(|_| random.next().to_le_bytes()[0])).collect();
            assert!(one_line(&bytes).is_err(), "{bytes:?}");
        }
    }
}

/// Loads the file, and checks that an error is one line.
fn one_line(bytes: &[u8]) -> Result<Loaded, String> {
    load_bytes(bytes).map_err(|error| {
        let text = error.to_string();
        assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
        text
    })
}

const ROUNDS: u32 = 4000;
