//! CSV at `POST /invocations` and in `svcd predict`: one rule says what is a header, and both find the same rows.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use super::Fixture;

/// A model whose columns have no names, and a row of it that is not the same turned around.
const NAMELESS: &str = "break_ties_iris";

fn nameless_model() -> String {
    format!("{}/tests/fixtures/golden/{NAMELESS}.json", env!("CARGO_MANIFEST_DIR"))
}

/// The labels that the server gives, or the text of its error.
fn served(fixture: &Fixture, parameters: &str, content: &str) -> Result<Value, String> {
    let request = format!("POST /invocations\nContent-Type: text/csv{parameters}");
    let answer = fixture.ask(&request, content.as_bytes());
    let value: Value = serde_json::from_str(answer.text()).unwrap();
    match answer.status {
        200 => Ok(value["predictions"].clone()),
        400 => Err(value["error"].as_str().unwrap().to_owned()),
        status => panic!("{status}"),
    }
}

/// The labels that `svcd predict` gives, or the text of its error.
fn predicted(arguments: &[&str], content: &str) -> Result<Value, String> {
    let model = nameless_model();
    let mut child = Command::new(env!("CARGO_BIN_EXE_svcd"))
        .args(["predict", "--no-evidence-check", "--format", "jsonl", "-m", &model])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, content) = (child.stdin.take().unwrap(), content.to_owned());
    // It may fail before it has read everything.
    let writer = thread::spawn(move || drop(stdin.write_all(content.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    if output.status.success() {
        let text = String::from_utf8(output.stdout).unwrap();
        return Ok(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["predict"].clone()).collect());
    }
    let text = String::from_utf8(output.stderr).unwrap();
    Err(text.trim_end().strip_prefix("error: failed to predict `standard input`: ").unwrap().to_owned())
}

/// Rows of the fixture as CSV, by position and turned around.
fn rows(fixture: &Fixture, is_turned: bool, separator: &str) -> [String; 3] {
    [0, 3, 4].map(|index| {
        let mut row = fixture.row(index);
        if is_turned {
            row.reverse();
        }
        row.iter().map(|number| format!("{number:?}")).collect::<Vec<_>>().join(separator)
    })
}

#[test]
fn a_header_is_told_from_a_row_by_one_rule() {
    let fixture = Fixture::start(NAMELESS);
    let labels = json!([fixture.says("predict", 0), fixture.says("predict", 3), fixture.says("predict", 4)]);
    assert_eq!(labels, json!([1, 0, 2]));
    let (straight, turned) = (rows(&fixture, false, ",").join("\n"), rows(&fixture, true, ",").join("\n"));
    for (header, is_turned, said) in [
        ("", false, None),
        ("", false, Some("absent")),
        ("x0,x1,x2,x3\n", false, None),
        ("x3,x2,x1,x0\n", true, None),
        ("x3,\"x2\", x1 ,x0\n", true, Some("present")),
        ("length,width,colour,weight\n", false, None),
        ("\u{e4},\u{f6},\u{fc},\u{df}\n", false, None),
        ("0,1,2,3\n", false, Some("present")),
        ("3,2,1,0\n", true, Some("present")),
        ("a,NaN,,4\n", false, Some("present")),
    ] {
        let content = format!("{header}{}\n", if is_turned { &turned } else { &straight });
        let parameters = said.map(|said| format!("; header={said}")).unwrap_or_default();
        assert_eq!(served(&fixture, &parameters, &content), Ok(labels.clone()), "{content}");
        let flags = said.map(|said| vec!["--header", said]).unwrap_or_default();
        assert_eq!(predicted(&flags, &content), Ok(labels.clone()), "{content}");
    }
    // a row of whole numbers is a row, though pandas numbers columns like that
    let five = |found: Result<Value, String>| found.unwrap().as_array().unwrap().len();
    assert_eq!(five(served(&fixture, "", &format!("0,1,2,3\n{straight}"))), 4);
    assert_eq!(five(predicted(&[], &format!("0,1,2,3\n{straight}"))), 4);
}

#[test]
fn no_first_record_is_swallowed() {
    let fixture = Fixture::start(NAMELESS);
    let row = rows(&fixture, false, ",")[0].clone();
    let number = "expected a finite number, found";
    let names = "--feature-names A,B,.. gives names to a model that has none";
    for (first, column, problem, help, flag) in [
        ("5.1,,1.4,0.2", 1, "an empty field", "", ""),
        (
            "\"1,234.5\",3.5,1.4,0.2",
            0,
            "a number with a comma in it",
            "; write numbers with a decimal point",
            "; if that is a decimal comma: --decimal ','",
        ),
        ("5.1,NA,1.4,0.2", 1, "text", "", ""),
        ("nan,nan,nan,nan", 0, "NaN or infinity", "", ""),
        ("NA,null,None,n/a", 0, "text", "", ""),
        (",,,", 0, "an empty field", "", ""),
        (
            "a,b,c,1",
            0,
            "text",
            "; if this is a header: text/csv; header=present",
            "; if this is a header: --header present",
        ),
        (
            "a,b,,d",
            0,
            "text",
            "; if this is a header: text/csv; header=present",
            "; if this is a header: --header present",
        ),
    ] {
        let content = format!("{first}\n{row}\n");
        let found = served(&fixture, "", &content);
        assert_eq!(found, Err(format!("row 0, column x{column}: {number} {problem}{help}")), "{first}");
        let place = format!("line 1, column {} (`x{column}`)", column + 1);
        assert_eq!(predicted(&[], &content), Err(format!("{place}: {number} {problem}{flag}")), "{first}");
    }
    for (first, problem) in [
        // some of the names, so nobody knows what the others are
        ("x1,x2,x3,x4", "expected a column `x0`, found none among 4 columns"),
        ("x3,x2,x1,y", "expected a column `x0`, found none among 4 columns"),
        ("a,b,c,d,e", "expected 4 columns, or their names `x0`, `x1`, .., found 5"),
        ("x0,x1,x2,x3,x0", "expected one column `x0`, found 2"),
    ] {
        let content = format!("{first}\n{row}\n");
        assert_eq!(served(&fixture, "", &content), Err(format!("header: {problem}")), "{first}");
        let help = if problem.starts_with("expected one") { String::new() } else { format!("; {names}") };
        assert_eq!(predicted(&[], &content), Err(format!("line 1: {problem}{help}")), "{first}");
    }
    for content in ["x0,x1,x2,x3\n", "a,b,c,d", "a,b,c,d\r\n\r\n"] {
        let found = served(&fixture, "", content);
        assert_eq!(found, Err("expected at least one row, found none".to_owned()), "{content:?}");
        let found = predicted(&[], content);
        assert_eq!(found, Err("expected rows after the header, found none".to_owned()), "{content:?}");
    }
    assert_eq!(served(&fixture, "", ""), Err("expected at least one row, found none".to_owned()));
    let open = format!("{row},\"a\n{row},b\n");
    let quote = "expected a closing quote, found the end of the input";
    assert_eq!(served(&fixture, "; header=absent", &open), Err(format!("row 0: {quote}")));
    assert_eq!(predicted(&["--header", "absent"], &open), Err(format!("line 1: {quote}")));
}

#[test]
fn every_line_end_ends_a_record() {
    let fixture = Fixture::start(NAMELESS);
    let [a, b, c] = rows(&fixture, false, ",");
    let labels = json!([1, 0, 2]);
    for content in [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\r\n{b}\r\n{c}"),
        format!("{a}\r{b}\r{c}\r"),
        format!("{a}\r{b}\r{c}"),
        format!("x0,x1,x2,x3\r{a}\r{b}\r{c}\r"),
        format!("x0,x1,x2,x3\r\n{a}\r{b}\n\r\n{c}\n\r"),
        format!("x0,\"y\r\",x1,x2,x3\r{}\r{}\r\n{}\n", quoted(&a), quoted(&b), quoted(&c)),
    ] {
        assert_eq!(served(&fixture, "", &content), Ok(labels.clone()), "{content:?}");
        assert_eq!(predicted(&[], &content), Ok(labels.clone()), "{content:?}");
    }
    // the place of a wrong field, whatever ended the lines before
    let found = predicted(&[], &format!("{a}\r{b}\r\n\r{c}\nx,1,1,1"));
    assert_eq!(found, Err("line 5, column 1 (`x0`): expected a finite number, found text".to_owned()));
}

/// The same row with a second field of all line ends.
fn quoted(row: &str) -> String {
    row.replacen(',', ",\"\r\n, \"\"\r\n\r\",", 1)
}

#[test]
fn blocks_end_between_records_whatever_their_line_ends_are() {
    let fixture = Fixture::start(NAMELESS);
    let [a, b, c] = rows(&fixture, false, ",");
    for end in ["\r", "\r\n", "\n"] {
        // reads of 256 KiB end at every place of a line sooner or later
        let content = [&a, &b, &c].map(|row| format!("{row}{end}")).concat().repeat(5_000);
        let labels = predicted(&[], &content).unwrap();
        let labels = labels.as_array().unwrap();
        assert_eq!(labels.len(), 15_000);
        assert!(labels.chunks(3).all(|chunk| chunk == [1, 0, 2]), "{end:?}");
    }
}

#[test]
fn a_separator_is_proven_by_the_header_or_said_and_else_named() {
    let fixture = Fixture::start(NAMELESS);
    let labels = json!([1, 0, 2]);
    for (separator, parameter) in [("\t", "tab"), (";", "\";\""), ("|", "\"|\"")] {
        let (straight, turned) =
            (rows(&fixture, false, separator).join("\n"), rows(&fixture, true, separator).join("\n"));
        let header = ["x3", "x2", "\"x1\"", "x0"].join(separator);
        let said = format!("; separator={parameter}");
        assert_eq!(served(&fixture, &said, &straight), Ok(labels.clone()), "{said}");
        assert_eq!(predicted(&["--separator", separator], &straight), Ok(labels.clone()), "{said}");
        if separator != "|" {
            assert_eq!(served(&fixture, "", &format!("{header}\n{turned}")), Ok(labels.clone()), "{said}");
            assert_eq!(predicted(&[], &format!("{header}\n{turned}")), Ok(labels.clone()), "{said}");
        }
        let shown = separator.replace('\t', "\\t");
        let found = predicted(&[], &straight).unwrap_err();
        assert!(found.ends_with(&format!("; if that separates the fields: --separator '{shown}'")), "{found}");
        let found = served(&fixture, "", &straight).unwrap_err();
        assert!(found.contains("; if that is what separates the fields: text/csv; separator="), "{found}");
    }
    // Excel's way to say it
    for end in ["\n", "\r\n"] {
        let content = format!("sep=;{end}x0;x1;x2;x3{end}{}", rows(&fixture, false, ";").join(end));
        assert_eq!(served(&fixture, "", &content), Ok(labels.clone()));
        assert_eq!(predicted(&[], &content), Ok(labels.clone()));
        let found = predicted(&[], &format!("sep=|{end}1|1|1{end}"));
        assert_eq!(found, Err("line 2: expected 4 fields, found 3".to_owned()));
    }
    let wrong = |name: &str, expected: &str| {
        format!("expected {expected} in the parameter `{name}` of text/csv, found another value")
    };
    let found = served(&fixture, "; header=yes", "1,1,1,1");
    assert_eq!(found, Err(wrong("header", "`present` or `absent`")));
    let found = served(&fixture, "; separator=ab", "1,1,1,1");
    assert_eq!(found, Err(wrong("separator", "one character, or `tab`")));
}

#[test]
fn another_encoding_is_named() {
    let fixture = Fixture::start(NAMELESS);
    let utf16: Vec<u8> = "\u{feff}1,1,1,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let answer = fixture.ask("POST /invocations\nContent-Type: text/csv", &utf16);
    assert!(answer.text().contains("expected CSV in UTF-8, found UTF-16"));
    let answer = fixture.ask("POST /invocations\nContent-Type: text/csv", b"Gr\xf6\xdfe,b,c,d,e\n1,1,1,1,1\n");
    assert!(answer.text().contains("found 5; send CSV in UTF-8"));
}

#[test]
fn columns_without_names_are_called_by_number_in_every_shape() {
    let fixture = Fixture::start(NAMELESS);
    let answer = super::Expected::Json(r#"{"predictions":[{predict:3}]}"#);
    let row = fixture.row(3);
    let turned = format!("{:?},{:?},{:?},{:?}", row[3], row[2], row[1], row[0]);
    let record = format!(r#"{{"3":{:?},"2":{:?},"1":{:?},"0":{:?},"4":"x"}}"#, row[3], row[2], row[1], row[0]);
    for content in [
        format!(r#"{{"dataframe_records":[{record}]}}"#),
        format!(r#"{{"instances":[{record}]}}"#),
        format!(r#"{{"inputs":{{"3":[{:?}],"2":[{:?}],"1":[{:?}],"0":[{:?}]}}}}"#, row[3], row[2], row[1], row[0]),
        format!(r#"{{"dataframe_split":{{"columns":[3,2,1,0],"data":[[{turned}]]}}}}"#),
        format!(r#"{{"dataframe_split":{{"columns":["3","2","1","0"],"data":[[{turned}]]}}}}"#),
    ] {
        fixture.check("POST /invocations", &content, &answer);
    }
    // one column under two names, and the columns of a model that has names
    let twice = fixture.ask("POST /invocations", br#"{"dataframe_records":[{"0":1,"x0":1,"1":1,"2":1,"3":1}]}"#);
    assert!(twice.text().contains("expected each feature once, found it twice"), "{}", twice.text());
    let named = Fixture::start("iris_rbf_scale");
    let missing = named.ask("POST /invocations", br#"{"dataframe_records":[{"0":1,"1":1,"2":1,"3":1}]}"#);
    assert!(missing.text().contains("found no such key"), "{}", missing.text());
}

#[test]
fn a_number_that_no_double_can_hold_is_called_that() {
    let fixture = Fixture::start("iris_rbf_scale");
    for (request, content, place) in [
        ("/invocations", "{\"instances\":[[1,1,1e400,1]]}", "`instances`, row 0, `petal length (cm)`"),
        ("/v1/models/iris:predict", "{\"instances\":[[1,1,-1e400,1]]}", "`instances`, row 0, `petal length (cm)`"),
        ("/", "{\"petal length (cm)\":1e400}", "`petal length (cm)`"),
    ] {
        let answer = fixture.ask(&format!("POST {request}"), content.as_bytes());
        let text = format!("{place}: expected a finite number, found a number at line 1 column ");
        assert_eq!(answer.status, 400);
        assert!(
            answer.text().contains(&text) && answer.text().contains(" that is too large for a double"),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("invalid JSON"), "{}", answer.text());
    }
    let bare = fixture.ask("POST /invocations", b"[[5.1,3.5,1.4,0.2]]");
    assert!(bare.text().contains("found an array; rows go into `{\\\"instances\\\": [[..]]}`"), "{}", bare.text());
}
