//! Columns of numbers that may be missing, and of categories.

use super::*;
use crate::api::csv::ReadOptions;
use crate::made_up::MadeUp;
use crate::pipeline::{Categories, Category, ColumnKind, Columns, Model, UNKNOWN};

/// `n`: a number; `m`: one that may be missing; `s`: `S`, `C,d`, ` b`, empty, or missing; `i`: 1, 2.5 or any other; `t`: a boolean.
fn kinds() -> Vec<ColumnKind> {
    let of = |all: &[Category<'_>], unknown| ColumnKind::Category(Categories::new(all.to_vec(), unknown).unwrap());
    let strings = ["S", "C,d", " b", "\u{e9}"].map(Category::String);
    vec![
        ColumnKind::Number,
        ColumnKind::NumberOrMissing,
        of(&[&strings[..], &[Category::NaN]].concat(), false),
        of(&[Category::Number(1.0), Category::Number(2.5)], true),
        of(&[Category::Boolean(true), Category::Boolean(false)], false),
    ]
}

fn typed() -> FieldNames {
    let names = ["n", "m", "s", "i", "t"].map(str::to_owned).to_vec();
    FieldNames::of(&Columns::new(kinds(), Some(names)).unwrap())
}

/// Strings in the order of the dictionary: ` b`, `C,d`, `S`, `é`, NaN.
const ROWS: [[f64; 5]; 3] =
    [[1.0, 2.5, 2.0, 0.0, 1.0], [-3.0, f64::NAN, 1.0, UNKNOWN, 0.0], [0.0, f64::NAN, 4.0, 1.0, 0.0]];

/// Equal to the last bit, where all that is missing is one NaN.
fn bits(rows: &[f64]) -> Vec<u64> {
    rows.iter().map(|number| number.to_bits()).collect()
}

fn records(content: &str) -> Result<Vec<f64>, Problem> {
    let mut rows = vec![9.0].into();
    read_records(&posted(content.as_bytes()), &typed(), &mut rows).map_err(content_problem)?;
    Ok(rows.to_vec())
}

fn csv(content: &str) -> Result<Vec<f64>, Problem> {
    let mut rows = vec![9.0].into();
    read_csv(&posted(content.as_bytes()), &typed(), &ReadOptions::default(), &mut rows).map_err(content_problem)?;
    Ok(rows.to_vec())
}

fn lines(content: &str) -> Result<Vec<f64>, Problem> {
    let mut rows = vec![9.0].into();
    read_json_lines(&posted(content.as_bytes()), &typed(), &mut rows).map_err(content_problem)?;
    Ok(rows.to_vec())
}

fn model() -> Model {
    MadeUp { support_vectors: vec![1.0; 10], ..MadeUp::default() }.model()
}

/// The rows of an object around them, as a table hands them out.
fn enveloped(content: &str) -> Result<Vec<f64>, Problem> {
    static FORM: Form = Form {
        keys: &["either", "inputs", "split"],
        parts: &[Part::Rows(RowForm::Either), Part::Inputs, Part::Split],
        expected: "one of the three",
    };
    let mut numbers = vec![9.0].into();
    let asking = FORM.read(&posted(content.as_bytes()), &typed(), &model(), &mut numbers).map_err(content_problem)?;
    let (mut block, mut rows) = (vec![], vec![]);
    let table = Table::new(asking.order.as_deref(), &numbers);
    let each = |_, numbers: &[f64]| {
        rows.extend_from_slice(numbers);
        Ok(())
    };
    table.each_block(5, usize::MAX, &mut block, each).unwrap();
    Ok(rows)
}

fn told(refused: Result<Vec<f64>, Problem>) -> (String, String) {
    let problem = refused.unwrap_err();
    (problem.pointer, format!("{}: expected {}, found {}", problem.place, problem.expected, problem.found))
}

const OBJECTS: [&str; 3] = [
    r#"{"n":1,"m":2.5,"s":"S","i":1.0,"t":true}"#,
    r#"{"t":false,"i":"2.5","s":"C,d","m":null,"x":NaN,"n":-3}"#,
    r#"{"s":null,"i":25e-1,"m":NaN,"n":0,"t":0}"#,
];
const ARRAYS: [&str; 3] = [r#"[1,2.5,"S",1,true]"#, r#"[-3,NaN,"C,d",7,false]"#, r#"[0,null,NaN,2.5,0]"#];

#[test]
fn every_form_reads_the_same_cells() {
    let objects = OBJECTS.join(",");
    let arrays = ARRAYS.join(",");
    let columns = r#"{"s":["S","C,d",null],"x":[1],"m":[2.5,NaN,null],"t":[1,false,0],"n":[1,-3,0],"i":[1,"a",2.5]}"#;
    let shuffled = r#"[["S",true,7,1,1,2.5],["C,d",false,7,-3,[],null],[null,0,"NaN",0,2.5,NaN]]"#;
    let names = r#"["s","t","y","n","i","m"]"#;
    for (form, rows) in [
        ("records", records(&format!("[{objects}]"))),
        ("rows by name", enveloped(&format!(r#"{{"either":[{objects}]}}"#))),
        ("rows by position", enveloped(&format!(r#"{{"either":[{arrays}]}}"#))),
        ("inputs by position", enveloped(&format!(r#"{{"inputs":[{arrays}]}}"#))),
        ("columns", enveloped(&format!(r#"{{"inputs":{columns}}}"#))),
        ("a frame", enveloped(&format!(r#"{{"either":[{columns}]}}"#))),
        (
            "a split frame",
            enveloped(&format!(r#"{{"split":{{"columns":{names},"data":{}}}}}"#, shuffled.replace("[]", "0.5"))),
        ),
        (
            "a split frame whose names come last",
            enveloped(&format!(r#"{{"split":{{"data":{},"columns":{names}}}}}"#, shuffled.replace("[]", "0.5"))),
        ),
        ("lines by name", lines(&OBJECTS.join("\n"))),
        ("lines by position", lines(&ARRAYS.join("\r\n"))),
        ("CSV", csv("1,2.5,S,1,True\n-3,,\"C,d\",7,false\n0,NaN,,2.5,0\n")),
        ("CSV with a header", csv("t,s,x,m,n,i\n1,S,,2.5,1,1.0\nFalse,\"C,d\",,\"\",-3,?\nfalse,\"\",1, ,0, 2.5 \n")),
    ] {
        assert_eq!(bits(&rows.unwrap_or_else(|problem| panic!("{form}: {problem:?}"))), bits(&ROWS.concat()), "{form}");
    }
}

#[test]
fn a_wrong_value_is_named_with_what_its_column_takes() {
    let in_row = |column: &str, value: &str| {
        let right = [("n", "1"), ("m", "1"), ("s", "\"S\""), ("i", "1"), ("t", "true")];
        let members = right.map(|(name, right)| format!("\"{name}\":{}", if name == column { value } else { right }));
        told(records(&format!("[{},{{{}}}]", OBJECTS[0], members.join(","))))
    };
    let (number, missing) = ("a finite number", "a finite number or a missing value");
    let (strings, booleans) = ("one of ` b`, `C,d`, `S`, `\u{e9}`, null", "one of false, true");
    for (column, value, expected, found) in [
        ("n", "null", "a finite number: only `m`, `s`, `i` may be missing", "null"),
        ("n", "NaN", "a finite number: only `m`, `s`, `i` may be missing", "null"),
        ("n", "\"1\"", number, "a string"),
        ("n", "[1]", number, "an array"),
        ("m", "\"NaN\"", missing, "a string"),
        ("m", "\"\"", missing, "a string"),
        ("m", "true", missing, "a boolean"),
        ("m", "{}", missing, "an object"),
        ("s", "\"X\"", strings, "another string"),
        ("s", "\"s\"", &format!("{strings}, perhaps `S`, which differs in upper and lower case"), "another string"),
        ("s", "\"b\"", &format!("{strings}, perhaps ` b`, which differs in blanks"), "another string"),
        ("s", "\"C d\"", &format!("{strings}, perhaps `C,d`"), "another string"),
        ("s", "1", strings, "another number"),
        ("s", "false", strings, "another boolean"),
        ("s", "[]", strings, "an array"),
        ("i", "9007199254740993", "one of 1, 2.5", "a whole number that a double cannot hold exactly"),
        ("i", "-9007199254740993", "one of 1, 2.5", "a whole number that a double cannot hold exactly"),
        ("t", "2", booleans, "another number"),
        ("t", "null", booleans, "null"),
        ("t", "\"true\"", booleans, "another string"),
    ] {
        let text = format!("row 1, `{column}`: expected {expected}, found {found}");
        assert_eq!(in_row(column, value), (format!("/1/{column}"), text), "{column} {value}");
    }
    // an absent column is never a missing value
    let (pointer, text) = told(records(r#"{"n":1,"M":1,"s":"S","i":1,"t":true}"#));
    assert_eq!(pointer, "/m");
    assert_eq!(
        text,
        "`m`: expected a finite number or a missing value, found no such key; key 2 of the object differs only in upper and \
         lower case"
    );
    assert_eq!(told(records("[[1]]")).1, "row 0: expected an object of named features, found an array");
    assert_eq!(told(lines("[1,2]")).1, "row 0: expected 5 values, found 2");
}

#[test]
fn a_wrong_field_is_named_with_what_its_column_takes() {
    for (row, text) in [
        (",1,S,1,1", "column n: expected a finite number, found an empty field"),
        ("NaN,1,S,1,1", "column n: expected a finite number, found NaN or infinity"),
        ("1,NA,S,1,1", "column m: expected a finite number or a missing value, found text"),
        ("1,inf,S,1,1", "column m: expected a finite number or a missing value, found NaN or infinity"),
        (
            "1,1,S ,1,1",
            "column s: expected one of ` b`, `C,d`, `S`, `\u{e9}`, null, perhaps `S`, which differs in blanks, found another string",
        ),
        (
            "1,1,S,9007199254740993,1",
            "column i: expected one of 1, 2.5, found a whole number that a double cannot hold exactly",
        ),
        ("1,1,S,1,", "column t: expected one of false, true, found null"),
        ("1,1,S,1,TRUE", "column t: expected one of false, true, found another string"),
        ("1,1,S,1,2", "column t: expected one of false, true, found another string"),
    ] {
        let (place, told) = told(csv(&format!("n,m,s,i,t\n1,1,S,1,1\n{row}\n")));
        assert!(text.starts_with(place.strip_prefix("row 1, ").unwrap()), "{place}");
        assert_eq!(told, format!("row 1, {text}"));
    }
    let problem = {
        let mut rows = vec![].into();
        read_csv(&posted(b"1,1,\xe9,1,1\n"), &typed(), &ReadOptions::default(), &mut rows).map_err(content_problem)
    };
    assert_eq!(problem.unwrap_err().found, "bytes that are not UTF-8; send CSV in UTF-8");
}
