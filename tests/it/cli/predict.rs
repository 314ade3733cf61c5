//! `svcd predict` with the files that people have: other separators, encodings and compressions, ids to keep, wrong rows.

use std::fs;

use super::{FOUR, run, run_with_input, svcd};
use crate::folder::Folder;

/// gzip.compress(b"5,3,1,0.2\n6.3,3.3,6,2.5\n", mtime=0), of Python.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x33\xd5\x31\xd6\x31\xd4\x31\xd0\x33\xe2\x32\xd3\x33\xd6\x31\x06\x62\x33\x1d\x23\x3d\x53\x2e\x00\x2e\x16\x5b\xe7\x18\x00\x00\x00";

const ROWS: &str = "5,3,1,0.2\n6.3,3.3,6,2.5\n";

fn predict(arguments: &[&str], input: &str) -> (i32, String, String) {
    run_with_input(&[&["predict"], arguments].concat(), input)
}

fn failed(cause: &str) -> String {
    format!("error: failed to predict `standard input`: {cause}\n")
}

#[test]
fn a_spreadsheet_is_read_as_it_is_in_half_of_europe() {
    let table = format!("# of \"today\n{}\n5,0;3;1;\"0,2\"\n# half\n6,3;3,3;6;2,5\n", FOUR.replace(',', ";"));
    let flags = ["--separator", ";", "--decimal", ",", "--comment", "#"];
    assert_eq!(predict(&flags, &table), (0, "predict\n0\n2\n".into(), String::new()));
    // the header proves the semicolons, and after a decimal comma they are expected
    assert_eq!(predict(&flags[2..], &table).1, "predict\n0\n2\n");
    let rows = table.lines().skip(2).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(predict(&flags[2..], &rows).1, "predict\n0\n2\n");
    let place = "line 2, column 1 (`sepal length (cm)`): expected a finite number, found";
    let found = predict(&["--comment", "#"], &table.replacen("# of \"today\n", "", 1)).2;
    assert_eq!(
        found,
        failed(&format!("{place} a number with a comma in it; if that is a decimal comma: --decimal ','"))
    );
    let found = predict(&["--decimal", ","], &format!("{FOUR}\n5.1,3,1,0\n").replace(',', ";")).2;
    assert_eq!(
        found,
        failed(&format!(
            "{place} a number with a decimal point; if all numbers are like that, leave out --decimal ','"
        ))
    );
    let found = predict(&[], "5,1;3;1;0,2\n").2;
    assert!(found.ends_with("found text; if that separates the fields: --separator ';' --decimal ','\n"), "{found}");
    let found = predict(&[], &table).2;
    assert!(found.ends_with("found none among 1 column; if that is a comment: --comment '#'\n"), "{found}");
    for (flags, problem) in [
        (["--separator", "ab"], "--separator: expected one character such as ; or \\t, found `ab`"),
        (["--decimal", ";"], "--decimal: expected a point or a comma, found `;`"),
        (["--comment", "x"], "--comment: expected one character such as #, found `x`"),
        (["--header", "yes"], "--header: expected present or absent, found `yes`"),
    ] {
        let (code, _, stderr) = predict(&flags, ROWS);
        assert_eq!((code, stderr.lines().next()), (2, Some(format!("error: {problem}").as_str())));
    }
}

#[test]
fn compressed_files_are_read_to_their_last_member_and_other_encodings_too() {
    let folder = Folder::new("predict-files");
    let run_file = |content: &[u8]| {
        let path = folder.file("rows", content);
        let (code, stdout, stderr) = run(&["predict", &path]);
        (code, stdout, stderr.replace(&path, "rows"))
    };
    let text: Vec<u16> = format!("\u{feff}{FOUR}\r\n{ROWS}").encode_utf16().collect();
    let two = (0, "predict\n0\n2\n".to_owned(), String::new());
    assert_eq!(run_file(ROWS.as_bytes()), two);
    assert_eq!(run_file(GZIP), two);
    assert_eq!(run_file(&text.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>()), two);
    assert_eq!(run_file(&text.iter().flat_map(|unit| unit.to_be_bytes()).collect::<Vec<u8>>()), two);
    assert_eq!(run_file(format!("\u{feff}{FOUR}\n{ROWS}").as_bytes()), two);
    assert_eq!(run_file(&GZIP.repeat(3)).1, "predict\n0\n2\n0\n2\n0\n2\n");
    for (content, rows, problem) in [
        (GZIP[..GZIP.len() - 3].to_vec(), 2, "gzip: expected more bytes, found the end"),
        ([GZIP, &GZIP[..9]].concat(), 2, "gzip: expected more bytes, found the end"),
        ([GZIP, b"\0\0"].concat(), 2, "gzip: byte 42: expected the end, found other bytes"),
        (
            b"PK\x03\x04...".to_vec(),
            0,
            "expected CSV in UTF-8 or UTF-16, plain or compressed with gzip, found a zip file or an Excel workbook: save the sheet as CSV",
        ),
    ] {
        let (code, stdout, stderr) = run_file(&content);
        assert_eq!((code, stderr), (1, format!("error: failed to predict `rows`: {problem}\n")));
        assert!(stdout.lines().count() <= rows + 1, "{stdout}");
    }
}

#[test]
fn columns_are_kept_as_they_are() {
    let table = "id,x3,x2,x1,x0,\"a \"\"name\"\"\"\n\"a,1\",0.2,1,3,5,\n 007 ,2.5,6,3.3,6.3,\"say \"\"hi\"\"\"\n\"\",0.2,1,3,5,\"\r\n\"\n";
    let names = ["--feature-names", "x0,x1,x2,x3"];
    let keep = |more: &[&str]| predict(&[&names, more].concat(), table);
    assert_eq!(
        keep(&["--keep", "\"a \"\"name\"\"\",id"]).1,
        "\"a \"\"name\"\"\",id,predict\n,\"a,1\",0\n\"say \"\"hi\"\"\",\" 007 \",2\n\"\r\n\",,0\n"
    );
    let json =
        "{\"id\": \"a,1\", \"predict\": 0}\n{\"id\": \" 007 \", \"predict\": 2}\n{\"id\": \"\", \"predict\": 0}\n";
    assert_eq!(keep(&["--keep", "id", "--format", "jsonl"]).1, json);
    // a column of the model too
    assert_eq!(keep(&["--keep", "x0"]).1, "x0,predict\n5,0\n6.3,2\n5,0\n");
    let found = keep(&["--keep", "Id"]).2;
    assert_eq!(
        found,
        failed("line 1: expected a column `Id` to keep, found none, only `id`, which differs in upper and lower case")
    );
    let found = predict(&["--keep", "id"], ROWS).2;
    assert_eq!(found, failed("line 1: expected a header that names the columns to keep, found a row"));
    for (keep, problem) in [
        ("predict", "expected a name that no answer has, found `predict`: rename it in the input"),
        ("id,id", "expected each name once, found `id` twice"),
    ] {
        let (code, _, stderr) = predict(&["--keep", keep], table);
        assert_eq!((code, stderr.lines().next()), (2, Some(format!("error: --keep: {problem}").as_str())));
    }
    let found = predict(&[&names[..], &["--keep", "id"]].concat(), &table.replace("\"a \"\"name\"\"\"", "id")).2;
    assert_eq!(found, failed("line 1: expected one column `id` to keep, found 2"));
}

#[test]
fn wrong_rows_have_an_empty_answer_where_that_is_wanted() {
    let rows = "5,3,1,0.2\nx,3,1,1\n\n1,2,3\n6.3,3.3,6,2.5\n1,1,1,\n";
    let told = "svcd: line 2, column 1 (`sepal length (cm)`): expected a finite number, found text\n\
                svcd: line 4: expected 4 fields, found 3\n\
                svcd: line 6, column 4 (`petal width (cm)`): expected a finite number, found an empty field\n\
                error: 3 of 5 rows have an empty answer\n";
    let null = |more: &[&str]| predict(&[&["--on-error", "null"], more].concat(), rows);
    // a reader of CSV skips empty lines
    assert_eq!(null(&[]), (3, "predict\n0\n\"\"\n\"\"\n2\n\"\"\n".into(), told.into()));
    let (code, stdout, _) = null(&["--output", "predict,decision_function"]);
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!((code, lines.len(), lines[2], lines[3], lines[5]), (3, 6, ",,,", ",,,", ",,,"));
    assert!(lines[4].starts_with("2,"));
    let (_, stdout, _) = null(&["--output", "predict,decision_function", "--format", "jsonl"]);
    assert_eq!(stdout.lines().nth(1), Some("{\"predict\": null, \"decision_function\": null}"));
    assert_eq!(predict(&["--on-error", "null"], ROWS).0, 0);
    assert_eq!(predict(&["--on-error", "stop"], rows), predict(&[], rows));

    // many, over several blocks, in order; five are told
    let many = "5,3,1,0.2\n6.3,3.3,6,2.5\n1,1,1,x\n".repeat(20_000);
    let (code, stdout, stderr) = predict(&["--on-error", "null", "--threads", "3"], &many);
    assert_eq!(code, 3);
    assert!(stdout.lines().skip(1).eq(["0", "2", "\"\""].into_iter().cycle().take(60_000)));
    let told: Vec<&str> = stderr.lines().collect();
    assert_eq!((told.len(), told[5]), (6, "error: 20000 of 60000 rows have an empty answer"));
    assert!(told[4].starts_with("svcd: line 15, column 4 "), "{stderr}");

    // a quote that is never closed may have swallowed any number of rows
    let table = format!("{FOUR},note\n5,3,1,0.2,\"a\"\n5,3,1,0.2,\"b\n6.3,3.3,6,2.5,c\n");
    let found = predict(&["--on-error", "null"], &table);
    let text = failed("line 3: expected a closing quote, found the end of the input");
    assert_eq!(found, (1, "predict\n0\n".into(), text));
}

#[test]
fn a_row_that_a_step_cannot_take_is_refused_among_others() {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickle/1.9.1/pca_linear.p4");
    let rows = "5.1,3.5,1.4,0.2\n1.5e308,1,1.7e308,1e308\n6.3,3.3,6,x\n6.3,3.3,6,2.5\n1.5e308,1,1.7e308,1e308\n";
    let (code, stdout, stderr) = predict(&["-m", model, "--on-error", "null"], rows);
    assert_eq!((code, stdout.as_str()), (3, "predict\na\n\"\"\n\"\"\nc\n\"\"\n"));
    let told: Vec<&str> = stderr.lines().filter(|line| line.starts_with("svcd: line")).collect();
    let starts =
        ["svcd: line 2 (`petal length (cm)`): the number is too large", "svcd: line 3, column 4", "svcd: line 5 ("];
    assert!(told.len() == 3 && told.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{stderr}");
}

#[test]
fn an_output_file_is_whole_or_not_there() {
    let folder = Folder::new("predict-output");
    let (rows, target) = (folder.file("rows.csv", ROWS), folder.path("out.csv"));
    let to = |target: &str, input: &str| run(&["predict", "-o", target, input]);
    let count = || fs::read_dir(folder.root()).unwrap().count();
    assert_eq!(to(&target, &rows), (0, String::new(), String::new()));
    assert_eq!((fs::read_to_string(&target).unwrap().as_str(), count()), ("predict\n0\n2\n", 2));

    let wrong = folder.file("wrong.csv", format!("{}x\n", ROWS.repeat(100_000)));
    assert_eq!(to(&target, &wrong).0, 1);
    assert_eq!((fs::read_to_string(&target).unwrap().as_str(), count()), ("predict\n0\n2\n", 3));
    assert_eq!(to(&folder.path("none.csv"), &wrong).0, 1);
    assert_eq!(to(&folder.path("none.csv"), &folder.path("no-rows.csv")).0, 1);
    assert_eq!(count(), 3, "nothing is left behind");

    let (code, _, stderr) = to(&rows, &rows);
    assert_eq!((code, stderr.lines().next()), (2, Some("error: --output-file: expected a file other than the input")));
    std::os::unix::fs::symlink(&rows, folder.path("link")).unwrap();
    assert_eq!(to(&folder.path("link"), &rows).0, 2);
    assert_eq!(fs::read_to_string(&rows).unwrap(), ROWS);
    for other in [folder.root(), "/dev/null"] {
        let problem = "expected a regular file or none, found a folder, device or FIFO";
        assert_eq!(to(other, &rows).2, format!("error: failed to write `{other}`: {problem}\n"));
    }
    // of a link the file is replaced that it names, and the link stays
    std::os::unix::fs::symlink(&target, folder.path("link-out")).unwrap();
    assert_eq!(to(&folder.path("link-out"), &rows).0, 0);
    assert!(fs::symlink_metadata(folder.path("link-out")).unwrap().is_symlink());
    // wrong rows with an empty answer are no failure to write
    let (code, _, _) = run(&["predict", "--on-error", "null", "-o", &target, &wrong]);
    assert_eq!((code, fs::read_to_string(&target).unwrap().lines().count()), (3, 200_002));
}

#[test]
fn an_interrupt_leaves_no_half_of_an_output_file() {
    let folder = Folder::new("predict-interrupt");
    let mut child =
        svcd(&["predict", "-o", &folder.path("out.csv")]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    // waiting for the child would close its input
    let stdin = child.stdin.take();
    let is_there = || fs::read_dir(folder.root()).unwrap().count() == 1;
    while !is_there() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let status = child.wait().unwrap();
    drop(stdin);
    assert_eq!(status.code(), Some(130));
    assert_eq!(fs::read_dir(folder.root()).unwrap().count(), 0);
}

#[test]
fn names_with_blanks_and_names_that_look_alike_are_told_apart() {
    let names = ["--feature-names", "\"a \",caf\u{e9},b,\u{b5}g"];
    let ask = |header: &str| predict(&names, &format!("{header}\n5,3,1,0.2\n"));
    for header in
        ["a ,caf\u{e9},b,\u{b5}g", "a,caf\u{e9},b,\u{b5}g", " a , caf\u{e9} ,\"b\",\u{b5}g", "a,a ,caf\u{e9},b,\u{b5}g"]
    {
        let row = if header.starts_with("a,a ") { "9,5,3,1,0.2" } else { "5,3,1,0.2" };
        assert_eq!(predict(&names, &format!("{header}\n{row}\n")).1, "predict\n0\n", "{header}");
    }
    for (header, problem) in [
        (
            "a,cafe\u{301},b,\u{b5}g",
            "a column `caf\u{e9}`, found none, only `cafe\u{301}`, which differs in how its accents are encoded (U+0065 U+0301, not U+00E9)",
        ),
        ("a,caf\u{e9},B,\u{b5}g", "a column `b`, found none, only `B`, which differs in upper and lower case"),
        (
            "a,caf\u{e9},b,\u{3bc}g",
            "a column `\u{b5}g`, found none, only `\u{3bc}g`, which differs in a lookalike character (U+03BC, not U+00B5)",
        ),
    ] {
        assert_eq!(ask(header).2, failed(&format!("line 1: expected {problem}")));
    }
    let (code, _, stderr) = ask("\u{200b}a,caf\u{e9},b,\u{b5}g");
    assert_eq!(code, 1);
    assert!(stderr.contains("which differs in more than one of blanks, invisible characters"), "{stderr}");
}

#[test]
fn a_check_reads_its_rows_as_predict_does() {
    let folder = Folder::new("check-rows");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/golden/break_ties_iris.json");
    let rows = "11.262286729563309,3.4771702669551225,3.969832206780902,-1.7812318398097167\n";
    let labels = predict(&["-m", model, "--no-evidence-check"], rows).1;
    assert_eq!(labels, "predict\n1\n");
    let turned: Vec<&str> = rows.trim_end().split(',').rev().collect();
    let check = |text: &str| {
        let rows = folder.file("rows.csv", text);
        let (code, _, stderr) =
            run(&["import", model, "-o", &folder.path("out.bin"), "--check", &rows, "--no-evidence-check"]);
        (code, stderr)
    };
    for text in [
        format!("a,b,predict,c,d\n{}\n", rows.trim_end().replacen(",3.9", ",1,3.9", 1)),
        format!("x3,x2,x1,x0,predict\r{},1\r", turned.join(",")),
        format!("x3;x2;x1;x0;predict\n{};1\n", turned.join(";")),
    ] {
        assert_eq!(check(&text), (0, String::new()), "{text}");
    }
}

#[test]
fn rows_are_those_that_pandas_reads() {
    let folder = Folder::new("pandas");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/csv.jsonl");
    let text = fs::read_to_string(path).unwrap();
    let cases: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 20);
    let scores = ["--output", "predict,decision_function"];
    for case in cases {
        let bytes: Vec<u8> = case["bytes"].as_str().unwrap().chars().map(|byte| u8::try_from(byte).unwrap()).collect();
        let file = folder.file("rows.csv", &bytes);
        let flags: Vec<&str> = case["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap()).collect();
        let found = run(&[&["predict"], &scores[..], &flags, &[&file]].concat());
        let row = |row: &serde_json::Value| {
            row.as_array().unwrap().iter().map(|number| number.to_string()).collect::<Vec<_>>().join(",") + "\n"
        };
        let rows: String = case["rows"].as_array().unwrap().iter().map(row).collect();
        assert_eq!(found, predict(&scores, &rows), "{}", case["name"]);
        assert_eq!(found.0, 0, "{}: {}", case["name"], found.2);
    }
}

#[test]
fn a_row_that_counts_its_columns_is_a_row_with_a_warning() {
    let warning = "svcd: warning: line 1 holds 0,1,.., as pandas numbers columns without names, and is read as a row: \
                   give --header present if it is a header, --header absent if it is not\n";
    let input = format!("0,1,2,3\n{ROWS}");
    assert_eq!(predict(&[], &input), (0, "predict\n2\n0\n2\n".into(), warning.into()));
    assert_eq!(predict(&["--header", "absent"], &input), (0, "predict\n2\n0\n2\n".into(), String::new()));
    for other in ["0,1,2,3.0\n", "1,2,3,4\n", "0,1,2,03\n"] {
        assert_eq!(predict(&[], &format!("{other}{ROWS}")).2, "", "{other}");
    }
}

#[test]
fn a_filter_writes_answers_alone_and_takes_what_a_split_leaves_it() {
    let filter = ["--filter"];
    let header = format!("{FOUR}\n");
    assert_eq!(predict(&filter, &(header.clone() + ROWS)), (0, "0\n2\n".into(), String::new()));
    assert_eq!(predict(&["--filter", "--keep", "petal width (cm)"], &(header.clone() + ROWS)).1, "0.2,0\n2.5,2\n");
    for nothing in ["", "\n\n", header.as_str()] {
        assert_eq!(predict(&filter, nothing), (0, String::new(), String::new()), "{nothing:?}");
    }
    assert_eq!(predict(&["--filter", "--format", "jsonl"], "").1, "");
    // only a filter: elsewhere nothing to predict is a mistake
    assert_eq!(predict(&[], "").2, failed("expected rows, found none"));
    assert_eq!(predict(&[], &header).2, failed("expected rows after the header, found none"));
    let (code, answers, message) = predict(&filter, "5,3,1,0.2\n5,3,1,x\n");
    assert_eq!((code, answers.as_str()), (1, "0\n"));
    assert!(message.contains("line 2, column 4"), "{message}");
    // a header that lacks a column is an error, with rows and without
    assert_eq!(predict(&["--filter", "--header", "present"], "a,b,c\n").0, 1);
}
