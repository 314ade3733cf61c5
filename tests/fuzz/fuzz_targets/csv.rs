//! CSV as a request and as `svcd predict` reads it; the first byte says what the content's type tells of a header. Both find the
//! same rows, wherever the text is cut into blocks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use svcd::api::csv::{self, ReadOptions, Records, Scan, Syntax};
use svcd::api::rows::FieldNames;
use svcd_fuzz::by_tree;
use svcd_fuzz::service::{FEATURES, labels, post_and_check};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else { return };
    check_blocks(text);
    let (fields, has_header) = match choice {
        b'1' => ("; header=present", Some(true)),
        b'2' => ("; header=absent", Some(false)),
        _ => ("", None),
    };
    let fields = format!("Content-Type: text/csv{fields}\r\n");
    let Some((n_rows, response)) = post_and_check("/invocations", fields.as_bytes(), text) else { return };
    let answer: Value = serde_json::from_slice(&response.content).expect("an answer is JSON");
    let rows = as_predict_reads_it(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), has_header);
    assert_eq!(rows.len(), n_rows);
    assert_eq!(by_tree::labels(&answer, "predictions"), Some(labels(&rows)));
    if let Some(simple) = without_quotes(text).filter(|_| has_header == Some(false)) {
        assert_eq!(simple, rows);
    }
});

/// Records do not depend on where the blocks of a stream end.
fn check_blocks(text: &[u8]) {
    let whole = Scan::default().complete_len(text);
    let mut scan = Scan::default();
    scan.complete_len(&text[..text.len() / 2]);
    assert_eq!(scan.complete_len(text), whole);
    let (first, rest) = text.split_at(whole);
    let both = records(first).chain(records(rest)).map(|record| record.text);
    assert!(both.eq(records(text).map(|record| record.text)));
}

fn records(text: &[u8]) -> Records<'_> {
    Records::new(text, Syntax::default())
}

fn as_predict_reads_it(text: &[u8], has_header: Option<bool>) -> by_tree::Rows {
    let columns = FieldNames::new(&FEATURES.map(str::to_owned));
    let options = ReadOptions { has_header, ..ReadOptions::default() };
    let opening = csv::open(text, &columns, &options).expect("a header or a row");
    let mut rows = Vec::new();
    opening.rows.for_each(|record| opening.layout.read(&record, &columns, &mut rows).expect("a row"));
    rows.as_chunks().0.to_vec()
}

/// The simplest reading, for text without quotes and header.
fn without_quotes(text: &[u8]) -> Option<by_tree::Rows> {
    let text = str::from_utf8(text).ok().filter(|text| !text.contains(['"', '\u{feff}']))?;
    let row = |line: &str| -> Option<[f64; 2]> {
        let (a, b) = line.split_once(',')?;
        Some([a.trim_ascii().parse().ok()?, b.trim_ascii().parse().ok()?])
    };
    text.split(['\n', '\r']).filter(|line| !line.trim_ascii().is_empty()).map(row).collect()
}
