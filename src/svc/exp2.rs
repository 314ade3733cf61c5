//! Powers of two in single precision, with a proven error.

use std::f32;

use super::cpu::AddProduct;

/// A power is at least 2 to minus this.
pub(super) const EXPONENT_MAX: f32 = 120.0;

/// The polynomial of Taylor for 2^r, (ln 2)^n / n! for n from 6 to 0.
const POLYNOMIAL: [f32; 7] =
    [0.000_154_035_3, 0.001_333_355_8, 0.009_618_129, 0.055_504_11, 0.240_226_5, f32::consts::LN_2, 1.0];

/// Adding it leaves a whole number in the last bits.
const ROUNDING: f32 = 12_582_912.0;

/// 2^t for t up to 1/16, cut off at -[`EXPONENT_MAX`]; its relative error is below 8 u.
///
/// ```text
/// t = n + r, |r| <= 1/2, both exact
/// the polynomial  (ln 2 / 2)^7 / 7! / 2^-1/2 <= 2.9 u
/// Horner's rule   at each of its steps 1 rounding, 2 where products are not fused, and 1 of each coefficient; each is multiplied by r from
///                 step to step: below 2.4 u or 4.7 u of the result
/// 2^n             exact
/// ```
#[inline(always)]
pub(super) fn exp2<A: AddProduct>(t: f32) -> f32 {
    let t = if t > -EXPONENT_MAX { t } else { -EXPONENT_MAX };
    let shifted = t + ROUNDING;
    let r = t - (shifted - ROUNDING);
    let mut sum = POLYNOMIAL[0];
    for coefficient in &POLYNOMIAL[1..] {
        sum = A::add_product(*coefficient, sum, r);
    }
    // n moves into the exponent, and what ROUNDING has above it out of the number
    let power = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    sum * f32::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svc::cpu::{RoundedOnce, RoundedTwice};

    /// Half the spacing of numbers above 1.
    const UNIT: f64 = f32::EPSILON as f64 / 2.0;

    #[test]
    fn a_power_of_two_is_off_by_less_than_8_units() {
        fn largest_error<A: AddProduct>() -> f64 {
            let ends = [0.0_f32, 1.0 / 16.0, -0.0, -EXPONENT_MAX].map(f32::to_bits);
            let of = |t: f32| ((f64::from(exp2::<A>(t)) / f64::from(t).exp2() - 1.0) / UNIT).abs();
            let ranges = [ends[0]..=ends[1], ends[2]..=ends[3]];
            ranges.into_iter().flatten().step_by(4_999).map(|bits| of(f32::from_bits(bits))).fold(0.0, f64::max)
        }
        let (once, twice) = (largest_error::<RoundedOnce>(), largest_error::<RoundedTwice>());
        assert!(once > 1.0 && once <= twice && twice < 8.0, "{once} {twice}");
        assert_eq!([0.0, -1.0, -100.0].map(exp2::<RoundedOnce>), [1.0, 0.5, 2.0_f32.powi(-100)]);
        assert_eq!(exp2::<RoundedOnce>(f32::NEG_INFINITY), 2.0_f32.powi(-120));
    }
}
