//! What no column takes is a 400 with its row and column, in every dialect.

use super::*;

const V1: &str = "/v1/models/table:predict";

#[test]
fn wrong_values_are_named_in_every_dialect() {
    let table = Table::mixed();
    let right = r#"[1,2.5,"S",1,true]"#;
    let (number, missing) = ("a finite number", "a finite number or a missing value");
    let number_only = "a finite number: only `fare`, `port`, `class` may be missing";
    let (ports, booleans) = ("one of ` b`, `C,d`, `S`, `\u{e9}`, null", "one of false, true");
    for (column, value, expected, found) in [
        (0, "null", number_only, "null"),
        (0, "\"1\"", number, "a string"),
        (0, "true", number, "a boolean"),
        (0, "{}", number, "an object"),
        (1, "\"\"", missing, "a string"),
        (1, "\"NaN\"", missing, "a string"),
        (2, "\"X\"", ports, "another string"),
        (2, "7", ports, "another number"),
        (2, "[]", ports, "an array"),
        (3, "{}", "one of 1, 2.5", "an object"),
        (4, "\"True\"", booleans, "another string"),
        (4, "null", booleans, "null"),
    ] {
        let name = NAMES[column];
        let mut cells: Vec<&str> = right.trim_matches(['[', ']']).split(',').collect();
        cells[column] = value;
        let wrong = format!("[{}]", cells.join(","));
        let told = |place: String| format!("{place}: expected {expected}, found {found}");
        let object = |row: &str| {
            let cells = row.strip_prefix('[').unwrap().strip_suffix(']').unwrap().split(',');
            let members: Vec<_> = NAMES.iter().zip(cells).map(|(name, cell)| format!("\"{name}\":{cell}")).collect();
            format!("{{{}}}", members.join(","))
        };
        let columns = || {
            let cells = right.trim_matches(['[', ']']).split(',').zip(&cells);
            let columns = NAMES.iter().zip(cells).map(|(name, (right, wrong))| format!("\"{name}\":[{right},{wrong}]"));
            format!("{{{}}}", columns.collect::<Vec<_>>().join(","))
        };
        for (path, content, place, pointer) in [
            ("/", format!("[{},{}]", object(right), object(&wrong)), "", format!("/1/{name}")),
            (V1, format!(r#"{{"instances":[{right},{wrong}]}}"#), "`instances`, ", format!("/instances/1/{column}")),
            (
                V1,
                format!(r#"{{"instances":[{},{}]}}"#, object(right), object(&wrong)),
                "`instances`, ",
                format!("/instances/1/{name}"),
            ),
            (
                "/vertex",
                format!(r#"{{"instances":[{right},{wrong}]}}"#),
                "`instances`, ",
                format!("/instances/1/{column}"),
            ),
            (
                "/invocations",
                format!(r#"{{"dataframe_split":{{"data":[{right},{wrong}]}}}}"#),
                "`dataframe_split`, `data`, ",
                format!("/dataframe_split/data/1/{column}"),
            ),
            ("/invocations", format!(r#"{{"inputs":[{right},{wrong}]}}"#), "`inputs`, ", format!("/inputs/1/{column}")),
            (
                "/invocations\nContent-Type: application/jsonlines",
                format!("{right}\n{wrong}\n"),
                "",
                format!("/1/{column}"),
            ),
        ] {
            let expected = (told(format!("{place}row 1, `{name}`")), pointer);
            assert_eq!(table.refused(path, content.as_bytes()), expected, "{path} {content}");
        }
        let expected = (told(format!("`inputs`, `{name}`, row 1")), format!("/inputs/{name}/1"));
        assert_eq!(table.refused(V1, format!(r#"{{"inputs":{}}}"#, columns()).as_bytes()), expected);
        let expected = (told(format!("`instances` 0, `{name}`, row 1")), format!("/instances/0/{name}/1"));
        assert_eq!(table.refused(V1, format!(r#"{{"instances":[{}]}}"#, columns()).as_bytes()), expected);
    }
}

#[test]
fn wrong_tensors_are_named() {
    let table = Table::mixed();
    let rest = r#"{"name":"age","shape":[2],"datatype":"FP64","data":[1,2]},{"name":"fare","shape":[2],"datatype":"FP64","data":[1,2]},
        {"name":"class","shape":[2],"datatype":"FP64","data":[1,2]},{"name":"alone","shape":[2],"datatype":"BOOL","data":[true,false]}"#;
    let port = |datatype: &str, shape: &str, data: &str| {
        format!(r#"{{"inputs":[{{"name":"port","shape":{shape},"datatype":"{datatype}","data":{data}}},{rest}]}}"#)
    };
    let infer = "/v2/models/table/infer";
    let ports = "one of ` b`, `C,d`, `S`, `\u{e9}`, null";
    let row = "`inputs` 0, `data`, row 1, `port`";
    let shape = "`inputs` 0, `shape`";
    for (content, told) in [
        (
            port("BYTES", "[2]", r#"["S","s"]"#),
            format!(
                "{row}: expected {ports}, perhaps `S`, which differs in upper and lower case, found another string"
            ),
        ),
        (port("BYTES", "[2]", r#"["S",1]"#), format!("{row}: expected a string, found a number")),
        (port("BYTES", "[2]", r#"["S",true]"#), format!("{row}: expected a string, found a boolean")),
        (port("FP64", "[2]", r#"[null,"S"]"#), format!("{row}: expected a finite number, found a string")),
        (port("INT8", "[2]", "[null,1]"), format!("{row}: expected {ports}, found another number")),
        (
            port("INT8", "[2]", "[null,1000]"),
            format!("{row}: expected a whole number from -128 to 127, found another number"),
        ),
        (
            port("BYTES", "[2]", r#"["S"]"#),
            "`inputs` 0, `data`: expected 2 elements, as the shape says, found 1".to_owned(),
        ),
        (
            port("BYTES", "[2,1]", r#"[["S"],["S"],["S"]]"#),
            "`inputs` 0, `data`: expected 2 elements, as the shape says, found 3".to_owned(),
        ),
        (port("BYTES", "[2,1]", r#"[["S"],[[]]]"#), format!("{row} 0: expected a string, found an array")),
        (
            port("BYTES", "[3]", r#"["S","S","S"]"#),
            "`inputs` 1, `shape`: expected 3 rows, as in the previous input, found [2]".to_owned(),
        ),
        (
            port("BYTES", "[1,2]", r#"["S","S"]"#),
            format!("{shape}: expected [N] or [N, 1] for each of several inputs, found [1, 2]"),
        ),
        (port("FP64", "[2]", r#""S""#), "`inputs` 0, `data`: expected an array of values, found a string".to_owned()),
        (
            r#"{"inputs":[{"name":"X","shape":[1,5],"datatype":"FP64","data":[1,2,3,4,5]}]}"#.to_owned(),
            "`inputs`: expected one tensor for each column: `age`, found none of that name".to_owned(),
        ),
    ] {
        assert_eq!(table.refused(infer, content.as_bytes()).0, told, "{content}");
    }
    let (sentence, place) = table.refused(infer, port("BF16", "[2]", "[1,2]").as_bytes());
    assert!(sentence.ends_with("`FP32`, `FP64`, `BYTES`, found another text"), "{sentence}");
    assert_eq!(place, "/inputs/0/datatype");
    let raw = table.refused(&format!("{infer}\nInference-Header-Content-Length: 0"), &[0; 40]).0;
    let told =
        "expected JSON with one tensor for each column, as some columns are not numbers, found binary data alone";
    assert_eq!(raw, told);
}

#[test]
fn wrong_binary_texts_are_named() {
    let table = Table::start(vec![categories(&["a", "b"].map(Category::String), false)], &["x"], Detail::Full);
    let refused = |bytes: &[u8], count: usize| {
        let json = format!(
            r#"{{"inputs":[{{"name":"x","shape":[{count}],"datatype":"BYTES","parameters":{{"binary_data_size":{}}}}}]}}"#,
            bytes.len()
        );
        let request = format!("/v2/models/table/infer\nInference-Header-Content-Length: {}", json.len());
        table.refused(&request, &[json.as_bytes(), bytes].concat()).0
    };
    for (bytes, count, told) in [
        (&b"\x01\0\0\0a\x01\0\0\0c"[..], 2, "row 1, `x`: expected one of `a`, `b`, found another string"),
        (b"\x01\0\0\0a\x02\0\0\0c", 2, "row 1, `x`: expected a text of the announced length, found the end"),
        (b"\x01\0\0\0a\xff\xff\xff\xff", 2, "row 1, `x`: expected a text of the announced length, found the end"),
        (b"\x01\0\0\0a\x01\0\0\0", 2, "row 1, `x`: expected a text of the announced length, found the end"),
        (b"\x01\0\0\0a\x01\0\0\0\xff", 2, "row 1, `x`: expected a text in UTF-8, found other bytes"),
        (b"\x01\0\0\0a\x01\0\0\0a", 1, "row 1, `x`: expected the end, found more bytes"),
    ] {
        assert_eq!(refused(bytes, count), format!("`inputs` 0, {told}"), "{bytes:?}");
    }
    let told = "`inputs` 0, `parameters`, `binary_data_size`: expected 8, as shape and datatype say, found 7";
    assert_eq!(refused(b"\x01\0\0\0a\0\0", 2), told);
}

#[test]
fn none_and_nan_are_two_categories_where_the_model_says_so() {
    let kinds = vec![categories(&[Category::None, Category::NaN], false)];
    let table = Table::start(kinds, &["x"], Detail::Full);
    assert_eq!(table.json(V1, br#"{"instances":[[null]]}"#)["predictions"], json!([1]));
    let (sentence, _) = table.refused(V1, br#"{"instances":[[NaN]]}"#);
    assert_eq!(
        sentence,
        "`instances`, row 0, `x`: expected null, which this column distinguishes from NaN, found NaN, which JSON does \
         not have"
    );
    let infinity = table.refused(V1, br#"{"instances":[[null],[Infinity]]}"#).0;
    assert!(infinity.contains("found NaN or Infinity at line 1 column"), "{infinity}");
}

#[test]
fn terse_errors_hide_columns_and_categories() {
    let table = Table::start(kinds(), &NAMES, Detail::Terse);
    let content = br#"{"age":1,"fare":2,"port":"s","class":1,"alone":true}"#;
    let answer = table.ask("/", content);
    assert_eq!(
        answer.text(),
        r#"{"error":"content: found another string","error_code":"BAD_REQUEST","message":"content: found another string"}"#
    );
    let answer = table.ask("/", br#"{"age":null,"fare":2,"port":"S","class":1,"alone":true}"#);
    assert!(answer.text().starts_with(r#"{"error":"content: found null""#), "{answer:?}");
}

#[test]
fn hostile_values_are_refused_in_time() {
    let table = Table::mixed();
    let long = "x".repeat(8_000_000);
    let (sentence, place) = table.refused(V1, format!(r#"{{"instances":[[1,2,"{long}",1,true]]}}"#).as_bytes());
    assert!(sentence.len() < 300, "{sentence}");
    assert_eq!(place, "/instances/0/2");
    let nulls = vec!["null"; 800_000].join(",");
    let (sentence, _) = table.refused(V1, format!(r#"{{"inputs":{{"fare":[{nulls}],"age":[{nulls}]}}}}"#).as_bytes());
    assert!(sentence.starts_with("`inputs`, `age`, row 0: expected a finite number: only"), "{sentence}");
    let nans = vec!["NaN"; 900_000].join(",");
    let (sentence, _) =
        table.refused(V1, format!(r#"{{"inputs":{{"fare":[{nans}],"port":[{nans},"?"]}}}}"#).as_bytes());
    assert!(sentence.starts_with("`inputs`, `port`, row 900000: expected one of"), "{sentence}");
}
