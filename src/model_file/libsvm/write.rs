//! From a model to the text, as LIBSVM's `svm_save_model` writes it, with one difference: LIBSVM keeps eight digits of the numbers in
//! support vectors, which changes the model; here they are written so that the same doubles are read back.

use super::words::INT_MAX;
use crate::model_file::{Error, Format, MODEL_FILE_BYTES_MAX};
use crate::pipeline::{Classes, Estimator, Model, SvrKind};
use crate::svc::{Coupling, Kernel, Svc};

/// The whole content of a LIBSVM model file with this model. Reading it gives an equal model, except for what
/// [`not_kept`](super::not_kept) lists and for the coupling of more than two classes, of which there is only one.
///
/// The type is `c_svc` for a NuSVC too: both answer by the same rule, and a model does not tell them apart; for an SVR it does.
/// LIBSVM reads a file with any number of features; the reader here does not, as it keeps the zeros (see
/// [`from_bytes`](super::from_bytes)).
///
/// # Errors
/// [`Error::Unwritable`] when LIBSVM would answer differently from the model: labels that are not C ints, steps before the SVM,
/// `break_ties`, scikit-learn's probabilities for two classes, a degree above the largest C int; and for what the format cannot
/// express: a linear model, and one without support vectors. [`Error::TooLarge`] when the file is larger than what is read again.
pub fn to_string(model: &Model) -> Result<String, Error> {
    let (svc, svm_type) = writable(model)?;
    let mut text = header(svc, svm_type, model.classes())?;
    let parts = svc.parts();
    let width = parts.n_features_in;
    // a zero in the last column, which nothing answers differently for, tells the width where no other number does
    let mut keep_width = parts.support_vectors.iter().skip(width - 1).step_by(width).all(|value| *value == 0.0);
    for (vector, row) in parts.support_vectors.chunks_exact(width).enumerate() {
        for coefficient in parts.dual_coef.iter().skip(vector).step_by(svc.n_support_vectors()) {
            text.push_str(&seventeen_digits(*coefficient));
            text.push(' ');
        }
        for (index, value) in (1..).zip(row).filter(|(_, value)| **value != 0.0) {
            text.push_str(&format!("{index}:{} ", shortest(*value)));
        }
        if keep_width {
            text.push_str(&format!("{width}:0 "));
            keep_width = false;
        }
        text.push('\n');
        if text.len() as u64 > MODEL_FILE_BYTES_MAX {
            return Err(Error::TooLarge { found: text.len() as u64 });
        }
    }
    Ok(text)
}

/// Everything up to the line `SV`, in LIBSVM's order.
fn header(svc: &Svc, svm_type: &str, classes: Option<&Classes>) -> Result<String, Error> {
    let parts = svc.parts();
    let numbers = |values: &[f64]| values.iter().map(|value| format!(" {}", seventeen_digits(*value))).collect();
    let mut text = format!("svm_type {svm_type}\n");
    let mut line = |name: &str, values: String| text.push_str(&format!("{name}{values}\n"));
    let one = |value: f64| numbers(&[value]);
    match parts.kernel {
        Kernel::Linear => line("kernel_type", " linear".to_owned()),
        Kernel::Rbf { gamma } => {
            line("kernel_type", " rbf".to_owned());
            line("gamma", one(gamma));
        }
        Kernel::Sigmoid { gamma, coef0 } => {
            line("kernel_type", " sigmoid".to_owned());
            line("gamma", one(gamma));
            line("coef0", one(coef0));
        }
        Kernel::Poly { gamma, coef0, degree } => {
            line("kernel_type", " polynomial".to_owned());
            line("degree", format!(" {degree}"));
            line("gamma", one(gamma));
            line("coef0", one(coef0));
        }
    }
    line("nr_class", format!(" {}", svc.n_classes()));
    line("total_sv", format!(" {}", svc.n_support_vectors()));
    line("rho", numbers(&parts.intercept.iter().map(|intercept| -intercept).collect::<Vec<_>>()));
    if let Some(classes) = classes {
        line("label", labels(classes)?);
    }
    if let Some(probability) = &parts.probability {
        line("probA", numbers(&probability.prob_a));
        line("probB", numbers(&probability.prob_b));
    }
    if classes.is_some() {
        line("nr_sv", parts.n_support.iter().map(|n| format!(" {n}")).collect());
    }
    line("SV", String::new());
    Ok(text)
}

fn labels(classes: &Classes) -> Result<String, Error> {
    let refuse = |found: String| {
        unwritable(format!("expected labels that are integers from -2147483648 to 2147483647, found {found}"))
    };
    match classes {
        Classes::Integer(labels) => match labels.iter().find(|label| i32::try_from(**label).is_err()) {
            None => Ok(labels.iter().map(|label| format!(" {label}")).collect()),
            Some(label) => Err(refuse(label.to_string())),
        },
        Classes::String(_) => {
            Err(refuse("strings; train with numbers for them, and keep the names elsewhere".to_owned()))
        }
        Classes::Boolean(_) => Err(refuse("booleans; train with 0 and 1".to_owned())),
        Classes::Float(_) => Err(refuse("floats; train with integers".to_owned())),
    }
}

/// What has the kernel and the support vectors, and LIBSVM's word for the kind of model.
fn writable(model: &Model) -> Result<(&Svc, &'static str), Error> {
    let estimator = model.estimator();
    let (svc, svm_type) = match estimator {
        Estimator::Svc { svc, .. } => (svc, "c_svc"),
        Estimator::Svr { single, kind: SvrKind::Epsilon } => (single.machine(), "epsilon_svr"),
        Estimator::Svr { single, kind: SvrKind::Nu } => (single.machine(), "nu_svr"),
        Estimator::OneClass(single) => (single.machine(), "one_class"),
        other => {
            let found = other.name();
            return Err(unwritable(format!("expected an SVC, SVR or OneClassSVM alone, found a {found}")));
        }
    };
    let name = estimator.name();
    if let Some(step) = model.steps().names().next() {
        return Err(unwritable(format!(
            "expected the {name} alone, found a {step} before it; a LIBSVM model takes its rows as they come"
        )));
    }
    if svc.n_support_vectors() == 0 {
        return Err(unwritable(format!(
            "expected the {name} to have support vectors, from which the number of features follows, found none"
        )));
    }
    if svc.parts().break_ties {
        return Err(unwritable(
            "expected `break_ties` false, found true; LIBSVM gives a tie of votes to the first class".to_owned(),
        ));
    }
    let coupling = svc.parts().probability.as_ref().map(|probability| probability.coupling);
    if svc.n_classes() == 2 && coupling == Some(Coupling::Iterative) {
        return Err(unwritable(
            "expected LIBSVM's probabilities of two classes, found scikit-learn's, which go through the iteration for \
             more classes and differ by up to 0.004; leave the probabilities out"
                .to_owned(),
        ));
    }
    match svc.parts().kernel {
        Kernel::Poly { degree, .. } if degree as usize > INT_MAX => {
            Err(unwritable(format!("expected a degree up to {INT_MAX}, found {degree}")))
        }
        _ => Ok((svc, svm_type)),
    }
}

fn unwritable(problem: String) -> Error {
    Error::Unwritable { format: Format::Libsvm, problem }
}

/// C's `%.17g`, in which LIBSVM writes all but the support vectors.
fn seventeen_digits(value: f64) -> String {
    general(&format!("{value:.16e}"), 17)
}

/// The fewest digits that read back the same double, laid out in the same way.
fn shortest(value: f64) -> String {
    general(&format!("{value:e}"), 16)
}

/// C's `%g` out of Rust's `{:e}`: without an exponent when that is from -4 to below `exponent_end`, trailing zeros left out.
fn general(scientific: &str, exponent_end: i32) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |unsigned| ("-", unsigned));
    let digits = mantissa.replace('.', "");
    let (first, rest) = digits.trim_end_matches('0').split_at_checked(1).unwrap_or(("0", ""));
    let point = if rest.is_empty() { "" } else { "." };
    if !(-4..exponent_end).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.abs());
    }
    if exponent < 0 {
        return format!("{sign}0.{}{first}{rest}", "0".repeat(exponent.unsigned_abs() as usize - 1));
    }
    let whole = exponent.unsigned_abs() as usize;
    match rest.split_at_checked(whole) {
        Some((whole, "")) => format!("{sign}{first}{whole}"),
        Some((whole, fraction)) => format!("{sign}{first}{whole}.{fraction}"),
        None => format!("{sign}{first}{rest:0<whole$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::model_file::libsvm::from_bytes;
    use crate::pipeline::{Calibrator, MetaEstimator, Nested, Rule, ScalerFormula, Sigmoid, Steps};
    use crate::svc::{DecisionFunctionShape, Probability};

    fn made_up() -> MadeUp {
        MadeUp {
            kernel: Kernel::Poly { gamma: 0.1, coef0: -1.5, degree: 3 },
            classes: Classes::Integer(vec![7, -2_147_483_648, 2_147_483_647]),
            n_support: vec![1, 0, 2],
            support_vectors: vec![0.0, 1e-7, 5.1, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0 / 3.0, -0.0, f64::MAX, 0.0],
            dual_coef: vec![1.0, 0.1, -0.2, 5e-324, 1e17, -1e16],
            intercept: vec![0.5, -0.0, 1.0 / 3.0],
            decision_function_shape: DecisionFunctionShape::Ovo,
            ..MadeUp::default()
        }
    }

    fn text(made_up: MadeUp) -> String {
        to_string(&made_up.model()).unwrap()
    }

    fn refusal(made_up: MadeUp) -> String {
        to_string(&made_up.model()).unwrap_err().to_string()
    }

    #[test]
    fn the_text_is_laid_out_as_libsvm_does_it() {
        let expected = "svm_type c_svc\n\
            kernel_type polynomial\n\
            degree 3\n\
            gamma 0.10000000000000001\n\
            coef0 -1.5\n\
            nr_class 3\n\
            total_sv 3\n\
            rho -0.5 0 -0.33333333333333331\n\
            label 7 -2147483648 2147483647\n\
            nr_sv 1 0 2\n\
            SV\n\
            1 4.9406564584124654e-324 2:1e-07 3:5.1 4:0 \n\
            0.10000000000000001 1e+17 \n\
            -0.20000000000000001 -10000000000000000 1:0.3333333333333333 3:1.7976931348623157e+308 \n";
        assert_eq!(text(made_up()), expected);
    }

    #[test]
    fn what_was_written_reads_back_as_an_equal_model() {
        let probability =
            Probability { prob_a: vec![-1.1, 0.3, -4e-9], prob_b: vec![0.0, 1.0, -0.7], coupling: Coupling::Direct };
        let kernels = [
            Kernel::Linear,
            Kernel::Rbf { gamma: 1.0 / 7.0 },
            Kernel::Sigmoid { gamma: 0.0, coef0: 1e300 },
            made_up().kernel,
        ];
        for kernel in kernels {
            let made_up = MadeUp { kernel, probability: Some(probability.clone()), ..made_up() };
            let loaded = from_bytes(text(made_up.clone()).as_bytes()).unwrap();
            assert_eq!(loaded.model, made_up.model());
        }
    }

    #[test]
    fn what_the_format_cannot_hold_is_refused() {
        let labels = "the format libsvm: expected labels that are integers from -2147483648 to 2147483647, found ";
        let with = |classes| MadeUp { classes, ..made_up() };
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(refusal(with(Classes::Integer(vec![0, 1, 2_147_483_648]))), format!("{labels}2147483648"));
        assert!(refusal(with(Classes::String(names))).starts_with(&format!("{labels}strings;")));
        assert!(refusal(with(Classes::Float(vec![0.0, 1.0, 2.0]))).starts_with(&format!("{labels}floats;")));
        let step = ScalerFormula::MaxAbs { scale: vec![1.0; 4], clip: false };
        assert_eq!(
            refusal(MadeUp { scalers: vec![step], ..made_up() }),
            "the format libsvm: expected the SVC alone, found a MaxAbsScaler before it; a LIBSVM model takes its rows \
             as they come"
        );
        assert_eq!(
            refusal(MadeUp { break_ties: true, ..made_up() }),
            "the format libsvm: expected `break_ties` false, found true; LIBSVM gives a tie of votes to the first class"
        );
        let ovr = MadeUp { decision_function_shape: DecisionFunctionShape::Ovr, ..made_up() };
        let (sigmoids, classes) = (vec![Calibrator::Sigmoid(Sigmoid { a: -1.0, b: 0.0 }); 3], ovr.classes.clone());
        let estimator = Estimator::of_svc(classes.clone(), ovr.svc_parts()).unwrap();
        let first = Box::new(Nested { steps: Steps::default(), estimator });
        let rule = Rule::Calibrated(vec![sigmoids]);
        let estimator = Estimator::Meta(MetaEstimator { classes, first, others: vec![], rule });
        let calibrated = Model::over_numbers(None, Steps::default(), estimator).unwrap();
        assert_eq!(
            to_string(&calibrated).unwrap_err().to_string(),
            "the format libsvm: expected an SVC, SVR or OneClassSVM alone, found a CalibratedClassifierCV"
        );
        let kernel = Kernel::Poly { gamma: 1.0, coef0: 0.0, degree: 2_147_483_648 };
        assert_eq!(
            refusal(MadeUp { kernel, ..made_up() }),
            "the format libsvm: expected a degree up to 2147483647, found 2147483648"
        );
    }

    #[test]
    fn only_two_classes_tell_the_couplings_apart() {
        let two = |coupling| MadeUp {
            classes: Classes::Boolean(vec![false, true]),
            n_support: vec![1, 2],
            dual_coef: vec![1.0, -0.5, -0.5],
            intercept: vec![0.5],
            probability: Some(Probability { prob_a: vec![-1.0], prob_b: vec![0.0], coupling }),
            ..made_up()
        };
        assert!(refusal(two(Coupling::Direct)).contains("found booleans;"));
        let integers = |coupling| MadeUp { classes: Classes::Integer(vec![0, 1]), ..two(coupling) };
        assert!(refusal(integers(Coupling::Iterative)).contains("differ by up to 0.004"));
        assert!(text(integers(Coupling::Direct)).contains("\nprobA -1\nprobB 0\n"));
        let probability = Probability { prob_a: vec![1.0; 3], prob_b: vec![0.0; 3], coupling: Coupling::Iterative };
        assert!(text(MadeUp { probability: Some(probability), ..made_up() }).contains("\nprobB 0 0 0\n"));
    }

    #[test]
    fn numbers_are_laid_out_as_in_c() {
        for (value, seventeen, fewest) in [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (10.0, "10", "10"),
            (-123.25, "-123.25", "-123.25"),
            (0.1, "0.10000000000000001", "0.1"),
            (1e-4, "0.0001", "0.0001"),
            (1.5e-5, "1.5e-05", "1.5e-05"),
            (1e15, "1000000000000000", "1000000000000000"),
            (1e16, "10000000000000000", "1e+16"),
            (1e17, "1e+17", "1e+17"),
            (1.0 + 1.0 / 131_072.0, "1.0000076293945312", "1.0000076293945313"),
            (5e-324, "4.9406564584124654e-324", "5e-324"),
            (-1e100, "-1e+100", "-1e+100"),
        ] {
            assert_eq!(seventeen_digits(value), seventeen);
            assert_eq!(shortest(value), fewest);
        }
    }
}
