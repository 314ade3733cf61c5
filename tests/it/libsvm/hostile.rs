//! Files that are not models: each gives one error with its place, quickly and in little memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use svcd::model_file::libsvm::{from_bytes, to_string};
use svcd::model_file::load::load_bytes;

use super::text;
use crate::random::Random;

/// Two classes, two support vectors, two features.
const SMALL: &str = "svm_type c_svc\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho 0.25\nlabel 0 1\nprobA -1\n\
                     probB 0.5\nnr_sv 1 1\nSV\n1 1:0.5 2:1 \n-1 2:0.5 \n";

/// A line that only models of one class have.
const MARKS: &str = "prob_density_marks 0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9";

/// Three models that are no classifiers, without the word for their type.
const SINGLE: &str = "kernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho 0.25\nSV\n1 1:0.5 2:1 \n-1 2:0.5 \n";

/// [`SMALL`] with the first occurrence of `from` replaced.
fn with(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}

#[track_caller]
fn assert_refused(file: &str, expected: &str) {
    let refuse = || {
        let start = Instant::now();
        let refusal = load_bytes(file.as_bytes()).map(|loaded| loaded.model).unwrap_err().to_string();
        assert_eq!(refusal, expected);
        start.elapsed()
    };
    // on a busy machine one of them may be slow
    let fastest = (0..3).map(|_| refuse()).min().unwrap();
    assert!(fastest < Duration::from_secs(1), "{expected}: took {fastest:?}");
}

/// Whatever is accepted can be written and reads back the same.
fn read_or_refuse(bytes: &[u8]) {
    match from_bytes(bytes) {
        Ok(loaded) => {
            let written = to_string(&loaded.model).unwrap();
            assert_eq!(from_bytes(written.as_bytes()).unwrap(), loaded);
        }
        Err(refusal) => {
            let refusal = refusal.to_string();
            assert!(
                refusal.starts_with("line ") && refusal.contains(", column ") && !refusal.contains('\n'),
                "{refusal}"
            );
            assert!(refusal.len() < 300, "{refusal}");
        }
    }
}

#[test]
fn the_small_model_is_one() {
    assert_eq!(to_string(&load_bytes(SMALL.as_bytes()).unwrap().model).unwrap(), SMALL);
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    for name in ["probability_3.model", "zeros_linear.model"] {
        let file = text(name);
        for end in 0..file.len() {
            assert!(load_bytes(&file.as_bytes()[..end]).is_err(), "{name}, {end} bytes");
            read_or_refuse(&file.as_bytes()[..end]);
        }
    }
}

#[test]
fn a_byte_turned_round_is_refused_and_a_bit_is_read_or_refused() {
    let file = text("probability_3.model").into_bytes();
    for at in 0..file.len() {
        let mut bytes = file.clone();
        bytes[at] = !bytes[at];
        assert!(from_bytes(&bytes).is_err(), "byte {at}");
    }
    for file in [SMALL.to_owned(), format!("svm_type one_class\n{SINGLE}"), format!("svm_type nu_svr\n{SINGLE}")] {
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut bytes = file.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                read_or_refuse(&bytes);
            }
        }
    }
}

#[test]
fn changed_and_random_files_are_read_or_refused() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let pieces: Vec<&str> =
        SMALL.split_inclusive([' ', '\n', ':']).chain(["-", "e", ".", "0", "9", "\r", "\t"]).collect();
    for _ in 0..10_000 {
        let mut bytes = SMALL.as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let (start, len) = (random.below(bytes.len()), random.below(12));
            let end = (start + len).min(bytes.len());
            let piece = pieces[random.below(pieces.len())].bytes();
            bytes.splice(start..end, piece);
        }
        read_or_refuse(&bytes);
    }
    for _ in 0..2_000 {
        let len = random.below(200);
        let bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        assert!(load_bytes(&bytes).is_err());
        read_or_refuse(&bytes);
    }
}

#[test]
fn header_lines_that_lie_are_refused_with_their_place() {
    let types = "c_svc, nu_svc, one_class, epsilon_svr or nu_svr";
    let label = "`label` only with c_svc and nu_svc";
    let another = "it with another svm_type";
    let kernels = "linear, polynomial, rbf or sigmoid";
    let own_kernels = &format!("{kernels} (svcd computes the kernel itself, from support vectors)");
    let number = "a decimal number";
    for (from, to, line, column, expected, found) in [
        ("c_svc", "one_class", 7, 1, label, another),
        ("c_svc", "epsilon_svr", 7, 1, label, another),
        ("c_svc", "nu_svr", 7, 1, label, another),
        ("c_svc", "C_SVC", 1, 10, types, "`C_SVC`"),
        ("c_svc", "", 1, 10, "a type of SVM", "the end of the line"),
        ("c_svc", "c_svc nu_svc", 1, 16, "the end of the line", "`nu_svc`"),
        ("rbf", "precomputed", 2, 13, own_kernels, "`precomputed`"),
        ("rbf", "poly", 2, 13, kernels, "`poly`"),
        ("rbf", "polynomial", 11, 1, "`degree` before `SV`", "no such line"),
        ("rbf", "sigmoid", 11, 1, "`coef0` before `SV`", "no such line"),
        ("rbf", "sigmoid\ndegree -1", 3, 8, "an integer from 0 to 2147483647", "`-1`"),
        ("svm_type c_svc\n", "svm_type c_svc\nsvm_type c_svc\n", 2, 1, "each header word once", "`svm_type`"),
        ("kernel_type rbf\n", "", 10, 1, "`kernel_type` before `SV`", "no such line"),
        ("gamma 0.5\n", "", 10, 1, "`gamma` before `SV`", "no such line"),
        ("gamma 0.5", "gamma -0.5", 3, 7, "zero or above", "`-0.5`"),
        ("gamma 0.5", "gamma nan", 3, 7, number, "`nan`"),
        ("gamma 0.5", "gamma 0x1p-1", 3, 7, number, "`0x1p-1`"),
        ("gamma 0.5", "gamma 0.5\ngamma 0.5", 4, 1, "each header word once", "`gamma`"),
        ("gamma 0.5", "gamma 0.5\n", 4, 1, "a header word or `SV`", "the end of the line"),
        ("gamma 0.5", "scale 2", 3, 1, "a header word of LIBSVM or `SV`", "`scale`"),
        ("nr_class 2", "nr_class 1", 4, 10, "an integer from 2 to 2147483647", "`1`"),
        ("nr_class 2", "nr_class 3", 6, 9, "3 values", "1"),
        ("nr_class 2", "nr_class 2147483647", 6, 9, "2305843005992468481 values", "1"),
        ("nr_class 2", "nr_class 2147483648", 4, 10, "an integer from 2 to 2147483647", "`2147483648`"),
        ("nr_class 2\n", "", 5, 1, "`nr_class` first", "`rho`"),
        ("total_sv 2", "total_sv 0", 5, 10, "an integer from 1 to 2147483647", "`0`"),
        ("total_sv 2", "total_sv 3", 10, 1, "counts of 3 support vectors in all", "2"),
        ("total_sv 2\n", "", 10, 1, "`total_sv` before `SV`", "no such line"),
        ("rho 0.25", "rho 0.25 1", 6, 10, "1 values", "one more"),
        ("rho 0.25", "rho inf", 6, 5, number, "`inf`"),
        ("rho 0.25", "rho 1e999", 6, 5, "a number that a double can hold", "`1e999`"),
        ("rho 0.25\n", "", 10, 1, "`rho` before `SV`", "no such line"),
        ("label 0 1", "label 0", 7, 8, "2 values", "1"),
        ("label 0 1", "label 0 0", 7, 9, "different labels", "`0`"),
        ("label 0 1", "label 0 1.5", 7, 9, "an integer label from -2147483648 to 2147483647", "`1.5`"),
        ("label 0 1\n", "", 10, 1, "`label` before `SV`", "no such line"),
        ("probA -1\n", "", 10, 1, "`probA` before `SV`", "no such line"),
        ("probB 0.5\n", "", 10, 1, "`probB` before `SV`", "no such line"),
        ("probB 0.5", "probB -inf", 9, 7, number, "`-inf`"),
        ("probB 0.5", MARKS, 9, 1, "`prob_density_marks` only with one_class", another),
        ("probB", "prob_density_marks", 9, 23, "10 values", "1"),
        ("nr_sv 1 1", "nr_sv 1 2", 10, 1, "counts of 2 support vectors in all", "3"),
        ("nr_sv 1 1", "nr_sv 2147483647 2", 10, 1, "counts of 2 support vectors in all", "2147483649"),
        ("nr_sv 1 1\n", "", 10, 1, "`nr_sv` before `SV`", "no such line"),
        ("SV\n", "SV 2\n", 11, 4, "the end of the line", "`2`"),
        ("SV\n", "", 11, 1, "a header word of LIBSVM or `SV`", "`1`"),
    ] {
        assert_refused(&with(from, to), &format!("line {line}, column {column}: expected {expected}, found {found}"));
    }
}

#[test]
fn what_only_a_classifier_has_is_refused_elsewhere() {
    for svm_type in ["epsilon_svr", "nu_svr", "one_class"] {
        let file = format!("svm_type {svm_type}\n{SINGLE}");
        assert_eq!(to_string(&load_bytes(file.as_bytes()).unwrap().model).unwrap(), file);
        for (from, to, place, expected, found) in [
            ("rho 0.25\n", "", "line 6, column 1", "`rho` before `SV`", "no such line"),
            ("rho 0.25", "rho 0.25\nnr_sv 1 1", "line 7, column 1", "`nr_sv` only with c_svc and nu_svc", ""),
            ("rho 0.25", "rho 0.25\nprobB 1", "line 7, column 1", "`probB` only with c_svc and nu_svc", ""),
            ("nr_class 2", "nr_class 3", "line 6, column 9", "3 values", "1"),
            ("nr_class 2", "nr_class 1", "line 4, column 10", "an integer from 2 to 2147483647", "`1`"),
            ("total_sv 2", "total_sv 0", "line 5, column 10", "an integer from 1 to 2147483647", "`0`"),
            ("-1 2:0.5", "-1 -1 2:0.5", "line 9, column 4", "`index:value`", "`-1`"),
            ("-1 2:0.5 \n", "", "line 9, column 1", "support vector 2 of 2", "the end of the file"),
        ] {
            let found = if found.is_empty() { "it with another svm_type" } else { found };
            assert_refused(&file.replacen(from, to, 1), &format!("{place}: expected {expected}, found {found}"));
        }
        let three = file.replace("nr_class 2", "nr_class 3").replace("rho 0.25", "rho 1 2 3");
        assert_refused(&three, "line 7, column 1: expected `nr_class 2`, found `nr_class 3`");
    }
    let marks =
        |svm_type: &str| format!("svm_type {svm_type}\n{SINGLE}").replace("rho 0.25", &format!("rho 0.25\n{MARKS}"));
    let expected =
        "line 7, column 1: expected `prob_density_marks` only with one_class, found it with another svm_type";
    assert_refused(&marks("nu_svr"), expected);
    assert!(load_bytes(marks("one_class").as_bytes()).is_ok());
}

#[test]
fn support_vectors_that_lie_are_refused_with_their_place() {
    let number = "a decimal number";
    for (from, to, line, column, expected, found) in [
        ("1 1:0.5 2:1 \n", "", 13, 1, "support vector 2 of 2", "the end of the file"),
        ("2:0.5 \n", "2:0.5 \n\n1 1:1 \n", 15, 1, "the end of the file after 2 support vectors", "`1`"),
        ("2:0.5 \n", "2:0.5 ", 13, 10, "a line feed", "the end of the file"),
        ("-1 2:0.5", "nan 2:0.5", 13, 1, number, "`nan`"),
        ("-1 2:0.5", "2:0.5", 13, 1, number, "`2:0.5`"),
        ("-1 2:0.5 ", "", 13, 1, "a coefficient", "the end of the line"),
        ("-1 2:0.5", "-1 2", 13, 4, "`index:value`", "`2`"),
        ("-1 2:0.5", "-1 2:", 13, 6, number, "``"),
        ("-1 2:0.5", "-1 2:inf", 13, 6, number, "`inf`"),
        ("-1 2:0.5", "-1 2:-NaN", 13, 6, number, "`-NaN`"),
        ("-1 2:0.5", "-1 0:0.5", 13, 4, "an integer from 1 to 2147483647", "`0`"),
        ("-1 2:0.5", "-1 -2:0.5", 13, 4, "an integer from 1 to 2147483647", "`-2`"),
        ("-1 2:0.5", "-1 2147483648:0.5", 13, 4, "an integer from 1 to 2147483647", "`2147483648`"),
        ("1:0.5 2:1", "2:0.5 1:1", 12, 9, "an index above 2", "`1:1`"),
        ("1:0.5 2:1", "2:0.5 2:1", 12, 9, "an index above 2", "`2:1`"),
        ("1:0.5 2:1", "2147483647:0.5 2:1", 12, 18, "an index above 2147483647", "`2:1`"),
    ] {
        assert_refused(&with(from, to), &format!("line {line}, column {column}: expected {expected}, found {found}"));
    }
    let no_pairs = with("1 1:0.5 2:1 \n-1 2:0.5 \n", "1 \n-1 \n");
    assert_refused(&no_pairs, "line 12, column 1: expected `index:value` in at least one support vector, found none");
}

#[test]
fn blanks_and_line_ends_of_other_systems_are_passed_over() {
    let model = load_bytes(SMALL.as_bytes()).unwrap();
    assert_eq!(load_bytes(SMALL.replace('\n', "\r\n").as_bytes()).unwrap(), model);
    assert_eq!(load_bytes(SMALL.replace(" \n", "\n").replace(' ', " \t").as_bytes()).unwrap(), model);
    assert_eq!(load_bytes((SMALL.to_owned() + "\n \r\n").as_bytes()).unwrap(), model);
}

/// Files made to cost the reader time or memory.
fn hostile_set() -> Vec<(String, String)> {
    let mut set = Vec::new();
    let huge = "in a file of this size with 2 support vectors, as zeros take memory too";
    for index in ["2147483647", "262145"] {
        let expected = format!("line 13, column 4: expected indices up to 262144 {huge}, found `{index}:0.5`");
        set.push((with("-1 2:0.5", &format!("-1 {index}:0.5")), expected));
    }
    let many = with("total_sv 2", "total_sv 100000").replace("nr_sv 1 1", "nr_sv 99999 1").replace("-1 2:0.5 \n", "");
    let many = many + &"1 \n".repeat(99_998) + "1 100:1 \n";
    let expected = "line 100011, column 3: expected indices up to 32 in a file of this size with 100000 support vectors, \
                    as zeros take memory too, found `100:1`";
    set.push((many, expected.to_owned()));

    let total = with("total_sv 2", "total_sv 2147483647").replace("nr_sv 1 1", "nr_sv 2147483646 1");
    let expected = "line 14, column 1: expected support vector 3 of 2147483647, found the end of the file";
    set.push((total, expected.to_owned()));
    let none = with("total_sv 2", "total_sv 2147483647").replace("nr_sv 1 1", "nr_sv 2147483646 1");
    let none = none[..none.find("SV\n").unwrap() + 3].to_owned();
    let expected = "line 12, column 1: expected support vector 1 of 2147483647, found the end of the file";
    set.push((none, expected.to_owned()));

    let more = SMALL.to_owned() + &"\n".repeat(100_000) + "1 1:1 \n";
    let expected = "line 100014, column 1: expected the end of the file after 2 support vectors, found `1`";
    set.push((more, expected.to_owned()));
    let header = with("gamma 0.5\n", &"gamma 0.5\n".repeat(1_000_000));
    set.push((header, "line 4, column 1: expected each header word once, found `gamma`".to_owned()));
    let header = with("gamma 0.5\n", &"\n".repeat(1_000_000));
    set.push((header, "line 3, column 1: expected a header word or `SV`, found the end of the line".to_owned()));

    let rho = with("rho 0.25", &format!("rho{}", " 0.25".repeat(100_000)));
    set.push((rho, "line 6, column 10: expected 1 values, found one more".to_owned()));
    let rho = with("nr_class 2", "nr_class 2147483647").replace("rho 0.25", &format!("rho{}", " 1".repeat(100_000)));
    let expected = "line 6, column 200004: expected 2305843005992468481 values, found 100000";
    set.push((rho, expected.to_owned()));
    let digits = "9".repeat(100_000);
    let shown = "9".repeat(40);
    let rho = with("rho 0.25", &format!("rho {digits}"));
    let expected = format!("line 6, column 5: expected a number that a double can hold, found `{shown}...`");
    set.push((rho, expected));
    let index = with("-1 2:0.5", &format!("-1 {digits}:0.5"));
    let expected = format!("line 13, column 4: expected an integer from 1 to 2147483647, found `{shown}...`");
    set.push((index, expected));
    let expected = "line 1, column 1000010: expected a line feed, found the end of the file";
    set.push(("svm_type ".to_owned() + &" ".repeat(1_000_000), expected.to_owned()));
    set
}

#[test]
fn files_made_to_be_slow_or_large_are_refused_soon() {
    for (file, expected) in hostile_set() {
        assert_refused(&file, &expected);
    }
}

/// Runs `svcd inspect` with the size of the file plus 64 MiB as its whole address space, the program included.
#[cfg(target_os = "linux")]
/// Of the address space the program itself, which is not optimised here, takes a part.
fn inspect_in_128_mebibytes(path: &Path) -> Output {
    let kibibytes = fs::metadata(path).unwrap().len().div_ceil(1024) + 128 * 1024;
    let limited = format!("ulimit -v {kibibytes} && exec \"$0\" inspect \"$1\"");
    Command::new("sh").args(["-c", &limited, env!("CARGO_BIN_EXE_svcd")]).arg(path).env_clear().output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn files_made_to_be_slow_or_large_stay_within_128_mebibytes() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{}.model", std::process::id()));
    for (file, expected) in hostile_set() {
        fs::write(&path, file).unwrap();
        let output = inspect_in_128_mebibytes(&path);
        let line = format!("error: failed to load `{}`: {expected}\n", path.display());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), line);
        assert_eq!(output.status.code(), Some(1), "{expected}");
    }
    // as many zeros as a small file may leave out
    let largest = with("total_sv 2", "total_sv 8").replace("nr_sv 1 1", "nr_sv 7 1").replace("2:", "262144:");
    fs::write(&path, largest + &"1 1:1 \n".repeat(6)).unwrap();
    let output = inspect_in_128_mebibytes(&path);
    fs::remove_file(&path).unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(output.status.success());
}
