//! ColumnTransformers and unions that no training gives: they are refused before time or memory is taken.

use std::time::{Duration, Instant};

use svcd::model_file::load::load_bytes;

use crate::hostile_pickle::build::{array, bytes_object, dict, get, global, list, object, put, text, tuple};
use crate::hostile_pickle::sparse::integer;

/// More than any of these takes without optimisation on a busy machine.
const SOON: Duration = Duration::from_secs(20);

const NONE: &[u8] = b"N";
const FALSE: &[u8] = b"\x89";
const TRUE: &[u8] = b"\x88";

/// What is said of a file with this one object.
fn refusal(value: &[u8]) -> String {
    let begin = Instant::now();
    let text = load_bytes(&[b"\x80\x04", value, b"."].concat()).unwrap_err().to_string();
    assert!(begin.elapsed() < SOON, "{text}: {:?}", begin.elapsed());
    text
}

fn with_attributes(module: &str, class: &str, attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = attributes.iter().map(|(name, value)| (text(name), value.clone())).collect();
    object(module, class, &dict(&entries))
}

/// A ColumnTransformer of 0.24 over so many columns.
fn columns(width: i64, transformers: &[Vec<u8>]) -> Vec<u8> {
    let attributes = [
        ("n_features_in_", integer(width)),
        ("sparse_output_", FALSE.to_vec()),
        ("transformer_weights", NONE.to_vec()),
        ("transformers_", list(transformers)),
    ];
    with_attributes("sklearn.compose._column_transformer", "ColumnTransformer", &attributes)
}

fn passed(name: &str, columns: &[u8]) -> Vec<u8> {
    tuple(&[text(name), text("passthrough"), columns.to_vec()])
}

fn slice(start: i64, stop: i64) -> Vec<u8> {
    let ends = tuple(&[integer(start), integer(stop), NONE.to_vec()]);
    [global("builtins", "slice"), ends, b"R".to_vec()].concat()
}

fn union(transformers: &[Vec<u8>]) -> Vec<u8> {
    let attributes = [("transformer_list", list(transformers)), ("transformer_weights", NONE.to_vec())];
    with_attributes("sklearn.pipeline", "FeatureUnion", &attributes)
}

const WHOLE: &str = "expected a fitted SVM, found ColumnTransformer: give the SVM's file too, with another --model";

#[test]
fn columns_are_told_in_each_way_that_the_user_may_have_chosen() {
    let mask = array(&[integer(3)], "b1", &bytes_object(&[1, 0, 1]));
    for given in [
        list(&[integer(0), integer(-1)]),
        tuple(&[integer(2)]),
        slice(0, 2),
        slice(-2, 100),
        mask,
        list(&[TRUE.to_vec(), FALSE.to_vec(), TRUE.to_vec()]),
    ] {
        assert_eq!(refusal(&columns(3, &[passed("a", &given)])), WHOLE);
    }
}

#[test]
fn columns_that_are_not_there_are_refused() {
    let refused = |given: &[u8]| refusal(&columns(3, &[passed("a", given)]));
    let name = "`ColumnTransformer.transformers_`";
    assert_eq!(refused(&list(&[integer(3)])), format!("{name}: expected columns below 3, found 3"));
    assert_eq!(refused(&list(&[integer(-4)])), format!("{name}: expected columns below 3, found -4"));
    let short = list(&[TRUE.to_vec(), FALSE.to_vec()]);
    assert_eq!(refused(&short), format!("{name}: expected a mask of 3 columns, found one of 2"));
    let text = format!("{name}: expected one of the 0 names of columns, found `b`");
    assert_eq!(refused(&list(&[self::text("b")])), text);
    let alone = format!("{name}: expected a list of columns for `a`, found 1, which does not make a table");
    assert_eq!(refused(&integer(1)), alone);
    let mixed = list(&[integer(0), TRUE.to_vec()]);
    assert_eq!(refused(&mixed), format!("{name}: expected columns by place, name, slice or mask, found True"));
}

#[test]
fn many_columns_are_refused_before_there_is_memory_for_them() {
    let text = "`ColumnTransformer.n_features_in_`: expected at most 131072 columns, found 1000000000";
    assert_eq!(refusal(&columns(1_000_000_000, &[passed("a", &slice(0, 1_000_000_000))])), text);
    assert_eq!(refusal(&columns(3, &[passed("a", &slice(0, 1_000_000_000))])), WHOLE);
    // each of these is allowed, all of them together are not
    let wide: Vec<_> = (0..256).map(|index| passed(&index.to_string(), &slice(0, 131_072))).collect();
    let text = "`ColumnTransformer.transformers_`: expected arrays no larger than their file, found larger ones";
    assert_eq!(refusal(&columns(131_072, &wide)), text);
}

#[test]
fn transformers_of_one_name_or_too_many_are_refused() {
    let same = [passed("a", &slice(0, 1)), passed("a", &slice(1, 2))];
    let text = "`ColumnTransformer.transformers_`: expected different names, found `a` twice";
    assert_eq!(refusal(&columns(3, &same)), text);
    let many = vec![passed("a", &slice(0, 1)); 1000];
    let text = "`ColumnTransformer.transformers_`: expected at most 256 transformers, found 1000";
    assert_eq!(refusal(&columns(3, &many)), text);
}

#[test]
fn a_tree_that_holds_itself_and_one_that_is_deep_are_refused() {
    let text = "expected transformers in transformers at most 4 deep, found more";
    // a union that is in its own list
    let begin = [global("sklearn.pipeline", "FeatureUnion"), b")\x81".to_vec(), put(1)].concat();
    let own = tuple(&[self::text("own"), get(1)]);
    let state = dict(&[(self::text("transformer_list"), list(&[own]))]);
    assert_eq!(refusal(&[begin, state, b"b".to_vec()].concat()), text);
    let deep = |depth| {
        let inner = columns(1, &[passed("a", &slice(0, 1))]);
        (1..depth).fold(inner, |inner, _| columns(1, &[tuple(&[self::text("a"), inner, slice(0, 1)])]))
    };
    assert_eq!(refusal(&deep(4)), WHOLE);
    assert_eq!(refusal(&deep(5)), text);
}

#[test]
fn one_transformer_in_many_branches_of_branches_is_refused_by_their_count() {
    // 4 levels of 250 branches that are all one and the same
    let mut tree = [with_attributes(
        "sklearn.preprocessing._data",
        "StandardScaler",
        &[("with_mean", FALSE.to_vec()), ("with_std", FALSE.to_vec()), ("n_features_in_", integer(1))],
    )]
    .concat();
    for level in 0..4 {
        let first = [tree, put(level)].concat();
        let branches: Vec<_> = (0..250)
            .map(|index| {
                let transformer = if index == 0 { first.clone() } else { get(level) };
                tuple(&[text(&index.to_string()), transformer])
            })
            .collect();
        tree = union(&branches);
    }
    assert_eq!(refusal(&tree), "expected at most 10000 estimators and steps, found more");
}
