//! Any bytes as a model file: an error of one line, or a model that answers and can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::model_file::load::load_bytes;
use svcd::model_file::native;
use svcd_fuzz::answer;

fuzz_target!(|bytes: &[u8]| {
    let loaded = match load_bytes(bytes) {
        Ok(loaded) => loaded,
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() < 8192 && !text.contains(char::is_control), "{text:?}");
            return;
        }
    };
    let model = &loaded.model;
    let _ = answer(model);
    let stored = native::to_bytes(&loaded).expect("a model that was read can be written");
    let again = load_bytes(&stored).expect("a model that was written can be read");
    assert_eq!(again.model, loaded.model);
});
