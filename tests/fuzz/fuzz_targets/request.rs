//! Any bytes as a request: httparse has no other reading of what svcd accepts, and the outcome does not depend on what has come.
#![no_main]

use libfuzzer_sys::fuzz_target;
use svcd::http::Limits;
use svcd::http::parser::parse_head;
use svcd_fuzz::reading::compare;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    compare(bytes, &limits).unwrap_or_else(|finding| panic!("{finding}"));
    // A beginning of the head is incomplete, or wrong for the same reason.
    let whole = parse_head(bytes, &limits);
    let cut = bytes.len() / 2;
    match parse_head(&bytes[..cut], &limits) {
        Ok(None) => {}
        early => assert_eq!(early, whole, "cut at {cut}"),
    }
});
