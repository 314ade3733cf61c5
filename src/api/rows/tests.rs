//! Records into rows: what is read, and how each wrong content is named.

use super::*;
use std::sync::LazyLock;

use crate::api::{Error, Problem};
use crate::http::request::Head;
use crate::http::{Limits, Request, parser};

mod envelopes;
mod lines;
mod typed;

/// Two columns, one of which has to be escaped in a pointer.
fn columns() -> FieldNames {
    FieldNames::new(&["a".to_owned(), "b/c~d".to_owned()])
}

/// A request with this content.
fn posted(content: &[u8]) -> Request<'_> {
    const BYTES: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\n\r\n";
    static HEAD: LazyLock<Head> = LazyLock::new(|| parser::parse_head(BYTES, &Limits::default()).unwrap().unwrap());
    Request::new(&HEAD, BYTES, content)
}

fn content_problem(error: Error) -> Problem {
    match error {
        Error::Content(problem) => problem,
        other => panic!("{other:?}"),
    }
}

fn read(content: &[u8]) -> Result<(Batch, Vec<f64>), Problem> {
    let mut rows = vec![9.0].into();
    let batch = read_records(&posted(content), &columns(), &mut rows).map_err(content_problem)?;
    Ok((batch, rows.to_vec()))
}

fn refused(content: &str) -> (String, String) {
    let problem = read(content.as_bytes()).unwrap_err();
    (problem.pointer, format!("{}: expected {}, found {}", problem.place, problem.expected, problem.found))
}

#[test]
fn order_and_unknown_keys_do_not_matter() {
    let plain = read(br#"{"a": 1, "b/c~d": -2.5e3}"#).unwrap();
    assert_eq!(plain, (Batch::One, vec![1.0, -2500.0]));
    let unknown = r#"{"x": {"a": ["\ud800", null]}, "b/c~d": -2500, "y": NESTED, "\u0061": 1}"#;
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(read(unknown.replace("NESTED", &nested).as_bytes()).unwrap(), plain);
    let many = read(br#" [ {"a":1,"b/c~d":2} , {"b/c~d":4,"a":3} ] "#).unwrap();
    assert_eq!(many, (Batch::Many, vec![1.0, 2.0, 3.0, 4.0]));
}

#[test]
fn numbers_are_read_to_the_last_bit() {
    for text in ["0.1", "1e-400", "0e999999999999", "-0.0", "18446744073709551616", "1.7976931348623157e308", "5e-324"]
    {
        let (_, rows) = read(format!(r#"{{"a": {text}, "b/c~d": 17.000000000000004}}"#).as_bytes()).unwrap();
        let expected: f64 = text.parse().unwrap();
        assert_eq!((rows[0].to_bits(), rows[1]), (expected.to_bits(), 17.000000000000004), "{text}");
    }
    let long = format!(r#"{{"a": 0.{}, "b/c~d": 1}}"#, "3".repeat(1_000_000));
    assert_eq!(read(long.as_bytes()).unwrap().1[0], 1.0 / 3.0);
}

#[test]
fn what_is_no_finite_number_is_named_with_its_place() {
    let found = |value: &str| refused(&format!(r#"[{{"a": 1, "b/c~d": 2}}, {{"a": 1, "b/c~d": {value}}}]"#));
    for (value, kind) in [
        ("true", "a boolean"),
        ("\"1\"", "a string"),
        ("null", "null"),
        ("[1,2]", "an array"),
        ("{\"a\":1}", "an object"),
    ] {
        let text = format!("row 1, `b/c~d`: expected a finite number, found {kind}");
        assert_eq!(found(value), ("/1/b~1c~0d".to_string(), text));
    }
    assert_eq!(
        found("1e999").1,
        "row 1, `b/c~d`: expected a finite number, found a number at line 1 column 46 that is too large for a double"
    );
    for word in ["NaN", "Infinity", "-Infinity"] {
        let text = found(word).1;
        assert!(text.contains("found NaN or Infinity at line 1 column 4"), "{text}");
    }
}

#[test]
fn numbers_of_other_grammars_are_refused() {
    for value in ["+1", ".5", "1.", "01", "0x1", "1e", "--1", "1_0", "Inf", "nan"] {
        assert!(read(format!(r#"{{"a": {value}, "b/c~d": 1}}"#).as_bytes()).is_err(), "{value}");
    }
}

#[test]
fn a_missing_feature_is_named_and_so_is_a_key_that_was_meant_for_it() {
    assert_eq!(
        refused(r#"{"a": 1}"#),
        ("/b~1c~0d".into(), "`b/c~d`: expected a finite number, found no such key".into())
    );
    assert_eq!(
        refused(r#"[{"a": 1, "b/c~d": 1}, {"a": 1, "z": 0, "B-C-D": 1}]"#).1,
        "row 1, `b/c~d`: expected a finite number, found no such key; key 3 of the object differs only slightly"
    );
    for (key, difference) in [("a ", "blanks"), ("A", "upper and lower case")] {
        assert_eq!(
            refused(&format!(r#"{{"b/c~d": 1, "{key}": 2}}"#)).1,
            format!(
                "`a`: expected a finite number, found no such key; key 2 of the object differs only in {difference}"
            )
        );
    }
    assert_eq!(refused(r#"{"a": 1, "a": 2}"#), ("/a".into(), "`a`: expected each feature once, found it twice".into()));
}

#[test]
fn content_of_another_shape_is_refused() {
    let shape = "expected an object of named features, or an array of such objects";
    assert_eq!(refused("").1, format!(": {shape}, found no content"));
    assert_eq!(refused("3").1, format!(": {shape}, found a number"));
    assert_eq!(refused("null").1, format!(": {shape}, found null"));
    assert_eq!(refused("[]").1, ": expected at least one row, found an empty array");
    assert_eq!(refused("[1]"), ("/0".into(), "row 0: expected an object of named features, found a number".into()));
    assert_eq!(refused("[[1]]").1, "row 0: expected an object of named features, found an array");
    assert_eq!(refused("\u{feff}{}").1, ": expected JSON in UTF-8, found a byte order mark");
    assert_eq!(
        refused(r#"{"a": 1, "b/c~d": 2} {}"#).1,
        ": expected valid JSON, found invalid JSON (trailing characters) at line 1 column 22"
    );
    let problem = read(b"{\"a\": 1, \"b/c~d\": 2, \"x\": \"\xff\"}").unwrap_err();
    assert_eq!(problem.found, "another byte at offset 27");
}

#[test]
fn many_keys_cost_linear_time() {
    let unknown: String = (0..100_000).map(|key| format!("\"k{key}\": 1, ")).collect();
    assert!(read(format!("{{{unknown} \"a\": 1, \"b/c~d\": 2}}").as_bytes()).is_ok());
    let repeated = "\"k\": 1, ".repeat(20_000);
    assert!(read(format!("{{{repeated} \"a\": 1}}").as_bytes()).is_err());
}
