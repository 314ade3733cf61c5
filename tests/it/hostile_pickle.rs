//! Broken files and files built to do harm: always a one-line error, quickly and in little memory.

mod build;
mod cost;
mod mutations;

use svcd::model_file::load::load_bytes;

use build::{array, bytes_object, dict, extended_svc, get, global, list, long_text, object, put, text, tuple};

fn refusal(bytes: &[u8]) -> String {
    let text = load_bytes(bytes).map(|loaded| loaded.provenance).unwrap_err().to_string();
    assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
    text
}

#[test]
fn a_call_is_refused_by_name_in_every_spelling() {
    let says = |name: &str| format!("refuses `{name}`: svcd reads data, it does not run code");
    for (bytes, opcode, name) in [
        // pickle.dumps of an object whose __reduce__ gives (os.system, ("id",)), protocols 0, 2, 4
        (&b"cposix\nsystem\np0\n(Vid\np1\ntp2\nRp3\n."[..], "GLOBAL at byte 0", "posix.system"),
        (b"\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.", "GLOBAL at byte 2", "posix.system"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", "STACK_GLOBAL at byte 17", "posix.system"),
        (b"cos\nsystem\n(Vid\ntR.", "GLOBAL at byte 0", "os.system"),
        (b"cnt\nsystem\n(Vid\ntR.", "GLOBAL at byte 0", "nt.system"),
        (b"c__builtin__\neval\n(V1\ntR.", "GLOBAL at byte 0", "__builtin__.eval"),
        (b"cbuiltins\ngetattr\n.", "GLOBAL at byte 0", "builtins.getattr"),
        (b"csubprocess\nPopen\n(Vid\ntR.", "GLOBAL at byte 0", "subprocess.Popen"),
        // INST, OBJ, NEWOBJ, NEWOBJ_EX
        (b"(Vid\nios\nsystem\n.", "INST at byte 5", "os.system"),
        (b"(cos\nsystem\nVid\no.", "GLOBAL at byte 1", "os.system"),
        (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85\x81.", "GLOBAL at byte 2", "os.system"),
        (b"\x80\x04cos\nsystem\n)}\x92.", "GLOBAL at byte 2", "os.system"),
        // attributes of attributes
        (b"\x80\x04\x8c\x02os\x8c\x0csystem.popen\x93.", "STACK_GLOBAL at byte 20", "os.system.popen"),
        (b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.", "STACK_GLOBAL at byte 27", "numpy.ndarray.__init__"),
        (
            b"csklearn.svm._classes\nSVC.fit.__globals__\n.",
            "GLOBAL at byte 0",
            "sklearn.svm._classes.SVC.fit.__globals__",
        ),
    ] {
        let expected = match name.strip_prefix("sklearn.") {
            None => says(name),
            Some(_) => format!(
                "refuses `{name}`: svcd serves SVC and NuSVC, alone, behind scalers in a Pipeline, or as the \
                 best_estimator_ of a search; save that alone"
            ),
        };
        assert_eq!(refusal(bytes), format!("opcode {opcode}: {expected}"), "{bytes:?}");
    }
    // a `__setstate__` in a state does nothing by itself; its function must be named
    let state = dict(&[(text("__setstate__"), global("os", "system"))]);
    let bytes = [b"\x80\x04".to_vec(), object("sklearn.svm._classes", "SVC", &state), b".".to_vec()].concat();
    assert!(refusal(&bytes).ends_with(&says("os.system")), "{}", refusal(&bytes));
    let state = dict(&[(text("__setstate__"), text("id"))]);
    let bytes = [b"\x80\x04".to_vec(), object("sklearn.svm._classes", "SVC", &state), b".".to_vec()].concat();
    assert_eq!(
        refusal(&bytes),
        "`SVC` has the attribute `__setstate__`, which scikit-learn 0.21 to 1.9 does not give it: it might change the answers"
    );
}

#[test]
fn what_stands_outside_of_the_file_is_refused() {
    let persistent = "refuses a persistent id: it stands for something outside of the file";
    let extension = "refuses an extension code: it stands for a name outside of the file";
    let buffer = "refuses a buffer outside of the file: save the model without `buffer_callback`";
    let other = "refuses this opcode: no model of scikit-learn's is written with it";
    let python_2 = "a pickle of Python 2: save the model with Python 3";
    for (bytes, expected) in [
        (&b"\x80\x02X\x01\x00\x00\x001Q."[..], format!("opcode BINPERSID at byte 8: {persistent}")),
        (b"\x80\x02P1\n.", format!("opcode PERSID at byte 2: {persistent}")),
        (b"\x80\x02\x82\x01.", format!("opcode EXT1 at byte 2: {extension}")),
        (b"\x80\x02\x83\x01\x00.", format!("opcode EXT2 at byte 2: {extension}")),
        (b"\x80\x02\x84\x01\x00\x00\x00.", format!("opcode EXT4 at byte 2: {extension}")),
        (b"\x80\x05\x97.", format!("opcode NEXT_BUFFER at byte 2: {buffer}")),
        (b"\x80\x05C\x00\x98.", format!("opcode READONLY_BUFFER at byte 4: {buffer}")),
        (b"\x80\x04\x8f.", format!("opcode EMPTY_SET at byte 2: {other}")),
        (b"\x80\x04(cnumpy\nndarray\no.", format!("opcode OBJ at byte 18: {other}")),
        (b"\x80\x04cnumpy\nndarray\n)}\x92.", format!("opcode NEWOBJ_EX at byte 19: {other}")),
        (b"(inumpy\nndarray\n.", format!("opcode INST at byte 1: {other}")),
        (b"(S'id'\nios\nsystem\n.", format!("opcode STRING at byte 1: {python_2}")),
        (b"\x80\x02U\x02idq\x00.", format!("opcode SHORT_BINSTRING at byte 2: {python_2}")),
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
            "opcode STACK_GLOBAL at byte 4: expected the names of a module and of what it holds, found None and None",
        ),
        (b"\x80\x04cnumpy\nndarray\nNR.", "opcode REDUCE at byte 18: expected a tuple of arguments, found None"),
        (
            b"\x80\x04cnumpy\nndarray\n)RNbNb.",
            "opcode BUILD at byte 22: expected an object without state, found one with state",
        ),
        (
            b"\x80\x02ccopy_reg\n_reconstructor\n)R.",
            "opcode REDUCE at byte 28: expected 3 arguments of `copy_reg._reconstructor`, found 0",
        ),
        // bytes behind the end of the pickle are ignored
        (b"\x80\x04N.cos\nsystem\n", "expected a fitted SVC, found None"),
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
    assert_eq!(refusal(&own.concat()), "expected pipelines of at most 16 steps, found more");
    let search = dict(&[(text("best_estimator_"), get(0))]);
    let own =
        [b"\x80\x04csklearn.model_selection._search\nGridSearchCV\n)\x81".to_vec(), put(0), search, b"b.".to_vec()];
    assert_eq!(refusal(&own.concat()), "expected estimators in estimators at most 16 deep, found more");
    let own = [b"\x80\x04]".to_vec(), put(0), get(0), b"a.".to_vec()];
    assert_eq!(refusal(&own.concat()), "expected a fitted SVC, found a list of a list of 1 items at [0]");
    // an array that is its own state, and items that are the array
    let own = [b"\x80\x04cnumpy.core.multiarray\n_reconstruct\n)R".to_vec(), put(0), get(0), b"b.".to_vec()];
    assert!(refusal(&own.concat()).starts_with("expected a fitted SVC, found an array: svcd serves SVC and NuSVC"));
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
        (vec![long(4)], "U1", "text, found what is no character"),
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
fn a_text_that_many_share_is_not_copied_for_each() {
    let shared = [long_text(100_000), put(201)].concat();
    let items = [vec![shared], vec![get(201); 5_000]].concat();
    let length = [b"J".to_vec(), 5_001_u32.to_le_bytes().to_vec()].concat();
    let names = refusal(&extended_svc("feature_names_in_", &array(&[length], "O8", &list(&items))));
    assert_eq!(names, "`SVC.feature_names_in_`: expected arrays no larger than their file, found larger ones");
}
