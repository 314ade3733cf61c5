//! Labels of linear SVCs, which svcd takes from one weight vector for each pair of classes where they are certain: they have to be those
//! of LIBSVM's order of summation for every row, also next to the borders between classes.

use std::path::Path;

use crate::random::Random;
use svcd::model_file::load::load_path;
use svcd::pipeline::{Answers, Asked, Model, OutputName, Scratch};
use svcd::svc::Kernel;

/// Models with a linear kernel of tests/fixtures.
const MODELS: [&str; 8] = [
    "golden/iris_linear.json",
    "golden/wine_linear_unscaled.json",
    "golden/two_linear_ovo.json",
    "pickle/1.9.1/half_scalers.p4",
    "pickle/1.9.1/sparse_linear_2.p4",
    "pickle/1.9.1/sparse_linear_3.p4",
    "pickle/1.1.3/ovo.p3",
    "libsvm/linear_5.model",
];

#[test]
fn labels_asked_for_alone_are_those_beside_decision_values() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut unit = || (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
    for name in MODELS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        let model = load_path(&path).unwrap().model;
        assert!(matches!(model.kernel(), Some(Kernel::Linear)), "{name}");
        let center = model.example_row();
        let mut row = || center.iter().map(|x| x + 4.0 * (unit() - 0.5) * (x.abs() + 1.0)).collect::<Vec<_>>();
        let rows: Vec<_> = (0..500).map(|_| row()).collect();
        let mut asked: Vec<f64> = rows.concat();
        let mut borders = 0;
        for pair in rows.chunks_exact(2) {
            borders += usize::from(towards_a_border(&model, &pair[0], &pair[1], &mut asked));
        }
        assert!(borders > 20, "{name}: {borders} borders");
        // numbers beyond all training, and none at all
        for number in [0.0, 5e-324, -1e-300, 1e100, -1e307, f64::MAX] {
            asked.extend(vec![number; center.len()]);
        }
        assert_eq!(labels(&model, &asked, false), labels(&model, &asked, true), "{name}");
    }
}

/// Appends rows closer and closer to a border between two rows, if there is one.
fn towards_a_border(model: &Model, from: &[f64], to: &[f64], out: &mut Vec<f64>) -> bool {
    let first = labels(model, from, true);
    if labels(model, to, true) == first {
        return false;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..55 {
        let middle = (low + high) / 2.0;
        let row: Vec<f64> = from.iter().zip(to).map(|(from, to)| from + (to - from) * middle).collect();
        if labels(model, &row, true) == first {
            low = middle
        } else {
            high = middle
        }
        out.extend(row);
    }
    true
}

/// Decision values are computed in LIBSVM's order, and the labels beside them with them.
fn labels(model: &Model, rows: &[f64], with_values: bool) -> Vec<usize> {
    let alone = Asked::only(OutputName::Predict);
    let asked = if with_values { alone.and(OutputName::DecisionFunction) } else { alone };
    let (mut answers, mut labels) = (Answers::default(), Vec::new());
    // a row that a step makes too large for f64 is refused either way
    for row in rows.chunks(model.n_features_in()) {
        answers.clear();
        let _ = model.answer(row, asked, &mut Scratch::default(), &mut answers);
        labels.extend_from_slice(answers.labels(OutputName::Predict));
    }
    labels
}
