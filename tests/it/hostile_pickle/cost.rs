//! What hostile files cost: a child process reads each of them and reports its memory and time.

use std::array::from_fn;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use svcd::model_file::load::load_path;

use super::build::{array, bytes_object, dict, extended_svc, get, global, list, long_text, object, put, text, tuple};
use super::{SERVED, wrappers};

/// On top of the file's own size.
const MEMORY_BYTES_MAX: i64 = 64 << 20;

/// Processor time of an unoptimised build.
const CPU_MILLISECONDS_MAX: i64 = 2000;

#[test]
fn a_hostile_file_costs_little_memory_and_time() {
    if let Ok(path) = env::var(CHILD_READS) {
        return child(Path::new(&path));
    }
    for Hostile { name, bytes, error } in structures().into_iter().chain(amplifiers()) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}"));
        fs::write(&path, &bytes).unwrap();
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "hostile_pickle::cost::a_hostile_file_costs_little_memory_and_time"])
            .env(CHILD_READS, &path)
            .output()
            .unwrap();
        fs::remove_file(&path).unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let field =
            |name: &str| printed.lines().find_map(|line| line.split_once(name)).map(|(_, value)| value.to_owned());
        let number = |name: &str| field(name).unwrap_or_else(|| panic!("{printed}")).parse::<i64>().unwrap();
        assert_eq!(field("error: ").as_deref(), Some(error.as_str()), "{name}");
        let memory = number("memory: ") - i64::try_from(bytes.len()).unwrap();
        let milliseconds = number("milliseconds: ");
        // shown by --nocapture
        println!("{name}: {} KiB above {} of the file, {milliseconds} ms", memory / 1024, bytes.len());
        assert!(memory < MEMORY_BYTES_MAX, "{name}: {memory} bytes above the size of the file");
        assert!(milliseconds < CPU_MILLISECONDS_MAX, "{name}: {milliseconds} ms");
    }
}

const CHILD_READS: &str = "SVCD_TEST_CHILD_READS";

fn child(path: &Path) {
    let (memory, time) = (peak_memory_bytes(), cpu_milliseconds());
    let error = load_path(path).map(|loaded| loaded.provenance).unwrap_err();
    println!("\nmemory: {}", peak_memory_bytes() - memory);
    println!("milliseconds: {}", cpu_milliseconds() - time);
    println!("error: {error}");
}

/// The largest resident set of this process so far. The figure of getrusage would start at the parent's.
fn peak_memory_bytes() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<i64>().unwrap() * 1024
}

fn cpu_milliseconds() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    [usage.user_time(), usage.system_time()].iter().map(|time| time.tv_sec() * 1000 + time.tv_usec() / 1000).sum()
}

/// A file for a child process to read.
struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    error: String,
}

fn hostile(name: &'static str, bytes: Vec<u8>, error: impl Into<String>) -> Hostile {
    Hostile { name, bytes, error: error.into() }
}

fn pickle(name: &'static str, parts: &[Vec<u8>], error: impl Into<String>) -> Hostile {
    hostile(name, [b"\x80\x04".to_vec(), parts.concat()].concat(), error)
}

/// Many values, deep nesting, many references.
fn structures() -> Vec<Hostile> {
    // `bytes`: all of the file; `before`: those before the first value
    let too_many = |opcode: &str, before: usize, bytes: usize| {
        let most = values_max(bytes);
        let offset = before + most;
        format!("opcode {opcode} at byte {offset}: expected at most {most} values in a file of this size, found more")
    };
    let memo_max = values_max(MILLION + 4);
    let dicts = (0..8).map(|index| format!("`collections.OrderedDict` in `[0][{index}]`, ")).collect::<String>();
    let inner_list = "a list of 10 items in `[1][0][0][0]`";
    let list_in_list = format!("expected a fitted SVM, found a list of 1 items in `[0][0][0][0]`{SERVED}");
    vec![
        pickle(
            "nested-lists",
            &[vec![b']'; MILLION], vec![b'a'; MILLION - 1], b".".to_vec()],
            too_many("EMPTY_LIST", 2, 2 * MILLION + 2),
        ),
        pickle("deep-lists", &[vec![b']'; VALUES_MAX], vec![b'a'; VALUES_MAX - 1], b".".to_vec()], list_in_list),
        pickle(
            "deep-tuples",
            &[b")".to_vec(), vec![0x85; VALUES_MAX - 1], b".".to_vec()],
            format!("expected a fitted SVM, found a tuple of 1 items in `[0][0][0][0]`{SERVED}"),
        ),
        hostile(
            "nested-lists-0",
            [vec![b'('; MILLION], vec![b'l'; MILLION], b".".to_vec()].concat(),
            too_many("LIST", MILLION, 2 * MILLION + 1),
        ),
        pickle(
            "marks",
            &[vec![b'('; 4 * MILLION]],
            "byte 3048578: expected at most 3048577 opcodes in a file of this size, found more",
        ),
        pickle(
            "memo",
            &[b"N".to_vec(), vec![0x94; MILLION], b".".to_vec()],
            format!(
                "opcode MEMOIZE at byte {}: expected at most {memo_max} memo entries in a file of this size, found more",
                3 + memo_max
            ),
        ),
        pickle(
            "scattered-memo",
            &[
                b"N".to_vec(),
                (0..300_000_u32).flat_map(|index| [&b"r"[..], &(index * 7 + 1).to_le_bytes()].concat()).collect(),
            ],
            "byte 1500003: expected an opcode, found the end",
        ),
        pickle("remembered-lists", &[numbered(b"]r", 150_000)], "byte 900002: expected an opcode, found the end"),
        pickle("laughs", &laughs(), format!("expected a fitted SVM, found {inner_list}{SERVED}")),
        pickle(
            "wide-list",
            &[b"]".to_vec(), put(0), b"(".to_vec(), get(0).repeat(MILLION), b"e.".to_vec()],
            format!("expected a fitted SVM, found a list of 1000000 items{SERVED}"),
        ),
        // each with a name and a list of its own
        pickle(
            "foreign",
            &[b"cos\nsystem\nr\0\0\x10\0)r\x01\0\x10\0".to_vec(), numbered(b"j\0\0\x10\0j\x01\0\x10\0\x81Nar", 80_000)],
            "byte 1440024: expected an opcode, found the end",
        ),
        pickle(
            "foreign-names",
            &[[global("a", &"b".repeat(50)), b"0".to_vec()].concat().repeat(200_000), global("a", "b"), b".".to_vec()],
            format!("expected a fitted SVM, found `a.b` itself{SERVED}"),
        ),
        pickle("shared-entries", &shared_entries(), format!("expected a fitted SVM, found {dicts}...{SERVED}")),
        pickle("dicts", &[b"}NNs".repeat(87_381)], "byte 349526: expected an opcode, found the end"),
        pickle(
            "digits",
            &[[b"L".to_vec(), vec![b'9'; 4300], b"L\n".to_vec()].concat().repeat(4000), b".".to_vec()],
            "opcode STOP at byte 17212002: expected one object on the stack, found 3999 more items and 0 open marks",
        ),
    ]
}

/// Bytes that would expand into more bytes.
fn amplifiers() -> Vec<Hostile> {
    let too_long = "expected arrays no larger than their file, found larger ones";
    let bomb = |most: u32, read: u32| {
        format!(
            "compressed file: expected at most {most} bytes out of the first {read}, found more; save the model without \
             compression"
        )
    };
    vec![
        hostile("shared-scaler", shared_scaler(), format!("`StandardScaler.mean_`: {too_long}")),
        hostile("shared-svc", shared_svc(), format!("`SVC._dual_coef_`: {too_long}")),
        pickle(
            "shared-estimators",
            &[wrappers::nested(70, 3), b".".to_vec()],
            "expected at most 10000 estimators and steps, found more",
        ),
        pickle(
            "shared-steps",
            &[wrappers::behind_steps(900, 15), b".".to_vec()],
            "expected at most 10000 estimators and steps, found more",
        ),
        hostile("shared-name", shared_name(), format!("`SVC.feature_names_in_`: {too_long}")),
        hostile(
            "narrow-labels",
            narrow_labels(),
            "`SVC._intercept_`: expected a number for each pair of 8000000 classes, found 3",
        ),
        hostile(
            "sparse-rows",
            sparse_rows(),
            "`LinearSVC.coef_._shape`: expected fewer numbers in a file of this size, as zeros take memory too, found 1000000 \
             times 262144",
        ),
        hostile(
            "shared-svr",
            shared_svr(),
            format!("`[5]`: `SVR.support_vectors_`: {too_long}; if it is not part of the model: --leave-out \"[5]\""),
        ),
        hostile(
            "sparse-svr",
            sparse_svr(),
            "`SVR.support_vectors_._shape`: expected fewer numbers in a file of this size, as zeros take memory too, found 1000000 \
             times 262144",
        ),
        hostile("zlib-bomb", [b"\x78\x9c".to_vec(), deflate_bomb(10 * MILLION)].concat(), bomb(21_017_376, 132_505)),
        hostile(
            "gzip-bomb",
            [b"\x1f\x8b\x08\0\0\0\0\0\0\0".to_vec(), deflate_bomb(MILLION)].concat(),
            bomb(21_017_632, 132_513),
        ),
        hostile(
            "joblib-shape",
            joblib_shape(),
            "opcode BUILD at byte 129: expected 8796093022208 bytes, found 1 before the end",
        ),
    ]
}

const MILLION: usize = 1_000_000;

/// Values that any pickle may have.
const VALUES_MAX: usize = 262_144;

/// Values that a pickle of so many bytes may have.
fn values_max(bytes: usize) -> usize {
    VALUES_MAX + bytes / 4
}

/// The opcodes with each number.
fn numbered(opcodes: &[u8], count: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for index in 0..count {
        bytes.extend_from_slice(opcodes);
        bytes.extend_from_slice(&index.to_le_bytes());
    }
    bytes
}

/// Ten lists, each holding the one before ten times: 10^10 items for a reader that copies.
fn laughs() -> Vec<Vec<u8>> {
    let level = |level: u8| [b"](".to_vec(), get(level - 1).repeat(10), b"e".to_vec(), put(level)].concat();
    let levels = [vec![[b"]".to_vec(), put(0)].concat()], (1..=10).map(level).collect()].concat();
    // they leave the stack, and the last two come back in one list
    [levels, vec![b"0".repeat(11), b"](".to_vec(), get(10), get(9), b"e.".to_vec()]].concat()
}

/// 60,000 mappings in lists of 250, which share one dict of 250 entries.
fn shared_entries() -> Vec<Vec<u8>> {
    let entries = dict(&vec![(b"N".to_vec(), b"N".to_vec()); 250]);
    let shared = [entries, b"\x85".to_vec(), put(0), b"0".to_vec(), global("collections", "OrderedDict"), put(1)];
    let mappings = list(&vec![[get(1), get(0), b"R".to_vec()].concat(); 250]);
    vec![shared.concat(), b"0".to_vec(), list(&vec![mappings; 240]), b".".to_vec()]
}

/// A pipeline of 16 steps, which share one scaler of 8 MB.
fn shared_scaler() -> Vec<u8> {
    let items =
        array(&[[b"J".to_vec(), 1_000_000_u32.to_le_bytes().to_vec()].concat()], "f8", &bytes_object(&[1; 8_000_000]));
    let state = dict(&[
        (text("with_mean"), b"\x88".to_vec()),
        (text("with_std"), b"\x88".to_vec()),
        (text("mean_"), [items, put(1)].concat()),
        (text("scale_"), get(1)),
    ]);
    let scaler = [object("sklearn.preprocessing._data", "StandardScaler", &state), put(0)].concat();
    let steps = [vec![tuple(&[text("a"), scaler])], vec![tuple(&[text("a"), get(0)]); 15]].concat();
    let pipeline = object("sklearn.pipeline", "Pipeline", &dict(&[(text("steps"), list(&steps))]));
    [b"\x80\x04".to_vec(), pipeline, b".".to_vec()].concat()
}

/// A calibrated model of a thousand classifiers, which share one SVC of 100 kB.
fn shared_svc() -> Vec<u8> {
    let svc = super::build::fixture("1.9.1/digits.p5");
    let svc = svc.strip_suffix(b".").unwrap();
    let sigmoid = object(
        "sklearn.calibration",
        "_SigmoidCalibration",
        &dict(&[(text("a_"), b"K\x01".to_vec()), (text("b_"), b"K\x00".to_vec())]),
    );
    let labels: Vec<u8> = (0..10_i64).flat_map(i64::to_le_bytes).collect();
    // memo entries of the SVC are below 200
    let classifier = dict(&[
        (text("estimator"), [svc[11..].to_vec(), put(200)].concat()),
        (text("calibrators"), list(&[sigmoid])),
        (text("classes"), array(&[b"K\x0a".to_vec()], "i8", &bytes_object(&labels))),
    ]);
    let classifier = [object("sklearn.calibration", "_CalibratedClassifier", &classifier), put(201)].concat();
    let classifiers = list(&[classifier, get(201).repeat(999)]);
    let state = dict(&[(text("calibrated_classifiers_"), classifiers)]);
    [b"\x80\x05".to_vec(), object("sklearn.calibration", "CalibratedClassifierCV", &state), b".".to_vec()].concat()
}

/// 200,000 names, which are one text of a megabyte.
fn shared_name() -> Vec<u8> {
    let shared = [long_text(1_000_000), put(201)].concat();
    let items = list(&[shared, get(201).repeat(200_000)]);
    let length = [b"J".to_vec(), 200_001_u32.to_le_bytes().to_vec()].concat();
    extended_svc("feature_names_in_", &array(&[length], "O8", &items))
}

/// Eight million labels of one byte, each of which would become eight.
fn narrow_labels() -> Vec<u8> {
    let length = [b"J".to_vec(), 8_000_000_u32.to_le_bytes().to_vec()].concat();
    extended_svc("classes_", &array(&[length], "i1", &bytes_object(&vec![0; 8_000_000])))
}

/// A million rows of zeros, each of as many columns as a sparse matrix may have.
fn sparse_rows() -> Vec<u8> {
    let length = |count: u32| [b"J".to_vec(), count.to_le_bytes().to_vec()].concat();
    let empty = |code: &str| array(&[b"K\x00".to_vec()], code, &bytes_object(&[]));
    let indptr = array(&[length(1_000_001)], "i4", &bytes_object(&vec![0; 4_000_004]));
    super::sparse::sparse(tuple(&[length(1_000_000), length(262_144)]), indptr, empty("i4"), empty("f8"))
}

/// 200 SVRs, which share one array of a megabyte.
fn shared_svr() -> Vec<u8> {
    let length = |count: u32| [b"J".to_vec(), count.to_le_bytes().to_vec()].concat();
    let vectors = array(&[length(131_072), length(1)], "f8", &bytes_object(&[0; 131_072 * 8]));
    let dual_coef = array(&[length(1), length(131_072)], "f8", &bytes_object(&[0; 131_072 * 8]));
    let svr = |vectors: Vec<u8>, dual_coef: Vec<u8>, intercept: i64| {
        let state = dict(&[
            (text("kernel"), text("linear")),
            (text("support_vectors_"), vectors),
            (text("_dual_coef_"), dual_coef),
            (text("_intercept_"), super::sparse::floats(&[intercept as f64])),
        ]);
        object("sklearn.svm._classes", "SVR", &state)
    };
    let first = svr([vectors, put(200)].concat(), [dual_coef, put(201)].concat(), 0);
    let others = (1..200).map(|index| svr(get(200), get(201), index));
    [b"\x80\x04".to_vec(), list(&[first].into_iter().chain(others).collect::<Vec<_>>()), b".".to_vec()].concat()
}

/// An SVR of a million support vectors of zeros.
fn sparse_svr() -> Vec<u8> {
    let length = |count: u32| [b"J".to_vec(), count.to_le_bytes().to_vec()].concat();
    let empty = |code: &str| array(&[b"K\x00".to_vec()], code, &bytes_object(&[]));
    let indptr = array(&[length(1_000_001)], "i4", &bytes_object(&vec![0; 4_000_004]));
    let state = dict(&[
        (text("kernel"), text("rbf")),
        (text("_gamma"), b"K\x01".to_vec()),
        (text("_sparse"), b"\x88".to_vec()),
        (
            text("support_vectors_"),
            super::sparse::csr(tuple(&[length(1_000_000), length(262_144)]), indptr, empty("i4"), empty("f8")),
        ),
    ]);
    [b"\x80\x04".to_vec(), object("sklearn.svm._classes", "SVR", &state), b".".to_vec()].concat()
}

/// A wrapper of joblib's with 2^40 numbers of eight bytes.
fn joblib_shape() -> Vec<u8> {
    let length = [b"\x8a\x08".to_vec(), (1_i64 << 40).to_le_bytes().to_vec()].concat();
    let state = dict(&[
        (text("subclass"), global("numpy", "ndarray")),
        (text("shape"), tuple(&[length])),
        (text("order"), text("C")),
        (text("dtype"), super::build::dtype("f8")),
    ]);
    [b"\x80\x04".to_vec(), object("joblib.numpy_pickle", "NumpyArrayWrapper", &state), b".".to_vec()].concat()
}

/// A stream of deflate, RFC 1951, in which every 13 bits repeat the last byte 258 times.
fn deflate_bomb(length: usize) -> Vec<u8> {
    // the last block, fixed codes, the literal 0; all codes begin with their highest bit
    let start = [true, true, false, false, false, true, true, false, false, false, false];
    // length 258 is symbol 285, and distance 1 is symbol 0 of 5 bits
    let repeat = [true, true, false, false, false, true, false, true, false, false, false, false, false];
    let mut bits = start.into_iter().chain(repeat.into_iter().cycle());
    let mut byte = || bits.by_ref().take(8).enumerate().map(|(place, bit)| u8::from(bit) << place).sum::<u8>();
    // thirteen bytes are eight repetitions
    let (first, period): ([u8; 2], [u8; 13]) = (from_fn(|_| byte()), from_fn(|_| byte()));
    [first.to_vec(), period.repeat(length / period.len())].concat()
}
