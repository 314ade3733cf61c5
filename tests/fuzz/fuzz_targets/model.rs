//! model.bin and the JSON form. Text is read as it is; other bytes are the body of a model.bin, behind a header with the right
//! checksum, and once more as a whole file. A model that is read is written, read again, and predicts the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::model_file::load::load_bytes;
use svcd::model_file::{Loaded, native};
use svcd::pipeline::{Answers, Asked, OutputName, Scratch};
use svcd_fuzz::crc32;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    if !bytes.starts_with(b"{") {
        check(&model_bin(bytes));
    }
});

/// A whole file with this body.
fn model_bin(body: &[u8]) -> Vec<u8> {
    let version = native::FORMAT_VERSION.to_le_bytes();
    let length = (body.len() as u64).to_le_bytes();
    [&native::MAGIC[..], &version, &crc32(body).to_le_bytes(), &length, body].concat()
}

fn check(file: &[u8]) {
    let loaded = match load_bytes(file) {
        Ok(loaded) => loaded,
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() < 8192 && !text.contains(char::is_control), "{text:?}");
            return;
        }
    };
    let stored = native::to_bytes(&loaded).expect("a model that was read can be written");
    let again = load_bytes(&stored).expect("a model that was written can be read");
    assert_eq!(again.model, loaded.model);
    assert_eq!(native::to_bytes(&again).expect("twice"), stored);
    for number in [0.0, 0.5, -1e300] {
        let (before, after) = (answers(&loaded, number), answers(&again, number));
        // NaN, the difference of two infinities, is not equal to itself; its text is
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
        if let Ok(answers) = before {
            assert!(answers.labels(OutputName::Predict).iter().all(|class| *class < loaded.model.target().n_labels()));
        }
    }
}

/// Everything that the model offers for a row of this number.
fn answers(loaded: &Loaded, number: f64) -> Result<Answers, svcd::pipeline::Error> {
    let model = &loaded.model;
    let asked = model.outputs().fold(Asked::default(), |asked, output| asked.and(output.name));
    let mut answers = Answers::default();
    let row = vec![number; model.n_features_in()];
    model.answer(&row, asked, &mut Scratch::default(), &mut answers)?;
    Ok(answers)
}
