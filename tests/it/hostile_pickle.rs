//! Broken files and files built to do harm: always a one-line error, quickly and in little memory.

pub mod build;
mod cost;
mod mutations;
pub mod sparse;
mod wrappers;

use svcd::model_file::load::load_bytes;

use build::{array, bytes_object, dict, extended_svc, get, global, list, long_text, object, put, text, tuple};

/// The one line that says why these bytes are no model.
pub fn refusal(bytes: &[u8]) -> String {
    let text = load_bytes(bytes).map(|loaded| loaded.provenance).unwrap_err().to_string();
    assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
    text
}

/// Files that call something, and its name: all opcodes that can.
const CALLS: &[(&[u8], &str)] = &[
    // pickle.dumps of an object whose __reduce__ gives (os.system, ("id",)), protocols 0, 2, 4
    (b"cposix\nsystem\np0\n(Vid\np1\ntp2\nRp3\n.", "posix.system"),
    (b"\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.", "posix.system"),
    (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", "posix.system"),
    (b"cos\nsystem\n(Vid\ntR.", "os.system"),
    (b"cnt\nsystem\n(Vid\ntR.", "nt.system"),
    (b"c__builtin__\neval\n(V1\ntR.", "__builtin__.eval"),
    (b"cbuiltins\ngetattr\n.", "builtins.getattr"),
    (b"csubprocess\nPopen\n(Vid\ntR.", "subprocess.Popen"),
    // INST, OBJ, NEWOBJ, NEWOBJ_EX
    (b"(Vid\nios\nsystem\n.", "os.system"),
    (b"(cos\nsystem\nVid\no.", "os.system"),
    (b"(S'id'\nios\nsystem\n.", "os.system"),
    (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85\x81.", "os.system"),
    (b"\x80\x04cos\nsystem\n)}\x92.", "os.system"),
    // attributes of attributes
    (b"\x80\x04\x8c\x02os\x8c\x0csystem.popen\x93.", "os.system.popen"),
    (b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.", "numpy.ndarray.__init__"),
    (b"csklearn.svm._classes\nSVC.fit.__globals__\n)R.", "sklearn.svm._classes.SVC.fit.__globals__"),
    // what a call gave is called; a function that gets another; a class made by a function, as dill writes it
    (b"cfunctools\npartial\n(cos\nsystem\ntR(Vid\ntR.", "functools.partial"),
    (b"\x80\x02cdill._dill\n_create_type\n(Va\ntR)\x81}b.", "dill._dill._create_type"),
    (b"ccopy_reg\n_reconstructor\n(cdill._dill\n_create_type\n)Rc__builtin__\nobject\nNtR.", "dill._dill._create_type"),
    (b"ccopy_reg\n_reconstructor\n(cos\nPathLike\nc__builtin__\ndict\n}tR.", "os.PathLike"),
    // a state, another state, items of all kinds
    (b"\x80\x04cos\nsystem\n)RNb}bX\x01\x00\x00\x00aa(NNeNNs(NNu(N\x90.", "os.system"),
];

/// What is said when nothing in a file decides.
const SERVED: &str = ": svcd serves scikit-learn's SVMs";

#[test]
fn a_call_is_never_made_but_named_in_every_spelling() {
    for (bytes, name) in CALLS {
        let found = refusal(bytes);
        let shown = match name.strip_prefix("sklearn.svm._classes.") {
            None => format!("expected a fitted SVM, found `{name}`"),
            Some(short) => format!("expected a fitted SVM, found `{short}`"),
        };
        assert!(found.starts_with(&shown) && found.contains(": svcd serves "), "{bytes:?}: {found}");
    }
    // a state with __setstate__ does nothing by itself
    for value in [global("os", "system"), text("id")] {
        let state = dict(&[(text("__setstate__"), value)]);
        let bytes = [b"\x80\x04".to_vec(), object("sklearn.svm._classes", "SVC", &state), b".".to_vec()].concat();
        assert_eq!(
            refusal(&bytes),
            "`SVC` has the attribute `__setstate__`, which scikit-learn 0.18 to 1.9 does not give it: it might change the answers"
        );
    }
}

#[test]
fn what_an_answer_depends_on_is_never_foreign() {
    let foreign = |prefix: &[u8]| [prefix, &global("some.lib", "Thing"), b")\x81"].concat();
    for (attribute, expected) in [
        ("kernel", "the SVC's kernel is `some.lib.Thing`, a function of Python"),
        ("_gamma", "`SVC._gamma`: expected a number, found `some.lib.Thing`"),
        ("probability", "`SVC.probability`: expected True or False, found `some.lib.Thing`"),
        ("_sparse", "`SVC._sparse`: expected True or False, found `some.lib.Thing`"),
        ("break_ties", "`SVC.break_ties`: expected True or False, found `some.lib.Thing`"),
        ("decision_function_shape", "`SVC.decision_function_shape`: expected text, found `some.lib.Thing`"),
        ("classes_", "`SVC.classes_`: expected an array, found `some.lib.Thing`"),
        ("support_vectors_", "`SVC.support_vectors_`: expected an array, found `some.lib.Thing`"),
        ("_dual_coef_", "`SVC._dual_coef_`: expected an array, found `some.lib.Thing`"),
        ("_intercept_", "`SVC._intercept_`: expected an array, found `some.lib.Thing`"),
        ("_n_support", "`SVC._n_support`: expected an array, found `some.lib.Thing`"),
        ("n_features_in_", "`SVC.n_features_in_`: expected a whole number, found `some.lib.Thing`"),
        ("feature_names_in_", "`SVC.feature_names_in_`: expected an array, found `some.lib.Thing`"),
        ("_sklearn_version", "`SVC._sklearn_version`: expected text, found `some.lib.Thing`"),
    ] {
        let found = refusal(&extended_svc(attribute, &foreign(b"")));
        assert!(found.starts_with(expected), "{found}");
        // a set stands for nothing either
        let found = refusal(&extended_svc(attribute, b"\x8f(N\x90"));
        assert!(found.contains("found a set of 1 items") || found.contains("expected `linear`"), "{found}");
    }
    // where nothing depends on it, anything may stand
    let plain = load_bytes(&extended_svc("random_state", b"N")).unwrap();
    for value in CALLS.iter().map(|(bytes, _)| bytes.strip_suffix(b".").unwrap()) {
        let value = value.strip_prefix(b"\x80\x02").or(value.strip_prefix(b"\x80\x04")).unwrap_or(value);
        // the memo entries of these files are the model's own
        let value = if value.contains(&b'q') || value.contains(&b'p') { &foreign(b"")[..] } else { value };
        let loaded = load_bytes(&extended_svc("random_state", value)).unwrap();
        assert_eq!(loaded.model, plain.model);
    }
}

#[test]
fn what_is_given_to_a_foreign_object_changes_nothing_else() {
    // a Bunch with the entries of a dict, which is a model's state and gets no new ones
    let bunch = b"ccopy_reg\n_reconstructor\n(csklearn.utils\nBunch\nc__builtin__\ndict\n";
    let model = extended_svc("verbose", b"\x89");
    let model = model.strip_prefix(b"\x80\x04").unwrap().strip_suffix(b"b.").unwrap();
    let state = [model, &put(200), b"b", &put(201)].concat();
    let add = [text("_gamma"), b"K\x63s".to_vec()].concat();
    let bytes = [b"\x80\x04", &state[..], b"0", bunch, &get(200), b"tR", &add, b"0", &get(201), b"."].concat();
    let plain = load_bytes(&extended_svc("verbose", b"\x89")).unwrap();
    assert_eq!(load_bytes(&bytes).unwrap().model, plain.model);
    // added to the state itself, it counts
    let bytes = [b"\x80\x04", &state[..], b"0", &get(200), &add, b"0", &get(201), b"."].concat();
    assert_ne!(load_bytes(&bytes).unwrap().model, plain.model);
}

#[test]
fn a_model_is_found_in_every_kind_of_dict() {
    let model = extended_svc("verbose", b"\x89");
    let model = model.strip_prefix(b"\x80\x04").unwrap().strip_suffix(b".").unwrap();
    let entry = [&text("model"), model].concat();
    for (opening, closing) in [
        (&b"ccollections\nOrderedDict\n)R"[..], &b"s"[..]),
        (b"ccollections\nOrderedDict\n)R(", b"u}b"),
        (b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R(", b"u"),
        (b"csklearn.utils._bunch\nBunch\n)\x81}b", b"s"),
        (b"ccopy_reg\n_reconstructor\n(csklearn.datasets.base\nBunch\nc__builtin__\ndict\n}tR", b"s"),
    ] {
        let bytes = [b"\x80\x04", opening, &entry, closing, b"."].concat();
        let loaded = load_bytes(&bytes).unwrap_or_else(|error| panic!("{opening:?}: {error}"));
        assert_eq!(loaded.pieces.iter().map(|piece| piece.place.as_str()).collect::<Vec<_>>(), ["['model']"]);
    }
    // entries that another object may share, and a list as well as a dict: neither is taken apart
    for (opening, closing) in [
        (&b"ccollections\nOrderedDict\n(](]("[..], &b"eetR"[..]),
        (b"ccollections\nCounter\n(}", b"stR"),
        (b"ccollections\nCounter\n)RNa", b"s"),
    ] {
        let bytes = [b"\x80\x04", opening, &entry, closing, b"."].concat();
        assert!(refusal(&bytes).starts_with("expected a fitted SVM, found `"), "{}", refusal(&bytes));
    }
}

#[test]
fn what_stands_outside_of_the_file_is_refused() {
    let persistent = "refused, as a persistent id stands for something outside the file: torch writes this form, \
                      scikit-learn never does";
    let extension = "refused, as an extension code stands for a name outside the file";
    let buffer = "refused, as the buffer is outside the file: save the model without `buffer_callback`";
    let other = "expected `numpy.ndarray` to be made in another way, as scikit-learn writes no model like this";
    for (bytes, expected) in [
        (&b"\x80\x02X\x01\x00\x00\x001Q."[..], format!("opcode BINPERSID at byte 8: {persistent}")),
        (b"\x80\x02P1\n.", format!("opcode PERSID at byte 2: {persistent}")),
        (b"\x80\x02\x82\x01.", format!("opcode EXT1 at byte 2: {extension}")),
        (b"\x80\x02\x83\x01\x00.", format!("opcode EXT2 at byte 2: {extension}")),
        (b"\x80\x02\x84\x01\x00\x00\x00.", format!("opcode EXT4 at byte 2: {extension}")),
        (b"\x80\x05\x97.", format!("opcode NEXT_BUFFER at byte 2: {buffer}")),
        (b"\x80\x05C\x00\x98.", format!("opcode READONLY_BUFFER at byte 4: {buffer}")),
        (b"\x80\x04(cnumpy\nndarray\no.", format!("opcode OBJ at byte 18: {other}")),
        (b"\x80\x04cnumpy\nndarray\n)}\x92.", format!("opcode NEWOBJ_EX at byte 19: {other}")),
        (b"(inumpy\nndarray\n.", format!("opcode INST at byte 1: {other}")),
        (b"\x80\x06.", "opcode PROTO at byte 0: expected a protocol of 0 to 5, found 6".to_owned()),
        (b"\x80\x04\xff.", "byte 2: expected an opcode of protocols 0 to 5, found 0xff".to_owned()),
    ] {
        assert_eq!(refusal(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn a_stack_that_does_not_hold_what_an_opcode_takes_is_refused() {
    for (bytes, expected) in [
        (&b"\x80\x04R."[..], "opcode REDUCE at byte 2: expected 2 stack items, found 0"),
        (b"\x80\x04N(R.", "opcode REDUCE at byte 4: expected 2 stack items, found 0"),
        (b"\x80\x04.", "opcode STOP at byte 2: expected 1 stack item, found 0"),
        (b"\x80\x04N", "byte 3: expected an opcode, found the end"),
        (
            b"\x80\x04NN.",
            "opcode STOP at byte 4: expected one object on the stack, found 1 more items and 0 open marks",
        ),
        (
            b"\x80\x04(N.",
            "opcode STOP at byte 4: expected one object on the stack, found 0 more items and 1 open marks",
        ),
        (b"\x80\x04Nt.", "opcode TUPLE at byte 3: expected a mark below, found none"),
        (b"\x80\x04h\x00.", "opcode BINGET at byte 2: expected memo entry 0 to be set before"),
        (
            b"\x80\x04j\xff\xff\xff\xff.",
            "opcode LONG_BINGET at byte 2: expected memo entry 4294967295 to be set before",
        ),
        (b"\x80\x04\x94.", "opcode MEMOIZE at byte 2: expected 1 stack item, found 0"),
        (b"\x80\x04NNa.", "opcode APPEND at byte 4: expected a list to append to, found None"),
        (b"\x80\x04]NNs.", "opcode SETITEM at byte 5: expected a dict to add to, found a list of 0 items"),
        (b"\x80\x04}(Nu.", "opcode SETITEMS at byte 5: expected a value for each key, found 1 items"),
        (b"\x80\x04}]Ns.", "opcode SETITEM at byte 5: expected a plain value as a key, found a list of 0 items"),
        (b"\x80\x04NNb.", "opcode BUILD at byte 4: expected an object to give a state, found None"),
        (b"\x80\x04N)R.", "opcode REDUCE at byte 4: expected a class or function, found None"),
        (
            b"\x80\x04NN\x93.",
            "opcode STACK_GLOBAL at byte 4: expected the names of a module and of what it holds, in UTF-8, found None and None",
        ),
        (
            b"\x80\x04V\\u006fs\nVsystem\n\x93.",
            "opcode STACK_GLOBAL at byte 19: expected the names of a module and of what it holds, in UTF-8, found `os` and `system`",
        ),
        (b"\x80\x04(1.", "opcode STOP at byte 4: expected 1 stack item, found 0"),
        (b"\x80\x041.", "opcode POP_MARK at byte 2: expected a mark below, found none"),
        (b"\x80\x042.", "opcode DUP at byte 2: expected 1 stack item, found 0"),
        (b"\x80\x04N(2.", "opcode DUP at byte 4: expected 1 stack item, found 0"),
        (
            b"\x80\x04N2.",
            "opcode STOP at byte 4: expected one object on the stack, found 1 more items and 0 open marks",
        ),
        (b"\x80\x04\x90.", "opcode ADDITEMS at byte 2: expected a mark below, found none"),
        (b"\x80\x04\x91.", "opcode FROZENSET at byte 2: expected a mark below, found none"),
        (b"\x80\x04](N\x90.", "opcode ADDITEMS at byte 5: expected a set to add to, found a list of 0 items"),
        (b"\x80\x04(NN\x91.", "expected a fitted SVM, found a set of 2 items: svcd serves scikit-learn's SVMs"),
        (b"\x80\x04\x8f(N\x90(\x90.", "expected a fitted SVM, found a set of 1 items: svcd serves scikit-learn's SVMs"),
        (b"\x80\x04(o.", "opcode OBJ at byte 3: expected a class above the mark, found none"),
        (b"\x80\x04(No.", "opcode OBJ at byte 4: expected a class or function, found None"),
        (b"\x80\x04)N\x92.", "opcode NEWOBJ_EX at byte 4: expected 3 stack items, found 2"),
        (b"\x80\x04cos\nsystem\nNR.", "opcode REDUCE at byte 14: expected a tuple of arguments, found None"),
        (
            b"\x80\x04cos\nsystem\nNb.",
            "opcode BUILD at byte 14: expected an object to give a state, found `os.system` itself",
        ),
        (b"\x80\x04cnumpy\nndarray\nNR.", "opcode REDUCE at byte 18: expected a tuple of arguments, found None"),
        (
            b"\x80\x04cnumpy\nndarray\n)RNbNb.",
            "opcode BUILD at byte 22: expected an object without state, found one with state",
        ),
        // what a model is made of takes no items and is not called
        (
            b"\x80\x04csklearn.svm._classes\nSVC\n)\x81Na.",
            "opcode APPEND at byte 31: expected a list to append to, found `SVC`",
        ),
        (
            b"\x80\x04csklearn.svm._classes\nSVC\n)\x81NNs.",
            "opcode SETITEM at byte 32: expected a dict to add to, found `SVC`",
        ),
        (
            b"\x80\x04csklearn.svm._classes\nSVC\n)\x81(N\x90.",
            "opcode ADDITEMS at byte 32: expected a set to add to, found `SVC`",
        ),
        (
            b"\x80\x04csklearn.svm._classes\nSVC\n)\x81)R.",
            "opcode REDUCE at byte 31: expected a class or function, found `SVC`",
        ),
        (
            b"\x80\x04(csklearn.svm._classes\nSVC\n)\x81No.",
            "opcode OBJ at byte 32: expected `sklearn.svm._classes.SVC` to be made in another way, as scikit-learn \
             writes no model like this",
        ),
        (
            b"\x80\x02ccopy_reg\n_reconstructor\n)R.",
            "opcode REDUCE at byte 28: expected 3 arguments of `copy_reg._reconstructor`, found 0",
        ),
        // bytes behind the end of the pickle are ignored
        (b"\x80\x04N.cos\nsystem\n", "expected a fitted SVM, found None: svcd serves scikit-learn's SVMs"),
    ] {
        assert_eq!(refusal(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn a_length_is_compared_with_what_is_left() {
    for (opcode, length, name) in [
        (0x8e, 8, "BINBYTES8"),
        (0x8d, 8, "BINUNICODE8"),
        (0x96, 8, "BYTEARRAY8"),
        (b'B', 4, "BINBYTES"),
        (b'X', 4, "BINUNICODE"),
        (0x95, 8, "FRAME"),
    ] {
        for highest in [0x7f, 0x80, 0xff] {
            let bytes = [&[0x80, 5, opcode][..], &vec![0xff; length - 1], &[highest], b"rest"].concat();
            let announced = (0..length - 1).fold(u64::from(highest), |value, _| (value << 8) | 0xff);
            let expected = format!("opcode {name} at byte 2: expected {announced} bytes, found 4 before the end");
            assert_eq!(refusal(&bytes), expected);
        }
    }
}

#[test]
fn cycles_end() {
    let state = |item: Vec<u8>| dict(&[(text("steps"), list(&[tuple(&[text("a"), item])]))]);
    let own = [b"\x80\x04csklearn.pipeline\nPipeline\n)\x81".to_vec(), put(0), state(get(0)), b"b.".to_vec()];
    assert_eq!(refusal(&own.concat()), "expected estimators in estimators at most 16 deep, found more");
    let inside = dict(&[(text("steps"), list(&[tuple(&[text("a"), get(0)]), tuple(&[text("b"), get(0)])]))]);
    let own = [b"\x80\x04csklearn.pipeline\nPipeline\n)\x81".to_vec(), put(0), inside, b"b.".to_vec()];
    assert_eq!(refusal(&own.concat()), "expected estimators in estimators at most 16 deep, found more");
    let search = dict(&[(text("best_estimator_"), get(0))]);
    let own =
        [b"\x80\x04csklearn.model_selection._search\nGridSearchCV\n)\x81".to_vec(), put(0), search, b"b.".to_vec()];
    assert_eq!(refusal(&own.concat()), "expected estimators in estimators at most 16 deep, found more");
    let own = [b"\x80\x04]".to_vec(), put(0), get(0), b"a.".to_vec()];
    assert_eq!(refusal(&own.concat()), format!("expected a fitted SVM, found nothing{SERVED}"));
    // an array that is its own state, and items that are the array
    let own = [b"\x80\x04cnumpy.core.multiarray\n_reconstruct\n)R".to_vec(), put(0), get(0), b"b.".to_vec()];
    assert_eq!(
        refusal(&own.concat()),
        format!("expected a fitted SVM, found `numpy.core.multiarray._reconstruct`{SERVED}")
    );
    let cyclic = extended_svc("feature_names_in_", &cyclic_array());
    assert_eq!(refusal(&cyclic), "`SVC.feature_names_in_`: expected text, found an array");
}

fn cyclic_array() -> Vec<u8> {
    let state = tuple(&[
        b"K\x01".to_vec(),
        tuple(&[b"K\x01".to_vec()]),
        build::dtype("O8"),
        b"\x89".to_vec(),
        list(&[get(200)]),
    ]);
    let arguments = tuple(&[global("numpy", "ndarray"), tuple(&[b"K\x00".to_vec()]), b"C\x01b".to_vec()]);
    let object = [global("numpy.core.multiarray", "_reconstruct"), arguments, b"R".to_vec()].concat();
    [object, put(200), state, b"b".to_vec()].concat()
}

#[test]
fn arrays_that_do_not_fit_their_bytes_are_refused() {
    let names = |array: &[u8]| refusal(&extended_svc("feature_names_in_", array));
    let long = |value: i64| [b"\x8a\x08".to_vec(), value.to_le_bytes().to_vec()].concat();
    let prefix = "`SVC.feature_names_in_`: expected";
    for (shape, dtype, expected) in [
        (vec![long(3)], "f8", "24 bytes for the shape [3], found 16"),
        (vec![long(-1)], "f8", "a shape of lengths from 0, found another value"),
        (vec![long(i64::MAX)], "f8", "an array that fits into memory"),
        (vec![long(1 << 40), long(1 << 40)], "f8", "an array that fits into memory"),
        (vec![long(2); 3], "f8", "an array of at most 2 dimensions, found 3"),
        (vec![long(2), long(1)], "f8", "an array of 1 dimensions, found the shape [2, 1]"),
        (vec![long(2)], "f8", "text, found floats"),
        (vec![long(1)], "U4611686018427387903", "18446744073709551612 bytes for the shape [1], found 16"),
        (vec![long(1)], "U4611686018427387904", "a dtype of numbers or text, found `U4611686018427387904`"),
        (vec![long(1)], "U0", "a dtype of numbers or text, found `U0`"),
        (vec![long(16)], "S1", "a dtype of numbers or text, found `S1`"),
        (vec![long(2)], "V8", "a dtype of numbers or text, found `V8`"),
        (vec![long(2)], "O8", "a list of objects, found bytes"),
        (vec![long(4)], "U1", "text, found something that is not a character"),
    ] {
        let found = names(&array(&shape, dtype, &bytes_object(&[0xff; 16])));
        assert_eq!(found, format!("{prefix} {expected}"), "{dtype}");
    }
    let one_text = list(&[text("a")]);
    assert_eq!(names(&array(&[long(2)], "O8", &one_text)), format!("{prefix} 2 objects for the shape [2], found 1"));
    assert_eq!(names(&array(&[long(1)], "f8", &one_text)), format!("{prefix} bytes, found a list of objects"));
    assert_eq!(names(&array(&[long(1)], "O8", &list(&[b"K\x01".to_vec()]))), format!("{prefix} text, found 1"));
    let four = list(&[text("a"), text("b"), text("a"), text("c")]);
    assert_eq!(names(&array(&[long(4)], "O8", &four)), format!("{prefix} different names, found `a` twice"));
    assert_eq!(names(&array(&[long(1)], "O8", &one_text)), format!("{prefix} 4 names, found 1"));
}

#[test]
fn a_str_of_python_2_is_text_only_where_it_is_ascii() {
    let plain = load_bytes(&extended_svc("kernel", &text("rbf"))).unwrap();
    for ascii in [&b"U\x03rbf"[..], b"T\x03\0\0\0rbf", b"S'rbf'\n", b"S\"rb\\x66\"\n"] {
        assert_eq!(load_bytes(&extended_svc("kernel", ascii)).unwrap().model, plain.model);
    }
    let unknown = "expected text, found 1 bytes: the file does not say which letters they stand for; if Python 2 wrote them, save the model \
                   with Python 3";
    for other in [&b"U\x01\xe9"[..], b"S'\\xe9'\n"] {
        assert_eq!(refusal(&extended_svc("kernel", other)), format!("`SVC.kernel`: {unknown}"));
        let names = array(&[b"K\x01".to_vec()], "O8", &list(&[other.to_vec()]));
        assert_eq!(refusal(&extended_svc("feature_names_in_", &names)), format!("`SVC.feature_names_in_`: {unknown}"));
    }
    // it is data of an array too, ASCII or not; text of Python 3 is none
    let names = |code: &str, items: &[u8]| {
        refusal(&extended_svc("feature_names_in_", &array(&[b"K\x02".to_vec()], code, items)))
    };
    let floats = "`SVC.feature_names_in_`: expected text, found floats";
    for items in [
        &b"U\x1012345678abcdefgh"[..],
        b"U\x10\xff2345678abcdefgh",
        b"S'\\x002345678abcdefgh'\n",
        b"S'\\xff2345678abcdefgh'\n",
    ] {
        assert_eq!(names("f8", items), floats);
    }
    assert_eq!(names("f8", b"U\x011"), "`SVC.feature_names_in_`: expected 16 bytes for the shape [2], found 1");
    let found = names("f8", &text("12345678abcdefgh"));
    assert_eq!(found, "`SVC.feature_names_in_`: expected bytes, found `12345678abcdefgh`");
    // and so is a type of bytes, if Python 2 wrote the type
    assert!(names("S1", b"U\x02ab").ends_with("expected a dtype of numbers or text, found `S1`"));
    let labels = |items: &[u8]| {
        let array = array(&[b"K\x03".to_vec()], "S1", items);
        let place = array.windows(4).position(|window| window == b"\x8c\x02S1").unwrap();
        load_bytes(&extended_svc("classes_", &[&array[..place], b"U", &array[place + 1..]].concat()))
    };
    assert_eq!(labels(b"U\x03abc").unwrap().model.target().label(2).unwrap().to_string(), "c");
    let found = labels(b"U\x03ab\xe9").unwrap_err().to_string();
    assert_eq!(found, "`SVC.classes_`: expected text, found something that is not a character");
}

#[test]
fn arrays_of_joblib_that_no_model_has_are_passed_over() {
    let model = extended_svc("verbose", b"\x89");
    let model = model.strip_prefix(b"\x80\x04").unwrap().strip_suffix(b".").unwrap();
    let file = |shape: &[u8], code: &str, bytes: &[u8]| {
        let state = dict(&[
            (text("subclass"), global("numpy", "matrix")),
            (text("shape"), shape.to_vec()),
            (text("order"), text("K")),
            (text("dtype"), build::dtype(code)),
        ]);
        let wrapper = object("joblib.numpy_pickle", "NumpyArrayWrapper", &state);
        [b"\x80\x04", &wrapper[..], bytes, model, b"\x86."].concat()
    };
    let cube = [b"(".to_vec(), b"K\x02".repeat(3), b"t".to_vec()].concat();
    for (shape, code, length) in [
        (&cube[..], "f8", 64),
        (b"K\x02\x85", "c16", 32),
        (b"K\x02\x85", "S3", 6),
        (b"K\x02\x85", "M8", 16),
        (b"K\x02\x85", "V12", 24),
        (b"K\x02\x85", ">U3", 24),
        (b"K\x00\x85", "f8", 0),
        (b")", "g16", 16),
    ] {
        let found = load_bytes(&file(shape, code, &vec![b'.'; length]));
        if code == "g16" {
            assert!(found.unwrap_err().to_string().contains("expected a NumPy dtype, found `g16`"));
            continue;
        }
        assert_eq!(found.unwrap().left_out.len(), 1, "{code}");
        assert!(load_bytes(&file(shape, code, &vec![b'.'; length + 1])).is_err(), "{code}");
    }
    let too_large = "expected a shape of lengths from 0 that fits into memory, found another";
    for (shape, code, expected) in [
        (&b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"[..], "f8", too_large),
        (b"K\x02\x8a\x01\xff\x86", "f8", too_large),
        (b"N\x85", "f8", too_large),
        (b"K\x01", "f8", "expected a shape, found 1"),
        (b"K\x01\x85", "U4611686018427387904", "expected a NumPy dtype, found `U4611686018427387904`"),
        (b"K\x01\x85", "S-1", "expected a NumPy dtype, found `S-1`"),
        (b"K\x01\x85", "", "expected a NumPy dtype, found ``"),
        (b"K\x01\x85", "S18446744073709551615", "expected 18446744073709551615 bytes, found"),
    ] {
        let found = refusal(&file(shape, code, b""));
        assert!(found.starts_with("opcode BUILD at byte ") && found.contains(expected), "{code}: {found}");
    }
}

#[test]
fn a_text_that_many_share_is_not_copied_for_each() {
    let shared = [long_text(100_000), put(201)].concat();
    let items = [vec![shared], vec![get(201); 5_000]].concat();
    let length = [b"J".to_vec(), 5_001_u32.to_le_bytes().to_vec()].concat();
    let names = refusal(&extended_svc("feature_names_in_", &array(&[length], "O8", &list(&items))));
    assert_eq!(names, "`SVC.feature_names_in_`: expected arrays no larger than their file, found larger ones");
}
