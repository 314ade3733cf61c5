//! Any bytes as a LIBSVM model: an error of one line with its place, or a model that answers and is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::model_file::libsvm::{from_bytes, to_string};
use svcd_fuzz::answer;

fuzz_target!(|bytes: &[u8]| {
    let loaded = match from_bytes(bytes) {
        Ok(loaded) => loaded,
        Err(error) => {
            let text = error.to_string();
            assert!(text.starts_with("line ") && text.contains(", column "), "{text:?}");
            // a wrong word is shown with up to 40 characters, each of which may be escaped
            assert!(text.len() < 500 && !text.contains(char::is_control), "{text:?}");
            return;
        }
    };
    let model = &loaded.model;
    answer(model).expect("a finite row is answered");
    let written = to_string(model).expect("a model that was read can be written");
    match from_bytes(written.as_bytes()) {
        // a warning tells what is not kept
        Ok(again) => assert_eq!(again.model, loaded.model),
        // how many zeros are kept goes by the size of the file, and blanks and unused digits are not written again
        Err(error) => assert!(error.to_string().contains("zeros take memory too"), "{error}"),
    }
});
