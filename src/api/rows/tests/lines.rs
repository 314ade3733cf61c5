//! CSV and JSON lines.

use super::*;
use crate::api::csv::ReadOptions;

fn csv(content: &str, has_header: Option<bool>) -> Result<Vec<f64>, Problem> {
    csv_of(content, &columns(), &ReadOptions { has_header, ..ReadOptions::default() })
}

fn csv_of(content: &str, columns: &FieldNames, options: &ReadOptions) -> Result<Vec<f64>, Problem> {
    let mut rows = vec![9.0].into();
    read_csv(&posted(content.as_bytes()), columns, options, &mut rows).map_err(content_problem)?;
    Ok(rows.to_vec())
}

fn json(content: &str) -> Result<Vec<f64>, Problem> {
    let mut rows = vec![9.0].into();
    read_json_lines(&posted(content.as_bytes()), &columns(), &mut rows).map_err(content_problem)?;
    Ok(rows.to_vec())
}

fn sentence(problem: Problem) -> (String, String) {
    (problem.pointer, format!("{}: expected {}, found {}", problem.place, problem.expected, problem.found))
}

#[test]
fn a_header_is_found_or_announced() {
    let rows = [1.0, 2.0, 3.0, 4.0];
    for (content, has_header) in [
        ("1,2\n3,4", None),
        ("1,2\r\n3,4\r\n", None),
        ("1,2\n3,4\n", Some(false)),
        ("a,b/c~d\n1,2\n3,4", None),
        ("a,b/c~d\n1,2\n3,4", Some(true)),
        ("\"b/c~d\",\"x,y\",a\n2,z,1\n\n4,\"z\n\",\"3\"\n", None),
        ("\u{feff}a,b/c~d\n1,2\n3,4", None),
    ] {
        assert_eq!(csv(content, has_header).as_deref(), Ok(rows.as_slice()), "{content}");
    }
}

#[test]
fn a_wrong_field_is_named_with_row_and_column() {
    for (content, has_header, text) in [
        ("1,2\n3,\n", None, "row 1, column b/c~d: expected a finite number, found an empty field"),
        ("a,b/c~d\n1,2\nx,4\n", None, "row 1, column a: expected a finite number, found text"),
        ("a,b/c~d\n", Some(false), "row 0, column a: expected a finite number, found text"),
        ("1,NaN\n", Some(false), "row 0, column b/c~d: expected a finite number, found NaN or infinity"),
        ("1,2\n3\n", None, "row 1: expected 2 fields, found 1"),
        ("1,2,3\n", None, "row 0: expected 2 fields, found 3"),
        ("1,2\n", Some(true), "header: expected a column `a`, found none among 2 columns"),
        (
            "A.,b/c~d\n1,2",
            None,
            "header: expected a column `a`, found none; column 1 of the header differs only slightly",
        ),
        ("a,b/c~d,a\n1,2,3", None, "header: expected one column `a`, found 2"),
        ("a,b/c~d\n", None, ": expected at least one row, found none"),
        ("\n \n", None, ": expected at least one row, found none"),
    ] {
        let problem = csv(content, has_header).unwrap_err();
        assert_eq!(problem.pointer, problem.place);
        assert_eq!(sentence(problem).1, text, "{content}");
    }
    let wide = ",".repeat((1 << 16) + 2);
    assert_eq!(sentence(csv(&wide, Some(true)).unwrap_err()).1, "header: expected at most 65538 columns, found 65539");
}

#[test]
fn each_line_of_json_is_a_row() {
    let rows = [1.0, 2.0, 3.0, 4.0];
    for content in ["[1,2]\n[3,4]", "[1,2]\r\n\n{\"b/c~d\":4,\"a\":3}\n", " {\"a\":1,\"b/c~d\":2,\"x\":[]}\n[3,4]\n \n"]
    {
        assert_eq!(json(content).as_deref(), Ok(rows.as_slice()), "{content}");
    }
}

#[test]
fn a_wrong_line_is_named() {
    for (content, pointer, text) in [
        ("[1,2]\n\n[3,null]", "/1/1", "row 1, `b/c~d`: expected a finite number, found null"),
        ("[1,2]\n{\"a\":3}", "/1/b~1c~0d", "row 1, `b/c~d`: expected a finite number, found no such key"),
        (
            "[1,2]\n3",
            "/1",
            "row 1: expected an array of 2 numbers or an object of named features on each line, found a number",
        ),
        (
            "[1,2]\n[3,\n4]",
            "/1/1",
            "row 1, `b/c~d`: expected valid JSON, found invalid JSON (EOF while parsing a value) at line 1 column 3",
        ),
        (
            "[1,2] [3,4]",
            "/0",
            "row 0: expected valid JSON, found invalid JSON (trailing characters) at line 1 column 7",
        ),
        ("\n", "", ": expected at least one row, found none"),
        ("", "", ": expected a row on each line, found no content"),
    ] {
        let (found, sentence) = sentence(json(content).unwrap_err());
        assert_eq!((found.as_str(), sentence.as_str()), (pointer, text), "{content}");
    }
}
