//! scikit-learn's `PowerTransformer`: a power for each column that makes it look more like a bell, then a `StandardScaler`.
//!
//! ```text
//! yeo-johnson, x >= 0    ((x + 1)^l - 1) / l              log(x + 1) where l is 0
//!              x < 0     -((1 - x)^(2-l) - 1) / (2-l)     -log(1 - x) where l is 2
//! box-cox, x > 0         (x^l - 1) / l                    log(x) where l is 0
//! ```
//!
//! Powers come from the C library, whose last bit differs from one to another, as it does between NumPy's ways to compute them.

use serde::{Deserialize, Serialize};

use super::check::check_width;
use super::scaler::Scaler;
use super::transform::{RangeEnd, Transform, first_infinite};
use crate::pipeline::Error;
use crate::svc::check::{check_finite, check_len};

/// A fitted `PowerTransformer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// What a number becomes.
    pub formula: PowerFormula,
    /// One power for each column.
    pub lambdas: Vec<f64>,
    /// What comes next; none without `standardize`.
    pub scaler: Option<Scaler>,
}

/// How a power is computed.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PowerFormula {
    /// `yeo-johnson` by `pow`, as in scikit-learn until 1.8.
    YeoJohnsonByPow,
    /// `yeo-johnson` by `expm1` and `log1p`, as in scikit-learn since 1.9: with more digits near 0.
    YeoJohnsonByExpm1,
    /// `box-cox`
    BoxCox,
}

/// Powers as near to 0 or 2 as this count as such: SciPy's `spacing(1.)`.
const NO_POWER: f64 = f64::EPSILON;

/// Powers as near to 0 as this count as 0 in SciPy's `boxcox`.
const NO_POWER_OF_BOX_COX: f64 = 1e-19;

impl PowerFormula {
    /// What a number becomes; NaN stays.
    fn of(self, x: f64, lambda: f64) -> f64 {
        match self {
            PowerFormula::BoxCox if lambda.abs() < NO_POWER_OF_BOX_COX => x.ln(),
            PowerFormula::BoxCox => (lambda * x.ln()).exp_m1() / lambda,
            _ if x >= 0.0 && lambda.abs() < NO_POWER => x.ln_1p(),
            _ if x >= 0.0 => self.raised(x, lambda),
            _ if (lambda - 2.0).abs() <= NO_POWER => -(-x).ln_1p(),
            _ => -self.raised(-x, 2.0 - lambda),
        }
    }

    /// `((x + 1)^lambda - 1) / lambda`, of a number from 0.
    fn raised(self, x: f64, lambda: f64) -> f64 {
        match self {
            PowerFormula::YeoJohnsonByExpm1 => (lambda * x.ln_1p()).exp_m1() / lambda,
            _ => ((x + 1.0).powf(lambda) - 1.0) / lambda,
        }
    }

    /// The number that becomes `y`; NaN where there is none.
    fn back(self, y: f64, lambda: f64) -> f64 {
        let raised = |y: f64, lambda: f64| {
            if lambda.abs() < NO_POWER { y.exp_m1() } else { ((lambda * y).ln_1p() / lambda).exp_m1() }
        };
        match self {
            PowerFormula::BoxCox if lambda.abs() < NO_POWER_OF_BOX_COX => y.exp(),
            PowerFormula::BoxCox => ((lambda * y).ln_1p() / lambda).exp(),
            _ if y >= 0.0 => raised(y, lambda),
            _ => -raised(-y, 2.0 - lambda),
        }
    }
}

impl Power {
    fn undo_powers(&self, row: &mut [f64]) {
        row.iter_mut().zip(&self.lambdas).for_each(|(x, lambda)| *x = self.formula.back(*x, *lambda));
    }
}

impl Transform for Power {
    fn name(&self) -> &'static str {
        "PowerTransformer"
    }

    fn width_in(&self) -> usize {
        self.lambdas.len()
    }

    fn width_out(&self) -> usize {
        self.lambdas.len()
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        let powers = |output: &mut Vec<f64>| {
            output.clear();
            for row in rows.chunks_exact(self.lambdas.len().max(1)) {
                output.extend(row.iter().zip(&self.lambdas).map(|(x, lambda)| self.formula.of(*x, *lambda)));
            }
        };
        match &self.scaler {
            None => powers(output),
            Some(scaler) => {
                let mut raised = Vec::with_capacity(rows.len());
                powers(&mut raised);
                scaler.apply(&raised, output);
            }
        }
    }

    /// A missing number stays one. `box-cox` takes numbers above 0 alone.
    fn first_refused(&self, rows: &[f64]) -> Option<usize> {
        match self.formula {
            PowerFormula::BoxCox => rows.iter().position(|x| *x <= 0.0 || x.is_infinite()),
            _ => first_infinite(rows),
        }
    }

    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        input.clear();
        match &self.scaler {
            None => input.extend_from_slice(output),
            Some(scaler) => scaler.undo(output, input),
        }
        self.undo_powers(input);
    }

    fn undo_end(&self, output: &[f64], end: RangeEnd, input: &mut Vec<f64>) {
        let Some(scaler) = &self.scaler else { return self.undo(output, input) };
        scaler.undo_end(output, end, input);
        self.undo_powers(input);
    }

    fn sources(&self, column: usize) -> Vec<usize> {
        vec![column]
    }

    fn keeps_columns(&self) -> bool {
        true
    }

    /// Refuses another width than `width`, and powers that are not finite.
    fn check(&self, width: usize) -> Result<(), Error> {
        check_width("PowerTransformer", self.lambdas.len(), width)?;
        check_len("PowerTransformer.lambdas", width, self.lambdas.len())?;
        check_finite("PowerTransformer.lambdas", &self.lambdas)?;
        self.scaler.as_ref().map_or(Ok(()), |scaler| scaler.check(width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::ScalerFormula;

    fn power(formula: PowerFormula, lambda: f64) -> Power {
        Power { formula, lambdas: vec![lambda], scaler: None }
    }

    fn applied(power: &Power, x: f64) -> f64 {
        let mut output = vec![f64::NAN; 3];
        power.apply(&[x], &mut output);
        assert_eq!(output.len(), 1);
        output[0]
    }

    /// Whether two numbers are equal but for the last bits of the C library.
    fn is_near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-15 * b.abs()
    }

    #[test]
    fn both_ways_of_yeo_johnson_are_its_formula() {
        for formula in [PowerFormula::YeoJohnsonByExpm1, PowerFormula::YeoJohnsonByPow] {
            let power = power(formula, -0.301_729_285_091_624_1);
            assert!(is_near(applied(&power, 3.0), 1.132_888_964_221_155));
            assert!(is_near(applied(&power, -1.0), -1.707_622_203_214_793_9));
            assert_eq!(applied(&power, 0.0), 0.0);
            assert!(applied(&power, f64::NAN).is_nan());
        }
        let tiny = |formula| applied(&power(formula, 0.5), 1e-12);
        assert!(is_near(tiny(PowerFormula::YeoJohnsonByExpm1), 1e-12 - 2.5e-25));
        assert!(!is_near(tiny(PowerFormula::YeoJohnsonByPow), 1e-12));
        let logarithm = |lambda, x: f64| applied(&power(PowerFormula::YeoJohnsonByPow, lambda), x);
        assert_eq!(logarithm(0.0, 3.0), 3.0_f64.ln_1p());
        assert_eq!(logarithm(2.0, -3.0), -3.0_f64.ln_1p());
    }

    #[test]
    fn box_cox_takes_numbers_above_zero() {
        let box_cox = |lambda| power(PowerFormula::BoxCox, lambda);
        assert!(is_near(applied(&box_cox(0.5), 4.0), 2.0));
        assert_eq!(applied(&box_cox(0.0), 4.0), 4.0_f64.ln());
        assert_eq!(box_cox(0.5).first_refused(&[1.0, f64::NAN, 0.0]), Some(2));
        assert_eq!(box_cox(0.5).first_refused(&[1.0, -1.0, f64::INFINITY]), Some(1));
        assert_eq!(power(PowerFormula::YeoJohnsonByPow, 0.5).first_refused(&[-1.0, f64::NAN, f64::INFINITY]), Some(2));
    }

    #[test]
    fn the_scaler_comes_next_and_all_can_be_undone() {
        let formula = ScalerFormula::Standard { mean: Some(vec![1.0]), scale: Some(vec![0.5]) };
        let scaler = Some(Scaler { n_features_in: 1, formula });
        let scaled = Power { scaler, ..power(PowerFormula::BoxCox, 0.5) };
        assert!(is_near(applied(&scaled, 4.0), 2.0));
        for formula in [PowerFormula::YeoJohnsonByExpm1, PowerFormula::YeoJohnsonByPow, PowerFormula::BoxCox] {
            for (lambda, x) in [(0.5, 3.0), (0.0, 0.25), (2.0, 7.0), (-1.5, 0.5), (2.0, -3.0), (0.25, -0.5)] {
                if formula == PowerFormula::BoxCox && x < 0.0 {
                    continue;
                }
                let power = Power { scaler: scaled.scaler.clone(), ..power(formula, lambda) };
                let (output, mut input) = ([applied(&power, x)], vec![]);
                power.undo(&output, &mut input);
                assert!((input[0] - x).abs() < 1e-12, "{formula:?} {lambda} {x} {input:?}");
            }
        }
    }

    #[test]
    fn powers_that_do_not_fit_are_refused() {
        let refusal = |power: Power, width| power.check(width).unwrap_err().to_string();
        assert_eq!(refusal(power(PowerFormula::BoxCox, 1.0), 2), "`PowerTransformer`: expected 2 features, found 1");
        let text = "`PowerTransformer.lambdas`: expected finite numbers, found NaN at index 0";
        assert_eq!(refusal(power(PowerFormula::BoxCox, f64::NAN), 1), text);
        let formula = ScalerFormula::Standard { mean: None, scale: Some(vec![0.0]) };
        let scaler = Some(Scaler { n_features_in: 1, formula });
        let text = "`StandardScaler.scale`: expected no zeros, found 0 at index 0";
        assert_eq!(refusal(Power { scaler, ..power(PowerFormula::BoxCox, 1.0) }, 1), text);
    }
}
