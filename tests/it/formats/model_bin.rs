//! model.bin, written here by hand after the layout that its source file documents.

use std::path::Path;

use svcd::model_file::load::{load_bytes, load_path};
use svcd::model_file::{Format, MODEL_FILE_BYTES_MAX, PROBE_ROWS_MAX, TrainingRecord, native};
use svcd::pipeline::{
    Calibrator, Classes, Estimator, Isotonic, LinearKind, MetaEstimator, Nested, Pca, Rule, ScalerFormula, Scratch,
    Sigmoid, Step,
};
use svcd::svc::{Coupling, DecisionFunctionShape, Kernel, LinearParts, Probability};

use super::{JSON, made_up};
use crate::made_up::MadeUp;

#[test]
fn the_documented_layout_is_what_is_read_and_written() {
    let bytes = file(&sections());
    let loaded = load_bytes(&bytes).unwrap();
    assert_eq!(loaded.model, made_up().model());
    assert_eq!(loaded.provenance.format, Format::ModelBin);
    assert_eq!(loaded.provenance.source, Format::Json);
    assert_eq!(loaded.provenance.sklearn_version.as_deref(), Some("1.9.1"));
    assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);
    let from_json = load_bytes(JSON.as_bytes()).unwrap();
    assert_eq!(from_json.probes, loaded.probes);
    assert_eq!(native::to_bytes(&from_json).unwrap(), bytes);
}

#[test]
fn every_variant_is_read_and_written() {
    for (name, section, expected) in variants() {
        let mut sections = with(name, section);
        // other parts give other answers
        sections.last_mut().unwrap().1 = none();
        let bytes = file(&sections);
        let loaded = load_bytes(&bytes).unwrap();
        assert_eq!(loaded.model, expected.model(), "{name}");
        assert_eq!(native::to_bytes(&loaded).unwrap(), bytes, "{name}");
    }
    let sources = [Format::ModelBin, Format::Json, Format::Pickle, Format::Joblib, Format::Libsvm];
    for (number, expected) in sources.into_iter().enumerate() {
        let loaded = load_bytes(&file(&with("source", u32(number as u32)))).unwrap();
        assert_eq!((loaded.provenance.source, loaded.provenance.training), (expected, None));
    }
    let parameters = [u64(1), string("C"), string("1")].concat();
    let scores = [u64(1), string("accuracy"), f64(0.5)].concat();
    let record = [string("ab"), u64(120), u64(30), u64(7), parameters, scores].concat();
    let bytes = file(&with("source", [u32(5), record].concat()));
    let loaded = load_bytes(&bytes).unwrap();
    assert_eq!(loaded.provenance.source, Format::Training);
    let expected = TrainingRecord {
        data_sha256: "ab".to_owned(),
        n_train: 120,
        n_test: 30,
        seed: 7,
        parameters: vec![("C".to_owned(), "1".to_owned())],
        scores: vec![("accuracy".to_owned(), 0.5)],
    };
    assert_eq!(loaded.provenance.training, Some(expected));
    assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);
}

#[test]
fn a_linear_model_is_read_and_written() {
    let linear = |classes: &[u64], width: u64, coef: &[f64], intercept: &[f64]| {
        let mut sections = sections();
        sections[5].1 = u32(2);
        let classes = [u32(0), u64s(classes)].concat();
        sections.splice(6..SVC.end, [("linear", [classes, u64(width), f64s(coef), f64s(intercept), u32(0)].concat())]);
        sections.last_mut().unwrap().1 = none();
        sections
    };
    let of_two = linear(&[5, 7], 2, &[0.5, -2.0], &[0.25]);
    let bytes = file(&of_two);
    let loaded = load_bytes(&bytes).unwrap();
    let parts = |coef: &[f64], intercept: &[f64]| LinearParts {
        n_features_in: 2,
        coef: coef.to_vec(),
        intercept: intercept.to_vec(),
    };
    let expected = Estimator::of_linear(LinearKind::Svc, Classes::Integer(vec![5, 7]), parts(&[0.5, -2.0], &[0.25]));
    assert_eq!(*loaded.model.estimator(), expected.unwrap());
    assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);
    let of_three = linear(&[5, 7, 8], 2, &[0.5, -2.0, 1.0, 0.0, 1.5, 3.0], &[0.25, 0.5, -1.0]);
    assert_eq!(native::to_bytes(&load_bytes(&file(&of_three)).unwrap()).unwrap(), file(&of_three));

    let refusal = |classes: &[u64], width, coef: &[f64], intercept: &[f64]| {
        refusal_of(&file(&linear(classes, width, coef, intercept)))
    };
    assert_eq!(refusal(&[5, 7], 2, &[0.5], &[0.25]), "`coef`: expected 2 numbers, found 1");
    assert_eq!(refusal(&[5, 7], u64::MAX, &[0.5], &[0.25]), "`coef`: expected 18446744073709551615 numbers, found 1");
    assert_eq!(refusal(&[5, 7, 9], 2, &[0.5; 2], &[0.25]), "`intercept`: expected 3 numbers, found 1");
    assert_eq!(refusal(&[5, 7], 2, &[0.5; 6], &[0.25; 3]), "`intercept`: expected 1 numbers, found 3");
    assert_eq!(refusal(&[5, 5], 2, &[0.5; 2], &[0.25]), "`classes`: expected different labels, found `5` twice");

    // probe rows hold the decision function: one value for two classes
    let with_probe = |class: u64, value: f64| {
        let mut sections = of_two.clone();
        let probes = [f64s(&[1.0, 2.0]), u64s(&[class]), f64s(&[value])].concat();
        sections.last_mut().unwrap().1 = some(probes);
        file(&sections)
    };
    let score = {
        let mut scores = vec![];
        loaded.model.decision_function(&[1.0, 2.0], &mut Scratch::default(), &mut scores).unwrap();
        scores[0]
    };
    let class = u64::from(score > 0.0);
    assert!(load_bytes(&with_probe(class, score)).is_ok());
    let text = format!("probe row 0: decision value 0: expected {:?}, found {score:?}", score + 0.001);
    assert_eq!(refusal_of(&with_probe(class, score + 0.001)), text);
    assert!(refusal_of(&with_probe(1 - class, score)).starts_with("probe row 0: expected class `"));
}

#[test]
fn a_step_that_changes_the_width_is_read_and_written() {
    let pca = |components: &[f64], mean: &[f64], others: Vec<u8>| {
        [u64(1), u32(1), u64(3), u64(2), f64s(components), f64s(mean), others].concat()
    };
    let with_pca = |step: Vec<u8>, columns: u64| {
        let mut sections = with("steps", step);
        sections[2].1 = [u64(columns), vec![0; 4 * columns as usize]].concat();
        sections[3].1 = none();
        sections.last_mut().unwrap().1 = none();
        file(&sections)
    };
    let (components, mean) = ([1.0, 0.0, 0.0, 1.0, 0.5, 0.5], [1.0, -1.0, 2.0]);
    for (others, mean_product, scale) in [
        ([none(), none()].concat(), None, None),
        ([some(f64s(&[2.0, 0.0])), some(f64s(&[4.0, 0.5]))].concat(), Some(vec![2.0, 0.0]), Some(vec![4.0, 0.5])),
    ] {
        let bytes = with_pca(pca(&components, &mean, others), 3);
        let loaded = load_bytes(&bytes).unwrap();
        let (components, mean) = (components.to_vec(), mean.to_vec());
        let expected = Pca { n_features_in: 3, n_components: 2, components, mean, mean_product, scale };
        assert_eq!(loaded.model.steps().0, [Step::Pca(expected)]);
        assert_eq!(loaded.model.feature_names(), ["x0", "x1", "x2"]);
        assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);
    }
    let plain = [none(), none()].concat();
    let refusal = |step, columns| refusal_of(&with_pca(step, columns));
    assert_eq!(refusal(pca(&components, &mean, plain.clone()), 2), "`columns`: expected 3 columns, found 2");
    assert_eq!(refusal(pca(&[1.0; 5], &mean, plain), 3), "`PCA.components`: expected 6 numbers, found 5");
    let huge = [u64(1), u32(1), u64(3), u64(u64::MAX), f64s(&[]), f64s(&mean), none(), none()].concat();
    assert_eq!(refusal(huge, 3), "`PCA.components`: expected a count that fits into memory, found a larger one");
    let wide = [u64(1), u32(1), u64(3), u64(1), f64s(&[1.0; 3]), f64s(&mean), none(), none()].concat();
    assert_eq!(refusal(wide, 3), "`n_features_in`: expected 1 features, found 2");
}

/// A meta-estimator: each item is one of the list, members first.
fn of_list(items: &[Vec<u8>]) -> Vec<(&'static str, Vec<u8>)> {
    let mut sections = sections();
    sections[4].1 = u64(0);
    sections[5].1 = u32(1);
    sections.splice(6..SVC.end, [("list", [u64(items.len() as u64), items.concat()].concat())]);
    sections.last_mut().unwrap().1 = none();
    sections
}

/// The SVC of these sections as a member, with its steps.
fn svc_member(sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let whole = sections[6..SVC.end].iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    [sections[4].1.clone(), u32(0), whole].concat()
}

/// What holds so many members before it.
fn meta(classes: &[u64], n_members: u64, rule: Vec<u8>) -> Vec<u8> {
    [u64(0), u32(1), u32(0), u64s(classes), u64(n_members), rule].concat()
}

/// One that decides between two classes by the first of two features.
fn linear_member(slope: f64) -> Vec<u8> {
    [u64(0), u32(2), u32(0), u64s(&[0, 1]), u64(2), f64s(&[slope, 0.0]), f64s(&[0.0]), u32(1)].concat()
}

#[test]
fn a_calibrated_model_is_read_and_written() {
    let calibrators = |count: u64| {
        let sigmoid = [u32(0), f64(-1.5), f64(0.25)].concat();
        let isotonic = [u32(1), f64s(&[-1.0, 2.0]), f64s(&[0.25, 0.5]), f64(-1.0), f64(1.5)].concat();
        [u64(count), sigmoid, isotonic.repeat(count as usize - 1)].concat()
    };
    let rule = |counts: &[u64]| {
        [u32(0), u64(counts.len() as u64), counts.iter().flat_map(|count| calibrators(*count)).collect()].concat()
    };
    let calibrated = |members: &[Vec<u8>], counts: &[u64]| {
        of_list(&[members, &[meta(&[3, 5, 8], members.len() as u64, rule(counts))]].concat())
    };
    let (poly, linear) = (svc_member(&sections()), svc_member(&with("kernel", u32(0))));
    let bytes = file(&calibrated(&[poly.clone(), linear.clone()], &[3, 3]));
    let loaded = load_bytes(&bytes).unwrap();
    let made_up = [made_up(), MadeUp { kernel: Kernel::Linear, ..made_up() }];
    let mut members = made_up.clone().map(|made_up| {
        let (steps, estimator) = (made_up.clone().model().steps().clone(), made_up.model().into_estimator());
        Nested { steps, estimator }
    });
    members.reverse();
    let [second, first] = members;
    let curve = Isotonic { x: vec![-1.0, 2.0], y: vec![0.25, 0.5], bounds: (-1.0, 1.5) };
    let curve = Calibrator::Isotonic(curve);
    let own = vec![Calibrator::Sigmoid(Sigmoid { a: -1.5, b: 0.25 }), curve.clone(), curve];
    let rule = Rule::Calibrated(vec![own; 2]);
    let classes = made_up[0].classes.clone();
    let expected = MetaEstimator { classes, first: Box::new(first), others: vec![second], rule };
    assert_eq!(*loaded.model.estimator(), Estimator::Meta(expected));
    assert_eq!(loaded.model.steps().names().count(), 0);
    assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);
    let refusal = |members: &[Vec<u8>], counts: &[u64]| refusal_of(&file(&calibrated(members, counts)));
    assert_eq!(refusal(&[], &[]), "`members`: expected at least 1 estimator, found 0");
    let short = refusal(&[poly.clone(), linear], &[3, 2]);
    assert_eq!(short, "`calibrators`: expected 3 calibrators, found 2");
    // probe rows then have no decision values
    let with_probe = |class: u64, values: &[f64]| {
        let mut sections = calibrated(std::slice::from_ref(&poly), &[3]);
        sections.last_mut().unwrap().1 = some([f64s(&[0.5, 1.0]), u64s(&[class]), f64s(values)].concat());
        file(&sections)
    };
    assert!(load_bytes(&with_probe(0, &[])).is_ok());
    assert_eq!(refusal_of(&with_probe(2, &[])), "probe row 0: expected class `8`, found class `3`");
    let values = [0.25, -0.5, 0.125];
    assert_eq!(refusal_of(&with_probe(0, &values)), "probe rows: expected 0 values, found 3");
}

#[test]
fn estimators_in_estimators_are_read_and_written() {
    let rest = |ties: u32| [u32(1), u32(ties)].concat();
    let threshold = |positive: u64| [u32(3), vec![0], f64(0.5), u64(positive)].concat();
    let pair = || meta(&[0, 1], 1, threshold(1));
    let list = [
        vec![linear_member(1.0), linear_member(-1.0)],
        // of one of them another is made
        vec![pair(), linear_member(0.0), meta(&[3, 5, 8], 3, rest(1))],
    ]
    .concat();
    let bytes = file(&of_list(&list));
    let loaded = load_bytes(&bytes).unwrap();
    assert_eq!(loaded.model.estimator().description(), "OneVsRestClassifier of 3 SGDClassifier");
    let Estimator::Meta(whole) = loaded.model.estimator() else { panic!("a meta-estimator") };
    assert_eq!(whole.rule, Rule::OneVsRest(svcd::pipeline::Ties::Last));
    assert_eq!(whole.others[0].estimator.description(), "FixedThresholdClassifier of 1 SGDClassifier");
    assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);

    let each = [linear_member(1.0), linear_member(0.5), linear_member(-1.0), meta(&[3, 5, 8], 3, u32(2))];
    let bytes = file(&of_list(&each));
    let loaded = load_bytes(&bytes).unwrap();
    assert_eq!(loaded.model.estimator().description(), "OneVsOneClassifier of 3 SGDClassifier");
    assert_eq!(native::to_bytes(&loaded).unwrap(), bytes);
}

#[test]
fn a_list_of_members_that_is_no_tree_is_refused() {
    let refusal = |items: &[Vec<u8>]| refusal_of(&file(&of_list(items)));
    let (one, pair) = (linear_member(1.0), |count| meta(&[0, 1], count, [u32(1), u32(0)].concat()));
    assert_eq!(refusal(&[]), "`members`: expected 1 outermost estimator, found 0");
    assert_eq!(refusal(&[one.clone(), one.clone()]), "`members`: expected 1 outermost estimator, found 2");
    assert_eq!(refusal(&[one.clone(), pair(2)]), "`members`: expected at most 1 members, found 2");
    let huge = refusal(&[one.clone(), pair(u64::MAX)]);
    assert_eq!(huge, "`members`: expected at most 1 members, found 18446744073709551615");
    let deep = refusal(&[one.clone(), pair(1), pair(1), pair(1), pair(1)]);
    assert_eq!(deep, "`members`: expected estimators in estimators at most 3 deep, found more");
    let with_steps = [svc_member(&sections())];
    assert_eq!(refusal(&with_steps), "`members`: expected no steps of the outermost estimator, found some");
    assert_eq!(
        refusal(&[one, [u64(0), u32(4)].concat()]),
        "body: written by a newer svcd: invalid value: integer `4`, expected variant index 0 <= i < 4"
    );
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let bytes = file(&sections());
    let total = bytes.len();
    for length in 0..total {
        let expected = match length {
            0 => "format: expected a model.bin, pickle, joblib, LIBSVM or JSON model, found an empty file".to_owned(),
            1..8 => unknown_format(&bytes[..length]),
            8..24 => format!("truncated: expected 24 bytes, found {length}"),
            _ => format!("truncated: expected {total} bytes, found {length}"),
        };
        assert_eq!(refusal_of(&bytes[..length]), expected);
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let bytes = file(&sections());
    let total = bytes.len() as u64;
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let expected = match bit / 8 {
            0..8 => unknown_format(&flipped[..8]),
            8..12 => version_refusal(2 ^ (1_u32 << (bit - 64))),
            16..24 => {
                let announced = 24 + ((total - 24) ^ (1 << (bit - 128)));
                match announced {
                    ..=MODEL_FILE_BYTES_MAX if announced < total => {
                        format!("trailing bytes: expected {announced} bytes, found {total}")
                    }
                    ..=MODEL_FILE_BYTES_MAX => format!("truncated: expected {announced} bytes, found {total}"),
                    _ => format!("size: expected at most 536870912 bytes, found {announced}"),
                }
            }
            _ => {
                let stored = u32::from_le_bytes(flipped[12..16].try_into().unwrap());
                format!("checksum: expected {stored:#010x}, found {:#010x}", crc32(&flipped[24..]))
            }
        };
        assert_eq!(refusal_of(&flipped), expected, "bit {bit}");
    }
}

#[test]
fn two_flipped_bits_next_to_each_other_are_found() {
    let bytes = file(&sections());
    for bit in 0..bytes.len() * 8 - 1 {
        let mut flipped = bytes.clone();
        for bit in [bit, bit + 1] {
            flipped[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(load_bytes(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn an_announced_length_is_not_believed() {
    let bytes = file(&sections());
    let total = bytes.len() as u64;
    let with_length = |length: u64| [&bytes[..16], &length.to_le_bytes(), &bytes[24..]].concat();
    let size = |found: u64| format!("size: expected at most 536870912 bytes, found {found}");
    for (length, expected) in [
        (0, format!("trailing bytes: expected 24 bytes, found {total}")),
        (total - 25, format!("trailing bytes: expected {} bytes, found {total}", total - 1)),
        (total - 23, format!("truncated: expected {} bytes, found {total}", total + 1)),
        (MODEL_FILE_BYTES_MAX - 24, format!("truncated: expected 536870912 bytes, found {total}")),
        (MODEL_FILE_BYTES_MAX - 23, size(536_870_913)),
        (1 << 40, size((1 << 40) + 24)),
        (1 << 63, size((1 << 63) + 24)),
        (u64::MAX - 24, size(u64::MAX)),
        (u64::MAX, size(u64::MAX)),
    ] {
        assert_eq!(refusal_of(&with_length(length)), expected);
    }
}

#[test]
fn bytes_after_the_body_are_refused() {
    let bytes = file(&sections());
    let total = bytes.len();
    for more in ["\0", "\n", "{}"] {
        let expected = format!("trailing bytes: expected {total} bytes, found {}", total + more.len());
        assert_eq!(refusal_of(&[&bytes, more.as_bytes()].concat()), expected);
    }
}

#[test]
fn another_magic_or_version_is_refused() {
    let bytes = file(&sections());
    let with_version = |version: u32| [&bytes[..8], &version.to_le_bytes(), &bytes[12..]].concat();
    for version in [0, 3, u32::MAX] {
        assert_eq!(refusal_of(&with_version(version)), version_refusal(version));
    }
    // what a transfer as text makes of the line ends
    let text = bytes.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<u8>>();
    assert_eq!(refusal_of(&text), unknown_format(&text[..8]));
}

#[test]
fn a_body_that_is_no_model_is_refused_although_its_checksum_is_right() {
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("source", u32(6), "NEWER integer `6`, expected variant index 0 <= i < 6"),
        ("sklearn_version", vec![2], "body: tag for enum is not valid, found 2"),
        (
            "sklearn_version",
            some([u64(5), b"\xff.9.1".to_vec()].concat()),
            "body: string is not valid utf8: invalid utf-8 sequence of 1 bytes from index 0",
        ),
        ("sklearn_version", some(u64(u64::MAX)), "body: expected more bytes, found its end"),
        ("sklearn_version", some(u64(1 << 29)), "body: expected more bytes, found its end"),
        // steps
        ("steps", [u64(1), u32(u32::MAX)].concat(), "NEWER integer `4294967295`, expected variant index 0 <= i < "),
        ("steps", [u64(1), scaler(5)].concat(), "NEWER integer `5`, expected variant index 0 <= i < 5"),
        ("steps", u64(u64::MAX), "body: tag for enum is not valid, found 3"),
        ("steps", u64(1 << 40), "body: tag for enum is not valid, found 3"),
        (
            "steps",
            [u64(1), scaler(0), some(f64s(&[0.5])), none()].concat(),
            "`StandardScaler.mean`: expected 2 numbers, found 1",
        ),
        (
            "steps",
            [u64(1), scaler(0), none(), some(f64s(&[0.5, f64::NAN]))].concat(),
            "`StandardScaler.scale`: expected finite numbers, found NaN at index 1",
        ),
        (
            "steps",
            [u64(1), scaler(2), none(), some(f64s(&[0.5, 0.0]))].concat(),
            "`RobustScaler.scale`: expected no zeros, found 0 at index 1",
        ),
        (
            "steps",
            [u64(1), scaler(3), f64s(&[0.5, 1.0]), vec![2]].concat(),
            "body: invalid u8 while decoding bool, expected 0 or 1, found 2",
        ),
        (
            "steps",
            [u64(1), scaler(1), f64s(&[1.0, 1.0]), f64s(&[0.0, 0.0]), some([f64(1.0), f64(1.0)].concat())].concat(),
            "`MinMaxScaler.feature_range`: expected the lower bound below the upper, found 1.0 and 1.0",
        ),
        (
            "steps",
            [u64(1), u32(0), u64(1 << 60), u32(0), none(), none()].concat(),
            "`columns`: expected 1152921504606846976 columns, found 2",
        ),
        // columns and estimator
        ("columns", [u64(1), u32(99)].concat(), "NEWER integer `99`, expected variant index 0 <= i < "),
        ("columns", [u64(1), u32(0)].concat(), "`columns`: expected 2 columns, found 1"),
        ("columns", u64(0), "`columns`: expected 2 columns, found 0"),
        ("columns", u64(u64::MAX), "NEWER integer `513`, expected variant index 0 <= i < "),
        ("estimator", u32(8), "NEWER integer `8`, expected variant index 0 <= i < 8"),
        // kernel
        ("kernel", u32(4), "NEWER integer `4`, expected variant index 0 <= i < 4"),
        ("kernel", [u32(2), f64(f64::NAN)].concat(), "`gamma`: expected a finite number, zero or above, found NaN"),
        ("kernel", [u32(2), f64(-1.0)].concat(), "`gamma`: expected a finite number, zero or above, found -1.0"),
        ("kernel", [u32(3), f64(1.0), f64(f64::INFINITY)].concat(), "`coef0`: expected a finite number, found inf"),
        // classes
        ("classes", [u32(4), u64(0)].concat(), "NEWER integer `4`, expected variant index 0 <= i < 4"),
        ("classes", [u32(0), u64(0)].concat(), "`classes`: expected at least 2 classes, found 0"),
        ("classes", [u32(0), u64(2), u64(3), u64(5)].concat(), "`n_support`: expected 2 numbers, found 3"),
        (
            "classes",
            [u32(0), u64(3), u64(3), u64(5), u64(3)].concat(),
            "`classes`: expected different labels, found `3` twice",
        ),
        (
            "classes",
            [u32(2), u64(3), vec![0, 1, 2]].concat(),
            "body: invalid u8 while decoding bool, expected 0 or 1, found 2",
        ),
        (
            "classes",
            [u32(2), u64(3), vec![0, 1, 1]].concat(),
            "`classes`: expected different labels, found `true` twice",
        ),
        (
            "classes",
            [u32(3), f64s(&[0.0, 1.0, f64::NAN])].concat(),
            "`classes`: expected finite numbers, found NaN at index 2",
        ),
        (
            "classes",
            [u32(3), f64s(&[0.0, 1.0, -0.0])].concat(),
            "`classes`: expected different labels, found `-0.0` twice",
        ),
        (
            "classes",
            [u32(1), u64(3), string("a"), string("b"), string("a")].concat(),
            "`classes`: expected different labels, found `a` twice",
        ),
        // shapes
        ("n_features_in", u64(0), "`n_features_in`: expected at least 1 feature, found 0"),
        ("n_features_in", u64(3), "`support_vectors`: expected 12 numbers, found 8"),
        (
            "n_features_in",
            u64(u64::MAX),
            "`support_vectors`: expected a count that fits into memory, found a larger one",
        ),
        ("feature_names_in", some([u64(1), string("a")].concat()), "`feature_names_in`: expected 2 names, found 1"),
        (
            "feature_names_in",
            some([u64(2), string("a"), string("a")].concat()),
            "`feature_names_in`: expected different names, found `a` twice",
        ),
        ("n_support", u64s(&[2, 2]), "`n_support`: expected 3 numbers, found 2"),
        ("n_support", u64s(&[1, 1, 1]), "`support_vectors`: expected 6 numbers, found 8"),
        ("n_support", u64s(&[0, 0, 0]), "`n_support`: expected at least 1 support vector, found 0"),
        (
            "n_support",
            u64s(&[u64::MAX, 1, 1]),
            "`n_support`: expected a count that fits into memory, found a larger one",
        ),
        ("n_support", u64s(&[1 << 60, 1, 1]), "`support_vectors`: expected 2305843009213693956 numbers, found 8"),
        ("support_vectors", f64s(&[0.0; 7]), "`support_vectors`: expected 8 numbers, found 7"),
        ("support_vectors", u64(1 << 60), "body: expected more bytes, found its end"),
        ("dual_coef", f64s(&[0.0; 9]), "`dual_coef`: expected 8 numbers, found 9"),
        (
            "dual_coef",
            f64s(&[0.0, 0.0, 0.0, 0.0, 0.0, f64::NEG_INFINITY, 0.0, 0.0]),
            "`dual_coef`: expected finite numbers, found -inf at index 5",
        ),
        ("intercept", f64s(&[0.0; 2]), "`intercept`: expected 3 numbers, found 2"),
        ("intercept", f64s(&[0.0, 0.0, f64::NAN]), "`intercept`: expected finite numbers, found NaN at index 2"),
        ("decision_function_shape", u32(2), "NEWER integer `2`, expected variant index 0 <= i < 2"),
        ("break_ties", vec![2], "body: invalid u8 while decoding bool, expected 0 or 1, found 2"),
        (
            "probability",
            some([f64s(&[1.0; 2]), f64s(&[1.0; 3]), u32(0)].concat()),
            "`prob_a`: expected 3 numbers, found 2",
        ),
        (
            "probability",
            some([f64s(&[1.0; 3]), f64s(&[1.0, 1.0, f64::NAN]), u32(0)].concat()),
            "`prob_b`: expected finite numbers, found NaN at index 2",
        ),
        (
            "probability",
            some([f64s(&[1.0; 3]), f64s(&[1.0; 3]), u32(2)].concat()),
            "NEWER integer `2`, expected variant index 0 <= i < 2",
        ),
        // probes
        (
            "probes",
            some([f64s(&[0.5]), u64s(&[0]), f64s(&[0.25, -0.5, 0.125])].concat()),
            "probe rows: expected rows of 2 numbers, found 1 numbers in all",
        ),
        (
            "probes",
            some([f64s(&[0.5, f64::NAN]), u64s(&[0]), f64s(&[0.25, -0.5, 0.125])].concat()),
            "probe rows: row 0, column 1: expected a finite number, found NaN or infinity",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[]), f64s(&[0.25, -0.5, 0.125])].concat()),
            "probe rows: expected 1 labels, found 0",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[1]), f64s(&[0.25, -0.5, 0.125])].concat()),
            "probe row 0: expected class `5`, found class `3`",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[3]), f64s(&[0.25, -0.5, 0.125])].concat()),
            "probe row 0: expected a class with index 3, found class `3`",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[u64::MAX]), f64s(&[0.25, -0.5, 0.125])].concat()),
            "probe row 0: expected a class with index 18446744073709551615, found class `3`",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[0]), f64s(&[0.25, -0.5])].concat()),
            "probe rows: expected 3 values, found 2",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[0]), f64s(&[0.25, f64::NAN, 0.125])].concat()),
            "probe row 0: decision value 1: expected NaN, found -0.5",
        ),
        (
            "probes",
            some([f64s(&[0.5, 1.0]), u64s(&[0]), f64s(&[0.25, -0.5, 0.1250001])].concat()),
            "probe row 0: decision value 2: expected 0.1250001, found 0.125",
        ),
        ("probes", [none(), vec![0]].concat(), "body: Slice had bytes remaining after deserialization"),
        ("probes", vec![], "body: expected more bytes, found its end"),
    ];
    for (name, bytes, expected) in cases {
        let shown = format!("{name} {bytes:02x?}");
        let expected = expected.replace("NEWER", "body: written by a newer svcd: invalid value:");
        let refusal = refusal_of(&file(&with(name, bytes)));
        // how many kinds of steps there are is no matter of this test
        let found =
            if expected.ends_with("< ") { refusal.trim_end_matches(|c: char| c.is_ascii_digit()) } else { &refusal };
        assert_eq!(found, expected, "{shown}");
    }
}

#[test]
fn a_body_cut_off_anywhere_is_refused_although_its_checksum_is_right() {
    let body = sections().into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<u8>>();
    for length in 0..body.len() {
        let cut = file(&[("", body[..length].to_vec())]);
        assert_eq!(refusal_of(&cut), "body: expected more bytes, found its end", "{length}");
    }
}

#[test]
fn more_probe_rows_than_the_limit_are_refused() {
    let probes = |rows: usize| {
        let values = f64s(&[0.25, -0.5, 0.125].repeat(rows));
        some([f64s(&[0.5, 1.0].repeat(rows)), u64s(&vec![0; rows]), values].concat())
    };
    assert!(load_bytes(&file(&with("probes", probes(PROBE_ROWS_MAX)))).is_ok());
    let text = refusal_of(&file(&with("probes", probes(PROBE_ROWS_MAX + 1))));
    assert_eq!(text, "probe rows: expected at most 1000 rows, found 1001");
}

fn version_refusal(version: u32) -> String {
    match version {
        0 => "format version: expected 1 to 2, found 0".to_owned(),
        _ => format!("format version: expected at most 2, found {version}: written by a newer svcd"),
    }
}

/// Files that svcd 0.1 wrote, and what they were made of.
#[test]
fn files_of_version_1_are_read_as_before_and_written_as_version_2() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for (name, source) in [
        ("iris", "../../model.bin"),
        ("pipeline", "pickle/1.9.1/pipeline.p4"),
        ("calibrated_pipelines", "pickle/1.9.1/calibrated_pipelines.p4"),
    ] {
        let old = load_path(&fixtures.join(format!("model_bin_1/{name}.bin"))).unwrap();
        let source = load_path(&fixtures.join(source)).unwrap();
        assert_eq!(old.model, source.model, "{name}");
        assert_eq!(old.provenance.sklearn_version.as_deref(), Some("1.9.1"), "{name}");
        let new = native::to_bytes(&old).unwrap();
        assert_eq!(new[8..12], [2, 0, 0, 0], "{name}");
        let again = load_bytes(&new).unwrap();
        assert_eq!((again.model, again.probes), (old.model, old.probes), "{name}");
    }
}

/// The place of an SVC's sections, from its kernel to its probability.
const SVC: std::ops::Range<usize> = 7..16;

/// The small model's body, section by section in the documented order.
fn sections() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("source", u32(1)),
        ("sklearn_version", some(string("1.9.1"))),
        ("columns", [u64(2), u32(0), u32(0)].concat()),
        ("feature_names_in", some([u64(2), string("a"), string("b")].concat())),
        ("steps", [u64(1), scaler(0), some(f64s(&[0.5, 1.0])), none()].concat()),
        ("estimator", u32(0)),
        ("classes", [u32(0), u64(3), u64(3), u64(5), u64(8)].concat()),
        ("kernel", [u32(1), f64(0.5), f64(1.0), u32(2)].concat()),
        ("n_features_in", u64(2)),
        ("n_support", u64s(&[1, 2, 1])),
        ("support_vectors", f64s(&[0.0, 1.0, 1.0, 0.5, -1.0, 2.0, 2.0, 2.0])),
        ("dual_coef", f64s(&[1.0, -0.75, -0.25, -0.5, 0.5, 0.25, 0.125, -0.375])),
        ("intercept", f64s(&[0.25, -0.5, 0.125])),
        ("decision_function_shape", u32(1)),
        ("break_ties", vec![0]),
        ("probability", some([f64s(&[-1.0, -1.5, -2.0]), f64s(&[0.0, 0.25, -0.125]), u32(0)].concat())),
        ("probes", some([f64s(&[0.5, 1.0]), u64s(&[0]), f64s(&[0.25, -0.5, 0.125])].concat())),
    ]
}

/// The start of a scaler of two features with this formula.
fn scaler(formula: u32) -> Vec<u8> {
    [u32(0), u64(2), u32(formula)].concat()
}

/// One section in another form, and what it means.
fn variants() -> Vec<(&'static str, Vec<u8>, MadeUp)> {
    let (two, min) = (f64s(&[2.0, 4.0]), f64s(&[0.0, 1.0]));
    let steps = [
        u64(5),
        [scaler(0), none(), some(two.clone())].concat(),
        [scaler(1), two.clone(), min.clone(), none()].concat(),
        [scaler(1), two.clone(), min.clone(), some([f64(-1.0), f64(0.5)].concat())].concat(),
        [scaler(2), some(min), some(two.clone())].concat(),
        [scaler(3), two, vec![1]].concat(),
    ];
    let (two, min) = (vec![2.0, 4.0], vec![0.0, 1.0]);
    let expected = vec![
        ScalerFormula::Standard { mean: None, scale: Some(two.clone()) },
        ScalerFormula::MinMax { scale: two.clone(), min: min.clone(), clip: None },
        ScalerFormula::MinMax { scale: two.clone(), min: min.clone(), clip: Some((-1.0, 0.5)) },
        ScalerFormula::Robust { center: Some(min), scale: Some(two.clone()) },
        ScalerFormula::MaxAbs { scale: two, clip: true },
    ];
    let strings = [u32(1), u64(3), string("a"), string(""), string("é")].concat();
    let (prob_a, prob_b) = (vec![-1.0, -1.5, -2.0], vec![0.0, 0.25, -0.125]);
    let direct = some([f64s(&prob_a), f64s(&prob_b), u32(1)].concat());
    vec![
        ("steps", steps.concat(), MadeUp { scalers: expected, ..made_up() }),
        ("kernel", u32(0), MadeUp { kernel: Kernel::Linear, ..made_up() }),
        ("kernel", [u32(2), f64(0.25)].concat(), MadeUp { kernel: Kernel::Rbf { gamma: 0.25 }, ..made_up() }),
        (
            "kernel",
            [u32(3), f64(0.25), f64(-1.0)].concat(),
            MadeUp { kernel: Kernel::Sigmoid { gamma: 0.25, coef0: -1.0 }, ..made_up() },
        ),
        (
            "classes",
            strings,
            MadeUp { classes: Classes::String(["a", "", "é"].map(str::to_owned).to_vec()), ..made_up() },
        ),
        (
            "classes",
            [u32(3), f64s(&[-1.0, 0.5, 1e300])].concat(),
            MadeUp { classes: Classes::Float(vec![-1.0, 0.5, 1e300]), ..made_up() },
        ),
        (
            "classes",
            [u32(0), u64s(&[i64::MIN.cast_unsigned(), 0, i64::MAX.cast_unsigned()])].concat(),
            MadeUp { classes: Classes::Integer(vec![i64::MIN, 0, i64::MAX]), ..made_up() },
        ),
        ("feature_names_in", none(), MadeUp { feature_names: None, ..made_up() }),
        (
            "decision_function_shape",
            u32(0),
            MadeUp { decision_function_shape: DecisionFunctionShape::Ovo, ..made_up() },
        ),
        ("break_ties", vec![1], MadeUp { break_ties: true, ..made_up() }),
        ("probability", none(), MadeUp { probability: None, ..made_up() }),
        (
            "probability",
            direct,
            MadeUp { probability: Some(Probability { prob_a, prob_b, coupling: Coupling::Direct }), ..made_up() },
        ),
    ]
}

/// The small model's body with another section.
fn with(name: &str, bytes: Vec<u8>) -> Vec<(&'static str, Vec<u8>)> {
    let mut sections = sections();
    sections.iter_mut().find(|(section, _)| *section == name).unwrap().1 = bytes;
    sections
}

/// A whole file with this body and the right header for it.
fn file(sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let body = sections.iter().flat_map(|(_, bytes)| bytes).copied().collect::<Vec<u8>>();
    let magic = b"\x89SVCD\r\n\x1a".to_vec();
    [magic, u32(2), u32(crc32(&body)), u64(body.len() as u64), body].concat()
}

fn u32(value: u32) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn u64(value: u64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn f64(value: f64) -> Vec<u8> {
    value.to_bits().to_le_bytes().to_vec()
}

fn u64s(values: &[u64]) -> Vec<u8> {
    [vec![values.len() as u64], values.to_vec()].concat().into_iter().flat_map(u64).collect()
}

fn f64s(values: &[f64]) -> Vec<u8> {
    [u64(values.len() as u64), values.iter().flat_map(|value| f64(*value)).collect()].concat()
}

fn string(text: &str) -> Vec<u8> {
    [u64(text.len() as u64), text.as_bytes().to_vec()].concat()
}

fn some(value: Vec<u8>) -> Vec<u8> {
    [vec![1], value].concat()
}

fn none() -> Vec<u8> {
    vec![0]
}

/// CRC-32 bit by bit, after its definition.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn refusal_of(bytes: &[u8]) -> String {
    load_bytes(bytes).unwrap_err().to_string()
}

fn unknown_format(first: &[u8]) -> String {
    let bytes = first.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
    format!(
        "format: expected a model.bin, pickle, joblib, LIBSVM or JSON model, found a file that starts with the bytes{bytes}"
    )
}
