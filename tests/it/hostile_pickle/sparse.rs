//! Sparse matrices whose parts contradict each other, or ask for more memory than their file is worth.

use super::build::{array, bytes_object, dict, list, object, text, tuple};
use super::refusal;
use svcd::model_file::load::load_bytes;
use svcd::pipeline::Scratch;

/// The parts of a `csr_matrix`.
#[derive(Clone)]
struct Parts {
    shape: Vec<u8>,
    indptr: Vec<i64>,
    indices: Vec<i64>,
    data: Vec<f64>,
}

/// One row of three numbers, the second of them zero.
fn parts() -> Parts {
    Parts { shape: shape(&[1, 3]), indptr: vec![0, 2], indices: vec![0, 2], data: vec![1.5, -2.0] }
}

/// A whole number.
pub fn integer(value: i64) -> Vec<u8> {
    [b"\x8a\x08".to_vec(), value.to_le_bytes().to_vec()].concat()
}

/// A tuple of lengths.
pub fn shape(lengths: &[i64]) -> Vec<u8> {
    tuple(&lengths.iter().map(|length| integer(*length)).collect::<Vec<_>>())
}

/// An array of one dimension; so are the next.
pub fn integers(values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    array(&[integer(values.len() as i64)], "i8", &bytes_object(&bytes))
}

pub fn floats(values: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    array(&[integer(values.len() as i64)], "f8", &bytes_object(&bytes))
}

/// A `LinearSVC` of two classes with this as its `coef_`.
fn linear(coef: &[u8]) -> Vec<u8> {
    let state = dict(&[
        (text("classes_"), integers(&[0, 1])),
        (text("coef_"), coef.to_vec()),
        (text("intercept_"), b"K\x01".to_vec()),
    ]);
    [b"\x80\x04".to_vec(), object("sklearn.svm._classes", "LinearSVC", &state), b".".to_vec()].concat()
}

/// The same with a sparse matrix.
pub fn sparse(shape: Vec<u8>, indptr: Vec<u8>, indices: Vec<u8>, data: Vec<u8>) -> Vec<u8> {
    linear(&csr(shape, indptr, indices, data))
}

/// A sparse matrix.
pub fn csr(shape: Vec<u8>, indptr: Vec<u8>, indices: Vec<u8>, data: Vec<u8>) -> Vec<u8> {
    let state = dict(&[
        (text("_shape"), shape),
        (text("indptr"), indptr),
        (text("indices"), indices),
        (text("data"), data),
        (text("maxprint"), b"K\x32".to_vec()),
    ]);
    object("scipy.sparse._csr", "csr_matrix", &state)
}

fn file(parts: Parts) -> Vec<u8> {
    sparse(parts.shape, integers(&parts.indptr), integers(&parts.indices), floats(&parts.data))
}

#[test]
fn a_sparse_matrix_is_read_with_its_zeros() {
    let model = load_bytes(&file(parts())).unwrap().model;
    let mut scores = vec![];
    model.decision_function(&[1.0, 10.0, 100.0], &mut Scratch::default(), &mut scores).unwrap();
    assert_eq!(scores, [1.0 * 1.5 - 200.0 + 1.0]);
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let counts = "`LinearSVC.coef_.indptr`: expected counts from 0 to 2 for 1 rows, found others";
    let columns = "`LinearSVC.coef_.indices`: expected ascending columns below 3 in row 0, found others";
    let large = "expected counts from 0 to 4294967295, found another number";
    for (broken, expected) in [
        (Parts { indptr: vec![], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![0], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![0, 1, 2], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![1, 2], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![0, 1], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![0, 3], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![0, i64::from(u32::MAX)], ..parts() }, counts.to_owned()),
        (Parts { indptr: vec![0, 1 << 32], ..parts() }, format!("`LinearSVC.coef_.indptr`: {large}")),
        (
            Parts { shape: shape(&[2, 3]), indptr: vec![0, 3, 2], ..parts() },
            "`LinearSVC.coef_.indptr`: expected counts from 0 to 2 for 2 rows, found others".to_owned(),
        ),
        (Parts { indptr: vec![-1, 2], ..parts() }, format!("`LinearSVC.coef_.indptr`: {large}")),
        (Parts { indices: vec![2, 0], ..parts() }, columns.to_owned()),
        (Parts { indices: vec![2, 2], ..parts() }, columns.to_owned()),
        (Parts { indices: vec![0, 3], ..parts() }, columns.to_owned()),
        (Parts { indices: vec![0, i64::MAX], ..parts() }, format!("`LinearSVC.coef_.indices`: {large}")),
        (Parts { indices: vec![-1, 2], ..parts() }, format!("`LinearSVC.coef_.indices`: {large}")),
        (Parts { indices: vec![0], ..parts() }, "`LinearSVC.coef_.indices`: expected 2 columns, found 1".to_owned()),
        (
            Parts { data: vec![1.0, f64::NAN], ..parts() },
            "`LinearSVC.coef_`: expected finite numbers, found NaN at index 2".to_owned(),
        ),
        (
            Parts { shape: shape(&[2, 3]), indptr: vec![0, 1, 2], ..parts() },
            "`LinearSVC.coef_`: expected 1 rows for 2 classes, found 2".to_owned(),
        ),
        (
            Parts { shape: shape(&[1, 0]), indptr: vec![0, 0], indices: vec![], data: vec![] },
            "`LinearSVC.n_features_in_`: expected at least 1 feature, found 0".to_owned(),
        ),
        (
            Parts { shape: shape(&[0, 3]), indptr: vec![0], indices: vec![], data: vec![] },
            "`LinearSVC.coef_`: expected 1 rows for 2 classes, found 0".to_owned(),
        ),
    ] {
        assert_eq!(refusal(&file(broken)), expected);
    }
}

#[test]
fn a_shape_has_two_lengths_that_the_file_is_worth() {
    let lengths = |found: &str| format!("`LinearSVC.coef_._shape`: expected two lengths from 0, found {found}");
    let wide = |found: i64| format!("`LinearSVC.coef_._shape`: expected at most 262144 columns, found {found}");
    for (shape, expected) in [
        (shape(&[1]), lengths("a tuple of 1 items")),
        (shape(&[1, 3, 1]), lengths("a tuple of 3 items")),
        (shape(&[1, -3]), lengths("a tuple of 2 items")),
        (list(&[integer(1), integer(3)]), lengths("a list of 2 items")),
        (tuple(&[text("1"), text("3")]), lengths("a tuple of 2 items")),
        (b"N".to_vec(), lengths("None")),
        (shape(&[1, 262_145]), wide(262_145)),
        (shape(&[1, i64::MAX]), wide(i64::MAX)),
        (
            shape(&[i64::MAX, 3]),
            format!("`LinearSVC.coef_.indptr`: expected counts from 0 to 2 for {} rows, found others", i64::MAX),
        ),
    ] {
        assert_eq!(refusal(&file(Parts { shape, ..parts() })), expected);
    }
    // five hundred rows of the widest: a gigabyte of zeros
    let rows = Parts { shape: shape(&[500, 262_144]), indptr: vec![0; 501], indices: vec![], data: vec![] };
    assert_eq!(
        refusal(&file(rows)),
        "`LinearSVC.coef_._shape`: expected fewer numbers in a file of this size, as zeros take memory too, found 500 times 262144"
    );
}

#[test]
fn only_the_form_row_by_row_is_read() {
    let state = dict(&[(text("_shape"), shape(&[1, 3]))]);
    assert_eq!(
        refusal(&linear(&object("scipy.sparse._csc", "csc_matrix", &state))),
        "`LinearSVC.coef_`: expected an array, found a sparse matrix"
    );
    assert_eq!(
        refusal(&linear(&object("scipy.sparse._csr", "csr_matrix", &state))),
        "`LinearSVC.coef_.indptr`: expected this attribute, found none: is the model fitted?"
    );
    assert_eq!(
        refusal(&sparse(shape(&[1, 3]), integers(&[0, 2]), floats(&[0.0, 2.0]), floats(&[1.0, 1.0]))),
        "`LinearSVC.coef_.indices`: expected whole numbers, found floats"
    );
}
