//! Objects around rows, in every form that a dialect knows.

use super::*;
use crate::made_up::MadeUp;
use crate::pipeline::{Classes, Model, OutputName};

static FORM: Form = Form {
    keys: &["either", "named", "inputs", "split", "signature", "params"],
    parts: &[
        Part::Rows(RowForm::Either),
        Part::Rows(RowForm::Name),
        Part::Inputs,
        Part::Split,
        Part::Output("default"),
        Part::Parameters,
    ],
    expected: "one of the four",
};

fn model() -> Model {
    let classes = Classes::Boolean(vec![false, true]);
    MadeUp { classes, support_vectors: vec![1.0; 4], ..MadeUp::default() }.model()
}

/// Key, output, and the rows as a table hands them out.
fn ask(content: &str) -> Result<(usize, OutputName, Vec<f64>), Problem> {
    let mut numbers = vec![9.0].into();
    let asking = FORM.read(&posted(content.as_bytes()), &columns(), &model(), &mut numbers).map_err(content_problem)?;
    let (mut block, mut rows) = (vec![], vec![]);
    let table = Table::new(asking.order.as_deref(), &numbers);
    table
        .each_block(2, usize::MAX, &mut block, |start, numbers| {
            assert_eq!(start * 2, rows.len());
            rows.extend_from_slice(numbers);
            Ok(())
        })
        .unwrap();
    assert_eq!(table.n_rows(2) * 2, rows.len());
    Ok((asking.key, asking.output, rows))
}

fn refused(content: &str) -> (String, String) {
    let problem = ask(content).unwrap_err();
    (problem.pointer, format!("{}: expected {}, found {}", problem.place, problem.expected, problem.found))
}

#[test]
fn all_forms_give_the_same_rows() {
    for (content, key) in [
        (r#"{"either":[[1,2],[3,4]]}"#, 0),
        (r#"{"either":[{"a":1,"b/c~d":2},{"x":null,"b/c~d":4,"a":3}]}"#, 0),
        (r#"{"either":[[1,2],{"b/c~d":4,"a":3}]}"#, 0),
        (r#"{"named":[{"a":1,"b/c~d":2},{"b/c~d":4,"a":3}]}"#, 1),
        (r#"{"inputs":[[1,2],[3,4]]}"#, 2),
        (r#"{"inputs":{"a":[1,3],"x":"y","b/c~d":[2,4]}}"#, 2),
        (r#"{"inputs":{"b/c~d":[2,4],"a":[1,3]}}"#, 2),
        (r#"{"split":{"columns":["a","b/c~d"],"index":[7,8],"data":[[1,2],[3,4]]}}"#, 3),
        (r#"{"split":{"columns":["b/c~d","x","a"],"data":[[2,"y",1],[4,[{}],3]]}}"#, 3),
        (r#"{"split":{"data":[[2,"y",1],[4,null,3]],"columns":["b/c~d","x","a"]}}"#, 3),
        (r#"{"split":{"data":[[1,2],[3,4]]}}"#, 3),
        (r#"{"split":{"columns":[1,0],"data":[[2,1],[4,3]]}}"#, 3),
    ] {
        assert_eq!(ask(content), Ok((key, OutputName::Predict, vec![1.0, 2.0, 3.0, 4.0])), "{content}");
    }
}

#[test]
fn many_columns_come_in_blocks() {
    let count = 50_000;
    let column = |first: usize| (0..count).map(|row| (2 * row + first).to_string()).collect::<Vec<_>>().join(",");
    let content = format!(r#"{{"inputs":{{"b/c~d":[{}],"a":[{}]}}}}"#, column(1), column(0));
    let expected: Vec<f64> = (0..2 * count).map(|number| number as f64).collect();
    assert_eq!(ask(&content), Ok((2, OutputName::Predict, expected)));
}

#[test]
fn the_output_is_named_in_one_of_two_places_and_null_names_none() {
    let output = |rest: &str| ask(&format!(r#"{{{rest},"either":[[1,2]]}}"#)).map(|(_, output, _)| output);
    assert_eq!(output(r#""signature":"default""#), Ok(OutputName::Predict));
    assert_eq!(output(r#""signature":"decision_function""#), Ok(OutputName::DecisionFunction));
    assert_eq!(output(r#""params":{"x":1,"output":"decision_function"}"#), Ok(OutputName::DecisionFunction));
    for nothing in [r#""signature":null"#, r#""params":null"#, r#""params":{}"#, r#""params":{"output":null}"#] {
        assert_eq!(output(nothing), Ok(OutputName::Predict), "{nothing}");
    }
    let names = "one of `predict`, `decision_function`";
    for (rest, pointer, expected, found) in [
        (r#""signature":"predict_proba""#, "/signature", format!("{names}, `default`"), "another text"),
        (r#""signature":7"#, "/signature", format!("{names}, `default`"), "a number"),
        (r#""params":{"output":"default"}"#, "/params/output", names.to_owned(), "another text"),
        (r#""params":[]"#, "/params", "an object".to_owned(), "an array"),
    ] {
        let problem = output(rest).unwrap_err();
        assert_eq!((problem.pointer.as_str(), problem.expected, problem.found.as_str()), (pointer, expected, found));
    }
}

#[test]
fn exactly_one_key_has_the_rows() {
    assert_eq!(refused("{}").1, ": expected one of the four, found none");
    assert_eq!(
        refused("[[1,2]]").1,
        ": expected an object with one of the four, found an array; rows go into `{\"instances\": [[..]]}`"
    );
    assert_eq!(refused("").1, ": expected one of the four, found no content");
    let both = r#"{"either":[[1,2]],"inputs":[[1,2]]}"#;
    assert_eq!(refused(both), ("/inputs".into(), "`inputs`: expected one of the four, found a second one".into()));
    let twice = r#"{"either":[[1,2]],"either":[[1,2]]}"#;
    assert_eq!(refused(twice).1, "`either`: expected each key once, found it twice");
}

#[test]
fn a_wrong_row_is_named() {
    let row =
        "an array of 2 numbers or an object of named features for each row, `[[..]]` or `[{..}]` even for a single row";
    for (content, pointer, text) in [
        (r#"{"either":[[1,2],[3]]}"#, "/either/1", "`either`, row 1: expected 2 numbers, found 1".to_owned()),
        (r#"{"either":[[1,2,3]]}"#, "/either/0", "`either`, row 0: expected 2 numbers, found 3".to_owned()),
        (r#"{"either":[[1,"2"]]}"#, "/either/0/1", "`either`, row 0, `b/c~d`: expected a finite number, found a string".to_owned()),
        (r#"{"either":[1,2]}"#, "/either/0", format!("`either`, row 0: expected {row}, found a number")),
        (r#"{"either":[]}"#, "/either", "`either`: expected at least one row, found an empty array".to_owned()),
        (r#"{"named":[[1,2]]}"#, "/named/0", "`named`, row 0: expected an object of named features, found an array".to_owned()),
        (
            r#"{"inputs":[1,2]}"#,
            "/inputs/0",
            "`inputs`, row 0: expected an array of 2 numbers for each row, `[[..]]` even for a single row, found a number".to_owned(),
        ),
        (
            r#"{"either":[{"a":1,"B/C D":2}]}"#,
            "/either/0/b~1c~0d",
            "`either`, row 0, `b/c~d`: expected a finite number, found no such key; key 2 of the object differs only slightly"
                .to_owned(),
        ),
    ] {
        assert_eq!(refused(content), (pointer.to_owned(), text), "{content}");
    }
}

#[test]
fn a_wrong_column_is_named() {
    for (content, pointer, text) in [
        (
            r#"{"inputs":{"a":[1,2],"b/c~d":[3]}}"#,
            "/inputs/b~1c~0d",
            "expected 2 numbers, as in the previous column, found 1",
        ),
        (r#"{"inputs":{"a":[1,2],"b/c~d":[3,null]}}"#, "/inputs/b~1c~0d/1", "expected a finite number, found null"),
        (
            r#"{"inputs":{"a":1,"b/c~d":2}}"#,
            "/inputs/a",
            "expected an array of numbers, one for each row, found a number",
        ),
        (r#"{"inputs":{"a":[],"b/c~d":[]}}"#, "/inputs/a", "expected at least one row, found an empty array"),
        (r#"{"inputs":{"a":[1]}}"#, "/inputs/b~1c~0d", "expected a finite number, found no such key"),
        (r#"{"inputs":{"a":[1],"a":[1]}}"#, "/inputs/a", "expected each feature once, found it twice"),
    ] {
        let (found, sentence) = refused(content);
        assert_eq!((found.as_str(), sentence.split_once(": ").unwrap().1), (pointer, text), "{content}");
    }
}

#[test]
fn a_wrong_split_form_is_named() {
    for (content, pointer, text) in [
        (r#"{"split":{"columns":["a","b/c~d"]}}"#, "/split/data", "expected an array of rows, found no such key"),
        (
            r#"{"split":{"columns":["a","b-c d"],"data":[[1,2]]}}"#,
            "/split/columns",
            "expected a column `b/c~d`, found none; name 2 differs only slightly",
        ),
        (r#"{"split":{"data":[[1,2]],"columns":["a"]}}"#, "/split/columns", "expected a column `b/c~d`, found none"),
        (
            r#"{"split":{"columns":["a","a"],"data":[[1,2]]}}"#,
            "/split/columns/1",
            "expected each feature once, found it twice",
        ),
        (
            r#"{"split":{"columns":["a",null],"data":[[1,2]]}}"#,
            "/split/columns/1",
            "expected the name of a column, found null",
        ),
        (
            r#"{"split":{"columns":["x","a","b/c~d"],"data":[[0,1,2],[0,1]]}}"#,
            "/split/data/1",
            "expected 3 values, found 2",
        ),
        (
            r#"{"split":{"columns":["x","a","b/c~d"],"data":[[0,1,2,3]]}}"#,
            "/split/data/0",
            "expected 3 values, found 4",
        ),
        (
            r#"{"split":{"columns":["x","a","b/c~d"],"data":[["y","1",2]]}}"#,
            "/split/data/0/1",
            "expected a finite number, found a string",
        ),
        (r#"{"split":{"data":[[1,true]]}}"#, "/split/data/0/1", "expected a finite number, found a boolean"),
        (r#"{"split":{"data":[]}}"#, "/split/data", "expected at least one row, found an empty array"),
        (r#"{"split":{"data":[1,2]}}"#, "/split/data/0", "expected an array of 2 values for each row, found a number"),
        (r#"{"split":[]}"#, "/split", "expected an object of `columns` and `data`, found an array"),
    ] {
        let (found, sentence) = refused(content);
        assert_eq!((found.as_str(), sentence.split_once(": ").unwrap().1), (pointer, text), "{content}");
    }
    let names = vec!["\"\""; (1 << 16) + 3].join(",");
    let text = refused(&format!(r#"{{"split":{{"columns":[{names}],"data":[]}}}}"#)).1;
    assert_eq!(text, "`split`, `columns`: expected at most 65538 columns, found more");
}
